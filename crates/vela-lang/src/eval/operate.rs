//! Operators on concrete values.

use super::node::{Bottom, Env, Hint, Node, Val};
use super::{Eval, Outcome, Stop};
use crate::diagnostic::Class;
use crate::ir::{self, ExprKind};
use crate::number::Number;
use crate::source::Span;
use crate::std::host::Kind;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use std::cmp::Ordering;

/// How often a string may be repeated; the reference has the same limit.
const REPEAT_LIMIT: usize = 1_000_000;

impl<'a> Eval<'a> {
    pub(crate) fn binary(
        &self,
        at: &'a Node<'a>,
        first: &'a ir::Expr,
        rest: &'a [(BinaryOp, ir::Expr)],
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        let Some((op, _)) = rest.first() else { return self.eval(at, first, env) };
        let mut left = self.operand(at, *op, first, env);
        let mut span = first.span;
        for (op, expr) in rest {
            self.charge(1)?;
            let right = self.operand(at, *op, expr, env);
            // What is fatal on either side hides what is only incomplete on the other.
            let (l, r) = match (left, right) {
                (Ok(l), Ok(r)) => (l, r),
                (Err(Stop::Abort), _) | (_, Err(Stop::Abort)) => return Err(Stop::Abort),
                (Err(Stop::Bottom(a)), Err(Stop::Bottom(b))) => {
                    return Err(Stop::Bottom(if b.class > a.class { b } else { a }));
                }
                (Err(Stop::Bottom(b)), _) | (_, Err(Stop::Bottom(b)))
                    if b.class > Class::Incomplete =>
                {
                    return Err(Stop::Bottom(b));
                }
                (Err(Stop::Blocked), _) | (_, Err(Stop::Blocked)) => return Err(Stop::Blocked),
                (Err(stop), _) | (_, Err(stop)) => return Err(stop),
            };
            span = span.to(expr.span);
            left = self.apply(*op, span, first.span, l, r);
        }
        left
    }

    fn operand(
        &self,
        at: &'a Node<'a>,
        op: BinaryOp,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        self.concrete_for(at, expr, env, |e, val, _| {
            let text = format!("non-concrete value {} in operand to {}", e.show(val), op.text());
            e.incomplete("cue/operand", expr.span, &text)
        })
    }

