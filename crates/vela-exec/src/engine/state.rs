//! What the engine knows of a run.

use super::context::RunContext;
use super::event::{Phase, Reason};
use super::graph::{Graph, ScopeIx, StepIx, name};
use super::queue::{Item, Lanes, Queue};
use super::settings::Settings;
use crate::duration::Millis;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use vela_dag::plan::{Mode, Values};
use vela_dag::step::Call;

/// A time that does not come.
pub(super) const NEVER: Millis = Millis::MAX;

/// A run: its Plan's steps and how far they are.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) graph: Arc<Graph>,
    pub(super) settings: Settings,
    /// What every step finds under `context`.
    pub(super) context: RunContext,
    pub(super) started: bool,
    pub(super) now: Millis,
    pub(super) steps: Vec<StepState>,
    pub(super) scopes: Vec<ScopeState>,
    pub(super) vars: Values,
    pub(super) queue: Queue,
    pub(super) timers: BinaryHeap<Reverse<Timer>>,
    /// When suspensions are given up that have no time of their own. Nobody stays awake for these.
    pub(super) patience: BinaryHeap<Reverse<Timer>>,
    /// Who works where, if there are limits.
    pub(super) lanes: Lanes,
    /// Steps in a pass.
    pub(super) active: u32,
    /// Steps (not groups) that are suspended.
    pub(super) suspended: u32,
    /// An operator holds the run.
    pub(super) paused: bool,
    /// When it is ended if nobody lets it go on before.
    pub(super) held_until: Millis,
    /// A step failed for good, or somebody ended the run.
    pub(super) terminated: bool,
    /// The scopes whose mark was put off, in order.
    pub(super) marks: Vec<ScopeIx>,
    /// Steps whose status has changed, while somebody wants to know; no part of the state.
    pub(super) changed: Option<Vec<StepIx>>,
}

/// How far a step is. Kept small: there is one for each of many thousand steps.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct StepState {
    pub(super) phase: Phase,
    pub(super) reason: Reason,
    pub(super) activity: Activity,
    /// Whether it has a status.
    pub(super) shown: bool,
    /// Whether it was visited.
    pub(super) visited: bool,
    /// Whether it has ended.
    pub(super) ended: bool,
    /// Whether it and all that it depends on have succeeded.
    pub(super) clean: bool,
    /// Dependencies that have not ended and inputs that are not set.
    pub(super) missing: u32,
    pub(super) pass: u32,
    pub(super) retries: u32,
    /// Waits since the message last changed.
    pub(super) waits: u32,
    pub(super) first: Millis,
    pub(super) last: Millis,
    /// When it is looked at again, or [`NEVER`].
    pub(super) wake: Millis,
    /// When it fails if it has not ended, or [`NEVER`].
    pub(super) deadline: Millis,
    pub(super) message: Box<str>,
    pub(super) work: Option<Box<Work>>,
}

/// What the engine waits for, of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Activity {
    /// Nothing.
    Rest,
    /// The answer to its `if`.
    Checking,
    /// Its evaluation.
    Evaluating,
    /// The result of the call at the front.
    Calling,
}

/// What a step that is under way has done so far.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Work {
    /// Results by call; whether they stay in the next pass.
    pub(super) returns: IndexMap<String, Returned>,
    /// The calls of the last evaluation that are not made yet.
    pub(super) calls: VecDeque<Call>,
    /// Evaluations in this pass.
    pub(super) evaluations: u32,
    /// The `suspend` call that holds it.
    pub(super) suspended_by: Option<String>,
    /// Whether the intent to make the call at the front was recorded.
    pub(super) called: bool,
    /// Whether this pass has said something.
    pub(super) said: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Returned {
    pub(super) value: Json,
    pub(super) keep: bool,
}

