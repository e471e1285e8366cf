//! Values as they stand in messages: compact, on one line.

use super::Eval;
use super::node::{Bottom, Label, Node, Val, Why};
use crate::ir::{self, ExprKind, Presence};
use crate::std::host::Kind;
use crate::syntax::literal;

/// From how many bytes on a shown value is cut off.
const LONG: usize = 400;

impl<'a> Eval<'a> {
    /// A value in one line.
    pub(crate) fn show(&self, val: Val<'a>) -> String {
        let mut out = String::new();
        self.show_into(val, &mut out, 0);
        out
    }

    fn show_into(&self, val: Val<'a>, out: &mut String, depth: u32) {
        if out.len() > LONG || depth > 20 {
            out.push('…');
            return;
        }
        match val {
            Val::Null => out.push_str("null"),
            Val::Bool(b) => out.push_str(if b { "true" } else { "false" }),
            Val::Int(i) => out.push_str(&i.to_string()),
            Val::Number(n) => out.push_str(&n.cue_text()),
            Val::String(s) => out.push_str(&literal::quote_string(s)),
            Val::Bytes(b) => out.push_str(&literal::quote_bytes(b)),
            Val::Function(expr) => out.push_str(&self.source_text(expr)),
            Val::Kind(kind) => out.push_str(&kind.to_string()),
            Val::Range(expr) => out.push_str(&self.source_text(expr)),
            Val::Bound(bound) => {
                out.push_str(bound.op.text());
                self.show_into(bound.value, out, depth + 1);
            }
            Val::Validator(v) => {
                match &v.function.kind {
                    ExprKind::Builtin(path, function) => {
                        out.push_str(&format!("{path}.{}", function.name));
                    }
                    _ => out.push_str(&self.source_text(v.function)),
                }
                if !v.args.is_empty() {
                    out.push('(');
                    for (i, arg) in v.args.iter().enumerate() {
                        if i > 0 {
                            out.push_str(", ");
                        }
                        self.show_into(*arg, out, depth + 1);
                    }
                    out.push(')');
                }
            }
            Val::Frozen(value) => out.push_str(&crate::export::compact(value)),
            Val::List(made) => {
                out.push('[');
                out.push_str(&"_,".repeat(made.conjuncts.len().min(8)));
                out.push(']');
            }
            Val::Struct(_) => out.push_str("{…}"),
            Val::Node(node) => self.show_node(node, out, depth),
        }
    }

    fn show_node(&self, node: &'a Node<'a>, out: &mut String, depth: u32) {
        let node = node.target();
        if let Some(scalar) = node.scalar.get() {
            return self.show_into(scalar, out, depth + 1);
        }
        let arms = node.arms();
        if !arms.is_empty() {
            let marked = arms.iter().filter(|a| a.default).count();
            let shown = arms.iter().filter(|a| a.default || marked != 1 || depth > 0);
            let shown: Vec<_> = if marked > 1 && depth == 0 {
                arms.iter().filter(|a| a.default).collect()
            } else {
                shown.collect()
            };
            for (i, arm) in shown.iter().enumerate() {
                if i > 0 {
                    out.push_str(" | ");
                }
                if arm.default && marked == 1 && arms.len() > 1 && depth > 0 {
                    out.push('*');
                }
                self.show_node(arm.node, out, depth + 1);
            }
            return;
        }
        if node.error().is_some() && node.fields.get().is_none() {
            out.push_str("_|_");
            return;
        }
        let Some(fields) = node.fields.get() else {
            return self.show_constraints(node, out, depth);
        };
        let is_list = !fields.lists.is_empty();
        out.push(if is_list { '[' } else { '{' });
        let mut first = true;
        for entry in self.ordered(node) {
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            if let (false, Label::Field(symbol)) = (is_list, entry.label) {
                out.push_str(&self.label_text(Label::Field(symbol)));
                out.push_str(match entry.node.presence.get() {
                    Presence::Optional => "?:",
                    Presence::Required => "!:",
                    Presence::Regular => ":",
                });
            }
            self.show_into(Val::Node(entry.node), out, depth + 1);
            if out.len() > LONG {
                out.push('…');
                break;
            }
        }
        if is_list && self.is_open_list(fields) {
            out.push_str(if first { "..." } else { ",..." });
        }
        out.push(if is_list { ']' } else { '}' });
    }

