//! What helps to mend an error: the definition that closes a struct, the nearest name, the value that
//! is missing, the usual slips behind a conflict.
//!
//! Bottoms are made by the thousand while arms are tried, so that they only keep what a hint is made
//! of; the text is made here when an error is reported. Cost: a hint looks at the fields of one node,
//! and at most at [`MOST_NAMES`] conjuncts and scopes for each.

use super::Eval;
use super::closed::{Scope, ScopeKind, is_below, is_member};
use super::node::{Bottom, Hint, Label, Node, Val, Why};
use super::resolve::is_reference;
use crate::diagnostic::{Class, Diagnostic};
use crate::ir::{self, ExprKind, SymbolKind};
use crate::nearest::nearest;
use crate::source::Span;
use crate::std::host::Kind;

/// How many names are listed where none is near.
const MOST_NAMES: usize = 8;

/// How many fields of a struct are looked at for a near name.
const MOST_FIELDS: usize = 1_000;

impl<'a> Eval<'a> {
    /// The finding with labels and help for what its bottom knows.
    pub(super) fn with_hint(&self, bottom: &Bottom<'a>, mut found: Diagnostic) -> Diagnostic {
        match bottom.hint {
            Hint::None => {}
            Hint::Needs(at, expr, env) => {
                let named = match is_reference(expr) {
                    true => self.resolve_path(at, expr, env).ok(),
                    false => None,
                };
                let path = named.map(|(node, _)| (self.path(node.target()), node));
                if let Some((path, node)) = path.filter(|(path, _)| !path.is_empty()) {
                    let span = node.conjuncts.get(0).map_or(Span::NONE, |c| c.span());
                    found = found.label(span, "").help(format!("give {path} a concrete value"));
                    found.needs = Some(path);
                }
            }
            Hint::Lacks(node, label) => found = self.with_near_name(node, label, found),
            Hint::Say(text) => found = found.help(text),
            Hint::Callee(function) => {
                if found.help.is_none() {
                    found.help = self.function_meant(function);
                }
            }
            Hint::Closed(closer) => {
                if let Some(field) = bottom.at {
                    found = self.with_closer(field, closer, found);
                }
            }
        }
        match bottom.why {
            Why::Conflict(a, b) => {
                found = self.with_sides(bottom, a, b, found);
                if found.help.is_none() {
                    found.help = self.slip(a, b);
                }
            }
            Why::Unsatisfied(..) | Why::OutOfBound(..) | Why::Text(_) | Why::Field(..) => {}
            Why::Arms(arms) => found.help = self.choices(arms),
            Why::Within(_, inner) => found = self.with_hint(inner, found),
        }
        found
    }

    /// The function of the package that was meant, or how else to say it.
    fn function_meant(&self, function: &'a ir::Expr) -> Option<String> {
        let ExprKind::Select(base, label, _) = &function.kind else { return None };
        let ExprKind::BuiltinPackage(path) = base.kind else { return None };
        let name = self.label_text(Label::Field(*label));
        let members = crate::std::find(path)?.members.iter().map(|member| member.name());
        let package = path.rsplit('/').next().unwrap_or(path);
        Some(match nearest(&name, members) {
            Some(near) => format!("did you mean {package}.{near}?"),
            None => format!("the package {path:?} has no {name}"),
        })
    }

    /// Which place says which value.
    fn with_sides(
        &self,
        bottom: &Bottom<'a>,
        a: Val<'a>,
        b: Val<'a>,
        mut found: Diagnostic,
    ) -> Diagnostic {
        let [old, new] = bottom.spans else { return found };
        // As `conflict` orders them.
        let same = self.own_kind(a) == self.own_kind(b);
        let (at_old, at_new) = if same { (b, a) } else { (a, b) };
        for (span, val) in [(old, at_old), (new, at_new)] {
            if let Some(label) = found.labels.iter_mut().find(|label| label.span == *span) {
                label.text = format!("says {}", shortened(&self.show(val)));
            }
        }
        found
    }

