//! Functions with results of 34 decimal digits: fixed-point series with more digits, then rounded.

use super::super::args::{Outcome, failed, int64, number};
use super::super::host::{Fault, Host, Kind, Val};
use super::super::list::whole_as_int;
use crate::number::{ArithmeticError, Decimal, Number};
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Digits behind the point of fixed-point numbers, besides those of an argument.
const PLACES: u32 = 64;

/// Digits of an argument that count for a logarithm.
const ARGUMENT_DIGITS: usize = 200;

/// The digits of a product on the way to a power.
const POWER_DIGITS: usize = 72;

/// Exponents beyond this are out of range for sure.
const FAR: i64 = 10_000_000;

fn arithmetic(error: ArithmeticError) -> Fault {
    Fault::Failed(error.to_string())
}

fn result(value: Result<Number, ArithmeticError>) -> Outcome {
    value.map(whole_as_int).map_err(arithmetic)
}

fn ten_to(places: u32) -> BigInt {
    BigInt::from(10).pow(places)
}

/// `coefficient · 10^exponent`, rounded to 34 digits.
fn rounded(coefficient: BigInt, exponent: i64) -> Result<Number, ArithmeticError> {
    let exponent = i32::try_from(exponent).map_err(|_| ArithmeticError::ExponentOutOfRange)?;
    Number::from(Decimal { coefficient, exponent }).rounded()
}

pub(super) fn floor(_: &mut dyn Host, args: &[Val]) -> Outcome {
    number(args, 0)?.floor().map(Val::Number).map_err(arithmetic)
}

pub(super) fn ceil(_: &mut dyn Host, args: &[Val]) -> Outcome {
    number(args, 0)?.ceil().map(Val::Number).map_err(arithmetic)
}

pub(super) fn trunc(_: &mut dyn Host, args: &[Val]) -> Outcome {
    number(args, 0)?.trunc().map(Val::Number).map_err(arithmetic)
}

/// The nearest int; halves go away from zero, or to the even one.
fn nearest(value: &Number, even: bool) -> Result<Number, ArithmeticError> {
    let whole = value.trunc()?;
    if value.is_integer() {
        return Ok(whole);
    }
    let half = Number::from(Decimal { coefficient: BigInt::from(5), exponent: -1 });
    let fraction = value.abs().sub(&whole.abs())?;
    let odd = whole.to_bigint().is_some_and(|whole| whole.is_odd());
    let up = match fraction.compare(&half) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => !even || odd,
        std::cmp::Ordering::Less => false,
    };
    match (up, value.is_negative()) {
        (false, _) => Ok(whole),
        (true, false) => whole.add(&Number::Small(1)),
        (true, true) => whole.sub(&Number::Small(1)),
    }
}

pub(super) fn round(_: &mut dyn Host, args: &[Val]) -> Outcome {
    nearest(number(args, 0)?, false).map(Val::Number).map_err(arithmetic)
}

pub(super) fn round_to_even(_: &mut dyn Host, args: &[Val]) -> Outcome {
    nearest(number(args, 0)?, true).map(Val::Number).map_err(arithmetic)
}

/// Whether `x` is `y` times an int, exactly.
pub(super) fn multiple_of(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (x, y) = (number(args, 0)?.decimal(), number(args, 1)?.decimal());
    if y.coefficient.is_zero() {
        return failed("division by zero");
    }
    host.charge(usize::try_from((x.coefficient.bits() + y.coefficient.bits()) / 8).unwrap_or(0))?;
    let gap = i64::from(x.exponent) - i64::from(y.exponent);
    let divisor = y.coefficient.abs();
    let multiple = if gap >= 0 {
        let power = BigInt::from(10).modpow(&BigInt::from(gap), &divisor);
        (&x.coefficient * power % divisor).is_zero()
    } else if x.coefficient.is_zero() {
        true
    } else {
        // The divisor ends in zeros that a shorter number cannot have.
        let zeros = u32::try_from(-gap).unwrap_or(u32::MAX);
        u64::from(zeros) <= x.coefficient.bits()
            && (&x.coefficient % (divisor * ten_to(zeros))).is_zero()
    };
    Ok(Val::Bool(multiple))
}

