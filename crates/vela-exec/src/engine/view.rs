//! A run as people and expressions see it.

use super::event::{Phase, Reason};
use super::graph::{self, StepIx};
use super::state::{Engine, NEVER};
use crate::duration::Millis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use vela_dag::plan::Values;
use vela_dag::step;

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunPhase {
    /// Not begun.
    Initializing,
    /// At work, or waiting.
    Executing,
    /// Held by an operator or a step.
    Suspending,
    /// All steps have succeeded or were skipped.
    Succeeded,
    /// A step has failed.
    Failed,
    /// Ended by an operator.
    Terminated,
}

impl RunPhase {
    /// As KubeVela writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RunPhase::Initializing => "initializing",
            RunPhase::Executing => "executing",
            RunPhase::Suspending => "suspending",
            RunPhase::Succeeded => "succeeded",
            RunPhase::Failed => "failed",
            RunPhase::Terminated => "terminated",
        }
    }
}

/// A run's phase and steps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunView {
    /// How far it is.
    pub phase: RunPhase,
    /// The steps that have a status.
    pub steps: Vec<StepView>,
}

/// A step's status.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StepView {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub step_type: String,
    /// How far it is.
    pub phase: Phase,
    /// Why.
    pub reason: Reason,
    /// What it says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Millis>,
    /// When its phase last changed.
    pub last: Millis,
    /// When it is looked at again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake: Option<Millis>,
    /// When it fails if it has not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Millis>,
    /// The steps of a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub: Vec<StepView>,
}

impl Engine {
    /// How far the run is.
    #[must_use]
    pub fn phase(&self) -> RunPhase {
        if !self.started {
            return RunPhase::Initializing;
        }
        if !self.is_finished() {
            return if self.paused || self.suspended > 0 {
                RunPhase::Suspending
            } else {
                RunPhase::Executing
            };
        }
        if !self.terminated {
            return RunPhase::Succeeded;
        }
        let mut failed = self.graph.scopes[0]
            .steps
            .iter()
            .map(|step| &self.steps[step.at()])
            .filter(|state| state.phase == Phase::Failed)
            .peekable();
        if failed.peek().is_some() && failed.all(|state| state.reason == Reason::Terminate) {
            RunPhase::Terminated
        } else {
            RunPhase::Failed
        }
    }

    /// The run's phase and the steps that have a status.
    #[must_use]
    pub fn view(&self) -> RunView {
        RunView { phase: self.phase(), steps: self.scope_view(0) }
    }

    fn scope_view(&self, scope: usize) -> Vec<StepView> {
        let steps = &self.graph.scopes[scope].steps;
        steps
            .iter()
            .filter(|step| self.steps[step.at()].shown)
            .map(|step| self.step_view(*step))
            .collect()
    }

    /// The status of the steps whose status may have changed since this was last asked, with the names of
    /// their groups; of none when it is asked for the first time.
    pub fn take_changes(&mut self) -> Vec<(Option<String>, StepView)> {
        let mut changed = self.changed.replace(Vec::new()).unwrap_or_default();
        changed.sort_unstable();
        changed.dedup();
        let shown = changed.into_iter().filter(|step| self.steps[step.at()].shown);
        shown
            .map(|step| {
                let group = self.graph.scopes[self.graph.steps[step.at()].scope()].group;
                let group = group.map(|group| graph::name(self.graph.node(group)).to_owned());
                (group, self.own_view(step))
            })
            .collect()
    }

    /// Whether a step has ended.
    #[must_use]
    pub fn has_ended(&self, step: StepIx) -> bool {
        self.steps.get(step.at()).is_some_and(|state| state.ended)
    }

    fn step_view(&self, step: StepIx) -> StepView {
        let mut view = self.own_view(step);
        if let Some(scope) = self.graph.steps[step.at()].opens() {
            view.sub = self.scope_view(scope);
        }
        view
    }

    /// A step's status without its steps.
    fn own_view(&self, step: StepIx) -> StepView {
        let node = self.graph.node(step);
        let state = &self.steps[step.at()];
        let (phase, reason) = self.status(step);
        StepView {
            name: graph::name(node).to_owned(),
            step_type: graph::step_type(node).to_owned(),
            phase,
            reason,
            message: if phase == Phase::Pending && !state.ended {
                self.waits_for(step)
            } else {
                state.message.to_string()
            },
            first: (phase != Phase::Pending).then_some(state.first),
            last: state.last,
            wake: (state.wake != NEVER).then_some(state.wake),
            deadline: (state.deadline != NEVER).then_some(state.deadline),
            sub: Vec::new(),
        }
    }

    /// A step's phase; that of a group under way follows from its steps.
    pub(super) fn status(&self, step: StepIx) -> (Phase, Reason) {
        let state = &self.steps[step.at()];
        let Some(scope) = self.graph.steps[step.at()].opens() else {
            return (state.phase, state.reason);
        };
        if state.ended || state.phase != Phase::Running {
            return (state.phase, state.reason);
        }
        let members = &self.graph.scopes[scope].steps;
        let mut shown = 0;
        let mut phases = [false; 3];
        for member in members {
            let state = &self.steps[member.at()];
            if state.shown {
                shown += 1;
                phases[0] |= state.phase == Phase::Suspending;
                phases[1] |=
                    state.phase == Phase::Running || (state.phase == Phase::Failed && !state.ended);
                phases[2] |= state.phase == Phase::Pending;
            }
        }
        let phase = match phases {
            [true, ..] => Phase::Suspending,
            [_, false, true] if shown == members.len() => Phase::Pending,
            _ => Phase::Running,
        };
        (phase, Reason::None)
    }

