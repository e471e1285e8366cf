//! Where documents are placed: `-l`, `--list`, `--with-context`.

use super::document::{Document, as_file};
use crate::failure::Failure;
use clap::Args;
use std::sync::Arc;
use vela::OsFs;
use vela::lang::module::{Packages, join};
use vela::lang::syntax::ast::{
    Comments, Decl, Element, Embed, Expr, Field, File, Ident, Label, ListLit, Literal, StructLit,
};
use vela::lang::syntax::{self, literal};
use vela::lang::{Data, Engine, Error, Inputs, Span, encoding, export, format, ir};

/// Where documents go.
#[derive(Args, Clone)]
pub(crate) struct Placement {
    /// Place documents at a path: labels that end in a colon, or expressions over the document.
    #[arg(short = 'l', long = "path", value_name = "LABEL")]
    paths: Vec<String>,
    /// Gather the documents in lists.
    #[arg(long)]
    list: bool,
    /// Let `-l` see the document as `data`, with `filename`, `index` and `recordCount`.
    #[arg(long = "with-context")]
    context: bool,
}

/// A document with the labels that lead to it.
pub(crate) type Placed = (Vec<Label>, Expr);

/// A step of a path.
enum Step {
    Label(Label),
    /// An expression whose value is the label.
    Computed(Expr),
}

impl Placement {
    /// Whether anything is asked for.
    pub(crate) fn is_none(&self) -> bool {
        self.paths.is_empty() && !self.list
    }

    /// Whether several documents of one file may stand side by side.
    pub(crate) fn takes_several(&self) -> bool {
        !self.is_none()
    }

    /// The documents with their labels, gathered in lists where that is asked for.
    pub(crate) fn place(
        &self,
        documents: Vec<Document>,
        engine: &Engine,
        packages: &mut Packages<'static>,
        fail: &dyn Fn(Error) -> Failure,
    ) -> Result<Vec<Placed>, Failure> {
        let steps = self.steps(engine).map_err(fail)?;
        let mut placed: Vec<Placed> = Vec::new();
        for document in documents {
            let labels = self.labels(&steps, &document, engine, packages, fail)?;
            if !self.list {
                placed.push((labels, document.expr));
                continue;
            }
            let element = Element::Expr(document.expr, Comments::default());
            let same = |at: &[Label]| shown(at) == shown(&labels);
            match placed.iter_mut().find(|(at, _)| same(at)) {
                Some((_, Expr::List(list))) => list.elements.push(element),
                _ => {
                    let elements = vec![element];
                    let list = ListLit { span: Span::NONE, elements, trailing: Vec::new() };
                    placed.push((labels, Expr::List(list.into())));
                }
            }
        }
        Ok(placed)
    }

    fn steps(&self, engine: &Engine) -> Result<Vec<Step>, Error> {
        let mut steps = Vec::new();
        for text in &self.paths {
            let parsed = syntax::parse_expr(engine.sources(), "--path", text.clone());
            if parsed.errors.is_empty() {
                steps.push(Step::Computed(parsed.expr));
                continue;
            }
            let whole =
                if text.trim_end().ends_with(':') { format!("{text} _") } else { text.clone() };
            let parsed = syntax::parse(engine.sources(), "--path", whole);
            if !parsed.errors.is_empty() {
                return Err(Error::new(parsed.errors));
            }
            chain(parsed.file.decls, &mut steps);
        }
        Ok(steps)
    }

    fn labels(
        &self,
        steps: &[Step],
        document: &Document,
        engine: &Engine,
        packages: &mut Packages<'static>,
        fail: &dyn Fn(Error) -> Failure,
    ) -> Result<Vec<Label>, Failure> {
        let exprs: Vec<Expr> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Computed(expr) => Some(expr.clone()),
                Step::Label(_) => None,
            })
            .collect();
        let mut values = Vec::new();
        if !exprs.is_empty() {
            let file =
                if self.context { in_context(document) } else { referable(document.expr.clone()) };
            let root = engine
                .compile_expressions(&[Arc::new(file)], &exprs, packages)
                .and_then(|program| program.evaluate(&Inputs::default()))
                .map_err(fail)?;
            for (index, expr) in exprs.iter().enumerate() {
                let value = root.field(&ir::expression_label(index)).cloned();
                let text = value.as_ref().and_then(|value| value.as_str());
                let Some(text) = text else {
                    let found = value.as_ref().map(export::compact).unwrap_or_default();
                    let expr = format::format_expr(expr, None);
                    return Err(Failure::new(format!("error evaluating label {expr}: {found}")));
                };
                values.push(label(text));
            }
        }
        let mut values = values.into_iter();
        let labels = steps.iter().filter_map(|step| match step {
            Step::Label(label) => Some(label.clone()),
            Step::Computed(_) => values.next(),
        });
        Ok(labels.collect())
    }
}

