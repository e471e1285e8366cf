//! The actions of the grammar: from tokens and parts to the tree.
//!
//! Comments are attached here, from the inside out: each declaration takes those above it, the one
//! behind it and what is left over within it; brackets take those before they close.

use super::ast::*;
use super::lexer::PlacedComment;
use super::literal;
use super::message;
use super::token::Token;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use lalrpop_util::{ErrorRecovery, ParseError};

/// What the parser carries from action to action.
pub(crate) struct Builder<'t> {
    pub(crate) text: &'t str,
    pub(crate) tokens: &'t [Token],
    pub(crate) errors: Vec<Diagnostic>,
    comments: Vec<Waiting>,
    /// The comments before this one have all been taken.
    waiting: usize,
}

/// A comment that may still be taken.
struct Waiting {
    start: u32,
    before: u32,
    after: u32,
    same_line: bool,
    group: Option<CommentGroup>,
}

/// What continues an operand.
pub(crate) enum Postfix {
    Ident(Ident),
    String(Span),
    Index(Nested<Expr>, Span),
    Slice(Option<Nested<Expr>>, Option<Nested<Expr>>, Span),
    Call(Nested<Vec<Expr>>, Span),
    Open(Span),
    Maybe(Span),
}

/// What the parser reports and, where it recovers, hands to an action.
pub(crate) type Recovery = ErrorRecovery<u32, Token, ()>;

