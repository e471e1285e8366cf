use super::{Outcome, cases, run};
use crate::Catalog;
use crate::oam::DefinitionKind;
use std::sync::Arc;
use vela_lang::Engine;

const DEFINITION: &str = r##"
shop: {
    type: "component"
    attributes: status: {
        healthPolicy: #"isHealth: context.output.ready"#
        customStatus: #"message: "all \(context.output.ready)""#
    }
}
template: {
    output: {apiVersion: "v1", kind: "ConfigMap", data: size: parameter.size}
    outputs: two: {apiVersion: "v1", kind: "Secret", metadata: name: "two"}
    parameter: size: "small" | "large"
}
"##;

const STEP: &str = r##"
import "vela/kube"
ask: {type: "workflow-step", attributes: {}}
template: {
    read: kube.#Read & {$params: value: {apiVersion: "v1", kind: "ConfigMap", metadata: name: parameter.from}}
    write: kube.#Apply & {$params: value: {apiVersion: "v1", kind: "ConfigMap", data: read.$returns.value.data}}
    parameter: from: string
}
"##;

fn outcomes(definition: &str, kind: DefinitionKind, text: &str) -> Vec<String> {
    let mut catalog = Catalog::new(Engine::new());
    catalog.add_file("t.cue", definition).unwrap();
    let catalog = Arc::new(catalog);
    let name = catalog.names(kind).next().unwrap().to_owned();
    let definition = catalog.get(kind, &name).unwrap();
    let all = cases(definition, "t_test.yaml", text).unwrap();
    all.iter()
        .map(|case| match run(&catalog, definition, case) {
            Outcome::Passed => String::from("passed"),
            Outcome::Failed(why) => why,
        })
        .collect()
}

#[test]
fn objects_errors_and_status() {
    let text = "
cases:
- name: fine
  properties: {size: small}
  objects: [{kind: Secret}, {kind: ConfigMap, data: {size: small}}]
- name: another size
  properties: {size: small}
  objects: [{kind: Secret}, {kind: ConfigMap, data: {size: large}}]
- name: not all
  properties: {size: small}
  objects: [{kind: ConfigMap}]
- name: too many
  properties: {size: small}
  objects: [{kind: ConfigMap}, {kind: Secret}, {kind: Service}]
- {name: wrong, properties: {size: huge}, error: size}
- {name: works, properties: {size: large}, error: size}
- {name: healthy, status: {output: {ready: true}, healthy: true, message: all true}}
- {name: ill, status: {output: {ready: true}, healthy: false}}
";
    assert_eq!(
        outcomes(DEFINITION, DefinitionKind::Component, text),
        [
            "passed",
            "ConfigMap it: data.size is \"small\", and \"large\" was wanted",
            "it also makes Secret two",
            "it does not make Service",
            "passed",
            "it works, and an error was wanted: size",
            "passed",
            "healthy is true, and false was wanted",
        ]
    );
}

#[test]
fn calls_of_steps() {
    let text = "
cases:
- name: fine
  properties: {from: a}
  calls:
  - call: kube read
    params: {value: {metadata: {name: a}}}
    returns: {value: {data: {x: y}}}
  - call: kube apply
    params: {value: {data: {x: y}}}
- name: other
  properties: {from: a}
  calls: [{call: kube delete}]
";
    assert_eq!(
        outcomes(STEP, DefinitionKind::WorkflowStep, text),
        ["passed", "read calls kube read, and kube delete was wanted"]
    );
}

#[test]
fn wrong_files() {
    let mut catalog = Catalog::new(Engine::new());
    catalog.add_file("t.cue", DEFINITION).unwrap();
    let definition = catalog.definitions().next().unwrap().clone();
    for (text, wanted) in [
        ("a: 1", "there is no list called cases"),
        ("cases: [{name: x}]", "must say one of"),
        ("cases: [{object: []}]", "did you mean objects?"),
    ] {
        let error = cases(&definition, "t_test.yaml", text).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let cue = "cases: [for s in [\"small\", \"large\"] {properties: size: s, error: \"x\"}]";
    assert_eq!(cases(&definition, "t_test.cue", cue).unwrap().len(), 2);
}
