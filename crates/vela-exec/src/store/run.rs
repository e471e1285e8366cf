//! What a store knows of runs besides their events, and who may work at them.

use super::{StateStore, StoreError, Table, Transaction, Write, decode, encode};
use crate::duration::Millis;
use crate::engine::RunPhase;
use serde::{Deserialize, Serialize};
use vela_dag::plan::Plan;

/// A run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunMeta {
    /// Its name: `NAMESPACE/APPLICATION/NUMBER`.
    pub id: String,
    /// When it began.
    pub created: Millis,
    /// How far it was when that was last written; the events know better.
    #[serde(skip, default = "initializing")]
    pub phase: RunPhase,
    /// What it runs.
    pub plan: Plan,
}

fn initializing() -> RunPhase {
    RunPhase::Initializing
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

fn read(store: &dyn StateStore, bytes: &[u8]) -> Result<RunMeta, StoreError> {
    let mut meta: RunMeta = decode("a run", bytes)?;
    if let Some(phase) = store.get(Table::Runs, &phase_key(&meta.id))? {
        meta.phase = decode("a run's phase", &phase)?;
    }
    Ok(meta)
}

/// The right to work at a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    run: String,
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

    /// Makes a transaction valid only as long as nobody else has taken the lease.
    pub fn fence(&self, transaction: &mut Transaction) {
        transaction.expect.push(Write {
            table: Table::Leases,
            key: self.run.clone(),
            value: Some(self.held.clone()),
        });
    }

    /// Adds the renewal of the lease to a transaction.
    pub fn renew(&self, until: Millis, transaction: &mut Transaction) {
        self.fence(transaction);
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
    Ok(Lease { run: run.to_owned(), held })
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
    let prefix = prefix(&plan.application.namespace, &plan.application.name);
    let last = store.scan(Table::Runs, &prefix)?.pop();
    let number =
        last.and_then(|(key, _)| key.rsplit('/').next()?.parse::<u64>().ok()).unwrap_or_default()
            + 1;
    let meta = RunMeta {
        id: format!("{prefix}{number:06}"),
        created: now,
        phase: RunPhase::Initializing,
        plan: plan.clone(),
    };
    let mut transaction = Transaction::default();
    transaction.expect.push(Write { table: Table::Runs, key: meta.id.clone(), value: None });
    transaction.put(Table::Runs, &meta.id, encode(&meta)?);
    store.commit(&transaction)?;
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
    store.get(Table::Runs, id)?.map(|bytes| read(store, &bytes)).transpose()
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
    let found = store.scan(Table::Runs, &prefix(namespace, application))?;
    found.iter().map(|(_, bytes)| read(store, bytes)).collect()
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
    let last = store.scan(Table::Runs, &prefix(namespace, application))?.pop();
    last.map(|(_, bytes)| read(store, &bytes)).transpose()
}
