//! Package `encoding/base64`: the standard alphabet with padding.

use super::args::{Outcome, bytes, failed, function, int, int64, kind_name, raw, string, text};
use super::host::{Fault, Host, Kind, Package, Param, Val};
use base64::Engine as _;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "encoding/base64",
    members: &[
        function("EncodedLen", &[ENCODING, Param::new("n", Kind::INT)], Kind::INT, encoded_len),
        function("DecodedLen", &[ENCODING, Param::new("x", Kind::INT)], Kind::INT, decoded_len),
        function("Encode", &[ENCODING, SRC], Kind::STRING, encode),
        function("Decode", &[ENCODING, S], Kind::BYTES_OR_STRING, decode),
    ],
};

const ENCODING: Param = Param::new("encoding", Kind::TOP);
const S: Param = Param::new("s", Kind::STRING);
const SRC: Param = Param::new("src", Kind::BYTES_OR_STRING);

/// Only `null` names an encoding.
fn check_encoding(host: &mut dyn Host, args: &[Val]) -> Result<(), Fault> {
    match args.first() {
        None | Some(Val::Null) => Ok(()),
        Some(other) => {
            let shown = host.show(other);
            let kind = kind_name(host, other);
            failed(format!(
                "base64: unsupported encoding: cannot use value {shown} (type {kind}) as null"
            ))
        }
    }
}

fn encoded_len(host: &mut dyn Host, args: &[Val]) -> Outcome {
    check_encoding(host, args)?;
    Ok(int((int64(args, 1)?.saturating_add(2) / 3).saturating_mul(4)))
}

fn decoded_len(host: &mut dyn Host, args: &[Val]) -> Outcome {
    check_encoding(host, args)?;
    Ok(int((int64(args, 1)? / 4).saturating_mul(3)))
}

fn encode(host: &mut dyn Host, args: &[Val]) -> Outcome {
    check_encoding(host, args)?;
    let source = raw(args, 1)?;
    host.charge(source.len().saturating_mul(2))?;
    Ok(string(base64::prelude::BASE64_STANDARD.encode(source)))
}

fn value(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Decodes; line ends are skipped. The error is the offset of what is wrong.
fn decoded(source: &[u8]) -> Result<Vec<u8>, usize> {
    let significant: Vec<(usize, u8)> = source
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let mut out = Vec::with_capacity(significant.len() / 4 * 3);
    let mut at = 0;
    while at < significant.len() {
        let mut group = 0u32;
        for place in 0..4 {
            match significant.get(at + place) {
                None => return Err(source.len() - place),
                Some((offset, b'=')) => {
                    let rest = &significant[at + place + 1..];
                    let more = match (place, rest.first()) {
                        (0 | 1, _) => return Err(*offset),
                        (2, None) => return Err(source.len()),
                        (2, Some((_, b'='))) => &rest[1..],
                        (2, Some(_)) => return Err(*offset),
                        _ => rest,
                    };
                    if let Some((offset, _)) = more.first() {
                        return Err(*offset);
                    }
                    let group = group << (6 * (4 - place));
                    out.extend(&group.to_be_bytes()[1..place]);
                    return Ok(out);
                }
                Some((offset, byte)) => group = group << 6 | value(*byte).ok_or(*offset)?,
            }
        }
        out.extend(&group.to_be_bytes()[1..]);
        at += 4;
    }
    Ok(out)
}

fn decode(host: &mut dyn Host, args: &[Val]) -> Outcome {
    check_encoding(host, args)?;
    let source = text(args, 1)?;
    host.charge(source.len().saturating_mul(16))?;
    match decoded(source.as_bytes()) {
        Ok(decoded) => Ok(bytes(decoded)),
        Err(offset) => failed(format!("illegal base64 data at input byte {offset}")),
    }
}
