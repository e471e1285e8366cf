//! What happens to a run (events) and what the engine wants done (commands).
//!
//! A run is its log of [`Record`]s and nothing else: the same records give the same state, on any
//! machine and in any later version that reads [`VERSION`]. Decisions that need CUE (which calls a step
//! makes, whether its `if` holds) are recorded as events too, so reading a log back evaluates nothing.

use super::graph::StepIx;
use super::settings::Settings;
use crate::duration::Millis;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use vela_dag::plan::Values;
use vela_dag::step::Call;

/// The version of the log that this crate writes.
pub const VERSION: u32 = 2;

/// One line of a run's log.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// [`VERSION`] of the writer.
    pub v: u32,
    /// Its number in the run, from 0, without gaps.
    pub seq: u64,
    /// When it was recorded.
    pub at: Millis,
    /// The fencing token of the writer's lease: it grows with every owner of the run; 0 where there is no
    /// lease.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub token: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What happens to a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase")]
pub enum Event {
    /// It begins.
    Started {
        /// How it is run; apart, as it is much larger than what all other events are made of.
        settings: Box<Settings>,
        /// What every step finds under `context`.
        context: Json,
    },
    /// A step's `if` was asked.
    Checked {
        /// The step.
        step: StepIx,
        /// Whether it holds; the text says why that can't be told.
        holds: Result<bool, String>,
    },
    /// A step was evaluated with all that is known.
    Evaluated {
        /// The step.
        step: StepIx,
        /// Which of its passes.
        pass: u32,
        /// What came out.
        outcome: Evaluation,
    },
    /// A call that can't be undone is about to be made: if no result follows, whether it had its effect
    /// is unknown.
    Called {
        /// The step.
        step: StepIx,
        /// Which of its passes.
        pass: u32,
        /// The call.
        path: String,
    },
    /// A call came back.
    Returned {
        /// The step.
        step: StepIx,
        /// Which of its passes.
        pass: u32,
        /// The call.
        path: String,
        /// What it gave.
        outcome: Outcome,
        /// Whether the result stays when the step is gone through again; otherwise the call is made anew.
        keep: bool,
    },
    /// Time has passed.
    Ticked,
    /// An operator lets a suspended run go on.
    Resumed {
        /// Only this step; all of them otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepIx>,
    },
    /// An operator holds the run.
    Suspended,
    /// An operator ends the run.
    Terminated,
    /// An operator starts the run again.
    Restarted {
        /// From this step; from the beginning otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepIx>,
    },
}

impl Event {
    /// The step that it is about, where it is about one.
    #[must_use]
    pub fn step(&self) -> Option<StepIx> {
        match self {
            Event::Checked { step, .. }
            | Event::Evaluated { step, .. }
            | Event::Called { step, .. }
            | Event::Returned { step, .. } => Some(*step),
            Event::Resumed { step } | Event::Restarted { step } => *step,
            Event::Started { .. } | Event::Ticked | Event::Suspended | Event::Terminated => None,
        }
    }
}

/// What evaluating a step gave.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum Evaluation {
    /// Calls that can be made now, in order.
    Calls {
        /// The calls.
        calls: Vec<Call>,
    },
    /// Nothing is left to do.
    Done {
        /// The outputs that the step sets.
        outputs: Values,
        /// What to tell about them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        messages: Vec<String>,
    },
    /// It can't be evaluated.
    Failed {
        /// Why: [`Reason::Input`], [`Reason::Rendering`] or [`Reason::Execute`].
        reason: Reason,
        /// The text.
        message: String,
    },
}

/// What a call gave.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum Outcome {
    /// It worked.
    Value {
        /// The result.
        value: Json,
    },
    /// It is not so far: ask again later.
    Wait {
        /// What it waits for.
        message: String,
    },
    /// It did not work; it may be tried again.
    Error {
        /// Why.
        message: String,
    },
    /// It did not work and never will.
    Fail {
        /// Why.
        message: String,
    },
    /// Nobody knows whether it worked: it was under way when the process ended, and its target can't
    /// tell. It is not repeated.
    Unknown {
        /// What to look at, and how to go on.
        message: String,
    },
}

/// What the engine wants done.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Ask the step's `if`: answered by [`Event::Checked`].
    Check {
        /// The step.
        step: StepIx,
    },
    /// Evaluate the step: answered by [`Event::Evaluated`].
    Evaluate {
        /// The step.
        step: StepIx,
        /// Which of its passes.
        pass: u32,
    },
    /// Make a call: answered by [`Event::Returned`].
    Call {
        /// The step.
        step: StepIx,
        /// Which of its passes.
        pass: u32,
        /// The call.
        call: Call,
    },
    /// Stop the step's call: its result does not matter any more.
    Cancel {
        /// The step.
        step: StepIx,
    },
}

/// How far a step or a run's list of steps is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Waits for other steps or for an input.
    Pending,
    /// At work.
    Running,
    /// Waits for an operator or for its time.
    Suspending,
    /// Done.
    Succeeded,
    /// Failed; with [`Reason::Execute`] it is tried again.
    Failed,
    /// Not run, since its `if` or what comes before says so.
    Skipped,
}

impl Phase {
    /// Whether a step in this phase, for this reason, has ended: one that failed may still be tried again.
    #[must_use]
    pub fn is_over(self, reason: Reason) -> bool {
        match self {
            Phase::Succeeded | Phase::Skipped => true,
            Phase::Failed => reason != Reason::Execute,
            Phase::Pending | Phase::Running | Phase::Suspending => false,
        }
    }

    /// As KubeVela writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Pending => "pending",
            Phase::Running => "running",
            Phase::Suspending => "suspending",
            Phase::Succeeded => "succeeded",
            Phase::Failed => "failed",
            Phase::Skipped => "skipped",
        }
    }
}

/// Why a step is in its phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Reason {
    /// Nothing to say.
    #[default]
    #[serde(rename = "")]
    None,
    /// A condition does not hold yet.
    Wait,
    /// Suspended.
    Suspend,
    /// Its `if`, or what comes before.
    Skip,
    /// An error; it is tried again.
    Execute,
    /// An error, again and again.
    FailedAfterRetries,
    /// It took too long.
    Timeout,
    /// The step itself said so.
    Action,
    /// An operator, or a step, ended the run.
    Terminate,
    /// An input does not fit.
    Input,
    /// The template does not render.
    Rendering,
    /// It waits for something that nobody will ever give.
    Unmet,
    /// Whether its effect took place is not known.
    Unknown,
}

impl Reason {
    /// As KubeVela writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::None => "",
            Reason::Wait => "Wait",
            Reason::Suspend => "Suspend",
            Reason::Skip => "Skip",
            Reason::Execute => "Execute",
            Reason::Unmet => "Unmet",
            Reason::FailedAfterRetries => "FailedAfterRetries",
            Reason::Timeout => "Timeout",
            Reason::Action => "Action",
            Reason::Terminate => "Terminate",
            Reason::Input => "Input",
            Reason::Rendering => "Rendering",
            Reason::Unknown => "Unknown",
        }
    }
}
