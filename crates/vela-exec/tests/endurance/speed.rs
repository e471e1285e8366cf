//! How fast the engine is, beside what its store could do at best, measured in the same run.
//!
//! These are no tests of the machine: they print figures, and fail only where the ratio to the store's own
//! speed, or the memory, is far from what it must be.

use crate::fake::{FakeProgram, many_steps, plan};
use crate::{say, setting};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use vela_dag::plan::Plan;
use vela_exec::action::{Action, Context, Effect, Field, Registry, Targets};
use vela_exec::driver::{Driver, Watch};
use vela_exec::engine::{
    Command, Engine, Evaluation, Event, Graph, Outcome, Record, RunPhase, Session, StepIx, VERSION,
};
use vela_exec::executor::BoxFuture;
use vela_exec::store::{
    MemoryStore, RedbStore, RunMeta, StateStore, Transaction, draft_run, open_runs,
};
use vela_exec::target::local::LocalTarget;

/// A file that goes when the test ends.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> File {
        let directory =
            std::env::var_os("VELA_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let path = directory.join(format!("vela-speed-{}-{name}.redb", std::process::id()));
        let _ = std::fs::remove_file(&path);
        File(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An effect that costs nothing.
struct Nothing;

impl Action for Nothing {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("bench", "nothing")]
    }

    fn schema(&self) -> &[Field] {
        &[]
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, _context: &'a Context<'a>, _params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::Value { value: json!({}) }))
    }
}

fn driver(store: Arc<dyn StateStore>) -> Driver {
    let mut registry = Registry::built_in();
    registry.add(Arc::new(Nothing));
    let targets = Targets::new(Arc::new(LocalTarget::new(Arc::clone(&store))));
    Driver::new(store, targets).with_registry(registry)
}

fn steps(count: usize, mode: &str, name: &str) -> Arc<Plan> {
    let steps: Vec<Json> = (0..count)
        .map(|ix| {
            json!({"name": format!("s{ix}"), "type": "calls",
                   "properties": {"calls": [{"provider": "bench", "action": "nothing", "params": {}}]}})
        })
        .collect();
    let mut plan = (*plan(&json!({"mode": mode, "steps": steps}))).clone();
    plan.application.name = name.to_owned();
    Arc::new(plan)
}

fn event(seq: u64) -> Record {
    let outcome = Outcome::Value { value: json!({"text": "x".repeat(200)}) };
    let event =
        Event::Returned { step: StepIx(1), pass: 1, path: "c0".to_owned(), outcome, keep: false };
    Record { v: VERSION, seq, at: 1_700_000_000_000, token: 1, event }
}

fn half(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// Bytes of this process in memory.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or_default();
    pages * 4096
}

fn most_resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default()
        * 1024
}

#[test]
#[ignore = "takes figures"]
fn a_durable_step() {
    let file = File::new("step");
    let store: Arc<dyn StateStore> = Arc::new(RedbStore::open(&file.0).unwrap());
    let commit = || {
        let times = (0..300).map(|_| {
            let seq = store.events("raw", 0).map_or(0, |events| events.len() as u64);
            let append = vec![("raw".to_owned(), event(seq))];
            let begun = Instant::now();
            store.commit(&Transaction { append, ..Transaction::default() }).unwrap();
            begun.elapsed()
        });
        half(times.collect())
    };
    let before = commit();
    let driver = driver(Arc::clone(&store));
    let runtime = runtime();
    let step = half(
        (0..20)
            .map(|round| {
                let plan = steps(50, "StepByStep", &format!("app{round}"));
                let begun = Instant::now();
                let ended = runtime.block_on(driver.up(&plan, &FakeProgram, Watch::default()));
                assert_eq!(ended.unwrap().view.phase, RunPhase::Succeeded);
                begun.elapsed() / 50
            })
            .collect(),
    );
    let three = half(
        (0..60)
            .map(|round| {
                let plan = steps(3, "StepByStep", &format!("three{round}"));
                let begun = Instant::now();
                runtime.block_on(driver.up(&plan, &FakeProgram, Watch::default())).unwrap();
                begun.elapsed()
            })
            .collect(),
    );
    let after = commit();
    let commit = (before + after) / 2;
    say(&format!(
        "step: a commit {commit:?}, a durable step {step:?} ({:.2} commits), three steps {three:?} ({:.2} commits)",
        step.as_secs_f64() / commit.as_secs_f64(),
        three.as_secs_f64() / commit.as_secs_f64()
    ));
}