    /// What people who come from YAML or JSON mean when these two meet.
    fn slip(&self, a: Val<'a>, b: Val<'a>) -> Option<String> {
        let (ka, kb) = (self.kind_of(a), self.kind_of(b));
        let is = |one: Kind, other: Kind| {
            (ka == one && other.within(kb)) || (kb == one && other.within(ka))
        };
        let string = match (a, b) {
            (Val::String(s), _) | (_, Val::String(s)) => s,
            _ => "",
        };
        if is(Kind::BYTES, Kind::STRING) {
            return Some("single quotes write bytes; a string stands in double quotes".to_owned());
        }
        if is(Kind::STRING, Kind::INT) && string.parse::<f64>().is_ok() {
            return Some(format!("quotes make it a string; write {string} for the number"));
        }
        if is(Kind::STRING, Kind::BOOL) && matches!(string, "true" | "false") {
            return Some(format!("quotes make it a string; write {string} for the bool"));
        }
        if ka == Kind::NULL || kb == Kind::NULL {
            let other = if ka == Kind::NULL { b } else { a };
            let other = shortened(&self.show(other));
            return Some(format!(
                "null is a value like others: allow it with null | {other}, or leave the field out"
            ));
        }
        if is(Kind::FLOAT, Kind::INT) {
            return Some("a number with a point is no int; number allows both".to_owned());
        }
        None
    }

    /// The values that the arms allow, where each says one and all were given the same.
    fn choices(&self, arms: &[&'a Bottom<'a>]) -> Option<String> {
        let mut allowed: Vec<String> = Vec::new();
        let mut given: Option<String> = None;
        for arm in arms {
            let Why::Conflict(a, b) = arm.why else { return None };
            if arm.at.is_some_and(|at| arms[0].at.is_none_or(|first| !std::ptr::eq(at, first))) {
                return None;
            }
            if matches!(a, Val::Node(_)) || matches!(b, Val::Node(_)) {
                return None;
            }
            let (a, b) = (self.show(a), self.show(b));
            let first = given.get_or_insert_with(|| common(arms, &a, |v| self.show(v)));
            allowed.push(if a == *first { b } else { a });
        }
        let given = given?;
        if let Some(near) = nearest(&given, allowed.iter().map(String::as_str)) {
            return Some(format!("did you mean {near}?"));
        }
        Some(format!("allowed here: {}", listed(allowed)))
    }

    /// The other fields of a node, for one that is not there.
    fn with_near_name(&self, node: &'a Node<'a>, label: Label, found: Diagnostic) -> Diagnostic {
        let Label::Field(_) = label else { return found };
        let name = self.label_text(label);
        let known = self.names(node, |_| true);
        let path = self.path(node);
        match nearest(&name, known.iter().map(String::as_str)) {
            Some(near) => found.help(format!("did you mean {near}?")),
            None if known.is_empty() || path.is_empty() => found,
            None => found.help(format!("{path} has the fields {}", listed(known))),
        }
    }

    /// Which definition closes the struct of a field, and what may stand in its place.
    fn with_closer(
        &self,
        field: &'a Node<'a>,
        closer: &'a Scope<'a>,
        mut found: Diagnostic,
    ) -> Diagnostic {
        let Some(parent) = field.parent else { return found };
        let name = self.closing_name(parent, closer);
        let literals = parent.fields.get().map(|fields| &fields.literals);
        let literal = literals.and_then(|literals| {
            let own = |l: &super::node::Literal<'a>| is_below(l.scope, closer);
            literals.iter().find(own).and_then(|l| l.lit)
        });
        if let Some(lit) = literal {
            let text = match &name {
                Some(name) => format!("{name} is closed: only its own fields are allowed"),
                None => "this struct is closed: only its own fields are allowed".to_owned(),
            };
            found = found.aside(lit.span, text);
        }
        let label = self.label_text(field.label);
        let known = self.names(parent, |n| {
            !std::ptr::eq(n, field) && n.conjuncts.any(|c| is_member(c.scope, closer))
        });
        match nearest(&label, known.iter().map(String::as_str)) {
            Some(near) => found.help(format!("did you mean {near}?")),
            None if known.is_empty() => found.help("add the field there, or `...` for any field"),
            None => found.help(format!("allowed here: {}", listed(known))),
        }
    }

