//! Links, and values that contain themselves.
//!
//! A link to a node that is being linked to the same node already adds nothing: that makes
//! `a: b, b: a` top. A link to a node that contains this one, or to one that the conjunct itself came
//! through, *recurs*. What recurs says nothing new: a node all of whose conjuncts recur is a
//! structural cycle (`#A: {n: #A}` at `#A.n`), but where data asks for the level there is something
//! new and it goes on. Fields of what recurs carry a count of how often it did; levels that only a
//! definition itself asks for (`if n > 0 {s: #R & {"n": n - 1}}`) end after two.
//!
//! Nastiest case: `#A: {b?: #A}`, `x: #A & {b: b: {}}`: `x.b` and `x.b.b` recur, but each has data.

use super::closed::ScopeKind;
use super::node::{Conjunct, Dependent, Node, Origin, State, Via, flag};
use super::unify::Context;
use super::{Eval, Outcome};
use crate::diagnostic::Class;
use crate::source::Span;

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
        if definition.is_none()
            && extra
                .links
                .any(|(t, scope)| std::ptr::eq(*t, target) && same_scope(*scope, cx.scope))
        {
            return Ok(());
        }
        let recurs = cx.origin.contains(target) || is_above(node, target);
        let via = self.bump.alloc(Via { target, up: cx.origin.via });
        let cycle = cx.origin.cycle.saturating_add(u8::from(recurs));
        let origin = Origin { cycle, via: Some(via) };
        let scope = match definition {
            Some(()) => self.close_with(node, cx.scope, ScopeKind::Close),
            None => cx.scope,
        };
        extra.links.push((target, scope));
        let dependent = Dependent { node, scope, origin, recurs: recurs || cx.recurs };
        target.extra_or_new(self.bump).dependents.push(dependent);
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
            self.process(to.node, copied, to.recurs)?;
        }
        Ok(())
    }

    /// Fails a node to which everything that was said is the same thing again.
    pub(crate) fn check_recursion(&self, node: &'a Node<'a>) {
        if node.has(flag::RECURS)
            && !node.has(flag::FRESH)
            && !node.extra.get().is_some_and(|e| e.errors.any(|b| b.class == Class::Structural))
        {
            let bottom = self.bottom(
                Class::Structural,
                "cue/structural-cycle",
                Span::NONE,
                "structural cycle",
            );
            self.fail(node, bottom);
        }
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

/// Whether `target` contains `node`.
fn is_above<'a>(node: &'a Node<'a>, target: &'a Node<'a>) -> bool {
    let mut above = node.parent;
    while let Some(parent) = above {
        if std::ptr::eq(parent, target) {
            return true;
        }
        above = parent.parent;
    }
    false
}

fn same_scope(a: Option<&super::closed::Scope<'_>>, b: Option<&super::closed::Scope<'_>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => std::ptr::eq(a, b),
        _ => false,
    }
}
