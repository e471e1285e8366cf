//! Whether a health rule can ever be true.
//!
//! The rule is looked at, not evaluated: without objects nearly everything in it is unknown, and what a
//! default says then is not what it says later. Only what is certain counts.

use crate::oam::label;
use vela_lang::format::format_expr;
use vela_lang::syntax::ast::{BinaryOp, Decl, Expr, UnaryOp};

/// How many steps one look takes.
const DEPTH: u32 = 64;

/// Why a rule, as the declarations of its file, can't be true; nothing where it may be.
pub(super) fn never_true(decls: &[Decl]) -> Option<String> {
    let mut always = Vec::new();
    let mut sometimes = Vec::new();
    let mut unclear = false;
    rules(decls, true, &mut always, &mut sometimes, &mut unclear);
    if always.is_empty() && sometimes.is_empty() {
        let why = "it does not say isHealth, so nothing is ever healthy";
        return (!unclear).then(|| why.to_owned());
    }
    let scope = Scope { decls };
    for rule in &always {
        if let Some(why) = scope.never(rule, true, DEPTH) {
            return Some(why);
        }
    }
    if always.is_empty() {
        let reasons: Vec<String> =
            sometimes.iter().filter_map(|rule| scope.never(rule, true, DEPTH)).collect();
        if reasons.len() == sometimes.len() {
            return reasons.into_iter().next();
        }
    }
    None
}

/// The values of `isHealth`: those that always count, and those under a condition.
fn rules<'t>(
    decls: &'t [Decl],
    certain: bool,
    always: &mut Vec<&'t Expr>,
    sometimes: &mut Vec<&'t Expr>,
    unclear: &mut bool,
) {
    for decl in decls {
        match decl {
            Decl::Field(field) => match label(&field.label).as_deref() {
                Some("isHealth") if certain => always.push(&field.value),
                Some("isHealth") => sometimes.push(&field.value),
                Some(_) => {}
                None => *unclear = true,
            },
            Decl::Comprehension(comprehension) => {
                rules(&comprehension.body.decls, false, always, sometimes, unclear);
                if let Some(fallback) = &comprehension.fallback {
                    rules(&fallback.body.decls, false, always, sometimes, unclear);
                }
            }
            Decl::Embed(embed) => match &embed.value {
                Expr::Struct(lit) => rules(&lit.decls, certain, always, sometimes, unclear),
                _ => *unclear = true,
            },
            _ => {}
        }
    }
}

struct Scope<'t> {
    decls: &'t [Decl],
}

