//! Deploying: Plans, the state that runs are kept in, and the targets that they go to.

mod history;
mod key;
mod remove;
mod saved;

pub use remove::Deletion;
pub use saved::{Moved, SavedPlan};

use crate::bundle::{Bundle, Opened};
use crate::error::Error;
use std::path::Path;
use std::sync::Arc;
use vela_dag::plan::{NodeKind, Plan, PlanOptions};
use vela_dag::render::RenderOptions;
use vela_exec::action::{Action, HttpClient, Registry, SendEmail, Targets};
use vela_exec::driver::{Clock, Driver, Ended, RealClock, Slots, Watch, usual_settings};
use vela_exec::engine::{Operation, RunPhase, RunView, Settings};
use vela_exec::executor::{Cancel, Effect, EffectKey, Executor, Observed, Owner};
use vela_exec::outside::{NetworkPolicy, SmtpMailer, WebClient};
use vela_exec::secret::{Key, Sealing, Secrets, Watching};
use vela_exec::store::{
    Boundaries, Crashing, InventoryEntry, MemoryStore, RedbStore, RunMeta, StateStore, StoreError,
    Table, Transaction, inventory, latest_run,
};
use vela_exec::target::local::{LocalTarget, Pace};

/// Runs applications on targets, and keeps the state of that.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
/// # runtime.block_on(async {
/// use vela::{Bundle, Runtime, exec::target::local::Pace};
///
/// let app = Bundle::new("app.yaml", "
/// kind: Application
/// metadata: {name: shop}
/// spec: {components: [{name: web, type: webservice, properties: {image: nginx}}]}
/// ");
/// let runtime = Runtime::in_memory().with_pace(Pace::Instant);
/// let ended = vela::run(&app, &runtime).await?;
/// assert_eq!(ended.view.phase.as_str(), "succeeded");
/// assert!(vela::run(&app, &runtime).await?.unchanged);
/// # Ok::<(), vela::Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Runtime {
    store: Arc<dyn StateStore>,
    others: Vec<Arc<dyn Executor>>,
    pace: Pace,
    clock: Arc<dyn Clock>,
    registry: Registry,
    http: Option<Arc<dyn HttpClient>>,
    settings: Settings,
    slots: Arc<Slots>,
    secrets: Secrets,
    /// What the state is encrypted with; keyed digests are made with it too.
    key: Key,
}

/// An application that was deployed.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// Its last run.
    pub run: RunMeta,
    /// Whether all that it had applied was deleted since.
    pub deleted: bool,
}

/// How an application is.
#[derive(Clone, Debug)]
pub struct Status {
    /// Its last run.
    pub run: RunMeta,
    /// The steps of that.
    pub view: RunView,
    /// What it has applied, and how that is.
    pub objects: Vec<(InventoryEntry, Observed)>,
}

/// An application's phase, as KubeVela calls it.
pub fn phase_name(phase: RunPhase) -> &'static str {
    match phase {
        RunPhase::Initializing => "starting",
        RunPhase::Executing => "runningWorkflow",
        RunPhase::Suspending => "workflowSuspending",
        RunPhase::Succeeded => "running",
        RunPhase::Failed => "workflowFailed",
        RunPhase::Terminated => "workflowTerminated",
    }
}

/// Deploys an application: makes the targets what its Plan says, and gives how that ended.
///
/// # Errors
/// The application is wrong, or state or targets don't work. That the workflow fails is no error.
pub async fn run(app: &Bundle, runtime: &Runtime) -> Result<Ended, Error> {
    runtime.up(app, Watch::default()).await
}

impl Runtime {
    /// A runtime whose state ends with the process.
    pub fn in_memory() -> Runtime {
        Runtime::on(Arc::new(MemoryStore::new()))
    }

    /// A runtime whose state is a file; it is made where it is not there. The state is encrypted: with the
    /// key in `VELA_KEY`, in the file that `VELA_KEY_FILE` names, in the file beside the state with `.key`
    /// after its name, or in the keyring of the system; a new state without one gets a file beside it.
    ///
    /// # Errors
    /// The file can't be used: it is in use, damaged, of another version, or its key is not there.
    pub fn open(path: &Path) -> Result<Runtime, Error> {
        let store = Arc::new(RedbStore::open(path)?);
        let key = key::find(path, Sealing::is_sealed(&*store)?)?;
        Runtime::open_with_key(store, key)
    }

    /// A runtime whose state is kept by a store of one's own, encrypted.
    ///
    /// # Errors
    /// The store does not work, or was encrypted with another key.
    pub fn open_with_key(store: Arc<dyn StateStore>, key: Key) -> Result<Runtime, Error> {
        let sealing = Sealing::new(store, key.clone())?;
        Ok(Runtime { key, ..Runtime::on(Arc::new(sealing)) })
    }

