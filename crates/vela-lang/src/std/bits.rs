//! Package `math/bits`: ints as unbounded two's complement.

use super::args::{Outcome, failed, function, int, int64, number};
use super::host::{Fault, Host, Kind, Package, Param, Val};
use crate::number::Number;
use num_bigint::BigInt;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "math/bits",
    members: &[
        function("Lsh", &[X, N], Kind::INT, lsh),
        function("Rsh", &[X, N], Kind::INT, rsh),
        function("At", &[X, I], Kind::INT, at),
        function("Set", &[X, I, Param::new("bit", Kind::INT)], Kind::INT, set),
        function("And", &[A, B], Kind::INT, and),
        function("Or", &[A, B], Kind::INT, or),
        function("Xor", &[A, B], Kind::INT, xor),
        function("Clear", &[A, B], Kind::INT, clear),
        function("OnesCount", &[X], Kind::INT, ones_count),
        function("Len", &[X], Kind::INT, len),
    ],
};

const A: Param = Param::new("a", Kind::INT);
const B: Param = Param::new("b", Kind::INT);
const I: Param = Param::new("i", Kind::INT);
const N: Param = Param::new("n", Kind::INT);
const X: Param = Param::new("x", Kind::INT);

/// The most bits that a result may have.
const MAX_BITS: u64 = crate::number::MAX_DIGITS * 3;

fn big(args: &[Val], at: usize) -> Result<BigInt, Fault> {
    number(args, at)?.to_bigint().ok_or(Fault::Argument(at, Kind::INT))
}

fn done(value: BigInt) -> Outcome {
    Ok(Val::Number(Number::from(value)))
}

/// A count that must not be negative.
fn unsigned(args: &[Val], at: usize) -> Result<u64, Fault> {
    let number = number(args, at)?;
    if number.is_negative() {
        let text = number.cue_text();
        return failed(format!("cannot use {text} (type int) as uint64 in argument {at}"));
    }
    Ok(number.to_i64().and_then(|n| u64::try_from(n).ok()).unwrap_or(u64::MAX))
}

/// Charges for a result of that many bits, and refuses too many.
fn charge_bits(host: &mut dyn Host, bits: u64) -> Result<(), Fault> {
    host.charge(usize::try_from(bits / 8).unwrap_or(usize::MAX))?;
    if bits > MAX_BITS { failed("number too large") } else { Ok(()) }
}

fn lsh(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (x, n) = (big(args, 0)?, unsigned(args, 1)?);
    charge_bits(host, x.bits().saturating_add(n))?;
    done(x << n)
}

fn rsh(_: &mut dyn Host, args: &[Val]) -> Outcome {
    done(big(args, 0)? >> unsigned(args, 1)?)
}

fn at(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(int(i64::from(big(args, 0)?.bit(unsigned(args, 1)?))))
}

fn set(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (mut x, place, bit) = (big(args, 0)?, int64(args, 1)?, int64(args, 2)?);
    let Ok(place) = u64::try_from(place) else { return failed("negative bit index") };
    if !matches!(bit, 0 | 1) {
        return failed("set bit is not 0 or 1");
    }
    charge_bits(host, place.max(x.bits()))?;
    x.set_bit(place, bit == 1);
    done(x)
}

fn and(_: &mut dyn Host, args: &[Val]) -> Outcome {
    done(big(args, 0)? & big(args, 1)?)
}

fn or(_: &mut dyn Host, args: &[Val]) -> Outcome {
    done(big(args, 0)? | big(args, 1)?)
}

fn xor(_: &mut dyn Host, args: &[Val]) -> Outcome {
    done(big(args, 0)? ^ big(args, 1)?)
}

fn clear(_: &mut dyn Host, args: &[Val]) -> Outcome {
    done(big(args, 0)? & !big(args, 1)?)
}

fn ones_count(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(int(Number::from(BigInt::from(big(args, 0)?.magnitude().count_ones()))))
}

fn len(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(int(Number::from(BigInt::from(big(args, 0)?.bits()))))
}
