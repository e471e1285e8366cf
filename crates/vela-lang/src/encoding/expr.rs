//! Data as a syntax tree.

use crate::data::Data;
use crate::depth::grow;
use crate::source::Span;
use crate::syntax::ast::{
    Comments, Decl, Element, Expr, Field, Label, ListLit, Literal, Nested, StructLit,
};
use crate::syntax::literal;

/// The expression for data; all of it lies at one place.
///
/// ```
/// use vela_lang::{Data, Span, encoding, format};
/// let data = Data::List(vec![Data::Null, Data::Bool(true)].into());
/// let expr = encoding::expr(&data, Span::NONE);
/// assert_eq!(format::format_expr(&expr, None), "[null, true]");
/// ```
pub fn expr(data: &Data, span: Span) -> Expr {
    grow(|| match data {
        Data::Null => Expr::Null(span),
        Data::Bool(value) => Expr::Bool(span, *value),
        Data::Number(number) => {
            let text = number.cue_text();
            match text.strip_prefix('-') {
                Some(digits) => Expr::Unary {
                    op: crate::syntax::ast::UnaryOp::Minus,
                    op_span: span,
                    end: span.end,
                    expr: Expr::Number(Literal { span, text: digits.into() }).into(),
                },
                None => Expr::Number(Literal { span, text: text.into() }),
            }
        }
        Data::String(text) => {
            Expr::String(Literal { span, text: literal::quote_string(text).into() })
        }
        Data::Bytes(bytes) => {
            Expr::String(Literal { span, text: literal::quote_bytes(bytes).into() })
        }
        Data::List(items) => Expr::List(Nested::new(ListLit {
            span,
            elements: items
                .iter()
                .map(|item| Element::Expr(expr(item, span), Comments::default()))
                .collect(),
            trailing: Vec::new(),
        })),
        Data::Struct(fields) => Expr::Struct(Nested::new(StructLit {
            span,
            braces: Some((span, span)),
            decls: fields
                .iter()
                .map(|(label, value)| {
                    Decl::Field(Box::new(Field {
                        span,
                        alias: None,
                        label: Label::String(Literal {
                            span,
                            text: literal::quote_string(label).into(),
                        }),
                        postfix_alias: None,
                        constraint: None,
                        colon: span,
                        value: expr(value, span),
                        attributes: Vec::new(),
                        comments: Comments::default(),
                    }))
                })
                .collect(),
            trailing: Vec::new(),
        })),
    })
}
