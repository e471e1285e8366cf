//! `vela events` and `vela logs`: what happened in a run, for programs and for people.

use super::moment;
use super::output;
use super::state::State;
use crate::failure::Failure;
use crate::terminal::{self, Paint};
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use vela::exec::engine::{Record, RunPhase};
use vela::exec::replay::Replay;
use vela::exec::store::RunMeta;
use vela::exec::timeline::Journal;

/// How often a run under way is looked at.
const EVERY: Duration = Duration::from_millis(200);

/// Print the events of a run.
#[derive(Args)]
pub(crate) struct Events {
    /// APP for its last run, APP/NUMBER or NAMESPACE/APP/NUMBER.
    #[arg(value_name = "RUN")]
    run: String,
    /// The application's namespace.
    #[arg(short = 'n', long, default_value = "default")]
    namespace: String,
    /// Begin with this event.
    #[arg(long, value_name = "EVENT", default_value_t = 0)]
    from: u64,
    /// Go on until the run has ended.
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    state: State,
    /// How to print them.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    out: Lines,
}

/// Print what the steps of an application said.
#[derive(Args)]
pub(crate) struct Logs {
    /// APP for its last run, APP/NUMBER or NAMESPACE/APP/NUMBER.
    #[arg(value_name = "APP")]
    run: String,
    /// Only this step.
    #[arg(value_name = "STEP")]
    step: Option<String>,
    /// The application's namespace.
    #[arg(short = 'n', long, default_value = "default")]
    namespace: String,
    /// Go on until the run has ended.
    #[arg(short = 'f', long)]
    follow: bool,
    #[command(flatten)]
    state: State,
    /// How to print them.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    out: Lines,
}

/// How lines are printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lines {
    /// A line for people.
    Text,
    /// A JSON text a line.
    Json,
}

impl Events {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        follow(&self.state, &self.namespace, &self.run, self.follow, |run, record, replay| {
            if record.seq < self.from {
                return Ok(());
            }
            let mut event = serde_json::to_value(record).unwrap_or_default();
            let step = record.event.step();
            let step =
                step.map(|step| vela::exec::engine::name(replay.engine().graph().node(step)));
            let line = match self.out {
                Lines::Json => {
                    if let (Json::Object(fields), Some(step)) = (&mut event, step) {
                        fields.insert("stepName".to_owned(), json!(step));
                    }
                    if let Json::Object(fields) = &mut event {
                        fields.insert("run".to_owned(), json!(run.id));
                    }
                    event.to_string()
                }
                Lines::Text => text_of(record, &event, step),
            };
            output::text(&format!("{line}\n"))
        })
    }
}

/// An event on one line, without what is the same in all of them.
fn text_of(record: &Record, event: &Json, step: Option<&str>) -> String {
    let mut rest = event.clone();
    if let Json::Object(fields) = &mut rest {
        for key in ["v", "seq", "at", "event", "step"] {
            fields.remove(key);
        }
    }
    let rest = if rest == json!({}) { String::new() } else { format!("  {rest}") };
    let name = event.get("event").and_then(Json::as_str).unwrap_or_default();
    let step = step.map(|step| format!("  {step}")).unwrap_or_default();
    let line = format!("{:5}  {}  {name}{step}{rest}", record.seq, moment::clock(record.at));
    match line.char_indices().nth(240) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

impl Logs {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let paint = Paint(terminal::is_interactive());
        let mut journal = Journal::default();
        let mut known = self.step.is_none();
        follow(&self.state, &self.namespace, &self.run, self.follow, |run, record, replay| {
            let graph = replay.engine().graph();
            if let Some(step) = &self.step
                && !known
            {
                known = graph.find(step).is_some();
                if !known {
                    return Err(unknown_step(run, step));
                }
            }
            for line in journal.lines(record, replay) {
                if self.step.as_ref().is_some_and(|step| *step != line.step) {
                    continue;
                }
                let text = match self.out {
                    Lines::Json => serde_json::to_string(&line).unwrap_or_default(),
                    Lines::Text => {
                        let at = paint.faint(&moment::clock(line.at));
                        format!("{at}  {}  {}", paint.bold(&line.step), line.text)
                    }
                };
                output::text(&format!("{text}\n"))?;
            }
            Ok(())
        })
    }
}

fn unknown_step(run: &RunMeta, step: &str) -> Failure {
    Failure::coded(
        "run/unknown-step",
        format!("{} has no step \"{step}\"", run.plan.application.name),
        "`vela status APP` shows its steps",
    )
}

/// Goes through a run's events; with `on`, until it has ended.
fn follow(
    state: &State,
    namespace: &str,
    name: &str,
    on: bool,
    mut each: impl FnMut(&RunMeta, &Record, &mut Replay) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let run = state.reader()?.find_run(namespace, name)?;
    let mut replay = Replay::new(Arc::clone(&run.plan))
        .map_err(|why| Failure::coded("run/plan", why.to_string(), "deploy it again"))?;
    let mut next = 0;
    loop {
        // Opened anew each time, so that nobody who wants to work has to wait for a reader.
        let records = state.reader()?.events(&run, next)?;
        for record in &records {
            replay.follow(record).map_err(|why| {
                Failure::coded("state/log", format!("run {}: {why}", run.id), "restore the state")
            })?;
            next = record.seq + 1;
            each(&run, record, &mut replay)?;
        }
        let phase = replay.engine().phase();
        let rests = matches!(phase, RunPhase::Succeeded | RunPhase::Failed | RunPhase::Terminated);
        if !on || rests {
            return Ok(());
        }
        if records.is_empty() {
            std::thread::sleep(EVERY);
        }
    }
}
