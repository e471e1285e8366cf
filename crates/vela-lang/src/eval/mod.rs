//! Evaluation.
//!
//! # The graph
//!
//! A [`node::Node`] is a value being built. It has *conjuncts*: expressions with the environment
//! that binds their names. Processing a conjunct adds what it says to the node: a kind, a scalar, a
//! bound, fields (which are nodes with conjuncts of their own), a disjunction. Nothing is ever taken
//! back, and adding is commutative, so the order of conjuncts does not matter.
//!
//! A reference as a conjunct is a *link*: the target's conjuncts are processed at this node too,
//! each in its own environment, and whatever the target gets later is passed on (`dependents`). A
//! struct literal that is processed at a node opens an environment for *that* node, so the names in
//! it refer to the node's own fields: that is why `#A & {x: 1}` sees its own `x`.
//!
//! # Life of a node
//!
//! `New` (conjuncts only) → `Running` (on the stack) → `Done`, or `Stuck` when a task has to wait.
//! [`Eval::shallow`] takes a node as far as possible: its own value and its *set of fields*; the
//! fields' values are left alone until somebody asks ([`Eval::deep`] asks for all of them).
//!
//! What needs a value (arithmetic, a comprehension, a dynamic label) is a *task*. A task may use a
//! value that can't change for the better any more: a concrete scalar at once, anything else only
//! when its node is *settled*: done, and with it all that could still add to it. Otherwise the task is
//! *blocked*. Tasks of a node are tried in turn until none gets further; a node with blocked tasks is
//! `Stuck` and tried again whenever somebody asks for it, and at the end in rounds. If a whole round
//! changes nothing, the nodes that are left are *forced* one after another, each unless what was
//! forced before lets it go on by itself: a forced task takes what it sees for final. Where it would
//! see a node that waits too, that one is forced before it ([`Eval::take_as_is`]), unless it contains
//! the forced node or is being forced already. So a cycle is broken only when everything that doesn't
//! depend on it is known; which of its members is forced first depends on the order in which they got
//! stuck. In the end what was forced, or took a part of an expression that was not whole, is evaluated
//! once more: where that gives something else, as in `y: 5 + (y & 1)`, the assumption was wrong, and
//! that is an error.
//!
//! Nastiest case: `{if a.b == 1 {c: 1}, if a.c == 1 {d: 1}, b: 1}` at `a` reads fields that a sibling
//! comprehension adds; both conditions wait until the fields are there.
//!
//! # The rest
//!
//! [`share`] explains how references share structure, [`closed`] closedness, [`disjunct`] disjunctions
//! and defaults, [`cycle`] structural cycles, [`order`] the order of fields.

pub(crate) mod arena;
pub(crate) mod bound;
pub(crate) mod call;
pub(crate) mod change;
pub(crate) mod closed;
pub(crate) mod comprehend;
pub(crate) mod concrete;
pub(crate) mod conjunct;
pub(crate) mod cycle;
pub(crate) mod deep;
pub(crate) mod disjunct;
pub(crate) mod expr;
pub(crate) mod fault;
pub(crate) mod freeze;
pub(crate) mod hint;
pub(crate) mod host;
pub(crate) mod list;
pub(crate) mod matching;
pub(crate) mod node;
pub(crate) mod operate;
pub(crate) mod order;
pub(crate) mod resolve;
pub(crate) mod same;
pub(crate) mod share;
pub(crate) mod show;
pub(crate) mod sort;
pub(crate) mod task;
pub(crate) mod unify;

use crate::diagnostic::{Class, Diagnostic};
use crate::ir::{self, Overlay, Program};
use crate::limits::Limits;
use crate::source::Span;
use crate::value::Value;
use arena::Arena;
use bumpalo::Bump;
use node::{Bottom, Label, Node};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{Cell, RefCell};

/// Why something has no value for now, or none at all.
pub(crate) enum Stop<'a> {
    /// It waits for something that is being evaluated.
    Blocked,
    /// It is bottom.
    Bottom(&'a Bottom<'a>),
    /// The whole evaluation was given up; see [`Eval::abort`].
    Abort,
}

