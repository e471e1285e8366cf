//! Package `strconv`.

use super::args::{
    Outcome, boolean, clamped, failed, float64, function, int64, kind_name, number, rune, string,
    text,
};
use super::float::{Width, formatted};
use super::host::{Fault, Host, Kind, Member, Package, Param, Val};
use super::list::whole_as_int;
use super::unquote::unquoted;
use crate::encoding::quote::{Keep, is_graphic, is_printable, quoted, quoted_character};
use crate::number::Number;
use crate::syntax::literal::scan_number;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "strconv",
    members: &[
        function("Unquote", &[S], Kind::STRING, unquote),
        function("ParseBool", &[STR], Kind::BOOL, parse_bool),
        function("FormatBool", &[Param::new("b", Kind::BOOL)], Kind::STRING, format_bool),
        function("ParseFloat", &[S, BIT_SIZE], Kind::NUMBER, parse_float),
        function("ParseNumber", &[S], Kind::NUMBER, parse_number),
        Member::Constant("IntSize", "64"),
        function("ParseUint", &[S, BASE, BIT_SIZE], Kind::INT, parse_uint),
        function("ParseInt", &[S, BASE, BIT_SIZE], Kind::INT, parse_int),
        function("Atoi", &[S], Kind::INT, atoi),
        function("FormatFloat", &[F, FMT, PREC, BIT_SIZE], Kind::STRING, format_float),
        function("FormatUint", &[I, BASE], Kind::STRING, format_int),
        function("FormatInt", &[I, BASE], Kind::STRING, format_int),
        function("Quote", &[S], Kind::STRING, quote),
        function("QuoteToASCII", &[S], Kind::STRING, quote_to_ascii),
        function("QuoteToGraphic", &[S], Kind::STRING, quote_to_graphic),
        function("QuoteRune", &[R], Kind::STRING, quote_rune),
        function("QuoteRuneToASCII", &[R], Kind::STRING, quote_rune_to_ascii),
        function("QuoteRuneToGraphic", &[R], Kind::STRING, quote_rune_to_graphic),
        function("IsPrint", &[R], Kind::BOOL, is_print),
        function("IsGraphic", &[R], Kind::BOOL, is_graphic_rune),
    ],
};

const BASE: Param = Param::new("base", Kind::INT);
const BIT_SIZE: Param = Param::new("bitSize", Kind::INT);
const F: Param = Param::new("f", Kind::NUMBER);
const FMT: Param = Param::new("fmtVal", Kind::TOP);
const I: Param = Param::new("i", Kind::INT);
const PREC: Param = Param::new("prec", Kind::INT);
const R: Param = Param::new("r", Kind::INT);
const S: Param = Param::new("s", Kind::STRING);
const STR: Param = Param::new("str", Kind::STRING);

/// The error of a parser.
fn parsing<T>(function: &str, source: &str, reason: &str) -> Result<T, Fault> {
    let source = quoted(source, Keep::Printable);
    failed(format!("strconv.{function}: parsing {source}: {reason}"))
}

const SYNTAX: &str = "invalid syntax";
const RANGE: &str = "value out of range";

fn unquote(_: &mut dyn Host, args: &[Val]) -> Outcome {
    unquoted(text(args, 0)?).map(string).or_else(failed)
}

fn parse_bool(_: &mut dyn Host, args: &[Val]) -> Outcome {
    match text(args, 0)? {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(Val::Bool(true)),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(Val::Bool(false)),
        other => parsing("ParseBool", other, SYNTAX),
    }
}

fn format_bool(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(if boolean(args, 0)? { "true" } else { "false" }))
}

/// A float in hexadecimal with a power of two: `0x1.8p-2`.
fn hexadecimal_float(source: &str) -> Option<f64> {
    let (mantissa, exponent) = source.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 400 {
        return None;
    }
    let exponent: i32 = exponent.parse().ok()?;
    let exponent = exponent.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    let mantissa = BigInt::parse_bytes(digits.as_bytes(), 16)?;
    let mantissa = Number::from(mantissa).to_f64();
    // In two steps, so that neither power leaves the range before the product does.
    let half = exponent / 2;
    Some(mantissa * 2f64.powi(half) * 2f64.powi(exponent - half))
}

