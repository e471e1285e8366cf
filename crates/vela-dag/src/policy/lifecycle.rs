//! Policies about objects once they are there: whether they may be written, adopted, shared or left
//! to drift, and what becomes of them in the end.
//!
//! Rendering does not heed them; a Plan carries them, read and checked, to what executes it.

use super::parameters;
use crate::error::Error;
use crate::oam::Policy;
use serde::{Deserialize, Serialize};

/// A policy about the life of objects, as a Plan carries it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LifecyclePolicy {
    /// Its name in the application.
    pub name: String,
    /// What it says.
    #[serde(flatten)]
    pub kind: Lifecycle,
}

/// What a policy says about the life of objects. Of the rules of a policy the first that selects an
/// object counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", content = "properties", rename_all = "kebab-case")]
pub enum Lifecycle {
    /// What happens to objects that the application no longer has.
    GarbageCollect(GarbageCollect),
    /// Which objects and fields may drift.
    ApplyOnce(ApplyOnce),
    /// Objects that are never written and must be there.
    ReadOnly(Selections),
    /// Objects that may be adopted where nobody owns them.
    TakeOver(Selections),
    /// Objects that several applications share.
    SharedResource(Selections),
    /// How objects that are there are changed.
    ResourceUpdate(ResourceUpdate),
}

/// Which objects: all parts that say something must hold, of one part any value; one that says nothing
/// at all selects nothing.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Selector {
    /// Names of components.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub component_names: Vec<String>,
    /// Types of components.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub component_types: Vec<String>,
    /// `COMPONENT` or `TRAIT`: what made the object.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub oam_types: Vec<String>,
    /// Types of traits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trait_types: Vec<String>,
    /// Kinds of objects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_types: Vec<String>,
    /// Names of objects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
}

/// What a selector looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Selected<'o> {
    /// The component.
    pub component: &'o str,
    /// Its type.
    pub component_type: &'o str,
    /// The trait that made the object; nothing where the component itself did.
    pub trait_type: Option<&'o str>,
    /// The kind of the object.
    pub kind: &'o str,
    /// Its name.
    pub name: &'o str,
}

impl Selector {
    /// Whether an object is selected.
    pub fn selects(&self, object: &Selected<'_>) -> bool {
        let oam_type = if object.trait_type.is_some() { "TRAIT" } else { "COMPONENT" };
        let parts = [
            (&self.component_names, object.component),
            (&self.component_types, object.component_type),
            (&self.oam_types, oam_type),
            (&self.trait_types, object.trait_type.unwrap_or_default()),
            (&self.resource_types, object.kind),
            (&self.resource_names, object.name),
        ];
        let mut said = parts.iter().filter(|(wanted, _)| !wanted.is_empty()).peekable();
        said.peek().is_some() && said.all(|(wanted, is)| wanted.iter().any(|one| one == is))
    }
}

/// Rules that only select.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selections {
    /// The rules.
    pub rules: Vec<Selection>,
}

/// A rule that only selects.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selection {
    /// Which objects.
    pub selector: Selector,
}

/// What happens to objects that the application no longer has.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GarbageCollect {
    /// How many revisions stay; the engine decides where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_revision_limit: Option<u32>,
    /// Whether objects that only an older revision has stay.
    pub keep_legacy_resource: bool,
    /// Whether a failed workflow is followed by collection, too.
    pub continue_on_failure: bool,
    /// In which order; any, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<CollectOrder>,
    /// Rules for single objects.
    pub rules: Vec<CollectRule>,
}

/// In which order objects are deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CollectOrder {
    /// What depends on others goes first.
    Dependency,
}

/// A rule of garbage collection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectRule {
    /// Which objects.
    #[serde(default)]
    pub selector: Selector,
    /// When they are deleted.
    #[serde(default)]
    pub strategy: CollectStrategy,
    /// What becomes of the objects that they own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propagation: Option<Propagation>,
}

/// When an object is deleted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CollectStrategy {
    /// Never.
    Never,
    /// With the application.
    OnAppDelete,
    /// Once the application no longer has it.
    #[default]
    OnAppUpdate,
}

/// What becomes of the objects that a deleted one owns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Propagation {
    /// They stay.
    Orphan,
    /// They go with it.
    Cascading,
}

/// Which objects and fields may drift.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApplyOnce {
    /// Whether it is in force; without rules, for every object of the application.
    pub enable: bool,
    /// Rules for single objects.
    pub rules: Vec<DriftRule>,
}

