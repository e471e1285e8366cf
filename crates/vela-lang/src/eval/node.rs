//! The evaluated graph: nodes, what they are made from, and the environments that bind names.

use super::arena::{List, Rare};
use super::closed::Scope;
use super::conjunct::Conjuncts;
use super::list::{MadeList, MadeStruct};
use super::order::{Chain, ChainKind, Place};
use super::unify::Context;
use crate::diagnostic::Class;
use crate::ir::{self, Presence, Symbol};
use crate::number::Number;
use crate::source::Span;
use crate::std::host::Kind;
use crate::syntax::ast::UnaryOp;
use crate::value::Value;
use bumpalo::Bump;
use std::cell::{Cell, OnceCell};

/// Where a node stands in its parent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Label {
    /// Nowhere: a root, or the value of an expression.
    None,
    /// A field.
    Field(Symbol),
    /// A list element.
    Index(u32),
    /// A `let`.
    Let(Symbol),
}

/// How far a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// Nothing was done.
    New,
    /// On the stack of what is being evaluated.
    Running,
    /// Something waits for what is still being evaluated.
    Stuck,
    /// Its own value and its set of fields are determined. Fields themselves may be new.
    Done,
}

/// A value: a scalar, a constraint, or a node.
#[derive(Clone, Copy)]
pub(crate) enum Val<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Number(&'a Number),
    String(&'a str),
    Bytes(&'a [u8]),
    /// A function as a value.
    Function(&'a ir::Expr),
    /// Any value of these kinds.
    Kind(Kind),
    /// Kinds and bounds with a name: `uint8`.
    Range(&'a ir::Expr),
    Bound(&'a Bound<'a>),
    Validator(&'a Validator<'a>),
    /// A value that was evaluated before.
    Frozen(&'a Value),
    /// A list that a function made.
    List(&'a MadeList<'a>),
    /// A struct that a function made.
    Struct(&'a MadeStruct<'a>),
    /// A struct, a list, or what is not known to be a scalar.
    Node(&'a Node<'a>),
}

/// `>x`
pub(crate) struct Bound<'a> {
    pub(crate) op: UnaryOp,
    pub(crate) value: Val<'a>,
    pub(crate) span: Span,
}

impl Val<'_> {
    /// Whether it is a scalar that data has.
    pub(crate) fn is_data(self) -> bool {
        matches!(
            self,
            Val::Null
                | Val::Bool(_)
                | Val::Int(_)
                | Val::Number(_)
                | Val::String(_)
                | Val::Bytes(_)
        )
    }
}

/// A call that checks a value.
pub(crate) struct Validator<'a> {
    pub(crate) function: &'a ir::Expr,
    pub(crate) args: &'a [Val<'a>],
    pub(crate) span: Span,
    /// What it takes.
    pub(crate) kind: Kind,
    /// Where names of its arguments are bound.
    pub(crate) env: Option<&'a Env<'a>>,
    /// The argument expressions.
    pub(crate) exprs: &'a [ir::Expr],
}

/// Through which references something came.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// How many of them entered something again that was open already.
    pub(crate) cycle: u8,
    pub(crate) via: Option<&'a Via<'a>>,
}

/// A reference that something came through, and those around it.
pub(crate) struct Via<'a> {
    pub(crate) target: &'a Node<'a>,
    pub(crate) up: Option<&'a Via<'a>>,
}

impl<'a> Origin<'a> {
    /// Through none.
    pub(crate) const NONE: Origin<'a> = Origin { cycle: 0, via: None };

    /// Whether it came through a reference to that node.
    pub(crate) fn contains(&self, target: &Node<'a>) -> bool {
        let mut at = self.via;
        while let Some(via) = at {
            if std::ptr::eq(via.target, target) {
                return true;
            }
            at = via.up;
        }
        false
    }
}

/// An expression (or a value) that a node has to satisfy.
#[derive(Clone, Copy)]
pub(crate) struct Conjunct<'a> {
    pub(crate) what: What<'a>,
    pub(crate) env: Option<&'a Env<'a>>,
    pub(crate) scope: Option<&'a Scope<'a>>,
    /// Through which references it came.
    pub(crate) origin: Origin<'a>,
    /// Whether it came through a reference.
    pub(crate) linked: bool,
    /// The chain of the parent node that it was declared in, for the order of fields.
    pub(crate) declared: Option<(&'a Chain<'a>, u32)>,
}

