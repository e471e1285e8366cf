//! Durations: `1h15m30.918s`, in nanoseconds.

use crate::encoding::quote::{Keep, quoted};
use std::fmt::Write as _;

const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration.
pub(super) fn parse(source: &str) -> Result<i64, String> {
    let shown = quoted(source, Keep::Printable);
    let invalid = || format!("time: invalid duration {shown}");
    let (negative, mut rest) = match source.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, source.strip_prefix('+').unwrap_or(source)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let limit = 1u64 << 63;
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let whole = digits(rest);
        let value: u64 =
            if whole == 0 { 0 } else { rest[..whole].parse().map_err(|_| invalid())? };
        let mut fraction = "";
        let mut after = &rest[whole..];
        if let Some(behind) = after.strip_prefix('.') {
            let length = digits(behind);
            fraction = &behind[..length];
            after = &behind[length..];
        }
        if whole == 0 && fraction.is_empty() {
            return Err(invalid());
        }
        let length = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let name = &after[..length];
        if name.is_empty() {
            return Err(format!("time: missing unit in duration {shown}"));
        }
        let Some((_, unit)) = UNITS.iter().find(|(own, _)| *own == name) else {
            let name = quoted(name, Keep::Printable);
            return Err(format!("time: unknown unit {name} in duration {shown}"));
        };
        let part = value.checked_mul(*unit).filter(|part| *part <= limit).ok_or_else(invalid)?;
        // Digits that do not fit are below a nanosecond of any unit.
        let (mut digits, mut scale) = (0u64, 1f64);
        for digit in fraction.bytes() {
            if digits > (limit - 1) / 10 {
                break;
            }
            digits = digits * 10 + u64::from(digit - b'0');
            scale *= 10.0;
        }
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let small = (digits as f64 * (*unit as f64 / scale)) as u64;
        total = total
            .checked_add(part)
            .and_then(|total| total.checked_add(small))
            .filter(|total| *total <= limit)
            .ok_or_else(invalid)?;
        rest = &after[length..];
    }
    let signed = if negative { -i128::from(total) } else { i128::from(total) };
    i64::try_from(signed).map_err(|_| invalid())
}

/// Digits of a number of `places` digits as a fraction, without trailing zeros.
fn fraction(out: &mut String, value: u64, places: usize) {
    if value > 0 {
        let digits = format!("{value:0places$}");
        let _ = write!(out, ".{}", digits.trim_end_matches('0'));
    }
}

/// A duration as text.
pub(super) fn text(nanoseconds: i64) -> String {
    let magnitude = nanoseconds.unsigned_abs();
    let mut out = String::new();
    if nanoseconds < 0 {
        out.push('-');
    }
    let small: &[(u64, usize, &str)] = &[(1, 0, "ns"), (1_000, 3, "µs"), (1_000_000, 6, "ms")];
    if magnitude == 0 {
        return "0s".to_owned();
    }
    if magnitude < 1_000_000_000 {
        let unit = small.iter().rev().find(|(size, _, _)| magnitude >= *size);
        let (size, places, name) = unit.copied().unwrap_or(small[0]);
        let _ = write!(out, "{}", magnitude / size);
        fraction(&mut out, magnitude % size, places);
        out.push_str(name);
        return out;
    }
    let seconds = magnitude / 1_000_000_000;
    if seconds >= 3600 {
        let _ = write!(out, "{}h", seconds / 3600);
    }
    if seconds >= 60 {
        let _ = write!(out, "{}m", seconds / 60 % 60);
    }
    let _ = write!(out, "{}", seconds % 60);
    fraction(&mut out, magnitude % 1_000_000_000, 9);
    out.push('s');
    out
}
