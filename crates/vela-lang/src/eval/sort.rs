//! Sorting by a comparator that is a CUE struct: `{x: _, y: _, less: x.key < y.key}`.
//!
//! To unify the comparator with both elements for each comparison would make a dozen nodes each time.
//! Instead the elements are unified once each with what the comparator says of `x` and of `y`, and
//! `less` is evaluated in an environment whose `x` and `y` are two nodes that are set to forward to
//! the elements in question. That is the same as long as `less` reads nothing of the comparator but
//! `x` and `y`, and these say nothing of each other; otherwise the comparator is unified as a whole.
//!
//! Cost: `n log n` evaluations of `less`, and at most `2n` new nodes.

use super::expr::Use;
use super::node::{Binds, Entry, Env, Label, Node, State, Val, What, flag};
use super::{Eval, Outcome, Stop};
use crate::ir::{self, ExprKind, Piece, Symbol};
use crate::source::Span;
use crate::std::host::Kind;
use std::cell::OnceCell;

/// A comparator, ready to compare elements of one list.
pub(crate) struct Comparator<'a> {
    node: &'a Node<'a>,
    at: &'a Node<'a>,
    elements: Vec<&'a Node<'a>>,
    less: Symbol,
    direct: Option<Direct<'a>>,
}

/// What evaluates `less` without unifying the comparator.
struct Direct<'a> {
    less: &'a ir::Expr,
    env: &'a Env<'a>,
    x: Operand<'a>,
    y: Operand<'a>,
}

/// One of `x` and `y`.
struct Operand<'a> {
    /// What the comparator says of it; nothing where it takes all elements as they are.
    says: Option<&'a Node<'a>>,
    /// What `less` reads.
    slot: &'a Node<'a>,
    /// The elements as operands, as far as they were made.
    made: Vec<Option<&'a Node<'a>>>,
}

impl<'a> Eval<'a> {
    /// A comparator for these elements; nothing where it has no field `less`.
    pub(crate) fn comparator(
        &self,
        at: &'a Node<'a>,
        node: &'a Node<'a>,
        elements: Vec<&'a Node<'a>>,
    ) -> Option<Comparator<'a>> {
        let less = self.symbols.borrow_mut().regular("less");
        self.entry(node, Label::Field(less))?;
        let direct = self.direct(at, node, less, &elements);
        Some(Comparator { node, at, elements, less, direct })
    }

    fn direct(
        &self,
        at: &'a Node<'a>,
        node: &'a Node<'a>,
        less: Symbol,
        elements: &[&'a Node<'a>],
    ) -> Option<Direct<'a>> {
        let (x, y) = {
            let mut symbols = self.symbols.borrow_mut();
            (symbols.regular("x"), symbols.regular("y"))
        };
        if !node.fields.get()?.patterns.is_empty() {
            return None;
        }
        let field = self.entry(node, Label::Field(less))?;
        let (Some(conjunct), 1) = (field.conjuncts.get(0), field.conjuncts.len()) else {
            return None;
        };
        let (What::Expr(expr), Some(env)) = (conjunct.what, conjunct.env) else { return None };
        let Binds::Struct { node: bound, lit, .. } = &env.binds else { return None };
        let reads = |label: Symbol| label == x || label == y;
        if !std::ptr::eq(*bound, node) || !lit.lets.is_empty() || !reads_only(expr, &reads) {
            return None;
        }
        let scratch = Node::new(self.bump, Some(at), Label::None);
        scratch.kind.set(Kind::STRUCT);
        scratch.state.set(State::Done);
        scratch.set(flag::SETTLED | flag::STRUCT);
        let fields = scratch.fields_or_new(self.bump);
        let operand = |label: Symbol| {
            let says = self.entry(node, Label::Field(label))?;
            let others = |read: Symbol| read != x && read != y && read != less;
            let mut trivial = true;
            for conjunct in says.conjuncts.iter() {
                let What::Expr(expr) = conjunct.what else { return None };
                if !takes_all(expr, elements) {
                    trivial = false;
                    if !reads_only(expr, &others) {
                        return None;
                    }
                }
            }
            let slot = Node::new(self.bump, Some(scratch), Label::Field(label));
            slot.state.set(State::Done);
            slot.set(flag::SETTLED);
            fields.entries.push(self.bump, Entry { label: Label::Field(label), node: slot });
            let made = vec![None; elements.len()];
            Some(Operand { says: (!trivial).then_some(says), slot, made })
        };
        let (x, y) = (operand(x)?, operand(y)?);
        let binds = Binds::Struct { node: scratch, lit, lets: OnceCell::new() };
        let env = self.bump.alloc(Env { up: env.up, binds, origin: env.origin });
        Some(Direct { less: expr, env, x, y })
    }

    /// Whether the element at `x` is less than the one at `y`.
    pub(crate) fn is_less(
        &self,
        comparator: &mut Comparator<'a>,
        x: usize,
        y: usize,
    ) -> Outcome<'a, bool> {
        self.charge(1)?;
        let (a, b) = (comparator.elements[x], comparator.elements[y]);
        let at = comparator.at;
        let val = match &mut comparator.direct {
            Some(direct) => {
                self.point(at, &mut direct.x, x, a)?;
                self.point(at, &mut direct.y, y, b)?;
                self.eval(at, direct.less, Some(direct.env))?
            }
            None => self.unified_less(comparator, a, b)?,
        };
        let val = self.concrete(Use::Operand, val, Span::NONE, |e, val, kind| {
            let text = format!("non-concrete value {} (type {kind})", e.show(val));
            e.incomplete("cue/call", Span::NONE, &text)
        })?;
        Ok(matches!(val, Val::Bool(true)))
    }

    /// Lets an operand be that element.
    fn point(
        &self,
        at: &'a Node<'a>,
        operand: &mut Operand<'a>,
        index: usize,
        element: &'a Node<'a>,
    ) -> Outcome<'a, ()> {
        let target = match (operand.says, operand.made[index]) {
            (None, _) => element,
            (Some(_), Some(made)) => made,
            (Some(says), None) => {
                let made = Node::new(self.bump, Some(at), Label::None);
                for node in [says, element] {
                    self.push(made, self.val_conjunct(Val::Node(node), Span::NONE));
                }
                self.shallow(made)?;
                operand.made[index] = Some(made);
                made
            }
        };
        if let Some(bottom) = self.fatal_error(target.target()) {
            return Err(Stop::Bottom(bottom));
        }
        operand.slot.forward.set(Some(target));
        Ok(())
    }

    fn unified_less(
        &self,
        comparator: &Comparator<'a>,
        x: &'a Node<'a>,
        y: &'a Node<'a>,
    ) -> Outcome<'a, Val<'a>> {
        let operands = self.struct_of(comparator.at, &[("x", Val::Node(x)), ("y", Val::Node(y))]);
        let node = Node::new(self.bump, Some(comparator.at), Label::None);
        for val in [Val::Node(comparator.node), operands] {
            self.push(node, self.val_conjunct(val, Span::NONE));
        }
        self.shallow(node)?;
        match self.entry(node.target(), Label::Field(comparator.less)) {
            Some(less) => self.value_of(less),
            None => Ok(Val::Bool(false)),
        }
    }

    /// The places of the elements in order; stable. Merges runs bottom up: unlike the sort of the
    /// standard library it may stop at an error and does not mind a comparator that is no order.
    pub(crate) fn sorted_by(&self, comparator: &mut Comparator<'a>) -> Outcome<'a, Vec<usize>> {
        let count = comparator.elements.len();
        let mut places: Vec<usize> = (0..count).collect();
        let mut merged: Vec<usize> = Vec::with_capacity(count);
        let mut run = 1;
        while run < count {
            merged.clear();
            for pair in places.chunks(2 * run) {
                let (mut left, mut right) = pair.split_at(run.min(pair.len()));
                while let (Some((&a, later)), Some((&b, rest))) =
                    (left.split_first(), right.split_first())
                {
                    if self.is_less(comparator, b, a)? {
                        merged.push(b);
                        right = rest;
                    } else {
                        merged.push(a);
                        left = later;
                    }
                }
                merged.extend_from_slice(left);
                merged.extend_from_slice(right);
            }
            std::mem::swap(&mut places, &mut merged);
            run *= 2;
        }
        Ok(places)
    }
}

