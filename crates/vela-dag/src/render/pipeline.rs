//! The whole application, in the order in which failures are looked for.

use super::component::{self, Loaded};
use super::constraint::{Constraints, Placed};
use super::context::AppContext;
use super::evaluate::Extent;
use super::{Manifest, RenderOptions, policies, referred};
use crate::catalog::Catalog;
use crate::error::Error;
use crate::oam::{Application, Component, Definition, Policy};
use crate::plan::{check_types, deploy_policies, overridden};
use crate::policy::DeployStep;
use crate::workflow;
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_lang::Value;

/// Renders an application: what `vela dry-run` shows.
///
/// Every `deploy` step of the workflow renders the application with its overrides, once per topology
/// that it names; a workflow without such steps renders it once.
///
/// ```
/// use vela_dag::oam::Application;
/// use vela_dag::render::{RenderOptions, render};
/// use vela_dag::{Catalog, Engine};
///
/// let mut catalog = Catalog::new(Engine::new());
/// catalog.add_file("note.cue", r#"
/// note: type: "component"
/// template: {
///     output: {apiVersion: "v1", kind: "ConfigMap", data: text: parameter.text}
///     parameter: text: *"hello" | string
/// }
/// "#)?;
/// let app = Application::parse(catalog.sources(), "app.yaml", "
/// kind: Application
/// metadata: {name: notes}
/// spec: {components: [{name: first, type: note}]}
/// ")?.application;
/// let manifests = render(&app, &catalog, &RenderOptions::default())?;
/// assert_eq!(manifests[0].object["data"]["text"], "hello");
/// assert_eq!(manifests[0].object["metadata"]["name"], "first");
/// # Ok::<(), vela_dag::Error>(())
/// ```
///
/// # Errors
/// A definition is missing, a template fails, or something is not concrete; the text names
/// component, trait and field.
pub fn render(
    app: &Application,
    catalog: &Catalog,
    options: &RenderOptions,
) -> Result<Vec<Manifest>, Error> {
    let policies = check(app, catalog, &app.components)?;
    let mut manifests = Vec::new();
    for Rendering { components, times, .. } in renderings(app)? {
        let changed = components != app.components;
        if changed {
            check(app, catalog, &components)
                .map_err(|e| e.within("cannot generate appFile from application"))?;
        }
        let made = render_once(app, catalog, options, &components, &policies)?;
        for _ in 1..times {
            manifests.extend(made.iter().cloned());
        }
        manifests.extend(made);
    }
    Ok(manifests)
}

/// The components of an application as one deploy step has them.
pub(crate) struct Rendering<'a> {
    /// The components, overridden.
    pub(crate) components: Vec<Component>,
    /// The policies that override them, in their order.
    pub(crate) overrides: Vec<&'a Policy>,
    /// How many topologies the step names, at least one.
    times: usize,
}

/// What each deploy step makes of the components; where there is none, the components as they are.
///
/// # Errors
/// A step or a policy makes no sense.
pub(crate) fn renderings(app: &Application) -> Result<Vec<Rendering<'_>>, Error> {
    let steps = workflow::steps(app, &app.external.workflows)
        .map_err(|e| e.within("failed to parseWorkflowSteps"))?;
    let mut renderings = Vec::new();
    for step in steps.steps.iter().filter(|step| step.step_type == "deploy") {
        let deploy = DeployStep::of(step).map_err(|e| e.within("failed to parsePolicies"))?;
        let named =
            deploy_policies(app, &deploy).map_err(|e| e.within("failed to parsePolicies"))?;
        let times = named.iter().filter(|p| p.policy_type == "topology").count().max(1);
        let components = overridden(app, &named)?;
        let overrides = named.into_iter().filter(|p| p.policy_type == "override").collect();
        renderings.push(Rendering { components, overrides, times });
    }
    if renderings.is_empty() {
        let components = app.components.clone();
        renderings.push(Rendering { components, overrides: Vec::new(), times: 1 });
    }
    Ok(renderings)
}

/// The policies of an application that render objects, with their definitions.
type RenderingPolicies<'a> = Vec<(&'a Policy, &'a Arc<Definition>)>;

/// Checks that everything that the application names is there.
fn check<'a>(
    app: &'a Application,
    catalog: &'a Catalog,
    components: &[Component],
) -> Result<RenderingPolicies<'a>, Error> {
    for one in components {
        component::load(catalog, one).map_err(|e| e.within("failed to parseComponents"))?;
    }
    let steps = workflow::steps(app, &app.external.workflows)
        .map_err(|e| e.within("failed to parseWorkflowSteps"))?;
    check_types(&steps, catalog).map_err(|e| e.within("failed to parseWorkflowSteps"))?;
    let mut rendering = Vec::new();
    for policy in &app.policies {
        let definition =
            policies::load(catalog, policy).map_err(|e| e.within("failed to parsePolicies"))?;
        rendering.extend(definition.map(|definition| (policy, definition)));
    }
    for step in steps.steps.iter().filter(|step| step.step_type == "deploy") {
        DeployStep::of(step)
            .and_then(|deploy| deploy_policies(app, &deploy).map(drop))
            .map_err(|e| e.within("failed to parsePolicies"))?;
    }
    for one in components {
        referred::check(one).map_err(|e| e.within("failed to parseReferredObjects"))?;
    }
    Ok(rendering)
}