pub(super) fn abs(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(whole_as_int(number(args, 0)?.abs()))
}

pub(super) fn copysign(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let (x, y) = (number(args, 0)?.abs(), number(args, 1)?);
    Ok(whole_as_int(if y.is_negative() { x.neg() } else { x }))
}

pub(super) fn dim(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let difference = number(args, 0)?.sub(number(args, 1)?).map_err(arithmetic)?;
    Ok(whole_as_int(if difference.is_negative() { Number::Small(0) } else { difference }))
}

pub(super) fn cbrt(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let x = number(args, 0)?.decimal();
    host.charge(usize::try_from(x.coefficient.bits()).unwrap_or(usize::MAX))?;
    // Digits for the root, and an exponent that is a multiple of three.
    let zeros = 120 + (i64::from(x.exponent) - 120).rem_euclid(3);
    let scaled = &x.coefficient * ten_to(u32::try_from(zeros).unwrap_or(0));
    let exponent = (i64::from(x.exponent) - zeros) / 3;
    result(rounded(scaled.cbrt(), exponent))
}

/// `2 · atanh(n / d)` in fixed-point: the logarithm of `(d + n) / (d - n)`.
fn twice_atanh(numerator: &BigInt, denominator: &BigInt, scale: &BigInt) -> BigInt {
    let z = numerator * scale / denominator;
    let square = &z * &z / scale;
    let mut power = z;
    let mut sum = BigInt::zero();
    let mut odd = 1u32;
    while !power.is_zero() {
        sum += &power / odd;
        power = power * &square / scale;
        odd += 2;
    }
    sum * 2
}

fn ln2(scale: &BigInt) -> BigInt {
    twice_atanh(&BigInt::from(1), &BigInt::from(3), scale)
}

fn ln10(scale: &BigInt) -> BigInt {
    ln2(scale) * 3 + twice_atanh(&BigInt::from(1), &BigInt::from(9), scale)
}

/// A fixed-point number: the digits, and how many stand behind the point.
struct Fixed {
    digits: BigInt,
    places: u32,
}

/// The natural logarithm of a positive number.
fn ln(x: &Number) -> Fixed {
    let x = x.decimal();
    let mut text = x.coefficient.magnitude().to_string();
    let adjusted = i64::from(x.exponent) + text.len() as i64 - 1;
    text.truncate(ARGUMENT_DIGITS);
    // Close to one the result is as small as the argument has digits.
    let places = PLACES + text.len() as u32;
    let scale = ten_to(places);
    let digits: BigInt = text.parse().unwrap_or_else(|_| BigInt::one());
    let mut mantissa = digits * ten_to(places - (text.len() as u32 - 1));
    let mut halvings = 0;
    while &mantissa * 2 > &scale * 3 {
        mantissa /= 2;
        halvings += 1;
    }
    let mut digits = twice_atanh(&(&mantissa - &scale), &(&mantissa + &scale), &scale);
    if halvings > 0 {
        digits += ln2(&scale) * halvings;
    }
    if adjusted != 0 {
        digits += ln10(&scale) * adjusted;
    }
    Fixed { digits, places }
}

/// The logarithm of an argument to some base, given the logarithm of that base.
fn logarithm(host: &mut dyn Host, args: &[Val], base: fn(&BigInt) -> BigInt) -> Outcome {
    let x = number(args, 0)?;
    if x.is_zero() {
        return failed("result is not a finite number");
    }
    if x.is_negative() {
        return failed("invalid operation");
    }
    host.charge(1000)?;
    let value = ln(x);
    let scale = ten_to(value.places);
    let quotient = value.digits * &scale / base(&scale);
    result(rounded(quotient, -i64::from(value.places)))
}

