//! The kinds of plain scalars.

use super::Dialect;
use crate::number::Number;

/// What a scalar is.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Scalar {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String,
    /// `<<`
    Merge,
    /// `.inf`, `.nan` and their like.
    NotFinite,
}

const TRUE: [&str; 3] = ["true", "True", "TRUE"];
const FALSE: [&str; 3] = ["false", "False", "FALSE"];
const OLD_TRUE: [&str; 8] = ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"];
const OLD_FALSE: [&str; 8] = ["n", "N", "no", "No", "NO", "off", "Off", "OFF"];
const NOT_FINITE: [&str; 12] = [
    ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN",
    ".NAN",
];

/// Whether the tools of some version of YAML read the plain text as a boolean.
pub(super) fn is_any_boolean(text: &str) -> bool {
    [&TRUE[..], &FALSE, &OLD_TRUE, &OLD_FALSE, &["t", "T", "f", "F"]].concat().contains(&text)
}

/// The kind of a plain scalar without a tag.
pub(super) fn plain(text: &str, dialect: Dialect) -> Scalar {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Scalar::Null;
    }
    let old = dialect == Dialect::Kubernetes;
    if TRUE.contains(&text) || old && OLD_TRUE.contains(&text) {
        return Scalar::Bool(true);
    }
    if FALSE.contains(&text) || old && OLD_FALSE.contains(&text) {
        return Scalar::Bool(false);
    }
    if text == "<<" {
        return Scalar::Merge;
    }
    if NOT_FINITE.contains(&text) {
        return Scalar::NotFinite;
    }
    match number(text) {
        Some(number) if old => Scalar::Number(through_json(number)),
        Some(number) => Scalar::Number(number),
        None if old => leading_zero(text).map_or(Scalar::String, Scalar::Number),
        None => Scalar::String,
    }
}

/// A number such as `09`, which is no octal: a float to the tools of Kubernetes.
fn leading_zero(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = digits.starts_with('0')
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.matches('.').count() < 2;
    let rest = digits.trim_start_matches('0');
    let sign = if text.starts_with('-') { "-" } else { "" };
    let zero = if rest.is_empty() || rest.starts_with('.') { "0" } else { "" };
    plain.then(|| Number::parse(&format!("{sign}{zero}{rest}")).ok().map(through_json)).flatten()
}

/// A float as it comes out of JSON: whole ones without a fraction, the digits of a binary float.
fn through_json(number: Number) -> Number {
    if number.is_int() {
        return number;
    }
    let float = number.to_f64();
    let shortest = Number::from_f64(float).unwrap_or(number);
    match shortest.trunc() {
        Ok(int) if shortest.is_integer() && float.abs() < 1e21 => int,
        _ => shortest,
    }
}

/// The number that a plain text is: signs, underscores, `0x`, `0o`, `0b`, and octals with a leading
/// zero. Text with a leading zero that is no octal, and floats out of the range of binary floats,
/// are strings.
pub(super) fn number(text: &str) -> Option<Number> {
    let first = text.bytes().next()?;
    if !matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.') {
        return None;
    }
    let stripped;
    let body = if text.contains('_') && (first != b'.' || separates_digits(text)) {
        stripped = text.replace('_', "");
        stripped.as_str()
    } else {
        text
    };
    let (negative, digits) = match body.as_bytes().first() {
        Some(b'-') => (true, &body[1..]),
        Some(b'+') => (false, &body[1..]),
        _ => (false, body),
    };
    let magnitude = magnitude(digits)?;
    Some(if negative { magnitude.neg() } else { magnitude })
}

/// Whether underscores only stand between digits.
fn separates_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(2).all(|pair| match pair {
        [b'_', next] => next.is_ascii_digit(),
        [before, b'_'] => before.is_ascii_digit(),
        _ => true,
    }) && !text.ends_with('_')
}

fn magnitude(digits: &str) -> Option<Number> {
    let all = |text: &str, accept: fn(&u8) -> bool| {
        !text.is_empty() && text.as_bytes().iter().all(accept)
    };
    if let Some((prefix, rest)) = digits.split_at_checked(2) {
        let radix = match prefix {
            "0x" | "0X" => Some(("0x", 16)),
            "0o" | "0O" => Some(("0o", 8)),
            "0b" | "0B" => Some(("0b", 2)),
            _ => None,
        };
        if let Some((prefix, radix)) = radix {
            let valid = !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix));
            return valid.then(|| Number::parse_literal(&format!("{prefix}{rest}")).ok())?;
        }
    }
    if all(digits, u8::is_ascii_digit) {
        let significant = digits.trim_start_matches('0');
        return match significant {
            "" => Some(Number::Small(0)),
            _ if significant.len() == digits.len() => Number::parse(digits).ok(),
            _ if all(significant, |byte| matches!(byte, b'0'..=b'7')) => {
                Number::parse_literal(&format!("0o{significant}")).ok()
            }
            _ => None,
        };
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let float = Number::parse(digits).ok()?;
    (!float.is_int() && float.to_f64().is_finite()).then_some(float)
}
