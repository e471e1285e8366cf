//! Links, and values that contain themselves.
//!
//! A link to a node that is being linked to the same node already adds nothing: that makes
//! `a: b, b: a` top. A link to a node that contains this one, or to one that the conjunct itself came
//! through, *recurs*. What recurs says nothing new: a node all of whose conjuncts recur and ask for
//! another level is a structural cycle (`#A: {n: #A}` at `#A.n`), but where data asks for the level
//! there is something new and it goes on; a struct of patterns and optional fields asks for nothing
//! (`y: [string]: b: y`, `x: y & {c: {}}` ends at `x.c.b`). Fields of what recurs carry a count of how often it did; levels that only a
//! definition itself asks for (`if n > 0 {s: #R & {"n": n - 1}}`) end after two.
//!
//! Nastiest case: `#A: {b?: #A}`, `x: #A & {b: b: {}}`: `x.b` and `x.b.b` recur, but each has data.

use super::closed::{Scope, ScopeKind, is_below};
use super::node::{
    Conjunct, Dependent, Entry, Env, Extra, Link, Node, Origin, State, Task, TaskKind, Via, flag,
};
use super::unify::Context;
use super::{Eval, Outcome, Stop};
use crate::diagnostic::Class;
use crate::ir::{self, ExprKind, Presence};
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::cell::RefCell;

impl<'a> Eval<'a> {
    /// Adds the conjuncts of `target` to `node`, now and later.
    pub(crate) fn link(
        &self,
        node: &'a Node<'a>,
        target: &'a Node<'a>,
        definition: Option<()>,
        cx: Context<'a>,
        span: Span,
    ) -> Outcome<'a, ()> {
        if std::ptr::eq(node, target) {
            return Ok(());
        }
        let pair = (std::ptr::from_ref(node), std::ptr::from_ref(target));
        if self.linking.borrow().contains(&pair) {
            return Ok(());
        }
        let extra = node.extra_or_new(self.bump);
        // Said already, or a definition that embeds itself in what it says.
        let says_it = |link: &Link<'a>| {
            std::ptr::eq(link.target, target)
                && (says_no_more(link.scope, cx.scope)
                    || link.event.is_some_and(|event| is_below(cx.scope, event)))
        };
        if extra.links.any(says_it) {
            return Ok(());
        }
        let above = node.parent.is_some_and(|parent| parent.is_within(target));
        let recurs = cx.origin.contains(target) || above;
        let via = self.bump.alloc(Via { target, up: cx.origin.via });
        let cycle = cx.origin.cycle.saturating_add(u8::from(recurs));
        let origin = Origin { cycle, via: Some(via) };
        let scope = match definition {
            Some(()) => self.close_with(node, cx.scope, ScopeKind::Close),
            // The files of a package share the scope of a literal.
            None if target.parent.is_none() => self.scope(cx.scope, ScopeKind::Literal),
            None => cx.scope,
        };
        let event = scope.filter(|_| definition.is_some());
        extra.links.push(self.bump, Link { target, scope: cx.scope, event });
        let recurs = recurs || cx.recurs;
        let own = target.parent.is_some_and(|parent| std::ptr::eq(parent, node));
        let place = self.referred(cx.place, span, own);
        let dependent = Dependent { node, scope, origin, recurs, place };
        target.extra_or_new(self.bump).dependents.push(self.bump, dependent);
        if node.span.get().is_none() {
            node.span.set(span);
        }
        self.linking.borrow_mut().push(pair);
        let result = self.deeper(|| self.copy_conjuncts(target, dependent));
        self.linking.borrow_mut().pop();
        result
    }

    fn copy_conjuncts(&self, target: &'a Node<'a>, to: Dependent<'a>) -> Outcome<'a, ()> {
        let mut next = 0;
        while let Some(conjunct) = target.conjuncts.get(next) {
            next += 1;
            let copied = Conjunct { scope: to.scope, origin: to.origin, linked: true, ..conjunct };
            self.process_at(to.node, copied, to.recurs, to.place)?;
        }
        Ok(())
    }

    /// Notes that an expression is being evaluated for a node; fails where that is going on already, so
    /// that its value would be part of itself.
    pub(crate) fn enter(
        &self,
        node: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Entered<'_>> {
        let env = env.map_or(0, |env| std::ptr::from_ref(env) as usize);
        let key = (std::ptr::from_ref(expr) as usize, env);
        if self.entered.borrow_mut().insert(key) {
            return Ok(Entered { set: &self.entered, key });
        }
        let is_call = matches!(expr.kind, ExprKind::Call(..));
        // The call is about a list or struct that holds its result.
        if is_call && node.parent.is_some_and(|parent| parent.has(flag::TEMPORARY)) {
            let text = "structural cycle";
            let class = Class::Structural;
            return Err(Stop::Bottom(self.bottom(class, "cue/structural-cycle", Span::NONE, text)));
        }
        if !self.force.get() {
            return Err(Stop::Blocked);
        }
        if is_call {
            return self.incomplete("cue/cycle", expr.span, "the result is its own argument");
        }
        let text = "cycle: the value depends on itself";
        Err(Stop::Bottom(self.bottom(Class::Cycle, "cue/cycle", expr.span, text)))
    }

    /// Whether all that was said of a node so far is the same thing again, which goes on for ever, and
    /// nothing else can come.
    pub(crate) fn is_only_itself(&self, node: &'a Node<'a>) -> bool {
        let waits = |e: &Extra<'a>| {
            let links = |t: &&Task<'a>| !t.done.get() && matches!(t.what, TaskKind::Link(_));
            e.tasks.any(links) || e.disjunctions.len() > e.choices().len()
        };
        self.may_be_only_itself(node) && node.extra.get().is_none_or(|extra| !waits(extra))
    }

    /// Whether all that was said of a node so far is the same thing again.
    pub(crate) fn may_be_only_itself(&self, node: &'a Node<'a>) -> bool {
        node.has(flag::RECURS) && !node.has(flag::FRESH) && goes_on(node)
    }

    /// Fails a node to which everything that was said is the same thing again.
    pub(crate) fn check_recursion(&self, node: &'a Node<'a>) {
        if self.may_be_only_itself(node)
            && !node.extra.get().is_some_and(|e| e.errors.any(|b| b.class == Class::Structural))
        {
            self.fail_structural(node);
        }
    }

    /// Records that a node contains itself.
    pub(crate) fn fail_structural(&self, node: &'a Node<'a>) {
        let (code, text) = ("cue/structural-cycle", "structural cycle");
        self.fail(node, self.bottom(Class::Structural, code, Span::NONE, text));
    }

    /// Whether a node is below the arm of a disjunction that is being tried, and which arm that is.
    pub(crate) fn through_overlay(
        &self,
        at: &'a Node<'a>,
        target: &'a Node<'a>,
    ) -> Option<&'a Node<'a>> {
        let overlay = target.extra.get()?.overlay.get()?;
        if target.state.get() != State::Running {
            return None;
        }
        at.is_within(overlay).then_some(overlay)
    }
}

