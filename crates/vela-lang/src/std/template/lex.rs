//! Tokens of a template.

use super::super::unquote::unescaped;
use super::value::Value;
use crate::number::Number;

/// A token.
#[derive(Clone, Debug)]
pub(super) enum Token {
    /// Text outside of actions.
    Text(String),
    /// `{{`
    Open,
    /// `}}`
    Close,
    /// A word: a keyword or a function.
    Word(String),
    /// `.name`
    Field(String),
    /// `$name`
    Variable(String),
    /// `.`
    Dot,
    /// A literal.
    Literal(Value),
    /// `nil`
    Nil,
    /// `|`
    Pipe,
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// `:=`
    Declare,
    /// `=`
    Assign,
    /// `,`
    Comma,
    /// White space inside an action.
    Space,
}

/// A token with its bytes.
#[derive(Clone, Debug)]
pub(super) struct Spanned {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A message and where it belongs.
pub(super) type Problem = (usize, String);

/// Splits a template into tokens.
pub(super) fn tokens(source: &str) -> Result<Vec<Spanned>, Problem> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut trim = false;
    loop {
        let rest = &source[at..];
        let open = rest.find("{{");
        let mut text = &rest[..open.unwrap_or(rest.len())];
        if trim {
            text = text.trim_start_matches([' ', '\t', '\r', '\n']);
        }
        let Some(open) = open else {
            push_text(&mut tokens, text, at);
            return Ok(tokens);
        };
        let start = at + open;
        let mut inside = start + 2;
        let dashed = source[inside..].strip_prefix('-');
        if dashed.is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n'])) {
            text = text.trim_end_matches([' ', '\t', '\r', '\n']);
            inside += 1;
        }
        push_text(&mut tokens, text, at);
        let body = source[inside..].trim_start_matches([' ', '\t', '\r', '\n']);
        if body.starts_with("/*") {
            let from = source.len() - body.len();
            let Some(end) = body.find("*/") else {
                return Err((from, "unclosed comment".to_owned()));
            };
            let after = &body[end + 2..];
            let (closing, dashed) = match after.strip_prefix("}}") {
                Some(_) => (2, false),
                None if after.trim_start().starts_with("-}}") => {
                    (after.len() - after.trim_start().len() + 3, true)
                }
                None => return Err((from, "comment ends before closing delimiter".to_owned())),
            };
            at = from + end + 2 + closing;
            trim = dashed;
            continue;
        }
        tokens.push(Spanned { token: Token::Open, start, end: inside });
        (at, trim) = action(source, inside, &mut tokens)?;
    }
}

