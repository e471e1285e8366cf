//! Watching runs: from beside, while they are at work, and afterwards.

mod command;

use command::{Home, example};
use std::io::{BufRead, BufReader};

/// An application that rests until somebody lets it go on, and one that waits for a while.
const GATED: &str = "\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: gated}
spec:
  components:
  - name: web
    type: webservice
    properties: {image: nginx}
  workflow:
    steps:
    - name: pause
      type: suspend
      properties: {duration: 20s}
    - name: deploy
      type: deploy
      properties: {policies: []}
";

#[test]
fn what_happened_is_told_afterwards() {
    let home = Home::new();
    let app = example("first-app/app.yaml");
    home.vela(&["up", "-f", &app]).succeeded();
    let events = home.vela(&["events", "first-app", "--out", "json"]);
    let lines: Vec<serde_json::Value> =
        events.succeeded().out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines[0]["event"], "started");
    assert_eq!(lines[0]["run"], "default/first-app/000001");
    let last = lines.len() - 1;
    assert_eq!(lines[last]["seq"], last);

    let logs = home.vela(&["logs", "first-app"]);
    assert!(logs.succeeded().out.contains("succeeded"), "{}", logs.out);
    assert!(home.vela(&["logs", "first-app", "nope"]).failed(1).err.contains("run/unknown-step"));

    let svg = home.vela(&["workflow", "graph", "first-app", "--out", "svg"]);
    assert!(svg.succeeded().out.starts_with("<svg "), "{}", svg.out);
    assert!(
        home.vela(&["workflow", "graph", "first-app/1"]).succeeded().out.contains("critical path")
    );

    let early = home.vela(&["replay", "first-app", "--until", "0"]);
    assert!(early.succeeded().out.contains("after event 0 "), "{}", early.out);
    let beyond = home.vela(&["replay", "first-app", "--until", "9999"]);
    assert!(beyond.failed(1).err.contains("has no event 9999"), "{}", beyond.err);
    assert!(home.vela(&["events", "first-app/7"]).failed(1).err.contains("run/unknown"));
    assert!(home.vela(&["wait", "first-app"]).succeeded().out.contains("running and healthy"));
}

#[test]
fn a_rollback_deploys_what_was_before() {
    let home = Home::new();
    let app = |image: &str| {
        format!(
            "kind: Application\nmetadata: {{name: shop}}\nspec: {{components: [{{name: web, type: \
             webservice, properties: {{image: {image}}}}}]}}\n"
        )
    };
    home.write("app.yaml", app("one"));
    home.vela(&["up", "-f", "app.yaml"]).succeeded();
    let none = home.vela(&["rollback", "shop"]);
    assert!(none.failed(1).err.contains("run/rollback"), "{}", none.err);
    home.write("app.yaml", app("two"));
    home.vela(&["up", "-f", "app.yaml"]).succeeded();
    home.vela(&["rollback", "shop"]).succeeded();
    let history = home.vela(&["history", "shop", "--out", "json"]);
    let runs: serde_json::Value = serde_json::from_str(&history.succeeded().out).unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 3);
    assert_eq!(runs[0]["plan"], runs[2]["plan"]);
    assert_ne!(runs[1]["plan"], runs[2]["plan"]);
    home.write("app.yaml", app("one"));
    assert!(home.vela(&["up", "-f", "app.yaml"]).succeeded().out.contains("nothing changed"));
}

/// One terminal works; another one watches, asks for a state in use, and steers.
#[cfg(unix)]
#[test]
fn two_terminals() {
    let home = Home::new();
    home.write("gated.yaml", GATED);
    let mut working = home.start(&["up", "-f", "gated.yaml"]);
    let mut lines = BufReader::new(working.stdout.take().unwrap()).lines();
    let until = |lines: &mut dyn Iterator<Item = std::io::Result<String>>, part: &str| {
        lines.map_while(Result::ok).any(|line| line.contains(part))
    };
    assert!(until(&mut lines, "pause  suspending"));

    let status = home.vela(&["status", "gated", "--out", "json"]);
    assert!(status.succeeded().out.contains("workflowSuspending"), "{}", status.out);
    assert!(home.vela(&["logs", "gated", "pause"]).succeeded().out.contains("suspending"));
    let short = home.vela(&["wait", "gated", "--for", "running", "--timeout", "300ms"]);
    assert!(short.failed(3).err.contains("step pause is suspending"), "{}", short.err);

    let second = home.vela(&["up", "-f", "gated.yaml"]);
    assert!(second.failed(4).err.contains("in use by vela up of default/gated"), "{}", second.err);
    let other = home.vela(&["workflow", "resume", "other"]);
    assert!(other.failed(4).err.contains("state/in-use"), "{}", other.err);

    let resumed = home.vela(&["workflow", "resume", "gated"]);
    assert!(resumed.succeeded().out.contains("passed on to vela up"), "{}", resumed.out);
    let followed = home.vela(&["events", "gated", "--follow", "--out", "json"]);
    assert!(followed.succeeded().out.contains("\"event\":\"resumed\""), "{}", followed.out);
    assert!(until(&mut lines, "gated is running"));
    assert!(working.wait().unwrap().success());
    assert!(home.vela(&["up", "-f", "gated.yaml"]).succeeded().out.contains("nothing changed"));
}
