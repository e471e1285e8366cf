//! The order of fields in output.
//!
//! It comes from the source, not from the order of evaluation. Every struct literal that took part in
//! a node is a *chain* of labels as written; where it took part is its [`Place`]: as a declaration of
//! the field, as an operand of `&`, embedded in another chain, or through a reference. From this comes
//! a tree of two kinds of inner nodes:
//!
//! - *sequence*: what is left comes before what is right. Declarations of a field in one file; an
//!   embedded literal or the body of a comprehension against the literal around it (by the position
//!   of the last label of each); the references that a literal embeds.
//! - *parallel*: no order. Operands of `&`; files of a package; a literal and the last reference that
//!   it embeds; neighbouring declarations that are parallel inside.
//!
//! A tree without parallel nodes is read from left to right, and a label stands where it appears
//! first. Otherwise the chains are edges of a graph, with an edge from the last label of a part of a
//! sequence to the first of the next; labels come in topological order, the smallest first, and those
//! of a cycle together, sorted.
//!
//! Nastiest case: `{B, m: 1, A, k: 1}` with `A: {c, a}`, `B: {y, b}` is `y b c a m k`: `B` comes before
//! `A`, the literal's own labels are parallel to `A` only.
//!
//! Cost: linear in the number of labels for sequences, `n log n` for graphs.

use super::Eval;
use super::arena::Rare;
use super::node::{Entry, Label, Node, flag};
use crate::ir::{Decl, Struct, Symbol};
use crate::source::SourceId;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Where something took part in a node.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// As a declaration: the chain of the parent node that it stands in, and its position there.
    Top(Option<(&'a Chain<'a>, u32)>),
    /// Inside of a chain of the same node, and at which position.
    In(&'a Chain<'a>, u32),
}

/// What a chain is.
#[derive(Clone, Copy)]
pub(crate) enum ChainKind<'a> {
    /// A struct literal.
    Literal(&'a Struct),
    /// Labels without a literal: values made by functions or evaluated before.
    Made,
    /// The operands of `&`.
    And,
    /// The conjuncts of the target of a reference.
    Link,
}

/// Labels in the order of the source, or what groups them.
pub(crate) struct Chain<'a> {
    pub(crate) kind: ChainKind<'a>,
    pub(crate) place: Place<'a>,
    pub(crate) source: SourceId,
    /// How many literals took part in the node before.
    pub(crate) number: u32,
    /// Labels found while evaluating, with their positions.
    pub(crate) labels: Rare<'a, (u32, Symbol)>,
}

/// The tree of sequences and parallels.
enum Item {
    Labels(Vec<Symbol>),
    Sequence(Vec<Item>),
    Parallel(Vec<Item>),
}

impl<'a> Eval<'a> {
    pub(crate) fn chain(
        &self,
        kind: ChainKind<'a>,
        place: Place<'a>,
        source: SourceId,
    ) -> &'a Chain<'a> {
        self.numbered_chain(kind, place, source, 0)
    }

    /// A chain of a literal, with the number of literals before it.
    pub(crate) fn numbered_chain(
        &self,
        kind: ChainKind<'a>,
        place: Place<'a>,
        source: SourceId,
        number: usize,
    ) -> &'a Chain<'a> {
        let number = number as u32;
        self.bump.alloc(Chain { kind, place, source, number, labels: Rare::new() })
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
        let rank: FxHashMap<Symbol, usize> =
            self.label_order(node).into_iter().enumerate().map(|(i, label)| (label, i)).collect();
        entries.sort_by_key(|e| match e.label {
            Label::Field(symbol) => rank.get(&symbol).copied().unwrap_or(usize::MAX),
            _ => usize::MAX,
        });
        entries
    }

