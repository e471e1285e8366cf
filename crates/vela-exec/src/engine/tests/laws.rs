//! What holds for every workflow and every order of events.

use super::World;
use crate::engine::{Engine, Event, Graph, Outcome, Phase, RunPhase, Session, StepIx};
use crate::fake::{FakeProgram, many_steps, plan};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn step(ix: usize, kind: u8, depends: Vec<usize>, condition: u8, timeout: Option<u64>) -> Json {
    let name = format!("s{ix}");
    let depends: Vec<String> =
        depends.into_iter().filter(|d| *d < ix).map(|d| format!("s{d}")).collect();
    let mut step = match kind {
        0 | 1 => json!({"type": "apply-component"}),
        2 => json!({"type": "suspend"}),
        3 => json!({"type": "suspend", "properties": {"duration": "4s"}}),
        4 => json!({"type": "fail"}),
        5 => json!({"type": "message"}),
        6 => {
            json!({"type": "emit", "properties": {"v": ix}, "outputs": [{"name": format!("o{ix}"), "valueFrom": "v"}]})
        }
        _ => json!({"type": "break"}),
    };
    step["name"] = json!(name);
    step["dependsOn"] = json!(depends);
    match condition {
        0 => step["if"] = json!("always"),
        1 => step["if"] = json!("false"),
        2 if ix > 0 => step["if"] = json!(format!("status.s{}.failed", ix - 1)),
        _ => {}
    }
    if let Some(timeout) = timeout {
        step["timeout"] = json!(timeout);
    }
    step
}

fn workflows() -> impl Strategy<Value = Json> {
    let one = (
        0_u8..8,
        proptest::collection::vec(0_usize..12, 0..3),
        0_u8..8,
        proptest::option::weighted(0.2, 1_u64..9),
    );
    (proptest::collection::vec((one, any::<bool>()), 1..12), any::<bool>(), any::<bool>(), 1_u32..4)
        .prop_map(|(steps, dag, sub_dag, parallel)| {
            let mut top: Vec<Json> = Vec::new();
            for (ix, ((kind, depends, condition, timeout), joins)) in steps.into_iter().enumerate()
            {
                let one = step(ix, kind, depends, condition, timeout);
                match top.last_mut() {
                    Some(group) if joins && group["type"] == "step-group" => {
                        group["subSteps"].as_array_mut().unwrap().push(one);
                    }
                    _ if joins => top.push(
                        json!({"name": format!("g{ix}"), "type": "step-group", "subSteps": [one]}),
                    ),
                    _ => top.push(one),
                }
            }
            let mode = |dag| if dag { "DAG" } else { "StepByStep" };
            json!({"mode": mode(dag), "subMode": mode(sub_dag), "steps": top, "parallel": parallel})
        })
}

/// Answers that look random, and are the same for the same seed.
fn answers(seed: u64) -> super::Answer {
    let mut state = seed | 1;
    Box::new(move |_, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        match state % 8 {
            0 => Outcome::Error { message: "e".to_owned() },
            1 => Outcome::Wait { message: "w".to_owned() },
            2 if state.is_multiple_of(5) => Outcome::Fail { message: "f".to_owned() },
            _ => Outcome::Value { value: json!({"n": state % 100}) },
        }
    })
}

fn operate(world: &mut World, operations: &[u8]) {
    for operation in operations {
        match operation {
            0 => world.send(Event::Suspended),
            1 => world.send(Event::Terminated),
            2 => world.send(Event::Restarted { step: None }),
            3 => {
                let failed = (0..world.graph.len() as u32)
                    .map(StepIx)
                    .find(|step| world.session.engine().can_restart(Some(*step)).is_ok());
                if failed.is_some() {
                    world.send(Event::Restarted { step: failed });
                }
            }
            _ => world.send(Event::Resumed { step: None }),
        }
        world.settle(60_000);
    }
}

