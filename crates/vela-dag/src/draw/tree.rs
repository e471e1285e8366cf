//! A plan as a tree of lines: steps, what they apply, and the objects of that.

use super::title;
use crate::plan::{Mode, Node, NodeId, NodeKind, Object, Plan};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The plan as a tree.
pub fn tree(plan: &Plan) -> String {
    let nodes: BTreeMap<&NodeId, &Node> = plan.nodes.iter().map(|n| (&n.id, n)).collect();
    let mut inner: Vec<&NodeId> = Vec::new();
    for node in &plan.nodes {
        match &node.kind {
            NodeKind::Group { steps, .. } => inner.extend(steps),
            NodeKind::Action { applies, .. } => inner.extend(applies),
            _ => {}
        }
    }
    inner.sort();
    let mut out = String::new();
    let mode = match plan.mode {
        Mode::StepByStep => "step by step",
        Mode::Dag => "as dependencies allow",
    };
    let app = &plan.application;
    let _ = writeln!(out, "{}/{}  {mode}", app.namespace, app.name);
    let top: Vec<&Node> =
        plan.nodes.iter().filter(|n| inner.binary_search(&&n.id).is_err()).collect();
    for (i, node) in top.iter().enumerate() {
        branch(node, "", i + 1 == top.len(), &nodes, &mut out);
    }
    let shape = plan.shape();
    if shape.critical_path.len() > 2 {
        let widest = shape.widths.iter().max().copied().unwrap_or(0);
        let path: Vec<&str> = shape.critical_path.iter().map(|id| id.0.as_str()).collect();
        let _ = writeln!(
            out,
            "{} levels, at most {widest} at once; longest way: {}",
            shape.widths.len(),
            path.join(" → ")
        );
    }
    out
}

/// A node and what is under it: at most a group, its steps, their artifacts and those's objects.
fn branch(
    node: &Node,
    indent: &str,
    last: bool,
    nodes: &BTreeMap<&NodeId, &Node>,
    out: &mut String,
) {
    let (name, what) = title(node);
    let _ = write!(out, "{indent}{} {name}  {what}", if last { "└─" } else { "├─" });
    if let Some(target) = &node.target {
        let _ = write!(out, "  → {}/{}", target.cluster, target.namespace);
    }
    if let Some(condition) = &node.condition {
        let _ = write!(out, "  if {condition}");
    }
    if !node.depends_on.is_empty() {
        let _ = write!(out, "  after {}", node.depends_on.join(", "));
    }
    if let Some(seconds) = node.timeout {
        let _ = write!(out, "  within {seconds}s");
    }
    out.push('\n');
    let indent = format!("{indent}{}", if last { "   " } else { "│  " });
    match &node.kind {
        NodeKind::Group { steps: under, .. } | NodeKind::Action { applies: under, .. } => {
            let under: Vec<&&Node> = under.iter().filter_map(|id| nodes.get(id)).collect();
            for (i, node) in under.iter().enumerate() {
                branch(node, &indent, i + 1 == under.len(), nodes, out);
            }
        }
        NodeKind::Artifact { objects, .. } => {
            for (i, one) in objects.iter().enumerate() {
                let mark = if i + 1 == objects.len() { "└─" } else { "├─" };
                let _ = writeln!(out, "{indent}{mark} {}", object(one));
            }
        }
        NodeKind::Gate { .. } => {}
    }
}

fn object(object: &Object) -> String {
    let text =
        |pointer: &str| object.manifest.pointer(pointer).and_then(Json::as_str).unwrap_or("?");
    let mut out = format!("{} {}", text("/kind"), text("/metadata/name"));
    if !object.origin.is_empty() {
        let _ = write!(out, "  ({})", object.origin);
    }
    out
}
