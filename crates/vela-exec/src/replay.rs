//! Any moment of a run, rebuilt from its log alone.
//!
//! A log holds every decision and every result, so going through it needs neither definitions nor targets
//! nor a clock: what was seen then is seen again, anywhere the Plan and the log are at hand.

use crate::duration::Millis;
use crate::engine::{Engine, Event, Graph, LogError, PlanError, Record, RunView, Session, name};
use serde::Serialize;
use serde_json::Value as Json;
use std::sync::Arc;
use vela_dag::plan::{Node, Plan, Values};
use vela_dag::step::{Call, Next, StepError, StepProgram, StepState};

/// Goes through a log record by record.
pub struct Replay {
    session: Session<'static>,
}

/// A run right after one of its events.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// How many events the run had so far.
    pub events: u64,
    /// The last of them; none before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// The step that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What that step saw when it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<StepState>,
    /// How the run was then.
    pub view: RunView,
    /// The variables that steps had set.
    pub vars: Values,
    /// What every step found under `context`.
    pub context: Json,
    /// Calls that had been handed out and had not come back.
    pub open: Vec<OpenCall>,
    /// When something would have been due next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Millis>,
}

/// A call that was under way.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct OpenCall {
    /// The step that makes it.
    pub step: String,
    /// The call.
    #[serde(flatten)]
    pub call: Call,
}

/// Why a run can't be rebuilt.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReplayError {
    /// The Plan makes no sense.
    #[error("{0}")]
    Plan(#[from] PlanError),
    /// The log is not that of the Plan, or is damaged.
    #[error("{0}")]
    Log(#[from] LogError),
    /// The log ends before.
    #[error("the run has no event {asked}: its events are numbered 0 to {last}")]
    NoEvent {
        /// What was asked for.
        asked: u64,
        /// The last that there is.
        last: u64,
    },
    /// The log is empty.
    #[error("the run has no events yet")]
    Empty,
}

impl Replay {
    /// A run before its first event.
    ///
    /// # Errors
    /// The Plan makes no sense.
    pub fn new(plan: Arc<Plan>) -> Result<Replay, PlanError> {
        let mut session = Session::new(Arc::new(Graph::new(plan)?), &Nobody);
        session.take_changes();
        Ok(Replay { session })
    }

    /// Applies the next record.
    ///
    /// # Errors
    /// It is not the next one, of another Plan, or too new.
    pub fn follow(&mut self, record: &Record) -> Result<(), LogError> {
        self.session.follow(record)
    }

    /// The state.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        self.session.engine()
    }

    /// See [`Engine::take_changes`].
    pub fn take_changes(&mut self) -> Vec<(Option<String>, crate::engine::StepView)> {
        self.session.take_changes()
    }
}

/// The moment right after an event; after the last one where none is named.
///
/// # Errors
/// The log can't be read, or has no such event.
pub fn moment(plan: Arc<Plan>, log: &[Record], until: Option<u64>) -> Result<Moment, ReplayError> {
    let last = (log.len() as u64).checked_sub(1).ok_or(ReplayError::Empty)?;
    let until = until.unwrap_or(last);
    if until > last {
        return Err(ReplayError::NoEvent { asked: until, last });
    }
    let mut replay = Replay::new(plan)?;
    let mut seen = None;
    for record in log.iter().take_while(|record| record.seq <= until) {
        if record.seq == until {
            seen = values_seen(replay.engine(), &record.event);
        }
        replay.follow(record)?;
    }
    let engine = replay.engine();
    let graph = engine.graph();
    let record = log.iter().find(|record| record.seq == until).cloned();
    let step = record.as_ref().and_then(|record| record.event.step());
    Ok(Moment {
        events: until + 1,
        step: step.map(|step| name(graph.node(step)).to_owned()),
        record,
        seen,
        view: engine.view(),
        vars: engine.vars().clone(),
        context: engine.context(),
        open: open_calls(engine),
        next: engine.next_wake(),
    })
}

/// What the step of an event saw, where it was asked something.
fn values_seen(engine: &Engine, event: &Event) -> Option<StepState> {
    match event {
        Event::Checked { step, .. } if in_range(engine, step.0) => {
            Some(engine.condition_state(*step))
        }
        Event::Evaluated { step, .. }
        | Event::Called { step, .. }
        | Event::Returned { step, .. }
            if in_range(engine, step.0) =>
        {
            Some(engine.evaluation_state(*step))
        }
        _ => None,
    }
}

fn in_range(engine: &Engine, step: u32) -> bool {
    (step as usize) < engine.graph().len()
}

fn open_calls(engine: &Engine) -> Vec<OpenCall> {
    let commands = engine.open_commands().into_iter();
    commands
        .filter_map(|command| match command {
            crate::engine::Command::Call { step, call, .. } => {
                Some(OpenCall { step: name(engine.graph().node(step)).to_owned(), call })
            }
            _ => None,
        })
        .collect()
}

/// Nobody is asked while a log is read.
struct Nobody;

impl StepProgram for Nobody {
    fn next(&self, _: &Node, _: &StepState) -> Result<Next, StepError> {
        Err(StepError::Execute("a replay evaluates nothing".to_owned()))
    }

    fn condition(&self, _: &Node, _: &StepState) -> Result<bool, String> {
        Err("a replay evaluates nothing".to_owned())
    }

    fn outputs(&self, _: &Node, _: &Json, _: &StepState) -> (Values, Vec<String>) {
        (Values::new(), Vec::new())
    }
}

#[cfg(test)]
mod tests;
