//! Binary floats as text, in the formats of `strconv.FormatFloat` and of templates' `printf`.

use std::fmt::Write as _;

/// Fractions of binary floats end before this place.
const LAST_PLACE: usize = 1100;

/// The width of a binary float.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Width {
    /// 32 bits.
    Single,
    /// 64 bits.
    Double,
}

/// Formats by one of the letters `e E f F g G b x X`, with the fewest digits that read back as the same
/// float where no precision is given. `None` for other letters.
pub(super) fn formatted(
    value: f64,
    letter: char,
    precision: Option<usize>,
    width: Width,
) -> Option<String> {
    Some(match letter {
        'e' | 'E' => scientific(value, letter, precision, width),
        'f' | 'F' => plain(value, precision, width),
        'g' | 'G' => general(value, letter, precision, width),
        'b' => binary(value, width),
        'x' | 'X' => hexadecimal(value, letter, precision),
        _ => return None,
    })
}

/// `value` in Rust's scientific notation: digits and exponent.
fn parts(value: f64, precision: Option<usize>, width: Width) -> (String, i32) {
    #[allow(clippy::cast_possible_truncation)]
    let text = match (precision, width) {
        (Some(precision), _) => format!("{value:.*e}", precision.min(LAST_PLACE)),
        (None, Width::Double) => format!("{value:e}"),
        (None, Width::Single) => format!("{:e}", value as f32),
    };
    match text.split_once('e') {
        Some((digits, exponent)) => (digits.to_owned(), exponent.parse().unwrap_or(0)),
        None => (text, 0),
    }
}

fn pad(out: &mut String, precision: Option<usize>) {
    if let Some(missing) = precision.and_then(|precision| precision.checked_sub(LAST_PLACE)) {
        out.extend(std::iter::repeat_n('0', missing));
    }
}

fn scientific(value: f64, letter: char, precision: Option<usize>, width: Width) -> String {
    let (mut out, exponent) = parts(value, precision, width);
    pad(&mut out, precision);
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "{letter}{sign}{:02}", exponent.unsigned_abs());
    out
}

fn plain(value: f64, precision: Option<usize>, width: Width) -> String {
    #[allow(clippy::cast_possible_truncation)]
    let mut out = match (precision, width) {
        (Some(precision), _) => format!("{value:.*}", precision.min(LAST_PLACE)),
        (None, Width::Double) => format!("{value}"),
        (None, Width::Single) => format!("{}", value as f32),
    };
    pad(&mut out, precision);
    out
}

fn general(value: f64, letter: char, precision: Option<usize>, width: Width) -> String {
    let wanted = precision.map(|precision| precision.max(1));
    let (digits, exponent) = parts(value, wanted.map(|wanted| wanted - 1), width);
    // Trailing zeros do not count.
    let digits = digits.trim_start_matches('-').replace('.', "");
    let significant = digits.trim_end_matches('0').len().max(1);
    let places = i32::try_from(significant).unwrap_or(i32::MAX);
    let limit = match wanted {
        None => 6,
        Some(wanted) if wanted > significant && places > exponent => places,
        Some(wanted) => i32::try_from(wanted).unwrap_or(i32::MAX),
    };
    // With the fewest digits the limit is 21 only for defaults, which callers ask for as `plain`.
    if exponent < -4 || exponent >= limit {
        let letter = if letter == 'g' { 'e' } else { 'E' };
        return scientific(value, letter, Some(significant - 1), width);
    }
    let fraction = usize::try_from(places - 1 - exponent).unwrap_or(0);
    match wanted {
        None => plain(value, None, width),
        Some(_) => plain(value, Some(fraction), width),
    }
}

/// The integer significand and the power of two.
fn binary_parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 { (fraction, -1074) } else { (fraction | (1 << 52), exponent - 1075) }
}

fn binary(value: f64, width: Width) -> String {
    let (mut significand, mut exponent) = binary_parts(value);
    if width == Width::Single && significand != 0 {
        significand >>= 29;
        exponent += 29;
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    format!("{sign}{significand}p{exponent:+}")
}

fn hexadecimal(value: f64, letter: char, precision: Option<usize>) -> String {
    let (mut significand, mut exponent) = binary_parts(value);
    if significand == 0 {
        exponent = 0;
    } else {
        // The leading one in front of 13 hexadecimal digits.
        let shift = significand.leading_zeros().saturating_sub(11);
        significand <<= shift;
        exponent += 52 - i32::try_from(shift).unwrap_or(0);
    }
    let digits = precision.map_or(13, |precision| precision.min(13));
    let dropped = 4 * (13 - digits) as u32;
    if dropped > 0 {
        let unit = 1u64 << dropped;
        let rest = significand % unit;
        significand -= rest;
        let odd = (significand / unit) % 2 == 1;
        if rest > unit / 2 || rest == unit / 2 && odd {
            significand += unit;
        }
        if significand >> 53 == 1 {
            significand >>= 1;
            exponent += 1;
        }
    }
    let mut fraction = format!("{:013x}", significand & ((1 << 52) - 1));
    fraction.truncate(digits);
    match precision {
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
        Some(precision) => {
            fraction.extend(std::iter::repeat_n('0', precision.saturating_sub(13)));
        }
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let dot = if fraction.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    let leading = significand >> 52;
    let text =
        format!("{sign}0x{leading}{dot}{fraction}p{exponent_sign}{:02}", exponent.unsigned_abs());
    if letter == 'X' { text.to_uppercase() } else { text }
}
