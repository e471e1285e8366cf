//! The order of fields in output.
//!
//! Each struct literal that took part in a node is a chain of labels in the order of the source.
//! Where all chains are declarations of the field in place, their concatenation, first appearance
//! first, is the order. Embedded literals and the bodies of comprehensions are chains of their own:
//! they stand before the literal that holds them unless nothing of that literal follows.

use super::Eval;
use super::node::{Entry, Label, Node};
use crate::ir::Presence;

impl<'a> Eval<'a> {
    /// The fields of a struct, or the elements of a list, in the order of output.
    pub(crate) fn ordered(&self, node: &'a Node<'a>) -> Vec<Entry<'a>> {
        let Some(fields) = node.fields.get() else { return Vec::new() };
        let mut entries: Vec<Entry<'a>> = fields
            .entries
            .iter()
            .filter(|e| {
                matches!(e.label, Label::Index(_)) || e.node.presence.get() >= Presence::Optional
            })
            .collect();
        if !fields.lists.is_empty() {
            entries.sort_by_key(|e| match e.label {
                Label::Index(i) => u64::from(i),
                _ => u64::from(u32::MAX) + 1,
            });
        }
        entries
    }
}
