//! `vela plan --save FILE` and `vela up --plan FILE`: what was approved is what is applied.

use super::input::{Definitions, Source};
use super::output;
use super::state::State;
use super::up;
use crate::failure::Failure;
use clap::Args;
use vela::exec::driver::Leftover;
use vela::{Bundle, Moved, Opened, Plan, Runtime, SavedPlan};

/// Where a plan is saved.
#[derive(Args)]
pub(crate) struct Save {
    /// Save the plan for `vela up --plan FILE`, which applies exactly this, or nothing.
    #[arg(long, value_name = "FILE")]
    save: Option<String>,
    #[command(flatten)]
    state: State,
}

impl Save {
    /// What applying a plan would delete; nothing where nothing was ever deployed.
    pub(crate) fn leftovers(&self, plan: &Plan) -> Result<Vec<Leftover>, Failure> {
        if !self.state.path().is_ok_and(|path| path.exists()) {
            return Ok(Vec::new());
        }
        Ok(self.state.reader()?.leftovers(plan)?)
    }

    /// Saves a plan, where that is wanted.
    pub(crate) fn write(
        &self,
        source: &Source,
        opened: &Opened,
        plan: &Plan,
    ) -> Result<(), Failure> {
        let Some(file) = &self.save else { return Ok(()) };
        let bundle = source.bundle()?;
        // The key makes the digests; a state that is not there yet is made for it.
        let worker = self.state.worker("", "vela plan --save")?;
        let runtime = worker.runtime.with_secrets(opened.secrets.clone());
        let saved = up::tokio()?.block_on(runtime.save_plan(&bundle, plan))?;
        std::fs::write(file, output::masked(&saved.text()).as_bytes()).map_err(|error| {
            Failure::coded(
                "plan/save",
                format!("the plan can't be saved in {file}: {error}"),
                "check the directory, its permissions and its room",
            )
        })?;
        Failure::note(&format!("saved in {file}; `vela up --plan {file}` applies it"));
        Ok(())
    }
}

/// A saved plan and the files that it names.
pub(crate) fn read(file: &str, definitions: &Definitions) -> Result<(SavedPlan, Bundle), Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::coded(
            "plan/saved",
            format!("the saved plan {file} can't be read: {error}"),
            "make it with `vela plan -f APP --save FILE`",
        )
    })?;
    let saved = SavedPlan::parse(&text)?;
    let files = saved.files.iter().map(|(name, _)| name.clone()).collect();
    let source = Source::of(files, saved.strict, definitions.clone());
    Ok((saved, source.bundle()?))
}

/// Refuses a saved plan where anything is not as it was.
pub(crate) fn check(
    runtime: &Runtime,
    saved: &SavedPlan,
    bundle: &Bundle,
    plan: &Plan,
) -> Result<(), Failure> {
    let moved = up::tokio()?.block_on(runtime.moved(saved, bundle, plan))?;
    if moved.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = moved.iter().map(Moved::to_string).collect();
    Err(Failure::coded(
        "plan/moved",
        format!(
            "what was approved is not what would be applied, so nothing was written:\n{}",
            lines.join("\n")
        ),
        "look at the differences, and save the plan again with `vela plan --save FILE`",
    ))
}