/// What a conjunct is.
#[derive(Clone, Copy)]
pub(crate) enum What<'a> {
    Expr(&'a ir::Expr),
    Struct(&'a ir::Struct),
    Val(&'a (Val<'a>, Span)),
}

/// Names bound while evaluating an expression.
pub(crate) struct Env<'a> {
    pub(crate) up: Option<&'a Env<'a>>,
    pub(crate) binds: Binds<'a>,
    /// Through which references what is evaluated here came.
    pub(crate) origin: Origin<'a>,
}

/// What an environment binds.
pub(crate) enum Binds<'a> {
    /// The fields of a struct being built, and the lets of the literal.
    Struct {
        node: &'a Node<'a>,
        lit: &'a ir::Struct,
        lets: OnceCell<&'a [Cell<Option<&'a Node<'a>>>]>,
    },
    /// A list being built; binds `self` only.
    List(&'a Node<'a>),
    /// Key and value of a clause.
    Slots { key: Option<&'a Node<'a>>, value: &'a Node<'a> },
    /// Label and field of a pattern; the label as a value is made when it is asked for.
    Pattern { label: Symbol, value: &'a Node<'a>, key: OnceCell<&'a Node<'a>> },
    /// The value that an alias names.
    Alias(&'a Node<'a>),
}

/// Why a value is bottom.
pub(crate) struct Bottom<'a> {
    pub(crate) class: Class,
    pub(crate) code: &'static str,
    pub(crate) why: Why<'a>,
    /// A position of its own.
    pub(crate) span: Span,
    pub(crate) spans: &'a [Span],
    /// The node that it is reported at.
    pub(crate) at: Option<&'a Node<'a>>,
    /// What helps to mend it.
    pub(crate) hint: Hint<'a>,
}

/// What is known about a way out, looked at only when somebody reads the error.
#[derive(Clone, Copy)]
pub(crate) enum Hint<'a> {
    None,
    /// The value of this expression is missing, as seen from a node.
    Needs(&'a Node<'a>, &'a ir::Expr, Option<&'a Env<'a>>),
    /// The field that was asked for is not among those of this node.
    Lacks(&'a Node<'a>, Label),
    /// The field is not allowed by this closing event of its struct.
    Closed(&'a Scope<'a>),
    /// What there is to say always.
    Say(&'static str),
    /// What was called is no function.
    Callee(&'a ir::Expr),
}

/// The text of a bottom, made only when somebody reads it.
#[derive(Clone, Copy)]
pub(crate) enum Why<'a> {
    Text(&'a str),
    /// What is wrong with a field, and its label.
    Field(&'static str, Label),
    /// Two values that don't unify.
    Conflict(Val<'a>, Val<'a>),
    /// A value outside of a bound.
    OutOfBound(Val<'a>, Val<'a>),
    /// A value that does not satisfy a validator, and a detail.
    Unsatisfied(Val<'a>, &'a Validator<'a>, &'a str),
    /// All arms failed.
    Arms(&'a [&'a Bottom<'a>]),
    /// A prefix and the cause: `error in call to x: …`.
    Within(&'a str, &'a Bottom<'a>),
}

/// One result of a disjunction.
#[derive(Clone, Copy)]
pub(crate) struct ArmValue<'a> {
    pub(crate) node: &'a Node<'a>,
    pub(crate) default: bool,
}

/// A field or element of a node.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) label: Label,
    pub(crate) node: &'a Node<'a>,
}

/// A pattern that holds for the fields of a node.
#[derive(Clone, Copy)]
pub(crate) struct PatternConjunct<'a> {
    pub(crate) pattern: &'a ir::Pattern,
    pub(crate) declared: Option<(&'a Chain<'a>, u32)>,
    pub(crate) env: &'a Env<'a>,
    pub(crate) scope: Option<&'a Scope<'a>>,
    pub(crate) origin: Origin<'a>,
}

/// A struct or list literal that took part.
#[derive(Clone, Copy)]
pub(crate) struct Literal<'a> {
    pub(crate) scope: Option<&'a Scope<'a>>,
    pub(crate) open: bool,
    /// For the order of fields; lists have none.
    pub(crate) lit: Option<&'a ir::Struct>,
    /// For the order of fields.
    pub(crate) chain: Option<&'a Chain<'a>>,
}

/// What one list literal says of the length and of further elements.
#[derive(Clone, Copy)]
pub(crate) struct ListPart<'a> {
    pub(crate) len: u32,
    pub(crate) open: bool,
    pub(crate) rest: Option<&'a ir::Expr>,
    /// What its elements are declared in, where the order of their fields needs it.
    pub(crate) declared: Option<(&'a Chain<'a>, u32)>,
    pub(crate) env: Option<&'a Env<'a>>,
    pub(crate) scope: Option<&'a Scope<'a>>,
    pub(crate) origin: Origin<'a>,
    pub(crate) span: Span,
}

