//! Exact numbers: unbounded ints and CUE's decimal floats.

use num_bigint::BigInt;

/// A decimal float: `coefficient · 10^exponent`. Trailing zeros are kept, as CUE prints them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Decimal {
    /// The digits with the sign.
    pub coefficient: BigInt,
    /// The power of ten.
    pub exponent: i32,
}

/// A CUE number. Ints and floats are different kinds and never unify.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Number {
    /// An int that fits.
    Small(i64),
    /// Any other int; never one that fits an `i64`.
    Big(Box<BigInt>),
    /// A float.
    Float(Box<Decimal>),
}
