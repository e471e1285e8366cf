//! The grammar, without recursion: a stack of open lists and objects.

use super::MAX_DEPTH;
use crate::encoding::quote::{Keep, quoted_character};
use std::ops::Range;

/// Whether the grammar or what it says is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ErrorKind {
    /// Not JSON.
    Syntax,
    /// JSON, but no value of CUE.
    Content,
}

/// What is wrong with a text, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// What is wrong.
    pub message: String,
    /// The offset of the offending byte; at the end of the text, of the last one.
    pub offset: usize,
    pub(super) kind: ErrorKind,
}

impl JsonError {
    pub(super) fn content(message: impl Into<String>, offset: usize) -> JsonError {
        JsonError { message: message.into(), offset, kind: ErrorKind::Content }
    }

    /// Whether the text is not JSON at all, as opposed to JSON that says what CUE cannot.
    pub fn is_syntax(&self) -> bool {
        self.kind == ErrorKind::Syntax
    }
}

/// What a reader makes of the parts.
pub(super) trait Build {
    /// What it makes of a value.
    type Value;
    /// `null`
    fn null(&mut self, at: Range<usize>) -> Self::Value;
    /// `true`, `false`
    fn boolean(&mut self, value: bool, at: Range<usize>) -> Self::Value;
    /// A number.
    fn number(&mut self, text: &str, at: Range<usize>) -> Result<Self::Value, JsonError>;
    /// A string, as written, with quotes.
    fn string(&mut self, raw: &str, at: Range<usize>) -> Result<Self::Value, JsonError>;
    /// A list.
    fn list(&mut self, elements: Vec<Self::Value>, at: Range<usize>) -> Self::Value;
    /// An object: labels as written, with quotes.
    fn object(
        &mut self,
        members: Vec<Member<'_, Self::Value>>,
        at: Range<usize>,
    ) -> Result<Self::Value, JsonError>;
}

/// A member of an object.
pub(super) struct Member<'a, V> {
    /// The label as written, with quotes.
    pub(super) label: &'a str,
    /// Where the label is.
    pub(super) at: Range<usize>,
    /// Where the colon is.
    pub(super) colon: usize,
    /// The value.
    pub(super) value: V,
}

