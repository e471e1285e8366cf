//! Values to literals.

use regex::Regex;
use std::fmt::Write;
use std::sync::LazyLock;

/// What is not printed as it is: controls, formats, private and unassigned characters, spaces.
static UNPRINTABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{Other}\p{Separator}]").ok());

/// The literal for a string, on one line.
pub fn quote_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    escape(&mut out, text, Some('"'), 0);
    out.push('"');
    out
}

/// The literal for bytes, on one line.
pub fn quote_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('\'');
    escape_bytes(&mut out, bytes, Some('\''));
    out.push('\'');
    out
}

/// The multi-line literal for a string; its lines and closing quotes start with `indent`.
pub fn quote_multiline(text: &str, indent: &str) -> String {
    let hashes = "#".repeat(multiline_hashes(text));
    let mut out = format!("{hashes}\"\"\"");
    for line in text.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(indent);
            escape_line(&mut out, line, hashes.len());
        }
    }
    let _ = write!(out, "\n{indent}\"\"\"{hashes}");
    out
}

/// The multi-line literal for bytes; its lines and closing quotes start with `indent`.
pub fn quote_multiline_bytes(bytes: &[u8], indent: &str) -> String {
    let mut out = String::from("'''");
    for line in bytes.split(|b| *b == b'\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(indent);
            escape_bytes(&mut out, line, None);
        }
    }
    let _ = write!(out, "\n{indent}'''");
    out
}

/// The pieces of an interpolation for the texts between its expressions, on several lines if a text
/// has several; these start with `indent` tabs. `None` where a text of a string is not UTF-8.
pub(crate) fn quote_pieces(texts: &[Vec<u8>], bytes: bool, indent: usize) -> Option<Vec<String>> {
    let lines = texts.iter().any(|text| text.contains(&b'\n'));
    let quote = if bytes { '\'' } else { '"' };
    let delimiter = quote.to_string().repeat(if lines { 3 } else { 1 });
    let closes = |text: &Vec<u8>| text.windows(3).any(|w| w == delimiter.as_bytes());
    let escaped = if lines && !texts.iter().any(closes) { None } else { Some(quote) };
    let indent = "\t".repeat(indent);
    let mut pieces = Vec::with_capacity(texts.len());
    for (i, text) in texts.iter().enumerate() {
        let (first, last) = (i == 0, i + 1 == texts.len());
        let mut piece = if first { delimiter.clone() } else { ")".to_owned() };
        let mut parts = text.split(|b| *b == b'\n').enumerate().peekable();
        while let Some((n, part)) = parts.next() {
            let filled = !part.is_empty() || (parts.peek().is_none() && !last);
            if lines && (n > 0 || first) {
                piece.push('\n');
                piece.push_str(if filled { &indent } else { "" });
            }
            if bytes {
                escape_bytes(&mut piece, part, escaped);
            } else {
                escape(&mut piece, std::str::from_utf8(part).ok()?, escaped, 0);
            }
        }
        if last && lines {
            piece.push('\n');
            piece.push_str(&indent);
        }
        piece.push_str(if last { &delimiter } else { "\\(" });
        pieces.push(piece);
    }
    Some(pieces)
}

/// How many `#` a multi-line literal needs so that no quotes inside close it.
fn multiline_hashes(text: &str) -> usize {
    let mut hashes = 0;
    while text.contains(&format!("\"\"\"{}", "#".repeat(hashes))) {
        hashes += 1;
    }
    hashes
}

/// The label for a field name: as it is where that is possible, else quoted.
pub fn quote_label(name: &str) -> String {
    if label_needs_quotes(name) { quote_string(name) } else { name.to_owned() }
}

/// Whether a regular field of that name has to be written with quotes: it is no identifier, or as
/// an identifier it would be hidden, a definition or a keyword.
pub fn label_needs_quotes(name: &str) -> bool {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c == '$' || c.is_alphabetic());
    let goes_on = chars.all(|c| c == '_' || c == '$' || c.is_alphanumeric());
    !starts
        || !goes_on
        || matches!(
            name,
            "true" | "false" | "null" | "import" | "package" | "for" | "in" | "if" | "let"
        )
}

fn escape(out: &mut String, text: &str, quote: Option<char>, hashes: usize) {
    for c in text.chars() {
        escape_char(out, c, quote, hashes);
    }
}

fn escape_line(out: &mut String, line: &str, hashes: usize) {
    for c in line.chars() {
        match c {
            '"' => out.push(c),
            c => escape_char(out, c, None, hashes),
        }
    }
}

fn escape_char(out: &mut String, c: char, quote: Option<char>, hashes: usize) {
    let short = match c {
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        '\\' => '\\',
        c if Some(c) == quote => c,
        ' '..='~' => return out.push(c),
        c => {
            let mark = "#".repeat(hashes);
            let mut buffer = [0; 4];
            let text: &str = c.encode_utf8(&mut buffer);
            let unprintable = UNPRINTABLE.as_ref().is_some_and(|r| r.is_match(text));
            let _ = match c as u32 {
                _ if !unprintable => write!(out, "{c}"),
                code @ ..0x10000 => write!(out, "\\{mark}u{code:04x}"),
                code => write!(out, "\\{mark}U{code:08x}"),
            };
            return;
        }
    };
    out.push('\\');
    out.extend(std::iter::repeat_n('#', hashes));
    out.push(short);
}

fn escape_bytes(out: &mut String, bytes: &[u8], quote: Option<char>) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\u{7}'..='\r' | ' '.. => escape_char(out, c, quote, 0),
                c => {
                    let _ = write!(out, "\\x{:02x}", c as u32);
                }
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}
