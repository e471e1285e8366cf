//! `vela diff`: what has changed from one application, run or Plan to another, and why.

use super::input::{self, Definitions};
use super::output::{self, Format};
use super::state::State;
use crate::failure::Failure;
use clap::Args;
use std::path::Path;
use vela::dag::diff::{Side, diff};
use vela::dag::plan::PlanOptions;
use vela::{Bundle, Explained, Plan};

/// Compare two applications, runs or Plans: which objects and fields differ, and which lines made it so.
#[derive(Args)]
pub(crate) struct Diff {
    /// An application's file, a Plan as `vela plan --out json` prints it, or what a run deployed: APP for
    /// the last one, APP/NUMBER as `vela history` counts them, or NAMESPACE/APP/NUMBER.
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
    /// The namespace of applications whose runs are compared.
    #[arg(short = 'n', long, default_value = "default")]
    namespace: String,
    #[command(flatten)]
    state: State,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl Diff {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let older = Definitions { directories: self.before_definitions.clone() };
        let older = if older.directories.is_empty() { &self.definitions } else { &older };
        let before = self.side(&self.before, older)?;
        let after = self.side(&self.after, &self.definitions)?;
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

    /// A Plan as it is, or that of an application or a run with its origins.
    fn side(
        &self,
        text: &str,
        definitions: &Definitions,
    ) -> Result<(Plan, Vec<Explained>), Failure> {
        let bundle = if text == "-" || Path::new(text).exists() {
            input::bundle(text, definitions)?
        } else {
            self.deployed(text)?
        };
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

    /// What a run deployed, with the definitions that it had.
    fn deployed(&self, text: &str) -> Result<Bundle, Failure> {
        let runtime = self.state.reader()?;
        let run = runtime.find_run(&self.namespace, text).map_err(|_| {
            Failure::coded(
                "app/file",
                format!("{text} is no file, and no run in this state"),
                "give a file, or a run as APP for the last one or APP/NUMBER; `vela history APP` \
                 shows all",
            )
        })?;
        Ok(runtime.texts(&run)?)
    }
}
