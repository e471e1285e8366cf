//! Simulated runs, as the workflow corpus has them.

use super::{Options, Report, ScriptedAction, SimulateError, simulate};
use crate::engine::RunPhase;
use crate::fake::{FakeProgram, plan};
use crate::target::local::Faults;
use serde_json::{Value as Json, json};

fn run(workflow: &Json, script: &str) -> Result<Report, SimulateError> {
    let application = json!({"spec": {"components": workflow["components"]}});
    let faults = Faults::of_application(&application).unwrap();
    let script = ScriptedAction::script(script).unwrap();
    simulate(&plan(workflow), &FakeProgram, &script, Options { faults, ..Options::default() })
}

fn component(simulate: &str) -> Json {
    json!([{"name": "a", "properties": {"simulate": simulate}}])
}

fn show(report: &Report) -> String {
    let steps = report
        .steps
        .iter()
        .map(|s| format!("{} {}/{}", s.name, s.phase.as_str(), s.reason.as_str()));
    format!("{}: {}", report.phase.as_str(), steps.collect::<Vec<_>>().join(", "))
}

#[test]
fn corpus() {
    let apply = json!({"name": "s", "type": "apply-component", "properties": {"component": "a"}});
    let timed = json!({"name": "s", "type": "apply-component", "timeout": 2, "properties": {"component": "a"}});
    let next = json!({"name": "p", "type": "message"});
    let cases = [
        (component(""), json!([apply, next]), "[]", "succeeded: s succeeded/, p succeeded/"),
        (component("flaky:3"), json!([apply, next]), "[]", "succeeded: s succeeded/, p succeeded/"),
        (
            component("error"),
            json!([timed, next]),
            "[]",
            "failed: s failed/FailedAfterRetries, p skipped/Skip",
        ),
        (
            component("healthy-after:3"),
            json!([timed, next]),
            "[]",
            "succeeded: s succeeded/, p succeeded/",
        ),
        (
            component("unhealthy"),
            json!([timed, next]),
            "[]",
            "failed: s failed/Timeout, p skipped/Skip",
        ),
        (component("unhealthy"), json!([apply, next]), "[]", "executing: s running/Wait"),
        (
            component("unhealthy"),
            json!([apply, next]),
            r#"["now:terminate"]"#,
            "terminated: s failed/Terminate, p skipped/Skip",
        ),
        (
            json!([]),
            json!([{"name": "x", "type": "suspend"}, next]),
            r#"["resume"]"#,
            "succeeded: x succeeded/, p succeeded/",
        ),
        (
            json!([]),
            json!([{"name": "x", "type": "suspend", "properties": {"duration": "10s"}},
                   {"name": "y", "type": "suspend", "properties": {"duration": "1m"}}, next]),
            "[]",
            "suspending: x succeeded/, y suspending/Suspend",
        ),
        (
            json!([]),
            json!([{"name": "x", "type": "suspend", "timeout": 5}]),
            "[]",
            "failed: x failed/Timeout",
        ),
    ];
    for (components, steps, script, expected) in cases {
        let components: Vec<Json> = components
            .as_array()
            .unwrap()
            .iter()
            .filter(|c| c["properties"]["simulate"] != "")
            .cloned()
            .chain([json!({"name": "a"})])
            .take(1)
            .collect();
        let report = run(&json!({"components": components, "steps": steps}), script).unwrap();
        assert_eq!(show(&report), expected, "{steps}");
    }
}

#[test]
fn the_report_is_what_the_scorer_reads() {
    let workflow = json!({"steps": [{"name": "g", "type": "step-group", "subSteps": [{"name": "x", "type": "fail"}]}]});
    let report = serde_json::to_value(run(&workflow, "[]").unwrap()).unwrap();
    assert_eq!(report["phase"], "failed");
    let group = &report["steps"][0];
    assert_eq!(
        (&group["name"], &group["phase"], &group["reason"]),
        (&json!("g"), &json!("failed"), &json!("Action"))
    );
    assert_eq!(group["sub"][0]["reason"], "Action");
}

#[test]
fn scripts() {
    assert!(ScriptedAction::script("{}").is_err());
    assert!(ScriptedAction::script(r#"["explode"]"#).unwrap_err().contains("explode"));
    let workflow = json!({"steps": [{"name": "x", "type": "suspend"}]});
    let error = run(&workflow, r#"["resume:nosuch"]"#).unwrap_err().to_string();
    assert!(error.contains("action 1") && error.contains("nosuch"), "{error}");
    assert_eq!(run(&workflow, r#"["resume:x"]"#).unwrap().phase, RunPhase::Succeeded);
    // What is left of a script when the run has ended is not done.
    assert_eq!(run(&workflow, r#"["resume", "resume"]"#).unwrap().phase, RunPhase::Succeeded);
    let failing = json!({"steps": [{"name": "x", "type": "fail"}]});
    assert_eq!(run(&failing, r#"["restart:x"]"#).unwrap().phase, RunPhase::Failed);
}

#[test]
fn months_take_no_time() {
    let workflow =
        json!({"steps": [{"name": "x", "type": "suspend", "properties": {"duration": "2160h"}}]});
    let options = Options { horizon: u64::MAX, ..Options::default() };
    let report = simulate(&plan(&workflow), &FakeProgram, &[], options).unwrap();
    assert_eq!((report.phase, report.elapsed), (RunPhase::Succeeded, 90 * 86_400_000));
}

#[test]
fn the_same_simulation_has_the_same_log() {
    let workflow = json!({"components": component("flaky:2"), "mode": "DAG", "steps": [
        {"name": "s", "type": "apply-component", "properties": {"component": "a"}},
        {"name": "g", "type": "step-group", "subSteps": [{"name": "x", "type": "message"}, {"name": "y", "type": "suspend", "properties": {"duration": "3s"}}]}]});
    let one = run(&workflow, "[]").unwrap();
    let two = run(&workflow, "[]").unwrap();
    assert_eq!(serde_json::to_vec(&one.log).unwrap(), serde_json::to_vec(&two.log).unwrap());
    assert_eq!(one.phase, RunPhase::Succeeded);
}

#[test]
fn a_script_that_names_no_step_is_refused_before_anything_runs() {
    // Its turn would never come: nothing is suspended.
    let workflow = json!({"steps": [{"name": "m", "type": "message"}]});
    let error = run(&workflow, r#"["resume", "resume:nope"]"#).unwrap_err().to_string();
    assert_eq!(error, "action 2: the run has no step \"nope\"");
}
