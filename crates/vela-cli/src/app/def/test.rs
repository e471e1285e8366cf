//! `vela def test`.

use super::counted;
use crate::app::input::{self, Definitions};
use crate::app::output;
use crate::failure::Failure;
use crate::terminal::{self, Paint};
use clap::Args;
use std::path::Path;
use std::sync::Arc;
use vela::dag::definition::{Outcome, cases, run};

/// Run the tests beside definitions: `scaler_test.yaml` or `scaler_test.cue` beside `scaler.cue`.
#[derive(Args)]
pub(super) struct Test {
    /// Definition files, or directories with them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    #[command(flatten)]
    definitions: Definitions,
    /// Only cases whose name has this text.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

impl Test {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut texts = Vec::new();
        for file in &self.files {
            input::definition_files(file, &mut texts)?;
        }
        let mut definitions = self.definitions.clone();
        definitions.directories.extend(self.files.iter().cloned());
        let catalog = Arc::new(definitions.load()?);
        let paint = Paint(terminal::is_interactive());
        let mut said = String::new();
        let (mut passed, mut failed, mut untested) = (0, 0, 0);
        for (file, _) in &texts {
            let tests = case_files(file);
            if tests.is_empty() {
                untested += 1;
            }
            for definition in catalog.definitions().filter(|d| d.file == *file) {
                for test in &tests {
                    let text = input::text_of(test)?;
                    let all = cases(definition, test, &text)
                        .map_err(|error| vela::Error::application(error, catalog.sources()))?;
                    for case in all.iter().filter(|case| case.name.contains(&self.only)) {
                        let title = format!(
                            "{} {}: {}",
                            definition.kind, definition.metadata.name, case.name
                        );
                        match run(&catalog, definition, case) {
                            Outcome::Passed => passed += 1,
                            Outcome::Failed(why) => {
                                failed += 1;
                                let why = why.replace('\n', "\n  ");
                                said.push_str(&format!("{}\n  {why}\n", paint.bold(&title)));
                            }
                        }
                    }
                }
            }
        }
        let mut summary = format!("{} passed", counted(passed, "case"));
        if untested > 0 {
            summary.push_str(&format!(", {} without tests", counted(untested, "file")));
        }
        output::text(&said)?;
        match failed {
            0 => output::text(&format!("{summary}\n")),
            failed => Err(Failure::new(format!("{} failed, {summary}", counted(failed, "case")))),
        }
    }
}

/// The tests beside a definition file.
fn case_files(file: &str) -> Vec<String> {
    let Some((stem, _)) = file.rsplit_once('.') else { return Vec::new() };
    ["cue", "yaml", "yml", "json"]
        .iter()
        .map(|ending| format!("{stem}_test.{ending}"))
        .filter(|path| Path::new(path).is_file())
        .collect()
}