/// What the store does by itself with 64 records a commit: records a second.
fn raw_rate(path: &Path) -> f64 {
    let store = RedbStore::open(path).unwrap();
    let begun = Instant::now();
    let commits = 300;
    for commit in 0..commits {
        let records = (commit * 64..(commit + 1) * 64).map(|seq| ("raw".to_owned(), event(seq)));
        let append = records.collect();
        store.commit(&Transaction { append, ..Transaction::default() }).unwrap();
    }
    (commits * 64) as f64 / begun.elapsed().as_secs_f64()
}

#[test]
#[ignore = "takes figures"]
fn group_commit() {
    let raw = File::new("raw");
    let rate = raw_rate(&raw.0);
    let file = File::new("group");
    let store: Arc<dyn StateStore> = Arc::new(RedbStore::open(&file.0).unwrap());
    let one = driver(Arc::clone(&store));
    let plan = steps(10_000, "DAG", "wide");
    let runtime = runtime();
    let begun = Instant::now();
    let ended = runtime.block_on(one.up(&plan, &FakeProgram, Watch::default())).unwrap();
    let wide = begun.elapsed();
    let events = store.events(&ended.run, 0).unwrap().len();
    say(&format!(
        "group: the store alone {rate:.0} events/s; 10,000 steps in {wide:?}: {:.0} events/s ({:.0} %), {:.0} steps/s",
        events as f64 / wide.as_secs_f64(),
        100.0 * events as f64 / wide.as_secs_f64() / rate,
        10_000.0 / wide.as_secs_f64()
    ));
    let runs = setting("VELA_RUNS", 10_000) as usize;
    let plans: Vec<Arc<Plan>> =
        (0..runs).map(|n| steps(5, "StepByStep", &format!("a{n}"))).collect();
    let begun = Instant::now();
    runtime.block_on(async {
        let mut set = tokio::task::JoinSet::new();
        for plan in plans {
            let driver = one.clone();
            set.spawn(async move { driver.up(&plan, &FakeProgram, Watch::default()).await });
        }
        while let Some(ended) = set.join_next().await {
            assert_eq!(ended.unwrap().unwrap().view.phase, RunPhase::Succeeded);
        }
    });
    let many = begun.elapsed();
    let per_run = store.events("default/a0/000001", 0).unwrap().len();
    let events = (per_run * runs) as f64;
    say(&format!(
        "group: {runs} runs of 5 steps in {many:?}: {:.0} events/s ({:.0} %), {:.0} steps/s, {:.0} runs/s",
        events / many.as_secs_f64(),
        100.0 * events / many.as_secs_f64() / rate,
        5.0 * runs as f64 / many.as_secs_f64(),
        runs as f64 / many.as_secs_f64()
    ));
}

