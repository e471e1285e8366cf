//! Expressions.

use super::Printer;
use super::decls::starts_with_try;
use crate::depth::grow;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::literal::Form;

impl Printer<'_> {
    /// Prints an expression; `depth` counts the operators and arguments around it.
    pub(super) fn expr(&mut self, expr: &Expr, depth: usize) {
        grow(|| self.expr_kind(expr, depth));
    }

    fn expr_kind(&mut self, expr: &Expr, depth: usize) {
        match expr {
            Expr::Bottom(_) => self.write("_|_"),
            Expr::Null(_) => self.write("null"),
            Expr::Bool(_, value) => self.write(if *value { "true" } else { "false" }),
            Expr::Number(literal) => {
                let text = number(&literal.text);
                self.write(&text);
            }
            Expr::String(literal) => self.string(literal),
            Expr::Interpolation(interpolation) => self.interpolation(interpolation),
            Expr::Ident(name) => self.write(&name.name),
            Expr::Struct(lit) => self.struct_lit(lit),
            Expr::List(list) => self.list(list),
            Expr::Paren(span, inner) => self.paren(*span, inner, depth),
            Expr::Unary { op, expr, .. } => self.unary(*op, expr, depth),
            Expr::Binary { first, rest } => self.binary(first, rest, depth),
            Expr::Selector { base, label } => {
                self.expr(base, depth);
                self.write(".");
                let broken = self.breaks(base.span(), label.span());
                self.broken(broken, |p| match label {
                    SelectorLabel::Ident(name) => p.write(&name.name),
                    SelectorLabel::String(literal) => p.string(literal),
                });
            }
            Expr::Index { span, base, index } => {
                self.expr(base, depth);
                let open = self.opening(*span, base.span(), "[");
                let broken = self.breaks(open, index.span());
                self.blank_kept(index.span(), broken);
                self.broken(broken, |p| p.expr(index, depth + 1));
                self.closing(*span, "]");
            }
            Expr::Slice { span, base, low, high } => {
                self.expr(base, depth);
                self.opening(*span, base.span(), "[");
                let binary =
                    |e: &Option<Nested<Expr>>| matches!(e.as_deref(), Some(Expr::Binary { .. }));
                let blanks = (binary(low) || binary(high)) && low.is_some() && high.is_some();
                if let Some(low) = low {
                    self.blank_kept(low.span(), false);
                    self.expr(low, depth + 1);
                }
                self.write(if blanks { " : " } else { ":" });
                if let Some(high) = high {
                    if !blanks {
                        self.blank_kept(high.span(), false);
                    }
                    self.expr(high, depth + 1);
                }
                self.closing(*span, "]");
            }
            Expr::Call { span, function, args } => self.call(*span, function, args, depth),
            Expr::Alias(name, value) => {
                self.write(&name.name);
                self.equals(name.span, value.span(), false);
                self.expr(value, depth);
            }
            Expr::Open(_, base) => {
                self.expr(base, depth);
                self.write("...");
            }
            Expr::Maybe(_, base) => {
                self.expr(base, depth);
                self.write("?");
            }
            Expr::Bad(span) => {
                let text = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
                self.out.text(text);
            }
        }
    }

    /// Runs `print`, on a new indented line if `broken`.
    fn broken(&mut self, broken: bool, print: impl FnOnce(&mut Self)) {
        if broken {
            self.indent += 1;
            self.newline();
        }
        print(self);
        if broken {
            self.indent -= 1;
        }
    }

    /// Keeps the blank of the source before `place`.
    pub(super) fn blank_kept(&mut self, place: Span, broken: bool) {
        if !broken && self.blank_before(place) {
            self.write(" ");
        }
    }

    /// Writes the bracket behind an operand that ends where `base` ends; yields its place.
    fn opening(&mut self, whole: Span, base: Span, bracket: &str) -> Span {
        let between = self.text.get(base.end as usize..whole.end as usize).unwrap_or("");
        let place = match between.find(bracket) {
            Some(at) if !whole.is_none() => {
                let start = base.end + at as u32;
                Span { start, end: start + 1, ..base }
            }
            _ => Span::NONE,
        };
        self.blank_kept(place, false);
        self.write(bracket);
        place
    }

    fn closing(&mut self, whole: Span, bracket: &str) {
        self.blank_kept(last_byte(whole), false);
        self.write(bracket);
    }

    fn call(&mut self, span: Span, function: &Expr, args: &[Expr], depth: usize) {
        let outer = self.indent;
        let broken_indent = self.broken_indent();
        self.expr(function, depth);
        let mut before = self.opening(span, function.span(), "(");
        let depth = if args.len() > 1 { depth + 1 } else { depth };
        let mut comments = self.comments_after(before);
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.write(",");
            }
            for comment in comments.drain(..) {
                self.write(" ");
                self.comment_lines(&comment);
            }
            if self.breaks(before, arg.span()) {
                self.indent = broken_indent;
                self.newline();
            } else if i > 0 {
                self.write(" ");
            } else {
                self.blank_kept(arg.span(), false);
            }
            self.expr(arg, depth);
            before = arg.span();
            let comma = self.comma_after(before);
            comments = self.comments_after(comma);
        }
        if !args.is_empty() && self.breaks(before, last_byte(span)) {
            self.write(",");
            for comment in comments {
                self.write(" ");
                self.comment_lines(&comment);
            }
            self.indent = broken_indent;
            self.newline();
        } else {
            self.inner.extend(comments.into_iter().map(|c| (span.end, c)));
        }
        self.indent = outer;
        self.write(")");
    }

    /// The comma behind what ends at `place`, where there is one.
    pub(super) fn comma_after(&self, place: Span) -> Span {
        let rest = self.text.get(place.end as usize..).unwrap_or("");
        let trimmed = rest.trim_start();
        if place.is_none() || !trimmed.starts_with(',') {
            return Span::NONE;
        }
        let start = place.end + (rest.len() - trimmed.len()) as u32;
        Span { start, end: start + 1, ..place }
    }

    pub(super) fn paren(&mut self, span: Span, inner: &Expr, depth: usize) {
        if let Expr::Paren(span, inner) = inner {
            return grow(|| self.paren(*span, inner, depth));
        }
        self.write("(");
        let broken =
            !span.is_none() && self.newlines(span.start, inner.span()).is_some_and(|n| n > 0);
        let depth = if depth > 1 { depth - 1 } else { depth };
        self.blank_kept(inner.span(), broken);
        self.broken(broken, |p| p.expr(inner, depth));
        self.closing(span, ")");
    }

    fn string(&mut self, literal: &Literal) {
        let form = Form::of(&literal.text).filter(|f| f.multiline);
        let Some(form) = form else { return self.write(&literal.text) };
        let old = form.indent(&literal.text).to_owned();
        for (i, line) in literal.text.lines().enumerate() {
            if i == 0 {
                self.write(line);
                continue;
            }
            self.out.verbatim_newline();
            let line = line.strip_prefix(old.as_str()).unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let indent = self.unit.repeat(self.indent + 1);
            self.write(&indent);
            self.write(line);
        }
    }

    pub(super) fn interpolation(&mut self, interpolation: &Interpolation) {
        let outer = self.indent;
        let mut exprs = interpolation.exprs.iter();
        for (i, piece) in interpolation.pieces.iter().enumerate() {
            if i > 0 && !self.out.at_line_start() {
                self.blank_kept(piece.span, false);
            }
            for (n, line) in piece.text.split('\n').enumerate() {
                if n > 0 {
                    self.out.verbatim_newline();
                }
                self.write(line.trim_end_matches('\r'));
            }
            if let Some(expr) = exprs.next() {
                let broken = self.breaks(piece.span, expr.span());
                self.blank_kept(expr.span(), broken);
                if broken {
                    let lines = self.newlines(piece.span.end, expr.span());
                    self.indent = outer + 1;
                    self.line_break(lines.is_some_and(|n| n > 1));
                }
                self.expr(expr, 2);
                let next = interpolation.pieces.get(i + 1).map_or(Span::NONE, |p| p.span);
                if broken || self.breaks(expr.span(), next) {
                    self.indent = outer + 1;
                    self.newline();
                }
                self.indent = outer;
            }
        }
    }

    pub(super) fn list(&mut self, list: &ListLit) {
        self.write("[");
        let open = first_byte(list.span);
        let close = last_byte(list.span);
        let outer = self.indent;
        let comments = self.comments_after(open);
        for comment in &comments {
            self.comment_lines(comment);
        }
        let mut before = open;
        let commas = self.list_commas(list);
        let mut multiline = !comments.is_empty();
        for (i, element) in list.elements.iter().enumerate() {
            let place = element_place(element);
            let broken = self.breaks(before, place);
            if i > 0 && (commas || !broken) {
                self.write(",");
                self.behind(&list.elements[i - 1]);
            }
            if broken || i == 0 && !comments.is_empty() {
                self.indent = outer + 1;
                let blank = self.newlines(before.end, place).is_some_and(|n| n > 1) && i > 0
                    || i == 0 && !comments.is_empty() && !element_comments(element).doc.is_empty();
                self.line_break(blank);
                multiline = true;
            } else if i > 0 || matches!(element, Element::Comprehension(c) if starts_with_try(c)) {
                self.write(" ");
            }
            self.element(element);
            before = element_end(element);
            let comma = self.comma_after(element_span(element));
            if comma.end > before.end {
                before = comma;
            }
        }
        if let Some(last) = list.elements.last() {
            let broken = self.breaks(before, close) || !list.trailing.is_empty();
            if broken && commas {
                self.write(",");
            }
            self.behind(last);
            multiline |= broken;
        }
        multiline |= !list.trailing.is_empty();
        self.trailing(&list.trailing, list.elements.last().is_some_and(has_line_comment), outer);
        self.indent = outer;
        let closes_below = !list.elements.is_empty() && self.breaks(before, close)
            || !comments.is_empty()
            || !list.trailing.is_empty();
        if multiline && closes_below {
            let blank = self.newlines(before.end, close).is_some_and(|n| n > 1);
            self.line_break(blank && list.trailing.is_empty());
        }
        self.write("]");
    }

    /// Whether the elements are separated by commas, and not by line ends alone. A single element
    /// tells by the comma behind it.
    fn list_commas(&self, list: &ListLit) -> bool {
        if let [element] = list.elements.as_slice() {
            let span = element_span(element);
            return span.is_none() || !self.comma_after(span).is_none();
        }
        list.elements.windows(2).all(|pair| {
            !self.breaks(element_end(&pair[0]), element_place(&pair[1]))
                || !self.comma_after(element_span(&pair[0])).is_none()
        })
    }

    fn element(&mut self, element: &Element) {
        let comments = element_comments(element);
        self.doc(&comments.doc);
        let outer = std::mem::replace(&mut self.inner, comments.inner.clone());
        match element {
            Element::Expr(expr, _) => self.expr(expr, 1),
            Element::Comprehension(comprehension) => self.comprehension(comprehension),
            Element::Ellipsis(ellipsis) => self.ellipsis(ellipsis),
            Element::Alias(name, value) => {
                self.write(&name.name);
                self.equals(name.span, value.span(), false);
                self.expr(value, 1);
            }
        }
        let left = std::mem::replace(&mut self.inner, outer);
        self.inner.extend(left);
    }

    /// The comment behind an element and its comma.
    fn behind(&mut self, element: &Element) {
        if let Some(line) = &element_comments(element).line {
            self.out.cell();
            self.comment_lines(line);
        }
    }

    pub(super) fn ellipsis(&mut self, ellipsis: &Ellipsis) {
        self.write("...");
        if let Some(value) = &ellipsis.value {
            self.blank_kept(value.span(), false);
            self.expr(value, 1);
        }
    }
}

