//! `vela up`: deploys an application.

use super::access::Worker;
use super::allowed::Allowed;
use super::crash::Crash;
use super::input::{self, OptionalSource};
use super::output::{self, Format};
use super::progress::Progress;
use super::results::Results;
use super::saved;
use super::settings::Pace;
use super::state::State;
use super::tree::Known;
use crate::failure::{Failure, status};
use crate::terminal::{self, Paint};
use clap::Args;
use serde_json::json;
use std::future::Future;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use vela::Plan;
use vela::dag::plan::PlanOptions;
use vela::exec::driver::{Ended, Notice, Watch};
use vela::exec::engine::RunPhase;
use vela::exec::executor::Cancel;

/// Deploy an application, or go on with a deployment that was interrupted.
#[derive(Args)]
pub(crate) struct Up {
    #[command(flatten)]
    source: OptionalSource,
    /// Apply a plan that `vela plan --save` wrote; where anything has moved since, nothing is written.
    #[arg(
        long = "plan",
        value_name = "FILE",
        conflicts_with = "files",
        required_unless_present = "files"
    )]
    plan: Option<String>,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    allowed: Allowed,
    #[command(flatten)]
    pace: Pace,
    #[command(flatten)]
    crash: Crash,
    /// Print the result for programs, and nothing before it.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl Up {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let (saved, bundle) = match &self.plan {
            Some(file) => {
                let (saved, bundle) = saved::read(file, &self.source.0.definitions)?;
                (Some(saved), bundle)
            }
            None => (None, self.source.0.bundle()?),
        };
        let opened = bundle.read_with(output::secrets().clone())?;
        input::warn(&opened.warnings, &opened.definitions);
        let plan = opened.plan(&PlanOptions::default())?;
        let application = format!("{}/{}", plan.application.namespace, plan.application.name);
        let mut worker = self.state.worker(&application, &format!("vela up of {application}"))?;
        let runtime = self.crash.rehearsed_by(worker.runtime.clone());
        if let Some(saved) = &saved {
            saved::check(&runtime, saved, &bundle, &plan)?;
        }
        let objects = self.allowed.settle(&runtime, &plan, saved.is_some())?;
        let runtime = runtime.with_settings(self.pace.settings(objects)?);
        let files = bundle.files.iter().map(|(name, _)| format!(" -f {name}"));
        let go_on = format!("vela up{}", files.collect::<String>());
        watched(&mut worker, &plan, self.out, &go_on, |watch| {
            let (runtime, bundle, opened, plan) = (&runtime, &bundle, &opened, &plan);
            async move { runtime.up_planned(bundle, opened, plan, watch).await }
        })
    }
}

/// Runs something that works at a run, shows what happens, and how it ended.
pub(crate) fn watched<F>(
    worker: &mut Worker,
    plan: &Plan,
    out: Option<Format>,
    go_on: &str,
    work: impl FnOnce(Watch) -> F,
) -> Result<(), Failure>
where
    F: Future<Output = Result<Ended, vela::Error>>,
{
    let (sender, notices) = unbounded_channel();
    let cancel = Cancel::default();
    let operations = worker.wishes.take();
    let watch = Watch { notices: Some(sender), operations, cancel: cancel.clone() };
    let mut progress = Progress::new(plan, terminal::is_interactive());
    let mut results = Results::default();
    let executor = tokio()?;
    let ended = executor.block_on(async {
        let work = work(watch);
        show(work, notices, &cancel, |notice| match (out, notice) {
            (Some(_), notice) => {
                notice.into_iter().for_each(|notice| results.note(notice));
                Ok(())
            }
            (None, Some(notice)) => progress.tell(notice),
            (None, None) => progress.tick(),
        })
        .await
    });
    let ended = match ended {
        Ok(ended) => ended,
        Err(failure) => {
            progress.finish()?;
            return Err(failure);
        }
    };
    if out.is_none() {
        progress.finish()?;
    }
    let application = &plan.application;
    let found =
        executor.block_on(worker.runtime.status(&application.namespace, &application.name))?;
    report(plan, &ended, &found, out.map(|format| (format, results)), go_on)
}

