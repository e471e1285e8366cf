//! A value in one line, as messages show it.

use crate::ir::Presence;
use crate::std::host::Kind;
use crate::syntax::ast::UnaryOp;
use crate::syntax::literal;
use crate::value::{Content, LabelKind, Value};

/// From how many bytes on the text is cut off.
const LONG: usize = 2000;

/// The value in one line: `{a:1,b:[1,2]}`, `int & >3`, `1 | 2`.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// A regular label as CUE writes it, quoted where it has to be.
pub fn label(text: &str) -> String {
    let mut chars = text.chars();
    let plain = chars.next().is_some_and(|c| c.is_alphabetic() || c == '$')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '$');
    if plain { text.to_owned() } else { literal::quote_string(text) }
}

fn write(value: &Value, out: &mut String) {
    if out.len() > LONG {
        out.push('…');
        return;
    }
    let inner = &value.0;
    match &inner.content {
        Content::Bottom => out.push_str("_|_"),
        Content::Null => out.push_str("null"),
        Content::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Content::Number(n) => out.push_str(&n.cue_text()),
        Content::String(s) => out.push_str(&literal::quote_string(s)),
        Content::Bytes(b) => out.push_str(&literal::quote_bytes(b)),
        Content::Function(name) => out.push_str(name),
        Content::Struct => {
            out.push('{');
            let mut first = true;
            for field in &inner.fields {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                out.push_str(&match field.kind {
                    LabelKind::Regular => label(&field.label),
                    _ => field.label.to_string(),
                });
                out.push_str(match field.presence {
                    Presence::Optional => "?:",
                    Presence::Required => "!:",
                    Presence::Regular => ":",
                });
                crate::depth::grow(|| write(&field.value, out));
            }
            out.push('}');
        }
        Content::List { elements, open } => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                crate::depth::grow(|| write(element, out));
            }
            if *open {
                out.push_str(if elements.is_empty() { "..." } else { ",..." });
            }
            out.push(']');
        }
        Content::Disjunction(arms) => {
            let defaults = arms.iter().filter(|a| a.default).count();
            let mut first = true;
            for arm in arms.iter().filter(|a| defaults < 2 || a.default) {
                if !std::mem::take(&mut first) {
                    out.push_str(" | ");
                }
                if arm.default && defaults == 1 {
                    out.push('*');
                }
                crate::depth::grow(|| write(&arm.value, out));
            }
        }
        Content::Constraint(_) => out.push_str(&constraint(value)),
    }
}

/// A value that is not concrete, as conjuncts: `int & >3 & strings.MinRunes(2)`.
pub(crate) fn constraint(value: &Value) -> String {
    let inner = &value.0;
    let Content::Constraint(constraint) = &inner.content else {
        return compact(value);
    };
    let mut parts: Vec<String> = Vec::new();
    let mut implied = Kind::TOP;
    let mut bounds: Vec<&(UnaryOp, Value)> = constraint.bounds.iter().collect();
    bounds.sort_by_key(|(op, _)| rank(*op));
    let (named, rest) = named_range(inner.kind, &bounds);
    for (op, operand) in rest {
        implied = implied.and(bound_kind(operand));
        parts.push(format!("{}{}", op.text(), compact(operand)));
    }
    for check in &constraint.validators {
        if let Some(function) = check.function {
            implied = implied.and(function.params[0].kind);
        }
        let package = check.package.rsplit('/').next().unwrap_or("");
        let name = if package.is_empty() {
            check.name.to_owned()
        } else {
            format!("{package}.{}", check.name)
        };
        let args: Vec<String> = check.args.iter().map(compact).collect();
        let text = format!("{name}({})", args.join(", "));
        if !parts.contains(&text) {
            parts.push(text);
        }
    }
    match named {
        Some(name) => parts.insert(0, name.to_owned()),
        None if inner.kind != implied || parts.is_empty() => {
            let kind = inner.kind.to_string();
            let kind = kind.trim_start_matches('(').trim_end_matches(')').replace('|', " | ");
            let after = inner.kind == Kind::FLOAT && !parts.is_empty();
            parts.insert(if after { parts.len() } else { 0 }, kind);
        }
        None => {}
    }
    parts.join(" & ")
}

