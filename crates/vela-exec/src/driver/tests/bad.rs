//! Targets that answer with garbage, and more work than a target may have at once.

use super::{World, plan, run};
use crate::action::Targets;
use crate::driver::{Driver, Slots, VirtualClock, Watch};
use crate::engine::{Phase, RunPhase, Settings};
use crate::executor::{
    BoxFuture, Change, Deletion, Effect, ExecError, Executor, Filter, Observed, PerObject,
};
use crate::fake::FakeProgram;
use crate::object::ObjectRef;
use crate::store::{MemoryStore, inventory};
use serde_json::{Value as Json, json};
use std::future::ready;
use std::sync::Arc;
use vela_dag::plan::Target;

/// Answers for no object at all.
struct Silent;

impl Executor for Silent {
    fn kind(&self) -> &str {
        "local"
    }

    fn validate<'a>(
        &'a self,
        _: &'a Target,
        _: &'a [Json],
    ) -> BoxFuture<'a, Result<(), ExecError>> {
        Box::pin(ready(Ok(())))
    }

    fn diff<'a>(
        &'a self,
        _: &'a Target,
        _: &'a [Json],
    ) -> BoxFuture<'a, Result<Vec<Change>, ExecError>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    fn apply<'a>(
        &'a self,
        _: &'a Effect<'a>,
        _: &'a [Json],
    ) -> BoxFuture<'a, Result<PerObject<Change>, ExecError>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    fn observe<'a>(
        &'a self,
        _: &'a Effect<'a>,
        _: &'a [ObjectRef],
    ) -> BoxFuture<'a, Result<Vec<Observed>, ExecError>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    fn delete<'a>(
        &'a self,
        _: &'a Effect<'a>,
        _: &'a [ObjectRef],
    ) -> BoxFuture<'a, Result<PerObject<Deletion>, ExecError>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    fn list<'a>(
        &'a self,
        _: &'a Effect<'a>,
        _: &'a Filter,
    ) -> BoxFuture<'a, Result<Vec<Json>, ExecError>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    fn clusters(&self) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn a_target_that_says_nothing_has_not_done_it() {
    let store = Arc::new(MemoryStore::new());
    let driver = Driver::new(store.clone(), Targets::new(Arc::new(Silent)))
        .with_settings(Settings { retries: 1, ..Settings::default() })
        .with_clock(Arc::new(VirtualClock::at(1_000)));
    let steps = json!({"mode": "DAG", "components": [{"name": "web", "image": "one"}],
        "steps": [{"name": "d", "type": "deploy"}, {"name": "ok", "type": "message"}]});
    let ended = run(driver.up(&plan(&steps), &FakeProgram, Watch::default())).unwrap();
    let step = &ended.view.steps[0];
    assert_eq!((ended.view.phase, step.phase), (RunPhase::Failed, Phase::Failed));
    assert!(step.message.contains("answered for 0 of 1 objects"), "{}", step.message);
    assert_eq!(ended.view.steps[1].phase, Phase::Succeeded, "all else goes on");
    let entries = inventory(&*store, "default/app").unwrap();
    let refused = run(driver.remove(&entries[0], "r", "prune")).unwrap_err().to_string();
    assert!(refused.contains("answered for 0 of 1 objects"), "{refused}");
    assert_eq!(inventory(&*store, "default/app").unwrap(), entries, "it is not forgotten");
}

#[test]
fn runs_share_the_places_at_a_target() {
    let world = World::new();
    let slots = Arc::new(Slots::new([("local/local".to_owned(), 1)]));
    let driver = world.driver.clone().with_slots(slots);
    let component = |name: &str| json!({"name": name, "image": "one"});
    let step = |name: &str| json!({"name": name, "type": "apply-component", "properties": {"component": name}});
    let steps = json!({"mode": "DAG", "components": [component("a"), component("b")], "steps": [step("a"), step("b")]});
    let ended = run(driver.up(&plan(&steps), &FakeProgram, Watch::default())).unwrap();
    assert_eq!(ended.view.phase, RunPhase::Succeeded, "one after the other, and none is forgotten");
}
