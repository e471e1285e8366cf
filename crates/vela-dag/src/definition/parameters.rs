//! What a template's `parameter` says about itself: names, types, defaults, usage lines.
//!
//! Read off the syntax, not off a value: a value no longer says which of the alternatives were written,
//! where a default came from, or under which condition a field is there. Names are followed to where the
//! template declares them.

use crate::oam::{label, plain_data, string_value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use vela_lang::format::format_expr;
use vela_lang::source::Span;
use vela_lang::syntax::ast::{
    BinaryOp, Clause, Comments, Constraint, Decl, Element, Expr, Field, File, Label, StructLit,
    UnaryOp,
};

/// How deep types are followed; a definition that refers to itself ends here at the latest.
const DEPTH: u32 = 24;

/// A parameter, or a field of one.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// What it does: the `+usage` line, or the comment where there is none.
    pub usage: String,
    /// Whether there is a `+usage` line.
    pub has_usage: bool,
    /// The other tags (`short`, `alias`, `ignore`, `immutable`, …) with their values.
    pub tags: BTreeMap<String, String>,
    /// Whether an application has to give it.
    pub required: bool,
    /// What it is where an application does not give it.
    pub default: Option<Json>,
    /// The condition under which there is such a parameter; empty for always.
    pub condition: String,
    /// What it may be.
    pub shape: Shape,
}

/// What a value may be.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// `null`.
    Null,
    /// A bool.
    Bool,
    /// Bytes.
    Bytes,
    /// A number, whole or not, within bounds.
    Number {
        /// Only whole ones.
        whole: bool,
        /// Bounds, as CUE writes them: `>=1`.
        bounds: Vec<String>,
    },
    /// A string; with the pattern that it must match.
    Text(Option<String>),
    /// This value and no other.
    Constant(Json),
    /// A list.
    List(Box<Shape>),
    /// An object with names that are free.
    Map(Box<Shape>),
    /// An object with these fields.
    Object {
        /// The fields.
        fields: Vec<Parameter>,
        /// Whether there may be others.
        open: bool,
    },
    /// One of several.
    Either(Vec<Shape>),
}

/// The shape of a template's `parameter`; nothing where there is none.
pub fn parameters(template: &File) -> Option<Shape> {
    let mut reader = Reader { scopes: vec![&template.decls], names: Vec::new() };
    let mut found: Option<Typed> = None;
    for decl in &template.decls {
        if let Decl::Field(field) = decl
            && label(&field.label).as_deref() == Some("parameter")
        {
            let read = reader.expr(&field.value, DEPTH);
            found = Some(match found {
                Some(before) => before.and(read),
                None => read,
            });
        }
    }
    found.map(|typed| typed.shape)
}

/// The usage line, the comment, and the other tags of a field.
pub(super) fn tags(comments: &Comments) -> (Option<String>, String, BTreeMap<String, String>) {
    let mut usage = None;
    let mut text = Vec::new();
    let mut tags = BTreeMap::new();
    for line in comments.doc.iter().chain(&comments.line).flat_map(|group| &group.lines) {
        let line = line.trim_start_matches('/').trim();
        let Some(tag) = line.strip_prefix('+') else {
            text.push(line);
            continue;
        };
        match tag.split_once('=') {
            Some(("usage", words)) => usage = Some(words.trim().to_owned()),
            Some((name, value)) => drop(tags.insert(name.to_owned(), value.trim().to_owned())),
            None => drop(tags.insert(tag.to_owned(), String::new())),
        }
    }
    (usage, text.join(" ").trim().to_owned(), tags)
}

/// A shape with its default.
struct Typed {
    shape: Shape,
    default: Option<Json>,
}

impl Typed {
    fn of(shape: Shape) -> Typed {
        Typed { shape, default: None }
    }

    fn and(self, other: Typed) -> Typed {
        Typed { shape: both(self.shape, other.shape), default: self.default.or(other.default) }
    }
}

