//! The evaluated tree as JSON: every value with its kind, class and closedness.

use crate::diagnostic::Class;
use crate::ir::Presence;
use crate::number::Number;
use crate::std::host::Kind;
use crate::value::{Content, LabelKind, Value};
use base64::Engine as _;
use serde_json::{Map, Value as Json, json};

/// The value, valid or not, as one JSON node; see the conformance corpus for the keys.
pub fn tree_json(value: &Value) -> String {
    node(value, false).to_string()
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

fn node(value: &Value, optional: bool) -> Json {
    crate::depth::grow(|| node_here(value, optional))
}

fn node_here(value: &Value, optional: bool) -> Json {
    let inner = &value.0;
    let mut out = Map::new();
    let own = inner.errors.iter().map(|e| e.class).max();
    if let Some(own) = own {
        out.insert("k".into(), json!("_|_"));
        out.insert("e".into(), json!(class(own)));
        out.insert("msg".into(), json!(inner.errors[0].message));
    } else if let Some(child) = inner.child {
        out.insert("k".into(), json!("_|_"));
        out.insert("e".into(), json!(class(child)));
        out.insert("child".into(), json!(true));
    } else {
        out.insert("k".into(), json!(kinds(inner.kind)));
    }
    let failed = own.is_some() || inner.child.is_some();
    match &inner.content {
        Content::Number(n) if !failed => {
            out.insert("v".into(), json!(number(n)));
        }
        Content::String(s) if !failed => {
            out.insert("v".into(), json!(**s));
        }
        Content::Bytes(b) if !failed => {
            let text = base64::engine::general_purpose::STANDARD.encode(b);
            out.insert("v".into(), json!(text));
        }
        Content::Bool(b) if !failed => {
            out.insert("v".into(), json!(b));
        }
        Content::Disjunction(_) if !failed => {
            out.insert("nonconcrete".into(), json!(true));
            let default = value.default();
            if !std::sync::Arc::ptr_eq(&default.0, &value.0) {
                out.insert("d".into(), node(&default, optional));
            }
        }
        Content::Constraint { .. } if !failed => {
            out.insert("nonconcrete".into(), json!(true));
        }
        Content::List { elements, open } => {
            if *open && !failed {
                out.insert("open".into(), json!(true));
            }
            let items: Vec<Json> = elements.iter().map(|e| node(e, optional)).collect();
            if !items.is_empty() {
                out.insert("l".into(), json!(items));
            }
        }
        _ => {}
    }
    if inner.closed && !failed {
        out.insert("closed".into(), json!(true));
    }
    let fields: Vec<Json> = inner
        .fields
        .iter()
        .filter(|f| f.presence == Presence::Regular || !optional)
        .map(|f| {
            let label = match f.kind {
                LabelKind::Regular => super::label(&f.label),
                _ => f.label.to_string(),
            };
            let (mark, below) = match f.presence {
                Presence::Optional => ("?", true),
                Presence::Required => ("!", true),
                Presence::Regular => ("", optional),
            };
            json!([format!("{label}{mark}"), node(&f.value, below)])
        })
        .collect();
    if !fields.is_empty() {
        out.insert("f".into(), json!(fields));
    }
    Json::Object(out)
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
