//! The evaluated graph to a [`Value`], and back.

use super::node::{Arms, Bottom, Bound, Conjunct, Entry, Label, Node, Val, What, Why, flag};
use super::order::ChainKind;
use super::unify::Context;
use super::{Eval, Outcome};
use crate::diagnostic::{Class, Diagnostic};
use crate::ir::{Decl, ExprKind, FieldInfo, Presence, SymbolKind};
use crate::number::Number;
use crate::source::Span;
use crate::std::host::Kind;
use crate::value::{
    Arm, Check, Constraint, Content, Field, Inner, LabelKind, Notes, Places, Value,
};
use std::sync::Arc;

/// Steps that one value below something shared costs each time that it is used again.
pub(crate) const SHARED_COST: u64 = 16;

/// The places of a node's conjuncts; a value that was filled in brings its own.
fn origins(node: &Node<'_>) -> Places {
    if node.conjuncts.len() == 1
        && let Some(Conjunct { what: What::Expr(expr), .. }) = node.conjuncts.get(0)
        && !expr.span.is_none()
    {
        return Places::One(expr.span);
    }
    let mut spans = Vec::new();
    for conjunct in node.conjuncts.iter() {
        match conjunct.what {
            What::Val((Val::Frozen(value), _)) => spans.extend_from_slice(value.origins()),
            _ if conjunct.span().is_none() => {}
            _ => spans.push(conjunct.span()),
        }
    }
    Places::of(spans)
}

impl<'a> Eval<'a> {
    /// A finished copy of a node. Nodes that share a struct or a list share its copy.
    pub(crate) fn freeze(&self, node: &'a Node<'a>) -> Value {
        let end = node.shared();
        if node.error().is_some() {
            return crate::depth::grow(|| self.freeze_here(node));
        }
        if end.has(flag::FREEZING) {
            return Value::new(self.kind_of(Val::Node(end)), Content::Bottom);
        }
        if !end.has(flag::TARGET) || end.fields.get().is_none() {
            return crate::depth::grow(|| self.freeze_here(node));
        }
        let keep = !self.in_optional.get();
        let key = std::ptr::from_ref(end);
        if keep && let Some((value, size)) = self.frozen.borrow().get(&key) {
            // Sharing is free here, but whoever writes the value writes all of it each time.
            self.copied.set(self.copied.get().saturating_add(*size));
            if self.charge(size.saturating_mul(SHARED_COST)).is_err() {
                return Value::new(Kind::BOTTOM, Content::Bottom);
            }
            return value.clone();
        }
        let before = self.copied.get();
        let value = crate::depth::grow(|| self.freeze_here(end));
        if keep {
            let size = self.copied.get().saturating_sub(before);
            self.frozen.borrow_mut().insert(key, (value.clone(), size));
        }
        value
    }

    fn freeze_here(&self, node: &'a Node<'a>) -> Value {
        self.copied.set(self.copied.get().saturating_add(1));
        let target = match node.has(flag::SHARED) && node.error().is_some() {
            true => node,
            false => node.target(),
        };
        let mut errors: Vec<Diagnostic> = Vec::new();
        for at in [node, target] {
            let Some(extra) = at.extra.get() else { continue };
            for bottom in extra.errors.iter() {
                self.diagnose(bottom, &mut errors);
            }
            if std::ptr::eq(node, target) {
                break;
            }
        }
        let child = self.child_error(target).map(|b| b.class);
        let mut own = node.error().or_else(|| target.error()).map(|b| b.class);
        // A field that fails says more than what is not known of the struct itself.
        let fails_below = child.is_some_and(|class| class > Class::Incomplete);
        if fails_below && own.is_some_and(|class| class <= Class::Incomplete) {
            own = None;
            errors.clear();
        }
        let kind = self.kind_of(Val::Node(target)).and(Kind(Kind::TOP.0 | Kind::FUNC.0));
        target.set(flag::FREEZING);
        let content = match own {
            Some(_) => Content::Bottom,
            None => self.content(target),
        };
        let structural = own == Some(Class::Structural);
        let has_fields = !matches!(content, Content::Disjunction(_)) && !structural;
        let fields = if has_fields { self.frozen_fields(target, None) } else { Vec::new() };
        target.unset(flag::FREEZING);
        let is_struct = target.fields.get().is_some_and(|f| f.lists.is_empty());
        let source = match &content {
            Content::Bottom | Content::Constraint(_) => {
                node.conjuncts.iter().filter_map(|c| source_span(&c.what)).collect()
            }
            _ => Vec::new(),
        };
        Value(Arc::new(Inner {
            kind,
            content,
            fields,
            child,
            closed: is_struct
                && target.scalar.get().is_none()
                && child.is_none()
                && target.arms().is_empty()
                && self.is_closed(target),
            ellipsis: is_struct && target.fields.get().is_some_and(|f| f.literals.any(|l| l.open)),
            origins: origins(node),
            notes: Notes::of(errors, source),
        }))
    }

