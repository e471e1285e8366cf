//! What a plan was made of, so that the next one of the application is made from what has changed.

use super::{Node, NodeId, Plan};
use crate::oam::{Application, Component, External, Metadata};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A plan with the components that its artifacts were rendered from.
#[derive(Default, Debug)]
pub(super) struct Cache {
    key: Option<Key>,
    artifacts: BTreeMap<NodeId, (Arc<Component>, Node)>,
    /// The last component that was compared, and whether it is as it was.
    compared: Option<(Arc<Component>, Arc<Component>, bool)>,
}

/// What every artifact depends on beside its component.
#[derive(PartialEq, Debug)]
struct Key {
    metadata: Metadata,
    revision: String,
    /// Names, types and parameters; where they are written changes with every edit.
    policies: Vec<(String, String, Option<Json>)>,
    external: External,
}

impl Cache {
    /// The artifacts that are still good for an application. Those that depend on more than their
    /// component, as `is_bound` tells, are not kept.
    pub(super) fn of(
        plan: Plan,
        app: &Application,
        components: BTreeMap<NodeId, Arc<Component>>,
        is_bound: &dyn Fn(&Component) -> bool,
    ) -> Cache {
        let mut artifacts = BTreeMap::new();
        for node in plan.nodes {
            if let Some(component) = components.get(&node.id)
                && !is_bound(component)
            {
                artifacts.insert(node.id.clone(), (Arc::clone(component), node));
            }
        }
        Cache { key: Some(Key::of(app)), artifacts, compared: None }
    }

    /// Forgets everything where the application as a whole is another one.
    pub(super) fn check(&mut self, app: &Application) {
        let is_same = self.key.as_ref().is_some_and(|key| *key == Key::of(app));
        if !is_same {
            *self = Cache::default();
        }
    }

    /// The artifact of that name, if it was made of the same component.
    pub(super) fn take(&mut self, id: &NodeId, component: &Arc<Component>) -> Option<Node> {
        let (before, _) = self.artifacts.get(id)?;
        let known = self
            .compared
            .as_ref()
            .filter(|(old, new, _)| Arc::ptr_eq(old, before) && Arc::ptr_eq(new, component));
        let is_same = match known {
            Some((.., is_same)) => *is_same,
            None => {
                let is_same = is_same(before, component);
                self.compared = Some((Arc::clone(before), Arc::clone(component), is_same));
                is_same
            }
        };
        if is_same { self.artifacts.remove(id).map(|(_, node)| node) } else { None }
    }
}

/// Whether components say the same, wherever they are written.
fn is_same(one: &Component, other: &Component) -> bool {
    one.replica_key == other.replica_key
        && one.properties == other.properties
        && one.to_json() == other.to_json()
}

impl Key {
    fn of(app: &Application) -> Key {
        Key {
            metadata: app.metadata.clone(),
            revision: app.revision.clone(),
            policies: app
                .policies
                .iter()
                .map(|one| (one.name.clone(), one.policy_type.clone(), one.properties.clone()))
                .collect(),
            external: app.external.clone(),
        }
    }
}
