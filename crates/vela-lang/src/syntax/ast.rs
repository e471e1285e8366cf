//! The syntax tree.
//!
//! It says what the user wrote, comments included, and nothing about what it means. Operators of one
//! precedence that follow each other are one flat [`Expr::Binary`], so that a sum of a hundred
//! thousand terms is a long list and not a deep tree.

pub use crate::depth::Nested;
use crate::source::Span;
use std::ops::{Deref, DerefMut};

/// A piece of the text: short ones are kept in place, long ones are shared.
pub type Text = ecow::EcoString;

/// A file.
#[derive(Clone, PartialEq, Debug)]
pub struct File {
    /// The whole text.
    pub span: Span,
    /// What it declares, in order: attributes, package clause, imports, then the rest.
    pub decls: Vec<Decl>,
    /// Comments after the last declaration.
    pub trailing: Vec<CommentGroup>,
}

/// Neighbouring comment lines without a blank line between them.
#[derive(Clone, PartialEq, Debug)]
pub struct CommentGroup {
    /// Where.
    pub span: Span,
    /// Each line with its `//`, as written.
    pub lines: Vec<Text>,
    /// A blank line stands above it.
    pub blank_before: bool,
    /// A blank line follows before the next token.
    pub blank_after: bool,
}

/// The comments that belong to a node. Most have none, and then take one word.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Comments(Option<Box<Attached>>);

/// The comments that belong to a node, by where they stand.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Attached {
    /// Above it.
    pub doc: Vec<CommentGroup>,
    /// Behind it, on its last line.
    pub line: Option<CommentGroup>,
    /// Inside it, behind tokens, for the formatter: (offset of the token that it follows, comment).
    pub inner: Vec<(u32, CommentGroup)>,
}

static NOTHING: Attached = Attached { doc: Vec::new(), line: None, inner: Vec::new() };

impl Comments {
    /// No comments at all.
    pub const NONE: Comments = Comments(None);

    /// Comments above, behind and inside a node.
    pub fn new(
        doc: Vec<CommentGroup>,
        line: Option<CommentGroup>,
        inner: Vec<(u32, CommentGroup)>,
    ) -> Comments {
        if doc.is_empty() && line.is_none() && inner.is_empty() {
            return Comments::NONE;
        }
        Comments(Some(Box::new(Attached { doc, line, inner })))
    }

    /// Whether there are no comments at all.
    pub fn is_empty(&self) -> bool {
        self.doc.is_empty() && self.line.is_none() && self.inner.is_empty()
    }

    /// The comments themselves.
    pub fn into_attached(self) -> Attached {
        self.0.map_or_else(Attached::default, |attached| *attached)
    }
}

impl Deref for Comments {
    type Target = Attached;

    fn deref(&self) -> &Attached {
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Comments {
    fn deref_mut(&mut self) -> &mut Attached {
        self.0.get_or_insert_default()
    }
}

/// A declaration of a file or a struct.
#[derive(Clone, PartialEq, Debug)]
pub enum Decl {
    /// `package p`
    Package(Box<Package>),
    /// `import "x"`, `import ( … )`
    Import(Box<Import>),
    /// `@attr(…)` as a declaration
    Attribute(Box<Attribute>, Comments),
    /// `label: value`
    Field(Box<Field>),
    /// `let x = value`
    Let(Box<Let>),
    /// `...` or `...T`
    Ellipsis(Box<Ellipsis>),
    /// An expression
    Embed(Box<Embed>),
    /// `for … {…}`, `if … {…}`
    Comprehension(Nested<Comprehension>),
    /// What could not be parsed; an error was reported.
    Bad(Span),
}

/// `package name`
#[derive(Clone, PartialEq, Debug)]
pub struct Package {
    /// From `package` to the name.
    pub span: Span,
    /// The name.
    pub name: Ident,
    /// Its comments.
    pub comments: Comments,
}

/// One import declaration.
#[derive(Clone, PartialEq, Debug)]
pub struct Import {
    /// From `import` on.
    pub span: Span,
    /// Whether it is written with parentheses.
    pub parens: Option<(Span, Span)>,
    /// What it imports.
    pub specs: Vec<ImportSpec>,
    /// Its comments.
    pub comments: Comments,
    /// Comments before the closing parenthesis.
    pub trailing: Vec<CommentGroup>,
}

/// `name "path"`
#[derive(Clone, PartialEq, Debug)]
pub struct ImportSpec {
    /// The local name, where one is given.
    pub name: Option<Ident>,
    /// The path as written, with quotes.
    pub path: Literal,
    /// Its comments.
    pub comments: Comments,
}

/// `@name(body)`
#[derive(Clone, PartialEq, Debug)]
pub struct Attribute {
    /// Where.
    pub span: Span,
    /// The whole text, from `@` to `)`.
    pub text: Text,
}

impl Attribute {
    /// The name: what stands between `@` and `(`.
    pub fn name(&self) -> &str {
        self.text[1..].split('(').next().unwrap_or("")
    }

    /// What stands between the outermost parentheses.
    pub fn body(&self) -> &str {
        let from = self.text.find('(').map_or(self.text.len(), |i| i + 1);
        let to = self.text.rfind(')').unwrap_or(self.text.len()).max(from);
        &self.text[from..to]
    }
}

/// A name with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Ident {
    /// Where.
    pub span: Span,
    /// The name with its `#` and `_`.
    pub name: Text,
}

/// A number, string or bytes literal without interpolations, as written.
#[derive(Clone, PartialEq, Debug)]
pub struct Literal {
    /// Where.
    pub span: Span,
    /// As written, with quotes and hashes.
    pub text: Text,
}

/// `?` or `!` behind a label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Constraint {
    /// `?`
    Optional,
    /// `!`
    Required,
}

