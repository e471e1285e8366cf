//! Rendering one component after the other.

use super::context::AppContext;
use super::{Manifest, RenderOptions, component};
use crate::catalog::Catalog;
use crate::error::Error;
use crate::oam::{Application, Component, DefinitionKind};
use std::collections::BTreeMap;

/// Renders components of an application, for one cluster or another.
pub(crate) struct Renderer<'a> {
    app: &'a Application,
    catalog: &'a Catalog,
    options: &'a RenderOptions,
    /// What all components see, by cluster.
    contexts: BTreeMap<String, AppContext<'a>>,
}

/// What the objects of a component depend on beside the component and the application's metadata.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Dependence {
    /// On the cluster.
    pub(crate) cluster: bool,
    /// On other components.
    pub(crate) components: bool,
    /// On the outside.
    pub(crate) outside: bool,
}

impl<'a> Renderer<'a> {
    pub(crate) fn new(
        app: &'a Application,
        catalog: &'a Catalog,
        options: &'a RenderOptions,
    ) -> Renderer<'a> {
        Renderer { app, catalog, options, contexts: BTreeMap::new() }
    }

    /// Renders a component for a cluster (empty: not decided yet).
    ///
    /// # Errors
    /// As [`super::render`].
    pub(crate) fn render(
        &mut self,
        one: &Component,
        cluster: &str,
    ) -> Result<Vec<Manifest>, Error> {
        let loaded = component::load(self.catalog, one)
            .map_err(|e| e.within("failed to parseComponents"))?;
        let (app, options) = (self.app, self.options);
        let context = self.contexts.entry(cluster.to_owned()).or_insert_with(|| {
            AppContext::new(app, &app.components, &options.cluster_version, cluster)
        });
        component::render(self.catalog, options, app, context, &loaded)
            .map_err(|e| e.within("cannot generate manifests from components and traits"))
    }

    /// What the objects of a component depend on.
    pub(crate) fn dependence(&self, one: &Component) -> Dependence {
        let own = (DefinitionKind::Component, one.component_type.as_str());
        let traits = one.traits.iter().map(|t| (DefinitionKind::Trait, t.trait_type.as_str()));
        let mut all = Dependence { cluster: false, components: false, outside: false };
        for (kind, name) in std::iter::once(own).chain(traits) {
            let definition = self.catalog.get(kind, name).ok();
            let Some(template) = definition.and_then(|found| found.template.as_ref()) else {
                continue;
            };
            let reads = template.reads();
            all.cluster |= reads.has("cluster");
            all.components |= reads.has("components");
            all.outside |= reads.outside() && self.options.outside.is_some();
        }
        all
    }
}
