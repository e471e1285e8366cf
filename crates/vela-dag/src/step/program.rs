//! Steps as their CUE definitions say.
//!
//! Each question evaluates the step's template with everything that is known: parameters, inputs,
//! context, and the results of the calls that were made. The first call without a result is what
//! the step does next: calls are made one after the other, in the order of the template, since any
//! result may change what comes after it, or make calls appear or disappear.

use super::calls;
use super::inputs;
use super::value_from;
use super::{Call, Next, StepError, StepProgram, StepState};
use crate::catalog::Catalog;
use crate::data;
use crate::oam::{Application, Component, DefinitionKind};
use crate::plan::{Node, NodeKind, Object, Values};
use crate::render::{RenderOptions, render_component};
use crate::template::{Report, Use, fatal};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use vela_lang::{Inputs, Limits, Path, Selector, Value};

/// The path of the call that `apply-component` steps make.
const APPLY: &str = "apply";

/// Evaluates steps by their definitions.
#[derive(Clone, Debug)]
pub struct CueSteps {
    app: Arc<Application>,
    catalog: Arc<Catalog>,
    render: RenderOptions,
}

impl CueSteps {
    /// For the steps of an application.
    pub fn new(app: Arc<Application>, catalog: Arc<Catalog>, render: RenderOptions) -> CueSteps {
        CueSteps { app, catalog, render }
    }

    /// `apply-component`: its component is rendered with its inputs, and applied.
    fn apply_component(
        &self,
        step: &Node,
        properties: &Json,
        state: &StepState,
    ) -> Result<Next, StepError> {
        let text = |name: &str| properties.get(name).and_then(Json::as_str).unwrap_or_default();
        if let Some(result) = state.returns.get(APPLY) {
            let mut task = result.as_object().cloned().unwrap_or_default();
            task.insert(String::from("parameter"), properties.clone());
            return Ok(Next::Done(Json::Object(task)));
        }
        let name = text("component");
        let mut params = json!({
            "component": name,
            "cluster": text("cluster"),
            "namespace": text("namespace"),
        });
        let component = self.app.components.iter().find(|c| c.name == name).ok_or_else(|| {
            StepError::Execute(format!("the application has no component {name:?}"))
        })?;
        if step.inputs.iter().any(|input| input.parameter_key.is_some()) {
            let component = with_inputs(component, step, state)?;
            let cluster = text("cluster");
            let made =
                render_component(&self.app, &self.catalog, &self.render, &component, cluster)
                    .map_err(|e| StepError::Execute(e.to_string()))?;
            let objects: Vec<Object> = made
                .into_iter()
                .map(|one| {
                    let manifest = Arc::new(one.object);
                    Object { origin: one.origin, stage: one.stage, manifest }
                })
                .collect();
            params["objects"] = json!(objects);
        }
        Ok(Next::Calls(vec![Call {
            path: APPLY.to_owned(),
            provider: String::from("oam"),
            action: String::from("component-apply"),
            params,
            returns: false,
        }]))
    }

    /// `suspend`, where no definition says what it is.
    fn suspend(properties: &Json, state: &StepState) -> Next {
        if state.returns.contains_key("suspend") {
            return Next::Done(json!({ "parameter": properties }));
        }
        Next::Calls(vec![Call {
            path: String::from("suspend"),
            provider: String::from("builtin"),
            action: String::from("suspend"),
            params: properties.clone(),
            returns: true,
        }])
    }

    fn evaluate(
        &self,
        step: &Node,
        step_type: &str,
        properties: &Json,
        state: &StepState,
    ) -> Result<Next, StepError> {
        let definition = self
            .catalog
            .get(DefinitionKind::WorkflowStep, step_type)
            .map_err(|e| StepError::Rendering(e.to_string()))?;
        let Some(template) = &definition.template else {
            return Ok(Next::Done(json!({ "parameter": properties })));
        };
        let program = template
            .compiled
            .program(self.catalog.engine(), &template.file, Use::Step)
            .map_err(|e| StepError::Template(e.to_string()))?;
        let parameter = inputs::merged(properties, step, state)?;
        let mut fill = vec![
            (path(&["context"]), data::value(&self.context(state))),
            (path(&["parameter"]), data::value(&parameter)),
        ];
        let inputs = |fill: &[(Path, Value)]| Inputs { fill: fill.to_vec(), limits: self.limits() };
        let run = |fill: &[(Path, Value)]| {
            program.evaluate(&inputs(fill)).map_err(|e| StepError::Execute(e.to_string()))
        };
        let mut root = run(&fill)?;
        // A result can make further calls appear, which may have results too.
        loop {
            let found = calls::find(&root);
            let answered = |call: &calls::FoundCall| {
                let key = call.path.join(".");
                let at = call_path(call);
                let known = fill.iter().any(|(path, _)| *path == at);
                state.returns.get(&key).filter(|_| !known).map(|result| (at, result))
            };
            let more: Vec<(Path, Value)> = found
                .iter()
                .filter_map(answered)
                .map(|(path, result)| (path, data::value(result)))
                .collect();
            if more.is_empty() {
                return self.next_of(&root, found, state);
            }
            fill.extend(more);
            root = run(&fill)?;
        }
    }

