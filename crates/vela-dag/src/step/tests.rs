use super::{CueSteps, Next, StepError, StepProgram, StepState};
use crate::catalog::Catalog;
use crate::oam::Application;
use crate::plan::{Node, PlanOptions, plan};
use crate::render::RenderOptions;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use vela_lang::Engine;

const STEPS: &[&str] = &[
    r#"
import "vela/builtin"
say: type: "workflow-step"
template: {
	msg: builtin.#Message & {$params: parameter}
	parameter: message: string
}
"#,
    r#"
import (
	"vela/kube"
	"vela/builtin"
)
inc: type: "workflow-step"
template: {
	a: kube.#Apply & {$params: value: {apiVersion: "v1", kind: "ConfigMap", metadata: name: "x"}}
	r: kube.#Read & {$params: value: {apiVersion: "v1", kind: "ConfigMap", metadata: name: "x"}}
	if r.$returns.value.data.k == "v" {
		msg: builtin.#Message & {$params: message: "seen"}
	}
	w: builtin.#ConditionalWait & {if r.$returns.value != _|_ {$params: continue: true}}
	parameter: {}
}
"#,
    r#"
import "vela/op"
old: type: "workflow-step"
template: {
	read: op.#Read & {value: {kind: "X", name: parameter.name}}
	wait: op.#ConditionalWait & {continue: read.value.ready}
	parameter: name: string
}
"#,
    r#"
emit: type: "workflow-step"
template: {
	v: parameter.v
	missing: parameter.nothing
	parameter: {v: _, nothing?: int}
}
"#,
    r#"
import "strings"
unused: type: "workflow-step"
template: parameter: {...}
"#,
    r#"
web: type: "component"
template: {
	output: {apiVersion: "v1", kind: "Pod", spec: image: parameter.image}
	parameter: image: string
}
"#,
];

struct World {
    steps: CueSteps,
    nodes: Vec<Node>,
    state: StepState,
}

/// The steps of an application, ready to be asked.
fn world(steps: Json) -> World {
    let mut catalog = Catalog::new(Engine::new());
    for (i, text) in STEPS.iter().enumerate() {
        catalog.add_file(&format!("{i}.cue"), text).expect("it is a definition");
    }
    let app = json!({
        "kind": "Application",
        "metadata": {"name": "a"},
        "spec": {
            "components": [{"name": "c", "type": "web", "inputs": [{"from": "img", "parameterKey": "image"}]}],
            "workflow": {"steps": steps},
        },
    });
    let app = Application::parse(catalog.sources(), "a.json", &app.to_string());
    let app = app.expect("it parses").application;
    let nodes = plan(&app, &catalog, &PlanOptions::default()).expect("it plans").nodes;
    let nodes = nodes.into_iter().filter(|n| n.target.is_none()).collect();
    let steps = CueSteps::new(Arc::new(app), Arc::new(catalog), RenderOptions::default());
    World { steps, nodes, state: StepState::default() }
}

impl World {
    fn next(&self) -> Result<Next, StepError> {
        self.steps.next(&self.nodes[0], &self.state)
    }

    /// The next call as `path provider.action params`.
    fn call(&self) -> String {
        match self.next() {
            Ok(Next::Calls(calls)) => {
                let call = &calls[0];
                assert_eq!(calls.len(), 1);
                format!("{} {}.{} {}", call.path, call.provider, call.action, call.params)
            }
            other => format!("{other:?}"),
        }
    }

    fn answer(&mut self, path: &str, result: Json) {
        self.state.returns.insert(path.to_owned(), result);
    }
}

