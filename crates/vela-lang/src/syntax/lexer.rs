//! Text to tokens.
//!
//! One pass over the whole text. It puts in the commas that line ends stand for, takes strings apart
//! at their interpolations, and keeps comments aside, each group with the tokens it stands between.

use super::ast::CommentGroup;
use super::token::{Kind, Token};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use logos::Logos;

/// What the lexer makes of a text.
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<PlacedComment>,
    pub(crate) errors: Vec<Diagnostic>,
}

/// A comment group and the tokens around it.
pub(crate) struct PlacedComment {
    pub(crate) group: CommentGroup,
    /// The token before it, if there is one.
    pub(crate) after: Option<Token>,
    /// It starts on the line where that token ends.
    pub(crate) same_line: bool,
    /// Where the next token starts; the length of the text if there is none.
    pub(crate) before: u32,
}

/// Splits `text` into tokens.
pub(crate) fn lex(source: SourceId, text: &str) -> Lexed {
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lexer = Lexer {
        source,
        text,
        position: skipped,
        out: Lexed {
            tokens: Vec::with_capacity(text.len() / 4),
            comments: Vec::new(),
            errors: Vec::new(),
        },
        strings: Vec::new(),
        line_end: None,
        newlines: 1,
        waiting: 0,
    };
    lexer.run();
    lexer.out
}

/// A string literal whose interpolated expression is being read.
#[derive(Clone, Copy)]
struct OpenString {
    quote: Quote,
    start: usize,
    parens: u32,
}

/// How a string literal is delimited.
#[derive(Clone, Copy)]
struct Quote {
    byte: u8,
    hashes: usize,
    multiline: bool,
}

/// How a stretch of string text ends.
enum Stretch {
    Closed(usize),
    Interpolation(usize),
    Unterminated(usize),
}

struct Lexer<'t> {
    source: SourceId,
    text: &'t str,
    position: usize,
    out: Lexed,
    strings: Vec<OpenString>,
    /// Where a line ended behind a token that implies a comma.
    line_end: Option<usize>,
    /// Line ends since the last token or comment.
    newlines: u32,
    /// How many comments at the end of the list still wait for the next token.
    waiting: usize,
}

