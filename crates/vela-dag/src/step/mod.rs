//! Workflow steps: their definitions, evaluated a bit at a time as actions give results.
//!
//! A step's template is CUE with calls (`#do`, `#provider`, `$params`). Evaluating it with all that is
//! known so far gives the calls whose parameters are known by now; an engine performs them, adds the
//! results, and asks again until nothing is left to do. [`StepProgram`] is that question; it is pure.

pub(crate) mod calls;
mod inputs;
mod program;
mod value_from;

pub use program::CueSteps;

use crate::plan::{Node, Values};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What is known when a step is asked for its next calls.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct StepState {
    /// The variables that finished steps have set (outputs by name); `null` where one is missing.
    pub vars: Values,
    /// The workflow context: `name`, `namespace`, `appName`, `stepName`, `stepSessionID`, …
    pub context: Json,
    /// Status of all steps so far by name, as `if` sees it: `{phase, reason, message, failed, …}`.
    pub status: Values,
    /// Results of calls so far, by the path of the call in the template.
    pub returns: Values,
}

/// One call that a step makes.
///
/// `apply-component` steps have no calls in their template; a [`StepProgram`] gives one for them:
/// provider `oam`, action `component-apply`, parameters `{component, cluster, namespace}` and, where the
/// step has inputs that change what is rendered, `objects: [Object]` as rendered with them; without
/// `objects` the artifacts that the node `applies` are meant. Its result is `{output, outputs}`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Its path in the template: the key of its result in [`StepState::returns`].
    pub path: String,
    /// `kube`, `http`, `builtin`, `op`, …
    pub provider: String,
    /// `apply`, `do`, `wait`, …
    pub action: String,
    /// Its parameters.
    pub params: Json,
    /// Whether the result goes into `$returns`; otherwise it is unified with the call itself (v1).
    pub returns: bool,
}

/// What a step does next.
#[derive(Clone, PartialEq, Debug)]
pub enum Next {
    /// The calls that can be made now, in the order of the template.
    Calls(Vec<Call>),
    /// Nothing is left: the whole task value.
    Done(Json),
}

/// Why a step can't go on.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum StepError {
    /// An input can't be put into the parameters.
    #[error("{0}")]
    Input(String),
    /// The template does not render with these parameters.
    #[error("{0}")]
    Rendering(String),
    /// A call's parameters are wrong; the step is tried again.
    #[error("{0}")]
    Execute(String),
    /// The template is wrong in itself, whatever the parameters (an unused import): KubeVela fails the
    /// first pass of such a step and takes it for succeeded in the next.
    #[error("{0}")]
    Template(String),
}

/// Evaluates steps. Pure: the same question gets the same answer.
pub trait StepProgram: Send + Sync {
    /// The next calls of a step, or its end.
    ///
    /// # Errors
    /// The step fails.
    fn next(&self, step: &Node, state: &StepState) -> Result<Next, StepError>;

    /// Whether the step's `if` holds. Steps without one are not asked.
    ///
    /// # Errors
    /// The expression has no concrete boolean value: the text for the step's message.
    fn condition(&self, step: &Node, state: &StepState) -> Result<bool, String>;

    /// The step's outputs from its finished task value; `null` with a message where one is missing.
    fn outputs(&self, step: &Node, task: &Json, state: &StepState) -> (Values, Vec<String>);
}

#[cfg(test)]
mod tests;