/// Waits for the work's end, and passes notices on, and that time passes; Ctrl-C stops it, a second one at
/// once.
async fn show<F>(
    work: F,
    mut notices: UnboundedReceiver<Notice>,
    cancel: &Cancel,
    mut tell: impl FnMut(Option<&Notice>) -> std::io::Result<()>,
) -> Result<Ended, Failure>
where
    F: Future<Output = Result<Ended, vela::Error>>,
{
    let mut work = std::pin::pin!(work);
    let mut seconds = tokio::time::interval(std::time::Duration::from_secs(1));
    loop {
        tokio::select! {
            biased;
            notice = notices.recv() => match notice {
                Some(notice) => tell(Some(&notice))?,
                None => return Ok(work.await?),
            },
            ended = &mut work => {
                while let Ok(notice) = notices.try_recv() {
                    tell(Some(&notice))?;
                }
                return Ok(ended?);
            }
            pressed = tokio::signal::ctrl_c() => {
                if pressed.is_err() || cancel.is_cancelled() {
                    return Err(Failure::silent(status::INTERRUPTED));
                }
                cancel.cancel();
                Failure::note("stopping: what is under way is finished and kept; Ctrl-C again stops at once");
            }
            _ = seconds.tick() => tell(None)?,
        }
    }
}

fn report(
    plan: &Plan,
    ended: &Ended,
    found: &vela::Status,
    out: Option<(Format, Results)>,
    go_on: &str,
) -> Result<(), Failure> {
    let application = &plan.application;
    let phase = vela::phase_name(ended.view.phase);
    if let Some((format, results)) = out {
        let result = json!({
            "application": application.name,
            "namespace": application.namespace,
            "run": ended.run,
            "phase": phase,
            "unchanged": ended.unchanged,
            "interrupted": ended.stopped,
            "steps": ended.view.steps,
            "objects": results.data(),
        });
        output::data(&result, format)?;
    } else {
        let paint = Paint(terminal::is_interactive());
        let mut text = tree(plan, found, paint);
        let name = &application.name;
        text.push_str(&match (ended.stopped, ended.unchanged, ended.view.phase) {
            (true, ..) => format!("{name} was interrupted; `{go_on}` goes on\n"),
            (_, true, _) => format!("{name} is {phase}: nothing changed\n"),
            (_, _, RunPhase::Suspending) => {
                let namespace = match application.namespace.as_str() {
                    "default" => String::new(),
                    other => format!(" -n {other}"),
                };
                format!("{name} is {phase}: `vela workflow resume {name}{namespace}` goes on\n")
            }
            _ => format!("{name} is {phase}\n"),
        });
        output::text(&text)?;
    }
    match (ended.stopped, ended.view.phase) {
        (true, _) => Err(Failure::silent(status::INTERRUPTED)),
        (_, RunPhase::Failed | RunPhase::Terminated) => Err(Failure::silent(status::WORKFLOW)),
        _ => Ok(()),
    }
}

/// The application as a tree with its name and phase on top.
fn tree(plan: &Plan, found: &vela::Status, paint: Paint) -> String {
    tree_of(&mut Known::default(), plan, found, paint)
}

/// The same, with what is known from before.
pub(crate) fn tree_of(
    known: &mut Known,
    plan: &Plan,
    found: &vela::Status,
    paint: Paint,
) -> String {
    for step in &found.view.steps {
        known.step(None, step);
    }
    for (entry, seen) in &found.objects {
        known.object(&entry.target.cluster, &entry.object, seen.health, &seen.message);
    }
    let phase = vela::phase_name(found.view.phase);
    let painted = match found.view.phase {
        RunPhase::Succeeded => paint.green(phase),
        RunPhase::Failed | RunPhase::Terminated => paint.red(phase),
        _ => paint.yellow(phase),
    };
    let application = &plan.application;
    let name = paint.bold(&format!("{}/{}", application.namespace, application.name));
    format!("{name}  {painted}\n{}", known.tree(plan, paint))
}

/// What runs asynchronous work.
pub(crate) fn tokio() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