fn push_text(tokens: &mut Vec<Spanned>, text: &str, start: usize) {
    if !text.is_empty() {
        let token = Token::Text(text.to_owned());
        tokens.push(Spanned { token, start, end: start + text.len() });
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// Tokens up to the closing delimiter; where it ends, and whether it trims the text behind.
fn action(source: &str, from: usize, tokens: &mut Vec<Spanned>) -> Result<(usize, bool), Problem> {
    let mut at = from;
    let mut depth = 0usize;
    loop {
        let rest = &source[at..];
        let Some(first) = rest.chars().next() else {
            return Err((at, "unclosed action".to_owned()));
        };
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let trimmed = blanks > 0 && rest[blanks..].starts_with("-}}");
        if trimmed || rest.starts_with("}}") {
            if depth > 0 {
                return Err((at, "unclosed left paren".to_owned()));
            }
            let end = if trimmed { at + blanks + 3 } else { at + 2 };
            tokens.push(Spanned { token: Token::Close, start: at, end });
            return Ok((end, trimmed));
        }
        let (token, length) = match first {
            ' ' | '\t' | '\r' | '\n' => (Token::Space, blanks),
            '|' => (Token::Pipe, 1),
            '(' => {
                depth += 1;
                (Token::LeftParen, 1)
            }
            ')' if depth == 0 => return Err((at, "unexpected right paren".to_owned())),
            ')' => {
                depth -= 1;
                (Token::RightParen, 1)
            }
            ',' => (Token::Comma, 1),
            '=' => (Token::Assign, 1),
            ':' if rest.starts_with(":=") => (Token::Declare, 2),
            ':' => return Err((at, "expected :=".to_owned())),
            '"' | '\'' | '`' => literal(rest, at, first)?,
            '$' => {
                let length = 1 + word_length(&rest[1..]);
                (Token::Variable(rest[..length].to_owned()), length)
            }
            '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                match word_length(&rest[1..]) {
                    0 => (Token::Dot, 1),
                    length => (Token::Field(rest[1..=length].to_owned()), length + 1),
                }
            }
            '.' | '+' | '-' | '0'..='9' => number(rest, at)?,
            c if c.is_alphabetic() || c == '_' => {
                let word = &rest[..word_length(rest)];
                let token = match word {
                    "true" => Token::Literal(Value::Bool(true)),
                    "false" => Token::Literal(Value::Bool(false)),
                    "nil" => Token::Nil,
                    _ => Token::Word(word.to_owned()),
                };
                (token, word.len())
            }
            other => {
                return Err((
                    at,
                    format!(
                        "unrecognized character in action: U+{:04X} '{other}'",
                        u32::from(other)
                    ),
                ));
            }
        };
        let named = matches!(token, Token::Word(_) | Token::Field(_) | Token::Variable(_));
        let next = source[at + length..].chars().next();
        if let Some(next) = next.filter(|c| {
            named
                && !matches!(
                    c,
                    ' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | '=' | ')' | '(' | '}'
                )
        }) {
            return Err((at, format!("bad character U+{:04X} '{next}'", u32::from(next))));
        }
        tokens.push(Spanned { token, start: at, end: at + length });
        at += length;
    }
}

fn literal(rest: &str, at: usize, quote: char) -> Result<(Token, usize), Problem> {
    let mut escaped = false;
    let end = rest[1..].char_indices().find(|(_, c)| {
        let ends = *c == quote && !escaped || *c == '\n' && quote != '`';
        escaped = quote != '`' && !escaped && *c == '\\';
        ends
    });
    let unterminated = || {
        let what = match quote {
            '"' => "unterminated quoted string",
            '`' => "unterminated raw quoted string",
            _ => "unterminated character constant",
        };
        (at, what.to_owned())
    };
    let (end, _) = end.filter(|(_, c)| *c == quote).ok_or_else(unterminated)?;
    let body = &rest[1..=end];
    let length = end + 2;
    let value = match quote {
        '`' => Value::String(body.into()),
        _ => {
            let malformed = |_| (at, format!("malformed constant: {}", &rest[..length]));
            let bytes = unescaped(body, quote, true).map_err(malformed)?;
            let text = String::from_utf8_lossy(&bytes);
            match quote {
                '"' => Value::String(text.into()),
                _ => Value::Constant(text.chars().next().map_or(0, |c| i64::from(u32::from(c)))),
            }
        }
    };
    Ok((Token::Literal(value), length))
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Problem> {
    let mut previous = ' ';
    let length = rest
        .find(|c: char| {
            let sign = matches!(c, '+' | '-') && matches!(previous, ' ' | 'e' | 'E' | 'p' | 'P');
            previous = c;
            !sign && !c.is_ascii_alphanumeric() && c != '.' && c != '_'
        })
        .unwrap_or(rest.len());
    let text = &rest[..length];
    let bad = || (at, format!("bad number syntax: \"{text}\""));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let number = Number::parse_literal(digits).map_err(|_| bad())?;
    let number = if negative { number.neg() } else { number };
    // A float that is whole may stand for an int, as in Go.
    let value = match number.to_i64() {
        Some(int) => Value::Constant(int),
        None if number.is_int() => return Err(bad()),
        None if !text.contains('.') => match number.trunc().ok().and_then(|n| n.to_i64()) {
            Some(int) if number.is_integer() => Value::Constant(int),
            _ => Value::Float(number.to_f64()),
        },
        None => Value::Float(number.to_f64()),
    };
    Ok((Token::Literal(value), length))
}
