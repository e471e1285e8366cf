//! Decimal floats: scale, rounding and quotients of 34 digits.

use super::{ArithmeticError, Decimal, MAX_EXPONENT, PRECISION};
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// 10 to the power of `n`.
pub(super) fn power_of_ten(n: u64) -> BigUint {
    match u32::try_from(n).ok().and_then(|n| 10u64.checked_pow(n)) {
        Some(small) => BigUint::from(small),
        None => {
            num_traits::pow::pow(BigUint::from(10u32), usize::try_from(n).unwrap_or(usize::MAX))
        }
    }
}

/// The number of decimal digits; zero has one.
pub(super) fn digits(of: &BigUint) -> u64 {
    if let Some(small) = of.to_u64() {
        return u64::from(small.checked_ilog10().unwrap_or(0)) + 1;
    }
    // log10(2) to 17 places is exact enough for any size below 10^15 bits, up to one digit.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let low = ((of.bits() - 1) as f64 * std::f64::consts::LOG10_2) as u64;
    let low = low.max(1);
    let mut count = low;
    let mut power = power_of_ten(low);
    while *of >= power {
        power *= 10u32;
        count += 1;
    }
    count
}

/// Drops the last `n` digits and rounds half up, away from zero.
fn drop_digits(magnitude: &BigUint, n: u64) -> BigUint {
    let unit = power_of_ten(n);
    let (quotient, rest) = magnitude.div_rem(&unit);
    if rest * 2u32 >= unit { quotient + 1u32 } else { quotient }
}

/// Rounds to the precision of results and checks the exponent.
pub(super) fn rounded(coefficient: BigInt, exponent: i64) -> Result<Decimal, ArithmeticError> {
    let (sign, magnitude) = coefficient.into_parts();
    let mut magnitude = magnitude;
    let mut exponent = exponent;
    let mut count = digits(&magnitude);
    // Rounding up can carry into a further digit (99…9.5), hence the loop.
    while count > PRECISION {
        let excess = count - PRECISION;
        magnitude = drop_digits(&magnitude, excess);
        exponent += excess as i64;
        count = digits(&magnitude);
    }
    let adjusted = exponent + count as i64 - 1;
    if sign != Sign::NoSign && !(-MAX_EXPONENT..=MAX_EXPONENT).contains(&adjusted) {
        return Err(ArithmeticError::ExponentOutOfRange);
    }
    let exponent = i32::try_from(exponent).map_err(|_| ArithmeticError::ExponentOutOfRange)?;
    Ok(Decimal { coefficient: BigInt::from_biguint(sign, magnitude), exponent })
}

impl Decimal {
    /// The digits of the coefficient.
    pub(super) fn digits(&self) -> u64 {
        digits(self.coefficient.magnitude())
    }

    /// The power of ten of the first digit.
    pub(super) fn adjusted(&self) -> i64 {
        i64::from(self.exponent) + self.digits() as i64 - 1
    }

    /// The coefficient for the smaller exponent `exponent`.
    fn scaled(&self, exponent: i64) -> BigInt {
        let up = i64::from(self.exponent) - exponent;
        match u64::try_from(up) {
            Ok(0) | Err(_) => self.coefficient.clone(),
            Ok(up) => &self.coefficient * BigInt::from(power_of_ten(up)),
        }
    }

    /// The sum, rounded.
    pub(super) fn add(&self, other: &Decimal) -> Result<Decimal, ArithmeticError> {
        let (high, low) =
            if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        // Below `floor` only the sign of an operand can still matter to the rounded sum.
        let floor = |of: &Decimal| i64::from(of.exponent).min(of.adjusted() - PRECISION as i64) - 3;
        let mut exponent = i64::from(low.exponent);
        if high.coefficient.is_zero() {
            return rounded(low.coefficient.clone(), exponent);
        }
        if low.coefficient.is_zero() {
            let exponent = exponent.max(floor(high)).min(i64::from(high.exponent));
            return rounded(high.scaled(exponent), exponent);
        }
        let high_floor = floor(high);
        if low.adjusted() < high_floor {
            exponent = high_floor;
            let sum = high.scaled(exponent) + low.coefficient.signum();
            return rounded(sum, exponent);
        }
        let low_floor = floor(low);
        if high.adjusted() < low_floor {
            // A high exponent with a value far below: only its sign counts.
            return rounded(
                low.coefficient.clone() * 1000 + high.coefficient.signum(),
                exponent - 3,
            );
        }
        exponent = exponent.min(i64::from(high.exponent));
        rounded(high.scaled(exponent) + &low.coefficient, exponent)
    }

