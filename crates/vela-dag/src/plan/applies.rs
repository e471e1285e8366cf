//! Which components a step applies, in which form and where.

use super::build::PlanOptions;
use crate::catalog::Catalog;
use crate::error::Error;
use crate::oam::{Application, Component, DefinitionKind, Policy, Step};
use crate::policy::{
    self, DeployStep, Override, Placement, Replication, Topology, apply_overrides, placements,
};
use crate::workflow::Steps;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::Arc;
use vela_lang::nearest;

/// A component as a step applies it.
pub(super) struct Applied {
    /// The component with all changes made.
    pub(super) component: Arc<Component>,
    /// Where it goes.
    pub(super) placement: Placement,
}

/// Answers which components steps apply.
pub(super) struct Applies<'a> {
    app: &'a Application,
    catalog: &'a Catalog,
    options: &'a PlanOptions,
    /// Components that a step names: `apply-remaining` leaves them out.
    named: BTreeSet<String>,
}

impl<'a> Applies<'a> {
    /// For the steps of an application.
    pub(super) fn new(
        app: &'a Application,
        catalog: &'a Catalog,
        options: &'a PlanOptions,
        steps: &Steps,
    ) -> Applies<'a> {
        let named = steps
            .steps
            .iter()
            .flat_map(|step| std::iter::once(step).chain(&step.sub_steps))
            .filter(|step| step.step_type.ends_with("apply-component"))
            .filter_map(|step| text(step, "component").map(str::to_owned))
            .collect();
        Applies { app, catalog, options, named }
    }

    /// What a step applies; nothing for steps of other types.
    pub(super) fn of(&self, step: &Step) -> Result<Vec<Applied>, Error> {
        match step.step_type.as_str() {
            "deploy" => self.deploy(step),
            "apply-component" | "builtin-apply-component" => self.component(step),
            "apply-application" | "apply-application-in-parallel" => {
                Ok(self.here(self.app.components.clone()))
            }
            "apply-remaining" => {
                let rest = self.app.components.iter().filter(|c| !self.named.contains(&c.name));
                Ok(self.here(rest.cloned().collect()))
            }
            "deploy2env" => self.environment(step),
            _ => Ok(Vec::new()),
        }
    }

    fn home(&self) -> Placement {
        Placement {
            cluster: String::from("local"),
            namespace: self.app.metadata.namespace().to_owned(),
        }
    }

    fn here(&self, components: Vec<Component>) -> Vec<Applied> {
        components
            .into_iter()
            .map(|component| Applied { component: Arc::new(component), placement: self.home() })
            .collect()
    }

    fn component(&self, step: &Step) -> Result<Vec<Applied>, Error> {
        let name = text(step, "component").unwrap_or_default();
        let found = self.app.components.iter().find(|c| c.name == name).ok_or_else(|| {
            let near = nearest(name, self.app.components.iter().map(|c| c.name.as_str()));
            let help = near.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
            Error::new(format!("the application has no component {name:?}{help}"))
        })?;
        let mut placement = self.home();
        if let Some(cluster) = text(step, "cluster").filter(|c| !c.is_empty()) {
            placement.cluster = cluster.to_owned();
        }
        if let Some(namespace) = text(step, "namespace").filter(|n| !n.is_empty()) {
            placement.namespace = namespace.to_owned();
        }
        Ok(vec![Applied { component: Arc::new(found.clone()), placement }])
    }

    fn deploy(&self, step: &Step) -> Result<Vec<Applied>, Error> {
        let deploy = DeployStep::of(step)?;
        let policies = deploy_policies(self.app, &deploy)?;
        let mut topologies = Vec::new();
        let mut replications = Vec::new();
        for policy in &policies {
            match policy.policy_type.as_str() {
                "topology" => topologies.push((policy.name.as_str(), Topology::of(policy)?)),
                "replication" => replications.push(Replication::of(policy)?),
                _ => {}
            }
        }
        let namespace = self.app.metadata.namespace();
        let places = placements(&topologies, namespace, self.options.clusters.as_deref())?;
        let mut components = overridden(self.app, &policies)?;
        if deploy.ignore_terraform_component.unwrap_or(true) {
            components.retain(|component| {
                !self
                    .catalog
                    .get(DefinitionKind::Component, &component.component_type)
                    .is_ok_and(|definition| definition.terraform.is_some())
            });
        }
        let components = policy::replicate(components, &replications);
        Ok(components
            .into_iter()
            .map(Arc::new)
            .flat_map(|component| {
                places.iter().map(move |placement| Applied {
                    component: Arc::clone(&component),
                    placement: placement.clone(),
                })
            })
            .collect())
    }

    /// A `deploy2env` step: the components of an environment, changed by its patch.
    fn environment(&self, step: &Step) -> Result<Vec<Applied>, Error> {
        let wanted = text(step, "env").unwrap_or_default();
        let policy = text(step, "policy").filter(|name| !name.is_empty());
        let env = self
            .app
            .policies
            .iter()
            .filter(|p| p.policy_type == "env-binding" && policy.is_none_or(|name| p.name == name))
            .filter_map(|p| p.properties.as_ref()?.get("envs")?.as_array())
            .flatten()
            .find(|env| env.get("name").and_then(Json::as_str) == Some(wanted));
        let Some(env) = env else { return Ok(Vec::new()) };
        let mut components = self.app.components.clone();
        if let Some(patch) = env.get("patch") {
            let patch = serde_json::from_value::<Override>(patch.clone()).map_err(|e| {
                Error::new(e.to_string()).within(format!("patch of environment {wanted}"))
            })?;
            components = apply_overrides(&components, &[patch])?;
        }
        if let Some(names) = env.pointer("/selector/components").and_then(Json::as_array) {
            components.retain(|c| names.iter().any(|name| name.as_str() == Some(&c.name)));
        }
        let mut placement = self.home();
        let at = |pointer: &str| env.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
        if let Some(cluster) = at("/placement/clusterSelector/name") {
            placement.cluster = cluster;
        }
        if let Some(namespace) = at("/placement/namespaceSelector/name") {
            placement.namespace = namespace;
        }
        Ok(components
            .into_iter()
            .map(|component| Applied {
                component: Arc::new(component),
                placement: placement.clone(),
            })
            .collect())
    }
}

