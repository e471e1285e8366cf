//! What a token is where it stands.
//!
//! Keywords of CUE are also names; which one is meant depends on the tokens around. This pass decides
//! it once, so that the grammar needs one token of lookahead only. It also measures how deep the tree
//! will be, before anything is built.

use super::token::{Kind, Token};
use crate::depth::MAX_NESTING;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Gives contextual tokens their kind. Fails at the place where the text nests too deeply.
pub(crate) fn contextualize(tokens: &mut [Token], text: &str) -> Result<(), Span> {
    let mut pass =
        Pass { tokens, text, levels: vec![Level::default()], header: Header::Attributes };
    for at in 0..pass.tokens.len() {
        pass.token(at);
        pass.measure(at)?;
    }
    Ok(())
}

/// What may still stand at the head of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Header {
    Attributes,
    Imports,
    Over,
}

/// An open bracket.
#[derive(Clone, Copy)]
struct Level {
    open: Kind,
    /// It holds declarations or list elements, which may start with a keyword.
    takes_clauses: bool,
    /// How deep the bracket itself is.
    base: u32,
    /// Colons since the last comma.
    labels: u32,
    /// Prefix operators and selectors of the current operand.
    operand: u32,
}

impl Default for Level {
    fn default() -> Level {
        Level { open: Kind::LeftBrace, takes_clauses: true, base: 0, labels: 0, operand: 0 }
    }
}

struct Pass<'t> {
    tokens: &'t mut [Token],
    text: &'t str,
    levels: Vec<Level>,
    header: Header,
}

