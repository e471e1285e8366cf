//! Order and equality by value.

use super::{Decimal, Number};
use num_bigint::BigInt;
use num_traits::Zero;
use std::cmp::Ordering;

impl Decimal {
    /// Compares the values; exponents are only expanded where the magnitudes are of one size.
    pub(super) fn compare(&self, other: &Decimal) -> Ordering {
        let sign = self.coefficient.sign().cmp(&other.coefficient.sign());
        if sign != Ordering::Equal || self.coefficient.is_zero() {
            return sign;
        }
        if self.exponent == other.exponent {
            return self.coefficient.cmp(&other.coefficient);
        }
        let size = self.adjusted().cmp(&other.adjusted());
        if size != Ordering::Equal {
            return if self.coefficient.sign() == num_bigint::Sign::Minus {
                size.reverse()
            } else {
                size
            };
        }
        // Equal sizes: the exponents differ by at most the number of digits.
        let scale = |of: &Decimal, by: i64| -> BigInt {
            &of.coefficient * BigInt::from(super::decimal::power_of_ten(by.unsigned_abs()))
        };
        let gap = i64::from(self.exponent) - i64::from(other.exponent);
        if gap > 0 {
            scale(self, gap).cmp(&other.coefficient)
        } else {
            self.coefficient.cmp(&scale(other, gap))
        }
    }
}

impl Number {
    /// Compares the values; `1` and `1.0` are equal.
    pub fn compare(&self, other: &Number) -> Ordering {
        match (self, other) {
            (Number::Small(a), Number::Small(b)) => a.cmp(b),
            (Number::Float(_), _) | (_, Number::Float(_)) => {
                self.decimal().compare(&other.decimal())
            }
            (Number::Big(a), Number::Big(b)) => a.cmp(b),
            (Number::Small(a), Number::Big(b)) => BigInt::from(*a).cmp(b),
            (Number::Big(a), Number::Small(b)) => a.as_ref().cmp(&BigInt::from(*b)),
        }
    }

    /// Whether kind and value are equal: what unifies. `1.0` and `1.00` are the same, `1` and `1.0` not.
    pub fn same(&self, other: &Number) -> bool {
        self.is_int() == other.is_int() && self.compare(other) == Ordering::Equal
    }
}
