//! Tests of the engine: phases as tables, laws as properties.

use super::{
    Command, Event, Graph, Outcome, Record, RunPhase, RunView, Session, Settings, StepView, codec,
};
use crate::duration::Millis;
use crate::fake::{FakeProgram, plan};
use serde_json::{Value as Json, json};
use std::sync::Arc;

mod laws;
mod phases;
mod settings;

/// Answers a call, by its path and how many calls there were before.
type Answer = Box<dyn FnMut(&str, u32) -> Outcome>;

/// A run whose calls are answered at once, under a clock that jumps from one due time to the next.
pub(super) struct World {
    pub(super) session: Session<'static>,
    pub(super) graph: Arc<Graph>,
    pub(super) now: Millis,
    pub(super) log: Vec<Record>,
    /// Calls made, in order: step, pass, path.
    pub(super) calls: Vec<(u32, u32, String)>,
    answer: Answer,
}

impl World {
    pub(super) fn new(workflow: &Json) -> World {
        World::answering(workflow, Box::new(|_, _| Outcome::Value { value: json!({}) }))
    }

    /// `answer` gets a call's path and how many calls there were before.
    pub(super) fn answering(workflow: &Json, answer: Answer) -> World {
        let graph = Arc::new(Graph::new(plan(workflow)).unwrap());
        let session = Session::new(Arc::clone(&graph), &FakeProgram);
        let mut world =
            World { session, graph, now: 1_000, log: Vec::new(), calls: Vec::new(), answer };
        let settings = settings(workflow);
        world
            .send(Event::Started { settings: Box::new(settings), context: json!({"name": "app"}) });
        world
    }

    pub(super) fn send(&mut self, event: Event) {
        let mut todo = vec![event];
        while let Some(event) = todo.pop() {
            let mut outside = Vec::new();
            self.session.advance(self.now, event, &mut self.log, &mut outside);
            for command in outside {
                let Command::Call { step, pass, call } = command else { continue };
                let outcome = (self.answer)(&call.path, self.calls.len() as u32);
                self.calls.push((step.0, pass, call.path.clone()));
                todo.insert(
                    0,
                    Event::Returned { step, pass, path: call.path, outcome, keep: false },
                );
            }
        }
    }

    /// Lets time pass until nothing is due, or a limit is reached.
    pub(super) fn settle(&mut self, limit: Millis) -> &mut World {
        while let Some(at) = self.session.engine().next_wake().filter(|at| *at <= 1_000 + limit) {
            self.now = self.now.max(at);
            self.send(Event::Ticked);
        }
        self
    }

    pub(super) fn view(&self) -> RunView {
        self.session.engine().view()
    }

    /// `phase: step phase/reason, …`, sub-steps in brackets.
    pub(super) fn summary(&self) -> String {
        let view = self.view();
        format!("{}: {}", view.phase.as_str(), steps(&view.steps))
    }
}

