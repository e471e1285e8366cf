//! Package `encoding/hex`.

use super::args::{Outcome, bytes, failed, function, int, int64, raw, string, text};
use super::host::{Host, Kind, Package, Param, Val};
use crate::encoding::quote::{Keep, is_printable, quoted_character};
use std::fmt::Write as _;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "encoding/hex",
    members: &[
        function("EncodedLen", &[Param::new("n", Kind::INT)], Kind::INT, encoded_len),
        function("DecodedLen", &[Param::new("x", Kind::INT)], Kind::INT, decoded_len),
        function("Decode", &[Param::new("s", Kind::STRING)], Kind::BYTES_OR_STRING, decode),
        function("Dump", &[Param::new("data", Kind::BYTES_OR_STRING)], Kind::STRING, dump),
        function("Encode", &[Param::new("src", Kind::BYTES_OR_STRING)], Kind::STRING, encode),
    ],
};

fn encoded_len(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(int(int64(args, 0)?.saturating_mul(2)))
}

fn decoded_len(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(int(int64(args, 0)? / 2))
}

/// Lower-case digits of bytes.
pub(super) fn encoded(source: &[u8]) -> String {
    source.iter().fold(String::with_capacity(source.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn encode(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = raw(args, 0)?;
    host.charge(source.len().saturating_mul(2))?;
    Ok(string(encoded(source)))
}

fn decode(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    host.charge(source.len())?;
    let mut out = Vec::with_capacity(source.len() / 2);
    let mut high = None;
    for byte in source.bytes() {
        let Some(digit) = char::from(byte).to_digit(16) else {
            let character = char::from(byte);
            let shown = if is_printable(character) {
                format!(" {}", quoted_character(character, Keep::Printable).replace("\\'", "'"))
            } else {
                String::new()
            };
            return failed(format!("encoding/hex: invalid byte: U+{byte:04X}{shown}"));
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => out.extend(u8::try_from(high * 16 + digit)),
        }
    }
    match high {
        Some(_) => failed("encoding/hex: odd length hex string"),
        None => Ok(bytes(out)),
    }
}

fn dump(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = raw(args, 0)?;
    host.charge(source.len().saturating_mul(5))?;
    let mut out = String::new();
    for (line, chunk) in source.chunks(16).enumerate() {
        let _ = write!(out, "{:08x}", line * 16);
        for place in 0..16 {
            if place % 8 == 0 {
                out.push(' ');
            }
            match chunk.get(place) {
                Some(byte) => {
                    let _ = write!(out, " {byte:02x}");
                }
                None => out.push_str("   "),
            }
        }
        out.push_str("  |");
        let shown = chunk.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        });
        out.extend(shown);
        out.push_str("|\n");
    }
    Ok(string(out))
}
