//! Random workflows × faults × crashes × operators, one seed each, with the real driver under a simulated
//! clock.
//!
//! A seed makes a workflow and lives through some processes: each works at the run until it dies at a commit
//! (before or after it), is frozen while another one takes over, or comes to rest; operators resume, hold,
//! restart and end the run; the clock is set forward and back in between. Every record is followed by a
//! second engine, which holds the log against what must be: no step before its dependencies, no effect
//! twice, no record of an owner that was shut out, the state of the process equal to that of its log. In
//! the end there are no more faults, and every run has to end.

use crate::fake::{FakeProgram, plan};
use crate::random::Random;
use crate::world::{Mortal, SimulatedClock, World, registry};
use crate::{say, setting, workflow};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use vela_dag::plan::Plan;
use vela_exec::action::Targets;
use vela_exec::driver::{Clock, DriveError, Driver, Ended, Watch};
use vela_exec::engine::{Backoff, Deadlines, Graph, OnFailure, Operation, RunPhase, Settings};
use vela_exec::store::{MemoryStore, StateStore, StoreError, latest_run};
use vela_exec::target::local::LocalTarget;

const DAY: u64 = 86_400_000;

struct Seed {
    random: Random,
    plan: Arc<Plan>,
    settings: Settings,
    store: Arc<MemoryStore>,
    world: Arc<World>,
    clock: Arc<SimulatedClock>,
    processes: u32,
}

/// What a seed came to.
struct Lived {
    log: Vec<u8>,
    events: u64,
    processes: u32,
    wrong: Vec<String>,
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<Ended, DriveError>> + 'a>>;

impl Seed {
    fn new(seed: u64) -> Seed {
        let mut random = Random::new(seed);
        let workflow = workflow::random(&mut random);
        let backoff = Backoff {
            base: 50,
            least: 100 + random.below(1_000),
            most_waiting: 60_000,
            most_failed: 60_000,
            jitter: random.below(50) as u32,
        };
        let settings = Settings {
            retries: random.below(4) as u32,
            parallel: 1 + random.below(8) as u32,
            backoff,
            deadlines: Deadlines { step: 600_000, suspend: DAY, call: 5_000 },
            on_failure: if random.one_in(6) { OnFailure::Pause } else { OnFailure::GoOn },
            seed: seed | 1,
            ..Settings::default()
        };
        let world = World::new(random.next());
        let plan = plan(&workflow);
        if let Ok(graph) = Graph::new(Arc::clone(&plan)) {
            world.watch(&Arc::new(graph));
        }
        Seed {
            random,
            plan,
            settings,
            store: Arc::new(MemoryStore::new()),
            world,
            clock: SimulatedClock::new(1_700_000_000_000),
            processes: 0,
        }
    }

    /// A process that dies at its commit of that number.
    fn driver(&mut self, dies_at: u64) -> Driver {
        self.processes += 1;
        let after = self.random.one_in(2);
        let store: Arc<dyn StateStore> =
            Arc::new(Mortal::new(&self.store, &self.world, dies_at, after));
        let targets = Targets::new(Arc::new(LocalTarget::new(Arc::clone(&store))));
        Driver::new(store, targets)
            .with_registry(registry(&self.world))
            .with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>)
            .with_settings(self.settings.clone())
            .with_owner(format!("process {}", self.processes))
    }

    fn run(&self) -> Option<(String, RunPhase)> {
        let found = latest_run(&*self.store, "default", "app").ok().flatten()?;
        Some((found.id, found.phase))
    }

