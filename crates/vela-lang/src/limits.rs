//! What an evaluation may use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Bounds of one evaluation. Crossing one is an error, never a crash.
///
/// ```
/// use vela_lang::Limits;
/// let limits = Limits { steps: 1_000_000, ..Limits::default() };
/// assert!(limits.depth > 0);
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    /// Units of work. Deterministic: the same program costs the same everywhere.
    pub steps: u64,
    /// Levels of nesting of values and of references waiting for each other.
    pub depth: u32,
    /// Bytes that the evaluated graph may take.
    pub memory: usize,
    /// When to give up.
    pub deadline: Option<Instant>,
    /// Set by another thread to give up.
    pub cancelled: Option<Arc<AtomicBool>>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            steps: 500_000_000,
            depth: if cfg!(target_arch = "wasm32") { 400 } else { 20_000 },
            memory: if cfg!(target_pointer_width = "32") { 1 << 30 } else { 4 << 30 },
            deadline: None,
            cancelled: None,
        }
    }
}

/// Why an evaluation was interrupted from outside.
pub(crate) enum Interruption {
    Deadline,
    Cancelled,
}

impl Interruption {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Interruption::Deadline => "limit/deadline",
            Interruption::Cancelled => "limit/cancelled",
        }
    }

    pub(crate) fn message(&self) -> &'static str {
        match self {
            Interruption::Deadline => "the evaluation takes too long",
            Interruption::Cancelled => "the evaluation was cancelled",
        }
    }
}

impl Limits {
    /// The most bytes of a string that is put together.
    pub(crate) fn longest(&self) -> usize {
        self.memory / 256
    }

    /// The most bytes of the result of one call.
    pub(crate) fn largest(&self) -> usize {
        self.memory / 8
    }

    pub(crate) fn interrupted(&self) -> Option<Interruption> {
        if self.cancelled.as_ref().is_some_and(|c| c.load(Ordering::Relaxed)) {
            return Some(Interruption::Cancelled);
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Some(Interruption::Deadline);
        }
        None
    }
}
