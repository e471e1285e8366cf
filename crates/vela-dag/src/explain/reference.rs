//! What an expression of a template refers to.
//!
//! Names are looked up as the language does, from the inside out, but in the syntax tree: the answer is
//! a path from the template's root, whose value is known, or another expression.

use vela_lang::Span;
use vela_lang::syntax::ast::{
    Clause, Comprehension, Decl, Element, Expr, Label, SelectorLabel, StructLit,
};

/// How far names are followed from one expression to the next.
const HOPS: usize = 16;

/// What binds names.
#[derive(Clone, Copy)]
pub(super) enum Scope<'t> {
    Decls(&'t [Decl]),
    Clauses(&'t [Clause]),
}

/// A name and the labels after it: `parameter.ports[0]` is `parameter`, `ports`, `0`.
pub(super) type Reference = Vec<String>;

/// Where a reference leads.
pub(super) enum Target {
    /// To a path from the root of the template.
    Root(Vec<String>),
    /// To an expression.
    Expression(Span),
    /// Out of the template, such as to a package.
    Nothing,
}

/// The outermost expression at a place, with the scopes around it.
pub(super) fn find<'t>(decls: &'t [Decl], span: Span) -> Option<(&'t Expr, Vec<Scope<'t>>)> {
    let mut finder = Finder { span, scopes: Vec::new() };
    let found = finder.decls(decls)?;
    Some((found, finder.scopes))
}

struct Finder<'t> {
    span: Span,
    scopes: Vec<Scope<'t>>,
}

