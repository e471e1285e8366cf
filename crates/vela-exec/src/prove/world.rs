//! The world of one run that is put to the proof: a store that dies on command, a clock that jumps and
//! stops at a horizon, actions whose effects are counted.

use super::{Options, ProveError};
use crate::action::{Action, Context, Effect, Field, Targets};
use crate::driver::{Clock, DriveError, Driver, Watch};
use crate::duration::Millis;
use crate::engine::{Event, Graph, Operation, Outcome as Result, Record, RunPhase, RunView, name};
use crate::executor::{BoxFuture, Cancel};
use crate::store::{MemoryStore, StateStore, StoreError, Table, Transaction};
use crate::target::local::{LocalTarget, Pace};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use vela_dag::plan::Plan;
use vela_dag::step::StepProgram;

/// When it begins.
const START: Millis = 1_700_000_000_000;

/// How often a suspended run is resumed: no workflow has that many gates, one that restarts itself may.
const RESUMES: u32 = 100;

/// More waits than a run within the horizon has.
const SLEEPS: u64 = 200_000;

/// Where a run is killed.
#[derive(Clone, Copy)]
pub(super) struct Kill {
    /// At which commit, from 0.
    pub(super) at: u64,
    /// Right after it, rather than before.
    pub(super) after: bool,
}

/// How a run ended.
pub(super) struct Outcome {
    pub(super) view: RunView,
    pub(super) commits: u64,
    /// Where it was killed.
    pub(super) killed: Option<String>,
    /// It did not end within the horizon.
    pub(super) stuck: bool,
    /// How often each effect took place, by step and call.
    pub(super) effects: BTreeMap<(String, String), u32>,
    /// The objects and configurations that are left.
    pub(super) left: BTreeMap<String, Left>,
    /// What the `if` of each node came to.
    pub(super) conditions: BTreeMap<String, bool>,
}

/// Something that is left.
#[derive(Clone, PartialEq)]
pub(super) struct Left {
    pub(super) content: Json,
    pub(super) writes: u64,
    pub(super) step: String,
}

type Effects = Mutex<BTreeMap<(String, String), u32>>;

/// Of each configuration how often it was given another content, and by which step last.
type Writes = Mutex<BTreeMap<String, (u64, String)>>;

tokio::task_local! {
    /// The step whose action runs.
    static STEP: String;
}

pub(super) struct World<'o> {
    options: &'o Options,
    store: Arc<MemoryStore>,
    effects: Arc<Effects>,
    writes: Arc<Writes>,
}

impl<'o> World<'o> {
    pub(super) fn new(options: &'o Options) -> World<'o> {
        let store = Arc::new(MemoryStore::new());
        World { options, store, effects: Arc::default(), writes: Arc::default() }
    }

    /// The store as a process sees it.
    fn seen(&self, kill: Option<Kill>) -> Arc<Dying> {
        Arc::new(Dying {
            store: Arc::clone(&self.store) as Arc<dyn StateStore>,
            writes: Arc::clone(&self.writes),
            commits: AtomicU64::new(0),
            kill,
            dead: AtomicBool::new(false),
            killed: Mutex::default(),
        })
    }

    /// Runs a Plan; where it is killed, it is taken up by another process and run to its end.
    pub(super) async fn run(
        &self,
        plan: &Arc<Plan>,
        program: &dyn StepProgram,
        kill: Option<Kill>,
    ) -> std::result::Result<Outcome, ProveError> {
        let dying = self.seen(kill);
        let clock = Arc::new(Horizon::at(START, self.options.horizon));
        let mut ended = self.work(Arc::clone(&dying), &clock, "first", plan, program).await;
        let commits = dying.commits.load(Ordering::SeqCst);
        let killed = dying.killed.lock().unwrap_or_else(PoisonError::into_inner).take();
        if killed.is_some() {
            let clock = Arc::new(Horizon::at(clock.now(), self.options.horizon));
            ended = self.work(self.seen(None), &clock, "second", plan, program).await;
        }
        let (view, stuck) = ended?;
        let effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Outcome {
            view,
            commits,
            killed,
            stuck,
            effects,
            left: self.left(plan)?,
            conditions: self.conditions(plan)?,
        })
    }

