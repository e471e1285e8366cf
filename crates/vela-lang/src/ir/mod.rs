//! The immutable program: what evaluation works on.
//!
//! Compiling a package resolves every name to *how many environments up* and *which label there*,
//! decodes literals, and splits struct literals into static fields, dynamic fields, patterns,
//! embeddings and comprehensions. A [`Program`] is `Send + Sync`, is shared by [`Arc`], and is
//! evaluated as often as one likes.

mod compile;
mod declare;
mod expr;
mod few;
mod habit;
mod scope;
mod symbol;

pub use compile::{Loader, NoImports, compile, compile_with_expressions, expression_label};
pub(crate) use compile::{no_builtin, no_module};
pub use few::Few;
pub use symbol::{Overlay, Symbol, SymbolKind, SymbolTable};

pub use crate::depth::Tall;
use crate::number::Number;
use crate::source::Span;
use crate::std::host::{Function, Kind};
use crate::syntax::ast::{BinaryOp, UnaryOp};
use std::sync::Arc;

/// A compiled package with all that it imports.
#[derive(Debug)]
pub struct Program {
    /// Labels and other names.
    pub symbols: SymbolTable,
    /// The package itself comes first, then its imports.
    pub packages: Tall<Vec<Package>>,
    /// What the files import, by name.
    pub imports: Vec<crate::export::ImportName>,
}

/// One package: its files, which all describe one struct.
#[derive(Debug, Default)]
pub struct Package {
    /// Its name, empty where it has none.
    pub name: String,
    /// Its import path, empty for the main package.
    pub path: String,
    /// One literal per file.
    pub files: Vec<Arc<Struct>>,
}

/// An expression with its place.
#[derive(Debug)]
pub struct Expr {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: ExprKind,
}

impl Expr {
    /// Whether it says all by itself: a scalar, a kind, or a bound that is a scalar as written.
    pub(crate) fn is_plain(&self) -> bool {
        match &self.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Bytes(_)
            | ExprKind::Kind(_)
            | ExprKind::Range(..) => true,
            ExprKind::Bound(_, operand) => {
                matches!(operand.kind, ExprKind::Number(_) | ExprKind::String(_))
            }
            _ => false,
        }
    }
}

// A program has as many of them as the text has fields.
const _: () = assert!(size_of::<Expr>() <= 48);
const _: () = assert!(size_of::<Field>() <= 80);
const _: () = assert!(size_of::<Struct>() <= 96);