    fn label_order(&self, node: &'a Node<'a>) -> Vec<Symbol> {
        let Some(fields) = node.fields.get() else { return Vec::new() };
        let mut forest = Forest::default();
        for literal in fields.literals.iter() {
            if let Some(chain) = literal.chain {
                forest.add(chain);
            }
        }
        let mut tops: Vec<(Option<&'a Chain<'a>>, u32, usize, SourceId)> = forest
            .tops
            .iter()
            .map(|index| {
                let chain = forest.chains[*index];
                match chain.place {
                    Place::Top(Some((declared, at))) => (Some(declared), at, *index, chain.source),
                    _ => (None, 0, *index, chain.source),
                }
            })
            .collect();
        tops.sort_by_key(|(declared, at, index, _)| (declared.map(|d| d.number), *at, *index));
        let parent_is_graph = node.parent.is_some_and(|p| self.has_parallel(p));
        let mut groups: Vec<(Option<*const Chain<'a>>, SourceId, Vec<Item>)> = Vec::new();
        for (declared, _, index, source) in tops {
            let item = forest.item(index);
            let key = declared.map(std::ptr::from_ref);
            match groups.last_mut() {
                Some((last, file, items))
                    if *file == source && (*last == key && key.is_some() || !parent_is_graph) =>
                {
                    items.push(item);
                }
                _ => groups.push((key, source, vec![item])),
            }
        }
        let mut items: Vec<Item> =
            groups.into_iter().map(|(_, _, items)| declarations(items)).collect();
        let root = match items.len() {
            1 => items.remove(0),
            _ => Item::Parallel(items),
        };
        if root.is_parallel() { self.sorted(&root) } else { root.appearance() }
    }

    /// Whether the conjuncts of a node are not all plain declarations.
    fn has_parallel(&self, node: &'a Node<'a>) -> bool {
        if !node.has(flag::PARALLEL_KNOWN) {
            node.set(flag::PARALLEL_KNOWN);
            if self.find_parallel(node) {
                node.set(flag::PARALLEL);
            }
        }
        node.has(flag::PARALLEL)
    }

    fn find_parallel(&self, node: &'a Node<'a>) -> bool {
        let Some(fields) = node.fields.get() else { return false };
        let mut files: Option<SourceId> = None;
        fields.literals.iter().filter_map(|l| l.chain).any(|chain| {
            let other_file = files.is_some_and(|f| f != chain.source);
            files = Some(chain.source);
            let mut at = chain;
            loop {
                match at.place {
                    Place::Top(_) => return other_file && at.is_literal() && chain.is_literal(),
                    Place::In(around, _) => {
                        let embedded = matches!(at.kind, ChainKind::Link) && around.is_literal();
                        if matches!(around.kind, ChainKind::And) || embedded {
                            return true;
                        }
                        at = around;
                    }
                }
            }
        })
    }

    /// Labels in topological order of the graph, cycles together, smallest first.
    fn sorted(&self, root: &Item) -> Vec<Symbol> {
        let mut graph = Graph::default();
        graph.add(root);
        let symbols = self.symbols.borrow();
        graph.sorted(&|symbol| symbols.text(symbol).to_string())
    }
}

fn is_mixed(chain: &Chain<'_>) -> bool {
    let mixed = matches!(chain.kind, ChainKind::Literal(lit) if !lit.dynamic.is_empty());
    mixed || matches!(chain.kind, ChainKind::Made)
}

impl Chain<'_> {
    fn is_literal(&self) -> bool {
        matches!(self.kind, ChainKind::Literal(_) | ChainKind::Made)
    }
}

/// The chains of a node as a forest.
#[derive(Default)]
struct Forest<'a> {
    chains: Vec<&'a Chain<'a>>,
    children: Vec<Vec<(u32, usize)>>,
    index: FxHashMap<*const Chain<'a>, usize>,
    tops: Vec<usize>,
}

impl<'a> Forest<'a> {
    fn add(&mut self, chain: &'a Chain<'a>) -> usize {
        if let Some(index) = self.index.get(&std::ptr::from_ref(chain)) {
            return *index;
        }
        let index = self.chains.len();
        self.chains.push(chain);
        self.children.push(Vec::new());
        self.index.insert(chain, index);
        match chain.place {
            Place::Top(_) => self.tops.push(index),
            Place::In(around, at) => {
                let around = self.add(around);
                self.children[around].push((at, index));
            }
        }
        index
    }

    fn item(&self, index: usize) -> Item {
        crate::depth::grow(|| self.item_here(index))
    }