/// How far a list of steps is.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct ScopeState {
    /// Whether its steps are looked at.
    pub(super) open: bool,
    /// The first step that has not ended, where steps run in order.
    pub(super) cursor: u32,
    pub(super) unfinished: u32,
    /// Whether a step has failed for good.
    pub(super) failed: bool,
    /// Steps that were found waiting and have no status yet.
    pub(super) hidden: Vec<StepIx>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Timer {
    pub(super) at: Millis,
    pub(super) kind: TimerKind,
    pub(super) step: StepIx,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum TimerKind {
    Deadline,
    Wake,
}

impl Engine {
    /// A run that has not begun.
    #[must_use]
    pub fn new(graph: Arc<Graph>) -> Engine {
        let steps = vec![StepState::new(); graph.steps.len()];
        let scopes = graph.scopes.iter().map(|s| ScopeState::new(s.steps.len())).collect();
        Engine {
            graph,
            settings: Settings::default(),
            context: RunContext::new(&Json::Null),
            started: false,
            now: 0,
            steps,
            scopes,
            vars: Values::new(),
            queue: Queue::default(),
            timers: BinaryHeap::new(),
            patience: BinaryHeap::new(),
            lanes: Lanes::default(),
            active: 0,
            suspended: 0,
            paused: false,
            held_until: NEVER,
            terminated: false,
            marks: Vec::new(),
            changed: None,
        }
    }

    /// What is run.
    #[must_use]
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// The time of the last event.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.now
    }

    /// The variables that steps have set.
    #[must_use]
    pub fn vars(&self) -> &Values {
        &self.vars
    }

    /// What every step finds under `context`.
    #[must_use]
    pub fn context(&self) -> Json {
        self.context.json()
    }

    /// Whether [`super::Event::Started`] was applied.
    #[must_use]
    pub fn has_started(&self) -> bool {
        self.started
    }

    /// Whether all steps have ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.started && self.scopes[0].unfinished == 0
    }

    /// When something is due, if nothing else happens before; nothing while an operator holds the run or
    /// only operators can let it go on.
    #[must_use]
    pub fn next_wake(&self) -> Option<Millis> {
        if self.paused {
            return None;
        }
        self.timers.peek().map(|Reverse(timer)| timer.at)
    }

    /// When a suspension is given up if nobody resumes it. Nobody needs to stay awake for that: it is
    /// enough to look when the run is taken up again.
    #[must_use]
    pub fn patience(&self) -> Option<Millis> {
        if self.paused {
            return (self.held_until != NEVER).then_some(self.held_until);
        }
        self.patience.peek().map(|Reverse(timer)| timer.at)
    }

    /// How the run is run.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    fn priority(&self, item: Item) -> i32 {
        match item {
            Item::Visit(step) | Item::Pass(step) if !self.settings.priorities.is_empty() => {
                let name = name(self.graph.node(step));
                self.settings.priorities.get(name).copied().unwrap_or_default()
            }
            _ => 0,
        }
    }

    pub(super) fn enqueue(&mut self, item: Item) {
        self.queue.push_back(self.priority(item), item);
    }

    pub(super) fn enqueue_first(&mut self, item: Item) {
        self.queue.push_front(self.priority(item), item);
    }

    pub(super) fn mode(&self, scope: ScopeIx) -> Mode {
        self.graph.scopes[scope].mode
    }

    pub(super) fn set_activity(&mut self, step: StepIx, activity: Activity) {
        let state = &mut self.steps[step.at()];
        let was = state.activity != Activity::Rest;
        let is = activity != Activity::Rest;
        state.activity = activity;
        match (was, is) {
            (false, true) => {
                self.active += 1;
                self.occupy(step);
            }
            (true, false) => {
                self.active -= 1;
                self.vacate(step);
            }
            _ => {}
        }
    }

    fn occupy(&mut self, step: StepIx) {
        if self.settings.limits.is_empty() {
            return;
        }
        for lane in self.graph.lanes(step) {
            *self.lanes.busy.entry(lane).or_default() += 1;
        }
    }

    fn vacate(&mut self, step: StepIx) {
        if self.settings.limits.is_empty() {
            return;
        }
        for lane in self.graph.lanes(step) {
            if let Some(busy) = self.lanes.busy.get_mut(&lane) {
                *busy -= 1;
            }
            self.unpark(&lane);
        }
    }

    /// Lets the next one have a turn that waits for a lane.
    fn unpark(&mut self, lane: &str) {
        if let Some(item) = self.lanes.unpark(lane) {
            self.enqueue_first(item);
        }
    }

    /// Puts an item aside whose lanes are full; gives whether they are.
    pub(super) fn must_park(&mut self, item: Item) -> bool {
        let (Item::Visit(step) | Item::Pass(step)) = item else { return false };
        if self.settings.limits.is_empty() {
            return false;
        }
        let lanes = self.graph.lanes(step);
        let Some(full) = self.lanes.full(&lanes, &self.settings.limits) else { return false };
        self.lanes.park(full, item);
        // Its turn in the other lanes is somebody else's.
        for lane in lanes.iter().filter(|lane| *lane != full) {
            if self.lanes.full(std::slice::from_ref(lane), &self.settings.limits).is_none() {
                self.unpark(lane);
            }
        }
        true
    }

    pub(super) fn set_phase(&mut self, step: StepIx, phase: Phase, reason: Reason) {
        let is_group = self.graph.steps[step.at()].opens().is_some();
        let state = &mut self.steps[step.at()];
        if !is_group {
            if state.phase == Phase::Suspending {
                self.suspended -= 1;
            }
            if phase == Phase::Suspending {
                self.suspended += 1;
            }
        }
        state.phase = phase;
        state.reason = reason;
        state.shown = true;
        state.last = self.now;
        if let Some(changed) = &mut self.changed {
            changed.push(step);
            changed.extend(self.graph.scopes[self.graph.steps[step.at()].scope()].group);
        }
    }

    pub(super) fn set_wake(&mut self, step: StepIx, at: Millis) {
        self.steps[step.at()].wake = at;
        self.timers.push(Reverse(Timer { at, kind: TimerKind::Wake, step }));
    }

    pub(super) fn work(&mut self, step: StepIx) -> &mut Work {
        self.steps[step.at()].work.get_or_insert_default()
    }
}

