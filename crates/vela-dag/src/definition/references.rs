//! What a template reads: paths behind `parameter` and `context`, and the fields that it declares.

use crate::oam::string_value;
use vela_lang::source::Span;
use vela_lang::syntax::ast::{
    Clause, Comments, Comprehension, Decl, Element, Expr, Label, SelectorLabel,
};

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

/// Walks over declarations. Trees are not deeper than the parser allows.
pub(super) fn find(decls: &[Decl]) -> Found<'_> {
    let mut found = Found::default();
    found.decls(decls);
    found
}

impl<'t> Found<'t> {
    fn decls(&mut self, decls: &'t [Decl]) {
        self.scopes.push(decls);
        for decl in decls {
            match decl {
                Decl::Field(field) => {
                    if let Label::Dynamic { expr, .. } | Label::Pattern { expr, .. } = &field.label
                    {
                        self.expr(expr);
                    }
                    if let Label::Interpolation(text) = &field.label {
                        text.exprs.iter().for_each(|expr| self.expr(expr));
                    }
                    let name = crate::oam::label(&field.label).unwrap_or_default();
                    self.path.push(name);
                    if !field.comments.is_empty() {
                        self.commented.push(Commented {
                            comments: &field.comments,
                            path: self.path.clone(),
                            span: field.label.span(),
                        });
                    }
                    self.expr(&field.value);
                    self.path.pop();
                }
                Decl::Let(binding) => self.expr(&binding.value),
                Decl::Embed(embed) => self.expr(&embed.value),
                Decl::Comprehension(comprehension) => self.comprehension(comprehension),
                Decl::Ellipsis(ellipsis) => {
                    ellipsis.value.iter().for_each(|value| self.expr(value));
                }
                _ => {}
            }
        }
    }

    fn comprehension(&mut self, comprehension: &'t Comprehension) {
        for clause in &comprehension.clauses {
            match clause {
                Clause::For { source: expr, .. }
                | Clause::If { condition: expr, .. }
                | Clause::Let { value: expr, .. }
                | Clause::Try { binding: Some((_, expr)), .. } => self.expr(expr),
                Clause::Try { binding: None, .. } => {}
            }
        }
        self.decls(&comprehension.body.decls);
        if let Some(fallback) = &comprehension.fallback {
            self.decls(&fallback.body.decls);
        }
    }

    fn expr(&mut self, expr: &'t Expr) {
        if let Some(reference) = reference(expr) {
            self.references.push(reference);
            self.computed_parts(expr);
            return;
        }
        match expr {
            Expr::Ident(name) => self.names.push(&name.name),
            Expr::Struct(lit) => self.decls(&lit.decls),
            Expr::List(list) => {
                for element in &list.elements {
                    match element {
                        Element::Expr(expr, _) | Element::Alias(_, expr) => self.expr(expr),
                        Element::Comprehension(comprehension) => self.comprehension(comprehension),
                        Element::Ellipsis(ellipsis) => {
                            ellipsis.value.iter().for_each(|value| self.expr(value));
                        }
                    }
                }
            }
            Expr::Interpolation(text) => text.exprs.iter().for_each(|expr| self.expr(expr)),
            Expr::Paren(_, expr)
            | Expr::Unary { expr, .. }
            | Expr::Alias(_, expr)
            | Expr::Open(_, expr)
            | Expr::Maybe(_, expr)
            | Expr::Selector { base: expr, .. } => self.expr(expr),
            Expr::Binary { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|operand| self.expr(&operand.expr));
            }
            Expr::Index { base, index, .. } => {
                self.expr(base);
                self.expr(index);
            }
            Expr::Slice { base, low, high, .. } => {
                self.expr(base);
                low.iter().chain(high).for_each(|expr| self.expr(expr));
            }
            Expr::Call { function, args, .. } => {
                self.expr(function);
                args.iter().for_each(|expr| self.expr(expr));
            }
            _ => {}
        }
    }

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