impl<'t> Scope<'t> {
    /// Why an expression is never `wanted`.
    fn never(&self, expr: &'t Expr, wanted: bool, depth: u32) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::Bool(_, value) => (*value != wanted).then(|| format!("it is always {value}")),
            Expr::Number(_)
            | Expr::String(_)
            | Expr::Struct(_)
            | Expr::List(_)
            | Expr::Null(_)
            | Expr::Interpolation(_) => {
                Some(format!("isHealth must be a bool, and {} is none", format_expr(expr, None)))
            }
            Expr::Paren(_, inner) | Expr::Unary { op: UnaryOp::Default, expr: inner, .. } => {
                self.never(inner, wanted, depth)
            }
            Expr::Unary { op: UnaryOp::Not, expr: inner, .. } => self.never(inner, !wanted, depth),
            Expr::Ident(name) => {
                let values: Vec<&Expr> = self
                    .decls
                    .iter()
                    .filter_map(|decl| match decl {
                        Decl::Field(field)
                            if label(&field.label).as_deref() == Some(&name.name) =>
                        {
                            Some(&field.value)
                        }
                        Decl::Let(binding) if binding.name.name == name.name => {
                            Some(&binding.value)
                        }
                        _ => None,
                    })
                    .collect();
                values.into_iter().find_map(|value| self.never(value, wanted, depth))
            }
            Expr::Binary { first, rest } => {
                let operands: Vec<&Expr> =
                    std::iter::once(&**first).chain(rest.iter().map(|o| &o.expr)).collect();
                match rest.first().map(|o| o.op) {
                    Some(BinaryOp::Or) => self.all_never(&operands, wanted, depth),
                    Some(BinaryOp::LogicalOr) if wanted => self.all_never(&operands, true, depth),
                    Some(BinaryOp::LogicalAnd) if !wanted => {
                        self.all_never(&operands, false, depth)
                    }
                    Some(BinaryOp::LogicalAnd) => operands
                        .iter()
                        .find_map(|operand| self.never(operand, true, depth))
                        .or_else(|| contradiction(&operands)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn all_never(&self, operands: &[&'t Expr], wanted: bool, depth: u32) -> Option<String> {
        let mut reasons = Vec::new();
        for operand in operands {
            reasons.push(self.never(operand, wanted, depth)?);
        }
        reasons.into_iter().next()
    }
}

/// Two conditions of which only one can hold: `x == "a"` and `x == "b"`, `x > 2` and `x < 1`.
fn contradiction(operands: &[&Expr]) -> Option<String> {
    let comparisons: Vec<(String, BinaryOp, &Expr)> = operands
        .iter()
        .filter_map(|operand| match operand {
            Expr::Paren(_, inner) => comparison(inner),
            operand => comparison(operand),
        })
        .collect();
    for (at, (left, op, value)) in comparisons.iter().enumerate() {
        for (other_left, other_op, other_value) in &comparisons[at + 1..] {
            if left == other_left && !compatible(*op, value, *other_op, other_value) {
                return Some(format!(
                    "{left} {} {} and {left} {} {} can't both hold",
                    op.text(),
                    format_expr(value, None),
                    other_op.text(),
                    format_expr(other_value, None),
                ));
            }
        }
    }
    None
}

/// `path == literal` and the like.
fn comparison(expr: &Expr) -> Option<(String, BinaryOp, &Expr)> {
    let Expr::Binary { first, rest } = expr else { return None };
    let [operand] = rest.as_slice() else { return None };
    let literal = matches!(operand.expr, Expr::Number(_) | Expr::String(_) | Expr::Bool(..));
    let path = matches!(**first, Expr::Selector { .. } | Expr::Ident(_) | Expr::Index { .. });
    (literal && path).then(|| (format_expr(first, None), operand.op, &operand.expr))
}

/// Whether a value can satisfy both comparisons.
fn compatible(op: BinaryOp, value: &Expr, other_op: BinaryOp, other: &Expr) -> bool {
    let same = format_expr(value, None) == format_expr(other, None);
    match (op, other_op) {
        (BinaryOp::Equal, BinaryOp::Equal) => same,
        (BinaryOp::Equal, BinaryOp::NotEqual) | (BinaryOp::NotEqual, BinaryOp::Equal) => !same,
        _ => {
            let (Some(value), Some(other)) = (number(value), number(other)) else { return true };
            let (low, high, strict) = match (op, other_op) {
                (BinaryOp::Equal, BinaryOp::Greater)
                | (BinaryOp::Less, BinaryOp::Equal | BinaryOp::Greater | BinaryOp::GreaterEqual) => {
                    (other, value, true)
                }
                (BinaryOp::Equal, BinaryOp::GreaterEqual)
                | (BinaryOp::LessEqual, BinaryOp::Equal | BinaryOp::GreaterEqual) => {
                    (other, value, false)
                }
                (BinaryOp::LessEqual, BinaryOp::Greater) => (other, value, true),
                (BinaryOp::Equal, BinaryOp::Less)
                | (BinaryOp::Greater, BinaryOp::Equal | BinaryOp::Less | BinaryOp::LessEqual) => {
                    (value, other, true)
                }
                (BinaryOp::Equal, BinaryOp::LessEqual)
                | (BinaryOp::GreaterEqual, BinaryOp::Equal | BinaryOp::LessEqual) => {
                    (value, other, false)
                }
                (BinaryOp::GreaterEqual, BinaryOp::Less) => (value, other, true),
                _ => return true,
            };
            if strict { low < high } else { low <= high }
        }
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Number(literal) => literal.text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::never_true;
    use vela_lang::source::Sources;
    use vela_lang::syntax::parse;

    #[test]
    fn rules() {
        for (text, why) in [
            ("isHealth: true", None),
            ("isHealth: false", Some("always false")),
            ("isHealth: *false | bool", None),
            ("ready: 1", Some("does not say isHealth")),
            ("isHealth: \"yes\"", Some("must be a bool")),
            ("isHealth: context.a && false", Some("always false")),
            ("isHealth: !x\nx: true", Some("always true")),
            ("isHealth: !x\nx: *true | bool", None),
            ("isHealth: a.x == \"b\" && a.x == \"c\"", Some("a.x == \"b\" and a.x == \"c\"")),
            ("isHealth: a.x == \"b\" || a.x == \"c\"", None),
            ("isHealth: a.x > 2 && a.y == 1 && a.x < 1", Some("a.x > 2 and a.x < 1")),
            ("isHealth: a.x >= 2 && a.x <= 2", None),
            ("isHealth: a.x == 2 && a.x != 2", Some("can't both hold")),
            ("if a.b {isHealth: true}\nif !a.b {isHealth: false}", None),
            ("if a.b {isHealth: false}", Some("always false")),
            ("isHealth: a.b\nisHealth: false", Some("always false")),
        ] {
            let parsed = parse(&Sources::default(), "h.cue", text);
            assert!(parsed.errors.is_empty(), "{text}");
            let found = never_true(&parsed.file.decls);
            match why {
                None => assert_eq!(found, None, "{text}"),
                Some(why) => assert!(
                    found.as_ref().is_some_and(|found| found.contains(why)),
                    "{text}: {found:?}"
                ),
            }
        }
    }
}
