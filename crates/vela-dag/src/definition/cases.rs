//! Tests of a definition, as data beside it: what goes in, and the objects, calls or error to come out.
//!
//! ```yaml
//! cases:
//! - name: three replicas
//!   properties: {replicas: 3}
//!   objects:
//!   - {kind: Deployment, spec: {replicas: 3}}
//! - name: no half replicas
//!   properties: {replicas: 1.5}
//!   error: replicas
//! ```
//!
//! A case of a trait may say the `component` that it is tested on (else a small webservice), any case a
//! whole application's `spec`. Members that a wanted object does not name are not looked at; all objects
//! that are made must be wanted. A step has `calls` instead, each with what it `returns`. A case may say
//! with `status` what the health rule and the message have to make of objects.

use crate::catalog::Catalog;
use crate::data;
use crate::error::Error;
use crate::health;
use crate::oam::{self, Definition, DefinitionKind};
use crate::plan::{NodeKind, PlanOptions, plan};
use crate::render::{HttpRequest, HttpResponse, Outside, RenderOptions, render};
use crate::step::{CueSteps, Next, StepProgram, StepState};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use vela_lang::Engine;
use vela_lang::encoding::yaml::{self, Dialect};

/// The name of what is tested, in the application that it is tested in.
const NAME: &str = "it";

/// How many calls of a step are made.
const CALLS: usize = 256;

/// A test of a definition.
#[derive(Clone, PartialEq, Debug)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The `spec` of the application.
    pub spec: Json,
    /// The properties of what is tested.
    pub properties: Json,
    /// What the outside answers: `http`, or `provider action` of a call.
    pub answers: Json,
    /// What has to come out.
    pub wanted: Wanted,
}

/// What has to come out of a case.
#[derive(Clone, PartialEq, Debug)]
pub enum Wanted {
    /// These objects.
    Objects(Vec<Json>),
    /// An error that has this text.
    Error(String),
    /// These calls of a step: `{call, params, returns}`.
    Calls(Vec<Json>),
    /// The status of objects: `{output, outputs, healthy, message}`.
    Status(Json),
}

/// What came out of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// What was wanted.
    Passed,
    /// Something else.
    Failed(String),
}

/// Whether a file has tests of a definition: `scaler_test.yaml`, `scaler_test.cue`.
pub fn is_case_file(name: &str) -> bool {
    let stem =
        [".cue", ".yaml", ".yml", ".json"].iter().find_map(|ending| name.strip_suffix(ending));
    stem.is_some_and(|stem| stem.ends_with("_test"))
}

/// Reads the cases of a definition from a file.
///
/// # Errors
/// The text can't be read, or a case lacks something.
pub fn cases(definition: &Definition, file: &str, text: &str) -> Result<Vec<Case>, Error> {
    let document = if file.ends_with(".cue") {
        let found = Engine::new().eval(file, text).and_then(|value| value.data());
        data::json(&found.map_err(|error| Error::of_findings(error.into_diagnostics()))?)
    } else {
        let found = yaml::parse(text, Dialect::Kubernetes);
        data::json(&found.map_err(|error| Error::new(format!("{file}: {error}")))?)
    };
    let Some(list) = document.get("cases").and_then(Json::as_array) else {
        return Err(Error::new(format!("{file}: there is no list called cases")));
    };
    let read = |(at, one): (usize, &Json)| {
        case(definition, one).map_err(|why| Error::new(format!("{file}: case {}: {why}", at + 1)))
    };
    list.iter().enumerate().map(read).collect()
}

/// The members of a case.
const MEMBERS: [&str; 9] =
    ["name", "properties", "component", "spec", "answers", "objects", "error", "calls", "status"];

fn case(definition: &Definition, one: &Json) -> Result<Case, String> {
    let Some(members) = one.as_object() else { return Err("it is no object".into()) };
    if let Some(unknown) = members.keys().find(|key| !MEMBERS.contains(&key.as_str())) {
        let near = vela_lang::nearest(unknown, MEMBERS);
        let help = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return Err(format!("there is no member {unknown}{help}"));
    }
    let list = |name: &str| one.get(name).map(|l| l.as_array().cloned().unwrap_or_default());
    let wanted = match (list("objects"), one.get("error"), list("calls"), one.get("status")) {
        (Some(objects), None, None, None) => Wanted::Objects(objects),
        (None, Some(error), None, None) => {
            Wanted::Error(error.as_str().ok_or("error must be a string")?.to_owned())
        }
        (None, None, Some(calls), None) => Wanted::Calls(calls),
        (None, None, None, Some(status)) => Wanted::Status(status.clone()),
        _ => return Err("it must say one of objects, error, calls and status".into()),
    };
    let properties = one.get("properties").cloned().unwrap_or_else(|| json!({}));
    let spec = match one.get("spec") {
        Some(spec) => spec.clone(),
        None => spec(definition, &properties, one.get("component")),
    };
    Ok(Case {
        name: one.get("name").and_then(Json::as_str).unwrap_or("without a name").to_owned(),
        spec,
        properties,
        answers: one.get("answers").cloned().unwrap_or_default(),
        wanted,
    })
}