fn render_once(
    app: &Application,
    catalog: &Catalog,
    options: &RenderOptions,
    components: &[Component],
    policies: &RenderingPolicies<'_>,
) -> Result<Vec<Manifest>, Error> {
    let context = AppContext::new(app, components, &options.cluster_version, "");
    let mut constraints =
        Constraints::new(app, catalog, options).map_err(|e| e.within("failed to parsePolicies"))?;
    let mut manifests: Vec<Manifest> = Vec::new();
    let mut makers: Vec<&Component> = Vec::new();
    // Of components with one name the last counts, as often as the name is there.
    let by_name: BTreeMap<&str, &Component> =
        components.iter().map(|one| (one.name.as_str(), one)).collect();
    for one in components {
        let one = by_name.get(one.name.as_str()).copied().unwrap_or(one);
        let loaded: Loaded<'_> =
            component::load(catalog, one).map_err(|e| e.within("failed to parseComponents"))?;
        let made = component::render(catalog, options, app, &context, &loaded)
            .map_err(|e| e.within("cannot generate manifests from components and traits"))?;
        constraints.check(one, "", made.iter().map(|m| (m.origin.as_str(), &m.object)))?;
        makers.extend(made.iter().map(|_| one));
        manifests.extend(made);
    }
    let placed = placed(&makers, &manifests);
    constraints.check_all(&placed)?;
    let mut more = Vec::new();
    for (policy, definition) in policies {
        let made = policies::render(catalog, options, app, &context, (policy, definition), &placed)
            .map_err(|e| e.within("cannot generate manifests from policies"))?;
        more.extend(made.objects.into_iter().map(|(manifest, _)| manifest));
    }
    manifests.extend(more);
    Ok(manifests)
}

/// Manifests with the components that made them.
fn placed<'m>(makers: &[&'m Component], manifests: &'m [Manifest]) -> Vec<Placed<'m>> {
    makers
        .iter()
        .zip(manifests)
        .map(|(component, manifest)| Placed {
            component,
            origin: &manifest.origin,
            cluster: "",
            object: &manifest.object,
        })
        .collect()
}

/// Renders a policy for a cluster (empty: all of them), over what the components made there; nothing for
/// one that renders no objects.
///
/// # Errors
/// Its template fails, or something is not concrete.
pub(crate) fn render_policy(
    app: &Application,
    catalog: &Catalog,
    options: &RenderOptions,
    policy: &Policy,
    (cluster, made): (&str, &[Placed<'_>]),
) -> Result<Vec<Manifest>, Error> {
    let Some(definition) =
        policies::load(catalog, policy).map_err(|e| e.within("failed to parsePolicies"))?
    else {
        return Ok(Vec::new());
    };
    let context = AppContext::new(app, &app.components, &options.cluster_version, cluster);
    let made = policies::render(catalog, options, app, &context, (policy, definition), made)
        .map_err(|e| e.within("cannot generate manifests from policies"))?;
    Ok(made.objects.into_iter().map(|(manifest, _)| manifest).collect())
}

/// Renders one component of an application for a cluster (empty: not decided yet).
///
/// # Errors
/// As [`render`].
pub fn render_component(
    app: &Application,
    catalog: &Catalog,
    options: &RenderOptions,
    one: &Component,
    cluster: &str,
) -> Result<Vec<Manifest>, Error> {
    let context = AppContext::new(app, &app.components, &options.cluster_version, cluster);
    let loaded =
        component::load(catalog, one).map_err(|e| e.within("failed to parseComponents"))?;
    component::render(catalog, options, app, &context, &loaded)
        .map_err(|e| e.within("cannot generate manifests from components and traits"))
}

/// Objects with the values that they come from, and the templates that made these.
pub(crate) struct Traced {
    /// The objects.
    pub(crate) objects: Vec<(Manifest, Value)>,
    /// The templates with their values, in the order of evaluation.
    pub(crate) roots: Vec<(Arc<Definition>, Value)>,
}

/// Renders a component with these parameters, its own and its traits', and keeps what it comes from.
///
/// # Errors
/// As [`render`].
pub(crate) fn traced(
    app: &Application,
    catalog: &Catalog,
    options: &RenderOptions,
    one: &Component,
    (parameter, traits): (Value, Vec<Option<Value>>),
) -> Result<Traced, Error> {
    let context = AppContext::new(app, &app.components, &options.cluster_version, "");
    let loaded =
        component::load(catalog, one).map_err(|e| e.within("failed to parseComponents"))?;
    let given = component::Given { context: &context, parameter, traits, extent: Extent::Whole };
    let failed = |e: Error| e.within("cannot generate manifests from components and traits");
    let made = component::evaluate(catalog, options, app, &loaded, &given).map_err(failed)?;
    let manifests = component::manifests(app, &loaded, &made).map_err(failed)?;
    let objects = manifests.into_iter().zip(made.objects().cloned()).collect();
    Ok(Traced { objects, roots: made.roots })
}

/// The objects of an application's policies, each policy's on their own.
///
/// # Errors
/// As [`render`].
pub(crate) fn traced_policies(
    app: &Application,
    catalog: &Catalog,
    options: &RenderOptions,
) -> Result<Vec<Traced>, Error> {
    let context = AppContext::new(app, &app.components, &options.cluster_version, "");
    let mut made = Vec::new();
    let mut makers = Vec::new();
    for one in &app.components {
        let loaded =
            component::load(catalog, one).map_err(|e| e.within("failed to parseComponents"))?;
        made.extend(component::render(catalog, options, app, &context, &loaded)?);
        makers.resize(made.len(), one);
    }
    let made = placed(&makers, &made);
    let mut traced = Vec::new();
    for policy in &app.policies {
        let Some(definition) =
            policies::load(catalog, policy).map_err(|e| e.within("failed to parsePolicies"))?
        else {
            continue;
        };
        let policy = (policy, definition);
        traced.push(policies::render(catalog, options, app, &context, policy, &made)?);
    }
    Ok(traced)
}
