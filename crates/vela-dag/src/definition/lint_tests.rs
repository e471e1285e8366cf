use super::lint;
use crate::Catalog;
use vela_lang::Engine;

fn codes(text: &str) -> Vec<String> {
    let mut catalog = Catalog::new(Engine::new());
    catalog.add_file("t.cue", text).unwrap();
    let definition = catalog.definitions().next().unwrap();
    lint(catalog.engine(), definition)
        .into_iter()
        .map(|finding| match finding.help {
            Some(help) if help.starts_with("did you mean") => {
                format!("{} {} {help}", finding.code, finding.path)
            }
            _ => format!("{} {}", finding.code, finding.path),
        })
        .collect()
}

#[test]
fn findings() {
    let header = "t: {type: \"trait\", attributes: {}}\n";
    for (template, wanted) in [
        ("{patch: spec: n: parameter.n\nparameter: {\n// +usage=N\nn: int\n}}", vec![]),
        (
            "{patch: spec: n: parameter.n\nparameter: {\n// +usage=N\nn: int\n// +usage=M\nm: int\n}}",
            vec!["def/unused parameter.m"],
        ),
        (
            "{patch: spec: n: parameter.n\nparameter: {\n// +usage=N\nn: int\n// +ignore\nm: int\n}}",
            vec![],
        ),
        (
            "{patch: spec: n: parameter.n\nparameter: n: [...{port: int}]}",
            vec!["def/usage parameter.n[].port"],
        ),
        (
            "{patch: spec: n: parameter.cout\nparameter: {\n// +usage=N\ncount: int\n}}",
            vec!["def/undeclared parameter.cout did you mean count?", "def/unused parameter.count"],
        ),
        ("{patch: spec: parameter\nparameter: {...}}", vec![]),
        (
            "{patch: spec: n: context.appname}",
            vec!["def/context context.appname did you mean appName?"],
        ),
        (
            "{patch: spec: {\n// +patchkey=name\ncontainers: []\n}}",
            vec!["def/tag patch.spec.containers did you mean +patchKey?"],
        ),
        (
            "{patch: spec: {\n// +patchStrategy=retainkeys\nx: 1\n}}",
            vec!["def/tag patch.spec.x did you mean retainKeys?"],
        ),
        ("{patch: {\n// +patchStrategy=jsonPatch\nx: 1\n}}", vec!["def/tag patch.x"]),
        ("{patch: spec: a: [1] + [2]}", vec!["def/old-cue "]),
        ("{patch: spec: a: nothing}", vec!["cue/reference "]),
    ] {
        let found = codes(&format!("{header}template: {template}"));
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        if template.contains("nothing") {
            assert_eq!(found.len(), 1, "{template}: {found:?}");
        } else {
            assert_eq!(found, wanted, "{template}");
        }
    }
}

#[test]
fn status() {
    let template = "template: outputs: service: {apiVersion: \"v1\", kind: \"Service\"}";
    for (status, wanted) in [
        ("healthPolicy: \"isHealth: context.outputs.service.x == 1\"", vec![]),
        (
            "healthPolicy: \"isHealth: context.outputs.servcie.x == 1\"",
            vec!["def/health attributes.status.healthPolicy did you mean service?"],
        ),
        ("healthPolicy: \"isHealth: false\"", vec!["def/health attributes.status.healthPolicy"]),
        ("healthPolicy: \"healthy: true\"", vec!["def/health attributes.status.healthPolicy"]),
        ("customStatus: \"text: 1\"", vec!["def/status attributes.status.customStatus"]),
        ("customStatus: \"if context.a {message: \\\"x\\\"}\"", vec![]),
    ] {
        let text = format!("t: {{type: \"trait\", attributes: status: {status}}}\n{template}");
        assert_eq!(codes(&text), wanted, "{status}");
    }
}