    fn item_here(&self, index: usize) -> Item {
        let chain = self.chains[index];
        let mut children = self.children[index].clone();
        children.sort_by_key(|(at, _)| *at);
        match chain.kind {
            ChainKind::And => {
                let items = children.iter().map(|(_, child)| self.item(*child)).collect();
                one_or(items, Item::Parallel)
            }
            ChainKind::Link => {
                declarations(children.iter().map(|(_, child)| self.item(*child)).collect())
            }
            ChainKind::Literal(_) | ChainKind::Made => {
                let own = own_labels(chain);
                let mut parts: Vec<(u32, Item)> = Vec::new();
                let mut references: Vec<Item> = Vec::new();
                for (at, child) in children {
                    let item = self.item(child);
                    if self.chains[child].is_literal() {
                        parts.push((at, item));
                    } else {
                        references.push(item);
                    }
                }
                if let Some((last, _)) = own.last() {
                    let labels = own.iter().map(|(_, label)| *label).collect();
                    parts.push((*last, Item::Labels(labels)));
                }
                parts.sort_by_key(|(at, _)| *at);
                let parts = parts.into_iter().map(|(_, item)| item).collect();
                let plain = one_or(parts, Item::Sequence);
                let Some(last) = references.pop() else { return plain };
                references.push(Item::Parallel(vec![plain, last]));
                one_or(references, Item::Sequence)
            }
        }
    }
}

fn one_or(mut items: Vec<Item>, of: impl FnOnce(Vec<Item>) -> Item) -> Item {
    if items.len() == 1 { items.remove(0) } else { of(items) }
}

/// Declarations one after another; neighbours that are parallel inside have no order between them.
fn declarations(items: Vec<Item>) -> Item {
    let mut out: Vec<Item> = Vec::new();
    for item in items {
        match out.last_mut() {
            Some(Item::Parallel(last)) if item.is_parallel() => last.push(item),
            _ if item.is_parallel() => out.push(Item::Parallel(vec![item])),
            _ => out.push(item),
        }
    }
    one_or(out, Item::Sequence)
}

/// The labels of a chain itself, by position.
fn own_labels(chain: &Chain<'_>) -> Vec<(u32, Symbol)> {
    let mut own: Vec<(u32, Symbol)> = chain.labels.iter().collect();
    if let ChainKind::Literal(lit) = chain.kind {
        for (at, decl) in lit.order.iter().enumerate() {
            if let Decl::Field(index) = decl {
                own.push((at as u32, lit.fields[*index as usize].label));
            }
        }
    }
    own.sort_by_key(|(at, _)| *at);
    own
}

impl Item {
    fn is_parallel(&self) -> bool {
        match self {
            Item::Labels(_) => false,
            Item::Sequence(items) => items.iter().any(Item::is_parallel),
            Item::Parallel(_) => true,
        }
    }

    /// Labels from left to right, first appearance.
    fn appearance(&self) -> Vec<Symbol> {
        let (mut seen, mut out) = (FxHashSet::default(), Vec::new());
        self.visit(&mut |label| {
            if seen.insert(label) {
                out.push(label);
            }
        });
        out
    }

    fn visit(&self, then: &mut impl FnMut(Symbol)) {
        match self {
            Item::Labels(labels) => labels.iter().copied().for_each(then),
            Item::Sequence(items) | Item::Parallel(items) => {
                items.iter().for_each(|item| item.visit(then));
            }
        }
    }

    /// The labels that nothing in it comes before (`first`) or after.
    fn ends(&self, first: bool, out: &mut Vec<Symbol>) {
        match self {
            Item::Labels(labels) => {
                out.extend(if first { labels.first() } else { labels.last() });
            }
            Item::Sequence(items) => {
                let before = out.len();
                let mut ordered: Vec<&Item> = items.iter().collect();
                if !first {
                    ordered.reverse();
                }
                for item in ordered {
                    item.ends(first, out);
                    if out.len() > before {
                        break;
                    }
                }
            }
            Item::Parallel(items) => items.iter().for_each(|item| item.ends(first, out)),
        }
    }
}

/// Labels and what comes before what.
#[derive(Default)]
struct Graph {
    labels: Vec<Symbol>,
    index: FxHashMap<Symbol, usize>,
    after: Vec<Vec<usize>>,
}

impl Graph {
    fn vertex(&mut self, label: Symbol) -> usize {
        *self.index.entry(label).or_insert_with(|| {
            self.labels.push(label);
            self.after.push(Vec::new());
            self.labels.len() - 1
        })
    }

