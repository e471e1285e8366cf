//! Package `regexp`, and the patterns of `=~`.
//!
//! Patterns are RE2's. They are translated to those of the `regex` crate (`translate`), which matches
//! in linear time as well; what only RE2 refuses or reads differently is dealt with there.

mod translate;

use super::args::{Outcome, clamped, failed, function, string, text};
use super::host::{Fault, Host, Kind, Package, Param, Val};
use regex::{Captures, Regex, RegexBuilder};
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "regexp",
    members: &[
        function("Find", &[PATTERN, S], Kind::STRING, find),
        function("FindAll", &[PATTERN, S, N], Kind::LIST, find_all),
        function("FindAllNamedSubmatch", &[PATTERN, S, N], Kind::LIST, find_all_named),
        function("FindAllSubmatch", &[PATTERN, S, N], Kind::LIST, find_all_submatch),
        function("FindNamedSubmatch", &[PATTERN, S], Kind::STRUCT, find_named),
        function("FindSubmatch", &[PATTERN, S], Kind::LIST, find_submatch),
        function("ReplaceAll", &[PATTERN, SRC, REPL], Kind::STRING, replace_all),
        function("ReplaceAllLiteral", &[PATTERN, SRC, REPL], Kind::STRING, replace_all_literal),
        function("Valid", &[PATTERN], Kind::BOOL, valid),
        function("Match", &[PATTERN, S], Kind::BOOL, matches),
        function("QuoteMeta", &[S], Kind::STRING, quote_meta),
    ],
};

const N: Param = Param::new("n", Kind::INT);
const PATTERN: Param = Param::new("pattern", Kind::STRING);
const REPL: Param = Param::new("repl", Kind::STRING);
const S: Param = Param::new("s", Kind::STRING);
const SRC: Param = Param::new("src", Kind::STRING);

/// The most memory that a compiled pattern may take.
const SIZE_LIMIT: usize = 32 << 20;

/// The most compiled patterns that are kept.
const CACHE_SIZE: usize = 256;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// The names of the groups, from group 1 on.
    names: Arc<[Option<String>]>,
}

/// Shared, not cloned: a cloned regex starts with an empty automaton.
type Cache = RwLock<FxHashMap<String, Result<Arc<Pattern>, String>>>;

/// Compiled patterns by their text: one pattern usually checks many values.
static CACHE: std::sync::LazyLock<Cache> = std::sync::LazyLock::new(Cache::default);

/// Compiles a pattern.
///
/// # Errors
/// The pattern is invalid: the reference's message, which begins with `error parsing regexp: `.
pub(crate) fn compile(pattern: &str) -> Result<Arc<Pattern>, String> {
    if let Some(known) = CACHE.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return known.clone();
    }
    let compiled = compiled(pattern).map(Arc::new);
    let mut cache = CACHE.write().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= CACHE_SIZE {
        cache.clear();
    }
    cache.insert(pattern.to_owned(), compiled.clone());
    compiled
}

fn compiled(pattern: &str) -> Result<Pattern, String> {
    let translated = translate::translated(pattern)?;
    let regex = RegexBuilder::new(&translated.pattern)
        .size_limit(SIZE_LIMIT)
        .nest_limit(1100)
        .build()
        .map_err(|_| format!("error parsing regexp: expression too large: `{pattern}`"))?;
    Ok(Pattern { regex, names: translated.names.into() })
}

/// Whether the text contains a match of the pattern.
///
/// # Errors
/// The pattern is invalid, as for [`compile`].
pub(crate) fn is_match(pattern: &str, text: &str) -> Result<bool, String> {
    Ok(compile(pattern)?.regex.is_match(text))
}

fn pattern(args: &[Val]) -> Result<Arc<Pattern>, Fault> {
    compile(text(args, 0)?).map_err(Fault::Failed)
}

const NO_MATCH: &str = "no match";

fn limit(args: &[Val]) -> Result<usize, Fault> {
    Ok(usize::try_from(clamped(args, 2)?).unwrap_or(usize::MAX))
}

fn find(_: &mut dyn Host, args: &[Val]) -> Outcome {
    match pattern(args)?.regex.find(text(args, 1)?) {
        Some(found) => Ok(string(found.as_str())),
        None => failed(NO_MATCH),
    }
}

fn find_all(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let found: Vec<String> = pattern(args)?
        .regex
        .find_iter(text(args, 1)?)
        .take(limit(args)?)
        .map(|found| found.as_str().to_owned())
        .collect();
    if found.is_empty() { failed(NO_MATCH) } else { super::args::strings(host, found) }
}

/// The groups of a match as strings; those that took no part are empty.
fn groups(host: &mut dyn Host, captures: &Captures<'_>) -> Outcome {
    let groups = captures.iter().map(|group| group.map_or("", |found| found.as_str()).to_owned());
    super::args::strings(host, groups.collect::<Vec<_>>())
}

