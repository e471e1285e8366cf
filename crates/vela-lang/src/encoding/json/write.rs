//! JSON text, as `cue export` and `json.Marshal` write it.

use crate::data::Data;
use crate::depth::grow;
use base64::Engine as _;
use std::fmt::Write as _;

/// The string as a JSON literal. Besides what must be, only U+2028 and U+2029 are escaped.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    escape_into(&mut out, text);
    out
}

fn escape_into(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    let special = |c: char| matches!(c, '\0'..='\u{1f}' | '"' | '\\' | '\u{2028}' | '\u{2029}');
    while let Some(at) = rest.find(special) {
        out.push_str(&rest[..at]);
        let character = rest[at..].chars().next().unwrap_or_default();
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            other => {
                let _ = write!(out, "\\u{:04x}", u32::from(other));
            }
        }
        rest = &rest[at + character.len_utf8()..];
    }
    out.push_str(rest);
    out.push('"');
}

/// JSON without white space.
pub fn compact_text(data: &Data) -> String {
    let mut out = String::new();
    write(&mut out, data, None);
    out
}

/// JSON with four blanks per level, without a line end behind it.
pub fn pretty_text(data: &Data) -> String {
    let mut out = String::new();
    write(&mut out, data, Some(1));
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("    ");
    }
}

/// Writes a value; `depth` is that of its elements, or `None` for one line.
fn write(out: &mut String, data: &Data, depth: Option<usize>) {
    let separate = |out: &mut String, first: bool| {
        if !first {
            out.push(',');
        }
        if let Some(depth) = depth {
            new_line(out, depth);
        }
    };
    let close = |out: &mut String, bracket: char| {
        if let Some(depth) = depth {
            new_line(out, depth - 1);
        }
        out.push(bracket);
    };
    match data {
        Data::Null => out.push_str("null"),
        Data::Bool(true) => out.push_str("true"),
        Data::Bool(false) => out.push_str("false"),
        Data::Number(number) => out.push_str(&number.json_text()),
        Data::String(text) => escape_into(out, text),
        Data::Bytes(bytes) => {
            out.push('"');
            base64::prelude::BASE64_STANDARD.encode_string(bytes, out);
            out.push('"');
        }
        Data::List(elements) if elements.is_empty() => out.push_str("[]"),
        Data::List(elements) => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                separate(out, i == 0);
                grow(|| write(out, element, depth.map(|depth| depth + 1)));
            }
            close(out, ']');
        }
        Data::Struct(fields) if fields.is_empty() => out.push_str("{}"),
        Data::Struct(fields) => {
            out.push('{');
            for (i, (label, value)) in fields.iter().enumerate() {
                separate(out, i == 0);
                escape_into(out, label);
                out.push_str(if depth.is_some() { ": " } else { ":" });
                grow(|| write(out, value, depth.map(|depth| depth + 1)));
            }
            close(out, '}');
        }
    }
}
