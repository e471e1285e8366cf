//! The functions that every template has.

use super::print;
use super::value::Value;
use crate::std::host::{Fault, Host};
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::rc::Rc;

const NAMES: [&str; 19] = [
    "and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or",
    "print", "printf", "println", "slice", "urlquery",
];

/// Whether there is such a function.
pub(super) fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// What is wrong with the number of arguments.
pub(super) fn arity(name: &str, given: usize) -> Option<String> {
    let exactly = match name {
        "len" | "not" => 1,
        "ne" | "lt" | "le" | "gt" | "ge" => 2,
        _ => {
            let least = match name {
                "index" | "slice" | "eq" | "printf" => 1,
                _ => 0,
            };
            return (given < least).then(|| {
                format!("wrong number of args for {name}: want at least {least} got {given}")
            });
        }
    };
    (given != exactly)
        .then(|| format!("wrong number of args for {name}: want {exactly} got {given}"))
}

/// The result, or the message of a function that fails.
type Called = Result<Value, String>;

/// Calls a function.
pub(super) fn call(host: &mut dyn Host, name: &str, args: Vec<Value>) -> Result<Called, Fault> {
    let text = |text: String| Ok(Value::String(text.into()));
    Ok(match (name, args.as_slice()) {
        ("len", [value]) => length(value),
        ("not", [value]) => Ok(Value::Bool(!value.is_true())),
        ("eq", [first, rest @ ..]) => equal_any(first, rest),
        ("ne", [a, b]) => equal(a, b).map(|equal| Value::Bool(!equal)),
        ("lt", [a, b]) => compare(a, b).map(|order| Value::Bool(order.is_lt())),
        ("le", [a, b]) => compare(a, b).map(|order| Value::Bool(order.is_le())),
        ("gt", [a, b]) => compare(a, b).map(|order| Value::Bool(order.is_gt())),
        ("ge", [a, b]) => compare(a, b).map(|order| Value::Bool(order.is_ge())),
        ("index", [item, keys @ ..]) => index(item, keys),
        ("slice", [item, bounds @ ..]) => slice(item, bounds),
        ("print", args) => text(charged(host, print::joined(args))?),
        ("println", args) => {
            let parts: Vec<String> = args.iter().map(print::plain).collect();
            text(charged(host, parts.join(" ") + "\n")?)
        }
        ("printf", [Value::String(format), args @ ..]) => {
            text(print::formatted(host, format, args)?)
        }
        ("printf", [other, ..]) => {
            Err(format!("wrong type for value; expected string; got {}", other.type_name()))
        }
        ("html", args) => text(super::html_escaped(&charged(host, print::joined(args))?)),
        ("js", args) => text(super::js_escaped(&charged(host, print::joined(args))?)),
        ("urlquery", args) => text(query_escaped(&charged(host, print::joined(args))?)),
        (name, args) => Err(format!("wrong number of args for {name}: got {}", args.len())),
    })
}

fn charged(host: &mut dyn Host, text: String) -> Result<String, Fault> {
    host.charge(text.len().saturating_mul(6))?;
    Ok(text)
}

fn query_escaped(source: &str) -> String {
    source.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b' ' => out.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => {
                out.push(char::from(byte));
            }
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

fn length(value: &Value) -> Called {
    let length = match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(elements) => elements.len(),
        Value::Map(fields) => fields.len(),
        Value::Nil => return Err("len of nil pointer".to_owned()),
        other => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(Value::Constant(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// Whether two values of one basic kind are equal.
fn equal(a: &Value, b: &Value) -> Result<bool, String> {
    Ok(match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::Nil, _) | (_, Value::Nil) => false,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (a, b) => match (a.int(), b.int()) {
            (Some(a), Some(b)) => a == b,
            _ => {
                let composite = |value: &Value| {
                    matches!(value, Value::List(_) | Value::Map(_) | Value::Bytes(_))
                };
                if let Some(value) = [a, b].into_iter().find(|value| composite(value)) {
                    return Err(format!(
                        "non-comparable type {}: {}",
                        print::plain(value),
                        value.type_name()
                    ));
                }
                return Err(format!(
                    "incompatible types for comparison: {} and {}",
                    a.type_name(),
                    b.type_name()
                ));
            }
        },
    })
}

fn equal_any(first: &Value, rest: &[Value]) -> Called {
    if rest.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in rest {
        if equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn compare(a: &Value, b: &Value) -> Result<Ordering, String> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(b).unwrap_or(Ordering::Equal)),
        (a, b) => match (a.int(), b.int()) {
            (Some(a), Some(b)) => Ok(a.compare(&b)),
            _ => {
                let ordered = |value: &Value| {
                    matches!(value, Value::String(_) | Value::Float(_)) || value.int().is_some()
                };
                Err(if ordered(a) && ordered(b) {
                    "incompatible types for comparison".to_owned()
                } else {
                    "invalid type for comparison".to_owned()
                })
            }
        },
    }
}

/// A place in something of that length.
fn place(index: &Value, limit: usize) -> Result<usize, String> {
    let Some(int) = index.int() else {
        return Err(match index {
            Value::Nil => "cannot index slice/array with nil".to_owned(),
            other => format!("cannot index slice/array with type {}", other.type_name()),
        });
    };
    let place = int.to_i64().and_then(|int| usize::try_from(int).ok());
    place
        .filter(|place| *place < limit)
        .ok_or_else(|| format!("index out of range: {}", int.cue_text()))
}

fn index(item: &Value, keys: &[Value]) -> Called {
    let mut item = item.clone();
    if matches!(item, Value::Nil) {
        return Err("index of untyped nil".to_owned());
    }
    for key in keys {
        item = match &item {
            Value::List(elements) => elements[place(key, elements.len())?].clone(),
            Value::String(text) => {
                Value::Constant(i64::from(text.as_bytes()[place(key, text.len())?]))
            }
            Value::Bytes(bytes) => Value::Constant(i64::from(bytes[place(key, bytes.len())?])),
            Value::Map(_) => match key {
                Value::String(name) => item.key(name).unwrap_or(Value::Nil),
                Value::Nil => return Err("value is nil; should be of type string".to_owned()),
                other => {
                    return Err(format!("value has type {}; should be string", other.type_name()));
                }
            },
            Value::Nil => return Err("index of nil pointer".to_owned()),
            other => return Err(format!("can't index item of type {}", other.type_name())),
        };
    }
    Ok(item)
}

fn slice(item: &Value, bounds: &[Value]) -> Called {
    let length = match item {
        Value::List(elements) => elements.len(),
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Nil => return Err("slice of untyped nil".to_owned()),
        other => return Err(format!("can't slice item of type {}", other.type_name())),
    };
    if bounds.len() > 3 {
        return Err(format!("too many slice indexes: {}", bounds.len()));
    }
    let low = bounds.first().map_or(Ok(0), |bound| place(bound, length + 1))?;
    let high = bounds.get(1).map_or(Ok(length), |bound| place(bound, length + 1))?;
    if low > high {
        return Err(format!("invalid slice index: {low} > {high}"));
    }
    Ok(match item {
        Value::List(elements) => Value::List(Rc::new(elements[low..high].to_vec())),
        Value::String(text) => {
            Value::String(String::from_utf8_lossy(&text.as_bytes()[low..high]).into())
        }
        Value::Bytes(bytes) => Value::Bytes(bytes[low..high].into()),
        _ => Value::Nil,
    })
}
