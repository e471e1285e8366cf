use super::{FindingKind, Options, Proof, ProveError, prove};
use crate::action::{Action, Context, Effect, Field, Registry};
use crate::engine::{Outcome, RunPhase};
use crate::executor::BoxFuture;
use crate::fake::{FakeProgram, plan};
use crate::store::{Table, Transaction};
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn of(workflow: &Json, options: &Options) -> Result<Proof, ProveError> {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(prove(
        &plan(workflow),
        &FakeProgram,
        options,
    ))
}

/// Says that it may be repeated, and adds one each time.
struct Counter;

impl Action for Counter {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("test", "count")]
    }

    fn schema(&self) -> &[Field] {
        &[]
    }

    fn effect(&self, _: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, _: &'a Json) -> BoxFuture<'a, Outcome> {
        let found = context.store.get(Table::Configs, "default/counter").ok().flatten();
        let count: u64 = found.and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or(0);
        let mut transaction = Transaction::default();
        transaction.put(Table::Configs, "default/counter", (count + 1).to_string().into_bytes());
        let outcome = match context.store.commit(&transaction) {
            Ok(()) => Outcome::Value { value: json!({}) },
            Err(error) => Outcome::Error { message: error.to_string() },
        };
        Box::pin(std::future::ready(outcome))
    }
}

fn call(provider: &str, action: &str, params: Json) -> Json {
    json!({"calls": [{"provider": provider, "action": action, "params": params}]})
}

#[test]
fn what_is_idempotent_holds() {
    let workflow = json!({
        "components": [{"name": "web"}, {"name": "db", "dependsOn": ["web"]}],
        "steps": [
            {"name": "deploy", "type": "deploy"},
            {"name": "gate", "type": "suspend"},
            {"name": "nap", "type": "suspend", "properties": {"duration": "72h"}},
            {"name": "say", "type": "message", "properties": {"message": "done"}}]});
    let proof = of(&workflow, &Options::default()).unwrap();
    assert_eq!(proof.phase, RunPhase::Succeeded);
    assert!(proof.findings.is_empty(), "{:#?}", proof.findings);
    assert!(proof.kills > 10 && proof.holds(), "{} kills", proof.kills);
}

#[test]
fn a_planted_effect_that_is_repeated_is_found() {
    let mut registry = Registry::built_in();
    registry.add(Arc::new(Counter));
    let options = Options { registry, ..Options::default() };
    let workflow = json!({"steps": [
        {"name": "fine", "type": "nop"},
        {"name": "count", "type": "calls", "properties": call("test", "count", json!({}))}]});
    let proof = of(&workflow, &options).unwrap();
    assert!(!proof.holds());
    let finding = &proof.findings[0];
    assert_eq!(proof.findings.len(), 1, "{:#?}", proof.findings);
    assert_eq!((finding.kind, finding.step.as_str()), (FindingKind::Repeated, "count"));
    assert_eq!(
        finding.message,
        "config default/counter was changed 2 times instead of once, and ends as another one"
    );
    // The effect is there and its result is not: until the result is kept, whichever side dies.
    assert_eq!(
        (finding.killed.as_str(), finding.times),
        ("after config default/counter was kept", 2)
    );
}

#[test]
fn what_happens_once_is_never_repeated_and_may_be_unknown() {
    let post = json!({"method": "POST", "url": "http://127.0.0.1:18765/hook"});
    let workflow = json!({"steps": [
        {"name": "hook", "type": "calls", "properties": call("http", "do", post)}]});
    let proof = of(&workflow, &Options::default()).unwrap();
    let kinds: Vec<FindingKind> = proof.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::Unknown], "{:#?}", proof.findings);
    assert_eq!(proof.findings[0].step, "hook");
    assert!(proof.holds());
}

#[test]
fn both_branches_of_every_if_are_taken() {
    let workflow = json!({"steps": [
        {"name": "first", "type": "nop"},
        {"name": "rescue", "type": "fail", "if": "status.first.failed"}]});
    let proof = of(&workflow, &Options::default()).unwrap();
    let taken: Vec<_> =
        proof.branches.iter().map(|b| (b.step.as_str(), b.holds, b.natural, b.phase)).collect();
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().any(|(step, holds, ..)| *step == "rescue" && *holds));
    assert!(taken.iter().any(|(.., phase)| *phase == RunPhase::Failed), "{taken:?}");
    assert!(taken.iter().any(|(.., phase)| *phase == RunPhase::Succeeded), "{taken:?}");
}

#[test]
fn a_workflow_that_never_ends_is_refused() {
    let workflow =
        json!({"steps": [{"name": "for-ever", "type": "wait", "properties": {"message": "rain"}}]});
    match of(&workflow, &Options { horizon: 3_600_000, ..Options::default() }) {
        Err(ProveError::Endless(why)) => assert!(why.contains("for-ever"), "{why}"),
        // With a default deadline it ends by that.
        other => assert_eq!(other.unwrap().phase, RunPhase::Failed),
    }
}
