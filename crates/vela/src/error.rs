//! What went wrong, with what is needed to show it.

use std::fmt;
#[cfg(feature = "runtime")]
use vela_exec::driver::DriveError;
use vela_exec::executor::ExecError;
use vela_exec::store::StoreError;
use vela_lang::source::Sources;
use vela_lang::{Class, Diagnostic};

/// A failure: findings with codes and places, and the texts that they are about.
#[derive(Clone)]
pub struct Error {
    message: String,
    findings: Vec<Diagnostic>,
    sources: Sources,
}

impl Error {
    /// A failure of CUE.
    pub fn language(error: vela_lang::Error, sources: &Sources) -> Error {
        let message = error.to_string();
        Error { message, findings: error.into_diagnostics(), sources: sources.clone() }
    }

    /// A failure of an application or a definition.
    pub fn application(error: vela_dag::Error, sources: &Sources) -> Error {
        let mut findings = error.findings().to_vec();
        if findings.is_empty() {
            findings.push(Diagnostic::new("app/render", Class::Eval, error.message()));
        }
        Error { message: error.to_string(), findings, sources: sources.clone() }
    }

    fn one(code: &'static str, message: impl Into<String>, help: &str) -> Error {
        let message = message.into();
        let finding = Diagnostic::new(code, Class::Eval, message.clone()).help(help);
        Error { message, findings: vec![finding], sources: Sources::default() }
    }

    pub(crate) fn target(message: String) -> Error {
        Error::one("run/target", message, "check where the application's policies send it")
    }

    #[cfg(feature = "runtime")]
    pub(crate) fn unknown_application(namespace: &str, name: &str) -> Error {
        Error::one(
            "run/unknown-application",
            format!("there is no application {namespace}/{name} in this state"),
            "`vela ls` shows all of them; `--state` names another state file",
        )
    }

    #[cfg(feature = "runtime")]
    pub(crate) fn unknown_run(run: &str) -> Error {
        Error::one(
            "run/unknown",
            format!("there is no run {run:?} in this state"),
            "write it as APP for the last run, APP/NUMBER or NAMESPACE/APP/NUMBER; `vela history APP` shows all",
        )
    }

    #[cfg(feature = "runtime")]
    pub(crate) fn replay(run: &str, why: &vela_exec::replay::ReplayError) -> Error {
        let help = "`vela events RUN` shows the events that there are";
        Error::one("run/replay", format!("run {run}: {why}"), help)
    }

    #[cfg(feature = "runtime")]
    pub(crate) fn saved(why: String) -> Error {
        let help = "make it again with `vela plan --save FILE`";
        Error::one("plan/saved", format!("the saved plan can't be read: {why}"), help)
    }

    #[cfg(feature = "runtime")]
    pub(crate) fn nothing_to_roll_back_to(namespace: &str, name: &str) -> Error {
        Error::one(
            "run/rollback",
            format!("{namespace}/{name} has no earlier run that succeeded with another plan"),
            "`vela history` shows its runs; name one with --to",
        )
    }

    /// The code of the first finding, such as `cue/conflict`.
    pub fn code(&self) -> &'static str {
        self.findings.first().map_or("vela/internal", |finding| finding.code)
    }

    /// What was found; never empty.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// The texts that the findings' places are in.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }
}

impl From<vela_lang::Error> for Error {
    fn from(error: vela_lang::Error) -> Error {
        Error::language(error, &Sources::default())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Error {
        let (code, help) = match &error {
            StoreError::Conflict(_) => ("state/conflict", "somebody else works at it: try again"),
            StoreError::Version { .. } => {
                ("state/version", "name another state file with --state or VELA_HOME")
            }
            StoreError::InUse(_) => ("state/in-use", "wait until the other vela has ended"),
            StoreError::Damaged(_) => {
                ("state/damaged", "name another state file with --state or VELA_HOME")
            }
            StoreError::Key(_) => (
                "state/key",
                "give the key that it was made with: VELA_KEY, VELA_KEY_FILE, the system's keyring, or the \
                 file beside the state with .key after its name",
            ),
            StoreError::Medium(_) => {
                ("state/medium", "check that the directory is there, may be written, and has room")
            }
        };
        Error::one(code, error.to_string(), help)
    }
}

#[cfg(feature = "runtime")]
impl From<DriveError> for Error {
    fn from(error: DriveError) -> Error {
        let (code, help) = match error {
            DriveError::Store(error) => return error.into(),
            DriveError::Plan(_) => ("run/plan", "look at the plan with `vela plan`"),
            DriveError::Log { .. } => ("state/log", "go on with the Vela that wrote it"),
            DriveError::NoRun(_) => ("run/unknown", "`vela ls` shows what there is"),
            DriveError::Operation(_) => ("run/operation", "`vela status` shows where the run is"),
            DriveError::Target(_) => ("run/target", "`vela up` tries again"),
        };
        Error::one(code, error.to_string(), help)
    }
}

impl From<ExecError> for Error {
    fn from(error: ExecError) -> Error {
        Error::target(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message)
    }
}

impl std::error::Error for Error {}
