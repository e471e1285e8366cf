//! The steps of a Plan as a graph of indices: what [`super::Engine`] walks.
//!
//! Names are resolved once, here; the engine itself only follows `u32` indices. Building it takes
//! time and memory in proportion to the Plan.

use super::state::NEVER;
use crate::duration::Millis;
use hashbrown::HashTable;
use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use serde::{Deserialize, Serialize};
use std::hash::Hasher as _;
use std::sync::Arc;
use vela_dag::plan::{self, EdgeReason, Mode, Node, NodeId, NodeKind, Plan};

/// A step's index in its [`Graph`]; the number is stable for one Plan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepIx(pub u32);

impl StepIx {
    pub(super) fn at(self) -> usize {
        self.0 as usize
    }
}

/// The list of steps at the top (number 0), or of one group.
pub(super) type ScopeIx = usize;

/// When a step runs that is otherwise ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Condition {
    /// No `if`: what comes before must have succeeded.
    Predecessors,
    /// `if: always`
    Always,
    /// A CUE expression.
    Expression,
}

/// One step. Kept small: there is one for each of many thousand steps.
#[derive(Debug)]
pub(super) struct Step {
    /// Its node in the Plan.
    node: u32,
    scope: u32,
    /// Its place there.
    pub(super) place: u32,
    /// The scope that it opens; [`NONE`] if it is no group.
    opens: u32,
    pub(super) condition: Condition,
    /// Milliseconds; [`NEVER`] if there is none.
    timeout: Millis,
    /// The steps in `dependsOn`, in [`Graph::targets`].
    depends: (u32, u32),
    /// The steps that name this one in `dependsOn`, in [`Graph::targets`].
    dependents: (u32, u32),
    /// How many names in `dependsOn` are no step's.
    pub(super) unknown: u32,
}

const NONE: u32 = u32::MAX;

impl Step {
    /// Where it stands.
    pub(super) fn scope(&self) -> ScopeIx {
        self.scope as usize
    }

    /// The scope that it opens, for a group.
    pub(super) fn opens(&self) -> Option<ScopeIx> {
        (self.opens != NONE).then_some(self.opens as usize)
    }

    /// Milliseconds.
    pub(super) fn timeout(&self) -> Option<Millis> {
        (self.timeout != NEVER).then_some(self.timeout)
    }
}

/// A list of steps.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) steps: Vec<StepIx>,
    pub(super) mode: Mode,
    /// The group, for all but the top.
    pub(super) group: Option<StepIx>,
}

/// Why a Plan can't be run.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlanError {
    /// Written by another version of Vela.
    #[error("the plan has format version {0}, this Vela reads version {known}; make the plan again", known = plan::VERSION)]
    Version(u32),
    /// A group names a node that is not there or no step.
    #[error("group {group} names the step {step}, which the plan has not; make the plan again")]
    Member {
        /// The group.
        group: String,
        /// What it names.
        step: String,
    },
    /// A step stands in two places, or a group in a group.
    #[error("step {0} can't stand where it does: a group holds plain steps, each step once")]
    Nesting(String),
}

/// A Plan, ready to be run.
#[derive(Debug)]
pub struct Graph {
    plan: Arc<Plan>,
    pub(super) steps: Vec<Step>,
    pub(super) scopes: Vec<Scope>,
    targets: Vec<StepIx>,
    /// Steps by name; the names stand in the Plan.
    names: HashTable<StepIx>,
    /// Names under which a step's status is found besides its own.
    aliases: FxHashMap<String, StepIx>,
    /// Which steps take a variable as an input.
    takers: IndexMap<String, Vec<StepIx>>,
    /// Artifacts by id: their nodes.
    artifacts: FxHashMap<NodeId, usize>,
    /// What an artifact waits for, by node.
    before: FxHashMap<usize, Vec<usize>>,
}