/// An application around what is tested.
fn spec(definition: &Definition, properties: &Json, component: Option<&Json>) -> Json {
    let own = json!({
        "name": NAME,
        "type": definition.metadata.name,
        "properties": properties,
    });
    match definition.kind {
        DefinitionKind::Component | DefinitionKind::Workload => json!({ "components": [own] }),
        DefinitionKind::Policy => json!({ "components": [], "policies": [own] }),
        DefinitionKind::WorkflowStep => {
            json!({ "components": [], "workflow": { "steps": [own] } })
        }
        DefinitionKind::Trait => {
            let mut on = json!({
                "name": NAME,
                "type": "webservice",
                "properties": { "image": "nginx" },
            });
            for (name, value) in component.and_then(Json::as_object).into_iter().flatten() {
                on[name] = value.clone();
            }
            on["traits"] = json!([{ "type": definition.metadata.name, "properties": properties }]);
            json!({ "components": [on] })
        }
    }
}

/// Runs a case of a definition, which the catalog has.
pub fn run(catalog: &Arc<Catalog>, definition: &Definition, case: &Case) -> Outcome {
    match outcome(catalog, definition, case) {
        Ok(()) => Outcome::Passed,
        Err(why) => Outcome::Failed(why),
    }
}

fn outcome(catalog: &Arc<Catalog>, definition: &Definition, case: &Case) -> Result<(), String> {
    if let Wanted::Status(wanted) = &case.wanted {
        return status(definition, &case.properties, wanted);
    }
    let document = json!({
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": { "name": "test" },
        "spec": case.spec,
    });
    let text = document.to_string();
    let parsed = oam::Application::parse(catalog.sources(), "case", &text);
    let app = parsed.map_err(|error| error.to_string())?.application;
    let answers = Arc::new(Answers(case.answers.clone()));
    let options = RenderOptions { outside: Some(answers), ..RenderOptions::default() };
    match &case.wanted {
        Wanted::Objects(wanted) => {
            let made = render(&app, catalog, &options).map_err(|error| error.to_string())?;
            let made: Vec<Json> = made.into_iter().map(|manifest| manifest.object).collect();
            objects(wanted, &made)
        }
        Wanted::Error(wanted) => {
            let failed = if definition.kind == DefinitionKind::WorkflowStep {
                let steps = Steps::new(catalog, app, options)?;
                steps.run(&[]).err()
            } else {
                render(&app, catalog, &options).err().map(|error| error.to_string())
            };
            match failed {
                None => Err(format!("it works, and an error was wanted: {wanted}")),
                Some(text) if text.contains(wanted) => Ok(()),
                Some(text) => Err(format!("the error is\n{text}\nand does not have: {wanted}")),
            }
        }
        Wanted::Calls(wanted) => {
            let made = Steps::new(catalog, app, options)?.run(wanted)?;
            if made.len() > wanted.len() {
                let names: Vec<&str> = made[wanted.len()..].iter().map(String::as_str).collect();
                return Err(format!("it also calls {}", names.join(", ")));
            }
            Ok(())
        }
        Wanted::Status(_) => Ok(()),
    }
}

fn status(definition: &Definition, properties: &Json, wanted: &Json) -> Result<(), String> {
    let mut context = wanted.clone();
    context["name"] = json!(NAME);
    let found = health::status(&definition.spec.status, &context, properties);
    if let Some(healthy) = wanted.get("healthy").and_then(Json::as_bool)
        && healthy != found.healthy
    {
        return Err(format!("healthy is {}, and {healthy} was wanted", found.healthy));
    }
    match wanted.get("message").and_then(Json::as_str) {
        Some(message) if message != found.message => {
            Err(format!("the message is {:?}, and {message:?} was wanted", found.message))
        }
        _ => Ok(()),
    }
}

/// Whether the objects are the wanted ones.
fn objects(wanted: &[Json], made: &[Json]) -> Result<(), String> {
    let mut left: Vec<&Json> = made.iter().collect();
    for object in wanted {
        let nearest = left.iter().enumerate().map(|(at, one)| (at, difference(object, one, "")));
        let Some((at, least)) = nearest.min_by_key(|(_, d)| d.as_ref().map_or(0, |d| d.weight))
        else {
            return Err(format!("it does not make {}", title(object)));
        };
        if let Some(difference) = least {
            return Err(format!("{}: {}", title(left[at]), difference.text));
        }
        left.remove(at);
    }
    match left.first() {
        Some(object) => Err(format!("it also makes {}", title(object))),
        None => Ok(()),
    }
}

