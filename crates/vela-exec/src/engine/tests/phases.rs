//! Phases and reasons, as SEMANTICS and the workflow corpus have them.

use super::World;
use crate::engine::{Event, OperationError, Outcome};
use serde_json::{Value as Json, json};

/// Runs a workflow until nothing is due.
fn rest(workflow: Json) -> String {
    World::new(&workflow).settle(3_600_000).summary()
}

#[test]
fn step_by_step() {
    let cases = [
        (
            json!([{"name": "a", "type": "message"}, {"name": "b", "type": "nop"}]),
            "succeeded: a succeeded, b succeeded",
        ),
        (
            json!([{"name": "f", "type": "fail"}, {"name": "b", "type": "nop"}, {"name": "c", "type": "nop", "if": "always"}]),
            "failed: f failed/Action, b skipped/Skip, c succeeded",
        ),
        (
            json!([{"name": "f", "type": "fail"}, {"name": "x", "type": "nop", "if": "status.f.failed"},
                   {"name": "y", "type": "nop", "if": "status.f.succeeded"}, {"name": "z", "type": "nop", "if": "status.nosuch.failed"}]),
            "failed: f failed/Action, x succeeded, y skipped/Skip, z skipped/Skip",
        ),
        (
            json!([{"name": "a", "type": "nop", "if": "false"}, {"name": "b", "type": "nop"},
                   {"name": "c", "type": "nop", "if": "status.a.skipped"}, {"name": "d", "type": "nop", "dependsOn": ["a"]}]),
            "succeeded: a skipped/Skip, b succeeded, c succeeded, d skipped/Skip",
        ),
        (
            json!([{"name": "b", "type": "break"}, {"name": "p", "type": "nop"}]),
            "failed: b succeeded/Terminate, p succeeded",
        ),
        (
            json!([{"name": "i", "type": "input"}, {"name": "p", "type": "nop"}]),
            "failed: i failed/Input, p skipped/Skip",
        ),
        (json!([{"name": "r", "type": "rendering"}]), "failed: r failed/Rendering"),
        (json!([{"name": "e", "type": "execute"}]), "failed: e failed/FailedAfterRetries"),
        (
            json!([{"name": "t", "type": "template"}, {"name": "p", "type": "nop"}]),
            "failed: t failed/Rendering, p skipped/Skip",
        ),
        (
            json!([{"name": "w", "type": "wait", "timeout": 2}, {"name": "p", "type": "nop"},
                   {"name": "t", "type": "nop", "if": "status.w.timeout"}]),
            "failed: w failed/Timeout, p skipped/Skip, t succeeded",
        ),
        (
            json!([{"name": "s", "type": "suspend"}, {"name": "p", "type": "nop"}]),
            "suspending: s suspending/Suspend",
        ),
        (
            json!([{"name": "s", "type": "suspend", "properties": {"duration": "2s"}}, {"name": "p", "type": "nop"}]),
            "succeeded: s succeeded, p succeeded",
        ),
        (json!([{"name": "s", "type": "suspend", "timeout": 5}]), "failed: s failed/Timeout"),
        (
            json!([{"name": "s", "type": "suspend", "properties": {"duration": "never"}}]),
            "failed: s failed/FailedAfterRetries",
        ),
        (
            json!([{"name": "p", "type": "nop", "inputs": [{"from": "o"}]}]),
            "failed: p failed/Unmet",
        ),
        (
            json!([{"name": "e", "type": "emit", "properties": {"v": 1}, "outputs": [{"name": "o", "valueFrom": "v"}]},
                   {"name": "p", "type": "nop", "inputs": [{"from": "o"}]}]),
            "succeeded: e succeeded, p succeeded",
        ),
        (
            json!([{"name": "e", "type": "emit", "if": "false", "outputs": [{"name": "o", "valueFrom": "v"}]},
                   {"name": "p", "type": "nop", "inputs": [{"from": "o"}]}]),
            "succeeded: e skipped/Skip, p succeeded",
        ),
        (
            json!([{"name": "a", "type": "nop", "dependsOn": ["b"]}, {"name": "b", "type": "nop"}]),
            "failed: a failed/Unmet, b skipped/Skip",
        ),
        (
            json!([{"name": "a", "type": "nop", "inputs": [{"from": "context.name"}]}]),
            "succeeded: a succeeded",
        ),
    ];
    for (steps, expected) in cases {
        assert_eq!(rest(json!({"steps": steps})), expected, "{steps}");
    }
}

