//! The `vela` command.

mod app;
mod cue;
mod failure;
mod terminal;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Renders, orchestrates and deploys applications.
#[derive(Parser)]
#[command(name = "vela", version, after_help = "`vela help exit-codes` explains exit codes.")]
struct Vela {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Deploy an application, or go on with a deployment that was interrupted.
    Up(app::up::Up),
    /// Show how an application is.
    Status(app::status::Status),
    /// Wait until an application is as it shall be.
    Wait(app::wait::Wait),
    /// Print what the steps of an application said.
    Logs(app::events::Logs),
    /// Print the events of a run.
    Events(app::events::Events),
    /// List the runs of an application.
    History(app::history::History),
    /// Deploy again what an earlier run of an application deployed.
    Rollback(app::history::Rollback),
    /// Show a run as it was right after one of its events.
    Replay(app::history::Replay),
    /// Serve metrics for Prometheus.
    Serve(app::serve::Serve),
    /// List applications.
    Ls(app::status::Ls),
    /// Delete all that an application has applied.
    Delete(app::delete::Delete),
    /// Check, copy and tidy up the state file.
    State(app::state_file::StateFile),
    /// Simulate workflows, and resume, suspend, terminate or restart them.
    Workflow(app::workflow::Workflow),
    /// Print the manifests that an application renders to, and change nothing.
    DryRun(app::dry_run::DryRun),
    /// Print what deploying an application would do, and change nothing.
    Plan(app::plan::Plan),
    /// Compare two applications or Plans: which objects and fields differ, and why.
    Diff(app::diff::Diff),
    /// Show where a field of a manifest comes from, or what a parameter reaches.
    Explain(app::explain::Explain),
    /// List, show and check definitions.
    Def(app::def::Def),
    /// Evaluate, export, check and format CUE.
    Cue(cue::Cue),
    /// Print a script that completes the command line.
    Completion(app::completion::Completion),
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        // What broke may have been at work with a secret.
        failure::Failure::note(&format!("vela has a defect: {panic}\nplease report it"));
    }));
    if std::env::args().skip(1).eq(["help", "exit-codes"]) {
        return ExitCode::from(match app::print(failure::EXIT_CODES) {
            Ok(()) => 0,
            Err(_) => failure::status::FAILED,
        });
    }
    let result = match Vela::parse().command {
        Command::Up(command) => command.run(),
        Command::Status(command) => command.run(),
        Command::Wait(command) => command.run(),
        Command::Logs(command) => command.run(),
        Command::Events(command) => command.run(),
        Command::History(command) => command.run(),
        Command::Rollback(command) => command.run(),
        Command::Replay(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::Ls(command) => command.run(),
        Command::Delete(command) => command.run(),
        Command::State(command) => command.run(),
        Command::Workflow(command) => command.run(),
        Command::DryRun(command) => command.run(),
        Command::Plan(command) => command.run(),
        Command::Diff(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::Def(command) => command.run(),
        Command::Cue(command) => command.run(),
        Command::Completion(command) => command.run(Vela::command()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit(),
    }
}
