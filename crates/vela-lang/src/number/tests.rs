//! Laws, and a table of results of the reference.

use super::{ArithmeticError, MAX_DIGITS, Number, ParseNumberError};
use num_bigint::BigInt;
use proptest::prelude::*;
use std::cmp::Ordering;

fn number(text: &str) -> Number {
    Number::parse_literal(text.strip_prefix('-').unwrap_or(text))
        .map(|n| if text.starts_with('-') { n.neg() } else { n })
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Evaluates `a op b`.
fn evaluate(expression: &str) -> String {
    let parts: Vec<&str> = expression.split(' ').collect();
    let (a, b) = (number(parts[0]), number(parts[2]));
    let result = match parts[1] {
        "+" => a.add(&b),
        "-" => a.sub(&b),
        "*" => a.mul(&b),
        "/" => a.div(&b),
        "div" => a.int_div(&b),
        "mod" => a.int_mod(&b),
        "quo" => a.int_quo(&b),
        "rem" => a.int_rem(&b),
        other => panic!("{other}"),
    };
    match result {
        Ok(number) => number.cue_text(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn arithmetic_as_the_reference() {
    for (expression, expected) in [
        ("1 + 1.0", "2.0"),
        ("1 - 1.0", "0.0"),
        ("4 / 2", "2.0"),
        ("1 / 0", "division by zero"),
        ("0 / 0", "division undefined"),
        ("0.0 / 0.0", "division undefined"),
        ("2 / 3", "0.6666666666666666666666666666666667"),
        ("-2 / 3", "-0.6666666666666666666666666666666667"),
        ("7 / -2", "-3.5"),
        ("1.23456789012345678901234567890123456789 * 1", "1.234567890123456789012345678901235"),
        ("1e1000 * 1e1000", "1e+2000"),
        ("1e-100000 * 1e-100000", "exponent out of range"),
        ("1e100000 * 10", "exponent out of range"),
        ("1e99999 * 10.0", "1.00e+100000"),
        ("1e-100000 / 10", "exponent out of range"),
        ("1.50 * 2", "3.00"),
        ("3.10 - 3.10", "0.00"),
        ("1.0 * 3", "3.0"),
        ("1e3 + 0", "1000.0"),
        ("1e3 * 1", "1e+3"),
        ("12.5e10 + 0", "125000000000.0"),
        ("-0.5 - 1234567890123456789012345678901234", "-1234567890123456789012345678901235.0"),
        ("1 / 8", "0.125"),
        ("6 / 3", "2.0"),
        ("100 / 10", "10.0"),
        ("600 / 3", "2.0e+2"),
        ("120000 / 1", "1.20e+5"),
        ("1e20 / 1", "1.0e+20"),
        ("1e33 / 1", "1e+33"),
        ("12e31 / 1", "1.20e+32"),
        ("12e32 / 1", "1.2e+33"),
        ("120.0 / 12", "10.0"),
        ("0.10 * 0.10", "0.0100"),
        ("1.00 / 4", "0.25"),
        ("100 * 1.00", "100.00"),
        ("1e1000 + 0", "1.000000000000000000000000000000000e+1000"),
        ("1e1000 + 1", "1.000000000000000000000000000000000e+1000"),
        ("1e1000 - 1", "1.000000000000000000000000000000000e+1000"),
        ("0 / 5", "0.0"),
        ("0e5 / 3", "0.0"),
        ("1e35 / 3", "3.333333333333333333333333333333333e+34"),
        ("1e31 / 3", "3333333333333333333333333333333.333"),
        ("123456789012345678901234567890123456.5 / 1", "1.234567890123456789012345678901235e+35"),
        ("1 / 3e50", "3.333333333333333333333333333333333e-51"),
        ("0e-9 + 0", "0.000000000"),
        ("1.5e-6 * 1", "0.0000015"),
        ("99999999999999999999999999999999995 * 1.0", "1.000000000000000000000000000000000e+35"),
        ("12345678901234567890 / 3", "4115226300411522630.0"),
        ("7 div 2", "3"),
        ("-7 div 2", "-4"),
        ("7 div -2", "-3"),
        ("-7 div -2", "4"),
        ("7 mod 2", "1"),
        ("-7 mod 2", "1"),
        ("7 mod -2", "1"),
        ("-7 mod -2", "1"),
        ("7 quo 2", "3"),
        ("-7 quo 2", "-3"),
        ("7 quo -2", "-3"),
        ("-7 quo -2", "3"),
        ("-7 rem 2", "-1"),
        ("7 rem -2", "1"),
        ("-7 rem -2", "-1"),
        ("7 rem 0", "division by zero"),
        ("9223372036854775807 + 1", "9223372036854775808"),
        ("-9223372036854775808 div -1", "9223372036854775808"),
    ] {
        assert_eq!(evaluate(expression), expected, "{expression}");
    }
}

#[test]
fn literals_as_the_reference() {
    for (text, cue, json) in [
        (".5", "0.5", "0.5"),
        ("1.", "1.0", "1"),
        ("1.e3", "1e+3", "1E+3"),
        ("0x_FF", "255", "255"),
        ("0X1F", "31", "31"),
        ("1_0e1_0", "1.0e+11", "1.0E+11"),
        ("0b1_0", "2", "2"),
        ("0o17", "15", "15"),
        ("00.5", "0.5", "0.5"),
        ("08.5", "8.5", "8.5"),
        ("1.5Mi", "1572864", "1572864"),
        (".5K", "500", "500"),
        ("1P", "1000000000000000", "1000000000000000"),
        ("1e-6", "0.000001", "0.000001"),
        ("1.0e-6", "0.0000010", "0.0000010"),
        ("1e-7", "1e-7", "1E-7"),
        ("0.00000001", "1e-8", "1E-8"),
        ("12.50e-10", "1.250e-9", "1.250E-9"),
        ("0.1e1", "1.0", "1"),
        ("100.0", "100.0", "100.0"),
        ("0e5", "0e+5", "0E+5"),
        ("0.0e5", "0e+4", "0E+4"),
        ("1.0e0", "1.0", "1.0"),
        ("1_000.5", "1000.5", "1000.5"),
        ("0e-7", "0.0000000", "0.0000000"),
        ("0.0e-5", "0.000000", "0.000000"),
        ("0e-2001", "0e-2001", "0E-2001"),
        ("1e1000000000", "1e+1000000000", "1E+1000000000"),
    ] {
        assert_eq!(number(text).cue_text(), cue, "{text}");
        assert_eq!(number(text).json_text(), json, "{text}");
    }
    assert_eq!(Number::parse_literal("1.23Ki"), Err(ParseNumberError::NotWhole));
    assert_eq!(Number::parse("1e10000000000"), Err(ParseNumberError::ExponentOutOfRange));
    for bad in ["", "-", ".", "1e", "1.2.3", "x", "1 ", "--1", "0x", "1e+-3"] {
        assert!(Number::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn costs_are_bounded() {
    let ten = Number::from(BigInt::from(10).pow(600_000));
    assert_eq!(ten.mul(&ten), Err(ArithmeticError::TooLarge));
    let huge = number("1e1000000000");
    assert_eq!(huge.compare(&number("1e999999999")), Ordering::Greater);
    assert_eq!(huge.floor(), Err(ArithmeticError::TooLarge));
    assert_eq!(huge.add(&number("1")), Err(ArithmeticError::ExponentOutOfRange));
    assert!(huge.is_integer());
    assert!(huge.to_f64().is_infinite());
    let digits = "1".repeat(usize::try_from(MAX_DIGITS).unwrap_or(0) + 1);
    assert_eq!(Number::parse(&digits), Err(ParseNumberError::TooLarge));
}

#[test]
fn wholes() {
    for (text, floor, ceil, trunc) in [
        ("1.5", 1, 2, 1),
        ("-1.5", -2, -1, -1),
        ("2.0", 2, 2, 2),
        ("0.1", 0, 1, 0),
        ("-0.1", -1, 0, 0),
        ("2e1", 20, 20, 20),
    ] {
        let n = number(text);
        assert_eq!(n.floor(), Ok(Number::Small(floor)), "{text}");
        assert_eq!(n.ceil(), Ok(Number::Small(ceil)), "{text}");
        assert_eq!(n.trunc(), Ok(Number::Small(trunc)), "{text}");
    }
    assert!(number("10.0").is_integer() && !number("10.01").is_integer());
}

fn ints() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        (-10i64..10).prop_map(Number::from),
        "-?[1-9][0-9]{0,60}".prop_map(|text| number(&text)),
    ]
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        ints(),
        ("-?[0-9]{1,40}", -60i32..60)
            .prop_map(|(digits, exponent)| number(&format!("{digits}e{exponent}"))),
    ]
}

proptest! {
    #[test]
    fn ints_are_a_ring(a in ints(), b in ints(), c in ints()) {
        prop_assert_eq!(a.add(&b), b.add(&a));
        prop_assert_eq!(a.mul(&b), b.mul(&a));
        prop_assert_eq!(a.add(&b)?.add(&c), a.add(&b.add(&c)?));
        prop_assert_eq!(a.mul(&b)?.mul(&c), a.mul(&b.mul(&c)?));
        prop_assert_eq!(a.mul(&b.add(&c)?), a.mul(&b)?.add(&a.mul(&c)?));
        prop_assert_eq!(a.sub(&b), a.add(&b.neg()));
        prop_assert_eq!(a.sub(&a)?, Number::Small(0));
    }

    #[test]
    fn int_division_reconstructs(a in ints(), b in ints()) {
        prop_assume!(!b.is_zero());
        prop_assert_eq!(&a.int_div(&b)?.mul(&b)?.add(&a.int_mod(&b)?)?, &a);
        prop_assert_eq!(&a.int_quo(&b)?.mul(&b)?.add(&a.int_rem(&b)?)?, &a);
        prop_assert!(!a.int_mod(&b)?.is_negative());
    }

    #[test]
    fn order_is_total(a in numbers(), b in numbers(), c in numbers()) {
        prop_assert_eq!(a.compare(&b), b.compare(&a).reverse());
        prop_assert_eq!(a.compare(&a), Ordering::Equal);
        if a.compare(&b) != Ordering::Greater && b.compare(&c) != Ordering::Greater {
            prop_assert_ne!(a.compare(&c), Ordering::Greater);
        }
        let difference = a.sub(&b)?;
        let expected = if difference.is_zero() { Ordering::Equal }
            else if difference.is_negative() { Ordering::Less } else { Ordering::Greater };
        prop_assert_eq!(a.compare(&b), expected);
    }

    #[test]
    fn parse_inverts_print(a in numbers()) {
        prop_assert_eq!(number(&a.cue_text()).is_int(), a.is_int());
        prop_assert!(number(&a.cue_text()).same(&a));
        prop_assert!(Number::parse(&a.json_text())?.compare(&a).is_eq());
    }

    #[test]
    fn binary_floats_survive(float in any::<f64>()) {
        if let Some(number) = Number::from_f64(float) {
            prop_assert_eq!(number.to_f64(), float);
        }
    }
}
