//! Literals: what their text means, and the text that means a value.

mod number;
mod quote;
#[cfg(test)]
mod tests;

pub use quote::{
    label_needs_quotes, quote_bytes, quote_label, quote_multiline, quote_multiline_bytes,
    quote_string,
};

pub(crate) use quote::quote_pieces;

pub(crate) use number::scan_number;

use super::ast::Literal;
use crate::diagnostic::Diagnostic;
use crate::number::Number;
use crate::source::Span;

/// The value of a string or bytes literal, or of a piece of an interpolation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Text {
    /// `"…"`
    String(String),
    /// `'…'`
    Bytes(Vec<u8>),
}

impl Text {
    fn new(bytes: Vec<u8>, is_bytes: bool) -> Text {
        if is_bytes {
            return Text::Bytes(bytes);
        }
        Text::String(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(bytes) => String::from_utf8_lossy(bytes.as_bytes()).into_owned(),
        })
    }
}

/// Why a literal has no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiteralError {
    /// The place inside the literal.
    pub span: Span,
    /// What is wrong, in the words of the reference.
    pub message: String,
    /// It breaks the notation, which the parser reports; otherwise only the value cannot be.
    pub lexical: bool,
}

impl LiteralError {
    /// The error as a diagnostic of class load.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::load("cue/literal", self.span, self.message.clone());
        let hint = match self.message.as_str() {
            "unknown escape sequence" => r"write \\ for a backslash, or use a raw string: #'…'#",
            "non-matching whitespace for multiline strings" => {
                "start every line with exactly the white space before the closing quotes"
            }
            m if m.ends_with("not allowed in string literal") => {
                r"use \u in strings; \x and octal escapes are for bytes: '…'"
            }
            m if m.contains("escape sequence") => {
                r"escapes are \uXXXX, \UXXXXXXXX and, in bytes, \xXX and \ooo"
            }
            m if m.contains("surrogate") => r"write both halves, or one \UXXXXXXXX",
            _ => return diagnostic,
        };
        diagnostic.help(hint)
    }
}

/// The value of a number literal.
///
/// # Errors
/// The literal is too large, or has a multiplier and is not whole.
pub fn number(literal: &Literal) -> Result<Number, LiteralError> {
    Number::parse_literal(&literal.text).map_err(|error| LiteralError {
        span: literal.span,
        message: format!("parse error: {error}"),
        lexical: false,
    })
}

/// The text of a string literal that means what stands between its quotes.
pub(crate) fn plain(literal: &Literal) -> Option<&str> {
    let inner = literal.text.strip_prefix('"')?.strip_suffix('"')?;
    inner.bytes().all(|b| !matches!(b, b'\\' | b'\n')).then_some(inner)
}

/// The value of a string or bytes literal without interpolations.
///
/// # Errors
/// An escape or the indentation is wrong.
pub fn string(literal: &Literal) -> Result<Text, LiteralError> {
    decode(literal).map(|bytes| Text::new(bytes, is_bytes(literal)))
}

/// The values of the pieces of an interpolation.
///
/// # Errors
/// An escape or the indentation is wrong.
pub fn interpolation(pieces: &[Literal]) -> Result<Vec<Text>, LiteralError> {
    let bytes = pieces.first().is_some_and(is_bytes);
    let texts = decode_pieces(pieces)?;
    Ok(texts.into_iter().map(|text| Text::new(text, bytes)).collect())
}

fn is_bytes(literal: &Literal) -> bool {
    literal.text.trim_start_matches('#').starts_with('\'')
}

/// Decodes a string or bytes literal.
pub(crate) fn decode(literal: &Literal) -> Result<Vec<u8>, LiteralError> {
    let Some(form) = Form::of(&literal.text) else { return Ok(Vec::new()) };
    let mut decoder = Decoder::new(form, form.indent(&literal.text), literal, true);
    decoder.from = form.opening(&literal.text);
    decoder.to = form.closing(&literal.text).max(decoder.from);
    decoder.run()
}

