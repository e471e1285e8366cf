//! What went wrong, with what is needed to show it.

use std::fmt;
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
