//! A session makes the plan that is made from scratch, whatever was edited.

use super::Session;
use crate::oam::Application;
use crate::plan::{PlanOptions, plan};
use crate::{Catalog, Engine};
use proptest::prelude::*;

const DEFINITIONS: [(&str, &str); 4] = [
    (
        "note.cue",
        "note: type: \"component\"\ntemplate: {\n\
         output: {apiVersion: \"v1\", kind: \"ConfigMap\", data: {text: parameter.text, on: context.cluster}}\n\
         parameter: text: *\"x\" | string\n}",
    ),
    (
        "index.cue",
        "index: type: \"component\"\ntemplate: {\n\
         output: {apiVersion: \"v1\", kind: \"ConfigMap\", data: all: \"\\(len(context.components))\"}\n\
         parameter: {...}\n}",
    ),
    (
        "mark.cue",
        "mark: type: \"trait\"\ntemplate: {\npatch: data: mark: parameter.text\nparameter: text: string\n}",
    ),
    (
        "small.cue",
        "small: type: \"policy\"\ntemplate: {\n\
         output: {apiVersion: \"v1\", kind: \"ConfigMap\", data: n: \"\\(len(context.objects))\"}\n\
         parameter: {...}\n}",
    ),
];

/// A component: its type, its text, the text of its trait, and which one it waits for.
type Part = (bool, Option<u8>, Option<u8>, Option<u8>);

fn application(parts: &[Part], clusters: u8, small: bool) -> String {
    let mut text =
        String::from("kind: Application\nmetadata: {name: shop}\nspec:\n  components:\n");
    for (i, (index, own, mark, after)) in parts.iter().enumerate() {
        let kind = if *index { "index" } else { "note" };
        text.push_str(&format!("  - name: c{i}\n    type: {kind}\n"));
        if let Some(own) = own {
            text.push_str(&format!("    properties: {{text: t{own}}}\n"));
        }
        if let Some(mark) = mark {
            text.push_str(&format!(
                "    traits: [{{type: mark, properties: {{text: m{mark}}}}}]\n"
            ));
        }
        if let Some(after) = after.filter(|after| usize::from(*after) < i) {
            text.push_str(&format!("    dependsOn: [c{after}]\n"));
        }
    }
    let names: Vec<String> = (0..=clusters).map(|i| format!("k{i}")).collect();
    text.push_str(&format!(
        "  policies:\n  - {{name: where, type: topology, properties: {{clusters: [{}]}}}}\n",
        names.join(", ")
    ));
    if small {
        text.push_str("  - {name: small, type: small, properties: {}}\n");
    }
    text
}

fn part() -> impl Strategy<Value = Part> {
    let few = || proptest::option::of(0u8..3);
    (proptest::bool::weighted(0.2), few(), few(), few())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_session_plans_as_from_scratch(
        edits in proptest::collection::vec(
            (proptest::collection::vec(part(), 1..5), 0u8..2, proptest::bool::weighted(0.3)),
            1..5,
        )
    ) {
        let mut catalog = Catalog::new(Engine::new());
        let deploy = ("deploy.cue", "deploy: type: \"workflow-step\"\ntemplate: {}");
        for (name, text) in DEFINITIONS.into_iter().chain([deploy]) {
            catalog.add_file(name, text).expect("it is a definition");
        }
        let mut session = Session::new(catalog.clone(), PlanOptions::default());
        for (parts, clusters, small) in &edits {
            let text = application(parts, *clusters, *small);
            let app = Application::parse(catalog.sources(), "app.yaml", &text).expect("it parses");
            let scratch = plan(&app.application, &catalog, &PlanOptions::default());
            let edited = session.plan(&app.application).cloned();
            prop_assert_eq!(edited, scratch);
        }
    }
}

#[test]
fn order_that_means_nothing_changes_nothing() {
    let mut catalog = Catalog::new(Engine::new());
    for (name, text) in DEFINITIONS {
        catalog.add_file(name, text).expect("it is a definition");
    }
    let planned = |components: [&str; 3]| {
        let text = format!(
            "kind: Application\nmetadata: {{name: shop}}\nspec: {{components: [{}]}}",
            components.join(", ")
        );
        let app = Application::parse(catalog.sources(), "app.yaml", &text).expect("it parses");
        plan(&app.application, &catalog, &PlanOptions::default()).expect("it plans")
    };
    let a = "{name: a, type: note, properties: {text: x}}";
    let b = "{name: b, type: note, dependsOn: [a]}";
    let c = "{type: note, name: c}";
    let (one, other) = (planned([a, b, c]), planned([c, b, a]));
    assert_eq!(one.hash, other.hash);
    assert_eq!(one.edges, other.edges);
    assert_ne!(one.hash, planned([a, b, "{name: d, type: note}"]).hash);
    // An edit of one component leaves the others' nodes as they are.
    let edited = planned(["{name: a, type: note, properties: {text: z}}", b, c]);
    let changed: Vec<&str> = one
        .nodes
        .iter()
        .filter(|node| !edited.nodes.contains(node))
        .map(|node| node.id.0.as_str())
        .collect();
    assert_eq!(changed, ["component/a/local/default"]);
}
