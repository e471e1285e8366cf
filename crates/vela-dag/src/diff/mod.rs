//! What has changed from one plan to another: which nodes, objects and fields, and why.
//!
//! Nodes are matched by their ids, objects by kind, namespace and name. Where both plans are explained,
//! the chains of a changed field tell which line of the application or of a definition made the change.

use crate::explain::{Cause, Explained, Leaf};
use crate::plan::{Node, NodeId, NodeKind, Plan};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write;
use vela_lang::Path;

/// What became of something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// It is new.
    Added,
    /// It is no more.
    Removed,
    /// It is another.
    Changed,
}

impl Change {
    fn sign(self) -> char {
        match self {
            Change::Added => '+',
            Change::Removed => '-',
            Change::Changed => '~',
        }
    }
}

/// The difference between two plans.
#[derive(Clone, PartialEq, Default, Debug, Serialize)]
pub struct Difference {
    /// Nodes that differ, in the order of their ids.
    pub nodes: Vec<NodeDifference>,
    /// Edges that are new or no more, `from -> to (reason)`.
    pub edges: Vec<(Change, String)>,
    /// Other parts of the plan that differ: `mode`, `policies`, …
    pub parts: Vec<FieldDifference>,
}

/// A node that differs.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct NodeDifference {
    /// Which one.
    pub id: NodeId,
    /// What became of it.
    pub change: Change,
    /// Fields of the node that differ, beside its objects.
    pub fields: Vec<FieldDifference>,
    /// Its objects that differ.
    pub objects: Vec<ObjectDifference>,
}

/// An object that differs.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ObjectDifference {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub change: Change,
    /// Fields that differ; none for an object that is new or no more.
    pub fields: Vec<FieldDifference>,
}

/// A field that differs.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FieldDifference {
    /// Its path.
    pub path: String,
    /// What it was; nothing where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Json>,
    /// What it is; nothing where it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Json>,
    /// Which lines made the difference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
}

/// A plan, and the origins of its objects where they are known.
#[derive(Clone, Copy, Debug)]
pub struct Side<'p> {
    /// The plan.
    pub plan: &'p Plan,
    /// The origins.
    pub explained: &'p [Explained],
}

/// The difference between two plans.
pub fn diff(before: Side<'_>, after: Side<'_>) -> Difference {
    let mut difference = Difference::default();
    let old: BTreeMap<&NodeId, &Node> = before.plan.nodes.iter().map(|n| (&n.id, n)).collect();
    let new: BTreeMap<&NodeId, &Node> = after.plan.nodes.iter().map(|n| (&n.id, n)).collect();
    let mut ids: Vec<&NodeId> = old.keys().chain(new.keys()).copied().collect();
    ids.sort();
    ids.dedup();
    for id in ids {
        let made = match (old.get(id), new.get(id)) {
            (Some(old), Some(new)) => changed(old, new, before.explained, after.explained),
            (Some(old), None) => Some(whole(old, Change::Removed)),
            (None, Some(new)) => Some(whole(new, Change::Added)),
            (None, None) => None,
        };
        difference.nodes.extend(made);
    }
    let edges = |plan: &Plan| -> Vec<String> {
        let text = |edge: &crate::plan::Edge| {
            format!("{} -> {} ({:?})", edge.from.0, edge.to.0, edge.reason)
        };
        plan.edges.iter().map(text).collect()
    };
    let (old, new) = (edges(before.plan), edges(after.plan));
    let only = |these: &[String], those: &[String], change| -> Vec<(Change, String)> {
        let those: std::collections::BTreeSet<&String> = those.iter().collect();
        these.iter().filter(|e| !those.contains(e)).map(|e| (change, e.clone())).collect()
    };
    difference.edges = only(&old, &new, Change::Removed);
    difference.edges.extend(only(&new, &old, Change::Added));
    let part = |plan: &Plan| {
        serde_json::json!({
            "name": plan.application.name,
            "namespace": plan.application.namespace,
            "mode": plan.mode,
            "subMode": plan.sub_mode,
            "policies": plan.policies,
        })
    };
    fields("", &part(before.plan), &part(after.plan), &mut difference.parts);
    difference
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.edges.is_empty() && self.parts.is_empty()
    }

    /// The difference as text.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for part in &self.parts {
            field(part, "", &mut out);
        }
        for node in &self.nodes {
            let _ = writeln!(out, "{} {}", node.change.sign(), node.id.0);
            for one in &node.fields {
                field(one, "    ", &mut out);
            }
            for object in &node.objects {
                let sign = object.change.sign();
                let _ = writeln!(out, "    {sign} {} {}", object.kind, object.name);
                for one in &object.fields {
                    field(one, "        ", &mut out);
                }
            }
        }
        for (change, edge) in &self.edges {
            let _ = writeln!(out, "{} edge {edge}", change.sign());
        }
        out
    }
}

fn field(one: &FieldDifference, indent: &str, out: &mut String) {
    let text = |value: &Option<Json>| value.as_ref().map_or(String::from("–"), Json::to_string);
    let _ = writeln!(out, "{indent}{}: {} → {}", one.path, text(&one.before), text(&one.after));
    for why in &one.why {
        let _ = writeln!(out, "{indent}    {why}");
    }
}

fn whole(node: &Node, change: Change) -> NodeDifference {
    let objects = objects(node).map(|(_, manifest)| object(manifest, change, Vec::new()));
    NodeDifference { id: node.id.clone(), change, fields: Vec::new(), objects: objects.collect() }
}

