//! YAML text, as `cue export --out yaml` and `yaml.Marshal` write it.

use super::resolve;
use crate::data::{Data, Look, View};
use crate::depth::grow;
use base64::Engine as _;
use regex::Regex;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// A key of more bytes is written with a `?`.
const MAX_SIMPLE_KEY: usize = 128;

/// Texts that look like dates or like numbers of base 60 to some reader.
static DATE_LIKE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[-+0-9:. \t]+[-:Tt][-+0-9:. \t]+[Zz]?$").ok());

/// A document, with a line end.
pub fn text(data: &Data) -> String {
    let mut out = String::new();
    write_document(&mut out, data, &mut |_| ());
    out
}

/// As [`text`]; `spill` is called behind lines and may take away what was written so far.
pub(crate) fn write_document<'v, V: View<'v>>(
    out: &mut String,
    view: V,
    spill: &mut impl FnMut(&mut String),
) {
    match view.look() {
        Look::List(elements) if elements.len() > 0 => {
            write_list::<V>(out, elements, 0, false, spill)
        }
        Look::Struct(fields) if fields.len() > 0 => write_struct::<V>(out, fields, 0, false, spill),
        scalar => {
            // Of a text of line ends alone, the last one is part of the text.
            let is_line_ends = matches!(scalar, Look::String(text)
                if text.bytes().all(|b| b == b'\n') && !text.is_empty());
            write_scalar(out, &scalar, 2);
            if is_line_ends { out.push('\n') } else { end_line(out) }
        }
    }
}

/// Documents with `---` between them.
pub fn stream_text(documents: &[Data]) -> String {
    documents.iter().map(text).collect::<Vec<_>>().join("---\n")
}

