//! Evaluated values, independent of the evaluation that made them.
//!
//! A [`Value`] is one pointer, is `Send + Sync`, and is cheap to clone. It may be concrete data, a
//! constraint that is not concrete yet, a disjunction, or an error; its fields know where they come
//! from.

mod build;
mod check;
mod data;
mod lookup;
mod types;
mod walk;

pub use lookup::{Path, Selector};
pub use walk::{Conjunct, Walk, Which};

use crate::diagnostic::{Class, Diagnostic};
use crate::ir::{FieldInfo, Presence};
use crate::number::Number;
use crate::source::Span;
use crate::std::host::{Function, Kind};
use crate::syntax::ast::UnaryOp;
use std::sync::Arc;

/// An evaluated value.
#[derive(Clone)]
pub struct Value(pub(crate) Arc<Inner>);

const _: () = assert!(size_of::<Value>() == size_of::<usize>());
const _: () = assert!(size_of::<Field>() <= 64);
const _: () = is_shared::<Value>();

const fn is_shared<T: Send + Sync>() {}

/// What a value is made of.
#[derive(Debug)]
pub(crate) struct Inner {
    /// The kinds that it has or may have.
    pub(crate) kind: Kind,
    pub(crate) content: Content,
    /// Fields of a struct; definitions and hidden fields beside a scalar or a list.
    pub(crate) fields: Vec<Field>,
    /// The strongest fatal class of what is below.
    pub(crate) child: Option<Class>,
    /// A struct that takes no more fields.
    pub(crate) closed: bool,
    /// A struct with `...`, in a place where it would be closed else.
    pub(crate) ellipsis: bool,
    /// Where it came from: the places of its conjuncts.
    pub(crate) origins: Places,
    /// What few values have.
    pub(crate) notes: Option<Box<Notes>>,
}

const _: () = assert!(size_of::<Inner>() <= 96);

/// What is said about values that are errors or not concrete.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// The value's own errors.
    pub(crate) errors: Vec<Diagnostic>,
    /// The expressions that it was made from, where they are worth showing.
    pub(crate) source: Vec<Span>,
}

impl Notes {
    /// Nothing where there is nothing to say.
    pub(crate) fn of(errors: Vec<Diagnostic>, source: Vec<Span>) -> Option<Box<Notes>> {
        let any = !errors.is_empty() || !source.is_empty();
        any.then(|| Box::new(Notes { errors, source }))
    }
}

/// Places in the sources: most values come from one.
#[derive(Clone, Debug, Default)]
pub(crate) enum Places {
    #[default]
    None,
    One(Span),
    Many(Box<[Span]>),
}

impl Places {
    pub(crate) fn of(spans: Vec<Span>) -> Places {
        match spans.as_slice() {
            [] => Places::None,
            [only] => Places::One(*only),
            _ => Places::Many(spans.into()),
        }
    }

    pub(crate) fn as_slice(&self) -> &[Span] {
        match self {
            Places::None => &[],
            Places::One(span) => std::slice::from_ref(span),
            Places::Many(spans) => spans,
        }
    }
}

impl Inner {
    /// A value without fields, errors and places.
    pub(crate) fn empty(kind: Kind, content: Content) -> Inner {
        Inner {
            kind,
            content,
            fields: Vec::new(),
            child: None,
            closed: false,
            ellipsis: false,
            origins: Places::None,
            notes: None,
        }
    }

    /// The value's own errors.
    pub(crate) fn errors(&self) -> &[Diagnostic] {
        self.notes.as_ref().map_or(&[], |notes| &notes.errors)
    }

    /// The expressions that it was made from, where they are worth showing.
    pub(crate) fn source(&self) -> &[Span] {
        self.notes.as_ref().map_or(&[], |notes| &notes.source)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let nests = matches!(
            self.content,
            Content::List { .. } | Content::Disjunction(_) | Content::Constraint(_)
        );
        if nests || !self.fields.is_empty() {
            let fields = std::mem::take(&mut self.fields);
            let content = std::mem::replace(&mut self.content, Content::Null);
            crate::depth::grow(|| drop((fields, content)));
        }
    }
}

