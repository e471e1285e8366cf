//! Pictures of a plan: a tree for the terminal, DOT and Mermaid for everything that draws graphs, and SVG
//! for everything that shows pictures.

mod graph;
mod layout;
mod svg;
mod tree;

pub use graph::{dot, mermaid};
pub use svg::svg;
pub use tree::tree;

use crate::plan::{Node, NodeKind};

/// What a node is called in a picture: its name, and what it is.
fn title(node: &Node) -> (String, String) {
    match &node.kind {
        NodeKind::Artifact { component, component_type, .. } => {
            (component.clone(), component_type.clone())
        }
        NodeKind::Action { name, step_type, .. } | NodeKind::Gate { name, step_type, .. } => {
            (name.clone(), step_type.clone())
        }
        NodeKind::Group { name, .. } => (name.clone(), String::from("step-group")),
    }
}

#[cfg(test)]
mod tests;
