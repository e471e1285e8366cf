//! `@if(…)` and `@ignore()`: whether a file counts.

use super::tag::Tags;
use crate::source::Sources;
use crate::syntax::ast::{BinaryOp, Decl, Expr, File, UnaryOp};
use crate::syntax::parse_expr;

/// Why a file does not count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Excluded {
    /// `@ignore()`
    Ignored,
    /// `@if(…)` with what it says.
    Condition(String),
}

impl Excluded {
    /// As the reference says it.
    pub(super) fn text(&self) -> String {
        match self {
            Excluded::Ignored => "@ignore() attribute found".to_owned(),
            Excluded::Condition(text) => format!("@if({text}) did not match"),
        }
    }
}

/// Looks at the attributes before the package clause.
pub(super) fn excluded(file: &File, tags: &mut Tags) -> Option<Excluded> {
    for decl in &file.decls {
        let Decl::Attribute(attribute, _) = decl else { return None };
        match attribute.name() {
            "ignore" => return Some(Excluded::Ignored),
            "if" => {
                let text = attribute.body();
                let sources = Sources::default();
                let parsed = parse_expr(&sources, "@if", text);
                if !parsed.errors.is_empty() || !holds(&parsed.expr, tags) {
                    return Some(Excluded::Condition(text.to_owned()));
                }
            }
            _ => {}
        }
    }
    None
}

fn holds(expr: &Expr, tags: &mut Tags) -> bool {
    match expr {
        Expr::Ident(name) => tags.is_set(&name.name),
        Expr::Paren(_, inner) => holds(inner, tags),
        Expr::Unary { op: UnaryOp::Not, expr, .. } => !holds(expr, tags),
        Expr::Binary { first, rest } => {
            let mut result = holds(first, tags);
            for operand in rest.iter() {
                let right = holds(&operand.expr, tags);
                match operand.op {
                    BinaryOp::LogicalAnd => result &= right,
                    BinaryOp::LogicalOr => result |= right,
                    _ => return false,
                }
            }
            result
        }
        _ => false,
    }
}
