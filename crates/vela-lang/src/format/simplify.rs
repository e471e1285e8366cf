//! Simpler ways to write the same: `fmt -s`.
//!
//! A struct with a single plain field becomes a chain of labels (`a: {b: 1}` is `a: b: 1`), labels that
//! are identifiers lose their quotes unless the file refers to that name (unquoted, the field would
//! capture the reference), and `[string]: _` becomes `...`.

use crate::depth::grow;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::literal;
use std::collections::BTreeSet;

/// Simplifies a file in place.
pub fn simplify(file: &mut File) {
    let mut names = BTreeSet::new();
    for decl in &file.decls {
        decl_names(decl, &mut names);
    }
    decls(&mut file.decls, &names);
}

fn decls(list: &mut Vec<Decl>, names: &BTreeSet<String>) {
    for decl in list.iter_mut() {
        match decl {
            Decl::Field(field) => simplify_field(field, names),
            Decl::Let(clause) => expr(&mut clause.value, names),
            Decl::Embed(embed) => expr(&mut embed.value, names),
            Decl::Comprehension(inner) => comprehension(inner, names),
            Decl::Ellipsis(rest) => {
                if let Some(value) = &mut rest.value {
                    expr(value, names);
                }
            }
            Decl::Package(_) | Decl::Import(_) | Decl::Attribute(..) | Decl::Bad(_) => {}
        }
    }
    let opens = |decl: &Decl| matches!(decl, Decl::Field(field) if takes_all(field));
    if list.len() > 1 && list.iter().any(opens) {
        list.retain(|decl| !opens(decl));
        if !list.iter().any(|decl| matches!(decl, Decl::Ellipsis(_))) {
            let comments = Comments::default();
            let span = Span::NONE;
            list.push(Decl::Ellipsis(Box::new(Ellipsis { span, value: None, comments })));
        }
    }
}

/// `[string]: _` and `[_]: _`.
fn takes_all(field: &Field) -> bool {
    let Label::Pattern { alias: None, expr, .. } = &field.label else { return false };
    let Expr::Ident(pattern) = &**expr else { return false };
    matches!(pattern.name.as_str(), "string" | "_")
        && matches!(&field.value, Expr::Ident(value) if value.name == "_")
        && field.attributes.is_empty()
        && field.comments.is_empty()
}

fn simplify_field(field: &mut Field, names: &BTreeSet<String>) {
    grow(|| expr(&mut field.value, names));
    if let Label::String(text) = &field.label
        && let Some(name) = unquoted(text)
        && !names.contains(&name)
    {
        field.label = Label::Ident(Ident { span: Span::NONE, name: name.into() });
    }
    let commented = field.comments.line.is_some() || !field.comments.inner.is_empty();
    if !field.attributes.is_empty() || commented {
        return;
    }
    let Expr::Struct(lit) = &mut field.value else { return };
    if !lit.trailing.is_empty() || lit.braces.is_none() {
        return;
    }
    if let [Decl::Field(inner)] = lit.decls.as_mut_slice()
        && inner.comments.is_empty()
        && inner.attributes.is_empty()
    {
        // The label follows the one before it, wherever it stood.
        field.colon = Span::NONE;
        lit.braces = None;
    }
}

/// The name that a quoted label may be written as; keywords may, what would be hidden may not.
fn unquoted(text: &Literal) -> Option<String> {
    let name = String::from_utf8(literal::decode(text).ok()?).ok()?;
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c == '$' || c.is_alphabetic());
    let goes_on = chars.all(|c| c == '_' || c == '$' || c.is_alphanumeric());
    (starts && goes_on).then_some(name)
}

fn expr(value: &mut Expr, names: &BTreeSet<String>) {
    grow(|| match value {
        Expr::Struct(lit) => decls(&mut lit.decls, names),
        Expr::List(list) => {
            for element in &mut list.elements {
                match element {
                    Element::Expr(inner, _) | Element::Alias(_, inner) => expr(inner, names),
                    Element::Comprehension(inner) => comprehension(inner, names),
                    Element::Ellipsis(rest) => {
                        if let Some(value) = &mut rest.value {
                            expr(value, names);
                        }
                    }
                }
            }
        }
        Expr::Paren(_, inner)
        | Expr::Unary { expr: inner, .. }
        | Expr::Alias(_, inner)
        | Expr::Open(_, inner)
        | Expr::Maybe(_, inner)
        | Expr::Selector { base: inner, .. } => expr(inner, names),
        Expr::Binary { first, rest } => {
            expr(first, names);
            rest.iter_mut().for_each(|operand| expr(&mut operand.expr, names));
        }
        Expr::Index { base, index, .. } => {
            expr(base, names);
            expr(index, names);
        }
        Expr::Slice { base, low, high, .. } => {
            expr(base, names);
            low.iter_mut().chain(high).for_each(|bound| expr(bound, names));
        }
        Expr::Call { function, args, .. } => {
            expr(function, names);
            args.iter_mut().for_each(|arg| expr(arg, names));
        }
        Expr::Interpolation(inner) => inner.exprs.iter_mut().for_each(|e| expr(e, names)),
        Expr::Bottom(_)
        | Expr::Null(_)
        | Expr::Bool(..)
        | Expr::Number(_)
        | Expr::String(_)
        | Expr::Ident(_)
        | Expr::Bad(_) => {}
    });
}