/// A result while evaluating.
pub(crate) type Outcome<'a, T> = Result<T, Stop<'a>>;

/// One evaluation of a program.
pub(crate) struct Eval<'a> {
    pub(crate) bump: &'a Bump,
    pub(crate) arena: &'a Arena,
    pub(crate) program: &'a Program,
    pub(crate) symbols: RefCell<Overlay<'a>>,
    /// What the conjunct that was added last was added with.
    pub(crate) site: Cell<Option<&'a conjunct::Site<'a>>>,
    /// The roots of the packages, as far as they were asked for.
    pub(crate) roots: Vec<Cell<Option<&'a Node<'a>>>>,
    /// Fields of structs that have many, by parent and label.
    pub(crate) index: RefCell<FxHashMap<(usize, Label), &'a Node<'a>>>,
    /// Nodes with blocked tasks.
    pub(crate) stuck: RefCell<Vec<&'a Node<'a>>>,
    /// Counts what got done, to see whether a round changed anything.
    pub(crate) progress: Cell<u64>,
    /// Whether blocked tasks take what they see for final.
    pub(crate) force: Cell<bool>,
    /// The node that is forced comes last; those before it wait for it.
    pub(crate) forced: RefCell<Vec<&'a Node<'a>>>,
    /// What has to be forced before it.
    pub(crate) wanted: Cell<Option<&'a Node<'a>>>,
    /// Whether a value was used that was not whole.
    pub(crate) hasty: Cell<bool>,
    /// What forced and hasty tasks computed.
    pub(crate) assumed: RefCell<Vec<(&'a Node<'a>, &'a node::Task<'a>, node::Val<'a>)>>,
    /// (node, target) pairs of links being processed.
    pub(crate) linking: RefCell<Vec<(*const Node<'a>, *const Node<'a>)>>,
    /// The arguments of validators, and the values that are held against them.
    pub(crate) matching: RefCell<Vec<(*const ir::Expr, &'a Node<'a>)>>,
    pub(crate) limits: &'a Limits,
    pub(crate) steps: Cell<u64>,
    pub(crate) depth: Cell<u32>,
    /// The expression that is being evaluated, for findings about limits.
    pub(crate) doing: Cell<Span>,
    pub(crate) aborted: RefCell<Option<Diagnostic>>,
    /// Expressions being evaluated, with their environments.
    pub(crate) entered: RefCell<FxHashSet<(usize, usize)>>,
    /// Lets that are being resolved, by environment and index, and how many values were being evaluated
    /// when that began.
    pub(crate) lets: RefCell<Vec<((usize, u32), usize)>>,
    /// Whether there was any closing event.
    pub(crate) closes: Cell<bool>,
    /// Whether any validator has schemas as arguments.
    pub(crate) lifts: Cell<bool>,
    /// The nodes of arms that are scalars.
    pub(crate) scalar_arms: RefCell<FxHashMap<*const ir::Expr, &'a Node<'a>>>,
    /// The values of disjunctions that mean the same everywhere, if nothing is wrong with them.
    pub(crate) constants: RefCell<FxHashMap<*const ir::Expr, Option<&'a Node<'a>>>>,
    /// How many references marked with `?` were found absent in the innermost trial.
    pub(crate) absent: Cell<u32>,
    /// Copies of what is shared, and how many values are in each.
    pub(crate) frozen: RefCell<FxHashMap<*const Node<'a>, (Value, u64)>>,
    /// How many values were copied, those that are shared as often as they are used.
    pub(crate) copied: Cell<u64>,
    /// Whether what is being copied is below an optional field.
    pub(crate) in_optional: Cell<bool>,
    /// The nodes whose fields are being evaluated, from the top down.
    pub(crate) trail: RefCell<Vec<&'a Node<'a>>>,
    /// Where in the trail the innermost evaluation began that is not part of the ones before.
    pub(crate) trail_start: Cell<usize>,
}

