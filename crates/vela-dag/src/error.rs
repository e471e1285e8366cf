//! Why there are no manifests or no Plan.
//!
//! A failure deep inside a component passes through the stages that called it; each puts what it was
//! doing in front, so that the text reads from the outside in and names component, trait and field.

use std::fmt;
use vela_lang::diagnostic::Diagnostic;

/// A failure with the stages that it passed through.
#[derive(Clone, PartialEq, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Debug)]
struct Inner {
    /// Innermost first.
    stages: Vec<String>,
    message: String,
    findings: Vec<Diagnostic>,
}

impl Error {
    /// A failure in words.
    pub fn new(message: impl Into<String>) -> Error {
        Error(Box::new(Inner { stages: Vec::new(), message: message.into(), findings: Vec::new() }))
    }

    /// A failure made of findings; their texts are the message.
    pub fn of_findings(findings: Vec<Diagnostic>) -> Error {
        let texts: Vec<String> = findings
            .iter()
            .map(|f| match (f.path.is_empty(), &f.help) {
                (true, None) => f.message.clone(),
                (true, Some(help)) => format!("{}; {help}", f.message),
                (false, None) => format!("{}: {}", f.path, f.message),
                (false, Some(help)) => format!("{}: {}; {help}", f.path, f.message),
            })
            .collect();
        Error(Box::new(Inner { stages: Vec::new(), message: texts.join("\n"), findings }))
    }

    /// The same, with the findings that it came from.
    #[must_use]
    pub fn with_findings(mut self, findings: Vec<Diagnostic>) -> Error {
        self.0.findings = findings;
        self
    }

    /// The same with each finding changed.
    #[must_use]
    pub fn map_findings(mut self, change: impl FnMut(Diagnostic) -> Diagnostic) -> Error {
        self.0.findings = self.0.findings.into_iter().map(change).collect();
        self
    }

    /// The same, having passed through one more stage.
    #[must_use]
    pub fn within(mut self, stage: impl Into<String>) -> Error {
        self.0.stages.push(stage.into());
        self
    }

    /// The text without the stages.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The stages, outermost first.
    pub fn stages(&self) -> impl Iterator<Item = &str> {
        self.0.stages.iter().rev().map(String::as_str)
    }

    /// What was found, with places, where the failure came from texts.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.0.findings
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (left, stage) in self.0.stages.iter().enumerate().rev() {
            // A list follows on lines of its own.
            let space = if left == 0 && self.0.message.starts_with('\n') { "" } else { " " };
            write!(f, "{stage}:{space}")?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn stages_read_from_the_outside_in() {
        let error = Error::new("image is missing").within("component web").within("dry run");
        assert_eq!(error.to_string(), "dry run: component web: image is missing");
    }
}
