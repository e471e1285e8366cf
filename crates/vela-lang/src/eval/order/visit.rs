//! The order in which a comprehension goes through a struct.
//!
//! It isn't the order of output, but that in which the reference finds fields: first what is written in
//! place, as it stands there, embedded literals and the bodies of comprehensions in their places; then what
//! comes through references, one after another; at last fields with computed labels.
//!
//! Nastiest case: with `s: {A, z: 1, (k): 1, if true {b: 1}}`, `A: x: 1` and `k: "c"`, `for l, _ in s {…}`
//! sees z, b, x, c, whereas `s` is printed as x, z, c, b.
//!
//! Cost: `n log n` in the number of labels.

use super::{ChainKind, Eval};
use crate::eval::node::{Entry, Label, Node};
use crate::ir::Symbol;
use crate::source::SourceId;
use rustc_hash::FxHashMap;

/// When a field is found: in place, through references, computed; then where.
type Rank = (u8, SourceId, u32, SourceId, u32);

impl<'a> Eval<'a> {
    /// The fields of a struct, or the elements of a list, in the order of comprehensions.
    pub(crate) fn visited(&self, node: &'a Node<'a>) -> Vec<Entry<'a>> {
        let Some(fields) = node.fields.get() else { return Vec::new() };
        let is_computed = || fields.literals.any(|l| l.chain.is_some_and(|c| c.is_computed()));
        if !fields.lists.is_empty() {
            return self.ordered(node);
        }
        let mut entries: Vec<Entry<'a>> = fields.entries.iter().collect();
        if fields.literals.len() < 2 && !is_computed() {
            return entries;
        }
        let mut ranks: FxHashMap<Symbol, Rank> = FxHashMap::default();
        let mut note = |label: Symbol, rank: Rank| {
            let first = ranks.entry(label).or_insert(rank);
            *first = rank.min(*first);
        };
        for chain in fields.literals.iter().filter_map(|l| l.chain) {
            let (class, reference) = match chain.through {
                Some(through) => (1, through.span),
                None => (0, crate::source::Span::NONE),
            };
            let at = |offset| (class, reference.source, reference.start, chain.source(), offset);
            match chain.kind {
                ChainKind::Literal(lit) => {
                    lit.fields.iter().for_each(|field| note(field.label, at(field.span.start)));
                }
                ChainKind::Made => {
                    let labels = chain.labels.iter();
                    labels.for_each(|(_, label)| note(label, at(chain.span.start)));
                }
            }
        }
        let computed: Rank = (2, SourceId(0), 0, SourceId(0), 0);
        entries.sort_by_key(|e| match e.label {
            Label::Field(symbol) => ranks.get(&symbol).copied().unwrap_or(computed),
            _ => computed,
        });
        entries
    }
}
