//! What operators do to a run.

use super::event::Event;
use super::graph::StepIx;
use super::state::Engine;
use super::transition::OperationError;
use serde::{Deserialize, Serialize};

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
}
