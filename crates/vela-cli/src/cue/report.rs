//! Errors as text, in the reference's shape or with what helps below, or as JSON.

use super::ErrorFormat;
use crate::failure::Failure;
use crate::terminal;
use serde_json::json;
use std::fmt::Write as _;
use vela::lang::diagnostic::Severity;
use vela::lang::source::Sources;
use vela::lang::{Diagnostic, Error, Span};

/// The error as it is reported: only its gravest class, sorted, without doubles.
pub(crate) fn failure(error: Error, sources: &Sources, format: ErrorFormat) -> Failure {
    let error = error.sorted(sources);
    Failure::new(text(
        if format == ErrorFormat::Brief { error } else { error.folded() },
        sources,
        format,
    ))
}

pub(crate) fn text(error: Error, sources: &Sources, format: ErrorFormat) -> String {
    let colours = terminal::colours_on_stderr();
    let mut out = String::new();
    for diagnostic in error.diagnostics() {
        let _ = match format {
            ErrorFormat::Text => writeln!(out, "{}", diagnostic.listed(sources, colours)),
            ErrorFormat::Brief => writeln!(out, "{}", diagnostic.brief(sources)),
            ErrorFormat::Json => writeln!(out, "{}", as_json(diagnostic, sources)),
        };
    }
    out
}

fn as_json(diagnostic: &Diagnostic, sources: &Sources) -> serde_json::Value {
    let place = |span: &Span| {
        let source = sources.get(span.source)?;
        let from = source.line_column(span.start);
        let to = source.line_column(span.end);
        Some(json!({
            "file": source.name,
            "line": from.line,
            "column": from.column,
            "endLine": to.line,
            "endColumn": to.column,
        }))
    };
    json!({
        "code": diagnostic.code,
        "severity": match diagnostic.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        },
        "path": diagnostic.path,
        "message": diagnostic.message,
        "span": diagnostic.span.as_ref().and_then(place),
        "related": diagnostic.labels.iter().filter_map(|label| {
            let mut place = place(&label.span)?;
            place["text"] = json!(label.text);
            Some(place)
        }).collect::<Vec<_>>(),
        "help": diagnostic.help,
        "also": diagnostic.also,
        "arms": diagnostic.arms.iter().map(|arm| as_json(arm, sources)).collect::<Vec<_>>(),
    })
}