/// The policies that a deploy step names, in its order: the application's own or external ones.
///
/// # Errors
/// There is none of that name.
pub(crate) fn deploy_policies<'p>(
    app: &'p Application,
    deploy: &DeployStep,
) -> Result<Vec<&'p Policy>, Error> {
    let external = || {
        let here = |namespace: &str| namespace == app.metadata.namespace();
        app.external
            .policies
            .iter()
            .filter(move |p| here(p.metadata.namespace()))
            .map(|p| &p.policy)
    };
    deploy
        .policies
        .iter()
        .map(|name| {
            app.policies.iter().chain(external()).find(|p| p.name == *name).ok_or_else(|| {
                let names = app.policies.iter().chain(external()).map(|p| p.name.as_str());
                let help = nearest(name, names).map(|n| format!("; did you mean {n}?"));
                Error::new(format!("external policy {name} not found{}", help.unwrap_or_default()))
            })
        })
        .collect()
}

/// The application's components, changed by the overrides among these policies.
///
/// # Errors
/// An override is wrong.
pub(crate) fn overridden(app: &Application, policies: &[&Policy]) -> Result<Vec<Component>, Error> {
    let overrides: Vec<Override> = policies
        .iter()
        .filter(|policy| policy.policy_type == "override")
        .map(|policy| Override::of(policy))
        .collect::<Result<_, _>>()?;
    apply_overrides(&app.components, &overrides)
}

fn text<'s>(step: &'s Step, name: &str) -> Option<&'s str> {
    step.properties.as_ref()?.get(name)?.as_str()
}