/// The kinds of expressions.
#[derive(Debug)]
pub enum ExprKind {
    /// `_|_`
    Bottom,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// `_`
    Top,
    /// `int`, `string`, …
    Kind(Kind),
    /// `uint8`, `rune`, `float32`, …
    Range(Box<NamedRange>),
    /// A function of the language itself.
    Core(Core),
    /// A function of a builtin package: its path and itself.
    Builtin(&'static str, &'static Function),
    /// A builtin package as a value.
    BuiltinPackage(&'static str),
    /// `{…}`
    Struct(Arc<Struct>),
    /// `[…]`
    List(Box<List>),
    /// A field of the struct that the environment so far up belongs to.
    Field {
        /// Environments up.
        up: u32,
        /// The label.
        label: Symbol,
    },
    /// A field whose label is computed: an alias of a dynamic field of the literal there.
    DynamicField {
        /// Environments up.
        up: u32,
        /// Which one of [`Struct::dynamic`].
        index: u32,
    },
    /// A `let` of a struct literal.
    Let {
        /// Environments up.
        up: u32,
        /// Which one of the literal.
        index: u32,
    },
    /// The value bound by a clause or a pattern.
    Variable {
        /// Environments up.
        up: u32,
        /// Which one.
        slot: Slot,
    },
    /// An imported package, as an index into [`Program::packages`].
    Import(u32),
    /// `x.y`
    Select(Box<Expr>, Symbol, Span),
    /// `x[i]`
    Index(Box<Expr>, Box<Expr>),
    /// `x[i:j]`
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `f(x)`
    Call(Box<Expr>, Box<[Expr]>),
    /// `-x`, `!x`, `+x`
    Unary(UnaryOp, Box<Expr>),
    /// `>x`, `!=x`, `=~x`
    Bound(UnaryOp, Box<Expr>),
    /// `x + y - z`: applied from the left, one precedence.
    Binary(Box<Expr>, Box<[(BinaryOp, Expr)]>),
    /// `x == _|_`: whether it is an error (`true`) or not.
    IsBottom(bool, Box<Expr>),
    /// `x & y & z`
    And(Vec<Expr>),
    /// `*x | y | z`
    Or(Vec<Arm>),
    /// `"a\(x)"`; `true` for bytes
    Interpolation(bool, Box<[Piece]>),
    /// `X=v`: a new environment whose node is the value itself.
    Alias(Box<Expr>),
    /// `x...`
    Open(Box<Expr>),
    /// `__closeAll(x)` (`true`) and `__reclose(x)`: what stands for a definition where files say
    /// `@experiment(explicitopen)`.
    CloseAll(bool, Box<Expr>),
    /// `x?` in a `try` clause.
    Maybe(Box<Expr>),
}

/// Numbers that have a name.
#[derive(Debug)]
pub struct NamedRange {
    /// Its name.
    pub name: &'static str,
    /// Which kinds.
    pub kind: Kind,
    /// The least number.
    pub low: Option<Number>,
    /// The greatest number.
    pub high: Option<Number>,
}

/// What a variable of an environment is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    /// The key of a `for`, the label of a pattern.
    Key,
    /// The value of a `for` or `let` clause, the field of a pattern, the value of an alias.
    Value,
}

/// Functions of the language itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "they are the language's own names")]
pub enum Core {
    Len,
    Close,
    And,
    Or,
    Div,
    Mod,
    Quo,
    Rem,
    Error,
    MatchN,
    MatchIf,
    CloseAll,
    Reclose,
}

impl Core {
    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Core::Len => "len",
            Core::Close => "close",
            Core::And => "and",
            Core::Or => "or",
            Core::Div => "div",
            Core::Mod => "mod",
            Core::Quo => "quo",
            Core::Rem => "rem",
            Core::Error => "error",
            Core::MatchN => "matchN",
            Core::MatchIf => "matchIf",
            Core::CloseAll => "__closeAll",
            Core::Reclose => "__reclose",
        }
    }
}

/// One arm of a disjunction.
#[derive(Debug)]
pub struct Arm {
    /// Whether it has the mark of a default.
    pub default: bool,
    /// The arm.
    pub expr: Expr,
}

/// A piece of an interpolation.
#[derive(Debug)]
pub enum Piece {
    /// Text as it is.
    Text(Arc<[u8]>),
    /// A value.
    Expr(Expr),
}

/// A list literal.
#[derive(Debug)]
pub struct List {
    /// Its elements.
    pub elements: Vec<Element>,
    /// `...`: the type of further elements.
    pub rest: Option<Option<Box<Expr>>>,
}

/// An element of a list literal.
#[derive(Debug)]
pub enum Element {
    /// An expression.
    Expr(Expr),
    /// A comprehension.
    Comprehension(Comprehension),
}

/// Whether a field has to be there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Presence {
    /// `x?`
    Optional,
    /// `x!`
    Required,
    /// `x`
    Regular,
}

/// What a field carries beside its value.
#[derive(Debug, Default)]
pub struct FieldInfo {
    /// Doc comments, a text per group, lines with their `//`.
    pub docs: Vec<String>,
    /// Attributes as written.
    pub attributes: Vec<String>,
}

