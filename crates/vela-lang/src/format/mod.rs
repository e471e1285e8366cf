//! The canonical layout of source text.
//!
//! The line structure is that of the text: what stood on a new line stays on a new line. Indentation,
//! blanks, alignment and commas are made anew.

mod binary;
mod decls;
mod exprs;
mod fields;
mod layout;
mod simplify;
#[cfg(test)]
mod tests;

pub use simplify::simplify;
pub(crate) use simplify::simplify_definition;

use crate::source::{Source, Span};
use crate::syntax::ast::{CommentGroup, Comments, Expr, File};
use layout::Layout;

/// Formats a file that was parsed from `source` without errors.
pub fn format(file: &File, source: &Source) -> String {
    let mut printer = Printer::new(&source.text, "\t");
    printer.file(file);
    let mut text = printer.out.finish("\t");
    text.truncate(text.trim_end_matches('\n').len());
    text.push('\n');
    text
}

/// Prints an expression. Where it has places in `source` its line structure is kept; what programs
/// made has one declaration on each line.
pub fn format_expr(expr: &Expr, source: Option<&Source>) -> String {
    let mut printer = Printer::new(source.map_or("", |s| s.text.as_str()), "\t");
    printer.expr(expr, 1);
    let mut text = printer.out.finish("\t");
    text.truncate(text.trim_end_matches('\n').len());
    text
}

/// Prints an expression that isn't a text's any more. The place of a comprehension or a clause says how
/// many line ends stand before it (`start`): that is the layout which the reference keeps.
pub(crate) fn format_rewritten(expr: &Expr) -> String {
    let mut printer = Printer::new("", "\t");
    printer.rewritten = true;
    printer.expr(expr, 1);
    let mut text = printer.out.finish("\t");
    text.truncate(text.trim_end_matches('\n').len());
    text
}

/// Prints a file that isn't a text's any more, as [`format_rewritten`] prints expressions.
pub(crate) fn format_rewritten_file(file: &File) -> String {
    let mut printer = Printer::new("", "\t");
    printer.rewritten = true;
    printer.file(file);
    printer.out.finish("\t")
}

/// Prints a file made by a program: one declaration on each line.
pub fn format_tree(file: &File) -> String {
    format(file, &Source::new("", ""))
}

struct Printer<'t> {
    text: &'t str,
    out: Layout,
    indent: usize,
    unit: &'static str,
    /// Comments within the current declaration that are not printed yet.
    inner: Vec<(u32, CommentGroup)>,
    /// How many labels the last aligned field had.
    labels: usize,
    /// Whether places tell of line ends instead of a text ([`format_rewritten`]).
    rewritten: bool,
}

impl<'t> Printer<'t> {
    fn new(text: &'t str, unit: &'static str) -> Printer<'t> {
        let out = Layout::new(text.len());
        Printer { text, out, indent: 0, unit, inner: Vec::new(), labels: 0, rewritten: false }
    }

    fn write(&mut self, text: &str) {
        if self.out.ends_in_comment() {
            self.newline();
            return self.out.text(text.trim_start());
        }
        self.out.text(text);
    }

    fn newline(&mut self) {
        self.out.newline(self.indent);
    }

    /// Line ends of the source between two places; `None` where there is no source.
    fn newlines(&self, from: u32, to: Span) -> Option<usize> {
        if to.is_none() {
            return None;
        }
        if self.rewritten {
            return Some(to.start as usize);
        }
        if self.text.is_empty() {
            return None;
        }
        let between = self.text.get(from as usize..to.start as usize)?;
        Some(between.bytes().filter(|b| *b == b'\n').count())
    }

    /// Whether the source has a line end between two places.
    fn breaks(&self, from: Span, to: Span) -> bool {
        (self.rewritten || !from.is_none()) && self.newlines(from.end, to).is_some_and(|n| n > 0)
    }

    /// Whether the source has a blank just before a place.
    fn blank_before(&self, place: Span) -> bool {
        let before = self.text.get(..place.start as usize).unwrap_or("");
        !place.is_none() && before.ends_with([' ', '\t'])
    }

    /// The indentation of what an expression that starts here continues on the next lines: one more,
    /// unless the expression has a line of its own already.
    fn broken_indent(&self) -> usize {
        self.indent + usize::from(!self.out.at_line_start())
    }

    fn comment_lines(&mut self, group: &CommentGroup) {
        for (i, line) in group.lines.iter().enumerate() {
            if i > 0 {
                self.newline();
            }
            self.out.comment(line);
        }
    }

    /// Comments on lines of their own, each followed by a line end.
    fn doc(&mut self, groups: &[CommentGroup]) {
        for group in groups {
            self.comment_lines(group);
            self.newline();
            if group.blank_after {
                self.newline();
            }
        }
    }

    /// Takes the comments that follow the token at `place`.
    fn comments_after(&mut self, place: Span) -> Vec<CommentGroup> {
        if self.inner.is_empty() || place.is_none() {
            return Vec::new();
        }
        let (here, others) = self.inner.drain(..).partition(|(offset, _)| *offset == place.start);
        self.inner = others;
        let here: Vec<(u32, CommentGroup)> = here;
        here.into_iter().map(|(_, group)| group).collect()
    }

    /// Makes the inner comments of a node available while `print` runs; prints what is left over
    /// behind it, with the comment that stands there anyway. `cell` aligns it.
    fn with_comments(&mut self, comments: &Comments, cell: bool, print: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.inner, comments.inner.clone());
        print(self);
        let left = std::mem::replace(&mut self.inner, outer);
        let behind = left.iter().map(|(_, group)| group).chain(&comments.line);
        for (i, group) in behind.enumerate() {
            match (i, cell) {
                _ if i > 0 || self.out.ends_in_comment() => self.newline(),
                (_, true) => self.out.cell(),
                (_, false) => self.write(" "),
            }
            self.comment_lines(group);
        }
    }
}
