//! The workflow engine: a pure state machine.
//!
//! [`Engine::apply`] takes an [`Event`] and its time, changes the state in place, and appends the
//! [`Command`]s that follow. There is no clock, no input or output and no randomness in it: a run is the
//! fold of its log, under a virtual clock as well as a real one. [`Session`] adds the one pure question
//! that the engine asks, `vela_dag::step::StepProgram`, and records the answers as events.
//!
//! # The algorithm
//!
//! *Scopes.* The steps at the top are one scope, the steps of each group another. In a scope with mode
//! `StepByStep` a cursor stands at the first step that has not ended; only that one is looked at. In a
//! scope with mode `DAG` every step counts what it still misses: steps in `dependsOn` that have not ended
//! and inputs whose variable is not set. Ending a step, and setting a variable, count down for those that
//! name it; who reaches zero joins the queue. So each edge is followed once: O(nodes + edges) for a run.
//!
//! *The queue* holds visits (first look at a step), passes (another look), and marks. At most
//! `Settings::parallel` steps are in a pass at a time; with 1, steps are gone through strictly one after
//! another, which is the order of KubeVela's reconciliation, and what a simulation uses. A group puts its
//! own steps at the front.
//!
//! *A visit* decides whether a step runs. Without `if`: in a `DAG` scope, or with `dependsOn`, all it
//! depends on must have succeeded, and all they depend on; otherwise no earlier step of the scope may have
//! failed. `always` runs; an expression is a [`Command::Check`], and an error skips. A skipped group
//! skips its steps.
//!
//! *A pass* asks for an evaluation with all results so far. It gives calls, which are gone through in
//! order: control calls (`wait`, `suspend`, `break`, `fail`, `message`, `var`, `steps`; see `control`)
//! happen here, every other call is a [`Command::Call`] and the pass goes on with its result. After the
//! last one the step is evaluated again, until it is done. A wait, a suspension or an error ends the pass;
//! the next one starts over, but results that were marked as kept (of effects that must not happen
//! twice) stay.
//!
//! *Errors* count per step: after `Settings::retries` repetitions the next one ends the step with
//! `FailedAfterRetries`. Waits double, between the bounds of [`Backoff`], as long as the message stays.
//!
//! *Time* is the time of the last event. A heap holds, per step, its deadline (`timeout`, from the first
//! visit) and when it is looked at again; due entries are handled at each event, deadlines first, then in
//! the order of steps. A stale entry is recognised by comparing with the step, and dropped.
//!
//! *Ending.* A step that fails for good marks the run as terminated; the walk goes on, since later steps
//! may have an `if`. When the last step of a scope ends, its group ends: the worst reason wins. When the
//! last step at the top ends, the run does: `succeeded`; if it was terminated, `terminated` where all
//! failed steps were ended by an operator, `failed` otherwise.
//!
//! *Pending steps.* A step that waits for others has no status until a whole round over its scope has
//! found it waiting: a mark follows the first round in the queue, and shows what still waits when it comes
//! to the front. While something is suspended marks are put off. (KubeVela's reports differ in that way.)
//!
//! *Operators.* Suspending holds the queue and the timers. Resuming releases the queue and every suspended
//! step, or one. Terminating fails what is under way with `Terminate` and lets the walk finish. Restarting
//! resets everything, or a failed step and all that comes after it; passes go on counting, so an effect of
//! an earlier attempt is never taken for one of the new.

pub mod codec;
mod context;
mod control;
mod event;
mod graph;
mod operation;
mod pass;
mod queue;
mod restart;
mod session;
mod settings;
mod size;
mod state;
mod timer;
mod transition;
mod unmet;
mod view;

pub use event::{Command, Evaluation, Event, Outcome, Phase, Reason, Record, VERSION};
pub use graph::{Graph, PlanError, StepIx, name, step_type};
pub use operation::{Operation, OperationError};
pub use session::{LogError, Session};
pub use settings::{Adopt, Backoff, Deadlines, Objects, OnFailure, Prune, Settings};
pub use state::Engine;
pub use view::{RunPhase, RunView, StepView};

#[cfg(test)]
mod tests;
