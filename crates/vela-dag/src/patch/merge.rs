//! Merging a patch into its base, as the module's page explains.

use super::tags::{Strategy, Tags};
use crate::oam::label;
use std::collections::BTreeMap;
use vela_lang::source::Span;
use vela_lang::syntax::ast::{
    BinaryOp, Decl, Element, Ellipsis, Expr, Field, ListLit, Operand, StructLit, UnaryOp,
};

/// How deep values may nest.
const DEPTH: usize = 200;

/// The result of a merge.
#[derive(Clone, PartialEq, Debug)]
pub struct Merged {
    /// The value.
    pub expr: Expr,
    /// Whether something is left for the evaluator to decide.
    pub open: bool,
}

/// Why a patch does not fit its base.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Conflict {
    /// The field, such as `spec.containers.0.image`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// The patch's value.
    pub patch: Span,
    /// The base's value.
    pub base: Span,
}

/// Merges a patch into its base.
///
/// # Errors
/// They have different literals at one place, or a list of the patch is too short.
pub fn merge(base: Expr, patch: Expr) -> Result<Merged, Conflict> {
    let mut merger = Merger { path: Vec::new(), open: false };
    let expr = merger.value(base, patch, None, Strategy::Unify)?;
    Ok(Merged { expr, open: merger.open })
}

struct Merger {
    path: Vec<String>,
    open: bool,
}

impl Merger {
    fn conflict<T>(&self, message: String, patch: Span, base: Span) -> Result<T, Conflict> {
        Err(Conflict { path: self.path.join("."), message, patch, base })
    }

    fn within<T>(
        &mut self,
        step: String,
        merge: impl FnOnce(&mut Self) -> Result<T, Conflict>,
    ) -> Result<T, Conflict> {
        self.path.push(step);
        let result = merge(self)?;
        self.path.pop();
        Ok(result)
    }

    fn value(
        &mut self,
        base: Expr,
        patch: Expr,
        key: Option<&str>,
        strategy: Strategy,
    ) -> Result<Expr, Conflict> {
        if self.path.len() > DEPTH {
            let message = String::from("the value is nested too deep to be patched");
            return self.conflict(message, patch.span(), base.span());
        }
        match (without_parens(base), without_parens(patch)) {
            (Expr::Struct(base), Expr::Struct(patch)) if plain(&base) && plain(&patch) => {
                self.structs(base, patch, key)
            }
            (Expr::List(base), Expr::List(patch)) => self.lists(base, patch, key, strategy),
            (base, patch) => self.leaf(base, patch),
        }
    }

    fn leaf(&mut self, base: Expr, patch: Expr) -> Result<Expr, Conflict> {
        if is_top(&patch) {
            return Ok(base);
        }
        if is_top(&base) {
            return Ok(patch);
        }
        match (Literal::of(&base), Literal::of(&patch)) {
            (Some(a), Some(b)) if a.same(&b) => Ok(base),
            (Some(a), Some(b)) if !a.maybe_same(&b) => {
                let kinds = if a.kind() == b.kind() {
                    String::new()
                } else {
                    format!(" (mismatched types {} and {})", b.kind(), a.kind())
                };
                let message = format!("conflicting values {} and {}{kinds}", b.text(), a.text());
                self.conflict(message, patch.span(), base.span())
            }
            _ => {
                self.open = true;
                Ok(unified(patch, base))
            }
        }
    }

    fn structs(
        &mut self,
        base: StructLit,
        patch: StructLit,
        inherited: Option<&str>,
    ) -> Result<Expr, Conflict> {
        let mut decls = base.decls;
        let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
        for (i, decl) in decls.iter().enumerate() {
            if let Decl::Field(field) = decl
                && let Some(name) = label(&field.label)
            {
                by_name.insert(name, i);
            }
        }
        for decl in patch.decls {
            let Decl::Field(field) = decl else { continue };
            let Some(name) = label(&field.label) else { continue };
            let tags = Tags::of(&field.comments);
            let there = by_name.get(&name).and_then(|i| match &mut decls[*i] {
                Decl::Field(there) => Some(there),
                _ => None,
            });
            let Some(there) = there else {
                by_name.insert(name, decls.len());
                decls.push(Decl::Field(field));
                continue;
            };
            let key = tags.key.as_deref().or(inherited);
            let replaced = match tags.strategy {
                Strategy::RetainKeys => tags.key.is_none() || !is_list(&field.value),
                Strategy::Replace => is_list(&field.value),
                _ => false,
            };
            if replaced {
                there.value = field.value;
                continue;
            }
            let value = std::mem::replace(&mut there.value, Expr::Bad(Span::NONE));
            let Field { value: patch, .. } = *field;
            let merged =
                self.within(name, |merger| merger.value(value, patch, key, tags.strategy))?;
            there.value = merged;
        }
        Ok(Expr::Struct(StructLit { decls, ..base }))
    }