/// The labels of `a: b: …`.
fn chain(decls: Vec<Decl>, steps: &mut Vec<Step>) {
    let Some(Decl::Field(field)) = decls.into_iter().next() else { return };
    match field.label {
        Label::Interpolation(inner) => {
            steps.push(Step::Computed(Expr::Interpolation(inner)));
        }
        Label::Dynamic { expr, .. } => steps.push(Step::Computed(expr.into_inner())),
        Label::Ident(name) => {
            steps.push(Step::Label(Label::Ident(Ident { span: Span::NONE, name: name.name })));
        }
        other => steps.push(Step::Label(other)),
    }
    if let Expr::Struct(lit) = field.value {
        chain(lit.into_inner().decls, steps);
    }
}

/// A document whose fields can be referred to, which quotes would prevent.
fn referable(expr: Expr) -> File {
    let mut file = as_file(expr);
    for decl in &mut file.decls {
        if let Decl::Field(field) = decl
            && let Label::String(text) = &field.label
            && let Ok(literal::Text::String(name)) = literal::string(text)
        {
            field.label = label(&name);
        }
    }
    file
}

/// What `-l` sees with `--with-context`.
fn in_context(document: &Document) -> File {
    let base = OsFs::current_directory().unwrap_or_default();
    let int = |n: usize| Data::Number((n as i64).into());
    let known = [
        ("filename", Data::String(join(&base, &document.path).into())),
        ("index", int(document.index)),
        ("recordCount", int(document.count)),
    ];
    let mut decls = vec![field(label("data"), document.expr.clone())];
    decls.extend(known.map(|(name, data)| field(label(name), encoding::expr(&data, Span::NONE))));
    File { span: Span::NONE, decls, trailing: Vec::new() }
}

/// A label with this text.
fn label(text: &str) -> Label {
    let span = Span::NONE;
    if literal::label_needs_quotes(text) {
        Label::String(Literal { span, text: literal::quote_string(text).into() })
    } else {
        Label::Ident(Ident { span, name: text.into() })
    }
}

fn field(label: Label, value: Expr) -> Decl {
    Decl::Field(Box::new(Field {
        span: Span::NONE,
        alias: None,
        label,
        postfix_alias: None,
        constraint: None,
        colon: Span::NONE,
        value,
        attributes: Vec::new(),
        comments: Comments::default(),
    }))
}

fn shown(labels: &[Label]) -> Vec<String> {
    let text = |label: &Label| match label {
        Label::Ident(name) => name.name.to_string(),
        Label::String(text) => text.text.to_string(),
        other => format!("{other:?}"),
    };
    labels.iter().map(text).collect()
}

/// Declarations of placed documents, one below the other.
pub(crate) fn declarations(placed: Vec<Placed>) -> Vec<Decl> {
    placed.into_iter().flat_map(|(labels, value)| declared(labels, value)).collect()
}

fn declared(labels: Vec<Label>, value: Expr) -> Vec<Decl> {
    let mut labels = labels.into_iter().rev();
    let Some(last) = labels.next() else {
        return match value {
            Expr::Struct(lit) => lit.into_inner().decls,
            value => {
                let comments = Comments::default();
                vec![Decl::Embed(Box::new(Embed { value, attributes: Vec::new(), comments }))]
            }
        };
    };
    let outer = labels.fold(field(last, value), |inner, label| {
        let decls = vec![inner];
        let lit = StructLit { span: Span::NONE, braces: None, decls, trailing: Vec::new() };
        field(label, Expr::Struct(lit.into()))
    });
    vec![outer]
}
