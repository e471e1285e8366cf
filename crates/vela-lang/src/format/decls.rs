//! Declarations: files, structs, fields, comprehensions.

use super::Printer;
use super::exprs::is_block;
use crate::depth::grow;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::literal::{Form, Text, quote_string, string};

impl Printer<'_> {
    pub(super) fn file(&mut self, file: &File) {
        let blank_first = matches!(file.decls.first(), Some(Decl::Comprehension(c))
            if c.comments.doc.is_empty() && !c.span.is_none() && self.text.starts_with('\n'));
        if blank_first {
            self.newline();
        }
        self.decls(&file.decls, None, !file.trailing.is_empty());
        let end = file.decls.last().map(decl_end);
        for (i, group) in file.trailing.iter().enumerate() {
            if !self.out.is_empty() {
                let blank = match (i, end) {
                    (0, Some(end)) => {
                        let commented = file.decls.last().is_some_and(|d| has_line_comment(d));
                        commented || self.newlines(end.end, group.span).is_some_and(|n| n > 1)
                    }
                    _ => true,
                };
                self.line_break(blank);
            }
            self.comment_lines(group);
        }
    }

    /// Ends the line; with `blank` an empty line follows.
    pub(super) fn line_break(&mut self, blank: bool) {
        if blank {
            self.out.newline(0);
        }
        self.newline();
    }

    /// Prints declarations; `open` is the brace before the first; `trailing` whether comments follow
    /// the last.
    fn decls(&mut self, decls: &[Decl], open: Option<Span>, trailing: bool) {
        let outer = self.indent;
        let mut first_on_line = open.is_none();
        for (i, decl) in decls.iter().enumerate() {
            let before = i.checked_sub(1).and_then(|i| decls.get(i));
            let end = before.map_or(open, |b| Some(decl_end(b)));
            if let Some(end) = end {
                let from = end.end.max(before.map_or(0, |b| self.comma_after(decl_span(b)).end));
                let lines = self.newlines(from, decl_place(decl));
                let broken = lines.map_or(true, |n| n > 0) || before.is_some_and(has_line_comment);
                if broken {
                    if open.is_some() {
                        self.indent = outer + 1;
                    }
                    let blank = lines.is_some_and(|n| n > 1)
                        || before.is_some_and(|before| {
                            let commented = trailing && i + 1 == decls.len();
                            separates(before, decl, commented)
                        });
                    self.line_break(blank);
                } else if before.is_some() {
                    self.write(", ");
                } else if is_try(decl) {
                    self.blank_kept(decl_span(decl), false);
                }
                first_on_line = broken;
            }
            self.decl(decl, first_on_line);
        }
    }

    fn decl(&mut self, decl: &Decl, first_on_line: bool) {
        let comments = decl_comments(decl);
        self.doc(&comments.doc);
        if comments.line.is_some() && !matches!(decl, Decl::Field(_)) {
            self.out.section();
            self.labels = 0;
        }
        match decl {
            Decl::Package(package) => self.with_comments(comments, true, |p| {
                p.write("package ");
                p.write(&package.name.name);
            }),
            Decl::Import(import) => self.with_comments(comments, true, |p| p.import(import)),
            Decl::Attribute(attribute, _) => {
                self.with_comments(comments, true, |p| p.write(&attribute.text));
            }
            Decl::Field(field) => {
                let value = last_value(field);
                let chain = chained(field).is_some();
                let aligned = first_on_line && !is_block(value) && !has_block_label(field);
                let only_dots = is_ellipsis_alone(value);
                let cell = first_on_line && (chain || only_dots || !is_bracketed(value));
                if aligned || cell && comments.line.is_some() {
                    let labels = label_count(field);
                    if labels != self.labels || only_dots && !chain {
                        self.out.section();
                    }
                    self.labels = labels;
                }
                self.with_comments(comments, cell, |p| p.field(field, aligned));
            }
            Decl::Let(clause) => self.with_comments(comments, !is_bracketed(&clause.value), |p| {
                p.write("let ");
                p.write(&clause.name.name);
                p.write(" = ");
                p.expr(&clause.value, 1);
                p.attributes(&clause.attributes, false);
            }),
            Decl::Ellipsis(ellipsis) => {
                self.with_comments(comments, true, |p| p.ellipsis(ellipsis))
            }
            Decl::Embed(embed) => self.with_comments(comments, !is_bracketed(&embed.value), |p| {
                p.expr(&embed.value, 1);
                p.attributes(&embed.attributes, false);
            }),
            Decl::Comprehension(comprehension) => {
                self.with_comments(comments, false, |p| p.comprehension(comprehension));
            }
            Decl::Bad(span) => {
                let text = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
                self.out.text(text);
            }
        }
    }

    fn import(&mut self, import: &Import) {
        self.write("import ");
        let Some((left, right)) = import.parens else {
            for spec in &import.specs {
                self.with_comments(&spec.comments, true, |p| p.import_spec(spec));
            }
            return;
        };
        self.write("(");
        let mut before = left;
        let mut multiline = false;
        let outer = self.indent;
        for (i, spec) in import.specs.iter().enumerate() {
            let start = spec.name.as_ref().map_or(spec.path.span, |n| n.span);
            let place = spec.comments.doc.first().map_or(start, |g| g.span);
            let lines = self.newlines(before.end, place);
            if lines.map_or(true, |n| n > 0) {
                self.indent = outer + 1;
                self.line_break(lines.is_some_and(|n| n > 1) && i > 0);
                multiline = true;
            } else if i > 0 {
                self.write(" ");
            }
            self.doc(&spec.comments.doc);
            self.with_comments(&spec.comments, true, |p| p.import_spec(spec));
            before = spec.comments.line.as_ref().map_or(spec.path.span, |g| g.span);
        }
        let commented = import.specs.last().is_some_and(|s| s.comments.line.is_some());
        self.trailing(&import.trailing, commented, outer);
        self.indent = outer;
        let closes_below = self.newlines(before.end, right).map_or(true, |n| n > 0);
        if multiline && closes_below {
            self.newline();
        }
        self.write(")");
    }

    fn import_spec(&mut self, spec: &ImportSpec) {
        if let Some(name) = &spec.name {
            self.write(&name.name);
            self.write(" ");
        }
        self.write(&spec.path.text);
    }

    fn attributes(&mut self, attributes: &[Attribute], aligned: bool) {
        for (i, attribute) in attributes.iter().enumerate() {
            if i == 0 && aligned {
                self.out.cell();
            } else {
                self.write(" ");
            }
            self.write(&attribute.text);
        }
    }

    /// Prints a field and, where its value is one, the chain of fields below it.
    fn field(&mut self, field: &Field, aligned: bool) {
        let outer = self.indent;
        let mut current = field;
        loop {
            self.label(current);
            self.write(":");
            let colon = current.colon;
            let Some(next) = chained(current) else { break };
            self.value_gap(colon, field_start(next), 1, false);
            current = next;
        }
        let step = usize::from(!is_bracketed(&current.value));
        self.value_gap(current.colon, current.value.span(), step, aligned);
        grow(|| self.expr(&current.value, 1));
        self.indent = outer;
        self.attributes(&field.attributes, aligned);
    }

    /// What stands between a colon and what follows; `step` is added to the
    /// indentation if that is a line end.
    fn value_gap(&mut self, colon: Span, next: Span, step: usize, aligned: bool) {
        let comments = self.comments_after(colon);
        if self.breaks(colon, next) || !comments.is_empty() {
            self.indent += step;
            for comment in comments {
                if self.breaks(colon, comment.span) {
                    self.newline();
                } else {
                    self.write(" ");
                }
                self.comment_lines(&comment);
            }
            self.newline();
        } else if aligned {
            self.out.cell();
        } else {
            self.write(" ");
        }
    }

    fn label(&mut self, field: &Field) {
        if let Some(alias) = &field.alias {
            self.write(&alias.name);
            self.equals(alias.span, field.label.span(), false);
        }
        match &field.label {
            Label::Ident(name) => self.write(&name.name),
            Label::String(literal) => self.label_string(literal),
            Label::Interpolation(interpolation) => {
                self.expr(&Expr::Interpolation(Box::new(interpolation.clone())), 1);
            }
            Label::Dynamic { span, expr } => {
                self.expr(&Expr::Paren(*span, Box::new(expr.clone())), 1);
            }
            Label::Pattern { span, expr: Expr::List(list), .. } if *span == list.span => {
                self.list(list);
            }
            Label::Pattern { alias, expr, .. } => {
                self.write("[");
                if let Some(alias) = alias {
                    self.write(&alias.name);
                    let operator =
                        matches!(expr, Expr::Unary { op, .. } if op.text().starts_with('='));
                    self.equals(alias.span, expr.span(), operator);
                }
                self.expr(expr, 1);
                self.write("]");
            }
        }
        if let Some(alias) = &field.postfix_alias {
            self.postfix_alias(alias);
        }
        match field.constraint {
            Some((Constraint::Optional, _)) => self.write("?"),
            Some((Constraint::Required, _)) => self.write("!"),
            None => {}
        }
    }

    /// Raw and multi-line strings become plain ones where they are labels.
    fn label_string(&mut self, literal: &Literal) {
        let plain = Form::of(&literal.text)
            .is_none_or(|f| f.quote == '\'' || f.hashes == 0 && !f.multiline);
        match string(literal) {
            Ok(Text::String(text)) if !plain => self.write(&quote_string(&text)),
            _ => self.write(&literal.text),
        }
    }

    /// Writes `=` with the blanks that the source has around it; one behind it if there must be.
    pub(super) fn equals(&mut self, before: Span, behind: Span, separate: bool) {
        let range = before.end as usize..behind.start as usize;
        let between = if behind.is_none() { None } else { self.text.get(range) };
        let between = between.unwrap_or("=");
        if between.starts_with([' ', '\t']) {
            self.write(" ");
        }
        self.write("=");
        if separate || between.ends_with([' ', '\t']) {
            self.write(" ");
        }
    }

    fn postfix_alias(&mut self, alias: &PostfixAlias) {
        self.write("~");
        match &alias.key {
            Some(key) => {
                self.write("(");
                self.write(&key.name);
                self.write(",");
                self.write(&alias.value.name);
                self.write(")");
            }
            None => {
                self.write("(");
                self.write(&alias.value.name);
                self.write(")");
            }
        }
    }

    pub(super) fn struct_lit(&mut self, lit: &StructLit) {
        let Some((left, right)) = lit.braces else {
            return self.decls(&lit.decls, None, false);
        };
        self.write("{");
        let outer = self.indent;
        let comments = self.comments_after(left);
        for comment in &comments {
            self.comment_lines(comment);
        }
        if lit.decls.is_empty() {
            self.trailing(&lit.trailing, !comments.is_empty(), outer);
            self.indent = outer;
            if !comments.is_empty() || !lit.trailing.is_empty() {
                self.newline();
            }
            return self.write("}");
        }
        let labels = std::mem::take(&mut self.labels);
        let mut open = left;
        if let Some(comment) = comments.last() {
            open = comment.span;
            let commented = lit.decls.first().is_some_and(|d| !decl_comments(d).doc.is_empty());
            if commented {
                self.out.newline(0);
            }
        }
        self.decls(&lit.decls, Some(open), !lit.trailing.is_empty());
        self.labels = labels;
        let last = lit.decls.last();
        self.trailing(&lit.trailing, last.is_some_and(has_line_comment), outer);
        let end = last.map_or(left, decl_end);
        let broken = match self.newlines(end.end, right) {
            Some(lines) => {
                let ends_in_bracket = matches!(
                    last, Some(Decl::Field(f)) if is_bracketed(last_value(f))
                );
                let inside = lit
                    .decls
                    .windows(2)
                    .any(|pair| self.breaks(decl_end(&pair[0]), decl_place(&pair[1])));
                lines > 0
                    || inside && !ends_in_bracket
                    || lit.decls.first().is_some_and(|d| self.breaks(open, decl_place(d)))
            }
            None => true,
        };
        self.indent = outer;
        if broken || !lit.trailing.is_empty() || last.is_some_and(has_line_comment) {
            let lines = self.newlines(end.end, right);
            let blank = lit.trailing.is_empty()
                && lines.is_some_and(|n| n > 1)
                && self.text.get(..end.end as usize).is_some_and(|t| t.ends_with(['}', ']']));
            self.line_break(blank);
        }
        self.write("}");
    }

    /// Comments before a closing bracket, each on lines of its own.
    pub(super) fn trailing(&mut self, groups: &[CommentGroup], after_comment: bool, outer: usize) {
        if groups.is_empty() {
            return;
        }
        self.indent = outer + 1;
        for (i, group) in groups.iter().enumerate() {
            let blank = match i {
                0 => after_comment || self.blank_line_before(group.span),
                _ => true,
            };
            self.line_break(blank);
            self.comment_lines(group);
        }
    }

    /// Whether an empty line stands above a place.
    fn blank_line_before(&self, place: Span) -> bool {
        let before = self.text.get(..place.start as usize).unwrap_or("");
        let mut lines = before.rsplit('\n').skip(1);
        lines.next().is_some_and(|line| line.trim().is_empty())
    }

    pub(super) fn comprehension(&mut self, comprehension: &Comprehension) {
        let outer = self.indent;
        let mut before = Span::NONE;
        for (i, clause) in comprehension.clauses.iter().enumerate() {
            let span = clause_span(clause);
            if i > 0 {
                if self.breaks(before, span) {
                    self.newline();
                } else {
                    self.write(" ");
                }
            }
            self.clause(clause);
            before = span;
        }
        self.write(" ");
        self.struct_lit(&comprehension.body);
        if let Some(fallback) = &comprehension.fallback {
            self.write(" ");
            let word = fallback.keyword.name.as_str();
            self.write(if word == "fallback" { "otherwise" } else { word });
            self.write(" ");
            self.struct_lit(&fallback.body);
        }
        self.indent = outer;
    }

    fn clause(&mut self, clause: &Clause) {
        match clause {
            Clause::For { key, value, source, .. } => {
                self.write("for ");
                if let Some(key) = key {
                    self.write(&key.name);
                    self.write(",");
                    if self.breaks(key.span, value.span) {
                        self.indent += 1;
                        self.newline();
                        self.indent -= 1;
                    } else {
                        self.write(" ");
                    }
                }
                self.write(&value.name);
                self.write(" in ");
                self.expr(source, 1);
            }
            Clause::If { condition, .. } => {
                self.write("if ");
                self.expr(condition, 1);
            }
            Clause::Let { name, value, .. } => {
                self.write("let ");
                self.write(&name.name);
                self.write(" = ");
                self.expr(value, 1);
            }
            Clause::Try { binding, .. } => {
                self.write("try");
                if let Some((name, value)) = binding {
                    self.write(" ");
                    self.write(&name.name);
                    self.write(" = ");
                    self.expr(value, 1);
                }
            }
        }
    }
}

