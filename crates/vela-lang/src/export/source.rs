//! Source expressions as they are printed in place of a value that is not known yet.
//!
//! What is printed is not the text: comments go, literals are written anew, parentheses stand only
//! where they have to, and every struct has a line for each declaration, `let` clauses first.

use crate::depth::grow;
use crate::number::Number;
use crate::source::{SourceId, Sources, Span};
use crate::syntax;
use crate::syntax::ast::*;
use crate::syntax::literal;
use crate::syntax::walk::{VisitMut, inside_mut};

/// How source is written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// How many structs it stands in.
    pub(super) indent: usize,
    /// As a definition: doc comments, attributes and the form of numbers stay.
    pub(super) definition: bool,
}

impl Style {
    /// In place of a value, so many structs deep.
    pub(super) fn value(indent: usize) -> Style {
        Style { indent, definition: false }
    }

    fn deeper(self) -> Style {
        Style { indent: self.indent + 1, ..self }
    }

    /// The doc comments among the comments of a declaration: of several only the one next to it.
    fn docs(self, comments: Comments) -> Comments {
        if !self.definition {
            return Comments::default();
        }
        Comments::new(docs(comments), None, Vec::new())
    }
}

/// The doc comment of a declaration: the comment just above it.
pub(super) fn docs(comments: Comments) -> Vec<CommentGroup> {
    let last = comments.into_attached().doc.pop().filter(|group| !group.blank_after);
    last.map(|group| CommentGroup { span: Span::NONE, ..group }).into_iter().collect()
}

/// Where a conjunct stands when several are shown: kinds, references, scalars, then the rest as
/// written.
pub(super) fn rank(expr: &Expr) -> u8 {
    const KINDS: [&str; 7] = ["bool", "bytes", "float", "int", "null", "number", "string"];
    match expr {
        Expr::Ident(name) if KINDS.contains(&name.name.as_str()) => 0,
        Expr::Ident(name) if is_range(&name.name) => 4,
        Expr::Ident(_) => 1,
        Expr::Null(_) | Expr::Bool(..) | Expr::Number(_) | Expr::String(_) => 2,
        _ => 3,
    }
}

/// Predefined names that stand for a kind and bounds.
fn is_range(name: &str) -> bool {
    let digits = name.trim_start_matches("uint").trim_start_matches("int");
    name == "uint" || name == "rune" || name.contains("int") && digits.parse::<u8>().is_ok()
}

/// The conjuncts of an expression, without parentheses around them.
pub(super) fn conjuncts(expr: Expr, found: &mut Vec<Expr>) {
    match expr {
        Expr::Paren(_, inner) => grow(|| conjuncts(inner.into_inner(), found)),
        Expr::Binary { first, rest } if rest.iter().all(|o| o.op == BinaryOp::And) => {
            grow(|| conjuncts(first.into_inner(), found));
            for operand in rest.into_inner() {
                grow(|| conjuncts(operand.expr, found));
            }
        }
        other => found.push(other),
    }
}

/// Several conjuncts as one expression; `None` where there are none.
pub(super) fn joined(mut conjuncts: Vec<Expr>) -> Option<Expr> {
    if conjuncts.len() < 2 {
        return conjuncts.pop();
    }
    let mut operands = conjuncts.into_iter().map(|expr| in_binary(expr, BinaryOp::And, true));
    let first = operands.next()?.into();
    let rest = operands.map(|expr| Operand { op: BinaryOp::And, op_span: Span::NONE, expr });
    Some(Expr::Binary { first, rest: rest.collect::<Vec<_>>().into() })
}

/// Reads an expression, or the fields of a struct that has no braces (what follows the first colon of
/// `a: (b): c`).
pub(super) fn read(text: &str) -> Expr {
    let parsed = syntax::parse_expr(&Sources::default(), "source", text);
    let mut expr = parsed.expr;
    if !parsed.errors.is_empty() {
        let fields = syntax::parse(&Sources::default(), "source", text);
        if fields.errors.is_empty() {
            let (span, decls) = (Span::NONE, fields.file.decls);
            let lit = StructLit { span, braces: None, decls, trailing: Vec::new() };
            expr = Expr::Struct(lit.into());
        }
    }
    Lines { text }.expr(&mut expr);
    expr
}

