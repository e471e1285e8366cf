//! JSON text, as `cue export` and `json.Marshal` write it.

use crate::data::{Data, Look, View};
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
    // Most texts are plain; 0xE2 is the first byte of U+2028 and U+2029, and of others.
    if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\' && b != 0xe2) {
        out.push_str(text);
        out.push('"');
        return;
    }
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
    write(&mut out, data, None, &mut |_| ());
    out
}

/// JSON with four blanks per level, without a line end behind it.
pub fn pretty_text(data: &Data) -> String {
    let mut out = String::new();
    write_pretty(&mut out, data, &mut |_| ());
    out
}

/// As [`pretty_text`]; `spill` is called before and after every value and may take away what was
/// written so far.
pub(crate) fn write_pretty<'v>(
    out: &mut String,
    view: impl View<'v>,
    spill: &mut impl FnMut(&mut String),
) {
    write(out, view, Some(1), spill);
}

fn new_line(out: &mut String, depth: usize) {
    const BLANKS: &str = "                                                                ";
    out.push('\n');
    let mut left = 4 * depth;
    while left > 0 {
        let now = left.min(BLANKS.len());
        out.push_str(&BLANKS[..now]);
        left -= now;
    }
}

/// Writes a value; `depth` is that of its elements, or `None` for one line.
fn write<'v>(
    out: &mut String,
    view: impl View<'v>,
    depth: Option<usize>,
    spill: &mut impl FnMut(&mut String),
) {
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
    spill(out);
    match view.look() {
        Look::Null => out.push_str("null"),
        Look::Bool(true) => out.push_str("true"),
        Look::Bool(false) => out.push_str("false"),
        Look::Number(number) => number.write_json(out),
        Look::String(text) => escape_into(out, text),
        Look::Bytes(bytes) => {
            out.push('"');
            base64::prelude::BASE64_STANDARD.encode_string(bytes, out);
            out.push('"');
        }
        Look::List(elements) if elements.len() == 0 => out.push_str("[]"),
        Look::List(elements) => {
            out.push('[');
            for (i, element) in elements.enumerate() {
                separate(out, i == 0);
                grow(|| write(out, element, depth.map(|depth| depth + 1), spill));
            }
            close(out, ']');
        }
        Look::Struct(fields) if fields.len() == 0 => out.push_str("{}"),
        Look::Struct(fields) => {
            out.push('{');
            for (i, (label, value)) in fields.enumerate() {
                separate(out, i == 0);
                escape_into(out, label.as_ref());
                out.push_str(if depth.is_some() { ": " } else { ":" });
                grow(|| write(out, value, depth.map(|depth| depth + 1), spill));
            }
            close(out, '}');
        }
    }
    spill(out);
}
