//! Bounds, validators and patterns: what restricts a value without giving one.

use super::node::{
    Bound, Conjunct, Env, Label, Node, Origin, PatternConjunct, State, Val, What, Why, flag,
};
use super::{Eval, Outcome, Stop};
use crate::diagnostic::Class;
use crate::ir::{self, ExprKind, Symbol};
use crate::number::Number;
use crate::source::Span;
use crate::std::host::Kind;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use std::cmp::Ordering;

impl<'a> Eval<'a> {
    /// The operand of a bound.
    pub(crate) fn bound_value(
        &self,
        at: &'a Node<'a>,
        op: UnaryOp,
        operand: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        if matches!(operand.kind, ExprKind::Kind(_) | ExprKind::Range(..)) {
            let text = "bound has fixed non-concrete value";
            return self.eval_error("cue/bound", operand.span, text);
        }
        let val = self.concrete_for(at, operand, env, |e, _, _| {
            let text =
                format!("non-concrete value {} for bound {}", e.source_text(operand), op.text());
            e.incomplete("cue/bound", operand.span, &text)
        })?;
        let kind = self.kind_of(val);
        let equality = matches!(op, UnaryOp::NotEqual | UnaryOp::Equal);
        match val {
            Val::Null | Val::Node(_) if equality => Ok(val),
            Val::Null | Val::Node(_) => self.eval_error(
                "cue/bound",
                operand.span,
                &format!("cannot use {kind} for bound {}", op.text()),
            ),
            Val::Bool(_) | Val::Function(_) => self.eval_error(
                "cue/bound",
                operand.span,
                &format!("invalid value {} (type {kind}) for bound {}", self.show(val), op.text()),
            ),
            _ => Ok(val),
        }
    }

    /// The kinds that a bound admits.
    pub(crate) fn bound_kind(&self, bound: &Bound<'a>) -> Kind {
        match bound.value {
            Val::Int(_) | Val::Number(_) => Kind::NUMBER,
            Val::Null => Kind::TOP.without(Kind::NULL),
            other => self.kind_of(other),
        }
    }

    /// Adds a bound, dropping what it makes superfluous.
    pub(crate) fn add_bound(&self, node: &'a Node<'a>, bound: &'a Bound<'a>) {
        let bounds = &node.extra_or_new(self.bump).bounds;
        let mut keep = true;
        let mut dropped: Vec<*const Bound<'a>> = Vec::new();
        for other in bounds.iter() {
            match self.stronger(other, bound) {
                Some(Ordering::Less) => dropped.push(other),
                Some(_) => keep = false,
                None => {}
            }
        }
        bounds.retain(|b| !dropped.contains(&std::ptr::from_ref(*b)));
        if keep {
            bounds.push(self.bump, bound);
        }
    }

    /// `Less` where `a` follows from `b`, `Greater` where `b` follows from `a`.
    fn stronger(&self, a: &Bound<'a>, b: &Bound<'a>) -> Option<Ordering> {
        use UnaryOp::{Greater, GreaterEqual, Less, LessEqual, NotEqual};
        if a.op == b.op && self.same_scalar(a.value, b.value) {
            return Some(Ordering::Equal);
        }
        let order = self.compare(a.value, b.value)?;
        match (a.op, b.op) {
            (Less | LessEqual, Less | LessEqual) => Some(match order {
                Ordering::Less => Ordering::Greater,
                Ordering::Greater => Ordering::Less,
                Ordering::Equal if a.op == Less => Ordering::Greater,
                Ordering::Equal => Ordering::Less,
            }),
            (Greater | GreaterEqual, Greater | GreaterEqual) => Some(match order {
                Ordering::Greater => Ordering::Greater,
                Ordering::Less => Ordering::Less,
                Ordering::Equal if a.op == Greater => Ordering::Greater,
                Ordering::Equal => Ordering::Less,
            }),
            // An order that keeps the value out says that it isn't equal to it.
            (NotEqual, Less | LessEqual | Greater | GreaterEqual) => {
                (!order_holds(b.op, order)).then_some(Ordering::Less)
            }
            (Less | LessEqual | Greater | GreaterEqual, NotEqual) => {
                (!order_holds(a.op, order.reverse())).then_some(Ordering::Greater)
            }
            _ => None,
        }
    }