/// A field, of a file or a struct.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// From alias or label to the end of value and attributes.
    pub span: Span,
    /// `X` in `X=label: value`
    pub alias: Option<Box<Ident>>,
    /// The label.
    pub label: Label,
    /// `~X` and `~(K, V)` behind the label.
    pub postfix_alias: Option<Box<PostfixAlias>>,
    /// `?` or `!`, and its place.
    pub constraint: Option<(Constraint, Span)>,
    /// The place of the colon.
    pub colon: Span,
    /// The value. In `a: b: 1` it is a [`StructLit`] without braces.
    pub value: Expr,
    /// `@name(…)` behind the value.
    pub attributes: Vec<Attribute>,
    /// Its comments. Those of `a: b: 1` belong to the outermost field.
    pub comments: Comments,
}

/// `~X`, or `~(K, V)`: K names the label, V the value.
#[derive(Clone, PartialEq, Debug)]
pub struct PostfixAlias {
    /// From `~` on.
    pub span: Span,
    /// K, only in the form with parentheses.
    pub key: Option<Ident>,
    /// X or V.
    pub value: Ident,
}

/// A field label.
#[derive(Clone, PartialEq, Debug)]
pub enum Label {
    /// `x`, `#x`, `_x`, a keyword
    Ident(Ident),
    /// `"x"`, also raw and multi-line
    String(Literal),
    /// `"\(x)"`
    Interpolation(Nested<Interpolation>),
    /// `(x)`
    Dynamic {
        /// With the parentheses.
        span: Span,
        /// The expression inside.
        expr: Nested<Expr>,
    },
    /// `[x]`, `[X=x]`
    Pattern {
        /// With the brackets.
        span: Span,
        /// `X`, the matched label.
        alias: Option<Box<Ident>>,
        /// The expression inside.
        expr: Nested<Expr>,
    },
}

impl Label {
    /// Where.
    pub fn span(&self) -> Span {
        match self {
            Label::Ident(i) => i.span,
            Label::String(l) => l.span,
            Label::Interpolation(i) => i.span,
            Label::Dynamic { span, .. } | Label::Pattern { span, .. } => *span,
        }
    }
}

/// `let name = value`
#[derive(Clone, PartialEq, Debug)]
pub struct Let {
    /// From `let` on.
    pub span: Span,
    /// The name.
    pub name: Ident,
    /// The value.
    pub value: Expr,
    /// Attributes behind it.
    pub attributes: Vec<Attribute>,
    /// Its comments.
    pub comments: Comments,
}

/// `...` in a struct or list; in lists with a type.
#[derive(Clone, PartialEq, Debug)]
pub struct Ellipsis {
    /// With the type.
    pub span: Span,
    /// The type.
    pub value: Option<Nested<Expr>>,
    /// Its comments.
    pub comments: Comments,
}

/// An expression as a declaration.
#[derive(Clone, PartialEq, Debug)]
pub struct Embed {
    /// The expression.
    pub value: Expr,
    /// Attributes behind it.
    pub attributes: Vec<Attribute>,
    /// Its comments.
    pub comments: Comments,
}

