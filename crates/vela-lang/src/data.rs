//! Concrete data: what JSON and YAML can say, with exact numbers and ordered fields.

use crate::number::Number;
use std::sync::Arc;

/// A concrete value.
#[derive(Clone, PartialEq, Debug)]
pub enum Data {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An int or a float.
    Number(Number),
    /// A string.
    String(Arc<str>),
    /// Bytes; JSON and YAML write them in base64.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Vec<Data>),
    /// A struct: labels are unique and in output order.
    Struct(Vec<(Arc<str>, Data)>),
}
