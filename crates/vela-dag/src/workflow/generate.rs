//! Which steps an application runs.
//!
//! The steps are, in this order of precedence: those of the Workflow object that the application
//! refers to; those that it lists; one `deploy` step per topology policy, each with all overrides;
//! one `deploy` step with all overrides where there is no topology; one step per environment of an
//! env-binding policy; one `apply-component` step per component.

use crate::error::Error;
use crate::oam::{Application, Component, ExternalWorkflow, Policy, Step};
use crate::plan::Mode;
use serde_json::{Value as Json, json};
use vela_lang::nearest;
use vela_lang::source::Span;

/// The steps that run, and how.
#[derive(Clone, PartialEq, Debug)]
pub struct Steps {
    /// How top-level steps run.
    pub mode: Mode,
    /// How the steps of a group run where the group does not say.
    pub sub_mode: Mode,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Whether they were generated.
    pub generated: bool,
}

/// The steps of an application.
///
/// # Errors
/// The Workflow object that it refers to is not there, or it both refers and lists.
pub fn steps(app: &Application, workflows: &[ExternalWorkflow]) -> Result<Steps, Error> {
    let mut mode = if app.workflow.is_some() { Mode::StepByStep } else { Mode::Dag };
    let mut sub_mode = Mode::Dag;
    let mut given: Vec<Step> = Vec::new();
    if let Some(workflow) = &app.workflow {
        let found = match &workflow.reference {
            None => workflow,
            Some(name) if !workflow.steps.is_empty() => {
                return Err(Error::new(format!(
                    "the workflow refers to {name} and lists steps too; it can do one only"
                )));
            }
            Some(name) => &external(name, app, workflows)?.workflow,
        };
        mode = workflow.mode.or(found.mode).unwrap_or(mode);
        sub_mode = workflow.sub_mode.or(found.sub_mode).unwrap_or(sub_mode);
        given.clone_from(&found.steps);
    }
    let generated = given.is_empty();
    if generated {
        given = generate(app);
    }
    Ok(Steps { mode, sub_mode, steps: given, generated })
}

fn external<'w>(
    name: &str,
    app: &Application,
    workflows: &'w [ExternalWorkflow],
) -> Result<&'w ExternalWorkflow, Error> {
    let namespace = app.metadata.namespace();
    workflows
        .iter()
        .find(|w| w.metadata.name == name && w.metadata.namespace() == namespace)
        .ok_or_else(|| {
            let near = nearest(name, workflows.iter().map(|w| w.metadata.name.as_str()));
            let help = near.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
            Error::new(format!(
                "workflows.core.oam.dev {name:?} not found in namespace {namespace}: give the \
                 Workflow object together with the application{help}"
            ))
        })
}

fn generate(app: &Application) -> Vec<Step> {
    let of_type = |wanted: &'static str| {
        app.policies.iter().filter(move |policy| policy.policy_type == wanted)
    };
    let overrides: Vec<&str> = of_type("override").map(|p| p.name.as_str()).collect();
    let steps: Vec<Step> = of_type("topology")
        .map(|topology| {
            let mut policies = overrides.clone();
            policies.push(&topology.name);
            deploy(&format!("deploy-{}", topology.name), &policies)
        })
        .collect();
    if !steps.is_empty() {
        return steps;
    }
    if !overrides.is_empty() || app.components.iter().any(|c| c.component_type == "ref-objects") {
        return vec![deploy("deploy", &overrides)];
    }
    let steps: Vec<Step> = of_type("env-binding").flat_map(environments).collect();
    if !steps.is_empty() {
        return steps;
    }
    app.components.iter().map(apply_component).collect()
}

fn deploy(name: &str, policies: &[&str]) -> Step {
    step(name, "deploy", json!({ "policies": policies }))
}

/// One step per environment of an env-binding policy.
fn environments(policy: &Policy) -> Vec<Step> {
    let envs = policy.properties.as_ref().and_then(|p| p.get("envs")).and_then(Json::as_array);
    envs.into_iter()
        .flatten()
        .filter_map(|env| env.get("name").and_then(Json::as_str))
        .map(|env| {
            step(
                &format!("deploy-{}-{env}", policy.name),
                "deploy2env",
                json!({ "policy": policy.name, "env": env }),
            )
        })
        .collect()
}

fn apply_component(component: &Component) -> Step {
    let mut step = step(&component.name, "apply-component", json!({ "component": component.name }));
    step.depends_on.clone_from(&component.depends_on);
    step.span = component.span;
    step
}

fn step(name: &str, step_type: &str, properties: Json) -> Step {
    Step {
        name: name.to_owned(),
        step_type: step_type.to_owned(),
        alias: String::new(),
        condition: None,
        timeout: None,
        depends_on: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        properties: Some(properties),
        mode: None,
        sub_steps: Vec::new(),
        span: Span::NONE,
    }
}
