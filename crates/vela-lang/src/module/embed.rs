//! `@embed`: data files that become part of a CUE file.
//!
//! A file that says `@extern(embed)` above its package clause may name files of its module, by path or by a
//! pattern, as seen from its own directory. What they hold is unified with the value that the attribute
//! stands behind, or with the struct that it stands in. No path leads out of the module; links of the file
//! system are followed, as the reference follows them.

use super::fs::EntryKind;
use super::package::Packages;
use super::path::clean;
use crate::depth::grow;
use crate::diagnostic::{Class, Diagnostic, Error};
use crate::encoding::{self, json, toml, yaml};
use crate::source::{Source, Span};
use crate::syntax::ast::{
    Attribute, BinaryOp, Comments, Decl, Embed, Expr, Field, File, Ident, Label, Literal, Operand,
    StructLit,
};
use crate::syntax::literal;
use crate::syntax::walk::{VisitMut, inside_mut};

/// How many files a pattern may match.
const MOST: usize = 10_000;

/// Replaces what `@embed` attributes stand for in a file of a directory.
pub(super) fn resolve(
    packages: &Packages<'_>,
    directory: &str,
    file: &mut File,
    errors: &mut Vec<Diagnostic>,
) {
    let package = file.decls.iter().position(|decl| matches!(decl, Decl::Package(_)));
    let mut allowed: Option<Span> = None;
    for (at, decl) in file.decls.iter().enumerate() {
        let Decl::Attribute(attribute, _) = decl else { continue };
        if attribute.name() != "extern" {
            continue;
        }
        let text = match package {
            None => "extern attribute without package clause".to_owned(),
            Some(package) if at > package => {
                "extern attribute must appear before package clause".to_owned()
            }
            Some(_) if allowed.is_some() => {
                "duplicate @extern attribute for kind \"embed\"".to_owned()
            }
            Some(_) => {
                let kind = attribute.body().trim().trim_matches('"');
                if kind == "embed" {
                    allowed = Some(attribute.span);
                    continue;
                }
                format!("no injection defined for {kind:?}")
            }
        };
        errors.push(Diagnostic::new("cue/embed", Class::Load, text).at(attribute.span));
    }
    if allowed.is_none() || !errors.is_empty() {
        return;
    }
    let mut embedder = Embedder { packages, directory, errors };
    embedder.decls(&mut file.decls);
}

struct Embedder<'e> {
    packages: &'e Packages<'e>,
    directory: &'e str,
    errors: &'e mut Vec<Diagnostic>,
}

impl VisitMut for Embedder<'_> {
    fn decls(&mut self, decls: &mut Vec<Decl>) {
        grow(|| inside_mut::decls(self, decls));
        for decl in decls {
            if let Decl::Attribute(attribute, _) = decl
                && let Some(value) = self.value(attribute)
            {
                let comments = Comments::default();
                *decl = Decl::Embed(Box::new(Embed { value, attributes: Vec::new(), comments }));
            }
        }
    }

    fn field(&mut self, field: &mut Field) {
        let values: Vec<Expr> =
            field.attributes.iter().filter_map(|attribute| self.value(attribute)).collect();
        inside_mut::field(self, field);
        if values.is_empty() {
            return;
        }
        let written = std::mem::take(&mut field.value);
        let operand = |expr: Expr| {
            let op_span = expr.span();
            Operand { op: BinaryOp::And, op_span, expr }
        };
        let first = Expr::Paren(written.span(), written.into()).into();
        let rest: Vec<Operand> = values.into_iter().map(operand).collect();
        field.value = Expr::Binary { first, rest: rest.into() };
    }
}

/// What an attribute asks for.
#[derive(Default)]
struct Wanted {
    file: Option<String>,
    glob: Option<String>,
    kind: Option<String>,
    allows_none: bool,
}

impl Wanted {
    fn of(body: &str) -> Wanted {
        let mut wanted = Wanted::default();
        for part in arguments(body) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            let text = Literal { span: Span::NONE, text: value.into() };
            let value = match literal::decode(&text) {
                Ok(bytes) if value.starts_with(['"', '#', '\'']) => {
                    String::from_utf8_lossy(&bytes).into_owned()
                }
                _ => value.to_owned(),
            };
            match name.trim() {
                "file" => wanted.file = Some(value),
                "glob" => wanted.glob = Some(value),
                "type" => wanted.kind = Some(value),
                "allowEmptyGlob" => wanted.allows_none = true,
                _ => {}
            }
        }
        wanted
    }
}

