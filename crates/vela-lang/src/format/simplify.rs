//! Simpler ways to write the same: `fmt -s`.
//!
//! A struct with a single plain field becomes a chain of labels (`a: {b: 1}` is `a: b: 1`), labels that
//! are identifiers lose their quotes unless the file refers to that name (unquoted, the field would
//! capture the reference), and `[string]: _` becomes `...`.

use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::literal;
use crate::syntax::walk::{Visit, VisitMut, inside, inside_mut};
use std::collections::BTreeSet;

/// Simplifies a file in place.
pub fn simplify(file: &mut File) {
    let mut names = Names::default();
    names.decls(&file.decls);
    Simplifier { names: names.0, keeps_special: false }.decls(&mut file.decls);
}

/// Simplifies a file that is printed in the form of definitions: the structs of definitions and hidden
/// fields keep their braces.
pub(crate) fn simplify_definition(file: &mut File) {
    let mut names = Names::default();
    names.decls(&file.decls);
    Simplifier { names: names.0, keeps_special: true }.decls(&mut file.decls);
}

/// The names that a file refers to.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl<'t> Visit<'t> for Names {
    fn expr(&mut self, expr: &'t Expr) {
        if let Expr::Ident(name) = expr {
            self.0.insert(name.name.to_string());
        }
        inside::expr(self, expr);
    }
}

struct Simplifier {
    names: BTreeSet<String>,
    keeps_special: bool,
}

impl VisitMut for Simplifier {
    fn decls(&mut self, list: &mut Vec<Decl>) {
        inside_mut::decls(self, list);
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

    fn field(&mut self, field: &mut Field) {
        self.expr(&mut field.value);
        let is_special =
            matches!(&field.label, Label::Ident(name) if name.name.starts_with(['_', '#']));
        simplify_field(field, &self.names, self.keeps_special && is_special);
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

fn simplify_field(field: &mut Field, names: &BTreeSet<String>, keeps_braces: bool) {
    if let Label::String(text) = &field.label
        && let Some(name) = unquoted(text)
        && !names.contains(&name)
    {
        field.label = Label::Ident(Ident { span: Span::NONE, name: name.into() });
    }
    let commented = field.comments.line.is_some() || !field.comments.inner.is_empty();
    if !field.attributes.is_empty() || commented || keeps_braces {
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