/// Whether another level follows from what recurs: where that is a struct of patterns and optional
/// fields only, nothing asks for one.
fn goes_on(node: &Node<'_>) -> bool {
    let waits = match node.extra.get() {
        Some(extra) => !extra.tasks.is_empty() || !extra.disjunctions.is_empty(),
        None => false,
    };
    if node.has(flag::ARM) || waits {
        return true;
    }
    node.fields.get().is_none_or(|fields| {
        let asks = |e: &Entry<'_>| e.node.presence.get() != Presence::Optional;
        fields.entries.any(asks) || !fields.lists.is_empty()
    })
}

/// Whether a reference to what was referred to already adds nothing: it comes from the same place, or
/// from there through literals and embeddings, or both do. Then whatever an event in the one allows,
/// an event in the other does too.
fn says_no_more(before: Option<&Scope<'_>>, again: Option<&Scope<'_>>) -> bool {
    let Some(first) = before else { return between(again, None).is_some() };
    let mut at = Some(first);
    let mut embedded = false;
    loop {
        if let Some(embeds) = between(again, at) {
            return embeds || !embedded;
        }
        match at {
            Some(s) if matches!(s.kind, ScopeKind::Literal | ScopeKind::Embed) => {
                embedded |= s.kind == ScopeKind::Embed;
                at = s.parent;
            }
            _ => return false,
        }
    }
}

/// Whether there is an embedding on the way up to a scope through nothing but literals and embeddings;
/// `None` where there is no such way.
fn between(scope: Option<&Scope<'_>>, to: Option<&Scope<'_>>) -> Option<bool> {
    let mut at = scope;
    let mut embeds = false;
    while at.map(std::ptr::from_ref) != to.map(std::ptr::from_ref) {
        let s = at.filter(|s| matches!(s.kind, ScopeKind::Literal | ScopeKind::Embed))?;
        embeds |= s.kind == ScopeKind::Embed;
        at = s.parent;
    }
    Some(embeds)
}

/// An expression is being evaluated, until this is dropped.
pub(crate) struct Entered<'e> {
    set: &'e RefCell<FxHashSet<(usize, usize)>>,
    key: (usize, usize),
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.set.borrow_mut().remove(&self.key);
    }
}
