//! Files as one text that says the same, as `cue def` prints it: nothing is evaluated away.
//!
//! A value is not made of the evaluated one but of its *conjuncts*, the expressions that were written for
//! it. From the files inwards:
//!
//! 1. The conjuncts of a value are sorted ([`parts`]). `a & b` is its two sides, parentheses go. The fields
//!    of struct literals are grouped by label, each group being the conjuncts of one field. Scalars, kinds
//!    and bounds that name nothing are put together by evaluating them (`int & >=0` is `uint`). All else –
//!    references, calls, disjunctions, lists – is printed as it was.
//! 2. What is left is written as `references & {embedded, fields}`; braces stand only where there is
//!    something to hold together. Literals with patterns, computed labels or comprehensions, of which only
//!    evaluation knows the fields, stay whole; beside other conjuncts they are embedded.
//! 3. Fields come in an order in which the fields of each literal keep theirs ([`order`]).
//! 4. A name is resolved where it was written and replaced where it would mean something else in the text
//!    that is printed ([`scope`]): clauses of one name meet when files become one, and a field that moved
//!    beside another can hide a name from an expression. Imports are those that the text needs.
//! 5. With an expression only that is printed. What it refers to outside of itself follows in `let`
//!    clauses, so that the text stands for itself ([`hoist`]).

mod head;
mod hoist;
mod order;
mod parts;
mod scope;
#[cfg(test)]
mod tests;

use self::head::Head;
use self::hoist::Hoisted;
use self::parts::{Conjunct, Group, Parts, is_constant};
use self::scope::{EnvId, Scopes, StructId};
use super::source::{self, Style};
use crate::depth::grow;
use crate::source::{Sources, Span};
use crate::syntax::ast::*;
use crate::syntax::{self, literal};
use crate::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What of the files is written.
#[derive(Clone, Copy, Default, Debug)]
pub struct DefinitionOptions<'o> {
    /// The package that the text says it belongs to where the files are of none.
    pub package: Option<&'o str>,
    /// Only this expression, which sees the fields of the files.
    pub expression: Option<&'o Expr>,
    /// Whether the text is of no package though files are: so it is where data became part of them.
    pub is_anonymous: bool,
}

/// The text that says what the files say together; `sources` has their texts, `constant` evaluates the text of
/// an expression that names nothing.
pub(crate) fn definition_text(
    files: &[Arc<File>],
    sources: &Sources,
    options: &DefinitionOptions<'_>,
    constant: &dyn Fn(&str) -> Option<Value>,
) -> String {
    let placed = |file: &Arc<File>| {
        let source = sources.get(file.span.source);
        source::with_lines(file, source.as_ref().map_or("", |source| source.text.as_str()))
    };
    let placed: Vec<File> = files.iter().map(placed).collect();
    let files: Vec<&File> = placed.iter().collect();
    let expression = options.expression.map(source::on_one_line);
    let mut writer = Writer {
        scopes: Scopes::of_files(&files),
        hoisted: Hoisted::default(),
        files: &files,
        constant,
    };
    let head = match &expression {
        None if !options.is_anonymous => Head::of_files(&files, options.package),
        _ => Head::of_files(&[], options.package),
    };
    let decls = match &expression {
        None => writer.whole(),
        Some(expr) => writer.expression(expr),
    };
    writer.text(decls, head)
}

struct Writer<'t> {
    scopes: Scopes,
    hoisted: Hoisted<'t>,
    files: &'t [&'t File],
    constant: &'t dyn Fn(&str) -> Option<Value>,
}

impl<'t> Writer<'t> {
    /// The declarations of all files as one.
    fn whole(&mut self) -> Vec<Decl> {
        let place = self.scopes.place(0);
        if let [only] = self.files {
            let is_computed = only.decls.iter().any(|decl| match decl {
                Decl::Comprehension(_) => true,
                Decl::Field(field) => scope::static_label(&field.label).is_none(),
                _ => false,
            });
            if is_computed {
                self.scopes.enter(place, scope::labels(&only.decls));
                let decls = self.renamed_decls(&only.decls, 1);
                self.scopes.leave();
                return source::declarations(decls, style(0));
            }
        }
        let mut parts = self.file_parts();
        if !parts.has_declarations() && parts.literals.is_empty() {
            let value = self.parts_value(parts, 0);
            return match value {
                Expr::Struct(lit) => lit.into_inner().decls,
                value => vec![embed(value)],
            };
        }
        order::sort(&mut parts);
        self.declarations(parts, 0)
    }

