//! One pass of a step: evaluations and calls until it is done, waits, is suspended or fails.

use super::control::{self, Control};
use super::event::{Command, Evaluation, Outcome, Phase, Reason};
use super::graph::StepIx;
use super::settings::{self, OnFailure};
use super::state::{Activity, Engine, NEVER, Returned};
use crate::duration::Millis;
use serde_json::{Map, Value as Json};
use std::collections::VecDeque;

/// A template that asks for ever new calls is stopped here.
const MOST_EVALUATIONS: u32 = 10_000;

impl Engine {
    pub(super) fn begin_pass(&mut self, step: StepIx, out: &mut Vec<Command>) {
        let state = &mut self.steps[step.at()];
        state.pass += 1;
        let pass = state.pass;
        let work = self.work(step);
        work.returns.retain(|_, returned| returned.keep);
        work.calls.clear();
        work.evaluations = 0;
        work.said = false;
        self.evaluate(step, pass, out);
    }

    fn evaluate(&mut self, step: StepIx, pass: u32, out: &mut Vec<Command>) {
        self.work(step).evaluations += 1;
        self.set_activity(step, Activity::Evaluating);
        out.push(Command::Evaluate { step, pass });
    }

    pub(super) fn evaluated(
        &mut self,
        step: StepIx,
        pass: u32,
        outcome: Evaluation,
        out: &mut Vec<Command>,
    ) {
        if self.activity(step) != Some(Activity::Evaluating) || self.steps[step.at()].pass != pass {
            return;
        }
        match outcome {
            Evaluation::Calls { calls } => {
                let work = self.work(step);
                let new = calls.into_iter().filter(|call| !work.returns.contains_key(&call.path));
                work.calls = new.collect();
                if work.calls.is_empty() {
                    self.retry(step, "the step asks for calls whose results it has");
                } else if work.evaluations > MOST_EVALUATIONS {
                    self.retry(step, "the step asks for ever more calls");
                } else {
                    self.make_calls(step, out);
                }
            }
            Evaluation::Done { outputs, messages } => {
                for (name, value) in outputs {
                    self.set_variable(&name, value);
                }
                // What earlier passes waited for is no longer of interest.
                if !messages.is_empty() {
                    self.steps[step.at()].message = messages.join("; ").into();
                } else if !self.work(step).said {
                    self.steps[step.at()].message = Box::default();
                }
                self.end(step, Phase::Succeeded, Reason::None);
            }
            Evaluation::Failed { reason, message } => match reason {
                Reason::Execute => self.retry(step, &message),
                _ => self.fail(step, reason, &message),
            },
        }
    }

    /// Goes through the calls of the last evaluation, up to one that has to be waited for.
    fn make_calls(&mut self, step: StepIx, out: &mut Vec<Command>) {
        let pass = self.steps[step.at()].pass;
        while let Some(call) = self.work(step).calls.front().cloned() {
            let Some(control) = control::parse(&call) else {
                self.work(step).called = false;
                self.set_activity(step, Activity::Calling);
                out.push(Command::Call { step, pass, call });
                return;
            };
            let result = match control {
                Control::Go => Json::Object(Map::new()),
                Control::Wait { message } => return self.wait(step, &message),
                Control::Suspend { duration } => return self.suspend(step, &call.path, duration),
                Control::Break { message } => {
                    self.set_message(step, &message);
                    self.terminated = true;
                    return self.end(step, Phase::Succeeded, Reason::Terminate);
                }
                Control::Fail { message } => return self.fail(step, Reason::Action, &message),
                Control::Message { message } => {
                    self.steps[step.at()].message = message.into();
                    self.work(step).said = true;
                    Json::Object(Map::new())
                }
                Control::Set { path, value } => {
                    self.put_variable(&path, value);
                    Json::Object(Map::new())
                }
                Control::Get { path } => {
                    let value = control::lookup(&self.vars, &path).cloned().unwrap_or(Json::Null);
                    Json::Object(Map::from_iter([("value".to_owned(), value)]))
                }
                Control::Wrong { message } => return self.retry(step, &message),
            };
            let work = self.work(step);
            work.calls.pop_front();
            work.returns.insert(call.path, Returned { value: result, keep: false });
        }
        self.evaluate(step, pass, out);
    }

    pub(super) fn called(&mut self, step: StepIx, pass: u32, path: &str) {
        if self.awaits(step, pass, path) {
            self.work(step).called = true;
        }
    }

    fn awaits(&self, step: StepIx, pass: u32, path: &str) -> bool {
        self.steps.get(step.at()).is_some_and(|state| {
            state.activity == Activity::Calling
                && state.pass == pass
                && state
                    .work
                    .as_ref()
                    .and_then(|w| w.calls.front())
                    .is_some_and(|call| call.path == path)
        })
    }

