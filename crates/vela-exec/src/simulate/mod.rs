//! Runs a Plan under a virtual clock, with operators and faults as a script says.
//!
//! Everything is as in a real run (engine, actions, local target), but time passes by jumping to the next
//! thing that is due: a simulation takes as long as its steps take to evaluate. It ends when the run has
//! ended, nothing is due any more, or nothing would change within the horizon.
//!
//! The defaults are those of the recorded runs of KubeVela's engine: steps are gone through one after
//! another, waiting steps are looked at every tenth of a second, components are healthy at once, objects
//! that steps apply on their own have no controllers, a run that rests is watched for twelve seconds.

mod http;

pub use http::SimulatedHttp;

use crate::action::{Context, HttpClient, Registry, Targets};
use crate::duration::Millis;
use crate::engine::{
    Backoff, Command, Event, Graph, Operation, OperationError, Outcome, Phase, PlanError, Reason,
    Record, RunPhase, Session, Settings, StepIx, StepView,
};
use crate::executor::{Cancel, Effect, EffectKey, Executor, Owner};
use crate::finish;
use crate::store::{MemoryStore, StateStore};
use crate::target::local::{Faults, LocalTarget, Pace};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::VecDeque;
use std::sync::Arc;
use vela_dag::plan::Plan;
use vela_dag::step::StepProgram;

/// When simulations begin: a whole second, far from zero.
const START: Millis = 1_700_000_000_000;

/// More steps of time than any sensible workflow has: a run that goes on for ever is stopped here.
const MOST_TICKS: u32 = 1_000_000;

/// What an operator does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScriptedAction {
    /// Whether it is done while the run is still at work; otherwise once it has come to rest.
    pub now: bool,
    /// What is done.
    pub operation: Operation,
    /// To which step; to the run if absent.
    pub step: Option<String>,
}

impl ScriptedAction {
    /// Reads a script: a JSON list of `resume`, `suspend`, `terminate`, `restart`; with `now:` before it
    /// when it shall not wait, with `:STEP` after it when it is for one step.
    ///
    /// # Errors
    /// It is no such list: where.
    pub fn script(json: &str) -> Result<Vec<ScriptedAction>, String> {
        let list: Vec<String> = serde_json::from_str(json)
            .map_err(|why| format!("the actions are no JSON list of texts: {why}"))?;
        list.iter().map(|text| ScriptedAction::parse(text)).collect()
    }

    fn parse(text: &str) -> Result<ScriptedAction, String> {
        let (now, rest) = match text.strip_prefix("now:") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (verb, step) = match rest.split_once(':') {
            Some((verb, step)) => (verb, Some(step.trim().to_owned())),
            None => (rest, None),
        };
        let operation = match verb.trim() {
            "resume" => Operation::Resume,
            "suspend" => Operation::Suspend,
            "terminate" => Operation::Terminate,
            "restart" => Operation::Restart,
            other => {
                return Err(format!(
                    "\"{other}\" is no action: use resume, suspend, terminate or restart, with now: before or :STEP after"
                ));
            }
        };
        Ok(ScriptedAction { now, operation, step })
    }
}

/// How a Plan is simulated.
pub struct Options {
    /// How long a run that rests is watched.
    pub horizon: Millis,
    /// How the engine runs it.
    pub settings: Settings,
    /// How fast objects become healthy.
    pub pace: Pace,
    /// Components that misbehave.
    pub faults: Faults,
    /// Clusters besides `local`.
    pub clusters: Vec<String>,
    /// Objects that are there before.
    pub objects: Vec<Json>,
    /// Answers requests.
    pub http: Arc<dyn HttpClient>,
    /// What steps can do.
    pub registry: Registry,
    /// What steps find under `context`, besides what the Plan says.
    pub context: Map<String, Json>,
}