    /// Applies an operator to two concrete values.
    pub(crate) fn apply(
        &self,
        op: BinaryOp,
        span: Span,
        at_left: Span,
        left: Val<'a>,
        right: Val<'a>,
    ) -> Outcome<'a, Val<'a>> {
        self.complete_operands(op, span, left, right)?;
        match op {
            BinaryOp::Equal | BinaryOp::NotEqual => {
                let equal = self.equal_operands(op, span, left, right)?;
                Ok(Val::Bool(equal == (op == BinaryOp::Equal)))
            }
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                match self.compare(left, right) {
                    Some(ordering) => Ok(Val::Bool(holds(op, ordering))),
                    None => self.invalid_operands(op, span, left, right),
                }
            }
            BinaryOp::LogicalAnd | BinaryOp::LogicalOr => self.logical(op, span, left, right),
            BinaryOp::Match | BinaryOp::NotMatch => {
                let matched = self.regex_operands(op, span, left, right)?;
                Ok(Val::Bool(matched == (op == BinaryOp::Match)))
            }
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
                self.arithmetic(op, span, at_left, left, right)
            }
            BinaryOp::And | BinaryOp::Or => {
                self.eval_error("vela/internal", span, "a lattice operator on values")
            }
        }
    }

    fn logical(
        &self,
        op: BinaryOp,
        span: Span,
        left: Val<'a>,
        right: Val<'a>,
    ) -> Outcome<'a, Val<'a>> {
        let Val::Bool(l) = left else { return self.wrong_operand(op, span, left, "bool") };
        // The left side decides: the kind of the right one is not looked at.
        if l == (op == BinaryOp::LogicalOr) {
            return Ok(Val::Bool(l));
        }
        let Val::Bool(r) = right else { return self.wrong_operand(op, span, right, "bool") };
        Ok(Val::Bool(r))
    }

    fn invalid_operands<T>(
        &self,
        op: BinaryOp,
        span: Span,
        left: Val<'a>,
        right: Val<'a>,
    ) -> Outcome<'a, T> {
        let text = format!(
            "invalid operands {} and {} to '{}' (type {} and {})",
            self.show(left),
            self.show(right),
            op.text(),
            self.kind_of(left),
            self.kind_of(right)
        );
        let bottom = self.bottom(Class::Eval, "cue/operands", span, &text);
        let string = |val| self.kind_of(val) == Kind::STRING;
        let hint = match op {
            BinaryOp::Add if string(left) != string(right) => {
                Hint::Say("values are put into a text by interpolation: \"\\(value)\"")
            }
            _ => Hint::None,
        };
        Err(Stop::Bottom(self.bump.alloc(Bottom { hint, ..*bottom })))
    }

    /// The order of two values of one kind; `None` where there is none.
    pub(crate) fn compare(&self, left: Val<'a>, right: Val<'a>) -> Option<Ordering> {
        match (left, right) {
            (Val::Int(a), Val::Int(b)) => Some(a.cmp(&b)),
            (Val::String(a), Val::String(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Val::Bytes(a), Val::Bytes(b)) => Some(a.cmp(b)),
            _ => Some(self.number(left)?.compare(&self.number(right)?)),
        }
    }

    fn equal_operands(
        &self,
        op: BinaryOp,
        span: Span,
        left: Val<'a>,
        right: Val<'a>,
    ) -> Outcome<'a, bool> {
        if let Some(ordering) = self.compare(left, right) {
            return Ok(ordering == Ordering::Equal);
        }
        match (left, right) {
            (Val::Null, Val::Null) => Ok(true),
            (Val::Bool(a), Val::Bool(b)) => Ok(a == b),
            (Val::Node(a), Val::Node(b)) if self.kind_of(left) == self.kind_of(right) => {
                self.equal_nodes(a, b)
            }
            (Val::Function(_), _) | (_, Val::Function(_)) => {
                self.invalid_operands(op, span, left, right)
            }
            _ => Ok(false),
        }
    }

    /// Fails where something below an operand is not concrete: only when it is does its kind count.
    pub(crate) fn complete_operands(
        &self,
        op: BinaryOp,
        span: Span,
        left: Val<'a>,
        right: Val<'a>,
    ) -> Outcome<'a, ()> {
        for (side, val) in [("left", left), ("right", right)] {
            let Val::Node(node) = val else { continue };
            if let Some(what) = self.first_incomplete(node)? {
                let kind = self.kind_of(left);
                let op = op.text();
                let text = format!("invalid {side}-hand value to '{op}' (type {kind}): {what}");
                return self.incomplete("cue/operand", span, &text);
            }
        }
        Ok(())
    }

    fn regex_operands(
        &self,
        op: BinaryOp,
        span: Span,
        left: Val<'a>,
        right: Val<'a>,
    ) -> Outcome<'a, bool> {
        let pattern = match right {
            Val::String(s) => s.to_owned(),
            Val::Bytes(b) => String::from_utf8_lossy(b).into_owned(),
            other => return self.wrong_operand(op, span, other, "string"),
        };
        let Val::String(text) = left else {
            return self.wrong_operand(op, span, left, "string");
        };
        match crate::std::regexp::is_match(&pattern, text) {
            Ok(matched) => Ok(matched),
            Err(message) => {
                self.eval_error("cue/regexp", span, &format!("invalid regexp: {message}"))
            }
        }
    }

    fn wrong_operand<T>(
        &self,
        op: BinaryOp,
        span: Span,
        val: Val<'a>,
        wanted: &str,
    ) -> Outcome<'a, T> {
        let text = format!(
            "cannot use {} (type {}) as type {wanted} in {}",
            self.show(val),
            self.kind_of(val),
            op.text()
        );
        self.eval_error("cue/operand", span, &text)
    }

    fn arithmetic(
        &self,
        op: BinaryOp,
        span: Span,
        at_left: Span,
        left: Val<'a>,
        right: Val<'a>,
    ) -> Outcome<'a, Val<'a>> {
        if let (Val::Int(a), Val::Int(b)) = (left, right) {
            let fast = match op {
                BinaryOp::Add => a.checked_add(b),
                BinaryOp::Subtract => a.checked_sub(b),
                BinaryOp::Multiply => a.checked_mul(b),
                _ => None,
            };
            if let Some(result) = fast {
                return Ok(Val::Int(result));
            }
        }
        if let (Some(a), Some(b)) = (self.number(left), self.number(right)) {
            let result = match op {
                BinaryOp::Add => a.add(&b),
                BinaryOp::Subtract => a.sub(&b),
                BinaryOp::Multiply => a.mul(&b),
                _ => a.div(&b),
            };
            return match result {
                Ok(number) => {
                    self.charge(1)?;
                    Ok(self.number_val(number))
                }
                Err(error) => self.eval_error(
                    "cue/arithmetic",
                    at_left,
                    &format!("failed arithmetic: {error}"),
                ),
            };
        }
        let is_list = |val: Val<'a>| self.kind_of(val) == Kind::LIST;
        match (op, left, right) {
            (BinaryOp::Add, Val::String(a), Val::String(b)) => {
                self.charge_text(a.len() + b.len())?;
                let mut text = bumpalo::collections::String::with_capacity_in(
                    a.len() + b.len(),
                    self.bump,
                );
                text.push_str(a);
                text.push_str(b);
                Ok(Val::String(text.into_bump_str()))
            }
            (BinaryOp::Add, Val::Bytes(a), Val::Bytes(b)) => {
                self.charge_text(a.len() + b.len())?;
                Ok(Val::Bytes(self.bump.alloc_slice_copy(&[a, b].concat())))
            }
            (BinaryOp::Multiply, Val::String(_) | Val::Bytes(_), Val::Int(_))
            | (BinaryOp::Multiply, Val::Int(_), Val::String(_) | Val::Bytes(_)) => {
                self.repeat(span, left, right)
            }
            (BinaryOp::Add, ..) if is_list(left) && is_list(right) => self.eval_error(
                "cue/list-arithmetic",
                span,
                "Addition of lists is superseded by list.Concat; see https://cuelang.org/e/v0.11-list-arithmetic",
            ),
            (BinaryOp::Multiply, ..) if is_list(left) || is_list(right) => self.eval_error(
                "cue/list-arithmetic",
                span,
                "Multiplication of lists is superseded by list.Repeat; see https://cuelang.org/e/v0.11-list-arithmetic",
            ),
            (BinaryOp::Subtract | BinaryOp::Divide, ..) => {
                let wrong = if self.number(left).is_none() { left } else { right };
                self.wrong_operand(op, span, wrong, "number")
            }
            _ => self.invalid_operands(op, span, left, right),
        }
    }

    fn repeat(&self, span: Span, left: Val<'a>, right: Val<'a>) -> Outcome<'a, Val<'a>> {
        let (what, times) = match (left, right) {
            (Val::Int(n), what) | (what, Val::Int(n)) => (what, n),
            _ => return self.invalid_operands(BinaryOp::Multiply, span, left, right),
        };
        let Ok(times) = usize::try_from(times) else {
            let text = "cannot convert negative number to uint64";
            return self.eval_error("cue/operand", span, text);
        };
        if times > REPEAT_LIMIT {
            let text = format!(
                "{} multiplication count {times} exceeds limit of {REPEAT_LIMIT}",
                self.kind_of(what)
            );
            return self.eval_error("cue/operand", span, &text);
        }
        let bytes = match what {
            Val::String(s) => s.as_bytes(),
            Val::Bytes(b) => b,
            _ => return self.invalid_operands(BinaryOp::Multiply, span, left, right),
        };
        let size = bytes.len().saturating_mul(times);
        self.charge_text(size)?;
        let repeated = self.bump.alloc_slice_copy(&bytes.repeat(times));
        Ok(match what {
            Val::String(_) => Val::String(self.bump.alloc_str(&String::from_utf8_lossy(repeated))),
            _ => Val::Bytes(repeated),
        })
    }

    pub(crate) fn unary(
        &self,
        at: &'a Node<'a>,
        span: Span,
        op: UnaryOp,
        operand: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        let fixed = match &operand.kind {
            ExprKind::Top | ExprKind::Bound(..) => true,
            ExprKind::Kind(kind) => !kind.and(operand_kind(op)).is_bottom(),
            ExprKind::Range(..) => op != UnaryOp::Not,
            _ => false,
        };
        if fixed {
            let source = self.source_text(operand);
            let text =
                format!("invalid operand {source} ('{}' requires concrete value)", op.text());
            return self.eval_error("cue/operand", operand.span, &text);
        }
        let val = self.concrete_for(at, operand, env, |e, val, kind| {
            if kind.and(operand_kind(op)).is_bottom() {
                let text = format!(
                    "invalid operation {}{} ({} {kind})",
                    op.text(),
                    e.show(val),
                    op.text()
                );
                return e.eval_error("cue/operand", span, &text);
            }
            let text = format!(
                "operand {} of '{}' not concrete (was {})",
                e.source_text(operand),
                op.text(),
                e.show(val)
            );
            e.incomplete("cue/operand", operand.span, &text)
        })?;
        match (op, val) {
            (UnaryOp::Not, Val::Bool(b)) => Ok(Val::Bool(!b)),
            (UnaryOp::Plus, Val::Int(_) | Val::Number(_)) => Ok(val),
            (UnaryOp::Minus, Val::Int(_) | Val::Number(_)) => {
                let number = self.number(val).unwrap_or(Number::Small(0));
                Ok(self.number_val(number.neg()))
            }
            _ => {
                let text = format!(
                    "invalid operation {}{} ({} {})",
                    op.text(),
                    self.show(val),
                    op.text(),
                    self.kind_of(val)
                );
                self.eval_error("cue/operand", span, &text)
            }
        }
    }
}

/// What a unary operator takes.
fn operand_kind(op: UnaryOp) -> Kind {
    if op == UnaryOp::Not { Kind::BOOL } else { Kind::NUMBER }
}

/// Whether an order satisfies a comparison.
pub(crate) fn holds(op: BinaryOp, ordering: Ordering) -> bool {
    match op {
        BinaryOp::Less => ordering.is_lt(),
        BinaryOp::LessEqual => ordering.is_le(),
        BinaryOp::Greater => ordering.is_gt(),
        BinaryOp::GreaterEqual => ordering.is_ge(),
        BinaryOp::Equal => ordering.is_eq(),
        _ => ordering.is_ne(),
    }
}
