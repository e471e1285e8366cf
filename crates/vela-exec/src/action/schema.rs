//! The parameters of actions: enough to refuse a wrong call with a clear text, and to list them.

use serde_json::Value as Json;

/// One parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it must be given.
    pub required: bool,
    /// What it is for.
    pub about: &'static str,
}

/// What a parameter holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// An object.
    Object,
    /// A list.
    List,
    /// Anything.
    Any,
}

impl FieldKind {
    fn holds(self, value: &Json) -> bool {
        match self {
            FieldKind::Text => value.is_string(),
            FieldKind::Number => value.is_number(),
            FieldKind::Bool => value.is_boolean(),
            FieldKind::Object => value.is_object(),
            FieldKind::List => value.is_array(),
            FieldKind::Any => true,
        }
    }

    fn name(self) -> &'static str {
        match self {
            FieldKind::Text => "text",
            FieldKind::Number => "a number",
            FieldKind::Bool => "true or false",
            FieldKind::Object => "an object",
            FieldKind::List => "a list",
            FieldKind::Any => "a value",
        }
    }
}

/// A parameter that must be given.
pub(super) const fn required(name: &'static str, kind: FieldKind, about: &'static str) -> Field {
    Field { name, kind, required: true, about }
}

/// A parameter that may be given.
pub(super) const fn optional(name: &'static str, kind: FieldKind, about: &'static str) -> Field {
    Field { name, kind, required: false, about }
}

/// Whether parameters fit.
pub(super) fn check(fields: &[Field], params: &Json) -> Result<(), String> {
    for field in fields {
        match params.get(field.name) {
            None | Some(Json::Null) if field.required => {
                return Err(format!("the parameter {} is missing ({})", field.name, field.about));
            }
            Some(value) if !value.is_null() && !field.kind.holds(value) => {
                return Err(format!("the parameter {} must be {}", field.name, field.kind.name()));
            }
            _ => {}
        }
    }
    Ok(())
}
