//! What the hashes of nodes and of plans are made of.

use super::hash::{Canonical, hash};
use super::{Edge, Node, NodeId, NodeKind, Object, Plan, Target};
use crate::oam::Node as Document;
use serde_json::json;

/// What a step does; in which order it applies artifacts is up to their edges.
pub(super) fn step_hash(node: &Node) -> String {
    let mut out = Canonical::default();
    out.raw("[");
    match &node.kind {
        NodeKind::Action { name, step_type, properties, applies } if !applies.is_empty() => {
            let mut sorted: Vec<&NodeId> = applies.iter().collect();
            sorted.sort();
            out.raw("{\"applies\":");
            out.list(sorted, |out, id| out.text(&id.0));
            out.raw(",\"kind\":\"action\",\"name\":");
            out.text(name);
            out.raw(",\"properties\":");
            out.json(properties);
            out.raw(",\"stepType\":");
            out.text(step_type);
            out.raw("}");
        }
        kind => out.value(kind),
    }
    out.raw(",");
    out.value(&node.condition);
    out.raw(",");
    out.value(&node.inputs);
    out.raw(",");
    out.value(&node.outputs);
    out.raw("]");
    out.hash()
}

/// What an artifact is, and where it goes.
pub(super) fn artifact_hash(kind: &NodeKind, target: &Target) -> String {
    let NodeKind::Artifact { component, component_type, objects } = kind else {
        return hash(&(kind, target));
    };
    let mut out = Canonical::default();
    out.raw("[{\"component\":");
    out.text(component);
    out.raw(",\"componentType\":");
    out.text(component_type);
    out.raw(",\"kind\":\"artifact\",\"objects\":");
    out.list(objects, |out, Object { origin, stage, manifest }| {
        out.raw("{\"manifest\":");
        out.json(manifest);
        out.raw(",\"origin\":");
        out.text(origin);
        out.raw(",\"stage\":");
        out.value(stage);
        out.raw("}");
    });
    out.raw("},{\"cluster\":");
    out.text(&target.cluster);
    out.raw(",\"kind\":");
    out.text(&target.kind);
    out.raw(",\"namespace\":");
    out.text(&target.namespace);
    out.raw("}]");
    out.hash()
}

/// What an application says, wherever it is written.
pub(super) fn document_hash(document: &Document) -> String {
    let mut out = Canonical::default();
    out.document(document);
    out.hash()
}

/// All that a plan says. Its nodes are in it by their hashes, sorted: their order means nothing beside
/// the edges.
pub(super) fn plan_hash(plan: &Plan) -> String {
    let mut nodes: Vec<&Node> = plan.nodes.iter().collect();
    nodes.sort_by(|a, b| place(a).cmp(&place(b)));
    let mut out = Canonical::default();
    out.raw("[");
    let application = (&plan.application.name, &plan.application.namespace);
    out.value(&json!([plan.version, application, plan.mode, plan.sub_mode]));
    out.raw(",");
    out.list(nodes, |out, node| {
        out.raw("[");
        out.text(&node.id.0);
        out.raw(",");
        out.text(&node.hash);
        out.raw(",");
        out.value(&node.timeout);
        out.raw(",");
        out.list(&node.depends_on, |out, name| out.text(name));
        out.raw("]");
    });
    out.raw(",");
    out.list(&plan.edges, |out, Edge { from, to, reason }| {
        out.raw("{\"from\":");
        out.text(&from.0);
        out.raw(",\"reason\":");
        out.value(reason);
        out.raw(",\"to\":");
        out.text(&to.0);
        out.raw("}");
    });
    out.raw(",");
    out.value(&plan.policies);
    out.raw("]");
    out.hash()
}

/// What nodes are sorted by.
fn place(node: &Node) -> (&NodeId, &String, Option<u64>, &Vec<String>) {
    (&node.id, &node.hash, node.timeout, &node.depends_on)
}

#[cfg(test)]
mod tests {
    use super::{artifact_hash, plan_hash, step_hash};
    use crate::oam::Application;
    use crate::plan::{NodeKind, PlanOptions, hash, plan};
    use crate::{Catalog, Engine};
    use serde_json::json;

    const APP: &str = "kind: Application
metadata: {name: shop, namespace: \"ünïcode \\\"x\\\"\"}
spec:
  components:
  - {name: b, type: note, properties: {n: 1.50, text: \"line\\n\\u2028\"}}
  - {name: a, type: note, dependsOn: [b]}
  policies:
  - {name: once, type: apply-once, properties: {enable: true}}
  - {name: here, type: topology, properties: {clusters: [k, l]}}
  workflow:
    steps:
    - {name: d, type: deploy, timeout: 5m, properties: {policies: [here]}}
    - {name: s, type: suspend, if: \"status.d.failed\"}
    - {name: g, type: step-group, subSteps: [{name: h, type: deploy, properties: {policies: [here]}}]}
";

    #[test]
    fn what_is_written_by_hand_is_what_the_data_says() {
        let mut catalog = Catalog::new(Engine::new());
        for (file, text) in [
            (
                "note.cue",
                "note: type: \"component\"\ntemplate: {\n\
                 output: {apiVersion: \"v1\", kind: \"ConfigMap\", data: parameter}\nparameter: {...}\n}",
            ),
            ("deploy.cue", "deploy: type: \"workflow-step\"\ntemplate: {}"),
        ] {
            catalog.add_file(file, text).expect("it is a definition");
        }
        let app = Application::parse(catalog.sources(), "app.yaml", APP).expect("it parses");
        let made = plan(&app.application, &catalog, &PlanOptions::default()).expect("it plans");
        assert!(made.nodes.len() > 7 && !made.edges.is_empty() && !made.policies.is_empty());
        for node in &made.nodes {
            let mut kind = node.kind.clone();
            if let NodeKind::Action { applies, .. } = &mut kind {
                applies.sort();
            }
            match &node.target {
                Some(target) => assert_eq!(artifact_hash(&kind, target), hash(&(&kind, target))),
                None => {
                    let whole = json!([kind, node.condition, node.inputs, node.outputs]);
                    assert_eq!(step_hash(node), hash(&whole));
                }
            }
        }
        let mut nodes: Vec<_> = made
            .nodes
            .iter()
            .map(|node| (&node.id, &node.hash, node.timeout, &node.depends_on))
            .collect();
        nodes.sort();
        let application = (&made.application.name, &made.application.namespace);
        let first = (made.version, application, made.mode, made.sub_mode);
        assert_eq!(made.application.hash, hash(&app.application.document.to_json()));
        assert_eq!(plan_hash(&made), hash(&(first, nodes, &made.edges, &made.policies)));
    }
}
