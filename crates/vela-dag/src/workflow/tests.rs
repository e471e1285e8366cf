use super::{check, component_order, steps};
use crate::oam::Application;
use serde_json::{Value as Json, json};
use vela_lang::source::Sources;

fn app(spec: Json) -> Application {
    let text = json!({"kind": "Application", "metadata": {"name": "a"}, "spec": spec}).to_string();
    Application::parse(&Sources::default(), "app.json", &text).expect("it parses").application
}

fn texts(spec: Json) -> Vec<String> {
    let steps = steps(&app(spec), &[]).expect("it has steps");
    check(&steps).into_iter().map(|f| format!("{}: {}", f.code, f.message)).collect()
}

#[test]
fn finds_what_cannot_run() {
    let step = |name: &str, rest: Json| {
        let mut step = json!({"name": name, "type": "suspend"});
        for (key, value) in rest.as_object().expect("an object") {
            step[key] = value.clone();
        }
        step
    };
    for (mode, list, wanted) in [
        ("DAG", json!([step("a", json!({})), step("b", json!({"dependsOn": ["a"]}))]), vec![]),
        (
            "DAG",
            json!([
                step("a", json!({"dependsOn": ["c"]})),
                step("b", json!({"dependsOn": ["a"]})),
                step("c", json!({"dependsOn": ["b"]})),
            ]),
            vec!["workflow/cycle: steps wait for each other: a → c → b → a"],
        ),
        (
            "StepByStep",
            json!([step("a", json!({"dependsOn": ["b"]})), step("b", json!({}))]),
            vec!["workflow/cycle: steps wait for each other: a → b → a"],
        ),
        (
            "DAG",
            json!([
                step(
                    "a",
                    json!({"inputs": [{"from": "x"}], "outputs": [{"name": "y", "valueFrom": "v"}]})
                ),
                step(
                    "b",
                    json!({"inputs": [{"from": "y"}], "outputs": [{"name": "x", "valueFrom": "v"}]})
                ),
            ]),
            vec!["workflow/cycle: steps wait for each other: a → b → a"],
        ),
        (
            "DAG",
            json!([step("a", json!({})), step("a", json!({}))]),
            vec!["workflow/duplicate-step: two steps are named \"a\""],
        ),
        (
            "DAG",
            json!([step("first", json!({})), step("b", json!({"dependsOn": ["frist"]}))]),
            vec![
                "workflow/unknown-dependency: step \"b\" depends on \"frist\", which no step is named: \
                 it waits forever",
            ],
        ),
    ] {
        let found = texts(json!({"workflow": {"mode": {"steps": mode}, "steps": list}}));
        assert_eq!(found, wanted, "{list}");
    }
}

#[test]
fn generates_steps() {
    let components =
        json!([{"name": "web", "type": "w", "dependsOn": ["db"]}, {"name": "db", "type": "w"}]);
    let topology = |name: &str| json!({"name": name, "type": "topology", "properties": {}});
    let over = json!({"name": "o", "type": "override", "properties": {}});
    for (policies, wanted) in [
        (json!([]), vec!["web apply-component", "db apply-component"]),
        (json!([topology("x"), over, topology("y")]), vec!["deploy-x deploy", "deploy-y deploy"]),
        (json!([over]), vec!["deploy deploy"]),
        (
            json!([{"name": "e", "type": "env-binding", "properties": {"envs": [{"name": "test"}]}}]),
            vec!["deploy-e-test deploy2env"],
        ),
    ] {
        let app = app(json!({"components": components, "policies": policies}));
        let steps = steps(&app, &[]).expect("it has steps");
        let names: Vec<String> =
            steps.steps.iter().map(|s| format!("{} {}", s.name, s.step_type)).collect();
        assert_eq!(names, wanted);
    }
}

#[test]
fn orders_components() {
    let components = |c: Json| app(json!({"components": c})).components;
    let chain = components(json!([
        {"name": "a", "dependsOn": ["b"]},
        {"name": "b", "inputs": [{"from": "x"}]},
        {"name": "c", "outputs": [{"name": "x", "valueFrom": "v"}]},
    ]));
    assert_eq!(component_order(&chain), Ok(vec![2, 1, 0]));
    let circle = components(json!([
        {"name": "a", "dependsOn": ["b"]},
        {"name": "b", "dependsOn": ["a"]},
    ]));
    let finding = component_order(&circle).expect_err("a circle");
    assert_eq!(finding.findings()[0].message, "components wait for each other: a → b → a");
}
