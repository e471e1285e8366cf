//! `vela state`: what the state file is, apart from the applications in it.

use super::output;
use super::state::State;
use crate::failure::{Failure, status};
use clap::{Args, Subcommand};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::PathBuf;
use vela::exec::store::{self, ArchiveError, Counts, RedbStore, StoreError};

/// Check, copy and tidy up the state file.
#[derive(Args)]
pub(crate) struct StateFile {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read all of it, and follow the log of every run.
    Verify {
        #[command(flatten)]
        state: State,
    },
    /// Write all of it as lines of JSON.
    Export {
        /// Where to; standard output if absent.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        state: State,
    },
    /// Read what `export` wrote into a state that is empty.
    Import {
        /// Where from.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        state: State,
    },
    /// Forget old runs, and give their space back.
    Compact {
        /// How many runs of each application stay; the last that succeeded always does.
        #[arg(long, value_name = "NUMBER", default_value_t = 10)]
        keep: usize,
        #[command(flatten)]
        state: State,
    },
}

impl StateFile {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        match &self.command {
            Command::Verify { state } => verify(state),
            Command::Export { file, state } => export(state, file.as_ref()),
            Command::Import { file, state } => import(state, file),
            Command::Compact { keep, state } => compact(state, *keep),
        }
    }
}

fn verify(state: &State) -> Result<(), Failure> {
    let runtime = state.reader()?;
    let verified = store::verify(&**runtime.store()).map_err(broken)?;
    if verified.findings.is_empty() {
        return output::text(&format!(
            "the state is whole: {} runs, {} records, {} values\n",
            verified.runs, verified.records, verified.values
        ));
    }
    Err(Failure::coded(
        "state/damaged",
        format!("the state is damaged:\n  {}", verified.findings.join("\n  ")),
        "restore it from a copy; what can still be read, `vela state export` writes up to the first fault",
    )
    .with_status(status::STATE))
}

fn export(state: &State, file: Option<&PathBuf>) -> Result<(), Failure> {
    let runtime = state.reader()?;
    let Some(file) = file else {
        let mut out = BufWriter::new(std::io::stdout().lock());
        store::export(&**runtime.store(), &mut out).map_err(archive)?;
        return Ok(());
    };
    // Written beside it first: a file of that name is a whole one.
    let part = file.with_extension("part");
    let written = || -> Result<Counts, ArchiveError> {
        let mut out = BufWriter::new(File::create(&part)?);
        let counts = store::export(&**runtime.store(), &mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        std::fs::rename(&part, file)?;
        Ok(counts)
    };
    output::text(&told("exported", &written().map_err(archive)?))
}

fn import(state: &State, file: &PathBuf) -> Result<(), Failure> {
    let runtime = state.open()?;
    let mut from = BufReader::new(File::open(file).map_err(|e| archive(e.into()))?);
    let counts = store::import(&**runtime.store(), &mut from).map_err(archive)?;
    output::text(&told("imported", &counts))
}

fn compact(state: &State, keep: usize) -> Result<(), Failure> {
    let path = state.prepare()?;
    let length = || std::fs::metadata(&path).map_or(0, |file| file.len() >> 10);
    let before = length();
    let runtime = state.open()?;
    let gone = vela::exec::store::forget_runs(&**runtime.store(), keep).map_err(broken)?;
    drop(runtime);
    let mut store = RedbStore::open(&path).map_err(broken)?;
    store.compact().map_err(broken)?;
    drop(store);
    output::text(&format!("forgot {gone} runs; {before} KiB before, {} KiB now\n", length()))
}

fn told(what: &str, counts: &Counts) -> String {
    let Counts { values, runs, records } = counts;
    format!("{what} {runs} runs, {records} records, {values} values\n")
}

fn broken(error: StoreError) -> Failure {
    Failure::from(vela::Error::from(error)).with_status(status::STATE)
}

fn archive(error: ArchiveError) -> Failure {
    match error {
        ArchiveError::Store(error) => broken(error),
        other => Failure::coded(
            "state/archive",
            other.to_string(),
            "`vela state export FILE` writes such a file; `--state` names another state",
        )
        .with_status(status::STATE),
    }
}
