//! What a plan was made of, so that the next one of the application is made from what has changed.

use super::{Node, NodeId, Plan, PlanOptions};
use crate::catalog::Catalog;
use crate::oam::{Application, Component, External, Metadata, Trait};
use crate::render::{Dependence, Renderer};
use serde_json::Value as Json;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

/// A plan, and what it was made of.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) plan: Plan,
    /// How many components were rendered.
    pub(super) rendered: usize,
    /// What its artifacts, which are its first nodes, were rendered from.
    pub(super) components: Vec<Arc<Component>>,
}

/// The plan of an application as it was.
#[derive(Debug)]
pub(super) struct Last {
    pub(super) built: Built,
    key: Key,
    /// The application's components, where one of them sees the others.
    seen: Option<Vec<Json>>,
}

impl Last {
    /// The plan of an application.
    pub(super) fn new(
        built: Built,
        app: &Application,
        catalog: &Catalog,
        options: &PlanOptions,
    ) -> Last {
        let mut dependences = Dependences::new(Renderer::new(app, catalog, &options.render));
        let sees = built.components.iter().any(|one| dependences.of(one).components);
        Last { key: Key::of(app), seen: sees.then(|| listed(app)), built }
    }

    /// What of it is still good for the application as it is now.
    pub(super) fn into_cache(
        self,
        now: &Application,
        catalog: &Catalog,
        options: &PlanOptions,
    ) -> Cache {
        if self.key != Key::of(now) {
            return Cache::default();
        }
        let mut dependences = Dependences::new(Renderer::new(now, catalog, &options.render));
        let others = OnceCell::new();
        let mut artifacts = HashMap::with_capacity(self.built.components.len());
        for (component, node) in self.built.components.into_iter().zip(self.built.plan.nodes) {
            let depends = dependences.of(&component);
            let is_bound = depends.outside
                || depends.components
                    && *others.get_or_init(|| self.seen.as_ref() != Some(&listed(now)));
            if !is_bound {
                artifacts.insert(node.id.clone(), (component, node));
            }
        }
        Cache { artifacts, compared: None }
    }
}

fn listed(app: &Application) -> Vec<Json> {
    app.components.iter().map(Component::to_json).collect()
}

/// What components depend on; the artifacts of one component follow each other.
struct Dependences<'a> {
    renderer: Renderer<'a>,
    last: Option<(Arc<Component>, Dependence)>,
}

impl<'a> Dependences<'a> {
    fn new(renderer: Renderer<'a>) -> Dependences<'a> {
        Dependences { renderer, last: None }
    }

    fn of(&mut self, component: &Arc<Component>) -> Dependence {
        match &self.last {
            Some((last, dependence)) if Arc::ptr_eq(last, component) => *dependence,
            _ => {
                let dependence = self.renderer.dependence(component);
                self.last = Some((Arc::clone(component), dependence));
                dependence
            }
        }
    }
}

/// Artifacts with the components that they were rendered from.
#[derive(Default, Debug)]
pub(super) struct Cache {
    artifacts: HashMap<NodeId, (Arc<Component>, Node)>,
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
    let Component {
        name,
        component_type,
        external_revision,
        properties,
        depends_on,
        inputs,
        outputs,
        traits,
        replica_key,
        span: _,
    } = one;
    let same_trait = |(one, other): (&Trait, &Trait)| {
        one.trait_type == other.trait_type && one.properties == other.properties
    };
    *name == other.name
        && *component_type == other.component_type
        && *external_revision == other.external_revision
        && *properties == other.properties
        && *depends_on == other.depends_on
        && *inputs == other.inputs
        && *outputs == other.outputs
        && *replica_key == other.replica_key
        && traits.len() == other.traits.len()
        && traits.iter().zip(&other.traits).all(same_trait)
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
