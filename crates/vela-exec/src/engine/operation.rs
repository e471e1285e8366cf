//! What operators do to a run.

use super::event::{Command, Event, Phase, Reason};
use super::graph::{self, StepIx};
use super::queue::Item;
use super::state::{Engine, NEVER, Returned};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The kinds of things operators do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// Lets it go on.
    Resume,
    /// Holds it.
    Suspend,
    /// Ends it.
    Terminate,
    /// Starts it again.
    Restart,
}

/// Why an operator's wish can't be met.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OperationError {
    /// All its steps have ended.
    #[error("the run has ended: {0}")]
    Finished(&'static str),
    /// Nothing is suspended.
    #[error("{0} is not suspended")]
    NotSuspended(String),
    /// There is no such step.
    #[error("the run has no step \"{0}\"")]
    NoStep(String),
    /// Only failed steps can be started again.
    #[error("step \"{0}\" has not failed: only a failed step can be started again")]
    NotFailed(String),
}

impl Engine {
    /// The event of an operation, on one step or the whole run.
    ///
    /// # Errors
    /// It can't be done: why.
    pub fn operation(
        &self,
        operation: Operation,
        step: Option<&str>,
    ) -> Result<Event, OperationError> {
        let step: Option<StepIx> = match step {
            None => None,
            Some(name) => {
                Some(self.graph.find(name).ok_or_else(|| OperationError::NoStep(name.to_owned()))?)
            }
        };
        Ok(match operation {
            Operation::Resume => {
                self.can_resume(step)?;
                Event::Resumed { step }
            }
            Operation::Suspend => {
                self.can_stop()?;
                Event::Suspended
            }
            Operation::Terminate => {
                self.can_stop()?;
                Event::Terminated
            }
            Operation::Restart => {
                self.can_restart(step)?;
                Event::Restarted { step }
            }
        })
    }

    /// Whether a suspended run can be let go on.
    ///
    /// # Errors
    /// It can't: why.
    pub fn can_resume(&self, step: Option<StepIx>) -> Result<(), OperationError> {
        self.unfinished()?;
        match step {
            Some(step)
                if self.steps.get(step.at()).is_none_or(|s| s.phase != Phase::Suspending) =>
            {
                Err(OperationError::NotSuspended(format!("step \"{}\"", self.name(step))))
            }
            None if !self.paused && self.suspended == 0 => {
                Err(OperationError::NotSuspended("the run".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Whether a run can be held or ended.
    ///
    /// # Errors
    /// It has ended.
    pub fn can_stop(&self) -> Result<(), OperationError> {
        self.unfinished()
    }

    /// Whether a run can be started again, from a step or whole.
    ///
    /// # Errors
    /// It can't: why.
    pub fn can_restart(&self, step: Option<StepIx>) -> Result<(), OperationError> {
        match step {
            Some(step) if self.steps.get(step.at()).is_none_or(|s| s.phase != Phase::Failed) => {
                Err(OperationError::NotFailed(self.name(step)))
            }
            _ => Ok(()),
        }
    }

    fn unfinished(&self) -> Result<(), OperationError> {
        if self.is_finished() {
            return Err(OperationError::Finished(self.phase().as_str()));
        }
        Ok(())
    }

    fn name(&self, step: StepIx) -> String {
        if step.at() < self.graph.len() {
            graph::name(self.graph.node(step)).to_owned()
        } else {
            step.0.to_string()
        }
    }

    pub(super) fn resume(&mut self, step: Option<StepIx>) {
        if self.can_resume(step).is_err() {
            return;
        }
        self.let_go();
        match step {
            Some(step) => self.resume_step(step),
            None => {
                for ix in 0..self.steps.len() {
                    if self.steps[ix].phase == Phase::Suspending {
                        self.resume_step(StepIx(ix as u32));
                    }
                }
            }
        }
        self.push_marks();
    }

    /// The suspended step goes on after the call that held it.
    pub(super) fn resume_step(&mut self, step: StepIx) {
        self.set_phase(step, Phase::Running, Reason::None);
        let state = &mut self.steps[step.at()];
        state.wake = NEVER;
        state.message = Box::default();
        if self.graph.steps[step.at()].timeout().is_none() {
            self.set_deadline(step, self.settings.deadlines.step);
        }
        let work = self.work(step);
        if let Some(path) = work.suspended_by.take() {
            let value = serde_json::Value::Object(serde_json::Map::new());
            work.returns.insert(path, Returned { value, keep: true });
        }
        self.enqueue(Item::Pass(step));
    }

    pub(super) fn push_marks(&mut self) {
        let marks = std::mem::take(&mut self.marks);
        for mark in marks {
            self.enqueue(Item::Mark(mark));
        }
    }

    /// Ends what is under way; the walk goes over the rest.
    pub(super) fn terminate(&mut self, out: &mut Vec<Command>) {
        if !self.started || self.is_finished() {
            return;
        }
        self.let_go();
        self.terminated = true;
        let graph = Arc::clone(&self.graph);
        // Groups first: what they have not begun yet is not begun any more, and gets no status.
        for ix in 0..self.steps.len() {
            let step = StepIx(ix as u32);
            let state = &self.steps[ix];
            let (Some(scope), true) = (graph.steps[ix].opens(), state.shown && !state.ended) else {
                continue;
            };
            self.close_group(step, Phase::Failed, Reason::Terminate);
            for member in &graph.scopes[scope].steps {
                let state = &self.steps[member.at()];
                if state.ended {
                    continue;
                }
                if state.shown {
                    self.cancel(*member, out);
                    self.end(*member, Phase::Failed, Reason::Terminate);
                } else {
                    self.end(*member, Phase::Skipped, Reason::Skip);
                    self.steps[member.at()].shown = false;
                }
            }
            self.release(step);
        }
        for ix in 0..self.steps.len() {
            let state = &self.steps[ix];
            if state.shown && !state.ended {
                self.cancel(StepIx(ix as u32), out);
                self.end(StepIx(ix as u32), Phase::Failed, Reason::Terminate);
            }
        }
        self.push_marks();
    }
}
