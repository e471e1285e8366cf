//! Where state is kept, and which application is meant.

use crate::failure::{Failure, status};
use clap::Args;
use std::path::{Path, PathBuf};
use vela::Runtime;

/// The state file.
#[derive(Args, Clone)]
pub(crate) struct State {
    /// The state file [default: state.redb in $VELA_HOME or the platform's data directory].
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

/// An application by its name.
#[derive(Args, Clone)]
pub(crate) struct Name {
    /// The application's name.
    #[arg(value_name = "APP")]
    pub(crate) name: String,
    /// Its namespace.
    #[arg(short = 'n', long, default_value = "default")]
    pub(crate) namespace: String,
}

impl State {
    /// Opens the state, or makes it.
    pub(crate) fn open(&self) -> Result<Runtime, Failure> {
        let path = self.prepare()?;
        Runtime::open(&path).map_err(|error| Failure::from(error).with_status(status::STATE))
    }

    /// The state file's path; its directory is there.
    pub(crate) fn prepare(&self) -> Result<PathBuf, Failure> {
        let path = self.path()?;
        if let Some(directory) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory).map_err(|error| unreachable(directory, &error))?;
        }
        Ok(path)
    }

    /// Opens the state if it is there; else there is nothing in it.
    pub(crate) fn open_existing(&self) -> Result<Runtime, Failure> {
        let path = self.path()?;
        match std::fs::metadata(&path) {
            Ok(_) => self.open(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Runtime::in_memory()),
            Err(error) => Err(unreachable(&path, &error)),
        }
    }

    /// The state file's path.
    pub(crate) fn path(&self) -> Result<PathBuf, Failure> {
        match (&self.state, home()) {
            (Some(file), _) => Ok(file.clone()),
            (None, Some(home)) => Ok(home.join("state.redb")),
            (None, None) => Err(Failure::coded(
                "state/home",
                "there is no place for the state: neither VELA_HOME nor HOME is set",
                "name a state file with --state, or a directory with VELA_HOME",
            )
            .with_status(status::STATE)),
        }
    }
}

fn unreachable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::coded(
        "state/unreachable",
        format!("the state {} can't be reached: {error}", path.display()),
        "check the directory and its permissions, or name another state file with --state",
    )
    .with_status(status::STATE)
}

/// `$VELA_HOME`, or `vela` in the platform's data directory.
fn home() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(home) = set("VELA_HOME") {
        return Some(home);
    }
    let data = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")))
    };
    data.map(|data| data.join("vela"))
}
