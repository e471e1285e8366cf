//! A state as lines of JSON, and back: for copies, for moving to another machine or store, and for reading.
//!
//! The first line says what it is, the last one how much there must be: a file that was cut off is refused.
//! What was encrypted stays so.

use super::{StateStore, StoreError, Table, Transaction, run_ids};
use crate::engine::Record;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};

/// The version of the lines.
const VERSION: u32 = 1;

/// How many lines are kept in one transaction.
const BATCH: usize = 1_000;

/// How much an archive has.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Counts {
    /// Values of all tables.
    pub values: u64,
    /// Runs with records.
    pub runs: u64,
    /// Records.
    pub records: u64,
}

/// Why a state can't be written or read as lines.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The store does not work.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The file does not work.
    #[error("the file can't be read or written: {0}")]
    File(#[from] std::io::Error),
    /// A line makes no sense.
    #[error("line {line}: {why}")]
    Line {
        /// Which, from 1.
        line: u64,
        /// Why.
        why: String,
    },
    /// There is something already.
    #[error("the state has runs or objects already; import into one that is empty")]
    NotEmpty,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Head { vela: String, version: u32 },
    Text { table: u8, key: String, text: String },
    Bytes { table: u8, key: String, base64: String },
    Record { run: String, record: Record },
    End { end: Counts },
}

/// Writes a whole state.
///
/// # Errors
/// The store or the file does not work.
pub fn export(store: &dyn StateStore, out: &mut dyn Write) -> Result<Counts, ArchiveError> {
    let mut counts = Counts::default();
    let mut line = |line: &Line| -> Result<(), ArchiveError> {
        serde_json::to_writer(&mut *out, line).map_err(std::io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    };
    line(&Line::Head { vela: "state".to_owned(), version: VERSION })?;
    for table in Table::ALL {
        for (key, value) in store.scan(table, "")? {
            counts.values += 1;
            let table = table.number();
            line(&match String::from_utf8(value) {
                Ok(text) => Line::Text { table, key, text },
                Err(bytes) => Line::Bytes { table, key, base64: STANDARD.encode(bytes.as_bytes()) },
            })?;
        }
    }
    for run in run_ids(store)? {
        let records = store.events(&run, 0)?;
        counts.runs += u64::from(!records.is_empty());
        for record in records {
            counts.records += 1;
            line(&Line::Record { run: run.clone(), record })?;
        }
    }
    line(&Line::End { end: counts })?;
    out.flush()?;
    Ok(counts)
}

/// Reads a whole state into a store that is empty.
///
/// # Errors
/// The store is not empty or does not work; the file is cut off, or no such file.
pub fn import(store: &dyn StateStore, from: &mut dyn BufRead) -> Result<Counts, ArchiveError> {
    for table in Table::ALL {
        if !store.scan(table, "")?.is_empty() {
            return Err(ArchiveError::NotEmpty);
        }
    }
    let wrong = |line: u64, why: &str| ArchiveError::Line { line, why: why.to_owned() };
    let mut counts = Counts::default();
    let mut last = String::new();
    let mut batch = Transaction::default();
    let mut text = String::new();
    let mut number = 0;
    loop {
        text.clear();
        number += 1;
        if from.read_line(&mut text)? == 0 {
            return Err(wrong(number, "the end is missing: the file was cut off"));
        }
        let line: Line =
            serde_json::from_str(&text).map_err(|why| wrong(number, &why.to_string()))?;
        match line {
            Line::Head { vela, version } if number == 1 && vela == "state" => {
                if version > VERSION {
                    return Err(wrong(number, "it was written by a later Vela; use that"));
                }
            }
            _ if number == 1 => return Err(wrong(number, "this is no exported state of Vela")),
            Line::Head { .. } => return Err(wrong(number, "a second beginning")),
            Line::Text { table, key, text } => {
                counts.values += 1;
                let table = Table::of(table).ok_or_else(|| wrong(number, "an unknown table"))?;
                batch.put(table, key, text.into_bytes());
            }
            Line::Bytes { table, key, base64 } => {
                counts.values += 1;
                let table = Table::of(table).ok_or_else(|| wrong(number, "an unknown table"))?;
                let bytes = STANDARD.decode(base64).map_err(|e| wrong(number, &e.to_string()))?;
                batch.put(table, key, bytes);
            }
            Line::Record { run, record } => {
                counts.records += 1;
                counts.runs += u64::from(run != last);
                last.clone_from(&run);
                batch.append.push((run, record));
            }
            Line::End { end } => {
                if end != counts {
                    return Err(wrong(number, "lines are missing before this one"));
                }
                store.commit(&batch)?;
                return Ok(counts);
            }
        }
        if batch.append.len() + batch.writes.len() >= BATCH {
            store.commit(&std::mem::take(&mut batch))?;
        }
    }
}
