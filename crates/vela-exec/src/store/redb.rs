//! A store in one file, by redb.
//!
//! Every transaction is a two-phase commit: what steps write comes from outside, and a one-phase commit
//! trusts a checksum that is no secret. The first write of a new file is its version; an older file is
//! brought forward in one transaction, a newer one is refused before anything else is read. After a failed
//! write redb itself refuses all others, so a process whose disk fails stops rather than goes on with half a
//! state.
//!
//! One process writes; others attach as readers meanwhile, and follow its commits.
//!
//! Pages have checksums, which are checked when the file is opened. Values have one too, and the records of a
//! run form a chain with its end in a table of its own: a record that was exchanged, lost or cut off is
//! found when it is read.

use super::memory::{moved, taken};
use super::sum::{split, sum};
use super::{Expectation, StateStore, StoreError, Table, Transaction, Write};
use crate::engine::{Record, codec};
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction,
    ReadableDatabase, ReadableTable, StorageBackend, StorageError, TableDefinition,
    WriteTransaction,
};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

/// The version of the file format.
pub(super) const VERSION: u32 = 2;

/// Room for so many records is made before they are read: a number in a file is no reason to take memory.
const MOST_AT_ONCE: usize = 4096;

/// What redb keeps of the file in memory: runs are read once, from one end to the other.
const CACHE: usize = 32 << 20;

pub(super) const META: TableDefinition<&str, u32> = TableDefinition::new("meta");
pub(super) const EVENTS: TableDefinition<(&str, u64), &[u8]> = TableDefinition::new("events");
pub(super) const VALUES: TableDefinition<(u8, &str), &[u8]> = TableDefinition::new("values");
/// Of each run the number of its next record and the checksum of all before it.
pub(super) const HEADS: TableDefinition<&str, (u64, u64)> = TableDefinition::new("heads");

/// Keeps everything in one file.
pub struct RedbStore {
    database: Handle,
    shown: String,
}

enum Handle {
    Writer(Database),
    Reader(ReadOnlyDatabase),
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    if cfg!(any(target_os = "linux", target_vendor = "apple", windows)) {
        builder.set_concurrency_mode(ConcurrencyMode::SingleWriter);
    }
    builder
}

impl RedbStore {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    /// It is of a later version, damaged, no state file at all, in use, or can't be opened.
    pub fn open(path: &Path) -> Result<RedbStore, StoreError> {
        if !path.exists() {
            RedbStore::make(path)?;
        }
        RedbStore::open_made(path)
    }

    fn open_made(path: &Path) -> Result<RedbStore, StoreError> {
        let shown = path.display().to_string();
        let database = builder()
            .set_check_integrity_on_open(true)
            .create(path)
            .map_err(|error| refused(error, &shown))?;
        RedbStore::start(database, shown)
    }

