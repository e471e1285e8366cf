//! X-Definitions: what a component, trait, policy or step type is.
//!
//! A definition comes from a `.cue` file ([`super::definition_file`]) or from a custom resource in
//! YAML or JSON; both give the same data. The specification of a `.cue` file is read strictly, that
//! of a custom resource as leniently as Kubernetes does.

use super::application::Metadata;
use super::decode;
use super::node::Node;
use super::reader::{Fields, Reader};
use crate::plan::Stage;
use crate::template::{Compiled, Reads};
use serde_json::Value as Json;
use std::fmt;
use vela_lang::syntax::ast;

/// What a definition defines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DefinitionKind {
    /// A component type.
    Component,
    /// A trait type.
    Trait,
    /// A policy type.
    Policy,
    /// A workflow step type.
    WorkflowStep,
    /// A workload type: an older form of component type.
    Workload,
}

impl DefinitionKind {
    /// The kind of the custom resource: `ComponentDefinition`, …
    pub fn resource(self) -> &'static str {
        match self {
            DefinitionKind::Component => "ComponentDefinition",
            DefinitionKind::Trait => "TraitDefinition",
            DefinitionKind::Policy => "PolicyDefinition",
            DefinitionKind::WorkflowStep => "WorkflowStepDefinition",
            DefinitionKind::Workload => "WorkloadDefinition",
        }
    }

    /// The kind of a custom resource.
    pub fn of_resource(kind: &str) -> Option<DefinitionKind> {
        DefinitionKind::ALL.into_iter().find(|k| k.resource() == kind)
    }

    /// The kind that a `.cue` file names in `type`.
    pub fn of_type(name: &str) -> Option<DefinitionKind> {
        DefinitionKind::ALL.into_iter().find(|k| k.to_string() == name)
    }

    /// All kinds.
    pub const ALL: [DefinitionKind; 5] = [
        DefinitionKind::Component,
        DefinitionKind::Trait,
        DefinitionKind::Policy,
        DefinitionKind::WorkflowStep,
        DefinitionKind::Workload,
    ];
}

impl fmt::Display for DefinitionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DefinitionKind::Component => "component",
            DefinitionKind::Trait => "trait",
            DefinitionKind::Policy => "policy",
            DefinitionKind::WorkflowStep => "workflow-step",
            DefinitionKind::Workload => "workload",
        })
    }
}

/// A definition.
#[derive(Clone, PartialEq, Debug)]
pub struct Definition {
    /// What it defines.
    pub kind: DefinitionKind,
    /// Its name, labels and annotations.
    pub metadata: Metadata,
    /// The file that it comes from, as errors call it.
    pub file: String,
    /// The CUE template, if it has one.
    pub template: Option<Template>,
    /// The Terraform module, if it is one.
    pub terraform: Option<Terraform>,
    /// What the kind-specific part says.
    pub spec: Spec,
}

/// The CUE template of a definition.
#[derive(Clone, PartialEq, Debug)]
pub struct Template {
    /// Imports and fields.
    pub file: ast::File,
    /// The same as text: what the custom resource holds.
    pub text: String,
    /// The program, once somebody needed it.
    pub compiled: Compiled,
}

impl Template {
    /// What it reads of its context.
    pub fn reads(&self) -> &Reads {
        self.compiled.reads(&self.text)
    }
}

/// The part of a definition that is neither metadata nor template.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Spec {
    /// Semantic version, for `type@v1.2.3`.
    pub version: String,
    /// `apiVersion` and `kind` of a component's workload, where it is fixed.
    pub workload: Option<(String, String)>,
    /// The name of the workload's type (`deployments.apps`).
    pub workload_type: String,
    /// How status and health are read off the cluster's objects.
    pub status: StatusTemplates,
    /// A trait: the workloads that it is made for; informational.
    pub applies_to: Vec<String>,
    /// A trait: the traits that it does not go with; informational.
    pub conflicts_with: Vec<String>,
    /// A trait: applying it restarts pods.
    pub pod_disruptive: bool,
    /// A trait: where its outputs refer to the workload.
    pub workload_ref_path: String,
    /// A trait: it owns the workload.
    pub manage_workload: bool,
    /// A trait: its outputs go to the control plane.
    pub control_plane_only: bool,
    /// A trait: when its outputs are applied.
    pub stage: Stage,
    /// A policy: it decides about health.
    pub manage_health_check: bool,
    /// A policy: what it works on; empty for one that renders objects or is built in.
    pub scope: String,
    /// The whole part as it was written, members sorted.
    pub source: Json,
}

/// CUE texts that read status and health off objects.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct StatusTemplates {
    /// Gives `message`.
    pub custom_status: String,
    /// Gives `isHealth`.
    pub health_policy: String,
    /// Gives fields to show.
    pub details: String,
}

/// A definition whose components are Terraform modules.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Terraform {
    /// The module itself or, for a remote one, its address.
    pub configuration: String,
    /// `hcl`, `remote`, or empty.
    pub module_type: String,
    /// The directory in a remote module.
    pub path: String,
    /// The provider to use, by default.
    pub provider_ref: Option<Json>,
    /// Where outputs go, by default.
    pub connection_secret: Option<Json>,
    /// The region, by default.
    pub region: String,
    /// Whether deleting the component destroys the resource; nothing where it does not say.
    pub delete_resource: Option<bool>,
    /// Credentials for the remote module.
    pub git_credentials: Option<Json>,
}

/// A custom resource as a definition without its template, and the template's text.
pub(super) fn resource(
    reader: &mut Reader,
    kind: DefinitionKind,
    document: &Node,
    file: &str,
) -> (Definition, Option<String>) {
    let object =
        reader.object(Some(document), "", &["apiVersion", "kind", "metadata", "spec", "status"]);
    let metadata = decode::metadata(reader, &object);
    let (spec, terraform, template) = spec(reader, kind, object.get("spec"));
    let definition =
        Definition { kind, metadata, file: file.to_owned(), template: None, terraform, spec };
    (definition, template)
}

