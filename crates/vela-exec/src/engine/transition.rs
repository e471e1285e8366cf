//! What an event changes: the walk over scopes and steps. The [module doc](super) has the algorithm.

use super::context::RunContext;
use super::event::{Command, Event, Phase, Reason};
use super::graph::{Condition, ScopeIx, StepIx};
use super::queue::Item;
use super::state::{Activity, Engine, NEVER};
use crate::duration::Millis;
use std::sync::Arc;
use vela_dag::plan::Mode;

impl Engine {
    /// Changes the state by what has happened at a time, and appends what is to be done.
    ///
    /// Events that come too late (the result of a call whose step has ended) change nothing. A time before
    /// that of the last event counts as that.
    pub fn apply(&mut self, at: Millis, event: &Event, out: &mut Vec<Command>) {
        self.absorb(at, event.clone(), out);
    }

    /// The same with an event that nobody else needs: its values are kept, not copied.
    pub fn absorb(&mut self, at: Millis, event: Event, out: &mut Vec<Command>) {
        self.now = self.now.max(at);
        match event {
            Event::Started { settings, context } => self.start(*settings, &context),
            Event::Checked { step, holds } => self.checked(step, holds, out),
            Event::Evaluated { step, pass, outcome } => self.evaluated(step, pass, outcome, out),
            Event::Called { step, pass, path } => self.called(step, pass, &path),
            Event::Returned { step, pass, path, outcome, keep } => {
                self.returned(step, pass, path, outcome, keep, out);
            }
            Event::Ticked => {}
            Event::Resumed { step } => self.resume(step),
            Event::Suspended => self.hold(),
            Event::Terminated => self.terminate(out),
            Event::Restarted { step } => self.restart(step, out),
        }
        self.fire(out);
        self.pump(out);
        while self.is_stuck() && self.give_up() {
            self.pump(out);
        }
        self.drop_stale();
    }

    /// An operator, or a step that has failed too often, holds the run.
    pub(super) fn hold(&mut self) {
        if self.started && !self.is_finished() && !self.paused {
            self.paused = true;
            self.held_until = self.now.saturating_add(self.settings.deadlines.suspend);
        }
    }

    pub(super) fn let_go(&mut self) {
        self.paused = false;
        self.held_until = NEVER;
    }

    fn start(&mut self, settings: super::Settings, context: &serde_json::Value) {
        if self.started {
            return;
        }
        self.settings = settings;
        self.context = RunContext::new(context);
        self.started = true;
        self.count_missing();
        self.open(0);
    }

    /// Sets what every step misses, from what has ended and is set.
    pub(super) fn count_missing(&mut self) {
        let graph = Arc::clone(&self.graph);
        for (ix, state) in self.steps.iter_mut().enumerate() {
            state.missing = graph.steps[ix].unknown;
        }
        for ix in 0..self.steps.len() {
            let waits = graph
                .depends(StepIx(ix as u32))
                .iter()
                .filter(|dependency| !self.steps[dependency.at()].ended)
                .count();
            self.steps[ix].missing += waits as u32;
        }
        for (variable, takers) in graph.taken() {
            if !self.has_variable(variable) {
                for taker in takers {
                    self.steps[taker.at()].missing += 1;
                }
            }
        }
    }

    pub(super) fn has_variable(&self, name: &str) -> bool {
        self.vars.contains_key(name) || self.context.has(name)
    }

    /// Begins to look at the steps of a scope.
    pub(super) fn open(&mut self, scope: ScopeIx) {
        self.scopes[scope].open = true;
        if self.mode(scope) == Mode::StepByStep {
            self.advance(scope);
            return;
        }
        let graph = Arc::clone(&self.graph);
        let mut items = Vec::new();
        for step in &graph.scopes[scope].steps {
            let state = &mut self.steps[step.at()];
            if state.visited || state.ended {
                continue;
            }
            if state.missing == 0 {
                state.visited = true;
                items.push(Item::Visit(*step));
            } else {
                self.scopes[scope].hidden.push(*step);
            }
        }
        if !items.is_empty() {
            items.push(Item::Mark(scope));
        }
        if scope == 0 {
            for item in items {
                self.enqueue(item);
            }
        } else {
            for item in items.into_iter().rev() {
                self.enqueue_first(item);
            }
        }
    }

