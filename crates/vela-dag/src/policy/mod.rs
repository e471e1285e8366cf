//! Policies that Vela knows by itself: where components go and how they are changed on the way.
//!
//! Their parameters are read strictly. Policies of other types have a definition and render objects
//! of their own.

mod deploy;
mod lifecycle;
mod merge;
mod overrides;
mod placement;
mod replication;

pub use deploy::DeployStep;
pub use lifecycle::{
    Affect, ApplyOnce, CollectOrder, CollectRule, CollectStrategy, DriftRule, DriftStrategy,
    GarbageCollect, Lifecycle, LifecyclePolicy, Propagation, ResourceUpdate, Selected, Selection,
    Selections, Selector, UpdateOperation, UpdateRule, UpdateStrategy, lifecycle,
};
pub use merge::merge;
pub(crate) use overrides::names_component;
pub use overrides::{Override, apply_overrides};
pub use placement::{Cluster, Placement, Topology, placements};
pub use replication::{Replication, replicate};

use crate::error::Error;
use crate::oam::Policy;

/// The types of policies that need no definition.
pub const BUILT_IN: [&str; 11] = [
    "apply-once",
    "debug",
    "env-binding",
    "garbage-collect",
    "override",
    "read-only",
    "replication",
    "resource-update",
    "shared-resource",
    "take-over",
    "topology",
];

/// Whether policies of this type need no definition.
pub fn is_built_in(policy_type: &str) -> bool {
    BUILT_IN.contains(&policy_type)
}

/// Checks that a built-in policy has the parameters that it needs: all but `debug` need some.
///
/// # Errors
/// It has none.
pub fn check(policy: &Policy) -> Result<(), Error> {
    if is_built_in(&policy.policy_type)
        && policy.policy_type != "debug"
        && policy.properties.is_none()
    {
        return Err(Error::new(format!(
            "policy {} named {} must not have empty properties",
            policy.policy_type, policy.name
        )));
    }
    Ok(())
}

/// The parameters of a policy, read strictly.
fn parameters<T: serde::de::DeserializeOwned + Default>(policy: &Policy) -> Result<T, Error> {
    let Some(properties) = &policy.properties else { return Ok(T::default()) };
    serde_json::from_value(properties.clone()).map_err(|e| {
        Error::new(e.to_string())
            .within(format!("failed to parse {} policy {}", policy.policy_type, policy.name))
    })
}

#[cfg(test)]
mod tests;