/// A rule about drift.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DriftRule {
    /// Which objects.
    pub selector: Selector,
    /// What may drift, and when.
    pub strategy: DriftStrategy,
}

/// What may drift, and when.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DriftStrategy {
    /// Paths of fields; `*` is all.
    pub path: Vec<String>,
    /// When drift is left alone.
    pub affect: Affect,
}

/// When drift is left alone.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Affect {
    /// Always.
    #[default]
    #[serde(alias = "")]
    Always,
    /// When the application is deployed anew.
    OnUpdate,
    /// When its state is kept up between deployments.
    OnStateKeep,
}

/// How objects that are there are changed.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResourceUpdate {
    /// The rules.
    pub rules: Vec<UpdateRule>,
}

/// A rule about changes.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateRule {
    /// Which objects.
    pub selector: Selector,
    /// How they are changed.
    pub strategy: UpdateStrategy,
}

/// How an object is changed.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateStrategy {
    /// Patched or put in its place.
    pub op: UpdateOperation,
    /// Fields whose change makes a new object of it.
    pub recreate_fields: Vec<String>,
}

/// Patched or replaced.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UpdateOperation {
    /// What changed is written.
    #[default]
    #[serde(alias = "")]
    Patch,
    /// The whole is written.
    Replace,
}

/// The policies about the life of objects, in the application's order.
///
/// # Errors
/// One has an unknown field, or one of the wrong type.
pub fn lifecycle(policies: &[Policy]) -> Result<Vec<LifecyclePolicy>, Error> {
    let mut found = Vec::new();
    for policy in policies {
        let kind = match policy.policy_type.as_str() {
            "garbage-collect" => Lifecycle::GarbageCollect(parameters(policy)?),
            "apply-once" => Lifecycle::ApplyOnce(parameters(policy)?),
            "read-only" => Lifecycle::ReadOnly(parameters(policy)?),
            "take-over" => Lifecycle::TakeOver(parameters(policy)?),
            "shared-resource" => Lifecycle::SharedResource(parameters(policy)?),
            "resource-update" => Lifecycle::ResourceUpdate(parameters(policy)?),
            _ => continue,
        };
        found.push(LifecyclePolicy { name: policy.name.clone(), kind });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Selected, Selector, lifecycle};
    use crate::policy::tests::policy;
    use serde_json::json;

    #[test]
    fn they_are_read_strictly_and_come_back_whole() {
        for (policy_type, properties) in [
            (
                "garbage-collect",
                json!({"keepLegacyResource": true, "continueOnFailure": false,
                    "order": "dependency", "rules": [{"selector": {"traitTypes": ["gateway"]},
                    "strategy": "never", "propagation": "orphan"}]}),
            ),
            (
                "apply-once",
                json!({"enable": true, "rules": [{"selector": {"resourceTypes": ["Deployment"]},
                    "strategy": {"path": ["spec.replicas"], "affect": "onStateKeep"}}]}),
            ),
            ("read-only", json!({"rules": [{"selector": {"componentNames": ["db"]}}]})),
            (
                "resource-update",
                json!({"rules": [{"selector": {"resourceTypes": ["Job"]},
                    "strategy": {"op": "replace", "recreateFields": ["spec.template"]}}]}),
            ),
        ] {
            let read = lifecycle(&[policy(policy_type, properties.clone())]).expect("it is right");
            let wanted = json!([{"name": "p", "type": policy_type, "properties": properties}]);
            assert_eq!(serde_json::to_value(&read).expect("it is data"), wanted);
            let wrong = lifecycle(&[policy(policy_type, json!({"rule": []}))]);
            let text = wrong.expect_err("there is no such field").to_string();
            assert!(text.contains(policy_type) && text.contains("rule"), "{text}");
        }
    }

    #[test]
    fn parts_narrow_values_widen_and_nothing_selects_nothing() {
        let object = Selected {
            component: "web",
            component_type: "webservice",
            trait_type: Some("gateway"),
            kind: "Ingress",
            name: "web-in",
        };
        for (selector, selects) in [
            (json!({}), false),
            (json!({"componentNames": ["web"]}), true),
            (json!({"componentNames": ["db", "web"], "oamTypes": ["TRAIT"]}), true),
            (json!({"componentNames": ["web"], "oamTypes": ["COMPONENT"]}), false),
            (json!({"resourceTypes": ["Ingress"], "resourceNames": ["other"]}), false),
        ] {
            let read: Selector = serde_json::from_value(selector.clone()).expect("it is right");
            assert_eq!(read.selects(&object), selects, "{selector}");
        }
    }
}
