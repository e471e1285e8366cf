//! The main job: the examples are deployed, gone on with after a kill, and deleted.

mod command;

use command::{Home, example};
use std::io::{BufRead, BufReader};

#[test]
fn first_app_runs_and_a_second_time_nothing_changes() {
    let home = Home::new();
    let app = example("first-app/app.yaml");
    let first = home.vela(&["up", "-f", &app]);
    first.succeeded();
    for part in ["└─ hello  webservice", "Deployment hello  healthy", "first-app is running"] {
        assert!(first.out.contains(part), "no {part:?} in {}", first.out);
    }
    let second = home.vela(&["up", "-f", &app]);
    second.succeeded();
    assert!(second.out.contains("first-app is running: nothing changed"), "{}", second.out);
    assert!(home.vela(&["ls"]).out.contains("default/first-app  running"));
    let deleted = home.vela(&["delete", "first-app"]);
    assert!(deleted.succeeded().out.contains("first-app is deleted: 3 objects"), "{}", deleted.out);
    assert!(!home.vela(&["ls"]).out.contains("first-app"));
    assert!(
        home.vela(&["up", "-f", &app])
            .succeeded()
            .out
            .contains("Deployment default/hello  created")
    );
}

#[test]
fn multi_env_asks_before_production() {
    let home = Home::new();
    let app = example("multi-env/app.yaml");
    let staged = home.vela(&["up", "-f", &app]);
    assert!(staged.succeeded().out.contains("multi-env is workflowSuspending"), "{}", staged.out);
    let resumed = home.vela(&["workflow", "resume", "multi-env"]);
    assert!(resumed.succeeded().out.contains("multi-env is running"), "{}", resumed.out);
    assert!(resumed.out.contains("→ production/shop"), "{}", resumed.out);
}

/// Lines that tell of an effect: an object was created, updated or deleted.
fn effects(out: &str) -> Vec<&str> {
    out.lines()
        .filter(|l| ["  created", "  updated", "  deleted"].iter().any(|e| l.ends_with(e)))
        .collect()
}

#[test]
fn voting_app_survives_kill_9() {
    let app = example("voting-app/app.yaml");
    // The process is killed after a few lines, ever later, until it comes through.
    let home = Home::new();
    let mut seen: Vec<String> = Vec::new();
    for kill_after in [1, 3, 6, 10] {
        let mut running = home.start(&["up", "-f", &app]);
        let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
        for line in lines.by_ref().take(kill_after) {
            seen.push(line.unwrap());
        }
        running.kill().unwrap();
        seen.extend(lines.map_while(Result::ok));
        running.wait().unwrap();
    }
    let staged = home.vela(&["up", "-f", &app]);
    staged.succeeded();
    assert!(staged.out.contains("voting-app is workflowSuspending"), "{}", staged.out);
    let resumed = home.vela(&["workflow", "resume", "voting-app"]);
    assert!(resumed.succeeded().out.contains("voting-app is running"), "{}", resumed.out);

    let told = format!("{}\n{}\n{}", seen.join("\n"), staged.out, resumed.out);
    let mut all = effects(&told);
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count, "an effect was repeated:\n{told}");
    assert!(home.vela(&["up", "-f", &app]).succeeded().out.contains("nothing changed"));
}

#[test]
fn results_for_programs() {
    let home = Home::new();
    let app = example("first-app/app.yaml");
    let json = |args: &[&str]| -> serde_json::Value {
        let ran = home.vela(args);
        ran.succeeded();
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{args:?}: {e}: {}", ran.out))
    };
    assert_eq!(json(&["dry-run", "-f", &app, "--out", "json"]).as_array().unwrap().len(), 3);
    assert_eq!(json(&["plan", "-f", &app, "--out", "json"])["version"], 1);
    assert_eq!(json(&["workflow", "simulate", "-f", &app, "--out", "json"])["phase"], "succeeded");
    assert_eq!(json(&["up", "-f", &app, "--out", "json"])["phase"], "running");
    assert_eq!(
        json(&["status", "first-app", "--out", "json"])["objects"].as_array().unwrap().len(),
        3
    );
    assert_eq!(json(&["ls", "--out", "json"])[0]["phase"], "running");
    assert!(json(&["def", "list", "--out", "json"]).as_array().unwrap().len() > 20);
    assert_eq!(json(&["def", "show", "scaler", "--out", "json"])["kind"], "trait");
    assert!(
        home.vela(&["dry-run", "-f", &app, "--out", "yaml"])
            .succeeded()
            .out
            .starts_with("- apiVersion")
    );
}
