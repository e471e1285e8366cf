//! What a store knows of runs besides their events, and who may work at them.

use super::{StateStore, StoreError, Table, Transaction, Write, decode, encode};
use crate::duration::Millis;
use crate::engine::RunPhase;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_dag::plan::Plan;

/// A run.
#[derive(Clone, PartialEq, Debug)]
pub struct RunMeta {
    /// Its name: `NAMESPACE/APPLICATION/NUMBER`.
    pub id: String,
    /// When it began.
    pub created: Millis,
    /// How far it was when that was last written; the events know better.
    pub phase: RunPhase,
    /// What it runs.
    pub plan: Arc<Plan>,
}

/// A run as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    id: String,
    created: Millis,
    /// Its Plan's key in the table of Plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan_key: Option<String>,
    /// The Plan itself, as the first version wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan: Option<Arc<Plan>>,
}

impl RunMeta {
    /// Adds a run's phase to a transaction. It stands apart: a Plan is large, and never changes.
    ///
    /// # Errors
    /// It can't be encoded.
    pub fn put_phase(
        id: &str,
        phase: RunPhase,
        transaction: &mut Transaction,
    ) -> Result<(), StoreError> {
        transaction.put(Table::Runs, phase_key(id), encode(&phase)?);
        Ok(())
    }
}

fn phase_key(id: &str) -> String {
    format!("phase:{id}")
}

pub(super) fn plan_key(plan: &Plan) -> String {
    let application = &plan.application;
    format!("{}/{}/{}", application.namespace, application.name, plan.hash)
}

/// Plans that were read already, by key.
type Known = BTreeMap<String, Arc<Plan>>;

fn read(store: &dyn StateStore, bytes: &[u8], known: &mut Known) -> Result<RunMeta, StoreError> {
    let mut run = read_but_phase(store, bytes, known)?;
    if let Some(phase) = store.get(Table::Runs, &phase_key(&run.id))? {
        run.phase = decode("a run's phase", &phase)?;
    }
    Ok(run)
}

fn read_but_phase(
    store: &dyn StateStore,
    bytes: &[u8],
    known: &mut Known,
) -> Result<RunMeta, StoreError> {
    let kept: Kept = decode("a run", bytes)?;
    let plan = match (kept.plan, kept.plan_key) {
        (Some(plan), _) => plan,
        (None, Some(key)) => match known.get(&key) {
            Some(plan) => Arc::clone(plan),
            None => {
                let bytes = store.get(Table::Plans, &key)?.ok_or_else(|| {
                    StoreError::Damaged(format!("the plan of run {} is missing", kept.id))
                })?;
                let plan: Arc<Plan> = Arc::new(decode("a plan", &bytes)?);
                known.insert(key, Arc::clone(&plan));
                plan
            }
        },
        (None, None) => {
            return Err(StoreError::Damaged(format!("the run {} has no plan", kept.id)));
        }
    };
    Ok(RunMeta { id: kept.id, created: kept.created, phase: RunPhase::Initializing, plan })
}

/// The right to work at a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    run: String,
    token: u64,
    /// Who holds it, with a number that grows with every owner: what an earlier owner still wants to write
    /// is refused.
    held: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Held {
    owner: String,
    token: u64,
}

impl Lease {
    /// The run.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The number that grows with every owner.
    #[must_use]
    pub fn token(&self) -> u64 {
        self.token
    }

    /// The first lease of a run that a transaction makes.
    ///
    /// # Errors
    /// It can't be encoded.
    pub fn first(
        run: &str,
        owner: &str,
        until: Millis,
        transaction: &mut Transaction,
    ) -> Result<Lease, StoreError> {
        let held = encode(&Held { owner: owner.to_owned(), token: 1 })?;
        transaction.expect.push(Write { table: Table::Leases, key: run.to_owned(), value: None });
        transaction.put(Table::Leases, run, held.clone());
        transaction.put(Table::Leases, format!("{run}/until"), until.to_string().into_bytes());
        Ok(Lease { run: run.to_owned(), token: 1, held })
    }

