//! Making values out of values.

use super::{Content, Field, Inner, LabelKind, Value};
use crate::diagnostic::Class;
use crate::ir::Presence;
use crate::source::Span;
use crate::std::host::Kind;
use std::sync::Arc;

impl Value {
    /// An open struct of these regular fields, in this order; labels must differ.
    ///
    /// ```
    /// use vela_lang::{Data, Value};
    /// let one = Value::from_data(&Data::Bool(true));
    /// let value = Value::from_fields([("a".into(), one)]);
    /// assert_eq!(format!("{value:?}"), "{a:true}");
    /// ```
    pub fn from_fields(fields: impl IntoIterator<Item = (Arc<str>, Value)>) -> Value {
        let fields: Vec<Field> = fields
            .into_iter()
            .map(|(label, value)| Field {
                label,
                kind: LabelKind::Regular,
                presence: Presence::Regular,
                value,
                info: Vec::new(),
            })
            .collect();
        let child = strongest(fields.iter().map(|field| &field.value));
        let mut inner = Inner::empty(Kind::STRUCT, Content::Struct);
        (inner.fields, inner.child) = (fields, child);
        Value(Arc::new(inner))
    }

    /// The same value, with more places that it comes from.
    #[must_use]
    pub fn with_origins(self, spans: &[Span]) -> Value {
        let known = self.0.origins.as_slice();
        if spans.iter().all(|span| known.contains(span)) {
            return self;
        }
        let mut inner = Arc::try_unwrap(self.0).unwrap_or_else(|shared| Inner {
            kind: shared.kind,
            content: shared.content.clone(),
            fields: shared.fields.clone(),
            child: shared.child,
            closed: shared.closed,
            ellipsis: shared.ellipsis,
            origins: shared.origins.clone(),
            notes: shared.notes.clone(),
        });
        let mut origins = inner.origins.as_slice().to_vec();
        origins.extend(spans.iter().filter(|span| !inner.origins.as_slice().contains(span)));
        inner.origins = super::Places::of(origins);
        Value(Arc::new(inner))
    }

    /// A closed list of these elements.
    pub fn from_elements(elements: impl IntoIterator<Item = Value>) -> Value {
        let elements: Vec<Value> = elements.into_iter().collect();
        let child = strongest(elements.iter());
        let content = Content::List { elements, open: false };
        let mut inner = Inner::empty(Kind::LIST, content);
        inner.child = child;
        Value(Arc::new(inner))
    }
}

/// The strongest class of errors in these values that no information can mend.
fn strongest<'v>(values: impl Iterator<Item = &'v Value>) -> Option<Class> {
    values
        .flat_map(|value| {
            let own = value.0.errors().iter().map(|error| error.class);
            own.filter(|class| *class > Class::Incomplete).chain(value.0.child)
        })
        .max()
}
