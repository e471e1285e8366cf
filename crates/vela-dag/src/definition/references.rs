//! What a template reads: paths behind `parameter` and `context`, and the fields that it declares.

use crate::oam::string_value;
use vela_lang::source::Span;
use vela_lang::syntax::ast::{Comments, Decl, Expr, Field, SelectorLabel};
use vela_lang::syntax::walk::{Visit, inside};

/// A place where a name of the outermost scope is read.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Reference {
    /// The name: `parameter`, `context`.
    pub(super) root: &'static str,
    /// What follows it, as far as it is written out.
    pub(super) path: Vec<String>,
    /// Whether something follows that is computed: `parameter[field]`.
    pub(super) computed: bool,
    /// Where.
    pub(super) span: Span,
}

/// The comments of a declaration, and how deep it stands in `patch` or elsewhere.
pub(super) struct Commented<'t> {
    /// The comments.
    pub(super) comments: &'t Comments,
    /// The names of the fields around the declaration and its own, as far as they are written out.
    pub(super) path: Vec<String>,
    /// Where it is declared.
    pub(super) span: Span,
}

/// Everything that is found in one walk.
#[derive(Default)]
pub(super) struct Found<'t> {
    /// What is read, in order.
    pub(super) references: Vec<Reference>,
    /// Names that stand alone, in order.
    pub(super) names: Vec<&'t str>,
    /// Fields with comments, in order.
    pub(super) commented: Vec<Commented<'t>>,
    /// The declarations of each struct.
    pub(super) scopes: Vec<&'t [Decl]>,
    path: Vec<String>,
}

/// The names whose uses are looked for.
const ROOTS: [&str; 2] = ["parameter", "context"];

/// Walks over declarations.
pub(super) fn find(decls: &[Decl]) -> Found<'_> {
    let mut found = Found::default();
    found.decls(decls);
    found
}

impl<'t> Visit<'t> for Found<'t> {
    fn decls(&mut self, decls: &'t [Decl]) {
        self.scopes.push(decls);
        inside::decls(self, decls);
    }

    fn field(&mut self, field: &'t Field) {
        self.path.push(crate::oam::label(&field.label).unwrap_or_default());
        if !field.comments.is_empty() {
            self.commented.push(Commented {
                comments: &field.comments,
                path: self.path.clone(),
                span: field.label.span(),
            });
        }
        inside::field(self, field);
        self.path.pop();
    }

    fn expr(&mut self, expr: &'t Expr) {
        if let Some(reference) = reference(expr) {
            self.references.push(reference);
            self.computed_parts(expr);
            return;
        }
        if let Expr::Ident(name) = expr {
            self.names.push(&name.name);
        }
        inside::expr(self, expr);
    }
}

impl<'t> Found<'t> {
    /// The expressions in the brackets of a reference.
    fn computed_parts(&mut self, mut expr: &'t Expr) {
        loop {
            match expr {
                Expr::Selector { base, .. } => expr = base,
                Expr::Index { base, index, .. } => {
                    self.expr(index);
                    expr = base;
                }
                _ => return,
            }
        }
    }
}

/// A name of the outermost scope with what follows it.
pub(super) fn reference(expr: &Expr) -> Option<Reference> {
    let mut reversed: Vec<Option<String>> = Vec::new();
    let mut at = expr;
    let root = loop {
        match at {
            Expr::Selector { base, label } => {
                reversed.push(match label {
                    SelectorLabel::Ident(name) => Some(name.name.to_string()),
                    SelectorLabel::String(text) => string_value(&text.text),
                });
                at = base;
            }
            Expr::Index { base, index, .. } => {
                reversed.push(match &**index {
                    Expr::String(text) => string_value(&text.text),
                    _ => None,
                });
                at = base;
            }
            Expr::Ident(name) => break *ROOTS.iter().find(|root| **root == name.name)?,
            _ => return None,
        }
    };
    reversed.reverse();
    let known = reversed.iter().position(Option::is_none).unwrap_or(reversed.len());
    let computed = known < reversed.len();
    let path = reversed.into_iter().take(known).flatten().collect();
    Some(Reference { root, path, computed, span: expr.span() })
}