impl<'t> Builder<'t> {
    pub(crate) fn new(
        text: &'t str,
        tokens: &'t [Token],
        comments: Vec<PlacedComment>,
    ) -> Builder<'t> {
        let comments = comments
            .into_iter()
            .map(|c| Waiting {
                start: c.group.span.start,
                before: c.before,
                after: c.after.map_or(0, |t| t.1.start),
                same_line: c.same_line,
                group: Some(c.group),
            })
            .collect();
        Builder { text, tokens, errors: Vec::new(), comments, waiting: 0 }
    }

    fn slice(&self, span: Span) -> Text {
        Text::from(self.text.get(span.start as usize..span.end as usize).unwrap_or(""))
    }

    fn literal(&self, span: Span) -> Literal {
        Literal { span, text: self.slice(span) }
    }

    fn error(&mut self, diagnostic: Diagnostic) {
        self.errors.push(diagnostic);
    }

    /// Reports an error of the parser.
    pub(crate) fn report(&mut self, error: &ParseError<u32, Token, ()>) {
        if let Some(diagnostic) = message::explain(error, self.tokens, self.text) {
            self.errors.push(diagnostic);
        }
    }

    fn recovered(&mut self, recovery: &Recovery) -> Span {
        self.report(&recovery.error);
        let dropped = recovery.dropped_tokens.iter();
        dropped.map(|(_, token, _)| token.1).reduce(Span::to).unwrap_or(Span::NONE)
    }

    // Comments.

    /// The comments of a node at `span`: above, behind and what is left inside.
    fn comments(&mut self, span: Span) -> Comments {
        while self.comments.get(self.waiting).is_some_and(|c| c.group.is_none()) {
            self.waiting += 1;
        }
        let Some(next) = self.comments.get(self.waiting) else { return Comments::NONE };
        if next.start >= span.end {
            let line = self.take_behind(span.end);
            return Comments::new(Vec::new(), line, Vec::new());
        }
        let doc = self.take_before(span.start);
        let line = self.take_behind(span.end);
        let first = self.first(|c| c.start < span.start);
        let inside = self.comments[first..].iter_mut().take_while(|c| c.start < span.end);
        let inner = inside.filter_map(|c| Some((c.after, c.group.take()?))).collect();
        Comments::new(doc, line, inner)
    }

    /// The first comment that is not before a place, of those that may not have been taken.
    fn first(&self, before: impl Fn(&Waiting) -> bool) -> usize {
        // It is near: the search goes in steps that double, and then within the last one.
        let waiting = self.comments.get(self.waiting..).unwrap_or_default();
        let mut end = 0;
        while waiting.get(end).is_some_and(&before) {
            end = 2 * end + 1;
        }
        let start = end / 2;
        let near = waiting.get(start..end.min(waiting.len())).unwrap_or_default();
        self.waiting + start + near.partition_point(before)
    }

    /// The comments on lines of their own before the token at `offset`.
    fn take_before(&mut self, offset: u32) -> Vec<CommentGroup> {
        let first = self.first(|c| c.before < offset);
        let here = self.comments[first..].iter_mut().take_while(|c| c.before == offset);
        here.filter(|c| !c.same_line).filter_map(|c| c.group.take()).collect()
    }

    /// The comment behind what ends at `end`, with at most a comma between.
    fn take_behind(&mut self, end: u32) -> Option<CommentGroup> {
        let first = self.first(|c| c.start < end);
        let comment = self.comments.get_mut(first)?;
        let between = self.text.get(end as usize..comment.start as usize)?;
        let blank = |s: &str| s.bytes().all(|b| matches!(b, b' ' | b'\t'));
        let behind = match between.split_once(',') {
            Some((left, right)) => blank(left) && blank(right),
            None => blank(between),
        };
        if behind { comment.group.take() } else { None }
    }

    /// All comments that nothing has taken, at the end of the file.
    pub(crate) fn take_rest(&mut self) -> Vec<CommentGroup> {
        self.comments.iter_mut().filter_map(|c| c.group.take()).collect()
    }

    // Lists of anything.

    pub(crate) fn append<T>(&mut self, mut list: Vec<T>, item: T) -> Vec<T> {
        list.push(item);
        list
    }

    pub(crate) fn append_attribute(&mut self, list: Vec<Attribute>, span: Span) -> Vec<Attribute> {
        let attribute = self.attribute(span);
        self.append(list, attribute)
    }

    // Declarations.

    fn attribute(&mut self, span: Span) -> Attribute {
        Attribute { span, text: self.slice(span) }
    }

    pub(crate) fn attribute_decl(&mut self, span: Span) -> Decl {
        let attribute = Box::new(self.attribute(span));
        Decl::Attribute(attribute, self.comments(span))
    }

    pub(crate) fn package(&mut self, keyword: Span, name: Ident) -> Decl {
        let span = keyword.to(name.span);
        Decl::Package(Box::new(Package { span, name, comments: self.comments(span) }))
    }

    pub(crate) fn import_spec(&mut self, name: Option<Ident>, path: Span) -> Box<ImportSpec> {
        let span = name.as_ref().map_or(path, |n| n.span.to(path));
        Box::new(ImportSpec { name, path: self.literal(path), comments: self.comments(span) })
    }

    pub(crate) fn import(&mut self, keyword: Span, spec: ImportSpec) -> Decl {
        let span = keyword.to(spec.path.span);
        let comments = self.comments(span);
        let specs = vec![spec];
        Decl::Import(Box::new(Import { span, parens: None, specs, comments, trailing: vec![] }))
    }

    pub(crate) fn import_group(
        &mut self,
        keyword: Span,
        left: Span,
        specs: Vec<ImportSpec>,
        right: Span,
    ) -> Decl {
        let span = keyword.to(right);
        let trailing = self.take_before(right.start);
        let comments = self.comments(span);
        let parens = Some((left, right));
        Decl::Import(Box::new(Import { span, parens, specs, comments, trailing }))
    }

    pub(crate) fn embed(&mut self, value: Expr, attributes: Vec<Attribute>) -> Decl {
        let span = with_attributes(value.span(), &attributes);
        Decl::Embed(Box::new(Embed { value, attributes, comments: self.comments(span) }))
    }

    pub(crate) fn let_decl(
        &mut self,
        keyword: Span,
        name: Ident,
        value: Expr,
        attributes: Vec<Attribute>,
    ) -> Decl {
        let span = with_attributes(keyword.to(value.span()), &attributes);
        let comments = self.comments(span);
        Decl::Let(Box::new(Let { span, name, value, attributes, comments }))
    }

    pub(crate) fn ellipsis_decl(&mut self, span: Span) -> Decl {
        let comments = self.comments(span);
        Decl::Ellipsis(Box::new(Ellipsis { span, value: None, comments }))
    }

    pub(crate) fn bad_decl(&mut self, recovery: Recovery) -> Decl {
        Decl::Bad(self.recovered(&recovery))
    }

    // Fields.

    pub(crate) fn field(&mut self, mut field: Box<Field>, attributes: Vec<Attribute>) -> Decl {
        field.span = with_attributes(field.span, &attributes);
        field.comments = self.comments(field.span);
        if !attributes.is_empty() {
            *innermost_attributes(&mut field) = attributes;
        }
        Decl::Field(field)
    }

    pub(crate) fn head(
        &mut self,
        alias: Option<Ident>,
        label: Expr,
        postfix_alias: Option<Box<PostfixAlias>>,
        constraint: Option<(Constraint, Span)>,
        colon: Span,
    ) -> Box<Field> {
        let label = self.label(label);
        let start = alias.as_ref().map_or(label.span(), |a| a.span);
        Box::new(Field {
            span: start.to(colon),
            alias: alias.map(Box::new),
            label,
            postfix_alias,
            constraint,
            colon,
            value: Expr::Bad(colon),
            attributes: Vec::new(),
            comments: Comments::NONE,
        })
    }

    /// Reads an operand as the label that it was.
    fn label(&mut self, operand: Expr) -> Label {
        let span = operand.span();
        match operand {
            Expr::Ident(name) => Label::Ident(name),
            Expr::String(literal) => Label::String(literal),
            Expr::Interpolation(interpolation) => Label::Interpolation(interpolation),
            Expr::Paren(span, expr) => Label::Dynamic { span, expr },
            Expr::List(mut list) => match (list.elements.pop(), list.elements.is_empty()) {
                (Some(Element::Expr(expr, comments)), true) => {
                    self.put_back(comments);
                    Label::Pattern { span, alias: None, expr: Nested::new(expr) }
                }
                (Some(Element::Alias(alias, expr)), true) => {
                    Label::Pattern { span, alias: Some(Box::new(alias)), expr: Nested::new(expr) }
                }
                // What it means is decided later, as for any other list that cannot match a label.
                (Some(element), true) => {
                    list.elements.push(element);
                    Label::Pattern { span, alias: None, expr: Nested::new(Expr::List(list)) }
                }
                _ => {
                    let message = "square bracket must have exactly one element";
                    self.error(
                        Diagnostic::load("cue/syntax", span, message)
                            .help("a pattern constraint looks like [string]: value"),
                    );
                    Label::Pattern { span, alias: None, expr: Nested::new(Expr::Bad(span)) }
                }
            },
            _ => Label::Pattern { span, alias: None, expr: Nested::new(Expr::Bad(span)) },
        }
    }

    /// Gives comments back that turned out to belong to an outer node.
    fn put_back(&mut self, comments: Comments) {
        let Attached { doc, line, inner } = comments.into_attached();
        let inner = inner.into_iter().map(|(_, group)| group);
        for group in doc.into_iter().chain(line).chain(inner) {
            let at = self.comments.partition_point(|c| c.start < group.span.start);
            if let Some(waiting) = self.comments.get_mut(at) {
                waiting.group = Some(group);
                self.waiting = self.waiting.min(at);
            }
        }
    }

    pub(crate) fn field_value(&mut self, mut head: Box<Field>, value: Expr) -> Box<Field> {
        head.span = head.span.to(value.span());
        head.value = value;
        head
    }

    pub(crate) fn field_alias_value(
        &mut self,
        head: Box<Field>,
        name: Ident,
        value: Expr,
    ) -> Box<Field> {
        self.field_value(head, Expr::Alias(name, Nested::new(value)))
    }

    pub(crate) fn field_chain(&mut self, head: Box<Field>, field: Box<Field>) -> Box<Field> {
        let span = field.span;
        let decls = vec![Decl::Field(field)];
        let value = StructLit { span, braces: None, decls, trailing: Vec::new() };
        self.field_value(head, Expr::Struct(Nested::new(value)))
    }

    pub(crate) fn postfix_alias(
        &mut self,
        tilde: Span,
        key: Option<Ident>,
        value: Ident,
        right: Option<Span>,
    ) -> Box<PostfixAlias> {
        Box::new(PostfixAlias { span: tilde.to(right.unwrap_or(value.span)), key, value })
    }

    // Comprehensions.

    pub(crate) fn comprehension(
        &mut self,
        clauses: Vec<Clause>,
        body: Nested<StructLit>,
        fallback: Option<(Span, Nested<StructLit>)>,
    ) -> Nested<Comprehension> {
        let body = body.into_inner();
        let fallback = fallback
            .map(|(word, body)| Fallback { keyword: self.ident(word), body: body.into_inner() });
        let start = clauses.first().map_or(body.span, clause_span);
        let end = fallback.as_ref().map_or(body.span, |f| f.body.span);
        let span = start.to(end);
        let comments = Comments::NONE;
        Nested::new(Comprehension { span, clauses, body, fallback, comments })
    }

    pub(crate) fn comprehension_decl(&mut self, mut comprehension: Nested<Comprehension>) -> Decl {
        comprehension.comments = self.comments(comprehension.span);
        Decl::Comprehension(comprehension)
    }

    pub(crate) fn comprehension_element(
        &mut self,
        mut comprehension: Nested<Comprehension>,
    ) -> Element {
        comprehension.comments = self.comments(comprehension.span);
        Element::Comprehension(comprehension)
    }

    pub(crate) fn for_clause(
        &mut self,
        keyword: Span,
        key: Option<Ident>,
        value: Ident,
        source: Expr,
    ) -> Box<Clause> {
        Box::new(Clause::For { span: keyword.to(source.span()), key, value, source })
    }

    pub(crate) fn if_clause(&mut self, keyword: Span, condition: Expr) -> Box<Clause> {
        Box::new(Clause::If { span: keyword.to(condition.span()), condition })
    }

    pub(crate) fn let_clause(&mut self, keyword: Span, name: Ident, value: Expr) -> Box<Clause> {
        Box::new(Clause::Let { span: keyword.to(value.span()), name, value })
    }

    pub(crate) fn try_clause(
        &mut self,
        keyword: Span,
        binding: Option<(Ident, Expr)>,
    ) -> Box<Clause> {
        let span = binding.as_ref().map_or(keyword, |(_, value)| keyword.to(value.span()));
        Box::new(Clause::Try { span, binding })
    }

    // Expressions.

    pub(crate) fn ident(&mut self, span: Span) -> Ident {
        Ident { span, name: self.slice(span) }
    }

    pub(crate) fn number(&mut self, span: Span) -> Expr {
        Expr::Number(self.literal(span))
    }

    pub(crate) fn string(&mut self, span: Span) -> Expr {
        let literal = self.literal(span);
        if literal.text.contains(['\\', '\n'])
            && let Err(error) = literal::decode(&literal)
            && error.lexical
        {
            self.error(error.diagnostic());
        }
        Expr::String(literal)
    }

    pub(crate) fn interpolated(
        &mut self,
        start: Span,
        first: Expr,
        (middles, mut others): (Vec<Span>, Vec<Expr>),
        end: Span,
    ) -> Nested<Interpolation> {
        let spans = std::iter::once(start).chain(middles).chain([end]);
        let pieces: Vec<Literal> = spans.map(|s| self.literal(s)).collect();
        if let Err(error) = literal::decode_pieces(&pieces)
            && error.lexical
        {
            self.error(error.diagnostic());
        }
        others.insert(0, first);
        Nested::new(Interpolation { span: start.to(end), pieces, exprs: others })
    }

    pub(crate) fn middle(
        &mut self,
        (mut spans, mut exprs): (Vec<Span>, Vec<Expr>),
        span: Span,
        expr: Expr,
    ) -> (Vec<Span>, Vec<Expr>) {
        spans.push(span);
        exprs.push(expr);
        (spans, exprs)
    }

    pub(crate) fn paren(&mut self, left: Span, expr: Expr, right: Span) -> Expr {
        Expr::Paren(left.to(right), Nested::new(expr))
    }

    pub(crate) fn unary(&mut self, (op, op_span): (UnaryOp, Span), expr: Expr) -> Expr {
        let end = op_span.to(expr.span()).end;
        Expr::Unary { op, op_span, expr: Nested::new(expr), end }
    }

    pub(crate) fn operators(
        &mut self,
        (op, op_span): (BinaryOp, Span),
        expr: Expr,
    ) -> Vec<Operand> {
        vec![Operand { op, op_span, expr }]
    }

    pub(crate) fn append_operator(
        &mut self,
        list: Vec<Operand>,
        (op, op_span): (BinaryOp, Span),
        expr: Expr,
    ) -> Vec<Operand> {
        self.append(list, Operand { op, op_span, expr })
    }

    /// Groups operands by the precedence of the operators between them.
    pub(crate) fn binary(&mut self, first: Expr, rest: Vec<Operand>) -> Expr {
        let mut open: Vec<Group> = Vec::new();
        let mut current = first;
        for Operand { op, op_span, expr } in rest {
            current = loop {
                match open.last_mut() {
                    Some(top) if top.op.precedence() == op.precedence() => {
                        top.close_operand(current);
                        (top.op, top.op_span) = (op, op_span);
                        break expr;
                    }
                    Some(top) if top.op.precedence() > op.precedence() => {
                        let Some(top) = open.pop() else { break expr };
                        current = top.close(current);
                    }
                    _ => {
                        open.push(Group { first: current, rest: Vec::new(), op, op_span });
                        break expr;
                    }
                }
            };
        }
        while let Some(top) = open.pop() {
            current = top.close(current);
        }
        current
    }

    pub(crate) fn postfix(&mut self, base: Expr, postfix: Postfix) -> Expr {
        let start = match &postfix {
            Postfix::Ident(_) | Postfix::String(_) => Span::NONE,
            _ => base.span(),
        };
        let base = Nested::new(base);
        match postfix {
            Postfix::Ident(name) => Expr::Selector { base, label: SelectorLabel::Ident(name) },
            Postfix::String(span) => {
                Expr::Selector { base, label: SelectorLabel::String(self.literal(span)) }
            }
            Postfix::Index(index, end) => Expr::Index { span: start.to(end), base, index },
            Postfix::Slice(low, high, end) => Expr::Slice { span: start.to(end), base, low, high },
            Postfix::Call(args, end) => Expr::Call { span: start.to(end), function: base, args },
            Postfix::Open(end) => Expr::Open(start.to(end), base),
            Postfix::Maybe(end) => {
                if !matches!(*base, Expr::Ident(_) | Expr::Selector { .. } | Expr::Index { .. }) {
                    self.error(
                        Diagnostic::load("cue/syntax", end, "missing ',' in struct literal").help(
                            "a ? stands behind a label, or in a try clause behind a reference",
                        ),
                    );
                }
                Expr::Maybe(start.to(end), base)
            }
        }
    }

    /// `x[low?:high]`: the mark belongs to `low`.
    pub(crate) fn maybe_slice(
        &mut self,
        low: Expr,
        mark: Span,
        high: Option<Expr>,
        end: Span,
    ) -> Postfix {
        let low = Expr::Maybe(low.span().to(mark), Nested::new(low));
        Postfix::Slice(Some(Nested::new(low)), high.map(Nested::new), end)
    }

    pub(crate) fn struct_lit(
        &mut self,
        left: Span,
        decls: Vec<Decl>,
        right: Span,
    ) -> Nested<StructLit> {
        let trailing = self.take_before(right.start);
        let braces = Some((left, right));
        Nested::new(StructLit { span: left.to(right), braces, decls, trailing })
    }

    pub(crate) fn list(&mut self, left: Span, elements: Vec<Element>, right: Span) -> Expr {
        let trailing = self.take_before(right.start);
        Expr::List(Nested::new(ListLit { span: left.to(right), elements, trailing }))
    }

    pub(crate) fn element(&mut self, expr: Expr) -> Element {
        let span = if self.comments.is_empty() { Span::NONE } else { expr.span() };
        let comments = self.comments(span);
        Element::Expr(expr, comments)
    }

    pub(crate) fn ellipsis_element(&mut self, dots: Span, value: Option<Expr>) -> Element {
        let span = value.as_ref().map_or(dots, |v| dots.to(v.span()));
        let comments = self.comments(span);
        let value = value.map(Nested::new);
        Element::Ellipsis(Box::new(Ellipsis { span, value, comments }))
    }

    pub(crate) fn bad_element(&mut self, recovery: Recovery) -> Element {
        let span = self.recovered(&recovery);
        Element::Expr(Expr::Bad(span), Comments::NONE)
    }
}