impl Graph {
    /// Resolves the names in a Plan.
    ///
    /// # Errors
    /// The Plan is of another version, or its groups make no sense.
    pub fn new(plan: Arc<Plan>) -> Result<Graph, PlanError> {
        if plan.version != plan::VERSION {
            return Err(PlanError::Version(plan.version));
        }
        let mut steps = Vec::new();
        let mut by_id: FxHashMap<&str, StepIx> = FxHashMap::default();
        let mut scopes = vec![Scope { steps: Vec::new(), mode: plan.mode, group: None }];
        for (node, what) in plan.nodes.iter().enumerate() {
            if matches!(what.kind, NodeKind::Artifact { .. }) {
                continue;
            }
            let ix = StepIx(steps.len() as u32);
            let mut step = Step {
                node: node as u32,
                scope: 0,
                place: 0,
                opens: NONE,
                condition: match what.condition.as_deref().map(str::trim) {
                    None | Some("") => Condition::Predecessors,
                    Some("always") => Condition::Always,
                    Some(_) => Condition::Expression,
                },
                timeout: what.timeout.map_or(NEVER, |s| s.saturating_mul(1000)),
                depends: (0, 0),
                dependents: (0, 0),
                unknown: 0,
            };
            if let NodeKind::Group { mode, .. } = &what.kind {
                step.opens = scopes.len() as u32;
                scopes.push(Scope { steps: Vec::new(), mode: *mode, group: Some(ix) });
            }
            by_id.insert(&what.id.0, ix);
            steps.push(step);
        }
        for (number, scope) in scopes.iter_mut().enumerate() {
            let Some(group) = scope.group else { continue };
            let node = &plan.nodes[steps[group.at()].node as usize];
            let NodeKind::Group { steps: members, .. } = &node.kind else { continue };
            for id in members {
                let member = *by_id.get(id.0.as_str()).ok_or_else(|| PlanError::Member {
                    group: node.id.0.clone(),
                    step: id.0.clone(),
                })?;
                let step = &mut steps[member.at()];
                if step.scope != 0 || step.opens != NONE {
                    return Err(PlanError::Nesting(id.0.clone()));
                }
                step.scope = number as u32;
                scope.steps.push(member);
            }
        }
        for (ix, step) in steps.iter().enumerate() {
            if step.scope == 0 {
                scopes[0].steps.push(StepIx(ix as u32));
            }
        }
        for scope in &scopes {
            for (place, ix) in scope.steps.iter().enumerate() {
                steps[ix.at()].place = place as u32;
            }
        }
        let mut graph = Graph {
            steps,
            scopes,
            targets: Vec::new(),
            names: HashTable::new(),
            aliases: FxHashMap::default(),
            takers: IndexMap::new(),
            artifacts: FxHashMap::default(),
            before: FxHashMap::default(),
            plan: Arc::clone(&plan),
        };
        graph.steps.shrink_to_fit();
        graph.index_names();
        graph.index_dependencies();
        graph.index_artifacts();
        Ok(graph)
    }

    fn index_names(&mut self) {
        for ix in 0..self.steps.len() {
            let step = StepIx(ix as u32);
            let node = &self.plan.nodes[self.steps[ix].node as usize];
            let (plan, steps) = (&self.plan, &self.steps);
            let name_of = |step: &StepIx| name(&plan.nodes[steps[step.at()].node as usize]);
            // The first of a name has it.
            self.names
                .entry(hash(name(node)), |other| name_of(other) == name(node), |s| hash(name_of(s)))
                .or_insert(step);
            if let NodeKind::Action { properties, .. } | NodeKind::Gate { properties, .. } =
                &node.kind
            {
                for key in ["name", "component"] {
                    if let Some(alias) = properties.get(key).and_then(|v| v.as_str()) {
                        self.aliases.entry(alias.to_owned()).or_insert(step);
                    }
                }
            }
        }
    }

    fn index_dependencies(&mut self) {
        let count = self.steps.len();
        let mut incoming: Vec<u32> = vec![0; count];
        // The last step that was seen to depend on each: finds repetitions without a search.
        let mut marks: Vec<usize> = vec![usize::MAX; count];
        for ix in 0..count {
            let node = &self.plan.nodes[self.steps[ix].node as usize];
            let start = self.targets.len() as u32;
            for wanted in &node.depends_on {
                match self.find(wanted) {
                    Some(dependency) if marks[dependency.at()] != ix => {
                        marks[dependency.at()] = ix;
                        self.targets.push(dependency);
                        incoming[dependency.at()] += 1;
                    }
                    Some(_) => {}
                    None => self.steps[ix].unknown += 1,
                }
            }
            self.steps[ix].depends = (start, self.targets.len() as u32);
            let mut seen: FxHashSet<&str> = FxHashSet::default();
            for input in &node.inputs {
                let base = variable(&input.from);
                if !base.is_empty() && !matches!(base, "context" | "parameter") && seen.insert(base)
                {
                    self.takers.entry(base.to_owned()).or_default().push(StepIx(ix as u32));
                }
            }
        }
        let mut at = self.targets.len() as u32;
        let edges = incoming.iter().sum::<u32>();
        self.targets.reserve_exact(edges as usize);
        self.targets.resize((at + edges) as usize, StepIx(0));
        self.targets.shrink_to_fit();
        for (step, incoming) in self.steps.iter_mut().zip(&incoming) {
            step.dependents = (at, at);
            at += *incoming;
        }
        for ix in 0..count {
            let (start, end) = self.steps[ix].depends;
            for edge in start..end {
                let dependency = self.targets[edge as usize].at();
                let end = self.steps[dependency].dependents.1;
                self.targets[end as usize] = StepIx(ix as u32);
                self.steps[dependency].dependents.1 = end + 1;
            }
        }
    }