/// Decodes the pieces of an interpolation.
pub(crate) fn decode_pieces(pieces: &[Literal]) -> Result<Vec<Vec<u8>>, LiteralError> {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Ok(Vec::new()) };
    let Some(form) = Form::of(&first.text) else { return Ok(Vec::new()) };
    let indent = form.indent(&last.text);
    let count = pieces.len();
    let decode = |(i, piece): (usize, &Literal)| {
        let mut decoder = Decoder::new(form, indent, piece, i == 0);
        let length = piece.text.len();
        decoder.from = if i == 0 { form.opening(&piece.text) } else { 1 };
        let interpolation = length.saturating_sub(form.hashes + 2);
        decoder.to = if i + 1 == count { form.closing(&piece.text) } else { interpolation };
        decoder.from = decoder.from.min(length);
        decoder.to = decoder.to.max(decoder.from);
        decoder.run()
    };
    pieces.iter().enumerate().map(decode).collect()
}

/// How a literal is delimited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Form {
    pub(crate) quote: char,
    pub(crate) hashes: usize,
    pub(crate) multiline: bool,
}

impl Form {
    /// The form of a literal that starts like `text`.
    pub(crate) fn of(text: &str) -> Option<Form> {
        let hashes = text.bytes().take_while(|b| *b == b'#').count();
        let rest = &text[hashes..];
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let triple = rest.chars().take_while(|c| *c == quote).count() >= 3;
        let lines = rest.get(3..).is_some_and(|r| r.starts_with('\n') || r.starts_with("\r\n"));
        Some(Form { quote, hashes, multiline: triple && lines })
    }

    fn width(self) -> usize {
        self.hashes + if self.multiline { 3 } else { 1 }
    }

    /// Where the text behind the opening quotes (and their line end) starts.
    fn opening(self, text: &str) -> usize {
        let line_end = match text.get(self.width()..) {
            Some(rest) if self.multiline && rest.starts_with("\r\n") => 2,
            Some(_) if self.multiline => 1,
            _ => 0,
        };
        (self.width() + line_end).min(text.len())
    }

    /// Where the text before the closing quotes (and, in a multi-line string, before their line)
    /// ends.
    fn closing(self, text: &str) -> usize {
        let end = text.len().saturating_sub(self.width());
        if !self.multiline {
            return end;
        }
        let body = text.get(..end).unwrap_or("");
        let line_end = body.rfind('\n').unwrap_or(0);
        if body[..line_end].ends_with('\r') { line_end - 1 } else { line_end }
    }

    /// The white space before the closing quotes of a multi-line string.
    pub(crate) fn indent(self, text: &str) -> &str {
        if !self.multiline {
            return "";
        }
        let body = text.get(..text.len().saturating_sub(self.width())).unwrap_or("");
        let line = body.rfind('\n').map_or(0, |i| i + 1);
        let indent = &body[line..];
        if indent.bytes().all(|b| matches!(b, b' ' | b'\t')) { indent } else { "" }
    }
}

struct Decoder<'t> {
    form: Form,
    indent: &'t str,
    span: Span,
    text: &'t str,
    from: usize,
    to: usize,
    line_start: bool,
    out: Vec<u8>,
}

