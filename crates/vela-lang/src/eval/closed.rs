//! Closedness.
//!
//! A struct is closed by *closing events*: a conjunct that is a reference to a definition (or a path
//! through one), or the value of `close()`. An event makes a [`Scope`] of kind `Close`; everything
//! that is reached from the definition carries a scope below it. The event's *group* are the
//! conjuncts that may declare fields without its leave:
//!
//! - those whose scope is at or below the event's own scope;
//! - where the event happens inside an embedding (a scope of kind `Embed`, below the scope of the
//!   literal that embeds), all of that literal except the other things inside the same embedding;
//!   and so on outwards through the embeddings that contain that literal;
//! - what other literals around it embed: `{#N, a: {#C}}` lets `#N` add to `a`.
//!
//! A label is allowed at a node iff for *every* event that is active there some conjunct of the
//! field belongs to its group, or a literal of the group at that node has `...`. Events of
//! definitions are active in all fields below that have a literal of the group; `close()` is active
//! at its own level only. Hidden fields and definitions are always allowed. Fields that patterns
//! match carry a conjunct of the pattern's scope, so patterns need no extra rule.
//!
//! Nastiest case: `{#B, b: c: 1}` with `#B: {b: #A}` is allowed, since the event `#A` at `b` lies
//! inside the embedding of `#B` and its group is widened to the literal that wrote `c`; in
//! `#B & {b: c: 1}` there is no embedding, and `c` is refused.
//!
//! `matchN` and `matchIf` get schemas as arguments, of which nobody knows here what they allow: where
//! one of them is part of what a definition says of a node, the definition refuses nothing at that node
//! and below it. So `#S: {a?: {matchN(1, [_]), x?: int}}` allows `#S & {a: y: 1}`, and refuses `b`.
//!
//! Where a file says `@experiment(explicitopen)`, embeddings don't widen groups; `x...` does: what
//! events inside of it refuse has to come from inside of it too.
//!
//! Cost: an event is checked only at nodes where some field has a conjunct outside of the group;
//! membership walks up the chain of scopes, whose length is the depth of nested references.

use super::Eval;
use super::node::{Disjunction, Label, Node, State, flag};
use crate::std::host::Kind;

/// What makes a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ScopeKind {
    /// A literal that embeds something.
    Literal,
    /// One embedding of a literal.
    Embed,
    /// A reference to a definition; closes recursively.
    Close,
    /// `close()`; closes its own level.
    CloseOnce,
    /// `x...`: events below it allow everything that comes from outside of it.
    Open,
    /// `__reclose(x)`: closes like a definition if something in it was closed and opened.
    Reclose,
}

/// Where a conjunct comes from, as far as closing is concerned.
pub(crate) struct Scope<'a> {
    pub(crate) parent: Option<&'a Scope<'a>>,
    pub(crate) kind: ScopeKind,
}

/// Whether `scope` is `of` or below it.
pub(crate) fn is_below(scope: Option<&Scope<'_>>, of: &Scope<'_>) -> bool {
    let mut at = scope;
    while let Some(s) = at {
        if std::ptr::eq(s, of) {
            return true;
        }
        at = s.parent;
    }
    false
}

/// Whether a conjunct of `scope` belongs to the group of the event `closer`.
pub(crate) fn is_member(scope: Option<&Scope<'_>>, closer: &Scope<'_>) -> bool {
    if is_below(scope, closer) {
        return true;
    }
    let mut at = closer.parent;
    let mut first = true;
    while let Some(s) = at {
        if s.kind == ScopeKind::Open && !is_below(scope, s) {
            return true;
        }
        if s.kind == ScopeKind::Embed {
            let around = s.parent;
            let in_literal = around.is_none_or(|literal| is_below(scope, literal));
            if in_literal && !is_below(scope, s) {
                return true;
            }
            if first && embedded_around(scope, around) {
                return true;
            }
            first = false;
        }
        at = s.parent;
    }
    false
}

/// Whether `scope` comes through an embedding of a literal outside of `literal`.
fn embedded_around(scope: Option<&Scope<'_>>, literal: Option<&Scope<'_>>) -> bool {
    let Some(literal) = literal else { return false };
    let mut at = scope;
    while let Some(s) = at {
        if s.kind == ScopeKind::Embed {
            let outside =
                s.parent.is_some_and(|p| !std::ptr::eq(p, literal) && is_below(Some(literal), p));
            if outside && !is_below(Some(literal), s) {
                return true;
            }
        }
        at = s.parent;
    }
    false
}

