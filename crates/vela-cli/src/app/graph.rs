//! `vela workflow graph`: what a run did when, as a picture.

use super::moment;
use super::output::{self, Format};
use super::state::State;
use crate::failure::Failure;
use crate::terminal::{self, Paint};
use clap::{Args, ValueEnum};
use vela::exec::duration::shown;
use vela::exec::engine::Phase;
use vela::exec::timeline::{self, PartKind, Timeline};

/// Draw what a run did when, with the path that decided how long it took.
#[derive(Args)]
pub(crate) struct Graph {
    /// APP for its last run, APP/NUMBER or NAMESPACE/APP/NUMBER.
    #[arg(value_name = "RUN")]
    run: String,
    /// The application's namespace.
    #[arg(short = 'n', long, default_value = "default")]
    namespace: String,
    #[command(flatten)]
    state: State,
    /// How to draw it.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    out: Picture,
}

/// How a timeline is drawn.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Picture {
    /// Bars of characters.
    Text,
    /// A picture.
    Svg,
    /// A page.
    Html,
    /// For programs.
    Json,
    /// For programs.
    Yaml,
}

impl Graph {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let runtime = self.state.reader()?;
        let run = runtime.find_run(&self.namespace, &self.run)?;
        print(&runtime.timeline(&run)?, self.out)
    }
}

/// Prints a timeline.
pub(crate) fn print(timeline: &Timeline, picture: Picture) -> Result<(), Failure> {
    let data = || serde_json::to_value(timeline).unwrap_or_default();
    match picture {
        Picture::Text => output::text(&text(timeline, Paint(terminal::is_interactive()))),
        Picture::Svg => output::text(&timeline::svg(timeline)),
        Picture::Html => output::text(&timeline::html(timeline)),
        Picture::Json => output::data(&data(), Format::Json),
        Picture::Yaml => output::data(&data(), Format::Yaml),
    }
}

/// How many characters the whole run is wide.
const WIDTH: u64 = 48;

/// A timeline of characters: `█` work, `░` waiting, `▒` suspension, `·` waiting for other steps.
pub(crate) fn text(timeline: &Timeline, paint: Paint) -> String {
    let total = timeline.until.saturating_sub(timeline.from).max(1);
    let place = |at: u64| {
        (at.saturating_sub(timeline.from).saturating_mul(WIDTH) / total).min(WIDTH - 1) as usize
    };
    let label = |step: &timeline::Span| match &step.group {
        Some(_) => format!("  {}", step.name),
        None => step.name.clone(),
    };
    let width = timeline.steps.iter().map(|step| label(step).chars().count()).max().unwrap_or(0);
    let mut out = format!(
        "{}  {}  {}  from {}\n",
        paint.bold(&timeline.application),
        timeline.phase.as_str(),
        shown(total),
        moment::date(timeline.from)
    );
    for step in &timeline.steps {
        let mut bar = vec![' '; WIDTH as usize];
        if let Some(from) = step.from {
            for slot in &mut bar[place(from)..=place(step.until).max(place(from))] {
                *slot = '█';
            }
        }
        for part in &step.parts {
            let mark = match part.kind {
                PartKind::Working => '█',
                PartKind::Waiting | PartKind::Retrying => '░',
                PartKind::Suspended => '▒',
                PartKind::Pending => '·',
            };
            for slot in &mut bar[place(part.from)..=place(part.until).max(place(part.from))] {
                *slot = mark;
            }
        }
        let bar: String = bar.into_iter().collect();
        let bar = match step.phase {
            Phase::Failed => paint.red(&bar),
            Phase::Succeeded => paint.green(&bar),
            _ => paint.yellow(&bar),
        };
        let mark = if step.critical { "*" } else { " " };
        let took = step.from.map_or_else(String::new, |_| shown(step.took()));
        let name = label(step);
        out.push_str(&format!("{mark} {name:width$}  {bar}  {took}  {}\n", step.phase.as_str()));
    }
    if !timeline.critical.is_empty() {
        out.push_str(&format!("* critical path: {}\n", timeline.critical.join(" → ")));
    }
    out
}
