//! A plan as a graph in the languages of Graphviz and Mermaid.

use super::title;
use crate::plan::{EdgeReason, Node, NodeId, NodeKind, Plan};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The plan in the language of Graphviz.
pub fn dot(plan: &Plan) -> String {
    let mut out =
        String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    for node in &plan.nodes {
        let (name, what) = title(node);
        let shape = match node.kind {
            NodeKind::Artifact { .. } => ", shape=component",
            NodeKind::Gate { .. } => ", shape=octagon",
            NodeKind::Group { .. } => ", shape=folder",
            NodeKind::Action { .. } => "",
        };
        let _ = writeln!(
            out,
            "  {} [label={}{shape}];",
            quoted(&node.id.0),
            quoted(&format!("{name}\n{what}"))
        );
    }
    for (from, to, reason) in edges(plan) {
        let _ = writeln!(out, "  {} -> {}{};", quoted(&from.0), quoted(&to.0), style(reason));
    }
    out.push_str("}\n");
    out
}

/// The plan in the language of Mermaid.
pub fn mermaid(plan: &Plan) -> String {
    let index: BTreeMap<&NodeId, usize> =
        plan.nodes.iter().enumerate().map(|(i, node)| (&node.id, i)).collect();
    let mut out = String::from("flowchart LR\n");
    for (i, node) in plan.nodes.iter().enumerate() {
        let (open, close) = brackets(node);
        let (name, what) = title(node);
        let text = format!("{name}<br/>{what}").replace('"', "#quot;").replace('\n', " ");
        let _ = writeln!(out, "  n{i}{open}\"{text}\"{close}");
    }
    for (from, to, reason) in edges(plan) {
        if let (Some(from), Some(to)) = (index.get(from), index.get(to)) {
            let arrow = match reason {
                Some(EdgeReason::Data) => "-- data -->",
                Some(EdgeReason::Health) => "-. health .->",
                None => "--- ",
                _ => "-->",
            };
            let _ = writeln!(out, "  n{from} {} n{to}", arrow.trim_end());
        }
    }
    out
}

/// The edges; a group is tied to its steps without a reason.
pub(super) fn edges(plan: &Plan) -> Vec<(&NodeId, &NodeId, Option<EdgeReason>)> {
    let mut edges: Vec<_> =
        plan.edges.iter().map(|edge| (&edge.from, &edge.to, Some(edge.reason))).collect();
    for node in &plan.nodes {
        if let NodeKind::Group { steps, .. } = &node.kind {
            edges.extend(steps.iter().map(|step| (&node.id, step, None)));
        }
    }
    edges
}

fn brackets(node: &Node) -> (&'static str, &'static str) {
    match node.kind {
        NodeKind::Artifact { .. } => ("[[", "]]"),
        NodeKind::Action { .. } => ("(", ")"),
        NodeKind::Gate { .. } => ("{{", "}}"),
        NodeKind::Group { .. } => ("[", "]"),
    }
}

fn style(reason: Option<EdgeReason>) -> &'static str {
    match reason {
        Some(EdgeReason::Data) => " [label=\"data\"]",
        Some(EdgeReason::Health) => " [style=dashed, label=\"health\"]",
        None => " [arrowhead=none, style=dotted]",
        _ => "",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
