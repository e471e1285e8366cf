//! `vela explain`, `vela diff` and the forms of `vela plan`.

mod command;

use command::Home;
use serde_json::Value as Json;

const APP: &str = "apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop}
spec:
  components:
  - name: web
    type: webservice
    properties:
      image: nginx:1.27
      ports: [{port: 8080, expose: true}]
    traits:
    - {type: scaler, properties: {replicas: 3}}
";

fn home() -> Home {
    let home = Home::new();
    home.write("app.yaml", APP);
    home
}

#[test]
fn a_field_is_explained() {
    let home = home();
    let path = "spec.template.spec.containers[0].image";
    let ran = home.vela(&["explain", "app.yaml", path]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    for part in [
        "Deployment web  of web",
        "spec.template.spec.containers[0].image = \"nginx:1.27\"",
        "app.yaml:9:14  image: nginx:1.27  (spec.components[0].properties.image)",
        "(component webservice)",
    ] {
        assert!(ran.out.contains(part), "{part} is not in\n{}", ran.out);
    }
    let ran = home.vela(&["explain", "app.yaml", path, "--out", "json"]);
    let data: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(data[0]["leaves"][0]["chain"][0]["cause"], "application");
    assert_eq!(data[0]["leaves"][0]["chain"][0]["line"], 9);
    let ran = home.vela(&["explain", "app.yaml", "spec.nothing"]);
    assert!(ran.status == Some(1) && ran.err.contains("app/path"), "{}", ran.err);
}

#[test]
fn a_parameter_says_what_it_reaches() {
    let home = home();
    let ran = home.vela(&["explain", "app.yaml", "--parameter", "components[0].properties.ports"]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    for part in ["Deployment web", "containerPort = 8080", "Service web"] {
        assert!(ran.out.contains(part), "{part} is not in\n{}", ran.out);
    }
    let ran = home.vela(&["explain", "app.yaml", "--parameter", "components[7].name"]);
    assert!(ran.status == Some(1) && ran.err.contains("app/path"), "{}", ran.err);
}

#[test]
fn differences_are_told_with_their_lines() {
    let home = home();
    home.write("b.yaml", APP.replace("replicas: 3", "replicas: 5"));
    let ran = home.vela(&["diff", "app.yaml", "b.yaml"]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    for part in ["~ component/web/local/default", "spec.replicas: 3 → 5", "+ b.yaml:12:"] {
        assert!(ran.out.contains(part), "{part} is not in\n{}", ran.out);
    }
    let plan = home.vela(&["plan", "-f", "app.yaml", "--out", "json"]);
    home.write("plan.json", plan.out);
    let ran = home.vela(&["diff", "plan.json", "app.yaml"]);
    assert_eq!(ran.out, "no difference\n", "{}", ran.err);
}

#[test]
fn runs_are_compared_with_each_other_and_with_files() {
    let home = home();
    home.vela(&["up", "-f", "app.yaml"]).succeeded();
    home.write("app.yaml", APP.replace("replicas: 3", "replicas: 5"));
    home.vela(&["up", "-f", "app.yaml"]).succeeded();
    for (before, after) in [("shop/1", "shop/2"), ("shop/1", "shop"), ("shop/1", "app.yaml")] {
        let ran = home.vela(&["diff", before, after]);
        assert!(ran.succeeded().out.contains("spec.replicas: 3 → 5"), "{}", ran.out);
        assert!(ran.out.contains("+ app.yaml:12:"), "{}", ran.out);
    }
    assert_eq!(home.vela(&["diff", "shop/2", "app.yaml"]).succeeded().out, "no difference\n");
    for nothing in ["shop/7", "shops", "nowhere.yaml"] {
        let ran = home.vela(&["diff", nothing, "app.yaml"]);
        assert!(ran.status == Some(1) && ran.err.contains("app/file"), "{}", ran.err);
        assert!(ran.err.contains("vela history"), "{}", ran.err);
    }
}

#[test]
fn a_picture_is_well_formed() {
    let ran = home().vela(&["plan", "-f", "app.yaml", "--out", "svg"]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("<svg ") && ran.out.ends_with("</svg>\n"), "{}", ran.out);
    assert_eq!(ran.out.matches("<g>").count() + 1, ran.out.matches("</g>").count());
}

#[test]
fn directories_are_planned_in_order() {
    let home = home();
    for i in 0..20 {
        let text = APP.replace("name: shop", &format!("name: shop-{i}"));
        home.write(&format!("apps/{:02}/app.yaml", i), text);
    }
    home.write("apps/values.yaml", "replicas: 3\n");
    let ran = home.vela(&["plan", "--recursive", "apps"]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let lines: Vec<Json> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 20);
    for (i, line) in lines.iter().enumerate() {
        assert_eq!(line["application"], format!("default/shop-{i}"));
        assert_eq!(line["objects"], 2);
    }
    assert_eq!(home.vela(&["plan", "--recursive", "apps"]).out, ran.out);
    home.write("apps/05/app.yaml", APP.replace("webservice", "webservices"));
    let ran = home.vela(&["plan", "--recursive", "apps"]);
    assert!(ran.status == Some(1) && ran.err.contains("19 applications planned"), "{}", ran.err);
}