    fn content(&self, node: &'a Node<'a>) -> Content {
        if let Some(scalar) = node.scalar.get() {
            return self.scalar_content(scalar);
        }
        let arms = node.arms();
        if !arms.is_empty() {
            return Content::Disjunction(
                arms.iter()
                    .map(|arm| Arm { default: arm.default, value: self.freeze(arm.node) })
                    .collect(),
            );
        }
        match node.kind.get() {
            Kind::LIST if node.fields.get().is_some_and(|f| !f.lists.is_empty()) => {
                let open = node.fields.get().is_some_and(|f| self.is_open_list(f));
                let elements = self
                    .ordered(node)
                    .into_iter()
                    .filter(|e| matches!(e.label, Label::Index(_)))
                    .map(|e| self.freeze(e.node))
                    .collect();
                Content::List { elements, open }
            }
            Kind::STRUCT if node.fields.get().is_some() => Content::Struct,
            _ => self.constraint_content(node),
        }
    }

    fn scalar_content(&self, val: Val<'a>) -> Content {
        match val {
            Val::Null => Content::Null,
            Val::Bool(b) => Content::Bool(b),
            Val::Int(i) => Content::Number(Number::Small(i)),
            Val::Number(n) => Content::Number(n.clone()),
            Val::String(s) => Content::String(s.into()),
            Val::Bytes(b) => Content::Bytes(b.into()),
            other => Content::Function(self.show(other).into()),
        }
    }

    fn constraint_content(&self, node: &'a Node<'a>) -> Content {
        let Some(extra) = node.extra.get() else {
            return Content::Constraint(Box::default());
        };
        Content::Constraint(Box::new(Constraint {
            bounds: extra.bounds.iter().map(|b| (b.op, self.freeze_val(b.value))).collect(),
            validators: extra
                .validators
                .iter()
                .map(|v| {
                    let args = v.args.iter().map(|arg| self.freeze_val(*arg)).collect();
                    let (package, name, function) = match &v.function.kind {
                        ExprKind::Builtin(path, f) => (*path, f.name, Some(**f)),
                        ExprKind::Core(core) => ("", core.name(), None),
                        _ => ("", "", None),
                    };
                    Check { package, name, function, args }
                })
                .collect(),
        }))
    }

    fn freeze_val(&self, val: Val<'a>) -> Value {
        match val {
            Val::Node(node) => self.freeze(node),
            Val::Kind(kind) => Value::new(kind, Content::Constraint(Box::default())),
            other => Value::new(self.kind_of(other), self.scalar_content(other)),
        }
    }

    /// A finished copy of the fields of a struct that are wanted; of all of it, where there is an error.
    pub(crate) fn freeze_fields(&self, node: &'a Node<'a>, wanted: &[&str]) -> Value {
        let target = node.target();
        let is_struct = target.scalar.get().is_none()
            && target.arms().is_empty()
            && target.fields.get().is_some_and(|fields| fields.lists.is_empty());
        let is_wrong = node.error().is_some()
            || target.error().is_some()
            || self.child_error(target).is_some();
        if is_wrong || !is_struct {
            return self.freeze(node);
        }
        let fields = self.frozen_fields(target, Some(wanted));
        let mut inner = Inner::empty(Kind::STRUCT, Content::Struct);
        inner.fields = fields;
        Value(Arc::new(inner))
    }

