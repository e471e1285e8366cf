//! Fields: labels, chains, and what is aligned.

use super::Printer;
use super::exprs::{is_block, is_bracketed};
use crate::depth::grow;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::literal::{Form, Text, quote_string, string};

impl Printer<'_> {
    /// Prints a field as a declaration, with the comments in and behind it.
    pub(super) fn field_decl(&mut self, field: &Field, first_on_line: bool) {
        let comments = &field.comments;
        let value = last_value(field);
        let chain = chained(field).is_some();
        let braced = self.is_braced(field, comments);
        let joined = chain && field.colon.is_none() && !self.text.is_empty();
        let aligned =
            first_on_line && !joined && !is_block(value) && !has_block_label(field) && !braced;
        let only_dots = is_ellipsis_alone(value);
        let cell = first_on_line && !braced && (chain || only_dots || !is_bracketed(value));
        if aligned || cell && comments.line.is_some() {
            let labels = label_count(field);
            if labels != self.labels || only_dots && !chain {
                self.out.section();
            }
            self.labels = labels;
        }
        self.with_comments(comments, cell, |p| p.field(field, aligned));
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
            if !next.attributes.is_empty() || self.stands_below(colon) {
                self.braced(colon, next);
                self.indent = outer;
                return;
            }
            self.move_comments(colon);
            self.value_gap(
                colon,
                if colon.is_none() { colon } else { field_start(next) },
                1,
                false,
            );
            current = next;
        }
        let step = usize::from(!is_bracketed(&current.value));
        self.value_gap(current.colon, current.value.span(), step, aligned);
        grow(|| self.expr(&current.value, 1));
        self.indent = outer;
        self.attributes(&current.attributes, aligned);
    }

    /// Whether part of a chain is printed as a struct in braces, since it has comments above it or
    /// attributes.
    fn is_braced(&self, field: &Field, comments: &Comments) -> bool {
        chain(field).skip(1).any(|f| !f.attributes.is_empty())
            || chain(field).any(|f| {
                let below = |(offset, group): &(u32, CommentGroup)| {
                    *offset == f.colon.start && self.breaks(f.colon, group.span)
                };
                chained(f).is_some() && comments.inner.iter().any(below)
            })
    }

    /// Whether a comment on a line of its own follows a colon.
    fn stands_below(&self, colon: Span) -> bool {
        let below = |(offset, group): &(u32, CommentGroup)| {
            *offset == colon.start && self.breaks(colon, group.span)
        };
        !colon.is_none() && self.inner.iter().any(below)
    }

    /// Prints the rest of a chain in braces.
    fn braced(&mut self, colon: Span, field: &Field) {
        let comments = self.comments_after(colon);
        self.write(" {");
        self.indent += 1;
        self.newline();
        self.doc(&comments);
        self.field(field, false);
        self.indent -= 1;
        self.newline();
        self.write("}");
    }

    /// Between two labels there is no room for a comment: it moves behind the field.
    fn move_comments(&mut self, colon: Span) {
        let moved = self.comments_after(colon).into_iter().map(|c| (u32::MAX, c));
        self.inner.extend(moved);
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
                } else if aligned {
                    self.out.cell();
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
                grow(|| self.interpolation(interpolation));
            }
            Label::Dynamic { span, expr } => {
                grow(|| self.paren(*span, expr, 1));
            }
            Label::Pattern { span, alias, expr } => {
                if let Expr::List(list) = &**expr
                    && *span == list.span
                {
                    return self.list(list);
                }
                self.write("[");
                if let Some(alias) = alias {
                    self.write(&alias.name);
                    let operator =
                        matches!(&**expr, Expr::Unary { op, .. } if op.text().starts_with('='));
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
}

fn field_start(field: &Field) -> Span {
    field.alias.as_ref().map_or(field.label.span(), |a| a.span)
}

/// The field that is the value, as in `a: b: 1`.
fn chained(field: &Field) -> Option<&Field> {
    match &field.value {
        Expr::Struct(lit) if lit.braces.is_none() => match lit.decls.as_slice() {
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

/// Whether a comment follows a colon of a field.
pub(super) fn has_comment_behind_colon(field: &Field) -> bool {
    chain(field).any(|f| field.comments.inner.iter().any(|(offset, _)| *offset == f.colon.start))
}