fn title(object: &Json) -> String {
    let text = |value: Option<&Json>| value.and_then(Json::as_str).unwrap_or_default().to_owned();
    let name = text(object.pointer("/metadata/name"));
    format!("{} {name}", text(object.get("kind"))).trim().to_owned()
}

/// What differs, and how much that says about whether another object is meant.
struct Difference {
    text: String,
    weight: u32,
}

/// Where a value does not have what is wanted of it. Members that are not named may be anything.
fn difference(wanted: &Json, found: &Json, path: &str) -> Option<Difference> {
    let differs = || {
        let weight = match path {
            "kind" => 3,
            "metadata.name" => 2,
            _ => 1,
        };
        Some(Difference { text: format!("{path} is {found}, and {wanted} was wanted"), weight })
    };
    match (wanted, found) {
        (Json::Object(members), Json::Object(there)) => {
            let mut worst: Option<Difference> = None;
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let one = match there.get(name) {
                    Some(found) => difference(value, found, &path),
                    None => Some(Difference { text: format!("there is no {path}"), weight: 1 }),
                };
                if let Some(one) = one
                    && worst.as_ref().is_none_or(|worst| one.weight > worst.weight)
                {
                    worst = Some(one);
                }
            }
            worst
        }
        (Json::Array(items), Json::Array(there)) if items.len() == there.len() => items
            .iter()
            .zip(there)
            .enumerate()
            .find_map(|(at, (a, b))| difference(a, b, &format!("{path}[{at}]"))),
        (Json::Number(a), Json::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if wanted == found => None,
        _ => differs(),
    }
}

/// A step at work.
struct Steps {
    program: CueSteps,
    node: crate::plan::Node,
}

impl Steps {
    fn new(
        catalog: &Arc<Catalog>,
        app: oam::Application,
        options: RenderOptions,
    ) -> Result<Steps, String> {
        let planned = plan(&app, catalog, &PlanOptions::default());
        let planned = planned.map_err(|error| error.to_string())?;
        let node = planned.nodes.into_iter().find(|node| match &node.kind {
            NodeKind::Action { name, .. } | NodeKind::Gate { name, .. } => name == NAME,
            _ => false,
        });
        let Some(node) = node else {
            return Err(format!("the workflow has no step called {NAME}"));
        };
        let program = CueSteps::new(Arc::new(app), Arc::clone(catalog), options);
        Ok(Steps { program, node })
    }

    /// Makes the calls, as long as it is known what they return; their names.
    fn run(&self, wanted: &[Json]) -> Result<Vec<String>, String> {
        let context = json!({
            "name": "test", "appName": "test", "namespace": "default", "workflowName": "test",
            "stepName": NAME, "stepGroupName": "", "stepSessionID": "session", "spanID": "span",
        });
        let mut state = StepState { context, ..StepState::default() };
        let mut made: Vec<String> = Vec::new();
        while made.len() < CALLS {
            let next = self.program.next(&self.node, &state).map_err(|error| error.to_string())?;
            let calls = match next {
                Next::Done(_) => break,
                Next::Calls(calls) => calls,
            };
            let Some(call) = calls.into_iter().next() else { break };
            let name = format!("{} {}", call.provider, call.action);
            let Some(one) = wanted.get(made.len()) else {
                made.push(name);
                return Ok(made);
            };
            let expected = one.get("call").and_then(Json::as_str).unwrap_or_default();
            if expected != name {
                return Err(format!("{} calls {name}, and {expected} was wanted", call.path));
            }
            if let Some(params) = one.get("params")
                && let Some(difference) = difference(params, &call.params, "")
            {
                return Err(format!("{name} ({}): {}", call.path, difference.text));
            }
            let returned = one.get("returns").cloned().unwrap_or_else(|| json!({}));
            state.returns.insert(call.path, returned);
            // These end the step.
            let ends = ["builtin fail", "builtin break"].contains(&name.as_str());
            made.push(name);
            if ends {
                break;
            }
        }
        if let Some(one) = wanted.get(made.len()) {
            let expected = one.get("call").and_then(Json::as_str).unwrap_or_default();
            return Err(format!("it does not call {expected}"));
        }
        Ok(made)
    }
}

/// What the outside answers in a test.
struct Answers(Json);

impl Outside for Answers {
    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        match self.0.get("http") {
            Some(answer) => Ok(HttpResponse { status: 200, body: answer.to_string() }),
            None => {
                Err(format!("{} {}: the case has no answers.http", request.method, request.url))
            }
        }
    }

    fn call(&self, provider: &str, action: &str, _: &Json) -> Result<Json, String> {
        let name = format!("{provider} {action}");
        match self.0.get(&name) {
            Some(answer) => Ok(answer.clone()),
            None => Err(format!("the case has no answer to {name:?}")),
        }
    }
}

#[cfg(test)]
#[path = "cases_tests.rs"]
mod tests;
