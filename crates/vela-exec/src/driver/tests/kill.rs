//! Killed at every durable boundary, and taken up again: nothing is lost, nothing is done twice.

use super::{
    Clock, DriveError, FakeProgram, Faults, Journal, Json, ObjectRef, Watch, World, json, plan, run,
};
use crate::engine::{Reason, Record, RunPhase, RunView};
use crate::executor::{Cancel, Effect, EffectKey, Executor, Owner};
use crate::store::{MemoryStore, StateStore, StoreError, Table, Transaction};
use crate::target::local::{Fault, LocalTarget};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use vela_dag::plan::Target;

/// A store whose process dies at a commit: before it takes place, or right after.
struct Dying {
    store: Arc<dyn StateStore>,
    left: AtomicI64,
    after: bool,
}

impl StateStore for Dying {
    fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        if left > 0 {
            return self.store.commit(transaction);
        }
        if left == 0 && self.after {
            self.store.commit(transaction)?;
        }
        Err(StoreError::Medium("killed".to_owned()))
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(table, key)
    }

    fn scan(&self, table: Table, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.store.scan(table, prefix)
    }

    fn events(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError> {
        self.store.events(run, from)
    }

    fn is_exclusive(&self) -> bool {
        self.store.is_exclusive()
    }
}

fn workflow() -> Json {
    let post = |name: &str| {
        json!({"name": name, "type": "calls", "outputs": [{"name": format!("of-{name}"), "valueFrom": "c0.body"}],
            "properties": {"calls": [{"provider": "http", "action": "do", "params": {"method": "POST", "url": "http://h"}}]}})
    };
    json!({
        "components": [{"name": "web"}, {"name": "db"}, {"name": "cache", "dependsOn": ["db"]}],
        "steps": [
            post("first"),
            {"name": "g", "type": "step-group", "subSteps": [
                {"name": "web", "type": "apply-component", "properties": {"component": "web"}},
                post("second"),
                {"name": "nap", "type": "suspend", "properties": {"duration": "5s"}}]},
            {"name": "rest", "type": "deploy"},
            {"name": "skipped", "type": "message", "if": "status.g.failed"},
            {"name": "last", "type": "nop", "inputs": [{"from": "of-first"}, {"from": "of-second"}]}]
    })
}

fn faults() -> Faults {
    let mut faults = Faults::default();
    faults.add("web", Fault::Flaky(1));
    faults
}

/// Opens a store again.
type Reopen = dyn Fn() -> Arc<dyn StateStore>;

/// How a workflow ends that is killed at a commit (never, if it has fewer); how often each request was
/// sent; whether it was killed at all.
fn killed(
    store: Arc<dyn StateStore>,
    reopen: &Reopen,
    at: i64,
    after: bool,
) -> (RunView, Vec<String>, bool) {
    let plan = plan(&workflow());
    let journal = Arc::new(Journal::default());
    let dying = Arc::new(Dying { store, left: AtomicI64::new(at), after });
    let world = World::on(dying, Arc::clone(&journal), faults(), 1_000_000);
    let first = run(world.driver.up(&plan, &FakeProgram, Watch::default()));
    let now = world.clock.now();
    let died = match first {
        Ok(ended) => return (ended.view, journal.0.lock().unwrap().clone(), false),
        Err(DriveError::Store(StoreError::Medium(_)) | DriveError::Target(_)) => true,
        Err(other) => panic!("{other}"),
    };
    drop(world);
    let world = World::on(reopen(), Arc::clone(&journal), Faults::default(), now);
    let ended = world.up(&plan).unwrap();
    if ended.view.phase == RunPhase::Succeeded {
        // Nothing is left to do; after a failure it would be a new attempt.
        assert!(world.up(&plan).unwrap().unchanged);
    }
    let sent = journal.0.lock().unwrap().clone();
    (ended.view, sent, died)
}

fn outline(view: &RunView) -> Vec<String> {
    let all = view.steps.iter().flat_map(|step| std::iter::once(step).chain(&step.sub));
    all.map(|step| format!("{} {:?} {:?}", step.name, step.phase, step.reason)).collect()
}

fn written_once(store: &Arc<dyn StateStore>) {
    let target =
        Target { kind: "local".into(), cluster: "local".into(), namespace: "default".into() };
    let local = LocalTarget::new(Arc::clone(store));
    for name in ["web", "db", "cache"] {
        let object = ObjectRef {
            api_version: "apps/v1".into(),
            kind: "Deployment".into(),
            namespace: "default".into(),
            name: name.into(),
        };
        let effect = Effect {
            key: EffectKey { run: String::new(), node: String::new(), attempt: 1 },
            target: &target,
            owner: &Owner::default(),
            now: 0,
            claims: &[],
            cancel: &Cancel::default(),
            progress: &|_| {},
        };
        let seen = crate::block_on(local.observe(&effect, &[object])).unwrap().remove(0);
        if let Some(live) = seen.live {
            assert_eq!(live["metadata"]["generation"], 1, "{name} was written more than once");
        }
    }
}

/// Kills at every commit (or every so many), before and after it, until a run is over before it is killed.
fn everywhere(every: usize, make: &dyn Fn() -> (Arc<dyn StateStore>, Box<Reopen>)) {
    let (store, reopen) = make();
    let (whole, _, died) = killed(store, &*reopen, i64::MAX, false);
    assert!(!died);
    assert_eq!(whole.phase, RunPhase::Succeeded);
    let mut kills = 0;
    let mut unknown = 0;
    for at in (0..).step_by(every) {
        let mut over = false;
        for after in [false, true] {
            let (store, reopen) = make();
            let (view, mut sent, died) = killed(store, &*reopen, at, after);
            over |= !died;
            kills += u32::from(died);
            let count = sent.len();
            sent.sort();
            sent.dedup();
            assert!(sent.len() == count && count <= 2, "killed at {at}: sent twice: {sent:?}");
            if view.phase == RunPhase::Succeeded {
                assert_eq!(outline(&view), outline(&whole), "killed at {at}, after: {after}");
                assert_eq!(count, 2, "killed at {at}: a request was lost");
            } else {
                unknown += 1;
                let all = view.steps.iter().flat_map(|step| std::iter::once(step).chain(&step.sub));
                let reasons: Vec<Reason> = all.map(|step| step.reason).collect();
                assert!(reasons.contains(&Reason::Unknown), "killed at {at}: {:?}", outline(&view));
            }
            written_once(&reopen());
        }
        if over {
            break;
        }
    }
    assert!(kills as usize * every > 40, "only {kills} kills");
    assert!(
        unknown < kills / 4 && (unknown > 0 || every > 1),
        "{unknown} of {kills} ended as unknown"
    );
}

#[test]
fn in_memory() {
    everywhere(1, &|| {
        let store: Arc<dyn StateStore> = Arc::new(MemoryStore::new());
        let again = Arc::clone(&store);
        (store, Box::new(move || Arc::clone(&again)))
    });
}

#[cfg(feature = "redb")]
#[test]
fn in_a_file() {
    let path = std::env::temp_dir().join(format!("vela-kill-{}.redb", std::process::id()));
    let open = {
        let path = path.clone();
        move || -> Arc<dyn StateStore> { Arc::new(crate::store::RedbStore::open(&path).unwrap()) }
    };
    // Real commits take their time.
    everywhere(6, &|| {
        let _ = std::fs::remove_file(&path);
        (open(), Box::new(open.clone()))
    });
    std::fs::remove_file(&path).unwrap();
}