    /// Moves the cursor of a scope whose steps run in order.
    fn advance(&mut self, scope: ScopeIx) {
        let graph = Arc::clone(&self.graph);
        let steps = &graph.scopes[scope].steps;
        let mut cursor = self.scopes[scope].cursor as usize;
        while steps.get(cursor).is_some_and(|step| self.steps[step.at()].ended) {
            cursor += 1;
        }
        self.scopes[scope].cursor = cursor as u32;
        let Some(step) = steps.get(cursor) else { return };
        let state = &mut self.steps[step.at()];
        if state.visited {
            return;
        }
        if state.missing > 0 {
            self.set_phase(*step, Phase::Pending, Reason::None);
            return;
        }
        state.visited = true;
        if scope == 0 {
            self.enqueue(Item::Visit(*step));
        } else {
            self.enqueue_first(Item::Visit(*step));
        }
    }

    /// One thing less that a step waits for.
    fn met(&mut self, step: StepIx) {
        let state = &mut self.steps[step.at()];
        state.missing = state.missing.saturating_sub(1);
        if state.missing > 0 || state.visited || state.ended {
            return;
        }
        let at = &self.graph.steps[step.at()];
        let (scope, place) = (at.scope(), at.place);
        if !self.scopes[scope].open {
            return;
        }
        match self.mode(scope) {
            Mode::Dag => {
                self.steps[step.at()].visited = true;
                self.enqueue(Item::Visit(step));
            }
            Mode::StepByStep if self.scopes[scope].cursor == place => self.advance(scope),
            Mode::StepByStep => {}
        }
    }

    /// Sets a variable, and lets go who waits for it.
    pub(super) fn set_variable(&mut self, name: &str, value: serde_json::Value) {
        let had = self.has_variable(name);
        self.vars.insert(name.to_owned(), value);
        if !had {
            let graph = Arc::clone(&self.graph);
            for taker in graph.takers(name) {
                self.met(*taker);
            }
        }
    }

    /// Works through the queue.
    fn pump(&mut self, out: &mut Vec<Command>) {
        while !self.paused && self.active < self.settings.parallel.max(1) {
            let Some(item) = self.queue.pop() else { return };
            if self.must_park(item) {
                continue;
            }
            match item {
                Item::Visit(step) if !self.steps[step.at()].ended => self.visit(step, out),
                Item::Pass(step) => {
                    let state = &self.steps[step.at()];
                    if !state.ended && state.activity == Activity::Rest {
                        self.begin_pass(step, out);
                    }
                }
                Item::Visit(_) => {}
                Item::Mark(scope) if self.suspended > 0 => {
                    if !self.marks.contains(&scope) {
                        self.marks.push(scope);
                    }
                }
                Item::Mark(scope) => {
                    for step in std::mem::take(&mut self.scopes[scope].hidden) {
                        if !self.steps[step.at()].visited && !self.steps[step.at()].ended {
                            self.set_phase(step, Phase::Pending, Reason::None);
                        }
                    }
                }
            }
        }
    }

    fn visit(&mut self, step: StepIx, out: &mut Vec<Command>) {
        self.steps[step.at()].first = self.now;
        match self.graph.steps[step.at()].condition {
            Condition::Always => self.enter(step, out),
            Condition::Predecessors if self.predecessors_succeeded(step) => self.enter(step, out),
            Condition::Predecessors => self.skip(step),
            Condition::Expression => {
                self.set_activity(step, Activity::Checking);
                out.push(Command::Check { step });
            }
        }
    }

    fn predecessors_succeeded(&self, step: StepIx) -> bool {
        let depends = self.graph.depends(step);
        let scope = self.graph.steps[step.at()].scope();
        if depends.is_empty() && self.mode(scope) == Mode::StepByStep {
            return !self.scopes[scope].failed;
        }
        depends.iter().all(|dependency| self.steps[dependency.at()].clean)
    }

    fn checked(&mut self, step: StepIx, holds: Result<bool, String>, out: &mut Vec<Command>) {
        if self.activity(step) != Some(Activity::Checking) {
            return;
        }
        self.set_activity(step, Activity::Rest);
        match holds {
            Ok(true) => self.enter(step, out),
            Ok(false) => self.skip(step),
            Err(why) => {
                self.steps[step.at()].message =
                    format!("pre check error: invalid if value: {why}").into();
                self.skip(step);
            }
        }
    }

    /// What the engine waits for, of a step that exists.
    pub(super) fn activity(&self, step: StepIx) -> Option<Activity> {
        self.steps.get(step.at()).map(|state| state.activity)
    }

