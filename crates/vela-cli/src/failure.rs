//! How commands end when they don't succeed, and what they say then.

use std::io::Write;
use std::process::ExitCode;

/// An exit status and what is written to standard error.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    text: String,
}

impl Failure {
    /// The command could not do what it was asked for.
    pub(crate) fn new(text: impl Into<String>) -> Failure {
        Failure { status: 1, text: text.into() }
    }

    /// An exit status without more words.
    pub(crate) fn silent(status: u8) -> Failure {
        Failure { status, text: String::new() }
    }

    /// Says it and gives the exit code.
    pub(crate) fn exit(self) -> ExitCode {
        if !self.text.is_empty() {
            let mut err = std::io::stderr().lock();
            // There is nobody left to tell when this fails.
            let _ = writeln!(err, "{}", self.text.trim_end());
        }
        ExitCode::from(self.status)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Failure::silent(0);
        }
        Failure::new(format!("writing output: {error}"))
    }
}
