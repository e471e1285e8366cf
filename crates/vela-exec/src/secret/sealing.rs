//! A store that keeps nothing that can be read without the key.
//!
//! Values are encrypted whole. Of records, what comes from outside is: parameters, results, outputs,
//! messages; their kind, number, time and step stay readable, so that a log can be checked without the key.
//! Names of runs, applications and objects are no secrets.

use super::seal::{Key, KeyError, is_sealed};
use crate::engine::{Evaluation, Event, Outcome, Record};
use crate::store::{StateStore, StoreError, Table, Transaction};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value as Json;
use std::sync::Arc;
use vela_dag::plan::Values;

/// What a sealed text begins with.
const MARK: &str = "vela:sealed:";

/// Tells whether a key is the right one before anything else is read.
const CHECK: &str = "seal:check";

/// A store that encrypts what it keeps. What it kept before it did is still read.
pub struct Sealing {
    store: Arc<dyn StateStore>,
    key: Key,
}

impl Sealing {
    /// Seals a store.
    ///
    /// # Errors
    /// It was sealed with another key, or does not work.
    pub fn new(store: Arc<dyn StateStore>, key: Key) -> Result<Sealing, StoreError> {
        let sealing = Sealing { store, key };
        if sealing.store.get(Table::Runs, CHECK)?.is_none() {
            let mut transaction = Transaction::default();
            transaction.put(Table::Runs, CHECK, b"\"vela\"".to_vec());
            match sealing.commit(&transaction) {
                // A reader can't mark it, and need not.
                Ok(()) | Err(StoreError::InUse(_)) => {}
                Err(error) => return Err(error),
            }
        }
        sealing.get(Table::Runs, CHECK)?;
        Ok(sealing)
    }

    /// Whether a store was sealed.
    ///
    /// # Errors
    /// It does not work.
    pub fn is_sealed(store: &dyn StateStore) -> Result<bool, StoreError> {
        Ok(store.get(Table::Runs, CHECK)?.is_some())
    }

    fn open(&self, table: Table, key: &str, bytes: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        if !is_sealed(&bytes) {
            return Ok(bytes);
        }
        self.key.open(&place(table, key), &bytes).map_err(|why| refused(key, &why))
    }

    /// A transaction as it is kept.
    fn seal(&self, transaction: &Transaction) -> Result<Transaction, StoreError> {
        let mut sealed = transaction.clone();
        for expected in &mut sealed.expect {
            let Some(value) = &mut expected.value else { continue };
            // A value of before is compared as it stands.
            let found = self.store.get(expected.table, &expected.key)?;
            if found.as_deref().is_none_or(is_sealed) {
                *value = self.key.seal(&place(expected.table, &expected.key), value);
            }
        }
        for write in &mut sealed.writes {
            if let Some(value) = &mut write.value {
                *value = self.key.seal(&place(write.table, &write.key), value);
            }
        }
        for (run, record) in &mut sealed.append {
            *record = self.seal_record(run, record);
        }
        Ok(sealed)
    }

    fn seal_record(&self, run: &str, record: &Record) -> Record {
        let at = format!("event/{run}/{}", record.seq);
        let mut seal = |value: &mut Secret<'_>| {
            let bytes = match value {
                Secret::Value(value) => value.to_string().into_bytes(),
                Secret::Text(text) => text.as_bytes().to_vec(),
            };
            let sealed = format!("{MARK}{}", STANDARD_NO_PAD.encode(self.key.seal(&at, &bytes)));
            match value {
                Secret::Value(value) => **value = Json::String(sealed),
                Secret::Text(text) => **text = sealed,
            }
            Ok(())
        };
        let mut sealed = record.clone();
        // Sealing never fails.
        let _ = each(&mut sealed.event, &mut seal);
        sealed
    }

    fn open_record(&self, run: &str, record: &mut Record) -> Result<(), StoreError> {
        let name = format!("event {} of run {run}", record.seq);
        let at = format!("event/{run}/{}", record.seq);
        let opened = |text: &str| -> Result<Option<Vec<u8>>, StoreError> {
            let Some(text) = text.strip_prefix(MARK) else { return Ok(None) };
            let bytes =
                STANDARD_NO_PAD.decode(text).map_err(|_| refused(&name, &KeyError::Other))?;
            self.key.open(&at, &bytes).map(Some).map_err(|why| refused(&name, &why))
        };
        let damaged = || StoreError::Damaged(format!("{name} can't be read"));
        each(&mut record.event, &mut |value| {
            match value {
                Secret::Value(value) => {
                    if let Json::String(text) = &**value
                        && let Some(bytes) = opened(text)?
                    {
                        **value = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
                    }
                }
                Secret::Text(text) => {
                    if let Some(bytes) = opened(text)? {
                        **text = String::from_utf8(bytes).map_err(|_| damaged())?;
                    }
                }
            }
            Ok(())
        })
    }
}

