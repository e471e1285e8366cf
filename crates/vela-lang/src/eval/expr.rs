//! Values of expressions.

use super::disjunct::CYCLE_IN_DISJUNCTION;
use super::node::{Bound, Conjunct, Env, Label, Node, Origin, State, Val, What, flag};
use super::{Eval, Outcome, Stop};
use crate::diagnostic::Class;
use crate::ir::{self, ExprKind, Piece};
use crate::number::Number;
use crate::source::Span;
use crate::std::host::Kind;

/// What a value is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// An operator, a condition, an index: where it waits for what is computed from it, that is a cycle.
    Operand,
    /// A function: what waits for its result is just not known.
    Argument,
}

impl<'a> Eval<'a> {
    /// The value of an expression. Structs, lists and what is no known scalar come as nodes.
    pub(crate) fn eval(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        self.deeper(|| self.eval_here(at, expr, env))
    }

    pub(crate) fn eval_here(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        self.doing.set(expr.span);
        self.charge(1)?;
        match &expr.kind {
            ExprKind::Bottom => {
                let text = "explicit error (_|_ literal) in source";
                Err(Stop::Bottom(self.bottom(Class::User, "cue/explicit-error", expr.span, text)))
            }
            ExprKind::Null => Ok(Val::Null),
            ExprKind::Bool(b) => Ok(Val::Bool(*b)),
            ExprKind::Number(Number::Small(i)) => Ok(Val::Int(*i)),
            ExprKind::Number(n) => Ok(Val::Number(n)),
            ExprKind::String(s) => Ok(Val::String(s)),
            ExprKind::Bytes(b) => Ok(Val::Bytes(b)),
            ExprKind::Top => Ok(Val::Kind(Kind::TOP)),
            ExprKind::Kind(kind) => Ok(Val::Kind(*kind)),
            ExprKind::Range(..) => Ok(Val::Range(expr)),
            ExprKind::Core(_) => Ok(Val::Function(expr)),
            ExprKind::Builtin(_, function) => Ok(self.function_value(expr, function, env)),
            ExprKind::Field { .. }
            | ExprKind::DynamicField { .. }
            | ExprKind::Let { .. }
            | ExprKind::Variable { .. }
            | ExprKind::Import(_)
            | ExprKind::Select(..)
            | ExprKind::Index(..) => {
                let (node, _) = self.resolve_path(at, expr, env)?;
                self.value_of(node)
            }
            ExprKind::Slice(base, low, high) => {
                self.slice(at, expr.span, base, low.as_deref(), high.as_deref(), env)
            }
            ExprKind::Unary(op, operand) => self.unary(at, expr.span, *op, operand, env),
            ExprKind::Binary(first, rest) => self.binary(at, first, rest, env),
            ExprKind::Bound(op, operand) => {
                let value = self.bound_value(at, *op, operand, env)?;
                let bound: &'a Bound<'a> =
                    self.bump.alloc(Bound { op: *op, value, span: expr.span });
                Ok(Val::Bound(bound))
            }
            ExprKind::IsBottom(equal, operand) => {
                Ok(Val::Bool(self.is_bottom(at, operand, env)? == *equal))
            }
            ExprKind::Interpolation(bytes, pieces) => {
                self.interpolate(at, expr.span, *bytes, pieces, env)
            }
            ExprKind::Call(function, args) => self.call(at, expr, function, args, env),
            ExprKind::Maybe(inner) => self.maybe(at, inner, env),
            ExprKind::Struct(_)
            | ExprKind::List(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Alias(_)
            | ExprKind::Open(_)
            | ExprKind::CloseAll(..)
            | ExprKind::BuiltinPackage(_) => {
                let node = self.inline(at, expr, env);
                self.value_of(node)
            }
        }
    }

    /// The value of a node as far as it is known: its scalar, or the node itself.
    pub(crate) fn value_of(&self, node: &'a Node<'a>) -> Outcome<'a, Val<'a>> {
        self.shallow(node)?;
        let node = node.target();
        if let Some(bottom) = self.fatal_error(node) {
            return Err(Stop::Bottom(bottom));
        }
        match node.scalar.get() {
            Some(scalar) if node.fields.get().is_none() => {
                self.note_haste(node);
                Ok(scalar)
            }
            _ => Ok(Val::Node(node)),
        }
    }

    /// Of what is only part of an expression and not whole yet nobody else will see that it fails.
    fn note_haste(&self, node: &'a Node<'a>) {
        if node.label == Label::None && node.state.get() == State::Stuck {
            self.hasty.set(true);
        }
    }

    /// The value for an operand: a scalar, a struct or a list, with its default taken. `fail` makes
    /// the error for what is not concrete, from the value and its kind.
    pub(crate) fn concrete_for(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
        fail: impl FnOnce(&Self, Val<'a>, Kind) -> Outcome<'a, Val<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        self.value_for(Use::Operand, at, expr, env, fail)
    }

    /// As [`Eval::concrete_for`], for an argument.
    pub(crate) fn argument_for(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
        fail: impl FnOnce(&Self, Val<'a>, Kind) -> Outcome<'a, Val<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        self.value_for(Use::Argument, at, expr, env, fail)
    }

    fn value_for(
        &self,
        used: Use,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
        fail: impl FnOnce(&Self, Val<'a>, Kind) -> Outcome<'a, Val<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        let val = self.eval(at, expr, env)?;
        self.concrete(used, val, expr.span, fail)
            .map_err(|stop| self.hinted(stop, super::node::Hint::Needs(at, expr, env)))
    }

    /// As [`Eval::concrete_for`], for a value that is there.
    pub(crate) fn concrete(
        &self,
        used: Use,
        val: Val<'a>,
        span: Span,
        fail: impl FnOnce(&Self, Val<'a>, Kind) -> Outcome<'a, Val<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        let Val::Node(node) = val else {
            return match val {
                Val::Kind(kind) => fail(self, val, kind),
                Val::Range(_) | Val::Bound(_) | Val::Validator(_) => {
                    fail(self, val, self.kind_of(val))
                }
                _ => Ok(val),
            };
        };
        if self.force.get()
            && node.state.get() != State::Done
            && !self.forced_chooses()
            && let Some(default) = self.provisional_default(node)?
        {
            return Ok(default);
        }
        if used == Use::Operand {
            self.check_cycle(node, span)?;
        }
        if let Some(bottom) = node.target().error().filter(|b| b.class == Class::Cycle) {
            return Err(Stop::Bottom(bottom));
        }
        let node = self.default_of(node, span)?;
        if let Some(scalar) = node.scalar.get() {
            self.note_haste(node);
            return Ok(scalar);
        }
        if let Some(bottom) = node.error() {
            return Err(Stop::Bottom(bottom));
        }
        let kind = node.kind.get();
        if kind == Kind::STRUCT || kind == Kind::LIST {
            return Ok(Val::Node(node));
        }
        self.need_settled(node)?;
        fail(self, self.known_top(node), kind)
    }

    /// Fails where a node waits for what is evaluated now, and nothing is known of its value.
    fn check_cycle(&self, node: &'a Node<'a>, span: Span) -> Outcome<'a, ()> {
        if !self.force.get() || !self.is_awaited(node) {
            return Ok(());
        }
        if node.has(flag::ARM) || node.extra.get().is_some_and(|extra| self.undecided(extra)) {
            return self.cycle_in_disjunction(node, span);
        }
        if self.is_unknown_cycle(node) { self.cycle(node, span) } else { Ok(()) }
    }

    /// Whether what is known of a node, which is not its value yet, waits for what is evaluated now.
    fn is_awaited(&self, node: &'a Node<'a>) -> bool {
        let waits = || self.forced.borrow().iter().any(|forced| std::ptr::eq(*forced, node));
        node.scalar.get().is_none()
            && node.fields.get().is_none()
            && match node.state.get() {
                State::Running => true,
                State::New | State::Stuck => waits(),
                State::Done => false,
            }
    }

    /// Whether nothing at all is known of a node and of those that wait for it and are waited for.
    fn is_unknown_cycle(&self, node: &'a Node<'a>) -> bool {
        let unknown = |node: &Node<'a>| Kind::TOP.within(node.kind.get());
        let forced = self.forced.borrow();
        let first = forced.iter().position(|forced| std::ptr::eq(*forced, node));
        unknown(node) && first.is_none_or(|first| forced[first..].iter().all(|n| unknown(n)))
    }

    /// An arm that needs the value of its disjunction doesn't fail: which arm is taken is not decided
    /// by what it would say if another were.
    fn cycle_in_disjunction<T>(&self, node: &'a Node<'a>, span: Span) -> Outcome<'a, T> {
        let label = self.label_text(node.label);
        let text = format!("ambiguous default elimination by referencing {label}");
        Err(Stop::Bottom(self.bottom(Class::Cycle, CYCLE_IN_DISJUNCTION, span, &text)))
    }

    fn cycle<T>(&self, node: &'a Node<'a>, span: Span) -> Outcome<'a, T> {
        let text = format!("cycle with field: {}", self.label_text(node.label));
        Err(Stop::Bottom(self.bottom(Class::Cycle, "cue/cycle", span, &text)))
    }

    /// What a node that is not concrete shows as.
    pub(crate) fn known_top(&self, node: &'a Node<'a>) -> Val<'a> {
        if node.arms().is_empty()
            && node.fields.get().is_none()
            && node.extra.get().is_none_or(|e| e.bounds.is_empty() && e.validators.is_empty())
        {
            return Val::Kind(node.kind.get());
        }
        Val::Node(node)
    }

    /// `x == _|_`: whether a value is an error, absent, or a type where a value should be.
    fn is_bottom(
        &self,
        at: &'a Node<'a>,
        operand: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, bool> {
        let val = match self.eval(at, operand, env) {
            Ok(val) => val,
            Err(Stop::Bottom(bottom)) => {
                if bottom.class == Class::Cycle {
                    return Err(Stop::Bottom(bottom));
                }
                return Ok(true);
            }
            Err(stop) => return Err(stop),
        };
        match val {
            Val::Node(node) => {
                let node = node.target();
                if node.scalar.get().is_some() {
                    return Ok(false);
                }
                if let Some(bottom) = self.fatal_error(node) {
                    return Ok(bottom.class != Class::Cycle);
                }
                if !at.is_within(node) {
                    self.deep(node)?;
                }
                if self.child_error(node).is_some() {
                    return Ok(true);
                }
                if !node.arms().is_empty() {
                    return Ok(false);
                }
                let kind = node.kind.get();
                let waits = node.state.get() == State::Stuck && !self.force.get();
                if waits && !at.is_within(node) {
                    return Err(Stop::Blocked);
                }
                if node.error().is_some() {
                    return Ok(true);
                }
                if node.fields.get().is_some() && (kind == Kind::STRUCT || kind == Kind::LIST) {
                    return Ok(false);
                }
                self.need_settled(node)?;
                if node.error().is_some() {
                    return Ok(true);
                }
                let scalar = Kind::STRUCT.or(Kind::LIST).or(Kind::NULL);
                Ok(kind.and(scalar).is_bottom())
            }
            Val::Kind(kind) => Ok(kind.and(Kind::STRUCT.or(Kind::LIST)).is_bottom()),
            Val::Range(_) | Val::Validator(_) => Ok(true),
            Val::Bound(bound) => Ok(!matches!(bound.value, Val::Null)),
            _ => Ok(false),
        }
    }

    fn interpolate(
        &self,
        at: &'a Node<'a>,
        span: Span,
        bytes: bool,
        pieces: &'a [Piece],
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        let mut out: Vec<u8> = Vec::new();
        for piece in pieces {
            let expr = match piece {
                Piece::Text(text) => {
                    self.charge(text.len() as u64 / 64)?;
                    out.extend_from_slice(text);
                    continue;
                }
                Piece::Expr(expr) => expr,
            };
            let result = self.concrete_for(at, expr, env, |e, val, _| {
                let kind = e.kind_of(val);
                let text = format!(
                    "invalid interpolation: non-concrete value {} (type {kind})",
                    e.show(val)
                );
                e.incomplete("cue/interpolation", span, &text)
            });
            let val = match result {
                Err(Stop::Bottom(bottom)) if !is_interpolation(bottom) => {
                    let why = super::node::Why::Within("invalid interpolation: ", bottom);
                    let wrapped =
                        self.bottom_why(bottom.class, bottom.code, span, why, bottom.spans);
                    return Err(Stop::Bottom(wrapped));
                }
                other => other?,
            };
            match val {
                Val::String(s) => {
                    self.charge(s.len() as u64 / 64)?;
                    out.extend_from_slice(s.as_bytes());
                }
                Val::Bytes(b) if bytes => out.extend_from_slice(b),
                Val::Bytes(b) => out.extend_from_slice(valid_text(b).as_bytes()),
                Val::Bool(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
                Val::Int(_) | Val::Number(_) => {
                    if let Some(number) = self.number(val) {
                        out.extend_from_slice(number.json_text().as_bytes());
                    }
                }
                other => {
                    let text = format!(
                        "invalid interpolation: cannot use {} (type {}) as type (bool|string|bytes|number)",
                        self.show(other),
                        self.kind_of(other)
                    );
                    return self.eval_error("cue/interpolation", span, &text);
                }
            }
            if out.len() > self.limits.longest() {
                return Err(self.give_up("limit/memory", "a string gets too long"));
            }
        }
        if bytes {
            return Ok(Val::Bytes(self.bump.alloc_slice_copy(&out)));
        }
        Ok(Val::String(self.bump.alloc_str(&valid_text(&out))))
    }

    /// A number as the arithmetic has it.
    pub(crate) fn number(&self, val: Val<'a>) -> Option<Number> {
        match val {
            Val::Int(i) => Some(Number::Small(i)),
            Val::Number(n) => Some(n.clone()),
            _ => None,
        }
    }

    /// A number as a value.
    pub(crate) fn number_val(&self, number: Number) -> Val<'a> {
        match number {
            Number::Small(i) => Val::Int(i),
            other => Val::Number(self.arena.numbers.alloc(other)),
        }
    }

    /// The kind of a value; of a node, the kinds that it may have.
    pub(crate) fn kind_of(&self, val: Val<'a>) -> Kind {
        match val {
            Val::Null => Kind::NULL,
            Val::Bool(_) => Kind::BOOL,
            Val::Int(_) => Kind::INT,
            Val::Number(n) if n.is_int() => Kind::INT,
            Val::Number(_) => Kind::FLOAT,
            Val::String(_) => Kind::STRING,
            Val::Bytes(_) => Kind::BYTES,
            Val::Function(_) => Kind::FUNC,
            Val::Frozen(value) => value.kind(),
            Val::List(_) => Kind::LIST,
            Val::Struct(_) => Kind::STRUCT,
            Val::Kind(kind) => kind,
            Val::Range(expr) => match &expr.kind {
                ExprKind::Range(range) => range.kind,
                _ => Kind::TOP,
            },
            Val::Bound(bound) => self.bound_kind(bound),
            Val::Validator(validator) => validator.kind,
            Val::Node(node) => {
                let node = node.target();
                if let Some(scalar) = node.scalar.get() {
                    return self.kind_of(scalar);
                }
                let arms = node.arms();
                if arms.is_empty() {
                    return node.kind.get();
                }
                arms.iter()
                    .fold(Kind::BOTTOM, |kind, arm| kind.or(self.kind_of(Val::Node(arm.node))))
            }
        }
    }

    /// A new list of values.
    pub(crate) fn list_of(&self, at: &'a Node<'a>, vals: &[Val<'a>]) -> Outcome<'a, Val<'a>> {
        let node = Node::new(self.bump, Some(at), Label::None);
        self.fill_list(node, vals)?;
        self.value_of(node)
    }

    /// A conjunct for a value.
    pub(crate) fn val_conjunct(&self, val: Val<'a>, span: Span) -> Conjunct<'a> {
        Conjunct {
            what: What::Val(self.bump.alloc((val, span))),
            env: None,
            scope: None,
            origin: Origin::NONE,
            linked: false,
            declared: None,
        }
    }
}

fn is_interpolation(bottom: &super::node::Bottom<'_>) -> bool {
    bottom.code == "cue/interpolation"
}

/// Bytes as text; what is not UTF-8 becomes one replacement character a run.
fn valid_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let run_goes_on = chunk.valid().is_empty() && text.ends_with('\u{FFFD}');
        if !chunk.invalid().is_empty() && !run_goes_on {
            text.push('\u{FFFD}');
        }
    }
    text
}
