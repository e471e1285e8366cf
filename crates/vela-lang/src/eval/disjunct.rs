//! Disjunctions and defaults.
//!
//! A node collects its disjunctions while its other conjuncts are processed. Then they are applied
//! one after another to a list of candidates, which begins with the node as it is: each candidate is
//! combined with each arm, failing combinations are dropped, equal ones merged, before the next
//! disjunction is looked at. A combination is a node of its own with the same conjuncts and a list of
//! *choices* (which arm of which disjunction); disjunctions that are not chosen yet are *deferred*.
//! An arm may bring disjunctions with it; their results take the arm's place.
//!
//! Marks: an arm's result is a default of its disjunction if the arm is marked (and, where the arm
//! has defaults itself that are left in some combination, it is one of those); in a disjunction
//! without marks, if it is a default of its arm. A combination is a default of the node if it is one
//! in every disjunction that has a default left; disjunctions whose defaults all failed, and those
//! without any, have no say.
//!
//! An arm fails if it or anything below it is an error. If some arm does not fail, arms that are
//! incomplete themselves (or have an incomplete field) are dropped as well.
//!
//! An arm that needs the value of its own disjunction (`x: 1 | (x * 1)`) neither fails nor holds: which
//! arm is taken would decide what it says. Unless a default holds, the whole is a cycle then.
//!
//! Arms that are scalars, types or bounds, against a node that has no fields, are compared without
//! making nodes for those that fail.
//!
//! Nastiest case: `(*1 | 2) & (1 | *2)` has two results and no default, since each disjunction has a
//! default left and no combination is the default of both; `(*1 | 2) & (2 | 3)` is 2.

use super::node::{
    ArmValue, Arms, Bottom, Choice, Combination, Disjunction, Extra, Label, Node, Origin, State,
    Val, What, Why, flag,
};
use super::order::Place;
use super::unify::Context;
use super::{Eval, Outcome, Stop};
use crate::diagnostic::Class;
use crate::ir::{self, ExprKind, Presence};
use crate::number::Number;
use crate::source::Span;

/// The code of the error of an arm that needs to know which arm is taken.
pub(crate) const CYCLE_IN_DISJUNCTION: &str = "cue/disjunction-cycle";

/// A combination of arms that has not failed.
#[derive(Clone)]
struct Candidate<'a> {
    node: &'a Node<'a>,
    choices: Vec<Choice>,
    /// For each way that led to it, and for each disjunction so far: whether this is one of its
    /// defaults. Ways that are defaults of no more than another are left out.
    marks: Vec<Vec<bool>>,
}

/// The marks of a candidate after one more disjunction.
fn extended(marks: &[Vec<bool>], default: bool) -> Vec<Vec<bool>> {
    marks.iter().map(|way| way.iter().copied().chain([default]).collect()).collect()
}

/// Adds ways that led to an equal candidate.
fn merge_marks(marks: &mut Vec<Vec<bool>>, others: Vec<Vec<bool>>) {
    let within = |a: &[bool], b: &[bool]| a.iter().zip(b).all(|(x, y)| !x || *y);
    for other in others {
        if !marks.iter().any(|way| within(&other, way)) {
            marks.retain(|way| !within(way, &other));
            marks.push(other);
        }
    }
}

/// Candidates as results: the defaults are those that are one in every disjunction that has one left.
fn results<'a>(candidates: &[Candidate<'a>], steps: usize) -> Vec<ArmValue<'a>> {
    let is_live = |step: &usize| candidates.iter().any(|c| c.marks.iter().any(|way| way[*step]));
    let live: Vec<usize> = (0..steps).filter(is_live).collect();
    let is_default = |c: &Candidate<'a>| {
        !live.is_empty() && c.marks.iter().any(|way| live.iter().all(|step| way[*step]))
    };
    candidates.iter().map(|c| ArmValue { node: c.node, default: is_default(c) }).collect()
}