fn parse_float(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    let single = clamped(args, 1)? == 32;
    let stripped = source.replace('_', "");
    let (sign, magnitude) = match stripped.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, stripped.strip_prefix('+').unwrap_or(&stripped)),
    };
    let hexadecimal = magnitude.strip_prefix("0x").or_else(|| magnitude.strip_prefix("0X"));
    let value = match hexadecimal {
        Some(rest) => hexadecimal_float(rest),
        None if magnitude.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            magnitude.parse::<f64>().ok()
        }
        None => None,
    };
    let Some(value) = value else { return parsing("ParseFloat", source, SYNTAX) };
    #[allow(clippy::cast_possible_truncation)]
    let value = sign * if single { f64::from(value as f32) } else { value };
    match Number::from_f64(value) {
        Some(number) => Ok(Val::Number(number)),
        None => parsing("ParseFloat", source, RANGE),
    }
}

fn parse_number(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    let quoted_source = quoted(source, Keep::Printable);
    let fail = |reason: &str| parsing("ParseNumber", source, reason);
    let (negative, digits) = match source.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, source.strip_prefix('+').unwrap_or(source)),
    };
    if digits.is_empty() {
        return fail(&format!("invalid number {quoted_source}"));
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return fail(&format!("illegal number start {quoted_source}"));
    }
    let (length, error) = scan_number(digits);
    if let Some(error) = error {
        return fail(&format!("{error} {quoted_source}"));
    }
    if length != digits.len() {
        return fail(&format!("invalid number {quoted_source}"));
    }
    match Number::parse_literal(digits) {
        Ok(number) => Ok(whole_as_int(if negative { number.neg() } else { number })),
        Err(error) => fail(&error.to_string()),
    }
}

/// The value of a digit; beyond 36 lower and upper case differ.
fn digit(byte: u8, base: u32) -> Option<u32> {
    let value = match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'z' => byte - b'a' + 10,
        b'A'..=b'Z' if base <= 36 => byte - b'A' + 10,
        b'A'..=b'Z' => byte - b'A' + 36,
        _ => return None,
    };
    Some(u32::from(value)).filter(|value| *value < base)
}

/// Whether underscores stand between digits or behind a prefix only.
fn good_underscores(source: &str, prefixed: bool) -> bool {
    let bytes = source.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    bytes.iter().enumerate().all(|(at, byte)| {
        *byte != b'_' || digit(at + 1) && (at == 0 && prefixed || at > 0 && digit(at - 1))
    })
}

/// An int in a base from 2 to 62, or 0 for what the text's prefix says.
fn parsed_int(function: &str, source: &str, base: i64, bits: Option<i64>, signed: bool) -> Outcome {
    let invalid = || parsing(function, source, SYNTAX);
    let (negative, body) = match source.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, source.strip_prefix('+').unwrap_or(source)),
    };
    if source.is_empty() {
        return invalid();
    }
    let mut digits = body.to_owned();
    let mut radix = u32::try_from(base).unwrap_or(1);
    if radix == 0 {
        let lower = body.to_ascii_lowercase();
        let (found, length) = match lower.as_bytes() {
            [b'0', b'x', ..] => (16, 2),
            [b'0', b'o', ..] => (8, 2),
            [b'0', b'b', ..] => (2, 2),
            [b'0', _, ..] => (8, 1),
            _ => (10, 0),
        };
        radix = found;
        digits = body[length..].to_owned();
        if digits.contains('_') {
            if !good_underscores(&digits, length > 0) {
                return invalid();
            }
            digits.retain(|c| c != '_');
        }
    } else if !(2..=62).contains(&radix) {
        return failed(format!("invalid number base {base}"));
    }
    let values: Option<Vec<u8>> = digits
        .bytes()
        .map(|byte| digit(byte, radix).and_then(|value| u8::try_from(value).ok()))
        .collect();
    let Some(values) = values.filter(|values| !values.is_empty()) else { return invalid() };
    if values.len() as u64 > crate::number::MAX_DIGITS {
        return parsing(function, source, RANGE);
    }
    let Some(magnitude) = BigInt::from_radix_be(num_bigint::Sign::Plus, &values, radix) else {
        return invalid();
    };
    let value = if negative { -magnitude } else { magnitude };
    let fits = match bits {
        None => true,
        Some(0) => signed || !value.is_negative(),
        Some(bits) => {
            let needed = i64::try_from(value.bits()).unwrap_or(i64::MAX);
            if signed {
                // The lowest int needs no bit more than its sign.
                let lowest = value.is_negative() && value.magnitude().count_ones() == 1;
                needed < bits || lowest && needed == bits
            } else {
                needed <= bits && (!value.is_negative() || value.is_zero())
            }
        }
    };
    if fits { Ok(Val::Number(Number::from(value))) } else { parsing(function, source, RANGE) }
}