/// The arguments of an attribute; commas in quotes are part of one.
fn arguments(body: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&body[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(&body[start..]);
    parts
}

impl Embedder<'_> {
    /// What an attribute stands for; `None` where it is another one, or wrong.
    fn value(&mut self, attribute: &Attribute) -> Option<Expr> {
        if attribute.name() != "embed" {
            return None;
        }
        match self.embedded(&Wanted::of(attribute.body()), attribute.span) {
            Ok(value) => Some(value),
            Err(text) => {
                let text = format!("@embed: {text}");
                let error = Diagnostic::new("cue/embed", Class::Load, text);
                self.errors.push(error.at(attribute.span));
                None
            }
        }
    }

    fn embedded(&self, wanted: &Wanted, at: Span) -> Result<Expr, String> {
        if self.root().is_none() {
            return Err("cannot embed files when not in a module".to_owned());
        }
        match (&wanted.file, &wanted.glob) {
            (Some(_), Some(_)) => Err("attribute cannot have both file and glob field".to_owned()),
            (None, None) => Err("attribute must have file or glob field".to_owned()),
            (Some(_), None) if wanted.allows_none => {
                Err("allowEmptyGlob must be specified with a glob field".to_owned())
            }
            (Some(file), None) => {
                self.check(file)?;
                self.file(file, wanted.kind.as_deref())
            }
            (None, Some(glob)) => self.glob(glob, wanted, at),
        }
    }

    /// The directory that no path leads out of.
    fn root(&self) -> Option<&str> {
        self.packages.module.as_ref().map(|module| module.root.as_str())
    }

    fn check(&self, path: &str) -> Result<(), String> {
        if path.starts_with('/') || path.contains('\\') {
            return Err("only relative files are allowed".to_owned());
        }
        let plain = clean(path);
        if plain == ".." || plain.starts_with("../") {
            return Err("cannot refer to parent directory".to_owned());
        }
        if plain != path {
            return Err(format!("path not normalized, use {plain:?} instead"));
        }
        Ok(())
    }

    fn glob(&self, glob: &str, wanted: &Wanted, at: Span) -> Result<Expr, String> {
        if glob.contains("**") {
            return Err(format!(
                "invalid glob pattern {glob:?}: '**' is not supported in patterns as of yet"
            ));
        }
        self.check(glob)?;
        let steps: Vec<Vec<Piece>> = glob
            .split('/')
            .map(pieces)
            .collect::<Option<_>>()
            .ok_or_else(|| format!("invalid glob pattern {glob:?}: syntax error in pattern"))?;
        let last = glob.rsplit('/').next().unwrap_or(glob);
        let extension = last.rsplit_once('.').map(|(_, extension)| extension);
        if wanted.kind.is_none() && extension.is_none_or(|e| e.contains(['*', '?', '['])) {
            return Err("extension not fully specified; type argument required".to_owned());
        }
        let mut found = vec![String::new()];
        for (depth, step) in steps.iter().enumerate() {
            let kind =
                if depth + 1 == steps.len() { EntryKind::File } else { EntryKind::Directory };
            let mut next = Vec::new();
            for directory in &found {
                let path = format!("{}/{directory}", self.directory);
                let entries = self.packages.fs.list(clean(&path).as_str()).unwrap_or_default();
                let fits = entries.iter().filter(|e| {
                    e.kind == kind
                        && (!e.name.starts_with('.') || glob.starts_with('.'))
                        && matches(step, &e.name)
                });
                next.extend(fits.map(|entry| match directory.as_str() {
                    "" => entry.name.clone(),
                    directory => format!("{directory}/{}", entry.name),
                }));
                if next.len() > MOST {
                    return Err(format!("glob pattern {glob:?} matches more than {MOST} files"));
                }
            }
            found = next;
        }
        if found.is_empty() && !wanted.allows_none {
            return Err(format!("no matches for glob pattern {glob:?}"));
        }
        found.sort();
        let mut decls = Vec::new();
        for path in found {
            let value = self.file(&path, wanted.kind.as_deref())?;
            let text = literal::quote_string(&path).into();
            decls.push(Decl::Field(Box::new(Field {
                span: at,
                alias: None,
                label: Label::String(Literal { span: at, text }),
                postfix_alias: None,
                constraint: None,
                colon: at,
                value,
                attributes: Vec::new(),
                comments: Comments::default(),
            })));
        }
        let lit = StructLit { span: at, braces: Some((at, at)), decls, trailing: Vec::new() };
        Ok(Expr::Struct(lit.into()))
    }

    /// What a file holds.
    fn file(&self, path: &str, kind: Option<&str>) -> Result<Expr, String> {
        let full = clean(&format!("{}/{path}", self.directory));
        let last = path.rsplit('/').next().unwrap_or(path);
        let extension = last.rsplit_once('.').map(|(_, extension)| extension);
        let kind = match (kind, extension) {
            (Some(kind), _) => kind,
            (None, Some(extension)) => extension,
            (None, None) => return Err(format!("no encoding specified for file {path:?}")),
        };
        let known =
            ["json", "jsonl", "ldjson", "yaml", "yml", "toml", "txt", "text", "binary", "cue"];
        if !known.contains(&kind) {
            return Err(match extension {
                Some(extension) if extension == kind => {
                    format!("unknown file extension .{extension}")
                }
                _ => format!("unknown filetype {kind}"),
            });
        }
        let bytes =
            self.packages.fs.read(&full).map_err(|error| format!("open {path}: {error}"))?;
        if kind == "binary" {
            let text = literal::quote_bytes(&bytes).into();
            return Ok(Expr::String(Literal { span: Span::NONE, text }));
        }
        let text = String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))?;
        let name = super::path::relative(&self.packages.base, &full);
        let source = self.packages.engine.sources().add(Source::new(name.clone(), text.clone()));
        let span = Span::new(source, 0, text.len());
        let plain = |error: Error| {
            let first = error.into_diagnostics().into_iter().next();
            first.map_or_else(String::new, |diagnostic| diagnostic.message)
        };
        let mut values = match kind {
            "json" => vec![json::parse_expr(source, &name, &text).map_err(plain)?],
            "jsonl" | "ldjson" => json::parse_exprs(source, &name, &text).map_err(plain)?,
            "yaml" | "yml" => {
                yaml::parse_exprs(source, &text, yaml::Dialect::Cue).map_err(plain)?
            }
            "toml" => {
                let data = toml::parse(&text).map_err(|error| error.to_string())?;
                vec![encoding::expr(&data, span)]
            }
            "cue" => return Err("encoding \"cue\" not (yet) supported".to_owned()),
            _ => vec![Expr::String(Literal { span, text: json::escaped(&text).into() })],
        };
        match values.pop() {
            Some(value) if values.is_empty() => Ok(value),
            None => Ok(Expr::Ident(Ident { span, name: "null".into() })),
            Some(_) => {
                Err("streaming not implemented: found more than one value in file".to_owned())
            }
        }
    }
}

