//! Package `strings`. Lengths and indices count bytes, as in the reference, unless a name says runes.

use super::args::{
    Outcome, clamped, failed, function, int, lossy, raw, string, strings, text, text_elements,
};
use super::host::{Fault, Host, Kind, Package, Param, Val};
use std::ops::Range;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "strings",
    members: &[
        function("ByteAt", &[RAW, Param::new("i", Kind::INT)], Kind::INT, byte_at),
        function("ByteSlice", &[RAW, START, END], Kind::BYTES_OR_STRING, byte_slice),
        function("Runes", &[S], Kind::LIST, runes),
        function("Repeat", &[S, Param::new("count", Kind::INT)], Kind::STRING, repeat),
        function("MinRunes", &[S, Param::new("min", Kind::INT)], Kind::BOOL, min_runes),
        function("MaxRunes", &[S, Param::new("max", Kind::INT)], Kind::BOOL, max_runes),
        function("ToTitle", &[S], Kind::STRING, to_title),
        function("ToCamel", &[S], Kind::STRING, to_camel),
        function("SliceRunes", &[S, START, END], Kind::STRING, slice_runes),
        function("Compare", &[A, B], Kind::INT, compare),
        function("Count", &[S, SUBSTR], Kind::INT, count),
        function("Contains", &[S, SUBSTR], Kind::BOOL, contains),
        function("ContainsAny", &[S, CHARS], Kind::BOOL, contains_any),
        function("LastIndex", &[S, SUBSTR], Kind::INT, last_index),
        function("IndexAny", &[S, CHARS], Kind::INT, index_any),
        function("LastIndexAny", &[S, CHARS], Kind::INT, last_index_any),
        function("SplitN", &[S, SEP, N], Kind::LIST, split_n),
        function("SplitAfterN", &[S, SEP, N], Kind::LIST, split_after_n),
        function("Split", &[S, SEP], Kind::LIST, split),
        function("SplitAfter", &[S, SEP], Kind::LIST, split_after),
        function("Fields", &[S], Kind::LIST, fields),
        function("Join", &[Param::new("elems", Kind::LIST), SEP], Kind::STRING, join),
        function("HasPrefix", &[S, PREFIX], Kind::BOOL, has_prefix),
        function("HasSuffix", &[S, SUFFIX], Kind::BOOL, has_suffix),
        function("ToUpper", &[S], Kind::STRING, to_upper),
        function("ToLower", &[S], Kind::STRING, to_lower),
        function("Trim", &[S, CUTSET], Kind::STRING, trim),
        function("TrimLeft", &[S, CUTSET], Kind::STRING, trim_left),
        function("TrimRight", &[S, CUTSET], Kind::STRING, trim_right),
        function("TrimSpace", &[S], Kind::STRING, trim_space),
        function("TrimPrefix", &[S, PREFIX], Kind::STRING, trim_prefix),
        function("TrimSuffix", &[S, SUFFIX], Kind::STRING, trim_suffix),
        function("Replace", &[S, OLD, NEW, N], Kind::STRING, replace),
        function("Index", &[S, SUBSTR], Kind::INT, index),
    ],
};

const A: Param = Param::new("a", Kind::STRING);
const B: Param = Param::new("b", Kind::STRING);
const CHARS: Param = Param::new("chars", Kind::STRING);
const CUTSET: Param = Param::new("cutset", Kind::STRING);
const END: Param = Param::new("end", Kind::INT);
const N: Param = Param::new("n", Kind::INT);
const NEW: Param = Param::new("new", Kind::STRING);
const OLD: Param = Param::new("old", Kind::STRING);
const PREFIX: Param = Param::new("prefix", Kind::STRING);
const RAW: Param = Param::new("b", Kind::BYTES_OR_STRING);
const S: Param = Param::new("s", Kind::STRING);
const SEP: Param = Param::new("sep", Kind::STRING);
const START: Param = Param::new("start", Kind::INT);
const SUBSTR: Param = Param::new("substr", Kind::STRING);
const SUFFIX: Param = Param::new("suffix", Kind::STRING);

