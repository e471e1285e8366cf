//! Tests of the driver: under virtual clocks, and killed at every durable boundary.

use super::{Clock, DriveError, Driver, Ended, Notice, VirtualClock, Watch};
use crate::action::{
    Action, Context, Effect, Field, HttpClient, HttpError, HttpRequest, HttpResponse, Registry,
    Targets,
};
use crate::duration::Millis;
use crate::engine::{Operation, Outcome, Phase, Reason, RunPhase};
use crate::executor::BoxFuture;
use crate::fake::{FakeProgram, plan};
use crate::object::ObjectRef;
use crate::store::{MemoryStore, StateStore, StoreError, inventory, load_run, runs};
use crate::target::local::{Faults, LocalTarget};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use vela_dag::plan::Plan;

mod bad;
mod kill;

/// Notes what was sent, and answers.
#[derive(Default)]
struct Journal(Mutex<Vec<String>>);

impl HttpClient for Journal {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        self.0.lock().unwrap().push(request.key);
        let response = HttpResponse { status: 200, headers: Vec::new(), body: "sent".into() };
        Box::pin(std::future::ready(Ok(response)))
    }
}

struct World {
    store: Arc<dyn StateStore>,
    clock: Arc<VirtualClock>,
    driver: Driver,
}

impl World {
    fn new() -> World {
        World::on(
            Arc::new(MemoryStore::new()),
            Arc::new(Journal::default()),
            Faults::default(),
            1_000_000,
        )
    }

    fn on(store: Arc<dyn StateStore>, journal: Arc<Journal>, faults: Faults, now: Millis) -> World {
        let clock = Arc::new(VirtualClock::at(now));
        let local = LocalTarget::new(Arc::clone(&store)).with_faults(faults);
        let driver = Driver::new(Arc::clone(&store), Targets::new(Arc::new(local)))
            .with_clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .with_http(journal as Arc<dyn HttpClient>)
            .with_owner("test".to_owned());
        World { store, clock, driver }
    }

    fn up(&self, plan: &Plan) -> Result<Ended, DriveError> {
        run(self.driver.up(plan, &FakeProgram, Watch::default()))
    }