    fn next_of(
        &self,
        root: &Value,
        found: Vec<calls::FoundCall>,
        state: &StepState,
    ) -> Result<Next, StepError> {
        let open = found.into_iter().find(|call| !state.returns.contains_key(&call.path.join(".")));
        if let Some(call) = open {
            let name = call.path.join(".");
            return match call.params {
                Ok(params) => Ok(Next::Calls(vec![Call {
                    path: name,
                    provider: call.provider,
                    action: call.action,
                    params,
                    returns: call.returns,
                }])),
                Err(findings) => {
                    let texts: Vec<String> =
                        findings.iter().map(|f| format!("{}: {}", f.path, f.message)).collect();
                    Err(StepError::Execute(format!(
                        "function call error for {name}: {}",
                        texts.join("; ")
                    )))
                }
            };
        }
        let wrong = fatal(root);
        if !wrong.is_empty() {
            let text = Report::of(wrong).to_string();
            return Err(StepError::Template(text.trim_start().to_owned()));
        }
        let mut task = data::partial(root).unwrap_or_default();
        if let Json::Object(members) = &mut task {
            members.remove("context");
        }
        Ok(Next::Done(task))
    }

    /// What templates and expressions see as `context`.
    fn context(&self, state: &StepState) -> Json {
        let metadata = &self.app.metadata;
        let components: Vec<Json> = self.app.components.iter().map(Component::to_json).collect();
        let mut context = json!({
            "name": metadata.name,
            "namespace": metadata.namespace(),
            "appName": metadata.name,
            "appLabels": metadata.labels,
            "appAnnotations": metadata.annotations,
            "components": components,
        });
        if let (Json::Object(context), Json::Object(own)) = (&mut context, &state.context) {
            context.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        context
    }

    fn limits(&self) -> Limits {
        self.render.limits.clone()
    }
}

fn path(labels: &[&str]) -> Path {
    Path::new(labels.iter().map(|label| Selector::Field((*label).to_owned())).collect())
}

/// Where the result of a call goes.
fn call_path(call: &calls::FoundCall) -> Path {
    let mut labels: Vec<&str> = call.path.iter().map(String::as_str).collect();
    if call.returns {
        labels.push("$returns");
    }
    path(&labels)
}

/// The component with the step's inputs in its properties.
fn with_inputs(
    component: &Component,
    step: &Node,
    state: &StepState,
) -> Result<Component, StepError> {
    let mut json = component.to_json();
    for input in &step.inputs {
        let Some(key) = &input.parameter_key else { continue };
        let key = key.strip_prefix("value.").unwrap_or(key);
        let key = if key.starts_with("properties") || key.starts_with("traits[") {
            key.to_owned()
        } else {
            format!("properties.{key}")
        };
        let value = inputs::value(&input.from, state).unwrap_or_default();
        inputs::put(&mut json, &key, value)?;
    }
    let mut component = component.clone();
    component.properties = json.get("properties").cloned();
    for (i, one) in component.traits.iter_mut().enumerate() {
        one.properties = json.pointer(&format!("/traits/{i}/properties")).cloned();
    }
    Ok(component)
}

/// The type and the properties of a step.
fn kind(step: &Node) -> Option<(&str, &Json)> {
    match &step.kind {
        NodeKind::Action { step_type, properties, .. }
        | NodeKind::Gate { step_type, properties, .. } => Some((step_type, properties)),
        NodeKind::Artifact { .. } | NodeKind::Group { .. } => None,
    }
}

impl StepProgram for CueSteps {
    fn next(&self, step: &Node, state: &StepState) -> Result<Next, StepError> {
        let Some((step_type, properties)) = kind(step) else {
            return Ok(Next::Done(Json::Object(Map::new())));
        };
        match step_type {
            "apply-component" | "builtin-apply-component" => {
                self.apply_component(step, properties, state)
            }
            "suspend" if self.catalog.get(DefinitionKind::WorkflowStep, "suspend").is_err() => {
                Ok(CueSteps::suspend(properties, state))
            }
            _ => self.evaluate(step, step_type, properties, state),
        }
    }

    fn condition(&self, step: &Node, state: &StepState) -> Result<bool, String> {
        let Some(condition) = &step.condition else { return Ok(true) };
        if condition.trim() == "always" {
            return Ok(true);
        }
        let taken: Map<String, Json> = step
            .inputs
            .iter()
            .filter_map(|input| Some((input.from.clone(), inputs::value(&input.from, state)?)))
            .collect();
        let given = [
            ("status", Json::Object(state.status.clone().into_iter().collect())),
            ("inputs", Json::Object(taken)),
            ("context", self.context(state)),
            ("parameter", kind(step).map(|(_, p)| p.clone()).unwrap_or_default()),
        ];
        let value = value_from::evaluate(condition, &given, &self.limits())
            .map_err(|e| format!("pre check error: invalid if value: {e}"))?;
        value.as_bool().ok_or_else(|| {
            format!("pre check error: invalid if value: {condition} is {value}, not a bool")
        })
    }

    fn outputs(&self, step: &Node, task: &Json, state: &StepState) -> (Values, Vec<String>) {
        let mut given: Vec<(&str, Json)> = vec![("context", self.context(state))];
        for (name, value) in task.as_object().into_iter().flatten() {
            given.push((name, value.clone()));
        }
        let mut values = Values::new();
        let mut messages = Vec::new();
        for output in &step.outputs {
            match value_from::output(&output.value_from, &given, &self.limits()) {
                Ok(value) => {
                    values.insert(output.name.clone(), value);
                }
                Err(why) => {
                    messages
                        .push(format!("failed to get output from {}: {why}", output.value_from));
                    values.insert(output.name.clone(), Json::Null);
                }
            }
        }
        (values, messages)
    }
}