/// The struct and list side of a node.
pub(crate) struct Fields<'a> {
    pub(crate) entries: List<'a, Entry<'a>>,
    pub(crate) patterns: Rare<'a, PatternConjunct<'a>>,
    pub(crate) literals: List<'a, Literal<'a>>,
    pub(crate) lists: Rare<'a, ListPart<'a>>,
    /// The strongest fatal error below, once known.
    pub(crate) child: Cell<Option<&'a Bottom<'a>>>,
}

/// Something that could not be done at once.
pub(crate) struct Task<'a> {
    pub(crate) what: TaskKind<'a>,
    pub(crate) cx: Context<'a>,
    pub(crate) done: Cell<bool>,
}

#[derive(Clone, Copy)]
pub(crate) enum TaskKind<'a> {
    /// A reference whose conjuncts are added.
    Link(&'a ir::Expr),
    /// An expression whose value is unified.
    Value(&'a ir::Expr),
    Comprehension(&'a ir::Comprehension),
    Dynamic(&'a ir::DynamicField),
    List(&'a ir::List, Span),
    /// A pattern of which it is not known yet whether it matches a field.
    Pattern(&'a PatternTask<'a>),
}

/// A pattern, and a field that it may match.
pub(crate) struct PatternTask<'a> {
    pub(crate) pattern: PatternConjunct<'a>,
    pub(crate) child: &'a Node<'a>,
    pub(crate) label: Symbol,
}

/// A disjunction that a node has to satisfy.
#[derive(Clone, Copy)]
pub(crate) struct Disjunction<'a> {
    pub(crate) arms: Arms<'a>,
    pub(crate) cx: Context<'a>,
    /// Tells apart disjunctions of the same expression in one node.
    pub(crate) nth: u32,
    pub(crate) span: Span,
}

/// The arms of a disjunction.
#[derive(Clone, Copy)]
pub(crate) enum Arms<'a> {
    /// As written.
    Exprs(&'a [ir::Arm]),
    /// Values, and what tells them apart: those of `or()`, or of a value evaluated before.
    Vals(usize, &'a [(bool, Val<'a>)]),
}

/// The arm chosen for one disjunction.
#[derive(Clone, Copy)]
pub(crate) struct Choice {
    pub(crate) key: (usize, u32),
    pub(crate) arm: u32,
}

/// The arms that a node was made with.
pub(crate) struct Combination<'a> {
    /// What was chosen.
    pub(crate) choices: &'a [Choice],
    /// The disjunctions that are left open.
    pub(crate) deferred: &'a [(usize, u32)],
}

/// A node that took conjuncts from another, and how.
#[derive(Clone, Copy)]
pub(crate) struct Dependent<'a> {
    pub(crate) node: &'a Node<'a>,
    pub(crate) scope: Option<&'a Scope<'a>>,
    pub(crate) origin: Origin<'a>,
    pub(crate) recurs: bool,
    pub(crate) place: Place<'a>,
}

/// What few nodes have.
pub(crate) struct Extra<'a> {
    pub(crate) tasks: Rare<'a, &'a Task<'a>>,
    pub(crate) bounds: Rare<'a, &'a Bound<'a>>,
    pub(crate) validators: Rare<'a, &'a Validator<'a>>,
    pub(crate) disjunctions: Rare<'a, Disjunction<'a>>,
    /// What this node took conjuncts from.
    pub(crate) links: Rare<'a, Link<'a>>,
    /// What took conjuncts from this node.
    pub(crate) dependents: Rare<'a, Dependent<'a>>,
    /// Scopes that close this node.
    pub(crate) closers: Rare<'a, &'a Scope<'a>>,
    /// Where validators stand whose arguments are schemas.
    pub(crate) lifts: Rare<'a, &'a Scope<'a>>,
    pub(crate) errors: Rare<'a, &'a Bottom<'a>>,
    /// The results of its disjunctions; empty where there are none or just one arm is left.
    pub(crate) arms: Cell<&'a [ArmValue<'a>]>,
    /// For the value of an arm.
    pub(crate) combination: Cell<Option<&'a Combination<'a>>>,
    /// The arm that is being tried.
    pub(crate) overlay: Cell<Option<&'a Node<'a>>>,
    /// The value as the user named it: `uint8`.
    pub(crate) ranges: Rare<'a, &'a ir::Expr>,
}

