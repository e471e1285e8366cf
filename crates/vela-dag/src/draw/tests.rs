use super::{dot, mermaid, svg, tree};
use crate::catalog::Catalog;
use crate::oam::Application;
use crate::plan::{Object, Plan, PlanOptions, Stage, build_with};
use serde_json::json;
use vela_lang::Engine;

fn plan() -> Plan {
    let text = r#"{
      "apiVersion": "core.oam.dev/v1beta1", "kind": "Application", "metadata": {"name": "shop"},
      "spec": {
        "components": [
          {"name": "db", "type": "worker"},
          {"name": "web", "type": "webservice", "dependsOn": ["db"]}
        ],
        "policies": [{"name": "eu", "type": "topology", "properties": {"clusters": ["eu-1", "eu-2"]}}],
        "workflow": {"steps": [
          {"name": "roll-out", "type": "step-group", "subSteps": [
            {"name": "deploy-eu", "type": "apply-application", "timeout": "5m"},
            {"name": "ask", "type": "suspend", "if": "status[\"deploy-eu\"].succeeded"}
          ]},
          {"name": "last", "type": "suspend", "dependsOn": ["roll-out"]}
        ]}
      }}"#;
    let mut catalog = Catalog::new(Engine::new());
    let app = Application::parse(catalog.sources(), "app.json", text);
    let app = app.expect("it parses").application;
    catalog
        .add_file("d.cue", "\"apply-application\": type: \"workflow-step\"\ntemplate: {}")
        .expect("it is a definition");
    build_with(&app, &catalog, &PlanOptions::default(), &mut |component, _| {
        let manifest = json!({"kind": "Deployment", "metadata": {"name": component.name}});
        let (origin, stage) = (String::new(), Stage::default());
        Ok(vec![Object { origin, stage, manifest: manifest.into() }])
    })
    .expect("it plans")
}

#[test]
fn pictures() {
    let plan = plan();
    insta::assert_snapshot!("tree", tree(&plan));
    insta::assert_snapshot!("dot", dot(&plan));
    insta::assert_snapshot!("mermaid", mermaid(&plan));
    insta::assert_snapshot!("svg", svg(&plan));
}
