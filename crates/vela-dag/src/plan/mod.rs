//! The Plan: what a deployment will do, as data.
//!
//! A Plan is made from an Application, policies and definitions, and nothing else: the same input
//! gives the same bytes. It is versioned JSON; a reader refuses versions that it does not know.

mod applies;
mod build;
mod cache;
mod digest;
mod hash;
mod policies;
mod session;
mod shape;

pub(crate) use applies::{deploy_policies, overridden};
pub(crate) use build::check_types;
pub use build::{PlanOptions, Render, build_with, plan, plan_of};
pub use hash::hash;
pub use session::Session;
pub(crate) use shape::Levels;
pub use shape::Shape;

use crate::policy::LifecyclePolicy;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;

/// The version of the format that this crate writes.
pub const VERSION: u32 = 1;

/// What a deployment will do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// [`VERSION`] of the writer.
    pub version: u32,
    /// The application.
    pub application: ApplicationRef,
    /// Hash of all that will be done, in hex: it does not depend on the order in which the application
    /// says things that have none.
    pub hash: String,
    /// How the top-level steps run.
    pub mode: Mode,
    /// How sub-steps of groups run where the group doesn't say.
    pub sub_mode: Mode,
    /// All nodes: artifacts by their ids, then steps in their order.
    pub nodes: Vec<Node>,
    /// What must come before what, and why; sorted.
    pub edges: Vec<Edge>,
    /// What the application says about the life of its objects, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<LifecyclePolicy>,
    /// What the author should know: codes and texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// Which application a plan is of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationRef {
    /// `metadata.name`
    pub name: String,
    /// `metadata.namespace`, `default` where it is absent.
    pub namespace: String,
    /// Hash of the application's own text after defaults, in hex.
    pub hash: String,
}

/// Steps one after another, or as their dependencies allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Mode {
    /// In order; a step waits for all before it.
    StepByStep,
    /// A step waits for what it depends on.
    #[serde(rename = "DAG")]
    Dag,
}

/// Names a node; stable under edits elsewhere: `component/web/local/default`, `step/deploy-prod`,
/// `step/group/sub`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub String);

/// Where a node acts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The kind of target: `local`, `kubernetes`, `terraform`, …
    pub kind: String,
    /// Which one: the cluster's name; `local` is the one that Vela itself runs on.
    pub cluster: String,
    /// The namespace, empty where the target has none.
    pub namespace: String,
}

/// One node of a plan.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its name in this plan.
    pub id: NodeId,
    /// What it is.
    #[serde(flatten)]
    pub kind: NodeKind,
    /// Where it acts; steps that act nowhere have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Hash of what it will do, in hex.
    pub hash: String,
    /// The step's `if`: a CUE expression, `always`, or nothing.
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Seconds after which it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// Values it takes from other steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    /// Values it gives to other steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Output>,
    /// The names of steps or components that it names in `dependsOn`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
}

/// The kinds of nodes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum NodeKind {
    /// The objects of one component on one target.
    #[serde(rename_all = "camelCase")]
    Artifact {
        /// The component.
        component: String,
        /// Its type as written: `webservice`, `webservice@v2`.
        component_type: String,
        /// What is applied, in order; the first is the workload where there is one.
        objects: Vec<Object>,
    },
    /// A workflow step whose definition is evaluated when it runs.
    #[serde(rename_all = "camelCase")]
    Action {
        /// The step's name.
        name: String,
        /// Its type: `deploy`, `apply-component`, …
        step_type: String,
        /// Its parameters as the application gives them.
        properties: Json,
        /// The artifacts that it applies; empty for steps that apply none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        applies: Vec<NodeId>,
    },
    /// A step that waits: a suspend, or a deploy that asks first.
    #[serde(rename_all = "camelCase")]
    Gate {
        /// The step's name.
        name: String,
        /// Its type.
        step_type: String,
        /// Its parameters (`message`, `duration`).
        properties: Json,
    },
    /// A group of steps.
    #[serde(rename_all = "camelCase")]
    Group {
        /// The step's name.
        name: String,
        /// How its steps run.
        mode: Mode,
        /// Its steps, in order.
        steps: Vec<NodeId>,
    },
}

/// One object of an artifact.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Object {
    /// What made it: empty for the workload, `trait/<type>/<output>` or `output/<name>` else.
    pub origin: String,
    /// When it is applied relative to the workload.
    #[serde(default)]
    pub stage: Stage,
    /// The manifest.
    pub manifest: Arc<Json>,
}

/// When an object is applied relative to its workload.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// Before it; must be healthy first.
    PreDispatch,
    /// With it.
    #[default]
    DefaultDispatch,
    /// After it is healthy.
    PostDispatch,
}

/// A value that a step takes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The name of an output, or `context.…`.
    pub from: String,
    /// Where in the parameters it goes; nowhere if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter_key: Option<String>,
}

/// A value that a step gives.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Its name.
    pub name: String,
    /// A CUE expression over the finished step.
    pub value_from: String,
}

/// One must come before the other.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// What comes first.
    pub from: NodeId,
    /// What comes after.
    pub to: NodeId,
    /// Why.
    pub reason: EdgeReason,
}

/// Why one comes before the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EdgeReason {
    /// `dependsOn`
    DependsOn,
    /// An input takes an output.
    Data,
    /// It applies what must be healthy.
    Health,
    /// Steps run in order, or objects in stages.
    Stage,
    /// A policy says so.
    Policy,
}

/// What the author should know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Warning {
    /// A stable name, such as `app/unknown-field`.
    pub code: String,
    /// The text, with its place.
    pub message: String,
}

/// Results of steps by name, in order.
pub type Values = IndexMap<String, Json>;