struct Reader<'t> {
    scopes: Vec<&'t [Decl]>,
    /// The names that are being followed, against circles.
    names: Vec<String>,
}

impl<'t> Reader<'t> {
    fn expr(&mut self, expr: &'t Expr, depth: u32) -> Typed {
        let Some(depth) = depth.checked_sub(1) else { return Typed::of(Shape::Any) };
        if let Some(data) = plain_data(expr)
            && !matches!(expr, Expr::Struct(_))
        {
            return Typed { default: Some(data.clone()), shape: Shape::Constant(data) };
        }
        match expr {
            Expr::Paren(_, inner) | Expr::Alias(_, inner) | Expr::Open(_, inner) => {
                self.expr(inner, depth)
            }
            Expr::Ident(name) => self.named(&name.name, depth),
            Expr::Struct(lit) => Typed::of(self.object(lit, depth)),
            Expr::List(list) => {
                let element = list.elements.iter().find_map(|element| match element {
                    Element::Ellipsis(ellipsis) => Some(ellipsis.value.as_deref()),
                    _ => None,
                });
                let shape = match element {
                    Some(Some(value)) => self.expr(value, depth).shape,
                    _ => Shape::Any,
                };
                Typed::of(Shape::List(Box::new(shape)))
            }
            Expr::Unary { op, expr: operand, .. } => self.unary(*op, operand, expr, depth),
            Expr::Binary { first, rest } => {
                let operands = std::iter::once(&**first).chain(rest.iter().map(|o| &o.expr));
                match rest.first().map(|o| o.op) {
                    Some(BinaryOp::Or) => self.either(operands.collect(), depth),
                    Some(BinaryOp::And) => operands
                        .map(|operand| self.expr(operand, depth))
                        .reduce(Typed::and)
                        .unwrap_or(Typed::of(Shape::Any)),
                    _ => Typed::of(Shape::Any),
                }
            }
            Expr::Call { function, args, .. } => match (&**function, args.as_slice()) {
                (Expr::Ident(name), [inner]) if name.name == "close" => self.expr(inner, depth),
                _ => Typed::of(Shape::Any),
            },
            Expr::Interpolation(_) => Typed::of(Shape::Text(None)),
            _ => Typed::of(Shape::Any),
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &'t Expr, whole: &Expr, depth: u32) -> Typed {
        match op {
            UnaryOp::Default => self.expr(operand, depth),
            UnaryOp::Match => {
                let pattern = match operand {
                    Expr::String(literal) => string_value(&literal.text),
                    _ => None,
                };
                Typed::of(Shape::Text(pattern))
            }
            UnaryOp::Less | UnaryOp::LessEqual | UnaryOp::Greater | UnaryOp::GreaterEqual => {
                Typed::of(Shape::Number { whole: false, bounds: vec![format_expr(whole, None)] })
            }
            UnaryOp::NotEqual if matches!(operand, Expr::String(_)) => Typed::of(Shape::Text(None)),
            _ => Typed::of(Shape::Any),
        }
    }

    /// What stands behind a name.
    fn named(&mut self, name: &str, depth: u32) -> Typed {
        let whole = matches!(name, "int" | "uint" | "rune")
            || name.strip_prefix("uint").or(name.strip_prefix("int")).is_some_and(|bits| {
                !bits.is_empty() && bits.chars().all(|digit| digit.is_ascii_digit())
            });
        let predeclared = match name {
            "_" => Some(Shape::Any),
            "string" => Some(Shape::Text(None)),
            "bool" => Some(Shape::Bool),
            "bytes" => Some(Shape::Bytes),
            "number" | "float" | "float32" | "float64" => {
                Some(Shape::Number { whole: false, bounds: Vec::new() })
            }
            _ if whole => Some(Shape::Number { whole: true, bounds: Vec::new() }),
            _ => None,
        };
        let found = (0..self.scopes.len()).rev().find_map(|at| {
            let values = declared(self.scopes[at], name);
            (!values.is_empty()).then_some((at, values))
        });
        let Some((at, values)) = found else { return Typed::of(predeclared.unwrap_or(Shape::Any)) };
        if self.names.iter().any(|n| n == name) {
            return Typed::of(Shape::Any);
        }
        // The declaration sees what stands around it, not what stands around its use.
        let inner = self.scopes.split_off(at + 1);
        self.names.push(name.to_owned());
        let typed = values.into_iter().map(|value| self.expr(value, depth)).reduce(Typed::and);
        self.names.pop();
        self.scopes.extend(inner);
        typed.unwrap_or(Typed::of(Shape::Any))
    }

    fn either(&mut self, operands: Vec<&'t Expr>, depth: u32) -> Typed {
        let mut default = None;
        let mut shapes: Vec<Shape> = Vec::new();
        for operand in operands {
            let marked = matches!(operand, Expr::Unary { op: UnaryOp::Default, .. });
            let typed = self.expr(operand, depth);
            if marked && default.is_none() {
                default = typed.default;
            }
            match typed.shape {
                Shape::Either(inner) => shapes.extend(inner),
                shape => shapes.push(shape),
            }
        }
        let mut kept: Vec<Shape> = Vec::new();
        for (at, shape) in shapes.iter().enumerate() {
            let covered = match shape {
                Shape::Constant(value) => shapes.iter().any(|other| takes(other, value)),
                _ => false,
            };
            if !covered && !shapes[..at].contains(shape) {
                kept.push(shape.clone());
            }
        }
        let shape = match kept.len() {
            1 => kept.remove(0),
            _ => Shape::Either(kept),
        };
        Typed { shape, default }
    }

    fn object(&mut self, lit: &'t StructLit, depth: u32) -> Shape {
        self.scopes.push(&lit.decls);
        let mut shape = Shape::Object { fields: Vec::new(), open: false };
        let collapsed = lit.braces.is_none();
        for decl in &lit.decls {
            self.decl(decl, "", collapsed, depth, &mut shape);
        }
        self.scopes.pop();
        shape
    }

    fn decl(
        &mut self,
        decl: &'t Decl,
        condition: &str,
        collapsed: bool,
        depth: u32,
        shape: &mut Shape,
    ) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match decl {
            Decl::Field(field) => self.field(field, condition, collapsed, depth, shape),
            Decl::Ellipsis(_) => {
                if let Shape::Object { open, .. } = shape {
                    *open = true;
                }
            }
            Decl::Embed(embed) => {
                let inner = self.expr(&embed.value, depth).shape;
                let own = std::mem::replace(shape, Shape::Any);
                *shape = match &own {
                    Shape::Object { fields, .. } if fields.is_empty() => inner,
                    _ => both(own, inner),
                };
            }
            Decl::Comprehension(comprehension) => {
                let texts: Vec<String> = comprehension
                    .clauses
                    .iter()
                    .filter_map(|clause| match clause {
                        Clause::If { condition, .. } => Some(format_expr(condition, None)),
                        _ => None,
                    })
                    .collect();
                let text = texts.join(" && ");
                self.scopes.push(&comprehension.body.decls);
                for decl in &comprehension.body.decls {
                    self.decl(decl, &text, false, depth, shape);
                }
                self.scopes.pop();
            }
            _ => {}
        }
    }

