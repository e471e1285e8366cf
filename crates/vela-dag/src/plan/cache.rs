//! What a plan was made of, so that the next one of the application is made from what has changed.

use super::{Node, NodeId, Plan, PlanOptions};
use crate::catalog::Catalog;
use crate::oam::{Application, Component, External, Metadata, Trait};
use crate::render::{Dependence, Renderer};
use hashbrown::HashTable;
use serde_json::Value as Json;
use std::cell::OnceCell;
use std::hash::{BuildHasher, RandomState};
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
        let mut cache = Cache::with_room(self.built.components.len());
        for (component, node) in self.built.components.into_iter().zip(self.built.plan.nodes) {
            let depends = dependences.of(&component);
            let is_bound = depends.outside
                || depends.components
                    && *others.get_or_init(|| self.seen.as_ref() != Some(&listed(now)));
            if !is_bound {
                cache.put(component, node);
            }
        }
        cache
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
    /// A node leaves when it is taken.
    artifacts: Vec<(Arc<Component>, Option<Node>)>,
    /// Indices by the ids of the nodes, which come from the input: their hashes are keyed.
    by_id: HashTable<usize>,
    keys: RandomState,
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
    fn with_room(count: usize) -> Cache {
        Cache {
            artifacts: Vec::with_capacity(count),
            by_id: HashTable::with_capacity(count),
            ..Cache::default()
        }
    }

    /// Keeps an artifact; no two have the same id.
    fn put(&mut self, component: Arc<Component>, node: Node) {
        let hash = self.keys.hash_one(&node.id);
        self.artifacts.push((component, Some(node)));
        let (artifacts, keys) = (&self.artifacts, &self.keys);
        let again =
            |at: &usize| artifacts[*at].1.as_ref().map_or(0, |node| keys.hash_one(&node.id));
        self.by_id.insert_unique(hash, artifacts.len() - 1, again);
    }

    /// The artifact of that name, if it was made of the same component.
    pub(super) fn take(&mut self, id: &NodeId, component: &Arc<Component>) -> Option<Node> {
        let is_it = |at: &usize| self.artifacts[*at].1.as_ref().is_some_and(|node| node.id == *id);
        let at = *self.by_id.find(self.keys.hash_one(id), is_it)?;
        let (before, node) = self.artifacts.get_mut(at)?;
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
        if is_same { node.take() } else { None }
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
