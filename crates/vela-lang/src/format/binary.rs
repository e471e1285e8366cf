//! Operators: which have blanks around them.
//!
//! Where operators of several precedences meet, `+ - * /` lose their blanks the tighter they bind
//! and the deeper they stand; all others keep them.

use super::Printer;
use crate::syntax::ast::{BinaryOp, Expr, Operand, UnaryOp};

const ADD: u8 = 6;
const MULTIPLY: u8 = 7;

impl Printer<'_> {
    pub(super) fn binary(&mut self, first: &Expr, rest: &[Operand], depth: usize) {
        let precedence = rest.first().map_or(0, |o| o.op.precedence());
        let blanks = precedence < cutoff(first, rest, depth);
        let outer = self.indent;
        let broken_indent = self.broken_indent();
        self.expr(first, depth + usize::from(depth_grows(first, precedence)));
        for Operand { op, op_span, expr } in rest {
            let separate = blanks || joins(*op, expr);
            if separate {
                self.write(" ");
            }
            self.write(op.text());
            let comments = self.comments_after(*op_span);
            if self.breaks(*op_span, expr.span()) || !comments.is_empty() {
                self.indent = broken_indent;
                for comment in comments {
                    self.write(" ");
                    self.comment_lines(&comment);
                }
                let lines = self.newlines(op_span.end, expr.span());
                self.line_break(lines.is_some_and(|n| n > 1));
            } else if separate {
                self.write(" ");
            }
            self.expr(expr, depth + 1);
        }
        self.indent = outer;
    }

    pub(super) fn unary(&mut self, op: UnaryOp, expr: &Expr, depth: usize) {
        self.write(op.text());
        if let Expr::Unary { op: next, .. } = expr
            && glues(op.text(), next.text())
        {
            self.write(" ");
        }
        self.expr(expr, depth);
    }
}

fn depth_grows(expr: &Expr, precedence: u8) -> bool {
    match expr {
        Expr::Binary { rest, .. } => rest.first().map(|o| o.op.precedence()) != Some(precedence),
        _ => true,
    }
}

/// Whether two operators written together would read as another one.
fn glues(left: &str, right: &str) -> bool {
    left == right
        || matches!((left, right), ("!" | "<" | ">" | "=", r) if r.starts_with(['=', '~']))
}

/// Whether an operator and the sign behind it need a blank between them.
fn joins(op: BinaryOp, right: &Expr) -> bool {
    matches!(right, Expr::Unary { op: sign, .. } if glues(op.text(), sign.text()))
}

/// Operators that bind looser than this have blanks.
fn cutoff(first: &Expr, rest: &[Operand], depth: usize) -> u8 {
    let mut seen = Seen::default();
    seen.operators(first, rest);
    match (seen.add && seen.multiply, depth) {
        (true, 1) => MULTIPLY,
        (false, 1) => MULTIPLY + 1,
        _ => ADD,
    }
}

#[derive(Default)]
struct Seen {
    add: bool,
    multiply: bool,
}

impl Seen {
    fn operators(&mut self, first: &Expr, rest: &[Operand]) {
        match rest.first().map(|o| o.op.precedence()) {
            Some(ADD) => self.add = true,
            Some(MULTIPLY) => self.multiply = true,
            _ => {}
        }
        for expr in std::iter::once(first).chain(rest.iter().map(|o| &o.expr)) {
            if let Expr::Binary { first, rest } = expr {
                self.operators(first, rest);
            }
        }
    }
}