    fn frozen_fields(&self, node: &'a Node<'a>, wanted: Option<&[&str]>) -> Vec<Field> {
        self.ordered(node)
            .into_iter()
            .filter_map(|Entry { label, node }| {
                let Label::Field(symbol) = label else { return None };
                if let Some(wanted) = wanted
                    && !wanted.contains(&&**self.symbols.borrow().text(symbol))
                {
                    return None;
                }
                let kind = match symbol.kind() {
                    SymbolKind::Regular => LabelKind::Regular,
                    SymbolKind::Definition => LabelKind::Definition,
                    SymbolKind::Hidden | SymbolKind::HiddenDefinition => LabelKind::Hidden,
                };
                let presence = node.presence.get();
                let outside = self.in_optional.get();
                if presence == Presence::Optional {
                    // What is optional is evaluated for output only, and not below other optionals.
                    if outside || self.deep(node).is_err() {
                        return None;
                    }
                    self.in_optional.set(true);
                }
                let value = self.freeze(node);
                self.in_optional.set(outside);
                let label = self.symbols.borrow().text(symbol).clone();
                Some(Field { label, kind, presence, value, info: self.infos(node) })
            })
            .collect()
    }

    /// Comments and attributes of the declarations of a field.
    fn infos(&self, node: &'a Node<'a>) -> Vec<Arc<FieldInfo>> {
        let mut infos: Vec<Arc<FieldInfo>> = Vec::new();
        for conjunct in node.conjuncts.iter() {
            let Some((chain, at)) = conjunct.declared else { continue };
            let ChainKind::Literal(lit) = chain.kind else { continue };
            if let Some(Decl::Field(index)) = lit.decl(at)
                && let Some(info) = &lit.fields[index as usize].info
                && !infos.iter().any(|i| Arc::ptr_eq(i, info))
            {
                infos.push(info.clone());
            }
        }
        infos
    }

    /// A bottom as one or more diagnostics.
    pub(crate) fn diagnose(&self, bottom: &'a Bottom<'a>, out: &mut Vec<Diagnostic>) {
        self.diagnose_at(bottom, None, out);
    }

    /// The same; what has no place of its own is reported at `place`.
    fn diagnose_at(
        &self,
        bottom: &'a Bottom<'a>,
        place: Option<&'a Node<'a>>,
        out: &mut Vec<Diagnostic>,
    ) {
        let place = bottom.at.or(place);
        let path = place.map(|node| self.path(node)).unwrap_or_default();
        let mut found = Diagnostic::new(bottom.code, bottom.class, self.message(bottom));
        if bottom.code != "cue/explicit-error" {
            found = found.path(path);
        }
        if !bottom.span.is_none() {
            found.span = Some(bottom.span);
        }
        let mut spans: Vec<Span> = bottom.spans.iter().copied().filter(|s| !s.is_none()).collect();
        spans.sort();
        spans.dedup();
        for span in spans {
            if Some(span) != found.span {
                found = found.label(span, "");
            }
        }
        let mut found = self.with_hint(bottom, found);
        let Why::Arms(arms) = bottom.why else { return out.push(found) };
        let mut all: Vec<Diagnostic> = Vec::new();
        for arm in self.nearest_first(arms) {
            let from = all.len();
            crate::depth::grow(|| self.diagnose_at(arm, place, &mut all));
            // What fails an arm is no worse than what that does to the disjunction.
            all[from..].iter_mut().for_each(|d| d.class = d.class.min(bottom.class));
        }
        found.arms = all.iter().filter(|arm| arm.arms.is_empty()).cloned().collect();
        out.push(found);
        out.append(&mut all);
    }