/// Reads the declarations of a file.
pub(super) fn read_file(text: &str) -> File {
    let mut file = syntax::parse(&Sources::default(), "source", text).file;
    Lines { text }.decls(&mut file.decls);
    file.decls = declarations(file.decls, Style::value(0));
    file.trailing.clear();
    file
}

/// A file of that text, with places as [`Lines`] makes them.
pub(super) fn with_lines(file: &File, text: &str) -> File {
    let mut file = file.clone();
    Lines { text }.decls(&mut file.decls);
    file
}

/// An expression that was written on one line.
pub(super) fn on_one_line(expr: &Expr) -> Expr {
    let mut expr = expr.clone();
    Lines { text: "" }.expr(&mut expr);
    expr
}

/// Makes the places of comprehensions and their clauses say how many line ends stand before them in
/// `text`: the reference keeps those, whatever else it lays out anew.
struct Lines<'t> {
    text: &'t str,
}

impl Lines<'_> {
    /// A place that says how many line ends stand just before `span`; more than two say no more.
    fn before(&self, span: Span) -> Span {
        let before = self.text.get(..span.start as usize).unwrap_or("");
        let blank = before.len() - before.trim_end().len();
        let lines = before[before.len() - blank..].bytes().filter(|b| *b == b'\n').count();
        Span::new(SourceId(0), lines.min(2), lines.min(2))
    }

    fn comprehension(&self, inner: &mut Comprehension) {
        inner.span = self.before(inner.span);
        for clause in &mut inner.clauses {
            let (Clause::For { span, .. }
            | Clause::If { span, .. }
            | Clause::Let { span, .. }
            | Clause::Try { span, .. }) = clause;
            *span = self.before(*span);
        }
    }
}

impl VisitMut for Lines<'_> {
    fn decls(&mut self, decls: &mut Vec<Decl>) {
        for decl in decls.iter_mut() {
            if let Decl::Comprehension(inner) = decl {
                self.comprehension(inner);
            }
        }
        inside_mut::decls(self, decls);
    }

    fn expr(&mut self, expr: &mut Expr) {
        if let Expr::List(list) = expr {
            for element in &mut list.elements {
                if let Element::Comprehension(inner) = element {
                    self.comprehension(inner);
                }
            }
        }
        inside_mut::expr(self, expr);
    }
}

/// An expression in the form in which it is printed, `style.indent` structs deep.
pub(super) fn rewritten(expr: Expr, style: Style) -> Expr {
    grow(|| rewrite(expr, style))
}

fn nested(expr: Nested<Expr>, style: Style) -> Nested<Expr> {
    rewritten(expr.into_inner(), style).into()
}

/// What stands before a dot or a bracket.
fn base(expr: Nested<Expr>, style: Style) -> Nested<Expr> {
    match rewritten(expr.into_inner(), style) {
        expr @ (Expr::Binary { .. } | Expr::Unary { .. }) => paren(expr).into(),
        expr => expr.into(),
    }
}

