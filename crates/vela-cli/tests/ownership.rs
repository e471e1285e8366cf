//! Whose objects are: what is another's is refused, what is nobody's is adopted when told, and what would
//! be deleted is shown first.

mod command;

use command::Home;
use serde_json::Value as Json;

/// An application of config maps by name.
fn app(name: &str, maps: &[&str], more: &str) -> String {
    let objects: Vec<String> = maps
        .iter()
        .map(|map| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {map}}}, data: {{by: {name}}}}}"))
        .collect();
    format!(
        "kind: Application\nmetadata: {{name: {name}}}\nspec:\n  components:\n  - name: maps-of-{name}\n    type: \
         k8s-objects\n    properties: {{objects: [{}]}}\n{more}",
        objects.join(", ")
    )
}

fn write(home: &Home, name: &str, maps: &[&str], more: &str) {
    home.write(&format!("{name}.yaml"), app(name, maps, more));
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

#[test]
fn what_is_another_applications_is_refused_and_never_deleted() {
    let home = Home::new();
    write(&home, "one", &["shared"], "");
    write(&home, "two", &["own", "shared"], "");
    home.vela(&["up", "-f", "one.yaml"]).succeeded();
    let refused = home.vela(&["up", "-f", "two.yaml", "--out", "json"]);
    refused.failed(3);
    let result = json(&refused.out);
    let objects = result["objects"].as_array().unwrap();
    let action = |name: &str| {
        let found = objects.iter().find(|one| one["object"]["name"] == name);
        found.unwrap()["action"].clone()
    };
    assert_eq!((action("own"), action("shared")), ("create".into(), "failed".into()));
    let message = result["steps"][0]["message"].as_str().unwrap();
    assert!(message.contains("belongs to the application default/one"), "{message}");
    assert_eq!(result["steps"][0]["reason"], "Action", "it is not tried again and again");

    let deleted = home.vela(&["delete", "two"]);
    assert!(deleted.succeeded().out.contains("two is deleted: 1 object"), "{}", deleted.out);
    let left = json(&home.vela(&["status", "one", "--out", "json"]).succeeded().out);
    assert_eq!(left["objects"][0]["health"], "healthy");
    assert_eq!(left["objects"][0]["owner"], "default/one");

    home.vela(&["up", "-f", "two.yaml", "--adopt", "unowned"]).failed(3);
    home.vela(&["up", "-f", "two.yaml", "--adopt", "any"]).succeeded();
    let taken = json(&home.vela(&["status", "one", "--out", "json"]).succeeded().out);
    assert_eq!(taken["objects"][0]["owner"], "default/two");
    home.vela(&["delete", "one"]).succeeded();
    let kept = json(&home.vela(&["status", "two", "--out", "json"]).succeeded().out);
    assert!(kept["objects"].as_array().unwrap().iter().all(|one| one["health"] == "healthy"));
}

#[test]
fn what_is_nobodys_is_adopted_by_policy_or_when_told() {
    let home = Home::new();
    write(&home, "one", &["a"], "");
    write(&home, "two", &["a"], "");
    let policy = "  policies:\n  - name: take\n    type: take-over\n    properties: {rules: [{selector: {resourceTypes: [ConfigMap]}}]}\n";
    home.vela(&["up", "-f", "one.yaml"]).succeeded();
    let left = home.vela(&["delete", "one", "--orphan"]);
    assert!(left.succeeded().out.contains("belongs to nobody from now on"), "{}", left.out);
    let refused = home.vela(&["up", "-f", "two.yaml"]);
    refused.failed(3);
    assert!(refused.out.contains("belongs to no application"), "{}", refused.out);
    write(&home, "two", &["a"], policy);
    let taken = home.vela(&["up", "-f", "two.yaml"]);
    assert!(taken.succeeded().out.contains("two is running"), "{}", taken.out);
    let status = json(&home.vela(&["status", "two", "--out", "json"]).succeeded().out);
    assert_eq!(status["objects"][0]["owner"], "default/two");
}

#[test]
fn shared_objects_go_with_the_last_one() {
    let home = Home::new();
    let policy = "  policies:\n  - name: share\n    type: shared-resource\n    properties: {rules: [{selector: {resourceTypes: [ConfigMap]}}]}\n";
    for name in ["one", "two"] {
        write(&home, name, &["a"], policy);
        home.vela(&["up", "-f", &format!("{name}.yaml")]).succeeded();
    }
    let again = home.vela(&["up", "-f", "two.yaml"]);
    assert!(again.succeeded().out.contains("nothing changed"), "{}", again.out);
    let passed = home.vela(&["delete", "one"]);
    assert!(passed.succeeded().out.contains("default/two shares it"), "{}", passed.out);
    let status = json(&home.vela(&["status", "two", "--out", "json"]).succeeded().out);
    assert_eq!(status["objects"][0]["owner"], "default/two");
    assert!(home.vela(&["delete", "two"]).succeeded().out.contains("1 object"));
}

#[test]
fn what_would_be_deleted_is_shown_first() {
    let home = Home::new();
    write(&home, "shop", &["a", "b"], "");
    home.vela(&["up", "-f", "shop.yaml"]).succeeded();
    write(&home, "shop", &["a"], "");
    let planned = home.vela(&["plan", "-f", "shop.yaml"]);
    assert!(planned.succeeded().out.contains("ConfigMap default/b in local  is deleted"));
    let before = home.vela(&["history", "shop", "--out", "json"]).out;
    let asked = home.vela(&["up", "-f", "shop.yaml"]);
    asked.failed(1);
    for part in ["plan/deletes", "ConfigMap default/b in local  is deleted", "--yes"] {
        assert!(asked.err.contains(part), "no {part:?} in {}", asked.err);
    }
    assert_eq!(home.vela(&["history", "shop", "--out", "json"]).out, before, "nothing was written");
    let kept = home.vela(&["up", "-f", "shop.yaml", "--no-prune"]);
    assert!(kept.succeeded().out.contains("nobody has agreed that it goes"), "{}", kept.out);
    home.vela(&["up", "-f", "shop.yaml"]).failed(1);
    let gone = home.vela(&["up", "-f", "shop.yaml", "--yes"]);
    assert!(
        gone.succeeded().out.contains("ConfigMap default/b  deleted from local"),
        "{}",
        gone.out
    );
    let back = home.vela(&["rollback", "shop"]);
    assert!(back.succeeded().out.contains("ConfigMap default/b  created"), "{}", back.out);
    home.vela(&["up", "-f", "shop.yaml"]).failed(1);
    home.vela(&["plan", "-f", "shop.yaml", "--save", "plan.json"]).succeeded();
    // Who saved the plan saw what it deletes.
    let planned = home.vela(&["up", "--plan", "plan.json"]);
    assert!(planned.succeeded().out.contains("ConfigMap default/b  deleted"), "{}", planned.out);
}

#[test]
fn what_holds_data_stays_unless_told() {
    let home = Home::new();
    let claim = "kind: Application\nmetadata: {name: shop}\nspec:\n  components:\n  - name: db\n    type: k8s-objects\n    \
                 properties: {objects: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {}}, \
                 {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]}\n";
    home.write("shop.yaml", claim);
    home.vela(&["up", "-f", "shop.yaml"]).succeeded();
    write(&home, "shop", &["a"], "");
    let kept = home.vela(&["up", "-f", "shop.yaml"]);
    assert!(kept.succeeded().out.contains("data that is nowhere else"), "{}", kept.out);
    let deleted = home.vela(&["delete", "shop"]);
    assert!(deleted.succeeded().out.contains("PersistentVolumeClaim default/data  kept"));
    let gone = home.vela(&["delete", "shop", "--with-data"]);
    assert!(gone.succeeded().out.contains("PersistentVolumeClaim default/data  deleted"));
}

#[test]
fn policies_about_garbage_are_heeded() {
    let home = Home::new();
    let policy = |rule: &str| {
        format!(
            "  policies:\n  - name: keep\n    type: garbage-collect\n    properties: {{rules: [{{selector: {{resourceTypes: [ConfigMap]}}, {rule}}}]}}\n"
        )
    };
    write(&home, "shop", &["a", "b"], &policy("strategy: onAppDelete"));
    home.vela(&["up", "-f", "shop.yaml"]).succeeded();
    write(&home, "shop", &["a"], &policy("strategy: never"));
    let kept = home.vela(&["up", "-f", "shop.yaml"]);
    assert!(kept.succeeded().out.contains("a policy of the application keeps it"), "{}", kept.out);
    let deleted = home.vela(&["delete", "shop"]);
    deleted.succeeded();
    assert!(deleted.out.contains("ConfigMap default/b  deleted"), "{}", deleted.out);
    assert!(deleted.out.contains("ConfigMap default/a  kept"), "{}", deleted.out);
}
