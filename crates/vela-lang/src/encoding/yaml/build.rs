//! From nodes to syntax trees and data: tags, merge keys, the budget for aliases.

use super::compose::{CORE, Content, Node, YamlError};
use super::resolve::{self, Scalar};
use super::{Dialect, MAX_DEPTH};
use crate::data::Data;
use crate::encoding::json;
use crate::number::Number;
use crate::source::{SourceId, Span};
use crate::syntax::ast::{
    Comments, Decl, Element, Expr, Field, Label, ListLit, Literal, Nested, StructLit, UnaryOp,
};
use base64::Engine as _;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

/// A scalar with its value.
enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Bytes(Vec<u8>),
}

/// A label with the node it comes from, and the value's node.
struct Pair<'a> {
    label: String,
    key: &'a Node,
    value: &'a Node,
    merged: bool,
}

/// Counts one node, and refuses where aliases multiply them or nest them too deep.
fn spend(node: &Node, budget: &mut usize, depth: usize) -> Result<(), YamlError> {
    if depth > MAX_DEPTH {
        return Err(node.error(format!("nested deeper than {MAX_DEPTH} levels")));
    }
    match budget.checked_sub(1) {
        Some(rest) => {
            *budget = rest;
            Ok(())
        }
        None => Err(node.error("document contains excessive aliasing")),
    }
}

fn scalar(node: &Node, text: &str, plain: bool, dialect: Dialect) -> Result<Value, YamlError> {
    let resolved = if plain { resolve::plain(text, dialect) } else { Scalar::String };
    let name = match &node.tag {
        None => return value_of(node, text, resolved),
        Some(tag) if tag == "!" => return value_of(node, text, resolved),
        Some(tag) => tag.strip_prefix(CORE),
    };
    Ok(match name {
        Some("str" | "timestamp") => Value::String(text.to_owned()),
        Some("null") => Value::Null,
        Some("bool") => Value::Bool(matches!(text, "true" | "True" | "TRUE")),
        Some("int") => match resolve::number(text) {
            Some(number) if number.is_int() => Value::Number(number),
            _ => return Err(node.error(format!("cannot decode \"{text}\" as !!int"))),
        },
        Some("float") => match resolve::number(text) {
            Some(number) => {
                let mut float = number.decimal().into_owned();
                if number.is_int() {
                    float.coefficient *= 10;
                    float.exponent = -1;
                }
                Value::Number(Number::from(float))
            }
            None => return Err(node.error(format!("cannot decode \"{text}\" as !!float"))),
        },
        Some("binary") => {
            let compact: String = text.split_ascii_whitespace().collect();
            let bytes = base64::prelude::BASE64_STANDARD.decode(compact);
            Value::Bytes(
                bytes.map_err(|_| node.error("!!binary value contains invalid base64 data"))?,
            )
        }
        _ => return Err(unknown_tag(node)),
    })
}

fn unknown_tag(node: &Node) -> YamlError {
    let tag = node.short_tag().unwrap_or_default();
    node.error(format!("cannot unmarshal tag \"{tag}\""))
}

fn value_of(node: &Node, text: &str, scalar: Scalar) -> Result<Value, YamlError> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Number(number) => Value::Number(number),
        Scalar::String => Value::String(text.to_owned()),
        Scalar::Merge => return Err(node.error("cannot unmarshal tag \"!!merge\"")),
        Scalar::NotFinite => {
            return Err(node.error(format!("{text} is not a number that CUE can represent")));
        }
    })
}

/// The label that a key makes: scalars as they are written, but for null and booleans.
fn label(key: &Node, dialect: Dialect) -> Result<String, YamlError> {
    match &key.content {
        Content::Scalar { text, plain } => Ok(match scalar(key, text, *plain, dialect)? {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) if dialect == Dialect::Kubernetes => number.json_text(),
            Value::Number(_) if is_old_octal(text) => format!("0o{}", &text[1..]),
            Value::Number(_) | Value::String(_) | Value::Bytes(_) => text.clone(),
        }),
        Content::Sequence(_) => Err(key.error("invalid map key: !!seq")),
        Content::Mapping(_) => Err(key.error("invalid map key: !!map")),
    }
}

/// `010`
fn is_old_octal(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_merge(key: &Node) -> bool {
    matches!(&key.content, Content::Scalar { text, plain: true } if text == "<<")
        && key.tag.as_ref().is_none_or(|tag| tag.strip_prefix(CORE) == Some("merge"))
}

/// The pairs of a mapping with merge keys resolved. A merged key overrides what stands before it and
/// is overridden by what stands behind it; of several merged mappings the first counts.
fn pairs<'a>(
    node: &Node,
    mapping: &'a [(Rc<Node>, Rc<Node>)],
    dialect: Dialect,
    budget: &mut usize,
    depth: usize,
) -> Result<Vec<Pair<'a>>, YamlError> {
    spend(node, budget, depth)?;
    let mut places: rustc_hash::FxHashMap<String, usize> = rustc_hash::FxHashMap::default();
    let mut pairs: Vec<Pair<'a>> = Vec::with_capacity(mapping.len());
    let mut put = |pair: Pair<'a>, pairs: &mut Vec<Pair<'a>>| {
        let place = places.get(&pair.label).copied();
        match place.and_then(|place| pairs.get_mut(place)) {
            Some(old) if pair.merged || old.merged || dialect == Dialect::Kubernetes => {
                *old = pair;
            }
            _ => {
                places.insert(pair.label.clone(), pairs.len());
                pairs.push(pair);
            }
        }
    };
    for (key, value) in mapping {
        if !is_merge(key) {
            let label = label(key, dialect)?;
            put(Pair { label, key, value, merged: false }, &mut pairs);
            continue;
        }
        let sources: Vec<&'a Node> = match &value.content {
            Content::Mapping(_) => vec![value],
            Content::Sequence(items) => items.iter().rev().map(Rc::as_ref).collect(),
            Content::Scalar { .. } => vec![value],
        };
        for source in sources {
            let Content::Mapping(inner) = &source.content else {
                let message = "map merge requires map or sequence of maps as the value";
                return Err(value.error(message));
            };
            for pair in self::pairs(source, inner, dialect, budget, depth + 1)? {
                spend(source, budget, depth)?;
                put(Pair { merged: true, ..pair }, &mut pairs);
            }
        }
    }
    Ok(pairs)
}

