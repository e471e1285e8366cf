//! `@tag(name)`: values given from outside.

use crate::diagnostic::{Class, Diagnostic};
use crate::source::{Source, Sources};
use crate::syntax::ast::{Attribute, BinaryOp, Decl, Expr, Field, File, Literal, Nested, Operand};
use crate::syntax::literal::quote_string;
use crate::syntax::{ast, parse_expr};

/// What `-t` gave: `name` or `name=value`, and which of them were used.
#[derive(Clone, Default, Debug)]
pub struct Tags {
    given: Vec<(String, Option<String>, bool)>,
}

impl Tags {
    /// Reads `name` and `name=value`.
    pub fn new<'t>(flags: impl IntoIterator<Item = &'t str>) -> Tags {
        let given = flags
            .into_iter()
            .map(|flag| match flag.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned()), false),
                None => (flag.to_owned(), None, false),
            })
            .collect();
        Tags { given }
    }

    /// Whether `-t name` was given; it counts as used.
    pub(super) fn is_set(&mut self, name: &str) -> bool {
        let mut found = false;
        for (own, value, used) in &mut self.given {
            if own == name && value.is_none() {
                *used = true;
                found = true;
            }
        }
        found
    }

    /// Whether there is anything to inject.
    pub(super) fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// What no file asked for.
    pub fn unused(&self) -> Vec<Diagnostic> {
        self.given
            .iter()
            .filter(|(_, _, used)| !used)
            .map(|(name, value, _)| {
                let text = match value {
                    Some(_) => format!("no tag for {name:?}"),
                    None => format!("tag {name:?} not used in any file"),
                };
                Diagnostic::new("cue/tag", Class::Load, text)
            })
            .collect()
    }

    /// The file with the values of its tags unified with the tagged fields.
    pub(super) fn inject(
        &mut self,
        sources: &Sources,
        file: &mut File,
        errors: &mut Vec<Diagnostic>,
    ) {
        if !self.is_empty() {
            self.decls(sources, &mut file.decls, errors);
        }
    }

    fn decls(&mut self, sources: &Sources, decls: &mut [Decl], errors: &mut Vec<Diagnostic>) {
        for decl in decls {
            let Decl::Field(field) = decl else { continue };
            let tagged = field.attributes.iter().any(|a| a.name() == "tag");
            if tagged && field.constraint.is_none() {
                let attributes = field.attributes.clone();
                for attribute in attributes.iter().filter(|a| a.name() == "tag") {
                    self.fill(sources, field, attribute, errors);
                }
            }
            if let Expr::Struct(lit) = &mut field.value {
                crate::depth::grow(|| self.decls(sources, &mut lit.decls, errors));
            }
        }
    }

    fn fill(
        &mut self,
        sources: &Sources,
        field: &mut Field,
        attribute: &Attribute,
        errors: &mut Vec<Diagnostic>,
    ) {
        let mut parts = attribute.body().split(',').map(str::trim);
        let name = parts.next().unwrap_or("");
        let options: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
        let option = |key: &str| options.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
        let shorts: Vec<&str> = option("short").map(|s| s.split('|').collect()).unwrap_or_default();
        let mut values = Vec::new();
        for (own, value, used) in &mut self.given {
            match value {
                Some(value) if own == name => values.push(value.clone()),
                None if shorts.contains(&own.as_str()) => values.push(own.clone()),
                _ => continue,
            }
            *used = true;
        }
        for value in values {
            match injected(sources, name, option("type").unwrap_or("string"), &value) {
                Ok(expr) => conjoin(field, expr, attribute),
                Err(text) => {
                    let error = Diagnostic::load("cue/tag", attribute.span, text);
                    errors.push(error);
                }
            }
        }
    }
}

/// The text as an expression of that type.
fn injected(sources: &Sources, tag: &str, kind: &str, text: &str) -> Result<Expr, String> {
    let written = match kind {
        "string" => quote_string(text),
        _ => text.to_owned(),
    };
    let invalid = |why: &str| format!("invalid {kind} for injection tag {tag:?}: {why}");
    match kind {
        "string" => {
            let source = sources.add(Source::new("-", written.clone()));
            let span = crate::source::Span::new(source, 0, written.len());
            Ok(Expr::String(Literal { span, text: written.into() }))
        }
        "int" | "number" | "bool" => {
            let parsed = parse_expr(sources, "-", written);
            let literal = match &parsed.expr {
                Expr::Unary { op: ast::UnaryOp::Minus | ast::UnaryOp::Plus, expr, .. } => expr,
                other => other,
            };
            let fits = match kind {
                "bool" => matches!(literal, Expr::Bool(..)),
                _ => matches!(literal, Expr::Number(_)),
            };
            if parsed.errors.is_empty() && fits {
                Ok(parsed.expr)
            } else {
                Err(invalid(&format!("{text:?} is no {kind}")))
            }
        }
        _ => Err(invalid("unknown type")),
    }
}

fn conjoin(field: &mut Field, expr: Expr, attribute: &Attribute) {
    let value = std::mem::replace(&mut field.value, Expr::Bad(attribute.span));
    let first = match value {
        plain @ (Expr::Ident(_) | Expr::Struct(_) | Expr::Bottom(_)) => plain,
        other => {
            let span = other.span();
            Expr::Paren(span, Nested::new(other))
        }
    };
    let operand = Operand { op: BinaryOp::And, op_span: attribute.span, expr };
    field.value = Expr::Binary { first: Nested::new(first), rest: vec![operand].into() };
}