fn rewrite(expr: Expr, style: Style) -> Expr {
    let none = Span::NONE;
    match expr {
        Expr::Bottom(_) => Expr::Bottom(none),
        Expr::Null(_) => Expr::Null(none),
        Expr::Bool(_, value) => Expr::Bool(none, value),
        Expr::Number(literal) if style.definition => Expr::Number(unmoved(literal)),
        Expr::Number(literal) => Expr::Number(number(literal)),
        Expr::String(literal) if style.definition && !literal.text.contains('\n') => {
            Expr::String(unmoved(literal))
        }
        Expr::String(literal) => Expr::String(string(literal)),
        Expr::Interpolation(interpolation) => interpolated(interpolation.into_inner(), style),
        Expr::Ident(name) => Expr::Ident(unplaced(name)),
        Expr::Struct(lit) => Expr::Struct(structure(lit.into_inner(), style).into()),
        Expr::List(list) => Expr::List(Nested::new(ListLit {
            span: none,
            elements: list
                .into_inner()
                .elements
                .into_iter()
                .map(|e| element(e, style.deeper()))
                .collect(),
            trailing: Vec::new(),
        })),
        Expr::Paren(_, inner) => rewritten(inner.into_inner(), style),
        Expr::Unary { op, expr, .. } => {
            let expr = rewritten(expr.into_inner(), style);
            let expr = if matches!(expr, Expr::Binary { .. }) { paren(expr) } else { expr };
            Expr::Unary { op, op_span: none, end: 0, expr: expr.into() }
        }
        Expr::Binary { first, rest } => {
            let op = rest.first().map_or(BinaryOp::And, |operand| operand.op);
            let first = in_binary(rewritten(first.into_inner(), style), op, true);
            let rest: Vec<Operand> = rest
                .into_inner()
                .into_iter()
                .map(|operand| Operand {
                    op: operand.op,
                    op_span: none,
                    expr: in_binary(rewritten(operand.expr, style), operand.op, false),
                })
                .collect();
            // An operand that lost its parentheses becomes part of the chain.
            match first {
                Expr::Binary { first, rest: mut chain }
                    if chain.first().is_some_and(|o| o.op.precedence() == op.precedence()) =>
                {
                    chain.extend(rest);
                    Expr::Binary { first, rest: chain }
                }
                first => Expr::Binary { first: first.into(), rest: rest.into() },
            }
        }
        Expr::Selector { base, label } => {
            let base = self::base(base, style);
            let label = match label {
                SelectorLabel::Ident(name) => SelectorLabel::Ident(unplaced(name)),
                SelectorLabel::String(text) => match plain_label(&text) {
                    Some(name) => SelectorLabel::Ident(name),
                    None => SelectorLabel::String(string(text)),
                },
            };
            Expr::Selector { base, label }
        }
        Expr::Index { base, index, .. } => {
            Expr::Index { span: none, base: self::base(base, style), index: nested(index, style) }
        }
        Expr::Slice { base, low, high, .. } => Expr::Slice {
            span: none,
            base: self::base(base, style),
            low: low.map(|low| nested(low, style)),
            high: high.map(|high| nested(high, style)),
        },
        Expr::Call { function, args, .. } => Expr::Call {
            span: none,
            function: base(function, style),
            args: args
                .into_inner()
                .into_iter()
                .map(|arg| rewritten(arg, style))
                .collect::<Vec<_>>()
                .into(),
        },
        Expr::Alias(name, value) => Expr::Alias(unplaced(name), nested(value, style)),
        Expr::Open(_, base) => Expr::Open(none, nested(base, style)),
        Expr::Maybe(_, base) => Expr::Maybe(none, nested(base, style)),
        Expr::Bad(_) => Expr::Bad(none),
    }
}

fn unplaced(name: Ident) -> Ident {
    Ident { span: Span::NONE, name: name.name }
}

/// An attribute without its place.
pub(super) fn unplaced_attribute(attribute: Attribute) -> Attribute {
    Attribute { span: Span::NONE, text: attribute.text }
}

/// Comments without their places.
pub(super) fn unplaced_groups(groups: Vec<CommentGroup>) -> Vec<CommentGroup> {
    groups.into_iter().map(|group| CommentGroup { span: Span::NONE, ..group }).collect()
}

fn paren(expr: Expr) -> Expr {
    Expr::Paren(Span::NONE, expr.into())
}

/// An operand with the parentheses that it needs beside `op`.
fn in_binary(expr: Expr, op: BinaryOp, first: bool) -> Expr {
    let Expr::Binary { rest, .. } = &expr else { return expr };
    let inner = rest.first().map_or(0, |operand| operand.op.precedence());
    let binds = if first { inner >= op.precedence() } else { inner > op.precedence() };
    if binds { expr } else { paren(expr) }
}