impl<'t> Lexer<'t> {
    fn run(&mut self) {
        let text = self.text;
        let mut logos = Kind::lexer(text);
        logos.bump(self.position);
        while let Some(kind) = logos.next() {
            let span = logos.span();
            self.position = span.end;
            match kind {
                Ok(Kind::Newline) => {
                    self.newlines += 1;
                    if self.line_end.is_none()
                        && self.out.tokens.last().is_some_and(|t| t.0.implies_comma())
                    {
                        self.line_end = Some(span.start);
                    }
                }
                Ok(Kind::Comment) => self.comment(span.start, span.end),
                Ok(Kind::Ident) => self.ident(span.start),
                Ok(Kind::Number) => self.number(span.start),
                Ok(Kind::String) => self.string(span.start),
                Ok(Kind::Attribute) => self.attribute(span.start),
                Ok(Kind::LeftParen) => {
                    if let Some(open) = self.strings.last_mut() {
                        open.parens += 1;
                    }
                    self.push(Kind::LeftParen, span.start, span.end);
                }
                Ok(Kind::RightParen) => self.right_paren(span.start),
                Ok(kind) if kind.is_word() => self.word(kind, span.start),
                Ok(kind) => self.push(kind, span.start, span.end),
                Err(()) => self.unknown(span.start),
            }
            logos.bump(self.position - span.end);
        }
        let end = text.len();
        self.settle_comments(end as u32);
        if let Some(open) = self.strings.first() {
            let span = self.span(open.start, open.start + 1);
            self.out.errors.push(unterminated(span, open.quote));
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        if let Some(at) = self.line_end.take()
            && !matches!(kind, Kind::Colon | Kind::Comma)
        {
            self.out.tokens.push(Token(Kind::ImpliedComma, self.span(at, at)));
        }
        if self.waiting > 0 {
            self.settle_comments(start as u32);
        }
        self.newlines = 0;
        self.out.tokens.push(Token(kind, self.span(start, end)));
    }

    fn settle_comments(&mut self, next: u32) {
        let from = self.out.comments.len() - self.waiting;
        for comment in &mut self.out.comments[from..] {
            comment.before = next;
        }
        if self.waiting > 0
            && self.newlines > 1
            && let Some(last) = self.out.comments.last_mut()
        {
            last.group.blank_after = true;
        }
        self.waiting = 0;
    }

    fn comment(&mut self, start: usize, end: usize) {
        let line = self.text[start..end].trim_end_matches('\r');
        let span = self.span(start, start + line.len());
        let after = self.out.tokens.last().copied();
        if self.waiting > 0
            && self.newlines == 1
            && let Some(last) = self.out.comments.last_mut()
            && !last.same_line
        {
            last.group.lines.push(line.into());
            last.group.span = last.group.span.to(span);
            self.newlines = 0;
            return;
        }
        if self.waiting > 0
            && self.newlines > 1
            && let Some(last) = self.out.comments.last_mut()
        {
            last.group.blank_after = true;
        }
        let blank_before = self.newlines > 1;
        let lines = vec![line.into()];
        let group = CommentGroup { span, lines, blank_before, blank_after: false };
        let same_line = self.newlines == 0 && after.is_some() && self.waiting == 0;
        self.out.comments.push(PlacedComment { group, after, same_line, before: 0 });
        self.waiting += 1;
        self.newlines = 0;
        if self.line_end.is_none() && after.is_some_and(|t| t.0.implies_comma()) {
            self.line_end = Some(start);
        }
    }

    /// Words may go on with letters beyond ASCII.
    fn ident(&mut self, start: usize) {
        self.word(Kind::Ident, start);
    }

    fn word(&mut self, kind: Kind, start: usize) {
        let before = self.position;
        let rest = &self.text[before..];
        if rest.as_bytes().first().is_some_and(|b| *b >= 0x80) {
            self.position += word_length(rest);
        }
        let kind = if self.position > before { Kind::Ident } else { kind };
        self.push(kind, start, self.position);
    }

    fn unknown(&mut self, start: usize) {
        let rest = &self.text[start..];
        let Some(c) = rest.chars().next() else { return };
        if c.is_alphabetic() {
            self.position = start + word_length(rest);
            return self.push(Kind::Ident, start, self.position);
        }
        self.position = start + c.len_utf8();
        if c == ';' {
            // Only the parser knows what should stand here instead.
            return self.push(Kind::Illegal, start, self.position);
        }
        let span = self.span(start, self.position);
        let shown = if c.is_control() { String::new() } else { format!(" '{c}'") };
        self.out.errors.push(
            Diagnostic::load(
                "cue/illegal-character",
                span,
                format!("illegal character U+{:04X}{shown}", c as u32),
            )
            .help("remove it, or put it in quotes"),
        );
        self.push(Kind::Illegal, start, self.position);
    }

    fn number(&mut self, start: usize) {
        let (length, error) = super::literal::scan_number(&self.text[start..]);
        self.position = start + length;
        if let Some(message) = error {
            let span = self.span(start, self.position);
            self.out.errors.push(
                Diagnostic::load("cue/number", span, message)
                    .help("numbers look like 12, 1_000, 0x1F, 0o17, 0b101, 1.5, 1e3 or 1.5Mi"),
            );
        }
        self.push(Kind::Number, start, self.position);
    }

    fn string(&mut self, start: usize) {
        let bytes = self.text.as_bytes();
        let byte = bytes[self.position - 1];
        let hashes = self.position - 1 - start;
        let mut quote = Quote { byte, hashes, multiline: false };
        let at = self.position;
        if bytes[at..].starts_with(&[byte, byte]) {
            let newline =
                bytes[at + 2..].starts_with(b"\n") || bytes[at + 2..].starts_with(b"\r\n");
            if newline {
                quote.multiline = true;
                self.position = at + 2;
            } else if hashes == 0 && bytes.get(at + 1) == Some(&byte) {
                let span = self.span(start, at + 2);
                self.position = line_end(bytes, at + 2);
                if let Some(end) = find_triple(bytes, at + 2, byte) {
                    self.position = end;
                }
                let quotes = &self.text[at - 1..at + 2];
                self.out.errors.push(
                    Diagnostic::load(
                        "cue/string",
                        span,
                        format!("expected newline after multiline quote {quotes}"),
                    )
                    .help("the text of a multi-line string starts on the line below its quotes"),
                );
                return self.push(Kind::String, start, self.position);
            }
        }
        let open = OpenString { quote, start, parens: 0 };
        self.stretch(open, start, Kind::String, Kind::InterpolationStart);
    }

    /// Reads string text up to its end or to an interpolation.
    fn stretch(&mut self, mut open: OpenString, start: usize, whole: Kind, part: Kind) {
        match scan_string(self.text.as_bytes(), self.position, open.quote) {
            Stretch::Closed(end) => {
                self.position = end;
                self.push(whole, start, end);
            }
            Stretch::Interpolation(end) => {
                self.position = end;
                self.push(part, start, end);
                open.parens = 0;
                self.strings.push(open);
            }
            Stretch::Unterminated(end) => {
                self.position = end;
                let span = self.span(open.start, open.start + open.quote.hashes + 1);
                self.out.errors.push(unterminated(span, open.quote));
                self.push(whole, start, end);
            }
        }
    }

    fn right_paren(&mut self, start: usize) {
        match self.strings.last_mut() {
            Some(open) if open.parens == 0 => {
                let open = *open;
                self.strings.pop();
                self.stretch(open, start, Kind::InterpolationEnd, Kind::InterpolationMiddle);
            }
            Some(open) => {
                open.parens -= 1;
                self.push(Kind::RightParen, start, start + 1);
            }
            None => self.push(Kind::RightParen, start, start + 1),
        }
    }

    fn attribute(&mut self, start: usize) {
        let rest = &self.text[self.position..];
        let name = rest
            .char_indices()
            .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '#')))
            .map_or(rest.len(), |(i, _)| i);
        self.position += name;
        let error = if self.text.as_bytes().get(self.position) == Some(&b'(') {
            self.attribute_body()
        } else {
            Some("invalid attribute: expected '('".to_owned())
        };
        if let Some(message) = error {
            let span = self.span(self.position, self.position);
            self.out.errors.push(
                Diagnostic::load("cue/attribute", span, message)
                    .help("attributes are written @name(…), with balanced brackets inside"),
            );
            return self.push(Kind::Illegal, start, self.position);
        }
        self.push(Kind::Attribute, start, self.position);
    }

    /// Reads from `(` to the matching `)`.
    fn attribute_body(&mut self) -> Option<String> {
        let bytes = self.text.as_bytes();
        let mut open: Vec<u8> = Vec::new();
        let mut at = self.position;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'(' => open.push(b')'),
                b'[' => open.push(b']'),
                b'{' => open.push(b'}'),
                b')' | b']' | b'}' => {
                    if open.pop() != Some(byte) {
                        self.position = at;
                        let shown = char::from(byte);
                        return Some(format!("invalid attribute: unexpected '{shown}'"));
                    }
                    if open.is_empty() {
                        self.position = at + 1;
                        return None;
                    }
                }
                b'"' | b'\'' => {
                    let hashes = bytes[..at].iter().rev().take_while(|b| **b == b'#').count();
                    let triple = bytes[at + 1..].starts_with(&[byte, byte])
                        && bytes.get(at + 3) == Some(&b'\n');
                    let quote = Quote { byte, hashes, multiline: triple };
                    let from = if triple { at + 3 } else { at + 1 };
                    match scan_plain(bytes, from, quote) {
                        Ok(end) => {
                            at = end;
                            continue;
                        }
                        Err(end) => {
                            self.position = end;
                            return Some("string literal not terminated".to_owned());
                        }
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.position = bytes.len();
        Some("attribute missing ')'".to_owned())
    }
}

fn unterminated(span: Span, quote: Quote) -> Diagnostic {
    let close = char::from(quote.byte).to_string().repeat(if quote.multiline { 3 } else { 1 })
        + &"#".repeat(quote.hashes);
    let hint = if quote.multiline {
        format!("close it with {close} on a line of its own")
    } else {
        format!("close it with {close} on the same line, or use a multi-line string")
    };
    Diagnostic::load("cue/string", span, "string literal not terminated").help(hint)
}

fn word_length(rest: &str) -> usize {
    rest.char_indices()
        .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '_' | '$')))
        .map_or(rest.len(), |(i, _)| i)
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |i| from + i)
}