/// The kind-specific part.
pub(super) fn spec(
    reader: &mut Reader,
    kind: DefinitionKind,
    node: Option<&Node>,
) -> (Spec, Option<Terraform>, Option<String>) {
    let known: &[&str] = match kind {
        DefinitionKind::Component => &[
            "workload",
            "childResourceKinds",
            "revisionLabel",
            "podSpecPath",
            "status",
            "schematic",
            "extension",
            "version",
        ],
        DefinitionKind::Trait => &[
            "appliesToWorkloads",
            "conflictsWith",
            "podDisruptive",
            "workloadRefPath",
            "revisionEnabled",
            "definitionRef",
            "status",
            "manageWorkload",
            "controlPlaneOnly",
            "stage",
            "schematic",
            "extension",
            "version",
        ],
        DefinitionKind::Policy => &[
            "definitionRef",
            "schematic",
            "manageHealthCheck",
            "version",
            "scope",
            "global",
            "priority",
        ],
        DefinitionKind::WorkflowStep => &["definitionRef", "schematic", "version"],
        DefinitionKind::Workload => &[
            "definitionRef",
            "childResourceKinds",
            "revisionLabel",
            "podSpecPath",
            "status",
            "schematic",
            "extension",
        ],
    };
    let path = if reader.strict { "attributes" } else { "spec" };
    let fields = reader.object(node, path, known);
    let workload = workload(reader, &fields);
    let status = reader.object(
        fields.get("status"),
        &fields.path("status"),
        &["customStatus", "healthPolicy", "details"],
    );
    let spec = Spec {
        version: reader.string(&fields, "version").unwrap_or_default(),
        workload: workload.0,
        workload_type: workload.1,
        status: StatusTemplates {
            custom_status: reader.string(&status, "customStatus").unwrap_or_default(),
            health_policy: reader.string(&status, "healthPolicy").unwrap_or_default(),
            details: reader.string(&status, "details").unwrap_or_default(),
        },
        applies_to: reader.strings(&fields, "appliesToWorkloads"),
        conflicts_with: reader.strings(&fields, "conflictsWith"),
        pod_disruptive: reader.bool(&fields, "podDisruptive").unwrap_or_default(),
        workload_ref_path: reader.string(&fields, "workloadRefPath").unwrap_or_default(),
        manage_workload: reader.bool(&fields, "manageWorkload").unwrap_or_default(),
        control_plane_only: reader.bool(&fields, "controlPlaneOnly").unwrap_or_default(),
        stage: stage(reader, &fields),
        manage_health_check: reader.bool(&fields, "manageHealthCheck").unwrap_or_default(),
        scope: reader.string(&fields, "scope").unwrap_or_default(),
        source: node.map(Node::to_json).unwrap_or_default(),
    };
    let schematic = reader.object(
        fields.get("schematic"),
        &fields.path("schematic"),
        &["cue", "terraform", "helm", "kube"],
    );
    let cue = reader.object(schematic.get("cue"), &schematic.path("cue"), &["template"]);
    let template = reader.string(&cue, "template");
    let terraform = terraform(reader, &schematic);
    (spec, terraform, template)
}

fn workload(reader: &mut Reader, fields: &Fields<'_>) -> (Option<(String, String)>, String) {
    let path = fields.path("workload");
    let workload = reader.object(fields.get("workload"), &path, &["type", "definition"]);
    let kind = reader.object(
        workload.get("definition"),
        &workload.path("definition"),
        &["apiVersion", "kind"],
    );
    let kind = workload.get("definition").map(|_| {
        (
            reader.string(&kind, "apiVersion").unwrap_or_default(),
            reader.string(&kind, "kind").unwrap_or_default(),
        )
    });
    (kind, reader.string(&workload, "type").unwrap_or_default())
}

fn stage(reader: &mut Reader, fields: &Fields<'_>) -> Stage {
    match reader.string(fields, "stage").unwrap_or_default().as_str() {
        "PreDispatch" => Stage::PreDispatch,
        "PostDispatch" => Stage::PostDispatch,
        "" | "DefaultDispatch" => Stage::DefaultDispatch,
        other => {
            let span = fields.get("stage").map_or(fields.span, |node| node.span);
            let path = fields.path("stage");
            let message = format!(
                "unknown stage {other:?} is read as DefaultDispatch; there are PreDispatch, \
                 DefaultDispatch and PostDispatch"
            );
            reader.warn("def/stage", span, &path, message);
            Stage::DefaultDispatch
        }
    }
}

fn terraform(reader: &mut Reader, schematic: &Fields<'_>) -> Option<Terraform> {
    let node = schematic.get("terraform")?;
    let fields = reader.object(
        Some(node),
        &schematic.path("terraform"),
        &[
            "configuration",
            "type",
            "path",
            "providerRef",
            "writeConnectionSecretToRef",
            "customRegion",
            "deleteResource",
            "gitCredentialsSecretReference",
        ],
    );
    Some(Terraform {
        configuration: reader.string(&fields, "configuration").unwrap_or_default(),
        module_type: reader.string(&fields, "type").unwrap_or_default(),
        path: reader.string(&fields, "path").unwrap_or_default(),
        provider_ref: reader.json(&fields, "providerRef"),
        connection_secret: reader.json(&fields, "writeConnectionSecretToRef"),
        region: reader.string(&fields, "customRegion").unwrap_or_default(),
        delete_resource: reader.bool(&fields, "deleteResource"),
        git_credentials: reader.json(&fields, "gitCredentialsSecretReference"),
    })
}
