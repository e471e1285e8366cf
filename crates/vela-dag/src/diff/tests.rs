use super::{Change, Difference, Side, diff};
use crate::explain::explain;
use crate::oam::Application;
use crate::plan::{PlanOptions, plan};
use crate::{Catalog, Engine};

fn between(definition: [&str; 2], app: [&str; 2]) -> Difference {
    let sides: Vec<_> = definition
        .into_iter()
        .zip(app)
        .map(|(definition, app)| {
            let mut catalog = Catalog::new(Engine::new());
            let text = format!("note: type: \"component\"\ntemplate: {{\n{definition}\n}}");
            catalog.add_file("note.cue", &text).expect("it is a definition");
            let text = format!("kind: Application\nmetadata: {{name: shop}}\nspec:\n{app}");
            let app = Application::parse(catalog.sources(), "app.yaml", &text).expect("it parses");
            let app = app.application;
            let explained = explain(&app, &catalog, catalog.sources(), &Default::default())
                .expect("it renders");
            (plan(&app, &catalog, &PlanOptions::default()).expect("it plans"), explained)
        })
        .collect();
    let side = |at: usize| Side { plan: &sides[at].0, explained: &sides[at].1 };
    diff(side(0), side(1))
}

const NOTE: &str = "output: {apiVersion: \"v1\", kind: \"ConfigMap\", data: text: parameter.text}\n\
    parameter: text: *\"hello\" | string";

#[test]
fn equal_plans_do_not_differ() {
    let app = "  components: [{name: a, type: note}]\n";
    assert!(between([NOTE, NOTE], [app, app]).is_empty());
}

#[test]
fn an_edit_is_told_with_its_line() {
    let found = between(
        [NOTE, NOTE],
        [
            "  components:\n  - name: a\n    type: note\n    properties: {text: one}\n",
            "  components:\n  - name: a\n    type: note\n    properties: {text: two}\n  - {name: b, type: note}\n",
        ],
    );
    let text = found.to_text();
    for part in [
        "~ component/a/local/default",
        "~ ConfigMap a",
        "data.text: \"one\" → \"two\"",
        "+ app.yaml:7:24: properties: {text: two} (spec.components[0].properties.text)",
        "+ component/b/local/default",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(found.nodes.iter().any(|node| node.change == Change::Added));
}

#[test]
fn a_change_of_a_definition_is_told_with_its_line() {
    let app = "  components: [{name: a, type: note}]\n";
    let text = between([NOTE, &NOTE.replace("hello", "bye")], [app, app]).to_text();
    assert!(text.contains("data.text: \"hello\" → \"bye\""), "{text}");
    assert!(text.contains("+ note.cue:4:") && text.contains("(component note)"), "{text}");
}