static NO_COMMENTS: Comments = Comments::NONE;

fn element_comments(element: &Element) -> &Comments {
    match element {
        Element::Expr(_, comments) => comments,
        Element::Comprehension(comprehension) => &comprehension.comments,
        Element::Ellipsis(ellipsis) => &ellipsis.comments,
        Element::Alias(..) => &NO_COMMENTS,
    }
}

fn has_line_comment(element: &Element) -> bool {
    element_comments(element).line.is_some()
}

fn element_span(element: &Element) -> Span {
    match element {
        Element::Expr(expr, _) => expr.span(),
        Element::Comprehension(comprehension) => comprehension.span,
        Element::Ellipsis(ellipsis) => ellipsis.span,
        Element::Alias(name, value) => name.span.to(value.span()),
    }
}

/// Where an element starts, with the comments above it.
fn element_place(element: &Element) -> Span {
    element_comments(element).doc.first().map_or(element_span(element), |group| group.span)
}

/// Where an element ends, with the comment behind it.
fn element_end(element: &Element) -> Span {
    element_comments(element).line.as_ref().map_or(element_span(element), |group| group.span)
}

fn first_byte(span: Span) -> Span {
    if span.is_none() { span } else { Span { end: span.start + 1, ..span } }
}

pub(super) fn last_byte(span: Span) -> Span {
    if span.is_none() { span } else { Span { start: span.end.saturating_sub(1), ..span } }
}

