//! Plans are as the published schema says, and it says enough to notice what is wrong.

use serde_json::{Value as Json, json};
use std::path::Path;
use vela::Bundle;
use vela::dag::plan::PlanOptions;

/// The first place where a value is not as a schema says.
fn wrong(schema: &Json, at: &Json, value: &Json, path: &str) -> Option<String> {
    let fail = |why: String| Some(format!("{path}: {why}"));
    if let Some(pointer) = at["$ref"].as_str() {
        let to = schema.pointer(pointer.trim_start_matches('#')).unwrap();
        return wrong(schema, to, value, path);
    }
    if let Some(one_of) = at["oneOf"].as_array() {
        let found: Vec<_> = one_of.iter().map(|one| wrong(schema, one, value, path)).collect();
        return match found.iter().filter(|wrong| wrong.is_none()).count() {
            1 => None,
            count => fail(format!("{count} of the forms fit: {found:?}")),
        };
    }
    if at.get("const").is_some_and(|one| one != value) {
        return fail(format!("{value} is not {}", at["const"]));
    }
    if at["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return fail(format!("{value} is none of {}", at["enum"]));
    }
    let is = match at["type"].as_str() {
        None => true,
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some(other) => panic!("the test does not know {other}"),
    };
    if !is {
        return fail(format!("{value} is not of type {}", at["type"]));
    }
    if let Some(pattern) = at["pattern"].as_str() {
        let text = value.as_str().unwrap_or_default();
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let fits = match pattern {
            "^[0-9a-f]{64}$" => text.len() == 64 && text.chars().all(hex),
            "^(component|policy|step)/" => {
                ["component/", "policy/", "step/"].iter().any(|start| text.starts_with(start))
            }
            other => panic!("the test does not know {other}"),
        };
        if !fits {
            return fail(format!("{text:?} is not {pattern}"));
        }
    }
    if let Some(items) = at.get("items") {
        let mut all = value.as_array().into_iter().flatten().enumerate();
        return all.find_map(|(i, one)| wrong(schema, items, one, &format!("{path}[{i}]")));
    }
    let members = value.as_object()?;
    for name in at["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        if !members.contains_key(name) {
            return fail(format!("{name} is missing"));
        }
    }
    members.iter().find_map(|(name, member)| match at["properties"].get(name) {
        Some(one) => wrong(schema, one, member, &format!("{path}.{name}")),
        None if at["additionalProperties"] == json!(false) => fail(format!("{name} is unknown")),
        None => None,
    })
}

fn schema() -> Json {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plan.schema.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn plan(text: &str) -> Json {
    let read = Bundle::new("app.yaml", text).read().unwrap();
    let plan = read.plan(&PlanOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    let mut data = serde_json::to_value(&plan).unwrap();
    data["shape"] = serde_json::to_value(plan.shape()).unwrap();
    data
}

const APP: &str = "
kind: Application
metadata: {name: shop}
spec:
  unknown: 1
  components:
  - name: web
    type: webservice
    properties: {image: nginx, ports: [{port: 80, expose: true}]}
    dependsOn: [db]
    inputs: [{from: port, parameterKey: 'env[0].value'}]
  - {name: db, type: worker, properties: {image: db}, outputs: [{name: port, valueFrom: output.spec}]}
  policies:
  - {name: wall, type: firewall, properties: {flows: [{from: outside, to: web, port: 80}]}}
  - {name: keep, type: garbage-collect, properties: {keepLegacyResource: true}}
  - {name: places, type: topology, properties: {clusters: [eu, us]}}
  workflow:
    mode: {steps: DAG}
    steps:
    - name: all
      type: step-group
      mode: StepByStep
      subSteps:
      - {name: go, type: deploy, timeout: 5m, properties: {policies: [places]}}
      - {name: wait, type: suspend, if: always}
    - {name: last, type: suspend, dependsOn: [all]}
";

#[test]
fn plans_are_as_the_schema_says() {
    let schema = schema();
    let first = include_str!("../../../examples/first-app/app.yaml");
    let voting = include_str!("../../../examples/voting-app/app.yaml");
    for text in [APP, first, voting] {
        assert_eq!(wrong(&schema, &schema, &plan(text), "plan"), None);
    }
}

#[test]
fn what_is_no_plan_is_noticed() {
    let schema = schema();
    let whole = plan(APP);
    for (pointer, value) in [
        ("/version", json!(2)),
        ("/hash", json!("abc")),
        ("/nodes/0/kind", json!("thing")),
        ("/nodes/0/id", json!("web")),
        ("/edges/0/reason", json!("because")),
        ("/policies/0/type", json!("topology")),
    ] {
        let mut broken = whole.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        assert!(wrong(&schema, &schema, &broken, "plan").is_some(), "{pointer}");
    }
    let mut more = whole;
    more["nodes"][0]["colour"] = json!("red");
    assert!(wrong(&schema, &schema, &more, "plan").is_some());
}
