//! What the readers make of JSON: expressions with places, data, or nothing.

use super::scan::{Build, JsonError, Member};
use crate::data::Data;
use crate::number::Number;
use crate::source::{SourceId, Span};
use crate::syntax::ast::{
    Comments, Decl, Element, Expr, Field, Label, ListLit, Literal, Nested, StructLit, UnaryOp,
};
use std::borrow::Cow;
use std::ops::Range;

/// The text of a string literal, which the scanner has checked but for surrogates.
fn decoded(raw: &str, offset: usize) -> Result<Cow<'_, str>, JsonError> {
    let inner = &raw[1..raw.len() - 1];
    if !inner.contains('\\') {
        return Ok(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(raw)
        .map(Cow::Owned)
        .map_err(|_| JsonError::content("invalid string: unmatched surrogate pair", offset))
}

/// Makes expressions.
pub(super) struct Exprs {
    pub(super) source: SourceId,
    /// What was cut off before the text.
    pub(super) shift: usize,
}

impl Exprs {
    fn span(&self, at: &Range<usize>) -> Span {
        Span::new(self.source, at.start + self.shift, at.end + self.shift)
    }

    /// A string of CUE with the same text: escapes are the same but for pairs of surrogates.
    fn literal(&self, raw: &str, at: &Range<usize>) -> Result<Literal, JsonError> {
        let text = if raw.contains("\\u") {
            super::escaped(&decoded(raw, at.start)?).into()
        } else {
            raw.into()
        };
        Ok(Literal { span: self.span(at), text })
    }
}

impl Build for Exprs {
    type Value = Expr;

    fn null(&mut self, at: Range<usize>) -> Expr {
        Expr::Null(self.span(&at))
    }

    fn boolean(&mut self, value: bool, at: Range<usize>) -> Expr {
        Expr::Bool(self.span(&at), value)
    }

    fn number(&mut self, text: &str, at: Range<usize>) -> Result<Expr, JsonError> {
        Ok(match text.strip_prefix('-') {
            Some(digits) => Expr::Unary {
                op: UnaryOp::Minus,
                op_span: self.span(&(at.start..at.start + 1)),
                expr: Nested::new(Expr::Number(Literal {
                    span: self.span(&(at.start + 1..at.end)),
                    text: digits.into(),
                })),
                end: self.span(&at).end,
            },
            None => Expr::Number(Literal { span: self.span(&at), text: text.into() }),
        })
    }

    fn string(&mut self, raw: &str, at: Range<usize>) -> Result<Expr, JsonError> {
        Ok(Expr::String(self.literal(raw, &at)?))
    }

    fn list(&mut self, elements: Vec<Expr>, at: Range<usize>) -> Expr {
        Expr::List(Nested::new(ListLit {
            span: self.span(&at),
            elements: elements
                .into_iter()
                .map(|element| Element::Expr(element, Comments::NONE))
                .collect(),
            trailing: Vec::new(),
        }))
    }

    fn object(
        &mut self,
        members: Vec<Member<'_, Expr>>,
        at: Range<usize>,
    ) -> Result<Expr, JsonError> {
        let decls = members
            .into_iter()
            .map(|member| {
                let label = self.literal(member.label, &member.at)?;
                Ok(Decl::Field(Box::new(Field {
                    span: label.span.to(member.value.span()),
                    alias: None,
                    label: Label::String(label),
                    postfix_alias: None,
                    constraint: None,
                    colon: self.span(&(member.colon..member.colon + 1)),
                    value: member.value,
                    attributes: Vec::new(),
                    comments: Comments::NONE,
                })))
            })
            .collect::<Result<_, JsonError>>()?;
        let braces = Some((self.span(&(at.start..at.start + 1)), self.span(&(at.end - 1..at.end))));
        let lit = StructLit { span: self.span(&at), braces, decls, trailing: Vec::new() };
        Ok(Expr::Struct(Nested::new(lit)))
    }
}

/// Makes data.
pub(super) struct Datas;

impl Build for Datas {
    type Value = Data;

    fn null(&mut self, _: Range<usize>) -> Data {
        Data::Null
    }

    fn boolean(&mut self, value: bool, _: Range<usize>) -> Data {
        Data::Bool(value)
    }

    fn number(&mut self, text: &str, at: Range<usize>) -> Result<Data, JsonError> {
        Number::parse(text)
            .map(Data::Number)
            .map_err(|error| JsonError::content(error.to_string(), at.start))
    }

    fn string(&mut self, raw: &str, at: Range<usize>) -> Result<Data, JsonError> {
        Ok(Data::String(decoded(raw, at.start)?.into()))
    }

    fn list(&mut self, elements: Vec<Data>, _: Range<usize>) -> Data {
        Data::List(elements.into())
    }

    fn object(
        &mut self,
        members: Vec<Member<'_, Data>>,
        at: Range<usize>,
    ) -> Result<Data, JsonError> {
        let fields = members
            .into_iter()
            .map(|member| Ok((decoded(member.label, member.at.start)?.into(), member.value)))
            .collect::<Result<Vec<_>, JsonError>>()?;
        Data::merged(fields).map_err(|conflict| JsonError::content(conflict.to_string(), at.start))
    }
}

/// Makes nothing: for checks.
pub(super) struct Nothing;

impl Build for Nothing {
    type Value = ();

    fn null(&mut self, _: Range<usize>) {}

    fn boolean(&mut self, _: bool, _: Range<usize>) {}

    fn number(&mut self, _: &str, _: Range<usize>) -> Result<(), JsonError> {
        Ok(())
    }

    fn string(&mut self, _: &str, _: Range<usize>) -> Result<(), JsonError> {
        Ok(())
    }

    fn list(&mut self, _: Vec<()>, _: Range<usize>) {}

    fn object(&mut self, _: Vec<Member<'_, ()>>, _: Range<usize>) -> Result<(), JsonError> {
        Ok(())
    }
}
