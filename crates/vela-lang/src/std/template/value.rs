//! Values of templates: data with the kinds that Go's templates see.

use crate::data::Data;
use crate::number::Number;
use std::rc::Rc;
use std::sync::Arc;

/// A value; lists and maps are shared.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// `null`, or what is not there.
    Nil,
    /// A bool.
    Bool(bool),
    /// An int of the data.
    Int(Number),
    /// An int written in the template.
    Constant(i64),
    /// A float.
    Float(f64),
    /// A string.
    String(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Rc<Vec<Value>>),
    /// A map, ordered by key.
    Map(Rc<Vec<(Arc<str>, Value)>>),
}

impl Value {
    /// Data as a value.
    pub(super) fn of(data: &Data) -> Value {
        match data {
            Data::Null => Value::Nil,
            Data::Bool(value) => Value::Bool(*value),
            Data::Number(number) if number.is_int() => Value::Int(number.clone()),
            Data::Number(number) => Value::Float(number.to_f64()),
            Data::String(text) => Value::String(text.clone()),
            Data::Bytes(bytes) => Value::Bytes(bytes.clone()),
            Data::List(elements) => Value::List(Rc::new(elements.iter().map(Value::of).collect())),
            Data::Struct(fields) => {
                let mut fields: Vec<_> =
                    fields.iter().map(|(label, value)| (label.clone(), Value::of(value))).collect();
                fields.sort_by(|a, b| a.0.cmp(&b.0));
                Value::Map(Rc::new(fields))
            }
        }
    }

    /// Whether conditions take it for true.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Value::Nil => false,
            Value::Bool(value) => *value,
            Value::Int(number) => !number.is_zero(),
            Value::Constant(int) => *int != 0,
            Value::Float(float) => *float != 0.0,
            Value::String(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(elements) => !elements.is_empty(),
            Value::Map(fields) => !fields.is_empty(),
        }
    }

    /// The name of its type in Go.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Value::Nil => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(Number::Small(_)) => "int64",
            Value::Int(_) => "*big.Int",
            Value::Constant(_) => "int",
            Value::Float(_) => "float64",
            Value::String(_) => "string",
            Value::Bytes(_) => "[]uint8",
            Value::List(_) => "[]interface {}",
            Value::Map(_) => "map[string]interface {}",
        }
    }

    /// The value of an int.
    pub(super) fn int(&self) -> Option<Number> {
        match self {
            Value::Int(number) => Some(number.clone()),
            Value::Constant(int) => Some(Number::Small(*int)),
            _ => None,
        }
    }

    /// The value of a key of a map.
    pub(super) fn key(&self, key: &str) -> Option<Value> {
        match self {
            Value::Map(fields) => {
                let at = fields.binary_search_by(|(own, _)| own.as_ref().cmp(key)).ok()?;
                Some(fields[at].1.clone())
            }
            _ => None,
        }
    }
}
