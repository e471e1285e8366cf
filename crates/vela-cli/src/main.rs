//! The `vela` command.

mod cue;
mod failure;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Renders, orchestrates and deploys applications.
#[derive(Parser)]
#[command(name = "vela", version, propagate_version = true)]
struct Vela {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Evaluate, export, check and format CUE.
    Cue(cue::Cue),
}

fn main() -> ExitCode {
    let vela = Vela::parse();
    let result = match vela.command {
        Command::Cue(cue) => cue.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit(),
    }
}