    /// Makes a transaction valid only as long as nobody else has taken the lease.
    pub fn fence(&self, transaction: &mut Transaction) {
        transaction.expect.push(Write {
            table: Table::Leases,
            key: self.run.clone(),
            value: Some(self.held.clone()),
        });
    }

    /// Adds the renewal of the lease to a transaction, which is valid only as long as nobody else has it.
    pub fn renew(&self, until: Millis, transaction: &mut Transaction) {
        self.fence(transaction);
        self.extend(until, transaction);
    }

    /// Adds the renewal of the lease to a transaction that is fenced already, or makes the lease.
    pub fn extend(&self, until: Millis, transaction: &mut Transaction) {
        transaction.put(
            Table::Leases,
            format!("{}/until", self.run),
            until.to_string().into_bytes(),
        );
    }
}

/// Takes the lease of a run; it must be renewed before `until`. What the holder before still wants to write
/// is refused from now on.
///
/// # Errors
/// Somebody else holds it, or the store does not work.
pub fn acquire(
    store: &dyn StateStore,
    run: &str,
    owner: &str,
    now: Millis,
    until: Millis,
) -> Result<Lease, StoreError> {
    let before = store.get(Table::Leases, run)?;
    let until_key = format!("{run}/until");
    let ends = store.get(Table::Leases, &until_key)?;
    let mut token = 1;
    if let Some(bytes) = &before {
        let held: Held = decode("a lease", bytes)?;
        let ends: Millis = ends
            .as_deref()
            .and_then(|bytes| std::str::from_utf8(bytes).ok()?.parse().ok())
            .unwrap_or_default();
        if held.owner != owner && ends > now && !store.is_exclusive() {
            return Err(StoreError::Conflict(format!(
                "run {run} is being worked at by {}; wait for it, or watch it with `vela status`",
                held.owner
            )));
        }
        token = held.token + 1;
    }
    let held = encode(&Held { owner: owner.to_owned(), token })?;
    let mut transaction = Transaction::default();
    transaction.expect.push(Write { table: Table::Leases, key: run.to_owned(), value: before });
    transaction.put(Table::Leases, run, held.clone());
    transaction.put(Table::Leases, until_key, until.to_string().into_bytes());
    store.commit(&transaction)?;
    Ok(Lease { run: run.to_owned(), token, held })
}

/// Gives a lease back: others may take it at once.
///
/// # Errors
/// The store does not work. That somebody else has taken it is no error.
pub fn release(store: &dyn StateStore, lease: &Lease) -> Result<(), StoreError> {
    let mut transaction = Transaction::default();
    lease.renew(0, &mut transaction);
    match store.commit(&transaction) {
        Err(StoreError::Conflict(_)) => Ok(()),
        result => result,
    }
}

/// Makes the next run of a Plan's application. Its first event is not there yet.
///
/// # Errors
/// Somebody else made one at the same time, or the store does not work.
pub fn new_run(store: &dyn StateStore, plan: &Plan, now: Millis) -> Result<RunMeta, StoreError> {
    let mut transaction = Transaction::default();
    let meta = draft_run(store, &Arc::new(plan.clone()), now, &mut transaction)?;
    RunMeta::put_phase(&meta.id, meta.phase, &mut transaction)?;
    store.commit(&transaction)?;
    Ok(meta)
}

