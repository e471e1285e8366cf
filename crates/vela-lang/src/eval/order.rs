//! The order of fields in output.
//!
//! It comes from the source, not from the order of evaluation. Every struct literal that took part in a
//! node is a [`Chain`]: its own labels as written. Chains get a *position*, are sorted by it, and fall
//! into *batches*; a batch comes before the next.
//!
//! # Positions
//!
//! Positions are offsets in the file that the node is declared in; files of a package have no order
//! between them.
//!
//! - What comes through a reference is where the reference stands that was gone through first, all of it,
//!   however it is made: below `x: #A & …` the parts of `#A` have no position of their own any more.
//! - A literal is where its *last* label is: an embedded literal, the body of a comprehension or the arm
//!   of a disjunction in the middle of another literal comes before all of it, one at the end after it.
//!   A computed label or a pattern counts before plain labels.
//! - A literal that embeds references is where the last of them is, wherever its labels are (not before
//!   these if it is to a field of the same struct). A reference
//!   that brings something that is found late (a computed label, a pattern, an arm of a disjunction,
//!   another reference) goes before those that don't.
//! - A literal that comes through several references is where the first of them is.
//! - At the same position literals with computed labels come last, in the order in which the labels were
//!   found.
//!
//! # Batches
//!
//! A batch is *free*, without order between its chains, or consists of a single chain. Operands of `&`
//! are free, and so are several chains at the same position (empty ones don't count there). Free batches that are neighbours are one.
//! Between batches an edge goes from each last label of the one to each first label of the next; a
//! single chain leaves out labels that came before it, a free batch doesn't. Where no batch is free, that is
//! the order of first appearance. Else labels come in topological order, the smallest first, and
//! those of a cycle together, sorted.
//!
//! Nastiest cases: `{B, m: 1, A, k: 1}` with `A: {c, a}`, `B: {y, b}` is `y b c a m k`: the literal is
//! where `A` is and free of it. `{d: 1} & {{}, a: 1}` is `d a`: the empty literal, which is not an
//! operand, stands between the operands and parts them. `{x, c} & {}` and `{x}` is `x c`, but `{x, c}`
//! and `{x, d} & _` is `c x d`: the free batch repeats `x` and closes a cycle. `{A, m: 1}` with
//! `A: {("a"): 1}` is `m a`: the computed label comes last.
//!
//! Cost: `n log n` in the number of literals and of labels in free batches, else linear.

mod graph;
mod visit;

use super::Eval;
use super::arena::Rare;
use super::node::{Entry, Label, Node, What};
use super::resolve::is_reference;
use crate::ir::{Decl, Struct, Symbol};
use crate::source::{SourceId, Span};
use graph::{FEW, Graph};
use rustc_hash::{FxHashMap, FxHashSet};

/// Where something takes part in a node.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The literal that it is a declaration of, and which: of the parent node, or of the same node
    /// where it is embedded.
    pub(crate) within: Option<(&'a Chain<'a>, u32)>,
    embedded: bool,
    /// The reference that it came through first.
    through: Option<&'a Through<'a>>,
    /// Whether it is an operand of `&`.
    operand: bool,
    /// Whether it is found only when other things are known.
    late: bool,
}

impl<'a> Place<'a> {
    /// The value of a field, by the literal of the parent node that declares it.
    pub(crate) fn declared(within: Option<(&'a Chain<'a>, u32)>) -> Place<'a> {
        let through = within.and_then(|(chain, _)| chain.through);
        Place { within, embedded: false, through, operand: false, late: false }
    }

    /// Embedded in a literal of the same node.
    pub(crate) fn embedded(chain: &'a Chain<'a>, at: u32) -> Place<'a> {
        Place {
            within: Some((chain, at)),
            embedded: true,
            through: chain.through,
            operand: false,
            late: chain.late,
        }
    }

    /// An operand of `&` at this place.
    pub(crate) fn operand(self) -> Place<'a> {
        Place { embedded: false, operand: true, ..self }
    }

    /// An alternative, or a computed value, at this place.
    pub(crate) fn late(self) -> Place<'a> {
        let operand = self.operand && self.through.is_some();
        Place { embedded: false, operand, late: true, ..self }
    }
}

/// A reference that chains came through.
pub(crate) struct Through<'a> {
    span: Span,
    /// The literal that embeds it.
    host: Option<&'a Chain<'a>>,
    /// Whether it is to a field of the same struct.
    own: bool,
}