    fn operate(
        &self,
        ended: &Ended,
        operation: Operation,
        step: Option<&str>,
    ) -> Result<Ended, DriveError> {
        run(self.driver.operate(&ended.run, operation, step, &FakeProgram, Watch::default()))
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

fn web(image: &str) -> Json {
    json!({"components": [{"name": "web", "image": image}],
           "steps": [{"name": "a", "type": "apply-component", "properties": {"component": "web"}},
                     {"name": "m", "type": "message", "properties": {"message": "hi"}}]})
}

#[test]
fn a_second_run_with_nothing_to_do_writes_nothing() {
    let world = World::new();
    let plan_one = plan(&web("one"));
    let first = world.up(&plan_one).unwrap();
    assert_eq!(
        (first.view.phase, first.unchanged, first.stopped),
        (RunPhase::Succeeded, false, false)
    );
    assert!(world.clock.now() >= 1_002_000, "a deployment takes its time");
    let records = world.store.events(&first.run, 0).unwrap();
    let second = world.up(&plan_one).unwrap();
    assert!(second.unchanged);
    assert_eq!((second.run.as_str(), &second.view), (first.run.as_str(), &first.view));
    assert_eq!(world.store.events(&first.run, 0).unwrap(), records);
    assert_eq!(runs(&*world.store, "default", "app").unwrap().len(), 1);
    let third = world.up(&plan(&web("two"))).unwrap();
    assert!(!third.unchanged && third.run != first.run);
}

#[test]
fn what_the_plan_no_longer_has_goes_and_volumes_stay() {
    let object = |kind: &str, name: &str| json!({"name": name, "manifest": {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}});
    let workflow = |components: Vec<Json>| {
        plan(&json!({"components": components, "steps": [{"name": "d", "type": "deploy"}]}))
    };
    let world = World::new();
    let all = vec![
        object("ConfigMap", "keep"),
        object("ConfigMap", "old"),
        object("PersistentVolumeClaim", "data"),
    ];
    world.up(&workflow(all)).unwrap();
    let names = || -> Vec<String> {
        inventory(&*world.store, "default/app")
            .unwrap()
            .into_iter()
            .map(|e| e.object.name)
            .collect()
    };
    assert_eq!(names(), ["keep", "old", "data"]);
    world.up(&workflow(vec![object("ConfigMap", "keep")])).unwrap();
    assert_eq!(names(), ["keep", "data"]);
    // Nothing at all is more often a mistake than a wish.
    world.up(&workflow(Vec::new())).unwrap();
    assert_eq!(names(), ["keep", "data"]);
    let volumes = world.driver.clone().with_volume_pruning();
    run(volumes.up(&workflow(vec![object("ConfigMap", "keep")]), &FakeProgram, Watch::default()))
        .unwrap();
    assert_eq!(names(), ["keep"]);
}

#[test]
fn operators_between_runs() {
    let world = World::new();
    let suspended =
        plan(&json!({"steps": [{"name": "s", "type": "suspend"}, {"name": "f", "type": "fail"}]}));
    let ended = world.up(&suspended).unwrap();
    assert_eq!(ended.view.phase, RunPhase::Suspending);
    // The same plan goes on where it stands.
    assert_eq!(world.up(&suspended).unwrap().run, ended.run);
    assert!(matches!(
        world.operate(&ended, Operation::Resume, Some("x")),
        Err(DriveError::Operation(_))
    ));
    let ended = world.operate(&ended, Operation::Resume, None).unwrap();
    assert_eq!(ended.view.phase, RunPhase::Failed);
    assert!(matches!(
        world.operate(&ended, Operation::Resume, None),
        Err(DriveError::Operation(_))
    ));
    let again = world.operate(&ended, Operation::Restart, Some("f")).unwrap();
    assert_eq!((again.run.as_str(), again.view.phase), (ended.run.as_str(), RunPhase::Failed));
    let again = world.operate(&ended, Operation::Restart, None).unwrap();
    assert_eq!(again.view.phase, RunPhase::Suspending);
    let ended = world.operate(&again, Operation::Terminate, None).unwrap();
    assert_eq!(ended.view.phase, RunPhase::Terminated);
    assert_eq!(load_run(&*world.store, &ended.run).unwrap().unwrap().phase, RunPhase::Terminated);
    assert!(matches!(
        world.operate(&Ended { run: "x".into(), ..ended }, Operation::Resume, None),
        Err(DriveError::NoRun(_))
    ));
}

#[test]
fn another_plan_ends_a_run_that_rests() {
    let world = World::new();
    let first = world.up(&plan(&json!({"steps": [{"name": "s", "type": "suspend"}]}))).unwrap();
    let second = world.up(&plan(&web("one"))).unwrap();
    assert_eq!(second.view.phase, RunPhase::Succeeded);
    assert_eq!(load_run(&*world.store, &first.run).unwrap().unwrap().phase, RunPhase::Terminated);
}

#[test]
fn stopping_keeps_the_state() {
    let world = World::new();
    let watch = Watch::default();
    watch.cancel.cancel();
    let plan = plan(&web("one"));
    let ended = run(world.driver.up(&plan, &FakeProgram, watch)).unwrap();
    assert!(ended.stopped);
    assert_eq!(ended.view.phase, RunPhase::Executing);
    let ended = world.up(&plan).unwrap();
    assert_eq!(ended.view.phase, RunPhase::Succeeded);
    assert_eq!(runs(&*world.store, "default", "app").unwrap().len(), 1);
}

#[test]
fn operators_while_it_runs_and_notices() {
    let world = World::new();
    let (notices, mut told) = tokio::sync::mpsc::unbounded_channel();
    let (send, operations) = tokio::sync::mpsc::unbounded_channel();
    send.send((Operation::Resume, Some("nosuch".to_owned()))).unwrap();
    send.send((Operation::Terminate, None)).unwrap();
    let watch = Watch { notices: Some(notices), operations: Some(operations), ..Watch::default() };
    let waits = plan(&json!({"steps": [{"name": "w", "type": "wait"}]}));
    let ended = run(world.driver.up(&waits, &FakeProgram, watch)).unwrap();
    assert_eq!(ended.view.phase, RunPhase::Terminated);
    let mut seen = Vec::new();
    while let Ok(notice) = told.try_recv() {
        seen.push(notice);
    }
    assert!(matches!(&seen[0], Notice::Started { run } if *run == ended.run));
    assert!(seen.iter().any(|n| matches!(n, Notice::Refused { .. })));
    let last = seen.iter().rev().find_map(|n| match n {
        Notice::Step { step, .. } => Some((step.phase, step.reason)),
        _ => None,
    });
    assert_eq!(last, Some((Phase::Failed, Reason::Terminate)));
}

#[test]
fn a_run_that_somebody_works_at_is_refused() {
    let world = World::new();
    let ended = world.up(&plan(&json!({"steps": [{"name": "s", "type": "suspend"}]}))).unwrap();
    let now = world.clock.now();
    crate::store::acquire(&*world.store, &ended.run, "somebody", now, now + 10_000).unwrap();
    let error = world.operate(&ended, Operation::Resume, None).unwrap_err();
    assert!(
        matches!(&error, DriveError::Store(StoreError::Conflict(why)) if why.contains("somebody")),
        "{error}"
    );
}

/// Panics, never returns, or answers with a huge text.
struct Bad(&'static str);

impl Action for Bad {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("bad", self.0)]
    }

    fn schema(&self) -> &[Field] {
        &[]
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, _params: &'a Json) -> BoxFuture<'a, Outcome> {
        match self.0 {
            "panic" => panic!("on purpose, in pass {}", context.pass),
            "hang" => Box::pin(std::future::pending()),
            _ => Box::pin(std::future::ready(Outcome::Value { value: json!("x".repeat(1 << 20)) })),
        }
    }
}

/// A virtual clock that does not stand still while calls are under way.
struct Hasty(VirtualClock);

impl Clock for Hasty {
    fn now(&self) -> Millis {
        self.0.now()
    }

    fn sleep_until(&self, at: Millis) -> BoxFuture<'static, ()> {
        let asleep = self.0.sleep_until(at);
        Box::pin(async move {
            // Calls that can come back do so first.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            asleep.await;
        })
    }

    fn is_virtual(&self) -> bool {
        false
    }
}

#[test]
fn bad_actions_stop_themselves_only() {
    let mut registry = Registry::built_in();
    for kind in ["panic", "hang", "huge"] {
        registry.add(Arc::new(Bad(kind)));
    }
    let world = World::new();
    let driver = world
        .driver
        .clone()
        .with_registry(registry)
        .with_clock(Arc::new(Hasty(VirtualClock::at(1_000))));
    let step = |kind: &str| json!({"name": kind, "type": "calls", "timeout": 5_000, "properties": {"calls": [{"provider": "bad", "action": kind}]}});
    let steps = json!({"mode": "DAG", "steps": [step("panic"), step("hang"), step("huge"), {"name": "ok", "type": "message"}]});
    let ended = run(driver.up(&plan(&steps), &FakeProgram, Watch::default())).unwrap();
    let reasons: Vec<(Phase, Reason)> =
        ended.view.steps.iter().map(|s| (s.phase, s.reason)).collect();
    assert_eq!(
        reasons,
        [
            (Phase::Failed, Reason::FailedAfterRetries),
            (Phase::Failed, Reason::Timeout),
            (Phase::Succeeded, Reason::None),
            (Phase::Succeeded, Reason::None),
        ]
    );
}