pub(super) fn log(host: &mut dyn Host, args: &[Val]) -> Outcome {
    logarithm(host, args, BigInt::clone)
}

pub(super) fn log10(host: &mut dyn Host, args: &[Val]) -> Outcome {
    logarithm(host, args, ln10)
}

pub(super) fn log2(host: &mut dyn Host, args: &[Val]) -> Outcome {
    logarithm(host, args, ln2)
}

/// e to the power of a fixed-point number.
fn exp_of(x: &Fixed) -> Result<Number, Fault> {
    let scale = ten_to(x.places);
    // x = k · ln 10 + r: the power of ten is k.
    let (tens, rest) = x.digits.div_mod_floor(&ln10(&scale));
    let Some(tens) = tens.to_i64().filter(|tens| tens.abs() < FAR) else {
        return failed(if x.digits.is_negative() { "underflow, subnormal" } else { "overflow" });
    };
    // The series of a small argument, then squared back.
    const SQUARINGS: u32 = 10;
    let small = rest >> SQUARINGS;
    let mut term = scale.clone();
    let mut sum = scale.clone();
    let mut n = 1u32;
    while !term.is_zero() {
        term = term * &small / &scale / n;
        sum += &term;
        n += 1;
    }
    for _ in 0..SQUARINGS {
        sum = &sum * &sum / &scale;
    }
    rounded(sum, tens - i64::from(x.places)).or_else(|_| {
        failed(if x.digits.is_negative() { "underflow, subnormal" } else { "overflow" })
    })
}

/// A number as a fixed-point one; `None` if it is far beyond any exponent.
fn fixed(x: &Number, places: u32) -> Option<Fixed> {
    let x = x.decimal();
    let shift = i64::from(x.exponent) + i64::from(places);
    let digits = if x.coefficient.is_zero() {
        BigInt::zero()
    } else if shift >= 0 {
        let length = x.coefficient.bits() * 3 / 10;
        if shift > i64::from(places) + 12 || length > 1_000 {
            return None;
        }
        &x.coefficient * ten_to(u32::try_from(shift).unwrap_or(0))
    } else if shift < -(x.coefficient.bits() as i64) {
        BigInt::zero()
    } else {
        &x.coefficient / ten_to(u32::try_from(-shift).unwrap_or(0))
    };
    Some(Fixed { digits, places })
}

pub(super) fn exp(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let x = number(args, 0)?;
    host.charge(1000)?;
    match fixed(x, PLACES + 12) {
        Some(fixed) => exp_of(&fixed).map(whole_as_int),
        None if x.is_negative() => failed("underflow, subnormal"),
        None => failed("overflow"),
    }
}

/// The product, cut to the digits that powers need.
fn cut_product(a: &Decimal, b: &Decimal) -> Option<Decimal> {
    let mut coefficient = &a.coefficient * &b.coefficient;
    let mut exponent = i64::from(a.exponent) + i64::from(b.exponent);
    let length = usize::try_from(coefficient.bits() * 30103 / 100_000).unwrap_or(usize::MAX) + 1;
    if length > POWER_DIGITS {
        let excess = u32::try_from(length - POWER_DIGITS).ok()?;
        coefficient /= ten_to(excess);
        exponent += i64::from(excess);
    }
    if exponent.abs() > FAR {
        return None;
    }
    Some(Decimal { coefficient, exponent: i32::try_from(exponent).ok()? })
}

/// `x` to the power of a positive int, `None` where the exponent goes far out of range.
fn int_power(x: &Decimal, mut n: u64) -> Option<Decimal> {
    let mut result = Decimal::one();
    let mut square = cut_product(x, &Decimal::one())?;
    loop {
        if n & 1 == 1 {
            result = cut_product(&result, &square)?;
        }
        n >>= 1;
        if n == 0 {
            return Some(result);
        }
        square = cut_product(&square, &square)?;
    }
}

