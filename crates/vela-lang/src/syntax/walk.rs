//! Going over a syntax tree, from the outside in.
//!
//! A visitor says what it does at the pieces that concern it; the functions of [`inside`] and
//! [`inside_mut`] go on to what is in them. The trees of hostile texts are as deep as the parser
//! allows: the stack grows with them.

use super::ast::{Clause, Comprehension, Decl, Element, Expr, Field, Label};

macro_rules! visitor {
    ($(#[$doc:meta])* $visitor:ident $(<$life:lifetime>)?, $inside:ident, [$($mutable:tt)?], $iter:ident, $list:ty) => {
        $(#[$doc])*
        pub trait $visitor $(<$life>)? {
            /// The declarations of a file or a struct.
            fn decls(&mut self, decls: &$($life)? $($mutable)? $list) {
                $inside::decls(self, decls);
            }

            /// A field.
            fn field(&mut self, field: &$($life)? $($mutable)? Field) {
                $inside::field(self, field);
            }

            /// An expression.
            fn expr(&mut self, expr: &$($life)? $($mutable)? Expr) {
                $inside::expr(self, expr);
            }
        }

        /// What is in a piece of a tree, for a visitor.
        pub mod $inside {
            use super::{Clause, Comprehension, Decl, Element, Expr, Field, Label, $visitor};

            /// Each declaration.
            pub fn decls<$($life,)? V: $visitor $(<$life>)? + ?Sized>(
                visitor: &mut V,
                decls: &$($life)? $($mutable)? $list,
            ) {
                for decl in decls {
                    match decl {
                        Decl::Field(inner) => visitor.field(inner),
                        Decl::Let(binding) => visitor.expr(& $($mutable)? binding.value),
                        Decl::Embed(embed) => visitor.expr(& $($mutable)? embed.value),
                        Decl::Comprehension(inner) => comprehension(visitor, inner),
                        Decl::Ellipsis(ellipsis) => {
                            ellipsis.value.$iter().for_each(|value| visitor.expr(value));
                        }
                        Decl::Package(_) | Decl::Import(_) | Decl::Attribute(..) | Decl::Bad(_) => {}
                    }
                }
            }

            /// The expressions of the label, and the value.
            pub fn field<$($life,)? V: $visitor $(<$life>)? + ?Sized>(
                visitor: &mut V,
                field: &$($life)? $($mutable)? Field,
            ) {
                match & $($mutable)? field.label {
                    Label::Dynamic { expr, .. } | Label::Pattern { expr, .. } => visitor.expr(expr),
                    Label::Interpolation(text) => {
                        text.exprs.$iter().for_each(|expr| visitor.expr(expr));
                    }
                    Label::Ident(_) | Label::String(_) => {}
                }
                visitor.expr(& $($mutable)? field.value);
            }

            fn comprehension<$($life,)? V: $visitor $(<$life>)? + ?Sized>(
                visitor: &mut V,
                comprehension: &$($life)? $($mutable)? Comprehension,
            ) {
                for clause in &$($mutable)? comprehension.clauses {
                    match clause {
                        Clause::For { source: expr, .. }
                        | Clause::If { condition: expr, .. }
                        | Clause::Let { value: expr, .. }
                        | Clause::Try { binding: Some((_, expr)), .. } => visitor.expr(expr),
                        Clause::Try { binding: None, .. } => {}
                    }
                }
                visitor.decls(& $($mutable)? comprehension.body.decls);
                if let Some(fallback) = & $($mutable)? comprehension.fallback {
                    visitor.decls(& $($mutable)? fallback.body.decls);
                }
            }

            /// The parts of an expression.
            pub fn expr<$($life,)? V: $visitor $(<$life>)? + ?Sized>(
                visitor: &mut V,
                expr: &$($life)? $($mutable)? Expr,
            ) {
                crate::depth::grow(|| parts(visitor, expr));
            }

            fn parts<$($life,)? V: $visitor $(<$life>)? + ?Sized>(
                visitor: &mut V,
                expr: &$($life)? $($mutable)? Expr,
            ) {
                match expr {
                    Expr::Struct(lit) => visitor.decls(& $($mutable)? lit.decls),
                    Expr::List(list) => {
                        for element in &$($mutable)? list.elements {
                            match element {
                                Element::Expr(inner, _) | Element::Alias(_, inner) => {
                                    visitor.expr(inner);
                                }
                                Element::Comprehension(inner) => comprehension(visitor, inner),
                                Element::Ellipsis(ellipsis) => {
                                    ellipsis.value.$iter().for_each(|value| visitor.expr(value));
                                }
                            }
                        }
                    }
                    Expr::Interpolation(text) => {
                        text.exprs.$iter().for_each(|inner| visitor.expr(inner));
                    }
                    Expr::Paren(_, inner)
                    | Expr::Unary { expr: inner, .. }
                    | Expr::Alias(_, inner)
                    | Expr::Open(_, inner)
                    | Expr::Maybe(_, inner)
                    | Expr::Selector { base: inner, .. } => visitor.expr(inner),
                    Expr::Binary { first, rest } => {
                        visitor.expr(first);
                        rest.$iter().for_each(|operand| visitor.expr(& $($mutable)? operand.expr));
                    }
                    Expr::Index { base, index, .. } => {
                        visitor.expr(base);
                        visitor.expr(index);
                    }
                    Expr::Slice { base, low, high, .. } => {
                        visitor.expr(base);
                        low.$iter().chain(high).for_each(|bound| visitor.expr(bound));
                    }
                    Expr::Call { function, args, .. } => {
                        visitor.expr(function);
                        args.$iter().for_each(|arg| visitor.expr(arg));
                    }
                    Expr::Bottom(_)
                    | Expr::Null(_)
                    | Expr::Bool(..)
                    | Expr::Number(_)
                    | Expr::String(_)
                    | Expr::Ident(_)
                    | Expr::Bad(_) => {}
                }
            }
        }
    };
}

visitor!(
    /// Looks at a tree.
    Visit<'t>, inside, [], iter, [Decl]
);
visitor!(
    /// Changes a tree.
    VisitMut, inside_mut, [mut], iter_mut, Vec<Decl>
);

#[cfg(test)]
mod tests {
    use super::{Visit, VisitMut, inside, inside_mut};
    use crate::source::Sources;
    use crate::syntax::ast::Expr;
    use crate::syntax::parse;

    struct Names<'t>(Vec<&'t str>);

    impl<'t> Visit<'t> for Names<'t> {
        fn expr(&mut self, expr: &'t Expr) {
            if let Expr::Ident(name) = expr {
                self.0.push(&name.name);
            }
            inside::expr(self, expr);
        }
    }

    struct Renamed;

    impl VisitMut for Renamed {
        fn expr(&mut self, expr: &mut Expr) {
            if let Expr::Ident(name) = expr {
                name.name = "x".into();
            }
            inside_mut::expr(self, expr);
        }
    }

    #[test]
    fn every_name_is_visited_in_order() {
        let text = r#"
            (a): [b]: "\(c)": {d, let e = f, if g {h}}
            i: [j, for k, l in m if n let o = p {q}, ...r]
            s: t.u[v] + w[x:y] * (z & -a1) | *b1(c1)
            if d1 {e1} else {f1}
            "\(h1)": i1
            "#;
        let mut parsed = parse(&Sources::default(), "t.cue", text);
        let mut names = Names(Vec::new());
        names.decls(&parsed.file.decls);
        let wanted = "a b c d f g h j m n p q r t v w x y z a1 b1 c1 d1 e1 f1 h1 i1";
        assert_eq!(names.0.join(" "), wanted);
        let count = names.0.len();
        Renamed.decls(&mut parsed.file.decls);
        let mut names = Names(Vec::new());
        names.decls(&parsed.file.decls);
        assert_eq!(names.0, vec!["x"; count]);
    }
}
