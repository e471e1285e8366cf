//! Package `math`.
//!
//! As in the reference some functions are decimal with 34 digits (`decimal`), and their whole results
//! are ints; the others work on binary floats (`binary`) and give floats. What has no finite result
//! fails, as there are no infinities.

mod binary;
mod decimal;

use super::args::{Outcome, function, int, number};
use super::host::{Host, Kind, Member, Package, Param, Val};

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "math",
    members: &[
        Member::Constant("MaxExp", "2147483647"),
        Member::Constant("MinExp", "-2147483648"),
        Member::Constant("MaxPrec", "4294967295"),
        Member::Constant("ToNearestEven", "0"),
        Member::Constant("ToNearestAway", "1"),
        Member::Constant("ToZero", "2"),
        Member::Constant("AwayFromZero", "3"),
        Member::Constant("ToNegativeInf", "4"),
        Member::Constant("ToPositiveInf", "5"),
        Member::Constant("Below", "-1"),
        Member::Constant("Exact", "0"),
        Member::Constant("Above", "1"),
        function(
            "Jacobi",
            &[Param::new("x", Kind::INT), Param::new("y", Kind::INT)],
            Kind::INT,
            decimal::jacobi,
        ),
        Member::Constant("MaxBase", "62"),
        function("Floor", &[X], Kind::INT, decimal::floor),
        function("Ceil", &[X], Kind::INT, decimal::ceil),
        function("Trunc", &[X], Kind::INT, decimal::trunc),
        function("Round", &[X], Kind::INT, decimal::round),
        function("RoundToEven", &[X], Kind::INT, decimal::round_to_even),
        function("MultipleOf", &[X, Y], Kind::BOOL, decimal::multiple_of),
        function("Abs", &[X], Kind::NUMBER, decimal::abs),
        function("Acosh", &[X], Kind::NUMBER, binary::acosh),
        function("Asin", &[X], Kind::NUMBER, binary::asin),
        function("Acos", &[X], Kind::NUMBER, binary::acos),
        function("Asinh", &[X], Kind::NUMBER, binary::asinh),
        function("Atan", &[X], Kind::NUMBER, binary::atan),
        function("Atan2", &[Y, X], Kind::NUMBER, binary::atan2),
        function("Atanh", &[X], Kind::NUMBER, binary::atanh),
        function("Cbrt", &[X], Kind::NUMBER, decimal::cbrt),
        Member::Constant("E", "2.71828182845904523536028747135266249775724709369995957496696763"),
        Member::Constant("Pi", "3.14159265358979323846264338327950288419716939937510582097494459"),
        Member::Constant("Phi", "1.61803398874989484820458683436563811772030917980576286213544861"),
        Member::Constant(
            "Sqrt2",
            "1.41421356237309504880168872420969807856967187537694807317667974",
        ),
        Member::Constant(
            "SqrtE",
            "1.64872127070012814684865078781416357165377610071014801157507931",
        ),
        Member::Constant(
            "SqrtPi",
            "1.77245385090551602729816748334114518279754945612238712821380779",
        ),
        Member::Constant(
            "SqrtPhi",
            "1.27201964951406896425242246173749149171560804184009624861664038",
        ),
        Member::Constant(
            "Ln2",
            "0.693147180559945309417232121458176568075500134360255254120680009",
        ),
        Member::Constant(
            "Log2E",
            "1.442695040888963407359924681001892137426645954152985934135449408",
        ),
        Member::Constant("Ln10", "2.3025850929940456840179914546843642076011014886287729760333278"),
        Member::Constant(
            "Log10E",
            "0.43429448190325182765112891891660508229439700580366656611445378",
        ),
        function("Copysign", &[X, Y], Kind::NUMBER, decimal::copysign),
        function("Dim", &[X, Y], Kind::NUMBER, decimal::dim),
        function("Erf", &[X], Kind::NUMBER, binary::erf),
        function("Erfc", &[X], Kind::NUMBER, binary::erfc),
        function("Erfinv", &[X], Kind::NUMBER, binary::erfinv),
        function("Erfcinv", &[X], Kind::NUMBER, binary::erfcinv),
        function("Exp", &[X], Kind::NUMBER, decimal::exp),
        function("Exp2", &[X], Kind::NUMBER, decimal::exp2),
        function("Expm1", &[X], Kind::NUMBER, binary::expm1),
        function("Gamma", &[X], Kind::NUMBER, binary::gamma),
        function(
            "Hypot",
            &[Param::new("p", Kind::NUMBER), Param::new("q", Kind::NUMBER)],
            Kind::NUMBER,
            binary::hypot,
        ),
        function("J0", &[X], Kind::NUMBER, binary::j0),
        function("Y0", &[X], Kind::NUMBER, binary::y0),
        function("J1", &[X], Kind::NUMBER, binary::j1),
        function("Y1", &[X], Kind::NUMBER, binary::y1),
        function("Jn", &[N, X], Kind::NUMBER, binary::jn),
        function("Yn", &[N, X], Kind::NUMBER, binary::yn),
        function(
            "Ldexp",
            &[Param::new("frac", Kind::NUMBER), Param::new("exp", Kind::INT)],
            Kind::NUMBER,
            binary::ldexp,
        ),
        function("Log", &[X], Kind::NUMBER, decimal::log),
        function("Log10", &[X], Kind::NUMBER, decimal::log10),
        function("Log2", &[X], Kind::NUMBER, decimal::log2),
        function("Log1p", &[X], Kind::NUMBER, binary::log1p),
        function("Logb", &[X], Kind::NUMBER, binary::logb),
        function("Ilogb", &[X], Kind::INT, binary::ilogb),
        function("Mod", &[X, Y], Kind::NUMBER, binary::modulo),
        function("Pow", &[X, Y], Kind::NUMBER, decimal::pow),
        function("Pow10", &[N], Kind::NUMBER, decimal::pow10),
        function("Remainder", &[X, Y], Kind::NUMBER, binary::remainder),
        function("Signbit", &[X], Kind::BOOL, signbit),
        function("Cos", &[X], Kind::NUMBER, binary::cos),
        function("Sin", &[X], Kind::NUMBER, binary::sin),
        function("Sinh", &[X], Kind::NUMBER, binary::sinh),
        function("Cosh", &[X], Kind::NUMBER, binary::cosh),
        function("Sqrt", &[X], Kind::NUMBER, binary::sqrt),
        function("Tan", &[X], Kind::NUMBER, binary::tan),
        function("Tanh", &[X], Kind::NUMBER, binary::tanh),
    ],
};

const N: Param = Param::new("n", Kind::INT);
const X: Param = Param::new("x", Kind::NUMBER);
const Y: Param = Param::new("y", Kind::NUMBER);

fn signbit(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(Val::Bool(number(args, 0)?.is_negative()))
}

/// A small int as a result.
fn small(value: i64) -> Outcome {
    Ok(int(value))
}
