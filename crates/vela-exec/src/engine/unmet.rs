//! Waits that can't end: for an input that nobody sets, or a step that waits for the one that waits for it.
//!
//! A run in which nothing is at work, nothing is due and nothing is suspended can't move any more. The steps
//! that keep it fail then, with what they wait for; what comes after them is gone through as after any
//! other failure.

use super::event::{Phase, Reason};
use super::graph::{Condition, StepIx, variable};
use super::state::Engine;
use rustc_hash::FxHashSet;
use std::sync::Arc;
use vela_dag::plan::Mode;

impl Engine {
    /// Whether nothing will ever happen any more, though steps are left.
    pub(super) fn is_stuck(&mut self) -> bool {
        if !self.started
            || self.paused
            || self.active > 0
            || self.suspended > 0
            || !self.queue.is_empty()
            || self.is_finished()
        {
            return false;
        }
        self.drop_stale();
        self.timers.is_empty()
    }

    /// Ends the steps that can't go on; gives whether there were any.
    pub(super) fn give_up(&mut self) -> bool {
        let graph = Arc::clone(&self.graph);
        let mut waiting = Vec::new();
        let mut given: FxHashSet<&str> = FxHashSet::default();
        for (ix, state) in self.steps.iter().enumerate() {
            let step = StepIx(ix as u32);
            if state.ended {
                continue;
            }
            given.extend(graph.node(step).outputs.iter().map(|output| output.name.as_str()));
            let at = &graph.steps[ix];
            let scope = &self.scopes[at.scope()];
            let in_turn = self.mode(at.scope()) == Mode::Dag || scope.cursor == at.place;
            if scope.open && in_turn && !state.visited {
                waiting.push(step);
            }
        }
        let mut hopeless: Vec<(StepIx, String)> = waiting
            .iter()
            .filter_map(|step| Some((*step, self.never_met(*step, &given)?)))
            .collect();
        if hopeless.is_empty()
            && let Some(first) = waiting.first()
        {
            hopeless.push((*first, format!("{}, which waits for it", self.waits_for(*first))));
        }
        for (step, why) in &hopeless {
            if self.steps[step.at()].ended {
                continue;
            }
            let condition = graph.steps[step.at()].condition;
            self.steps[step.at()].message = why.as_str().into();
            if condition == Condition::Predecessors && self.predecessors_failed(*step) {
                // It would not run even if it got what it waits for.
                self.skip(*step);
            } else {
                self.end(*step, Phase::Failed, Reason::Unmet);
            }
        }
        !hopeless.is_empty()
    }

    fn predecessors_failed(&self, step: StepIx) -> bool {
        let depends = self.graph.depends(step);
        let scope = self.graph.steps[step.at()].scope();
        if depends.is_empty() && self.mode(scope) == Mode::StepByStep {
            return self.scopes[scope].failed;
        }
        depends.iter().map(|other| &self.steps[other.at()]).any(|other| other.ended && !other.clean)
    }

    /// What a step waits for that none of the steps that are left gives.
    fn never_met(&self, step: StepIx, given: &FxHashSet<&str>) -> Option<String> {
        let node = self.graph.node(step);
        if let Some(name) = node.depends_on.iter().find(|name| self.graph.find(name).is_none()) {
            return Some(format!("depends on \"{name}\", and there is no such step"));
        }
        let unset = node.inputs.iter().find(|input| {
            let name = variable(&input.from);
            !matches!(name, "" | "context" | "parameter")
                && !self.has_variable(name)
                && !given.contains(name)
        })?;
        Some(format!("takes the input \"{}\", and no step has set it", unset.from))
    }
}