    fn field(
        &mut self,
        field: &'t Field,
        condition: &str,
        collapsed: bool,
        depth: u32,
        shape: &mut Shape,
    ) {
        if let Label::Pattern { .. } = field.label {
            let value = self.expr(&field.value, depth).shape;
            if matches!(shape, Shape::Object { fields, .. } if fields.is_empty()) {
                *shape = Shape::Map(Box::new(value));
            } else if let Shape::Object { open, .. } = shape {
                *open = true;
            }
            return;
        }
        let Some(name) = label(&field.label) else { return };
        if name.starts_with(['_', '#']) {
            return;
        }
        let typed = self.expr(&field.value, depth);
        let optional = matches!(field.constraint, Some((Constraint::Optional, _)));
        let (usage, text, tags) = tags(&field.comments);
        let required = !optional
            && condition.is_empty()
            && typed.default.is_none()
            && must_be_given(&typed.shape);
        let parameter = Parameter {
            name,
            span: field.label.span(),
            has_usage: usage.is_some() || collapsed,
            usage: usage.unwrap_or(text),
            tags,
            required,
            default: typed.default,
            condition: condition.to_owned(),
            shape: typed.shape,
        };
        if let Shape::Object { fields, .. } = shape {
            match fields.iter_mut().find(|f| f.name == parameter.name && f.condition == condition) {
                Some(there) => {
                    let own = std::mem::replace(&mut there.shape, Shape::Any);
                    there.shape = both(own, parameter.shape);
                    there.default = there.default.take().or(parameter.default);
                    there.required = there.required && parameter.required;
                }
                None => fields.push(parameter),
            }
        }
    }
}

