//! The definitions of this repository: each is in order, has an example that renders, passes its tests,
//! and is documented as it is.

use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vela::dag::definition::{Outcome, cases, lint, markdown, open_api, run, table_of_contents};
use vela::dag::oam::{Definition, DefinitionKind};
use vela::dag::plan::{NodeKind, PlanOptions};
use vela::dag::render::{HttpRequest, HttpResponse, Outside, RenderOptions};
use vela::dag::step::{CueSteps, StepProgram, StepState};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn directory(definition: &Definition) -> &'static str {
    match definition.kind {
        DefinitionKind::Component => "component",
        DefinitionKind::Trait => "trait",
        DefinitionKind::Policy => "policy",
        DefinitionKind::WorkflowStep => "workflowstep",
        DefinitionKind::Workload => "workload",
    }
}

fn file(directory: &str, definition: &Definition, ending: &str) -> PathBuf {
    let name = format!("{}.{ending}", definition.metadata.name);
    root().join(directory).join(self::directory(definition)).join(name)
}

/// What the outside answers to examples.
struct Answers;

impl Outside for Answers {
    fn http(&self, _: &HttpRequest) -> Result<HttpResponse, String> {
        Ok(HttpResponse { status: 200, body: String::from("{\"credentials\": \"robot\"}") })
    }

    fn call(&self, provider: &str, action: &str, _: &Json) -> Result<Json, String> {
        match (provider, action) {
            ("helm", "render") => {
                let service =
                    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "it"}});
                Ok(json!({ "resources": [service] }))
            }
            _ => Err(format!("{provider} {action} is not answered")),
        }
    }
}

#[test]
fn definitions_are_in_order() {
    let catalog = vela::definitions().unwrap();
    for definition in catalog.definitions() {
        let findings = lint(catalog.engine(), definition);
        assert!(findings.is_empty(), "{}: {findings:?}", definition.file);
    }
}

/// What can't be rendered without a cluster, or can't be at all: what the error says.
const NOT_RENDERED: [(&str, &str); 2] =
    [("ref-objects", "there is none here"), ("envbinding", "field not found: output")];

#[test]
fn examples_render() {
    let definitions = Arc::new(vela::definitions().unwrap());
    let options = RenderOptions { outside: Some(Arc::new(Answers)), ..RenderOptions::default() };
    for definition in definitions.definitions() {
        let path = file("examples/definitions", definition, "yaml");
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = &definition.metadata.name;
        assert!(
            text.contains(&format!("type: {name}\n")),
            "{} does not use {name}",
            path.display()
        );
        let app = vela::application(&definitions, "example.yaml", &text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let rendered = vela::render_with(&app, &definitions, &options);
        match NOT_RENDERED.iter().find(|(other, _)| other == name) {
            Some((_, why)) => {
                let error = rendered.expect_err("it has no objects").to_string();
                assert!(error.contains(why), "{name}: {error}");
            }
            None => {
                let manifests = rendered.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(!manifests.is_empty(), "{name}");
            }
        }
        if definition.kind == DefinitionKind::WorkflowStep {
            first_call(&text, name);
        }
    }
}

/// The step is evaluated: either it makes a call, or it has none to make.
fn first_call(text: &str, name: &str) {
    let opened = vela::Bundle::new("example.yaml", text).read();
    let opened = opened.unwrap_or_else(|error| panic!("{name}: {error}"));
    let plan =
        opened.plan(&PlanOptions::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let steps: CueSteps = opened.steps(RenderOptions::default());
    let state = StepState {
        context: json!({
            "name": "example", "appName": "example", "namespace": "default",
            "stepName": "it", "stepSessionID": "session",
        }),
        ..StepState::default()
    };
    for node in &plan.nodes {
        if let NodeKind::Action { step_type, .. } = &node.kind
            && step_type == name
        {
            steps.next(node, &state).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

#[test]
fn tests_beside_definitions_pass() {
    let definitions = Arc::new(vela::definitions().unwrap());
    let mut count = 0;
    for definition in definitions.definitions() {
        let path = file("definitions", definition, "yaml");
        let path = path.with_file_name(format!("{}_test.yaml", definition.metadata.name));
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for case in cases(definition, &path.display().to_string(), &text).unwrap() {
            count += 1;
            let outcome = run(&definitions, definition, &case);
            assert_eq!(outcome, Outcome::Passed, "{} {}", definition.metadata.name, case.name);
        }
    }
    assert!(count > 20, "{count}");
}

/// `vela def doc-gen --examples examples/definitions -o docs/definitions` and
/// `vela def schema > docs/definitions/openapi.json` write these.
#[test]
fn documentation_is_up_to_date() {
    let catalog = vela::definitions().unwrap();
    let docs = root().join("docs/definitions");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    for definition in catalog.definitions() {
        let page = file("docs/definitions", definition, "md");
        let example =
            std::fs::read_to_string(file("examples/definitions", definition, "yaml")).ok();
        assert!(
            read(&page) == markdown(definition, example.as_deref()),
            "{} is old: run vela def doc-gen --examples examples/definitions -o docs/definitions",
            page.display()
        );
    }
    let contents = table_of_contents(catalog.definitions().map(|d| &**d));
    assert!(read(&docs.join("README.md")) == contents, "docs/definitions/README.md is old");
    let schema: Json = serde_json::from_str(&read(&docs.join("openapi.json"))).unwrap_or_default();
    assert!(
        schema == open_api(catalog.definitions().map(|d| &**d)),
        "docs/definitions/openapi.json is old: run vela def schema"
    );
}