/// What a result of an arm is among the disjunctions that the arm brought with it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Own {
    /// There were none, or none with a default.
    Plain,
    Default,
    /// Others were the defaults.
    NoDefault,
    /// All defaults failed.
    Dead,
}

/// A combination that has not failed.
struct Tried<'a> {
    /// The combination that it adds to.
    of: usize,
    arm: usize,
    node: &'a Node<'a>,
    choices: Vec<Choice>,
}

impl<'a> Tried<'a> {
    fn results(&self) -> Vec<(&'a Node<'a>, Own)> {
        let target = self.node.target();
        let arms = target.arms();
        let has = |flag| self.node.has(flag) || target.has(flag);
        if arms.is_empty() {
            let own = match (has(flag::DEFAULT), has(flag::DEFAULTLESS)) {
                (true, _) => Own::Default,
                (false, true) => Own::Dead,
                (false, false) => Own::Plain,
            };
            return vec![(target, own)];
        }
        let any = arms.iter().any(|a| a.default);
        let own = |arm: &ArmValue<'a>| match arm.default {
            true => Own::Default,
            false if any => Own::NoDefault,
            false if has(flag::DEFAULTLESS) => Own::Dead,
            false => Own::Plain,
        };
        arms.iter().map(|arm| (arm.node, own(arm))).collect()
    }
}

/// How an arm turned out.
enum Verdict<'a> {
    Good,
    Incomplete(&'a Bottom<'a>),
    Failed(&'a Bottom<'a>),
}

