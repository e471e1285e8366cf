//! The `replication` policy: copies of components, one per key.

use crate::error::Error;
use crate::oam::{Component, Policy};
use serde::Deserialize;

/// The parameters of a `replication` policy.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Replication {
    /// One copy is made per key.
    pub keys: Vec<String>,
    /// The names of the components that are copied.
    pub selector: Vec<String>,
}

impl Replication {
    /// The parameters of a policy.
    ///
    /// # Errors
    /// There are unknown fields, or a field has the wrong type.
    pub fn of(policy: &Policy) -> Result<Replication, Error> {
        super::parameters(policy)
    }
}

/// The components with the selected ones replaced by their copies.
pub fn replicate(components: Vec<Component>, replications: &[Replication]) -> Vec<Component> {
    let mut components = components;
    for replication in replications {
        components = components
            .into_iter()
            .flat_map(|component| {
                let selected = component.replica_key.is_none()
                    && replication.selector.contains(&component.name);
                if !selected {
                    return vec![component];
                }
                let copy = |key: &String| Component {
                    replica_key: Some(key.clone()),
                    ..component.clone()
                };
                replication.keys.iter().map(copy).collect()
            })
            .collect();
    }
    components
}
