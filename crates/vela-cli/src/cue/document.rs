//! Files that are not CUE, as the documents in them.

use super::encoding::Encoding;
use super::input::standard_input;
use vela::lang::encoding::{self, json, toml, yaml};
use vela::lang::module::Packages;
use vela::lang::source::{Source, SourceId};
use vela::lang::syntax::ast::{
    BinaryOp, Comments, Decl, Embed, Expr, File, Ident, Literal, Operand, UnaryOp,
};
use vela::lang::{Class, Diagnostic, Engine, Error, Span};

/// A document of a file that is not CUE.
pub(crate) struct Document {
    pub(crate) expr: Expr,
    /// The path of the file, as it was given.
    pub(crate) path: String,
    pub(crate) source: SourceId,
    /// Which one of the file, and how many it has.
    pub(crate) index: usize,
    pub(crate) count: usize,
}

/// The documents of a data file.
pub(crate) fn read(
    engine: &Engine,
    packages: &Packages<'_>,
    path: &str,
    encoding: Encoding,
) -> Result<Vec<Document>, Error> {
    let text = if path == "-" { standard_input()? } else { packages.text(path)? };
    let name = match path {
        "-" => "-".to_owned(),
        path if path.starts_with("./") || path.starts_with('/') || path.starts_with("../") => {
            path.to_owned()
        }
        path => format!("./{path}"),
    };
    let source = engine.sources().add(Source::new(name.clone(), text.clone()));
    let span = Span::new(source, 0, text.len());
    let exprs = match encoding {
        Encoding::Json => vec![json::parse_expr(source, &name, &text)?],
        Encoding::JsonLines => json::parse_exprs(source, &name, &text)?,
        Encoding::Yaml => {
            let found = yaml::parse_exprs(source, &text, yaml::Dialect::Cue)?;
            let is_empty = matches!(found.as_slice(), [] | [Expr::Null(_)]) && has_nothing(&text);
            if is_empty { vec![anything(span)] } else { found }
        }
        Encoding::Toml => {
            let data = toml::parse(&text).map_err(|error| {
                Diagnostic::new("cue/encoding", Class::Load, error.to_string()).at(span)
            })?;
            vec![encoding::expr(&data, span)]
        }
        _ => vec![Expr::String(Literal { span, text: json::escaped(&text).into() })],
    };
    let count = exprs.len();
    let documents = exprs.into_iter().enumerate().map(|(index, expr)| Document {
        expr,
        path: path.to_owned(),
        source,
        index,
        count,
    });
    Ok(documents.collect())
}

/// Whether a text of YAML has no document.
fn has_nothing(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

/// What a file without a document stands for: null where nothing else is said, `*null | _`.
fn anything(span: Span) -> Expr {
    let null = Expr::Null(span).into();
    let top = Expr::Ident(Ident { span, name: "_".into() });
    let first = Expr::Unary { op: UnaryOp::Default, op_span: span, expr: null, end: span.end };
    let rest = vec![Operand { op: BinaryOp::Or, op_span: span, expr: top }];
    Expr::Binary { first: first.into(), rest: rest.into() }
}

/// A document as a file that is unified with CUE.
pub(crate) fn as_file(expr: Expr) -> File {
    let span = expr.span();
    let decls = match expr {
        Expr::Struct(lit) => lit.into_inner().decls,
        value => {
            let comments = Comments::default();
            vec![Decl::Embed(Box::new(Embed { value, attributes: Vec::new(), comments }))]
        }
    };
    File { span, decls, trailing: Vec::new() }
}
