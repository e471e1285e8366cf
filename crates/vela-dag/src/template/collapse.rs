//! `a: {b: 1}` as `a: b: 1`.
//!
//! Templates of definition files are kept as the reference's formatter simplifies them. That matters:
//! comments of collapsed fields belong to the innermost one, so it decides what a patch tag is about.

use super::walk::{Visit, walk};
use vela_lang::syntax::ast::{Decl, Expr, Field, File};

/// Takes the braces off structs of one field, where no comment stands in the way.
pub fn collapse(file: &mut File) {
    walk(file, &mut Collapse);
}

struct Collapse;

impl Visit for Collapse {
    fn field(&mut self, field: &mut Field) {
        if !field.comments.doc.is_empty() || !field.attributes.is_empty() {
            return;
        }
        let Expr::Struct(lit) = &mut field.value else { return };
        let [Decl::Field(inner)] = lit.decls.as_slice() else { return };
        if inner.comments.is_empty() && lit.trailing.is_empty() {
            lit.braces = None;
        }
    }
}
