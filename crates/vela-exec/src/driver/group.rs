//! Group commit: runs that have something to keep at the same time share one write.
//!
//! There is no thread for it. Whoever has a transaction hands it in and lets the others have their turn once;
//! then the first that comes back writes all that were handed in meanwhile, and tells the others.

use crate::store::{StateStore, StoreError, Transaction};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// More transactions than this are not written at once: what waits longer should not wait too long.
const MOST: usize = 1024;

/// Transactions on their way to a store.
pub(super) struct Group {
    store: Arc<dyn StateStore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    waiting: Vec<(u64, Transaction)>,
    wakers: Vec<(u64, Waker)>,
    done: Vec<(u64, Result<(), StoreError>)>,
    /// Whether somebody writes.
    writing: bool,
}

impl Group {
    pub(super) fn new(store: Arc<dyn StateStore>) -> Group {
        Group { store, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes changes, all of them or none; once it returns, they survive a crash.
    pub(super) async fn commit(&self, transaction: Transaction) -> Result<(), StoreError> {
        let ticket = {
            let mut state = self.state();
            state.next += 1;
            let ticket = state.next;
            state.waiting.push((ticket, transaction));
            ticket
        };
        tokio::task::yield_now().await;
        poll_fn(|context| {
            let batch = {
                let mut state = self.state();
                if let Some(at) = state.done.iter().position(|(done, _)| *done == ticket) {
                    return Poll::Ready(state.done.swap_remove(at).1);
                }
                if state.writing {
                    state.wakers.push((ticket, context.waker().clone()));
                    return Poll::Pending;
                }
                state.writing = true;
                let many = state.waiting.len().min(MOST);
                state.waiting.drain(..many).collect::<Vec<_>>()
            };
            let (tickets, transactions): (Vec<u64>, Vec<Transaction>) = batch.into_iter().unzip();
            let results = self.store.commit_all(&transactions);
            let mut own = None;
            let mut state = self.state();
            state.writing = false;
            for (done, result) in tickets.into_iter().zip(results) {
                if done == ticket {
                    own = Some(result);
                } else {
                    state.done.push((done, result));
                }
            }
            // Those that are done go on, and one of the others writes next.
            for (_, waker) in state.wakers.drain(..) {
                waker.wake();
            }
            match own {
                Some(result) => Poll::Ready(result),
                None => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        })
        .await
    }
}
