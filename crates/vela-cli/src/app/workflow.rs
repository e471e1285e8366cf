//! `vela workflow`: runs under a virtual clock, and what operators do to real ones.

use super::crash::Crash;
use super::graph::{self, Graph, Picture};
use super::input::Source;
use super::output::{self, Format};
use super::prove::Prove;
use super::state::{Name, State};
use super::tree;
use super::up::watched;
use crate::failure::{Failure, status};
use crate::terminal::{self, Paint};
use clap::{Args, Subcommand};
use std::sync::Arc;
use vela::dag::plan::PlanOptions;
use vela::dag::render::RenderOptions;
use vela::exec::duration;
use vela::exec::engine::{Operation, RunPhase};
use vela::exec::simulate::{self, ScriptedAction, StepReport};
use vela::exec::target::local::Faults;
use vela::exec::timeline;

/// Simulate workflows, and resume, suspend, terminate or restart them.
#[derive(Args)]
pub(crate) struct Workflow {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a workflow under a virtual clock, and change nothing.
    Simulate(Simulate),
    /// Kill a simulated run at every boundary, and say what would be repeated or lost.
    Prove(Prove),
    /// Draw what a run did when, with the path that decided how long it took.
    Graph(Graph),
    /// Let a suspended workflow go on.
    Resume(Operate),
    /// Hold a workflow.
    Suspend(Operate),
    /// End a workflow.
    Terminate(Operate),
    /// Run a workflow again.
    Restart(Operate),
}

/// Run a workflow under a virtual clock, and change nothing.
#[derive(Args)]
struct Simulate {
    #[command(flatten)]
    source: Source,
    /// A JSON list of what an operator does: resume, suspend, terminate, restart; `now:` in front
    /// does it at once, `:STEP` behind does it to a step.
    #[arg(long, value_name = "FILE")]
    actions: Option<String>,
    /// Components that misbehave: error, unhealthy, flaky:N (fails so often) or healthy-after:N.
    #[arg(long = "fault", value_name = "COMPONENT=FAULT")]
    faults: Vec<String>,
    /// How long a workflow that rests is watched.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    horizon: Option<u64>,
    /// Draw the timeline.
    #[arg(long, value_enum, value_name = "FORMAT")]
    timeline: Option<Picture>,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

/// Do something to the last run of an application.
#[derive(Args)]
struct Operate {
    #[command(flatten)]
    name: Name,
    /// Only this step.
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    crash: Crash,
    /// Print the result for programs, and nothing before it.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl Workflow {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        match &self.command {
            Command::Simulate(simulate) => simulate.run(),
            Command::Prove(prove) => prove.run(),
            Command::Graph(graph) => graph.run(),
            Command::Resume(operate) => operate.run(Operation::Resume),
            Command::Suspend(operate) => operate.run(Operation::Suspend),
            Command::Terminate(operate) => operate.run(Operation::Terminate),
            Command::Restart(operate) => operate.run(Operation::Restart),
        }
    }
}

impl Operate {
    fn run(&self, operation: Operation) -> Result<(), Failure> {
        let Name { name, namespace } = &self.name;
        let application = format!("{namespace}/{name}");
        if let Some(who) = self.state.pass_on(&application, operation, self.step.as_deref())? {
            return output::text(&format!(
                "passed on to {who}; `vela status {name} --watch` follows it\n"
            ));
        }
        let doing = format!("vela workflow {operation:?} of {application}").to_lowercase();
        let mut worker = self.state.worker(&application, &doing)?;
        let runtime = self.crash.rehearsed_by(worker.runtime.clone());
        let plan = runtime.last(namespace, name)?.plan;
        let go_on = format!("vela workflow resume {name}");
        watched(&mut worker, &plan, self.out, &go_on, |watch| {
            runtime.operate(namespace, name, operation, self.step.as_deref(), watch)
        })
    }
}

impl Simulate {
    fn run(&self) -> Result<(), Failure> {
        let opened = self.source.load()?;
        let script = match &self.actions {
            Some(path) => script(path)?,
            None => Vec::new(),
        };
        let plan = Arc::new(opened.plan(&PlanOptions::default())?);
        let document = opened.application.document.to_json();
        let invalid = |text: String| {
            Failure::coded("workflow/simulate", text, "`vela plan` shows what would be run")
        };
        let clusters = plan.nodes.iter().filter_map(|node| node.target.as_ref());
        let mut faults = Faults::of_application(&document).map_err(invalid)?;
        for given in &self.faults {
            let (component, fault) = given
                .split_once('=')
                .ok_or_else(|| invalid(format!("--fault {given}: write it as COMPONENT=FAULT")))?;
            faults.add(component, fault.parse().map_err(invalid)?);
        }
        let defaults = simulate::Options::default();
        let options = simulate::Options {
            faults,
            clusters: clusters.map(|target| target.cluster.clone()).collect(),
            horizon: self.horizon.unwrap_or(defaults.horizon),
            ..defaults
        };
        let steps = opened.steps(RenderOptions::default());
        let report = simulate::simulate(&plan, &steps, &script, options)
            .map_err(|error| invalid(error.to_string()))?;
        let ended = match report.phase {
            RunPhase::Failed | RunPhase::Terminated => Err(Failure::silent(status::WORKFLOW)),
            _ => Ok(()),
        };
        if let Some(picture) = self.timeline {
            let at = report.log.last().map_or(0, |record| record.at);
            let timeline = timeline::timeline(&plan, &report.log, at)
                .map_err(|error| invalid(error.to_string()))?;
            return graph::print(&timeline, picture).and(ended);
        }
        if let Some(format) = self.out {
            return output::data(&serde_json::to_value(&report).unwrap_or_default(), format);
        }
        let paint = Paint(terminal::is_interactive());
        let mut text = String::new();
        lines(&report.steps, "", paint, &mut text);
        let phase = vela::phase_name(report.phase);
        let seconds = report.elapsed as f64 / 1000.0;
        text.push_str(&format!(
            "{} would be {phase} after {seconds:.1} s\n",
            plan.application.name
        ));
        output::text(&text)?;
        ended
    }
}

fn lines(steps: &[StepReport], indent: &str, paint: Paint, text: &mut String) {
    for step in steps {
        let state = tree::state(step.phase, step.reason, &step.message, paint);
        let what = paint.faint(&step.step_type);
        text.push_str(&format!("{indent}{}  {what}  {state}\n", step.name));
        lines(&step.sub, &format!("{indent}  "), paint, text);
    }
}

fn script(path: &str) -> Result<Vec<ScriptedAction>, Failure> {
    let wrong = |why: String| {
        Failure::coded(
            "workflow/actions",
            format!("{path}: {why}"),
            "write a JSON list, such as [\"resume\", \"now:terminate\"]",
        )
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    ScriptedAction::script(&text).map_err(wrong)
}
