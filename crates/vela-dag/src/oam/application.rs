//! What an Application says, as typed data.

use super::node::Node;
use crate::plan::{Input, Mode, Output};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_lang::source::Span;

/// An OAM Application (core.oam.dev/v1beta1).
#[derive(Clone, PartialEq, Debug)]
pub struct Application {
    /// Name, namespace, labels and annotations.
    pub metadata: Metadata,
    /// What is deployed, in order.
    pub components: Vec<Component>,
    /// How it is deployed.
    pub policies: Vec<Policy>,
    /// In which steps; nothing where the steps are generated.
    pub workflow: Option<Workflow>,
    /// The name of its latest revision, where its status tells.
    pub revision: String,
    /// Policy and Workflow objects that stand beside it.
    pub external: External,
    /// The document as written: [`Application::place`] finds places in it.
    pub document: Arc<Node>,
}

/// Objects that stand beside an application and that it may name.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct External {
    /// Policies that deploy steps may name.
    pub policies: Vec<ExternalPolicy>,
    /// Workflows that the application may refer to.
    pub workflows: Vec<ExternalWorkflow>,
}

/// The part of an object's metadata that is used.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Metadata {
    /// The name.
    pub name: String,
    /// The namespace; empty where the author gave none.
    pub namespace: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

impl Metadata {
    /// The namespace, `default` where the author gave none.
    pub fn namespace(&self) -> &str {
        if self.namespace.is_empty() { "default" } else { &self.namespace }
    }
}

/// A component of an application.
#[derive(Clone, PartialEq, Debug)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// The name of its definition, maybe with a version: `webservice`, `webservice@v2`.
    pub component_type: String,
    /// The revision of the component that is kept outside of the application.
    pub external_revision: String,
    /// Its parameters, members sorted.
    pub properties: Option<Json>,
    /// Components that come first.
    pub depends_on: Vec<String>,
    /// Values that it takes.
    pub inputs: Vec<Input>,
    /// Values that it gives.
    pub outputs: Vec<Output>,
    /// Its traits, in the order in which they apply.
    pub traits: Vec<Trait>,
    /// Which copy it is, under a replication policy.
    pub replica_key: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// A trait of a component.
#[derive(Clone, PartialEq, Debug)]
pub struct Trait {
    /// The name of its definition, maybe with a version.
    pub trait_type: String,
    /// Its parameters, members sorted.
    pub properties: Option<Json>,
    /// Where it is written.
    pub span: Span,
}

/// A policy of an application.
#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    /// Its name; where the author gave none, `<type>-auto-gen-<index>`.
    pub name: String,
    /// What it is: `topology`, `override`, …
    pub policy_type: String,
    /// Its parameters, members sorted.
    pub properties: Option<Json>,
    /// Where it is written.
    pub span: Span,
}

/// The workflow of an application.
#[derive(Clone, PartialEq, Debug)]
pub struct Workflow {
    /// The Workflow object that has the steps.
    pub reference: Option<String>,
    /// How top-level steps run; nothing where the author does not say.
    pub mode: Option<Mode>,
    /// How sub-steps run; nothing where the author does not say.
    pub sub_mode: Option<Mode>,
    /// The steps.
    pub steps: Vec<Step>,
    /// Where it is written.
    pub span: Span,
}

/// A step of a workflow.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// The name of its definition.
    pub step_type: String,
    /// What people call it (`meta.alias`).
    pub alias: String,
    /// Whether it runs (`if`).
    pub condition: Option<String>,
    /// After which time it fails, as a Go duration.
    pub timeout: Option<String>,
    /// Steps that come first.
    pub depends_on: Vec<String>,
    /// Values that it takes.
    pub inputs: Vec<Input>,
    /// Values that it gives.
    pub outputs: Vec<Output>,
    /// Its parameters, members sorted.
    pub properties: Option<Json>,
    /// How its sub-steps run; nothing where the author does not say.
    pub mode: Option<Mode>,
    /// The steps of a group.
    pub sub_steps: Vec<Step>,
    /// Where it is written.
    pub span: Span,
}

/// A Policy object of its own, named by a deploy step.
#[derive(Clone, PartialEq, Debug)]
pub struct ExternalPolicy {
    /// Its metadata.
    pub metadata: Metadata,
    /// The policy.
    pub policy: Policy,
}

/// A Workflow object of its own, named by `spec.workflow.ref`.
#[derive(Clone, PartialEq, Debug)]
pub struct ExternalWorkflow {
    /// Its metadata.
    pub metadata: Metadata,
    /// The workflow.
    pub workflow: Workflow,
}

impl Application {
    /// Where a field is written: `place("spec.components[0].properties.image")`.
    pub fn place(&self, path: &str) -> Option<Span> {
        self.document.at(path).map(|node| node.span).filter(|span| !span.is_none())
    }
}

impl Component {
    /// The component as templates see it in `context.components`.
    pub fn to_json(&self) -> Json {
        let mut out = Map::new();
        if !self.depends_on.is_empty() {
            out.insert("dependsOn".into(), json!(self.depends_on));
        }
        if !self.external_revision.is_empty() {
            out.insert("externalRevision".into(), json!(self.external_revision));
        }
        if !self.inputs.is_empty() {
            out.insert("inputs".into(), json!(self.inputs));
        }
        out.insert("name".into(), json!(self.name));
        if !self.outputs.is_empty() {
            out.insert("outputs".into(), json!(self.outputs));
        }
        if let Some(properties) = &self.properties {
            out.insert("properties".into(), properties.clone());
        }
        if !self.traits.is_empty() {
            let traits = self.traits.iter().map(|t| {
                let mut out = Map::new();
                if let Some(properties) = &t.properties {
                    out.insert("properties".into(), properties.clone());
                }
                out.insert("type".into(), json!(t.trait_type));
                Json::Object(out)
            });
            out.insert("traits".into(), traits.collect());
        }
        out.insert("type".into(), json!(self.component_type));
        Json::Object(out)
    }
}
