//! What is due when: deadlines, and steps that are looked at again.

use super::event::{Command, Phase, Reason};
use super::graph::StepIx;
use super::queue::Item;
use super::state::{Engine, NEVER, Timer, TimerKind};
use crate::duration::Millis;
use std::cmp::Reverse;
use std::sync::Arc;

impl Engine {
    pub(super) fn set_deadline(&mut self, step: StepIx, after: Millis) {
        let at = self.now.saturating_add(after);
        self.steps[step.at()].deadline = at;
        if at != NEVER {
            self.timers.push(Reverse(Timer { at, kind: TimerKind::Deadline, step }));
        }
    }

    /// A suspension that waits for an operator is given up then; nobody stays awake for it.
    pub(super) fn set_patience(&mut self, step: StepIx) {
        let at = self.now.saturating_add(self.settings.deadlines.suspend);
        self.steps[step.at()].deadline = at;
        if at != NEVER {
            self.patience.push(Reverse(Timer { at, kind: TimerKind::Deadline, step }));
        }
    }

    pub(super) fn is_live(&self, timer: Timer) -> bool {
        let state = &self.steps[timer.step.at()];
        let due = match timer.kind {
            TimerKind::Deadline => state.deadline,
            TimerKind::Wake => state.wake,
        };
        due == timer.at
    }

    /// Handles what is due.
    pub(super) fn fire(&mut self, out: &mut Vec<Command>) {
        if self.paused {
            if self.now >= self.held_until {
                self.terminate(out);
            }
            return;
        }
        while let Some(timer) = self.next_timer().filter(|timer| timer.at <= self.now) {
            match timer.kind {
                TimerKind::Deadline => {
                    self.steps[timer.step.at()].deadline = NEVER;
                    self.time_out(timer.step, out);
                }
                TimerKind::Wake => {
                    self.steps[timer.step.at()].wake = NEVER;
                    if self.steps[timer.step.at()].phase == Phase::Suspending {
                        self.resume_step(timer.step);
                        self.push_marks();
                    } else {
                        self.enqueue(Item::Pass(timer.step));
                    }
                }
            }
        }
    }

    /// The next timer that still means something.
    fn next_timer(&mut self) -> Option<Timer> {
        self.drop_stale();
        let first = [self.timers.peek(), self.patience.peek()];
        first.into_iter().flatten().map(|Reverse(timer)| *timer).min()
    }

    /// Drops timers at the front that mean nothing any more: so the front is right.
    pub(super) fn drop_stale(&mut self) {
        while let Some(Reverse(timer)) = self.timers.peek()
            && !self.is_live(*timer)
        {
            self.timers.pop();
        }
        while let Some(Reverse(timer)) = self.patience.peek()
            && !self.is_live(*timer)
        {
            self.patience.pop();
        }
    }

    fn time_out(&mut self, step: StepIx, out: &mut Vec<Command>) {
        let Some(scope) = self.graph.steps[step.at()].opens() else {
            self.cancel(step, out);
            if self.graph.steps[step.at()].timeout().is_none() {
                let state = &mut self.steps[step.at()];
                let waited = if state.message.is_empty() { "it" } else { &*state.message };
                state.message =
                    format!("{waited}: did not come within the default deadline").into();
            }
            self.end(step, Phase::Failed, Reason::Timeout);
            return;
        };
        self.close_group(step, Phase::Failed, Reason::Timeout);
        let graph = Arc::clone(&self.graph);
        for member in &graph.scopes[scope].steps {
            if !self.steps[member.at()].ended {
                self.cancel(*member, out);
                self.end(*member, Phase::Failed, Reason::Timeout);
            }
        }
        self.release(step);
    }
}
