//! Struct literals: what they declare, and in which order.

use super::compile::Compiler;
use super::expr::label_text;
use super::scope::{Binding, Name, Scope};
use super::symbol::SymbolKind;
use super::{
    Clause, Comprehension, Decl, DynamicField, Expr, ExprKind, Field, FieldInfo, Pattern, Presence,
    Slot, Struct, Symbol, SymbolTable,
};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;
use std::sync::Arc;

/// The names that the files of a package declare for all of them.
#[derive(Default)]
pub(super) struct Names {
    fields: Vec<(String, Symbol, Span)>,
}

impl Names {
    /// Whether there is a field of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(own, ..)| own == name)
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
                self.fields.push((ident.name.clone(), symbol, ident.span));
            }
        }
    }
}

impl Compiler<'_> {
    /// A struct literal in a scope of its own.
    pub(super) fn struct_lit(&mut self, lit: &ast::StructLit) -> Arc<Struct> {
        Arc::new(self.struct_body(lit.span, &lit.decls, None, None))
    }

    /// The declarations of a literal or a file.
    pub(super) fn struct_body(
        &mut self,
        span: Span,
        decls: &[ast::Decl],
        shared: Option<&Names>,
        imports: Option<Scope>,
    ) -> Struct {
        let mut scope = imports.unwrap_or_default();
        scope.is_value = true;
        self.scopes.push(scope);
        self.declare_names(decls, shared);
        let mut out = Struct { span, ..Struct::default() };
        for decl in decls {
            self.decl(decl, &mut out);
        }
        let scope = self.scopes.pop();
        for (name, span) in scope.unused() {
            let imported = scope
                .get(name)
                .is_some_and(|n| matches!(n.binding, Binding::Package(_) | Binding::Builtin(_)));
            self.errors.push(if imported {
                Diagnostic::load(
                    "cue/unused-import",
                    span,
                    format!("imported and not used: {name:?}"),
                )
                .help("remove the import")
            } else {
                let message = format!("unreferenced alias or let clause {name}");
                Diagnostic::load("cue/unused-alias", span, message)
                    .help("remove it, or refer to it")
            });
        }
        out
    }

    /// First pass: what can be referred to by name.
    fn declare_names(&mut self, decls: &[ast::Decl], shared: Option<&Names>) {
        let (mut lets, mut dynamic) = (0, 0);
        let mut fields: Vec<(String, Symbol, Span)> = Vec::new();
        if let Some(shared) = shared {
            fields.clone_from(&shared.fields);
        }
        let mut aliases: Vec<(&ast::Ident, Binding)> = Vec::new();
        for decl in decls {
            match decl {
                ast::Decl::Let(l) => {
                    aliases.push((&l.name, Binding::Let(lets)));
                    lets += 1;
                }
                ast::Decl::Field(field) => {
                    let symbol = match &field.label {
                        ast::Label::Ident(ident) => {
                            let symbol = self.symbols.identifier(&ident.name, self.package);
                            if shared.is_none() {
                                fields.push((ident.name.clone(), symbol, ident.span));
                            }
                            Some(symbol)
                        }
                        ast::Label::String(l) => {
                            label_text(l).ok().map(|text| self.symbols.regular(&text))
                        }
                        ast::Label::Pattern { .. } => None,
                        ast::Label::Interpolation(_) | ast::Label::Dynamic { .. } => {
                            dynamic += 1;
                            None
                        }
                    };
                    if matches!(field.label, ast::Label::Pattern { .. }) {
                        continue;
                    }
                    let binding =
                        symbol.map_or_else(|| Binding::Dynamic(dynamic - 1), Binding::Field);
                    if let Some(alias) = &field.alias {
                        aliases.push((alias, binding.clone()));
                    }
                    if let Some(alias) = &field.postfix_alias
                        && alias.value.name != "_"
                    {
                        aliases.push((&alias.value, binding));
                    }
                }
                _ => {}
            }
        }
        for (name, symbol, span) in fields {
            if let Some(alias) = self.scopes.enclosing(&name, true) {
                self.clash(&name, span, alias);
            }
            if let Some(scope) = self.scopes.innermost() {
                if let Some(import) = scope.get(&name)
                    && import.must_use
                {
                    let at = import.span;
                    let message = format!("{name} redeclared as imported package name");
                    self.errors.push(
                        Diagnostic::load("cue/redeclared", span, message)
                            .label(at, "imported here"),
                    );
                    continue;
                }
                scope.field(&name, symbol, span);
            }
        }
        for (ident, binding) in aliases {
            self.declare_alias(ident, binding);
        }
    }

    /// Adds an alias or let to the innermost scope, unless its name is taken.
    fn declare_alias(&mut self, ident: &ast::Ident, binding: Binding) {
        let name = &ident.name;
        if name.starts_with("__") {
            let message = "identifiers starting with '__' are reserved";
            self.errors.push(Diagnostic::load("cue/reserved", ident.span, message));
        }
        let here = self.scopes.innermost().and_then(|scope| scope.get(name).cloned());
        if let Some(before) = here {
            if matches!(before.binding, Binding::Field(_)) && !before.must_use {
                self.clash(name, before.span, ident.span);
            } else {
                let message = format!("alias {name:?} redeclared in same scope");
                self.errors.push(
                    Diagnostic::load("cue/redeclared", ident.span, message)
                        .label(before.span, "declared here before"),
                );
            }
        } else if let Some(field) = self.scopes.enclosing(name, false) {
            self.clash(name, ident.span, field);
        }
        let declared = Name { binding, span: ident.span, used: false, must_use: true };
        if let Some(scope) = self.scopes.innermost() {
            scope.declare(name, declared);
        }
    }

    fn clash(&mut self, name: &str, at: Span, other: Span) {
        let message = format!("cannot have both alias and field with name {name:?} in same scope");
        self.errors
            .push(Diagnostic::load("cue/alias-clash", at, message).label(other, "the other one"));
    }

    fn decl(&mut self, decl: &ast::Decl, out: &mut Struct) {
        match decl {
            ast::Decl::Package(_)
            | ast::Decl::Import(_)
            | ast::Decl::Attribute(..)
            | ast::Decl::Bad(_) => {}
            ast::Decl::Field(field) => self.field(field, out),
            ast::Decl::Let(l) => {
                if let Some(scope) = self.scopes.innermost() {
                    scope.hidden = Some(l.name.name.clone());
                }
                self.path.push(l.name.name.clone());
                let value = self.expr(&l.value);
                self.path.pop();
                if let Some(scope) = self.scopes.innermost() {
                    scope.hidden = None;
                }
                out.lets.push((self.symbols.identifier(&l.name.name, self.package), value));
            }
            ast::Decl::Ellipsis(_) => out.open = true,
            ast::Decl::Embed(embed) => {
                let value = self.expr(&embed.value);
                out.order.push(Decl::Embedding(out.embeddings.len() as u32));
                out.embeddings.push(value);
            }
            ast::Decl::Comprehension(comprehension) => {
                let compiled = self.comprehension(comprehension);
                out.order.push(Decl::Comprehension(out.comprehensions.len() as u32));
                out.comprehensions.push(compiled);
            }
        }
    }

    fn field(&mut self, field: &ast::Field, out: &mut Struct) {
        let presence = match field.constraint {
            None => Presence::Regular,
            Some((ast::Constraint::Optional, _)) => Presence::Optional,
            Some((ast::Constraint::Required, _)) => Presence::Required,
        };
        let info = field_info(field);
        let label = match &field.label {
            ast::Label::Ident(ident) => {
                self.check_label(ident);
                Some((self.symbols.identifier(&ident.name, self.package), ident.name.clone()))
            }
            ast::Label::String(l) => self.text(l).map(|text| (self.symbols.regular(&text), text)),
            ast::Label::Interpolation(i) => {
                let label = self.interpolation(i);
                return self.dynamic_field(label, presence, field, info, out);
            }
            ast::Label::Dynamic { expr, .. } => {
                let label = self.expr(expr);
                return self.dynamic_field(label, presence, field, info, out);
            }
            ast::Label::Pattern { alias, expr, .. } => {
                return self.pattern(alias.as_ref(), expr, field, out);
            }
        };
        let Some((symbol, name)) = label else { return };
        let key = field.postfix_alias.as_ref().and_then(|a| a.key.as_ref());
        self.path.push(name.clone());
        let value = self.with_key(key, Binding::Text(name), |c| c.expr(&field.value));
        self.path.pop();
        out.has_regular |= symbol.kind() == SymbolKind::Regular;
        out.order.push(Decl::Field(out.fields.len() as u32));
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
        let value = self.expr(&field.value);
        out.has_regular = true;
        out.order.push(Decl::Dynamic(out.dynamic.len() as u32));
        out.dynamic.push(DynamicField { label, presence, value, info });
    }

    fn pattern(
        &mut self,
        alias: Option<&ast::Ident>,
        expr: &ast::Expr,
        field: &ast::Field,
        out: &mut Struct,
    ) {
        let pattern = self.expr(expr);
        let mut scope = Scope::default();
        let mut add = |ident: &ast::Ident, slot, must_use| {
            if ident.name != "_" {
                let binding = Binding::Slot(slot);
                let declared = Name { binding, span: ident.span, used: false, must_use };
                scope.declare(&ident.name, declared);
            }
        };
        if let Some(alias) = alias {
            add(alias, Slot::Key, false);
        }
        if let Some(alias) = &field.alias {
            add(alias, Slot::Value, true);
        }
        if let Some(alias) = &field.postfix_alias {
            if let Some(key) = &alias.key {
                add(key, Slot::Key, false);
            }
            add(&alias.value, Slot::Value, true);
        }
        self.scopes.push(scope);
        self.path.push("[]".to_owned());
        let value = self.expr(&field.value);
        self.path.pop();
        self.close_scope();
        out.order.push(Decl::Pattern(out.patterns.len() as u32));
        out.patterns.push(Pattern { pattern, value });
    }

    /// Leaves a scope and reports what was not used in it.
    pub(super) fn close_scope(&mut self) {
        let scope = self.scopes.pop();
        for (name, span) in scope.unused() {
            let message = format!("unreferenced alias or let clause {name}");
            self.errors.push(Diagnostic::load("cue/unused-alias", span, message));
        }
    }

    /// Compiles something with one more name in the innermost scope.
    fn with_key<T>(
        &mut self,
        key: Option<&ast::Ident>,
        binding: Binding,
        then: impl FnOnce(&mut Self) -> T,
    ) -> T {
        if let (Some(key), Some(scope)) = (key, self.scopes.innermost())
            && key.name != "_"
        {
            let declared = Name { binding, span: key.span, used: true, must_use: false };
            scope.declare(&key.name, declared);
        }
        then(self)
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
        self.path.push(if is_for { "for[]" } else { "if[]" }.to_owned());
        for clause in &c.clauses {
            let mut scope = Scope::default();
            let mut bind = |ident: &ast::Ident, slot| {
                if ident.name != "_" {
                    let binding = Binding::Slot(slot);
                    let declared = Name { binding, span: ident.span, used: false, must_use: false };
                    scope.declare(&ident.name, declared);
                }
            };
            match clause {
                ast::Clause::For { key, value, source, .. } => {
                    clauses.push(Clause::For(self.expr(source)));
                    if let Some(key) = key {
                        bind(key, Slot::Key);
                    }
                    bind(value, Slot::Value);
                }
                ast::Clause::If { condition, .. } => {
                    clauses.push(Clause::If(self.expr(condition)));
                    continue;
                }
                ast::Clause::Let { name, value, .. } => {
                    clauses.push(Clause::Let(self.expr(value)));
                    bind(name, Slot::Value);
                }
                ast::Clause::Try { span, binding } => {
                    if !self.experiments.iter().any(|e| e == "try") {
                        let message = "try clause requires the try experiment";
                        self.errors.push(Diagnostic::load("cue/experiment", *span, message));
                    }
                    match binding {
                        None => {
                            clauses.push(Clause::Try(None));
                            continue;
                        }
                        Some((name, value)) => {
                            clauses.push(Clause::Try(Some(self.expr(value))));
                            bind(name, Slot::Value);
                        }
                    }
                }
            }
            self.scopes.push(scope);
            opened += 1;
        }
        let body = Expr { span: c.body.span, kind: ExprKind::Struct(self.struct_lit(&c.body)) };
        for _ in 0..opened {
            self.scopes.pop();
        }
        let fallback = c.fallback.as_ref().map(|f| {
            if !self.experiments.iter().any(|e| e == "try") {
                let message = format!("{} requires @experiment(try)", f.keyword.name);
                self.errors.push(Diagnostic::load("cue/experiment", f.keyword.span, message));
            }
            let kind = ExprKind::Struct(self.struct_lit(&f.body));
            Box::new(Expr { span: f.body.span, kind })
        });
        self.path.pop();
        Comprehension { span: c.span, clauses, body, fallback }
    }
}

fn field_info(field: &ast::Field) -> Option<Arc<FieldInfo>> {
    if field.comments.doc.is_empty() && field.attributes.is_empty() {
        return None;
    }
    Some(Arc::new(FieldInfo {
        docs: field.comments.doc.iter().map(|group| group.lines.join("\n")).collect(),
        attributes: field.attributes.iter().map(|a| a.text.clone()).collect(),
    }))
}