/// Adds the next run of a Plan's application to a transaction.
///
/// # Errors
/// The store does not work.
pub fn draft_run(
    store: &dyn StateStore,
    plan: &Arc<Plan>,
    now: Millis,
    transaction: &mut Transaction,
) -> Result<RunMeta, StoreError> {
    let prefix = prefix(&plan.application.namespace, &plan.application.name);
    // The number stands apart: looking for the last run would cost more with each.
    let counter = format!("last:{prefix}");
    let before = store.get(Table::Runs, &counter)?;
    let last = match &before {
        Some(bytes) => decode("a run's number", bytes)?,
        None => {
            let last = store.scan(Table::Runs, &prefix)?.pop();
            last.and_then(|(key, _)| key.rsplit('/').next()?.parse::<u64>().ok())
                .unwrap_or_default()
        }
    };
    let number = last + 1;
    transaction.expect.push(Write { table: Table::Runs, key: counter.clone(), value: before });
    transaction.put(Table::Runs, counter, encode(&number)?);
    let meta = RunMeta {
        id: format!("{prefix}{number:06}"),
        created: now,
        phase: RunPhase::Initializing,
        plan: Arc::clone(plan),
    };
    let key = plan_key(plan);
    if store.get(Table::Plans, &key)?.is_none() {
        transaction.put(Table::Plans, &key, encode(&**plan)?);
    }
    let kept = Kept { id: meta.id.clone(), created: now, plan_key: Some(key), plan: None };
    transaction.expect.push(Write { table: Table::Runs, key: meta.id.clone(), value: None });
    transaction.put(Table::Runs, &meta.id, encode(&kept)?);
    Ok(meta)
}

fn prefix(namespace: &str, application: &str) -> String {
    format!("{namespace}/{application}/")
}

/// A run, if there is one of that name.
///
/// # Errors
/// The store does not work, or is damaged.
pub fn load_run(store: &dyn StateStore, id: &str) -> Result<Option<RunMeta>, StoreError> {
    let found = store.get(Table::Runs, id)?;
    found.map(|bytes| read(store, &bytes, &mut Known::new())).transpose()
}

/// All runs of an application, oldest first.
///
/// # Errors
/// The store does not work, or is damaged.
pub fn runs(
    store: &dyn StateStore,
    namespace: &str,
    application: &str,
) -> Result<Vec<RunMeta>, StoreError> {
    let mut known = Known::new();
    let found = store.scan(Table::Runs, &prefix(namespace, application))?;
    found.iter().map(|(_, bytes)| read(store, bytes, &mut known)).collect()
}

/// The last run of an application.
///
/// # Errors
/// The store does not work, or is damaged.
pub fn latest_run(
    store: &dyn StateStore,
    namespace: &str,
    application: &str,
) -> Result<Option<RunMeta>, StoreError> {
    let prefix = prefix(namespace, application);
    if let Some(bytes) = store.get(Table::Runs, &format!("last:{prefix}"))? {
        let number: u64 = decode("a run's number", &bytes)?;
        if let Some(run) = load_run(store, &format!("{prefix}{number:06}"))? {
            return Ok(Some(run));
        }
    }
    let last = store.scan(Table::Runs, &prefix)?.pop();
    last.map(|(_, bytes)| read(store, &bytes, &mut Known::new())).transpose()
}

/// The names of all runs, in their order.
///
/// # Errors
/// The store does not work.
pub fn run_ids(store: &dyn StateStore) -> Result<Vec<String>, StoreError> {
    let keys = store.scan(Table::Runs, "")?.into_iter().map(|(key, _)| key);
    Ok(keys.filter(|key| key.split('/').count() == 3 && !key.contains([':', '\n'])).collect())
}

/// All runs that have not ended, in the order of their names.
///
/// # Errors
/// The store does not work, or is damaged.
pub fn open_runs(store: &dyn StateStore) -> Result<Vec<RunMeta>, StoreError> {
    let mut open = Vec::new();
    for (key, bytes) in store.scan(Table::Runs, "phase:")? {
        let phase: RunPhase = decode("a run's phase", &bytes)?;
        if matches!(phase, RunPhase::Succeeded | RunPhase::Failed | RunPhase::Terminated) {
            continue;
        }
        let id = key.strip_prefix("phase:").unwrap_or(&key).to_owned();
        open.push((id, phase));
    }
    let ids: Vec<&str> = open.iter().map(|(id, _)| id.as_str()).collect();
    let kept = store.get_all(Table::Runs, &ids)?;
    let mut known = Known::new();
    let mut runs = Vec::with_capacity(open.len());
    for ((_, phase), bytes) in open.iter().zip(kept) {
        if let Some(bytes) = bytes {
            let run = read_but_phase(store, &bytes, &mut known)?;
            runs.push(RunMeta { phase: *phase, ..run });
        }
    }
    Ok(runs)
}