impl Default for Options {
    fn default() -> Self {
        let backoff =
            Backoff { base: 100, least: 100, most_waiting: 100, most_failed: 100, jitter: 0 };
        Options {
            horizon: 12_000,
            settings: Settings { parallel: 1, backoff, ..Settings::default() },
            pace: Pace::Instant,
            faults: Faults::default(),
            clusters: Vec::new(),
            objects: Vec::new(),
            http: Arc::new(SimulatedHttp),
            registry: Registry::built_in(),
            context: Map::new(),
        }
    }
}

/// Why a Plan can't be simulated.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SimulateError {
    /// The Plan makes no sense.
    #[error("{0}")]
    Plan(#[from] PlanError),
    /// An operator's wish can't be met.
    #[error("action {number}: {why}")]
    Action {
        /// Which of the script, from 1.
        number: usize,
        /// Why.
        why: OperationError,
    },
    /// The objects that shall be there before make no sense.
    #[error("{0}")]
    Objects(String),
}

/// How a simulated run ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// How far it is.
    pub phase: RunPhase,
    /// The steps that have a status.
    pub steps: Vec<StepReport>,
    /// How much time has passed.
    pub elapsed: Millis,
    /// All that happened.
    #[serde(skip)]
    pub log: Vec<Record>,
}

/// A step's end.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StepReport {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub step_type: String,
    /// How far it is.
    pub phase: Phase,
    /// Why.
    pub reason: Reason,
    /// What it says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The steps of a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub: Vec<StepReport>,
}

impl From<StepView> for StepReport {
    fn from(view: StepView) -> StepReport {
        StepReport {
            name: view.name,
            step_type: view.step_type,
            phase: view.phase,
            reason: view.reason,
            message: view.message,
            sub: view.sub.into_iter().map(StepReport::from).collect(),
        }
    }
}

/// Simulates a Plan.
///
/// # Errors
/// The Plan makes no sense, or the script asks for what can't be done.
pub fn simulate(
    plan: &Arc<Plan>,
    program: &dyn StepProgram,
    script: &[ScriptedAction],
    options: Options,
) -> Result<Report, SimulateError> {
    let graph = Arc::new(Graph::new(Arc::clone(plan))?);
    // Before anything runs: an action whose turn never comes would hide what is wrong with it.
    for (index, action) in script.iter().enumerate() {
        if let Some(step) = action.step.as_deref().filter(|step| graph.find(step).is_none()) {
            let why = OperationError::NoStep(step.to_owned());
            return Err(SimulateError::Action { number: index + 1, why });
        }
    }
    let store = Arc::new(MemoryStore::new());
    let local = LocalTarget::new(Arc::clone(&store) as Arc<dyn StateStore>)
        .with_clusters(options.clusters)
        .with_pace(options.pace)
        .with_faults(options.faults);
    preload(&local, plan, &options.objects)?;
    let mut simulation = Simulation {
        session: Session::new(Arc::clone(&graph), program),
        graph,
        store,
        targets: Targets::new(Arc::new(local)),
        registry: options.registry,
        http: options.http,
        now: START,
        log: Vec::new(),
    };
    let mut context = options.context;
    let application = &plan.application;
    for (key, value) in [
        ("name", &application.name),
        ("namespace", &application.namespace),
        ("appName", &application.name),
        ("workflowName", &application.name),
    ] {
        context.entry(key).or_insert_with(|| json!(value));
    }
    simulation.send(Event::Started {
        settings: Box::new(options.settings),
        context: Json::Object(context),
    });
    simulation.run(script, options.horizon)?;
    let view = simulation.session.engine().view();
    Ok(Report {
        phase: view.phase,
        steps: view.steps.into_iter().map(StepReport::from).collect(),
        elapsed: simulation.now - START,
        log: simulation.log,
    })
}