fn parse_uint(_: &mut dyn Host, args: &[Val]) -> Outcome {
    parsed_int("ParseUint", text(args, 0)?, int64(args, 1)?, Some(int64(args, 2)?), false)
}

fn parse_int(_: &mut dyn Host, args: &[Val]) -> Outcome {
    parsed_int("ParseInt", text(args, 0)?, int64(args, 1)?, Some(int64(args, 2)?), true)
}

fn atoi(_: &mut dyn Host, args: &[Val]) -> Outcome {
    parsed_int("Atoi", text(args, 0)?, 10, None, true)
}

fn format_float(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let value = float64(args, 0)?;
    let letter = match args.get(1) {
        Some(Val::String(text)) => {
            let mut characters = text.chars();
            match (characters.next(), characters.next()) {
                (Some(letter), None) => letter,
                _ => return failed("expected single character string"),
            }
        }
        Some(Val::Number(number)) if number.is_int() => {
            let code = number.to_i64().and_then(|code| u8::try_from(code).ok());
            code.map_or(char::REPLACEMENT_CHARACTER, char::from)
        }
        Some(other) => return failed(format!("unexpected kind {}", kind_name(host, other))),
        None => return Err(Fault::Argument(1, Kind::TOP)),
    };
    let precision = usize::try_from(int64(args, 2)?).ok();
    let width = match int64(args, 3)? {
        32 => Width::Single,
        64 => Width::Double,
        _ => return failed("strconv: illegal AppendFloat/FormatFloat bitSize"),
    };
    host.charge(precision.unwrap_or(0))?;
    let text = formatted(value, letter, precision, width);
    Ok(string(text.unwrap_or_else(|| format!("%{letter}"))))
}

fn format_int(_: &mut dyn Host, args: &[Val]) -> Outcome {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let value = number(args, 0)?.to_bigint().ok_or(Fault::Argument(0, Kind::INT))?;
    let Some(base) = u32::try_from(int64(args, 1)?).ok().filter(|base| (2..=62).contains(base))
    else {
        return failed("invalid base");
    };
    let (sign, digits) = value.to_radix_be(base);
    let digits = digits.iter().filter_map(|digit| DIGITS.get(usize::from(*digit)));
    let mut out: String = digits.map(|digit| char::from(*digit)).collect();
    if sign == num_bigint::Sign::Minus {
        out.insert(0, '-');
    }
    Ok(string(out))
}

fn quote(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(quoted(text(args, 0)?, Keep::Printable)))
}

fn quote_to_ascii(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(quoted(text(args, 0)?, Keep::Ascii)))
}

fn quote_to_graphic(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(quoted(text(args, 0)?, Keep::Graphic)))
}

/// The character of a code; of what is none, U+FFFD.
fn character(args: &[Val]) -> Result<char, Fault> {
    let code = u32::try_from(rune(args, 0)?).ok().and_then(char::from_u32);
    Ok(code.unwrap_or(char::REPLACEMENT_CHARACTER))
}

fn quote_rune(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(quoted_character(character(args)?, Keep::Printable)))
}

fn quote_rune_to_ascii(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(quoted_character(character(args)?, Keep::Ascii)))
}

fn quote_rune_to_graphic(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(quoted_character(character(args)?, Keep::Graphic)))
}

/// Whether the code is that of a character with a property.
fn has(args: &[Val], property: fn(char) -> bool) -> Outcome {
    let character = u32::try_from(rune(args, 0)?).ok().and_then(char::from_u32);
    Ok(Val::Bool(character.is_some_and(property)))
}

fn is_print(_: &mut dyn Host, args: &[Val]) -> Outcome {
    has(args, is_printable)
}

fn is_graphic_rune(_: &mut dyn Host, args: &[Val]) -> Outcome {
    has(args, is_graphic)
}
