//! Source text to syntax tree: lexer, grammar, literals.

pub mod ast;
mod build;
mod context;
mod lexer;
pub mod literal;
mod message;
mod token;
pub mod walk;

#[allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    unreachable_pub,
    unused_imports,
    unused_lifetimes,
    elided_lifetimes_in_paths,
    reason = "generated from cue.lalrpop"
)]
mod grammar {
    include!(concat!(env!("OUT_DIR"), "/cue.rs"));
}

pub use crate::depth::MAX_NESTING;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, SourceId, Sources, Span};
use build::Builder;

/// What became of a file. Where there are errors the tree has holes ([`ast::Decl::Bad`],
/// [`ast::Expr::Bad`]).
#[derive(Clone, PartialEq, Debug)]
pub struct Parsed {
    /// The tree.
    pub file: ast::File,
    /// The text, in the table that was given.
    pub source: SourceId,
    /// What is wrong with it, in the order of the text.
    pub errors: Vec<Diagnostic>,
}

/// What became of a single expression.
#[derive(Clone, PartialEq, Debug)]
pub struct ParsedExpr {
    /// The tree.
    pub expr: ast::Expr,
    /// The text, in the table that was given.
    pub source: SourceId,
    /// What is wrong with it, in the order of the text.
    pub errors: Vec<Diagnostic>,
}

/// Reads a file. The text is added to `sources` under `name`.
pub fn parse(sources: &Sources, name: &str, text: impl Into<String>) -> Parsed {
    let source = sources.add(Source::new(name, text));
    let held = sources.get(source);
    let text = held.as_ref().map_or("", |s| s.text.as_str());
    let whole = Span::new(source, 0, text.len());
    let parser = grammar::FileParser::new();
    let read = read(source, text, |builder, tokens| parser.parse(builder, tokens));
    let decls = read.tree.unwrap_or_default();
    let file = ast::File { span: whole, decls, trailing: read.trailing };
    Parsed { file, source, errors: read.errors }
}

/// Reads a single expression. The text is added to `sources` under `name`.
pub fn parse_expr(sources: &Sources, name: &str, text: impl Into<String>) -> ParsedExpr {
    let source = sources.add(Source::new(name, text));
    let held = sources.get(source);
    let text = held.as_ref().map_or("", |s| s.text.as_str());
    let whole = Span::new(source, 0, text.len());
    let parser = grammar::SingleParser::new();
    let read = read(source, text, |builder, tokens| parser.parse(builder, tokens));
    ParsedExpr { expr: read.tree.unwrap_or(ast::Expr::Bad(whole)), source, errors: read.errors }
}

struct Read<T> {
    tree: Option<T>,
    trailing: Vec<ast::CommentGroup>,
    errors: Vec<Diagnostic>,
}

type Spanned = Result<(u32, token::Token, u32), ()>;
type Tokens<'t> = std::iter::Map<std::slice::Iter<'t, token::Token>, fn(&token::Token) -> Spanned>;
type ParseResult<T> = Result<T, lalrpop_util::ParseError<u32, token::Token, ()>>;

fn read<T>(
    source: SourceId,
    text: &str,
    parse: impl FnOnce(&mut Builder<'_>, Tokens<'_>) -> ParseResult<T>,
) -> Read<T> {
    let mut lexed = lexer::lex(source, text);
    if let Err(place) = context::contextualize(&mut lexed.tokens, text) {
        lexed.errors.push(context::nesting_error(place));
        return Read { tree: None, trailing: Vec::new(), errors: lexed.errors };
    }
    let tokens = lexed.tokens;
    let mut builder = Builder::new(text, &tokens, lexed.comments);
    let spanned: fn(&token::Token) -> Spanned = |t| Ok((t.1.start, *t, t.1.end));
    let stream = tokens.iter().map(spanned);
    let tree = match parse(&mut builder, stream) {
        Ok(tree) => Some(tree),
        Err(error) => {
            builder.report(&error);
            None
        }
    };
    let trailing = builder.take_rest();
    let errors = one_per_line(lexed.errors.into_iter().chain(builder.errors).collect(), text);
    Read { tree, trailing, errors }
}

/// In the order of the text; of the errors of a line only the first, since the others mostly follow
/// from it.
fn one_per_line(mut errors: Vec<Diagnostic>, text: &str) -> Vec<Diagnostic> {
    let start = |d: &Diagnostic| d.span.map_or(0, |s| s.start as usize);
    errors.sort_by_key(start);
    let same_line = |a: usize, b: usize| text.get(a..b).is_some_and(|t| !t.contains('\n'));
    errors.dedup_by(|later, earlier| same_line(start(earlier), start(later)));
    errors
}

#[cfg(test)]
mod tests;

/// Reads the CUE source of a builtin member.
pub(crate) fn parse_builtin(source: &str) -> Option<ast::Expr> {
    let sources = Sources::default();
    let parsed = parse_expr(&sources, "builtin", source);
    parsed.errors.is_empty().then_some(parsed.expr)
}