    /// Makes a file under another name and gives it its own once it is whole: a process that dies meanwhile
    /// leaves no file that can't be opened. Where somebody else has made it by then, that one stays.
    fn make(path: &Path) -> Result<(), StoreError> {
        let medium =
            |error: std::io::Error| StoreError::Medium(format!("{}: {error}", path.display()));
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}-{since}.new", std::process::id()));
        let new = Path::new(&name);
        let made = private(new).map_err(medium).and_then(|()| {
            drop(RedbStore::open_made(new)?);
            match std::fs::hard_link(new, path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
                // Some file systems have no links; a name that is taken by now must not be taken over.
                Err(_) if path.exists() => Ok(()),
                Err(_) => std::fs::rename(new, path).map_err(medium),
                Ok(()) => Ok(()),
            }
        });
        // A name that stays takes room, and does no harm.
        let _ = std::fs::remove_file(new);
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty())
        {
            // So that the name outlives a loss of power; not every system can do that.
            let _ = std::fs::File::open(directory).and_then(|directory| directory.sync_all());
        }
        made
    }

    /// Opens a file that is there for reading, also while another process writes it.
    ///
    /// # Errors
    /// It is not there, of another version, or was left by a process that died: then it must be opened for
    /// writing first.
    pub fn attach(path: &Path) -> Result<RedbStore, StoreError> {
        let shown = path.display().to_string();
        let database = builder().open_read_only(path).map_err(|error| refused(error, &shown))?;
        let store = RedbStore { database: Handle::Reader(database), shown };
        match store.version()? {
            Some(VERSION) => Ok(store),
            found => Err(StoreError::Version {
                path: store.shown,
                found: found.unwrap_or_default(),
                known: VERSION,
            }),
        }
    }

    /// Keeps everything on a backend of one's own, with the same care as in a file.
    ///
    /// # Errors
    /// As [`RedbStore::open`].
    pub fn on(backend: impl StorageBackend) -> Result<RedbStore, StoreError> {
        let database = Builder::new()
            .set_cache_size(CACHE)
            .set_check_integrity_on_open(true)
            .create_with_backend(backend)
            .map_err(|error| refused(error, "the backend"))?;
        RedbStore::start(database, "the backend".to_owned())
    }

    fn start(database: Database, shown: String) -> Result<RedbStore, StoreError> {
        let store = RedbStore { database: Handle::Writer(database), shown };
        match store.version()? {
            Some(VERSION) => {}
            None => store.format()?,
            Some(found) if found < VERSION => {
                let write = store.begin()?;
                super::migrate::forward(&write, found)?;
                write.commit().map_err(medium)?;
            }
            Some(found) => {
                return Err(StoreError::Version { path: store.shown, found, known: VERSION });
            }
        }
        Ok(store)
    }

    fn version(&self) -> Result<Option<u32>, StoreError> {
        let read = self.read()?;
        match read.open_table(META) {
            Ok(table) => Ok(table.get("version").map_err(medium)?.map(|version| version.value())),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(medium(error)),
        }
    }

    pub(super) fn read(&self) -> Result<ReadTransaction, StoreError> {
        match &self.database {
            Handle::Writer(database) => database.begin_read(),
            Handle::Reader(database) => database.begin_read(),
        }
        .map_err(medium)
    }

    fn begin(&self) -> Result<WriteTransaction, StoreError> {
        let Handle::Writer(database) = &self.database else {
            return Err(StoreError::InUse(self.shown.clone()));
        };
        let mut write = database.begin_write().map_err(medium)?;
        write.set_two_phase_commit(true);
        Ok(write)
    }

    fn format(&self) -> Result<(), StoreError> {
        let write = self.begin()?;
        write.open_table(META).map_err(medium)?.insert("version", VERSION).map_err(medium)?;
        write.open_table(EVENTS).map_err(medium)?;
        write.open_table(VALUES).map_err(medium)?;
        write.open_table(HEADS).map_err(medium)?;
        write.commit().map_err(medium)
    }

    /// Gives the space of what was deleted back to the file system.
    ///
    /// # Errors
    /// The medium does not work, or it was opened for reading.
    pub fn compact(&mut self) -> Result<(), StoreError> {
        let Handle::Writer(database) = &mut self.database else {
            return Err(StoreError::InUse(self.shown.clone()));
        };
        while database.compact().map_err(medium)? {}
        Ok(())
    }
}

/// Makes a file that is not there yet such that only its owner can read it.
fn private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

fn refused(error: DatabaseError, shown: &str) -> StoreError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse(shown.to_owned()),
        DatabaseError::UpgradeRequired(found) => {
            StoreError::Version { path: shown.to_owned(), found: u32::from(found), known: VERSION }
        }
        DatabaseError::Storage(StorageError::Corrupted(why)) => StoreError::Damaged(why),
        DatabaseError::Storage(StorageError::Io(error))
            if error.kind() == ErrorKind::InvalidData =>
        {
            StoreError::Damaged(format!("{shown} is no state file of Vela"))
        }
        error => StoreError::Medium(format!("{shown}: {error}")),
    }
}

pub(super) fn medium(error: impl Into<redb::Error>) -> StoreError {
    match error.into() {
        redb::Error::Corrupted(why) => StoreError::Damaged(why),
        error => StoreError::Medium(error.to_string()),
    }
}

/// A value as it is written: with its checksum in front.
pub(super) fn sealed(table: u8, key: &str, value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(value.len() + 8);
    sealed.extend_from_slice(&sum(u64::from(table), &[key.as_bytes(), value]).to_le_bytes());
    sealed.extend_from_slice(value);
    sealed
}