fn end_line(out: &mut String) {
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

fn indent(out: &mut String, column: usize) {
    out.extend(std::iter::repeat_n(' ', column));
}

/// Writes a list at a column; `inline` if the first line is already indented.
fn write_list<'v, V: View<'v>>(
    out: &mut String,
    elements: V::Elements,
    column: usize,
    inline: bool,
    spill: &mut impl FnMut(&mut String),
) {
    for (i, element) in elements.enumerate() {
        if i > 0 || !inline {
            indent(out, column);
        }
        out.push_str("- ");
        write_element(out, element, column + 2, spill);
    }
}

/// What stands behind `- `, `? ` or a `: ` on a line of its own.
fn write_element<'v, V: View<'v>>(
    out: &mut String,
    element: V,
    column: usize,
    spill: &mut impl FnMut(&mut String),
) {
    match element.look() {
        Look::List(elements) if elements.len() > 0 => {
            grow(|| write_list::<V>(out, elements, column, true, spill));
        }
        Look::Struct(fields) if fields.len() > 0 => {
            grow(|| write_struct::<V>(out, fields, column, true, spill));
        }
        scalar => {
            write_scalar(out, &scalar, column);
            out.push('\n');
            spill(out);
        }
    }
}

fn write_struct<'v, V: View<'v>>(
    out: &mut String,
    fields: V::Fields,
    column: usize,
    inline: bool,
    spill: &mut impl FnMut(&mut String),
) {
    for (i, (label, value)) in fields.enumerate() {
        let label = label.as_ref();
        if i > 0 || !inline {
            indent(out, column);
        }
        if label.len() > MAX_SIMPLE_KEY || label.contains('\n') {
            out.push_str("? ");
            write_string(out, label, column + 2);
            out.push('\n');
            indent(out, column);
            out.push_str(": ");
            write_element(out, value, column + 2, spill);
            continue;
        }
        write_string(out, label, column + 2);
        out.push(':');
        match value.look() {
            Look::List(elements) if elements.len() > 0 => {
                out.push('\n');
                spill(out);
                grow(|| write_list::<V>(out, elements, column + 2, false, spill));
            }
            Look::Struct(fields) if fields.len() > 0 => {
                out.push('\n');
                spill(out);
                grow(|| write_struct::<V>(out, fields, column + 2, false, spill));
            }
            scalar => {
                out.push(' ');
                write_scalar(out, &scalar, column + 2);
                out.push('\n');
                spill(out);
            }
        }
    }
}

/// Writes what is not indented itself, without a line end; the lines of literal blocks at `column`.
fn write_scalar<'v, V: View<'v>>(out: &mut String, scalar: &Look<'v, V>, column: usize) {
    match scalar {
        Look::Null => out.push_str("null"),
        Look::Bool(true) => out.push_str("true"),
        Look::Bool(false) => out.push_str("false"),
        Look::Number(number) => {
            let text = number.json_text();
            out.push_str(&text);
            if !number.is_int() && !text.contains(['.', 'E']) {
                out.push('.');
            }
        }
        Look::String(text) => write_string(out, text, column),
        Look::Bytes(bytes) => {
            out.push_str("!!binary");
            let text = base64::prelude::BASE64_STANDARD.encode(bytes);
            if bytes.contains(&b'\n') {
                out.push(' ');
                write_literal(out, &text, column);
            } else if !text.is_empty() {
                out.push(' ');
                out.push_str(&text);
            }
        }
        Look::List(_) => out.push_str("[]"),
        Look::Struct(_) => out.push_str("{}"),
    }
}

/// Whether a reader would take the plain text for something else than a string.
fn looks_special(text: &str) -> bool {
    use super::resolve::Scalar;
    resolve::is_any_boolean(text)
        || !matches!(resolve::plain(text, super::Dialect::Cue), Scalar::String | Scalar::Merge)
        || looks_like_float(text)
        // Most texts begin with a letter and need no expression, which takes time to build.
        || text.starts_with(|c: char| c.is_ascii_digit() || "-+:. \t".contains(c))
            && DATE_LIKE.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// Decimal digits with a leading zero that are no octal number (`08`).
fn looks_like_float(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character can stand outside of double quotes.
fn is_printable(character: char) -> bool {
    matches!(character,
        '\n' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn write_string(out: &mut String, text: &str, column: usize) {
    if text.is_empty() || looks_special(text) {
        return write_double(out, text);
    }
    let special = text.chars().any(|c| !is_printable(c) && c != '\t');
    let space_break = text.contains(" \n");
    if special || space_break {
        return write_double(out, text);
    }
    if text.contains('\n') {
        if text.ends_with(' ') {
            return write_double(out, text);
        }
        return write_literal(out, text, column);
    }
    if text.contains('\t') {
        return write_double(out, text);
    }
    if is_plain(text) {
        out.push_str(text);
    } else {
        let _ = write!(out, "'{}'", text.replace('\'', "''"));
    }
}

/// Whether a text without line ends and special characters reads as itself without quotes.
fn is_plain(text: &str) -> bool {
    if text.starts_with(' ') || text.ends_with(' ') {
        return false;
    }
    if text.starts_with("---") || text.starts_with("...") {
        return false;
    }
    let bytes = text.as_bytes();
    let blank_at = |at: usize| bytes.get(at).is_none_or(|byte| *byte == b' ');
    match bytes[0] {
        b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
        | b'"' | b'%' | b'@' | b'`' => return false,
        b'-' | b'?' | b':' if blank_at(1) => return false,
        _ => {}
    }
    !bytes.iter().enumerate().any(|(at, byte)| match byte {
        b':' => blank_at(at + 1),
        b'#' => at > 0 && bytes[at - 1] == b' ',
        _ => false,
    })
}

/// A literal block; the lines at `column`, without the last line end.
fn write_literal(out: &mut String, text: &str, column: usize) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = match text.strip_suffix('\n') {
        None => {
            out.push('-');
            text
        }
        Some(body) if body.is_empty() || body.ends_with('\n') => {
            out.push('+');
            body
        }
        Some(body) => body,
    };
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            indent(out, column);
            out.push_str(line);
        }
    }
}

fn write_double(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            other if is_printable(other) && !is_break(other) => out.push(other),
            other if u32::from(other) <= 0xff => {
                let _ = write!(out, "\\x{:02X}", u32::from(other));
            }
            other if u32::from(other) <= 0xffff => {
                let _ = write!(out, "\\u{:04X}", u32::from(other));
            }
            other => {
                let _ = write!(out, "\\U{:08X}", u32::from(other));
            }
        }
    }
    out.push('"');
}
