//! JSON as the reference reads and writes it.
//!
//! [`parse_expr`] keeps places and duplicate labels, which then unify; [`parse`] gives plain data.
//! Numbers keep every digit. [`compact`] and [`indent`] only touch white space.

mod build;
mod scan;
#[cfg(test)]
mod tests;
mod write;

pub use scan::JsonError;
pub(crate) use write::write_pretty;
pub use write::{compact_text, escaped, pretty_text};

use crate::data::Data;
use crate::diagnostic::{Diagnostic, Error};
use crate::source::{SourceId, Span};
use crate::syntax::ast::Expr;

/// Lists and objects may be nested this deep.
pub const MAX_DEPTH: usize = 1000;

/// Reads a JSON file as an expression whose spans lie in `source`; `name` is for messages.
///
/// # Errors
/// The text is not JSON.
pub fn parse_expr(source: SourceId, name: &str, text: &str) -> Result<Expr, Error> {
    let text_without_bom = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - text_without_bom.len();
    scan::parse(text_without_bom, &mut build::Exprs { source, shift })
        .map_err(|error| reported(&error, source, name, shift))
}

/// Reads JSON values that follow each other as [`parse_expr`] reads one.
///
/// # Errors
/// A value is not JSON.
pub fn parse_exprs(source: SourceId, name: &str, text: &str) -> Result<Vec<Expr>, Error> {
    let text_without_bom = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - text_without_bom.len();
    scan::parse_stream(text_without_bom, &mut build::Exprs { source, shift })
        .map_err(|error| reported(&error, source, name, shift))
}

fn reported(error: &JsonError, source: SourceId, name: &str, shift: usize) -> Error {
    let at = error.offset + shift;
    let span = Span::new(source, at, at);
    let message = match error.kind {
        scan::ErrorKind::Syntax => {
            let name = super::quote::quoted(name, super::quote::Keep::Printable);
            format!("invalid JSON for file {name}: {}", error.message)
        }
        scan::ErrorKind::Content => error.message.clone(),
    };
    Diagnostic::load("json/invalid", span, message).into()
}

/// Reads one JSON value as data. Equal duplicate labels merge.
///
/// # Errors
/// The text is not JSON, or duplicate labels conflict.
pub fn parse(text: &str) -> Result<Data, JsonError> {
    scan::parse(text, &mut build::Datas)
}

/// Reads JSON values that follow each other, separated by white space or not at all.
///
/// # Errors
/// A value is not JSON, or duplicate labels conflict.
pub fn parse_stream(text: &str) -> Result<Vec<Data>, JsonError> {
    scan::parse_stream(text, &mut build::Datas)
}

/// Whether the text is one JSON value.
///
/// # Errors
/// What is wrong with it.
pub fn check(text: &str) -> Result<(), JsonError> {
    scan::parse(text, &mut build::Nothing)
}

/// The same JSON without white space.
///
/// # Errors
/// The text is not JSON.
pub fn compact(text: &str) -> Result<String, JsonError> {
    check(text)?;
    let mut out = String::with_capacity(text.len());
    let mut in_string = false;
    let mut escaped = false;
    for character in text.chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if character == '"' {
            in_string = true;
        } else if character.is_ascii_whitespace() {
            continue;
        }
        out.push(character);
    }
    Ok(out)
}

/// The same JSON with one element a line: each line but the first begins with `prefix` and one
/// `step` per level. White space behind the value is kept.
///
/// # Errors
/// The text is not JSON.
pub fn indent(text: &str, prefix: &str, step: &str) -> Result<String, JsonError> {
    let body = compact(text)?;
    let mut out = String::with_capacity(body.len() * 2);
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    let new_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(prefix);
        for _ in 0..depth {
            out.push_str(step);
        }
    };
    let mut previous = ' ';
    for character in body.chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            out.push(character);
            previous = 'x';
            continue;
        }
        let closes = matches!(character, ']' | '}');
        if closes {
            depth = depth.saturating_sub(1);
        }
        let opened = matches!(previous, '[' | '{');
        if opened != closes || previous == ',' {
            new_line(&mut out, depth);
        }
        out.push(character);
        match character {
            '"' => in_string = true,
            ':' => out.push(' '),
            '[' | '{' => depth += 1,
            _ => {}
        }
        previous = character;
    }
    out.push_str(&text[text.trim_end_matches([' ', '\t', '\r', '\n']).len()..]);
    Ok(out)
}
