//! Declarations: files, structs, fields, comprehensions.

use super::Printer;
use super::exprs::is_bracketed;
use super::fields::has_comment_behind_colon;
use crate::depth::grow;
use crate::source::Span;
use crate::syntax::ast::*;

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
                        let commented = file.decls.last().is_some_and(has_line_comment);
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
                let broken = lines.is_none_or(|n| n > 0) || self.out.ends_in_comment();
                if broken {
                    if open.is_some() {
                        self.indent = outer + 1;
                    }
                    let blank = lines.map_or_else(|| i > 0 && blank_above(decl), |n| n > 1)
                        || before.is_some_and(|before| {
                            let commented = trailing && i + 1 == decls.len();
                            separates(before, decl, commented)
                        });
                    self.line_break(blank);
                } else if before.is_some() {
                    self.write(", ");
                } else if is_try(decl) {
                    self.write(" ");
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
            Decl::Field(field) => self.field_decl(field, first_on_line),
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
            if lines.is_none_or(|n| n > 0) {
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
        let closes_below = self.newlines(before.end, right).is_none_or(|n| n > 0);
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

    pub(super) fn attributes(&mut self, attributes: &[Attribute], aligned: bool) {
        for (i, attribute) in attributes.iter().enumerate() {
            if i == 0 && aligned {
                self.out.cell();
            } else {
                self.write(" ");
            }
            self.write(&attribute.text);
        }
    }

    pub(super) fn struct_lit(&mut self, lit: &StructLit) {
        let Some((left, right)) = lit.braces else {
            return self.decls(&lit.decls, None, false);
        };
        self.write("{");
        let outer = self.indent;
        let comments = self.comments_after(left);
        self.struct_body(lit, (left, right), outer, &comments, &[]);
    }

    /// Prints the rest of a struct behind its opening brace and the comments there. `moved` are
    /// comments that stand behind its last declaration.
    fn struct_body(
        &mut self,
        lit: &StructLit,
        (left, right): (Span, Span),
        outer: usize,
        comments: &[CommentGroup],
        moved: &[CommentGroup],
    ) {
        for comment in comments {
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
        grow(|| self.decls(&lit.decls, Some(open), !lit.trailing.is_empty()));
        self.labels = labels;
        let last = lit.decls.last();
        for (i, comment) in moved.iter().enumerate() {
            if i > 0 || last.is_some_and(has_line_comment) {
                self.indent = outer + 1;
                self.newline();
            } else {
                self.write(" ");
            }
            self.comment_lines(comment);
        }
        self.trailing(&lit.trailing, last.is_some_and(has_line_comment), outer);
        let end = last.map_or(left, decl_end);
        let lines = self.newlines(end.end, right);
        let broken = lines.is_none_or(|n| n > 0)
            || self.breaks_within(left, end)
            || self.out.ends_in_comment();
        self.indent = outer;
        if broken
            || !moved.is_empty()
            || !lit.trailing.is_empty()
            || last.is_some_and(has_line_comment)
        {
            let blank = lit.trailing.is_empty()
                && lines.is_some_and(|n| n > 1)
                && self.text.get(..end.end as usize).is_some_and(|t| t.ends_with(['}', ']']));
            self.line_break(blank);
        }
        self.write("}");
    }

    /// Whether what stands between an opening brace and `end` takes several lines and does not end in
    /// something that closes them itself.
    fn breaks_within(&self, open: Span, end: Span) -> bool {
        let text = self.text.get(open.end as usize..end.end as usize).unwrap_or("");
        let closed = text.ends_with(['}', ']'])
            || text.trim_end_matches('#').ends_with("\"\"\"")
            || text.trim_end_matches('#').ends_with("'''");
        !closed && text.contains('\n')
    }

    /// Comments before a closing bracket, each on lines of its own.
    pub(super) fn trailing(&mut self, groups: &[CommentGroup], after_comment: bool, outer: usize) {
        if groups.is_empty() {
            return;
        }
        self.indent = outer + 1;
        for (i, group) in groups.iter().enumerate() {
            let blank = match i {
                0 if group.span.is_none() => after_comment || group.blank_before,
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
        self.comprehension_body(&comprehension.body);
        if let Some(fallback) = &comprehension.fallback {
            self.write(" ");
            let word = fallback.keyword.name.as_str();
            self.write(if word == "fallback" { "otherwise" } else { word });
            self.write(" ");
            self.struct_lit(&fallback.body);
        }
        self.indent = outer;
    }

    /// Comments behind the opening brace of a body move behind its last declaration.
    fn comprehension_body(&mut self, body: &StructLit) {
        let Some((left, right)) = body.braces.filter(|_| !body.decls.is_empty()) else {
            return self.struct_lit(body);
        };
        self.write("{");
        let outer = self.indent;
        let moved = self.comments_after(left);
        self.struct_body(body, (left, right), outer, &[], &moved);
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

/// Whether a blank line stood above the comment of a declaration that has no place now.
fn blank_above(decl: &Decl) -> bool {
    let first = decl_comments(decl).doc.first();
    first.is_some_and(|group| group.span.is_none() && group.blank_before)
}

/// Whether a blank line stands between two declarations in any case.
fn separates(before: &Decl, decl: &Decl, commented: bool) -> bool {
    let comments = decl_comments(decl);
    let detached = comments.doc.first().is_some_and(|g| g.blank_after);
    match before {
        Decl::Package(_) => return true,
        Decl::Import(import) if matches!(decl, Decl::Import(_)) || !import.specs.is_empty() => {
            return !detached;
        }
        _ => {}
    }
    if detached {
        return has_line_comment(before);
    }
    let plain = matches!(before, Decl::Field(f) if !is_definition(f));
    let colon = matches!(decl, Decl::Field(f) if has_comment_behind_colon(f));
    !plain && (commented || colon || !comments.doc.is_empty() || comments.line.is_some())
}

static NO_COMMENTS: Comments = Comments::NONE;

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

fn is_try(decl: &Decl) -> bool {
    matches!(decl, Decl::Comprehension(c) if starts_with_try(c))
}

pub(super) fn starts_with_try(comprehension: &Comprehension) -> bool {
    matches!(comprehension.clauses.first(), Some(Clause::Try { .. }))
}

fn is_definition(field: &Field) -> bool {
    matches!(&field.label, Label::Ident(name) if name.name.starts_with('#') || name.name.starts_with("_#"))
}
