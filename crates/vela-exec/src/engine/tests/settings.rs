//! What settings change: jitter, deadlines, limits, priorities, what happens after failures.

use super::World;
use crate::engine::{Command, Event, Outcome};
use serde_json::{Value as Json, json};

const HOUR: u64 = 3_600_000;

fn errors(_: &str, _: u32) -> Outcome {
    Outcome::Error { message: "no".to_owned() }
}

#[test]
fn jitter_is_drawn_from_the_seed() {
    let waits = |seed: u64| {
        let settings = json!({"seed": seed, "backoff": {"base": 50, "least": 1_000, "mostWaiting": 60_000, "mostFailed": 300_000, "jitter": 50}});
        let mut world = World::answering(
            &json!({"settings": settings, "steps": [{"name": "a", "type": "apply-component"}]}),
            Box::new(errors),
        );
        let mut waits = Vec::new();
        while let Some(at) = world.session.engine().next_wake() {
            waits.push(at - world.now);
            world.now = at;
            world.send(Event::Ticked);
        }
        waits
    };
    assert_eq!(waits(1), waits(1));
    assert_ne!(waits(1), waits(2));
    assert_eq!(waits(1).len(), 10);
    let whole = [1_000, 1_000, 1_000, 1_000, 1_000, 1_600, 3_200, 6_400, 12_800, 25_600];
    for (wait, whole) in waits(3).into_iter().zip(whole) {
        assert!(wait <= whole && wait >= whole / 2, "{wait} of {whole}");
    }
}

#[test]
fn every_wait_has_an_end() {
    let mut world = World::new(
        &json!({"steps": [{"name": "w", "type": "wait", "properties": {"message": "the moon"}}]}),
    );
    assert_eq!(world.settle(25 * HOUR).summary(), "failed: w failed/Timeout");
    assert!(world.view().steps[0].message.contains("the moon"));

    let mut world = World::new(&json!({"steps": [{"name": "s", "type": "suspend"}]}));
    assert_eq!(world.session.engine().next_wake(), None, "nobody stays awake for an operator");
    let end = world.session.engine().patience().unwrap();
    assert_eq!(end, 1_000 + 30 * 24 * HOUR);
    assert_eq!(world.view().steps[0].deadline, Some(end));
    world.now = end;
    world.send(Event::Ticked);
    assert_eq!(world.summary(), "failed: s failed/Timeout");

    let mut world = World::new(&json!({"steps": [{"name": "w", "type": "wait"}]}));
    world.send(Event::Suspended);
    world.now = world.session.engine().patience().unwrap();
    world.send(Event::Ticked);
    assert_eq!(world.summary(), "terminated: w failed/Terminate");

    // After it was resumed, a step has its time anew.
    let mut world = World::new(
        &json!({"steps": [{"name": "s", "type": "suspend"}, {"name": "n", "type": "nop"}]}),
    );
    world.now = 29 * 24 * HOUR;
    world.send(Event::Resumed { step: None });
    assert_eq!(world.summary(), "succeeded: s succeeded, n succeeded");
}

#[test]
fn limits_hold_steps_of_one_target_back() {
    let steps: Vec<Json> = (0..6)
        .map(|ix| json!({"name": format!("s{ix}"), "type": "apply-component", "properties": {"component": "web"}}))
        .chain([json!({"name": "free", "type": "calls", "properties": {"calls": [{"provider": "p", "action": "a"}]}})])
        .collect();
    for (limits, together) in [
        (json!({}), 7),
        (json!({"local": 2}), 3),
        (json!({"local/local": 1, "local": 4}), 2),
        (json!({"local": 0}), 2),
    ] {
        let workflow = json!({"mode": "DAG", "components": [{"name": "web"}], "steps": steps, "parallel": 64, "settings": {"limits": limits}});
        let graph =
            std::sync::Arc::new(crate::engine::Graph::new(crate::fake::plan(&workflow)).unwrap());
        let mut session = crate::engine::Session::new(graph, &crate::fake::FakeProgram);
        let mut open = Vec::new();
        let settings = super::settings(&workflow);
        session.advance(
            0,
            Event::Started { settings: Box::new(settings), context: json!({}) },
            &mut Vec::new(),
            &mut open,
        );
        assert_eq!(open.len(), together, "{limits}");
        let mut made = 0;
        while let Some(command) = open.pop() {
            let Command::Call { step, pass, call } = command else { continue };
            made += 1;
            let outcome = Outcome::Value { value: json!({}) };
            let event = Event::Returned { step, pass, path: call.path, outcome, keep: false };
            session.advance(0, event, &mut Vec::new(), &mut open);
            assert!(open.len() <= together, "{limits}");
        }
        assert_eq!((made, session.engine().is_finished()), (7, true), "{limits}");
    }
}

#[test]
fn the_higher_priority_goes_first() {
    let steps: Vec<Json> = ["a", "b", "c"]
        .iter()
        .map(|name| json!({"name": name, "type": "apply-component"}))
        .collect();
    let world = World::new(
        &json!({"mode": "DAG", "steps": steps, "settings": {"priorities": {"c": 5, "a": -1}}}),
    );
    let order: Vec<u32> = world.calls.iter().map(|(step, ..)| *step).collect();
    assert_eq!(order, [2, 1, 0]);
}

#[test]
fn a_failure_can_hold_the_run() {
    let workflow = json!({"settings": {"onFailure": "pause", "retries": 1},
        "steps": [{"name": "a", "type": "apply-component"}, {"name": "b", "type": "nop"}]});
    let mut world = World::answering(
        &workflow,
        Box::new(|_, before| match before {
            0..3 => Outcome::Error { message: "no".to_owned() },
            _ => Outcome::Value { value: json!({}) },
        }),
    );
    assert_eq!(world.settle(HOUR).summary(), "suspending: a failed/FailedAfterRetries");
    assert_eq!((world.calls.len(), world.session.engine().next_wake()), (2, None));
    world.send(Event::Resumed { step: None });
    assert_eq!(world.settle(2 * HOUR).summary(), "succeeded: a succeeded, b succeeded");
    assert_eq!(world.calls.len(), 4);
}