#[test]
#[ignore = "takes figures"]
fn an_idle_run() {
    let runs = 10_000;
    let graph = Arc::new(
        Graph::new(plan(&json!({"steps": [
            {"name": "a", "type": "message"}, {"name": "w", "type": "wait"},
            {"name": "b", "type": "nop"}, {"name": "c", "type": "nop"}, {"name": "d", "type": "nop"}]})))
        .unwrap(),
    );
    let begin = |n: u32| {
        let mut session = Session::new(Arc::clone(&graph), &FakeProgram);
        let context = json!({"name": "app", "namespace": "default", "appName": "app",
                             "workflowName": "app", "runId": format!("default/app/{n:06}")});
        let started = Event::Started { settings: Box::default(), context };
        session.advance(1_000, started, &mut Vec::new(), &mut Vec::new());
        session
    };
    let warm: Vec<Session<'_>> = (0..100).map(begin).collect();
    let before = resident();
    let sessions: Vec<Session<'_>> = (0..runs).map(begin).collect();
    let session = (resident() - before) / u64::from(runs);
    assert!(sessions.iter().chain(&warm).all(|s| s.engine().phase() == RunPhase::Executing));
    drop(sessions);
    // With all that the driver keeps of a run that waits.
    let store: Arc<dyn StateStore> = Arc::new(MemoryStore::new());
    let driver = driver(store);
    let waits = |n: u32| {
        let mut plan = (**graph.plan()).clone();
        plan.application.name = format!("a{n}");
        Arc::new(plan)
    };
    let plans: Vec<Arc<Plan>> = (0..runs).map(waits).collect();
    let whole = runtime().block_on(async {
        let before = resident();
        let mut set = tokio::task::JoinSet::new();
        for plan in &plans {
            let (driver, plan, graph) = (driver.clone(), Arc::clone(plan), Arc::clone(&graph));
            set.spawn(
                async move { driver.start(&plan, graph, &FakeProgram, Watch::default()).await },
            );
        }
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        (resident() - before) / u64::from(runs)
    });
    say(&format!(
        "idle: {session} bytes a run in the engine; {whole} bytes with the driver's task and its records in a \
         store in memory; a run that waits for an operator takes none"
    ));
    assert!(session <= 2048);
}

#[test]
#[ignore = "takes figures"]
fn a_graph_of_a_hundred_thousand() {
    let count = 100_000_usize;
    let plan = many_steps(count);
    // What was freed before is filled first: memory that is not new does not count.
    let filling = walk(&plan);
    let second = walk(&plan);
    let before = resident();
    let third = walk(&plan);
    let Walk { built, walked, transitions, .. } = third;
    let bytes = (resident() - before) / count as u64;
    for walk in [&filling, &second, &third] {
        assert_eq!(walk.engine.phase(), RunPhase::Succeeded);
    }
    let each = walked / transitions;
    say(&format!(
        "graph: 100,000 nodes, 200,000 edges: built in {built:?}, {transitions} transitions of {each:?}, \
         {bytes} bytes a node beyond the Plan"
    ));
    assert!(bytes <= 200, "{bytes} bytes a node");
}

/// A run from one end to the other in the engine alone.
struct Walk {
    engine: Engine,
    built: Duration,
    walked: Duration,
    transitions: u32,
}

fn walk(plan: &Arc<Plan>) -> Walk {
    let begun = Instant::now();
    let graph = Arc::new(Graph::new(Arc::clone(plan)).unwrap());
    let built = begun.elapsed();
    let mut engine = Engine::new(graph);
    let mut events = std::collections::VecDeque::with_capacity(256);
    events.push_back(Event::Started { settings: Box::default(), context: Json::Null });
    let mut out = Vec::new();
    let mut transitions = 0_u32;
    let begun = Instant::now();
    while let Some(event) = events.pop_front() {
        engine.apply(0, &event, &mut out);
        transitions += 1;
        for command in out.drain(..) {
            let Command::Evaluate { step, pass } = command else { continue };
            let outcome = Evaluation::Done { outputs: Default::default(), messages: Vec::new() };
            events.push_back(Event::Evaluated { step, pass, outcome });
        }
    }
    Walk { engine, built, walked: begun.elapsed(), transitions }
}