/// `for … if … let … {…}`, with its fallback where it has one.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Comprehension {
    /// The whole.
    pub span: Span,
    /// The clauses; the first is never a `let`.
    pub clauses: Vec<Clause>,
    /// The body.
    pub body: StructLit,
    /// `else {…}`, `otherwise {…}`, `fallback {…}`
    pub fallback: Option<Fallback>,
    /// Its comments.
    pub comments: Comments,
}

/// The alternative of a comprehension that yielded nothing.
#[derive(Clone, PartialEq, Debug)]
pub struct Fallback {
    /// The place of the keyword.
    pub keyword: Ident,
    /// The body.
    pub body: StructLit,
}

/// A clause of a comprehension.
#[derive(Clone, PartialEq, Debug)]
pub enum Clause {
    /// `for k, v in source`
    For {
        /// From `for` on.
        span: Span,
        /// `k`
        key: Option<Ident>,
        /// `v`
        value: Ident,
        /// The source.
        source: Expr,
    },
    /// `if condition`
    If {
        /// From `if` on.
        span: Span,
        /// The condition.
        condition: Expr,
    },
    /// `let x = value`
    Let {
        /// From `let` on.
        span: Span,
        /// `x`
        name: Ident,
        /// The value.
        value: Expr,
    },
    /// `try` or `try x = value`
    Try {
        /// From `try` on.
        span: Span,
        /// `x = value`
        binding: Option<(Ident, Expr)>,
    },
}

/// `{ … }`, or the implied struct of `a: b: 1`.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct StructLit {
    /// With the braces.
    pub span: Span,
    /// The two braces; `None` for the implied struct of `a: b: 1`.
    pub braces: Option<(Span, Span)>,
    /// What it declares.
    pub decls: Vec<Decl>,
    /// Comments before the closing brace.
    pub trailing: Vec<CommentGroup>,
}

/// `[ … ]`
#[derive(Clone, PartialEq, Default, Debug)]
pub struct ListLit {
    /// With the brackets.
    pub span: Span,
    /// The elements.
    pub elements: Vec<Element>,
    /// Comments before the closing bracket.
    pub trailing: Vec<CommentGroup>,
}

/// An element of a list.
#[derive(Clone, PartialEq, Debug)]
pub enum Element {
    /// An expression.
    Expr(Expr, Comments),
    /// A comprehension.
    Comprehension(Nested<Comprehension>),
    /// `...`, `...T`
    Ellipsis(Box<Ellipsis>),
    /// `X=value`: not allowed by the language; kept so that the error can say so.
    Alias(Ident, Expr),
}

/// Unary operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `!`
    Not,
    /// `*`: the mark of a default
    Default,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `=~`
    Match,
    /// `!~`
    NotMatch,
}

/// Binary operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinaryOp {
    /// `|`
    Or,
    /// `&`
    And,
    /// `||`
    LogicalOr,
    /// `&&`
    LogicalAnd,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `=~`
    Match,
    /// `!~`
    NotMatch,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl UnaryOp {
    /// As written.
    pub fn text(self) -> &'static str {
        match self {
            UnaryOp::Plus => "+",
            UnaryOp::Minus => "-",
            UnaryOp::Not => "!",
            UnaryOp::Default => "*",
            UnaryOp::Equal => "==",
            UnaryOp::NotEqual => "!=",
            UnaryOp::Less => "<",
            UnaryOp::LessEqual => "<=",
            UnaryOp::Greater => ">",
            UnaryOp::GreaterEqual => ">=",
            UnaryOp::Match => "=~",
            UnaryOp::NotMatch => "!~",
        }
    }
}

impl BinaryOp {
    /// Binds the tighter the higher, from 1 (`|`) to 7 (`*`, `/`).
    pub fn precedence(self) -> u8 {
        match self {
            BinaryOp::Or => 1,
            BinaryOp::And => 2,
            BinaryOp::LogicalOr => 3,
            BinaryOp::LogicalAnd => 4,
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual
            | BinaryOp::Match
            | BinaryOp::NotMatch => 5,
            BinaryOp::Add | BinaryOp::Subtract => 6,
            BinaryOp::Multiply | BinaryOp::Divide => 7,
        }
    }

    /// As written.
    pub fn text(self) -> &'static str {
        match self {
            BinaryOp::Or => "|",
            BinaryOp::And => "&",
            BinaryOp::LogicalOr => "||",
            BinaryOp::LogicalAnd => "&&",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::Match => "=~",
            BinaryOp::NotMatch => "!~",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
        }
    }
}