fn unsealed<'a>(table: u8, key: &str, bytes: &'a [u8]) -> Result<&'a [u8], StoreError> {
    match split(bytes) {
        Some((found, value)) if found == sum(u64::from(table), &[key.as_bytes(), value]) => {
            Ok(value)
        }
        _ => Err(StoreError::Damaged(format!("the value of {key} is not what was written"))),
    }
}

/// The checksum of a log with a record more.
pub(super) fn chain(before: u64, run: &str, seq: u64, record: &[u8]) -> u64 {
    sum(before, &[run.as_bytes(), &seq.to_le_bytes(), record])
}

struct Tables<'t> {
    values: redb::Table<'t, (u8, &'static str), &'static [u8]>,
    events: redb::Table<'t, (&'static str, u64), &'static [u8]>,
    heads: redb::Table<'t, &'static str, (u64, u64)>,
}

impl Tables<'_> {
    fn apply(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        for expected in &transaction.expect {
            self.check(expected)?;
        }
        // All checks come before all changes: others may share the write.
        let mut heads: Vec<(&str, u64, u64, u64)> = Vec::new();
        for (run, record) in &transaction.append {
            if heads.last().is_none_or(|(last, ..)| last != run) {
                let at = heads.iter().position(|(other, ..)| other == run);
                let head = match at {
                    Some(at) => heads.remove(at),
                    None => {
                        let found = self.heads.get(run.as_str()).map_err(medium)?;
                        let (next, sum) = found.map_or((0, 0), |head| head.value());
                        (run.as_str(), next, sum, next)
                    }
                };
                heads.push(head);
            }
            if let Some((_, _, _, next)) = heads.last_mut() {
                if record.seq != *next {
                    return Err(taken(run, record.seq, *next));
                }
                *next += 1;
            }
        }
        let mut bytes = Vec::new();
        for (run, record) in &transaction.append {
            let Some((_, _, before, _)) = heads.iter_mut().find(|(other, ..)| other == run) else {
                continue;
            };
            bytes.clear();
            bytes.extend_from_slice(&[0; 8]);
            codec::encode(record, &mut bytes).map_err(|e| StoreError::Medium(e.to_string()))?;
            *before = chain(*before, run, record.seq, &bytes[8..]);
            bytes[..8].copy_from_slice(&before.to_le_bytes());
            self.events.insert((run.as_str(), record.seq), bytes.as_slice()).map_err(medium)?;
        }
        for (run, _, sum, next) in heads {
            self.heads.insert(run, (next, sum)).map_err(medium)?;
        }
        for change in &transaction.writes {
            self.write(change)?;
        }
        for run in &transaction.forget {
            self.events
                .retain_in((run.as_str(), 0)..=(run.as_str(), u64::MAX), |_, _| false)
                .map_err(medium)?;
            self.heads.remove(run.as_str()).map_err(medium)?;
        }
        Ok(())
    }

    fn check(&self, expected: &Expectation) -> Result<(), StoreError> {
        let (number, key) = (expected.table.number(), expected.key.as_str());
        let found = self.values.get((number, key)).map_err(medium)?;
        let found = match &found {
            Some(bytes) => Some(unsealed(number, key, bytes.value())?),
            None => None,
        };
        if found == expected.value.as_deref() { Ok(()) } else { Err(moved(key)) }
    }

    fn write(&mut self, change: &Write) -> Result<(), StoreError> {
        let (number, key) = (change.table.number(), change.key.as_str());
        match &change.value {
            Some(value) => {
                let value = sealed(number, key, value);
                self.values.insert((number, key), value.as_slice()).map_err(medium)?
            }
            None => self.values.remove((number, key)).map_err(medium)?,
        };
        Ok(())
    }
}

