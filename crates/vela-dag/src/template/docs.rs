//! Comments above `a: b: c`: they belong to `c`.
//!
//! That is how the reference sees the comments of collapsed fields, and so where a patch tag above
//! such a field counts.

use vela_lang::syntax::ast::{Decl, Expr, Field, File};
use vela_lang::syntax::walk::{VisitMut, inside_mut};

/// Moves comments to the innermost of collapsed fields.
pub(super) fn push_down(file: &mut File) {
    PushDown.decls(&mut file.decls);
}

struct PushDown;

impl VisitMut for PushDown {
    fn field(&mut self, field: &mut Field) {
        if let Expr::Struct(lit) = &mut field.value
            && lit.braces.is_none()
            && let [Decl::Field(inner)] = lit.decls.as_mut_slice()
        {
            let docs = std::mem::take(&mut field.comments.doc);
            inner.comments.doc.splice(0..0, docs).for_each(drop);
        }
        inside_mut::field(self, field);
    }
}
