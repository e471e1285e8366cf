//! The conjuncts of a field, sorted by how they are printed.

use super::super::source;
use super::scope::{EnvId, Scopes, StructId, static_label};
use crate::depth::grow;
use crate::syntax::ast::{
    Attribute, BinaryOp, CommentGroup, Constraint, Decl, Expr, Field, Label, Let, PostfixAlias,
    StructLit, Text, UnaryOp,
};

/// An expression and the environment that it was written in.
#[derive(Clone, Copy)]
pub(super) struct Conjunct<'t> {
    pub(super) expr: &'t Expr,
    pub(super) env: EnvId,
}

/// All that is said about one field.
pub(super) struct Group<'t> {
    pub(super) label: Text,
    pub(super) written: &'t Label,
    pub(super) constraint: Option<Constraint>,
    pub(super) alias: Option<Text>,
    pub(super) postfix_alias: Option<&'t PostfixAlias>,
    pub(super) docs: Vec<CommentGroup>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) conjuncts: Vec<Conjunct<'t>>,
}

/// Conjuncts of one value, sorted.
#[derive(Default)]
pub(super) struct Parts<'t> {
    pub(super) place: StructId,
    pub(super) attributes: Vec<Attribute>,
    pub(super) lets: Vec<(&'t Let, EnvId)>,
    /// References, calls, disjunctions, lists: they are printed as they were.
    pub(super) exprs: Vec<Conjunct<'t>>,
    /// Scalars, kinds and bounds that name nothing: they become one.
    pub(super) plain: Vec<&'t Expr>,
    pub(super) embeds: Vec<Conjunct<'t>>,
    /// Literals with patterns, computed labels or comprehensions: they are printed as they were.
    pub(super) literals: Vec<(&'t StructLit, EnvId)>,
    /// Declarations of files of that sort.
    pub(super) computed: Vec<(&'t Decl, EnvId)>,
    pub(super) groups: Vec<Group<'t>>,
    /// The labels of each literal, in the order of writing; those of embedded literals follow.
    pub(super) orders: Vec<Vec<Text>>,
    pub(super) open: bool,
    /// Whether any struct was among the conjuncts.
    pub(super) is_struct: bool,
    pub(super) trailing: Vec<CommentGroup>,
}

impl<'t> Parts<'t> {
    /// Sorts a conjunct.
    pub(super) fn add(&mut self, conjunct: Conjunct<'t>, scopes: &mut Scopes) {
        let Conjunct { expr, env } = conjunct;
        match expr {
            Expr::Paren(_, inner) => grow(|| self.add(Conjunct { expr: inner, env }, scopes)),
            Expr::Binary { first, rest } if rest.iter().all(|o| o.op == BinaryOp::And) => {
                grow(|| self.add(Conjunct { expr: first, env }, scopes));
                for operand in rest.iter() {
                    grow(|| self.add(Conjunct { expr: &operand.expr, env }, scopes));
                }
            }
            Expr::Struct(lit) => self.literal(lit, env, scopes),
            expr if is_plain(expr, env, scopes) => self.plain.push(expr),
            _ => self.exprs.push(conjunct),
        }
    }

    fn literal(&mut self, lit: &'t StructLit, env: EnvId, scopes: &mut Scopes) {
        self.is_struct = true;
        if is_computed(lit) {
            self.literals.push((lit, env));
            return;
        }
        let env = scopes.open(&lit.decls, env, self.place);
        self.declare(&lit.decls, env, scopes);
        self.trailing.extend(lit.trailing.iter().cloned());
    }

    /// Sorts the declarations of a literal or a file.
    pub(super) fn declare(&mut self, decls: &'t [Decl], env: EnvId, scopes: &mut Scopes) {
        let order = decls.iter().filter_map(|decl| match decl {
            Decl::Field(field) => static_label(&field.label),
            _ => None,
        });
        self.orders.push(order.collect());
        decls.iter().for_each(|decl| self.declaration(decl, env, scopes));
    }

    fn declaration(&mut self, decl: &'t Decl, env: EnvId, scopes: &mut Scopes) {
        match decl {
            Decl::Attribute(attribute, _) => self.attributes.push((**attribute).clone()),
            Decl::Let(clause) => self.lets.push((clause, env)),
            Decl::Ellipsis(_) => self.open = true,
            Decl::Field(field) => match static_label(&field.label) {
                Some(label) => self.field(field, label, env, scopes),
                None => self.computed.push((decl, env)),
            },
            Decl::Embed(embed) => match without_parens(&embed.value) {
                Expr::Struct(lit) => grow(|| self.literal(lit, env, scopes)),
                expr if is_plain(expr, env, scopes) => self.plain.push(expr),
                expr => self.embeds.push(Conjunct { expr, env }),
            },
            Decl::Comprehension(_) => self.computed.push((decl, env)),
            Decl::Package(_) | Decl::Import(_) | Decl::Bad(_) => {}
        }
    }

    fn field(&mut self, field: &'t Field, label: Text, env: EnvId, scopes: &mut Scopes) {
        let constraint = field.constraint.map(|(constraint, _)| constraint);
        let is_quoted = matches!(field.label, Label::String(_));
        let same = |group: &&mut Group<'_>| {
            let quoted = matches!(group.written, Label::String(_));
            let special = label.starts_with(['_', '#']);
            group.label == label && (quoted == is_quoted || !special)
        };
        let at = match self.groups.iter_mut().find(same) {
            Some(group) => group,
            None => {
                self.groups.push(Group {
                    label,
                    written: &field.label,
                    constraint,
                    alias: None,
                    postfix_alias: None,
                    docs: Vec::new(),
                    attributes: Vec::new(),
                    conjuncts: Vec::new(),
                });
                let last = self.groups.len() - 1;
                &mut self.groups[last]
            }
        };
        at.constraint = match (at.constraint, constraint) {
            (None, _) | (_, None) => None,
            (Some(Constraint::Required), _) | (_, Some(Constraint::Required)) => {
                Some(Constraint::Required)
            }
            both => both.0,
        };
        // A name is better to refer to than a text.
        if !is_quoted {
            at.written = &field.label;
        }
        at.postfix_alias = at.postfix_alias.or(field.postfix_alias.as_deref());
        if let Some(alias) = &field.alias {
            match &at.alias {
                Some(given) => scopes.call(&alias.name, env, given.clone()),
                None => at.alias = Some(scopes.clause(&alias.name, env)),
            }
        }
        // What stands above `a: b: 1` is about neither.
        if !matches!(&field.value, Expr::Struct(lit) if lit.braces.is_none()) {
            at.docs.extend(source::docs(field.comments.clone()));
        }
        for attribute in &field.attributes {
            let attribute = source::unplaced_attribute(attribute.clone());
            if !at.attributes.contains(&attribute) {
                at.attributes.push(attribute);
            }
        }
        at.conjuncts.push(Conjunct { expr: &field.value, env });
    }

    /// Whether nothing has to be in braces beside what is embedded.
    pub(super) fn has_declarations(&self) -> bool {
        !self.attributes.is_empty()
            || !self.lets.is_empty()
            || !self.computed.is_empty()
            || !self.groups.is_empty()
            || self.open
    }
}

fn without_parens(mut expr: &Expr) -> &Expr {
    while let Expr::Paren(_, inner) = expr {
        expr = inner;
    }
    expr
}

/// Whether a literal has fields that are known only when it is evaluated.
fn is_computed(lit: &StructLit) -> bool {
    lit.decls.iter().any(|decl| match decl {
        Decl::Comprehension(_) => true,
        Decl::Field(field) => match &field.label {
            Label::Interpolation(_) | Label::Dynamic { .. } | Label::Pattern { .. } => true,
            Label::Ident(_) | Label::String(_) => false,
        },
        _ => false,
    })
}

/// Whether an expression is a constant, a kind or a bound that names nothing.
pub(super) fn is_plain(expr: &Expr, env: EnvId, scopes: &Scopes) -> bool {
    match expr {
        Expr::Ident(name) => is_kind(&name.name) && !scopes.is_declared(&name.name, env),
        Expr::Paren(_, inner) => grow(|| is_plain(inner, env, scopes)),
        Expr::Unary { op, expr, .. } => *op != UnaryOp::Default && is_constant(expr),
        Expr::Binary { first, rest } if rest.iter().all(|o| o.op == BinaryOp::And) => grow(|| {
            is_plain(first, env, scopes)
                && rest.iter().all(|operand| is_plain(&operand.expr, env, scopes))
        }),
        expr => is_constant(expr),
    }
}

/// Whether an expression is made of literals of scalars.
pub(super) fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Null(_) | Expr::Bool(..) | Expr::Number(_) | Expr::String(_) => true,
        Expr::Paren(_, inner) => grow(|| is_constant(inner)),
        Expr::Unary { op: UnaryOp::Plus | UnaryOp::Minus | UnaryOp::Not, expr, .. } => {
            grow(|| is_constant(expr))
        }
        Expr::Binary { first, rest } => grow(|| {
            is_constant(first)
                && rest.iter().all(|operand| {
                    !matches!(operand.op, BinaryOp::And | BinaryOp::Or)
                        && is_constant(&operand.expr)
                })
        }),
        _ => false,
    }
}

/// Whether a predefined name is that of a kind or a range of numbers.
pub(super) fn is_kind(name: &str) -> bool {
    matches!(
        name,
        "_" | "bool"
            | "bytes"
            | "string"
            | "int"
            | "float"
            | "number"
            | "uint"
            | "rune"
            | "uint8"
            | "uint16"
            | "uint32"
            | "uint64"
            | "uint128"
            | "int8"
            | "int16"
            | "int32"
            | "int64"
            | "int128"
            | "float32"
            | "float64"
    )
}
