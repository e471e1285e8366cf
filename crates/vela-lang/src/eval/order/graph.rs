//! Labels with edges between them, sorted topologically.
//!
//! The smallest label comes first of those that nothing is before; the labels of a cycle come together,
//! sorted by their texts. Cost: linear in labels and edges, and `n log n` comparisons of texts.

use crate::ir::Symbol;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// Up to how many labels are looked for one after another.
pub(super) const FEW: usize = 16;

/// Labels and what comes before what.
#[derive(Default)]
pub(super) struct Graph {
    labels: Vec<Symbol>,
    /// The labels' places, where there are more than a few.
    index: FxHashMap<Symbol, usize>,
    edges: Vec<(usize, usize)>,
}

impl Graph {
    fn vertex(&mut self, label: Symbol) -> usize {
        let count = self.labels.len();
        if count <= FEW {
            if let Some(found) = self.labels.iter().position(|known| *known == label) {
                return found;
            }
            if count == FEW {
                self.index.extend(self.labels.iter().copied().zip(0..));
                self.index.insert(label, count);
            }
            self.labels.push(label);
            return count;
        }
        *self.index.entry(label).or_insert_with(|| {
            self.labels.push(label);
            count
        })
    }

    pub(super) fn edge(&mut self, from: Symbol, to: Symbol) {
        let (from, to) = (self.vertex(from), self.vertex(to));
        if from != to {
            self.edges.push((from, to));
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
        self.sorted_acyclic(text).unwrap_or_else(|| self.sorted_components(text))
    }

    /// All labels in topological order, if there is no cycle.
    fn sorted_acyclic(&self, text: &dyn Fn(Symbol) -> Arc<str>) -> Option<Vec<Symbol>> {
        let mut edges = self.edges.clone();
        edges.sort_unstable();
        let mut before = vec![0usize; self.labels.len()];
        edges.iter().for_each(|(_, to)| before[*to] += 1);
        let mut ready: BinaryHeap<Reverse<(Arc<str>, usize)>> = (0..before.len())
            .filter(|vertex| before[*vertex] == 0)
            .map(|vertex| Reverse((text(self.labels[vertex]), vertex)))
            .collect();
        let mut out = Vec::with_capacity(before.len());
        while let Some(Reverse((_, vertex))) = ready.pop() {
            out.push(self.labels[vertex]);
            let start = edges.partition_point(|(from, _)| *from < vertex);
            for (_, to) in edges[start..].iter().take_while(|(from, _)| *from == vertex) {
                before[*to] -= 1;
                if before[*to] == 0 {
                    ready.push(Reverse((text(self.labels[*to]), *to)));
                }
            }
        }
        (out.len() == self.labels.len()).then_some(out)
    }

    /// All labels in topological order, those of a cycle together.
    fn sorted_components(&self, text: &dyn Fn(Symbol) -> Arc<str>) -> Vec<Symbol> {
        let mut successors: Vec<Vec<usize>> = vec![Vec::new(); self.labels.len()];
        self.edges.iter().for_each(|(from, to)| successors[*from].push(*to));
        let component = components(&successors);
        let count = component.iter().copied().max().map_or(0, |max| max + 1);
        let mut members: Vec<Vec<(Arc<str>, Symbol)>> = vec![Vec::new(); count];
        for (vertex, label) in self.labels.iter().enumerate() {
            members[component[vertex]].push((text(*label), *label));
        }
        members.iter_mut().for_each(|m| m.sort());
        let mut edges: FxHashSet<(usize, usize)> = FxHashSet::default();
        let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut before = vec![0usize; count];
        for (from, targets) in successors.iter().enumerate() {
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
}

/// The strongly connected component of each vertex (Tarjan, on an explicit stack).
fn components(after: &[Vec<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let n = after.len();
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
            if let Some(to) = after[vertex].get(edge) {
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
