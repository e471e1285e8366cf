//! One expression of the files, with what it refers to.
//!
//! The expression is followed to the conjuncts of the field that it names, where that can be done without
//! evaluation. What these refer to outside of themselves is held by `let` clauses after them, each with the
//! path of what it holds; definitions are held within a definition, so that they stay closed.

use super::parts::{Conjunct, Parts};
use super::scope::{HELD, Outside, is_definition};
use super::{Writer, braced, embed};
use crate::depth::grow;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::literal;
use std::collections::BTreeMap;

/// How many references are followed one after the other: more than that go in circles.
const CHAIN: usize = 64;

/// What may be asked for by parts of the files.
#[derive(Default)]
pub(super) struct Hoisted<'t> {
    /// `let` clauses that were passed on the way to a field.
    lets: BTreeMap<(usize, Text), Conjunct<'t>>,
    /// How many of the things asked for are written already.
    written: usize,
}

/// A field of the files.
struct Found<'t> {
    path: Vec<Text>,
    conjuncts: Vec<Conjunct<'t>>,
}

impl<'t> Writer<'t> {
    /// The declarations that an expression is printed as.
    pub(super) fn expression(&mut self, expr: &'t Expr) -> Vec<Decl> {
        self.scopes.apart.is_part = true;
        let whole = Conjunct { expr, env: 1.min(self.files.len()) };
        let found = self.followed(whole, 0).map_or_else(|| vec![whole], |found| found.conjuncts);
        let parts = self.sorted(&found);
        let (value, is_closed) = self.opened(parts);
        match value {
            value if is_closed => {
                let name = Ident { span: Span::NONE, name: "_#def".into() };
                let held = self.plain_field(name.name.clone(), value);
                vec![embed(Expr::Ident(name)), held]
            }
            Expr::Struct(lit) => lit.into_inner().decls,
            value => vec![embed(value)],
        }
    }

    /// The value of parts, of which definitions that they consist of are no references any more; and whether
    /// that has to be kept closed.
    fn opened(&mut self, mut parts: Parts<'t>) -> (Expr, bool) {
        let mut inlined = Vec::new();
        let mut is_closed = false;
        for conjunct in std::mem::take(&mut parts.exprs) {
            let is_definition =
                matches!(conjunct.expr, Expr::Ident(name) if is_definition(&name.name));
            match self.followed(conjunct, 0) {
                Some(found) if is_definition => {
                    let value = self.value(&found.conjuncts, 0);
                    is_closed |= matches!(value, Expr::Struct(_));
                    inlined.push(value);
                }
                _ => parts.exprs.push(conjunct),
            }
        }
        if inlined.is_empty() {
            return (self.parts_value(parts, 0), false);
        }
        let has_more = parts.has_declarations()
            || !parts.exprs.is_empty()
            || !parts.embeds.is_empty()
            || !parts.literals.is_empty()
            || !parts.plain.is_empty();
        if has_more {
            let rest = self.parts_value(parts, 0);
            inlined.push(match rest {
                rest @ Expr::Struct(_) => rest,
                rest => Expr::Struct(braced(vec![embed(rest)]).into()),
            });
        }
        (super::source::joined(inlined).unwrap_or_else(super::top), is_closed)
    }

    /// The conjuncts of what a conjunct refers to.
    fn followed(&mut self, conjunct: Conjunct<'t>, chain: usize) -> Option<Found<'t>> {
        let Conjunct { expr, env } = conjunct;
        if chain > CHAIN {
            return None;
        }
        match expr {
            Expr::Paren(_, inner) => {
                grow(|| self.followed(Conjunct { expr: inner, env }, chain + 1))
            }
            Expr::Ident(name) => {
                let id = self.scopes.field_env(&name.name, env)?;
                let place = self.scopes.place(id);
                let mut path = match self.scopes.apart.paths.get(&place) {
                    Some(path) => path.clone(),
                    None if id == 0 => Vec::new(),
                    None => return None,
                };
                path.push(name.name.clone());
                self.at(&path)
            }
            Expr::Selector { base, label } => {
                let label = match label {
                    SelectorLabel::Ident(name) => name.name.clone(),
                    SelectorLabel::String(text) => {
                        String::from_utf8(literal::decode(text).ok()?).ok()?.into()
                    }
                };
                let base = grow(|| self.followed(Conjunct { expr: base, env }, chain + 1))?;
                self.below(&base, &label, chain + 1)
            }
            _ => None,
        }
    }

    /// The conjuncts of the field at a path of the files.
    fn at(&mut self, path: &[Text]) -> Option<Found<'t>> {
        let (first, rest) = path.split_first()?;
        let parts = self.file_parts();
        self.pass(&parts, &[]);
        let group = parts.groups.into_iter().find(|group| group.label == *first)?;
        let mut found = Found { path: vec![first.clone()], conjuncts: group.conjuncts };
        for label in rest {
            let parts = self.sorted(&found.conjuncts);
            self.pass(&parts, &found.path);
            let group = parts.groups.into_iter().find(|group| group.label == *label)?;
            found.conjuncts = group.conjuncts;
            found.path.push(label.clone());
        }
        Some(found)
    }