    fn lists(
        &mut self,
        base: ListLit,
        patch: ListLit,
        key: Option<&str>,
        strategy: Strategy,
    ) -> Result<Expr, Conflict> {
        let (base_span, patch_span) = (base.span, patch.span);
        let (mut elements, _) = match elements(base) {
            Ok(parts) => parts,
            Err(base) => return self.leaf(Expr::List(base), Expr::List(patch)),
        };
        let (patches, patch_open) = match self::elements(patch) {
            Ok(parts) => parts,
            Err(patch) => return self.leaf(list(elements, base_span), Expr::List(patch)),
        };
        let places = key.and_then(|key| places(&elements, &patches, key));
        let count = elements.len();
        match places {
            Some(places) => {
                for (place, patch) in places.into_iter().zip(patches) {
                    match place {
                        None => elements.push(patch),
                        Some(at) if strategy == Strategy::RetainKeys => elements[at] = patch,
                        Some(at) => self.element(&mut elements, at, patch, key)?,
                    }
                }
            }
            None => {
                if patches.len() < count && !patch_open {
                    let message =
                        format!("incompatible list lengths ({} and {count})", patches.len());
                    return self.conflict(message, patch_span, base_span);
                }
                for (at, patch) in patches.into_iter().enumerate() {
                    if at < count {
                        self.element(&mut elements, at, patch, key)?;
                    } else {
                        elements.push(patch);
                    }
                }
            }
        }
        Ok(list(elements, base_span))
    }

    fn element(
        &mut self,
        elements: &mut [Expr],
        at: usize,
        patch: Expr,
        key: Option<&str>,
    ) -> Result<(), Conflict> {
        let base = std::mem::replace(&mut elements[at], Expr::Bad(Span::NONE));
        elements[at] =
            self.within(at.to_string(), |merger| merger.value(base, patch, key, Strategy::Unify))?;
        Ok(())
    }
}

/// Where the elements of a patch go; nothing if one of them has no literal key.
fn places(base: &[Expr], patches: &[Expr], key: &str) -> Option<Vec<Option<usize>>> {
    let mut places: Vec<Option<usize>> = vec![None; patches.len()];
    let mut keyed = vec![false; patches.len()];
    for key in key.split(',').map(str::trim).filter(|key| !key.is_empty()) {
        let mut at: BTreeMap<String, usize> = BTreeMap::new();
        for (i, element) in base.iter().enumerate() {
            if let Some(literal) = at_path(element, key).and_then(Literal::of) {
                at.entry(literal.text()).or_insert(i);
            }
        }
        for (i, patch) in patches.iter().enumerate() {
            if let Some(literal) = at_path(patch, key).and_then(Literal::of) {
                keyed[i] = true;
                if places[i].is_none() {
                    places[i] = at.get(&literal.text()).copied();
                }
            }
        }
    }
    keyed.into_iter().all(|keyed| keyed).then_some(places)
}

/// The value at a dotted path in structs.
fn at_path<'e>(expr: &'e Expr, path: &str) -> Option<&'e Expr> {
    let mut expr = expr;
    for name in path.split('.') {
        while let Expr::Paren(_, inner) = expr {
            expr = inner;
        }
        let Expr::Struct(lit) = expr else { return None };
        expr = lit.decls.iter().find_map(|decl| match decl {
            Decl::Field(field) if label(&field.label).as_deref() == Some(name) => {
                Some(&field.value)
            }
            _ => None,
        })?;
    }
    Some(expr)
}

/// A scalar that is written out.
struct Literal<'e>(bool, &'e Expr);

impl<'e> Literal<'e> {
    fn of(expr: &'e Expr) -> Option<Literal<'e>> {
        match expr {
            Expr::Paren(_, inner) => Literal::of(inner),
            Expr::Unary { op: UnaryOp::Minus, expr, .. } if matches!(**expr, Expr::Number(_)) => {
                Some(Literal(true, expr))
            }
            Expr::Null(_) | Expr::Bool(..) | Expr::Number(_) | Expr::String(_) => {
                Some(Literal(false, expr))
            }
            _ => None,
        }
    }

    fn kind(&self) -> &'static str {
        match self.1 {
            Expr::Null(_) => "null",
            Expr::Bool(..) => "bool",
            Expr::Number(n) if n.text.contains(['.', 'e', 'E']) => "float",
            Expr::Number(_) => "int",
            Expr::String(s) if s.text.trim_start_matches('#').starts_with('\'') => "bytes",
            _ => "string",
        }
    }

