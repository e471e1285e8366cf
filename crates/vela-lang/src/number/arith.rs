//! Arithmetic: exact on ints, 34 digits on floats.

use super::decimal::rounded;
use super::{ArithmeticError, Decimal, MAX_DIGITS, Number};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use std::borrow::Cow;

/// Bits of a number of [`MAX_DIGITS`] digits.
const MAX_BITS: u64 = MAX_DIGITS * 3322 / 1000;

/// Refuses products that would be too large.
pub(super) fn check_product(a: &BigInt, b: &BigInt) -> Result<(), ArithmeticError> {
    if a.bits() + b.bits() > MAX_BITS { Err(ArithmeticError::TooLarge) } else { Ok(()) }
}

impl Number {
    /// An int as a big one.
    pub(super) fn int(&self) -> Option<Cow<'_, BigInt>> {
        match self {
            Number::Small(small) => Some(Cow::Owned(BigInt::from(*small))),
            Number::Big(big) => Some(Cow::Borrowed(big)),
            Number::Float(_) => None,
        }
    }

    /// The number as a decimal, ints with exponent 0.
    pub fn decimal(&self) -> Cow<'_, Decimal> {
        match self {
            Number::Small(small) => {
                Cow::Owned(Decimal { coefficient: BigInt::from(*small), exponent: 0 })
            }
            Number::Big(big) => {
                Cow::Owned(Decimal { coefficient: big.as_ref().clone(), exponent: 0 })
            }
            Number::Float(float) => Cow::Borrowed(float),
        }
    }

    fn both_ints<'a>(&'a self, other: &'a Number) -> Option<(Cow<'a, BigInt>, Cow<'a, BigInt>)> {
        Some((self.int()?, other.int()?))
    }

    /// `self + other`: an int if both are.
    ///
    /// # Errors
    /// The exponent is out of range, or the result is too large.
    pub fn add(&self, other: &Number) -> Result<Number, ArithmeticError> {
        if let (Number::Small(a), Number::Small(b)) = (self, other)
            && let Some(sum) = a.checked_add(*b)
        {
            return Ok(Number::Small(sum));
        }
        if let Some((a, b)) = self.both_ints(other) {
            return Number::from(a.as_ref() + b.as_ref()).checked();
        }
        Ok(Number::from(self.decimal().add(&other.decimal())?))
    }

    /// `self - other`: an int if both are.
    ///
    /// # Errors
    /// The exponent is out of range, or the result is too large.
    pub fn sub(&self, other: &Number) -> Result<Number, ArithmeticError> {
        if let (Number::Small(a), Number::Small(b)) = (self, other)
            && let Some(difference) = a.checked_sub(*b)
        {
            return Ok(Number::Small(difference));
        }
        self.add(&other.neg())
    }

    /// `self * other`: an int if both are.
    ///
    /// # Errors
    /// The exponent is out of range, or the result is too large.
    pub fn mul(&self, other: &Number) -> Result<Number, ArithmeticError> {
        if let (Number::Small(a), Number::Small(b)) = (self, other)
            && let Some(product) = a.checked_mul(*b)
        {
            return Ok(Number::Small(product));
        }
        if let Some((a, b)) = self.both_ints(other) {
            check_product(&a, &b)?;
            return Ok(Number::from(a.as_ref() * b.as_ref()));
        }
        Ok(Number::from(self.decimal().mul(&other.decimal())?))
    }

    /// `self / other`, always a float.
    ///
    /// # Errors
    /// The divisor is zero, or the exponent is out of range.
    pub fn div(&self, other: &Number) -> Result<Number, ArithmeticError> {
        Ok(Number::from(self.decimal().div(&other.decimal())?))
    }

    /// `-self`, exact.
    #[must_use]
    pub fn neg(&self) -> Number {
        match self {
            Number::Small(small) => match small.checked_neg() {
                Some(negated) => Number::Small(negated),
                None => Number::from(-BigInt::from(*small)),
            },
            Number::Big(big) => Number::from(-big.as_ref()),
            Number::Float(float) => {
                Number::from(Decimal { coefficient: -&float.coefficient, exponent: float.exponent })
            }
        }
    }

    /// The absolute value, exact.
    #[must_use]
    pub fn abs(&self) -> Number {
        if self.is_negative() { self.neg() } else { self.clone() }
    }

    /// Two ints for a division.
    fn operands<'a>(
        &'a self,
        other: &'a Number,
    ) -> Result<(Cow<'a, BigInt>, Cow<'a, BigInt>), ArithmeticError> {
        let (a, b) = self.both_ints(other).ok_or(ArithmeticError::NotWhole)?;
        if b.is_zero() { Err(ArithmeticError::DivisionByZero) } else { Ok((a, b)) }
    }

    /// `div(self, other)` of ints, Euclidean.
    ///
    /// # Errors
    /// The divisor is zero, or an operand is a float.
    pub fn int_div(&self, other: &Number) -> Result<Number, ArithmeticError> {
        if let (Number::Small(a), Number::Small(b)) = (self, other)
            && let Some(quotient) = a.checked_div_euclid(*b)
        {
            return Ok(Number::Small(quotient));
        }
        let (a, b) = self.operands(other)?;
        let (quotient, rest) = a.div_rem(&b);
        Ok(Number::from(match (rest.is_negative(), b.is_negative()) {
            (false, _) => quotient,
            (true, false) => quotient - 1,
            (true, true) => quotient + 1,
        }))
    }

    /// `mod(self, other)` of ints, Euclidean: never negative.
    ///
    /// # Errors
    /// The divisor is zero, or an operand is a float.
    pub fn int_mod(&self, other: &Number) -> Result<Number, ArithmeticError> {
        if let (Number::Small(a), Number::Small(b)) = (self, other)
            && let Some(rest) = a.checked_rem_euclid(*b)
        {
            return Ok(Number::Small(rest));
        }
        let (a, b) = self.operands(other)?;
        let rest = a.as_ref() % b.as_ref();
        Ok(Number::from(if rest.is_negative() { rest + b.abs() } else { rest }))
    }

    /// `quo(self, other)` of ints, truncated.
    ///
    /// # Errors
    /// The divisor is zero, or an operand is a float.
    pub fn int_quo(&self, other: &Number) -> Result<Number, ArithmeticError> {
        if let (Number::Small(a), Number::Small(b)) = (self, other)
            && let Some(quotient) = a.checked_div(*b)
        {
            return Ok(Number::Small(quotient));
        }
        let (a, b) = self.operands(other)?;
        Ok(Number::from(a.as_ref() / b.as_ref()))
    }

    /// `rem(self, other)` of ints, truncated: the sign of `self`.
    ///
    /// # Errors
    /// The divisor is zero, or an operand is a float.
    pub fn int_rem(&self, other: &Number) -> Result<Number, ArithmeticError> {
        if let (Number::Small(a), Number::Small(b)) = (self, other)
            && let Some(rest) = a.checked_rem(*b)
        {
            return Ok(Number::Small(rest));
        }
        let (a, b) = self.operands(other)?;
        Ok(Number::from(a.as_ref() % b.as_ref()))
    }

    /// The largest int that is not above it.
    ///
    /// # Errors
    /// The int would be too large.
    pub fn floor(&self) -> Result<Number, ArithmeticError> {
        let Number::Float(float) = self else { return Ok(self.clone()) };
        let (whole, cut) = float.split()?;
        Ok(Number::from(if cut && float.coefficient.is_negative() { whole - 1 } else { whole }))
    }

    /// The smallest int that is not below it.
    ///
    /// # Errors
    /// The int would be too large.
    pub fn ceil(&self) -> Result<Number, ArithmeticError> {
        let Number::Float(float) = self else { return Ok(self.clone()) };
        let (whole, cut) = float.split()?;
        Ok(Number::from(if cut && float.coefficient.is_positive() { whole + 1 } else { whole }))
    }

    /// The int without the fraction.
    ///
    /// # Errors
    /// The int would be too large.
    pub fn trunc(&self) -> Result<Number, ArithmeticError> {
        let Number::Float(float) = self else { return Ok(self.clone()) };
        Ok(Number::from(float.split()?.0))
    }

    /// Rounded to the precision of float results, the kind kept.
    ///
    /// # Errors
    /// The exponent is out of range.
    pub fn rounded(&self) -> Result<Number, ArithmeticError> {
        match self {
            Number::Float(float) => {
                Ok(Number::from(rounded(float.coefficient.clone(), i64::from(float.exponent))?))
            }
            int => Ok(int.clone()),
        }
    }

    /// Refuses an int that is too large.
    fn checked(self) -> Result<Number, ArithmeticError> {
        match &self {
            Number::Big(big) if big.bits() > MAX_BITS => Err(ArithmeticError::TooLarge),
            _ => Ok(self),
        }
    }
}
