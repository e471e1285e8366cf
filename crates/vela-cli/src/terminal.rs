//! What the output goes to: a person's terminal, or something that reads lines.

use std::io::IsTerminal;

/// Whether errors are coloured.
pub(crate) fn colours_on_stderr() -> bool {
    std::io::stderr().is_terminal() && wanted()
}

/// Whether output is coloured, and lines that were written may be written over.
pub(crate) fn is_interactive() -> bool {
    std::io::stdout().is_terminal() && wanted()
}

/// `NO_COLOR`, `CI` and dumb terminals ask for plain lines.
fn wanted() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && !set("CI") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Paints text where output is coloured.
#[derive(Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    pub(crate) fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