    fn show_constraints(&self, node: &'a Node<'a>, out: &mut String, depth: u32) {
        let kind = node.kind.get().and(Kind::TOP);
        let Some(extra) = node.extra.get() else {
            out.push_str(&kind.to_string());
            return;
        };
        let mut parts: Vec<String> = Vec::new();
        let mut implied = Kind::TOP;
        for bound in extra.bounds.iter() {
            implied = implied.and(self.bound_kind(bound));
            let mut text = String::new();
            self.show_into(Val::Bound(bound), &mut text, depth + 1);
            parts.push(text);
        }
        for validator in extra.validators.iter() {
            implied = implied.and(validator.kind);
            parts.push(self.show(Val::Validator(validator)));
        }
        if kind != implied || parts.is_empty() {
            parts.push(kind.to_string());
        }
        out.push_str(&parts.join(" & "));
    }

    /// The kinds of a node as messages put them: in parentheses where there are several.
    pub(crate) fn kind_text(&self, node: &'a Node<'a>) -> String {
        let text = self.kind_of(Val::Node(node)).to_string();
        if text.contains('|') && !text.starts_with('(') { format!("({text})") } else { text }
    }

    /// A label as it stands in paths.
    pub(crate) fn label_text(&self, label: Label) -> String {
        match label {
            Label::None => String::new(),
            Label::Index(i) => i.to_string(),
            Label::Field(symbol) | Label::Let(symbol) => {
                let symbols = self.symbols.borrow();
                let text = symbols.text(symbol);
                if symbol.is_regular() { crate::export::label(text) } else { text.to_string() }
            }
        }
    }

    /// The path of a node: labels joined by dots.
    pub(crate) fn path(&self, node: &Node<'a>) -> String {
        let mut labels = Vec::new();
        let mut at = Some(node);
        while let Some(n) = at {
            if n.label != Label::None {
                labels.push(self.label_text(n.label));
            }
            at = n.parent;
        }
        labels.reverse();
        labels.join(".")
    }

    /// The text of an expression as far as a message needs it.
    pub(crate) fn source_text(&self, expr: &'a ir::Expr) -> String {
        let symbol = |s: ir::Symbol| self.label_text(Label::Field(s));
        match &expr.kind {
            ExprKind::Core(core) => core.name().to_owned(),
            ExprKind::Builtin(path, function) => {
                let package = path.rsplit('/').next().unwrap_or(path);
                format!("{package}.{}", function.name)
            }
            ExprKind::BuiltinPackage(path) => (*path).to_owned(),
            ExprKind::Field { label, .. } => symbol(*label),
            ExprKind::Select(base, label, _) => {
                format!("{}.{}", self.source_text(base), symbol(*label))
            }
            ExprKind::Index(base, index) => {
                format!("{}[{}]", self.source_text(base), self.source_text(index))
            }
            ExprKind::Number(n) => n.cue_text(),
            ExprKind::String(s) => literal::quote_string(s),
            ExprKind::Range(range) => range.name.to_owned(),
            ExprKind::Kind(kind) => kind.to_string(),
            _ => "value".to_owned(),
        }
    }

    /// The text of a bottom, without its path.
    pub(crate) fn message(&self, bottom: &Bottom<'a>) -> String {
        match bottom.why {
            Why::Text(text) => text.to_owned(),
            Why::Field(what, label) => format!("{what}: {}", self.label_text(label)),
            Why::Conflict(a, b) => {
                let (ka, kb) = (self.own_kind(a), self.own_kind(b));
                let text = format!("conflicting values {} and {}", self.show(a), self.show(b));
                if ka == kb { text } else { format!("{text} (mismatched types {ka} and {kb})") }
            }
            Why::OutOfBound(val, bound) => {
                format!("invalid value {} (out of bound {})", self.show(val), self.show(bound))
            }
            Why::Unsatisfied(val, validator, detail) => {
                let text = format!(
                    "invalid value {} (does not satisfy {})",
                    self.show(val),
                    self.show(Val::Validator(validator))
                );
                if detail.is_empty() { text } else { format!("{text}: {detail}") }
            }
            Why::Arms(arms) => format!("{} errors in empty disjunction:", self.leaves(arms)),
            Why::Within(prefix, inner) => format!("{prefix}{}", self.message(inner)),
        }
    }

    /// The kind of a value, also where what it conflicts with has left it none.
    pub(crate) fn own_kind(&self, val: Val<'a>) -> Kind {
        let kind = self.kind_of(val);
        let Val::Node(node) = val else { return kind };
        match node.fields.get() {
            Some(fields) if kind.is_bottom() && !fields.lists.is_empty() => Kind::LIST,
            Some(_) if kind.is_bottom() => Kind::STRUCT,
            _ => kind,
        }
    }

    fn leaves(&self, arms: &[&'a Bottom<'a>]) -> usize {
        arms.iter()
            .map(|b| match b.why {
                Why::Arms(inner) => self.leaves(inner),
                _ => 1,
            })
            .sum()
    }
}
