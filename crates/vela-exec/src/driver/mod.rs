//! Runs Plans on tokio: the engine's commands become calls, their results events, and all of it is kept.
//!
//! The order of things is what makes a run survive a crash at any instant:
//!
//! 1. The engine is told what has happened, and says which calls follow.
//! 2. All records, with the intents of calls that change something, go to the store in one transaction,
//!    fenced by the run's lease.
//! 3. Only then are the calls made; their results are the next thing that has happened.
//!
//! So what the store knows is never behind what the world has seen by more than the calls under way.
//! When a run is taken up again, its log gives the same state; calls whose intent is there and whose
//! result is not are made again where they look before they change anything, and end as `Unknown` where
//! they can't be repeated.

mod clock;
mod group;
mod prune;
mod slots;
mod work;

pub use clock::{Clock, RealClock, VirtualClock};
pub use prune::{Leftover, Stays, stays_behind};
pub use slots::Slots;

use group::Group;

use crate::action::rights::{self, Maker};
use crate::action::{HttpClient, Registry, Targets};
use crate::duration::Millis;
use crate::engine::{
    Adopt, Event, Graph, LogError, Operation, OperationError, PlanError, RunPhase, RunView,
    Session, Settings, StepView,
};
use crate::executor::{Cancel, ChangeAction, Claim, Progress};
use crate::object::ObjectRef;
use crate::store::{
    Lease, RunMeta, StateStore, StoreError, Transaction, acquire, draft_run, latest_run, load_run,
    release,
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use vela_dag::plan::{NodeKind, Plan, Target};
use vela_dag::step::StepProgram;

/// How long a lease lasts that is not renewed.
const LEASE: Millis = 30_000;

/// Runs Plans.
#[derive(Clone)]
pub struct Driver {
    store: Arc<dyn StateStore>,
    group: Arc<Group>,
    targets: Targets,
    registry: Registry,
    http: Option<Arc<dyn HttpClient>>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    owner: String,
    context: Map<String, Json>,
    slots: Arc<Slots>,
}

/// What a run needs besides the driver.
#[derive(Default)]
pub struct Watch {
    /// Where is told what happens.
    pub notices: Option<UnboundedSender<Notice>>,
    /// What operators do meanwhile, to a step or the run.
    pub operations: Option<UnboundedReceiver<(Operation, Option<String>)>>,
    /// Stops the work; what is under way is waited for, the rest can be taken up later.
    pub cancel: Cancel,
}

/// What happens during a run.
#[derive(Clone, PartialEq, Debug)]
pub enum Notice {
    /// Work at a run begins.
    Started {
        /// The run.
        run: String,
    },
    /// A step's status changed.
    Step {
        /// Its group's name, for a step of a group.
        group: Option<String>,
        /// Its status.
        step: StepView,
    },
    /// A step waits for its turn: as many calls as may be are under way there.
    Queued {
        /// The step.
        step: String,
        /// The kind of target, or the cluster of it.
        at: String,
    },
    /// A target tells about an object.
    Progress {
        /// The step.
        step: String,
        /// What is told.
        progress: Progress,
    },
    /// An operator's wish was refused.
    Refused {
        /// Why.
        why: OperationError,
    },
    /// An object that the Plan no longer has was deleted.
    Pruned {
        /// Where.
        target: Target,
        /// Which.
        object: ObjectRef,
    },
    /// An object that the Plan no longer has was left alone.
    Kept {
        /// Where.
        target: Target,
        /// Which.
        object: ObjectRef,
        /// Why.
        why: String,
    },
}

/// How work at a run ended.
#[derive(Clone, PartialEq, Debug)]
pub struct Ended {
    /// The run.
    pub run: String,
    /// Its state.
    pub view: RunView,
    /// Nothing had to be done, and nothing was written.
    pub unchanged: bool,
    /// The work was stopped before the run had ended or come to rest.
    pub stopped: bool,
}

/// Why a run can't be worked at.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum DriveError {
    /// The store does not work, or somebody else works at the run.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The Plan makes no sense.
    #[error("{0}")]
    Plan(#[from] PlanError),
    /// The run's log can't be read.
    #[error("run {run}: {why}")]
    Log {
        /// The run.
        run: String,
        /// Why.
        why: LogError,
    },
    /// There is no such run.
    #[error("there is no run \"{0}\"")]
    NoRun(String),
    /// An operator's wish can't be met.
    #[error("{0}")]
    Operation(#[from] OperationError),
    /// A target does not work.
    #[error("{0}")]
    Target(String),
}

/// How runs are run where nobody says otherwise: those that fail together do not all come back together.
#[must_use]
pub fn usual_settings() -> Settings {
    let mut settings = Settings::default();
    settings.backoff.jitter = 20;
    settings
}

impl Driver {
    /// A driver on a store and targets, with the built-in actions and the machine's clock.
    #[must_use]
    pub fn new(store: Arc<dyn StateStore>, targets: Targets) -> Driver {
        Driver {
            group: Arc::new(Group::new(Arc::clone(&store))),
            store,
            targets,
            registry: Registry::built_in(),
            http: None,
            clock: Arc::new(RealClock),
            settings: usual_settings(),
            owner: format!("process {}", std::process::id()),
            context: Map::new(),
            slots: Arc::default(),
        }
    }

    /// Grants requests.
    #[must_use]
    pub fn with_http(mut self, http: Arc<dyn HttpClient>) -> Driver {
        self.http = Some(http);
        self
    }

    /// Sets what steps can do.
    #[must_use]
    pub fn with_registry(mut self, registry: Registry) -> Driver {
        self.registry = registry;
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Driver {
        self.clock = clock;
        self
    }

    /// Sets how the engine runs Plans.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Driver {
        self.settings = settings;
        self
    }

    /// Sets the name under which runs are leased.
    #[must_use]
    pub fn with_owner(mut self, owner: String) -> Driver {
        self.owner = owner;
        self
    }

    /// Adds to what steps find under `context`.
    #[must_use]
    pub fn with_context(mut self, context: Map<String, Json>) -> Driver {
        self.context.extend(context);
        self
    }

    /// Deletes volumes too, once a Plan no longer has them.
    #[must_use]
    pub fn with_volume_pruning(mut self) -> Driver {
        self.settings.objects.data = true;
        self
    }

    /// Sets the places for calls that all runs share, those of other drivers with the same places too.
    #[must_use]
    pub fn with_slots(mut self, slots: Arc<Slots>) -> Driver {
        self.slots = slots;
        self
    }

    /// Makes the world what a Plan says. A run of the same Plan that has not ended is taken up; one of
    /// another Plan is ended. Where the last run succeeded with the same Plan and nothing differs,
    /// nothing is done.
    ///
    /// # Errors
    /// See [`DriveError`].
    pub async fn up(
        &self,
        plan: &Plan,
        program: &dyn StepProgram,
        watch: Watch,
    ) -> Result<Ended, DriveError> {
        let plan = Arc::new(plan.clone());
        let graph = Arc::new(Graph::new(Arc::clone(&plan))?);
        let application = &plan.application;
        if let Some(last) = latest_run(&*self.store, &application.namespace, &application.name)? {
            let same = last.plan.hash == plan.hash;
            match last.phase {
                RunPhase::Initializing | RunPhase::Executing | RunPhase::Suspending if same => {
                    return self.take_up(&last.id, program, watch).await;
                }
                RunPhase::Initializing | RunPhase::Executing | RunPhase::Suspending => {
                    self.supersede(&last, program)?;
                }
                RunPhase::Succeeded if same && !self.differs(&plan).await? => {
                    let session = self.load(&last, program)?;
                    let leftovers = self.prune(&last, &self.settings.objects, &watch).await?;
                    let view = session.engine().view();
                    return Ok(Ended {
                        run: last.id,
                        view,
                        unchanged: leftovers == 0,
                        stopped: false,
                    });
                }
                RunPhase::Succeeded | RunPhase::Failed | RunPhase::Terminated => {}
            }
        }
        self.begin(&plan, graph, program, watch).await
    }

    /// Begins a run of a Plan, whatever runs it had before.
    ///
    /// # Errors
    /// See [`DriveError`].
    pub async fn start(
        &self,
        plan: &Arc<Plan>,
        graph: Arc<Graph>,
        program: &dyn StepProgram,
        watch: Watch,
    ) -> Result<Ended, DriveError> {
        self.begin(plan, graph, program, watch).await
    }

    async fn begin(
        &self,
        plan: &Arc<Plan>,
        graph: Arc<Graph>,
        program: &dyn StepProgram,
        watch: Watch,
    ) -> Result<Ended, DriveError> {
        let now = self.clock.now();
        // The run, its lease and its first records are one transaction: there is no run without a beginning.
        let mut opening = Transaction::default();
        let meta = draft_run(&*self.store, plan, now, &mut opening)?;
        let until = now.saturating_add(LEASE);
        let lease = Lease::first(&meta.id, &self.owner, until, &mut opening)?;
        let session = Session::new(graph, program);
        let first = self.started(&meta);
        self.work(work::Begin { meta, session, lease, opening, first: Some(first) }, watch).await
    }

    fn started(&self, meta: &RunMeta) -> Event {
        let mut settings = self.settings.clone();
        if settings.seed == 0 {
            settings.seed = meta.id.bytes().fold(meta.created, |seed, byte| {
                (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        }
        Event::Started { settings: Box::new(settings), context: self.context_of(meta) }
    }

    /// Goes on with a run where it was left.
    ///
    /// # Errors
    /// See [`DriveError`].
    pub async fn take_up(
        &self,
        run: &str,
        program: &dyn StepProgram,
        watch: Watch,
    ) -> Result<Ended, DriveError> {
        let meta = load_run(&*self.store, run)?.ok_or_else(|| DriveError::NoRun(run.to_owned()))?;
        let lease = self.lease(run)?;
        let session = self.load(&meta, program)?;
        let first = (!session.engine().has_started()).then(|| self.started(&meta));
        let opening = Transaction::default();
        self.work(work::Begin { meta, session, lease, opening, first }, watch).await
    }

    /// Does what an operator wants to a run that nobody works at, and goes on with it; a run that is to be
    /// held is only marked.
    ///
    /// # Errors
    /// See [`DriveError`].
    pub async fn operate(
        &self,
        run: &str,
        operation: Operation,
        step: Option<&str>,
        program: &dyn StepProgram,
        watch: Watch,
    ) -> Result<Ended, DriveError> {
        let meta = load_run(&*self.store, run)?.ok_or_else(|| DriveError::NoRun(run.to_owned()))?;
        let lease = self.lease(run)?;
        let session = self.load(&meta, program)?;
        match session.engine().operation(operation, step) {
            Ok(event) => {
                let opening = Transaction::default();
                let first = Some(event);
                self.work(work::Begin { meta, session, lease, opening, first }, watch).await
            }
            Err(why) => {
                release(&*self.store, &lease)?;
                Err(why.into())
            }
        }
    }

    /// A run's state.
    ///
    /// # Errors
    /// See [`DriveError`].
    pub fn status(&self, run: &str, program: &dyn StepProgram) -> Result<RunView, DriveError> {
        let meta = load_run(&*self.store, run)?.ok_or_else(|| DriveError::NoRun(run.to_owned()))?;
        Ok(self.load(&meta, program)?.engine().view())
    }

    fn lease(&self, run: &str) -> Result<Lease, StoreError> {
        let now = self.clock.now();
        acquire(&*self.store, run, &self.owner, now, now.saturating_add(LEASE))
    }

    fn load<'p>(
        &self,
        meta: &RunMeta,
        program: &'p dyn StepProgram,
    ) -> Result<Session<'p>, DriveError> {
        let graph = Arc::new(Graph::new(Arc::clone(&meta.plan))?);
        let log = self.store.events(&meta.id, 0)?;
        Session::replay(graph, program, log)
            .map_err(|why| DriveError::Log { run: meta.id.clone(), why })
    }

    fn context_of(&self, meta: &RunMeta) -> Json {
        let application = &meta.plan.application;
        let mut context = self.context.clone();
        for (key, value) in [
            ("name", &application.name),
            ("namespace", &application.namespace),
            ("appName", &application.name),
            ("workflowName", &application.name),
            ("runId", &meta.id),
        ] {
            context.entry(key).or_insert_with(|| json!(value));
        }
        Json::Object(context)
    }

    /// Ends a run whose Plan is no longer wanted, without working at it.
    fn supersede(&self, last: &RunMeta, program: &dyn StepProgram) -> Result<(), DriveError> {
        let lease = self.lease(&last.id)?;
        let mut session = self.load(last, program)?;
        session.set_token(lease.token());
        let mut transaction = Transaction::default();
        let mut log = Vec::new();
        if session.engine().has_started() {
            session.advance(self.clock.now(), Event::Terminated, &mut log, &mut Vec::new());
        }
        transaction.append = log.into_iter().map(|record| (last.id.clone(), record)).collect();
        lease.fence(&mut transaction);
        RunMeta::put_phase(&last.id, RunPhase::Terminated, &mut transaction)?;
        self.store.commit(&transaction)?;
        release(&*self.store, &lease)?;
        Ok(())
    }

    /// Whether anything live is not as a Plan says.
    async fn differs(&self, plan: &Plan) -> Result<bool, DriveError> {
        let mut by_target: BTreeMap<&Target, Vec<Json>> = BTreeMap::new();
        for node in &plan.nodes {
            let (NodeKind::Artifact { component, component_type, objects }, Some(target)) =
                (&node.kind, &node.target)
            else {
                continue;
            };
            // What others may write, or what is never written, may differ.
            let ours = objects.iter().filter(|object| {
                let maker = Maker { component, component_type, origin: &object.origin };
                let claim = rights::claim(plan, Adopt::ByPolicy, maker, &object.manifest);
                !matches!(claim, Claim::Share | Claim::ReadOnly)
            });
            by_target.entry(target).or_default().extend(ours.map(|o| (*o.manifest).clone()));
        }
        for (target, objects) in by_target {
            let executor = self.targets.of(target).map_err(DriveError::Target)?;
            let changes = executor
                .diff(target, &objects)
                .await
                .map_err(|e| DriveError::Target(e.to_string()))?;
            if changes.iter().any(|change| change.action != ChangeAction::Unchanged) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