/// `"a\(x)b"`
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Interpolation {
    /// The whole literal.
    pub span: Span,
    /// The literal pieces as written, one more than expressions: the first begins with the opening
    /// quote and ends with `\(`, the last begins with `)` and ends with the closing quote.
    pub pieces: Vec<Literal>,
    /// The expressions between them.
    pub exprs: Vec<Expr>,
}

/// An operator and what stands right of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Operand {
    /// The operator.
    pub op: BinaryOp,
    /// The operator's place.
    pub op_span: Span,
    /// The right operand.
    pub expr: Expr,
}

/// An expression.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// `_|_`
    Bottom(Span),
    /// `null`
    Null(Span),
    /// `true`, `false`
    Bool(Span, bool),
    /// `1`, `1.5Ki`
    Number(Literal),
    /// `"x"`, `'x'` without interpolations
    String(Literal),
    /// `"\(x)"`
    Interpolation(Nested<Interpolation>),
    /// `x`, `_`
    Ident(Ident),
    /// `{…}`
    Struct(Nested<StructLit>),
    /// `[…]`
    List(Nested<ListLit>),
    /// `(x)`
    Paren(Span, Nested<Expr>),
    /// `-x`, `>x`, `*x`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Its place.
        op_span: Span,
        /// The operand.
        expr: Nested<Expr>,
        /// Where the operand ends.
        end: u32,
    },
    /// `a + b - c`: operators of one precedence, applied from the left.
    Binary {
        /// The first operand.
        first: Nested<Expr>,
        /// The others; never empty, all of one precedence.
        rest: Nested<Vec<Operand>>,
    },
    /// `x.y`, `x."y"`
    Selector {
        /// `x`
        base: Nested<Expr>,
        /// `y`
        label: SelectorLabel,
    },
    /// `x[i]`
    Index {
        /// From base to bracket.
        span: Span,
        /// `x`
        base: Nested<Expr>,
        /// `i`
        index: Nested<Expr>,
    },
    /// `x[i:j]`
    Slice {
        /// From base to bracket.
        span: Span,
        /// `x`
        base: Nested<Expr>,
        /// `i`
        low: Option<Nested<Expr>>,
        /// `j`
        high: Option<Nested<Expr>>,
    },
    /// `f(x, y)`
    Call {
        /// From function to parenthesis.
        span: Span,
        /// `f`
        function: Nested<Expr>,
        /// The arguments.
        args: Nested<Vec<Expr>>,
    },
    /// `X={…}` as the value of a field
    Alias(Ident, Nested<Expr>),
    /// `x...` (experiment explicitopen)
    Open(Span, Nested<Expr>),
    /// `x?` (experiment try)
    Maybe(Span, Nested<Expr>),
    /// What could not be parsed; an error was reported.
    Bad(Span),
}

/// What stands behind the dot.
#[derive(Clone, PartialEq, Debug)]
pub enum SelectorLabel {
    /// `.x`
    Ident(Ident),
    /// `."x"`
    String(Literal),
}

impl SelectorLabel {
    /// Where.
    pub fn span(&self) -> Span {
        match self {
            SelectorLabel::Ident(i) => i.span,
            SelectorLabel::String(l) => l.span,
        }
    }
}

impl Default for Expr {
    fn default() -> Expr {
        Expr::Bad(Span::NONE)
    }
}

const _: () = assert!(size_of::<Expr>() <= 48 && size_of::<Decl>() <= 24);

impl Expr {
    /// Where; linear in the number of selectors that follow each other.
    pub fn span(&self) -> Span {
        match self {
            Expr::Bottom(s)
            | Expr::Null(s)
            | Expr::Bool(s, _)
            | Expr::Paren(s, _)
            | Expr::Open(s, _)
            | Expr::Maybe(s, _)
            | Expr::Bad(s) => *s,
            Expr::Number(l) | Expr::String(l) => l.span,
            Expr::Interpolation(i) => i.span,
            Expr::Ident(i) => i.span,
            Expr::Struct(s) => s.span,
            Expr::List(l) => l.span,
            Expr::Unary { op_span, end, .. } => Span { end: *end, ..*op_span },
            Expr::Binary { first, rest } => {
                let first = first.span();
                rest.last().map_or(first, |last| first.to(last.expr.span()))
            }
            Expr::Selector { base, label } => {
                let mut first = base;
                while let Expr::Selector { base, .. } = &**first {
                    first = base;
                }
                first.span().to(label.span())
            }
            Expr::Index { span, .. } | Expr::Slice { span, .. } | Expr::Call { span, .. } => *span,
            Expr::Alias(name, value) => name.span.to(value.span()),
        }
    }
}