    async fn work(
        &self,
        store: Arc<Dying>,
        clock: &Arc<Horizon>,
        owner: &str,
        plan: &Plan,
        program: &dyn StepProgram,
    ) -> std::result::Result<(RunView, bool), DriveError> {
        let store: Arc<dyn StateStore> = store;
        let target = LocalTarget::new(Arc::clone(&store))
            .with_clusters(self.options.clusters.iter().cloned())
            .with_pace(Pace::Instant);
        let effects = &self.effects;
        let registry = self.options.registry.clone().wrapped(|action| {
            Arc::new(Counted { action, effects: Arc::clone(effects) }) as Arc<dyn Action>
        });
        let driver = Driver::new(store, Targets::new(Arc::new(target)))
            .with_clock(Arc::clone(clock) as Arc<dyn Clock>)
            .with_http(Arc::clone(&self.options.http))
            .with_registry(registry)
            .with_owner(owner.to_owned());
        let watch = || Watch { cancel: clock.cancel.clone(), ..Watch::default() };
        let mut ended = driver.up(plan, program, watch()).await?;
        let mut resumes = 0;
        while ended.view.phase == RunPhase::Suspending && !ended.stopped && resumes < RESUMES {
            resumes += 1;
            ended = driver.operate(&ended.run, Operation::Resume, None, program, watch()).await?;
        }
        let over = matches!(
            ended.view.phase,
            RunPhase::Succeeded | RunPhase::Failed | RunPhase::Terminated
        );
        Ok((ended.view, !over))
    }

    fn left(&self, plan: &Plan) -> std::result::Result<BTreeMap<String, Left>, DriveError> {
        let mut left = BTreeMap::new();
        for (key, bytes) in self.store.scan(Table::Objects, "")? {
            let Ok(stored) = serde_json::from_slice::<Json>(&bytes) else { continue };
            let node = stored.pointer("/writtenBy/node").and_then(Json::as_str).unwrap_or_default();
            let id = node.split('#').next().unwrap_or_default();
            let step = plan.nodes.iter().find(|node| node.id.0 == id).map_or("", name);
            let kept = Left {
                content: stored.get("live").cloned().unwrap_or_default(),
                writes: stored.get("generation").and_then(Json::as_u64).unwrap_or_default(),
                step: step.to_owned(),
            };
            left.insert(format!("object {key}"), kept);
        }
        let writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, bytes) in self.store.scan(Table::Configs, "")? {
            let content = serde_json::from_slice(&bytes).unwrap_or_default();
            let (writes, step) = writes.get(&key).cloned().unwrap_or_default();
            left.insert(format!("config {key}"), Left { content, writes, step });
        }
        Ok(left)
    }

    fn conditions(
        &self,
        plan: &Arc<Plan>,
    ) -> std::result::Result<BTreeMap<String, bool>, ProveError> {
        let graph = Graph::new(Arc::clone(plan))?;
        let application = &plan.application;
        let runs = crate::store::runs(&*self.store, &application.namespace, &application.name)
            .map_err(DriveError::from)?;
        let mut found = BTreeMap::new();
        for run in runs {
            for record in self.store.events(&run.id, 0).map_err(DriveError::from)? {
                if let Event::Checked { step, holds } = record.event {
                    found.insert(graph.node(step).id.0.clone(), holds.unwrap_or(false));
                }
            }
        }
        Ok(found)
    }
}

/// A store whose process dies at a commit.
struct Dying {
    store: Arc<dyn StateStore>,
    writes: Arc<Writes>,
    commits: AtomicU64,
    kill: Option<Kill>,
    dead: AtomicBool,
    /// What it was about to keep, or had just kept.
    killed: Mutex<Option<String>>,
}

impl Dying {
    /// Keeps a transaction, and counts what it changes.
    fn keep(&self, transaction: &Transaction) -> std::result::Result<(), StoreError> {
        let mut changed = Vec::new();
        for write in transaction.writes.iter().filter(|write| write.table == Table::Configs) {
            if self.store.get(Table::Configs, &write.key)? != write.value {
                changed.push(&write.key);
            }
        }
        self.store.commit(transaction)?;
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        for key in changed {
            let (count, step) = writes.entry(key.clone()).or_default();
            *count += 1;
            *step = STEP.try_with(Clone::clone).unwrap_or_default();
        }
        Ok(())
    }
}