impl<'t> Decoder<'t> {
    fn new(form: Form, indent: &'t str, literal: &'t Literal, line_start: bool) -> Decoder<'t> {
        let text = literal.text.as_str();
        let line_start = line_start && form.multiline;
        Decoder { form, indent, span: literal.span, text, from: 0, to: 0, line_start, out: vec![] }
    }

    fn error(&self, at: usize, message: impl Into<String>) -> LiteralError {
        let rest = self.text.get(at..).and_then(|t| t.chars().next());
        let start = self.span.start + at as u32;
        let end = start + rest.map_or(0, |c| c.len_utf8() as u32);
        LiteralError {
            span: Span { start, end, ..self.span },
            message: message.into(),
            lexical: true,
        }
    }

    fn run(mut self) -> Result<Vec<u8>, LiteralError> {
        self.out.reserve(self.to - self.from);
        let mut at = self.from;
        while at < self.to {
            if self.line_start {
                self.line_start = false;
                at = self.skip_indent(at)?;
                continue;
            }
            let rest = self.text.get(at..self.to).unwrap_or("");
            let plain = rest.find(['\\', '\n', '\r']).unwrap_or(rest.len());
            self.out.extend_from_slice(&rest.as_bytes()[..plain]);
            at += plain;
            let rest = &rest[plain..];
            if rest.starts_with('\\') {
                at = self.backslash(at)?;
            } else if self.form.multiline && (rest.starts_with("\r\n") || rest.starts_with('\n')) {
                at += if rest.starts_with('\r') { 2 } else { 1 };
                self.out.push(b'\n');
                self.line_start = true;
            } else if let Some(byte) = rest.bytes().next() {
                self.out.push(byte);
                at += 1;
            }
        }
        Ok(self.out)
    }

    fn skip_indent(&self, at: usize) -> Result<usize, LiteralError> {
        let rest = self.text.get(at..).unwrap_or("");
        if rest.starts_with(self.indent) {
            return Ok(at + self.indent.len());
        }
        if rest.starts_with('\n') || rest.starts_with("\r\n") {
            return Ok(at);
        }
        Err(self.error(at, "non-matching whitespace for multiline strings"))
    }

    /// Reads what follows a backslash; yields the offset behind it.
    fn backslash(&mut self, at: usize) -> Result<usize, LiteralError> {
        let hashes = self.form.hashes;
        let bytes = self.text.as_bytes();
        let marked = bytes.get(at + 1..at + 1 + hashes);
        if !marked.is_some_and(|m| m.iter().all(|b| *b == b'#')) {
            self.out.push(b'\\');
            return Ok(at + 1);
        }
        let at = at + 1 + hashes;
        let is_bytes = self.form.quote == '\'';
        let simple = match bytes.get(at) {
            Some(b'a') => 7,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'v') => 11,
            Some(b'/') => b'/',
            Some(b'\\') => b'\\',
            Some(b'"') if !is_bytes => b'"',
            Some(b'\'') if is_bytes => b'\'',
            Some(b'u') => return self.unicode(at, 4),
            Some(b'U') => return self.unicode(at, 8),
            Some(b'x') if is_bytes => {
                let value = self.digits(at + 1, 2, 16)?;
                self.out.push(value as u8);
                return Ok(at + 3);
            }
            Some(b'0'..=b'7') if is_bytes => {
                let value = self.digits(at, 3, 8)?;
                let Ok(byte) = u8::try_from(value) else { return Err(self.invalid_point(at)) };
                self.out.push(byte);
                return Ok(at + 3);
            }
            Some(b'x') => {
                return Err(self.error(at, "hexadecimal escape not allowed in string literal"));
            }
            Some(b'0'..=b'7') => {
                return Err(self.error(at, "octal escape not allowed in string literal"));
            }
            _ => return Err(self.error(at, "unknown escape sequence")),
        };
        self.out.push(simple);
        Ok(at + 1)
    }

    fn invalid_point(&self, at: usize) -> LiteralError {
        self.error(at, "escape sequence is invalid Unicode code point")
    }

    fn digits(&self, at: usize, count: usize, radix: u32) -> Result<u32, LiteralError> {
        let mut value: u32 = 0;
        for at in at..at + count {
            let found = self.text.get(at..).and_then(|t| t.chars().next());
            let Some(digit) = found.and_then(|c| c.to_digit(radix)) else {
                let Some(c) = found.filter(|_| at < self.text.len()) else {
                    return Err(self.error(at, "escape sequence not terminated"));
                };
                let code = c as u32;
                let message = format!("illegal character U+{code:04X} '{c}' in escape sequence");
                return Err(self.error(at, message));
            };
            value = value.wrapping_mul(radix).wrapping_add(digit);
        }
        Ok(value)
    }

    fn unicode(&mut self, at: usize, count: usize) -> Result<usize, LiteralError> {
        let value = self.digits(at + 1, count, 16)?;
        let end = at + 1 + count;
        if (0xD800..0xDC00).contains(&value) && count == 4 {
            let mark = format!("\\{}u", "#".repeat(self.form.hashes));
            if self.text.get(end..).is_some_and(|t| t.starts_with(&mark)) {
                let low = self.digits(end + mark.len(), 4, 16)?;
                if (0xDC00..0xE000).contains(&low) {
                    let point = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
                    return self.scalar(at, point, end + mark.len() + 4);
                }
            }
        }
        if (0xD800..0xE000).contains(&value) {
            let message = "invalid string: unmatched surrogate pair".to_owned();
            return Err(LiteralError { span: self.span, message, lexical: false });
        }
        self.scalar(at, value, end)
    }

    fn scalar(&mut self, at: usize, value: u32, end: usize) -> Result<usize, LiteralError> {
        let Some(c) = char::from_u32(value) else { return Err(self.invalid_point(at)) };
        let mut buffer = [0; 4];
        self.out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        Ok(end)
    }
}