impl<'t> Finder<'t> {
    fn decls(&mut self, decls: &'t [Decl]) -> Option<&'t Expr> {
        self.scopes.push(Scope::Decls(decls));
        for decl in decls {
            let found = match decl {
                Decl::Field(field) => {
                    let label = match &field.label {
                        Label::Dynamic { expr, .. } | Label::Pattern { expr, .. } => {
                            self.expr(expr)
                        }
                        Label::Interpolation(inner) => self.first(&inner.exprs),
                        _ => None,
                    };
                    label.or_else(|| self.expr(&field.value))
                }
                Decl::Let(binding) => self.expr(&binding.value),
                Decl::Embed(embed) => self.expr(&embed.value),
                Decl::Ellipsis(ellipsis) => ellipsis.value.as_ref().and_then(|e| self.expr(e)),
                Decl::Comprehension(inner) => self.comprehension(inner),
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
        self.scopes.pop();
        None
    }

    fn comprehension(&mut self, inner: &'t Comprehension) -> Option<&'t Expr> {
        let depth = self.scopes.len();
        for (i, clause) in inner.clauses.iter().enumerate() {
            let expr = match clause {
                Clause::For { source, .. } => source,
                Clause::If { condition, .. } => condition,
                Clause::Let { value, .. } => value,
                Clause::Try { binding, .. } => match binding {
                    Some((_, value)) => value,
                    None => continue,
                },
            };
            self.scopes.push(Scope::Clauses(&inner.clauses[..i]));
            let found = self.expr(expr);
            if found.is_some() {
                return found;
            }
            self.scopes.truncate(depth);
        }
        self.scopes.push(Scope::Clauses(&inner.clauses));
        let found = self.body(&inner.body);
        if found.is_some() {
            return found;
        }
        self.scopes.truncate(depth);
        inner.fallback.as_ref().and_then(|fallback| self.body(&fallback.body))
    }

    fn body(&mut self, body: &'t StructLit) -> Option<&'t Expr> {
        self.decls(&body.decls)
    }

    fn first(&mut self, exprs: &'t [Expr]) -> Option<&'t Expr> {
        exprs.iter().find_map(|expr| self.expr(expr))
    }

    fn expr(&mut self, expr: &'t Expr) -> Option<&'t Expr> {
        let here = expr.span();
        if here == self.span {
            return Some(expr);
        }
        if !here.is_none() && (here.start > self.span.start || here.end < self.span.end) {
            return None;
        }
        match expr {
            Expr::Struct(lit) => self.body(lit),
            Expr::List(list) => list.elements.iter().find_map(|element| match element {
                Element::Expr(inner, _) | Element::Alias(_, inner) => self.expr(inner),
                Element::Comprehension(inner) => self.comprehension(inner),
                Element::Ellipsis(ellipsis) => ellipsis.value.as_ref().and_then(|e| self.expr(e)),
            }),
            _ => children(expr).into_iter().find_map(|inner| self.expr(inner)),
        }
    }
}

/// The expressions directly in an expression that is neither struct nor list.
fn children(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Interpolation(inner) => inner.exprs.iter().collect(),
        Expr::Paren(_, inner)
        | Expr::Unary { expr: inner, .. }
        | Expr::Alias(_, inner)
        | Expr::Open(_, inner)
        | Expr::Maybe(_, inner)
        | Expr::Selector { base: inner, .. } => vec![inner],
        Expr::Binary { first, rest } => {
            std::iter::once(&**first).chain(rest.iter().map(|operand| &operand.expr)).collect()
        }
        Expr::Index { base, index, .. } => vec![base, index],
        Expr::Slice { base, low, high, .. } => {
            std::iter::once(base).chain(low).chain(high).map(|inner| &**inner).collect()
        }
        Expr::Call { function, args, .. } => {
            std::iter::once(&**function).chain(args.iter()).collect()
        }
        _ => Vec::new(),
    }
}

/// What an expression refers to, in the order of the text. Structs are not looked into: their fields
/// are origins of their own.
pub(super) fn references(expr: &Expr) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        if let Some(reference) = reference(expr) {
            if !found.contains(&reference) {
                found.push(reference);
            }
            if let Expr::Index { index, .. } = expr {
                open.push(index);
            }
            continue;
        }
        match expr {
            Expr::List(list) => {
                for element in list.elements.iter().rev() {
                    match element {
                        Element::Expr(inner, _) | Element::Alias(_, inner) => open.push(inner),
                        Element::Comprehension(inner) => {
                            for clause in inner.clauses.iter().rev() {
                                match clause {
                                    Clause::For { source, .. } => open.push(source),
                                    Clause::If { condition, .. } => open.push(condition),
                                    Clause::Let { value, .. } => open.push(value),
                                    Clause::Try { .. } => {}
                                }
                            }
                        }
                        Element::Ellipsis(_) => {}
                    }
                }
            }
            _ => open.extend(children(expr).into_iter().rev()),
        }
    }
    found
}

/// An expression that is nothing but a name and labels.
fn reference(expr: &Expr) -> Option<Reference> {
    let mut labels = Vec::new();
    let mut at = expr;
    loop {
        match at {
            Expr::Ident(name) => {
                labels.push(name.name.to_string());
                labels.reverse();
                return Some(labels);
            }
            Expr::Selector { base, label } => {
                labels.push(match label {
                    SelectorLabel::Ident(name) => name.name.to_string(),
                    SelectorLabel::String(text) => crate::oam::string_value(&text.text)?,
                });
                at = base;
            }
            Expr::Index { base, index, .. } => {
                labels.push(match &**index {
                    Expr::Number(number) => number.text.to_string(),
                    Expr::String(text) => crate::oam::string_value(&text.text)?,
                    _ => String::from("*"),
                });
                at = base;
            }
            Expr::Paren(_, inner) => at = inner,
            _ => return None,
        }
    }
}

/// Where a reference leads.
pub(super) fn resolve(wanted: &[String], scopes: &[Scope<'_>]) -> Target {
    let mut labels = wanted.to_vec();
    let mut depth = scopes.len();
    for _ in 0..HOPS {
        let Some(name) = labels.first().cloned() else { return Target::Nothing };
        let Some((found, at)) = declared(&name, &scopes[..depth]) else {
            let given = name == "parameter" || name == "context";
            return if given { Target::Root(labels) } else { Target::Nothing };
        };
        let (expr, through) = match found {
            Declared::Field(_) if at == 0 => return Target::Root(labels),
            Declared::Field(expr) | Declared::Let(expr) => (expr, None),
            Declared::Element(expr) => (expr, Some(String::from("*"))),
        };
        let Some(mut next) = reference(expr) else { return Target::Expression(expr.span()) };
        next.extend(through);
        next.extend(labels.drain(1..));
        labels = next;
        // The expression sees what stands around it; a name must not lead to itself.
        depth = match found {
            Declared::Field(_) | Declared::Let(_) => at + 1,
            Declared::Element(_) => at,
        };
    }
    Target::Nothing
}

#[derive(Clone, Copy)]
enum Declared<'t> {
    Field(&'t Expr),
    Let(&'t Expr),
    /// An element (or key) of what a `for` goes through.
    Element(&'t Expr),
}

/// The innermost declaration of a name, and in which scope it is.
fn declared<'t>(name: &str, scopes: &[Scope<'t>]) -> Option<(Declared<'t>, usize)> {
    scopes.iter().enumerate().rev().find_map(|(at, scope)| {
        let found = match scope {
            Scope::Decls(decls) => decls.iter().find_map(|decl| match decl {
                Decl::Let(binding) if binding.name.name == name => {
                    Some(Declared::Let(&binding.value))
                }
                Decl::Field(field) => {
                    let named = match &field.label {
                        Label::Ident(label) => label.name == name,
                        _ => false,
                    };
                    let alias = field.alias.as_ref().is_some_and(|alias| alias.name == name);
                    (named || alias).then_some(Declared::Field(&field.value))
                }
                _ => None,
            }),
            Scope::Clauses(clauses) => clauses.iter().rev().find_map(|clause| match clause {
                Clause::For { key, value, source, .. } => {
                    let key = key.as_ref().is_some_and(|key| key.name == name);
                    (key || value.name == name).then_some(Declared::Element(source))
                }
                Clause::Let { name: bound, value, .. } if bound.name == name => {
                    Some(Declared::Let(value))
                }
                _ => None,
            }),
        };
        found.map(|found| (found, at))
    })
}
