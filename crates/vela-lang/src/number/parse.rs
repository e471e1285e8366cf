//! Numbers from text: JSON's notation and CUE's literals.

use super::{Decimal, MAX_DIGITS, Number};
use num_bigint::BigInt;
use num_traits::Num;

/// Why a text is no number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseNumberError {
    /// The text is not in the notation.
    #[error("not a number")]
    Syntax,
    /// More than [`MAX_DIGITS`] digits.
    #[error("number too large: more than {MAX_DIGITS} digits")]
    TooLarge,
    /// The exponent does not fit 32 bits.
    #[error("exponent out of range")]
    ExponentOutOfRange,
    /// A multiplier gives a fraction (`1.23Ki`).
    #[error("number cannot be represented as int")]
    NotWhole,
}

use ParseNumberError::{ExponentOutOfRange, NotWhole, Syntax, TooLarge};

/// CUE's multipliers.
const MULTIPLIERS: [(&str, u64); 10] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("K", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
];

/// The parts of a decimal text.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: Option<&'a str>,
    exponent: Option<i32>,
}

fn parts(text: &str) -> Result<Parts<'_>, ParseNumberError> {
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(exponent(&rest[at + 1..])?)),
        None => (rest, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole)
        || !fraction.is_none_or(all_digits)
        || whole.len() + fraction.map_or(0, str::len) == 0
    {
        return Err(Syntax);
    }
    if (whole.len() + fraction.map_or(0, str::len)) as u64 > MAX_DIGITS {
        return Err(TooLarge);
    }
    Ok(Parts { negative, whole, fraction, exponent })
}

fn exponent(text: &str) -> Result<i32, ParseNumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Syntax);
    }
    text.parse().map_err(|_| ExponentOutOfRange)
}

fn coefficient(negative: bool, digits: &str) -> Result<BigInt, ParseNumberError> {
    let magnitude: BigInt = digits.parse().map_err(|_| Syntax)?;
    Ok(if negative { -magnitude } else { magnitude })
}

impl Number {
    /// Reads decimal text as JSON, YAML and the standard library write it: an optional sign, digits,
    /// an optional fraction and exponent. Without either it is an int, else a float.
    ///
    /// # Errors
    /// The text is no such number or is too large.
    pub fn parse(text: &str) -> Result<Number, ParseNumberError> {
        if let Ok(small) = text.parse::<i64>() {
            return Ok(Number::Small(small));
        }
        let parts = parts(text)?;
        if parts.fraction.is_none() && parts.exponent.is_none() {
            return Ok(Number::from(coefficient(parts.negative, parts.whole)?));
        }
        parts.float().map(Number::from)
    }

    /// Reads a literal of CUE: with `_` between digits, `0x`, `0o`, `0b`, and multipliers, which
    /// make an int. The lexer has checked the notation in detail; a sign is not part of a literal.
    ///
    /// # Errors
    /// The text is no literal, is too large, or has a multiplier and is not whole.
    pub fn parse_literal(text: &str) -> Result<Number, ParseNumberError> {
        if let Ok(small) = text.parse::<i64>() {
            return Ok(Number::Small(small));
        }
        let text: std::borrow::Cow<'_, str> =
            if text.contains('_') { text.replace('_', "").into() } else { text.into() };
        for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0b", 2)] {
            if let Some(digits) = text.strip_prefix(prefix) {
                if digits.len() as u64 > MAX_DIGITS {
                    return Err(TooLarge);
                }
                if digits.starts_with(['+', '-']) {
                    return Err(Syntax);
                }
                return BigInt::from_str_radix(digits, radix).map(Number::from).map_err(|_| Syntax);
            }
        }
        for (suffix, factor) in MULTIPLIERS {
            if let Some(digits) = text.strip_suffix(suffix) {
                let parts = parts(digits)?;
                let mut value = parts.float()?;
                value.coefficient *= factor;
                let (whole, cut) = value.split().map_err(|_| TooLarge)?;
                return if cut { Err(NotWhole) } else { Ok(Number::from(whole)) };
            }
        }
        Number::parse(&text)
    }
}

impl Parts<'_> {
    fn float(&self) -> Result<Decimal, ParseNumberError> {
        let fraction = self.fraction.unwrap_or("");
        let coefficient = if fraction.is_empty() {
            coefficient(self.negative, self.whole)?
        } else {
            coefficient(self.negative, &format!("{}{fraction}", self.whole))?
        };
        let places = i32::try_from(fraction.len()).map_err(|_| TooLarge)?;
        let exponent = self.exponent.unwrap_or(0).checked_sub(places).ok_or(ExponentOutOfRange)?;
        Ok(Decimal { coefficient, exponent })
    }
}
