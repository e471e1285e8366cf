//! `vela cue`: the commands of `cue`, with its arguments, output and exit statuses.

mod def;
mod diff;
mod document;
mod encoding;
mod eval;
mod fmt;
mod import;
mod input;
mod layout;
mod placement;
mod report;
mod vet;

use crate::failure::Failure;
use clap::{Args, Subcommand, ValueEnum};

/// Evaluate, export, check and format CUE.
#[derive(Args)]
pub(crate) struct Cue {
    #[command(subcommand)]
    command: Command,
    /// How errors are written.
    #[arg(long, global = true, value_enum, default_value = "text")]
    error_format: ErrorFormat,
    /// Run as if started in this directory.
    #[arg(short = 'C', long = "chdir", value_name = "DIR")]
    directory: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorFormat {
    /// As `cue` writes them, with the lines of text, what each says, and help.
    Text,
    /// Exactly as `cue` lists them: paths, messages, positions.
    Brief,
    /// One JSON object a line.
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Print the configuration as one file, with references and constraints as written.
    Def(def::Def),
    /// Print the evaluated configuration.
    Eval(eval::Eval),
    /// Print the configuration as data; everything must be concrete.
    Export(eval::Export),
    /// Check CUE, and data against it.
    Vet(vet::Vet),
    /// Format CUE files.
    Fmt(fmt::Fmt),
    /// Write data files as CUE.
    Import(import::Import),
    /// A command that is not there.
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// What commands of `cue` that are not there are for, and what to do instead.
fn refused(words: &[String]) -> Failure {
    let name = words.first().map_or("", String::as_str);
    let way = match name {
        "trim" => {
            "trim with the `cue` command; `vela cue eval` shows what is left when you do by hand"
        }
        "cmd" => "Vela runs no tasks of CUE files: put the steps into a workflow, and `vela up` it",
        "get" => {
            "generate CUE from Go or from a registry with the `cue` command; Vela reads cue.mod"
        }
        "mod" => {
            "Vela uses modules that are there: write cue.mod/module.cue, put packages in cue.mod/pkg"
        }
        "login" | "refactor" | "exp" | "fix" => "use the `cue` command for this",
        "version" => "see `vela --version`; the language is CUE as of v0.17",
        _ => "there are def, eval, export, vet, fmt and import",
    };
    Failure::coded("cue/command", format!("vela cue has no command {name:?}"), way)
}

impl Cue {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if let Some(directory) = &self.directory {
            std::env::set_current_dir(directory)
                .map_err(|error| Failure::new(format!("chdir {directory}: {error}")))?;
        }
        match self.command {
            Command::Def(def) => def.run(self.error_format),
            Command::Eval(eval) => eval.run(self.error_format),
            Command::Export(export) => export.run(self.error_format),
            Command::Vet(vet) => vet.run(self.error_format),
            Command::Fmt(fmt) => fmt.run(self.error_format),
            Command::Import(import) => import.run(self.error_format),
            Command::Other(words) => Err(refused(&words)),
        }
    }
}
