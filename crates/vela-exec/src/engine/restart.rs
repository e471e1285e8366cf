//! Starting a run again, whole or from a failed step.

use super::event::{Command, Phase, Reason};
use super::graph::StepIx;
use super::queue::Item;
use super::state::{Activity, Engine, ScopeState, StepState};
use std::sync::Arc;
use vela_dag::plan::Mode;

impl Engine {
    pub(super) fn restart(&mut self, from: Option<StepIx>, out: &mut Vec<Command>) {
        if !self.started || self.can_restart(from).is_err() {
            return;
        }
        let reset = match from {
            None => vec![true; self.steps.len()],
            Some(step) => self.after(step),
        };
        let graph = Arc::clone(&self.graph);
        for (ix, reset) in reset.iter().enumerate() {
            if !reset {
                continue;
            }
            let step = StepIx(ix as u32);
            self.cancel(step, out);
            self.set_activity(step, Activity::Rest);
            self.set_phase(step, Phase::Pending, Reason::None);
            for output in &graph.node(step).outputs {
                self.vars.shift_remove(&output.name);
            }
            // Passes go on counting: the effects of this attempt have keys of their own.
            self.steps[ix] = StepState { pass: self.steps[ix].pass, ..StepState::new() };
        }
        if from.is_none() {
            self.vars.clear();
        }
        self.let_go();
        self.terminated = self.steps.iter().any(|s| s.ended && s.phase == Phase::Failed);
        self.marks.clear();
        let keep = |item: &Item| match item {
            Item::Visit(step) | Item::Pass(step) => !reset[step.at()],
            Item::Mark(_) => false,
        };
        self.queue.retain(keep);
        for parked in self.lanes.parked.values_mut() {
            parked.retain(keep);
        }
        self.lanes.parked.retain(|_, parked| !parked.is_empty());
        self.count_missing();
        for scope in 0..self.scopes.len() {
            let members = &graph.scopes[scope].steps;
            let mut state = ScopeState::new(0);
            for member in members {
                let step = &self.steps[member.at()];
                state.unfinished += u32::from(!step.ended);
                state.failed |= step.ended && step.phase == Phase::Failed;
            }
            self.scopes[scope] = state;
        }
        for scope in 0..self.scopes.len() {
            let entered = graph.scopes[scope].group.is_none_or(|group| {
                let group = &self.steps[group.at()];
                group.visited && group.phase == Phase::Running && !group.ended
            });
            if entered {
                self.open(scope);
            }
        }
    }

    /// A step and all that comes after it.
    fn after(&self, from: StepIx) -> Vec<bool> {
        let graph = &self.graph;
        let mut reset = vec![false; self.steps.len()];
        let mut found = vec![from];
        while let Some(step) = found.pop() {
            if std::mem::replace(&mut reset[step.at()], true) {
                continue;
            }
            found.extend_from_slice(graph.dependents(step));
            for output in &graph.node(step).outputs {
                found.extend_from_slice(graph.takers(&output.name));
            }
            let at = &graph.steps[step.at()];
            let scope = &graph.scopes[at.scope()];
            if scope.mode == Mode::StepByStep {
                // The next one adds those after it.
                found.extend(scope.steps.get(at.place as usize + 1));
            }
            // A group starts again whole, unless it is one of its own steps that does.
            if let Some(opens) = at.opens()
                && graph.steps[from.at()].scope() != opens
            {
                found.extend_from_slice(&graph.scopes[opens].steps);
            }
            // A group whose step starts again goes on itself, and so does what comes after the group.
            found.extend(scope.group);
        }
        reset
    }
}