fn object(manifest: &Json, change: Change, fields: Vec<FieldDifference>) -> ObjectDifference {
    ObjectDifference {
        kind: text(manifest, "/kind").to_owned(),
        name: text(manifest, "/metadata/name").to_owned(),
        change,
        fields,
    }
}

fn text<'j>(manifest: &'j Json, pointer: &str) -> &'j str {
    manifest.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

type Key<'j> = (&'j str, &'j str, &'j str, &'j str);

fn objects(node: &Node) -> impl Iterator<Item = (Key<'_>, &Json)> {
    let objects = match &node.kind {
        NodeKind::Artifact { objects, .. } => objects.as_slice(),
        _ => &[],
    };
    objects.iter().map(|object| {
        let manifest = &*object.manifest;
        let text = |pointer| text(manifest, pointer);
        let version = text("/apiVersion");
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let key = (group, text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
        (key, manifest)
    })
}

fn changed(
    old: &Node,
    new: &Node,
    before: &[Explained],
    after: &[Explained],
) -> Option<NodeDifference> {
    let mut own = Vec::new();
    fields("", &beside_objects(old), &beside_objects(new), &mut own);
    let old_objects: BTreeMap<Key<'_>, &Json> = objects(old).collect();
    let new_objects: BTreeMap<Key<'_>, &Json> = objects(new).collect();
    let mut differ = Vec::new();
    for (key, manifest) in &old_objects {
        if !new_objects.contains_key(key) {
            differ.push(object(manifest, Change::Removed, Vec::new()));
        }
    }
    for (key, manifest) in &new_objects {
        match old_objects.get(key) {
            None => differ.push(object(manifest, Change::Added, Vec::new())),
            Some(there) if there != manifest => {
                let mut found = Vec::new();
                fields("", there, manifest, &mut found);
                for field in &mut found {
                    let leaf = |all| leaf(all, manifest, &field.path);
                    field.why = reasons(leaf(before), leaf(after));
                }
                differ.push(object(manifest, Change::Changed, found));
            }
            Some(_) => {}
        }
    }
    (!own.is_empty() || !differ.is_empty()).then(|| NodeDifference {
        id: new.id.clone(),
        change: Change::Changed,
        fields: own,
        objects: differ,
    })
}

/// A node as data, without its hash and its objects.
fn beside_objects(node: &Node) -> Json {
    let mut data = serde_json::to_value(node).unwrap_or_default();
    if let Json::Object(members) = &mut data {
        members.remove("hash");
        members.remove("objects");
    }
    data
}

fn leaf<'e>(all: &'e [Explained], manifest: &Json, path: &str) -> Option<&'e Leaf> {
    let (kind, name) = (text(manifest, "/kind"), text(manifest, "/metadata/name"));
    let wanted = Path::parse(path).ok()?;
    all.iter()
        .filter(|one| one.kind == kind && one.name == name)
        .find_map(|one| one.below(&wanted).next())
}

/// The lines that only one of two chains has.
fn reasons(before: Option<&Leaf>, after: Option<&Leaf>) -> Vec<String> {
    let lines = |leaf: Option<&Leaf>| -> Vec<(String, String)> {
        let links = leaf.into_iter().flat_map(|leaf| &leaf.chain);
        links
            .filter_map(|link| {
                let place = link.place.as_ref()?;
                let what = match &link.cause {
                    Cause::Application { path } => path.clone(),
                    Cause::Override { policy, path } => format!("policy {policy}: {path}"),
                    Cause::Definition { kind, definition } => format!("{kind} {definition}"),
                    Cause::Rule { rule } => rule.clone(),
                };
                let at = format!("{}:{}:{}", place.file, place.line, place.column);
                Some((format!("{what} = {}", place.text), format!("{at}: {} ({what})", place.text)))
            })
            .collect()
    };
    let (old, new) = (lines(before), lines(after));
    let only = |these: &[(String, String)], those: &[(String, String)], sign: &str| {
        let mut told: Vec<String> = Vec::new();
        for (key, text) in these {
            if !those.iter().any(|(other, _)| other == key) {
                told.push(format!("{sign} {text}"));
            }
        }
        told
    };
    let mut why = only(&old, &new, "-");
    why.extend(only(&new, &old, "+"));
    why
}

/// The fields that differ between two values, at the deepest place where they do.
fn fields(path: &str, before: &Json, after: &Json, found: &mut Vec<FieldDifference>) {
    let mut open = vec![(path.to_owned(), Some(before), Some(after))];
    while let Some((path, before, after)) = open.pop() {
        match (before, after) {
            (Some(before), Some(after)) if before == after => {}
            (Some(Json::Object(old)), Some(Json::Object(new))) => {
                let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
                keys.sort();
                keys.dedup();
                for key in keys.into_iter().rev() {
                    let below = crate::explain::joined(&path, key);
                    open.push((below, old.get(key), new.get(key)));
                }
            }
            (Some(Json::Array(old)), Some(Json::Array(new))) => {
                for i in (0..old.len().max(new.len())).rev() {
                    open.push((format!("{path}[{i}]"), old.get(i), new.get(i)));
                }
            }
            (before, after) => found.push(FieldDifference {
                path,
                before: before.cloned(),
                after: after.cloned(),
                why: Vec::new(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