impl<'a> Eval<'a> {
    pub(crate) fn new(arena: &'a Arena, program: &'a Program, limits: &'a Limits) -> Eval<'a> {
        Eval {
            bump: &arena.bump,
            arena,
            program,
            symbols: RefCell::new(Overlay::new(&program.symbols)),
            site: Cell::new(None),
            roots: program.packages.iter().map(|_| Cell::new(None)).collect(),
            index: RefCell::new(FxHashMap::default()),
            stuck: RefCell::new(Vec::new()),
            progress: Cell::new(0),
            force: Cell::new(false),
            forced: RefCell::new(Vec::new()),
            wanted: Cell::new(None),
            hasty: Cell::new(false),
            assumed: RefCell::new(Vec::new()),
            linking: RefCell::new(Vec::new()),
            matching: RefCell::new(Vec::new()),
            limits,
            steps: Cell::new(0),
            depth: Cell::new(0),
            doing: Cell::new(Span::NONE),
            aborted: RefCell::new(None),
            entered: RefCell::new(FxHashSet::default()),
            lets: RefCell::new(Vec::new()),
            closes: Cell::new(false),
            lifts: Cell::new(false),
            scalar_arms: RefCell::new(FxHashMap::default()),
            constants: RefCell::new(FxHashMap::default()),
            absent: Cell::new(0),
            frozen: RefCell::new(FxHashMap::default()),
            copied: Cell::new(0),
            in_optional: Cell::new(false),
            trail: RefCell::new(Vec::new()),
            trail_start: Cell::new(0),
        }
    }

    /// Charges work; the evaluation is given up where a limit is crossed.
    pub(crate) fn charge(&self, steps: u64) -> Outcome<'a, ()> {
        let total = self.steps.get().saturating_add(steps);
        let before = self.steps.replace(total);
        if total > self.limits.steps {
            return Err(self.give_up("limit/steps", "the evaluation takes too many steps"));
        }
        // Clocks, flags and memory are looked at every 1024 steps, and for every big charge.
        if before >> 10 != total >> 10 {
            if self.bump.allocated_bytes() > self.limits.memory {
                return Err(self.give_up("limit/memory", "the evaluation needs too much memory"));
            }
            if let Some(reason) = self.limits.interrupted() {
                return Err(self.give_up(reason.code(), reason.message()));
            }
        }
        if self.aborted.borrow().is_some() {
            return Err(Stop::Abort);
        }
        Ok(())
    }

    /// Charges a string of that many bytes before it is put together.
    pub(crate) fn charge_text(&self, bytes: usize) -> Outcome<'a, ()> {
        if bytes > self.limits.longest() {
            return Err(self.give_up("limit/memory", "a string gets too long"));
        }
        self.charge(bytes as u64 / 64)
    }

    /// Notes that something got done at a node that stays.
    pub(crate) fn advanced(&self, node: &Node<'a>) {
        if !node.has(node::flag::TEMPORARY) {
            self.progress.set(self.progress.get() + 1);
        }
    }

    /// Gives up the whole evaluation.
    pub(crate) fn give_up(&self, code: &'static str, message: &str) -> Stop<'a> {
        let mut aborted = self.aborted.borrow_mut();
        if aborted.is_none() {
            let files = self.program.packages.first().map(|package| package.files.as_slice());
            let whole = files.and_then(<[_]>::first).map_or(Span::NONE, |file| file.span);
            let doing = self.doing.get();
            let span = if doing.is_none() { whole } else { doing };
            *aborted = Some(Diagnostic::new(code, Class::Eval, message).at(span));
        }
        Stop::Abort
    }

    /// Runs one level deeper, or gives up where that is too deep.
    pub(crate) fn deeper<T>(&self, then: impl FnOnce() -> Outcome<'a, T>) -> Outcome<'a, T> {
        let depth = self.depth.get() + 1;
        if depth > self.limits.depth {
            return Err(self.give_up("limit/depth", "values are nested or chained too deeply"));
        }
        self.depth.set(depth);
        let result = crate::depth::grow(then);
        self.depth.set(depth - 1);
        result
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.borrow().is_some()
    }
}