fn power(x: &Number, y: &Number) -> Result<Number, Fault> {
    if x.is_zero() {
        return match (y.is_zero(), y.is_negative()) {
            (true, _) => failed("invalid operation"),
            (false, true) => failed("result is not a finite number"),
            (false, false) => Ok(Number::Small(0)),
        };
    }
    let whole = if y.is_integer() { y.trunc().ok() } else { None };
    if let Some(n) = whole.and_then(|n| n.to_i64()) {
        let out_of_range = || Fault::Failed(ArithmeticError::ExponentOutOfRange.to_string());
        let power = int_power(&x.decimal(), n.unsigned_abs()).ok_or_else(out_of_range)?;
        if n >= 0 {
            return rounded(power.coefficient, i64::from(power.exponent)).map_err(arithmetic);
        }
        let places = 2 * POWER_DIGITS as u32;
        let quotient = ten_to(places) / power.coefficient;
        return rounded(quotient, -i64::from(power.exponent) - i64::from(places))
            .map_err(arithmetic);
    }
    if x.is_negative() {
        return failed("invalid operation");
    }
    let log = ln(x);
    let Some(exponent) = fixed(y, log.places) else {
        return failed(ArithmeticError::ExponentOutOfRange.to_string());
    };
    let digits = log.digits * exponent.digits / ten_to(log.places);
    exp_of(&Fixed { digits, places: log.places }).or_else(|fault| match fault {
        Fault::Failed(_) => failed(ArithmeticError::ExponentOutOfRange.to_string()),
        other => Err(other),
    })
}

pub(super) fn pow(host: &mut dyn Host, args: &[Val]) -> Outcome {
    host.charge(1000)?;
    power(number(args, 0)?, number(args, 1)?).map(whole_as_int)
}

pub(super) fn exp2(host: &mut dyn Host, args: &[Val]) -> Outcome {
    host.charge(1000)?;
    power(&Number::Small(2), number(args, 0)?).map(whole_as_int)
}

pub(super) fn pow10(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let n = int64(args, 0)?;
    let Ok(exponent) = i32::try_from(n) else {
        return failed(format!("int {n} overflows int32 in argument 0"));
    };
    host.charge(if exponent < 1_000_000 { exponent.unsigned_abs() as usize } else { 0 })?;
    Ok(whole_as_int(Number::from(Decimal { coefficient: BigInt::one(), exponent })))
}

/// The Jacobi symbol (x/y) of an odd positive y.
pub(super) fn jacobi(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let ints = (number(args, 0)?.to_bigint(), number(args, 1)?.to_bigint());
    let (Some(x), Some(y)) = ints else { return Err(Fault::Argument(0, Kind::INT)) };
    if y.is_even() {
        return failed(format!(
            "big: invalid 2nd argument to Int.Jacobi: need odd integer but got {y}"
        ));
    }
    host.charge(usize::try_from(x.bits() + y.bits()).unwrap_or(usize::MAX))?;
    let mut sign = 1;
    if y.is_negative() && x.is_negative() {
        sign = -1;
    }
    let (mut a, mut n) = (x, y.abs());
    loop {
        a = a.mod_floor(&n);
        if a.is_zero() {
            return super::small(if n.is_one() { sign } else { 0 });
        }
        let twos = a.trailing_zeros().unwrap_or(0);
        a >>= twos;
        let last = |value: &BigInt, bits: u32| (value % (1u32 << bits)).to_u32().unwrap_or(0);
        if twos % 2 == 1 && matches!(last(&n, 3), 3 | 5) {
            sign = -sign;
        }
        if last(&n, 2) == 3 && last(&a, 2) == 3 {
            sign = -sign;
        }
        std::mem::swap(&mut a, &mut n);
        if a.sign() == Sign::Minus {
            return super::small(0);
        }
    }
}
