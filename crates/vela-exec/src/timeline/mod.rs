//! What a run did when: spans of its steps and their calls, and the path that decided how long it took.
//!
//! Everything comes from the log; so a timeline of a run that ended a year ago, of one that is under way
//! and of a simulated one are made by the same few lines.

mod critical;
mod draw;
mod journal;

pub use draw::{html, svg};
pub use journal::{Journal, Line};

use crate::duration::Millis;
use crate::engine::{
    Evaluation, Event, Outcome, Phase, Reason, Record, RunPhase, StepIx, StepView, name, step_type,
};
use crate::replay::{Replay, ReplayError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_dag::plan::Plan;
use vela_dag::step::Call;

/// A run, as a picture of time.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// Namespace and name of the application.
    pub application: String,
    /// How far the run is.
    pub phase: RunPhase,
    /// When it began.
    pub from: Millis,
    /// When it ended; of a run under way the time it is looked at.
    pub until: Millis,
    /// The steps in the order of the Plan, those of a group after it.
    pub steps: Vec<Span>,
    /// The steps that decided how long it took, from the first to the last.
    pub critical: Vec<String>,
}

/// A step's time.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// Its name in the Plan: `step/group/sub`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub step_type: String,
    /// The group that it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How far it is.
    pub phase: Phase,
    /// Why.
    pub reason: Reason,
    /// What it says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// When it was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Millis>,
    /// When it ended, or now.
    pub until: Millis,
    /// When it is looked at again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wake: Option<Millis>,
    /// When it fails if it has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Millis>,
    /// What it did, piece by piece.
    pub parts: Vec<Part>,
    /// The calls it made.
    pub calls: Vec<Made>,
    /// Whether the run would have been shorter had it been.
    pub critical: bool,
}

/// A piece of a step's time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Its beginning.
    pub from: Millis,
    /// Its end.
    pub until: Millis,
    /// What the step said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// What a step does for a while.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PartKind {
    /// Waits for other steps.
    Pending,
    /// Works.
    Working,
    /// Waits until something is so.
    Waiting,
    /// Waits for an operator or for its time.
    Suspended,
    /// Waits before it tries again.
    Retrying,
}

/// A call that a step made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Made {
    /// Provider and action: `kube apply`.
    pub call: String,
    /// When it was handed out.
    pub from: Millis,
    /// When it came back, or now.
    pub until: Millis,
    /// What came back; nothing while it is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<CallResult>,
}

/// What a call came to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "is", content = "message")]
pub enum CallResult {
    /// It worked.
    Value,
    /// Not so far.
    Wait(String),
    /// It failed, and may be tried again.
    Error(String),
    /// It failed for good.
    Fail(String),
    /// Nobody knows.
    Unknown(String),
}

/// The timeline of a run, as it is at a time.
///
/// # Errors
/// The log can't be read.
pub fn timeline(plan: &Arc<Plan>, log: &[Record], now: Millis) -> Result<Timeline, ReplayError> {
    let mut replay = Replay::new(Arc::clone(plan))?;
    let graph = Arc::clone(replay.engine().graph());
    let mut spans = Spans::default();
    for record in log {
        spans.call(record);
        replay.follow(record)?;
        for (group, view) in replay.take_changes() {
            spans.step(record.at, group, &view);
        }
    }
    let last = log.last().map_or(now, |record| record.at);
    let engine = replay.engine();
    let until = if engine.is_finished() { last } else { now.max(last) };
    let view = engine.view();
    let mut steps = Vec::new();
    let mut known: BTreeMap<(Option<String>, String), StepView> = BTreeMap::new();
    for step in view.steps {
        for sub in &step.sub {
            known.insert((Some(step.name.clone()), sub.name.clone()), sub.clone());
        }
        known.insert((None, step.name.clone()), step);
    }
    for ix in critical::order(&graph) {
        let node = graph.node(ix);
        let group = critical::group(plan, node).map(|group| name(group).to_owned());
        let key = (group.clone(), name(node).to_owned());
        let seen = known.get(&key);
        let ended = seen.is_some_and(|step| step.phase.is_over(step.reason));
        let parts = spans.parts.remove(&key).unwrap_or_default();
        let end = if ended { seen.map_or(until, |step| step.last) } else { until };
        let mut span = Span {
            id: node.id.0.clone(),
            name: key.1,
            step_type: step_type(node).to_owned(),
            group,
            phase: seen.map_or(Phase::Pending, |step| step.phase),
            reason: seen.map_or(Reason::None, |step| step.reason),
            message: seen.map(|step| step.message.clone()).unwrap_or_default(),
            from: seen.and_then(|step| step.first),
            until: end,
            wake: seen.and_then(|step| step.wake).filter(|_| !ended),
            deadline: seen.and_then(|step| step.deadline).filter(|_| !ended),
            parts,
            calls: spans.calls.remove(&ix).unwrap_or_default(),
            critical: false,
        };
        span.close(end);
        steps.push(span);
    }
    let critical = critical::path(plan, &mut steps);
    Ok(Timeline {
        application: format!("{}/{}", plan.application.namespace, plan.application.name),
        phase: view.phase,
        from: log.first().map_or(until, |record| record.at),
        until,
        steps,
        critical,
    })
}

