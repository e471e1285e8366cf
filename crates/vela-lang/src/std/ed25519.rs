//! Package `crypto/ed25519`: whether a signature is one (RFC 8032).
//!
//! Nothing here is secret, so plain big numbers do, and no crate for signing has to come along. A check
//! takes some thousand multiplications of 256 bits.

use super::args::{Outcome, failed, function, raw};
use super::host::{Host, Kind, Member, Package, Param, Val};
use num_bigint::BigUint;
use num_traits::{One, Zero};
use sha2::{Digest, Sha512};
use std::sync::LazyLock;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "crypto/ed25519",
    members: &[
        Member::Constant("PublicKeySize", "32"),
        function(
            "Valid",
            &[
                Param::new("publicKey", Kind::BYTES_OR_STRING),
                Param::new("message", Kind::BYTES_OR_STRING),
                Param::new("signature", Kind::BYTES_OR_STRING),
            ],
            Kind::BOOL,
            valid,
        ),
    ],
};

/// What a check costs beside hashing the message.
const COST: usize = 1 << 16;

fn valid(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (key, message, signature) = (raw(args, 0)?, raw(args, 1)?, raw(args, 2)?);
    if key.len() != 32 {
        return failed("ed25519: publicKey must be 32 bytes");
    }
    host.charge(message.len().saturating_add(COST))?;
    Ok(Val::Bool(signature.len() == 64 && verifies(key, message, signature)))
}

/// The curve −x² + y² = 1 + d·x²·y² over the field of p = 2²⁵⁵ − 19.
struct Curve {
    p: BigUint,
    d: BigUint,
    /// √−1
    root: BigUint,
    /// The order of the base point.
    order: BigUint,
    base: Option<Point>,
}

/// A point in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z.
#[derive(Clone)]
struct Point {
    x: BigUint,
    y: BigUint,
    z: BigUint,
    t: BigUint,
}

static CURVE: LazyLock<Curve> = LazyLock::new(|| {
    let p = (BigUint::one() << 255u32) - 19u32;
    let inverse = |n: BigUint| n.modpow(&(&p - 2u32), &p);
    let d = (&p - 121_665u32) * inverse(BigUint::from(121_666u32)) % &p;
    let root = BigUint::from(2u32).modpow(&((&p - 1u32) / 4u32), &p);
    let tail = BigUint::parse_bytes(b"27742317777372353535851937790883648493", 10);
    let order = (BigUint::one() << 252u32) + tail.unwrap_or_default();
    let y = BigUint::from(4u32) * inverse(BigUint::from(5u32)) % &p;
    let mut curve = Curve { p, d, root, order, base: None };
    curve.base = curve.point(y, false);
    curve
});

impl Curve {
    fn minus(&self, a: &BigUint, b: &BigUint) -> BigUint {
        (a + &self.p - b) % &self.p
    }

    /// The point with that y, and an x that is odd or even.
    fn point(&self, y: BigUint, odd: bool) -> Option<Point> {
        let p = &self.p;
        let squared = &y * &y % p;
        let numerator = self.minus(&squared, &BigUint::one());
        let denominator = (&self.d * &squared + 1u32) % p;
        let quotient = numerator * denominator.modpow(&(p - 2u32), p) % p;
        let mut x = quotient.modpow(&((p + 3u32) / 8u32), p);
        if &x * &x % p != quotient {
            x = x * &self.root % p;
        }
        if &x * &x % p != quotient {
            return None;
        }
        if x.bit(0) != odd {
            x = self.minus(&BigUint::zero(), &x);
        }
        let t = &x * &y % p;
        Some(Point { x, y, z: BigUint::one(), t })
    }

    fn decode(&self, bytes: &[u8]) -> Option<Point> {
        let mut y = BigUint::from_bytes_le(bytes);
        let odd = y.bit(255);
        y.set_bit(255, false);
        self.point(y % &self.p, odd)
    }

    fn encode(&self, point: &Point) -> Vec<u8> {
        let inverse = point.z.modpow(&(&self.p - 2u32), &self.p);
        let x = &point.x * &inverse % &self.p;
        let mut y = &point.y * inverse % &self.p;
        y.set_bit(255, x.bit(0));
        let mut bytes = y.to_bytes_le();
        bytes.resize(32, 0);
        bytes
    }

    fn sum(&self, a: &Point, b: &Point) -> Point {
        let p = &self.p;
        let s = self.minus(&a.y, &a.x) * self.minus(&b.y, &b.x) % p;
        let m = (&a.y + &a.x) * (&b.y + &b.x) % p;
        let c = &a.t * &b.t % p * &self.d * 2u32 % p;
        let e = &a.z * &b.z * 2u32 % p;
        let (f, g) = (self.minus(&m, &s), self.minus(&e, &c));
        let (h, i) = ((e + c) % p, (m + s) % p);
        Point { x: &f * &g % p, y: &h * &i % p, z: g * h % p, t: f * i % p }
    }

    fn times(&self, point: &Point, scalar: &BigUint) -> Point {
        let zero = BigUint::zero();
        let mut result = Point { x: zero.clone(), y: BigUint::one(), z: BigUint::one(), t: zero };
        for bit in (0..scalar.bits()).rev() {
            result = self.sum(&result, &result);
            if scalar.bit(bit) {
                result = self.sum(&result, point);
            }
        }
        result
    }

    fn negative(&self, point: &Point) -> Point {
        let zero = BigUint::zero();
        Point { x: self.minus(&zero, &point.x), t: self.minus(&zero, &point.t), ..point.clone() }
    }
}

/// Whether R = S·B − k·A, with k the hash of R, A and the message.
fn verifies(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let curve = &*CURVE;
    let (r, s) = signature.split_at(32);
    let s = BigUint::from_bytes_le(s);
    let (Some(base), Some(public)) = (&curve.base, curve.decode(key)) else { return false };
    if s >= curve.order {
        return false;
    }
    let hash = Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize();
    let k = BigUint::from_bytes_le(&hash) % &curve.order;
    let other = curve.times(&curve.negative(&public), &k);
    curve.encode(&curve.sum(&curve.times(base, &s), &other)) == r
}
