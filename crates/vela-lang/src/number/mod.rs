//! Exact numbers: unbounded ints and CUE's decimal floats.
//!
//! Int results are exact at any size; float results have 34 significant digits, rounded half up,
//! and keep their scale (`1.50 * 2` is `3.00`). Exponents are never expanded, so `1e1000000000` is
//! as cheap as `1`. What would cost more than [`MAX_DIGITS`] digits is refused before it is computed.
//!
//! Known differences from the reference: ints stay exact beyond 34 digits, and there is no
//! negative zero.

mod arith;
mod compare;
mod convert;
mod decimal;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use parse::ParseNumberError;

use num_bigint::BigInt;

/// The most digits that a literal or a result may have.
pub const MAX_DIGITS: u64 = 1_000_000;

/// The significant digits of a float result.
pub const PRECISION: u64 = 34;

/// The largest power of ten of a float result's first digit, and the smallest when negated.
pub const MAX_EXPONENT: i64 = 100_000;

/// A decimal float: `coefficient · 10^exponent`. Trailing zeros are kept, as CUE prints them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Decimal {
    /// The digits with the sign.
    pub coefficient: BigInt,
    /// The power of ten.
    pub exponent: i32,
}

/// A CUE number. Ints and floats are different kinds and never unify.
///
/// `==` on this type compares kind and notation (`1.0` is not `1.00`); for the value see
/// [`Number::compare`] and [`Number::same`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Number {
    /// An int that fits.
    Small(i64),
    /// Any other int; never one that fits an `i64`.
    Big(Box<BigInt>),
    /// A float.
    Float(Box<Decimal>),
}

/// Why arithmetic has no result. The texts are those of the reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ArithmeticError {
    /// `x / 0`
    #[error("division by zero")]
    DivisionByZero,
    /// `0 / 0`
    #[error("division undefined")]
    DivisionUndefined,
    /// A float whose first digit is beyond 10^±[`MAX_EXPONENT`].
    #[error("exponent out of range")]
    ExponentOutOfRange,
    /// The result would have more than [`MAX_DIGITS`] digits.
    #[error("number too large: more than {MAX_DIGITS} digits")]
    TooLarge,
    /// An operand must be a whole number.
    #[error("not a whole number")]
    NotWhole,
}