/// What a transaction keeps, in words.
fn kept(transaction: &Transaction) -> String {
    if let Some((_, record)) = transaction.append.last() {
        let event = serde_json::to_value(&record.event).unwrap_or_default();
        let event = event.get("event").and_then(Json::as_str).unwrap_or("an event").to_owned();
        return format!("event {} ({event})", record.seq);
    }
    let Some(write) = transaction.writes.first() else { return "nothing".to_owned() };
    let key = write.key.replace('\n', " ");
    match write.table {
        Table::Objects => format!("object {key}"),
        Table::Configs => format!("config {key}"),
        Table::Inventory => format!("the inventory's entry {key}"),
        Table::Leases => format!("the lease {key}"),
        Table::Runs | Table::Plans => format!("the entry {key}"),
    }
}

impl StateStore for Dying {
    fn commit(&self, transaction: &Transaction) -> std::result::Result<(), StoreError> {
        let dead = || StoreError::Medium("killed".to_owned());
        if self.dead.load(Ordering::SeqCst) {
            return Err(dead());
        }
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        let Some(kill) = self.kill.filter(|kill| kill.at == number) else {
            return self.keep(transaction);
        };
        if kill.after {
            self.keep(transaction)?;
        }
        self.dead.store(true, Ordering::SeqCst);
        let side = if kill.after { "after" } else { "before" };
        *self.killed.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(format!("{side} {} was kept", kept(transaction)));
        Err(dead())
    }

    fn get(&self, table: Table, key: &str) -> std::result::Result<Option<Vec<u8>>, StoreError> {
        self.store.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        prefix: &str,
    ) -> std::result::Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.store.scan(table, prefix)
    }

    fn events(&self, run: &str, from: u64) -> std::result::Result<Vec<Record>, StoreError> {
        self.store.events(run, from)
    }

    /// The process before is dead, and known to be.
    fn is_exclusive(&self) -> bool {
        true
    }
}

/// A clock that jumps, and stops the run at its horizon.
struct Horizon {
    now: AtomicU64,
    end: Millis,
    sleeps: AtomicU64,
    cancel: Cancel,
}

impl Horizon {
    fn at(now: Millis, horizon: Millis) -> Horizon {
        Horizon {
            now: AtomicU64::new(now),
            end: now.saturating_add(horizon),
            sleeps: AtomicU64::new(0),
            cancel: Cancel::default(),
        }
    }
}

impl Clock for Horizon {
    fn now(&self) -> Millis {
        self.now.load(Ordering::SeqCst)
    }

    fn sleep_until(&self, at: Millis) -> BoxFuture<'static, ()> {
        if at > self.end || self.sleeps.fetch_add(1, Ordering::SeqCst) > SLEEPS {
            self.cancel.cancel();
            return Box::pin(std::future::pending());
        }
        self.now.fetch_max(at, Ordering::SeqCst);
        Box::pin(std::future::ready(()))
    }

    fn is_virtual(&self) -> bool {
        true
    }
}

/// An action whose effects are counted.
struct Counted {
    action: Arc<dyn Action>,
    effects: Arc<Effects>,
}

impl Action for Counted {
    fn names(&self) -> Vec<(&str, &str)> {
        self.action.names()
    }

    fn schema(&self) -> &[Field] {
        self.action.schema()
    }

    fn effect(&self, params: &Json) -> Effect {
        self.action.effect(params)
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Result> {
        Box::pin(async move {
            let step = name(context.step).to_owned();
            // Actions may do their work before they give the future.
            let result = STEP.scope(step, async { self.action.run(context, params).await }).await;
            // Nobody counts what may be made again at will, nor what did not work.
            if self.action.effect(params) == Effect::Once && matches!(result, Result::Value { .. })
            {
                let call = format!("{} {}", context.call.provider, context.call.action);
                let effect = (name(context.step).to_owned(), call);
                *self
                    .effects
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .entry(effect)
                    .or_default() += 1;
            }
            result
        })
    }
}
