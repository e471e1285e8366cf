//! The order of steps, and the path through them that decided how long a run took.

use super::Span;
use crate::engine::{Graph, Phase, StepIx};
use std::collections::BTreeMap;
use vela_dag::plan::{Node, NodeKind, Plan};

/// The steps of a Plan, those of a group right after it.
pub(super) fn order(graph: &Graph) -> Vec<StepIx> {
    let plan = graph.plan();
    let all = || (0..graph.len()).map(|ix| StepIx(ix as u32));
    let by_id: BTreeMap<&str, StepIx> =
        all().map(|ix| (graph.node(ix).id.0.as_str(), ix)).collect();
    let mut order = Vec::with_capacity(graph.len());
    for ix in all() {
        let node = graph.node(ix);
        if group(plan, node).is_some() {
            continue;
        }
        order.push(ix);
        if let NodeKind::Group { steps, .. } = &node.kind {
            order.extend(steps.iter().filter_map(|id| by_id.get(id.0.as_str())));
        }
    }
    order
}

/// The group that a step stands in: its name is the group's with one more part.
pub(super) fn group<'p>(plan: &'p Plan, node: &Node) -> Option<&'p Node> {
    let (before, _) = node.id.0.rsplit_once('/')?;
    let found = plan.nodes.iter().find(|other| other.id.0 == before)?;
    match &found.kind {
        NodeKind::Group { steps, .. } if steps.contains(&node.id) => Some(found),
        _ => None,
    }
}

/// Marks the steps that decided how long the run took, and gives their names from first to last.
///
/// It goes backwards: from the step that ended last to whichever of those it had to wait for ended last,
/// until one had to wait for nothing. A group stands for its own last step.
pub(super) fn path(plan: &Plan, steps: &mut [Span]) -> Vec<String> {
    let index: BTreeMap<String, usize> =
        steps.iter().enumerate().map(|(ix, step)| (step.id.clone(), ix)).collect();
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for edge in &plan.edges {
        if let (Some(from), Some(to)) = (index.get(&edge.from.0), index.get(&edge.to.0)) {
            before[*to].push(*from);
        }
    }
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    let mut groups: Vec<Option<usize>> = vec![None; steps.len()];
    for node in &plan.nodes {
        if let (NodeKind::Group { steps: inner, .. }, Some(at)) =
            (&node.kind, index.get(&node.id.0))
        {
            for member in inner.iter().filter_map(|id| index.get(&id.0)) {
                members[*at].push(*member);
                groups[*member] = Some(*at);
            }
        }
    }
    let ran = |ix: &usize| steps[*ix].from.is_some() && steps[*ix].phase != Phase::Skipped;
    let last = |among: &[usize]| {
        among.iter().copied().filter(ran).max_by_key(|ix| (steps[*ix].until, steps[*ix].from, *ix))
    };
    let top: Vec<usize> = (0..steps.len()).filter(|ix| groups[*ix].is_none()).collect();
    let mut path = Vec::new();
    let mut seen = vec![false; steps.len()];
    let mut next = last(&top);
    while let Some(at) = next {
        if std::mem::replace(&mut seen[at], true) {
            break;
        }
        if let Some(inner) = last(&members[at]) {
            next = Some(inner);
            continue;
        }
        path.push(at);
        let own: Vec<usize> =
            before[at].iter().copied().filter(|from| Some(*from) != groups[at]).collect();
        next = last(&own).or_else(|| groups[at].and_then(|group| last(&before[group])));
    }
    path.reverse();
    for at in &path {
        steps[*at].critical = true;
    }
    path.into_iter().map(|at| steps[at].name.clone()).collect()
}
