//! YAML text, as `cue export --out yaml` and `yaml.Marshal` write it.

use super::resolve;
use crate::data::Data;
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
    match data {
        Data::List(elements) if !elements.is_empty() => write_list(&mut out, elements, 0, false),
        Data::Struct(fields) if !fields.is_empty() => write_struct(&mut out, fields, 0, false),
        scalar => {
            write_scalar(&mut out, scalar, 2);
            // Of a text of line ends alone, the last one is part of the text.
            match scalar {
                Data::String(text) if text.bytes().all(|b| b == b'\n') && !text.is_empty() => {
                    out.push('\n');
                }
                _ => end_line(&mut out),
            }
        }
    }
    out
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
fn write_list(out: &mut String, elements: &[Data], column: usize, inline: bool) {
    for (i, element) in elements.iter().enumerate() {
        if i > 0 || !inline {
            indent(out, column);
        }
        out.push_str("- ");
        write_element(out, element, column + 2);
    }
}

/// What stands behind `- `, `? ` or a `: ` on a line of its own.
fn write_element(out: &mut String, element: &Data, column: usize) {
    match element {
        Data::List(elements) if !elements.is_empty() => write_list(out, elements, column, true),
        Data::Struct(fields) if !fields.is_empty() => write_struct(out, fields, column, true),
        scalar => {
            write_scalar(out, scalar, column);
            out.push('\n');
        }
    }
}

fn write_struct(
    out: &mut String,
    fields: &[(std::sync::Arc<str>, Data)],
    column: usize,
    inline: bool,
) {
    for (i, (label, value)) in fields.iter().enumerate() {
        if i > 0 || !inline {
            indent(out, column);
        }
        if label.len() > MAX_SIMPLE_KEY || label.contains('\n') {
            out.push_str("? ");
            write_string(out, label, column + 2);
            out.push('\n');
            indent(out, column);
            out.push_str(": ");
            write_element(out, value, column + 2);
            continue;
        }
        write_string(out, label, column + 2);
        out.push(':');
        match value {
            Data::List(elements) if !elements.is_empty() => {
                out.push('\n');
                write_list(out, elements, column + 2, false);
            }
            Data::Struct(fields) if !fields.is_empty() => {
                out.push('\n');
                write_struct(out, fields, column + 2, false);
            }
            scalar => {
                out.push(' ');
                write_scalar(out, scalar, column + 2);
                out.push('\n');
            }
        }
    }
}

/// Writes what is not indented itself, without a line end; the lines of literal blocks at `column`.
fn write_scalar(out: &mut String, data: &Data, column: usize) {
    match data {
        Data::Null => out.push_str("null"),
        Data::Bool(true) => out.push_str("true"),
        Data::Bool(false) => out.push_str("false"),
        Data::Number(number) => {
            let text = number.json_text();
            out.push_str(&text);
            if !number.is_int() && !text.contains(['.', 'E']) {
                out.push('.');
            }
        }
        Data::String(text) => write_string(out, text, column),
        Data::Bytes(bytes) => {
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
        Data::List(_) => out.push_str("[]"),
        Data::Struct(_) => out.push_str("{}"),
    }
}

/// Whether a reader would take the plain text for something else than a string.
fn looks_special(text: &str) -> bool {
    use super::resolve::Scalar;
    resolve::is_any_boolean(text)
        || !matches!(resolve::plain(text, super::Dialect::Cue), Scalar::String | Scalar::Merge)
        || looks_like_float(text)
        || DATE_LIKE.as_ref().is_some_and(|regex| regex.is_match(text))
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