    /// Notes where a struct stands that is not printed.
    fn pass(&mut self, parts: &Parts<'t>, path: &[Text]) {
        self.scopes.apart.paths.insert(parts.place, path.to_vec());
        for (clause, env) in &parts.lets {
            let value = Conjunct { expr: &clause.value, env: *env };
            self.hoisted.lets.insert((*env, clause.name.name.clone()), value);
        }
    }

    /// A field of a field; `None` where some of the conjuncts can't be followed.
    fn below(&mut self, base: &Found<'t>, label: &Text, chain: usize) -> Option<Found<'t>> {
        let parts = self.sorted(&base.conjuncts);
        self.pass(&parts, &base.path);
        if !parts.literals.is_empty() || !parts.computed.is_empty() {
            return None;
        }
        let mut found = Vec::new();
        for conjunct in parts.exprs.iter().chain(&parts.embeds) {
            let target = self.followed(*conjunct, chain + 1)?;
            let below = grow(|| self.below(&target, label, chain + 1));
            found.extend(below.map(|below| below.conjuncts).unwrap_or_default());
        }
        let group = parts.groups.into_iter().find(|group| group.label == *label);
        found.extend(group.map(|group| group.conjuncts).unwrap_or_default());
        let mut path = base.path.clone();
        path.push(label.clone());
        (!found.is_empty()).then_some(Found { path, conjuncts: found })
    }

    /// The clauses for all that was asked for, and for what these ask for.
    pub(super) fn clauses(&mut self) -> Vec<Decl> {
        let mut clauses = Vec::new();
        while let Some((what, name)) = self.scopes.apart.asked.get(self.hoisted.written).cloned() {
            self.hoisted.written += 1;
            let mut comment = None;
            let mut is_held = false;
            let conjuncts: Vec<Conjunct<'t>> = match what {
                Outside::Field(path) => {
                    let steps: Vec<String> = path.iter().map(|label| shown(label)).collect();
                    comment = Some(format!("//cue:path: {}", steps.join(".")));
                    is_held = path.last().is_some_and(|label| is_definition(label));
                    self.at(&path).map(|found| found.conjuncts).unwrap_or_default()
                }
                Outside::Clause(env, name) => {
                    self.hoisted.lets.get(&(env, name)).copied().into_iter().collect()
                }
            };
            let mut value = self.value(&conjuncts, 0);
            if is_held {
                let held = self.plain_field(HELD.into(), value);
                value = Expr::Struct(braced(vec![held]).into());
            }
            let doc = comment.map(|line| CommentGroup {
                span: Span::NONE,
                lines: vec![line.into()],
                blank_before: true,
                blank_after: false,
            });
            clauses.push(Decl::Let(Box::new(Let {
                span: Span::NONE,
                name: Ident { span: Span::NONE, name },
                value,
                attributes: Vec::new(),
                comments: Comments::new(doc.into_iter().collect(), None, Vec::new()),
            })));
        }
        clauses
    }

    fn plain_field(&self, label: Text, value: Expr) -> Decl {
        let span = Span::NONE;
        Decl::Field(Box::new(Field {
            span,
            alias: None,
            label: Label::Ident(Ident { span, name: label }),
            postfix_alias: None,
            constraint: None,
            colon: span,
            value,
            attributes: Vec::new(),
            comments: Comments::default(),
        }))
    }
}

/// A label as a step of a path.
fn shown(label: &str) -> String {
    if label.starts_with(['_', '#']) { label.to_owned() } else { crate::export::label(label) }
}
