//! A finished graph read as data, without a copy of it.
//!
//! Writing JSON needs neither places nor definitions nor anything else that a [`Value`] keeps, so where
//! a graph is concrete from top to bottom its text is written from the nodes. What is not in order is
//! copied after all ([`Eval::freeze`]), and the copy says what is wrong.
//!
//! Cost: a visit per value that is written, and one before it to see whether it is concrete. Whatever
//! is shared is looked at once, and charged as often as it will be written, as a copy of it would be.
//!
//! [`Value`]: crate::value::Value

use super::freeze::SHARED_COST;
use super::node::{Entry, Label, Node, Val, flag};
use super::{Eval, Outcome};
use crate::data::{Look, View};
use crate::ir::Presence;
use crate::number::Number;
use crate::std::host::Kind;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// A node that is concrete, with all that is below it.
#[derive(Clone, Copy)]
pub(crate) struct Concrete<'e, 'a> {
    eval: &'e Eval<'a>,
    node: &'a Node<'a>,
}

/// What was found out about shared nodes: how many values are in each.
#[derive(Default)]
struct Sizes<'a> {
    known: FxHashMap<*const Node<'a>, u64>,
    total: u64,
}

impl<'a> Eval<'a> {
    /// The root as data, if all that it would be written as is concrete and nothing in it is an error.
    pub(crate) fn as_data<'e>(
        &'e self,
        root: &'a Node<'a>,
    ) -> Outcome<'a, Option<Concrete<'e, 'a>>> {
        let is_concrete = self.is_concrete(root, &mut Sizes::default())?;
        Ok(is_concrete.then_some(Concrete { eval: self, node: root }))
    }

    fn is_concrete(&self, node: &'a Node<'a>, sizes: &mut Sizes<'a>) -> Outcome<'a, bool> {
        let end = node.shared();
        if node.error().is_some() || end.error().is_some() || end.has(flag::FREEZING) {
            return Ok(false);
        }
        if !end.has(flag::TARGET) {
            return crate::depth::grow(|| self.is_concrete_here(end, sizes));
        }
        let key = std::ptr::from_ref(end);
        if let Some(size) = sizes.known.get(&key).copied() {
            sizes.total = sizes.total.saturating_add(size);
            self.charge(size.saturating_mul(SHARED_COST))?;
            return Ok(true);
        }
        let before = sizes.total;
        let found = crate::depth::grow(|| self.is_concrete_here(end, sizes))?;
        sizes.known.insert(key, sizes.total.saturating_sub(before));
        Ok(found)
    }

    fn is_concrete_here(&self, node: &'a Node<'a>, sizes: &mut Sizes<'a>) -> Outcome<'a, bool> {
        sizes.total = sizes.total.saturating_add(1);
        let node = node.target();
        if node.error().is_some() {
            return Ok(false);
        }
        if let Some(scalar) = node.scalar.get() {
            return Ok(scalar.is_data() && self.child_error(node).is_none());
        }
        if self.child_error(node).is_some() {
            return Ok(false);
        }
        if !node.arms().is_empty() {
            let Some(arm) = only_default(node) else { return Ok(false) };
            return self.is_concrete(arm, sizes);
        }
        let Some(fields) = node.fields.get() else { return Ok(false) };
        let is_list = !fields.lists.is_empty();
        if node.kind.get() != if is_list { Kind::LIST } else { Kind::STRUCT } {
            return Ok(false);
        }
        node.set(flag::FREEZING);
        let mut all = Ok(true);
        for entry in fields.entries.iter().filter(|entry| is_written(entry, is_list)) {
            all = match entry.node.presence.get() {
                Presence::Required => Ok(false),
                _ => self.is_concrete(entry.node, sizes),
            };
            if !matches!(all, Ok(true)) {
                break;
            }
        }
        node.unset(flag::FREEZING);
        all
    }
}

/// The arm that stands for a disjunction: its only default.
fn only_default<'a>(node: &Node<'a>) -> Option<&'a Node<'a>> {
    let mut defaults = node.arms().iter().filter(|arm| arm.default);
    match (defaults.next(), defaults.next()) {
        (Some(only), None) => Some(only.node),
        _ => None,
    }
}

fn is_written(entry: &Entry<'_>, of_list: bool) -> bool {
    match entry.label {
        Label::Index(_) => of_list,
        Label::Field(symbol) => {
            !of_list && symbol.is_regular() && entry.node.presence.get() != Presence::Optional
        }
        _ => false,
    }
}

impl<'e, 'a> Concrete<'e, 'a> {
    /// The fields or elements that are written, in their order.
    fn entries(self, node: &'a Node<'a>, of_list: bool) -> Below<'e, 'a> {
        let mut entries = self.eval.ordered(node);
        entries.retain(|entry| is_written(entry, of_list));
        Below { eval: self.eval, entries: entries.into_iter() }
    }
}

impl<'e, 'a> View<'e> for Concrete<'e, 'a> {
    type Label = Arc<str>;
    type Elements = Elements<'e, 'a>;
    type Fields = Below<'e, 'a>;

    fn look(self) -> Look<'e, Self> {
        let mut node = self.node.target();
        loop {
            return match node.scalar.get() {
                Some(Val::Bool(value)) => Look::Bool(value),
                Some(Val::Int(value)) => Look::Number(Cow::Owned(Number::Small(value))),
                Some(Val::Number(number)) => Look::Number(Cow::Borrowed(number)),
                Some(Val::String(text)) => Look::String(text),
                Some(Val::Bytes(bytes)) => Look::Bytes(bytes),
                Some(_) => Look::Null,
                None => {
                    if let Some(arm) = only_default(node) {
                        node = arm.target();
                        continue;
                    }
                    match node.kind.get() {
                        Kind::LIST => Look::List(Elements(self.entries(node, true))),
                        _ => Look::Struct(self.entries(node, false)),
                    }
                }
            };
        }
    }
}

/// Fields that are left to be read.
pub(crate) struct Below<'e, 'a> {
    eval: &'e Eval<'a>,
    entries: std::vec::IntoIter<Entry<'a>>,
}

impl<'e, 'a> Iterator for Below<'e, 'a> {
    type Item = (Arc<str>, Concrete<'e, 'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        let label = match entry.label {
            Label::Field(symbol) => self.eval.symbols.borrow().text(symbol).clone(),
            _ => Arc::default(),
        };
        Some((label, Concrete { eval: self.eval, node: entry.node }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl ExactSizeIterator for Below<'_, '_> {}

/// Elements that are left to be read.
pub(crate) struct Elements<'e, 'a>(Below<'e, 'a>);

impl<'e, 'a> Iterator for Elements<'e, 'a> {
    type Item = Concrete<'e, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let Below { eval, entries } = &mut self.0;
        entries.next().map(|entry| Concrete { eval, node: entry.node })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Elements<'_, '_> {}
