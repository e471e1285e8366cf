use super::{Override, Topology, apply_overrides, placements};
use crate::oam::{Application, Component, Policy};
use serde_json::{Value as Json, json};
use vela_lang::source::{Sources, Span};

fn components(list: Json) -> Vec<Component> {
    let app = json!({"kind": "Application", "spec": {"components": list}}).to_string();
    Application::parse(&Sources::default(), "a.json", &app)
        .expect("it parses")
        .application
        .components
}

pub(super) fn policy(policy_type: &str, properties: Json) -> Policy {
    Policy {
        name: String::from("p"),
        policy_type: policy_type.to_owned(),
        properties: Some(properties),
        span: Span::NONE,
    }
}

#[test]
fn overrides_components() {
    let base = json!([
        {"name": "web", "type": "webservice", "properties": {"image": "a", "ports": [1, 2]},
         "traits": [{"type": "scaler", "properties": {"replicas": 1}}, {"type": "gateway"}]},
        {"name": "webhook", "type": "worker"},
    ]);
    for (over, wanted) in [
        (
            json!({"components": [{"name": "web", "properties": {"image": "", "ports": [3]}}]}),
            json!([
                {"name": "web", "type": "webservice", "properties": {"image": "a", "ports": [3]},
                 "traits": [{"type": "scaler", "properties": {"replicas": 1}}, {"type": "gateway"}]},
                {"name": "webhook", "type": "worker", "properties": {"image": "", "ports": [3]}},
            ]),
        ),
        (
            json!({"components": [{"name": "^web$", "type": "worker", "properties": {"image": "b"}}]}),
            json!([
                {"name": "web", "type": "worker", "properties": {"image": "b"}},
                {"name": "webhook", "type": "worker"},
            ]),
        ),
        (
            json!({"components": [{"type": "webservice", "traits": [
                {"type": "scaler", "properties": {"replicas": 2}},
                {"type": "gateway", "disable": true}, {"type": "labels"},
            ]}], "selector": ["web"]}),
            json!([
                {"name": "web", "type": "webservice", "properties": {"image": "a", "ports": [1, 2]},
                 "traits": [{"type": "scaler", "properties": {"replicas": 2}}, {"type": "labels"}]},
            ]),
        ),
        (
            json!({"components": [{"name": "db", "type": "worker"}, {"name": "x*", "type": "worker"}],
                   "selector": ["d*", "webhook"]}),
            json!([{"name": "webhook", "type": "worker"}, {"name": "db", "type": "worker"}]),
        ),
    ] {
        let over = Override::of(&policy("override", over)).expect("it is an override");
        let got = apply_overrides(&components(base.clone()), &[over]).expect("it applies");
        assert_eq!(Json::from(got.iter().map(Component::to_json).collect::<Vec<_>>()), wanted);
    }
}

#[test]
fn unknown_fields_are_errors() {
    let error = Override::of(&policy("override", json!({"comps": []}))).expect_err("unknown");
    assert!(
        error.to_string().starts_with("failed to parse override policy p: unknown field `comps`")
    );
}

#[test]
fn topologies_name_places() {
    let topology = |p: Json| Topology::of(&policy("topology", p)).expect("it is a topology");
    let two = [
        ("a", topology(json!({"clusters": ["x", "y"]}))),
        ("b", topology(json!({"clusters": ["y", "x"], "namespace": "n"}))),
        ("c", topology(json!({"clusters": ["x"]}))),
        ("d", topology(json!({}))),
    ];
    let places: Vec<String> = placements(&two, "default", None)
        .expect("places")
        .into_iter()
        .map(|p| format!("{}/{}", p.cluster, p.namespace))
        .collect();
    assert_eq!(places, ["x/default", "y/default", "y/n", "x/n", "local/default"]);
    let none = [("e", topology(json!({"clusterLabelSelector": {"a": "b"}})))];
    assert!(placements(&none, "default", Some(&[])).is_err());
}
