//! A store whose process ends at a chosen boundary: a crash that can be rehearsed.
//!
//! A boundary is the moment right before something is kept, and the moment right after. Between what was
//! kept before and what is kept next lie the effects; so the boundaries are all moments at which a process
//! can die with a difference.

use super::{StateStore, StoreError, Table, Transaction};
use crate::engine::Record;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the boundaries that a process passes, and ends it at one of them.
pub struct Boundaries {
    passed: AtomicU64,
    last: u64,
    end: Box<dyn Fn() + Send + Sync>,
}

impl Boundaries {
    /// Boundaries of which the one of that number, from 1, is the last; 0 for none.
    #[must_use]
    pub fn new(last: u64, end: impl Fn() + Send + Sync + 'static) -> Arc<Boundaries> {
        Arc::new(Boundaries { passed: AtomicU64::new(0), last, end: Box::new(end) })
    }

    /// Passes one.
    pub fn pass(&self) {
        if self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.last {
            (self.end)();
        }
    }

    /// How many were passed.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

/// A store with boundaries around each commit.
pub struct Crashing {
    store: Arc<dyn StateStore>,
    boundaries: Arc<Boundaries>,
}

impl Crashing {
    /// Puts boundaries around the commits of a store.
    #[must_use]
    pub fn new(store: Arc<dyn StateStore>, boundaries: &Arc<Boundaries>) -> Crashing {
        Crashing { store, boundaries: Arc::clone(boundaries) }
    }
}

impl StateStore for Crashing {
    fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        self.boundaries.pass();
        let result = self.store.commit(transaction);
        self.boundaries.pass();
        result
    }

    fn commit_all(&self, transactions: &[Transaction]) -> Vec<Result<(), StoreError>> {
        self.boundaries.pass();
        let results = self.store.commit_all(transactions);
        self.boundaries.pass();
        results
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(table, key)
    }

    fn scan(&self, table: Table, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.store.scan(table, prefix)
    }

    fn events(&self, run: &str, from: u64) -> Result<Vec<Record>, StoreError> {
        self.store.events(run, from)
    }

    fn is_exclusive(&self) -> bool {
        self.store.is_exclusive()
    }
}
