//! Quoted strings and characters as the reference's error messages print them, which is also what
//! `strconv.Quote` gives.

use regex::Regex;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Letters, marks, numbers, punctuation and symbols; of the spaces only the ASCII one.
static PRINTABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$").ok());

/// White space of category Zs.
static SPACE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Zs}$").ok());

fn is_match(regex: &LazyLock<Option<Regex>>, character: char) -> bool {
    let mut buffer = [0; 4];
    regex.as_ref().is_some_and(|regex| regex.is_match(character.encode_utf8(&mut buffer)))
}

/// Whether the character prints as itself.
pub fn is_printable(character: char) -> bool {
    match character {
        ' '..='~' => true,
        '\0'..='\u{a0}' | '\u{ad}' => false,
        _ => is_match(&PRINTABLE, character),
    }
}

/// Whether the character is graphic: printable, or any space.
pub fn is_graphic(character: char) -> bool {
    is_printable(character) || is_match(&SPACE, character)
}

/// Which characters are written as themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// Printable ones.
    Printable,
    /// Printable ones of ASCII.
    Ascii,
    /// Graphic ones.
    Graphic,
}

impl Keep {
    fn keeps(self, character: char) -> bool {
        match self {
            Keep::Printable => is_printable(character),
            Keep::Ascii => matches!(character, ' '..='~'),
            Keep::Graphic => is_graphic(character),
        }
    }
}

/// Writes one character, escaped where needed, in a literal that `quote` delimits.
pub fn escape_into(out: &mut String, character: char, quote: char, keep: Keep) {
    match character {
        '\\' => out.push_str("\\\\"),
        _ if character == quote => {
            out.push('\\');
            out.push(quote);
        }
        _ if keep.keeps(character) => out.push(character),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        '\0'..='\u{1f}' | '\u{7f}' => {
            let _ = write!(out, "\\x{:02x}", u32::from(character));
        }
        '\0'..='\u{ffff}' => {
            let _ = write!(out, "\\u{:04x}", u32::from(character));
        }
        _ => {
            let _ = write!(out, "\\U{:08x}", u32::from(character));
        }
    }
}

/// The text in double quotes.
pub fn quoted(text: &str, keep: Keep) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        escape_into(&mut out, character, '"', keep);
    }
    out.push('"');
    out
}

/// The character in single quotes.
pub fn quoted_character(character: char, keep: Keep) -> String {
    let mut out = String::from('\'');
    escape_into(&mut out, character, '\'', keep);
    out.push('\'');
    out
}