/// Whether a blank line stands between two declarations in any case.
fn separates(before: &Decl, decl: &Decl, commented: bool) -> bool {
    let comments = decl_comments(decl);
    let detached = comments.doc.first().is_some_and(|g| g.blank_after);
    match before {
        Decl::Package(_) => return true,
        Decl::Import(import) => {
            if matches!(decl, Decl::Import(_)) || !import.specs.is_empty() {
                return !detached;
            }
        }
        _ => {}
    }
    if detached {
        return has_line_comment(before);
    }
    let plain = matches!(before, Decl::Field(f) if !is_definition(f));
    !plain && (commented || !comments.doc.is_empty() || comments.line.is_some())
}

static NO_COMMENTS: Comments = Comments { doc: Vec::new(), line: None, inner: Vec::new() };

fn decl_comments(decl: &Decl) -> &Comments {
    match decl {
        Decl::Package(d) => &d.comments,
        Decl::Import(d) => &d.comments,
        Decl::Attribute(_, comments) => comments,
        Decl::Field(d) => &d.comments,
        Decl::Let(d) => &d.comments,
        Decl::Ellipsis(d) => &d.comments,
        Decl::Embed(d) => &d.comments,
        Decl::Comprehension(d) => &d.comments,
        Decl::Bad(_) => &NO_COMMENTS,
    }
}