    /// One process, with its faults.
    async fn live(&mut self) {
        let dies_at = 1 + self.random.below(30);
        let driver = self.driver(dies_at);
        let operation = self.operation();
        let run = self.run();
        let (send, operations) = tokio::sync::mpsc::unbounded_channel();
        let mut watch = Watch::default();
        if self.random.one_in(3) {
            // Nobody hears that it was refused.
            let _ = send.send((self.operation(), None));
            watch.operations = Some(operations);
        }
        let plan = Arc::clone(&self.plan);
        let mut work: Work<'_> = match &run {
            Some((run, phase)) if *phase != RunPhase::Executing || self.random.one_in(6) => {
                Box::pin(driver.operate(run, operation, None, &FakeProgram, watch))
            }
            Some((run, _)) => Box::pin(driver.take_up(run, &FakeProgram, watch)),
            None => Box::pin(driver.up(&plan, &FakeProgram, watch)),
        };
        let mut turns = if self.random.one_in(6) { 1 + self.random.below(60) } else { u64::MAX };
        let ended = poll_fn(|context| {
            turns -= 1;
            if turns == 0 {
                return Poll::Ready(None);
            }
            work.as_mut().poll(context).map(Some)
        })
        .await;
        match ended {
            Some(result) => self.check(result),
            None => {
                // Frozen past its lease: another process takes over, and then it goes on.
                self.clock.set(self.clock.now() + 60_000);
                self.take_over().await;
                let result = work.await;
                if let Ok(ended) = &result
                    && !matches!(
                        ended.view.phase,
                        RunPhase::Succeeded | RunPhase::Failed | RunPhase::Terminated
                    )
                {
                    return;
                }
                self.check(result);
            }
        }
    }

    async fn take_over(&mut self) {
        let Some((run, _)) = self.run() else { return };
        let dies_at = 1 + self.random.below(30);
        let driver = self.driver(dies_at);
        let result = driver.take_up(&run, &FakeProgram, Watch::default()).await;
        self.check(result);
    }

    fn operation(&mut self) -> Operation {
        match self.random.below(8) {
            0 => Operation::Suspend,
            1 => Operation::Terminate,
            2 => Operation::Restart,
            _ => Operation::Resume,
        }
    }

    /// What may come of a process: its end, its death, or that somebody else has the run.
    fn check(&mut self, result: Result<Ended, DriveError>) {
        match result {
            Ok(ended) => {
                if let Some((view, _)) = self.world.shadow()
                    && self.run().is_some_and(|(run, _)| run == ended.run)
                    && view != ended.view
                {
                    self.world
                        .note(format!("the log gives {view:?}, the process {:?}", ended.view));
                }
            }
            Err(DriveError::Store(StoreError::Medium(_)) | DriveError::Operation(_)) => {}
            Err(DriveError::Store(StoreError::Conflict(_))) => {
                self.clock.set(self.clock.now() + 31_000);
            }
            Err(other) => self.world.note(format!("a process ended with: {other}")),
        }
    }

    /// Without faults, every run ends.
    async fn end(&mut self) {
        self.world.end_faults();
        for turn in 0..60 {
            let driver = self.driver(u64::MAX);
            let run = self.run();
            let result = match &run {
                Some((_, RunPhase::Succeeded | RunPhase::Failed | RunPhase::Terminated)) => return,
                Some((run, RunPhase::Suspending)) => {
                    // A step that fails each time would hold the run again and again.
                    let end = if turn < 30 { Operation::Resume } else { Operation::Terminate };
                    driver.operate(run, end, None, &FakeProgram, Watch::default()).await
                }
                Some((run, _)) => driver.take_up(run, &FakeProgram, Watch::default()).await,
                None => driver.up(&self.plan, &FakeProgram, Watch::default()).await,
            };
            if let Err(DriveError::Store(StoreError::Conflict(_))) = &result {
                // The clock was set back: the lease of a dead process lasts until it is there again.
                self.clock.set(self.clock.now() + DAY);
            }
            self.check(result);
        }
        let (view, _) = self.world.shadow().unzip();
        self.world.note(format!("the run does not end: {view:?}"));
    }

    async fn whole(mut self) -> Lived {
        for _ in 0..1 + self.random.below(5) {
            self.live().await;
            if self.random.one_in(6) {
                let now = self.clock.now();
                self.clock.set(if self.random.one_in(2) { now + DAY } else { now - DAY });
            }
        }
        self.end().await;
        let run = self.run().map(|(run, _)| run).unwrap_or_default();
        let records = self.store.events(&run, 0).unwrap_or_default();
        let events = records.len() as u64;
        let log = serde_json::to_vec(&records).unwrap_or_default();
        Lived { log, events, processes: self.processes, wrong: self.world.wrong() }
    }
}

fn live(runtime: &tokio::runtime::Runtime, seed: u64) -> Lived {
    runtime.block_on(Seed::new(seed).whole())
}

#[test]
fn every_seed_keeps_what_must_be() {
    let first = setting("VELA_FIRST_SEED", 1);
    let seeds = setting("VELA_SEEDS", 200);
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload_as_str() != Some("simulated") {
            quiet(info);
        }
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let begun = std::time::Instant::now();
    let (mut events, mut processes, mut again, mut violations) = (0, 0, 0, 0);
    for seed in first..first + seeds {
        let lived = live(&runtime, seed);
        events += lived.events;
        processes += u64::from(lived.processes);
        let mut wrong = lived.wrong;
        if seed % 16 == 0 {
            again += 1;
            if live(&runtime, seed).log != lived.log {
                wrong.push("the same seed gave another log".to_owned());
            }
        }
        if !wrong.is_empty() {
            violations += 1;
            say(&format!("seed {seed}: {}", wrong.join("; ")));
        }
        if seed % 50_000 == 0 {
            say(&format!(
                "seed {seed}: {events} events, {violations} violations, {:?}",
                begun.elapsed()
            ));
        }
        assert!(violations < 20, "too much is wrong to go on");
    }
    say(&format!(
        "simulation: {seeds} seeds from {first}, {events} events, {processes} processes, {again} run twice, \
         {violations} violations, {:.0} seeds/s",
        seeds as f64 / begun.elapsed().as_secs_f64()
    ));
    assert_eq!(violations, 0);
}