    /// Adds a value that was evaluated before to a node.
    pub(crate) fn process_value(
        &self,
        node: &'a Node<'a>,
        value: &'a Value,
        span: Span,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        self.charge(1)?;
        let inner = &*value.0;
        if let Some(error) = inner.errors().first() {
            let bottom = self.bottom(error.class, error.code, span, &error.message);
            self.fail(node, bottom);
            return Ok(());
        }
        let scalar = match &inner.content {
            Content::Bottom => return Ok(()),
            Content::Null => Val::Null,
            Content::Bool(b) => Val::Bool(*b),
            Content::Number(Number::Small(i)) => Val::Int(*i),
            Content::Number(n) => Val::Number(n),
            Content::String(s) => Val::String(s),
            Content::Bytes(b) => Val::Bytes(b),
            Content::Function(_) => return Ok(()),
            Content::Struct => return self.process_fields(node, value, span, cx, true),
            Content::List { elements, open } => {
                let conjuncts: Vec<_> =
                    elements.iter().map(|e| self.frozen_conjunct(e, span)).collect();
                let conjuncts = self.bump.alloc_slice_copy(&conjuncts);
                let made = self
                    .bump
                    .alloc(super::list::MadeList { conjuncts, open: std::cell::Cell::new(*open) });
                self.unify_made_list(node, made, span)?;
                return self.process_fields(node, value, span, cx, false);
            }
            Content::Disjunction(arms) => {
                let vals: Vec<(bool, Val<'a>)> = arms
                    .iter()
                    .map(|arm| {
                        let made = Node::new(self.bump, Some(node), Label::None);
                        self.push(made, self.frozen_conjunct(&arm.value, span));
                        (arm.default, Val::Node(made))
                    })
                    .collect();
                let vals = self.bump.alloc_slice_copy(&vals);
                let key = std::ptr::from_ref(inner) as usize;
                return self.add_disjunction(node, Arms::Vals(key, vals), span, cx);
            }
            Content::Constraint(constraint) => {
                self.unify_val(node, Val::Kind(inner.kind), span, cx)?;
                for (op, operand) in &constraint.bounds {
                    let made = Node::new(self.bump, Some(node), Label::None);
                    self.push(made, self.frozen_conjunct(operand, span));
                    let value = self.value_of(made)?;
                    let bound: &'a Bound<'a> = self.bump.alloc(Bound { op: *op, value, span });
                    self.unify_val(node, Val::Bound(bound), span, cx)?;
                }
                return Ok(());
            }
        };
        self.unify_val(node, scalar, span, cx)?;
        self.process_fields(node, value, span, cx, false)
    }

    fn frozen_conjunct(&self, value: &'a Value, span: Span) -> super::node::Conjunct<'a> {
        self.val_conjunct(Val::Frozen(value), span)
    }

    fn process_fields(
        &self,
        node: &'a Node<'a>,
        value: &'a Value,
        span: Span,
        cx: Context<'a>,
        is_struct: bool,
    ) -> Outcome<'a, ()> {
        let inner = &*value.0;
        if !is_struct && inner.fields.is_empty() {
            return Ok(());
        }
        self.mark(node, cx);
        if is_struct {
            node.set(flag::STRUCT);
            self.restrict(node, Kind::STRUCT, (Val::Node(node), span));
        }
        let scope = if inner.closed {
            self.close_with(node, cx.scope, super::closed::ScopeKind::Close)
        } else {
            cx.scope
        };
        let fields = node.fields_or_new(self.bump);
        let chain = self.chain(super::order::ChainKind::Made, cx.place, span);
        fields.literals.push(
            self.bump,
            super::node::Literal { scope, open: inner.ellipsis, lit: None, chain: Some(chain) },
        );
        for (at, field) in (0..).zip(&inner.fields) {
            let symbol = match field.kind {
                LabelKind::Regular => self.symbols.borrow_mut().regular(&field.label),
                _ => self.symbols.borrow_mut().identifier(&field.label),
            };
            chain.labels.push(self.bump, (at, symbol));
            let conjunct = super::node::Conjunct {
                scope,
                declared: Some((chain, at)),
                ..self.frozen_conjunct(&field.value, span)
            };
            self.add_field(node, fields, symbol, field.presence, conjunct)?;
        }
        Ok(())
    }
}

fn source_span(what: &What<'_>) -> Option<Span> {
    match what {
        What::Expr(expr) => Some(expr.span).filter(|s| !s.is_none()),
        What::Struct(lit) => Some(lit.span).filter(|s| !s.is_none()),
        What::Val(..) => None,
    }
}