fn has_line_comment(decl: &Decl) -> bool {
    decl_comments(decl).line.is_some()
}

fn decl_span(decl: &Decl) -> Span {
    match decl {
        Decl::Package(d) => d.span,
        Decl::Import(d) => d.span,
        Decl::Attribute(attribute, _) => attribute.span,
        Decl::Field(d) => d.span,
        Decl::Let(d) => d.span,
        Decl::Ellipsis(d) => d.span,
        Decl::Embed(d) => d.attributes.last().map_or(d.value.span(), |a| d.value.span().to(a.span)),
        Decl::Comprehension(d) => d.span,
        Decl::Bad(span) => *span,
    }
}

/// Where a declaration starts, with the comments above it.
fn decl_place(decl: &Decl) -> Span {
    decl_comments(decl).doc.first().map_or(decl_span(decl), |group| group.span)
}

/// Where a declaration ends, with the comment behind it.
fn decl_end(decl: &Decl) -> Span {
    decl_comments(decl).line.as_ref().map_or(decl_span(decl), |group| group.span)
}

fn clause_span(clause: &Clause) -> Span {
    match clause {
        Clause::For { span, .. }
        | Clause::If { span, .. }
        | Clause::Let { span, .. }
        | Clause::Try { span, .. } => *span,
    }
}