fn find_triple(bytes: &[u8], from: usize, byte: u8) -> Option<usize> {
    bytes[from..].windows(3).position(|w| w == [byte; 3]).map(|i| from + i + 3)
}

/// Whether the closing quote stands at `at`.
fn closes(bytes: &[u8], at: usize, quote: Quote) -> bool {
    let width = if quote.multiline { 3 } else { 1 };
    if quote.multiline {
        // Quotes behind other text are text.
        let before = bytes[..at].iter().rev().find(|b| !matches!(b, b' ' | b'\t'));
        if before != Some(&b'\n') {
            return false;
        }
    }
    bytes.len() >= at + width + quote.hashes
        && bytes[at..at + width].iter().all(|b| *b == quote.byte)
        && bytes[at + width..at + width + quote.hashes].iter().all(|b| *b == b'#')
}

fn scan_string(bytes: &[u8], mut at: usize, quote: Quote) -> Stretch {
    while let Some(&byte) = bytes.get(at) {
        if byte == quote.byte && closes(bytes, at, quote) {
            let width = if quote.multiline { 3 } else { 1 };
            return Stretch::Closed(at + width + quote.hashes);
        }
        if byte == b'\n' && !quote.multiline {
            return Stretch::Unterminated(at);
        }
        at += 1;
        if byte == b'\\'
            && bytes.len() >= at + quote.hashes
            && bytes[at..at + quote.hashes].iter().all(|b| *b == b'#')
        {
            at += quote.hashes;
            match bytes.get(at) {
                Some(b'(') => return Stretch::Interpolation(at + 1),
                Some(b'\n') | None => {}
                Some(_) => at += 1,
            }
        }
    }
    Stretch::Unterminated(bytes.len())
}

/// Like [`scan_string`], with interpolations taken as text.
fn scan_plain(bytes: &[u8], mut at: usize, quote: Quote) -> Result<usize, usize> {
    loop {
        match scan_string(bytes, at, quote) {
            Stretch::Closed(end) => return Ok(end),
            Stretch::Interpolation(end) => at = end,
            Stretch::Unterminated(end) => return Err(end),
        }
    }
}