/// A number as it is printed: with digits on both sides of the point, and a small exponent mark.
fn number(text: &str) -> String {
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if hexadecimal {
        return text.to_owned();
    }
    let mut out = text.replace('E', "e");
    if out.starts_with('.') {
        out.insert(0, '0');
    }
    if let Some(point) = out.find('.')
        && !out[point + 1..].starts_with(|c: char| c.is_ascii_digit())
    {
        out.insert(point + 1, '0');
    }
    out
}

/// Whether an expression holds a struct, a list or a multi-line string: then it is not aligned.
pub(super) fn is_block(expr: &Expr) -> bool {
    grow(|| is_block_here(expr))
}

fn is_block_here(expr: &Expr) -> bool {
    match expr {
        Expr::Struct(_) | Expr::List(_) => true,
        Expr::String(literal) => Form::of(&literal.text).is_some_and(|f| f.multiline),
        Expr::Paren(_, inner) | Expr::Open(_, inner) | Expr::Maybe(_, inner) => is_block(inner),
        Expr::Unary { expr, .. } => is_block(expr),
        Expr::Binary { first, rest } => is_block(first) || rest.iter().any(|o| is_block(&o.expr)),
        Expr::Selector { base, .. } => is_block(base),
        Expr::Index { base, index, .. } => is_block(base) || is_block(index),
        Expr::Slice { base, .. } => is_block(base),
        Expr::Call { function, args, .. } => is_block(function) || args.iter().any(is_block),
        _ => false,
    }
}

/// `{…}`, `[…]`
pub(super) fn is_bracketed(value: &Expr) -> bool {
    matches!(value, Expr::Struct(_) | Expr::List(_))
}
