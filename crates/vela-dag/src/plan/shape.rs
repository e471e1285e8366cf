//! The shape of a plan: how much can happen at once, and what everything else waits for.

use super::{Node, NodeId, NodeKind, Plan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much of a plan can happen at once, and what takes longest.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shape {
    /// How many nodes there are on each level: those of one level wait for none of the same level.
    pub widths: Vec<usize>,
    /// A longest chain of nodes that wait for each other, first to last.
    pub critical_path: Vec<NodeId>,
}

impl Plan {
    /// Its shape. Nodes that wait for each other in a circle are left out.
    pub fn shape(&self) -> Shape {
        let levels = Levels::of(
            &self.nodes,
            &self.edges.iter().map(|e| (&e.from, &e.to)).collect::<Vec<_>>(),
        );
        let mut widths = Vec::new();
        for level in levels.level.iter().flatten() {
            if widths.len() <= *level {
                widths.resize(level + 1, 0);
            }
            widths[*level] += 1;
        }
        let mut critical_path = Vec::new();
        let last = widths.len().checked_sub(1);
        let mut at = (0..self.nodes.len()).find(|i| last.is_some() && levels.level[*i] == last);
        while let Some(node) = at {
            critical_path.push(self.nodes[node].id.clone());
            at = levels.before[node];
        }
        critical_path.reverse();
        Shape { widths, critical_path }
    }
}

/// The nodes of a graph on levels.
pub(crate) struct Levels {
    /// The level of each node: one more than the highest before it. None in a circle.
    pub(crate) level: Vec<Option<usize>>,
    /// Of the nodes before it, the first on the level just before.
    before: Vec<Option<usize>>,
}

impl Levels {
    /// Puts nodes on levels; the steps of a group come after it, and before what comes after the group.
    pub(crate) fn of(nodes: &[Node], edges: &[(&NodeId, &NodeId)]) -> Levels {
        let index: BTreeMap<&NodeId, usize> =
            nodes.iter().enumerate().map(|(i, node)| (&node.id, i)).collect();
        let mut after: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        let mut waits = vec![0usize; nodes.len()];
        let mut add = |from: &NodeId, to: &NodeId| {
            if let (Some(from), Some(to)) = (index.get(from), index.get(to)) {
                after[*from].push(*to);
                waits[*to] += 1;
            }
        };
        let groups: BTreeMap<&NodeId, &[NodeId]> = nodes
            .iter()
            .filter_map(|node| match &node.kind {
                NodeKind::Group { steps, .. } => Some((&node.id, steps.as_slice())),
                _ => None,
            })
            .collect();
        for (from, to) in edges {
            add(from, to);
            // What waits for a group waits for its steps.
            let steps = groups.get(from).copied().unwrap_or_default();
            if !steps.contains(to) {
                steps.iter().for_each(|step| add(step, to));
            }
        }
        for node in nodes {
            if let NodeKind::Group { steps, .. } = &node.kind {
                steps.iter().for_each(|step| add(&node.id, step));
            }
        }
        let mut level: Vec<Option<usize>> = vec![None; nodes.len()];
        let mut before: Vec<Option<usize>> = vec![None; nodes.len()];
        let mut open: Vec<usize> = (0..nodes.len()).filter(|i| waits[*i] == 0).collect();
        let mut high = vec![0usize; nodes.len()];
        let mut next = 0;
        while let Some(node) = open.get(next).copied() {
            next += 1;
            level[node] = Some(high[node]);
            for to in &after[node] {
                if before[*to].is_none() || high[node] + 1 > high[*to] {
                    high[*to] = high[node] + 1;
                    before[*to] = Some(node);
                }
                waits[*to] -= 1;
                if waits[*to] == 0 {
                    open.push(*to);
                }
            }
        }
        Levels { level, before }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::{PlanOptions, plan};
    use crate::{Catalog, Engine, oam::Application};

    #[test]
    fn what_waits_longest_is_the_critical_path() {
        let mut catalog = Catalog::new(Engine::new());
        let note = "note: type: \"component\"\ntemplate: output: {apiVersion: \"v1\", kind: \"ConfigMap\"}";
        catalog.add_file("note.cue", note).expect("it is a definition");
        let text = "kind: Application\nmetadata: {name: shop}\nspec: {components: [\
            {name: a, type: note}, {name: b, type: note, dependsOn: [a]},\
            {name: c, type: note}, {name: d, type: note, dependsOn: [b, c]}]}";
        let app = Application::parse(catalog.sources(), "app.yaml", text).expect("it parses");
        let plan = plan(&app.application, &catalog, &PlanOptions::default()).expect("it plans");
        let shape = plan.shape();
        let path: Vec<&str> = shape.critical_path.iter().map(|id| id.0.as_str()).collect();
        assert_eq!(
            path,
            [
                "component/a/local/default",
                "component/b/local/default",
                "component/d/local/default",
                "step/d"
            ]
        );
        assert_eq!(shape.widths, [2, 3, 2, 1]);
    }
}
