//! Structure sharing.
//!
//! A node whose only conjunct is a reference, and that can get no other, *is* what the reference is
//! about: it forwards to the target and copies nothing, so a value that is referred to a thousand
//! times is evaluated once. Whoever reads the node reads the target ([`Node::target`]).
//!
//! It is shared only if
//!
//! - nothing can add to the node: its parent is settled;
//! - the target is done with its own value (a field that is still being built would be read too
//!   early);
//! - the reference does not recur ([`super::cycle`]): a node inside of its own target is copied level
//!   by level, so that data may decide how deep it goes;
//! - the path closes nothing that the target is not closed by itself;
//! - the order of the target's fields is the same here as there.
//!
//! Where a conjunct comes in spite of that (a task was forced), the node is *unshared*: its conjuncts
//! are processed as if nothing had been.
//!
//! Sharing makes the graph cyclic where values contain one another: in `a: {b: c}`, `c: {d: a}` both
//! references are shared. Going down, the reference that leads back to a node on the path is the
//! structural cycle ([`Eval::deep`]): here `c.d`, which is also `a.b.d`.
//!
//! Nastiest case: `a: b`, `b: c`, `c: a`. Evaluating `a` evaluates `b` and that `c`, whose target is
//! still running: `c` is linked to `a`, which adds nothing, `b` shares `c`, and `a` what `b` shares. All
//! three are top.
//!
//! A disjunction of scalars, types and bounds as written (`string | *"x"`) means the same wherever it
//! stands: where it is all that is said of a node, it is evaluated once, as if it were the value of a
//! field that all of these nodes refer to. So what a definition says of fields that its instances leave
//! alone costs each instance no more than the node.
//!
//! Cost: constant per reference; chains of references are shortened when they are made.

use super::node::{Conjunct, Label, Node, State, What, flag};
use super::order::Place;
use super::resolve::is_reference;
use super::unify::Context;
use super::{Eval, Outcome, Stop};
use crate::ir::{self, ExprKind};