/// The most that `Repeat` repeats.
const MAX_REPEAT: i64 = 1_000_000;

const OUT_OF_RANGE: &str = "index out of range";

/// A range of something of that length.
fn range(args: &[Val], length: usize) -> Result<Range<usize>, Fault> {
    let bounds = (usize::try_from(clamped(args, 1)?), usize::try_from(clamped(args, 2)?));
    match bounds {
        (Ok(start), Ok(end)) if start <= end && end <= length => Ok(start..end),
        _ => failed(OUT_OF_RANGE),
    }
}

fn byte_at(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let byte = usize::try_from(clamped(args, 1)?).ok().and_then(|at| raw(args, 0).ok()?.get(at));
    byte.map_or_else(|| failed(OUT_OF_RANGE), |byte| Ok(int(i64::from(*byte))))
}

fn byte_slice(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = raw(args, 0)?;
    let slice = &source[range(args, source.len())?];
    Ok(Val::Bytes(slice.into()))
}

fn runes(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let text = text(args, 0)?;
    host.charge(text.len().saturating_mul(32))?;
    let runes = text.chars().map(|c| int(i64::from(u32::from(c)))).collect();
    Ok(host.list(runes))
}

fn repeat(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (source, count) = (text(args, 0)?, clamped(args, 1)?);
    if count > MAX_REPEAT {
        return failed(format!("count {count} exceeds limit of {MAX_REPEAT}"));
    }
    let Ok(count) = usize::try_from(count) else { return failed("negative count") };
    host.charge(source.len().saturating_mul(count))?;
    Ok(string(source.repeat(count)))
}

/// The number of runes of the first argument, as it compares with the second.
fn runes_against(args: &[Val]) -> Result<std::cmp::Ordering, Fault> {
    let runes = i64::try_from(text(args, 0)?.chars().count()).unwrap_or(i64::MAX);
    Ok(runes.cmp(&clamped(args, 1)?))
}

fn min_runes(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(Val::Bool(runes_against(args)?.is_ge()))
}

fn max_runes(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(Val::Bool(runes_against(args)?.is_le()))
}

/// The first letter of every word mapped; words are separated by white space.
fn map_words(source: &str, map: fn(char) -> char) -> String {
    let mut out = String::with_capacity(source.len());
    let mut previous = ' ';
    for character in source.chars() {
        out.push(if previous.is_whitespace() { map(character) } else { character });
        previous = character;
    }
    out
}

/// A case mapping that keeps one character one character, as the reference's does.
fn single(mapped: impl Iterator<Item = char>, own: char) -> char {
    let mut mapped = mapped;
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => own,
    }
}

fn upper(character: char) -> char {
    single(character.to_uppercase(), character)
}

fn lower(character: char) -> char {
    match character {
        // Its full mapping is two characters; the simple one is this.
        '\u{130}' => 'i',
        _ => single(character.to_lowercase(), character),
    }
}

/// The title case: upper case but for the letters that are two in one.
fn title(character: char) -> char {
    match character {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        _ => upper(character),
    }
}

fn to_title(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(map_words(text(args, 0)?, title)))
}

fn to_camel(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(map_words(text(args, 0)?, lower)))
}

fn to_upper(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(text(args, 0)?.chars().map(upper).collect::<String>()))
}

fn to_lower(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(text(args, 0)?.chars().map(lower).collect::<String>()))
}

fn slice_runes(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    let range = range(args, source.chars().count())?;
    let slice: String = source.chars().skip(range.start).take(range.len()).collect();
    Ok(string(slice))
}

fn compare(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(int(text(args, 0)?.cmp(text(args, 1)?) as i64))
}

fn count(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let (source, part) = (text(args, 0)?, text(args, 1)?);
    Ok(int(match part {
        "" => source.chars().count() + 1,
        _ => source.matches(part).count(),
    }))
}

fn contains(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(Val::Bool(text(args, 0)?.contains(text(args, 1)?)))
}

fn has_prefix(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(Val::Bool(text(args, 0)?.starts_with(text(args, 1)?)))
}

fn has_suffix(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(Val::Bool(text(args, 0)?.ends_with(text(args, 1)?)))
}