fn place(table: Table, key: &str) -> String {
    format!("{}/{key}", table.number())
}

fn refused(what: &str, why: &KeyError) -> StoreError {
    StoreError::Key(format!("{what}: {why}"))
}

/// Something in an event that comes from outside.
enum Secret<'v> {
    Value(&'v mut Json),
    Text(&'v mut String),
}

type Visit<'f> = dyn FnMut(&mut Secret<'_>) -> Result<(), StoreError> + 'f;

fn each(event: &mut Event, visit: &mut Visit<'_>) -> Result<(), StoreError> {
    match event {
        Event::Started { context, .. } => visit(&mut Secret::Value(context)),
        Event::Checked { holds: Err(why), .. } => visit(&mut Secret::Text(why)),
        Event::Evaluated { outcome, .. } => match outcome {
            Evaluation::Calls { calls } => {
                calls.iter_mut().try_for_each(|call| visit(&mut Secret::Value(&mut call.params)))
            }
            Evaluation::Done { outputs, messages } => {
                values(outputs, visit)?;
                messages.iter_mut().try_for_each(|message| visit(&mut Secret::Text(message)))
            }
            Evaluation::Failed { message, .. } => visit(&mut Secret::Text(message)),
        },
        Event::Returned { outcome, .. } => match outcome {
            Outcome::Value { value } => visit(&mut Secret::Value(value)),
            Outcome::Wait { message }
            | Outcome::Error { message }
            | Outcome::Fail { message }
            | Outcome::Unknown { message } => visit(&mut Secret::Text(message)),
        },
        _ => Ok(()),
    }
}

fn values(outputs: &mut Values, visit: &mut Visit<'_>) -> Result<(), StoreError> {
    outputs.values_mut().try_for_each(|value| visit(&mut Secret::Value(value)))
}

impl StateStore for Sealing {
    fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        self.store.commit(&self.seal(transaction)?)
    }

    fn commit_all(&self, transactions: &[Transaction]) -> Vec<Result<(), StoreError>> {
        let sealed: Result<Vec<Transaction>, StoreError> =
            transactions.iter().map(|transaction| self.seal(transaction)).collect();
        match sealed {
            Ok(sealed) => self.store.commit_all(&sealed),
            Err(error) => transactions.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(table, key)?.map(|bytes| self.open(table, key, bytes)).transpose()
    }

    fn scan(&self, table: Table, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let found = self.store.scan(table, prefix)?.into_iter();
        found
            // That it is sealed is nobody's matter above.
            .filter(|(key, _)| (table, key.as_str()) != (Table::Runs, CHECK))
            .map(|(key, bytes)| {
                let bytes = self.open(table, &key, bytes)?;
                Ok((key, bytes))
            })
            .collect()
    }

    fn events(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError> {
        let mut found = self.store.events(run, from)?;
        found.iter_mut().try_for_each(|record| self.open_record(run, record))?;
        Ok(found)
    }

    fn get_all(&self, table: Table, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let found = self.store.get_all(table, keys)?;
        let opened = keys
            .iter()
            .zip(found)
            .map(|(key, bytes)| bytes.map(|bytes| self.open(table, key, bytes)).transpose());
        opened.collect()
    }

    fn logs(
        &self,
        runs: &[&str],
        tell: &mut dyn FnMut(&str, Vec<Record>),
    ) -> Result<(), StoreError> {
        let mut refused = Ok(());
        self.store.logs(runs, &mut |run, mut log| {
            if refused.is_ok() {
                refused = log.iter_mut().try_for_each(|record| self.open_record(run, record));
            }
            if refused.is_ok() {
                tell(run, log);
            }
        })?;
        refused
    }

    fn is_exclusive(&self) -> bool {
        self.store.is_exclusive()
    }
}