    /// What all files declare.
    fn file_parts(&mut self) -> Parts<'t> {
        let mut parts = Parts { place: self.scopes.place(0), is_struct: true, ..Parts::default() };
        for (index, file) in self.files.iter().enumerate() {
            parts.declare(&file.decls, index + 1, &mut self.scopes);
        }
        // An expression that is a whole file may be put together with others.
        let embeds = std::mem::take(&mut parts.embeds);
        for embed in embeds {
            if parts::is_plain(embed.expr, embed.env, &self.scopes) {
                parts.plain.push(embed.expr);
            } else {
                parts.embeds.push(embed);
            }
        }
        parts
    }

    /// Declarations as they were, with the names that they are printed with.
    fn renamed_decls(&mut self, decls: &[Decl], env: EnvId) -> Vec<Decl> {
        decls.iter().map(|decl| self.scopes.renamed_decl(decl.clone(), env)).collect()
    }

    /// The value that conjuncts make.
    fn value(&mut self, conjuncts: &[Conjunct<'t>], indent: usize) -> Expr {
        let parts = self.sorted(conjuncts);
        grow(|| self.parts_value(parts, indent))
    }

    fn sorted(&mut self, conjuncts: &[Conjunct<'t>]) -> Parts<'t> {
        let mut parts = Parts { place: self.scopes.new_struct(), ..Parts::default() };
        for conjunct in conjuncts {
            parts.add(*conjunct, &mut self.scopes);
        }
        parts
    }

    fn parts_value(&mut self, mut parts: Parts<'t>, indent: usize) -> Expr {
        order::sort(&mut parts);
        let exprs = std::mem::take(&mut parts.exprs);
        let braces = parts.has_declarations();
        let held = parts.embeds.len() + parts.literals.len() + usize::from(!parts.plain.is_empty());
        if exprs.is_empty() && !braces && held < 2 {
            return self.single(parts, indent);
        }
        let mut all: Vec<Expr> =
            exprs.into_iter().map(|conjunct| self.printed(conjunct, indent)).collect();
        if braces || held > 0 {
            let mut trailing = source::unplaced_groups(std::mem::take(&mut parts.trailing));
            let decls = self.declarations(parts, indent + 1);
            if decls.is_empty() {
                trailing.clear();
            }
            all.push(Expr::Struct(StructLit { trailing, ..braced(decls) }.into()));
        }
        source::joined(all).unwrap_or_else(top)
    }

    /// The one thing that there is.
    fn single(&mut self, parts: Parts<'t>, indent: usize) -> Expr {
        if let Some((lit, env)) = parts.literals.first() {
            let expr = Expr::Struct((*lit).clone().into());
            return source::rewritten(self.scopes.renamed(expr, *env), style(indent));
        }
        if let Some(embed) = parts.embeds.first() {
            return self.printed(*embed, indent);
        }
        match plain(&parts.plain, indent, self.constant) {
            Some(expr) => expr,
            None if parts.is_struct => Expr::Struct(braced(Vec::new()).into()),
            None => top(),
        }
    }

    /// An expression as it was.
    fn printed(&mut self, conjunct: Conjunct<'t>, indent: usize) -> Expr {
        let ranked = ranked(conjunct.expr.clone());
        source::rewritten(self.scopes.renamed(ranked, conjunct.env), style(indent))
    }

    /// What stands between the braces of a struct.
    fn declarations(&mut self, parts: Parts<'t>, indent: usize) -> Vec<Decl> {
        let place = parts.place;
        let labels: BTreeSet<Text> = parts.groups.iter().map(|g| g.label.clone()).collect();
        self.scopes.enter(place, labels);
        let mut decls: Vec<Decl> = Vec::new();
        decls.extend(parts.attributes.into_iter().map(|attribute| {
            let attribute = source::unplaced_attribute(attribute);
            Decl::Attribute(Box::new(attribute), Comments::default())
        }));
        let first = decls.len();
        for conjunct in parts.embeds {
            let value = self.printed(conjunct, indent);
            decls.push(embed(value));
        }
        decls.extend(plain(&parts.plain, indent, self.constant).map(embed));
        for (lit, env) in parts.literals {
            let expr = Expr::Struct(lit.clone().into());
            let expr = self.scopes.renamed(expr, env);
            decls.push(embed(source::rewritten(expr, style(indent))));
        }
        if !parts.computed.is_empty() {
            let computed: Vec<Decl> = parts
                .computed
                .into_iter()
                .map(|(decl, env)| self.scopes.renamed_decl(decl.clone(), env))
                .collect();
            let computed = source::declarations(computed, style(indent + 1));
            decls.push(embed(Expr::Struct(braced(computed).into())));
        }
        for group in parts.groups {
            let field = self.field(group, indent);
            decls.push(Decl::Field(Box::new(field)));
        }
        if parts.open {
            let rest = Ellipsis { span: Span::NONE, value: None, comments: Comments::default() };
            decls.push(Decl::Ellipsis(Box::new(rest)));
        }
        // Clauses get their names after what refers to them.
        let clauses: Vec<Decl> = parts
            .lets
            .into_iter()
            .map(|(clause, env)| self.scopes.renamed_decl(Decl::Let(Box::new(clause.clone())), env))
            .collect();
        decls.splice(first..first, source::declarations(clauses, style(indent)));
        self.scopes.leave();
        self.uncover(&mut decls, place);
        decls
    }

    fn field(&mut self, group: Group<'t>, indent: usize) -> Field {
        let value = self.value(&group.conjuncts, indent);
        let none = Span::NONE;
        Field {
            span: none,
            alias: group.alias.map(|name| Box::new(Ident { span: none, name })),
            label: label(group.written, &group.label),
            postfix_alias: group.postfix_alias.map(|alias| Box::new(alias.clone())),
            constraint: group.constraint.map(|constraint| (constraint, none)),
            colon: none,
            value,
            attributes: group.attributes,
            comments: Comments::new(separate(group.docs), None, Vec::new()),
        }
    }

    /// Gives fields that names can't reach an alias, in the struct that was printed last.
    fn uncover(&mut self, decls: &mut [Decl], place: StructId) {
        for decl in decls {
            let Decl::Field(field) = decl else { continue };
            let Some(label) = scope::static_label(&field.label) else { continue };
            if let Some(alias) = self.scopes.hidden.get(&(place, label)) {
                field.alias = Some(Box::new(Ident { span: Span::NONE, name: alias.clone() }));
            }
        }
    }

    /// The declarations with what they need, as text.
    fn text(mut self, mut decls: Vec<Decl>, head: Head) -> String {
        decls.extend(self.clauses());
        let single = matches!(decls.as_slice(), [Decl::Embed(_)]);
        let mut file = File { span: Span::NONE, decls, trailing: Vec::new() };
        crate::format::simplify_definition(&mut file);
        let imports = std::mem::take(&mut self.scopes.imports);
        let mut text = head.text(&imports);
        let opens_with_clause = matches!(file.decls.first(), Some(Decl::Let(_) | Decl::Embed(_)));
        if text.is_empty() && opens_with_clause && !single {
            text.push('\n');
        }
        let body = crate::format::format_rewritten_file(&file);
        text.push_str(&body);
        text.truncate(text.trim_end_matches('\n').len());
        text.push('\n');
        text
    }
}

fn style(indent: usize) -> Style {
    Style { indent, definition: true }
}

fn top() -> Expr {
    Expr::Ident(Ident { span: Span::NONE, name: "_".into() })
}

fn embed(value: Expr) -> Decl {
    let comments = Comments::default();
    Decl::Embed(Box::new(Embed { value, attributes: Vec::new(), comments }))
}

fn braced(decls: Vec<Decl>) -> StructLit {
    let braces = Some((Span::NONE, Span::NONE));
    StructLit { span: Span::NONE, braces, decls, trailing: Vec::new() }
}

/// Comments that stay apart from each other.
fn separate(mut groups: Vec<CommentGroup>) -> Vec<CommentGroup> {
    let last = groups.len().saturating_sub(1);
    for (at, group) in groups.iter_mut().enumerate() {
        group.blank_after = at < last;
    }
    groups
}

/// A label in the form that it is printed in.
fn label(written: &Label, text: &Text) -> Label {
    let span = Span::NONE;
    match written {
        Label::Ident(_) => Label::Ident(Ident { span, name: text.clone() }),
        _ if literal::label_needs_quotes(text) => {
            Label::String(Literal { span, text: literal::quote_string(text).into() })
        }
        _ => Label::Ident(Ident { span, name: text.clone() }),
    }
}

/// Constants, kinds and bounds as one expression.
fn plain(all: &[&Expr], indent: usize, constant: &dyn Fn(&str) -> Option<Value>) -> Option<Expr> {
    let is_top = |expr: &&&Expr| matches!(expr, Expr::Ident(name) if name.name == "_");
    let mut some: Vec<&Expr> = all.iter().filter(|expr| !is_top(expr)).copied().collect();
    if some.is_empty() {
        return all.first().map(|_| top());
    }
    some.dedup();
    let as_written = |expr: &Expr| source::rewritten(expr.clone(), style(indent));
    if let [only] = some.as_slice()
        && !is_computation(only)
    {
        return Some(as_written(only));
    }
    let joined = source::joined(some.iter().map(|expr| as_written(expr)).collect())?;
    Some(evaluated(&joined, constant).unwrap_or(joined))
}

/// Whether a plain expression has something to work out.
fn is_computation(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(_, inner) => is_computation(inner),
        Expr::Binary { .. } => true,
        Expr::Unary { op: UnaryOp::Plus | UnaryOp::Not, .. } => true,
        Expr::Unary { op: UnaryOp::Minus, expr, .. } => !matches!(**expr, Expr::Number(_)),
        Expr::Unary { expr, .. } => is_constant(expr) && is_computation(expr),
        _ => false,
    }
}

/// What an expression that names nothing evaluates to.
fn evaluated(expr: &Expr, constant: &dyn Fn(&str) -> Option<Value>) -> Option<Expr> {
    let value = constant(&crate::format::format_expr(expr, None))?;
    value.check(false).ok()?;
    let sources = Sources::default();
    let text = super::cue_text(&value, &super::CueOptions::default(), &sources, &[]);
    let parsed = syntax::parse_expr(&sources, "constant", text.trim().to_owned());
    parsed.errors.is_empty().then(|| source::rewritten(parsed.expr, style(0)))
}

/// Conjunctions within an expression in the order in which they are printed.
fn ranked(mut expr: Expr) -> Expr {
    use crate::syntax::walk::{VisitMut, inside_mut};
    struct Ranker;
    impl VisitMut for Ranker {
        fn expr(&mut self, expr: &mut Expr) {
            inside_mut::expr(self, expr);
            if matches!(expr, Expr::Binary { rest, .. } if rest.iter().all(|o| o.op == BinaryOp::And))
            {
                let mut all = Vec::new();
                source::conjuncts(std::mem::take(expr), &mut all);
                all.sort_by_key(definition_rank);
                *expr = source::joined(all).unwrap_or_default();
            }
        }
    }
    Ranker.expr(&mut expr);
    expr
}

/// Kinds, what names something, scalars, structs.
fn definition_rank(expr: &Expr) -> u8 {
    match expr {
        Expr::Struct(_) => 3,
        expr if is_constant(expr) => 2,
        Expr::Ident(name) if parts::is_kind(&name.name) => 0,
        _ => 1,
    }
}
