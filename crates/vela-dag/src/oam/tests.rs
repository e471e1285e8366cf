use super::{DefinitionKind, definitions, read};
use crate::catalog::Catalog;
use serde_json::json;
use vela_lang::{Engine, Sources};

/// Errors and warnings of an application, with their places.
fn findings(text: &str, strict: bool) -> Vec<String> {
    let sources = Sources::default();
    let found = match read(&sources, &[("app.yaml", text)], strict) {
        Ok(parsed) => parsed.warnings,
        Err(error) => error.findings().to_vec(),
    };
    found
        .iter()
        .map(|f| {
            let help = f.help.as_ref().map(|h| format!(" ({h})")).unwrap_or_default();
            format!("{}{help}", f.brief(&sources).replace('\n', "").replace("    ", " "))
        })
        .collect()
}

#[test]
fn applications_are_read_with_places() {
    let app = |rest: &str| format!("kind: Application\nmetadata: {{name: a}}\n{rest}");
    for (text, strict, wanted) in [
        (app("spec: {components: [{name: web, type: w}]}"), true, vec![]),
        (
            app("spec:\n  component: []\n"),
            false,
            vec![
                "spec: unknown field component is ignored: app.yaml:4:3 (did you mean components?)",
            ],
        ),
        (
            app("spec:\n  component: []\n"),
            true,
            vec!["spec: unknown field component: app.yaml:4:3 (did you mean components?)"],
        ),
        (
            app("spec:\n  workflow: [a]\n"),
            false,
            vec!["spec.workflow: must be an object, is an array: app.yaml:4:13"],
        ),
        (
            "kind: Application\nmetadata:\n  labels:\n    a: yes\n".to_owned(),
            false,
            vec![
                "metadata.labels[\"a\"]: must be a string, is a bool: app.yaml:4:8 (put it in quotes)",
            ],
        ),
        (
            app("spec:\n  components:\n  - Name: web\n"),
            false,
            vec!["spec.components[0]: field Name is read as name: app.yaml:5:5"],
        ),
    ] {
        assert_eq!(findings(&text, strict), wanted, "{text}");
    }
}

#[test]
fn policies_get_names() {
    let text =
        json!({"kind": "Application", "spec": {"policies": [{"type": "override"}, {"name": "x"}]}});
    let parsed = read(&Sources::default(), &[("a", &text.to_string())], true).expect("it parses");
    let names: Vec<&str> = parsed.application.policies.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["override-auto-gen-0", "x"]);
}

#[test]
fn other_kinds_are_no_application() {
    let error = read(&Sources::default(), &[("x.yaml", r#"{"kind": "ConfigMap"}"#)], false);
    assert_eq!(
        error.expect_err("a ConfigMap").to_string(),
        "read application files: [x.yaml]: file x.yaml is not application, policy or workflow"
    );
}

const SCALER: &str = r##"
// Sets replicas.
import "strconv"

"my-scaler": {
	type: "trait"
	description: "Sets \"replicas\"."
	alias: "s"
	annotations: {"a.b": "1", "x.oam.dev/y": "2"}
	labels: kind: "t"
	attributes: podDisruptive: true
	attributes: {
		appliesToWorkloads: ["deployments.apps"]
		status: healthPolicy: #"""
			isHealth: context.output.spec.replicas > 0
			  // \(deeper)
			"""#
	}
}
template: {
	// +patchStrategy=retainKeys
	patch: spec: replicas: strconv.Atoi(parameter.replicas)
	parameter: replicas: *"1" | string
}
"##;

#[test]
fn definition_files() {
    let (definitions, warnings) =
        definitions(&Sources::default(), "s.cue", SCALER).expect("it is a definition");
    assert!(warnings.is_empty());
    let definition = &definitions[0];
    assert_eq!(definition.kind, DefinitionKind::Trait);
    assert_eq!(definition.metadata.name, "my-scaler");
    assert_eq!(definition.metadata.namespace, "vela-system");
    assert_eq!(
        json!(definition.metadata.annotations),
        json!({
            "custom.definition.oam.dev/a.b": "1",
            "definition.oam.dev/alias": "s",
            "definition.oam.dev/description": "Sets \"replicas\".",
            "x.oam.dev/y": "2",
        })
    );
    assert_eq!(json!(definition.metadata.labels), json!({"custom.definition.oam.dev/kind": "t"}));
    assert!(definition.spec.pod_disruptive);
    assert_eq!(
        definition.spec.status.health_policy,
        "isHealth: context.output.spec.replicas > 0\n  // \\(deeper)"
    );
    let template = definition.template.as_ref().expect("a template");
    assert!(template.text.starts_with("import \"strconv\"\n"));
    assert_eq!(template.file.decls.len(), 3);
}

#[test]
fn wrong_definition_files() {
    for (text, wanted) in [
        ("template: {}", "there is no metadata field"),
        ("a: type: \"trait\"", "definition a has no template"),
        ("a: type: \"trait\"\nb: {}\ntemplate: {}", "two metadata fields, \"a\" and \"b\""),
        ("a: type: \"trat\"\ntemplate: {}", "did you mean trait?"),
        (
            "a: {type: \"trait\", attributes: podDisruptve: true}\ntemplate: {}",
            "unknown field podDisruptve; did you mean podDisruptive?",
        ),
        ("a: {type: \"trait\", description: 5}\ntemplate: {}", "must be a string, is a number"),
        ("a: {type: \"trait\", labels: {(x): \"y\"}}\ntemplate: {}", "must be written out"),
        ("a: {\ntemplate: {}", "failed to parse CUE for definition"),
    ] {
        let error = definitions(&Sources::default(), "d.cue", text).expect_err(text);
        assert!(error.to_string().contains(wanted), "{text}: {error}");
    }
}

#[test]
fn catalogs_know_near_names() {
    let mut catalog = Catalog::new(Engine::new());
    catalog.add_file("s.cue", SCALER).expect("it is a definition");
    let get = |kind, name: &str| catalog.get(kind, name).map(|d| d.metadata.name.clone());
    assert_eq!(get(DefinitionKind::Trait, "my-scaler").expect("it is there"), "my-scaler");
    for (kind, name, wanted) in [
        (
            DefinitionKind::Trait,
            "myscaler",
            "trait definition \"myscaler\" not found; did you mean my-scaler?",
        ),
        (DefinitionKind::Policy, "my-scaler", "policy definition \"my-scaler\" not found"),
        (
            DefinitionKind::Trait,
            "my-scaler@v2",
            "trait definition \"my-scaler@v2\" not found; it has no revisions here, only the current one",
        ),
    ] {
        assert_eq!(get(kind, name).expect_err(name).to_string(), wanted);
    }
}
