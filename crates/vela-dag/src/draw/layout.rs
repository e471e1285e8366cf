//! Where the nodes of a plan stand in a picture, and how its edges run.
//!
//! Nodes stand in columns, each right of what it waits for. Edges that pass a column get a place of
//! their own in it, so that they run between boxes; the order in a column follows the neighbours', over a
//! few sweeps.

use super::graph::edges;
use crate::plan::{EdgeReason, Levels, Plan};
use std::collections::BTreeMap;

/// The size of a box.
pub(super) const BOX: (f64, f64) = (190.0, 46.0);
/// The room between columns and between boxes.
const GAP: (f64, f64) = (90.0, 22.0);
/// The room that an edge takes where it passes a column.
const LANE: f64 = 14.0;
/// How often columns are put in order.
const SWEEPS: usize = 8;

/// A picture.
pub(super) struct Layout {
    /// Width and height.
    pub(super) size: (f64, f64),
    /// The upper left corner of each node's box, in the order of the plan.
    pub(super) corners: Vec<(f64, f64)>,
    /// The edges.
    pub(super) edges: Vec<Route>,
}

/// An edge in a picture.
pub(super) struct Route {
    /// The points that it passes, from box to box.
    pub(super) points: Vec<(f64, f64)>,
    /// Why it is there; nothing for a group and its steps.
    pub(super) reason: Option<EdgeReason>,
}

/// What stands in a column.
#[derive(Clone, Copy)]
struct Slot {
    /// The node; nothing where an edge passes.
    node: Option<usize>,
    column: usize,
}

pub(super) fn layout(plan: &Plan) -> Layout {
    let drawn = edges(plan);
    let pairs: Vec<_> = drawn.iter().map(|(from, to, _)| (*from, *to)).collect();
    let levels = Levels::of(&plan.nodes, &pairs).level;
    let index: BTreeMap<_, usize> =
        plan.nodes.iter().enumerate().map(|(i, node)| (&node.id, i)).collect();
    let mut slots: Vec<Slot> = (0..plan.nodes.len())
        .map(|i| Slot { node: Some(i), column: levels[i].unwrap_or(0) })
        .collect();
    let mut ways: Vec<(Vec<usize>, Option<EdgeReason>)> = Vec::new();
    for (from, to, reason) in drawn {
        let (Some(from), Some(to)) = (index.get(from), index.get(to)) else { continue };
        let mut way = vec![*from];
        for column in slots[*from].column + 1..slots[*to].column {
            way.push(slots.len());
            slots.push(Slot { node: None, column });
        }
        way.push(*to);
        ways.push((way, reason));
    }
    let columns = ordered(&slots, &ways);
    let mut centres = vec![(0.0, 0.0); slots.len()];
    let height = |slot: &usize| if slots[*slot].node.is_some() { BOX.1 } else { LANE };
    let total = |column: &Vec<usize>| -> f64 {
        column.iter().map(height).sum::<f64>() + GAP.1 * column.len().saturating_sub(1) as f64
    };
    let tallest = columns.iter().map(total).fold(0.0, f64::max);
    for (at, column) in columns.iter().enumerate() {
        let mut y = GAP.1 + (tallest - total(column)) / 2.0;
        for slot in column {
            centres[*slot] =
                (GAP.1 + at as f64 * (BOX.0 + GAP.0) + BOX.0 / 2.0, y + height(slot) / 2.0);
            y += height(slot) + GAP.1;
        }
    }
    let routes = ways.into_iter().map(|(way, reason)| {
        let last = way.len() - 1;
        let mut points = Vec::with_capacity(2 * way.len());
        for (i, slot) in way.iter().enumerate() {
            let (x, y) = centres[*slot];
            if i > 0 {
                points.push((x - BOX.0 / 2.0, y));
            }
            if i < last {
                points.push((x + BOX.0 / 2.0, y));
            }
        }
        Route { points, reason }
    });
    Layout {
        edges: routes.collect(),
        corners: centres[..plan.nodes.len()]
            .iter()
            .map(|(x, y)| (x - BOX.0 / 2.0, y - BOX.1 / 2.0))
            .collect(),
        size: (2.0 * GAP.1 + columns.len() as f64 * (BOX.0 + GAP.0) - GAP.0, 2.0 * GAP.1 + tallest),
    }
}

/// The columns, each in an order that keeps edges short.
fn ordered(slots: &[Slot], ways: &[(Vec<usize>, Option<EdgeReason>)]) -> Vec<Vec<usize>> {
    let count = slots.iter().map(|slot| slot.column + 1).max().unwrap_or(0);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (i, slot) in slots.iter().enumerate() {
        columns[slot.column].push(i);
    }
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); slots.len()];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); slots.len()];
    for (way, _) in ways {
        for pair in way.windows(2) {
            before[pair[1]].push(pair[0]);
            after[pair[0]].push(pair[1]);
        }
    }
    let mut place: Vec<f64> = vec![0.0; slots.len()];
    let mut settle =
        |columns: &mut Vec<Vec<usize>>, at: usize, neighbours: Option<&[Vec<usize>]>| {
            if let Some(neighbours) = neighbours {
                let wanted = |slot: &usize| {
                    let near = &neighbours[*slot];
                    match near.len() {
                        0 => place[*slot],
                        count => near.iter().map(|n| place[*n]).sum::<f64>() / count as f64,
                    }
                };
                columns[at].sort_by(|a, b| wanted(a).total_cmp(&wanted(b)));
            }
            let half = columns[at].len() as f64 / 2.0;
            for (i, slot) in columns[at].iter().enumerate() {
                place[*slot] = i as f64 - half;
            }
        };
    for at in 0..count {
        settle(&mut columns, at, None);
    }
    for _ in 0..SWEEPS {
        for at in 1..count {
            settle(&mut columns, at, Some(&before));
        }
        for at in (0..count.saturating_sub(1)).rev() {
            settle(&mut columns, at, Some(&after));
        }
    }
    columns
}