/// The settings of a test: those in `settings`, and `parallel`.
pub(super) fn settings(workflow: &Json) -> Settings {
    let mut all = serde_json::to_value(Settings::default()).unwrap();
    all["parallel"] = json!(workflow["parallel"].as_u64().unwrap_or(1));
    for (name, value) in workflow["settings"].as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

fn steps(steps: &[StepView]) -> String {
    let one = |step: &StepView| {
        let mut text = format!("{} {}", step.name, step.phase.as_str());
        if !step.reason.as_str().is_empty() {
            text = format!("{text}/{}", step.reason.as_str());
        }
        if !step.sub.is_empty() {
            text = format!("{text} [{}]", self::steps(&step.sub));
        }
        text
    };
    steps.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_plan_of_another_version_is_refused() {
    let mut other = (*plan(&json!({"steps": []}))).clone();
    other.version = 99;
    let error = Graph::new(Arc::new(other)).unwrap_err().to_string();
    assert!(error.contains("99"), "{error}");
}

#[test]
fn a_log_of_the_first_version_is_read() {
    let log: Vec<Record> = serde_json::from_str(include_str!("tests/log-v1.json")).unwrap();
    let workflow = json!({"steps": [
        {"name": "a", "type": "apply-component", "properties": {"component": "x"}},
        {"name": "b", "type": "message", "if": "status.a.failed"},
        {"name": "s", "type": "suspend", "properties": {"duration": "5s"}},
        {"name": "f", "type": "fail", "properties": {"message": "no"}}]});
    let graph = Arc::new(Graph::new(plan(&workflow)).unwrap());
    let session = Session::replay(graph, &FakeProgram, log.clone()).unwrap();
    let view = session.engine().view();
    assert_eq!(
        format!("{}: {}", view.phase.as_str(), steps(&view.steps)),
        "failed: a succeeded, b skipped/Skip, s succeeded, f failed/Action"
    );
    let mut newer = log.clone();
    newer[1].v = crate::engine::VERSION + 1;
    let mut gap = log;
    gap.remove(1);
    for (log, why) in [(newer, "later Vela"), (gap, "belongs")] {
        let graph = Arc::new(Graph::new(plan(&workflow)).unwrap());
        let Err(error) = Session::replay(graph, &FakeProgram, log.clone()) else { panic!("read") };
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn what_a_step_waited_for_is_forgotten_when_it_succeeds() {
    let mut world = World::answering(
        &json!({"steps": [{"name": "a", "type": "apply-component"}]}),
        Box::new(|_, before| match before {
            0 => Outcome::Wait { message: "waiting".to_owned() },
            _ => Outcome::Value { value: json!({}) },
        }),
    );
    assert_eq!(world.view().steps[0].message, "waiting");
    assert_eq!(world.settle(5_000).view().steps[0].message, "");
}

#[test]
fn records_come_back_from_bytes() {
    let log: Vec<Record> = serde_json::from_str(include_str!("tests/log-v1.json")).unwrap();
    let mut world = World::answering(
        &json!({"steps": [{"name": "a", "type": "apply-component", "outputs": [{"name": "o", "valueFrom": "x"}]},
                          {"name": "b", "type": "nop", "if": "nonsense"}, {"name": "i", "type": "input"}]}),
        Box::new(|_, before| match before {
            0 => Outcome::Wait { message: "w".to_owned() },
            1 => Outcome::Error { message: "é".to_owned() },
            _ => Outcome::Value { value: json!({"x": [1.5, null, "t"]}) },
        }),
    );
    world.settle(60_000);
    world.send(Event::Restarted { step: None });
    world.send(Event::Suspended);
    world.send(Event::Resumed { step: None });
    world.send(Event::Terminated);
    assert!(world.log.len() > 10);
    for record in &world.log {
        let mut bytes = Vec::new();
        codec::encode(record, &mut bytes).unwrap();
        assert_eq!(codec::decode(&bytes).as_ref(), Ok(record));
        for cut in 0..bytes.len() {
            assert!(codec::decode(&bytes[..cut]).is_err(), "{record:?} cut at {cut}");
        }
        bytes[0] += 1;
        assert!(matches!(codec::decode(&bytes), Err(codec::CodecError::Version(_))));
    }
    for record in log {
        let old = serde_json::to_vec(&record).unwrap();
        assert_eq!(codec::decode(&old), Ok(record));
    }
}

#[test]
fn a_result_that_is_too_large_fails_its_step_only() {
    let mut world = World::answering(
        &json!({"mode": "DAG", "steps": [{"name": "a", "type": "apply-component"}, {"name": "b", "type": "nop"}]}),
        Box::new(|_, _| Outcome::Value { value: json!({"x": "x".repeat(50 << 20)}) }),
    );
    assert_eq!(world.settle(60_000).summary(), "failed: a failed/Action, b succeeded");
    assert!(world.view().steps[0].message.contains("16 MiB"));
    assert!(serde_json::to_vec(&world.log).unwrap().len() < 10_000);
}

#[test]
fn a_run_without_steps_succeeds() {
    assert_eq!(World::new(&json!({"steps": []})).view().phase, RunPhase::Succeeded);
}