/// A part of a pattern.
enum Piece {
    Char(char),
    Any,
    Star,
    /// Ranges of letters, or all letters but these.
    Class(bool, Vec<(char, char)>),
}

/// The parts of one step of a pattern; `None` where it is none.
fn pieces(step: &str) -> Option<Vec<Piece>> {
    let mut found = Vec::new();
    let mut chars = step.chars().peekable();
    while let Some(c) = chars.next() {
        found.push(match c {
            '*' => Piece::Star,
            '?' => Piece::Any,
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    let low = chars.next()?;
                    if low == ']' && !ranges.is_empty() {
                        break;
                    }
                    let high = if chars.next_if_eq(&'-').is_some() { chars.next()? } else { low };
                    ranges.push((low, high));
                }
                Piece::Class(negated, ranges)
            }
            c => Piece::Char(c),
        });
    }
    Some(found)
}

/// Whether a name is what a pattern says: its stars are tried from the last one on.
fn matches(pattern: &[Piece], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let fits = match (pattern.get(at), name.get(place)) {
            (None, None) => return true,
            (Some(Piece::Star), _) => {
                star = Some((at, place));
                at += 1;
                continue;
            }
            (Some(Piece::Char(wanted)), Some(c)) => wanted == c,
            (Some(Piece::Any), Some(_)) => true,
            (Some(Piece::Class(negated, ranges)), Some(c)) => {
                ranges.iter().any(|(low, high)| low <= c && c <= high) != *negated
            }
            _ => false,
        };
        if fits {
            at += 1;
            place += 1;
        } else {
            match star {
                Some((before, from)) if from < name.len() => {
                    star = Some((before, from + 1));
                    (at, place) = (before + 1, from + 1);
                }
                _ => return false,
            }
        }
    }
}
