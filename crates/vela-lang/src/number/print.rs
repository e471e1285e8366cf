//! Numbers as text.

use super::{Decimal, Number};
use num_traits::{Signed, Zero};
use std::fmt::Write as _;

/// A zero is written out down to this exponent.
const LOWEST_PLAIN_ZERO: i32 = -2000;

impl Decimal {
    /// Plain notation for small exponents, else scientific with the given letter.
    fn text(&self, letter: char) -> String {
        let digits = self.coefficient.magnitude().to_string();
        let adjusted = i64::from(self.exponent) + digits.len() as i64 - 1;
        let mut out = String::with_capacity(digits.len() + 8);
        if self.coefficient.is_negative() {
            out.push('-');
        }
        let plain = self.exponent <= 0
            && (adjusted >= -6 || self.coefficient.is_zero() && self.exponent >= LOWEST_PLAIN_ZERO);
        if plain {
            let places = self.exponent.unsigned_abs() as usize;
            if places == 0 {
                out.push_str(&digits);
            } else if let Some(whole) = digits.len().checked_sub(places).filter(|whole| *whole > 0)
            {
                let (whole, fraction) = digits.split_at(whole);
                let _ = write!(out, "{whole}.{fraction}");
            } else {
                let _ = write!(out, "0.{digits:0>places$}");
            }
        } else {
            let (first, rest) = digits.split_at(1);
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            let _ = write!(out, "{letter}{adjusted:+}");
        }
        out
    }
}

impl Number {
    /// As CUE prints it: a float always has a `.` or an exponent (`1.0`, `1e+3`).
    pub fn cue_text(&self) -> String {
        match self {
            Number::Small(small) => small.to_string(),
            Number::Big(big) => big.to_string(),
            Number::Float(float) => {
                let mut text = float.text('e');
                if !text.contains(['.', 'e']) {
                    text.push_str(".0");
                }
                text
            }
        }
    }

    /// Adds [`Number::json_text`] to a text.
    pub(crate) fn write_json(&self, out: &mut String) {
        match self {
            // Writing to a string does not fail.
            Number::Small(small) => drop(write!(out, "{small}")),
            _ => out.push_str(&self.json_text()),
        }
    }

    /// As JSON and interpolation print it: `E` in upper case, and no `.0` is added.
    pub fn json_text(&self) -> String {
        match self {
            Number::Small(small) => small.to_string(),
            Number::Big(big) => big.to_string(),
            Number::Float(float) => float.text('E'),
        }
    }
}
