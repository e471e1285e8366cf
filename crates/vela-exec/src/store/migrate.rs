//! Bringing older files forward, each version to the next, in the transaction that opens them.

use super::StoreError;
use super::redb::{EVENTS, HEADS, META, VALUES, VERSION, chain, medium, sealed};
use redb::{ReadableTable, WriteTransaction};

/// Brings a file of an older version to that of today.
pub(super) fn forward(write: &WriteTransaction, found: u32) -> Result<(), StoreError> {
    if found == 1 {
        seal(write)?;
    }
    write.open_table(META).map_err(medium)?.insert("version", VERSION).map_err(medium)?;
    Ok(())
}

/// From 1 to 2: values get checksums, and records a chain of them.
fn seal(write: &WriteTransaction) -> Result<(), StoreError> {
    let mut values = write.open_table(VALUES).map_err(medium)?;
    let mut entries = Vec::new();
    for entry in values.iter().map_err(medium)? {
        let (key, value) = entry.map_err(medium)?;
        let (table, key) = key.value();
        entries.push((table, key.to_owned(), sealed(table, key, value.value())));
    }
    for (table, key, value) in &entries {
        values.insert((*table, key.as_str()), value.as_slice()).map_err(medium)?;
    }
    let mut events = write.open_table(EVENTS).map_err(medium)?;
    let mut heads = write.open_table(HEADS).map_err(medium)?;
    let mut records: Vec<(String, u64, Vec<u8>)> = Vec::new();
    for entry in events.iter().map_err(medium)? {
        let (key, value) = entry.map_err(medium)?;
        let (run, seq) = key.value();
        let before = match records.last() {
            Some((other, _, record)) if other == run => {
                super::sum::split(record).map_or(0, |(sum, _)| sum)
            }
            _ => 0,
        };
        let mut record = chain(before, run, seq, value.value()).to_le_bytes().to_vec();
        record.extend_from_slice(value.value());
        records.push((run.to_owned(), seq, record));
    }
    for (run, seq, record) in &records {
        events.insert((run.as_str(), *seq), record.as_slice()).map_err(medium)?;
        let sum = super::sum::split(record).map_or(0, |(sum, _)| sum);
        heads.insert(run.as_str(), (*seq + 1, sum)).map_err(medium)?;
    }
    Ok(())
}
