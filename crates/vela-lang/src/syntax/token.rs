//! Tokens: a kind and a place, nothing owned.
//!
//! `logos` recognises what a regular expression can; the [lexer](super::lexer) finishes the kinds
//! marked as openers. Kinds without a pattern are made by the lexer or by
//! [contextualize](super::context::contextualize).

use crate::source::Span;
use logos::Logos;

/// A token with its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token(pub(crate) Kind, pub(crate) Span);

/// What a token is.
#[derive(Logos, Clone, Copy, PartialEq, Eq, Debug)]
#[logos(skip r"[ \t\r]+")]
pub(crate) enum Kind {
    #[token("\n")]
    Newline,
    #[regex(r"//[^\n]*", allow_greedy = true)]
    Comment,
    /// An opener: the ASCII beginning of an identifier.
    #[regex(r"(_?#)?[a-zA-Z_$][a-zA-Z0-9_$]*|_?#")]
    Ident,
    /// An opener: the rest of the number follows.
    #[regex(r"\.?[0-9]")]
    Number,
    /// An opener: the rest of the string follows.
    #[regex(r#"#*["']"#)]
    String,
    /// An opener: name and body follow.
    #[token("@")]
    Attribute,
    /// From the opening quote to `\(`.
    InterpolationStart,
    /// From `)` to `\(`.
    InterpolationMiddle,
    /// From `)` to the closing quote.
    InterpolationEnd,

    #[token("_|_")]
    Bottom,
    #[token("null")]
    Null,
    #[token("true")]
    True,
    #[token("false")]
    False,
    #[token("for")]
    For,
    #[token("if")]
    If,
    #[token("let")]
    Let,
    #[token("try")]
    Try,
    #[token("in")]
    In,
    #[token("package")]
    Package,
    #[token("import")]
    Import,
    /// `else`, `otherwise` or `fallback` behind the body of a comprehension.
    Fallback,

    #[token("{")]
    LeftBrace,
    #[token("}")]
    RightBrace,
    #[token("[")]
    LeftBracket,
    #[token("]")]
    RightBracket,
    #[token("(")]
    LeftParen,
    #[token(")")]
    RightParen,
    #[token(",")]
    Comma,
    /// The comma that a line end stands for.
    ImpliedComma,
    #[token(":")]
    Colon,
    #[token(".")]
    Dot,
    #[token("...")]
    Ellipsis,
    #[token("=")]
    Assign,
    #[token("~")]
    Tilde,
    #[token("?")]
    Question,
    /// `?` before a colon.
    LabelOptional,
    #[token("!")]
    Not,
    /// `!` before a colon.
    LabelRequired,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("&")]
    And,
    #[token("|")]
    Or,
    #[token("&&")]
    LogicalAnd,
    #[token("||")]
    LogicalOr,
    #[token("==")]
    Equal,
    #[token("!=")]
    NotEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEqual,
    #[token("=~")]
    Match,
    #[token("!~")]
    NotMatch,
    /// Not a token of the language where it stands.
    Illegal,
}

impl Kind {
    /// Whether it is written as an identifier.
    pub(crate) fn is_word(self) -> bool {
        matches!(
            self,
            Kind::Ident
                | Kind::Null
                | Kind::True
                | Kind::False
                | Kind::For
                | Kind::If
                | Kind::Let
                | Kind::Try
                | Kind::In
                | Kind::Package
                | Kind::Import
                | Kind::Fallback
        )
    }

    /// Whether an operand can end with it: then a line end behind it is a comma, and `(`, `[`, `.`
    /// continue the operand.
    pub(crate) fn ends_operand(self) -> bool {
        self.is_word()
            || matches!(
                self,
                Kind::Number
                    | Kind::String
                    | Kind::InterpolationEnd
                    | Kind::Bottom
                    | Kind::RightBrace
                    | Kind::RightBracket
                    | Kind::RightParen
            )
    }

    /// Whether a line end behind it is a comma.
    pub(crate) fn implies_comma(self) -> bool {
        self.ends_operand() || matches!(self, Kind::Question | Kind::Ellipsis | Kind::Attribute)
    }
}
