//! What is wrong with an evaluated template, for people.

use crate::error::Error;
use std::fmt;
use vela_lang::ir::Presence;
use vela_lang::{Class, Diagnostic, Value};

/// How many findings of a kind are listed.
const MOST: usize = 20;

/// Findings by what they are about.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Report {
    /// What the template itself reports in `errs`.
    pub user: Vec<String>,
    /// What is wrong with parameters.
    pub parameter: Vec<Diagnostic>,
    /// What is wrong elsewhere.
    pub template: Vec<Diagnostic>,
}

impl Report {
    /// A report of these findings, sorted by what they are about; equal ones are kept once.
    pub fn of(findings: Vec<Diagnostic>) -> Report {
        let mut report = Report::default();
        report.add(findings);
        report
    }

    /// Adds findings.
    pub fn add(&mut self, findings: Vec<Diagnostic>) {
        for finding in findings {
            let about_parameters = finding.path == "parameter"
                || finding.path.starts_with("parameter.")
                || finding.path.starts_with("parameter[");
            let list = if about_parameters { &mut self.parameter } else { &mut self.template };
            let known =
                |other: &Diagnostic| other.path == finding.path && other.message == finding.message;
            if !list.iter().any(known) {
                list.push(finding);
            }
        }
        // What a wrong parameter breaks further on is no finding of its own.
        let parameter = &self.parameter;
        self.template.retain(|finding| {
            finding.class <= Class::Incomplete
                || !parameter.iter().any(|other| other.message == finding.message)
        });
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.user.is_empty() && self.parameter.is_empty() && self.template.is_empty()
    }

    /// The report as an error.
    pub fn into_error(self) -> Error {
        let text = self.to_string();
        let findings = self.parameter.into_iter().chain(self.template).collect();
        Error::new(text).with_findings(findings)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |findings: &[Diagnostic]| -> Vec<String> {
            findings
                .iter()
                .map(|finding| {
                    let path = if finding.path.is_empty() {
                        String::new()
                    } else {
                        format!("{}: ", finding.path)
                    };
                    // What to write into a template helps nobody who fills in its parameters.
                    let help = finding.help.as_ref().filter(|_| finding.code != "cue/incomplete");
                    let help = help.map(|h| format!(" ({h})"));
                    format!("{path}{}{}", finding.message, help.unwrap_or_default())
                })
                .collect()
        };
        for (title, lines) in [
            ("User errors", self.user.clone()),
            ("Parameter errors", lines(&self.parameter)),
            ("Template errors", lines(&self.template)),
        ] {
            if lines.is_empty() {
                continue;
            }
            write!(f, "\n\n{title}:")?;
            for line in lines.iter().take(MOST) {
                write!(f, "\n  {line}")?;
            }
            if lines.len() > MOST {
                write!(f, "\n  and {} more", lines.len() - MOST)?;
            }
        }
        Ok(())
    }
}

/// The errors in a value and below that no information can mend.
pub fn fatal(value: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        if !value.is_error() {
            continue;
        }
        found.extend(value.errors().iter().filter(|e| e.class > Class::Incomplete).cloned());
        let fields = value.fields().iter().filter(|field| field.presence != Presence::Optional);
        let below: Vec<&Value> = fields.map(|field| &field.value).chain(value.elements()).collect();
        open.extend(below.into_iter().rev());
    }
    found
}

/// What keeps a value from being data, with its path under `prefix`.
pub fn incomplete(value: &Value, prefix: &str) -> Vec<Diagnostic> {
    let Err(error) = value.data() else { return Vec::new() };
    error
        .into_diagnostics()
        .into_iter()
        .map(|mut finding| {
            if !prefix.is_empty() && !finding.path.starts_with(prefix) {
                let dot = if finding.path.is_empty() { "" } else { "." };
                finding.path = format!("{prefix}{dot}{}", finding.path);
            }
            finding
        })
        .collect()
}