    /// The step runs.
    fn enter(&mut self, step: StepIx, out: &mut Vec<Command>) {
        self.set_phase(step, Phase::Running, Reason::None);
        let (timeout, opens) = {
            let at = &self.graph.steps[step.at()];
            (at.timeout(), at.opens())
        };
        match (timeout, opens) {
            (Some(timeout), _) => self.set_deadline(step, timeout),
            (None, None) => self.set_deadline(step, self.settings.deadlines.step),
            // The steps of a group have deadlines of their own.
            (None, Some(_)) => {}
        }
        match opens {
            Some(scope) if self.scopes[scope].unfinished == 0 => {
                self.end(step, Phase::Succeeded, Reason::None)
            }
            Some(scope) => self.open(scope),
            None => self.begin_pass(step, out),
        }
    }

    pub(super) fn skip(&mut self, step: StepIx) {
        if let Some(scope) = self.graph.steps[step.at()].opens() {
            self.close_group(step, Phase::Skipped, Reason::Skip);
            let graph = Arc::clone(&self.graph);
            for member in &graph.scopes[scope].steps {
                if !self.steps[member.at()].ended {
                    self.end(*member, Phase::Skipped, Reason::Skip);
                }
            }
            self.release(step);
        } else {
            self.end(step, Phase::Skipped, Reason::Skip);
        }
    }

    /// Ends a step.
    pub(super) fn end(&mut self, step: StepIx, phase: Phase, reason: Reason) {
        self.close_group(step, phase, reason);
        if phase == Phase::Skipped {
            let graph = Arc::clone(&self.graph);
            for output in &graph.node(step).outputs {
                if !self.vars.contains_key(&output.name) {
                    self.set_variable(&output.name, serde_json::Value::Null);
                }
            }
        }
        self.release(step);
    }

    /// Marks a step as ended, before anything that depends on it moves.
    pub(super) fn close_group(&mut self, step: StepIx, phase: Phase, reason: Reason) {
        self.set_activity(step, Activity::Rest);
        self.set_phase(step, phase, reason);
        let clean = phase == Phase::Succeeded
            && self.graph.depends(step).iter().all(|dependency| self.steps[dependency.at()].clean);
        let state = &mut self.steps[step.at()];
        state.ended = true;
        state.visited = true;
        state.clean = clean;
        state.wake = NEVER;
        state.deadline = NEVER;
        state.work = None;
        let scope = self.graph.steps[step.at()].scope();
        if phase == Phase::Failed {
            self.terminated = true;
            self.scopes[scope].failed = true;
        }
    }

    /// Lets go what waits for the end of a step.
    pub(super) fn release(&mut self, step: StepIx) {
        let graph = Arc::clone(&self.graph);
        for dependent in graph.dependents(step) {
            self.met(*dependent);
        }
        let scope = graph.steps[step.at()].scope();
        self.scopes[scope].unfinished -= 1;
        if self.scopes[scope].open && self.mode(scope) == Mode::StepByStep {
            self.advance(scope);
        }
        if self.scopes[scope].unfinished == 0
            && let Some(group) = graph.scopes[scope].group
            && !self.steps[group.at()].ended
        {
            let (phase, reason) = self.group_result(scope);
            self.end(group, phase, reason);
        }
    }

    fn group_result(&self, scope: ScopeIx) -> (Phase, Reason) {
        const WORST: [Reason; 8] = [
            Reason::FailedAfterRetries,
            Reason::Timeout,
            Reason::Unknown,
            Reason::Action,
            Reason::Terminate,
            Reason::Input,
            Reason::Rendering,
            Reason::Unmet,
        ];
        let mut worst: Option<usize> = None;
        let mut skipped = true;
        for step in &self.graph.scopes[scope].steps {
            let state = &self.steps[step.at()];
            skipped &= state.phase == Phase::Skipped;
            if state.phase == Phase::Failed {
                let rank = WORST.iter().position(|r| *r == state.reason).unwrap_or(WORST.len());
                worst = Some(worst.map_or(rank, |other| other.min(rank)));
            }
        }
        match worst {
            Some(rank) => (Phase::Failed, WORST.get(rank).copied().unwrap_or_default()),
            None if skipped => (Phase::Skipped, Reason::Skip),
            None => (Phase::Succeeded, Reason::None),
        }
    }

    pub(super) fn cancel(&mut self, step: StepIx, out: &mut Vec<Command>) {
        if self.steps[step.at()].activity == Activity::Calling {
            out.push(Command::Cancel { step });
        }
    }
}
