//! Access to arguments whose kinds the evaluator has checked, conversions with the reference's error
//! texts, and short constructors for the tables of the packages.

use super::host::{Body, Fault, Function, Handle, Host, Kind, Member, Param, Val};
use crate::number::Number;
use std::borrow::Cow;
use std::sync::Arc;

/// What a function gives.
pub(super) type Outcome = Result<Val, Fault>;

/// A function as a member of a package.
pub(super) const fn function(
    name: &'static str,
    params: &'static [Param],
    result: Kind,
    body: Body,
) -> Member {
    Member::Function(Function { name, params, result, body })
}

/// The error of a function that has failed.
pub(super) fn failed<T>(message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Failed(message.into()))
}

/// What is said of a value where a list is needed.
///
/// # Errors
/// Always; what may still become a list is incomplete.
pub(super) fn not_a_list<T>(host: &mut dyn Host, value: &Val) -> Result<T, Fault> {
    let shown = host.show(value);
    if !host.kind(value).and(Kind::LIST).is_bottom() {
        return Err(Fault::Incomplete(format!("non-concrete value {shown}")));
    }
    failed(format!("cannot use value {shown} (type {}) as list", kind_name(host, value)))
}

/// A string.
pub(super) fn string(text: impl Into<Arc<str>>) -> Val {
    Val::String(text.into())
}

/// An int.
pub(super) fn int(value: impl Into<Number>) -> Val {
    Val::Number(value.into())
}

/// Bytes.
pub(super) fn bytes(value: impl Into<Arc<[u8]>>) -> Val {
    Val::Bytes(value.into())
}

/// A list of strings.
pub(super) fn strings(host: &mut dyn Host, items: impl IntoIterator<Item = String>) -> Outcome {
    let items: Vec<Val> = items.into_iter().map(string).collect();
    host.charge(items.len().saturating_mul(32))?;
    Ok(host.list(items))
}

/// The kind as messages name it.
pub(super) fn kind_name(host: &dyn Host, value: &Val) -> &'static str {
    let kind = host.kind(value);
    match value {
        Val::Null => "null",
        Val::Bool(_) => "bool",
        Val::Number(Number::Float(_)) => "float",
        Val::Number(_) => "int",
        Val::String(_) => "string",
        Val::Bytes(_) => "bytes",
        Val::List(_) => "list",
        Val::Struct(_) => "struct",
        Val::Other(_) if kind == Kind::INT => "int",
        Val::Other(_) if kind == Kind::FLOAT => "float",
        Val::Other(_) if kind == Kind::NUMBER => "number",
        Val::Other(_) if kind == Kind::STRING => "string",
        Val::Other(_) if kind == Kind::BYTES => "bytes",
        Val::Other(_) if kind == Kind::BOOL => "bool",
        Val::Other(_) if kind == Kind::LIST => "list",
        Val::Other(_) if kind == Kind::STRUCT => "struct",
        Val::Other(_) => "_",
    }
}

/// The fault for an argument that is not what its parameter's kind says.
fn mismatch(at: usize, kind: Kind) -> Fault {
    Fault::Argument(at, kind)
}

/// A string argument.
pub(super) fn text(args: &[Val], at: usize) -> Result<&str, Fault> {
    match args.get(at) {
        Some(Val::String(text)) => Ok(text),
        _ => Err(mismatch(at, Kind::STRING)),
    }
}

/// A string or bytes argument as bytes.
pub(super) fn raw(args: &[Val], at: usize) -> Result<&[u8], Fault> {
    match args.get(at) {
        Some(Val::String(text)) => Ok(text.as_bytes()),
        Some(Val::Bytes(bytes)) => Ok(bytes),
        _ => Err(mismatch(at, Kind::BYTES_OR_STRING)),
    }
}

/// A string or bytes argument as text; what is not UTF-8 becomes U+FFFD.
pub(super) fn lossy(args: &[Val], at: usize) -> Result<Cow<'_, str>, Fault> {
    match args.get(at) {
        Some(Val::String(text)) => Ok(Cow::Borrowed(text)),
        Some(Val::Bytes(bytes)) => Ok(String::from_utf8_lossy(bytes)),
        _ => Err(mismatch(at, Kind::BYTES_OR_STRING)),
    }
}

/// A bool argument.
pub(super) fn boolean(args: &[Val], at: usize) -> Result<bool, Fault> {
    match args.get(at) {
        Some(Val::Bool(value)) => Ok(*value),
        _ => Err(mismatch(at, Kind::BOOL)),
    }
}