    pub(super) fn returned(
        &mut self,
        step: StepIx,
        pass: u32,
        path: String,
        outcome: Outcome,
        keep: bool,
        out: &mut Vec<Command>,
    ) {
        if !self.awaits(step, pass, &path) {
            return;
        }
        match outcome {
            Outcome::Value { value } => {
                let work = self.work(step);
                work.calls.pop_front();
                work.returns.insert(path, Returned { value, keep });
                self.make_calls(step, out);
            }
            Outcome::Wait { message } => self.wait(step, &message),
            Outcome::Error { message } => self.retry(step, &message),
            Outcome::Fail { message } => self.fail(step, Reason::Action, &message),
            Outcome::Unknown { message } => self.fail(step, Reason::Unknown, &message),
        }
    }

    fn set_message(&mut self, step: StepIx, message: &str) {
        let state = &mut self.steps[step.at()];
        if !message.is_empty() && &*state.message != message {
            state.message = message.into();
            state.waits = 0;
        }
    }

    fn rest(&mut self, step: StepIx, most: Millis) {
        let state = &mut self.steps[step.at()];
        let count = state.pass.wrapping_add(state.waits);
        let drawn = settings::draw(self.settings.seed, step.0, count);
        let delay = self.settings.backoff.delay(state.waits, most, drawn);
        state.waits = state.waits.saturating_add(1);
        let at = self.now.saturating_add(delay);
        self.drop_work(step);
        self.set_wake(step, at);
        self.set_activity(step, Activity::Rest);
    }

    /// Forgets what the next pass does not need: runs wait long, and there may be many.
    fn drop_work(&mut self, step: StepIx) {
        let state = &mut self.steps[step.at()];
        let Some(work) = &mut state.work else { return };
        work.returns.retain(|_, returned| returned.keep);
        work.calls = VecDeque::new();
        if work.returns.is_empty() {
            state.work = None;
        }
    }

    fn wait(&mut self, step: StepIx, message: &str) {
        self.set_message(step, message);
        self.set_phase(step, Phase::Running, Reason::Wait);
        self.rest(step, self.settings.backoff.most_waiting);
    }

    fn retry(&mut self, step: StepIx, message: &str) {
        self.set_message(step, message);
        if self.steps[step.at()].retries >= self.settings.retries {
            if self.settings.on_failure == OnFailure::Pause {
                self.pause_on(step);
            } else {
                self.end(step, Phase::Failed, Reason::FailedAfterRetries);
            }
            return;
        }
        self.steps[step.at()].retries += 1;
        self.set_phase(step, Phase::Failed, Reason::Execute);
        self.rest(step, self.settings.backoff.most_failed);
    }

    /// Holds the run; resumed, the step is tried again as if for the first time.
    fn pause_on(&mut self, step: StepIx) {
        self.set_phase(step, Phase::Failed, Reason::FailedAfterRetries);
        let state = &mut self.steps[step.at()];
        state.retries = 0;
        state.waits = 0;
        self.set_wake(step, self.now);
        self.set_activity(step, Activity::Rest);
        self.hold();
    }

    fn fail(&mut self, step: StepIx, reason: Reason, message: &str) {
        self.set_message(step, message);
        self.end(step, Phase::Failed, reason);
    }

    fn suspend(&mut self, step: StepIx, path: &str, duration: Option<Millis>) {
        let label = path.rsplit('.').next().unwrap_or(path);
        self.steps[step.at()].message = format!("Suspended by field {label}").into();
        self.work(step).suspended_by = Some(path.to_owned());
        self.set_phase(step, Phase::Suspending, Reason::Suspend);
        let own_timeout = self.graph.steps[step.at()].timeout().is_some();
        match duration {
            Some(duration) => {
                if !own_timeout {
                    // It says itself how long it takes.
                    self.steps[step.at()].deadline = NEVER;
                }
                let at = self.now.saturating_add(duration);
                self.set_wake(step, at);
            }
            None if own_timeout => {}
            None => self.set_patience(step),
        }
        self.set_activity(step, Activity::Rest);
    }

    fn put_variable(&mut self, path: &str, value: Json) {
        let mut keys = path.split('.');
        let base = keys.next().unwrap_or_default();
        let mut whole = self.vars.get(base).cloned().unwrap_or(Json::Null);
        let mut place = &mut whole;
        for key in keys {
            if !place.is_object() {
                *place = Json::Object(Map::new());
            }
            let Json::Object(fields) = place else { return };
            place = fields.entry(key.to_owned()).or_insert(Json::Null);
        }
        *place = value;
        self.set_variable(base, whole);
    }
}