    /// The path of the definition that an event closes a node by, or a node above it.
    fn closing_name(&self, node: &'a Node<'a>, closer: &'a Scope<'a>) -> Option<String> {
        if closer.kind == ScopeKind::CloseOnce {
            return None;
        }
        // What the definition says of the node or its fields came through a reference to it.
        let through = |n: &Node<'a>| {
            n.conjuncts.iter().take(MOST_FIELDS).find_map(|conjunct| {
                let via = conjunct.origin.via.filter(|_| is_below(conjunct.scope, closer));
                std::iter::successors(via, |via| via.up)
                    .find(|via| is_definition(via.target))
                    .map(|via| self.path(via.target))
            })
        };
        let fields = node.fields.get().into_iter().flat_map(|fields| fields.entries.iter());
        let below = || fields.take(MOST_FIELDS).find_map(|entry| through(entry.node));
        let above = || {
            let around = std::iter::successors(node.parent, |n| n.parent);
            around
                .chain([node])
                .find_map(|n| through(n).or_else(|| is_definition(n).then(|| self.path(n))))
        };
        through(node).or_else(below).or_else(above)
    }

    /// The labels of regular fields that are wanted.
    fn names(&self, node: &'a Node<'a>, wanted: impl Fn(&'a Node<'a>) -> bool) -> Vec<String> {
        let Some(fields) = node.fields.get() else { return Vec::new() };
        let regular =
            |label: Label| matches!(label, Label::Field(s) if s.kind() != SymbolKind::Hidden);
        fields
            .entries
            .iter()
            .take(MOST_FIELDS)
            .filter(|e| regular(e.label) && wanted(e.node))
            .map(|e| self.label_text(e.label))
            .collect()
    }

    /// The arms that failed, those first that come nearest to what was given: one that fails deeper
    /// down has fitted above, and where two constants differ another arm was meant.
    pub(super) fn nearest_first(&self, arms: &[&'a Bottom<'a>]) -> Vec<&'a Bottom<'a>> {
        let rank = |arm: &&&'a Bottom<'a>| {
            let constants = match arm.why {
                Why::Conflict(a, b) => a.is_data() && b.is_data(),
                _ => false,
            };
            let kinds = match arm.why {
                Why::Conflict(a, b) => self.kind_of(a).and(self.kind_of(b)).is_bottom(),
                _ => false,
            };
            let shallow = usize::MAX - arm.at.map_or(0, depth);
            let refused = arm.code == "cue/field-not-allowed";
            (arm.class > Class::Incomplete, constants && !kinds, refused, shallow)
        };
        let mut sorted: Vec<&&Bottom<'a>> = arms.iter().collect();
        sorted.sort_by_key(rank);
        sorted.into_iter().copied().collect()
    }
}

fn is_definition(node: &Node<'_>) -> bool {
    matches!(node.label, Label::Field(s)
        if matches!(s.kind(), SymbolKind::Definition | SymbolKind::HiddenDefinition))
}

fn depth(node: &Node<'_>) -> usize {
    std::iter::successors(Some(node), |n| n.parent).count()
}

/// The value that all arms were given, as text; `first` is one side of the first.
fn common<'a>(arms: &[&'a Bottom<'a>], first: &str, show: impl Fn(Val<'a>) -> String) -> String {
    let both = |arm: &&Bottom<'a>| match arm.why {
        Why::Conflict(a, b) => [show(a), show(b)],
        _ => [String::new(), String::new()],
    };
    let everywhere = arms.iter().all(|arm| both(arm).iter().any(|side| side == first));
    let other = arms.first().map(both).and_then(|sides| sides.into_iter().find(|s| s != first));
    if everywhere { first.to_owned() } else { other.unwrap_or_default() }
}

/// Names in a row, the first of many.
fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let text = names.join(", ");
    if more > 0 { format!("{text} and {more} more") } else { text }
}

/// At most forty characters of a value.
fn shortened(text: &str) -> String {
    let line = text.replace(['\n', '\t'], " ");
    match line.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
