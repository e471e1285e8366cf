//! A store that takes note of the secrets that pass through it.

use super::Secrets;
use super::find::is_suspect;
use crate::engine::{Evaluation, Event, Outcome, Record};
use crate::store::{StateStore, StoreError, Table, Transaction};
use serde_json::Value as Json;
use std::sync::Arc;

/// A store behind which [`Secrets`] learn what is written and read.
///
/// What a step reads from a cluster is kept before anything is told of it: so by the time that a message
/// could give it away, it is known.
pub struct Watching {
    store: Arc<dyn StateStore>,
    secrets: Secrets,
}

impl Watching {
    /// Watches a store.
    #[must_use]
    pub fn new(store: Arc<dyn StateStore>, secrets: Secrets) -> Watching {
        Watching { store, secrets }
    }

    fn transaction(&self, transaction: &Transaction) {
        transaction.append.iter().for_each(|(_, record)| self.record(record));
        for write in &transaction.writes {
            if let Some(value) = &write.value {
                self.value(write.table, value);
            }
        }
    }

    fn record(&self, record: &Record) {
        match &record.event {
            Event::Evaluated { outcome: Evaluation::Calls { calls }, .. } => {
                calls.iter().for_each(|call| self.secrets.add_from(&call.params));
            }
            Event::Evaluated { outcome: Evaluation::Done { outputs, .. }, .. } => {
                for (name, value) in outputs {
                    let named = Json::Object([(name.clone(), value.clone())].into_iter().collect());
                    self.secrets.add_from(&named);
                }
            }
            Event::Returned { outcome: Outcome::Value { value }, .. } => {
                self.secrets.add_from(value)
            }
            Event::Started { context, .. } => self.secrets.add_from(context),
            _ => {}
        }
    }

    fn value(&self, table: Table, bytes: &[u8]) {
        // Leases hold no documents, inventories only names.
        if matches!(table, Table::Leases | Table::Inventory) || !is_suspect(bytes) {
            return;
        }
        if let Ok(document) = serde_json::from_slice::<Json>(bytes) {
            self.secrets.add_from(&document);
        }
    }
}

impl StateStore for Watching {
    fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        self.transaction(transaction);
        self.store.commit(transaction)
    }

    fn commit_all(&self, transactions: &[Transaction]) -> Vec<Result<(), StoreError>> {
        transactions.iter().for_each(|transaction| self.transaction(transaction));
        self.store.commit_all(transactions)
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.store.get(table, key)?;
        if let Some(bytes) = &found {
            self.value(table, bytes);
        }
        Ok(found)
    }

    fn scan(&self, table: Table, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let found = self.store.scan(table, prefix)?;
        found.iter().for_each(|(_, bytes)| self.value(table, bytes));
        Ok(found)
    }

    fn events(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError> {
        let found = self.store.events(run, from)?;
        found.iter().for_each(|record| self.record(record));
        Ok(found)
    }

    fn get_all(&self, table: Table, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let found = self.store.get_all(table, keys)?;
        found.iter().flatten().for_each(|bytes| self.value(table, bytes));
        Ok(found)
    }

    fn logs(
        &self,
        runs: &[&str],
        tell: &mut dyn FnMut(&str, Vec<Record>),
    ) -> Result<(), StoreError> {
        self.store.logs(runs, &mut |run, log| {
            log.iter().for_each(|record| self.record(record));
            tell(run, log);
        })
    }

    fn is_exclusive(&self) -> bool {
        self.store.is_exclusive()
    }
}
