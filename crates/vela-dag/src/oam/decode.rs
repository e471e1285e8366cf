//! From documents to an Application and the objects beside it.

use super::application::{
    Application, Component, External, ExternalPolicy, ExternalWorkflow, Metadata, Policy, Step,
    Trait, Workflow,
};
use super::node::{Node, NodeValue};
use super::reader::{Fields, Reader};
use crate::plan::{Input, Mode, Output};
use std::sync::Arc;

const OBJECT: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];
const METADATA: &[&str] = &[
    "name",
    "namespace",
    "labels",
    "annotations",
    "generateName",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// An application's own document.
pub(super) fn application(reader: &mut Reader, document: Arc<Node>) -> Application {
    let object = reader.object(Some(&document), "", OBJECT);
    let metadata = metadata(reader, &object);
    let spec = reader.object(object.get("spec"), "spec", &["components", "policies", "workflow"]);
    let components = reader
        .list(&spec, "components")
        .into_iter()
        .map(|(path, node)| component(reader, &path, node))
        .collect();
    let policies = reader
        .list(&spec, "policies")
        .into_iter()
        .enumerate()
        .map(|(i, (path, node))| {
            let mut policy = policy(reader, &path, node);
            if policy.name.is_empty() {
                policy.name = format!("{}-auto-gen-{i}", policy.policy_type);
            }
            policy
        })
        .collect();
    let workflow = spec.get("workflow").map(|node| {
        let path = spec.path("workflow");
        let fields = reader.object(Some(node), &path, &["ref", "mode", "steps"]);
        workflow(reader, &fields)
    });
    let revision = match document.at("status.latestRevision.name").map(|node| &node.value) {
        Some(NodeValue::String(name)) => name.clone(),
        _ => String::new(),
    };
    Application {
        metadata,
        components,
        policies,
        workflow,
        revision,
        external: External::default(),
        document,
    }
}

/// A Policy object of its own.
pub(super) fn external_policy(reader: &mut Reader, document: &Node) -> ExternalPolicy {
    let object = reader.object(
        Some(document),
        "",
        &["apiVersion", "kind", "metadata", "type", "properties"],
    );
    let metadata = metadata(reader, &object);
    let policy = Policy {
        name: metadata.name.clone(),
        policy_type: reader.string(&object, "type").unwrap_or_default(),
        properties: reader.json(&object, "properties"),
        span: document.span,
    };
    ExternalPolicy { metadata, policy }
}

/// A Workflow object of its own.
pub(super) fn external_workflow(reader: &mut Reader, document: &Node) -> ExternalWorkflow {
    let object =
        reader.object(Some(document), "", &["apiVersion", "kind", "metadata", "mode", "steps"]);
    let metadata = metadata(reader, &object);
    let workflow = workflow(reader, &object);
    ExternalWorkflow { metadata, workflow }
}

/// `metadata` of an object.
pub(super) fn metadata(reader: &mut Reader, object: &Fields<'_>) -> Metadata {
    let fields = reader.object(object.get("metadata"), "metadata", METADATA);
    Metadata {
        name: reader.string(&fields, "name").unwrap_or_default(),
        namespace: reader.string(&fields, "namespace").unwrap_or_default(),
        labels: reader.string_map(&fields, "labels"),
        annotations: reader.string_map(&fields, "annotations"),
    }
}

fn component(reader: &mut Reader, path: &str, node: &Node) -> Component {
    let fields = reader.object(
        Some(node),
        path,
        &[
            "name",
            "type",
            "externalRevision",
            "properties",
            "dependsOn",
            "inputs",
            "outputs",
            "traits",
            "scopes",
        ],
    );
    let traits = reader
        .list(&fields, "traits")
        .into_iter()
        .map(|(path, node)| {
            let fields = reader.object(Some(node), &path, &["type", "properties"]);
            Trait {
                trait_type: reader.string(&fields, "type").unwrap_or_default(),
                properties: reader.json(&fields, "properties"),
                span: node.span,
            }
        })
        .collect();
    Component {
        name: reader.string(&fields, "name").unwrap_or_default(),
        component_type: reader.string(&fields, "type").unwrap_or_default(),
        external_revision: reader.string(&fields, "externalRevision").unwrap_or_default(),
        properties: reader.json(&fields, "properties"),
        depends_on: reader.strings(&fields, "dependsOn"),
        inputs: inputs(reader, &fields),
        outputs: outputs(reader, &fields),
        traits,
        replica_key: None,
        span: node.span,
    }
}

fn policy(reader: &mut Reader, path: &str, node: &Node) -> Policy {
    let fields = reader.object(Some(node), path, &["name", "type", "properties"]);
    Policy {
        name: reader.string(&fields, "name").unwrap_or_default(),
        policy_type: reader.string(&fields, "type").unwrap_or_default(),
        properties: reader.json(&fields, "properties"),
        span: node.span,
    }
}

fn workflow(reader: &mut Reader, fields: &Fields<'_>) -> Workflow {
    let path = fields.path("mode");
    let mode = reader.object(fields.get("mode"), &path, &["steps", "subSteps"]);
    let steps = reader
        .list(fields, "steps")
        .into_iter()
        .map(|(path, node)| step(reader, &path, node, true))
        .collect();
    Workflow {
        reference: reader.string(fields, "ref").filter(|name| !name.is_empty()),
        mode: run_mode(reader, &mode, "steps"),
        sub_mode: run_mode(reader, &mode, "subSteps"),
        steps,
        span: fields.span,
    }
}

fn step(reader: &mut Reader, path: &str, node: &Node, may_nest: bool) -> Step {
    const STEP: &[&str] = &[
        "name",
        "type",
        "meta",
        "if",
        "timeout",
        "dependsOn",
        "inputs",
        "outputs",
        "properties",
        "mode",
        "subSteps",
    ];
    let known = if may_nest { STEP } else { &STEP[..STEP.len() - 2] };
    let fields = reader.object(Some(node), path, known);
    let meta = reader.object(fields.get("meta"), &fields.path("meta"), &["alias"]);
    let sub_steps = reader
        .list(&fields, "subSteps")
        .into_iter()
        .map(|(path, node)| step(reader, &path, node, false))
        .collect();
    Step {
        name: reader.string(&fields, "name").unwrap_or_default(),
        step_type: reader.string(&fields, "type").unwrap_or_default(),
        alias: reader.string(&meta, "alias").unwrap_or_default(),
        condition: reader.string(&fields, "if").filter(|c| !c.trim().is_empty()),
        timeout: reader.string(&fields, "timeout").filter(|t| !t.is_empty()),
        depends_on: reader.strings(&fields, "dependsOn"),
        inputs: inputs(reader, &fields),
        outputs: outputs(reader, &fields),
        properties: reader.json(&fields, "properties"),
        mode: run_mode(reader, &fields, "mode"),
        sub_steps,
        span: node.span,
    }
}

fn run_mode(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> Option<Mode> {
    let text = reader.string(fields, name).filter(|mode| !mode.is_empty())?;
    match text.as_str() {
        "DAG" => Some(Mode::Dag),
        "StepByStep" => Some(Mode::StepByStep),
        _ => {
            let span = fields.get(name).map_or(fields.span, |node| node.span);
            let path = fields.path(name);
            let message = format!("unknown mode {text:?} is ignored: DAG or StepByStep");
            reader.warn("app/mode", span, &path, message);
            None
        }
    }
}

fn inputs(reader: &mut Reader, fields: &Fields<'_>) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (path, node) in reader.list(fields, "inputs") {
        let fields = reader.object(Some(node), &path, &["from", "parameterKey"]);
        inputs.push(Input {
            from: reader.name(&fields, "from").unwrap_or_default(),
            parameter_key: reader.string(&fields, "parameterKey").filter(|key| !key.is_empty()),
        });
    }
    inputs
}

fn outputs(reader: &mut Reader, fields: &Fields<'_>) -> Vec<Output> {
    let mut outputs = Vec::new();
    for (path, node) in reader.list(fields, "outputs") {
        let fields = reader.object(Some(node), &path, &["name", "valueFrom"]);
        outputs.push(Output {
            name: reader.name(&fields, "name").unwrap_or_default(),
            value_from: reader.string(&fields, "valueFrom").unwrap_or_default(),
        });
    }
    outputs
}

/// The `kind` of a document, if it is an object that has one.
pub(super) fn kind(document: &Node) -> Option<&str> {
    match document.get("kind").map(|node| &node.value) {
        Some(NodeValue::String(kind)) => Some(kind),
        _ => None,
    }
}