/// A run's first records, up to a wait: what a process leaves that is killed.
fn log_of(graph: &Arc<Graph>, records: usize) -> Vec<Record> {
    let mut session = Session::new(Arc::clone(graph), &FakeProgram);
    let mut log = Vec::new();
    let mut commands = Vec::new();
    let context = json!({"name": "app", "namespace": "default"});
    let started = Event::Started { settings: Box::default(), context };
    session.advance(1_700_000_000_000, started, &mut log, &mut commands);
    while log.len() < records {
        let Some(Command::Call { step, pass, call }) = commands.pop() else { break };
        let called = Event::Called { step, pass, path: call.path.clone() };
        session.advance(1_700_000_000_000, called, &mut log, &mut commands);
        let outcome = Outcome::Value { value: json!({"status": 200, "body": "some text"}) };
        let returned = Event::Returned { step, pass, path: call.path, outcome, keep: false };
        session.advance(1_700_000_000_000, returned, &mut log, &mut commands);
    }
    log.truncate(records);
    log
}

#[test]
#[ignore = "takes figures"]
fn recovery() {
    let file = File::new("recovery");
    let runs = setting("VELA_RUNS", 10_000) as usize;
    {
        let store = RedbStore::open(&file.0).unwrap();
        let plan = steps(60, "StepByStep", "app");
        let log = log_of(&Arc::new(Graph::new(Arc::clone(&plan)).unwrap()), 100);
        for _ in 0..runs {
            let mut one = Transaction::default();
            let meta = draft_run(&store, &plan, 1_700_000_000_000, &mut one).unwrap();
            one.append = log.iter().map(|record| (meta.id.clone(), record.clone())).collect();
            RunMeta::put_phase(&meta.id, RunPhase::Executing, &mut one).unwrap();
            store.commit(&one).unwrap();
        }
    }
    // A process of its own: memory is what it takes, not what it took to make the file.
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "speed::recovery_in_a_process", "--ignored", "--nocapture"])
        .env("VELA_RECOVER", &file.0)
        .status();
    assert!(child.unwrap().success());
}

#[test]
#[ignore = "started by another"]
fn recovery_in_a_process() {
    let Some(path) = std::env::var_os("VELA_RECOVER") else { return };
    let path = PathBuf::from(path);
    let size = std::fs::metadata(&path).unwrap().len();
    let begun = Instant::now();
    let store = RedbStore::open(&path).unwrap();
    let opened = begun.elapsed();
    let runs = open_runs(&store).unwrap();
    let listed = begun.elapsed();
    let graphs: std::collections::BTreeMap<&str, Arc<Graph>> = runs
        .iter()
        .map(|run| (run.plan.hash.as_str(), &run.plan))
        .collect::<std::collections::BTreeMap<_, _>>()
        .into_iter()
        .map(|(hash, plan)| (hash, Arc::new(Graph::new(Arc::clone(plan)).unwrap())))
        .collect();
    let resume = |runs: &[RunMeta]| -> (Vec<Session<'static>>, usize) {
        let mut events = 0;
        let mut sessions = Vec::new();
        let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
        let mut plans = runs.iter().map(|run| run.plan.hash.as_str());
        let mut resume = |_: &str, log: Vec<Record>| {
            events += log.len();
            let graph = Arc::clone(&graphs[plans.next().unwrap()]);
            sessions.push(Session::replay(graph, &FakeProgram, log).unwrap());
        };
        store.logs(&ids, &mut resume).unwrap();
        (sessions, events)
    };
    let (one, two) = runs.split_at(runs.len() / 2);
    let ((one, first), (two, second)) = std::thread::scope(|scope| {
        let other = scope.spawn(|| resume(two));
        (resume(one), other.join().unwrap())
    });
    let took = begun.elapsed();
    let open = one.iter().chain(&two).filter(|s| !s.engine().is_finished()).count();
    say(&format!(
        "recovery: {} runs of {} events, a file of {} MiB: opened and checked in {opened:?}, listed by \
         {listed:?}, all resumed by {took:?}, {} MiB at most",
        open,
        first + second,
        size >> 20,
        most_resident() >> 20
    ));
}