/// The value proper.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// An error; see [`Notes::errors`].
    Bottom,
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    /// A function: its name.
    Function(Arc<str>),
    Struct,
    List {
        elements: Vec<Value>,
        open: bool,
    },
    /// More than one possibility is left.
    Disjunction(Vec<Arm>),
    /// Any value of the kinds that satisfies these.
    Constraint(Box<Constraint>),
}

/// What a value has to satisfy beside its kinds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Constraint {
    pub(crate) bounds: Vec<(UnaryOp, Value)>,
    pub(crate) validators: Vec<Check>,
}

/// One possibility of a disjunction.
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    pub(crate) default: bool,
    pub(crate) value: Value,
}

/// A validator.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    /// Package path, empty for functions of the language.
    pub(crate) package: &'static str,
    pub(crate) name: &'static str,
    pub(crate) function: Option<Function>,
    pub(crate) args: Vec<Value>,
}

/// What a label says about its field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LabelKind {
    /// `x`, `"x y"`
    Regular,
    /// `#x`
    Definition,
    /// `_x`, `_#x`
    Hidden,
}

/// A field of a struct value.
#[derive(Clone, Debug)]
pub struct Field {
    /// The label, with `#` and `_`, without quotes.
    pub label: Arc<str>,
    /// What the label says.
    pub kind: LabelKind,
    /// Whether it is there, may be there, or has to be.
    pub presence: Presence,
    /// The value.
    pub value: Value,
    /// Comments and attributes, of all declarations.
    pub info: Vec<Arc<FieldInfo>>,
}

impl Value {
    pub(crate) fn new(kind: Kind, content: Content) -> Value {
        Value(Arc::new(Inner::empty(kind, content)))
    }

    /// The kinds that it has, or may have if it is not concrete.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Its own errors: of class incomplete where more information could help.
    pub fn errors(&self) -> &[Diagnostic] {
        self.0.errors()
    }

    /// Whether it is an error that no information can mend, itself or somewhere below.
    pub fn is_error(&self) -> bool {
        self.0.child.is_some() || self.0.errors().iter().any(|e| e.class > Class::Incomplete)
    }

    /// The value with its default taken: of a disjunction with one default, that one.
    pub fn default(&self) -> Value {
        let Content::Disjunction(arms) = &self.0.content else { return self.clone() };
        let mut defaults = arms.iter().filter(|arm| arm.default);
        match (defaults.next(), defaults.next()) {
            (Some(only), None) => only.value.default(),
            _ => self.clone(),
        }
    }

    /// Whether it is a scalar, a struct or a list. What is below may still not be concrete.
    pub fn is_concrete(&self) -> bool {
        !matches!(
            self.0.content,
            Content::Bottom | Content::Disjunction(_) | Content::Constraint(_)
        )
    }

    /// The fields of a struct in output order; also definitions and hidden fields beside a scalar.
    pub fn fields(&self) -> &[Field] {
        &self.0.fields
    }

    /// The elements of a list; empty for anything else.
    pub fn elements(&self) -> &[Value] {
        match &self.0.content {
            Content::List { elements, .. } => elements,
            _ => &[],
        }
    }

    /// Whether a struct takes no more fields, or a list no more elements.
    pub fn is_closed(&self) -> bool {
        match &self.0.content {
            Content::List { open, .. } => !open,
            _ => self.0.closed,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0.content {
            Content::String(text) => Some(text),
            _ => None,
        }
    }

    /// A bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self.0.content {
            Content::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// A number.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.0.content {
            Content::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The places of the declarations that made it.
    pub fn origins(&self) -> &[Span] {
        self.0.origins.as_slice()
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::export::compact(self))
    }
}

impl Value {
    /// A struct with one field.
    pub fn with_field(label: &str, value: Value) -> Value {
        let kind = match label.as_bytes() {
            [b'#', ..] => LabelKind::Definition,
            [b'_', ..] => LabelKind::Hidden,
            _ => LabelKind::Regular,
        };
        let field = Field {
            label: label.into(),
            kind,
            presence: Presence::Regular,
            value,
            info: Vec::new(),
        };
        Value(Arc::new(Inner {
            kind: Kind::STRUCT,
            content: Content::Struct,
            fields: vec![field],
            child: None,
            closed: false,
            ellipsis: true,
            origins: Places::None,
            notes: None,
        }))
    }
}