#[test]
fn calls_come_one_after_the_other() {
    let mut world = world(json!([{"name": "s", "type": "inc"}]));
    let params =
        r#"{"cluster":"","value":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}}"#;
    assert_eq!(world.call(), format!("a kube.apply {params}"));
    world.answer("a", json!({"value": {"x": 1}}));
    assert_eq!(world.call(), format!("r kube.read {params}"));
    world.answer("r", json!({"value": {"data": {"k": "v"}}}));
    let first = world.call();
    let (first, second) = if first.starts_with("msg") { ("msg", "w") } else { ("w", "msg") };
    let text = |path: &str| match path {
        "msg" => String::from(r#"msg builtin.message {"message":"seen"}"#),
        _ => String::from(r#"w builtin.wait {"continue":true}"#),
    };
    assert_eq!(world.call(), text(first));
    world.answer(first, json!({}));
    assert_eq!(world.call(), text(second));
    world.answer(second, json!({}));
    let Ok(Next::Done(task)) = world.next() else { panic!("it is done: {:?}", world.next()) };
    assert_eq!(task["r"]["$returns"]["value"]["data"]["k"], "v");
}

#[test]
fn first_version_calls_hold_their_results() {
    let mut world = world(json!([{"name": "s", "type": "old", "properties": {"name": "n"}}]));
    assert_eq!(world.call(), r#"read kube.read {"cluster":"","value":{"kind":"X","name":"n"}}"#);
    world.answer("read", json!({"value": {"ready": true}}));
    assert_eq!(world.call(), r#"wait builtin.wait {"continue":true}"#);
}

#[test]
fn wrong_parameters_fail_when_a_call_needs_them() {
    let bad = world(json!([{"name": "s", "type": "say", "properties": {"message": 5}}]));
    assert!(matches!(bad.next(), Err(StepError::Execute(_))), "{:?}", bad.next());
    let missing = world(json!([{"name": "s", "type": "say"}]));
    assert!(matches!(missing.next(), Err(StepError::Execute(_))), "{:?}", missing.next());
    let unused = world(json!([{"name": "s", "type": "unused"}]));
    assert!(matches!(unused.next(), Err(StepError::Template(_))), "{:?}", unused.next());
}

#[test]
fn inputs_and_outputs() {
    let mut taking = world(json!([{
        "name": "s", "type": "say",
        "inputs": [{"from": "o", "parameterKey": "message"}],
        "if": "inputs.o == \"hi\" && status.e.succeeded",
    }]));
    taking.state.vars.insert(String::from("o"), json!("hi"));
    taking.state.status.insert(String::from("e"), json!({"succeeded": true}));
    assert_eq!(taking.call(), r#"msg builtin.message {"message":"hi"}"#);
    assert_eq!(taking.steps.condition(&taking.nodes[0], &taking.state), Ok(true));
    taking.state.status.clear();
    assert!(taking.steps.condition(&taking.nodes[0], &taking.state).is_err());

    let giving = world(json!([{
        "name": "e", "type": "emit", "properties": {"v": 5},
        "outputs": [{"name": "o", "valueFrom": "v"}, {"name": "n", "valueFrom": "nothing.here"}],
    }]));
    let Ok(Next::Done(task)) = giving.next() else { panic!("it is done: {:?}", giving.next()) };
    let (values, messages) = giving.steps.outputs(&giving.nodes[0], &task, &giving.state);
    assert_eq!(json!(values), json!({"o": 5, "n": null}));
    assert_eq!(messages.len(), 1);
}

#[test]
fn components_are_rendered_with_their_inputs() {
    let mut world = world(json!([{
        "name": "s", "type": "apply-component", "properties": {"component": "c"},
    }]));
    world.state.vars.insert(String::from("img"), json!("nginx"));
    let Ok(Next::Calls(calls)) = world.next() else { panic!("a call: {:?}", world.next()) };
    assert_eq!(calls[0].params["objects"][0]["manifest"]["spec"]["image"], "nginx");
    world.answer("apply", json!({"output": {"metadata": {"name": "c"}}}));
    let Ok(Next::Done(task)) = world.next() else { panic!("it is done: {:?}", world.next()) };
    assert_eq!(task["output"]["metadata"]["name"], "c");
}