impl StepState {
    pub(super) fn new() -> StepState {
        StepState {
            phase: Phase::Pending,
            reason: Reason::None,
            activity: Activity::Rest,
            shown: false,
            visited: false,
            ended: false,
            clean: false,
            missing: 0,
            pass: 0,
            retries: 0,
            waits: 0,
            first: 0,
            last: 0,
            wake: NEVER,
            deadline: NEVER,
            message: Box::default(),
            work: None,
        }
    }
}

impl ScopeState {
    pub(super) fn new(steps: usize) -> ScopeState {
        ScopeState {
            open: false,
            cursor: 0,
            unfinished: steps as u32,
            failed: false,
            hidden: Vec::new(),
        }
    }
}

/// Equal when every later event has the same effect: stale timers do not count.
impl PartialEq for Engine {
    fn eq(&self, other: &Engine) -> bool {
        let live = |engine: &Engine| {
            let mut timers: Vec<Timer> = engine
                .timers
                .iter()
                .chain(&engine.patience)
                .map(|Reverse(timer)| *timer)
                .filter(|timer| engine.is_live(*timer))
                .collect();
            timers.sort_unstable();
            timers.dedup();
            timers
        };
        self.started == other.started
            && self.now == other.now
            && self.settings == other.settings
            && self.context == other.context
            && self.steps == other.steps
            && self.scopes == other.scopes
            && self.vars == other.vars
            && self.queue == other.queue
            && self.active == other.active
            && self.suspended == other.suspended
            && self.lanes == other.lanes
            && self.paused == other.paused
            && self.held_until == other.held_until
            && self.terminated == other.terminated
            && self.marks == other.marks
            && live(self) == live(other)
    }
}