/// A node as data.
pub(super) fn data(node: &Node, dialect: Dialect, budget: &mut usize) -> Result<Data, YamlError> {
    data_at(node, dialect, budget, 0)
}

fn data_at(
    node: &Node,
    dialect: Dialect,
    budget: &mut usize,
    depth: usize,
) -> Result<Data, YamlError> {
    spend(node, budget, depth)?;
    match &node.content {
        Content::Scalar { text, plain } => Ok(match scalar(node, text, *plain, dialect)? {
            Value::Null => Data::Null,
            Value::Bool(value) => Data::Bool(value),
            Value::Number(number) => Data::Number(number),
            Value::String(text) => Data::String(text.into()),
            Value::Bytes(bytes) => Data::Bytes(bytes.into()),
        }),
        Content::Sequence(items) => {
            let items = items.iter().map(|item| data_at(item, dialect, budget, depth + 1));
            Ok(Data::List(items.collect::<Result<_, _>>()?))
        }
        Content::Mapping(mapping) => {
            let fields = pairs(node, mapping, dialect, budget, depth)?
                .into_iter()
                .map(|pair| {
                    let value = data_at(pair.value, dialect, budget, depth + 1)?;
                    Ok((Arc::from(pair.label), value))
                })
                .collect::<Result<Vec<_>, YamlError>>()?;
            Data::merged(fields).map_err(|conflict| node.error(conflict.to_string()))
        }
    }
}

/// A node as a syntax tree.
pub(super) fn expr(
    node: &Node,
    dialect: Dialect,
    source: SourceId,
    budget: &mut usize,
) -> Result<Expr, YamlError> {
    Exprs { dialect, source, budget }.expr(node, 0)
}

struct Exprs<'a> {
    dialect: Dialect,
    source: SourceId,
    budget: &'a mut usize,
}

impl Exprs<'_> {
    fn span(&self, node: &Node) -> Span {
        Span::new(self.source, node.at.start, node.at.end)
    }

    fn expr(&mut self, node: &Node, depth: usize) -> Result<Expr, YamlError> {
        spend(node, self.budget, depth)?;
        let span = self.span(node);
        match &node.content {
            Content::Scalar { text, plain } => {
                Ok(match scalar(node, text, *plain, self.dialect)? {
                    Value::Null => Expr::Null(span),
                    Value::Bool(value) => Expr::Bool(span, value),
                    Value::Number(number) => number_expr(span, &number),
                    Value::String(text) => {
                        Expr::String(Literal { span, text: json::escaped(&text).into() })
                    }
                    Value::Bytes(bytes) => {
                        Expr::String(Literal { span, text: quoted(&bytes).into() })
                    }
                })
            }
            Content::Sequence(items) => {
                let elements = items
                    .iter()
                    .map(|item| Ok(Element::Expr(self.expr(item, depth + 1)?, Comments::default())))
                    .collect::<Result<_, YamlError>>()?;
                Ok(Expr::List(Nested::new(ListLit { span, elements, trailing: Vec::new() })))
            }
            Content::Mapping(mapping) => {
                let decls = pairs(node, mapping, self.dialect, self.budget, depth)?
                    .into_iter()
                    .map(|pair| {
                        let value = self.expr(pair.value, depth + 1)?;
                        Ok(self.field(pair.key, &pair.label, value))
                    })
                    .collect::<Result<_, YamlError>>()?;
                let start = Span { end: span.start, ..span };
                let end = Span { start: span.end, ..span };
                let braces = Some((start, end));
                let lit = StructLit { span, braces, decls, trailing: Vec::new() };
                Ok(Expr::Struct(Nested::new(lit)))
            }
        }
    }

    fn field(&self, key: &Node, label: &str, value: Expr) -> Decl {
        let key = self.span(key);
        Decl::Field(Box::new(Field {
            span: key.to(value.span()),
            alias: None,
            label: Label::String(Literal { span: key, text: json::escaped(label).into() }),
            postfix_alias: None,
            constraint: None,
            colon: Span { start: key.end, ..key },
            value,
            attributes: Vec::new(),
            comments: Comments::default(),
        }))
    }
}

fn number_expr(span: Span, number: &Number) -> Expr {
    if number.is_negative() {
        let text = number.neg().cue_text();
        let op_span = Span { end: (span.start + 1).min(span.end), ..span };
        let expr = Nested::new(Expr::Number(Literal { span, text: text.into() }));
        return Expr::Unary { op: UnaryOp::Minus, op_span, expr, end: span.end };
    }
    Expr::Number(Literal { span, text: number.cue_text().into() })
}

/// Bytes as a literal of CUE.
fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("'");
    for byte in bytes {
        match byte {
            b'\'' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' '..=b'~' => out.push(char::from(*byte)),
            byte => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('\'');
    out
}