/// A number in decimal, without separators and multipliers.
fn number(text: Literal) -> Literal {
    let text = match literal::number(&text) {
        Ok(number) => match &number {
            Number::Float(_) => float(&text.text, &number),
            _ => number.cue_text(),
        },
        Err(_) => return unmoved(text),
    };
    Literal { span: Span::NONE, text: text.into() }
}

/// A float keeps its form, apart from separators.
fn float(text: &str, number: &Number) -> String {
    let digits = text.replace('_', "");
    if digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !digits.starts_with('.') {
        digits
    } else {
        number.cue_text()
    }
}

/// A literal that can't be read stays as it is.
fn unmoved(text: Literal) -> Literal {
    Literal { span: Span::NONE, text: text.text }
}

fn string(text: Literal) -> Literal {
    let bytes = text.text.trim_start_matches('#').starts_with('\'');
    let text = match literal::decode(&text) {
        Ok(value) if bytes && value.contains(&b'\n') => {
            literal::quote_multiline_bytes(&value, "\t")
        }
        Ok(value) if bytes => literal::quote_bytes(&value),
        Ok(value) => match String::from_utf8(value) {
            Ok(value) if value.contains('\n') => literal::quote_multiline(&value, "\t"),
            Ok(value) => literal::quote_string(&value),
            Err(_) => return unmoved(text),
        },
        Err(_) => return unmoved(text),
    };
    Literal { span: Span::NONE, text: text.into() }
}

fn interpolated(interpolation: Interpolation, style: Style) -> Expr {
    let Interpolation { pieces, exprs, .. } = interpolation;
    let exprs: Vec<Expr> = exprs.into_iter().map(|expr| rewritten(expr, style)).collect();
    let quoted = literal::decode_pieces(&pieces)
        .ok()
        .and_then(|texts| literal::quote_pieces(&texts, is_bytes(&pieces), style.indent + 2));
    let pieces = match quoted {
        Some(texts) => {
            texts.into_iter().map(|text| Literal { span: Span::NONE, text: text.into() }).collect()
        }
        None => pieces,
    };
    Expr::Interpolation(Nested::new(Interpolation { span: Span::NONE, pieces, exprs }))
}

fn is_bytes(pieces: &[Literal]) -> bool {
    pieces.first().is_some_and(|piece| piece.text.trim_start_matches('#').starts_with('\''))
}

/// The name that a quoted label may be written as.
fn plain_label(text: &Literal) -> Option<Ident> {
    let value = String::from_utf8(literal::decode(text).ok()?).ok()?;
    (!literal::label_needs_quotes(&value)).then_some(Ident { span: Span::NONE, name: value.into() })
}

fn structure(lit: StructLit, style: Style) -> StructLit {
    let none = Span::NONE;
    let mut decls = declarations(lit.decls, style.deeper());
    if style.definition
        && let Some(Decl::Comprehension(first)) = decls.first_mut()
    {
        first.span = none;
    }
    let trailing = if style.definition { unplaced_groups(lit.trailing) } else { Vec::new() };
    StructLit { span: none, braces: Some((none, none)), decls, trailing }
}

/// What a struct or a file declares, `let` clauses and embedded values first.
pub(super) fn declarations(decls: Vec<Decl>, style: Style) -> Vec<Decl> {
    let place = |decl: &Decl| match decl {
        Decl::Let(_) => 0,
        Decl::Embed(embed) if !style.definition && !matches!(embed.value, Expr::Struct(_)) => 1,
        _ => 2,
    };
    let mut decls = decls;
    decls.sort_by_key(place);
    decls.into_iter().filter_map(|decl| declared(decl, style)).collect()
}