/// Whether an expression adds nothing to any of these elements: `_`, or `{}` to structs.
fn takes_all(expr: &ir::Expr, elements: &[&Node<'_>]) -> bool {
    match &expr.kind {
        ExprKind::Top => true,
        ExprKind::Struct(lit) => {
            lit.decls().len() == 0
                && lit.lets.is_empty()
                && elements.iter().all(|element| element.kind.get() == Kind::STRUCT)
        }
        _ => false,
    }
}

/// Whether an expression opens no environment, and reads only such fields of its own struct. What is
/// not known here is taken to read others.
fn reads_only(expr: &ir::Expr, allowed: &dyn Fn(Symbol) -> bool) -> bool {
    let below = |expr: &ir::Expr| crate::depth::grow(|| reads_only(expr, allowed));
    match &expr.kind {
        ExprKind::Field { up: 0, label } => allowed(*label),
        ExprKind::Field { .. }
        | ExprKind::Import(_)
        | ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Bytes(_)
        | ExprKind::Top
        | ExprKind::Kind(_)
        | ExprKind::Range(..)
        | ExprKind::Core(_)
        | ExprKind::Builtin(..) => true,
        ExprKind::Let { up, .. } | ExprKind::Variable { up, .. } => *up > 0,
        ExprKind::Select(base, ..) => below(base),
        ExprKind::Index(base, index) => below(base) && below(index),
        ExprKind::Unary(_, operand) | ExprKind::Bound(_, operand) => below(operand),
        ExprKind::Binary(first, rest) => {
            below(first) && rest.iter().all(|(_, operand)| below(operand))
        }
        ExprKind::And(operands) => operands.iter().all(below),
        ExprKind::Or(arms) => arms.iter().all(|arm| below(&arm.expr)),
        ExprKind::Call(function, args) => below(function) && args.iter().all(below),
        ExprKind::Interpolation(_, pieces) => pieces.iter().all(|piece| match piece {
            Piece::Text(_) => true,
            Piece::Expr(expr) => below(expr),
        }),
        ExprKind::Struct(lit) => lit.decls().len() == 0 && lit.lets.is_empty(),
        _ => false,
    }
}