impl<'a> Eval<'a> {
    /// Processes the only conjunct of a new node if it is a reference: shares its target, or adds its
    /// conjuncts. Whether the node is shared.
    pub(crate) fn share_or_link(&self, node: &'a Node<'a>) -> Outcome<'a, bool> {
        if node.taken.get() != 0 || node.conjuncts.len() != 1 || node.has(flag::ARM) {
            return Ok(false);
        }
        let Some(conjunct) = node.conjuncts.get(0) else { return Ok(false) };
        let What::Expr(expr) = conjunct.what else { return Ok(false) };
        let untouched = node.extra.get().is_none_or(|extra| extra.is_untouched());
        if !untouched || node.fields.get().is_some() {
            return Ok(false);
        }
        if !is_reference(expr) {
            return match is_constant(expr) && self.takes_no_more(node) {
                true => self.share_constant(node, conjunct, expr),
                false => Ok(false),
            };
        }
        self.charge(1)?;
        let (target, definition) = match self.resolve_path(node, expr, conjunct.env) {
            Ok(found) => found,
            Err(Stop::Blocked) => return Ok(false),
            Err(stop) => {
                node.taken.set(1);
                self.absorb(node, stop)?;
                return Ok(false);
            }
        };
        if node.taken.get() != 0 || node.conjuncts.len() != 1 {
            return Ok(false);
        }
        if conjunct.origin.cycle == 0
            && !conjunct.origin.contains(target)
            && (!definition || target.has(flag::DEFINITION))
            && self.takes_no_more(node)
            && !node.is_within(target)
        {
            self.shallow(target)?;
            let end = target.shared();
            let ready = matches!(end.state.get(), State::Done) && node.conjuncts.len() == 1;
            if ready
                && !node.is_within(end)
                && !self.closes_more(node, end)
                && !is_ordered_by_files(end)
            {
                node.taken.set(1);
                node.forward.set(Some(end));
                end.set(flag::TARGET);
                node.set(flag::SHARED | flag::FRESH);
                node.span.set(expr.span);
                return Ok(true);
            }
            if node.taken.get() != 0 || node.conjuncts.len() != 1 {
                return Ok(false);
            }
        }
        node.taken.set(1);
        let cx = Context::of(&conjunct, false, Place::declared(conjunct.declared));
        if let Err(stop) = self.link(node, target, definition.then_some(()), cx, expr.span) {
            self.absorb(node, stop)?;
        }
        Ok(false)
    }

    /// Shares the value of an expression that means the same everywhere, unless something is wrong with
    /// it: that is told of each node. Whether the node is shared.
    fn share_constant(
        &self,
        node: &'a Node<'a>,
        conjunct: Conjunct<'a>,
        expr: &'a ir::Expr,
    ) -> Outcome<'a, bool> {
        self.charge(1)?;
        let key = std::ptr::from_ref(expr);
        let known = self.constants.borrow().get(&key).copied();
        let end = match known {
            Some(known) => known,
            None => {
                let made = Node::new(self.bump, None, Label::None);
                self.push(made, Conjunct { declared: None, ..conjunct });
                // It is evaluated as an arm is, so that it is not shared itself.
                made.set(flag::ARM);
                self.shallow(made)?;
                let wrong = made.state.get() != State::Done || made.target().error().is_some();
                made.unset(flag::ARM);
                let made = Some(made).filter(|made| !wrong && made.error().is_none());
                self.constants.borrow_mut().insert(key, made);
                made
            }
        };
        let Some(end) = end else { return Ok(false) };
        node.taken.set(1);
        node.forward.set(Some(end));
        end.set(flag::TARGET);
        node.set(flag::SHARED | flag::FRESH);
        node.span.set(expr.span);
        Ok(true)
    }

    /// Whether nothing can add a conjunct to a node.
    fn takes_no_more(&self, node: &'a Node<'a>) -> bool {
        match node.label {
            Label::None | Label::Let(_) => true,
            _ => node.parent.is_none_or(|parent| self.is_settled(parent)),
        }
    }

    /// Whether a struct is closed by where the reference stands, but not where it was written.
    fn closes_more(&self, node: &'a Node<'a>, target: &'a Node<'a>) -> bool {
        let may_have_fields = target.fields.get().is_some()
            || target.forward.get().is_some()
            || !target.arms().is_empty();
        may_have_fields
            && !target.has(flag::DEFINITION)
            && (node.has(flag::DEFINITION) || !self.active_closers(node).is_empty())
    }

    /// Undoes the sharing of a node: its conjuncts are processed anew.
    pub(crate) fn unshare(&self, node: &'a Node<'a>) {
        node.unset(flag::SHARED | flag::FRESH);
        node.forward.set(None);
        node.taken.set(0);
    }
}

/// Whether an expression is a disjunction of nothing but scalars, types and bounds as written.
fn is_constant(expr: &ir::Expr) -> bool {
    let ExprKind::Or(arms) = &expr.kind else { return false };
    arms.iter().all(|arm| match &arm.expr.kind {
        ExprKind::And(operands) => operands.iter().all(ir::Expr::is_plain),
        _ => arm.expr.is_plain(),
    })
}

/// Whether literals of several files take part in a node: they have no order between them where they
/// stand, but one where the node is referred to.
fn is_ordered_by_files(node: &Node<'_>) -> bool {
    let Some(fields) = node.fields.get() else { return false };
    let mut sources = fields.literals.iter().filter_map(|l| l.chain.map(|chain| chain.source()));
    sources.next().is_some_and(|first| sources.any(|other| other != first))
}

impl<'a> Node<'a> {
    /// The node itself, or what it shares.
    pub(crate) fn shared(&'a self) -> &'a Node<'a> {
        let mut node = self;
        while node.has(flag::SHARED)
            && let Some(next) = node.forward.get()
        {
            node = next;
        }
        node
    }
}
