//! The text of a string literal without interpolations, for `strconv.Unquote`.

const SYNTAX: &str = "invalid syntax";

/// The text between quotes, escapes decoded.
pub(super) fn unquoted(source: &str) -> Result<String, &'static str> {
    Ok(String::from_utf8_lossy(&unquoted_bytes(source)?).into_owned())
}

/// The same as bytes: escapes in single quotes may give what is not UTF-8.
pub(super) fn unquoted_bytes(source: &str) -> Result<Vec<u8>, &'static str> {
    let quote = match source.chars().next() {
        Some(quote @ ('"' | '\'')) => quote,
        _ => return Err(SYNTAX),
    };
    match source[1..].strip_suffix(quote) {
        Some(body) => unescaped(body, quote, quote == '\''),
        None => Err("invalid string: unmatched quote"),
    }
}

/// What stands between quotes, escapes decoded; `bytes` where `\x` and octal escapes give bytes.
pub(super) fn unescaped(body: &str, quote: char, bytes: bool) -> Result<Vec<u8>, &'static str> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body.chars();
    while let Some(character) = rest.next() {
        match character {
            '\n' => return Err(SYNTAX),
            c if c == quote => return Err(SYNTAX),
            '\\' => {
                let kind = rest.next().ok_or(SYNTAX)?;
                let simple = match kind {
                    'a' => Some('\u{7}'),
                    'b' => Some('\u{8}'),
                    'f' => Some('\u{c}'),
                    'n' => Some('\n'),
                    'r' => Some('\r'),
                    't' => Some('\t'),
                    'v' => Some('\u{b}'),
                    '\\' | '/' => Some(kind),
                    '"' | '\'' if kind == quote => Some(kind),
                    _ => None,
                };
                match (simple, kind) {
                    (Some(simple), _) => push(&mut out, simple),
                    (None, 'u') => push(&mut out, code(&mut rest, 4)?),
                    (None, 'U') => push(&mut out, code(&mut rest, 8)?),
                    (None, 'x') if bytes => out.push(byte(&mut rest, 2, 16)?),
                    (None, '0'..='3') if bytes => {
                        let high = kind.to_digit(8).unwrap_or(0);
                        let low = u32::from(byte(&mut rest, 2, 8)?);
                        out.push(u8::try_from(high * 64 + low).map_err(|_| SYNTAX)?);
                    }
                    _ => return Err(SYNTAX),
                }
            }
            other => push(&mut out, other),
        }
    }
    Ok(out)
}

fn push(out: &mut Vec<u8>, character: char) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Digits of a code in some base.
fn digits(rest: &mut std::str::Chars<'_>, count: u32, base: u32) -> Result<u32, &'static str> {
    let mut value = 0u32;
    for _ in 0..count {
        let digit = rest.next().and_then(|c| c.to_digit(base)).ok_or(SYNTAX)?;
        value = value.checked_mul(base).and_then(|v| v.checked_add(digit)).ok_or(SYNTAX)?;
    }
    Ok(value)
}

fn byte(rest: &mut std::str::Chars<'_>, count: u32, base: u32) -> Result<u8, &'static str> {
    u8::try_from(digits(rest, count, base)?).map_err(|_| SYNTAX)
}

/// A code point; two escapes of surrogates are one.
fn code(rest: &mut std::str::Chars<'_>, count: u32) -> Result<char, &'static str> {
    const PAIR: &str = "invalid string: unmatched surrogate pair";
    let first = digits(rest, count, 16)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first).ok_or(SYNTAX);
    }
    if rest.next() != Some('\\') || rest.next() != Some('u') {
        return Err(PAIR);
    }
    match digits(rest, 4, 16)? {
        second @ 0xdc00..0xe000 => {
            char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(PAIR)
        }
        _ => Err(PAIR),
    }
}
