//! The evaluated tree as JSON: every value with its kind, class and closedness.

use crate::diagnostic::Class;
use crate::ir::Presence;
use crate::number::Number;
use crate::std::host::Kind;
use crate::value::{Content, LabelKind, Value};
use base64::Engine as _;
use serde_json::Value as Json;

/// The value, valid or not, as one JSON node; see the conformance corpus for the keys.
pub fn tree_json(value: &Value) -> String {
    let mut out = String::new();
    node(value, false, &mut out);
    out
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Cycle => "cycle",
        Class::Incomplete => "incomplete",
        Class::Structural => "structural",
        Class::User => "user",
        Class::Eval => "eval",
        Class::Load => "load",
    }
}

fn kinds(kind: Kind) -> String {
    const NAMES: [(Kind, &str); 9] = [
        (Kind::BOOL, "bool"),
        (Kind::BYTES, "bytes"),
        (Kind::FLOAT, "float"),
        (Kind::FUNC, "func"),
        (Kind::INT, "int"),
        (Kind::LIST, "list"),
        (Kind::NULL, "null"),
        (Kind::STRING, "string"),
        (Kind::STRUCT, "struct"),
    ];
    let all = kind == Kind(Kind::TOP.0 | Kind::FUNC.0);
    let kind = if all { Kind::TOP } else { kind };
    let names: Vec<&str> =
        NAMES.iter().filter(|(k, _)| !kind.and(*k).is_bottom()).map(|(_, name)| *name).collect();
    names.join("|")
}

/// Writes a node. The text is written at once, since a tree of JSON values would be printed and
/// dropped by recursion that has no guard.
fn node(value: &Value, optional: bool, out: &mut String) {
    crate::depth::grow(|| node_here(value, optional, out));
}

/// Opens a member of the object whose text began at `start`.
fn key(out: &mut String, start: usize, name: &str) {
    out.push_str(if out.len() == start { "{\"" } else { ",\"" });
    out.push_str(name);
    out.push_str("\":");
}

fn member(out: &mut String, start: usize, name: &str, value: impl Into<Json>) {
    key(out, start, name);
    out.push_str(&value.into().to_string());
}

/// The members stand in the order of their keys.
fn node_here(value: &Value, optional: bool, out: &mut String) {
    let start = out.len();
    let inner = &value.0;
    let own = inner.errors().iter().map(|e| e.class).max();
    let valid = own.is_none() && inner.child.is_none();
    if own.is_none() && inner.child.is_some() {
        member(out, start, "child", true);
    }
    if inner.closed && valid {
        member(out, start, "closed", true);
    }
    let disjunction = valid && matches!(inner.content, Content::Disjunction(_));
    if disjunction {
        let default = value.default();
        if !std::sync::Arc::ptr_eq(&default.0, &value.0) {
            key(out, start, "d");
            node(&default, optional, out);
        }
    }
    if let Some(found) = own.or(inner.child) {
        member(out, start, "e", class(found));
    }
    fields(value, optional, start, out);
    let kind = if valid { kinds(inner.kind) } else { "_|_".to_owned() };
    member(out, start, "k", kind);
    if let Content::List { elements, .. } = &inner.content
        && !elements.is_empty()
    {
        key(out, start, "l");
        for (i, element) in elements.iter().enumerate() {
            out.push(if i == 0 { '[' } else { ',' });
            node(element, optional, out);
        }
        out.push(']');
    }
    if own.is_some() {
        member(out, start, "msg", inner.errors()[0].message.to_string());
    }
    if disjunction || valid && matches!(inner.content, Content::Constraint(_)) {
        member(out, start, "nonconcrete", true);
    }
    if valid && matches!(inner.content, Content::List { open: true, .. }) {
        member(out, start, "open", true);
    }
    match &inner.content {
        Content::Number(n) if valid => member(out, start, "v", number(n)),
        Content::String(s) if valid => member(out, start, "v", s.to_string()),
        Content::Bytes(b) if valid => {
            member(out, start, "v", base64::engine::general_purpose::STANDARD.encode(b));
        }
        Content::Bool(b) if valid => member(out, start, "v", *b),
        _ => {}
    }
    out.push('}');
}

fn fields(value: &Value, optional: bool, start: usize, out: &mut String) {
    let shown = value.0.fields.iter().filter(|f| f.presence == Presence::Regular || !optional);
    let mut any = false;
    for field in shown {
        if any {
            out.push(',');
        } else {
            key(out, start, "f");
            out.push('[');
            any = true;
        }
        let label = match field.kind {
            LabelKind::Regular => super::label(&field.label),
            _ => field.label.to_string(),
        };
        let (mark, below) = match field.presence {
            Presence::Optional => ("?", true),
            Presence::Required => ("!", true),
            Presence::Regular => ("", optional),
        };
        out.push('[');
        out.push_str(&Json::from(format!("{label}{mark}")).to_string());
        out.push(',');
        node(&field.value, below, out);
        out.push(']');
    }
    if any {
        out.push(']');
    }
}

fn number(n: &Number) -> String {
    match n {
        Number::Small(i) => i.to_string(),
        Number::Big(b) => b.to_string(),
        Number::Float(d) => {
            let digits = d.coefficient.to_string();
            let reduced = digits.trim_end_matches('0');
            if reduced.is_empty() || reduced == "-" {
                return "0".into();
            }
            let exponent = i64::from(d.exponent) + (digits.len() - reduced.len()) as i64;
            format!("{reduced}e{exponent}")
        }
    }
}
