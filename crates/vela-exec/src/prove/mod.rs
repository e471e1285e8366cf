//! Kills a simulated run at every durable boundary, takes every branch of every `if`, and says which effect
//! would be repeated or lost.
//!
//! It is the real driver that runs, on a store whose process dies at a chosen commit, before it takes place
//! or right after: the one loses the record of what was done, the other what was about to be done. Then the
//! run is taken up on what the store still has, and its end is held against that of a run that nobody
//! killed: the same steps, the same objects as often written, each effect that happens once made once.

mod world;

use crate::action::{HttpClient, Registry};
use crate::driver::DriveError;
use crate::duration::Millis;
use crate::engine::{PlanError, Reason, RunPhase, RunView, StepView, name};
use crate::simulate::SimulatedHttp;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_dag::plan::{Node, Plan, Values};
use vela_dag::step::{Next, StepError, StepProgram, StepState};
use world::{Kill, Left, Outcome, World};

/// How a Plan is put to the proof.
pub struct Options {
    /// Kills at most; where there are more boundaries, they are spread over all of them.
    pub kills: usize,
    /// How long a run may take, by its own clock.
    pub horizon: Millis,
    /// Clusters besides `local`.
    pub clusters: Vec<String>,
    /// Answers requests.
    pub http: Arc<dyn HttpClient>,
    /// What steps can do.
    pub registry: Registry,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            kills: 2_000,
            horizon: 30 * 24 * 3_600_000,
            clusters: Vec::new(),
            http: Arc::new(SimulatedHttp),
            registry: Registry::built_in(),
        }
    }
}

/// What came out.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Proof {
    /// How the run ends that nobody kills.
    pub phase: RunPhase,
    /// Durable boundaries of that run.
    pub boundaries: u64,
    /// How often a run was killed.
    pub kills: usize,
    /// The branches that were taken.
    pub branches: Vec<Branch>,
    /// What is wrong; empty where the workflow survives everything.
    pub findings: Vec<Finding>,
}

impl Proof {
    /// Whether nothing is repeated or lost, and every run ends.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.iter().all(|finding| finding.kind == FindingKind::Unknown)
    }
}

/// A branch of an `if`.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Branch {
    /// The step.
    pub step: String,
    /// Its expression.
    #[serde(rename = "if")]
    pub condition: String,
    /// Whether it held.
    pub holds: bool,
    /// Whether it is what happens by itself.
    pub natural: bool,
    /// How the run ended.
    pub phase: RunPhase,
}

/// Something that a kill does to a workflow.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The step, where it is one's.
    pub step: String,
    /// In words.
    pub message: String,
    /// The first kill that does it.
    pub killed: String,
    /// How many kills do it.
    pub times: usize,
}

/// What a kill can do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FindingKind {
    /// An effect took place more often.
    Repeated,
    /// An effect did not take place, and the run does not say so.
    Lost,
    /// What is left differs.
    Differs,
    /// The run does not end.
    Stuck,
    /// Nobody can tell whether an effect took place; the run stops and asks an operator. No defect of
    /// Vela's, and none that a workflow can always do without: but one should know.
    Unknown,
}

impl FindingKind {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FindingKind::Repeated => "repeated",
            FindingKind::Lost => "lost",
            FindingKind::Differs => "differs",
            FindingKind::Stuck => "stuck",
            FindingKind::Unknown => "unknown",
        }
    }
}

