//! How commands end when they don't succeed, and what they say then.

use crate::app;
use crate::terminal;
use std::io::Write;
use std::process::ExitCode;
use vela::lang::Diagnostic;
use vela::lang::source::Sources;

/// Exit statuses, as `vela help exit-codes` explains them; 2 is the argument parser's.
pub(crate) mod status {
    /// The input is wrong, or what was asked for can't be done.
    pub(crate) const FAILED: u8 = 1;
    /// The application was deployed as far as its workflow goes, and the workflow failed.
    pub(crate) const WORKFLOW: u8 = 3;
    /// The state can't be used: unreachable, in use, damaged, of another version.
    pub(crate) const STATE: u8 = 4;
    /// Ctrl-C; what was done is kept.
    pub(crate) const INTERRUPTED: u8 = 130;
}

/// What `vela help exit-codes` prints.
pub(crate) const EXIT_CODES: &str = "\
Exit codes of vela:

  0    done; for `up` the application runs, or waits for an approval
  1    the input is wrong, or what was asked for can't be done
  2    the command line is wrong
  3    the workflow failed or was terminated
  4    the state can't be used: unreachable, in use, damaged, of another version
  130  interrupted by Ctrl-C; what was done is kept, `vela up` goes on
";

/// An exit status and what is written to standard error.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    text: String,
}

impl Failure {
    /// The command could not do what it was asked for.
    pub(crate) fn new(text: impl Into<String>) -> Failure {
        Failure { status: status::FAILED, text: text.into() }
    }

    /// An error with a code, what it is about, and a way out.
    pub(crate) fn coded(code: &'static str, text: impl Into<String>, help: &str) -> Failure {
        let diagnostic = Diagnostic::new(code, vela::lang::Class::Load, text).help(help);
        let text = diagnostic.render(&Sources::default(), terminal::colours_on_stderr());
        Failure { status: status::FAILED, text }
    }

    /// An exit status without more words.
    pub(crate) fn silent(status: u8) -> Failure {
        Failure { status, text: String::new() }
    }

    /// Tells something on standard error and goes on.
    pub(crate) fn note(text: &str) {
        // There is nobody left to tell when this fails.
        let _ = writeln!(std::io::stderr().lock(), "{}", app::masked(text));
    }

    /// The same with another exit status.
    #[must_use]
    pub(crate) fn with_status(mut self, status: u8) -> Failure {
        self.status = status;
        self
    }

    /// Says it.
    pub(crate) fn say(&self) {
        if !self.text.is_empty() {
            let mut err = std::io::stderr().lock();
            // There is nobody left to tell when this fails.
            let _ = writeln!(err, "{}", app::masked(self.text.trim_end()));
        }
    }

    /// Says it and gives the exit code.
    pub(crate) fn exit(self) -> ExitCode {
        self.say();
        ExitCode::from(self.status)
    }
}

impl From<vela::Error> for Failure {
    fn from(error: vela::Error) -> Failure {
        let colours = terminal::colours_on_stderr();
        let whole = error.to_string();
        let shown: Vec<String> = error
            .findings()
            .iter()
            .map(|finding| {
                let mut finding = finding.clone();
                // A single finding is introduced by what was being done.
                if error.findings().len() == 1 && whole.len() > finding.message.len() {
                    finding.message.clone_from(&whole);
                    finding.path.clear();
                    finding.help = finding.help.filter(|help| !whole.contains(help.as_str()));
                }
                finding.render(error.sources(), colours)
            })
            .collect();
        Failure::new(shown.join("\n"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Failure::silent(0);
        }
        Failure::coded(
            "vela/output",
            format!("the output can't be written: {error}"),
            "check that there is room where the output goes",
        )
    }
}