    /// A runtime on a store of one's own, which is not encrypted.
    pub fn on(store: Arc<dyn StateStore>) -> Runtime {
        let secrets = Secrets::new();
        Runtime {
            store: Arc::new(Watching::new(store, secrets.clone())),
            others: Vec::new(),
            pace: Pace::Natural,
            clock: Arc::new(RealClock),
            registry: Registry::built_in(),
            http: None,
            settings: usual_settings(),
            slots: Arc::default(),
            secrets,
            key: Key::new(&[0; 32]),
        }
    }

    /// Takes note of secrets together with others, who share what they know.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Secrets) -> Runtime {
        self.store = Arc::new(Watching::new(self.store, secrets.clone()));
        self.secrets = secrets;
        self
    }

    /// The secrets that have come by, of whatever was read, planned or run. What is shown to people or
    /// programs goes through [`Secrets::mask`] first.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Rehearses a crash: `end` is called when the process passes a durable boundary (the moment before or
    /// after something is kept) for that time, counted from 1.
    #[must_use]
    pub fn with_crash_at(
        mut self,
        boundary: u64,
        end: impl Fn() + Send + Sync + 'static,
    ) -> Runtime {
        self.store = Arc::new(Crashing::new(self.store, &Boundaries::new(boundary, end)));
        self
    }

    /// Sets how fast objects of the local target become healthy.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Runtime {
        self.pace = pace;
        self
    }

    /// Adds a target.
    #[must_use]
    pub fn with_target(mut self, executor: Arc<dyn Executor>) -> Runtime {
        self.others.push(executor);
        self
    }

    /// Adds something that steps can do, in the place of another action of the same names.
    #[must_use]
    pub fn with_action(mut self, action: Arc<dyn Action>) -> Runtime {
        self.registry.add(action);
        self
    }

    /// Grants steps the network, under a policy: requests, and mail.
    #[must_use]
    pub fn with_network(mut self, policy: NetworkPolicy) -> Runtime {
        self.http = Some(Arc::new(WebClient::new(policy)));
        self.with_action(Arc::new(SendEmail::by(Arc::new(SmtpMailer::default()))))
    }

    /// Sets how runs are run that begin from now on: deadlines, retries, limits within a run, and what they
    /// may do to objects that are not their own.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Runtime {
        self.settings = settings;
        self
    }

    /// Sets how many calls of all runs together are under way at the same time at a kind of target
    /// (`kubernetes`) or a cluster of it (`kubernetes/east`). Clones of the runtime share the places.
    #[must_use]
    pub fn with_shared_limits(
        mut self,
        limits: impl IntoIterator<Item = (String, u32)>,
    ) -> Runtime {
        self.slots = Arc::new(Slots::new(limits));
        self
    }

    /// The state.
    pub fn store(&self) -> &Arc<dyn StateStore> {
        &self.store
    }

    /// Deploys an application. A run that was left is gone on with; where nothing has changed, nothing
    /// is done.
    ///
    /// # Errors
    /// As [`run`].
    pub async fn up(&self, app: &Bundle, watch: Watch) -> Result<Ended, Error> {
        let opened = app.read_with(self.secrets.clone())?;
        let plan = opened.plan(&PlanOptions::default())?;
        self.up_planned(app, &opened, &plan, watch).await
    }

    /// Deploys an application that was read and planned already.
    ///
    /// # Errors
    /// As [`run`].
    pub async fn up_planned(
        &self,
        app: &Bundle,
        opened: &Opened,
        plan: &Plan,
        watch: Watch,
    ) -> Result<Ended, Error> {
        let application = &plan.application;
        self.keep(&source_key(&application.namespace, &application.name, &plan.hash), app)?;
        let steps = opened.steps(RenderOptions::default());
        Ok(self.driver(plan).up(plan, &steps, watch).await?)
    }

    /// Resumes, suspends, terminates or restarts the last run of an application.
    ///
    /// # Errors
    /// There is no such application, it can't be done now, or state or targets don't work.
    pub async fn operate(
        &self,
        namespace: &str,
        name: &str,
        operation: Operation,
        step: Option<&str>,
        watch: Watch,
    ) -> Result<Ended, Error> {
        let meta = self.last(namespace, name)?;
        let steps = self.source(&meta)?.steps(RenderOptions::default());
        Ok(self.driver(&meta.plan).operate(&meta.id, operation, step, &steps, watch).await?)
    }

    /// How an application is.
    ///
    /// # Errors
    /// There is no such application, or state or targets don't work.
    pub async fn status(&self, namespace: &str, name: &str) -> Result<Status, Error> {
        let run = self.last(namespace, name)?;
        let steps = self.source(&run)?.steps(RenderOptions::default());
        let view = self.driver(&run.plan).status(&run.id, &steps)?;
        let targets = self.targets(&run.plan);
        let application = format!("{namespace}/{name}");
        let mut objects = Vec::new();
        for entry in inventory(&*self.store, &application)? {
            let executor = targets.of(&entry.target).map_err(Error::target)?;
            let owner = owner(&entry);
            let effect = self.effect(&run.id, "status", &entry, &owner);
            let seen = executor.observe(&effect, std::slice::from_ref(&entry.object)).await?;
            objects.extend(seen.into_iter().next().map(|seen| (entry, seen)));
        }
        Ok(Status { run, view, objects })
    }

    /// All applications, by namespace and name.
    ///
    /// # Errors
    /// The state does not work.
    pub fn list(&self) -> Result<Vec<Deployed>, Error> {
        let mut names: Vec<(String, String)> = Vec::new();
        for (key, _) in self.store.scan(Table::Runs, "")? {
            let mut parts = key.split('/');
            if let (Some(namespace), Some(name), Some(_), None) =
                (parts.next(), parts.next(), parts.next(), parts.next())
                && !namespace.contains(':')
            {
                names.push((namespace.to_owned(), name.to_owned()));
            }
        }
        names.dedup();
        let mut found = Vec::new();
        for (namespace, name) in names {
            if let Some(run) = latest_run(&*self.store, &namespace, &name)? {
                let deleted = self.deleted(&namespace, &name)?.is_some_and(|id| id == run.id);
                found.push(Deployed { run, deleted });
            }
        }
        Ok(found)
    }

    fn effect<'e>(
        &self,
        run: &str,
        node: &str,
        entry: &'e InventoryEntry,
        owner: &'e Owner,
    ) -> Effect<'e> {
        static NEVER: std::sync::LazyLock<Cancel> = std::sync::LazyLock::new(Cancel::default);
        Effect {
            claims: &[],
            key: EffectKey { run: run.to_owned(), node: node.to_owned(), attempt: 1 },
            target: &entry.target,
            owner,
            now: self.clock.now(),
            cancel: &NEVER,
            progress: &|_| {},
        }
    }

    /// The last run of an application.
    ///
    /// # Errors
    /// There is none, or the state does not work.
    pub fn last(&self, namespace: &str, name: &str) -> Result<RunMeta, Error> {
        latest_run(&*self.store, namespace, name)?
            .ok_or_else(|| Error::unknown_application(namespace, name))
    }

    fn deleted(&self, namespace: &str, name: &str) -> Result<Option<String>, Error> {
        self.kept(&format!("deleted:{namespace}/{name}"))
    }

    /// What a run was made of.
    fn source(&self, meta: &RunMeta) -> Result<Opened, Error> {
        let application = &meta.plan.application;
        let key = source_key(&application.namespace, &application.name, &meta.plan.hash);
        let bundle: Option<Bundle> = self.kept(&key)?;
        bundle.unwrap_or_default().read_with(self.secrets.clone())
    }

    fn keep<T: serde::Serialize>(&self, key: &str, value: &T) -> Result<(), Error> {
        let bytes = serde_json::to_vec(value)
            .map_err(|error| StoreError::Medium(format!("{key} can't be written: {error}")))?;
        if self.store.get(Table::Runs, key)?.as_deref() == Some(bytes.as_slice()) {
            return Ok(());
        }
        let mut transaction = Transaction::default();
        transaction.put(Table::Runs, key, bytes);
        Ok(self.store.commit(&transaction)?)
    }

    fn kept<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let Some(bytes) = self.store.get(Table::Runs, key)? else { return Ok(None) };
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| StoreError::Damaged(format!("{key}: {error}")))?;
        Ok(Some(value))
    }

    fn targets(&self, plan: &Plan) -> Targets {
        // The clusters of the local target are those that Plans name.
        let clusters = plan.nodes.iter().filter_map(|node| match (&node.kind, &node.target) {
            (NodeKind::Artifact { .. }, Some(target)) if target.kind == "local" => {
                Some(target.cluster.clone())
            }
            _ => None,
        });
        let local =
            LocalTarget::new(Arc::clone(&self.store)).with_clusters(clusters).with_pace(self.pace);
        self.others
            .iter()
            .fold(Targets::new(Arc::new(local)), |targets, other| targets.with(Arc::clone(other)))
    }

    fn driver(&self, plan: &Plan) -> Driver {
        let driver = Driver::new(Arc::clone(&self.store), self.targets(plan))
            .with_clock(Arc::clone(&self.clock))
            .with_registry(self.registry.clone())
            .with_settings(self.settings.clone())
            .with_slots(Arc::clone(&self.slots));
        match &self.http {
            Some(http) => driver.with_http(Arc::clone(http)),
            None => driver,
        }
    }
}

fn owner(entry: &InventoryEntry) -> Owner {
    Owner { application: entry.application.clone(), component: entry.component.clone() }
}

fn source_key(namespace: &str, name: &str, hash: &str) -> String {
    format!("source:{namespace}/{name}/{hash}")
}
