//! Struct literals: what they declare, and in which order.

use super::compile::Compiler;
use super::expr::label_text;
use super::scope::{Binding, Name, Unused};
use super::symbol::SymbolKind;
use super::{
    Clause, Comprehension, Decl, DynamicField, Expr, ExprKind, Field, FieldInfo, Pattern, Presence,
    Slot, Struct, Symbol, SymbolTable,
};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{ast, literal};
use std::sync::Arc;

/// The names that the files of a package declare for all of them.
#[derive(Default)]
pub(super) struct Names {
    fields: Vec<(Symbol, Span)>,
}

impl Names {
    /// Whether there is a field of that name.
    pub(super) fn has(&self, name: Symbol) -> bool {
        self.fields.iter().any(|(own, _)| *own == name)
    }

    pub(super) fn add_fields(
        &mut self,
        symbols: &mut SymbolTable,
        package: u32,
        decls: &[ast::Decl],
    ) {
        for decl in decls {
            if let ast::Decl::Field(field) = decl
                && let ast::Label::Ident(ident) = &field.label
            {
                let symbol = symbols.identifier(&ident.name, package);
                self.fields.push((symbol, ident.span));
            }
        }
    }
}

impl Compiler<'_> {
    /// A struct literal in a scope of its own.
    pub(super) fn struct_lit(&mut self, lit: &ast::StructLit) -> Arc<Struct> {
        self.scopes.push_value();
        Arc::new(self.struct_body(lit.span, &lit.decls, None))
    }

    /// The declarations of a literal or a file, whose scope is open; closes it.
    pub(super) fn struct_body(
        &mut self,
        span: Span,
        decls: &[ast::Decl],
        shared: Option<&Names>,
    ) -> Struct {
        let base = self.labels.len();
        let fields = self.declare_names(decls, shared);
        let explicit_open = self.has_experiment("explicitopen");
        let mut out = Struct { span, explicit_open, ..Struct::default() };
        out.fields.reserve_exact(fields);
        let mut known = base;
        for decl in decls {
            self.decl(decl, &mut known, &mut out);
        }
        self.labels.truncate(base);
        self.close_scope();
        out
    }

    /// First pass: what can be referred to by name. Puts the labels that are known onto
    /// `self.labels`; gives their number.
    fn declare_names(&mut self, decls: &[ast::Decl], shared: Option<&Names>) -> usize {
        let (mut lets, mut dynamic) = (0, 0);
        let base = self.labels.len();
        for &(symbol, span) in shared.iter().flat_map(|names| &names.fields) {
            self.declare_field(symbol, span);
        }
        let mut aliases: Vec<(&ast::Ident, Binding, bool)> = Vec::new();
        for decl in decls {
            match decl {
                ast::Decl::Let(l) => {
                    aliases.push((&l.name, Binding::Let(lets), true));
                    lets += 1;
                }
                ast::Decl::Field(field) => {
                    let symbol = match &field.label {
                        ast::Label::Ident(ident) => {
                            let symbol = self.symbols.identifier(&ident.name, self.package);
                            if shared.is_none() {
                                self.declare_field(symbol, ident.span);
                            }
                            self.labels.push(Some(symbol));
                            Some(symbol)
                        }
                        ast::Label::String(l) => {
                            let symbol = match literal::plain(l) {
                                Some(text) => Some(self.symbols.regular(text)),
                                None => label_text(l).ok().map(|text| self.symbols.regular(&text)),
                            };
                            self.labels.push(symbol);
                            symbol
                        }
                        ast::Label::Pattern { .. } => continue,
                        ast::Label::Interpolation(_) | ast::Label::Dynamic { .. } => {
                            dynamic += 1;
                            None
                        }
                    };
                    if field.alias.is_none() && field.postfix_alias.is_none() {
                        continue;
                    }
                    let binding = symbol.map_or(Binding::Missing, Binding::Field);
                    let computed =
                        !matches!(field.label, ast::Label::Ident(_) | ast::Label::String(_));
                    let binding = if computed { Binding::Dynamic(dynamic - 1) } else { binding };
                    if computed && let Some(key) = key_alias(field) {
                        aliases.push((key, Binding::Let(lets), false));
                        lets += 1;
                    }
                    if let Some(alias) = &field.alias {
                        aliases.push((alias, binding.clone(), true));
                    }
                    if let Some(alias) = &field.postfix_alias
                        && alias.value.name != "_"
                    {
                        aliases.push((&alias.value, binding, true));
                    }
                }
                _ => {}
            }
        }
        for (ident, binding, must_use) in aliases {
            self.declare_alias(ident, binding, must_use);
        }
        self.labels.len() - base
    }

    /// Adds a field label to the innermost scope.
    fn declare_field(&mut self, symbol: Symbol, span: Span) {
        if let Some(alias) = self.scopes.enclosing(symbol, true) {
            let name = self.symbols.text(symbol).clone();
            self.clash(&name, span, alias);
        }
        if let Some(import) = self.scopes.here(symbol)
            && import.must_use
        {
            let at = import.span;
            let message =
                format!("{} redeclared as imported package name", self.symbols.text(symbol));
            let error = Diagnostic::load("cue/redeclared", span, message);
            return self.errors.push(error.label(at, "imported here"));
        }
        self.scopes.field(symbol, span);
    }

    /// Adds an alias or let to the innermost scope, unless its name is taken.
    fn declare_alias(&mut self, ident: &ast::Ident, binding: Binding, must_use: bool) {
        let name = &ident.name;
        if name.starts_with("__") {
            let message = "identifiers starting with '__' are reserved";
            self.errors.push(Diagnostic::load("cue/reserved", ident.span, message));
        }
        let symbol = self.symbols.identifier(name, self.package);
        if let Some(before) = self.scopes.here(symbol).cloned() {
            if matches!(before.binding, Binding::Field(_)) && !before.must_use {
                self.clash(name, before.span, ident.span);
            } else {
                let message = format!("alias {name:?} redeclared in same scope");
                self.errors.push(
                    Diagnostic::load("cue/redeclared", ident.span, message)
                        .label(before.span, "declared here before"),
                );
            }
        } else if let Some(field) = self.scopes.enclosing(symbol, false) {
            self.clash(name, ident.span, field);
        }
        let declared = Name { binding, span: ident.span, used: false, must_use };
        self.scopes.declare(symbol, declared);
    }

    /// Adds a variable of a clause or a pattern to the innermost scope.
    fn declare_variable(&mut self, ident: &ast::Ident, slot: Slot, must_use: bool) {
        if ident.name != "_" {
            let symbol = self.symbols.identifier(&ident.name, self.package);
            let binding = Binding::Slot(slot);
            let declared = Name { binding, span: ident.span, used: false, must_use };
            self.scopes.declare(symbol, declared);
        }
    }

    fn clash(&mut self, name: &str, at: Span, other: Span) {
        let message = format!("cannot have both alias and field with name {name:?} in same scope");
        self.errors
            .push(Diagnostic::load("cue/alias-clash", at, message).label(other, "the other one"));
    }

    fn decl(&mut self, decl: &ast::Decl, known: &mut usize, out: &mut Struct) {
        match decl {
            ast::Decl::Package(_)
            | ast::Decl::Import(_)
            | ast::Decl::Attribute(..)
            | ast::Decl::Bad(_) => {}
            ast::Decl::Field(field) => self.field(field, known, out),
            ast::Decl::Let(l) => {
                let symbol = self.symbols.identifier(&l.name.name, self.package);
                self.scopes.hide(Some(symbol));
                self.path.push(l.name.name.clone());
                let value = self.expr(&l.value);
                self.path.pop();
                self.scopes.hide(None);
                out.lets.push((symbol, value));
            }
            ast::Decl::Ellipsis(_) => out.open = true,
            ast::Decl::Embed(embed) => {
                let value = self.expr(&embed.value);
                out.next(Decl::Embedding(out.embeddings.len() as u32));
                out.embeddings.push(value);
            }
            ast::Decl::Comprehension(comprehension) => {
                let compiled = self.comprehension(comprehension);
                out.next(Decl::Comprehension(out.comprehensions.len() as u32));
                out.comprehensions.push(compiled);
            }
        }
    }

    fn field(&mut self, field: &ast::Field, known: &mut usize, out: &mut Struct) {
        let presence = match field.constraint {
            None => Presence::Regular,
            Some((ast::Constraint::Optional, _)) => Presence::Optional,
            Some((ast::Constraint::Required, _)) => Presence::Required,
        };
        let info = field_info(field);
        let label = match &field.label {
            ast::Label::Ident(ident) => {
                self.check_label(ident);
                let symbol = self.labels.get(*known).copied().flatten();
                *known += 1;
                symbol.map(|symbol| (symbol, ident.name.clone()))
            }
            ast::Label::String(l) => {
                let symbol = self.labels.get(*known).copied().flatten();
                *known += 1;
                match literal::plain(l) {
                    Some(text) => symbol.map(|symbol| (symbol, text.into())),
                    None => self.text(l).and_then(|text| Some((symbol?, text.into()))),
                }
            }
            ast::Label::Interpolation(i) => {
                let label = self.interpolation(i);
                return self.dynamic_field(label, presence, field, info, out);
            }
            ast::Label::Dynamic { expr, .. } => {
                let label = self.expr(expr);
                return self.dynamic_field(label, presence, field, info, out);
            }
            ast::Label::Pattern { span, alias, expr } => {
                self.check_pattern(*span, expr);
                return self.pattern(alias.as_deref(), expr, field, out);
            }
        };
        let Some((symbol, name)) = label else { return };
        if let Some(key) = key_alias(field) {
            let binding = Binding::Text(name.as_str().into());
            let declared = Name { binding, span: key.span, used: true, must_use: false };
            let key = self.symbols.identifier(&key.name, self.package);
            self.scopes.declare(key, declared);
        }
        self.path.push(name);
        let value = self.expr(&field.value);
        self.path.pop();
        out.has_regular |= symbol.kind() == SymbolKind::Regular && presence != Presence::Optional;
        out.next(Decl::Field(out.fields.len() as u32));
        out.fields.push(Field { label: symbol, span: field.label.span(), presence, value, info });
    }

    fn dynamic_field(
        &mut self,
        label: Expr,
        presence: Presence,
        field: &ast::Field,
        info: Option<Arc<FieldInfo>>,
        out: &mut Struct,
    ) {
        if let Some(key) = key_alias(field) {
            let symbol = self.symbols.identifier(&key.name, self.package);
            let label = match &field.label {
                ast::Label::Interpolation(i) => Some(self.interpolation(i)),
                ast::Label::Dynamic { expr, .. } => Some(self.expr(expr)),
                _ => None,
            };
            out.lets.extend(label.map(|label| (symbol, label)));
        }
        let value = self.expr(&field.value);
        out.has_regular |= presence != Presence::Optional;
        out.next(Decl::Dynamic(out.dynamic.len() as u32));
        out.dynamic.push(DynamicField { label, presence, value, info });
    }

    fn pattern(
        &mut self,
        alias: Option<&ast::Ident>,
        expr: &ast::Expr,
        field: &ast::Field,
        out: &mut Struct,
    ) {
        let around = self.matched.replace(self.scopes.innermost());
        let pattern = self.expr(expr);
        self.matched = around;
        self.scopes.push();
        if let Some(alias) = alias {
            self.declare_variable(alias, Slot::Key, false);
        }
        if let Some(alias) = &field.alias {
            self.declare_variable(alias, Slot::Value, true);
        }
        if let Some(alias) = &field.postfix_alias {
            if let Some(key) = &alias.key {
                self.declare_variable(key, Slot::Key, false);
            }
            self.declare_variable(&alias.value, Slot::Value, true);
        }
        self.path.push("[]".into());
        let value = self.expr(&field.value);
        self.path.pop();
        self.close_scope();
        out.next(Decl::Pattern(out.patterns.len() as u32));
        out.patterns.push(Pattern { pattern, value });
    }

    /// Leaves a scope and reports what was not used in it.
    pub(super) fn close_scope(&mut self) {
        for Unused { name, span, is_import } in self.scopes.pop() {
            let name = self.symbols.text(name);
            self.errors.push(if is_import {
                let message = format!("imported and not used: {name:?}");
                Diagnostic::load("cue/unused-import", span, message).help("remove the import")
            } else {
                let message = format!("unreferenced alias or let clause {name}");
                Diagnostic::load("cue/unused-alias", span, message)
                    .help("remove it, or refer to it")
            });
        }
    }

    /// What stands between the brackets of a pattern must be an expression.
    fn check_pattern(&mut self, brackets: Span, expr: &ast::Expr) {
        let ast::Expr::List(list) = expr else { return };
        let (kind, span) = match list.elements.as_slice() {
            _ if list.span != brackets => return,
            [ast::Element::Comprehension(c)] => ("comprehension", c.span),
            [ast::Element::Ellipsis(ellipsis)] => ("ellipsis", ellipsis.span),
            _ => return,
        };
        let message = format!("{kind} values not allowed in this position");
        self.failed(Diagnostic::load("cue/pattern", span, message));
    }

    fn check_label(&mut self, ident: &ast::Ident) {
        if ident.name == "_" {
            let message = "cannot use _ as label";
            self.errors.push(Diagnostic::load("cue/label", ident.span, message));
        } else if ident.name.starts_with("__") {
            let message = "identifiers starting with '__' are reserved";
            self.errors.push(
                Diagnostic::load("cue/reserved", ident.span, message)
                    .help(format!("quote it: \"{}\"", ident.name)),
            );
        }
    }

    /// A comprehension: each clause that binds opens a scope for those after it.
    pub(super) fn comprehension(&mut self, c: &ast::Comprehension) -> Comprehension {
        let mut clauses = Vec::with_capacity(c.clauses.len());
        let mut opened = 0;
        let is_for = matches!(c.clauses.first(), Some(ast::Clause::For { .. }));
        self.path.push(if is_for { "for[]" } else { "if[]" }.into());
        for clause in &c.clauses {
            // What a clause binds is seen by those after it only.
            let (key, value) = match clause {
                ast::Clause::For { key, value, source, .. } => {
                    clauses.push(Clause::For(self.expr(source)));
                    (key.as_ref(), value)
                }
                ast::Clause::If { condition, .. } => {
                    clauses.push(Clause::If(self.expr(condition)));
                    continue;
                }
                ast::Clause::Let { name, value, .. } => {
                    clauses.push(Clause::Let(self.expr(value)));
                    (None, name)
                }
                ast::Clause::Try { span, binding } => {
                    if !self.has_experiment("try") {
                        let message = "try clause requires the try experiment";
                        self.errors.push(Diagnostic::load("cue/experiment", *span, message));
                    }
                    let Some((name, value)) = binding else {
                        clauses.push(Clause::Try(None));
                        continue;
                    };
                    clauses.push(Clause::Try(Some(self.expr(value))));
                    (None, name)
                }
            };
            self.scopes.push();
            if let Some(key) = key {
                self.declare_variable(key, Slot::Key, false);
            }
            self.declare_variable(value, Slot::Value, false);
            opened += 1;
        }
        let body = self.deeper(|compiler| compiler.struct_lit(&c.body));
        let body = Expr { span: c.body.span, kind: ExprKind::Struct(body) };
        for _ in 0..opened {
            self.scopes.pop();
        }
        let fallback = c.fallback.as_ref().map(|f| {
            if !self.has_experiment("try") {
                let message = format!("{} requires @experiment(try)", f.keyword.name);
                self.errors.push(Diagnostic::load("cue/experiment", f.keyword.span, message));
            }
            let body = self.deeper(|compiler| compiler.struct_lit(&f.body));
            Box::new(Expr { span: f.body.span, kind: ExprKind::Struct(body) })
        });
        self.path.pop();
        Comprehension { span: c.span, clauses, body, fallback }
    }
}

/// The name that a field gives to its label: `K` in `~(K, V)`.
fn key_alias(field: &ast::Field) -> Option<&ast::Ident> {
    let key = field.postfix_alias.as_ref().and_then(|alias| alias.key.as_ref());
    key.filter(|key| key.name != "_")
}

fn field_info(field: &ast::Field) -> Option<Arc<FieldInfo>> {
    if field.comments.doc.is_empty() && field.attributes.is_empty() {
        return None;
    }
    Some(Arc::new(FieldInfo {
        docs: field.comments.doc.iter().map(|group| group.lines.join("\n")).collect(),
        attributes: field.attributes.iter().map(|a| a.text.to_string()).collect(),
    }))
}