    /// What a pending step waits for.
    pub(super) fn waits_for(&self, step: StepIx) -> String {
        let node = self.graph.node(step);
        for name in &node.depends_on {
            if self.graph.find(name).is_none_or(|dependency| !self.steps[dependency.at()].ended) {
                return format!("Pending on DependsOn: {name}");
            }
        }
        for input in &node.inputs {
            let variable = graph::variable(&input.from);
            if !matches!(variable, "context" | "parameter") && !self.has_variable(variable) {
                return format!("Pending on Input: {}", input.from);
            }
        }
        String::new()
    }

    /// What an expression sees of a step.
    fn status_json(&self, step: StepIx) -> Json {
        let (phase, reason) = self.status(step);
        let state = &self.steps[step.at()];
        let node = self.graph.node(step);
        json!({
            "name": graph::name(node),
            "type": graph::step_type(node),
            "phase": phase.as_str(),
            "reason": reason.as_str(),
            "message": &*state.message,
            "succeeded": phase == Phase::Succeeded,
            "failed": phase == Phase::Failed,
            "skipped": phase == Phase::Skipped,
            "timeout": reason == Reason::Timeout,
            "failedAfterRetries": reason == Reason::FailedAfterRetries,
            "terminate": reason == Reason::Terminate,
            "suspend": phase == Phase::Suspending,
        })
    }

    /// What a step's `if` is asked with.
    #[must_use]
    pub fn condition_state(&self, step: StepIx) -> step::StepState {
        let expression = self.graph.node(step).condition.as_deref().unwrap_or_default();
        step::StepState {
            vars: self.taken_by(step),
            context: self.step_context(step),
            status: self.status_for(expression),
            returns: Values::new(),
        }
    }

    /// What a step is evaluated with.
    #[must_use]
    pub fn evaluation_state(&self, step: StepIx) -> step::StepState {
        let returns = self.steps[step.at()].work.as_ref().map_or_else(Values::new, |work| {
            work.returns
                .iter()
                .map(|(path, returned)| (path.clone(), returned.value.clone()))
                .collect()
        });
        step::StepState {
            vars: self.taken_by(step),
            context: self.step_context(step),
            status: Values::new(),
            returns,
        }
    }

    /// The variables that a step takes: all of them would cost a copy of everything for each step.
    fn taken_by(&self, step: StepIx) -> Values {
        let mut taken = Values::new();
        for input in &self.graph.node(step).inputs {
            let name = graph::variable(&input.from);
            if let Some(value) = self.vars.get(name) {
                taken.insert(name.to_owned(), value.clone());
            }
        }
        taken
    }

    /// The status of the steps that an expression names; of all where it names none by a literal.
    fn status_for(&self, expression: &str) -> Values {
        let mut status = Values::new();
        let mut insert = |name: &str, step: StepIx| {
            if self.steps[step.at()].shown {
                status.insert(name.to_owned(), self.status_json(step));
            }
        };
        if selects_by_literals(expression) {
            for word in expression
                .split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '$' | '#')))
            {
                if let Some(step) = self.graph.find_status(word) {
                    insert(word, step);
                }
            }
            // Names that are no identifiers may hold anything: they stand between quotes.
            for text in expression.split(['"', '\'']) {
                if let Some(step) = self.graph.find_status(text) {
                    insert(text, step);
                }
            }
        } else {
            for ix in 0..self.steps.len() {
                let step = StepIx(ix as u32);
                insert(graph::name(self.graph.node(step)), step);
                for alias in self.graph.aliases_of(step) {
                    insert(alias, step);
                }
            }
        }
        status
    }

    fn step_context(&self, step: StepIx) -> Json {
        let mut context = match self.context.json() {
            Json::Object(fields) => fields,
            _ => Map::new(),
        };
        let name = graph::name(self.graph.node(step));
        let group = self.graph.scopes[self.graph.steps[step.at()].scope()].group;
        context.insert("stepName".to_owned(), json!(name));
        context.insert(
            "stepGroupName".to_owned(),
            json!(group.map_or("", |g| graph::name(self.graph.node(g)))),
        );
        let run = context.get("runId").and_then(Json::as_str).unwrap_or_default();
        let session = self.session_id(step, run);
        let app = context.get("name").and_then(Json::as_str).unwrap_or_default();
        let span = format!("{app}.{name}.{session}");
        context.insert("stepSessionID".to_owned(), json!(session));
        context.insert("spanID".to_owned(), json!(span));
        Json::Object(context)
    }

    /// Ten letters and digits that differ between steps, runs and attempts, and are the same on replay.
    fn session_id(&self, step: StepIx, run: &str) -> String {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let first = self.steps[step.at()].first.to_le_bytes();
        for byte in run.bytes().chain(self.graph.node(step).id.0.bytes()).chain(first) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        (0..10)
            .map(|_| {
                let digit = (hash % 36) as u32;
                hash = (hash / 36) ^ hash.rotate_left(29);
                char::from_digit(digit, 36).unwrap_or('0')
            })
            .collect()
    }
}

/// Whether every use of `status` in an expression is followed by a name.
fn selects_by_literals(expression: &str) -> bool {
    expression.match_indices("status").all(|(at, word)| {
        let rest = expression[at + word.len()..].trim_start();
        let inside = expression[..at]
            .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '-'))
            || rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '-'));
        inside
            || rest.starts_with('.')
            || rest.strip_prefix('[').is_some_and(|r| r.trim_start().starts_with(['"', '\'']))
    })
}
