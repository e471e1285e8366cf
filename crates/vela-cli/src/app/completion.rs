//! `vela completion`: scripts that complete the command line.

use super::output;
use crate::failure::Failure;
use clap::{Args, Command};
use clap_complete::Shell;

/// Print a script that completes the command line.
#[derive(Args)]
pub(crate) struct Completion {
    /// For which shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completion {
    pub(crate) fn run(&self, mut command: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "vela", &mut script);
        output::text(&String::from_utf8_lossy(&script))
    }
}