/// What a chain is.
#[derive(Clone, Copy)]
pub(crate) enum ChainKind<'a> {
    /// A struct literal.
    Literal(&'a Struct),
    /// Labels without a literal: values made by functions or evaluated before.
    Made,
}

/// The labels of a struct literal in the order of the source.
pub(crate) struct Chain<'a> {
    pub(crate) kind: ChainKind<'a>,
    span: Span,
    through: Option<&'a Through<'a>>,
    operand: bool,
    late: bool,
    /// Labels found while evaluating, with their positions.
    pub(crate) labels: Rare<'a, (u32, Symbol)>,
}

/// A chain with its position.
struct Part<'a> {
    chain: &'a Chain<'a>,
    source: SourceId,
    at: u32,
    computed: bool,
    /// Whether it has labels, or embeds references.
    counts: bool,
}

impl<'a> Eval<'a> {
    /// A chain for what takes part at a place.
    pub(crate) fn chain(&self, kind: ChainKind<'a>, place: Place<'a>, span: Span) -> &'a Chain<'a> {
        let Place { through, operand, late, .. } = place;
        self.bump.alloc(Chain { kind, span, through, operand, late, labels: Rare::new() })
    }

    /// The place of what a reference at a place refers to, and whether that is a field of the same struct.
    pub(crate) fn referred(&self, place: Place<'a>, span: Span, own: bool) -> Place<'a> {
        match place.through {
            Some(_) => Place { within: None, embedded: false, late: true, ..place },
            None => {
                let host = place.within.filter(|_| place.embedded).map(|(chain, _)| chain);
                let through = Some(&*self.bump.alloc(Through { span, host, own }));
                Place { within: None, embedded: false, through, ..place }
            }
        }
    }

    /// What the elements of a list at a place are declared in.
    pub(crate) fn list_declared(
        &self,
        place: Place<'a>,
        span: Span,
    ) -> Option<(&'a Chain<'a>, u32)> {
        place.through.map(|_| (self.chain(ChainKind::Made, place, span), 0))
    }

    /// The fields of a struct, or the elements of a list, in the order of output.
    pub(crate) fn ordered(&self, node: &'a Node<'a>) -> Vec<Entry<'a>> {
        let Some(fields) = node.fields.get() else { return Vec::new() };
        let mut entries: Vec<Entry<'a>> = fields.entries.iter().collect();
        if !fields.lists.is_empty() {
            entries.sort_by_key(|e| match e.label {
                Label::Index(i) => u64::from(i),
                _ => u64::from(u32::MAX) + 1,
            });
            return entries;
        }
        if fields.literals.len() < 2 && !fields.literals.any(|l| l.chain.is_some_and(is_mixed)) {
            return entries;
        }
        let order = self.label_order(self.ordered_as(node), &entries);
        if order.len() <= FEW {
            entries.sort_by_cached_key(|e| {
                match e.label {
                    Label::Field(symbol) => order.iter().position(|label| *label == symbol),
                    _ => None,
                }
                .unwrap_or(usize::MAX)
            });
            return entries;
        }
        let rank: FxHashMap<Symbol, usize> = order.into_iter().zip(0..).collect();
        entries.sort_by_key(|e| match e.label {
            Label::Field(symbol) => rank.get(&symbol).copied().unwrap_or(usize::MAX),
            _ => usize::MAX,
        });
        entries
    }

    /// What a node refers to that is nothing but a reference: it has its order, too. The node itself where
    /// it says more, or has got more fields.
    fn ordered_as(&self, node: &'a Node<'a>) -> &'a Node<'a> {
        let mut at = node;
        // Longer ways come from references to references, which share what they refer to.
        for _ in 0..16 {
            let (Some(conjunct), true) = (at.conjuncts.get(0), at.conjuncts.len() == 1) else {
                break;
            };
            let What::Expr(expr) = conjunct.what else { break };
            let link = at.extra.get().and_then(|extra| extra.links.get(0));
            match link.filter(|_| is_reference(expr)) {
                Some(link) => at = link.target.target(),
                None => break,
            }
        }
        let count = |node: &Node<'a>| node.fields.get().map_or(0, |fields| fields.entries.len());
        if count(at) == count(node) { at } else { node }
    }

