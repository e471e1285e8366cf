//! Findings as plain data, for programs that are not written in Rust.

use crate::error::Error;
use serde_json::{Value as Json, json};
use vela_lang::diagnostic::Severity;
use vela_lang::{Diagnostic, Sources, Span};

impl Error {
    /// The findings as JSON: each with `code`, `severity`, `path`, `message`, `help` (or null) and
    /// `places`, the one to look at first before the others; a place has `file`, `line`, `column`,
    /// `endLine`, `endColumn` and a `text`, which may be empty.
    pub fn to_json(&self) -> Json {
        self.findings().iter().map(|finding| as_json(finding, self.sources())).collect()
    }
}

fn as_json(finding: &Diagnostic, sources: &Sources) -> Json {
    let own = finding.span.iter().map(|span| (*span, ""));
    let more = finding.labels.iter().map(|label| (label.span, label.text.as_str()));
    let places = own.chain(more).filter_map(|(span, text)| place(span, text, sources));
    json!({
        "code": finding.code,
        "severity": match finding.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        },
        "path": finding.path,
        "message": finding.message,
        "places": places.collect::<Vec<_>>(),
        "help": finding.help,
    })
}

fn place(span: Span, text: &str, sources: &Sources) -> Option<Json> {
    let source = sources.get(span.source)?;
    let from = source.line_column(span.start);
    let to = source.line_column(span.end);
    Some(json!({
        "file": source.name,
        "line": from.line,
        "column": from.column,
        "endLine": to.line,
        "endColumn": to.column,
        "text": text,
    }))
}