fn steps_of(engine: &Engine) -> Vec<crate::engine::StepView> {
    engine.view().steps.into_iter().flat_map(|s| s.sub.clone().into_iter().chain([s])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn replay_of_any_prefix_gives_the_state(workflow in workflows(), seed: u64, operations in proptest::collection::vec(0_u8..6, 0..4)) {
        let mut world = World::answering(&workflow, answers(seed));
        world.settle(60_000);
        operate(&mut world, &operations);
        let graph = Arc::new(Graph::new(plan(&workflow)).unwrap());
        let replayed = Session::replay(Arc::clone(&graph), &FakeProgram, world.log.clone()).unwrap();
        prop_assert!(replayed.engine() == world.session.engine());
        // Reading one record more is reading all of them.
        let mut engine = Engine::new(graph);
        for (ix, record) in world.log.iter().enumerate() {
            let text = serde_json::to_string(record).unwrap();
            let back: crate::engine::Record = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&back, record);
            prop_assert_eq!(back.seq, ix as u64);
            engine.apply(back.at, &back.event, &mut Vec::new());
        }
        prop_assert!(&engine == world.session.engine());
    }

    #[test]
    fn no_step_before_its_dependencies_and_no_call_twice(workflow in workflows(), seed: u64, operations in proptest::collection::vec(4_u8..6, 0..4)) {
        let mut world = World::answering(&workflow, answers(seed));
        world.settle(60_000);
        operate(&mut world, &operations);
        let graph = Arc::clone(&world.graph);
        let mut engine = Engine::new(Arc::clone(&graph));
        let mut out = Vec::new();
        let mut made = std::collections::BTreeSet::new();
        for record in &world.log {
            engine.apply(record.at, &record.event, &mut out);
            for command in out.drain(..) {
                if let crate::engine::Command::Call { step, pass, call } = command {
                    prop_assert!(made.insert((step, pass, call.path)), "a call was given twice");
                    for name in &graph.node(step).depends_on {
                        let dependency = graph.find(name).unwrap();
                        let ended = steps_of(&engine).into_iter().any(|s| {
                            s.name == crate::engine::name(graph.node(dependency))
                                && matches!(s.phase, Phase::Succeeded | Phase::Skipped | Phase::Failed)
                        });
                        prop_assert!(ended, "{name} has not ended");
                    }
                }
            }
        }
    }

    #[test]
    fn every_run_comes_to_an_end(workflow in workflows(), seed: u64) {
        let mut world = World::answering(&workflow, answers(seed));
        for _ in 0..40 {
            world.settle(3_600_000);
            if world.view().phase == RunPhase::Suspending {
                world.send(Event::Resumed { step: None });
            }
        }
        // Only a step that depends on a later one, or on its own group, can wait for ever.
        if !world.session.engine().is_finished() {
            world.send(Event::Terminated);
            world.settle(3_600_000);
            let phase = world.view().phase;
            prop_assert!(matches!(phase, RunPhase::Failed | RunPhase::Terminated | RunPhase::Executing), "{phase:?}");
        }
    }
}

#[test]
fn a_late_or_foreign_result_changes_nothing() {
    let mut world = World::new(&json!({"steps": [{"name": "w", "type": "wait"}]}));
    let before = world.session.engine().clone();
    for (step, pass) in [(0, 1), (0, 7), (9, 1)] {
        let outcome = Outcome::Value { value: json!(1) };
        world.send(Event::Returned {
            step: StepIx(step),
            pass,
            path: "x".to_owned(),
            outcome,
            keep: true,
        });
    }
    assert!(before == *world.session.engine());
}

#[test]
fn a_hundred_thousand_steps_take_linear_work() {
    let count = 100_000;
    let graph = Arc::new(Graph::new(many_steps(count)).unwrap());
    let mut engine = Engine::new(graph);
    let mut events = std::collections::VecDeque::from([Event::Started {
        settings: Box::default(),
        context: Json::Null,
    }]);
    let mut out = Vec::new();
    let mut transitions = 0_u32;
    while let Some(event) = events.pop_front() {
        engine.apply(0, &event, &mut out);
        transitions += 1;
        for command in out.drain(..) {
            let crate::engine::Command::Evaluate { step, pass } = command else {
                panic!("{command:?}")
            };
            let outcome = crate::engine::Evaluation::Done {
                outputs: Default::default(),
                messages: Vec::new(),
            };
            events.push_back(Event::Evaluated { step, pass, outcome });
        }
    }
    assert_eq!(engine.phase(), RunPhase::Succeeded);
    assert_eq!(transitions, count as u32 + 1);
    let size = std::mem::size_of::<crate::engine::state::StepState>();
    assert!(size <= 200, "{size} bytes a step");
}