    fn label_order(&self, node: &'a Node<'a>, entries: &[Entry<'a>]) -> Vec<Symbol> {
        let Some(fields) = node.fields.get() else { return Vec::new() };
        let chains: Vec<&'a Chain<'a>> = fields.literals.iter().filter_map(|l| l.chain).collect();
        let parts = sorted_parts(&chains, entries);
        let batches = batches(&parts);
        if parts.first().map(|p| p.source) == parts.last().map(|p| p.source)
            && !batches.iter().any(|batch| is_free(&parts[batch.clone()]))
        {
            return appearance(&parts);
        }
        let mut graph = Graph::default();
        let (mut seen, mut last) = (FxHashSet::default(), Vec::new());
        let mut file = None;
        for batch in batches {
            let parts = &parts[batch];
            let is_free = is_free(parts);
            let source = parts.first().map(|p| p.source);
            if source != file {
                file = source;
                seen.clear();
                last.clear();
            }
            let (mut firsts, mut lasts) = (Vec::new(), Vec::new());
            for part in parts {
                let mut labels = part.chain.own_labels();
                if !is_free {
                    labels.retain(|label| !seen.contains(label));
                }
                graph.chain(&labels);
                firsts.extend(labels.first());
                lasts.extend(labels.last());
                seen.extend(labels);
            }
            if firsts.is_empty() {
                continue;
            }
            for from in &last {
                firsts.iter().for_each(|to| graph.edge(*from, *to));
            }
            last = lasts;
        }
        let symbols = self.symbols.borrow();
        graph.sorted(&|symbol| symbols.text(symbol).clone())
    }
}

fn is_mixed(chain: &Chain<'_>) -> bool {
    matches!(chain.kind, ChainKind::Made) || chain.is_computed()
}

/// Chains by file and position.
fn sorted_parts<'a>(chains: &[&'a Chain<'a>], entries: &[Entry<'a>]) -> Vec<Part<'a>> {
    // Where the literals are that embed references: (late, offset), the greatest.
    let mut hosts: FxHashMap<*const Chain<'a>, (bool, u32)> = FxHashMap::default();
    for chain in chains {
        if let Some(Through { span, host: Some(host), own }) = chain.through {
            let start = if *own { span.start.max(host.position()) } else { span.start };
            let here = (chain.late || chain.has_pattern() || chain.is_computed(), start);
            let at = hosts.entry(std::ptr::from_ref(*host)).or_insert(here);
            *at = here.max(*at);
        }
    }
    let mut parts: Vec<Part<'a>> = chains
        .iter()
        .map(|chain| {
            let host = hosts.get(&std::ptr::from_ref(*chain));
            let (source, at) = match chain.through {
                Some(through) => (through.span.source, through.span.start),
                None if chain.has_pattern() => (chain.span.source, chain.position()),
                None => (chain.span.source, host.map_or_else(|| chain.position(), |(_, at)| *at)),
            };
            let counts = host.is_some() || !chain.is_empty();
            Part { chain, source, at, computed: chain.is_computed(), counts }
        })
        .collect();
    parts.sort_by_key(|p| (p.source, p.at, p.computed));
    by_computed_label(&mut parts, entries);
    drop_repeated(&mut parts);
    parts
}

/// Drops literals that came through one reference after they came through another.
fn drop_repeated(parts: &mut Vec<Part<'_>>) {
    if parts.iter().filter(|part| part.chain.through.is_some()).count() < 2 {
        return;
    }
    let mut first: FxHashMap<*const Struct, (SourceId, u32)> = FxHashMap::default();
    parts.retain(|part| match (part.chain.kind, part.chain.through) {
        (ChainKind::Literal(lit), Some(_)) => {
            let here = (part.source, part.at);
            *first.entry(std::ptr::from_ref(lit)).or_insert(here) == here
        }
        _ => true,
    });
}