    fn index_artifacts(&mut self) {
        for (ix, node) in self.plan.nodes.iter().enumerate() {
            if matches!(node.kind, NodeKind::Artifact { .. }) {
                self.artifacts.insert(node.id.clone(), ix);
            }
        }
        for edge in &self.plan.edges {
            if matches!(edge.reason, EdgeReason::DependsOn | EdgeReason::Data | EdgeReason::Health)
                && let Some(from) = self.artifacts.get(&edge.from)
                && let Some(to) = self.artifacts.get(&edge.to)
            {
                self.before.entry(*to).or_default().push(*from);
            }
        }
    }

    /// The artifact of that id.
    #[must_use]
    pub fn artifact(&self, id: &NodeId) -> Option<&Node> {
        self.artifacts.get(id).map(|ix| &self.plan.nodes[*ix])
    }

    /// The artifacts that one waits for.
    pub fn artifacts_before(&self, id: &NodeId) -> impl Iterator<Item = &NodeId> {
        let before = self.artifacts.get(id).and_then(|ix| self.before.get(ix));
        before.into_iter().flatten().map(|ix| &self.plan.nodes[*ix].id)
    }

    /// The Plan that this is made of.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// How many steps there are, groups and their steps included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there are no steps.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The Plan's node of a step.
    ///
    /// # Panics
    /// The index is of another Plan.
    #[must_use]
    pub fn node(&self, step: StepIx) -> &Node {
        &self.plan.nodes[self.steps[step.at()].node as usize]
    }

    /// The step of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<StepIx> {
        self.names.find(hash(name), |step| self::name(self.node(*step)) == name).copied()
    }

    /// The step whose status an expression means by a name: a step's own, or the one whose properties
    /// name or apply it.
    pub(super) fn find_status(&self, name: &str) -> Option<StepIx> {
        self.find(name).or_else(|| self.aliases.get(name).copied())
    }

    /// All other names under which a status is found.
    pub(super) fn aliases_of(&self, step: StepIx) -> impl Iterator<Item = &str> {
        let node = self.node(step);
        let properties = match &node.kind {
            NodeKind::Action { properties, .. } | NodeKind::Gate { properties, .. } => {
                Some(properties)
            }
            _ => None,
        };
        ["name", "component"]
            .into_iter()
            .filter_map(move |key| properties?.get(key)?.as_str())
            .filter(move |alias| self.find_status(alias) == Some(step))
    }

    pub(super) fn depends(&self, step: StepIx) -> &[StepIx] {
        let (start, end) = self.steps[step.at()].depends;
        &self.targets[start as usize..end as usize]
    }

    pub(super) fn dependents(&self, step: StepIx) -> &[StepIx] {
        let (start, end) = self.steps[step.at()].dependents;
        &self.targets[start as usize..end as usize]
    }

    /// The variables that steps take, and by whom.
    pub(super) fn taken(&self) -> impl Iterator<Item = (&str, &[StepIx])> {
        self.takers.iter().map(|(name, steps)| (name.as_str(), steps.as_slice()))
    }

    /// The target kinds and clusters (`kubernetes`, `kubernetes/east`) that a step works at, each once.
    pub(crate) fn lanes(&self, step: StepIx) -> Vec<String> {
        let applies = match &self.node(step).kind {
            NodeKind::Action { applies, .. } => applies.as_slice(),
            _ => &[],
        };
        let mut lanes = Vec::new();
        for target in applies.iter().filter_map(|id| self.artifact(id)?.target.as_ref()) {
            lanes.push(target.kind.clone());
            lanes.push(format!("{}/{}", target.kind, target.cluster));
        }
        lanes.sort_unstable();
        lanes.dedup();
        lanes
    }

    pub(super) fn takers(&self, variable: &str) -> &[StepIx] {
        self.takers.get(variable).map_or(&[], Vec::as_slice)
    }
}

fn hash(name: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(name.as_bytes());
    hasher.finish()
}

/// The variable that an input takes: the part before the first dot; `context` for what is always there.
pub(super) fn variable(from: &str) -> &str {
    from.split(['.', '[']).next().unwrap_or(from)
}

/// A step's name.
#[must_use]
pub fn name(node: &Node) -> &str {
    match &node.kind {
        NodeKind::Action { name, .. }
        | NodeKind::Gate { name, .. }
        | NodeKind::Group { name, .. } => name,
        NodeKind::Artifact { component, .. } => component,
    }
}

/// A step's type.
#[must_use]
pub fn step_type(node: &Node) -> &str {
    match &node.kind {
        NodeKind::Action { step_type, .. } | NodeKind::Gate { step_type, .. } => step_type,
        NodeKind::Group { .. } => "step-group",
        NodeKind::Artifact { component_type, .. } => component_type,
    }
}
