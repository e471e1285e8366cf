use super::{Replay, ReplayError, moment};
use crate::engine::{Event, Phase, RunPhase};
use crate::fake::{FakeProgram, plan};
use crate::simulate::{Options, simulate};
use serde_json::json;

fn workflow() -> serde_json::Value {
    json!({"steps": [
        {"name": "make", "type": "emit", "properties": {"token": "t1"},
         "outputs": [{"name": "token", "valueFrom": "token"}]},
        {"name": "rest", "type": "suspend", "properties": {"duration": "90m"}},
        {"name": "take", "type": "message", "inputs": [{"from": "token", "parameterKey": "message"}]}]})
}

#[test]
fn every_moment_is_the_one_that_was() {
    let plan = plan(&workflow());
    let report =
        simulate(&plan, &FakeProgram, &[], Options { horizon: 10_000_000, ..Options::default() })
            .unwrap();
    assert_eq!(report.phase, RunPhase::Succeeded);
    let mut replay = Replay::new(plan.clone()).unwrap();
    for record in &report.log {
        replay.follow(record).unwrap();
        let moment = moment(plan.clone(), &report.log, Some(record.seq)).unwrap();
        assert_eq!(moment.view, replay.engine().view());
        assert_eq!(moment.record.as_ref(), Some(record));
    }
    let end = moment(plan.clone(), &report.log, None).unwrap();
    assert_eq!(end.view.phase, RunPhase::Succeeded);
    assert_eq!(end.vars["token"], "t1");
    assert!(end.open.is_empty());
}

#[test]
fn a_moment_shows_what_the_step_saw() {
    let plan = plan(&workflow());
    let report =
        simulate(&plan, &FakeProgram, &[], Options { horizon: 10_000_000, ..Options::default() })
            .unwrap();
    let asked =
        report.log.iter().rev().find(|r| matches!(r.event, Event::Evaluated { .. })).unwrap();
    let moment = moment(plan, &report.log, Some(asked.seq)).unwrap();
    assert_eq!(moment.step.as_deref(), Some("take"));
    assert_eq!(moment.seen.unwrap().vars["token"], "t1");
}

#[test]
fn what_is_not_there_is_refused() {
    let plan = plan(&workflow());
    assert_eq!(moment(plan.clone(), &[], None).unwrap_err(), ReplayError::Empty);
    let report = simulate(&plan, &FakeProgram, &[], Options::default()).unwrap();
    let last = report.log.len() as u64 - 1;
    assert_eq!(
        moment(plan.clone(), &report.log, Some(99)).unwrap_err(),
        ReplayError::NoEvent { asked: 99, last }
    );
    let early = moment(plan.clone(), &report.log, Some(0)).unwrap();
    assert_eq!(early.view.phase, RunPhase::Executing);
    assert!(moment(plan, &report.log[1..], None).is_err());
    assert!(early.view.steps.iter().all(|step| step.phase != Phase::Succeeded));
}