/// The values that a scope gives a name.
fn declared<'t>(decls: &'t [Decl], name: &str) -> Vec<&'t Expr> {
    decls
        .iter()
        .filter_map(|decl| match decl {
            Decl::Field(field) if label(&field.label).as_deref() == Some(name) => {
                Some(&field.value)
            }
            Decl::Let(binding) if binding.name.name == name => Some(&binding.value),
            _ => None,
        })
        .collect()
}

/// Whether CUE has no value of such a shape where nothing is given.
fn must_be_given(shape: &Shape) -> bool {
    match shape {
        Shape::List(_) | Shape::Map(_) | Shape::Constant(_) => false,
        Shape::Object { fields, .. } => fields.iter().any(|field| field.required),
        _ => true,
    }
}

/// Whether a value is one of a shape.
fn takes(shape: &Shape, value: &Json) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Null => value.is_null(),
        Shape::Bool => value.is_boolean(),
        Shape::Number { whole, bounds } => {
            value.is_number()
                && (!whole || !value.is_f64())
                && bounds.iter().all(|b| within(b, value))
        }
        Shape::Text(None) => value.is_string(),
        Shape::List(_) => value.is_array(),
        _ => false,
    }
}

/// Whether a number is within a bound such as `>=1`; not where that isn't clear.
fn within(bound: &str, value: &Json) -> bool {
    let Some(value) = value.as_f64() else { return false };
    let operand = bound.trim_start_matches(['<', '>', '=']);
    let Ok(limit) = operand.trim().parse::<f64>() else { return false };
    match &bound[..bound.len() - operand.len()] {
        ">" => value > limit,
        ">=" => value >= limit,
        "<" => value < limit,
        "<=" => value <= limit,
        _ => false,
    }
}

/// What is of both shapes, as far as documentation goes.
fn both(a: Shape, b: Shape) -> Shape {
    match (a, b) {
        (Shape::Any, other) | (other, Shape::Any) => other,
        (Shape::Number { whole, bounds: mut all }, Shape::Number { whole: also, bounds }) => {
            all.extend(bounds);
            Shape::Number { whole: whole || also, bounds: all }
        }
        (Shape::Text(pattern), Shape::Text(other)) => Shape::Text(pattern.or(other)),
        (Shape::Object { mut fields, open }, Shape::Object { fields: more, open: also }) => {
            for field in more {
                match fields.iter_mut().find(|f| f.name == field.name) {
                    Some(there) => {
                        let own = std::mem::replace(&mut there.shape, Shape::Any);
                        there.shape = both(own, field.shape);
                        there.default = there.default.take().or(field.default);
                    }
                    None => fields.push(field),
                }
            }
            Shape::Object { fields, open: open && also }
        }
        (constant @ Shape::Constant(_), _) | (_, constant @ Shape::Constant(_)) => constant,
        (first, _) => first,
    }
}

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;