/// Operands of one precedence that still wait for their last one.
struct Group {
    first: Expr,
    rest: Vec<Operand>,
    op: BinaryOp,
    op_span: Span,
}

impl Group {
    fn close_operand(&mut self, expr: Expr) {
        self.rest.push(Operand { op: self.op, op_span: self.op_span, expr });
    }

    fn close(mut self, expr: Expr) -> Expr {
        self.close_operand(expr);
        Expr::Binary { first: Nested::new(self.first), rest: Nested::new(self.rest) }
    }
}

/// The attributes behind a chain `a: b: 1` are those of its last field.
fn innermost_attributes(mut field: &mut Field) -> &mut Vec<Attribute> {
    loop {
        let chained = matches!(
            &field.value,
            Expr::Struct(lit) if lit.braces.is_none() && matches!(lit.decls.as_slice(), [Decl::Field(_)])
        );
        if !chained {
            return &mut field.attributes;
        }
        let Field { value, attributes, .. } = field;
        match value {
            Expr::Struct(lit) => match lit.decls.first_mut() {
                Some(Decl::Field(next)) => field = next,
                _ => return attributes,
            },
            _ => return attributes,
        }
    }
}

fn with_attributes(span: Span, attributes: &[Attribute]) -> Span {
    attributes.last().map_or(span, |last| span.to(last.span))
}

fn clause_span(clause: &Clause) -> Span {
    match clause {
        Clause::For { span, .. }
        | Clause::If { span, .. }
        | Clause::Let { span, .. }
        | Clause::Try { span, .. } => *span,
    }
}
