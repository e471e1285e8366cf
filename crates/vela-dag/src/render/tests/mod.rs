//! Rendering as a whole: definitions of the tests' own, manifests as snapshots.

use super::{HttpRequest, HttpResponse, Outside, RenderOptions, render};
use crate::catalog::Catalog;
use crate::oam::Application;
use crate::plan::{PlanOptions, plan};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use vela_lang::Engine;

const DEFINITIONS: &str = include_str!("definitions.txt");

/// The catalog of the definitions in `definitions.txt`, one per file, separated by lines of `---`.
fn catalog() -> Catalog {
    let mut catalog = Catalog::new(Engine::new());
    for (i, text) in DEFINITIONS.split("\n---\n").enumerate() {
        catalog.add_file(&format!("{i}.cue"), text).expect("it is a definition");
    }
    catalog
}

fn app(spec: &Json) -> Application {
    let text = json!({
        "kind": "Application",
        "metadata": {"name": "shop", "labels": {"team": "red"}, "annotations": {"note": "hi"}},
        "spec": spec,
    });
    let catalog = Catalog::new(Engine::new());
    let parsed = Application::parse(catalog.sources(), "app.yaml", &text.to_string());
    parsed.expect("it parses").application
}

struct Echo;

impl Outside for Echo {
    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        let body = json!({"token": format!("{} {}", request.method, request.url)}).to_string();
        Ok(HttpResponse { status: 200, body })
    }
}

/// The objects of an application, or its error.
fn rendered(spec: &Json, outside: bool) -> String {
    let options = RenderOptions {
        outside: outside.then(|| Arc::new(Echo) as Arc<dyn Outside>),
        ..RenderOptions::default()
    };
    match render(&app(spec), &catalog(), &options) {
        Ok(manifests) => {
            let objects: Vec<Json> = manifests.into_iter().map(|m| m.object).collect();
            serde_json::to_string_pretty(&objects).expect("it prints")
        }
        Err(error) => error.to_string(),
    }
}

/// A component of type `pod` with these traits.
fn with_traits(traits: Json) -> Json {
    json!({"components": [
        {"name": "web", "type": "pod", "properties": {"image": "nginx"}, "traits": traits},
    ]})
}

#[test]
fn a_component_with_traits() {
    let spec = with_traits(json!([
        {"type": "labelled", "properties": {"a": "b"}},
        {"type": "sidecar", "properties": {"name": "log", "image": "fluentd"}},
        {"type": "exposed", "properties": {"port": 80}},
        {"type": "limited", "properties": {"cpu": "1"}},
    ]));
    insta::assert_snapshot!(rendered(&spec, false));
}

#[test]
fn failures_name_their_place() {
    for (what, spec, wanted) in [
        (
            "a component type that is not there",
            json!({"components": [{"name": "web", "type": "pdo"}]}),
            "failed to parseComponents: fetch component/policy type of web: cannot load template \
             \"pdo\" from cluster and provided ones: component definition \"pdo\" not found; did \
             you mean pod?",
        ),
        (
            "a trait type that is not there",
            with_traits(json!([{"type": "labeled"}])),
            "failed to parseComponents: component(web) parse trait(labeled): trait definition \
             \"labeled\" not found; did you mean labelled?",
        ),
        (
            "a parameter of the wrong type",
            json!({"components": [{"name": "web", "type": "pod", "properties": {"image": 1}}]}),
            "cannot generate manifests from components and traits: evaluate base template app=shop \
             in namespace=default: validation failed for workload web:\n\nParameter errors:\n  \
             parameter.image: conflicting values string and 1 (mismatched types string and int)",
        ),
        (
            "a parameter that is missing",
            json!({"components": [{"name": "web", "type": "pod"}]}),
            "cannot generate manifests from components and traits: cannot generate manifests from \
             component web:\n\nParameter errors:\n  parameter.image: incomplete value string\n\n\
             Template errors:\n  spec.containers.0.image: incomplete value string",
        ),
        (
            "a patch that conflicts",
            with_traits(
                json!([{"type": "sidecar", "properties": {"name": "web", "image": "other"}}]),
            ),
            "cannot generate manifests from components and traits: evaluate template trait=sidecar \
             app=web: invalid patch trait sidecar into workload: result check err: \
             spec.containers.0.image: conflicting values \"other\" and \"nginx\"",
        ),
        (
            "what a template reports itself",
            with_traits(json!([{"type": "limited", "properties": {"cpu": "a lot"}}])),
            "cannot generate manifests from components and traits: evaluate template trait=limited \
             app=web: validation failed for trait limited:\n\nUser errors:\n  a lot is too much",
        ),
        (
            "a request that is not granted",
            with_traits(json!([{"type": "asking"}])),
            "cannot generate manifests from components and traits: evaluate template trait=asking \
             app=web: invalid process of trait asking: fail to exec http task, GET \
             \"http://x/web\": templates may not make requests here",
        ),
        (
            "a policy without parameters",
            json!({"components": [], "policies": [{"name": "p", "type": "topology"}]}),
            "failed to parsePolicies: policy topology named p must not have empty properties",
        ),
    ] {
        assert_eq!(rendered(&spec, false), wanted, "{what}");
    }
}

