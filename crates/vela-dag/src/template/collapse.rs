//! `a: {b: 1}` as `a: b: 1`.
//!
//! Templates of definition files are kept as the reference's formatter simplifies them. That matters:
//! comments of collapsed fields belong to the innermost one, so it decides what a patch tag is about.

use vela_lang::syntax::ast::{Decl, Expr, Field, File};
use vela_lang::syntax::walk::{VisitMut, inside_mut};

/// Takes the braces off structs of one field, where no comment stands in the way.
pub fn collapse(file: &mut File) {
    Collapse { cuts: Vec::new() }.decls(&mut file.decls);
}

/// The same in the text that the file was parsed from: without the braces, and what stood between them
/// and the field.
pub fn collapsed_text(file: &mut File, text: &str) -> String {
    let mut collapse = Collapse { cuts: Vec::new() };
    collapse.decls(&mut file.decls);
    collapse.cuts.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in collapse.cuts {
        out.push_str(text.get(from..start).unwrap_or_default());
        from = end.max(from);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

struct Collapse {
    /// What goes, as places in the text.
    cuts: Vec<(usize, usize)>,
}

impl VisitMut for Collapse {
    fn field(&mut self, field: &mut Field) {
        self.take_braces(field);
        inside_mut::field(self, field);
    }
}

impl Collapse {
    fn take_braces(&mut self, field: &mut Field) {
        if !field.comments.doc.is_empty() || !field.attributes.is_empty() {
            return;
        }
        let colon = field.colon;
        let Expr::Struct(lit) = &mut field.value else { return };
        let [Decl::Field(inner)] = lit.decls.as_slice() else { return };
        if !inner.comments.is_empty() || !lit.trailing.is_empty() {
            return;
        }
        let (start, end) = (inner.span.start as usize, inner.span.end as usize);
        match lit.braces.take() {
            Some((open, close)) => {
                self.cuts.push((open.start as usize, start));
                self.cuts.push((end, close.end as usize));
            }
            None => self.cuts.push((colon.end as usize, start)),
        }
    }
}