impl<'a> Eval<'a> {
    /// Applies the disjunctions of a node.
    pub(crate) fn resolve_disjunctions(&self, node: &'a Node<'a>) -> Outcome<'a, ()> {
        let Some(extra) = node.extra.get() else { return Ok(()) };
        if extra.disjunctions.is_empty() || self.fatal_error(node).is_some() {
            return Ok(());
        }
        let pending = self.pending(extra);
        if pending.is_empty() {
            return Ok(());
        }
        if node.fields.get().is_none()
            && extra.choices().is_empty()
            && extra.validators.is_empty()
            && pending.iter().all(|d| self.is_simple(d))
        {
            return self.resolve_simple(node, &pending);
        }
        let mut candidates =
            vec![Candidate { node, choices: extra.choices().to_vec(), marks: vec![Vec::new()] }];
        let mut had_default = false;
        for step in 0..pending.len() {
            let combined = self.combine(node, extra, candidates, &pending, step, &mut had_default);
            candidates = match combined {
                // What fails below the node would fail all arms, and says more.
                Err(Stop::Bottom(_)) if self.fails_below(node)? => return Ok(()),
                other => other?,
            };
        }
        self.conclude(node, candidates, pending.len(), had_default);
        Ok(())
    }

    /// The disjunctions that are not decided by a choice and not deferred; those written in place
    /// come before those that came through references.
    fn pending(&self, extra: &Extra<'a>) -> Vec<Disjunction<'a>> {
        let (choices, deferred) = (extra.choices(), extra.deferred());
        let mut pending: Vec<Disjunction<'a>> = extra
            .disjunctions
            .iter()
            .filter(|d| {
                let key = (d.arms.address(), d.nth);
                !choices.iter().any(|c| c.key == key) && !deferred.contains(&key)
            })
            .collect();
        pending.sort_by_key(|d| d.cx.linked);
        if pending.len() > 1 {
            let mut seen = rustc_hash::FxHashSet::default();
            pending.retain(|d| seen.insert((d.arms.address(), d.nth)));
        }
        pending
    }

    fn combine(
        &self,
        node: &'a Node<'a>,
        extra: &'a Extra<'a>,
        candidates: Vec<Candidate<'a>>,
        pending: &[Disjunction<'a>],
        step: usize,
        had_default: &mut bool,
    ) -> Outcome<'a, Vec<Candidate<'a>>> {
        let d = pending[step];
        let mut deferred: Vec<(usize, u32)> = extra.deferred().to_vec();
        deferred.extend(pending[step + 1..].iter().map(|d| (d.arms.address(), d.nth)));
        let deferred: &'a [(usize, u32)] = self.bump.alloc_slice_copy(&deferred);
        let mut good: Vec<Tried<'a>> = Vec::new();
        let mut incomplete: Vec<&'a Bottom<'a>> = Vec::new();
        let mut failed: Vec<&'a Bottom<'a>> = Vec::new();
        for (of, candidate) in candidates.iter().enumerate() {
            for arm in 0..d.arms.len() {
                self.charge(1)?;
                if let Some(bottom) = self.quick_conflict(candidate.node, &d, arm) {
                    failed.push(bottom);
                    continue;
                }
                let mut choices = candidate.choices.clone();
                choices.push(Choice { key: (d.arms.address(), d.nth), arm: arm as u32 });
                let tried = self.arm_node(node, &choices, deferred);
                match self.try_arm(node, tried)? {
                    Verdict::Failed(bottom) => failed.push(bottom),
                    Verdict::Incomplete(bottom) => incomplete.push(bottom),
                    Verdict::Good => good.push(Tried { of, arm, node: tried, choices }),
                }
            }
        }
        let default = good.iter().any(|tried| d.arms.is_default(tried.arm));
        if let Some(bottom) = incomplete.iter().find(|b| b.code == CYCLE_IN_DISJUNCTION)
            && !default
        {
            return Err(Stop::Bottom(bottom));
        }
        if !good.is_empty() {
            return self.merged(&candidates, &good, &d, had_default);
        }
        let class = if incomplete.is_empty() { Class::Eval } else { Class::Incomplete };
        failed.extend(incomplete);
        Err(Stop::Bottom(self.empty(class, failed)))
    }

    /// The bottom of a disjunction all of whose arms failed.
    fn empty(&self, class: Class, failed: Vec<&'a Bottom<'a>>) -> &'a Bottom<'a> {
        if let [only] = failed.as_slice() {
            return only;
        }
        // What `error()` says in an arm is meant for whoever sees that all arms fail.
        if let Some(said) = failed.iter().find(|b| b.code == "cue/user-error") {
            return self.bump.alloc(Bottom { class: Class::Eval, ..**said });
        }
        let structural = failed.iter().all(|b| b.class == Class::Structural);
        let user = failed.iter().any(|b| b.code == "cue/explicit-error");
        let class = match class {
            Class::Eval if structural => Class::Structural,
            Class::Eval if user => Class::User,
            other => other,
        };
        let why = Why::Arms(self.bump.alloc_slice_copy(&failed));
        self.bottom_why(class, "cue/empty-disjunction", Span::NONE, why, &[])
    }

    /// A node with the conjuncts of another and some arms chosen.
    fn arm_node(
        &self,
        node: &'a Node<'a>,
        choices: &[Choice],
        deferred: &'a [(usize, u32)],
    ) -> &'a Node<'a> {
        let made = Node::new(self.bump, node.parent, node.label);
        made.set(flag::ARM | flag::TEMPORARY);
        if node.has(flag::DEFINITION) {
            made.set(flag::DEFINITION);
        }
        made.presence.set(node.presence.get());
        made.conjuncts.copy(self.bump, &node.conjuncts);
        let extra = made.extra_or_new(self.bump);
        let choices = self.bump.alloc_slice_copy(choices);
        extra.combination.set(Some(self.bump.alloc(Combination { choices, deferred })));
        made
    }

    /// Evaluates a combination to the bottom of it.
    fn try_arm(&self, node: &'a Node<'a>, tried: &'a Node<'a>) -> Outcome<'a, Verdict<'a>> {
        let extra = node.extra_or_new(self.bump);
        let outer = extra.overlay.replace(Some(tried));
        let result = self.deep(tried);
        extra.overlay.set(outer);
        result?;
        if tried.state.get() != State::Done && !self.force.get() {
            if let Some(bottom) = self.fatal_error(tried) {
                return Ok(Verdict::Failed(bottom));
            }
            return Err(Stop::Blocked);
        }
        if let Some(bottom) = self.fatal_error(tried.target()).or_else(|| self.child_error(tried)) {
            return Ok(Verdict::Failed(bottom));
        }
        if self.has_stuck(tried) && !self.force.get() {
            return Err(Stop::Blocked);
        }
        Ok(self.own_incomplete(tried).map_or(Verdict::Good, Verdict::Incomplete))
    }

    /// The incomplete error of a node or one of its direct fields.
    fn own_incomplete(&self, node: &'a Node<'a>) -> Option<&'a Bottom<'a>> {
        let node = node.target();
        if let Some(bottom) = node.error() {
            return Some(bottom);
        }
        let fields = node.fields.get()?;
        fields
            .entries
            .iter()
            .filter(|e| e.node.presence.get() == Presence::Regular)
            .find_map(|e| e.node.target().error())
    }

    /// The results of combinations, equal ones merged.
    fn merged(
        &self,
        candidates: &[Candidate<'a>],
        tried: &[Tried<'a>],
        d: &Disjunction<'a>,
        had_default: &mut bool,
    ) -> Outcome<'a, Vec<Candidate<'a>>> {
        let marked = d.arms.is_marked();
        let results: Vec<_> = tried.iter().map(|t| (t, t.results())).collect();
        *had_default |=
            marked || results.iter().any(|(_, r)| r.iter().any(|(_, own)| *own != Own::Plain));
        // Defaults of an arm's own that are left in one combination have their say in all of them.
        let mut live = vec![false; d.arms.len()];
        for (t, results) in &results {
            live[t.arm] |= results.iter().any(|(_, own)| *own == Own::Default);
        }
        let mut good: Vec<Candidate<'a>> = Vec::new();
        for (t, results) in results {
            for (node, own) in results {
                let default = match own {
                    Own::Default => !marked || d.arms.is_default(t.arm),
                    Own::NoDefault => false,
                    Own::Dead => d.arms.is_default(t.arm) && !live[t.arm],
                    Own::Plain => d.arms.is_default(t.arm),
                };
                self.merge(&mut good, &candidates[t.of].marks, t, node, default)?;
            }
        }
        Ok(good)
    }

    /// Adds a result to others, unless it is equal to one.
    fn merge(
        &self,
        good: &mut Vec<Candidate<'a>>,
        before: &[Vec<bool>],
        tried: &Tried<'a>,
        node: &'a Node<'a>,
        default: bool,
    ) -> Outcome<'a, ()> {
        let marks = extended(before, default);
        for other in good.iter_mut() {
            if self.same_arms(other.node, node)? && self.same_refusals(other.node, node) {
                merge_marks(&mut other.marks, marks);
                return Ok(());
            }
        }
        let chosen = node.extra.get().map_or(&[][..], |e| e.choices());
        let choices = if chosen.is_empty() { tried.choices.clone() } else { chosen.to_vec() };
        good.push(Candidate { node, choices, marks });
        Ok(())
    }

    /// Sets the results of a node.
    fn conclude(
        &self,
        node: &'a Node<'a>,
        candidates: Vec<Candidate<'a>>,
        steps: usize,
        had_default: bool,
    ) {
        let arms = results(&candidates, steps);
        if had_default && !arms.iter().any(|arm| arm.default) {
            node.set(flag::DEFAULTLESS);
        }
        if let [only] = candidates.as_slice() {
            if arms[0].default {
                node.set(flag::DEFAULT);
            }
            if !std::ptr::eq(only.node, node) {
                node.forward.set(Some(only.node));
            }
            return;
        }
        let extra = node.extra_or_new(self.bump);
        extra.arms.set(self.bump.alloc_slice_copy(&arms));
    }

    /// Whether all arms are values that need no node to be compared.
    fn is_simple(&self, d: &Disjunction<'a>) -> bool {
        match d.arms {
            Arms::Exprs(arms) => {
                arms.iter().all(|arm| leaves(&arm.expr).iter().all(ir::Expr::is_plain))
            }
            Arms::Vals(_, vals) => vals.iter().all(|(_, val)| !matches!(val, Val::Node(_))),
        }
    }

    /// What a node becomes with a simple arm, or why they don't go together.
    fn simple_arm(
        &self,
        node: &'a Node<'a>,
        d: &Disjunction<'a>,
        arm: usize,
    ) -> Outcome<'a, Result<&'a Node<'a>, &'a Bottom<'a>>> {
        let arms = match d.arms {
            Arms::Exprs(arms) => arms,
            Arms::Vals(_, vals) => {
                let val = vals[arm].1;
                return match self.simple_conflict(node, val, d.span)? {
                    Some(bottom) => Ok(Err(bottom)),
                    None => self.narrowed(node, val, d.span).map(Ok),
                };
            }
        };
        let leaves = leaves(&arms[arm].expr);
        let mut made = node;
        for leaf in leaves {
            let val = self.eval_here(self.package_root(0), leaf, d.cx.env)?;
            if let Some(bottom) = self.simple_conflict(made, val, d.span)? {
                return Ok(Err(bottom));
            }
            let is_scalar = !matches!(val, Val::Kind(_) | Val::Range(_) | Val::Bound(_));
            made = match is_scalar && leaves.len() == 1 {
                true => self.scalar_arm(leaf, val),
                false => self.narrowed(made, val, d.span)?,
            };
        }
        let Some(extra) = made.extra.get() else { return Ok(Ok(made)) };
        match self.check_bounds(made, extra) {
            Ok(()) => Ok(Ok(made)),
            Err(Stop::Bottom(bottom)) => Ok(Err(bottom)),
            Err(stop) => Err(stop),
        }
    }

    /// The node of an arm that is a scalar as written: whatever it goes with, it stays that scalar, so
    /// there is one for all.
    fn scalar_arm(&self, expr: &'a ir::Expr, val: Val<'a>) -> &'a Node<'a> {
        let key = std::ptr::from_ref(expr);
        if let Some(made) = self.scalar_arms.borrow().get(&key) {
            return made;
        }
        let made = Node::new(self.bump, None, Label::None);
        made.kind.set(self.kind_of(val));
        made.scalar.set(Some(val));
        made.span.set(expr.span);
        self.push(made, self.val_conjunct(val, expr.span));
        made.taken.set(1);
        made.state.set(State::Done);
        made.set(flag::ARM | flag::FRESH | flag::FINAL | flag::SETTLED | flag::CHECKED);
        self.scalar_arms.borrow_mut().insert(key, made);
        made
    }

    /// Disjunctions of scalars and types at a node without fields.
    fn resolve_simple(&self, node: &'a Node<'a>, pending: &[Disjunction<'a>]) -> Outcome<'a, ()> {
        let candidates = self.simple_candidates(node, pending)?;
        let had_default = pending.iter().any(|d| d.arms.is_marked());
        self.conclude(node, candidates, pending.len(), had_default);
        Ok(())
    }

    /// The default of what is known of a node whose other conjuncts wait for its value: with it the
    /// cycle is broken, and they are checks.
    pub(crate) fn provisional_default(&self, node: &'a Node<'a>) -> Outcome<'a, Option<Val<'a>>> {
        let Some(extra) = node.extra.get() else { return Ok(None) };
        if node.fields.get().is_some() || extra.disjunctions.is_empty() {
            return Ok(None);
        }
        let pending = self.pending(extra);
        if pending.is_empty() || !pending.iter().all(|d| self.is_simple(d)) {
            return Ok(None);
        }
        let candidates = self.simple_candidates(node, &pending)?;
        let arms = results(&candidates, pending.len());
        let mut defaults = arms.iter().filter(|arm| arm.default || arms.len() == 1);
        match (defaults.next(), defaults.next()) {
            (Some(only), None) => Ok(only.node.scalar.get()),
            _ => Ok(None),
        }
    }

    fn simple_candidates(
        &self,
        node: &'a Node<'a>,
        pending: &[Disjunction<'a>],
    ) -> Outcome<'a, Vec<Candidate<'a>>> {
        let mut candidates = vec![Candidate { node, choices: Vec::new(), marks: vec![Vec::new()] }];
        for d in pending {
            let marked = d.arms.is_marked();
            let mut good: Vec<Candidate<'a>> = Vec::new();
            let mut scalars = rustc_hash::FxHashSet::default();
            let mut failed = Vec::new();
            for candidate in &candidates {
                for arm in 0..d.arms.len() {
                    self.charge(1)?;
                    let made = match self.simple_arm(candidate.node, d, arm)? {
                        Ok(made) => made,
                        Err(bottom) => {
                            failed.push(bottom);
                            continue;
                        }
                    };
                    let marks = extended(&candidate.marks, marked && d.arms.is_default(arm));
                    let fresh = self.scalar_key(made).is_none_or(|key| scalars.insert(key));
                    let mut twin = None;
                    if !fresh || self.scalar_key(made).is_none() {
                        for (i, other) in good.iter().enumerate() {
                            if self.same_arms(other.node, made)? {
                                twin = Some(i);
                                break;
                            }
                        }
                    }
                    match twin {
                        Some(i) => merge_marks(&mut good[i].marks, marks),
                        None => good.push(Candidate { node: made, choices: Vec::new(), marks }),
                    }
                }
            }
            if good.is_empty() {
                return Err(Stop::Bottom(self.empty(Class::Eval, failed)));
            }
            candidates = good;
        }
        Ok(candidates)
    }

    /// Why a value does not go with a node that has no fields; `None` if it does.
    fn simple_conflict(
        &self,
        node: &'a Node<'a>,
        val: Val<'a>,
        span: Span,
    ) -> Outcome<'a, Option<&'a Bottom<'a>>> {
        let conflict = |old: Val<'a>| {
            let same = self.kind_of(old) == self.kind_of(val);
            let (a, b) = if same { (val, old) } else { (old, val) };
            let spans = [node.span.get(), span];
            self.bottom_why(Class::Eval, "cue/conflict", Span::NONE, Why::Conflict(a, b), &spans)
        };
        if node.kind.get().and(self.kind_of(val)).is_bottom() {
            return Ok(Some(conflict(self.known(node))));
        }
        if let (Val::Bound(bound), Some(scalar)) = (val, node.scalar.get())
            && !self.satisfies(scalar, bound)?
        {
            let why = Why::OutOfBound(scalar, val);
            let spans = [node.span.get()];
            let code = "cue/out-of-bound";
            return Ok(Some(self.bottom_why(Class::Eval, code, bound.span, why, &spans)));
        }
        let is_scalar = !matches!(val, Val::Kind(_) | Val::Bound(_) | Val::Range(_));
        if let (true, Some(scalar)) = (is_scalar, node.scalar.get()) {
            return Ok((!self.same_scalar(scalar, val)).then(|| conflict(scalar)));
        }
        let bounds = node.extra.get().map(|e| &e.bounds);
        if let (true, Some(bounds)) = (is_scalar, bounds) {
            for bound in bounds.iter() {
                if !self.satisfies(val, bound)? {
                    let why = Why::OutOfBound(val, Val::Bound(bound));
                    return Ok(Some(self.bottom_why(
                        Class::Eval,
                        "cue/out-of-bound",
                        bound.span,
                        why,
                        &[span],
                    )));
                }
            }
        }
        Ok(None)
    }

    /// A copy of a node without fields, unified with a value.
    fn narrowed(&self, node: &'a Node<'a>, val: Val<'a>, span: Span) -> Outcome<'a, &'a Node<'a>> {
        let made = Node::new(self.bump, node.parent, node.label);
        made.set(flag::ARM | flag::FRESH);
        made.presence.set(node.presence.get());
        made.kind.set(node.kind.get());
        made.scalar.set(node.scalar.get());
        made.span.set(node.span.get());
        if let Some(extra) = node.extra.get() {
            let copy = made.extra_or_new(self.bump);
            extra.bounds.iter().for_each(|b| copy.bounds.push(self.bump, b));
            extra.ranges.iter().for_each(|r| copy.ranges.push(self.bump, r));
        }
        self.push(made, self.val_conjunct(self.known(node), node.span.get()));
        self.push(made, self.val_conjunct(val, span));
        made.taken.set(made.conjuncts.len() as u32);
        let cx = Context {
            env: None,
            scope: None,
            origin: Origin::NONE,
            linked: false,
            recurs: false,
            place: Place::declared(None),
        };
        self.unify_val(made, val, span, cx)?;
        made.state.set(State::Done);
        made.set(flag::FINAL | flag::SETTLED | flag::CHECKED);
        Ok(made)
    }

    /// A conflict that can be seen without making a node: a scalar field of an arm against the node's
    /// own. The arm is a literal, or the name of a field that is made of literals.
    fn quick_conflict(
        &self,
        node: &'a Node<'a>,
        d: &Disjunction<'a>,
        arm: usize,
    ) -> Option<&'a Bottom<'a>> {
        let Arms::Exprs(arms) = d.arms else { return None };
        let expr = &arms[arm].expr;
        node.fields.get()?;
        if let ExprKind::Struct(lit) = &expr.kind {
            return self.literal_conflict(node, lit);
        }
        let target = self.named_field(expr, d.cx.env)?;
        target.conjuncts.iter().find_map(|conjunct| match conjunct.what {
            What::Expr(ir::Expr { kind: ExprKind::Struct(lit), .. }) => {
                self.literal_conflict(node, lit)
            }
            What::Struct(lit) => self.literal_conflict(node, lit),
            _ => None,
        })
    }

    fn literal_conflict(&self, node: &'a Node<'a>, lit: &'a ir::Struct) -> Option<&'a Bottom<'a>> {
        for field in &lit.fields {
            let Some(val) = literal_val(&field.value) else { continue };
            if field.presence == Presence::Optional {
                continue;
            }
            let found = self.entry(node, Label::Field(field.label));
            let Some(found) = found.filter(|f| f.presence.get() == Presence::Regular) else {
                continue;
            };
            let Some(scalar) = self.literal_scalar(found) else { continue };
            if !self.same_scalar(scalar, val) {
                let same = self.kind_of(scalar) == self.kind_of(val);
                let (a, b) = if same { (val, scalar) } else { (scalar, val) };
                let spans = [found.span.get(), field.value.span];
                let why = Why::Conflict(a, b);
                let bottom = self.bottom_why(Class::Eval, "cue/conflict", Span::NONE, why, &spans);
                return Some(self.bump.alloc(Bottom { at: Some(found), ..*bottom }));
            }
        }
        None
    }

    /// The scalar of a field that says so literally, whether it was evaluated or not.
    fn literal_scalar(&self, node: &'a Node<'a>) -> Option<Val<'a>> {
        if let Some(scalar) = node.scalar.get() {
            return Some(scalar);
        }
        node.conjuncts.iter().find_map(|conjunct| match conjunct.what {
            What::Expr(expr) => literal_val(expr),
            What::Val((val, _)) => match *val {
                Val::String(_) | Val::Bool(_) | Val::Null | Val::Int(_) => Some(*val),
                _ => None,
            },
            What::Struct(_) => None,
        })
    }
}

/// The operands of `&`, or the expression itself.
fn leaves(expr: &ir::Expr) -> &[ir::Expr] {
    match &expr.kind {
        ExprKind::And(operands) => operands,
        _ => std::slice::from_ref(expr),
    }
}

/// The value of an expression that is a scalar as written.
fn literal_val<'a>(expr: &'a ir::Expr) -> Option<Val<'a>> {
    match &expr.kind {
        ExprKind::String(s) => Some(Val::String(s)),
        ExprKind::Bool(b) => Some(Val::Bool(*b)),
        ExprKind::Null => Some(Val::Null),
        ExprKind::Number(Number::Small(i)) => Some(Val::Int(*i)),
        _ => None,
    }
}
