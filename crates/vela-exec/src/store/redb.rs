//! A store in one file, by redb.
//!
//! Every transaction is a two-phase commit: what steps write comes from outside, and a one-phase commit
//! trusts a checksum that is no secret. The first write of a new file is its version; a file of another
//! version is refused before anything else is read. After a failed write redb itself refuses all others,
//! so a process whose disk fails stops rather than goes on with half a state.

use super::memory::{moved, taken};
use super::{StateStore, StoreError, Table, Transaction, decode, encode};
use crate::engine::Record;
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition,
};
use std::path::Path;

/// The version of the file format.
const VERSION: u32 = 1;

pub(super) const META: TableDefinition<&str, u32> = TableDefinition::new("meta");
const EVENTS: TableDefinition<(&str, u64), &[u8]> = TableDefinition::new("events");
const VALUES: TableDefinition<(u8, &str), &[u8]> = TableDefinition::new("values");

/// Keeps everything in one file.
pub struct RedbStore {
    database: Database,
}

impl RedbStore {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    /// It is of another version, no state file at all, in use, or can't be opened.
    pub fn open(path: &Path) -> Result<RedbStore, StoreError> {
        let shown = path.display().to_string();
        let database = Database::create(path).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => StoreError::InUse(shown.clone()),
            DatabaseError::UpgradeRequired(found) => {
                StoreError::Version { path: shown.clone(), found: u32::from(found), known: VERSION }
            }
            DatabaseError::Storage(StorageError::Corrupted(why)) => StoreError::Damaged(why),
            DatabaseError::Storage(StorageError::Io(error))
                if error.kind() == std::io::ErrorKind::InvalidData =>
            {
                StoreError::Damaged(format!("{shown} is no state file of Vela"))
            }
            error => StoreError::Medium(format!("{shown}: {error}")),
        })?;
        RedbStore::start(database, &shown)
    }

    /// Takes a database on a backend of one's own.
    ///
    /// # Errors
    /// It is of another version, or can't be read.
    pub fn on(database: Database) -> Result<RedbStore, StoreError> {
        RedbStore::start(database, "database")
    }

    fn start(database: Database, shown: &str) -> Result<RedbStore, StoreError> {
        let known = {
            let read = database.begin_read().map_err(medium)?;
            match read.open_table(META) {
                Ok(table) => table.get("version").map_err(medium)?.map(|version| version.value()),
                Err(redb::TableError::TableDoesNotExist(_)) => None,
                Err(error) => return Err(medium(error)),
            }
        };
        let store = RedbStore { database };
        match known {
            Some(VERSION) => {}
            Some(found) => {
                return Err(StoreError::Version { path: shown.to_owned(), found, known: VERSION });
            }
            None => store.format()?,
        }
        Ok(store)
    }

    fn begin(&self) -> Result<redb::WriteTransaction, StoreError> {
        let mut write = self.database.begin_write().map_err(medium)?;
        write.set_two_phase_commit(true);
        Ok(write)
    }

    fn format(&self) -> Result<(), StoreError> {
        let write = self.begin()?;
        write.open_table(META).map_err(medium)?.insert("version", VERSION).map_err(medium)?;
        write.open_table(EVENTS).map_err(medium)?;
        write.open_table(VALUES).map_err(medium)?;
        write.commit().map_err(medium)
    }
}

fn medium(error: impl Into<redb::Error>) -> StoreError {
    match error.into() {
        redb::Error::Corrupted(why) => StoreError::Damaged(why),
        error => StoreError::Medium(error.to_string()),
    }
}

impl StateStore for RedbStore {
    fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        // A transaction that is dropped is rolled back.
        let write = self.begin()?;
        {
            let mut values = write.open_table(VALUES).map_err(medium)?;
            for expected in &transaction.expect {
                let found =
                    values.get((expected.table.number(), expected.key.as_str())).map_err(medium)?;
                if found.as_ref().map(|value| value.value()) != expected.value.as_deref() {
                    return Err(moved(&expected.key));
                }
            }
            let mut events = write.open_table(EVENTS).map_err(medium)?;
            for (run, record) in &transaction.append {
                let next = {
                    let mut range = events
                        .range((run.as_str(), 0)..=(run.as_str(), u64::MAX))
                        .map_err(medium)?;
                    match range.next_back().transpose().map_err(medium)? {
                        Some((key, _)) => key.value().1 + 1,
                        None => 0,
                    }
                };
                if record.seq != next {
                    return Err(taken(run, record.seq, next));
                }
                events
                    .insert((run.as_str(), record.seq), encode(record)?.as_slice())
                    .map_err(medium)?;
            }
            for change in &transaction.writes {
                let key = (change.table.number(), change.key.as_str());
                match &change.value {
                    Some(value) => values.insert(key, value.as_slice()).map_err(medium)?,
                    None => values.remove(key).map_err(medium)?,
                };
            }
        }
        write.commit().map_err(medium)
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.database.begin_read().map_err(medium)?;
        let values = read.open_table(VALUES).map_err(medium)?;
        Ok(values.get((table.number(), key)).map_err(medium)?.map(|value| value.value().to_vec()))
    }

    fn scan(&self, table: Table, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let read = self.database.begin_read().map_err(medium)?;
        let values = read.open_table(VALUES).map_err(medium)?;
        let mut found = Vec::new();
        for entry in values.range((table.number(), prefix)..).map_err(medium)? {
            let (key, value) = entry.map_err(medium)?;
            let (number, key) = key.value();
            if number != table.number() || !key.starts_with(prefix) {
                break;
            }
            found.push((key.to_owned(), value.value().to_vec()));
        }
        Ok(found)
    }

    fn events(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError> {
        let read = self.database.begin_read().map_err(medium)?;
        let events = read.open_table(EVENTS).map_err(medium)?;
        let mut found = Vec::new();
        for entry in events.range((run, from)..=(run, u64::MAX)).map_err(medium)? {
            let (_, value) = entry.map_err(medium)?;
            found.push(decode(&format!("an event of run {run}"), value.value())?);
        }
        Ok(found)
    }

    fn is_exclusive(&self) -> bool {
        true
    }
}
