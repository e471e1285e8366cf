//! Walking over a syntax tree to change fields.

use vela_lang::syntax::ast::{Comprehension, Decl, Element, Expr, Field, File};

/// What is done with fields, outer ones first.
pub(super) trait Visit {
    /// Changes a field.
    fn field(&mut self, field: &mut Field);
}

/// Visits all fields of a file. Trees are not deeper than the parser allows.
pub(super) fn walk(file: &mut File, visit: &mut dyn Visit) {
    decls(&mut file.decls, visit);
}

fn decls(list: &mut [Decl], visit: &mut dyn Visit) {
    for decl in list {
        match decl {
            Decl::Field(field) => {
                visit.field(field);
                expr(&mut field.value, visit);
            }
            Decl::Let(binding) => expr(&mut binding.value, visit),
            Decl::Embed(embed) => expr(&mut embed.value, visit),
            Decl::Comprehension(inner) => comprehension(inner, visit),
            _ => {}
        }
    }
}

fn comprehension(comprehension: &mut Comprehension, visit: &mut dyn Visit) {
    decls(&mut comprehension.body.decls, visit);
    if let Some(fallback) = &mut comprehension.fallback {
        decls(&mut fallback.body.decls, visit);
    }
}

fn expr(expression: &mut Expr, visit: &mut dyn Visit) {
    match expression {
        Expr::Struct(lit) => decls(&mut lit.decls, visit),
        Expr::List(list) => {
            for element in &mut list.elements {
                match element {
                    Element::Expr(inner, _) | Element::Alias(_, inner) => expr(inner, visit),
                    Element::Comprehension(inner) => comprehension(inner, visit),
                    Element::Ellipsis(ellipsis) => {
                        if let Some(value) = &mut ellipsis.value {
                            expr(value, visit);
                        }
                    }
                }
            }
        }
        Expr::Paren(_, inner)
        | Expr::Unary { expr: inner, .. }
        | Expr::Alias(_, inner)
        | Expr::Open(_, inner) => expr(inner, visit),
        Expr::Binary { first, rest } => {
            expr(first, visit);
            rest.iter_mut().for_each(|operand| expr(&mut operand.expr, visit));
        }
        Expr::Call { args, .. } => args.iter_mut().for_each(|arg| expr(arg, visit)),
        _ => {}
    }
}
