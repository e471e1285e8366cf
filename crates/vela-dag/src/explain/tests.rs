use super::{Cause, Explained, explain};
use crate::oam::Application;
use crate::{Catalog, Engine};
use vela_lang::Path;

const WEB: &str = r#"
web: type: "component"
template: {
    output: {
        apiVersion: "apps/v1", kind: "Deployment"
        spec: template: spec: containers: [{
            name: context.name
            image: parameter.image
            command: parameter.cmd
            let all = parameter.env
            env: [for one in all {name: one.key, value: "v-\(one.value)"}]
        }]
    }
    outputs: service: {apiVersion: "v1", kind: "Service", spec: port: parameter.port}
    parameter: {image: string, cmd: [...string], env: [...{key: string, value: string}], port: *80 | int}
}
"#;

const SCALE: &str = r#"
scale: type: "trait"
template: {
    patch: spec: replicas: parameter.count
    parameter: count: *1 | int
}
"#;

const APP: &str = "kind: Application
metadata: {name: shop, labels: {team: red}}
spec:
  components:
  - name: front
    type: web
    properties:
      image: nginx
      cmd: [a, b]
      env: [{key: K, value: x}, {key: L, value: z}]
    traits:
    - {type: scale, properties: {count: 3}}
  policies:
  - {name: big, type: override, properties: {components: [{name: front, properties: {image: httpd}}]}}
  - {name: here, type: topology, properties: {clusters: [local]}}
";

fn explained() -> Vec<Explained> {
    let mut catalog = Catalog::new(Engine::new());
    catalog.add_file("web.cue", WEB).expect("it is a definition");
    catalog.add_file("scale.cue", SCALE).expect("it is a definition");
    let step = "deploy: type: \"workflow-step\"\ntemplate: {}";
    catalog.add_file("deploy.cue", step).expect("it is a definition");
    let app = Application::parse(catalog.sources(), "app.yaml", APP).expect("it parses");
    explain(&app.application, &catalog, catalog.sources(), &Default::default()).expect("it renders")
}

/// `file:line` of each link of a leaf's chain.
fn chain(objects: &[Explained], kind: &str, path: &str) -> Vec<String> {
    let object = objects.iter().find(|one| one.kind == kind).expect("it is there");
    let leaf = object.leaves.iter().find(|leaf| leaf.path == path).unwrap_or_else(|| {
        let paths: Vec<&str> = object.leaves.iter().map(|leaf| leaf.path.as_str()).collect();
        panic!("{path} is not among {paths:?}")
    });
    let links = leaf.chain.iter().map(|link| match &link.place {
        Some(place) => format!("{}:{}", place.file, place.line),
        None => format!("{:?}", link.cause),
    });
    links.collect()
}

#[test]
fn chains_lead_from_the_application_to_the_field() {
    let objects = explained();
    let pod = "spec.template.spec.containers[0]";
    for (kind, path, links) in [
        ("Deployment", format!("{pod}.image"), vec!["app.yaml:14", "web.cue:15", "web.cue:8"]),
        ("Deployment", format!("{pod}.command[1]"), vec!["app.yaml:9"]),
        (
            "Deployment",
            format!("{pod}.env[1].value"),
            vec!["app.yaml:10", "web.cue:15", "web.cue:11"],
        ),
        ("Deployment", format!("{pod}.name"), vec!["app.yaml:5", "web.cue:7"]),
        (
            "Deployment",
            String::from("spec.replicas"),
            vec!["app.yaml:12", "scale.cue:5", "scale.cue:4"],
        ),
        ("Service", String::from("spec.port"), vec!["web.cue:15", "web.cue:14"]),
        ("Service", String::from("metadata.labels.team"), vec!["app.yaml:2"]),
    ] {
        let found = chain(&objects, kind, &path);
        for link in &links {
            assert!(found.contains(&(*link).to_owned()), "{path}: {link} is not in {found:?}");
        }
    }
}

#[test]
fn an_override_is_told_apart() {
    let objects = explained();
    let leaf = objects[0].nearest("spec.template.spec.containers[0].image").expect("it is there");
    let is_override =
        |cause: &Cause| matches!(cause, Cause::Override { policy, .. } if policy == "big");
    assert!(leaf.chain.iter().any(|link| is_override(&link.cause)), "{:?}", leaf.chain);
}

#[test]
fn a_parameter_knows_what_it_reaches() {
    let objects = explained();
    let reached = |path: &str| -> Vec<String> {
        let path = Path::parse(path).expect("it is a path");
        objects.iter().flat_map(|one| one.reached(&path)).map(|leaf| leaf.path.clone()).collect()
    };
    assert_eq!(
        reached("spec.components[0].properties.env[0]"),
        [
            "spec.template.spec.containers[0].env[0].name",
            "spec.template.spec.containers[0].env[0].value"
        ]
    );
    assert_eq!(reached("spec.components[0].traits[0]"), ["spec.replicas"]);
}
