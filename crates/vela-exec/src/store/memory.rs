//! A store that lives as long as the process.

use super::{StateStore, StoreError, Table, Transaction};
use crate::engine::Record;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps everything in memory. For tests, simulation, and where nothing must outlive the process.
#[derive(Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Default)]
struct State {
    events: BTreeMap<String, Vec<Record>>,
    tables: BTreeMap<(Table, String), Vec<u8>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere can't leave the maps half changed: checks come before changes.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for MemoryStore {
    fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        let mut state = self.state();
        for expected in &transaction.expect {
            if state.tables.get(&(expected.table, expected.key.clone())) != expected.value.as_ref()
            {
                return Err(moved(&expected.key));
            }
        }
        let mut next: BTreeMap<&str, u64> = BTreeMap::new();
        for (run, record) in &transaction.append {
            let length = state.events.get(run).map_or(0, |events| events.len() as u64);
            let next = next.entry(run).or_insert(length);
            if record.seq != *next {
                return Err(taken(run, record.seq, *next));
            }
            *next += 1;
        }
        for (run, record) in &transaction.append {
            state.events.entry(run.clone()).or_default().push(record.clone());
        }
        for write in &transaction.writes {
            let key = (write.table, write.key.clone());
            match &write.value {
                Some(value) => state.tables.insert(key, value.clone()),
                None => state.tables.remove(&key),
            };
        }
        for run in &transaction.forget {
            state.events.remove(run);
        }
        Ok(())
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().tables.get(&(table, key.to_owned())).cloned())
    }

    fn scan(&self, table: Table, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let state = self.state();
        let from = (table, prefix.to_owned());
        let found = state
            .tables
            .range(from..)
            .take_while(|((t, key), _)| *t == table && key.starts_with(prefix));
        Ok(found.map(|((_, key), value)| (key.clone(), value.clone())).collect())
    }

    fn events(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError> {
        let state = self.state();
        let events = state.events.get(run).map_or(&[][..], Vec::as_slice);
        Ok(events.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)).cloned().collect())
    }
}

pub(super) fn moved(key: &str) -> StoreError {
    StoreError::Conflict(format!("{key} was changed by somebody else meanwhile"))
}

pub(super) fn taken(run: &str, seq: u64, next: u64) -> StoreError {
    StoreError::Conflict(format!(
        "record {seq} of run {run} can't be added: the next is {next}; somebody else runs it"
    ))
}