/// A list or an object that is not complete.
enum Open<'a, V> {
    List(usize, Vec<V>),
    Object { start: usize, members: Vec<Member<'a, V>>, label: Range<usize>, colon: usize },
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// Reads a text that is one value.
pub(super) fn parse<B: Build>(text: &str, build: &mut B) -> Result<B::Value, JsonError> {
    let mut scanner = Scanner { text, at: 0 };
    let value = scanner.value(build)?;
    scanner.space();
    match scanner.peek() {
        None => Ok(value),
        Some(byte) => Err(scanner.unexpected(byte, "after top-level value")),
    }
}

/// Reads a text of any number of values.
pub(super) fn parse_stream<B: Build>(
    text: &str,
    build: &mut B,
) -> Result<Vec<B::Value>, JsonError> {
    let mut scanner = Scanner { text, at: 0 };
    let mut values = Vec::new();
    loop {
        scanner.space();
        if scanner.peek().is_none() {
            return Ok(values);
        }
        values.push(scanner.value(build)?);
    }
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn syntax(&self, message: String) -> JsonError {
        let offset = self.at.min(self.text.len().saturating_sub(1));
        JsonError { message, offset, kind: ErrorKind::Syntax }
    }

    fn unexpected(&self, byte: u8, context: &str) -> JsonError {
        let character = match byte {
            b'\'' => r"'\''".to_owned(),
            byte => quoted_character(char::from(byte), Keep::Printable),
        };
        self.syntax(format!("invalid character {character} {context}"))
    }

    fn end(&self) -> JsonError {
        self.syntax("unexpected end of JSON input".to_owned())
    }

    /// What stands here is not what the context takes; the end counts as a blank inside a literal.
    fn wrong(&self, context: &str, inside_literal: bool) -> JsonError {
        match self.peek() {
            Some(byte) => self.unexpected(byte, context),
            None if inside_literal => self.unexpected(b' ', context),
            None => self.end(),
        }
    }

    fn value<B: Build>(&mut self, build: &mut B) -> Result<B::Value, JsonError> {
        let mut open: Vec<Open<'a, B::Value>> = Vec::new();
        loop {
            self.space();
            let start = self.at;
            let mut value = match self.peek() {
                Some(b'[' | b'{') if open.len() >= MAX_DEPTH => {
                    return Err(self.syntax(format!("nested deeper than {MAX_DEPTH} levels")));
                }
                Some(b'[') => {
                    self.at += 1;
                    self.space();
                    if self.peek() != Some(b']') {
                        open.push(Open::List(start, Vec::new()));
                        continue;
                    }
                    self.at += 1;
                    build.list(Vec::new(), start..self.at)
                }
                Some(b'{') => {
                    self.at += 1;
                    self.space();
                    if self.peek() != Some(b'}') {
                        let (label, colon) = self.label()?;
                        open.push(Open::Object { start, members: Vec::new(), label, colon });
                        continue;
                    }
                    self.at += 1;
                    build.object(Vec::new(), start..self.at)?
                }
                Some(b'"') => {
                    let at = self.string()?;
                    build.string(&self.text[at.clone()], at)?
                }
                Some(b'-' | b'0'..=b'9') => {
                    self.number()?;
                    build.number(&self.text[start..self.at], start..self.at)?
                }
                Some(b't') => {
                    self.word("true")?;
                    build.boolean(true, start..self.at)
                }
                Some(b'f') => {
                    self.word("false")?;
                    build.boolean(false, start..self.at)
                }
                Some(b'n') => {
                    self.word("null")?;
                    build.null(start..self.at)
                }
                _ => return Err(self.wrong("looking for beginning of value", false)),
            };
            // A complete value: put it where it belongs, and close what closes behind it.
            loop {
                match open.pop() {
                    None => return Ok(value),
                    Some(Open::List(start, mut elements)) => {
                        elements.push(value);
                        self.space();
                        match self.peek() {
                            Some(b',') => {
                                self.at += 1;
                                open.push(Open::List(start, elements));
                                break;
                            }
                            Some(b']') => {
                                self.at += 1;
                                value = build.list(elements, start..self.at);
                            }
                            _ => return Err(self.wrong("after array element", false)),
                        }
                    }
                    Some(Open::Object { start, mut members, label: at, colon }) => {
                        let label = &self.text[at.clone()];
                        members.push(Member { label, at, colon, value });
                        self.space();
                        match self.peek() {
                            Some(b',') => {
                                self.at += 1;
                                let (label, colon) = self.label()?;
                                open.push(Open::Object { start, members, label, colon });
                                break;
                            }
                            Some(b'}') => {
                                self.at += 1;
                                value = build.object(members, start..self.at)?;
                            }
                            _ => return Err(self.wrong("after object key:value pair", false)),
                        }
                    }
                }
            }
        }
    }

    /// A label and its colon.
    fn label(&mut self) -> Result<(Range<usize>, usize), JsonError> {
        self.space();
        if self.peek() != Some(b'"') {
            return Err(self.wrong("looking for beginning of object key string", false));
        }
        let label = self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.wrong("after object key", false));
        }
        self.at += 1;
        Ok((label, self.at - 1))
    }

    fn word(&mut self, word: &str) -> Result<(), JsonError> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                let context = format!("in literal {word} (expecting '{}')", char::from(expected));
                return Err(self.wrong(&context, true));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Range<usize>, JsonError> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(self.end()),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(start..self.at);
                }
                Some(0..0x20) => return Err(self.wrong("in string literal", true)),
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                            self.at += 1;
                        }
                        Some(b'u') => {
                            self.at += 1;
                            for _ in 0..4 {
                                if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                                    let context = "in \\u hexadecimal character escape";
                                    return Err(self.wrong(context, true));
                                }
                                self.at += 1;
                            }
                        }
                        _ => return Err(self.wrong("in string escape code", true)),
                    }
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at > start
    }

    fn number(&mut self) -> Result<(), JsonError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else if !self.digits() {
            return Err(self.wrong("in numeric literal", true));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.digits() {
                return Err(self.wrong("after decimal point in numeric literal", true));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                return Err(self.wrong("in exponent of numeric literal", true));
            }
        }
        Ok(())
    }
}