fn comprehension(inner: &mut Comprehension, names: &BTreeSet<String>) {
    for clause in &mut inner.clauses {
        match clause {
            Clause::For { source: value, .. }
            | Clause::If { condition: value, .. }
            | Clause::Let { value, .. }
            | Clause::Try { binding: Some((_, value)), .. } => expr(value, names),
            Clause::Try { binding: None, .. } => {}
        }
    }
    decls(&mut inner.body.decls, names);
    if let Some(fallback) = &mut inner.fallback {
        decls(&mut fallback.body.decls, names);
    }
}

/// Collects the names that a declaration refers to.
fn decl_names(decl: &Decl, names: &mut BTreeSet<String>) {
    match decl {
        Decl::Field(field) => {
            match &field.label {
                Label::Dynamic { expr, .. } | Label::Pattern { expr, .. } => {
                    expr_names(expr, names);
                }
                Label::Interpolation(inner) => {
                    inner.exprs.iter().for_each(|e| expr_names(e, names));
                }
                Label::Ident(_) | Label::String(_) => {}
            }
            expr_names(&field.value, names);
        }
        Decl::Let(clause) => expr_names(&clause.value, names),
        Decl::Embed(embed) => expr_names(&embed.value, names),
        Decl::Comprehension(inner) => comprehension_names(inner, names),
        Decl::Ellipsis(rest) => rest.value.iter().for_each(|value| expr_names(value, names)),
        Decl::Package(_) | Decl::Import(_) | Decl::Attribute(..) | Decl::Bad(_) => {}
    }
}

fn expr_names(value: &Expr, names: &mut BTreeSet<String>) {
    grow(|| match value {
        Expr::Ident(name) => {
            names.insert(name.name.to_string());
        }
        Expr::Struct(lit) => lit.decls.iter().for_each(|decl| decl_names(decl, names)),
        Expr::List(list) => {
            for element in &list.elements {
                match element {
                    Element::Expr(inner, _) | Element::Alias(_, inner) => expr_names(inner, names),
                    Element::Comprehension(inner) => comprehension_names(inner, names),
                    Element::Ellipsis(rest) => {
                        rest.value.iter().for_each(|value| expr_names(value, names));
                    }
                }
            }
        }
        Expr::Paren(_, inner)
        | Expr::Unary { expr: inner, .. }
        | Expr::Alias(_, inner)
        | Expr::Open(_, inner)
        | Expr::Maybe(_, inner)
        | Expr::Selector { base: inner, .. } => expr_names(inner, names),
        Expr::Binary { first, rest } => {
            expr_names(first, names);
            rest.iter().for_each(|operand| expr_names(&operand.expr, names));
        }
        Expr::Index { base, index, .. } => {
            expr_names(base, names);
            expr_names(index, names);
        }
        Expr::Slice { base, low, high, .. } => {
            expr_names(base, names);
            low.iter().chain(high).for_each(|bound| expr_names(bound, names));
        }
        Expr::Call { function, args, .. } => {
            expr_names(function, names);
            args.iter().for_each(|arg| expr_names(arg, names));
        }
        Expr::Interpolation(inner) => inner.exprs.iter().for_each(|e| expr_names(e, names)),
        Expr::Bottom(_)
        | Expr::Null(_)
        | Expr::Bool(..)
        | Expr::Number(_)
        | Expr::String(_)
        | Expr::Bad(_) => {}
    });
}

fn comprehension_names(inner: &Comprehension, names: &mut BTreeSet<String>) {
    for clause in &inner.clauses {
        match clause {
            Clause::For { source: value, .. }
            | Clause::If { condition: value, .. }
            | Clause::Let { value, .. }
            | Clause::Try { binding: Some((_, value)), .. } => expr_names(value, names),
            Clause::Try { binding: None, .. } => {}
        }
    }
    inner.body.decls.iter().for_each(|decl| decl_names(decl, names));
    if let Some(fallback) = &inner.fallback {
        fallback.body.decls.iter().for_each(|decl| decl_names(decl, names));
    }
}
