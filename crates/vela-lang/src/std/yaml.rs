//! Package `encoding/yaml`.

use super::args::{Outcome, failed, function, raw, string};
use super::host::{Fault, Host, Kind, Package, Param, Val};
use super::json::{charge_text, data, stream};
use crate::data::Data;
use crate::encoding::yaml::{self, Dialect, YamlError};

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "encoding/yaml",
    members: &[
        function("Marshal", &[V], Kind::STRING, marshal),
        function("MarshalStream", &[V], Kind::STRING, marshal_stream),
        function("Unmarshal", &[DATA], Kind::TOP, unmarshal),
        function("UnmarshalStream", &[DATA], Kind::TOP, unmarshal_stream),
        function("Validate", &[B, SCHEMA], Kind::BOOL, validate),
        function("ValidatePartial", &[B, SCHEMA], Kind::BOOL, validate_partial),
    ],
};

const B: Param = Param::new("b", Kind::BYTES_OR_STRING);
const DATA: Param = Param::new("data", Kind::BYTES_OR_STRING);
const SCHEMA: Param = Param::lax("v", Kind::TOP);
const V: Param = Param::new("v", Kind::TOP);

fn marshal(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let text = yaml::text(&data(host, args, 0)?);
    host.charge(text.len())?;
    Ok(string(text))
}

fn marshal_stream(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let text = yaml::stream_text(&stream(host, args)?);
    host.charge(text.len())?;
    Ok(string(text))
}

/// A bad document; `name` is what the reference calls the text.
fn malformed<T>(name: &str, error: &YamlError) -> Result<T, Fault> {
    failed(format!("{name}:{}: {}", error.line, error.message))
}

fn source<'a>(host: &mut dyn Host, args: &'a [Val]) -> Result<&'a str, Fault> {
    let source = raw(args, 0)?;
    charge_text(host, source.len())?;
    std::str::from_utf8(source).or_else(|_| failed(": invalid leading UTF-8 octet"))
}

fn unmarshal(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = source(host, args)?;
    match yaml::parse(source, Dialect::Cue) {
        Ok(_) if source.is_empty() => Ok(host.null_or_any()),
        Ok(data) => Ok(host.from_data(&data)),
        Err(error) => malformed("", &error),
    }
}

fn unmarshal_stream(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = source(host, args)?;
    if source.is_empty() {
        let empty = host.null_or_any();
        return Ok(host.list(vec![empty]));
    }
    match yaml::parse_all(source, Dialect::Cue) {
        Ok(documents) => Ok(host.from_data(&Data::List(documents.into()))),
        Err(error) => malformed("", &error),
    }
}

/// Checks every document; the fault of the first that does not satisfy the schema.
fn validated(host: &mut dyn Host, args: &[Val], name: &str, concrete: bool) -> Result<(), Fault> {
    let documents = match yaml::parse_all(source(host, args)?, Dialect::Cue) {
        Ok(documents) => documents,
        Err(error) => return malformed(name, &error),
    };
    let schema = args.get(1).ok_or(Fault::Argument(1, Kind::TOP))?;
    for document in &documents {
        let value = host.from_data(document);
        host.validate(&value, schema, concrete)?;
    }
    Ok(())
}

fn validate(host: &mut dyn Host, args: &[Val]) -> Outcome {
    match validated(host, args, "yaml.Validate", true) {
        Ok(()) => Ok(Val::Bool(true)),
        Err(Fault::Unsatisfied(Some(detail)) | Fault::NotYet(Some(detail))) => failed(detail),
        Err(other) => Err(other),
    }
}

fn validate_partial(host: &mut dyn Host, args: &[Val]) -> Outcome {
    match validated(host, args, "yaml.ValidatePartial", false) {
        Ok(()) | Err(Fault::NotYet(_)) => Ok(Val::Bool(true)),
        Err(Fault::Unsatisfied(Some(detail))) => failed(detail),
        Err(other) => Err(other),
    }
}
