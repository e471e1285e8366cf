//! SIGKILL at every durable boundary of a real process: before and after every commit, before and after every
//! effect.
//!
//! A child process (this test, started again) works at a generated workflow with a state file, and kills
//! itself at a boundary. Its effects go into a journal beside it, a line each, which it may read only where
//! a real target could be asked. Further children go on, some of them killed too, until the run has ended.
//! Then the journal and the state must be those of a run that nobody killed; effects on a target that can't be
//! asked may end as unknown, and must not be there twice.

use crate::fake::{FakeProgram, plan};
use crate::random::Random;
use crate::{say, setting};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use vela_dag::plan::Plan;
use vela_exec::action::{Action, Context, Effect, Field, Registry, Targets};
use vela_exec::driver::{Driver, Watch};
use vela_exec::engine::{Backoff, Outcome, Reason, RunPhase, RunView, Settings};
use vela_exec::executor::BoxFuture;
use vela_exec::store::{Boundaries, Crashing, RedbStore, StateStore, latest_run, load_run};
use vela_exec::target::local::LocalTarget;

/// Ends this process as if by somebody else.
fn die() {
    let own = std::process::id().to_string();
    // Waiting for it is waiting for the end.
    let _ = Command::new("/bin/kill").args(["-9", &own]).status();
}

/// An effect on something outside: a line in a journal.
struct Line {
    journal: PathBuf,
    effect: Effect,
    boundaries: Arc<Boundaries>,
}

impl Action for Line {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("journal", if self.effect == Effect::Once { "blind" } else { "keyed" })]
    }

    fn schema(&self) -> &[Field] {
        &[]
    }

    fn effect(&self, _params: &Json) -> Effect {
        self.effect
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        let fails = params.get("fails").and_then(Json::as_u64).unwrap_or_default();
        let run = context.run.rsplit('/').next().unwrap_or_default();
        let line = format!("{run} {}#{}\n", context.step.id.0, context.call.path);
        Box::pin(async move {
            if u64::from(context.pass) <= fails {
                return Outcome::Error { message: format!("attempt {} fails", context.pass) };
            }
            let there = std::fs::read_to_string(&self.journal).unwrap_or_default();
            let done = self.effect != Effect::Once && there.contains(&line);
            if !done {
                self.boundaries.pass();
                let file =
                    std::fs::OpenOptions::new().append(true).create(true).open(&self.journal);
                match file.and_then(|mut file| file.write_all(line.as_bytes())) {
                    Ok(()) => {}
                    Err(why) => return Outcome::Error { message: why.to_string() },
                }
                self.boundaries.pass();
            }
            Outcome::Value { value: json!({"done": true}) }
        })
    }
}

/// A workflow of that number: parallel branches, retries, waits, groups, objects of the local target.
fn workflow(number: u64) -> Json {
    let mut random = Random::new(number);
    let mut steps = Vec::new();
    for ix in 0..3 + random.below(4) {
        let name = format!("s{ix}");
        let call = |random: &mut Random| {
            let action = if random.one_in(4) { "blind" } else { "keyed" };
            json!({"provider": "journal", "action": action, "params": {"fails": random.below(6) / 3}})
        };
        let mut step = match random.below(7) {
            0 => json!({"type": "suspend", "properties": {"duration": "2ms"}}),
            1 => json!({"type": "apply-component", "properties": {"component": "web"}}),
            2 => json!({"type": "step-group", "subSteps": [
                {"name": format!("{name}a"), "type": "calls", "properties": {"calls": [call(&mut random)]}},
                {"name": format!("{name}b"), "type": "calls", "properties": {"calls": [call(&mut random)]}}]}),
            3 => {
                json!({"type": "calls", "properties": {"calls": [call(&mut random), call(&mut random)]}})
            }
            _ => json!({"type": "calls", "properties": {"calls": [call(&mut random)]}}),
        };
        step["name"] = json!(name);
        if ix > 0 && random.one_in(3) {
            step["dependsOn"] = json!([format!("s{}", random.below(ix))]);
        }
        steps.push(step);
    }
    let mode = if random.one_in(2) { "DAG" } else { "StepByStep" };
    let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"n": number}});
    json!({"mode": mode, "steps": steps, "components": [{"name": "web", "manifest": manifest}]})
}