    /// Adds the bounds of a predeclared range.
    pub(crate) fn add_range(
        &self,
        node: &'a Node<'a>,
        expr: &'a ir::Expr,
        low: Option<&'a Number>,
        high: Option<&'a Number>,
    ) {
        let sides = [(UnaryOp::GreaterEqual, low), (UnaryOp::LessEqual, high)];
        for (op, number) in sides {
            if let Some(number) = number {
                let value = self.number_val(number.clone());
                let bound = self.bump.alloc(Bound { op, value, span: Span::NONE });
                self.add_bound(node, bound);
            }
        }
        node.extra_or_new(self.bump).ranges.push(self.bump, expr);
    }

    /// Whether a value satisfies a bound.
    pub(crate) fn satisfies(&self, val: Val<'a>, bound: &Bound<'a>) -> Outcome<'a, bool> {
        let other = bound.value;
        Ok(match bound.op {
            UnaryOp::NotEqual | UnaryOp::Equal => {
                self.complete_operands(BinaryOp::NotEqual, bound.span, val, other)?;
                let equal = match (val, other) {
                    (Val::Node(a), Val::Node(b)) => {
                        self.kind_of(val) == self.kind_of(other) && self.equal_nodes(a, b)?
                    }
                    _ => self
                        .compare(val, other)
                        .map_or_else(|| self.same_scalar(val, other), |o| o.is_eq()),
                };
                equal == (bound.op == UnaryOp::Equal)
            }
            UnaryOp::Match | UnaryOp::NotMatch => {
                let (Val::String(text), Val::String(pattern)) = (val, other) else {
                    return Ok(false);
                };
                match crate::std::regexp::is_match(pattern, text) {
                    Ok(matched) => matched == (bound.op == UnaryOp::Match),
                    Err(message) => {
                        let text = format!("invalid regexp: {message}");
                        return self.eval_error("cue/regexp", bound.span, &text);
                    }
                }
            }
            op => self.compare(val, other).is_some_and(|order| order_holds(op, order)),
        })
    }

    /// Checks bounds and validators of a node against its value, or against each other.
    pub(crate) fn check_value(&self, node: &'a Node<'a>) -> Outcome<'a, ()> {
        let Some(extra) = node.extra.get() else { return Ok(()) };
        if self.fatal_error(node).is_some() || node.has(flag::CHECKED) {
            return Ok(());
        }
        if extra.bounds.is_empty() && extra.validators.is_empty() {
            return Ok(());
        }
        self.check_bounds(node, extra)?;
        if self.fatal_error(node).is_none() && !extra.validators.is_empty() {
            self.check_validators(node, extra)?;
        }
        node.set(flag::CHECKED);
        Ok(())
    }

    pub(crate) fn check_bounds(
        &self,
        node: &'a Node<'a>,
        extra: &'a super::node::Extra<'a>,
    ) -> Outcome<'a, ()> {
        if extra.bounds.is_empty() {
            return Ok(());
        }
        let kind = node.kind.get();
        let val = match node.scalar.get() {
            Some(scalar) => scalar,
            None if kind == Kind::STRUCT || kind == Kind::LIST => Val::Node(node),
            None => return self.check_against_each_other(node, extra),
        };
        for bound in extra.bounds.iter() {
            if !self.satisfies(val, bound)? {
                let why = Why::OutOfBound(val, Val::Bound(bound));
                let spans = [bound.span, node.span.get()];
                let own = bound.span;
                let bottom = self.bottom_why(Class::Eval, "cue/out-of-bound", own, why, &spans);
                return Err(Stop::Bottom(bottom));
            }
        }
        Ok(())
    }

    fn check_against_each_other(
        &self,
        node: &'a Node<'a>,
        extra: &'a super::node::Extra<'a>,
    ) -> Outcome<'a, ()> {
        use UnaryOp::{Greater, GreaterEqual, Less, LessEqual};
        let low = extra.bounds.iter().find(|b| matches!(b.op, Greater | GreaterEqual));
        let high = extra.bounds.iter().find(|b| matches!(b.op, Less | LessEqual));
        let (Some(low), Some(high)) = (low, high) else { return Ok(()) };
        let Some(order) = self.compare(low.value, high.value) else { return Ok(()) };
        let strict = low.op == Greater || high.op == Less;
        let fails = order.is_gt() || (order.is_eq() && strict);
        let is_int = node.kind.get() == Kind::INT;
        let what = match self.kind_of(low.value) {
            Kind::STRING => "string",
            Kind::BYTES => "bytes",
            _ if is_int => "integer",
            _ => "number",
        };
        let spans = [low.span, high.span];
        if fails {
            let text = format!(
                "incompatible {what} bounds {} and {}",
                self.show(Val::Bound(high)),
                self.show(Val::Bound(low))
            );
            let bottom = self.bottom(Class::Eval, "cue/bounds", Span::NONE, &text);
            let bottom = self.bump.alloc(super::node::Bottom {
                spans: self.bump.alloc_slice_copy(&spans),
                ..*bottom
            });
            return Err(Stop::Bottom(bottom));
        }
        if is_int && self.no_int_between(low, high) {
            let text = format!(
                "incompatible integer bounds {} and {}",
                self.show(Val::Bound(low)),
                self.show(Val::Bound(high))
            );
            return self.eval_error("cue/bounds", Span::NONE, &text);
        }
        Ok(())
    }

    fn no_int_between(&self, low: &Bound<'a>, high: &Bound<'a>) -> bool {
        let (Some(l), Some(h)) = (self.number(low.value), self.number(high.value)) else {
            return false;
        };
        let one = Number::Small(1);
        let first = match (l.ceil(), low.op) {
            (Ok(c), UnaryOp::Greater) if c.compare(&l).is_eq() => c.add(&one),
            (c, _) => c,
        };
        let last = match (h.floor(), high.op) {
            (Ok(f), UnaryOp::Less) if f.compare(&h).is_eq() => f.sub(&one),
            (f, _) => f,
        };
        matches!((first, last), (Ok(f), Ok(l)) if f.compare(&l).is_gt())
    }

    /// Whether a label matches a pattern.
    pub(crate) fn pattern_matches(
        &self,
        node: &'a Node<'a>,
        p: PatternConjunct<'a>,
        label: Symbol,
    ) -> Outcome<'a, bool> {
        self.charge(1)?;
        match &p.pattern.pattern.kind {
            ExprKind::Top => return Ok(true),
            ExprKind::Kind(kind) => return Ok(!kind.and(Kind::STRING).is_bottom()),
            _ => {}
        }
        let text = self.symbols.borrow().text(label).clone();
        let text: &'a str = self.bump.alloc_str(&text);
        if let ExprKind::String(s) = &p.pattern.pattern.kind {
            return Ok(**s == *text);
        }
        let val = self.eval(node, &p.pattern.pattern, Some(p.env))?;
        match val {
            Val::String(s) => Ok(s == text),
            Val::Kind(kind) => Ok(!kind.and(Kind::STRING).is_bottom()),
            Val::Bound(bound) => Ok(!self.bound_kind(bound).and(Kind::STRING).is_bottom()
                && self.satisfies(Val::String(text), bound)?),
            Val::Node(target) => {
                let test = Node::new(self.bump, Some(node), Label::None);
                self.push(
                    test,
                    Conjunct {
                        what: What::Expr(&p.pattern.pattern),
                        env: Some(p.env),
                        scope: None,
                        origin: Origin::NONE,
                        linked: false,
                        declared: None,
                    },
                );
                self.push(test, self.val_conjunct(Val::String(text), Span::NONE));
                self.shallow(test)?;
                if test.state.get() != State::Done {
                    self.need_settled(target)?;
                }
                match test.target().error() {
                    Some(bottom) if bottom.code == "cue/regexp" => Err(Stop::Bottom(bottom)),
                    error => Ok(error.is_none()),
                }
            }
            _ => Ok(false),
        }
    }

    /// Whether a pattern matches every label: then it opens the struct.
    pub(crate) fn pattern_takes_all(&self, pattern: &ir::Pattern) -> bool {
        match &pattern.pattern.kind {
            ExprKind::Top => true,
            ExprKind::Kind(kind) => *kind == Kind::STRING || *kind == Kind::TOP,
            _ => false,
        }
    }
}

fn order_holds(op: UnaryOp, order: Ordering) -> bool {
    match op {
        UnaryOp::Less => order.is_lt(),
        UnaryOp::LessEqual => order.is_le(),
        UnaryOp::Greater => order.is_gt(),
        UnaryOp::GreaterEqual => order.is_ge(),
        UnaryOp::NotEqual => order.is_ne(),
        _ => order.is_eq(),
    }
}
