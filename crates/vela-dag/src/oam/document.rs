//! Texts to documents: YAML as Kubernetes reads it, and so JSON.

use super::literal;
use super::node::{Node, NodeValue};
use crate::error::Error;
use vela_lang::diagnostic::Diagnostic;
use vela_lang::encoding::yaml::{self, Dialect};
use vela_lang::source::{Source, Sources};

/// The documents in a text; empty ones are left out.
pub(super) fn documents(sources: &Sources, name: &str, text: &str) -> Result<Vec<Node>, Error> {
    let source = sources.add(Source::new(name, text));
    let exprs = yaml::parse_exprs(source, text, Dialect::Kubernetes)
        .map_err(|e| Error::of_findings(e.into_diagnostics()))?;
    let mut documents = Vec::with_capacity(exprs.len());
    for expr in exprs {
        let node = literal::document(&expr).map_err(|reason| {
            let finding = Diagnostic::load("yaml/json", reason.span, reason.why);
            Error::of_findings(vec![finding])
        })?;
        if node.value != NodeValue::Null {
            documents.push(node);
        }
    }
    Ok(documents)
}