/// The named groups of a match, by name.
fn named(host: &mut dyn Host, pattern: &Pattern, captures: &Captures<'_>) -> Outcome {
    let mut fields: Vec<(Arc<str>, Val)> = Vec::new();
    for (i, name) in pattern.names.iter().enumerate() {
        let Some(name) = name else { continue };
        let value = string(captures.get(i + 1).map_or("", |found| found.as_str()));
        match fields.iter_mut().find(|(label, _)| label.as_ref() == name) {
            Some(field) => field.1 = value,
            None => fields.push((Arc::from(name.as_str()), value)),
        }
    }
    host.charge(fields.len().saturating_mul(64))?;
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(host.make_struct(fields))
}

fn find_submatch(host: &mut dyn Host, args: &[Val]) -> Outcome {
    match pattern(args)?.regex.captures(text(args, 1)?) {
        Some(captures) => groups(host, &captures),
        None => failed(NO_MATCH),
    }
}

fn find_named(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let pattern = pattern(args)?;
    match pattern.regex.captures(text(args, 1)?) {
        Some(captures) => named(host, &pattern, &captures),
        None => failed(NO_MATCH),
    }
}

fn all(host: &mut dyn Host, found: Vec<Val>) -> Outcome {
    if found.is_empty() { failed(NO_MATCH) } else { Ok(host.list(found)) }
}

fn find_all_submatch(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let pattern = pattern(args)?;
    let mut found = Vec::new();
    for captures in pattern.regex.captures_iter(text(args, 1)?).take(limit(args)?) {
        found.push(groups(host, &captures)?);
    }
    all(host, found)
}

fn find_all_named(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let pattern = pattern(args)?;
    let mut found = Vec::new();
    for captures in pattern.regex.captures_iter(text(args, 1)?).take(limit(args)?) {
        found.push(named(host, &pattern, &captures)?);
    }
    all(host, found)
}

/// A piece of a replacement.
enum Piece<'a> {
    Text(&'a str),
    Group(&'a str),
}

/// Splits a replacement at `$1`, `$name`, `${name}` and `$$`; a `$` that begins none is text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        pieces.push(Piece::Text(&rest[..at]));
        let after = &rest[at + 1..];
        let name_length = |text: &str| {
            text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
        };
        if let Some(next) = after.strip_prefix('$') {
            pieces.push(Piece::Text("$"));
            rest = next;
            continue;
        }
        let (inside, closing) = match after.strip_prefix('{') {
            Some(inside) => (inside, "}"),
            None => (after, ""),
        };
        let length = name_length(inside);
        match inside[length..].strip_prefix(closing) {
            Some(next) if length > 0 => {
                pieces.push(Piece::Group(&inside[..length]));
                rest = next;
            }
            _ => {
                pieces.push(Piece::Text("$"));
                rest = after;
            }
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

fn replace_all(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (pattern, source, template) = (pattern(args)?, text(args, 1)?, text(args, 2)?);
    let pieces = pieces(template);
    replaced(host, &pattern, source, |captures, out| {
        for piece in &pieces {
            let group = match piece {
                Piece::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::Group(name) => match name.parse::<usize>() {
                    Ok(index) => captures.get(index),
                    Err(_) => pattern
                        .names
                        .iter()
                        .enumerate()
                        .filter(|(_, own)| own.as_deref() == Some(name))
                        .find_map(|(i, _)| captures.get(i + 1)),
                },
            };
            out.push_str(group.map_or("", |found| found.as_str()));
        }
    })
}

fn replace_all_literal(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (pattern, source, replacement) = (pattern(args)?, text(args, 1)?, text(args, 2)?);
    replaced(host, &pattern, source, |_, out| out.push_str(replacement))
}

/// Replaces every match by what `write` appends; charges as the result grows.
fn replaced(
    host: &mut dyn Host,
    pattern: &Pattern,
    source: &str,
    write: impl Fn(&Captures<'_>, &mut String),
) -> Outcome {
    let mut out = String::new();
    let mut end = 0;
    for captures in pattern.regex.captures_iter(source) {
        let Some(whole) = captures.get(0) else { continue };
        let before = out.len();
        out.push_str(&source[end..whole.start()]);
        write(&captures, &mut out);
        end = whole.end();
        host.charge(out.len() - before)?;
    }
    out.push_str(&source[end..]);
    host.charge(source.len())?;
    Ok(string(out))
}

fn valid(_: &mut dyn Host, args: &[Val]) -> Outcome {
    pattern(args).map(|_| Val::Bool(true))
}

fn matches(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(Val::Bool(pattern(args)?.regex.is_match(text(args, 1)?)))
}

fn quote_meta(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    let mut out = String::with_capacity(source.len());
    for character in source.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    Ok(string(out))
}
