//! What a value may still become. Checks that count (`struct.MinFields`, `list.UniqueItems`) fail for
//! good only where nothing that is added could help.

use super::Eval;
use super::node::{Label, Node, Val};
use crate::ir::Presence;
use crate::std::host::Kind;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

impl<'a> Eval<'a> {
    /// How many regular fields a struct may still get; nothing where there is no bound.
    ///
    /// Of a closed struct these are the optional and required ones that are not in error.
    pub(crate) fn room(&self, node: &'a Node<'a>) -> Option<usize> {
        let node = node.target();
        let fields = node.fields.get()?;
        if !self.is_closed(node) || !fields.patterns.is_empty() {
            return None;
        }
        let may_come = fields.entries.iter().filter(|entry| {
            let regular = matches!(entry.label, Label::Field(symbol) if symbol.is_regular());
            regular
                && entry.node.presence.get() != Presence::Regular
                && self.shallow(entry.node).is_ok()
                && self.fatal_error(entry.node.target()).is_none()
        });
        Some(may_come.count())
    }

    /// Whether a value may still become more specific.
    pub(crate) fn may_change(&self, val: Val<'a>) -> bool {
        let Val::Node(node) = val else {
            return matches!(
                val,
                Val::Kind(_) | Val::Range(_) | Val::Bound(_) | Val::Validator(_) | Val::Frozen(_)
            );
        };
        let Ok(node) = self.value_default(node) else { return true };
        if node.scalar.get().is_some() {
            return false;
        }
        let Some(fields) = node.fields.get() else { return true };
        let open = match node.kind.get() {
            Kind::LIST => self.is_open_list(fields),
            Kind::STRUCT => self.room(node) != Some(0),
            _ => true,
        };
        open || !node.arms().is_empty()
            || self
                .regular(node)
                .iter()
                .any(|entry| crate::depth::grow(|| self.may_change(Val::Node(entry.node))))
    }

    /// A number that is equal for values that are equal, whatever the order of fields.
    pub(crate) fn fingerprint(&self, val: Val<'a>) -> u64 {
        let mut hasher = FxHasher::default();
        match val {
            Val::Null => 0u8.hash(&mut hasher),
            Val::Bool(b) => b.hash(&mut hasher),
            Val::Int(i) => i.hash(&mut hasher),
            Val::Number(n) => n.to_f64().to_bits().hash(&mut hasher),
            Val::String(s) => s.hash(&mut hasher),
            Val::Bytes(b) => b.hash(&mut hasher),
            Val::Node(node) => return self.node_fingerprint(node),
            other => self.show(other).hash(&mut hasher),
        }
        hasher.finish()
    }

    fn node_fingerprint(&self, node: &'a Node<'a>) -> u64 {
        let node = self.value_default(node).unwrap_or(node);
        if let Some(scalar) = node.scalar.get() {
            return self.fingerprint(scalar);
        }
        let mut hasher = FxHasher::default();
        node.kind.get().hash(&mut hasher);
        if node.fields.get().is_none() {
            self.show(Val::Node(node)).hash(&mut hasher);
            return hasher.finish();
        }
        let mut sum = hasher.finish();
        for entry in self.regular(node) {
            let mut own = FxHasher::default();
            entry.label.hash(&mut own);
            crate::depth::grow(|| self.node_fingerprint(entry.node)).hash(&mut own);
            sum = sum.wrapping_add(own.finish());
        }
        sum
    }
}
