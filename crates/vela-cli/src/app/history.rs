//! `vela history`, `vela rollback` and `vela replay`: earlier runs, and any moment of them.

use super::allowed::Allowed;
use super::moment;
use super::output::{self, Format};
use super::settings::Pace;
use super::state::{Name, State};
use super::tree;
use super::up::watched;
use crate::failure::Failure;
use crate::terminal::{self, Paint};
use clap::Args;
use serde_json::json;
use vela::exec::duration::shown;
use vela::exec::engine::{RunPhase, StepView};

/// List the runs of an application.
#[derive(Args)]
pub(crate) struct History {
    #[command(flatten)]
    name: Name,
    #[command(flatten)]
    state: State,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

/// Deploy again what an earlier run of an application deployed.
#[derive(Args)]
pub(crate) struct Rollback {
    #[command(flatten)]
    name: Name,
    /// The run's number; the last one that succeeded with another plan if absent.
    #[arg(long, value_name = "NUMBER")]
    to: Option<u64>,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    allowed: Allowed,
    #[command(flatten)]
    pace: Pace,
    /// Print the result for programs, and nothing before it.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

/// Show a run as it was right after one of its events.
#[derive(Args)]
pub(crate) struct Replay {
    /// APP for its last run, APP/NUMBER or NAMESPACE/APP/NUMBER.
    #[arg(value_name = "RUN")]
    run: String,
    /// The application's namespace.
    #[arg(short = 'n', long, default_value = "default")]
    namespace: String,
    /// The event's number; the last one if absent.
    #[arg(long, value_name = "EVENT")]
    until: Option<u64>,
    #[command(flatten)]
    state: State,
    /// Print all values, for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl History {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let runtime = self.state.reader()?;
        let runs = runtime.history(&self.name.namespace, &self.name.name)?;
        let mut rows = Vec::new();
        for run in &runs {
            let events = runtime.events(run, 0)?;
            let until = events.last().map_or(run.created, |record| record.at);
            rows.push((run, events.len(), until));
        }
        if let Some(format) = self.out {
            let rows = rows.iter().map(|(run, events, until)| {
                json!({
                    "run": run.id, "phase": vela::phase_name(run.phase), "plan": run.plan.hash,
                    "created": run.created, "lastEvent": until, "events": events,
                })
            });
            return output::data(&rows.collect(), format);
        }
        let paint = Paint(terminal::is_interactive());
        let mut text = String::new();
        for (run, events, until) in rows {
            let number = run.id.rsplit('/').next().unwrap_or_default().trim_start_matches('0');
            let hash: String = run.plan.hash.chars().take(12).collect();
            let phase = match run.phase {
                RunPhase::Succeeded => paint.green("succeeded"),
                RunPhase::Failed | RunPhase::Terminated => paint.red(run.phase.as_str()),
                _ => paint.yellow(run.phase.as_str()),
            };
            text.push_str(&format!(
                "{number:>4}  {}  {phase}  {}  plan {hash}  {events} events\n",
                moment::date(run.created),
                shown(until.saturating_sub(run.created)),
            ));
        }
        output::text(&text)
    }
}

impl Rollback {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let Name { name, namespace } = &self.name;
        let application = format!("{namespace}/{name}");
        let mut worker =
            self.state.worker(&application, &format!("vela rollback of {application}"))?;
        let runtime = worker.runtime.clone();
        let target = match self.to {
            Some(number) => runtime.find_run(namespace, &format!("{namespace}/{name}/{number}"))?,
            None => runtime.rollback_target(namespace, name)?,
        };
        let objects = self.allowed.settle(&runtime, &target.plan, false)?;
        let runtime = runtime.with_settings(self.pace.settings(objects)?);
        let go_on = format!("vela rollback {name}");
        watched(&mut worker, &target.plan, self.out, &go_on, |watch| {
            runtime.rollback(&target, watch)
        })
    }
}

impl Replay {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let runtime = self.state.reader()?;
        let run = runtime.find_run(&self.namespace, &self.run)?;
        let moment = runtime.moment(&run, self.until)?;
        if let Some(format) = self.out {
            let mut value = serde_json::to_value(&moment).unwrap_or_default();
            if let Some(fields) = value.as_object_mut() {
                fields.insert("run".to_owned(), json!(run.id));
            }
            return output::data(&value, format);
        }
        let paint = Paint(terminal::is_interactive());
        let mut text = format!("{}  {}\n", paint.bold(&run.id), moment.view.phase.as_str());
        if let Some(record) = &moment.record {
            let value = serde_json::to_value(&record.event).unwrap_or_default();
            let name = value.get("event").and_then(|name| name.as_str()).unwrap_or_default();
            let step = moment.step.as_deref().unwrap_or_default();
            text.push_str(&format!(
                "after event {} of {}  {name} {step}\n",
                record.seq,
                moment::date(record.at)
            ));
        }
        steps(&moment.view.steps, "", paint, &mut text);
        for open in &moment.open {
            let call = &open.call;
            text.push_str(&format!(
                "under way: {}: {} {}\n",
                open.step, call.provider, call.action
            ));
        }
        for (name, value) in &moment.vars {
            text.push_str(&format!("{name} = {value}\n"));
        }
        if let Some(seen) = &moment.seen {
            let seen = serde_json::to_value(seen).unwrap_or_default();
            text.push_str(&format!("{} saw:\n", moment.step.as_deref().unwrap_or("the step")));
            for line in output::as_yaml(&seen).lines() {
                text.push_str(&format!("  {line}\n"));
            }
        }
        if let Some(at) = moment.next {
            text.push_str(&format!("next due at {}\n", moment::date(at)));
        }
        output::text(&text)
    }
}

fn steps(views: &[StepView], indent: &str, paint: Paint, text: &mut String) {
    for view in views {
        text.push_str(&format!("{indent}{}  {}\n", view.name, tree::step(view, paint)));
        steps(&view.sub, &format!("{indent}  "), paint, text);
    }
}