#[test]
fn dag() {
    let cases = [
        (
            json!([{"name": "f", "type": "fail"}, {"name": "after", "type": "nop", "dependsOn": ["f"]},
                   {"name": "free", "type": "nop"}, {"name": "always", "type": "nop", "dependsOn": ["f"], "if": "always"}]),
            "failed: f failed/Action, after skipped/Skip, free succeeded, always succeeded",
        ),
        (
            json!([{"name": "f", "type": "fail"}, {"name": "a", "type": "nop", "dependsOn": ["f"], "if": "always"},
                   {"name": "b", "type": "nop", "dependsOn": ["a"]}]),
            "failed: f failed/Action, a succeeded, b skipped/Skip",
        ),
        (
            json!([{"name": "a", "type": "nop", "dependsOn": ["b"]}, {"name": "b", "type": "wait"}]),
            "executing: a pending, b running/Wait",
        ),
        (
            json!([{"name": "s1", "type": "suspend"}, {"name": "s2", "type": "suspend"},
                   {"name": "p", "type": "nop", "dependsOn": ["s1"]}, {"name": "q", "type": "nop"}]),
            "suspending: s1 suspending/Suspend, s2 suspending/Suspend, q succeeded",
        ),
        (
            json!([{"name": "a", "type": "nop"}, {"name": "s", "type": "suspend", "dependsOn": ["a"]},
                   {"name": "p", "type": "nop", "dependsOn": ["s"]}]),
            "suspending: a succeeded, s suspending/Suspend, p pending",
        ),
        (json!([{"name": "a", "type": "nop", "dependsOn": ["nosuch"]}]), "failed: a failed/Unmet"),
    ];
    for (steps, expected) in cases {
        // A tick a minute is enough for a step that waits for ever.
        let mut world = World::new(&json!({"mode": "DAG", "steps": steps}));
        assert_eq!(world.settle(20_000).summary(), expected, "{steps}");
    }
}

#[test]
fn groups() {
    let cases = [
        (
            json!([{"name": "g", "type": "step-group", "subSteps": [{"name": "x", "type": "nop"},
                    {"name": "y", "type": "nop", "dependsOn": ["z"]}, {"name": "z", "type": "nop"}]}, {"name": "p", "type": "nop"}]),
            "succeeded: g succeeded [x succeeded, y succeeded, z succeeded], p succeeded",
        ),
        (
            json!([{"name": "g", "type": "step-group", "mode": "StepByStep", "subSteps": [{"name": "x", "type": "fail"},
                    {"name": "y", "type": "nop"}, {"name": "z", "type": "nop", "if": "always"}]}, {"name": "p", "type": "nop"}]),
            "failed: g failed/Action [x failed/Action, y skipped/Skip, z succeeded], p skipped/Skip",
        ),
        (
            json!([{"name": "g", "type": "step-group", "if": "false", "subSteps": [{"name": "x", "type": "nop", "if": "always"}]}]),
            "succeeded: g skipped/Skip [x skipped/Skip]",
        ),
        (
            json!([{"name": "g", "type": "step-group", "timeout": 2, "subSteps": [{"name": "x", "type": "wait"}, {"name": "y", "type": "nop"}]},
                   {"name": "p", "type": "nop", "if": "status.g.timeout"}]),
            "failed: g failed/Timeout [x failed/Timeout, y succeeded], p succeeded",
        ),
        (
            json!([{"name": "g", "type": "step-group", "subSteps": [{"name": "s", "type": "suspend"},
                    {"name": "x", "type": "nop", "dependsOn": ["s"]}]}, {"name": "p", "type": "nop"}]),
            "suspending: g suspending [s suspending/Suspend]",
        ),
        (
            json!([{"name": "g", "type": "step-group", "subSteps": [{"name": "x", "type": "nop", "if": "false"}]}]),
            "succeeded: g skipped/Skip [x skipped/Skip]",
        ),
        (
            json!([{"name": "g", "type": "step-group", "subSteps": [{"name": "x", "type": "execute"}, {"name": "y", "type": "fail"}]}]),
            "failed: g failed/FailedAfterRetries [x failed/FailedAfterRetries, y failed/Action]",
        ),
        (json!([{"name": "g", "type": "step-group", "subSteps": []}]), "succeeded: g succeeded"),
        (
            json!([{"name": "g", "type": "step-group", "subSteps": [{"name": "x", "type": "nop"}, {"name": "y", "type": "nop", "inputs": [{"from": "o"}]}]}]),
            "failed: g failed/Unmet [x succeeded, y failed/Unmet]",
        ),
    ];
    for (steps, expected) in cases {
        assert_eq!(rest(json!({"steps": steps})), expected, "{steps}");
    }
}

