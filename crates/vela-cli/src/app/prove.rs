//! `vela workflow prove`: what a kill could do to a workflow.

use super::input::OptionalSource;
use super::output::{self, Format};
use super::state::State;
use super::up;
use crate::failure::{Failure, status};
use crate::terminal::{self, Paint};
use clap::Args;
use std::sync::Arc;
use vela::dag::plan::PlanOptions;
use vela::dag::render::RenderOptions;
use vela::exec::prove::{self, FindingKind, Proof};

/// Kill a simulated run at every boundary, take every branch of every `if`, and say what would be repeated
/// or lost.
#[derive(Args)]
pub(crate) struct Prove {
    /// An application that was deployed: APP, APP/NUMBER or NAMESPACE/APP/NUMBER.
    #[arg(value_name = "APP", conflicts_with = "files", required_unless_present = "files")]
    run: Option<String>,
    #[command(flatten)]
    source: OptionalSource,
    /// The namespace of APP.
    #[arg(short = 'n', long, default_value = "default")]
    namespace: String,
    /// Kills at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 2_000)]
    kills: usize,
    #[command(flatten)]
    state: State,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl Prove {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let bundle = match &self.run {
            Some(name) => {
                let runtime = self.state.reader()?;
                runtime.texts(&runtime.find_run(&self.namespace, name)?)?
            }
            None => self.source.0.bundle()?,
        };
        let opened = bundle.read_with(output::secrets().clone())?;
        let plan = Arc::new(opened.plan(&PlanOptions::default())?);
        let steps = opened.steps(RenderOptions::default());
        let clusters = plan.nodes.iter().filter_map(|node| node.target.as_ref());
        let options = prove::Options {
            kills: self.kills,
            clusters: clusters.map(|target| target.cluster.clone()).collect(),
            ..prove::Options::default()
        };
        let proof =
            up::tokio()?.block_on(prove::prove(&plan, &steps, &options)).map_err(|why| {
                let help = "`vela workflow simulate` shows how it runs";
                Failure::coded("workflow/prove", why.to_string(), help)
            })?;
        match self.out {
            Some(format) => {
                output::data(&serde_json::to_value(&proof).unwrap_or_default(), format)?
            }
            None => output::text(&text(&plan.application.name, &proof))?,
        }
        if proof.holds() { Ok(()) } else { Err(Failure::silent(status::WORKFLOW)) }
    }
}

fn text(name: &str, proof: &Proof) -> String {
    let paint = Paint(terminal::is_interactive());
    let mut text = format!(
        "{name}: killed {} times at {} boundaries, before and after each\n",
        proof.kills, proof.boundaries
    );
    for branch in &proof.branches {
        text.push_str(&format!(
            "{}  if {}  {}: {}{}\n",
            branch.step,
            branch.condition,
            branch.holds,
            branch.phase.as_str(),
            if branch.natural { paint.faint("  (by itself)") } else { String::new() },
        ));
    }
    for finding in &proof.findings {
        let kind = match finding.kind {
            FindingKind::Unknown => paint.yellow(finding.kind.as_str()),
            _ => paint.red(finding.kind.as_str()),
        };
        let step = if finding.step.is_empty() { "the run" } else { &finding.step };
        text.push_str(&format!(
            "{kind}  {step}: {}\n  first when killed {}; {} of {} kills\n",
            finding.message, finding.killed, finding.times, proof.kills
        ));
    }
    text.push_str(&match (proof.holds(), proof.findings.is_empty()) {
        (true, true) => {
            paint.green("holds: nothing is repeated, nothing is lost, every run ends\n")
        }
        (true, false) => paint.green(
            "holds: nothing is repeated or lost in silence; some effects end as unknown, and ask\n",
        ),
        (false, _) => paint.red("does not hold\n"),
    });
    text
}
