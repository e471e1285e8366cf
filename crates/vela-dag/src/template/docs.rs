//! Comments above `a: b: c`: they belong to `c`.
//!
//! That is how the reference sees the comments of collapsed fields, and so where a patch tag above
//! such a field counts. Above the field `patch` itself a tag speaks of the whole patch; in front of
//! collapsed fields (`patch: spec: …`) it says nothing.

use crate::oam::label;
use vela_lang::syntax::ast::{Decl, Element, Expr, Field, File};

/// Moves comments to the innermost of collapsed fields.
pub(super) fn push_down(file: &mut File) {
    for decl in &mut file.decls {
        if let Decl::Field(field) = decl
            && matches!(label(&field.label).as_deref(), Some("patch" | "patchOutputs"))
            && inner(field).is_some()
        {
            field.comments.doc.clear();
        }
    }
    decls(&mut file.decls);
}

fn decls(list: &mut [Decl]) {
    for decl in list {
        match decl {
            Decl::Field(one) => field(one),
            Decl::Let(binding) => expr(&mut binding.value),
            Decl::Embed(embed) => expr(&mut embed.value),
            Decl::Comprehension(comprehension) => {
                decls(&mut comprehension.body.decls);
                if let Some(fallback) = &mut comprehension.fallback {
                    decls(&mut fallback.body.decls);
                }
            }
            _ => {}
        }
    }
}

fn field(field: &mut Field) {
    let docs = std::mem::take(&mut field.comments.doc);
    match inner(field) {
        Some(inner) => inner.comments.doc.splice(0..0, docs).for_each(drop),
        None => field.comments.doc = docs,
    }
    expr(&mut field.value);
}

/// The field that a field is collapsed with.
fn inner(field: &mut Field) -> Option<&mut Field> {
    match &mut field.value {
        Expr::Struct(lit) if lit.braces.is_none() => match lit.decls.as_mut_slice() {
            [Decl::Field(inner)] => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

fn expr(expression: &mut Expr) {
    match expression {
        Expr::Struct(lit) => decls(&mut lit.decls),
        Expr::List(list) => {
            for element in &mut list.elements {
                match element {
                    Element::Expr(inner, _) | Element::Alias(_, inner) => expr(inner),
                    Element::Comprehension(comprehension) => {
                        decls(&mut comprehension.body.decls);
                    }
                    Element::Ellipsis(_) => {}
                }
            }
        }
        Expr::Paren(_, inner)
        | Expr::Unary { expr: inner, .. }
        | Expr::Alias(_, inner)
        | Expr::Open(_, inner) => expr(inner),
        Expr::Binary { first, rest } => {
            expr(first);
            rest.iter_mut().for_each(|operand| expr(&mut operand.expr));
        }
        Expr::Call { args, .. } => args.iter_mut().for_each(expr),
        _ => {}
    }
}