/// Sorts the literals with computed labels that are at the same position.
fn by_computed_label(parts: &mut [Part<'_>], entries: &[Entry<'_>]) {
    let is_same = |a: &Part<'_>, b: &Part<'_>| a.computed && b.computed && a.is_beside(b);
    if !parts.windows(2).any(|pair| is_same(&pair[0], &pair[1])) {
        return;
    }
    let found: FxHashMap<Symbol, usize> = entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| match entry.label {
            Label::Field(symbol) => Some((symbol, at)),
            _ => None,
        })
        .collect();
    let first = |part: &Part<'_>| {
        let labels = part.chain.labels.iter();
        labels.filter_map(|(_, label)| found.get(&label)).min().copied().unwrap_or(usize::MAX)
    };
    parts
        .chunk_by_mut(|a, b| a.computed && b.computed && a.is_beside(b))
        .filter(|same| same.len() > 1)
        .for_each(|same| same.sort_by_cached_key(&first));
}

/// Ranges of parts that are batches; those with several parts or an operand are free.
fn batches(parts: &[Part<'_>]) -> Vec<std::ops::Range<usize>> {
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    let mut open = false;
    let mut start = 0;
    while start < parts.len() {
        let mut end = start + 1;
        while end < parts.len()
            && !parts[start].computed
            && !parts[end].computed
            && parts[start].is_beside(&parts[end])
        {
            end += 1;
        }
        let is_free = is_free(&parts[start..end]);
        match out.last_mut() {
            Some(last) if open && is_free && parts[last.start].source == parts[start].source => {
                last.end = end;
            }
            _ => out.push(start..end),
        }
        open = is_free;
        start = end;
    }
    out
}

/// Whether there is no order between literals.
fn is_free(parts: &[Part<'_>]) -> bool {
    parts.iter().any(|part| part.chain.operand)
        || parts.iter().filter(|part| part.counts).nth(1).is_some()
}

/// Labels from left to right, first appearance.
fn appearance(parts: &[Part<'_>]) -> Vec<Symbol> {
    distinct(parts.iter().flat_map(|part| part.chain.own_labels()).collect())
}

/// Each label once, where it comes first.
fn distinct(mut labels: Vec<Symbol>) -> Vec<Symbol> {
    if labels.len() > FEW {
        let mut seen = FxHashSet::default();
        labels.retain(|label| seen.insert(*label));
        return labels;
    }
    let mut kept = 0;
    for at in 0..labels.len() {
        if !labels[..kept].contains(&labels[at]) {
            labels.swap(kept, at);
            kept += 1;
        }
    }
    labels.truncate(kept);
    labels
}

impl Part<'_> {
    fn is_beside(&self, other: &Part<'_>) -> bool {
        self.source == other.source && self.at == other.at
    }
}

impl Chain<'_> {
    /// Where the declaration stands that comes with its field.
    pub(crate) fn source(&self) -> SourceId {
        self.span.source
    }

    fn is_computed(&self) -> bool {
        matches!(self.kind, ChainKind::Literal(lit) if !lit.dynamic.is_empty())
    }

    fn is_empty(&self) -> bool {
        self.labels.is_empty()
            && matches!(self.kind, ChainKind::Literal(lit) if lit.fields.is_empty())
    }

    fn has_pattern(&self) -> bool {
        matches!(self.kind, ChainKind::Literal(lit) if !lit.patterns.is_empty())
    }

    /// Where a literal is that embeds no reference.
    fn position(&self) -> u32 {
        let ChainKind::Literal(lit) = self.kind else { return self.span.start };
        let computed = lit.dynamic.iter().map(|field| field.label.span.start);
        let patterns = lit.patterns.iter().map(|pattern| pattern.pattern.span.start);
        // The last declaration of the label that comes last; of repeated labels the first tells the order.
        let plain = || {
            // What a program appends has no place in the text.
            let own = || lit.fields.iter().filter(|field| field.span.source == self.span.source);
            let last = distinct(own().map(|field| field.label).collect()).pop()?;
            let mut places = own().rev().filter(|field| field.label == last);
            places.next().map(|field| field.span.start)
        };
        computed.chain(patterns).max().or_else(plain).unwrap_or(self.span.start)
    }

    /// The labels of the literal itself in the order of the source, each once.
    fn own_labels(&self) -> Vec<Symbol> {
        let mut own: Vec<(u32, Symbol)> = self.labels.iter().collect();
        if let ChainKind::Literal(lit) = self.kind {
            for (at, decl) in (0..).zip(lit.decls()) {
                if let Decl::Field(index) = decl {
                    own.push((at, lit.fields[index as usize].label));
                }
            }
        }
        own.sort_by_key(|(at, _)| *at);
        distinct(own.into_iter().map(|(_, label)| label).collect())
    }
}
