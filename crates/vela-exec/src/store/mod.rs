//! Where runs, inventories and objects are kept: [`StateStore`].
//!
//! A store has one log of events per run and a few tables of small values. Everything that belongs
//! together is one [`Transaction`]: it is kept whole or not at all, and what it expects is checked in the
//! same instant. So two processes never both go on with a run: the one whose lease was taken over, or who
//! appends at a place that is taken, gets [`StoreError::Conflict`] and has changed nothing.

mod archive;
mod crash;
mod inventory;
mod memory;
#[cfg(feature = "redb")]
mod migrate;
#[cfg(feature = "redb")]
mod redb;
mod run;
#[cfg(feature = "redb")]
mod sum;
mod verify;

pub use archive::{ArchiveError, Counts, export, import};
pub use crash::{Boundaries, Crashing};
pub use inventory::{Fate, InventoryEntry, inventory, remove_entry};
pub use memory::MemoryStore;
#[cfg(feature = "redb")]
pub use redb::RedbStore;
pub use run::{
    Lease, RunMeta, acquire, draft_run, latest_run, load_run, new_run, open_runs, release, run_ids,
    runs,
};
pub use verify::{Verified, forget_runs, verify};

use crate::engine::Record;

/// The tables of small values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Table {
    /// What is known of runs besides their events, by run.
    Runs,
    /// What was applied where, by application.
    Inventory,
    /// Who works at a run.
    Leases,
    /// Objects of the local target.
    Objects,
    /// Configurations that steps write and read.
    Configs,
    /// What runs run: each Plan once, however many runs it has.
    Plans,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 6] = [
        Table::Runs,
        Table::Inventory,
        Table::Leases,
        Table::Objects,
        Table::Configs,
        Table::Plans,
    ];

    /// The table of a number.
    #[must_use]
    pub fn of(number: u8) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.number() == number)
    }

    /// Its number in files: never changed, never used again.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Table::Runs => 1,
            Table::Inventory => 2,
            Table::Leases => 3,
            Table::Objects => 4,
            Table::Configs => 5,
            Table::Plans => 10,
        }
    }
}

/// A change to a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Write {
    /// Where.
    pub table: Table,
    /// Under which name.
    pub key: String,
    /// The new value; nothing to delete it.
    pub value: Option<Vec<u8>>,
}

/// A value that must be as it was when it was read.
pub type Expectation = Write;

/// Changes that belong together.
#[derive(Clone, Default, Debug)]
pub struct Transaction {
    /// What must hold.
    pub expect: Vec<Expectation>,
    /// What happens to a run: its records, whose numbers go on where the log ends.
    pub append: Vec<(String, Record)>,
    /// What changes in the tables.
    pub writes: Vec<Write>,
    /// Runs whose records go.
    pub forget: Vec<String>,
}

impl Transaction {
    /// Adds a value.
    pub fn put(&mut self, table: Table, key: impl Into<String>, value: Vec<u8>) {
        self.writes.push(Write { table, key: key.into(), value: Some(value) });
    }

    /// Deletes a value.
    pub fn delete(&mut self, table: Table, key: impl Into<String>) {
        self.writes.push(Write { table, key: key.into(), value: None });
    }

    /// Whether it would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.append.is_empty() && self.writes.is_empty() && self.forget.is_empty()
    }
}

/// Why a store did not do what it should.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else was faster.
    #[error("{0}")]
    Conflict(String),
    /// The file is of another version of Vela.
    #[error(
        "the state {path} has format version {found}, this Vela reads versions up to {known}; use the Vela that wrote it, or another state file"
    )]
    Version {
        /// The file.
        path: String,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// Another process has the file open.
    #[error("the state {0} is in use by another process; wait for it, or name another state file")]
    InUse(String),
    /// What is there can't be understood.
    #[error("the state is damaged: {0}; restore it from a copy")]
    Damaged(String),
    /// It is encrypted, and the key is missing or another one.
    #[error("the state is encrypted: {0}")]
    Key(String),
    /// The medium does not work.
    #[error("the state can't be read or written: {0}")]
    Medium(String),
}

/// Keeps runs and what belongs to them.
pub trait StateStore: Send + Sync {
    /// Makes changes, all of them or none; once it returns, they survive a crash.
    ///
    /// # Errors
    /// An expectation does not hold, a record has not the next number, or the medium does not work.
    fn commit(&self, transaction: &Transaction) -> Result<(), StoreError>;

    /// Makes changes that do not belong together: each is kept whole or not at all, in this order. What
    /// survives a crash costs a store about as much for many as for one.
    fn commit_all(&self, transactions: &[Transaction]) -> Vec<Result<(), StoreError>> {
        transactions.iter().map(|transaction| self.commit(transaction)).collect()
    }

    /// A value.
    ///
    /// # Errors
    /// The medium does not work.
    fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The values whose key begins so, in the order of keys.
    ///
    /// # Errors
    /// The medium does not work.
    fn scan(&self, table: Table, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError>;

    /// A run's records from a number on.
    ///
    /// # Errors
    /// The medium does not work, or a record can't be read.
    fn events(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError>;

    /// The values of many keys, in their order: one look at the store instead of one for each.
    ///
    /// # Errors
    /// The medium does not work.
    fn get_all(&self, table: Table, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().map(|key| self.get(table, key)).collect()
    }

    /// Tells the records of many runs, one run after another, as they were at the same moment.
    ///
    /// # Errors
    /// The medium does not work, or a record can't be read.
    fn logs(
        &self,
        runs: &[&str],
        tell: &mut dyn FnMut(&str, Vec<Record>),
    ) -> Result<(), StoreError> {
        for run in runs {
            tell(run, self.events(run, 0)?);
        }
        Ok(())
    }

    /// Whether no other process can have it open: then a lease that is held is that of a dead process, and
    /// nobody waits for it to run out.
    fn is_exclusive(&self) -> bool {
        false
    }
}

pub(crate) fn decode<T: serde::de::DeserializeOwned>(
    what: &str,
    bytes: &[u8],
) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Damaged(format!("{what}: {error}")))
}

pub(crate) fn encode<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value)
        .map_err(|error| StoreError::Medium(format!("a value can't be written as JSON: {error}")))
}

#[cfg(test)]
mod tests;