#[test]
fn operators() {
    let two = json!({"steps": [{"name": "s1", "type": "suspend"}, {"name": "s2", "type": "suspend"}, {"name": "p", "type": "nop"}]});
    let mut world = World::new(&two);
    world.send(Event::Resumed { step: None });
    assert_eq!(world.summary(), "suspending: s1 succeeded, s2 suspending/Suspend");
    world.send(Event::Resumed { step: None });
    assert_eq!(world.summary(), "succeeded: s1 succeeded, s2 succeeded, p succeeded");

    let mut world = World::new(&two);
    world.send(Event::Terminated);
    assert_eq!(world.summary(), "terminated: s1 failed/Terminate, s2 skipped/Skip, p skipped/Skip");

    let running = json!({"steps": [{"name": "w", "type": "wait"}, {"name": "p", "type": "nop"}, {"name": "a", "type": "nop", "if": "always"}]});
    let mut world = World::new(&running);
    world.send(Event::Terminated);
    assert_eq!(world.summary(), "terminated: w failed/Terminate, p skipped/Skip, a succeeded");

    let mut world = World::new(&running);
    world.send(Event::Suspended);
    assert_eq!(world.session.engine().next_wake(), None);
    assert_eq!(world.summary(), "suspending: w running/Wait");
    world.send(Event::Resumed { step: None });
    assert_eq!(world.summary(), "executing: w running/Wait");

    let group = json!({"steps": [{"name": "g", "type": "step-group", "subSteps": [{"name": "s", "type": "suspend"},
        {"name": "x", "type": "nop", "dependsOn": ["s"]}]}, {"name": "p", "type": "nop"}]});
    let mut world = World::new(&group);
    world.send(Event::Resumed { step: None });
    assert_eq!(world.summary(), "succeeded: g succeeded [s succeeded, x succeeded], p succeeded");
    let mut world = World::new(&group);
    world.send(Event::Terminated);
    assert_eq!(
        world.summary(),
        "terminated: g failed/Terminate [s failed/Terminate], p skipped/Skip"
    );

    let dag = json!({"mode": "DAG", "steps": [{"name": "s1", "type": "suspend"}, {"name": "s2", "type": "suspend"},
        {"name": "p", "type": "nop", "dependsOn": ["s1"]}]});
    let mut world = World::new(&dag);
    let s1 = world.graph.find("s1");
    world.send(Event::Resumed { step: s1 });
    assert_eq!(world.summary(), "suspending: s1 succeeded, s2 suspending/Suspend, p succeeded");
    assert!(matches!(world.session.engine().can_resume(s1), Err(OperationError::NotSuspended(_))));
}

#[test]
fn several_suspends_in_one_step_hold_one_after_the_other() {
    let calls = json!([{"provider": "builtin", "action": "suspend", "params": {}},
                       {"provider": "kube", "action": "apply", "params": {}},
                       {"provider": "builtin", "action": "suspend", "params": {"duration": "3s"}}]);
    let mut world = World::new(
        &json!({"steps": [{"name": "a", "type": "calls", "properties": {"calls": calls}}]}),
    );
    assert_eq!(world.calls.len(), 0);
    world.send(Event::Resumed { step: None });
    assert_eq!(world.summary(), "suspending: a suspending/Suspend");
    assert_eq!(world.calls.len(), 1);
    world.settle(2_900);
    assert_eq!(world.summary(), "suspending: a suspending/Suspend");
    world.settle(3_000);
    assert_eq!(world.summary(), "succeeded: a succeeded");
}