/// Puts objects into the cluster that belong to nobody's run.
fn preload(local: &LocalTarget, plan: &Plan, objects: &[Json]) -> Result<(), SimulateError> {
    let application = &plan.application;
    let targets = vela_dag::plan::Target {
        kind: "local".to_owned(),
        cluster: "local".to_owned(),
        namespace: application.namespace.clone(),
    };
    let effect = Effect {
        key: EffectKey { run: String::new(), node: "preloaded".to_owned(), attempt: 0 },
        target: &targets,
        owner: &Owner {
            application: format!("{}/{}", application.namespace, application.name),
            component: None,
        },
        now: START,
        claims: &[],
        cancel: &Cancel::default(),
        progress: &|_| {},
    };
    match finish(local.apply(&effect, objects)) {
        Some(Err(why)) => Err(SimulateError::Objects(why.to_string())),
        _ => Ok(()),
    }
}

struct Simulation<'a> {
    session: Session<'a>,
    graph: Arc<Graph>,
    store: Arc<MemoryStore>,
    targets: Targets,
    registry: Registry,
    http: Arc<dyn HttpClient>,
    now: Millis,
    log: Vec<Record>,
}

impl Simulation<'_> {
    fn run(&mut self, script: &[ScriptedAction], horizon: Millis) -> Result<(), SimulateError> {
        let mut script: VecDeque<(usize, &ScriptedAction)> = script.iter().enumerate().collect();
        let mut seen = self.summary();
        let mut changed = self.now;
        for _ in 0..MOST_TICKS {
            let phase = self.session.engine().phase();
            let finished = self.session.engine().is_finished();
            if let Some((number, action)) = script.front().copied()
                && (action.now
                    || phase == RunPhase::Suspending
                    || (finished && action.operation == Operation::Restart))
            {
                script.pop_front();
                self.operate(action)
                    .map_err(|why| SimulateError::Action { number: number + 1, why })?;
            } else if finished {
                return Ok(());
            } else {
                let Some(next) = self.session.engine().next_wake() else { return Ok(()) };
                let next = next.max(self.now);
                if next - changed > horizon {
                    return Ok(());
                }
                self.now = next;
                self.send(Event::Ticked);
            }
            let summary = self.summary();
            if summary != seen {
                seen = summary;
                changed = self.now;
            }
        }
        Ok(())
    }

    /// What an observer would call a change.
    fn summary(&self) -> Vec<StepReport> {
        self.session.engine().view().steps.into_iter().map(StepReport::from).collect()
    }

    fn operate(&mut self, action: &ScriptedAction) -> Result<(), OperationError> {
        let event = self.session.engine().operation(action.operation, action.step.as_deref())?;
        self.send(event);
        Ok(())
    }

    /// Records an event and makes all calls that follow.
    fn send(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        let mut commands = Vec::new();
        while let Some(event) = events.pop_front() {
            self.session.advance(self.now, event, &mut self.log, &mut commands);
            for command in commands.drain(..) {
                let Command::Call { step, pass, call } = command else { continue };
                let keep = self.registry.effect(&call) == crate::action::Effect::Once;
                let outcome = self.call(step, pass, &call);
                events.push_back(Event::Returned { step, pass, path: call.path, outcome, keep });
            }
        }
    }

    fn call(&self, step: StepIx, pass: u32, call: &vela_dag::step::Call) -> Outcome {
        let context = Context {
            run: "simulation",
            graph: &self.graph,
            step: self.graph.node(step),
            call,
            pass,
            now: self.now,
            adopt: self.session.engine().settings().objects.adopt,
            context: &self.session.engine().context(),
            targets: &self.targets,
            store: &*self.store,
            http: Some(&*self.http),
            cancel: &Cancel::default(),
            progress: &|_| {},
        };
        finish(self.registry.run(&context)).unwrap_or_else(|| Outcome::Error {
            message: format!(
                "{} {} waits for the outside world, which a simulation has not; register one that answers at once",
                call.provider, call.action
            ),
        })
    }
}

#[cfg(test)]
mod tests;