/// Why a Plan can't be put to the proof.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ProveError {
    /// It makes no sense.
    #[error("{0}")]
    Plan(#[from] PlanError),
    /// It can't even be run.
    #[error("{0}")]
    Run(#[from] DriveError),
    /// The run does not end, though nobody kills it.
    #[error("the workflow does not end by itself: {0}; give its steps a timeout")]
    Endless(String),
}

/// Puts a Plan to the proof. It needs a tokio runtime around it, with time.
///
/// # Errors
/// The Plan can't be run, or does not end by itself.
pub async fn prove(
    plan: &Arc<Plan>,
    program: &dyn StepProgram,
    options: &Options,
) -> Result<Proof, ProveError> {
    let whole = World::new(options).run(plan, program, None).await?;
    if whole.stuck {
        return Err(ProveError::Endless(waiting(&whole.view)));
    }
    let mut proof = Proof {
        phase: whole.view.phase,
        boundaries: whole.commits,
        kills: 0,
        branches: Vec::new(),
        findings: Vec::new(),
    };
    let branches = branches(plan, &whole);
    let variants = 1 + branches.iter().filter(|(_, branch)| !branch.natural).count();
    let share = (options.kills / variants).max(1);
    kill_all(plan, program, options, &whole, share, &mut proof).await?;
    for (id, mut branch) in branches {
        if !branch.natural {
            let forced = Forced { program, step: id, holds: branch.holds };
            let whole = World::new(options).run(plan, &forced, None).await?;
            branch.phase = whole.view.phase;
            if whole.stuck {
                proof.add(
                    FindingKind::Stuck,
                    &branch.step,
                    format!(
                        "if {} is {}: {}",
                        branch.condition,
                        branch.holds,
                        waiting(&whole.view)
                    ),
                    "nobody killed it",
                );
            } else {
                kill_all(plan, &forced, options, &whole, share, &mut proof).await?;
            }
        }
        proof.branches.push(branch);
    }
    proof
        .findings
        .sort_by(|a, b| (a.kind, &a.step, &a.message).cmp(&(b.kind, &b.step, &b.message)));
    Ok(proof)
}

/// Both branches of every `if` that is an expression.
fn branches(plan: &Plan, whole: &Outcome) -> Vec<(String, Branch)> {
    let mut found = Vec::new();
    for node in &plan.nodes {
        let Some(condition) = node.condition.as_deref().map(str::trim) else { continue };
        if condition.is_empty() || condition == "always" {
            continue;
        }
        let natural = whole.conditions.get(&node.id.0).copied();
        for holds in [true, false] {
            let branch = Branch {
                step: name(node).to_owned(),
                condition: condition.to_owned(),
                holds,
                natural: natural == Some(holds),
                phase: whole.view.phase,
            };
            found.push((node.id.0.clone(), branch));
        }
    }
    found
}

/// Kills a run at its boundaries, and notes what comes of it.
async fn kill_all(
    plan: &Arc<Plan>,
    program: &dyn StepProgram,
    options: &Options,
    whole: &Outcome,
    most: usize,
    proof: &mut Proof,
) -> Result<(), ProveError> {
    let boundaries = usize::try_from(whole.commits).unwrap_or(usize::MAX);
    // Every boundary has two sides.
    let every = boundaries.saturating_mul(2).div_ceil(most).max(1);
    for at in (0..whole.commits).step_by(every) {
        for after in [false, true] {
            let kill = Kill { at, after };
            let outcome = World::new(options).run(plan, program, Some(kill)).await?;
            let Some(killed) = &outcome.killed else { continue };
            proof.kills += 1;
            proof.compare(whole, &outcome, killed);
        }
    }
    Ok(())
}

impl Proof {
    fn compare(&mut self, whole: &Outcome, outcome: &Outcome, killed: &str) {
        if outcome.stuck {
            self.add(FindingKind::Stuck, "", waiting(&outcome.view), killed);
            return;
        }
        let unknown = unknown(&outcome.view.steps);
        for step in &unknown {
            let message = "whether its effect took place can't be known: the run stops, and \
                           `vela workflow restart APP --step STEP` does it again once somebody has looked";
            self.add(FindingKind::Unknown, step, message.to_owned(), killed);
        }
        for (effect, times) in &outcome.effects {
            let before = whole.effects.get(effect).copied().unwrap_or(0);
            if *times > before {
                let message = format!("{} took place {times} times instead of {before}", effect.1);
                self.add(FindingKind::Repeated, &effect.0, message, killed);
            }
        }
        if !unknown.is_empty() {
            return;
        }
        for (effect, before) in &whole.effects {
            let times = outcome.effects.get(effect).copied().unwrap_or(0);
            if times < *before {
                let message = format!("{} took place {times} times instead of {before}", effect.1);
                self.add(FindingKind::Lost, &effect.0, message, killed);
            }
        }
        let (one, other) = (outline(&whole.view), outline(&outcome.view));
        for (step, phase) in &one {
            if other.get(step) != Some(phase) {
                let now = other.get(step).map_or("nothing", String::as_str);
                let message = format!("it is {now} instead of {phase}");
                self.add(FindingKind::Differs, step, message, killed);
            }
        }
        for (key, kept) in &whole.left {
            match outcome.left.get(key) {
                Some(other) if other == kept => {}
                Some(other) => {
                    let (kind, message) = differs(key, kept, other);
                    self.add(kind, &other.step, message, killed);
                }
                None => {
                    self.add(FindingKind::Lost, &kept.step, format!("{key} is not there"), killed);
                }
            }
        }
        for (key, other) in outcome.left.iter().filter(|(key, _)| !whole.left.contains_key(*key)) {
            let message = format!("{key} is there, which a run that nobody kills does not make");
            self.add(FindingKind::Repeated, &other.step, message, killed);
        }
    }

    fn add(&mut self, kind: FindingKind, step: &str, message: String, killed: &str) {
        let known = self
            .findings
            .iter_mut()
            .find(|f| f.kind == kind && f.step == step && f.message == message);
        match known {
            Some(finding) => finding.times += 1,
            None => self.findings.push(Finding {
                kind,
                step: step.to_owned(),
                message,
                killed: killed.to_owned(),
                times: 1,
            }),
        }
    }
}

/// What something that is left shows of a kill.
fn differs(key: &str, kept: &Left, other: &Left) -> (FindingKind, String) {
    let another = if other.content == kept.content { "" } else { ", and ends as another one" };
    let kind = match other.writes.cmp(&kept.writes) {
        Ordering::Greater => FindingKind::Repeated,
        Ordering::Less => FindingKind::Lost,
        Ordering::Equal => {
            return (FindingKind::Differs, format!("{key} ends as another one"));
        }
    };
    let times = |writes| if writes == 1 { "once".to_owned() } else { format!("{writes} times") };
    let (now, before) = (times(other.writes), times(kept.writes));
    (kind, format!("{key} was changed {now} instead of {before}{another}"))
}

fn outline(view: &RunView) -> BTreeMap<String, String> {
    let all = view.steps.iter().flat_map(|step| std::iter::once(step).chain(&step.sub));
    all.map(|step| {
        let phase = match step.reason.as_str() {
            "" => step.phase.as_str().to_owned(),
            reason => format!("{} ({reason})", step.phase.as_str()),
        };
        (step.name.clone(), phase)
    })
    .collect()
}

/// The steps that ended without anybody knowing how.
fn unknown(steps: &[StepView]) -> Vec<String> {
    let all = steps.iter().flat_map(|step| std::iter::once(step).chain(&step.sub));
    let lost = all.filter(|step| step.reason == Reason::Unknown && step.sub.is_empty());
    lost.map(|step| step.name.clone()).collect()
}

/// What a run that does not end waits for.
fn waiting(view: &RunView) -> String {
    let all = view.steps.iter().flat_map(|step| std::iter::once(step).chain(&step.sub));
    let mut open = all.filter(|step| step.sub.is_empty() && !step.phase.is_over(step.reason));
    match open.next() {
        Some(step) => format!("step {} is {}: {}", step.name, step.phase.as_str(), step.message),
        None => "no step is under way".to_owned(),
    }
}

/// A program in which one `if` holds or not, whatever it says.
struct Forced<'p> {
    program: &'p dyn StepProgram,
    step: String,
    holds: bool,
}

impl StepProgram for Forced<'_> {
    fn next(&self, step: &Node, state: &StepState) -> Result<Next, StepError> {
        self.program.next(step, state)
    }

    fn condition(&self, step: &Node, state: &StepState) -> Result<bool, String> {
        if step.id.0 == self.step { Ok(self.holds) } else { self.program.condition(step, state) }
    }

    fn outputs(
        &self,
        step: &Node,
        task: &serde_json::Value,
        state: &StepState,
    ) -> (Values, Vec<String>) {
        self.program.outputs(step, task, state)
    }
}

#[cfg(test)]
mod tests;