    fn edge(&mut self, from: Symbol, to: Symbol) {
        let (from, to) = (self.vertex(from), self.vertex(to));
        if from != to {
            self.after[from].push(to);
        }
    }

    fn add(&mut self, item: &Item) {
        match item {
            Item::Labels(labels) => {
                let mut seen = FxHashSet::default();
                let labels: Vec<Symbol> =
                    labels.iter().copied().filter(|label| seen.insert(*label)).collect();
                labels.iter().for_each(|label| {
                    self.vertex(*label);
                });
                labels.windows(2).for_each(|pair| self.edge(pair[0], pair[1]));
            }
            Item::Parallel(items) => items.iter().for_each(|item| self.add(item)),
            Item::Sequence(items) => {
                items.iter().for_each(|item| self.add(item));
                let mut last: Vec<Symbol> = Vec::new();
                for item in items {
                    let mut first = Vec::new();
                    item.ends(true, &mut first);
                    if first.is_empty() {
                        continue;
                    }
                    for from in &last {
                        first.iter().for_each(|to| self.edge(*from, *to));
                    }
                    last.clear();
                    item.ends(false, &mut last);
                }
            }
        }
    }

    fn sorted(&self, text: &dyn Fn(Symbol) -> String) -> Vec<Symbol> {
        let component = self.components();
        let count = component.iter().copied().max().map_or(0, |max| max + 1);
        let mut members: Vec<Vec<(String, Symbol)>> = vec![Vec::new(); count];
        for (vertex, label) in self.labels.iter().enumerate() {
            members[component[vertex]].push((text(*label), *label));
        }
        members.iter_mut().for_each(|m| m.sort());
        let mut edges: FxHashSet<(usize, usize)> = FxHashSet::default();
        let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut before = vec![0usize; count];
        for (from, targets) in self.after.iter().enumerate() {
            for to in targets {
                let (a, b) = (component[from], component[*to]);
                if a != b && edges.insert((a, b)) {
                    after[a].push(b);
                    before[b] += 1;
                }
            }
        }
        let first = |c: usize| members[c].first().map(|(text, _)| text.clone()).unwrap_or_default();
        let mut ready: BinaryHeap<Reverse<(String, usize)>> =
            (0..count).filter(|c| before[*c] == 0).map(|c| Reverse((first(c), c))).collect();
        let mut out = Vec::with_capacity(self.labels.len());
        while let Some(Reverse((_, c))) = ready.pop() {
            out.extend(members[c].iter().map(|(_, label)| *label));
            for next in &after[c] {
                before[*next] -= 1;
                if before[*next] == 0 {
                    ready.push(Reverse((first(*next), *next)));
                }
            }
        }
        out
    }

    /// The strongly connected component of each vertex (Tarjan, on an explicit stack).
    fn components(&self) -> Vec<usize> {
        const NEW: usize = usize::MAX;
        let n = self.labels.len();
        let (mut number, mut low) = (vec![NEW; n], vec![0usize; n]);
        let (mut component, mut on_stack) = (vec![NEW; n], vec![false; n]);
        let (mut stack, mut next, mut found) = (Vec::new(), 0, 0);
        for root in 0..n {
            if number[root] != NEW {
                continue;
            }
            let mut work = vec![(root, 0usize)];
            while let Some((vertex, edge)) = work.pop() {
                if edge == 0 {
                    number[vertex] = next;
                    low[vertex] = next;
                    next += 1;
                    stack.push(vertex);
                    on_stack[vertex] = true;
                }
                if let Some(to) = self.after[vertex].get(edge) {
                    work.push((vertex, edge + 1));
                    if number[*to] == NEW {
                        work.push((*to, 0));
                    } else if on_stack[*to] {
                        low[vertex] = low[vertex].min(number[*to]);
                    }
                    continue;
                }
                if low[vertex] == number[vertex] {
                    while let Some(member) = stack.pop() {
                        on_stack[member] = false;
                        component[member] = found;
                        if member == vertex {
                            break;
                        }
                    }
                    found += 1;
                }
                if let Some((parent, _)) = work.last() {
                    low[*parent] = low[*parent].min(low[vertex]);
                }
            }
        }
        component
    }
}
