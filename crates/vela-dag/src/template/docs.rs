//! Comments above `a: b: c`: they belong to `c`.
//!
//! That is how the reference sees the comments of collapsed fields, and so where a patch tag above
//! such a field counts.

use super::walk::{Visit, walk};
use vela_lang::syntax::ast::{Decl, Expr, Field, File};

/// Moves comments to the innermost of collapsed fields.
pub(super) fn push_down(file: &mut File) {
    walk(file, &mut PushDown);
}

struct PushDown;

impl Visit for PushDown {
    fn field(&mut self, field: &mut Field) {
        let Expr::Struct(lit) = &mut field.value else { return };
        if lit.braces.is_some() {
            return;
        }
        if let [Decl::Field(inner)] = lit.decls.as_mut_slice() {
            let docs = std::mem::take(&mut field.comments.doc);
            inner.comments.doc.splice(0..0, docs).for_each(drop);
        }
    }
}