impl Pass<'_> {
    fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|t| t.0)
    }

    fn before(&self, at: usize) -> Option<Kind> {
        at.checked_sub(1).and_then(|i| self.kind(i))
    }

    fn is_text(&self, at: usize, text: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|t| self.text.get(t.1.start as usize..t.1.end as usize) == Some(text))
    }

    fn takes_clauses(&self) -> bool {
        self.levels.last().is_some_and(|l| l.takes_clauses)
    }

    /// Whether a declaration or element starts at `at`.
    fn starts_declaration(&self, at: usize) -> bool {
        self.takes_clauses()
            && self.before(at).is_none_or(|k| {
                matches!(k, Kind::LeftBrace | Kind::LeftBracket | Kind::Comma | Kind::ImpliedComma)
            })
    }

    fn token(&mut self, at: usize) {
        let Some(kind) = self.kind(at) else { return };
        let header = self.header;
        if header != Header::Over && self.starts_declaration(at) {
            self.header = match kind {
                Kind::Attribute => header,
                Kind::Package | Kind::Import => Header::Imports,
                Kind::Comma | Kind::ImpliedComma => header,
                _ => Header::Over,
            };
            if kind == Kind::Attribute && header == Header::Imports {
                self.header = Header::Over;
            }
        }
        let kind = match kind {
            Kind::Question | Kind::Not if self.kind(at + 1) == Some(Kind::Colon) => {
                if kind == Kind::Not { Kind::LabelRequired } else { Kind::LabelOptional }
            }
            Kind::Ident if self.is_fallback(at) => Kind::Fallback,
            Kind::Null | Kind::True | Kind::False => {
                let selected = self.before(at) == Some(Kind::Dot);
                if selected || self.is_label(at) { Kind::Ident } else { kind }
            }
            Kind::Package | Kind::Import => {
                let allowed = header != Header::Over && self.header == Header::Imports;
                let first = kind == Kind::Import || header == Header::Attributes;
                if allowed && first && self.starts_declaration(at) { kind } else { Kind::Ident }
            }
            Kind::If | Kind::For | Kind::Let => {
                if self.is_clause(at) && !self.is_label(at) {
                    kind
                } else {
                    Kind::Ident
                }
            }
            Kind::Try if self.is_clause(at) => kind,
            Kind::Try => Kind::Ident,
            Kind::In if self.is_source(at) => kind,
            Kind::In => Kind::Ident,
            kind => kind,
        };
        self.tokens[at].0 = kind;
    }

    fn is_label(&self, at: usize) -> bool {
        match self.kind(at + 1) {
            Some(Kind::Colon | Kind::Assign | Kind::Tilde) => true,
            Some(Kind::Question | Kind::Not) => self.kind(at + 2) == Some(Kind::Colon),
            _ => false,
        }
    }

    /// Whether a keyword at `at` starts a clause.
    fn is_clause(&self, at: usize) -> bool {
        let next = self.kind(at + 1);
        let ends_let = self.kind(at) == Some(Kind::Let) && next == Some(Kind::RightBrace);
        if ends_let || matches!(next, Some(Kind::Comma | Kind::ImpliedComma)) {
            return false;
        }
        self.starts_declaration(at)
            || self.takes_clauses()
                && self.before(at).is_some_and(Kind::ends_operand)
                && self.before(at) != Some(Kind::For)
            || self.before(at) == Some(Kind::Question)
            || self.before(at) == Some(Kind::Try)
    }

    /// Whether `in` at `at` belongs to a `for`.
    fn is_source(&self, at: usize) -> bool {
        let back = |n: usize| at.checked_sub(n).and_then(|i| self.kind(i));
        back(2) == Some(Kind::For) && back(1).is_some_and(Kind::is_word)
            || back(4) == Some(Kind::For) && back(2) == Some(Kind::Comma)
    }

    fn is_fallback(&self, at: usize) -> bool {
        self.before(at) == Some(Kind::RightBrace)
            && self.kind(at + 1) == Some(Kind::LeftBrace)
            && ["else", "otherwise", "fallback"].iter().any(|word| self.is_text(at, word))
    }

    fn measure(&mut self, at: usize) -> Result<(), Span> {
        let Token(kind, span) = self.tokens[at];
        // Tokens before are decided: these are keywords here, and an operand starts behind them.
        let keyword = |kind| matches!(kind, Kind::In | Kind::If | Kind::For | Kind::Try);
        let continues = self.before(at).is_some_and(|kind| kind.ends_operand() && !keyword(kind));
        let Some(&top) = self.levels.last() else { return Ok(()) };
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        match kind {
            Kind::LeftBrace | Kind::LeftBracket | Kind::LeftParen | Kind::InterpolationStart => {
                let list = kind == Kind::LeftBracket && !continues;
                level.operand += u32::from(continues);
                let base = level.base + level.labels + level.operand + 1;
                let takes_clauses = list || kind == Kind::LeftBrace;
                self.levels.push(Level { open: kind, takes_clauses, base, labels: 0, operand: 0 });
                return too_deep(base, span);
            }
            Kind::RightBrace | Kind::RightBracket | Kind::RightParen | Kind::InterpolationEnd => {
                if self.levels.len() > 1 && matches(top.open, kind) {
                    self.levels.pop();
                }
                return Ok(());
            }
            Kind::Comma | Kind::ImpliedComma => {
                level.labels = 0;
                level.operand = 0;
            }
            Kind::Colon => {
                level.labels += 1;
                level.operand = 0;
            }
            Kind::Dot | Kind::Question | Kind::Ellipsis | Kind::Assign => level.operand += 1,
            kind if is_operator(kind) => {
                level.operand = if continues { 0 } else { level.operand + 1 };
            }
            _ => return Ok(()),
        }
        too_deep(level.base + level.labels + level.operand, span)
    }
}

fn is_operator(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Plus
            | Kind::Minus
            | Kind::Star
            | Kind::Slash
            | Kind::Not
            | Kind::And
            | Kind::Or
            | Kind::LogicalAnd
            | Kind::LogicalOr
            | Kind::Equal
            | Kind::NotEqual
            | Kind::Less
            | Kind::LessEqual
            | Kind::Greater
            | Kind::GreaterEqual
            | Kind::Match
            | Kind::NotMatch
    )
}

fn matches(open: Kind, close: Kind) -> bool {
    matches!(
        (open, close),
        (Kind::LeftBrace, Kind::RightBrace)
            | (Kind::LeftBracket, Kind::RightBracket)
            | (Kind::LeftParen, Kind::RightParen)
            | (Kind::InterpolationStart, Kind::InterpolationEnd)
    )
}

fn too_deep(depth: u32, span: Span) -> Result<(), Span> {
    if depth <= MAX_NESTING { Ok(()) } else { Err(span) }
}

/// The error for a text that nests too deeply at `span`.
pub(crate) fn nesting_error(span: Span) -> Diagnostic {
    let message = format!("nested more than {MAX_NESTING} levels deep");
    Diagnostic::load("cue/nesting", span, message)
        .help("give the inner parts names of their own and refer to them")
}