    fn text(&self) -> String {
        let text = match self.1 {
            Expr::Null(_) => String::from("null"),
            Expr::Bool(_, value) => value.to_string(),
            Expr::Number(literal) => literal.text.clone(),
            Expr::String(literal) => match crate::oam::string_value(&literal.text) {
                Some(text) => format!("{text:?}"),
                None => literal.text.clone(),
            },
            _ => String::new(),
        };
        if self.0 { format!("-{text}") } else { text }
    }

    fn same(&self, other: &Literal<'_>) -> bool {
        self.kind() == other.kind() && self.text() == other.text()
    }

    /// Whether they could be the same although they are written differently.
    fn maybe_same(&self, other: &Literal<'_>) -> bool {
        self.kind() == other.kind()
            && matches!(self.kind(), "int" | "float" | "bytes")
            && (self.text().contains(|c: char| !c.is_ascii_digit() && c != '-'))
    }
}

/// Whether a struct has nothing but regular fields with names that are written out.
fn plain(lit: &StructLit) -> bool {
    lit.decls.iter().all(|decl| match decl {
        Decl::Field(field) => field.constraint.is_none() && label(&field.label).is_some(),
        Decl::Ellipsis(ellipsis) => ellipsis.value.is_none(),
        Decl::Attribute(..) => true,
        _ => false,
    })
}

/// The elements of a list and whether it may have more; the list itself if they are not known.
fn elements(list: ListLit) -> Result<(Vec<Expr>, bool), ListLit> {
    let known = list.elements.iter().all(|element| match element {
        Element::Expr(..) => true,
        Element::Ellipsis(ellipsis) => ellipsis.value.is_none(),
        _ => false,
    });
    if !known {
        return Err(list);
    }
    let mut open = false;
    let mut elements = Vec::with_capacity(list.elements.len());
    for element in list.elements {
        match element {
            Element::Expr(expr, _) => elements.push(expr),
            _ => open = true,
        }
    }
    Ok((elements, open))
}

fn list(elements: Vec<Expr>, span: Span) -> Expr {
    let elements = elements.into_iter().map(|e| Element::Expr(e, Default::default())).collect();
    Expr::List(ListLit { span, elements, trailing: Vec::new() })
}

fn is_list(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(_, inner) => is_list(inner),
        Expr::List(_) => true,
        _ => false,
    }
}

fn is_top(expr: &Expr) -> bool {
    matches!(expr, Expr::Ident(name) if name.name == "_")
}

fn without_parens(expr: Expr) -> Expr {
    match expr {
        Expr::Paren(_, inner) => without_parens(*inner),
        other => other,
    }
}

/// `patch & base`, where the base's lists take more elements.
fn unified(patch: Expr, base: Expr) -> Expr {
    let first = Box::new(Expr::Paren(patch.span(), Box::new(patch)));
    let base = Expr::Paren(base.span(), Box::new(opened(base)));
    Expr::Binary {
        first,
        rest: vec![Operand { op: BinaryOp::And, op_span: Span::NONE, expr: base }],
    }
}

/// The value with all its lists open.
fn opened(expr: Expr) -> Expr {
    match expr {
        Expr::Paren(span, inner) => Expr::Paren(span, Box::new(opened(*inner))),
        Expr::List(mut list) => {
            let open = list.elements.iter().any(|e| matches!(e, Element::Ellipsis(_)));
            list.elements = list
                .elements
                .into_iter()
                .map(|element| match element {
                    Element::Expr(expr, comments) => Element::Expr(opened(expr), comments),
                    other => other,
                })
                .collect();
            if !open {
                list.elements.push(Element::Ellipsis(Ellipsis {
                    span: Span::NONE,
                    value: None,
                    comments: Default::default(),
                }));
            }
            Expr::List(list)
        }
        Expr::Struct(mut lit) => {
            for decl in &mut lit.decls {
                if let Decl::Field(field) = decl {
                    let value = std::mem::replace(&mut field.value, Expr::Bad(Span::NONE));
                    field.value = opened(value);
                }
            }
            Expr::Struct(lit)
        }
        other => other,
    }
}