fn declared(decl: Decl, style: Style) -> Option<Decl> {
    let none = Span::NONE;
    Some(match decl {
        Decl::Field(field) => Decl::Field(Box::new(Field {
            span: none,
            alias: field.alias.map(|name| Box::new(unplaced(*name))),
            label: label(field.label, style),
            postfix_alias: field.postfix_alias,
            constraint: field.constraint.map(|(constraint, _)| (constraint, none)),
            colon: none,
            comments: match &field.value {
                // What stands above `a: b: 1` is about neither.
                Expr::Struct(lit) if lit.braces.is_none() => Comments::default(),
                _ => style.docs(field.comments),
            },
            value: rewritten(field.value, style),
            attributes: field.attributes.into_iter().map(unplaced_attribute).collect(),
        })),
        Decl::Let(clause) => Decl::Let(Box::new(Let {
            span: none,
            name: unplaced(clause.name),
            value: rewritten(clause.value, style),
            attributes: Vec::new(),
            comments: Comments::default(),
        })),
        Decl::Ellipsis(rest) => Decl::Ellipsis(Box::new(ellipsis(*rest, style))),
        Decl::Embed(embed) => Decl::Embed(Box::new(Embed {
            value: rewritten(embed.value, style),
            attributes: Vec::new(),
            comments: Comments::default(),
        })),
        Decl::Comprehension(inner) => {
            Decl::Comprehension(comprehension(inner.into_inner(), style).into())
        }
        Decl::Attribute(attribute, _) if style.definition => {
            Decl::Attribute(Box::new(unplaced_attribute(*attribute)), Comments::default())
        }
        Decl::Attribute(..) | Decl::Package(_) | Decl::Import(_) | Decl::Bad(_) => return None,
    })
}

fn label(label: Label, style: Style) -> Label {
    let span = Span::NONE;
    match label {
        Label::Ident(name) => Label::Ident(unplaced(name)),
        Label::String(text) => match plain_label(&text) {
            Some(name) => Label::Ident(name),
            None => Label::String(string(text)),
        },
        Label::Interpolation(inner) => match interpolated(inner.into_inner(), style) {
            Expr::Interpolation(inner) => Label::Interpolation(inner),
            expr => Label::Dynamic { span, expr: expr.into() },
        },
        Label::Dynamic { expr, .. } => Label::Dynamic { span, expr: nested(expr, style) },
        Label::Pattern { alias, expr, .. } => Label::Pattern {
            span,
            alias: alias.map(|name| Box::new(unplaced(*name))),
            expr: nested(expr, style),
        },
    }
}

fn ellipsis(rest: Ellipsis, style: Style) -> Ellipsis {
    Ellipsis {
        span: Span::NONE,
        value: rest.value.map(|value| nested(value, style)),
        comments: Comments::default(),
    }
}

fn element(element: Element, style: Style) -> Element {
    match element {
        Element::Expr(expr, _) => Element::Expr(rewritten(expr, style), Comments::default()),
        Element::Comprehension(inner) => {
            Element::Comprehension(comprehension(inner.into_inner(), style).into())
        }
        Element::Ellipsis(rest) => Element::Ellipsis(Box::new(ellipsis(*rest, style))),
        Element::Alias(name, value) => Element::Alias(name, rewritten(value, style)),
    }
}

fn comprehension(inner: Comprehension, style: Style) -> Comprehension {
    let clauses = inner.clauses.into_iter().map(|clause| match clause {
        Clause::For { span, key, value, source } => Clause::For {
            span,
            key: key.map(unplaced),
            value: unplaced(value),
            source: rewritten(source, style),
        },
        Clause::If { span, condition } => {
            Clause::If { span, condition: rewritten(condition, style) }
        }
        Clause::Let { span, name, value } => {
            Clause::Let { span, name: unplaced(name), value: rewritten(value, style) }
        }
        Clause::Try { span, binding } => Clause::Try {
            span,
            binding: binding.map(|(name, expr)| (unplaced(name), rewritten(expr, style))),
        },
    });
    Comprehension {
        span: inner.span,
        clauses: clauses.collect(),
        body: structure(inner.body, style),
        fallback: inner.fallback.map(|fallback| Fallback {
            keyword: unplaced(fallback.keyword),
            body: structure(fallback.body, style),
        }),
        comments: Comments::default(),
    }
}
