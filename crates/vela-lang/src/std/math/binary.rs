//! Functions of binary floats. The last digit may differ from the reference's.

use super::super::args::{Outcome, failed, float64, int64};
use super::super::host::{Host, Val};
use crate::number::Number;

/// A finite float as a result.
fn finite(value: f64) -> Outcome {
    match Number::from_f64(value) {
        Some(number) => Ok(Val::Number(number)),
        None => failed("result is not a finite number"),
    }
}

/// Functions of one float.
macro_rules! unary {
    ($($name:ident => $function:path;)*) => {
        $(pub(super) fn $name(_: &mut dyn Host, args: &[Val]) -> Outcome {
            finite($function(float64(args, 0)?))
        })*
    };
}

unary! {
    acosh => libm::acosh;
    asin => libm::asin;
    acos => libm::acos;
    asinh => libm::asinh;
    atan => libm::atan;
    atanh => libm::atanh;
    erf => libm::erf;
    erfc => libm::erfc;
    erfinv => inverse_erf;
    expm1 => libm::expm1;
    gamma => gamma_of;
    j0 => libm::j0;
    y0 => libm::y0;
    j1 => libm::j1;
    y1 => libm::y1;
    log1p => libm::log1p;
    cos => libm::cos;
    sin => libm::sin;
    sinh => libm::sinh;
    cosh => libm::cosh;
    sqrt => libm::sqrt;
    tan => libm::tan;
    tanh => libm::tanh;
}

/// Functions of two floats.
macro_rules! binary {
    ($($name:ident => $function:path;)*) => {
        $(pub(super) fn $name(_: &mut dyn Host, args: &[Val]) -> Outcome {
            finite($function(float64(args, 0)?, float64(args, 1)?))
        })*
    };
}

binary! {
    atan2 => libm::atan2;
    hypot => libm::hypot;
    modulo => libm::fmod;
    remainder => libm::remainder;
}

/// The gamma function has poles at the negative ints.
fn gamma_of(x: f64) -> f64 {
    if x < 0.0 && x == x.floor() { f64::NAN } else { libm::tgamma(x) }
}

/// The inverse of the error function: an estimate, made exact by Newton's method.
fn inverse_erf(y: f64) -> f64 {
    if !(-1.0..=1.0).contains(&y) {
        return f64::NAN;
    }
    if y.abs() == 1.0 {
        return y / 0.0;
    }
    if y == 0.0 {
        return 0.0;
    }
    let magnitude = y.abs();
    let log = libm::log(1.0 - y * y);
    let a = 0.147;
    let first = 2.0 / (std::f64::consts::PI * a) + log / 2.0;
    let mut x = libm::sqrt(libm::sqrt(first * first - log / a) - first);
    for _ in 0..4 {
        // Near the ends the complement keeps the digits.
        let error = if magnitude < 0.5 {
            libm::erf(x) - magnitude
        } else {
            (1.0 - magnitude) - libm::erfc(x)
        };
        x -= error / (std::f64::consts::FRAC_2_SQRT_PI * libm::exp(-x * x));
    }
    x.copysign(y)
}

pub(super) fn erfcinv(_: &mut dyn Host, args: &[Val]) -> Outcome {
    finite(inverse_erf(1.0 - float64(args, 0)?))
}

/// An order of a Bessel function.
fn order(args: &[Val]) -> Result<i32, super::super::host::Fault> {
    let n = int64(args, 0)?;
    i32::try_from(n).or_else(|_| failed(format!("int {n} overflows int32 in argument 0")))
}

/// The recurrences take a step per order.
const MAX_ORDER: u32 = 1_000_000;

pub(super) fn jn(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let n = order(args)?;
    host.charge(n.unsigned_abs().min(MAX_ORDER) as usize)?;
    if n.unsigned_abs() > MAX_ORDER {
        return failed("order is too large");
    }
    finite(libm::jn(n, float64(args, 1)?))
}

pub(super) fn yn(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let n = order(args)?;
    host.charge(n.unsigned_abs().min(MAX_ORDER) as usize)?;
    if n.unsigned_abs() > MAX_ORDER {
        return failed("order is too large");
    }
    finite(libm::yn(n, float64(args, 1)?))
}

pub(super) fn ldexp(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let exponent = int64(args, 1)?.clamp(-5000, 5000);
    finite(libm::ldexp(float64(args, 0)?, i32::try_from(exponent).unwrap_or(0)))
}

/// The power of two of the first binary digit.
fn exponent(args: &[Val]) -> Result<Option<i64>, super::super::host::Fault> {
    let value = float64(args, 0)?;
    Ok((value != 0.0).then(|| i64::from(libm::ilogb(value))))
}

pub(super) fn logb(_: &mut dyn Host, args: &[Val]) -> Outcome {
    match exponent(args)? {
        #[allow(clippy::cast_precision_loss)]
        Some(exponent) => finite(exponent as f64),
        None => failed("result is not a finite number"),
    }
}

pub(super) fn ilogb(_: &mut dyn Host, args: &[Val]) -> Outcome {
    super::small(exponent(args)?.unwrap_or(i64::from(i32::MIN)))
}
