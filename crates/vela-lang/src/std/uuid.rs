//! Package `uuid`.

use super::args::{Outcome, failed, function, int, number, raw, string, text};
use super::hex::encoded;
use super::host::{Fault, Host, Kind, Member, Package, Param, Val};
use crate::encoding::quote::{Keep, quoted};
use crate::number::Number;
use num_bigint::{BigInt, Sign};
use sha2::digest::Digest;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "uuid",
    members: &[
        function("Valid", &[Param::new("s", Kind::STRING)], Kind::BOOL, valid),
        function("Parse", &[Param::new("s", Kind::STRING)], Kind::STRING, parse),
        function("URN", &[X], Kind::STRING, urn),
        function("FromInt", &[Param::new("i", Kind::INT)], Kind::STRING, from_int),
        function("ToInt", &[X], Kind::INT, to_int),
        function("Variant", &[X], Kind::INT, variant),
        function("Version", &[X], Kind::INT, version),
        function("SHA1", &[SPACE, DATA], Kind::STRING, sha1),
        function("MD5", &[SPACE, DATA], Kind::STRING, md5),
        Member::Constant("ns", NAMESPACES),
        Member::Constant("variants", VARIANTS),
    ],
};

const DATA: Param = Param::new("data", Kind::BYTES_OR_STRING);
const SPACE: Param = Param::new("space", Kind::STRING);
const X: Param = Param::new("x", Kind::STRING);

const NAMESPACES: &str = r#"{
	DNS:  "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	URL:  "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
	OID:  "6ba7b812-9dad-11d1-80b4-00c04fd430c8"
	X500: "6ba7b814-9dad-11d1-80b4-00c04fd430c8"
	Nil:  "00000000-0000-0000-0000-000000000000"
}"#;

const VARIANTS: &str = "{Invalid: 0, RFC4122: 1, Reserved: 2, Microsoft: 3, Future: 4}";

type Uuid = [u8; 16];

fn parsed(source: &str) -> Result<Uuid, Fault> {
    let invalid = || failed("invalid UUID format");
    let body = match source.len() {
        36 => source,
        45 => {
            let prefix = source.get(..9).unwrap_or_default();
            if !prefix.eq_ignore_ascii_case("urn:uuid:") {
                let shown = quoted(prefix, Keep::Printable);
                return failed(format!("invalid urn prefix: {shown}"));
            }
            source.get(9..).unwrap_or_default()
        }
        // Any pair of characters may enclose it.
        38 => source.get(1..37).unwrap_or_default(),
        32 => source,
        length => return failed(format!("invalid UUID length: {length}")),
    };
    let mut digits = Vec::with_capacity(32);
    for (at, byte) in body.bytes().enumerate() {
        if body.len() == 36 && matches!(at, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return invalid();
            }
            continue;
        }
        match char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()) {
            Some(digit) => digits.push(digit),
            None => return invalid(),
        }
    }
    let bytes: Vec<u8> =
        digits.chunks(2).filter_map(|pair| Some(pair[0] << 4 | pair.get(1)?)).collect();
    Uuid::try_from(bytes.as_slice()).or_else(|_| invalid())
}

fn shown(uuid: &Uuid) -> String {
    let digits = encoded(uuid);
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}

fn valid(_: &mut dyn Host, args: &[Val]) -> Outcome {
    parsed(text(args, 0)?).map(|_| Val::Bool(true))
}

fn parse(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(shown(&parsed(text(args, 0)?)?)))
}

fn urn(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(format!("urn:uuid:{}", shown(&parsed(text(args, 0)?)?))))
}

fn from_int(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let value = number(args, 0)?.to_bigint().ok_or(Fault::Argument(0, Kind::INT))?;
    let (_, bytes) = value.to_bytes_be();
    if bytes.len() > 16 {
        return failed(format!("invalid UUID (got {} bytes)", bytes.len()));
    }
    let mut uuid = [0; 16];
    uuid[16 - bytes.len()..].copy_from_slice(&bytes);
    Ok(string(shown(&uuid)))
}

/// As in the reference the number is that of the text's bytes, not of the UUID.
fn to_int(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let bytes = text(args, 0)?.as_bytes();
    if bytes.len() > 1000 {
        return failed(format!("invalid UUID length: {}", bytes.len()));
    }
    Ok(int(Number::from(BigInt::from_bytes_be(Sign::Plus, bytes))))
}

fn variant(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let uuid = parsed(text(args, 0)?)?;
    Ok(int(match uuid[8] {
        byte if byte & 0xc0 == 0x80 => 1i64,
        byte if byte & 0xe0 == 0xc0 => 3,
        byte if byte & 0xe0 == 0xe0 => 4,
        _ => 2,
    }))
}

fn version(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(int(i64::from(parsed(text(args, 0)?)?[6] >> 4)))
}

/// The UUID of a name in a namespace.
fn named<D: Digest>(host: &mut dyn Host, args: &[Val], version: u8) -> Outcome {
    let (space, data) = (parsed(text(args, 0)?)?, raw(args, 1)?);
    host.charge(data.len())?;
    let hash = D::new().chain_update(space).chain_update(data).finalize();
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&hash[..16]);
    uuid[6] = uuid[6] & 0x0f | version << 4;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    Ok(string(shown(&uuid)))
}

fn sha1(host: &mut dyn Host, args: &[Val]) -> Outcome {
    named::<sha1::Sha1>(host, args, 5)
}

fn md5(host: &mut dyn Host, args: &[Val]) -> Outcome {
    named::<md5::Md5>(host, args, 3)
}
