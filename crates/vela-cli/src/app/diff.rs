//! `vela diff`: what has changed from one application or Plan to another, and why.

use super::input::{self, Definitions};
use super::output::{self, Format};
use crate::failure::Failure;
use clap::Args;
use vela::dag::diff::{Side, diff};
use vela::dag::plan::PlanOptions;
use vela::{Explained, Plan};

/// Compare two applications or Plans: which objects and fields differ, and which lines made it so.
#[derive(Args)]
pub(crate) struct Diff {
    /// An application, or a Plan as `vela plan --out json` prints it.
    #[arg(value_name = "A")]
    before: String,
    /// The other one.
    #[arg(value_name = "B")]
    after: String,
    #[command(flatten)]
    definitions: Definitions,
    /// Definitions of the first one, where they are others.
    #[arg(long = "before-definitions", value_name = "DIR")]
    before_definitions: Vec<String>,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl Diff {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let older = Definitions { directories: self.before_definitions.clone() };
        let older = if older.directories.is_empty() { &self.definitions } else { &older };
        let before = side(&self.before, older)?;
        let after = side(&self.after, &self.definitions)?;
        let difference = diff(
            Side { plan: &before.0, explained: &before.1 },
            Side { plan: &after.0, explained: &after.1 },
        );
        match self.out {
            Some(format) => {
                output::data(&serde_json::to_value(&difference).unwrap_or_default(), format)
            }
            None if difference.is_empty() => output::text("no difference\n"),
            None => output::text(&difference.to_text()),
        }
    }
}

/// A Plan as it is, or that of an application with its origins.
fn side(path: &str, definitions: &Definitions) -> Result<(Plan, Vec<Explained>), Failure> {
    let bundle = input::bundle(path, definitions)?;
    let text = bundle.files.first().map_or("", |(_, text)| text.as_str());
    if text.trim_start().starts_with('{')
        && let Ok(plan) = serde_json::from_str::<Plan>(text)
    {
        return Ok((plan, Vec::new()));
    }
    let loaded = bundle.read_with(output::secrets().clone())?;
    let plan = loaded.plan(&PlanOptions::default())?;
    Ok((plan, vela::explain(&loaded.application, &loaded.definitions)?))
}