/// A field with a label known when compiling.
#[derive(Debug)]
pub struct Field {
    /// The label.
    pub label: Symbol,
    /// Where the label is.
    pub span: Span,
    /// Whether it has to be there.
    pub presence: Presence,
    /// The value.
    pub value: Expr,
    /// Comments and attributes, where there are some.
    pub info: Option<Arc<FieldInfo>>,
}

/// A field whose label is computed.
#[derive(Debug)]
pub struct DynamicField {
    /// The label.
    pub label: Expr,
    /// Whether it has to be there.
    pub presence: Presence,
    /// The value.
    pub value: Expr,
    /// Comments and attributes, where there are some.
    pub info: Option<Arc<FieldInfo>>,
}

/// `[pattern]: value`. The value is evaluated in an environment of its own, which binds the label
/// and the matched field.
#[derive(Debug)]
pub struct Pattern {
    /// What labels have to match.
    pub pattern: Expr,
    /// What then holds for the field.
    pub value: Expr,
}

/// A struct literal, split by kinds of declarations.
#[derive(Debug, Default)]
pub struct Struct {
    /// Where.
    pub span: Span,
    /// Fields with known labels.
    pub fields: Vec<Field>,
    /// Fields with computed labels.
    pub dynamic: Few<DynamicField>,
    /// Patterns.
    pub patterns: Few<Pattern>,
    /// Embedded expressions.
    pub embeddings: Few<Expr>,
    /// Comprehensions.
    pub comprehensions: Few<Comprehension>,
    /// `let` clauses.
    pub lets: Few<(Symbol, Expr)>,
    /// Whether there is a `...`.
    pub open: bool,
    /// Whether a declaration of a regular or required field, dynamic or not, makes it a struct.
    pub has_regular: bool,
    /// Whether what it embeds stays closed: `@experiment(explicitopen)`.
    pub explicit_open: bool,
    /// The order of what can give fields, if not all are fields with known labels.
    order: Few<Decl>,
}

impl Struct {
    /// What can give fields, in the order of the source: the order of output.
    pub fn decls(&self) -> impl ExactSizeIterator<Item = Decl> {
        let count = self.fields.len().max(self.order.len());
        (0..count as u32).map(|at| self.decl(at).unwrap_or(Decl::Field(at)))
    }

    /// One of [`Struct::decls`].
    pub fn decl(&self, at: u32) -> Option<Decl> {
        if self.order.is_empty() {
            return ((at as usize) < self.fields.len()).then_some(Decl::Field(at));
        }
        self.order.get(at as usize).copied()
    }

    /// Whether nothing but fields with known labels is declared.
    pub fn has_fields_only(&self) -> bool {
        self.order.is_empty()
    }

    /// Notes what comes next, before it is added to the list of its kind.
    fn next(&mut self, decl: Decl) {
        if self.order.is_empty() {
            if matches!(decl, Decl::Field(_)) {
                return;
            }
            let fields = self.fields.len() as u32;
            self.order.extend((0..fields).map(Decl::Field));
        }
        self.order.push(decl);
    }
}

/// A reference to a declaration of a struct literal: which list, which place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "named after the lists of Struct")]
pub enum Decl {
    Field(u32),
    Dynamic(u32),
    Pattern(u32),
    Embedding(u32),
    Comprehension(u32),
}

/// `for … if … {…}`
#[derive(Debug)]
pub struct Comprehension {
    /// The whole.
    pub span: Span,
    /// The clauses; each `for`, `let` and binding `try` opens an environment.
    pub clauses: Vec<Clause>,
    /// The body.
    pub body: Expr,
    /// What holds if nothing was yielded.
    pub fallback: Option<Box<Expr>>,
}

/// A clause of a comprehension.
#[derive(Debug)]
pub enum Clause {
    /// `for k, v in source`; the span is that of the source.
    For(Expr),
    /// `if condition`
    If(Expr),
    /// `let x = value`
    Let(Expr),
    /// `try x = value`
    Try(Option<Expr>),
}

impl Default for Span {
    fn default() -> Span {
        Span::NONE
    }
}
