//! Equality: of scalars, of values, and of the arms of a disjunction.

use super::node::{Conjunct, Entry, Label, Node, Val, What};
use super::{Eval, Outcome};
use crate::ir::Presence;
use crate::std::host::Kind;

/// How many optional fields within each other are evaluated to see whether two arms are the same.
const MOST_OPTIONALS: u32 = 8;

impl<'a> Eval<'a> {
    /// Whether two scalars are the same: of one kind and equal.
    pub(crate) fn same_scalar(&self, a: Val<'a>, b: Val<'a>) -> bool {
        match (a, b) {
            (Val::Null, Val::Null) => true,
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Int(a), Val::Int(b)) => a == b,
            (Val::Number(a), Val::Number(b)) => a.is_int() == b.is_int() && a.compare(b).is_eq(),
            (Val::String(a), Val::String(b)) => a == b,
            (Val::Bytes(a), Val::Bytes(b)) => a == b,
            (Val::Function(a), Val::Function(b)) => std::ptr::eq(a, b),
            (Val::Node(a), Val::Node(b)) => std::ptr::eq(a.target(), b.target()),
            _ => false,
        }
    }

    /// A key that is equal for equal scalars, for sets; `None` where there is no cheap one.
    pub(crate) fn scalar_key(&self, node: &'a Node<'a>) -> Option<ScalarKey<'a>> {
        match node.scalar.get()? {
            Val::Null => Some(ScalarKey::Null),
            Val::Bool(b) => Some(ScalarKey::Bool(b)),
            Val::Int(i) => Some(ScalarKey::Int(i)),
            Val::String(s) => Some(ScalarKey::String(s)),
            Val::Bytes(b) => Some(ScalarKey::Bytes(b)),
            _ => None,
        }
    }

    /// Equality of two lists or structs as `==` has it: regular fields, in any order, of equal kinds.
    pub(crate) fn equal_nodes(&self, a: &'a Node<'a>, b: &'a Node<'a>) -> Outcome<'a, bool> {
        self.deeper(|| self.equal_nodes_here(a, b))
    }

    fn equal_nodes_here(&self, a: &'a Node<'a>, b: &'a Node<'a>) -> Outcome<'a, bool> {
        self.charge(1)?;
        let a = self.value_default(a)?;
        let b = self.value_default(b)?;
        match (a.scalar.get(), b.scalar.get()) {
            (Some(x), Some(y)) => return Ok(self.same_scalar(x, y)),
            (None, None) => {}
            _ => return Ok(false),
        }
        let (kind, other) = (a.kind.get(), b.kind.get());
        if kind != other {
            return Ok(false);
        }
        let left = self.regular(a);
        let right = self.regular(b);
        if left.len() != right.len() {
            return Ok(false);
        }
        for entry in left {
            let Some(twin) = self.entry(b, entry.label) else { return Ok(false) };
            if twin.presence.get() != Presence::Regular || !self.equal_nodes(entry.node, twin)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A node with its default taken, where it has one.
    pub(crate) fn value_default(&self, node: &'a Node<'a>) -> Outcome<'a, &'a Node<'a>> {
        self.shallow(node)?;
        let node = node.target();
        let mut defaults = node.arms().iter().filter(|arm| arm.default);
        match (defaults.next(), defaults.next()) {
            (Some(only), None) => self.value_default(only.node),
            _ => Ok(node),
        }
    }

    /// The regular fields or elements of a node.
    pub(crate) fn regular(&self, node: &'a Node<'a>) -> Vec<Entry<'a>> {
        let Some(fields) = node.fields.get() else { return Vec::new() };
        fields
            .entries
            .iter()
            .filter(|entry| match entry.label {
                Label::Field(symbol) => {
                    symbol.is_regular() && entry.node.presence.get() == Presence::Regular
                }
                _ => true,
            })
            .collect()
    }

    /// What is not concrete below a node, as a message: `a.b: incomplete value int`.
    pub(crate) fn first_incomplete(&self, node: &'a Node<'a>) -> Outcome<'a, Option<String>> {
        self.deeper(|| {
            let node = self.value_default(node)?;
            if node.scalar.get().is_some() {
                return Ok(None);
            }
            let kind = node.kind.get();
            if kind != Kind::STRUCT && kind != Kind::LIST || !node.arms().is_empty() {
                return Ok(Some(format!("incomplete value {}", self.show(self.known_top(node)))));
            }
            let Some(fields) = node.fields.get() else { return Ok(None) };
            for entry in fields.entries.iter() {
                let name = self.label_text(entry.label);
                match (entry.label, entry.node.presence.get()) {
                    (Label::Field(s), _) if !s.is_regular() => continue,
                    (_, Presence::Optional) => continue,
                    (_, Presence::Required) => {
                        return Ok(Some(format!("{name}: field is required but not present")));
                    }
                    _ => {}
                }
                if let Some(found) = self.first_incomplete(entry.node)? {
                    let dot =
                        if found.starts_with("incomplete value") || found.starts_with("field is") {
                            ": "
                        } else {
                            "."
                        };
                    return Ok(Some(format!("{name}{dot}{found}")));
                }
            }
            Ok(None)
        })
    }

    /// Whether two arms of a disjunction are the same value, so that one is enough.
    pub(crate) fn same_arms(&self, a: &'a Node<'a>, b: &'a Node<'a>) -> Outcome<'a, bool> {
        self.deeper(|| self.same_arms_here(a, b, 0))
    }

    /// Whether two values are the same; their fields are evaluated for that.
    pub(crate) fn same_values(&self, a: &'a Node<'a>, b: &'a Node<'a>) -> Outcome<'a, bool> {
        self.deeper(|| self.same_arms_here(a, b, 1))
    }

    fn same_arms_here(
        &self,
        a: &'a Node<'a>,
        b: &'a Node<'a>,
        optionals: u32,
    ) -> Outcome<'a, bool> {
        self.charge(1)?;
        if optionals > 0 {
            self.shallow(a)?;
            self.shallow(b)?;
        }
        let (a, b) = (a.target(), b.target());
        if std::ptr::eq(a, b) {
            return Ok(true);
        }
        match (a.scalar.get(), b.scalar.get()) {
            (Some(x), Some(y)) if !self.same_scalar(x, y) => return Ok(false),
            (Some(_), Some(_)) | (None, None) => {}
            _ => return Ok(false),
        }
        if a.kind.get() != b.kind.get() || a.error().is_some() != b.error().is_some() {
            return Ok(false);
        }
        let (left, right) = (a.arms(), b.arms());
        if left.len() != right.len() {
            return Ok(false);
        }
        for (x, y) in left.iter().zip(right) {
            if !self.deeper(|| self.same_arms_here(x.node, y.node, optionals))? {
                return Ok(false);
            }
        }
        if !left.is_empty() {
            return Ok(true);
        }
        if !self.same_constraints(a, b) {
            return Ok(false);
        }
        match (a.fields.get(), b.fields.get()) {
            (None, None) => return Ok(true),
            (Some(_), Some(_)) => {}
            _ => return Ok(false),
        }
        if self.was_closed(a) != self.was_closed(b) {
            return Ok(false);
        }
        self.same_fields(a, b, optionals)
    }

    fn same_fields(&self, a: &'a Node<'a>, b: &'a Node<'a>, optionals: u32) -> Outcome<'a, bool> {
        let (Some(left), Some(right)) = (a.fields.get(), b.fields.get()) else { return Ok(true) };
        if left.entries.len() != right.entries.len() {
            return Ok(false);
        }
        if !left.lists.is_empty() && self.is_open_list(left) != self.is_open_list(right) {
            return Ok(false);
        }
        for entry in left.entries.iter() {
            let Some(twin) = self.entry(b, entry.label) else { return Ok(false) };
            if twin.presence.get() != entry.node.presence.get() {
                return Ok(false);
            }
            // What optional fields say is not evaluated where it says the same; nor is it followed
            // without end.
            let optional = twin.presence.get() == Presence::Optional;
            if optional && says_the_same(entry.node, twin) {
                continue;
            }
            let inside = optionals + u32::from(optional);
            if inside > MOST_OPTIONALS
                || !self.deeper(|| self.same_arms_here(entry.node, twin, inside))?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn same_constraints(&self, a: &'a Node<'a>, b: &'a Node<'a>) -> bool {
        let (left, right) = match (a.extra.get(), b.extra.get()) {
            (None, None) => return true,
            (Some(x), Some(y)) => (x, y),
            (Some(x), None) | (None, Some(x)) => {
                return x.bounds.is_empty() && x.validators.is_empty();
            }
        };
        left.bounds.len() == right.bounds.len()
            && left.validators.len() == right.validators.len()
            && left
                .bounds
                .iter()
                .all(|x| right.bounds.any(|y| x.op == y.op && self.same_scalar(x.value, y.value)))
            && left.validators.iter().all(|x| {
                right.validators.any(|y| {
                    std::ptr::eq(*y, x)
                        || (self.source_text(y.function) == self.source_text(x.function)
                            && x.args.len() == y.args.len()
                            && x.args.iter().zip(y.args).all(|(p, q)| self.same_scalar(*p, *q)))
                })
            })
    }
}

/// Whether two nodes have conjuncts of the same expressions.
fn says_the_same<'a>(a: &Node<'a>, b: &Node<'a>) -> bool {
    let same = |(x, y): (Conjunct<'a>, Conjunct<'a>)| match (x.what, y.what) {
        (What::Expr(x), What::Expr(y)) => std::ptr::eq(x, y),
        (What::Struct(x), What::Struct(y)) => std::ptr::eq(x, y),
        (What::Val(x), What::Val(y)) => std::ptr::eq(x, y),
        _ => false,
    };
    a.conjuncts.len() == b.conjuncts.len() && a.conjuncts.iter().zip(b.conjuncts.iter()).all(same)
}

/// A scalar as a key of a set.
#[derive(PartialEq, Eq, Hash)]
pub(crate) enum ScalarKey<'a> {
    Null,
    Bool(bool),
    Int(i64),
    String(&'a str),
    Bytes(&'a [u8]),
}
