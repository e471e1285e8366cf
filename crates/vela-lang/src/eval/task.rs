//! Taking a node as far as possible: its conjuncts, its tasks, its disjunctions, its checks.

use super::node::{Link, Node, State, Task, TaskKind, Why, flag};
use super::{Eval, Outcome, Stop};
use crate::diagnostic::Class;
use crate::ir::ExprKind;
use crate::source::Span;
use crate::std::host::Kind;

impl<'a> Eval<'a> {
    /// Determines a node's own value and its set of fields, or as much of it as can be had now.
    pub(crate) fn shallow(&self, node: &'a Node<'a>) -> Outcome<'a, ()> {
        match node.state.get() {
            // What is shared may have got a field that is still missing there.
            State::Done if node.has(flag::SHARED) => {
                return match node.shared().state.get() {
                    State::Done => Ok(()),
                    _ => self.deeper(|| self.shallow(node.shared())),
                };
            }
            State::Done | State::Running => return Ok(()),
            State::New | State::Stuck => {}
        }
        self.deeper(|| self.advance(node))
    }

    fn advance(&self, node: &'a Node<'a>) -> Outcome<'a, ()> {
        node.state.set(State::Running);
        let start = self.trail_start.get();
        let on_trail = match (self.trail.borrow().last(), node.parent) {
            (Some(last), Some(parent)) => std::ptr::eq(*last, parent),
            _ => false,
        };
        if !on_trail {
            self.trail_start.set(self.trail.borrow().len());
        }
        // Forcing is for one node and what is made while its expressions are evaluated.
        let force = self.force.get();
        self.force.set(force && (node.has(flag::TEMPORARY) || self.is_forced(node)));
        let result = self.advance_running(node);
        self.force.set(force);
        self.trail_start.set(start);
        if let Err(Stop::Abort) = result {
            node.state.set(State::Stuck);
            return Err(Stop::Abort);
        }
        let done = matches!(result, Ok(true));
        if done {
            node.state.set(State::Done);
            self.advanced(node);
        } else {
            node.state.set(State::Stuck);
            self.queue(node);
        }
        Ok(())
    }

    /// Whether everything could be done.
    fn advance_running(&self, node: &'a Node<'a>) -> Outcome<'a, bool> {
        if self.share_or_link(node)? {
            return Ok(true);
        }
        loop {
            while let Some(conjunct) = node.conjuncts.get(node.taken.get() as usize) {
                node.taken.set(node.taken.get() + 1);
                if let Err(stop) = self.process(node, conjunct, false) {
                    self.absorb(node, stop)?;
                }
            }
            if self.is_only_itself(node) {
                self.check_recursion(node);
                return Ok(true);
            }
            let blocked = self.run_tasks(node)?;
            if (node.taken.get() as usize) < node.conjuncts.len() {
                continue;
            }
            if blocked {
                return Ok(false);
            }
            break;
        }
        self.check_recursion(node);
        self.check_lists(node);
        self.settle_kind(node);
        match self.check_value(node) {
            Err(Stop::Blocked) => return Ok(false),
            Err(stop) => self.absorb(node, stop)?,
            Ok(()) => {}
        }
        match self.resolve_disjunctions(node) {
            Err(Stop::Blocked) => return Ok(false),
            Err(stop) => self.absorb(node, stop)?,
            Ok(()) => {}
        }
        Ok(true)
    }

    /// Runs the tasks of a node until none gets further; whether some are left.
    fn run_tasks(&self, node: &'a Node<'a>) -> Outcome<'a, bool> {
        let Some(extra) = node.extra.get() else { return Ok(false) };
        loop {
            let (mut blocked, mut ran) = (false, false);
            let mut next = 0;
            while let Some(task) = extra.tasks.get(next) {
                next += 1;
                if task.done.get() {
                    continue;
                }
                match self.run_task(node, task) {
                    Err(Stop::Blocked) => {
                        blocked = true;
                        continue;
                    }
                    Err(stop) => {
                        task.done.set(true);
                        self.absorb(node, stop)?;
                    }
                    Ok(()) => task.done.set(true),
                }
                ran = true;
                self.advanced(node);
            }
            if !blocked {
                extra.tasks.retain(|task| !task.done.get());
                if extra.tasks.is_empty() {
                    return Ok(false);
                }
            } else if !ran {
                return Ok(true);
            }
        }
    }

    /// Does one task.
    pub(crate) fn run_task(&self, node: &'a Node<'a>, task: &'a Task<'a>) -> Outcome<'a, ()> {
        let cx = task.cx;
        match task.what {
            TaskKind::Link(expr) => {
                let (target, definition) = self.resolve_path(node, expr, cx.env)?;
                self.link(node, target, definition.then_some(()), cx, expr.span)
            }
            TaskKind::Value(expr) => {
                let _entered = self.enter(node, expr, cx.env)?;
                if let ExprKind::Call(..) = &expr.kind
                    && self.call_as_conjunct(node, expr, cx)?
                {
                    return Ok(());
                }
                let before = self.hasty.replace(self.force.get());
                let val = self.eval(node, expr, cx.env);
                let assumes = self.hasty.replace(before);
                let val = val?;
                if assumes && !node.has(flag::TEMPORARY) && val.is_data() {
                    self.assumed.borrow_mut().push((node, task, val));
                }
                self.unify_val(node, val, expr.span, cx)
            }
            TaskKind::Comprehension(c) => self.comprehend(node, c, cx),
            TaskKind::Dynamic(field) => self.dynamic_field(node, field, cx),
            TaskKind::Pattern(p) => self.match_pattern(node, p.pattern, p.child, p.label),
            TaskKind::List(list, span) => self.process_list(node, list, span, cx),
        }
    }

    /// Evaluates what was forced or hasty again, now that all is known: a value that was computed from
    /// what is not so is an error. Whether all held.
    pub(crate) fn check_assumed(&self) -> Outcome<'a, bool> {
        let assumed = std::mem::take(&mut *self.assumed.borrow_mut());
        let mut held = true;
        for (node, task, before) in assumed {
            let TaskKind::Value(expr) = task.what else { continue };
            if node.target().error().is_some() {
                continue;
            }
            let wrong = match self.eval(node, expr, task.cx.env) {
                Ok(now) if now.is_data() && !self.same_scalar(before, now) => {
                    let why = Why::Conflict(before, now);
                    let spans = [expr.span];
                    self.bottom_why(Class::Eval, "cue/conflict", Span::NONE, why, &spans)
                }
                Err(Stop::Bottom(bottom)) if bottom.class == Class::Eval => bottom,
                Err(Stop::Abort) => return Err(Stop::Abort),
                _ => continue,
            };
            self.fail(node, wrong);
            self.reopen(node);
            held = false;
        }
        Ok(held)
    }

    /// A node of which nothing is known but that comprehensions yielded nothing is a struct.
    fn settle_kind(&self, node: &'a Node<'a>) {
        let top = Kind::TOP.within(node.kind.get());
        let Some(fields) = node.fields.get() else { return };
        if !top || node.scalar.get().is_some() || !fields.lists.is_empty() {
            return;
        }
        let undecided =
            node.extra.get().is_some_and(|extra| self.undecided(extra) || !extra.bounds.is_empty());
        let yields = |lit: &crate::ir::Struct| !lit.comprehensions.is_empty();
        if !undecided && fields.literals.any(|l| l.lit.is_some_and(yields)) {
            node.kind.set(Kind::STRUCT);
        }
    }

    /// Whether nothing can add to this node any more.
    pub(crate) fn is_settled(&self, node: &'a Node<'a>) -> bool {
        if node.has(flag::SETTLED | flag::ASKING) {
            return true;
        }
        if node.state.get() != State::Done {
            return false;
        }
        node.set(flag::ASKING);
        let from_parent = match node.label {
            super::node::Label::None | super::node::Label::Let(_) => true,
            _ => node.has(flag::ARM) || node.parent.is_none_or(|p| self.is_settled(p)),
        };
        let settled = from_parent
            && (!node.has(flag::SHARED) || self.is_settled(node.shared()))
            && node.extra.get().is_none_or(|extra| {
                extra.links.iter().all(|Link { target, .. }| {
                    // The conjuncts of a target are final when its parent is done with adding fields.
                    target.has(flag::ARM)
                        || target.parent.is_none_or(|p| std::ptr::eq(p, node) || self.is_settled(p))
                })
            });
        node.unset(flag::ASKING);
        if settled {
            node.set(flag::SETTLED);
        }
        settled
    }

    /// Whether no field can be added to this node any more: what it waits for are patterns, which add to
    /// fields that are there.
    pub(crate) fn has_all_fields(&self, node: &'a Node<'a>) -> bool {
        if self.is_settled(node) {
            return true;
        }
        let Some(extra) = node.extra.get() else { return false };
        let is_for_fields =
            |task: &Task<'a>| !task.done.get() && !matches!(task.what, TaskKind::Pattern(_));
        node.kind.get() == Kind::STRUCT
            && !node.has(flag::SHARED)
            && node.taken.get() as usize == node.conjuncts.len()
            && extra.links.is_empty()
            && !self.undecided(extra)
            && !extra.tasks.iter().any(is_for_fields)
            && node.parent.is_none_or(|parent| self.is_settled(parent))
    }

    /// Blocks where a node may still change, unless tasks are being forced.
    pub(crate) fn need_settled(&self, node: &'a Node<'a>) -> Outcome<'a, ()> {
        if self.is_settled(node) {
            return Ok(());
        }
        self.take_as_is(node)
    }

    /// Blocks, unless a task is being forced that nothing can be forced before: the node, or what
    /// still adds to it, comes first where it waits too and doesn't contain the node that is forced.
    pub(crate) fn take_as_is(&self, node: &'a Node<'a>) -> Outcome<'a, ()> {
        if !self.force.get() {
            return Err(Stop::Blocked);
        }
        let mut at = Some(node);
        while let Some(n) = at {
            match n.state.get() {
                State::Done => at = n.parent,
                State::Stuck if self.may_go_first(n) => {
                    self.wanted.set(Some(n));
                    return Err(Stop::Blocked);
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// The class of what is wrong with a node itself, if something is.
    pub(crate) fn fatal_error(&self, node: &'a Node<'a>) -> Option<&'a super::node::Bottom<'a>> {
        node.error().filter(|bottom| bottom.class > Class::Incomplete)
    }
}