#[test]
fn retries_end_after_the_eleventh_call() {
    for (errors, expected) in
        [(10, "succeeded: a succeeded"), (11, "failed: a failed/FailedAfterRetries")]
    {
        let mut world = World::answering(
            &json!({"steps": [{"name": "a", "type": "apply-component"}]}),
            Box::new(move |_, before| {
                if before < errors {
                    Outcome::Error { message: "flaky".to_owned() }
                } else {
                    Outcome::Value { value: json!({}) }
                }
            }),
        );
        assert_eq!(world.settle(3_600_000).summary(), expected);
        assert_eq!(world.calls.len(), 11);
    }
}

#[test]
fn backoff_doubles_and_starts_over_with_another_message() {
    let mut world = World::answering(
        &json!({"steps": [{"name": "a", "type": "apply-component"}]}),
        Box::new(|_, before| Outcome::Wait {
            message: if before < 9 { "one" } else { "two" }.to_owned(),
        }),
    );
    let mut waits = Vec::new();
    for _ in 0..10 {
        let at = world.session.engine().next_wake().unwrap();
        waits.push(at - world.now);
        world.now = at;
        world.send(Event::Ticked);
    }
    assert_eq!(waits, [1_000, 1_000, 1_000, 1_000, 1_000, 1_600, 3_200, 6_400, 12_800, 1_000]);
}

#[test]
fn variables_of_calls() {
    let calls = json!([{"provider": "builtin", "action": "var", "params": {"method": "Put", "path": "a.b", "value": 7}},
                       {"provider": "builtin", "action": "var", "params": {"method": "Get", "path": "a.b"}}]);
    let steps = json!({"mode": "DAG", "steps": [
        {"name": "c", "type": "calls", "properties": {"calls": calls}, "outputs": [{"name": "o", "valueFrom": "c1.value"}]},
        {"name": "d", "type": "nop", "inputs": [{"from": "a"}]}]});
    let world = World::new(&steps);
    assert_eq!(world.summary(), "succeeded: c succeeded, d succeeded");
    assert_eq!(world.session.engine().vars().get("o"), Some(&json!(7)));
}

#[test]
fn restart_from_a_failed_step() {
    let fails = |path: &str, before: u32| match (path, before) {
        (_, 1) => Outcome::Fail { message: "no".to_owned() },
        _ => Outcome::Value { value: json!({}) },
    };
    let steps = json!({"steps": [{"name": "a", "type": "apply-component"}, {"name": "b", "type": "apply-component"},
                                 {"name": "c", "type": "nop"}]});
    let mut world = World::answering(&steps, Box::new(fails));
    assert_eq!(world.summary(), "failed: a succeeded, b failed/Action, c skipped/Skip");
    let (a, b) = (world.graph.find("a"), world.graph.find("b"));
    assert!(matches!(world.session.engine().can_restart(a), Err(OperationError::NotFailed(_))));
    world.send(Event::Restarted { step: b });
    assert_eq!(world.summary(), "succeeded: a succeeded, b succeeded, c succeeded");
    assert_eq!(world.calls.len(), 3);
    assert_eq!(world.calls[2].1, 2, "a new pass, so a new key");

    world.send(Event::Restarted { step: None });
    assert_eq!(world.summary(), "succeeded: a succeeded, b succeeded, c succeeded");
    assert_eq!(world.calls.len(), 5);
}

#[test]
fn restart_within_a_group() {
    let steps = json!({"steps": [
        {"name": "g", "type": "step-group", "subSteps": [{"name": "x", "type": "apply-component"}, {"name": "y", "type": "apply-component"}]},
        {"name": "p", "type": "nop"}]});
    let mut world = World::answering(
        &steps,
        Box::new(|_, before| match before {
            1 => Outcome::Unknown { message: "look".to_owned() },
            _ => Outcome::Value { value: json!({}) },
        }),
    );
    assert_eq!(
        world.summary(),
        "failed: g failed/Unknown [x succeeded, y failed/Unknown], p skipped/Skip"
    );
    let y = world.graph.find("y");
    world.send(Event::Restarted { step: y });
    assert_eq!(world.summary(), "succeeded: g succeeded [x succeeded, y succeeded], p succeeded");
    assert_eq!(world.calls.len(), 3);
}
