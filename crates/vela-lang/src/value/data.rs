//! Values to plain data and back.

use super::{Content, LabelKind, Value};
use crate::data::Data;
use crate::diagnostic::{Class, Diagnostic, Error};
use crate::ir::Presence;
use crate::std::host::Kind;

/// How a value that is not concrete becomes so.
fn way_to_concrete(value: &Value) -> &'static str {
    match &value.0.content {
        Content::Disjunction(_) => "choose one, or mark a default with *",
        _ => "give it a concrete value, or a default: *value | type",
    }
}

/// The way down to a value, as text only for errors.
enum At<'p> {
    Root,
    Field(&'p At<'p>, &'p str),
    Index(&'p At<'p>, usize),
}

impl At<'_> {
    fn text(&self) -> String {
        let mut steps = Vec::new();
        let mut at = self;
        loop {
            at = match at {
                At::Root => break,
                At::Field(up, label) => {
                    steps.push(crate::export::label(label));
                    up
                }
                At::Index(up, index) => {
                    steps.push(index.to_string());
                    up
                }
            };
        }
        steps.reverse();
        steps.join(".")
    }
}

impl Value {
    /// The value as data: concrete, with defaults taken; definitions, hidden and optional fields left
    /// out.
    ///
    /// # Errors
    /// What is an error, not concrete, or required and missing, each with its path.
    pub fn data(&self) -> Result<Data, Error> {
        let mut errors = Vec::new();
        let data = self.data_at(&At::Root, &mut errors);
        if errors.is_empty() { Ok(data) } else { Err(Error::new(errors)) }
    }

    /// Whether [`Value::data`] gives data.
    pub fn is_data(&self) -> bool {
        let value = self.default();
        let inner = &value.0;
        if !inner.errors().is_empty() {
            return false;
        }
        match &inner.content {
            Content::Null
            | Content::Bool(_)
            | Content::Number(_)
            | Content::String(_)
            | Content::Bytes(_) => true,
            Content::List { elements, .. } => {
                elements.iter().all(|element| crate::depth::grow(|| element.is_data()))
            }
            Content::Struct => inner.fields.iter().all(|field| {
                field.kind != LabelKind::Regular
                    || match field.presence {
                        Presence::Optional => true,
                        Presence::Required => false,
                        Presence::Regular => crate::depth::grow(|| field.value.is_data()),
                    }
            }),
            Content::Bottom
            | Content::Function(_)
            | Content::Disjunction(_)
            | Content::Constraint(_) => false,
        }
    }

    fn data_at(&self, at: &At<'_>, errors: &mut Vec<Diagnostic>) -> Data {
        let value = self.default();
        let inner = &value.0;
        if !inner.errors().is_empty() {
            errors.extend(inner.errors().iter().cloned());
            return Data::Null;
        }
        match &inner.content {
            Content::Null => Data::Null,
            Content::Bool(b) => Data::Bool(*b),
            Content::Number(n) => Data::Number(n.clone()),
            Content::String(s) => Data::String(s.clone()),
            Content::Bytes(b) => Data::Bytes(b.clone()),
            Content::List { elements, .. } => Data::List(
                elements
                    .iter()
                    .enumerate()
                    .map(|(i, e)| crate::depth::grow(|| e.data_at(&At::Index(at, i), errors)))
                    .collect(),
            ),
            Content::Struct => {
                let mut fields = Vec::with_capacity(inner.fields.len());
                for field in &inner.fields {
                    if field.kind != LabelKind::Regular || field.presence == Presence::Optional {
                        continue;
                    }
                    let at = At::Field(at, &field.label);
                    if field.presence == Presence::Required {
                        let text = "field is required but not present";
                        let mut error =
                            Diagnostic::new("cue/required-field", Class::Incomplete, text)
                                .path(at.text())
                                .help("give the field a value; with ? it may be left out");
                        for span in field.value.origins() {
                            error = error.label(*span, "");
                        }
                        errors.push(error);
                    } else {
                        let data = crate::depth::grow(|| field.value.data_at(&at, errors));
                        fields.push((field.label.clone(), data));
                    }
                }
                Data::Struct(fields.into())
            }
            Content::Bottom
            | Content::Function(_)
            | Content::Disjunction(_)
            | Content::Constraint(_) => {
                let text = format!("incomplete value {}", crate::export::compact(&value));
                let mut error = Diagnostic::new("cue/incomplete", Class::Incomplete, text)
                    .path(at.text())
                    .help(way_to_concrete(&value));
                for span in inner.origins.as_slice().iter() {
                    error = error.label(*span, "");
                }
                errors.push(error);
                Data::Null
            }
        }
    }

    /// Data as a value.
    pub fn from_data(data: &Data) -> Value {
        match data {
            Data::Null => Value::new(Kind::NULL, Content::Null),
            Data::Bool(b) => Value::new(Kind::BOOL, Content::Bool(*b)),
            Data::Number(n) => {
                let kind = if n.is_int() { Kind::INT } else { Kind::FLOAT };
                Value::new(kind, Content::Number(n.clone()))
            }
            Data::String(s) => Value::new(Kind::STRING, Content::String(s.clone())),
            Data::Bytes(b) => Value::new(Kind::BYTES, Content::Bytes(b.clone())),
            Data::List(items) => {
                let elements = items
                    .iter()
                    .map(|item| crate::depth::grow(|| Value::from_data(item)))
                    .collect();
                Value::new(Kind::LIST, Content::List { elements, open: false })
            }
            Data::Struct(fields) => {
                let mut value = super::Inner {
                    kind: Kind::STRUCT,
                    content: Content::Struct,
                    fields: Vec::with_capacity(fields.len()),
                    child: None,
                    closed: false,
                    ellipsis: false,
                    origins: super::Places::None,
                    notes: None,
                };
                value.fields.extend(fields.iter().map(|(label, data)| super::Field {
                    label: label.clone(),
                    kind: LabelKind::Regular,
                    presence: Presence::Regular,
                    value: crate::depth::grow(|| Value::from_data(data)),
                    info: Vec::new(),
                }));
                Value(std::sync::Arc::new(value))
            }
        }
    }
}
