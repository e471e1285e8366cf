use crate::catalog::Catalog;
use crate::oam::Application;
use crate::plan::{PlanOptions, plan};
use crate::render::{RenderOptions, render};
use vela_lang::Engine;

const COMPONENT: &str = r#"
pod: type: "component"
template: {
    output: {
        apiVersion: "apps/v1"
        kind: "Deployment"
        metadata: labels: tier: parameter.tier
        spec: {replicas: parameter.replicas, image: parameter.image}
    }
    parameter: {tier: *"front" | string, replicas: *1 | int, image: *"nginx:1" | string}
}
"#;

/// What becomes of an application with a policy of that template, when it is planned and when it is
/// rendered: the same.
fn outcome(template: &str, policy: &str, component: &str) -> Result<(), String> {
    let mut catalog = Catalog::new(Engine::new());
    catalog.add_file("pod.cue", COMPONENT).expect("it is a definition");
    let text = format!("rule: type: \"policy\"\ntemplate: {{\n{template}\n}}\n");
    catalog.add_file("rule.cue", &text).expect("it is a definition");
    let text = format!(
        "kind: Application\nmetadata: {{name: shop}}\nspec:\n  components:\n  \
         - {{name: web, type: pod, properties: {component}}}\n  policies:\n  \
         - {{name: house, type: rule, properties: {policy}}}\n"
    );
    let app = Application::parse(catalog.sources(), "app.yaml", &text).expect("it parses");
    let app = app.application;
    let planned = plan(&app, &catalog, &PlanOptions::default()).map(drop);
    let rendered = render(&app, &catalog, &RenderOptions::default()).map(drop);
    assert_eq!(planned.is_err(), rendered.is_err(), "{planned:?} {rendered:?}");
    planned.map_err(|error| {
        let findings: Vec<String> =
            error.findings().iter().map(|f| f.brief(catalog.sources())).collect();
        format!("{error}\n{}", findings.join("\n"))
    })
}

const BOUND: &str = "constraint: spec: replicas: <=parameter.most\nparameter: most: *3 | int";

#[test]
fn objects_that_keep_a_constraint_pass() {
    assert_eq!(outcome(BOUND, "{}", "{replicas: 3}"), Ok(()));
    assert_eq!(outcome(BOUND, "{most: 9}", "{replicas: 9}"), Ok(()));
}

#[test]
fn what_breaks_a_constraint_is_told_with_policy_object_field_and_value() {
    let text = outcome(BOUND, "{}", "{replicas: 5}").expect_err("five are too many");
    for part in [
        "policy house (rule)",
        "Deployment web of component web",
        "spec.replicas = 5",
        "app.yaml:5:",
        "app.yaml:7:",
        "rule.cue:3:",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn match_narrows_by_kind_label_component_and_cluster() {
    for (narrow, passes) in [
        ("kinds: [\"Service\"]", true),
        ("kinds: [\"Service\", \"Deployment\"]", false),
        ("labels: tier: \"back\"", true),
        ("labels: tier: \"front\"", false),
        ("components: [\"db\"]", true),
        ("components: [\"web\"]", false),
    ] {
        let template = format!("match: {{{narrow}}}\n{BOUND}");
        assert_eq!(outcome(&template, "{}", "{replicas: 5}").is_ok(), passes, "{narrow}");
    }
}

#[test]
fn deny_refuses_with_its_own_words() {
    let template = "deny: [if context.output.spec.image =~ \":latest$\" {\"name a version\"}]";
    assert_eq!(outcome(template, "{}", "{image: 'nginx:1'}"), Ok(()));
    let text = outcome(template, "{}", "{image: 'nginx:latest'}").expect_err("it is denied");
    assert!(text.contains("name a version"), "{text}");
}

#[test]
fn a_check_that_cannot_be_made_lets_nothing_pass() {
    for template in [
        "deny: [if context.output.spec.absent > 3 {\"too many\"}]",
        "constraint: spec: limits!: {...}",
        "match: kind: \"Deployment\"\nconstraint: {...}",
        "deny: \"no list\"",
    ] {
        assert!(outcome(template, "{}", "{}").is_err(), "{template}");
    }
    let wrong = outcome(BOUND, "{most: many}", "{}").expect_err("the parameter is no number");
    assert!(wrong.contains("parameter.most"), "{wrong}");
}