/// Whether something is said of a node in a scope that `test` takes for the event: by a conjunct, or
/// for an element by the list.
fn takes_part(
    node: &Node<'_>,
    closer: &Scope<'_>,
    test: fn(Option<&Scope<'_>>, &Scope<'_>) -> bool,
) -> bool {
    let listed = || {
        let lists = node.parent.and_then(|parent| parent.fields.get());
        lists.is_some_and(|f| f.lists.any(|part| test(part.scope, closer)))
    };
    node.conjuncts.any(|conjunct| test(conjunct.scope, closer))
        || (matches!(node.label, Label::Index(_)) && listed())
}

/// Whether schemas given as arguments have the last word on a node or one above it, instead of an event
/// that they are part of.
fn is_lifted(node: &Node<'_>, closer: &Scope<'_>) -> bool {
    let mut at = Some(node);
    while let Some(n) = at {
        let lifts = |scope: &&Scope<'_>| is_below(Some(scope), closer);
        if n.extra.get().is_some_and(|extra| extra.lifts.any(lifts)) {
            return closer.kind == ScopeKind::Close;
        }
        at = n.parent;
    }
    false
}

/// Whether a node is a struct that was written down.
fn is_literal(node: &Node<'_>) -> bool {
    node.kind.get() == Kind::STRUCT && node.fields.get().is_some_and(|f| !f.literals.is_empty())
}

/// Whether a node is part of the value of an expression, not of a field.
fn is_inline(node: &Node<'_>) -> bool {
    let mut at = Some(node);
    while let Some(n) = at {
        if n.label == Label::None {
            return n.parent.is_some() && !n.has(flag::ARM);
        }
        at = n.parent;
    }
    false
}

impl<'a> Eval<'a> {
    pub(crate) fn scope(
        &self,
        parent: Option<&'a Scope<'a>>,
        kind: ScopeKind,
    ) -> Option<&'a Scope<'a>> {
        Some(self.bump.alloc(Scope { parent, kind }))
    }

    /// Makes a new event at a node and gives its scope.
    pub(crate) fn close_with(
        &self,
        node: &'a Node<'a>,
        parent: Option<&'a Scope<'a>>,
        kind: ScopeKind,
    ) -> Option<&'a Scope<'a>> {
        let scope: &'a Scope<'a> = self.bump.alloc(Scope { parent, kind });
        self.closes.set(true);
        node.extra_or_new(self.bump).closers.push(self.bump, scope);
        Some(scope)
    }

    /// The events that are active at a node: its own, and those of definitions above it that have a
    /// conjunct at every node down to this one.
    pub(crate) fn active_closers(&self, node: &'a Node<'a>) -> Vec<&'a Scope<'a>> {
        let mut active: Vec<&'a Scope<'a>> = Vec::new();
        if !self.closes.get() {
            return active;
        }
        let closes = |node: &Node<'a>, closer: &Scope<'a>| {
            closer.kind != ScopeKind::Reclose
                || node.extra.get().is_some_and(|extra| {
                    extra.closers.any(|c| !std::ptr::eq(*c, closer) && is_below(Some(*c), closer))
                })
        };
        if let Some(extra) = node.extra.get() {
            active.extend(extra.closers.iter().filter(|c| closes(node, c)));
        }
        let mut path = vec![node];
        let mut above = node.parent;
        while let Some(parent) = above {
            if let Some(extra) = parent.extra.get() {
                let inherited = extra.closers.iter().filter(|c| {
                    matches!(c.kind, ScopeKind::Close | ScopeKind::Reclose)
                        && closes(parent, c)
                        && path.iter().all(|n| takes_part(n, c, is_member))
                });
                active.extend(inherited);
            }
            path.push(parent);
            above = parent.parent;
        }
        active
    }

    /// The events that restrict the fields of a node: active, with a literal, without `...`.
    pub(crate) fn closers(&self, node: &'a Node<'a>) -> Vec<&'a Scope<'a>> {
        let Some(fields) = node.fields.get() else { return Vec::new() };
        let mut active = self.active_closers(node);
        active.retain(|closer| {
            if self.lifts.get() && is_lifted(node, closer) {
                return false;
            }
            let mut any = false;
            for literal in fields.literals.iter() {
                if is_member(literal.scope, closer) {
                    if literal.open {
                        return false;
                    }
                    any = true;
                }
            }
            any
        });
        active
    }

    /// Whether the struct takes no further fields: the mark in output, and what decides whether a
    /// missing field is an error or may still come.
    pub(crate) fn is_closed(&self, node: &'a Node<'a>) -> bool {
        let node = node.target();
        !self.is_open(node) && self.was_closed(node)
    }

