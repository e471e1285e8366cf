//! YAML as the reference reads and writes it, and as the tools of Kubernetes read it.
//!
//! The parser's events become a graph of nodes (`compose`: anchors, nesting), plain scalars get
//! their kind (`resolve`), and the graph becomes syntax trees or data (`build`: tags, merge keys,
//! a budget for what aliases multiply). Comments are not kept.
//!
//! More is accepted than by the reference where that only fails on ints of more than 64 bits or on
//! signs and underscores in front of octal numbers. Number literals are written by value, so
//! `0x10` becomes `16`.

mod build;
mod compose;
mod resolve;
#[cfg(test)]
mod tests;
mod write;

pub use compose::YamlError;
pub(crate) use write::write_document;
pub use write::{stream_text, text};

use crate::data::Data;
use crate::diagnostic::{Diagnostic, Error};
use crate::source::{SourceId, Span};
use crate::syntax::ast::Expr;

/// Lists and mappings may be nested this deep.
pub const MAX_DEPTH: usize = 1000;

/// Aliases may make this many nodes out of those that are written.
pub const MAX_NODES: usize = 500_000;

/// Which plain scalars are what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// As CUE reads it: YAML 1.2 booleans, 1.1 octals; duplicate keys unify.
    Cue,
    /// As the tools of Kubernetes read it, by way of JSON: YAML 1.1 booleans (`y`, `yes`, `on`, …),
    /// whole floats are ints, and the last of several equal keys counts.
    Kubernetes,
}

/// Reads all documents of a file as expressions whose spans lie in `source`. An empty file is one
/// `null`.
///
/// # Errors
/// The text is not YAML, or says what CUE cannot.
pub fn parse_exprs(source: SourceId, text: &str, dialect: Dialect) -> Result<Vec<Expr>, Error> {
    let exprs = compose::documents(text).and_then(|documents| {
        let mut budget = MAX_NODES;
        documents
            .iter()
            .map(|document| build::expr(document, dialect, source, &mut budget))
            .collect::<Result<Vec<_>, _>>()
    });
    exprs.map_err(|error| {
        let span = Span::new(source, error.offset, error.offset);
        Diagnostic::load("yaml/invalid", span, error.message).into()
    })
}

/// Reads all documents as data. An empty text is one `null`.
///
/// # Errors
/// The text is not YAML, or says what CUE cannot.
pub fn parse_all(text: &str, dialect: Dialect) -> Result<Vec<Data>, YamlError> {
    let documents = compose::documents(text)?;
    let mut budget = MAX_NODES;
    documents.iter().map(|document| build::data(document, dialect, &mut budget)).collect()
}

/// Reads a text of one document.
///
/// # Errors
/// The text is not YAML, says what CUE cannot, or has more documents.
pub fn parse(text: &str, dialect: Dialect) -> Result<Data, YamlError> {
    let documents = compose::documents(text)?;
    if let Some(second) = documents.get(1) {
        return Err(YamlError {
            message: "expected a single YAML document".to_owned(),
            offset: second.at.start,
            line: second.line,
        });
    }
    match documents.first() {
        Some(document) => build::data(document, dialect, &mut MAX_NODES.clone()),
        None => Ok(Data::Null),
    }
}