/// What was found so far.
#[derive(Default)]
struct Spans {
    parts: BTreeMap<(Option<String>, String), Vec<Part>>,
    calls: BTreeMap<StepIx, Vec<Made>>,
    /// The calls of each step's last evaluation, and since when the next of them is due.
    planned: BTreeMap<StepIx, (Vec<Call>, Millis)>,
}

impl Spans {
    fn step(&mut self, at: Millis, group: Option<String>, view: &StepView) {
        let parts = self.parts.entry((group, view.name.clone())).or_default();
        if let Some(last) = parts.last_mut() {
            last.until = at;
        }
        if view.phase.is_over(view.reason) {
            return;
        }
        let kind = match (view.phase, view.reason) {
            (Phase::Pending, _) => PartKind::Pending,
            (Phase::Suspending, _) => PartKind::Suspended,
            (Phase::Failed, _) => PartKind::Retrying,
            (_, Reason::Wait) => PartKind::Waiting,
            _ => PartKind::Working,
        };
        match parts.last_mut() {
            Some(last) if last.kind == kind && last.message == view.message => {}
            _ => parts.push(Part { kind, from: at, until: at, message: view.message.clone() }),
        }
    }

    fn call(&mut self, record: &Record) {
        match &record.event {
            Event::Evaluated { step, outcome: Evaluation::Calls { calls }, .. } => {
                self.planned.insert(*step, (calls.clone(), record.at));
            }
            Event::Called { step, .. } => {
                if let Some((_, since)) = self.planned.get_mut(step) {
                    *since = record.at;
                }
            }
            Event::Returned { step, path, outcome, .. } => {
                let Some((calls, since)) = self.planned.get_mut(step) else { return };
                let call = calls.iter().find(|call| call.path == *path);
                let shown =
                    call.map_or_else(|| path.clone(), |c| format!("{} {}", c.provider, c.action));
                let made = Made {
                    call: shown,
                    from: *since,
                    until: record.at,
                    result: Some(CallResult::of(outcome)),
                };
                *since = record.at;
                self.calls.entry(*step).or_default().push(made);
            }
            _ => {}
        }
    }
}

impl CallResult {
    fn of(outcome: &Outcome) -> CallResult {
        match outcome {
            Outcome::Value { .. } => CallResult::Value,
            Outcome::Wait { message } => CallResult::Wait(message.clone()),
            Outcome::Error { message } => CallResult::Error(message.clone()),
            Outcome::Fail { message } => CallResult::Fail(message.clone()),
            Outcome::Unknown { message } => CallResult::Unknown(message.clone()),
        }
    }
}

impl Span {
    /// Ends what is still open.
    fn close(&mut self, end: Millis) {
        if let Some(last) = self.parts.last_mut() {
            last.until = last.until.max(end);
        }
        self.parts.retain(|part| part.until > part.from || part.kind != PartKind::Pending);
    }

    /// How long it took so far.
    #[must_use]
    pub fn took(&self) -> Millis {
        self.from.map_or(0, |from| self.until.saturating_sub(from))
    }
}

#[cfg(test)]
mod tests;
