//! The world that simulated runs act on: it keeps a journal of effects, loses answers, and its store dies.

use crate::random::Random;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vela_exec::action::{Action, Context, Effect, Field, Registry};
use vela_exec::driver::Clock;
use vela_exec::engine::{Command, Engine, Event, Graph, Outcome, Record, StepIx, name};
use vela_exec::executor::BoxFuture;
use vela_exec::store::{MemoryStore, StateStore, StoreError, Table, Transaction};

/// Effects, and what was found wrong.
#[derive(Default)]
pub(crate) struct World(Mutex<State>);

#[derive(Default)]
struct State {
    random: Option<Random>,
    /// Whether calls misbehave.
    faults: bool,
    /// How often each call (node and path) had its effect, by how often the step was started again before.
    effects: BTreeMap<(String, String, usize), u32>,
    /// Of each node the passes after which it was started again.
    restarts: BTreeMap<String, Vec<u32>>,
    made: BTreeSet<String>,
    shadow: Option<Shadow>,
    wrong: Vec<String>,
}

/// The run as its records alone tell it.
struct Shadow {
    engine: Engine,
    token: u64,
    next: u64,
    /// The last pass of each step.
    passes: BTreeMap<StepIx, u32>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Arc<World> {
        let state = State { random: Some(Random::new(seed)), faults: true, ..State::default() };
        Arc::new(World(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn end_faults(&self) {
        self.state().faults = false;
    }

    pub(crate) fn note(&self, wrong: String) {
        self.state().wrong.push(wrong);
    }

    pub(crate) fn wrong(&self) -> Vec<String> {
        self.state().wrong.clone()
    }

    /// How the run looks by its records, and how many there are.
    pub(crate) fn shadow(&self) -> Option<(vela_exec::engine::RunView, u64)> {
        self.state().shadow.as_ref().map(|shadow| (shadow.engine.view(), shadow.next))
    }

    pub(crate) fn watch(&self, graph: &Arc<Graph>) {
        self.state().shadow = Some(Shadow {
            engine: Engine::new(Arc::clone(graph)),
            token: 0,
            next: 0,
            passes: BTreeMap::new(),
        });
    }

    /// Follows what was kept, and holds it against what must be.
    fn follow(&self, transaction: &Transaction) {
        let mut state = self.state();
        let State { shadow, wrong, restarts, .. } = &mut *state;
        let Some(shadow) = shadow else { return };
        for (_, record) in &transaction.append {
            shadow.check(record, wrong);
            let before = match record.event {
                Event::Restarted { .. } => Some(shadow.passes.clone()),
                _ => None,
            };
            shadow.follow(record, wrong);
            if let Some(passes) = before {
                shadow.note_restarts(&passes, restarts);
            }
        }
        let phase = transaction
            .writes
            .iter()
            .find(|write| write.table == Table::Runs && write.key.starts_with("phase:"));
        if let Some(value) = phase.and_then(|write| write.value.as_deref())
            && let Ok(phase) = serde_json::from_slice::<vela_exec::engine::RunPhase>(value)
            && phase != shadow.engine.phase()
        {
            wrong.push(format!(
                "the log gives {:?}, the process had {phase:?}",
                shadow.engine.phase()
            ));
        }
    }
}

impl Shadow {
    fn check(&mut self, record: &Record, wrong: &mut Vec<String>) {
        if record.seq != self.next {
            wrong.push(format!("record {} stands where {} belongs", record.seq, self.next));
        }
        self.next += 1;
        if record.token < self.token {
            wrong.push(format!(
                "record {} is of an owner that was shut out: token {} after {}",
                record.seq, record.token, self.token
            ));
        }
        self.token = record.token;
    }

    fn follow(&mut self, record: &Record, wrong: &mut Vec<String>) {
        let mut out = Vec::new();
        self.engine.apply(record.at, &record.event, &mut out);
        for command in out {
            let step = match command {
                Command::Check { step } => step,
                Command::Evaluate { step, pass } => {
                    self.passes.insert(step, pass);
                    step
                }
                Command::Call { .. } | Command::Cancel { .. } => continue,
            };
            let graph = Arc::clone(self.engine.graph());
            for wanted in &graph.node(step).depends_on {
                if !graph.find(wanted).is_some_and(|other| self.has_ended(other)) {
                    wrong.push(format!("{} runs before {wanted}", name(graph.node(step))));
                }
            }
        }
    }

    fn has_ended(&self, step: StepIx) -> bool {
        self.engine.has_ended(step)
    }

    /// The steps that have not ended after a restart were started again, or are under way: what comes
    /// later is another attempt.
    fn note_restarts(
        &self,
        passes: &BTreeMap<StepIx, u32>,
        restarts: &mut BTreeMap<String, Vec<u32>>,
    ) {
        let graph = self.engine.graph();
        for step in (0..graph.len() as u32).map(StepIx).filter(|step| !self.has_ended(*step)) {
            let passes = passes.get(&step).copied().unwrap_or_default();
            restarts.entry(graph.node(step).id.0.clone()).or_default().push(passes);
        }
    }
}

/// A store whose process dies: at a commit, before it takes place or right after.
pub(crate) struct Mortal {
    store: Arc<MemoryStore>,
    world: Arc<World>,
    left: Mutex<u64>,
    after: bool,
}

impl Mortal {
    pub(crate) fn new(
        store: &Arc<MemoryStore>,
        world: &Arc<World>,
        left: u64,
        after: bool,
    ) -> Mortal {
        Mortal { store: Arc::clone(store), world: Arc::clone(world), left: Mutex::new(left), after }
    }

    fn dead() -> StoreError {
        StoreError::Medium("killed".to_owned())
    }

    fn lives(&self) -> Result<(), StoreError> {
        match *self.left.lock().unwrap_or_else(PoisonError::into_inner) {
            0 => Err(Mortal::dead()),
            _ => Ok(()),
        }
    }
}

impl StateStore for Mortal {
    fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if *left == 0 {
            return Err(Mortal::dead());
        }
        *left -= 1;
        if *left == 0 && !self.after {
            return Err(Mortal::dead());
        }
        self.store.commit(transaction)?;
        self.world.follow(transaction);
        if *left == 0 { Err(Mortal::dead()) } else { Ok(()) }
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.lives()?;
        self.store.get(table, key)
    }

    fn scan(&self, table: Table, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.lives()?;
        self.store.scan(table, prefix)
    }

    fn events(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError> {
        self.lives()?;
        self.store.events(run, from)
    }
}

/// Calls of each kind of effect.
struct Call {
    world: Arc<World>,
    effect: Effect,
}

pub(crate) fn registry(world: &Arc<World>) -> Registry {
    let mut registry = Registry::built_in();
    for effect in [Effect::Read, Effect::Idempotent, Effect::Once] {
        registry.add(Arc::new(Call { world: Arc::clone(world), effect }));
    }
    registry
}

/// What becomes of a call.
struct Fate {
    /// How often others have their turn before it and after it.
    before: u64,
    after: u64,
    takes_place: bool,
    outcome: Option<Outcome>,
    panics: bool,
}

impl Call {
    fn fate(&self) -> Fate {
        let mut state = self.world.state();
        let faults = state.faults;
        let Some(random) = &mut state.random else {
            return Fate { before: 0, after: 0, takes_place: true, outcome: None, panics: false };
        };
        let value = || Some(Outcome::Value { value: json!({"value": 1}) });
        let message = || "simulated".to_owned();
        let mut fate = Fate {
            before: random.below(4),
            after: random.below(4),
            takes_place: true,
            outcome: value(),
            panics: false,
        };
        if !faults {
            return fate;
        }
        match random.below(24) {
            0 => fate.outcome = Some(Outcome::Wait { message: message() }),
            1 => fate.outcome = Some(Outcome::Error { message: message() }),
            2 => fate.outcome = Some(Outcome::Fail { message: message() }),
            3 => fate.panics = true,
            4 => fate.outcome = None,
            5 => {
                // It took place, and the answer was lost.
                fate.outcome = Some(match self.effect {
                    Effect::Once => Outcome::Unknown { message: message() },
                    _ => Outcome::Error { message: message() },
                });
                return fate;
            }
            _ => return fate,
        }
        // Who says that it did not work has not done it.
        fate.takes_place = fate.panics && random.one_in(2);
        fate
    }

    fn take_place(&self, context: &Context<'_>) {
        let place = (context.step.id.0.clone(), context.call.path.clone());
        let mut state = self.world.state();
        match self.effect {
            Effect::Read => {}
            Effect::Idempotent => {
                state.made.insert(format!("{}#{}", place.0, place.1));
            }
            Effect::Once => {
                let restarts = state.restarts.get(&place.0).map_or(&[][..], Vec::as_slice);
                let attempt = restarts.iter().filter(|pass| context.pass > **pass).count();
                let key = (place.0.clone(), place.1.clone(), attempt);
                let count = state.effects.entry(key).or_default();
                *count += 1;
                if *count > 1 {
                    let text = format!("{}#{} had its effect {count} times", place.0, place.1);
                    state.wrong.push(text);
                }
            }
        }
    }
}

impl Action for Call {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![(
            "sim",
            match self.effect {
                Effect::Read => "read",
                Effect::Idempotent => "idempotent",
                Effect::Once => "once",
            },
        )]
    }

    fn schema(&self) -> &[Field] {
        &[]
    }

    fn effect(&self, _params: &Json) -> Effect {
        self.effect
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, _params: &'a Json) -> BoxFuture<'a, Outcome> {
        let fate = self.fate();
        Box::pin(async move {
            for _ in 0..fate.before {
                tokio::task::yield_now().await;
            }
            if fate.takes_place {
                self.take_place(context);
            }
            assert!(!fate.panics, "simulated");
            for _ in 0..fate.after {
                tokio::task::yield_now().await;
            }
            match fate.outcome {
                Some(outcome) => outcome,
                None => std::future::pending().await,
            }
        })
    }
}

/// A clock that jumps to what is waited for once everybody else had their turns.
pub(crate) struct SimulatedClock(Arc<AtomicU64>);

impl SimulatedClock {
    pub(crate) fn new(now: u64) -> Arc<SimulatedClock> {
        Arc::new(SimulatedClock(Arc::new(AtomicU64::new(now))))
    }

    /// Sets it, forward or back.
    pub(crate) fn set(&self, now: u64) {
        self.0.store(now, Ordering::SeqCst);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn sleep_until(&self, at: u64) -> BoxFuture<'static, ()> {
        let clock = Arc::clone(&self.0);
        Box::pin(async move {
            for _ in 0..12 {
                tokio::task::yield_now().await;
            }
            clock.fetch_max(at, Ordering::SeqCst);
        })
    }

    fn is_virtual(&self) -> bool {
        false
    }
}
