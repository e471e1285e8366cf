//! `vela status` and `vela ls`.

use super::moment;
use super::output::{self, Format};
use super::progress::Screen;
use super::state::{Name, State};
use super::tree::Known;
use super::up;
use crate::failure::Failure;
use crate::terminal::{self, Paint};
use clap::Args;
use serde_json::{Value as Json, json};
use std::time::Duration;
use vela::exec::engine::RunPhase;

/// How often a run under way is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Show how an application is.
#[derive(Args)]
pub(crate) struct Status {
    #[command(flatten)]
    name: Name,
    /// Draw it again as it changes, until the workflow has ended.
    #[arg(short = 'w', long)]
    watch: bool,
    #[command(flatten)]
    state: State,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

/// List applications.
#[derive(Args)]
pub(crate) struct Ls {
    /// Only those of a namespace.
    #[arg(short = 'n', long)]
    namespace: Option<String>,
    #[command(flatten)]
    state: State,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl Status {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let executor = up::tokio()?;
        let live = self.watch && self.out.is_none() && terminal::is_interactive();
        let mut known = Known::default();
        let mut screen = Screen::default();
        let mut shown = String::new();
        loop {
            // Opened anew each time, so that nobody who wants to work has to wait for a reader.
            let runtime = self.state.reader()?;
            let found = executor.block_on(runtime.status(&self.name.namespace, &self.name.name))?;
            drop(runtime);
            let over = !self.watch
                || !matches!(found.view.phase, RunPhase::Executing | RunPhase::Initializing);
            known.at(moment::now());
            let text = match self.out {
                Some(format) => output::formatted(&self.data(&found), format),
                None => up::tree_of(
                    &mut known,
                    &found.run.plan,
                    &found,
                    Paint(terminal::is_interactive()),
                ),
            };
            if live && !over {
                screen.draw(&text)?;
            } else if over || text != shown {
                screen.clear()?;
                output::text(&text)?;
            }
            if over {
                return Ok(());
            }
            shown = text;
            std::thread::sleep(EVERY);
        }
    }

    fn data(&self, found: &vela::Status) -> Json {
        let objects = found.objects.iter().map(|(entry, seen)| {
            json!({
                "apiVersion": entry.object.api_version,
                "kind": entry.object.kind,
                "namespace": entry.object.namespace,
                "name": entry.object.name,
                "component": entry.component,
                "target": entry.target,
                "health": seen.health,
                "message": seen.message,
                "owner": seen.owner,
                "run": entry.run,
            })
        });
        json!({
            "application": self.name.name,
            "namespace": self.name.namespace,
            "run": found.run.id,
            "phase": vela::phase_name(found.view.phase),
            "steps": found.view.steps,
            "objects": objects.collect::<Vec<_>>(),
        })
    }
}

impl Ls {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let runtime = self.state.reader()?;
        let mut found = runtime.list()?;
        found.retain(|one| {
            let namespace = &one.run.plan.application.namespace;
            !one.deleted && self.namespace.as_ref().is_none_or(|wanted| wanted == namespace)
        });
        if let Some(format) = self.out {
            let rows = found.iter().map(|one| {
                let application = &one.run.plan.application;
                json!({
                    "namespace": application.namespace,
                    "name": application.name,
                    "phase": vela::phase_name(one.run.phase),
                    "run": one.run.id,
                })
            });
            return output::data(&rows.collect(), format);
        }
        if found.is_empty() {
            return output::text("there are no applications; `vela up -f FILE` deploys one\n");
        }
        let paint = Paint(terminal::is_interactive());
        let name = |one: &vela::Deployed| {
            let application = &one.run.plan.application;
            format!("{}/{}", application.namespace, application.name)
        };
        let width = found.iter().map(|one| name(one).len()).max().unwrap_or(0);
        let rows = found.iter().map(|one| {
            let padded = format!("{:width$}", name(one));
            format!("{}  {}\n", paint.bold(&padded), vela::phase_name(one.run.phase))
        });
        output::text(&rows.collect::<String>())
    }
}