fn field_start(field: &Field) -> Span {
    field.alias.as_ref().map_or(field.label.span(), |a| a.span)
}

/// The field that is the value, as in `a: b: 1`.
fn chained(field: &Field) -> Option<&Field> {
    match &field.value {
        Expr::Struct(StructLit { braces: None, decls, .. }) => match decls.as_slice() {
            [Decl::Field(next)] => Some(next),
            _ => None,
        },
        _ => None,
    }
}

/// The value at the end of a chain.
fn last_value(field: &Field) -> &Expr {
    chain(field).last().map_or(&field.value, |f| &f.value)
}

fn is_try(decl: &Decl) -> bool {
    matches!(decl, Decl::Comprehension(c) if starts_with_try(c))
}

pub(super) fn starts_with_try(comprehension: &Comprehension) -> bool {
    matches!(comprehension.clauses.first(), Some(Clause::Try { .. }))
}

fn is_bracketed(value: &Expr) -> bool {
    matches!(value, Expr::Struct(_) | Expr::List(_))
}

/// `{...}`, `[...]`
fn is_ellipsis_alone(value: &Expr) -> bool {
    match value {
        Expr::Struct(lit) => matches!(lit.decls.as_slice(), [Decl::Ellipsis(_)]),
        Expr::List(list) => matches!(list.elements.as_slice(), [Element::Ellipsis(_)]),
        _ => false,
    }
}

/// The fields of a chain, from the outermost.
fn chain(field: &Field) -> impl Iterator<Item = &Field> {
    std::iter::successors(Some(field), |f| chained(f))
}

fn has_block_label(field: &Field) -> bool {
    chain(field).any(|f| matches!(&f.label, Label::Pattern { expr, .. } if is_bracketed(expr)))
}

/// How deep a field is for alignment: an empty struct at the end counts as a value.
fn label_count(field: &Field) -> usize {
    let empty = matches!(last_value(field), Expr::Struct(lit) if lit.decls.is_empty());
    let labels = chain(field).count();
    if empty && labels > 1 { labels - 1 } else { labels }
}

fn is_definition(field: &Field) -> bool {
    matches!(&field.label, Label::Ident(name) if name.name.starts_with('#') || name.name.starts_with("_#"))
}
