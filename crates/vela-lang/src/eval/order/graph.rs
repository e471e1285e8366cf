//! Labels with edges between them, sorted topologically.
//!
//! The smallest label comes first of those that nothing is before; the labels of a cycle come together,
//! sorted by their texts. Cost: linear in labels and edges, and `n log n` comparisons of texts.

use crate::ir::Symbol;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// Labels and what comes before what.
#[derive(Default)]
pub(super) struct Graph {
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

    pub(super) fn edge(&mut self, from: Symbol, to: Symbol) {
        let (from, to) = (self.vertex(from), self.vertex(to));
        if from != to {
            self.after[from].push(to);
        }
    }

    /// Labels one after another, each for the first time.
    pub(super) fn chain(&mut self, labels: &[Symbol]) {
        labels.iter().for_each(|label| {
            self.vertex(*label);
        });
        labels.windows(2).for_each(|pair| self.edge(pair[0], pair[1]));
    }

    /// All labels in topological order.
    pub(super) fn sorted(&self, text: &dyn Fn(Symbol) -> Arc<str>) -> Vec<Symbol> {
        let component = self.components();
        let count = component.iter().copied().max().map_or(0, |max| max + 1);
        let mut members: Vec<Vec<(Arc<str>, Symbol)>> = vec![Vec::new(); count];
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
        let first =
            |c: usize| members[c].first().map_or_else(|| Arc::from(""), |(text, _)| text.clone());
        let mut ready: BinaryHeap<Reverse<(Arc<str>, usize)>> =
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