fn rank(op: UnaryOp) -> u8 {
    match op {
        UnaryOp::Greater | UnaryOp::GreaterEqual => 0,
        UnaryOp::Less | UnaryOp::LessEqual => 1,
        _ => 2,
    }
}

fn bound_kind(operand: &Value) -> Kind {
    match operand.kind() {
        kind if kind.within(Kind::NUMBER) => Kind::NUMBER,
        Kind::NULL => Kind::TOP.without(Kind::NULL),
        kind if kind.within(Kind::STRUCT.or(Kind::LIST)) => Kind::TOP,
        kind => kind,
    }
}

type BoundRef<'v> = &'v (UnaryOp, Value);

/// The name of the range that int bounds make, and the bounds that are left to write.
fn named_range<'v>(
    kind: Kind,
    bounds: &[BoundRef<'v>],
) -> (Option<&'static str>, Vec<BoundRef<'v>>) {
    const FLOATS: [(&str, &str); 2] = [
        ("float32", "340282346638528859811704183484516925440"),
        ("float64", "1.797693134862315708145274237317043567981e+308"),
    ];
    const RANGES: [(&str, &str, &str); 11] = [
        ("uint8", "0", "255"),
        ("uint16", "0", "65535"),
        ("uint32", "0", "4294967295"),
        ("uint64", "0", "18446744073709551615"),
        ("uint128", "0", "340282366920938463463374607431768211455"),
        ("int8", "-128", "127"),
        ("int16", "-32768", "32767"),
        ("int32", "-2147483648", "2147483647"),
        ("int64", "-9223372036854775808", "9223372036854775807"),
        (
            "int128",
            "-170141183460469231731687303715884105728",
            "170141183460469231731687303715884105727",
        ),
        ("", "", ""),
    ];
    let text =
        |op: UnaryOp| bounds.iter().find(|(o, _)| *o == op).map(|(_, operand)| compact(operand));
    let low = text(UnaryOp::GreaterEqual);
    let high = text(UnaryOp::LessEqual);
    if kind == Kind::NUMBER && bounds.len() == 2 {
        let (low, high) = (low.as_deref().unwrap_or(""), high.as_deref().unwrap_or(""));
        let high = high.trim_end_matches(".0");
        let opposite = low.strip_prefix('-').map(|low| low.trim_end_matches(".0")) == Some(high);
        if let Some((name, _)) = FLOATS.iter().find(|(_, limit)| *limit == high && opposite) {
            return (Some(name), Vec::new());
        }
    }
    if kind != Kind::INT {
        return (None, bounds.to_vec());
    }
    if let (Some(low), Some(high)) = (&low, &high) {
        let found = RANGES.iter().find(|(name, l, h)| !name.is_empty() && l == low && h == high);
        if let Some((name, ..)) = found
            && bounds.len() == 2
        {
            return (Some(name), Vec::new());
        }
    }
    let lower = bounds.iter().find(|(o, _)| rank(*o) == 0);
    let upper = bounds.iter().any(|(o, _)| rank(*o) == 1);
    let not_negative =
        lower.is_some_and(|(_, operand)| operand.as_number().is_some_and(|n| !n.is_negative()));
    if low.as_deref() == Some("0") && (bounds.len() == 1 || upper || bounds.len() > 1) {
        let rest = bounds.iter().copied().filter(|(op, _)| *op != UnaryOp::GreaterEqual).collect();
        return (Some("uint"), rest);
    }
    if not_negative && upper {
        return (Some("uint"), bounds.to_vec());
    }
    (None, bounds.to_vec())
}
