//! `vela def vet`.

use super::counted;
use crate::app::input;
use crate::app::output;
use crate::failure::Failure;
use clap::Args;
use vela::Catalog;
use vela::dag::definition::lint;
use vela::lang::diagnostic::Severity;

/// Check definition files: that they can be used, and for unknown attributes, parameters that nothing
/// reads or explains, tags and names with slips, health rules that can't be true.
#[derive(Args)]
pub(super) struct Vet {
    /// Files or directories.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Warnings count as errors.
    #[arg(long)]
    strict: bool,
}

impl Vet {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut texts = Vec::new();
        for file in &self.files {
            input::definition_files(file, &mut texts)?;
        }
        let mut count = 0;
        let mut errors = 0;
        let mut warnings = 0;
        // Each file by itself: one that is wrong says nothing about the others.
        for (name, text) in &texts {
            let mut catalog = Catalog::new(vela::Engine::new());
            let mut findings = match catalog.add_file(name, text) {
                Ok(findings) => findings,
                Err(error) => {
                    errors += 1;
                    Failure::from(vela::Error::application(error, catalog.sources())).say();
                    continue;
                }
            };
            for definition in catalog.definitions() {
                count += 1;
                // What reading has found already is not said twice.
                findings.extend(lint(catalog.engine(), definition));
                findings.dedup_by(|a, b| a.code == b.code && a.span == b.span);
            }
            errors += findings.iter().filter(|f| f.severity == Severity::Error).count();
            warnings += findings.iter().filter(|f| f.severity != Severity::Error).count();
            input::warn(&findings, &catalog);
        }
        if count == 0 && errors == 0 {
            return Err(Failure::coded(
                "def/none",
                "there are no definitions in these files",
                "a definition is a .cue file, or YAML with a ComponentDefinition and the like",
            ));
        }
        if errors > 0 || self.strict && warnings > 0 {
            let mut found = Vec::new();
            if errors > 0 {
                found.push(counted(errors, "error"));
            }
            if warnings > 0 {
                found.push(counted(warnings, "warning"));
            }
            return Err(Failure::new(format!(
                "{} in {}",
                found.join(" and "),
                counted(texts.len(), "file")
            )));
        }
        let noted = match warnings {
            0 => String::new(),
            warnings => format!(", with {}", counted(warnings, "warning")),
        };
        output::text(&format!("{} in order{noted}\n", counted(count, "definition")))
    }
}