/// An offset, or -1.
fn offset(found: Option<usize>) -> Outcome {
    Ok(found.map_or_else(|| int(-1i64), int))
}

fn index(_: &mut dyn Host, args: &[Val]) -> Outcome {
    offset(text(args, 0)?.find(text(args, 1)?))
}

fn last_index(_: &mut dyn Host, args: &[Val]) -> Outcome {
    offset(text(args, 0)?.rfind(text(args, 1)?))
}

fn contains_any(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let chars = text(args, 1)?;
    Ok(Val::Bool(text(args, 0)?.contains(|c| chars.contains(c))))
}

fn index_any(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let chars = text(args, 1)?;
    offset(text(args, 0)?.find(|c| chars.contains(c)))
}

fn last_index_any(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let chars = text(args, 1)?;
    offset(text(args, 0)?.rfind(|c| chars.contains(c)))
}

/// Splits into at most `n` parts (all where negative); `keep` leaves the separators at the ends.
fn parts(source: &str, separator: &str, n: i64, keep: bool) -> Vec<String> {
    let limit = usize::try_from(n).unwrap_or(usize::MAX);
    if limit == 0 || source.is_empty() && separator.is_empty() {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut rest = source;
    while parts.len() + 1 < limit {
        let next = match separator {
            "" => rest.char_indices().nth(1).map(|(at, _)| (at, at)),
            _ => rest.find(separator).map(|at| (at, at + separator.len())),
        };
        let Some((end, next)) = next else { break };
        parts.push(rest[..if keep { next } else { end }].to_owned());
        rest = &rest[next..];
    }
    parts.push(rest.to_owned());
    parts
}

fn split_into(host: &mut dyn Host, args: &[Val], n: i64, keep: bool) -> Outcome {
    let (source, separator) = (text(args, 0)?, text(args, 1)?);
    host.charge(source.len())?;
    strings(host, parts(source, separator, n, keep))
}

fn split(host: &mut dyn Host, args: &[Val]) -> Outcome {
    split_into(host, args, -1, false)
}

fn split_n(host: &mut dyn Host, args: &[Val]) -> Outcome {
    split_into(host, args, clamped(args, 2)?, false)
}

fn split_after(host: &mut dyn Host, args: &[Val]) -> Outcome {
    split_into(host, args, -1, true)
}

fn split_after_n(host: &mut dyn Host, args: &[Val]) -> Outcome {
    split_into(host, args, clamped(args, 2)?, true)
}

fn fields(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let fields: Vec<String> = text(args, 0)?.split_whitespace().map(str::to_owned).collect();
    strings(host, fields)
}

fn join(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (elements, separator) = (text_elements(host, args, 0)?, text(args, 1)?);
    let length: usize = elements.iter().map(|element| element.len() + separator.len()).sum();
    host.charge(length)?;
    Ok(string(elements.join(separator)))
}

fn trim(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let cutset = text(args, 1)?;
    Ok(string(text(args, 0)?.trim_matches(|c| cutset.contains(c))))
}

fn trim_left(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let cutset = text(args, 1)?;
    Ok(string(text(args, 0)?.trim_start_matches(|c| cutset.contains(c))))
}

fn trim_right(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let cutset = text(args, 1)?;
    Ok(string(text(args, 0)?.trim_end_matches(|c| cutset.contains(c))))
}

fn trim_space(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(lossy(args, 0)?.trim()))
}

fn trim_prefix(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    Ok(string(source.strip_prefix(text(args, 1)?).unwrap_or(source)))
}

fn trim_suffix(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    Ok(string(source.strip_suffix(text(args, 1)?).unwrap_or(source)))
}

fn replace(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (source, old, new) = (text(args, 0)?, text(args, 1)?, text(args, 2)?);
    let limit = usize::try_from(clamped(args, 3)?).unwrap_or(usize::MAX);
    let places = match old {
        "" => source.chars().count() + 1,
        _ => source.matches(old).count(),
    };
    host.charge(source.len().saturating_add(places.min(limit).saturating_mul(new.len())))?;
    Ok(string(source.replacen(old, new, limit)))
}
