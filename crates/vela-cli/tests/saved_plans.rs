//! What was approved is what is applied, or nothing is.

mod command;

use command::Home;

fn app(image: &str) -> String {
    format!(
        "kind: Application\nmetadata: {{name: shop}}\nspec: {{components: [{{name: web, type: webservice, \
         properties: {{image: {image}}}}}]}}\n"
    )
}

fn saved(home: &Home) {
    home.vela(&["plan", "-f", "app.yaml", "--save", "plan.json"]).succeeded();
}

/// `up --plan` is refused, says why, and writes nothing.
fn refused(home: &Home, says: &[&str]) {
    let before = home.vela(&["ls", "--out", "json"]).out;
    let ran = home.vela(&["up", "--plan", "plan.json"]);
    assert!(ran.failed(1).err.contains("plan/moved"), "{}", ran.err);
    for part in says {
        assert!(ran.err.contains(part), "no {part:?} in {}", ran.err);
    }
    assert_eq!(home.vela(&["ls", "--out", "json"]).out, before);
}

#[test]
fn applied_as_it_was_saved() {
    let home = Home::new();
    home.write("app.yaml", app("one"));
    saved(&home);
    home.vela(&["up", "--plan", "plan.json"]).succeeded();
    // It was made for a state in which nothing was deployed yet.
    refused(&home, &["default/shop", "the last run was none", "was not there, and is"]);
}

#[test]
fn a_file_that_changed() {
    let home = Home::new();
    home.write("app.yaml", app("one"));
    saved(&home);
    home.write("app.yaml", app("two"));
    refused(&home, &["app.yaml", "is not the text that it was", "image: \"one\" → \"two\""]);
    home.write("app.yaml", app("one"));
    home.vela(&["up", "--plan", "plan.json"]).succeeded();
}

#[test]
fn somebody_else_deployed_meanwhile() {
    let home = Home::new();
    home.write("app.yaml", app("one"));
    home.vela(&["up", "-f", "app.yaml"]).succeeded();
    home.write("app.yaml", app("two"));
    saved(&home);
    home.write("other.yaml", app("three"));
    home.vela(&["up", "-f", "other.yaml"]).succeeded();
    refused(
        &home,
        &[
            "the last run was default/shop/000001, and is default/shop/000002",
            "Deployment default/web in local",
            "image",
        ],
    );
}

#[test]
fn what_is_no_saved_plan() {
    let home = Home::new();
    for (text, says) in [
        ("", "no JSON"),
        ("{}", "no version"),
        ("{\"version\": 9}", "format version 9"),
        ("{\"version\": 1}", "missing field"),
    ] {
        home.write("plan.json", text);
        let ran = home.vela(&["up", "--plan", "plan.json"]);
        assert!(ran.failed(1).err.contains("plan/saved") && ran.err.contains(says), "{}", ran.err);
    }
    home.vela(&["up", "--plan", "nowhere.json"]).failed(1);
    home.vela(&["up"]).failed(2);
    home.vela(&["up", "--plan", "plan.json", "-f", "app.yaml"]).failed(2);
}