/// A number argument.
pub(super) fn number(args: &[Val], at: usize) -> Result<&Number, Fault> {
    match args.get(at) {
        Some(Val::Number(number)) => Ok(number),
        _ => Err(mismatch(at, Kind::NUMBER)),
    }
}

/// An int argument that must fit the given type, which messages name.
fn int_of<T: TryFrom<i64>>(args: &[Val], at: usize, type_name: &str) -> Result<T, Fault> {
    let number = number(args, at)?;
    match number.to_i64().and_then(|value| T::try_from(value).ok()) {
        Some(value) => Ok(value),
        None if number.is_int() => {
            failed(format!("int {} overflows {type_name} in argument {at}", number.cue_text()))
        }
        None => Err(mismatch(at, Kind::INT)),
    }
}

/// An int argument of 64 bits.
pub(super) fn int64(args: &[Val], at: usize) -> Result<i64, Fault> {
    int_of(args, at, "int64")
}

/// A character argument.
pub(super) fn rune(args: &[Val], at: usize) -> Result<i32, Fault> {
    int_of(args, at, "rune")
}

/// An int argument that counts bytes of a string: what does not fit is beyond any string.
pub(super) fn clamped(args: &[Val], at: usize) -> Result<i64, Fault> {
    let number = number(args, at)?;
    Ok(match number.to_i64() {
        Some(value) => value,
        None if !number.is_int() => return Err(mismatch(at, Kind::INT)),
        None if number.is_negative() => i64::MIN,
        None => i64::MAX,
    })
}

/// A number argument as a binary float.
pub(super) fn float64(args: &[Val], at: usize) -> Result<f64, Fault> {
    let number = number(args, at)?;
    let float = number.to_f64();
    if float.is_finite() {
        return Ok(float);
    }
    let kind = if number.is_int() { "int" } else { "float" };
    let direction = if number.is_negative() { "down" } else { "up" };
    failed(format!(
        "cannot use {} (type {kind}) as float64 in argument {at}: value was rounded {direction}",
        number.json_text()
    ))
}

/// A list argument.
pub(super) fn list(args: &[Val], at: usize) -> Result<Handle, Fault> {
    match args.get(at) {
        Some(Val::List(handle)) => Ok(*handle),
        _ => Err(mismatch(at, Kind::LIST)),
    }
}

/// The elements of a list argument.
pub(super) fn elements(host: &mut dyn Host, args: &[Val], at: usize) -> Result<Vec<Val>, Fault> {
    host.elements(list(args, at)?)
}

/// The elements of a list argument as they are, disjunctions too.
pub(super) fn members(host: &mut dyn Host, args: &[Val], at: usize) -> Result<Vec<Val>, Fault> {
    host.members(list(args, at)?)
}

/// The elements of a list argument that must be of one kind.
fn elements_of<T>(
    host: &mut dyn Host,
    args: &[Val],
    at: usize,
    name: &str,
    kind: Kind,
    take: fn(Val) -> Result<T, Val>,
) -> Result<Vec<T>, Fault> {
    let elements = elements(host, args, at)?;
    let mut taken = Vec::with_capacity(elements.len());
    for (i, element) in elements.into_iter().enumerate() {
        let value = match take(element) {
            Ok(value) => value,
            Err(other @ Val::Other(_)) if !host.kind(&other).and(kind).is_bottom() => {
                let shown = host.show(&other);
                return Err(Fault::Incomplete(format!(
                    "non-concrete value {shown} for element {i} of {name} list argument {at}"
                )));
            }
            Err(other) => {
                let shown = host.show(&other);
                let own = kind_name(host, &other);
                return failed(format!(
                    "invalid list element {i} in argument {at} to call: cannot use value {shown} ({own}) as {name}"
                ));
            }
        };
        taken.push(value);
    }
    Ok(taken)
}

/// The elements of a list of strings.
pub(super) fn text_elements(
    host: &mut dyn Host,
    args: &[Val],
    at: usize,
) -> Result<Vec<Arc<str>>, Fault> {
    elements_of(host, args, at, "string", Kind::STRING, |element| match element {
        Val::String(text) => Ok(text),
        other => Err(other),
    })
}

/// The elements of a list of numbers.
pub(super) fn number_elements(
    host: &mut dyn Host,
    args: &[Val],
    at: usize,
) -> Result<Vec<Number>, Fault> {
    elements_of(host, args, at, "number", Kind::NUMBER, |element| match element {
        Val::Number(number) => Ok(number),
        other => Err(other),
    })
}
