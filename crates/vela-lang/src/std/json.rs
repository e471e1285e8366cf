//! Package `encoding/json`.

use super::args::{Outcome, elements, failed, function, lossy, not_a_list, raw, string, text};
use super::host::{Fault, Host, Kind, Package, Param, Val};
use crate::data::Data;
use crate::encoding::json;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "encoding/json",
    members: &[
        function("Valid", &[DATA], Kind::BOOL, valid),
        function("Compact", &[SRC], Kind::STRING, compact),
        function("Indent", &[SRC, PREFIX, INDENT], Kind::STRING, indent),
        function("HTMLEscape", &[SRC], Kind::STRING, html_escape),
        function("Marshal", &[V], Kind::STRING, marshal),
        function("MarshalStream", &[V], Kind::STRING, marshal_stream),
        function("UnmarshalStream", &[DATA], Kind::TOP, unmarshal_stream),
        function("Unmarshal", &[B], Kind::TOP, unmarshal),
        function("Validate", &[B, SCHEMA], Kind::BOOL, validate),
    ],
};

const B: Param = Param::new("b", Kind::BYTES_OR_STRING);
const DATA: Param = Param::new("data", Kind::BYTES_OR_STRING);
const INDENT: Param = Param::new("indent", Kind::STRING);
const PREFIX: Param = Param::new("prefix", Kind::STRING);
const SCHEMA: Param = Param::lax("v", Kind::TOP);
const SRC: Param = Param::new("src", Kind::BYTES_OR_STRING);
const V: Param = Param::new("v", Kind::TOP);

fn valid(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(Val::Bool(json::check(&lossy(args, 0)?).is_ok()))
}

fn compact(_: &mut dyn Host, args: &[Val]) -> Outcome {
    json::compact(&lossy(args, 0)?).map(string).or_else(|error| failed(error.message))
}

fn indent(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (source, prefix, step) = (lossy(args, 0)?, text(args, 1)?, text(args, 2)?);
    // Every byte may be a line, at the greatest depth.
    let brackets = source.bytes().filter(|byte| matches!(byte, b'[' | b'{' | b',')).count();
    let depth = brackets.min(json::MAX_DEPTH);
    let line = prefix.len().saturating_add(step.len().saturating_mul(depth));
    host.charge(source.len().saturating_add(brackets.saturating_mul(2 * line)))?;
    json::indent(&source, prefix, step).map(string).or_else(|error| failed(error.message))
}

fn html_escape(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = lossy(args, 0)?;
    let mut out = String::with_capacity(source.len());
    for character in source.chars() {
        match character {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    Ok(string(out))
}

/// An argument as data.
pub(super) fn data(host: &mut dyn Host, args: &[Val], at: usize) -> Result<Data, Fault> {
    let value = args.get(at).cloned().unwrap_or(Val::Null);
    host.data(&value)
}

/// The elements of an argument that must be a list, as data.
pub(super) fn stream(host: &mut dyn Host, args: &[Val]) -> Result<Vec<Data>, Fault> {
    match args.first() {
        Some(Val::List(_)) => {
            let elements = elements(host, args, 0)?;
            elements.iter().map(|element| host.data(element)).collect()
        }
        other => {
            let value = other.cloned().unwrap_or(Val::Null);
            not_a_list(host, &value)
        }
    }
}

fn marshal(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let text = json::compact_text(&data(host, args, 0)?);
    host.charge(text.len())?;
    Ok(string(text))
}

fn marshal_stream(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let mut out = String::new();
    for data in stream(host, args)? {
        let text = json::compact_text(&data);
        host.charge(text.len())?;
        out.push_str(&text);
        out.push('\n');
    }
    Ok(string(out))
}

/// What a value of `n` bytes of text is charged for: the smallest element takes two bytes.
pub(super) fn charge_text(host: &mut dyn Host, length: usize) -> Result<(), Fault> {
    host.charge(length.saturating_mul(16))
}

fn parsed(host: &mut dyn Host, args: &[Val]) -> Result<Data, Fault> {
    let source = raw(args, 0)?;
    charge_text(host, source.len())?;
    let text = match std::str::from_utf8(source) {
        Ok(text) => text,
        Err(_) => return failed("json: could not parse JSON: illegal UTF-8 encoding"),
    };
    json::parse(text).or_else(|error| {
        if error.is_syntax() {
            return failed("json: invalid JSON");
        }
        let before = text.get(..error.offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        failed(format!("json:{line}:{column}: {}", error.message))
    })
}

fn unmarshal(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let data = parsed(host, args)?;
    Ok(host.from_data(&data))
}

fn unmarshal_stream(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = lossy(args, 0)?;
    charge_text(host, source.len())?;
    match json::parse_stream(&source) {
        Ok(values) => Ok(host.from_data(&Data::List(values.into()))),
        Err(error) if error.is_syntax() => {
            failed(format!("invalid JSON for file \"\": {}", error.message))
        }
        Err(error) => failed(error.message),
    }
}

fn validate(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let data = parsed(host, args)?;
    let value = host.from_data(&data);
    let schema = args.get(1).ok_or(Fault::Argument(1, Kind::TOP))?;
    match host.validate(&value, schema, false) {
        Ok(()) => Ok(Val::Bool(true)),
        Err(Fault::Unsatisfied(Some(detail))) => failed(detail),
        Err(Fault::NotYet(Some(detail))) => Err(Fault::Incomplete(detail)),
        Err(other) => Err(other),
    }
}