impl StateStore for RedbStore {
    fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        let mut results = self.commit_all(std::slice::from_ref(transaction));
        results.pop().unwrap_or(Ok(()))
    }

    fn commit_all(&self, transactions: &[Transaction]) -> Vec<Result<(), StoreError>> {
        let whole = || -> Result<Vec<Result<(), StoreError>>, StoreError> {
            // A transaction that is dropped is rolled back.
            let write = self.begin()?;
            let mut results = Vec::with_capacity(transactions.len());
            {
                let mut tables = Tables {
                    values: write.open_table(VALUES).map_err(medium)?,
                    events: write.open_table(EVENTS).map_err(medium)?,
                    heads: write.open_table(HEADS).map_err(medium)?,
                };
                for transaction in transactions {
                    match tables.apply(transaction) {
                        Err(StoreError::Conflict(why)) => {
                            results.push(Err(StoreError::Conflict(why)));
                        }
                        // Some of it may be written: nothing of this is kept.
                        Err(broken) => return Err(broken),
                        Ok(()) => results.push(Ok(())),
                    }
                }
            }
            if results.iter().any(Result::is_ok) {
                write.commit().map_err(medium)?;
            }
            Ok(results)
        };
        whole().unwrap_or_else(|error| vec![Err(error); transactions.len()])
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let values = self.read()?.open_table(VALUES).map_err(medium)?;
        value(&values, table, key)
    }

    fn get_all(&self, table: Table, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let values = self.read()?.open_table(VALUES).map_err(medium)?;
        keys.iter().map(|key| value(&values, table, key)).collect()
    }

    fn scan(&self, table: Table, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let values = self.read()?.open_table(VALUES).map_err(medium)?;
        let mut found = Vec::new();
        for entry in values.range((table.number(), prefix)..).map_err(medium)? {
            let (key, value) = entry.map_err(medium)?;
            let (number, key) = key.value();
            if number != table.number() || !key.starts_with(prefix) {
                break;
            }
            found.push((key.to_owned(), unsealed(number, key, value.value())?.to_vec()));
        }
        Ok(found)
    }

    fn events(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError> {
        Logs::of(&self.read()?)?.read(run, from)
    }

    fn logs(
        &self,
        runs: &[&str],
        tell: &mut dyn FnMut(&str, Vec<Record>),
    ) -> Result<(), StoreError> {
        let logs = Logs::of(&self.read()?)?;
        for run in runs {
            tell(run, logs.read(run, 0)?);
        }
        Ok(())
    }

    fn is_exclusive(&self) -> bool {
        true
    }
}

type Values = redb::ReadOnlyTable<(u8, &'static str), &'static [u8]>;

fn value(values: &Values, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(found) = values.get((table.number(), key)).map_err(medium)? else {
        return Ok(None);
    };
    Ok(Some(unsealed(table.number(), key, found.value())?.to_vec()))
}

/// The logs of all runs at a moment.
struct Logs {
    heads: redb::ReadOnlyTable<&'static str, (u64, u64)>,
    events: redb::ReadOnlyTable<(&'static str, u64), &'static [u8]>,
}

impl Logs {
    fn of(read: &ReadTransaction) -> Result<Logs, StoreError> {
        Ok(Logs {
            heads: read.open_table(HEADS).map_err(medium)?,
            events: read.open_table(EVENTS).map_err(medium)?,
        })
    }

    fn read(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError> {
        let (next, last) = match self.heads.get(run).map_err(medium)? {
            Some(head) => head.value(),
            None => (0, 0),
        };
        let events = &self.events;
        let damaged =
            |seq: u64, why: &str| StoreError::Damaged(format!("record {seq} of run {run}: {why}"));
        let mut before = 0;
        if from > 0 && from <= next {
            let found = events.get((run, from - 1)).map_err(medium)?;
            before = found
                .and_then(|bytes| Some(split(bytes.value())?.0))
                .ok_or_else(|| damaged(from - 1, "it is missing"))?;
        }
        let many = usize::try_from(next.saturating_sub(from)).unwrap_or(0).min(MOST_AT_ONCE);
        let mut found = Vec::with_capacity(many);
        let mut expected = from;
        for entry in events.range((run, from)..=(run, u64::MAX)).map_err(medium)? {
            let (key, bytes) = entry.map_err(medium)?;
            let seq = key.value().1;
            let (sum, bytes) = split(bytes.value()).ok_or_else(|| damaged(seq, "it is cut off"))?;
            if seq != expected || seq >= next {
                return Err(damaged(expected, "it is missing, or was never written"));
            }
            if sum != chain(before, run, seq, bytes) {
                return Err(damaged(seq, "it is not what was written"));
            }
            found.push(codec::decode(bytes).map_err(|why| damaged(seq, &why.to_string()))?);
            before = sum;
            expected += 1;
        }
        if expected < next || (expected == next && next > 0 && before != last && from < next) {
            return Err(damaged(expected, "the end of the log is missing"));
        }
        Ok(found)
    }
}
