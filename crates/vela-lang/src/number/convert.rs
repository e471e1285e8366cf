//! From and to other types.

use super::{Decimal, Number};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

impl From<i64> for Number {
    fn from(int: i64) -> Number {
        Number::Small(int)
    }
}

impl From<usize> for Number {
    fn from(int: usize) -> Number {
        i64::try_from(int).map_or_else(|_| Number::from(BigInt::from(int)), Number::Small)
    }
}

impl From<BigInt> for Number {
    fn from(int: BigInt) -> Number {
        match int.to_i64() {
            Some(small) => Number::Small(small),
            None => Number::Big(Box::new(int)),
        }
    }
}

impl From<Decimal> for Number {
    fn from(float: Decimal) -> Number {
        Number::Float(Box::new(float))
    }
}

impl Number {
    /// Whether it is an int, by kind.
    pub fn is_int(&self) -> bool {
        !matches!(self, Number::Float(_))
    }

    /// Whether its value is whole, also that of a float.
    pub fn is_integer(&self) -> bool {
        match self {
            Number::Small(_) | Number::Big(_) => true,
            Number::Float(float) => float.is_whole(),
        }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        match self {
            Number::Small(small) => *small == 0,
            Number::Big(_) => false,
            Number::Float(float) => float.coefficient.is_zero(),
        }
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match self {
            Number::Small(small) => *small < 0,
            Number::Big(big) => big.is_negative(),
            Number::Float(float) => float.coefficient.is_negative(),
        }
    }

    /// The value of an int that fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Number::Small(small) => Some(*small),
            Number::Big(_) | Number::Float(_) => None,
        }
    }

    /// The value of an int.
    pub fn to_bigint(&self) -> Option<BigInt> {
        self.int().map(std::borrow::Cow::into_owned)
    }

    /// The nearest binary float; beyond its range an infinity.
    pub fn to_f64(&self) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss)]
            Number::Small(small) => *small as f64,
            Number::Big(big) => big.to_f64().unwrap_or(f64::NAN),
            Number::Float(float) => {
                format!("{}e{}", float.coefficient, float.exponent).parse().unwrap_or(f64::NAN)
            }
        }
    }

    /// A float with the fewest digits that read back as the same binary float; `None` for NaN and
    /// infinities.
    pub fn from_f64(float: f64) -> Option<Number> {
        if !float.is_finite() {
            return None;
        }
        let text = format!("{float:e}");
        let (digits, exponent) = text.split_once('e')?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent: i32 = exponent.parse().ok()?;
        let coefficient: BigInt = format!("{whole}{fraction}").parse().ok()?;
        let exponent = exponent - i32::try_from(fraction.len()).ok()?;
        Some(Number::from(Decimal { coefficient, exponent }))
    }
}