/// A reference whose conjuncts a node took.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a> {
    pub(crate) target: &'a Node<'a>,
    /// Where the reference stands.
    pub(crate) scope: Option<&'a Scope<'a>>,
    /// What closes the node, if the target is a definition.
    pub(crate) event: Option<&'a Scope<'a>>,
}

/// A vertex of the evaluated graph.
pub(crate) struct Node<'a> {
    pub(crate) parent: Option<&'a Node<'a>>,
    pub(crate) label: Label,
    pub(crate) presence: Cell<Presence>,
    pub(crate) state: Cell<State>,
    pub(crate) flags: Cell<u32>,
    pub(crate) kind: Cell<Kind>,
    pub(crate) taken: Cell<u32>,
    pub(crate) scalar: Cell<Option<Val<'a>>>,
    /// Where scalar or kind came from, for messages.
    pub(crate) span: Cell<Span>,
    pub(crate) conjuncts: Conjuncts<'a>,
    pub(crate) fields: OnceCell<&'a Fields<'a>>,
    pub(crate) extra: OnceCell<&'a Extra<'a>>,
    /// The one arm that is left.
    pub(crate) forward: Cell<Option<&'a Node<'a>>>,
}

const _: () = assert!(size_of::<Node<'_>>() <= 120);

/// Flags of a node.
pub(crate) mod flag {
    /// It and all above it take no more conjuncts.
    pub(crate) const SETTLED: u32 = 1;
    /// Being asked whether it is settled.
    pub(crate) const ASKING: u32 = 2;
    /// All below it was evaluated.
    pub(crate) const FINAL: u32 = 4;
    /// On the path of the deep evaluation.
    pub(crate) const VISITING: u32 = 8;
    /// A definition, or below one.
    pub(crate) const DEFINITION: u32 = 16;
    /// Its set of fields was read and may not grow.
    pub(crate) const FROZEN: u32 = 32;
    /// A literal without embeddings made it a struct, even if it has no fields.
    pub(crate) const STRUCT: u32 = 64;
    /// Waits in the list of stuck nodes.
    pub(crate) const QUEUED: u32 = 128;
    /// The value of an arm of a disjunction.
    pub(crate) const ARM: u32 = 512;
    /// The one result of its disjunctions is a default.
    pub(crate) const DEFAULT: u32 = 256;
    /// Its disjunctions had defaults, and all of them failed.
    pub(crate) const DEFAULTLESS: u32 = 16384;
    /// Some conjunct is not just the same definition again.
    pub(crate) const FRESH: u32 = 1024;
    /// Some conjunct is the same definition again.
    pub(crate) const RECURS: u32 = 2048;
    /// Bounds and validators were checked.
    pub(crate) const CHECKED: u32 = 4096;
    /// Made for a trial, or below such a node: it is made anew with every trial.
    pub(crate) const TEMPORARY: u32 = 32768;
    /// What was found out about a node and has to be asked again when it changes.
    pub(crate) const ANSWERS: u32 = SETTLED | FINAL | CHECKED | CHILD_KNOWN | DEFAULT | DEFAULTLESS;
    /// Whether something below is fatal is known.
    pub(crate) const CHILD_KNOWN: u32 = 8192;
    /// Forwards to what its only conjunct, a reference, is about.
    pub(crate) const SHARED: u32 = 262_144;
    /// Other nodes forward to it.
    pub(crate) const TARGET: u32 = 524_288;
    /// On the path of the copy that is being made.
    pub(crate) const FREEZING: u32 = 1_048_576;
}

impl<'a> Extra<'a> {
    /// The arms chosen for the disjunctions.
    pub(crate) fn choices(&self) -> &'a [Choice] {
        self.combination.get().map_or(&[], |made| made.choices)
    }

    /// The disjunctions for which none is chosen on purpose.
    pub(crate) fn deferred(&self) -> &'a [(usize, u32)] {
        self.combination.get().map_or(&[], |made| made.deferred)
    }

    /// Whether nothing was said of the node yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.tasks.is_empty()
            && self.bounds.is_empty()
            && self.validators.is_empty()
            && self.disjunctions.is_empty()
            && self.links.is_empty()
            && self.closers.is_empty()
            && self.errors.is_empty()
            && self.choices().is_empty()
    }
}

