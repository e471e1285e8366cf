//! Parameters that know where they are written: in the application, or in a policy that overrides it.

use crate::data;
use crate::oam::{Application, Component, Node, NodeValue, Policy};
use crate::policy::names_component;
use serde_json::{Map, Value as Json};
use vela_lang::{Span, Value};

/// The parameters of a component.
pub(super) fn of_component(app: &Application, one: &Component, overrides: &[&Policy]) -> Value {
    let written = patches(app, one, overrides);
    let candidates: Vec<&Node> = written.iter().filter_map(|node| node.get("properties")).collect();
    let empty = Json::Object(Map::new());
    placed(one.properties.as_ref().unwrap_or(&empty), &candidates)
}

/// The parameters of a component's traits.
pub(super) fn of_traits(
    app: &Application,
    one: &Component,
    overrides: &[&Policy],
) -> Vec<Option<Value>> {
    let written = patches(app, one, overrides);
    let mut seen: Vec<&str> = Vec::new();
    one.traits
        .iter()
        .map(|wanted| {
            let before = seen.iter().filter(|name| **name == wanted.trait_type).count();
            seen.push(&wanted.trait_type);
            let candidates: Vec<&Node> = written
                .iter()
                .filter_map(|node| match &node.get("traits")?.value {
                    NodeValue::List(items) => {
                        let of_type = |node: &&Node| text(node, "type") == Some(&wanted.trait_type);
                        let found: Vec<&Node> = items.iter().filter(of_type).collect();
                        let at = before.min(found.len().saturating_sub(1));
                        found.get(at)?.get("properties")
                    }
                    _ => None,
                })
                .collect();
            wanted.properties.as_ref().map(|properties| placed(properties, &candidates))
        })
        .collect()
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    match &node.get(key)?.value {
        NodeValue::String(text) => Some(text),
        _ => None,
    }
}

/// Where a component is written: what overrides it, the last first, and then itself.
fn patches(app: &Application, one: &Component, overrides: &[&Policy]) -> Vec<Node> {
    let listed = |list: Option<&Node>| match list.map(|node| &node.value) {
        Some(NodeValue::List(items)) => items.clone(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for policy in overrides.iter().rev() {
        let own = app.policies.iter().position(|other| std::ptr::eq(other, *policy));
        let properties = match own {
            Some(at) => app.document.at(&format!("spec.policies[{at}].properties")).cloned(),
            None => policy.properties.as_ref().map(|json| spread(json, policy.span)),
        };
        let patches = listed(properties.as_ref().and_then(|node| node.get("components")));
        found.extend(
            patches
                .into_iter()
                .rev()
                .filter(|node| names_component(text(node, "name").unwrap_or_default(), &one.name)),
        );
    }
    let components = listed(app.document.at("spec.components"));
    found.extend(components.into_iter().filter(|node| text(node, "name") == Some(&one.name)));
    found
}

/// A document all of which stands in one place.
fn spread(json: &Json, span: Span) -> Node {
    fn place(node: &mut Node, span: Span) {
        node.span = span;
        match &mut node.value {
            NodeValue::List(items) => items.iter_mut().for_each(|item| place(item, span)),
            NodeValue::Map(entries) => {
                entries.iter_mut().for_each(|entry| place(&mut entry.value, span));
            }
            _ => {}
        }
    }
    let mut node = Node::from_json(json);
    place(&mut node, span);
    node
}

/// Data with the places of the first document that says the same.
fn placed(json: &Json, candidates: &[&Node]) -> Value {
    match json {
        Json::Object(members) => {
            let fields = members.iter().map(|(key, member)| {
                let below: Vec<&Node> = candidates.iter().filter_map(|n| n.get(key)).collect();
                (key.as_str().into(), placed(member, &below))
            });
            let own = candidates.iter().find(|node| matches!(node.value, NodeValue::Map(_)));
            let own: Vec<Span> = own.map(|node| node.span).into_iter().collect();
            Value::from_fields(fields).with_origins(&own)
        }
        Json::Array(items) => {
            let written = candidates.iter().find(|node| node.to_json() == *json);
            let inner = match written.map(|node| &node.value) {
                Some(NodeValue::List(inner)) => inner.as_slice(),
                _ => &[],
            };
            let elements = items.iter().enumerate().map(|(i, item)| {
                let below: Vec<&Node> = inner.get(i).into_iter().collect();
                placed(item, &below)
            });
            let own: Vec<Span> = written.map(|node| node.span).into_iter().collect();
            Value::from_elements(elements).with_origins(&own)
        }
        scalar => {
            let written = candidates.iter().find(|node| node.to_json() == *scalar);
            let own: Vec<Span> = written.map(|node| node.span).into_iter().collect();
            data::value(scalar).with_origins(&own)
        }
    }
}