    /// Whether something in a struct allows every field.
    fn is_open(&self, node: &'a Node<'a>) -> bool {
        let Some(fields) = node.fields.get() else { return true };
        fields.literals.any(|l| l.open)
            || fields.patterns.iter().any(|p| self.pattern_takes_all(p.pattern))
    }

    /// Whether a struct comes from a definition or `close()`, though it may allow everything.
    pub(crate) fn was_closed(&self, node: &'a Node<'a>) -> bool {
        let node = node.target();
        if !is_literal(node) {
            return false;
        }
        node.has(flag::DEFINITION)
            || self.is_closed_from(node)
            || node.extra.get().is_some_and(|e| e.links.any(|l| self.passes_on(node, l.target)))
    }

    /// Whether an event at a node or above it says something of the node itself, beside what it
    /// allows to the literals around it.
    fn is_closed_from(&self, node: &'a Node<'a>) -> bool {
        let happens_here = |closer: &Scope<'a>| {
            node.extra.get().is_some_and(|extra| extra.closers.any(|c| std::ptr::eq(*c, closer)))
        };
        self.active_closers(node)
            .iter()
            .any(|closer| happens_here(closer) || takes_part(node, closer, is_below))
    }

    /// Whether what refers to a node is closed as well: where the node is, though no definition itself.
    /// What that refers to in turn is a target of `node` too.
    fn passes_on(&self, node: &'a Node<'a>, target: &'a Node<'a>) -> bool {
        if node.is_within(target) {
            return false;
        }
        // A value that only a path goes through may not have been evaluated.
        let known = match target.state.get() {
            State::New => is_inline(target) && self.shallow(target).is_ok(),
            _ => true,
        };
        let target = target.target();
        known
            && target.error().is_none()
            && !target.has(flag::DEFINITION)
            && is_literal(target)
            && !self.is_open(target)
            && self.is_closed_from(target)
    }

    /// Whether the same fields of two equal structs are not allowed. That tells apart arms while
    /// disjunctions that may allow more are left out.
    pub(crate) fn same_refusals(&self, a: &'a Node<'a>, b: &'a Node<'a>) -> bool {
        let (a, b) = (a.target(), b.target());
        let Some(fields) = a.fields.get().filter(|_| !std::ptr::eq(a, b)) else { return true };
        let labels = |node| -> Vec<Label> {
            let refused = self.not_allowed(node, &self.closers(node));
            let mut labels: Vec<Label> = refused.iter().map(|n| n.label).collect();
            labels.sort_by_key(|label| match label {
                Label::Field(symbol) => Some(*symbol),
                _ => None,
            });
            labels
        };
        labels(a) == labels(b)
            && fields.entries.iter().all(|entry| {
                self.entry(b, entry.label)
                    .is_none_or(|twin| crate::depth::grow(|| self.same_refusals(entry.node, twin)))
            })
    }

    /// Whether disjunctions are left out of the combination that a node is part of and may add to what
    /// an event allows: then it is not asked yet.
    pub(crate) fn is_partial(&self, node: &'a Node<'a>, closer: &Scope<'a>) -> bool {
        let mut at = Some(node);
        while let Some(n) = at.filter(|n| n.has(flag::TEMPORARY)) {
            if let Some(extra) = n.extra.get() {
                let deferred = extra.deferred();
                let may_add = |d: &Disjunction<'a>| {
                    deferred.contains(&(d.arms.address(), d.nth)) && is_member(d.cx.scope, closer)
                };
                if !deferred.is_empty() && extra.disjunctions.any(may_add) {
                    return true;
                }
            }
            at = n.parent;
        }
        false
    }

    /// The fields that some of these events does not allow.
    pub(crate) fn not_allowed(
        &self,
        node: &'a Node<'a>,
        closers: &[&'a Scope<'a>],
    ) -> Vec<&'a Node<'a>> {
        let Some(fields) = node.fields.get() else { return Vec::new() };
        if !fields.lists.is_empty() || closers.is_empty() {
            return Vec::new();
        }
        let mut refused = Vec::new();
        for entry in fields.entries.iter() {
            if !matches!(entry.label, Label::Field(s) if s.is_regular()) {
                continue;
            }
            let allowed = closers.iter().all(|closer| {
                entry.node.conjuncts.any(|conjunct| is_member(conjunct.scope, closer))
            });
            if !allowed {
                refused.push(entry.node);
            }
        }
        refused
    }
}