/// What is deployed one after another: some workflows are deployed over another one, and rolled back.
fn plans(number: u64) -> Vec<Arc<Plan>> {
    let one = plan(&workflow(number));
    if number % 4 == 3 {
        vec![Arc::clone(&one), plan(&workflow(number + 100_000)), one]
    } else {
        vec![one]
    }
}

#[test]
#[ignore = "started by another"]
fn child() {
    let Some(directory) = std::env::var_os("VELA_KILL_DIR").map(PathBuf::from) else { return };
    let number = setting("VELA_KILL_WORKFLOW", 0);
    let boundaries = Boundaries::new(setting("VELA_KILL_AT", 0), die);
    let store = RedbStore::open(&directory.join("state.redb")).unwrap();
    let store: Arc<dyn StateStore> = Arc::new(Crashing::new(Arc::new(store), &boundaries));
    let mut registry = Registry::built_in();
    for effect in [Effect::Idempotent, Effect::Once] {
        let journal = directory.join("journal");
        registry.add(Arc::new(Line { journal, effect, boundaries: Arc::clone(&boundaries) }));
    }
    let backoff = Backoff { base: 1, least: 1, most_waiting: 5, most_failed: 5, jitter: 0 };
    let local = LocalTarget::new(Arc::clone(&store));
    let driver = Driver::new(Arc::clone(&store), Targets::new(Arc::new(local)))
        .with_registry(registry)
        .with_settings(Settings { backoff, ..Settings::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for (ix, plan) in plans(number).iter().enumerate() {
        // Which of the deployments are over already, the number of runs tells.
        let wanted = format!("default/app/{:06}", ix + 1);
        let found = load_run(&*store, &wanted).unwrap();
        if found.is_some_and(|run| {
            matches!(run.phase, RunPhase::Succeeded | RunPhase::Failed | RunPhase::Terminated)
        }) {
            continue;
        }
        let ended = runtime.block_on(driver.up(plan, &FakeProgram, Watch::default())).unwrap();
        assert_eq!(ended.run, wanted);
    }
    std::fs::write(directory.join("passed"), boundaries.passed().to_string()).unwrap();
}

struct Case {
    directory: PathBuf,
    number: u64,
}

/// How a workflow has ended.
#[derive(PartialEq, Debug)]
struct End {
    phases: Vec<(RunPhase, Vec<String>)>,
    journal: BTreeMap<String, u32>,
    unknown: Vec<String>,
}

impl Case {
    fn fresh(&self) {
        let _ = std::fs::remove_dir_all(&self.directory);
        std::fs::create_dir_all(&self.directory).unwrap();
    }

    /// Runs a child; gives whether it was killed.
    fn run(&self, dies_at: u64) -> Result<bool, String> {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child", "--ignored"])
            .env("VELA_KILL_DIR", &self.directory)
            .env("VELA_KILL_WORKFLOW", self.number.to_string())
            .env("VELA_KILL_AT", dies_at.to_string())
            .output()
            .map_err(|why| why.to_string())?;
        match (output.status.signal(), output.status.success()) {
            (Some(9), _) => Ok(true),
            (None, true) => Ok(false),
            _ => Err(String::from_utf8_lossy(&output.stdout).into_owned()),
        }
    }

    fn passed(&self) -> u64 {
        let text = std::fs::read_to_string(self.directory.join("passed")).unwrap_or_default();
        text.parse().unwrap_or_default()
    }

    fn end(&self) -> Result<End, String> {
        let store =
            RedbStore::open(&self.directory.join("state.redb")).map_err(|e| e.to_string())?;
        let verified = vela_exec::store::verify(&store).map_err(|e| e.to_string())?;
        if !verified.findings.is_empty() {
            return Err(verified.findings.join("; "));
        }
        let targets = Targets::new(Arc::new(LocalTarget::new(Arc::new(
            vela_exec::store::MemoryStore::new(),
        ))));
        let store: Arc<dyn StateStore> = Arc::new(store);
        let driver = Driver::new(Arc::clone(&store), targets);
        let mut end = End { phases: Vec::new(), journal: BTreeMap::new(), unknown: Vec::new() };
        for ix in 0..plans(self.number).len() {
            let run = format!("default/app/{:06}", ix + 1);
            let view = driver.status(&run, &FakeProgram).map_err(|e| e.to_string())?;
            end.unknown.extend(unknown(&view, ix + 1));
            end.phases.push((view.phase, outline(&view)));
        }
        let last = latest_run(&*store, "default", "app").map_err(|e| e.to_string())?;
        if last.is_none_or(|last| last.id != format!("default/app/{:06}", end.phases.len())) {
            return Err("there are more runs than deployments".to_owned());
        }
        let journal = std::fs::read_to_string(self.directory.join("journal")).unwrap_or_default();
        for line in journal.lines() {
            *end.journal.entry(line.to_owned()).or_default() += 1;
        }
        Ok(end)
    }
}

fn all(view: &RunView) -> impl Iterator<Item = &vela_exec::engine::StepView> {
    view.steps.iter().flat_map(|step| std::iter::once(step).chain(&step.sub))
}

fn outline(view: &RunView) -> Vec<String> {
    all(view).map(|step| format!("{} {:?} {:?}", step.name, step.phase, step.reason)).collect()
}

/// The steps of which nobody knows whether they took place; each must say what to do.
fn unknown(view: &RunView, run: usize) -> Vec<String> {
    all(view)
        .filter(|step| step.reason == Reason::Unknown && step.sub.is_empty())
        .map(|step| {
            let says = step.message.contains("vela workflow restart app --step");
            format!("{run:06} {}{}", step.name, if says { "" } else { " without a way out" })
        })
        .collect()
}

/// What is wrong with an end, beside that of a run that nobody killed.
fn compare(end: &End, whole: &End) -> Result<(), String> {
    if let Some((line, count)) = end.journal.iter().find(|(_, count)| **count > 1) {
        return Err(format!("{line} took place {count} times"));
    }
    if let Some(silent) = end.unknown.iter().find(|step| step.contains("without")) {
        return Err(format!("unknown: {silent}"));
    }
    if end.unknown.is_empty() && end != whole {
        return Err(format!("it ended as {end:?}, and without a crash as {whole:?}"));
    }
    Ok(())
}

#[test]
fn killed_at_every_boundary() {
    let wanted = setting("VELA_KILLS", 15);
    let workflows = setting("VELA_KILL_WORKFLOWS", 200);
    let mut random = Random::new(setting("VELA_FIRST_SEED", 1));
    let begun = std::time::Instant::now();
    let (mut kills, mut unknown, mut ends, mut wrong) = (0, 0, 0, 0);
    // Few kills are spread over all workflows, many go through every boundary of each.
    let stride = (workflows * 30 / wanted.max(1)).max(1);
    let mut offset = 0;
    'all: loop {
        for number in 0..workflows {
            let directory = std::env::temp_dir().join(format!("vela-kill-{}", std::process::id()));
            let case = Case { directory, number };
            case.fresh();
            assert_eq!(case.run(0), Ok(false), "workflow {number}");
            let whole = case.end().unwrap();
            let boundaries = case.passed();
            let first = 1 + (number + offset) % stride;
            for at in (first..=boundaries).step_by(stride as usize) {
                case.fresh();
                let mut dies_at = at;
                let result = loop {
                    match case.run(dies_at) {
                        Err(why) => break Err(why),
                        Ok(false) => {
                            break case.end().and_then(|end| {
                                unknown += u64::from(!end.unknown.is_empty());
                                compare(&end, &whole)
                            });
                        }
                        Ok(true) => kills += 1,
                    }
                    // Some are killed again while they take up the run.
                    dies_at = if random.one_in(3) { 1 + random.below(12) } else { 0 };
                };
                ends += 1;
                if let Err(why) = result {
                    wrong += 1;
                    say(&format!("workflow {number} killed at {at} of {boundaries}: {why}"));
                    assert!(wrong < 20, "too much is wrong to go on");
                }
                if kills % 1_000 == 0 {
                    say(&format!("{kills} kills, {wrong} wrong, {:?}", begun.elapsed()));
                }
                if kills >= wanted {
                    let _ = std::fs::remove_dir_all(&case.directory);
                    break 'all;
                }
            }
            let _ = std::fs::remove_dir_all(&case.directory);
        }
        offset += 1;
    }
    say(&format!(
        "kill: {kills} kills in {ends} runs, {unknown} ended as unknown, {wrong} wrong, {:?}",
        begun.elapsed()
    ));
    assert_eq!(wrong, 0);
}
