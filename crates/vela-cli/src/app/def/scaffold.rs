//! `vela def init`.

use super::{kind, unwritable};
use crate::app::output;
use crate::failure::Failure;
use clap::Args;
use std::path::Path;
use vela::dag::definition::scaffold;
use vela::dag::oam::DefinitionKind;

/// Write a first version of a definition.
#[derive(Args)]
pub(super) struct Init {
    /// Its name, as applications will write it in `type`.
    name: String,
    /// What it defines: component, trait, policy, workflow-step.
    #[arg(long, short = 't', value_name = "KIND", default_value = "component")]
    r#type: String,
    /// What it is for, in one line.
    #[arg(long, value_name = "TEXT", default_value = "")]
    desc: String,
    /// Write to a file that isn't there yet, instead of to standard output.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<String>,
}

impl Init {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let kind = kind(Some(&self.r#type))?.unwrap_or(DefinitionKind::Component);
        let text = scaffold(kind, &self.name, &self.desc);
        let Some(file) = &self.output else { return output::text(&text) };
        if Path::new(file).exists() {
            return Err(Failure::coded(
                "def/write",
                format!("{file} is there already"),
                "name another file with -o",
            ));
        }
        std::fs::write(file, &text).map_err(|error| unwritable(file, &error))?;
        output::text(&format!("{file} has the {kind} {}\n", self.name))
    }
}