#[test]
fn requests_that_are_granted() {
    let text = rendered(&with_traits(json!([{"type": "asking"}])), true);
    assert!(text.contains("\"token\": \"GET http://x/web\""), "{text}");
}

#[test]
fn deploy_steps_render_with_their_policies() {
    let spec = json!({
        "components": [{"name": "web", "type": "pod", "properties": {"image": "nginx"}}],
        "policies": [
            {"name": "here", "type": "topology", "properties": {"clusters": ["a", "b"]}},
            {"name": "there", "type": "topology", "properties": {"clusters": ["c"]}},
            {"name": "newer", "type": "override", "properties": {
                "components": [{"properties": {"image": "nginx:2"}}],
            }},
        ],
        "workflow": {"steps": [
            {"name": "first", "type": "deploy", "properties": {"policies": ["here"]}},
            {"name": "then", "type": "deploy", "properties": {"policies": ["newer", "there"]}},
        ]},
    });
    let manifests = render(&app(&spec), &catalog(), &RenderOptions::default()).expect("it renders");
    let images: Vec<&Json> =
        manifests.iter().map(|m| &m.object["spec"]["containers"][0]["image"]).collect();
    assert_eq!(images, ["nginx", "nginx:2"]);
    let plan = plan(&app(&spec), &catalog(), &PlanOptions::default()).expect("it plans");
    let ids: Vec<&str> = plan.nodes.iter().map(|n| n.id.0.as_str()).collect();
    assert_eq!(
        ids,
        [
            "component/web/a/default",
            "component/web/b/default",
            "component/web/c/default",
            "step/first",
            "step/then",
        ]
    );
    insta::assert_snapshot!("plan", serde_json::to_string_pretty(&plan).expect("it prints"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The same application gives the same bytes, whatever the order in which its members are
    /// written and definitions are added.
    #[test]
    fn the_same_input_gives_the_same_bytes(
        names in proptest::collection::btree_set("[a-z]{1,6}", 1..5),
        labels in proptest::collection::btree_map("[a-z]{1,4}", "[a-z]{0,4}", 0..4),
        reversed in any::<bool>(),
    ) {
        let components: Vec<Json> = names
            .iter()
            .map(|name| json!({
                "name": name,
                "type": "pod",
                "properties": {"image": format!("{name}:1")},
                "traits": [{"type": "labelled", "properties": labels}],
            }))
            .collect();
        let spec = json!({"components": components});
        let mut other = Catalog::new(Engine::new());
        let mut texts: Vec<&str> = DEFINITIONS.split("\n---\n").collect();
        if reversed {
            texts.reverse();
        }
        for (i, text) in texts.iter().enumerate() {
            other.add_file(&format!("{i}.cue"), text).expect("it is a definition");
        }
        let print = |catalog: &Catalog| {
            let plan = plan(&app(&spec), catalog, &PlanOptions::default());
            plan.map(|plan| serde_json::to_string(&plan).expect("it prints")).map_err(|e| e.to_string())
        };
        let first = print(&catalog());
        prop_assert!(first.is_ok(), "{:?}", first);
        prop_assert_eq!(&first, &print(&other));
        let back: crate::plan::Plan =
            serde_json::from_str(first.as_deref().unwrap_or_default()).expect("it reads");
        prop_assert_eq!(serde_json::to_string(&back).ok(), first.ok());
    }
}