impl<'a> Node<'a> {
    pub(crate) fn new(bump: &'a Bump, parent: Option<&'a Node<'a>>, label: Label) -> &'a Node<'a> {
        let definition = match label {
            Label::Field(symbol) => symbol.is_definition(),
            _ => false,
        };
        let inherited = parent.map_or(0, |p| p.flags.get() & (flag::DEFINITION | flag::TEMPORARY));
        // The value of an expression is made anew whenever the expression is tried again.
        let own = match label {
            Label::None if parent.is_some() => flag::TEMPORARY,
            _ if definition => flag::DEFINITION,
            _ => 0,
        };
        bump.alloc(Node {
            parent,
            label,
            presence: Cell::new(Presence::Regular),
            state: Cell::new(State::New),
            flags: Cell::new(inherited | own),
            kind: Cell::new(Kind(Kind::TOP.0 | Kind::FUNC.0)),
            taken: Cell::new(0),
            scalar: Cell::new(None),
            span: Cell::new(Span::NONE),
            conjuncts: Conjuncts::new(),
            fields: OnceCell::new(),
            extra: OnceCell::new(),
            forward: Cell::new(None),
        })
    }

    pub(crate) fn has(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    pub(crate) fn set(&self, flag: u32) {
        self.flags.set(self.flags.get() | flag);
    }

    pub(crate) fn unset(&self, flag: u32) {
        self.flags.set(self.flags.get() & !flag);
    }

    /// The node that has the value: the one arm that is left, if there is one.
    pub(crate) fn target(&'a self) -> &'a Node<'a> {
        let mut node = self;
        while let Some(next) = node.forward.get() {
            node = next;
        }
        node
    }

    pub(crate) fn fields_or_new(&self, bump: &'a Bump) -> &'a Fields<'a> {
        self.fields.get_or_init(|| {
            bump.alloc(Fields {
                entries: List::new(),
                patterns: Rare::new(),
                literals: List::new(),
                lists: Rare::new(),
                child: Cell::new(None),
            })
        })
    }

    pub(crate) fn extra_or_new(&self, bump: &'a Bump) -> &'a Extra<'a> {
        self.extra.get_or_init(|| {
            bump.alloc(Extra {
                tasks: Rare::new(),
                bounds: Rare::new(),
                validators: Rare::new(),
                disjunctions: Rare::new(),
                links: Rare::new(),
                dependents: Rare::new(),
                closers: Rare::new(),
                lifts: Rare::new(),
                errors: Rare::new(),
                arms: Cell::new(&[]),
                combination: Cell::new(None),
                overlay: Cell::new(None),
                ranges: Rare::new(),
            })
        })
    }

    /// The results of its disjunctions, where more than one is left.
    pub(crate) fn arms(&self) -> &'a [ArmValue<'a>] {
        self.extra.get().map_or(&[], |extra| extra.arms.get())
    }

    pub(crate) fn error(&self) -> Option<&'a Bottom<'a>> {
        self.extra.get().and_then(|extra| extra.errors.get(0))
    }

    /// Whether this is `other` or below it.
    pub(crate) fn is_within(&self, other: &Node<'a>) -> bool {
        let mut node = Some(self);
        while let Some(n) = node {
            if std::ptr::eq(n, other) {
                return true;
            }
            node = n.parent;
        }
        false
    }
}

impl<'a> Conjunct<'a> {
    pub(crate) fn span(&self) -> Span {
        match self.what {
            What::Expr(expr) => expr.span,
            What::Struct(lit) => lit.span,
            What::Val((_, span)) => *span,
        }
    }

    /// Where the label is that declares it, or else where it is.
    pub(crate) fn declared_span(&self) -> Span {
        if let Some((chain, at)) = self.declared
            && let ChainKind::Literal(lit) = chain.kind
            && let Some(ir::Decl::Field(index)) = lit.decl(at)
            && let Some(field) = lit.fields.get(index as usize)
        {
            return field.span;
        }
        self.span()
    }
}
