//! CUE syntax that is plain data, as a document.
//!
//! The metadata of a definition file is CUE; nearly always literals only. Those are read here, with
//! their places. What needs evaluation is reported by the caller.

use super::node::{Entry, Node, NodeValue};
use vela_lang::source::Span;
use vela_lang::syntax::ast;

/// How deep literals may nest.
const DEPTH: usize = 64;

/// Why an expression is no plain data.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct NotLiteral {
    /// Where.
    pub(super) span: Span,
    /// Why.
    pub(super) why: &'static str,
}

/// The document that an expression of literals writes.
pub(super) fn document(expr: &ast::Expr) -> Result<Node, NotLiteral> {
    read(expr, DEPTH)
}

fn read(expr: &ast::Expr, depth: usize) -> Result<Node, NotLiteral> {
    let span = expr.span();
    let fail = |why| Err(NotLiteral { span, why });
    let Some(depth) = depth.checked_sub(1) else { return fail("it is nested too deep") };
    let value = match expr {
        ast::Expr::Null(_) => NodeValue::Null,
        ast::Expr::Bool(_, value) => NodeValue::Bool(*value),
        ast::Expr::Number(literal) => match number("", &literal.text) {
            Some(number) => number,
            None => return fail("the number is not one that JSON can say"),
        },
        ast::Expr::Unary { op: ast::UnaryOp::Minus, expr, .. } => match &**expr {
            ast::Expr::Number(literal) => match number("-", &literal.text) {
                Some(number) => number,
                None => return fail("the number is not one that JSON can say"),
            },
            _ => return fail("it is computed"),
        },
        ast::Expr::String(text) => match string_value(&text.text) {
            Some(text) => NodeValue::String(text),
            None => return fail("it is no string"),
        },
        ast::Expr::Paren(_, inner) => return read(inner, depth),
        ast::Expr::List(list) => {
            let mut items = Vec::new();
            for element in &list.elements {
                match element {
                    ast::Element::Expr(expr, _) => items.push(read(expr, depth)?),
                    _ => return fail("the list is computed"),
                }
            }
            NodeValue::List(items)
        }
        ast::Expr::Struct(lit) => {
            let mut entries: Vec<Entry> = Vec::new();
            for decl in &lit.decls {
                match decl {
                    ast::Decl::Field(field) if field.constraint.is_none() => {
                        let key_span = field.label.span();
                        let Some(key) = label(&field.label) else {
                            return fail("a label is computed");
                        };
                        let value = read(&field.value, depth)?;
                        insert(&mut entries, Entry { key, key_span, value })?;
                    }
                    ast::Decl::Attribute(..) | ast::Decl::Ellipsis(_) => {}
                    _ => return fail("the struct is computed"),
                }
            }
            NodeValue::Map(entries)
        }
        _ => return fail("it is computed"),
    };
    Ok(Node { span, value })
}

/// A number, as JSON says it.
fn number(sign: &str, text: &str) -> Option<NodeValue> {
    let text = format!("{sign}{}", text.replace('_', ""));
    serde_json::from_str(&text).ok().map(NodeValue::Number)
}

/// Adds a field; one that is there already is unified with it.
fn insert(entries: &mut Vec<Entry>, entry: Entry) -> Result<(), NotLiteral> {
    let Some(there) = entries.iter_mut().find(|e| e.key == entry.key) else {
        entries.push(entry);
        return Ok(());
    };
    match (&mut there.value.value, entry.value.value) {
        (NodeValue::Map(into), NodeValue::Map(more)) => {
            for entry in more {
                insert(into, entry)?;
            }
            Ok(())
        }
        (a, b) if same(a, &b) => Ok(()),
        _ => Err(NotLiteral { span: entry.key_span, why: "the field has two different values" }),
    }
}

fn same(a: &NodeValue, b: &NodeValue) -> bool {
    let json = |value: &NodeValue| Node { span: Span::NONE, value: value.clone() }.to_json();
    json(a) == json(b)
}

/// The name of a label that is written out.
pub(crate) fn label(label: &ast::Label) -> Option<String> {
    match label {
        ast::Label::Ident(ident) => Some(ident.name.to_string()),
        ast::Label::String(text) => string_value(&text.text),
        _ => None,
    }
}

/// The text that a string literal means; nothing for bytes and interpolations.
pub(crate) fn string_value(text: &str) -> Option<String> {
    let hashes = text.len() - text.trim_start_matches('#').len();
    let inner = text.get(hashes..text.len().checked_sub(hashes)?)?;
    let (body, indent) = match inner.strip_prefix("\"\"\"").and_then(|t| t.strip_suffix("\"\"\"")) {
        Some(lines) => {
            let body = lines.strip_prefix("\r\n").or_else(|| lines.strip_prefix('\n'))?;
            let end = body.rfind('\n')?;
            (&body[..end], &body[end + 1..])
        }
        None => (inner.strip_prefix('"')?.strip_suffix('"')?, ""),
    };
    let escape = format!("\\{}", "#".repeat(hashes));
    let mut out = String::with_capacity(body.len());
    for (i, line) in body.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut rest = line.strip_prefix(indent).unwrap_or(line);
        while let Some(at) = rest.find(&escape) {
            out.push_str(&rest[..at]);
            rest = unescape(&rest[at + escape.len()..], &mut out)?;
        }
        out.push_str(rest);
    }
    Some(out)
}

/// Reads what stands behind an escape character.
fn unescape<'t>(text: &'t str, out: &mut String) -> Option<&'t str> {
    let mut characters = text.chars();
    let code = |length: usize| {
        let digits = text.get(1..1 + length)?;
        let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
        Some((character, &text[1 + length..]))
    };
    let (character, rest) = match characters.next()? {
        'a' => ('\u{7}', characters.as_str()),
        'b' => ('\u{8}', characters.as_str()),
        'f' => ('\u{c}', characters.as_str()),
        'n' => ('\n', characters.as_str()),
        'r' => ('\r', characters.as_str()),
        't' => ('\t', characters.as_str()),
        'v' => ('\u{b}', characters.as_str()),
        c @ ('/' | '\\' | '"' | '\'') => (c, characters.as_str()),
        'u' => code(4)?,
        'U' => code(8)?,
        _ => return None,
    };
    out.push(character);
    Some(rest)
}