    /// The product, rounded.
    pub(super) fn mul(&self, other: &Decimal) -> Result<Decimal, ArithmeticError> {
        super::arith::check_product(&self.coefficient, &other.coefficient)?;
        rounded(
            &self.coefficient * &other.coefficient,
            i64::from(self.exponent) + i64::from(other.exponent),
        )
    }

    /// The quotient: 34 digits, without trailing zeros but for one if it is whole.
    pub(super) fn div(&self, other: &Decimal) -> Result<Decimal, ArithmeticError> {
        if other.coefficient.is_zero() {
            return Err(if self.coefficient.is_zero() {
                ArithmeticError::DivisionUndefined
            } else {
                ArithmeticError::DivisionByZero
            });
        }
        if self.coefficient.is_zero() {
            return Ok(Decimal { coefficient: BigInt::zero(), exponent: 0 });
        }
        let wanted = PRECISION + 2 + other.digits();
        let shift = wanted.saturating_sub(self.digits());
        let numerator = self.coefficient.magnitude() * power_of_ten(shift);
        let (quotient, _) = numerator.div_rem(other.coefficient.magnitude());
        let sign = if self.coefficient.is_negative() == other.coefficient.is_negative() {
            Sign::Plus
        } else {
            Sign::Minus
        };
        let exponent = i64::from(self.exponent) - i64::from(other.exponent) - shift as i64;
        Ok(rounded(BigInt::from_biguint(sign, quotient), exponent)?.quotient_scale())
    }

    /// Strips all trailing zeros; a whole value gets one digit back.
    fn quotient_scale(mut self) -> Decimal {
        let ten = BigInt::from(10);
        loop {
            let (quotient, rest) = self.coefficient.div_rem(&ten);
            if !rest.is_zero() || quotient.is_zero() {
                break;
            }
            self.coefficient = quotient;
            self.exponent += 1;
        }
        if self.exponent >= 0 && self.digits() as i64 + i64::from(self.exponent) < PRECISION as i64
        {
            self.coefficient *= ten;
            self.exponent -= 1;
        }
        self
    }

    /// Whether the value is whole.
    pub fn is_whole(&self) -> bool {
        if self.exponent >= 0 || self.coefficient.is_zero() {
            return true;
        }
        let places = u64::from(self.exponent.unsigned_abs());
        // A coefficient with fewer digits than places is a fraction.
        if places >= self.digits() {
            return false;
        }
        (self.coefficient.magnitude() % power_of_ten(places)).is_zero()
    }

    /// The integer part and whether something was cut off.
    pub(super) fn split(&self) -> Result<(BigInt, bool), ArithmeticError> {
        if self.coefficient.is_zero() {
            return Ok((BigInt::zero(), false));
        }
        if self.exponent >= 0 {
            if self.adjusted() >= super::MAX_DIGITS as i64 {
                return Err(ArithmeticError::TooLarge);
            }
            return Ok((self.scaled(0), false));
        }
        let places = u64::from(self.exponent.unsigned_abs());
        if places >= self.digits() {
            return Ok((BigInt::zero(), true));
        }
        let unit = BigInt::from(power_of_ten(places));
        let quotient = &self.coefficient / &unit;
        let cut = !(&self.coefficient - &quotient * unit).is_zero();
        Ok((quotient, cut))
    }

    /// Exactly 1 with exponent 0, the neutral element of products.
    pub fn one() -> Decimal {
        Decimal { coefficient: BigInt::one(), exponent: 0 }
    }
}
