//! References: names, selectors and indices to nodes.

use super::node::{
    Arms, Binds, Bottom, Conjunct, Env, Fields, Hint, Label, Node, Origin, State, Val, What, Why,
    flag,
};
use super::{Eval, Outcome, Stop};
use crate::diagnostic::Class;
use crate::ir::{self, ExprKind, Presence, Slot, Symbol};
use crate::source::Span;
use crate::std::host::Kind;
use std::cell::Cell;

impl<'a> Eval<'a> {
    /// The node that a reference is about, and whether its path goes through a definition.
    pub(crate) fn resolve_path(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, (&'a Node<'a>, bool)> {
        match &expr.kind {
            ExprKind::Select(base, label, span) => {
                let (base, definition) = self.resolve_base(at, base, env)?;
                let node = self.select(at, base, Label::Field(*label), *span, definition)?;
                Ok((node, definition || label.is_definition()))
            }
            ExprKind::Index(base, index) => {
                let (base, definition) = self.resolve_base(at, base, env)?;
                let label = self.index_label(at, index, env)?;
                Ok((self.select(at, base, label, index.span, definition)?, definition))
            }
            ExprKind::Field { label, .. } => {
                Ok((self.resolve_name(at, expr, env)?, label.is_definition()))
            }
            ExprKind::Let { up, index } => {
                let found = match self.env_up(env, *up) {
                    Some(env) => self.resolve_let(env, *index)?,
                    None => None,
                };
                match found {
                    Some(found) => Ok(found),
                    None => self.eval_error("vela/internal", expr.span, "a let without a value"),
                }
            }
            _ => Ok((self.resolve_name(at, expr, env)?, false)),
        }
    }

    fn resolve_base(
        &self,
        at: &'a Node<'a>,
        base: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, (&'a Node<'a>, bool)> {
        self.deeper(|| match &base.kind {
            // What a let closes is lost below it.
            ExprKind::Let { .. } => Ok((self.resolve_path(at, base, env)?.0, false)),
            ExprKind::Select(..)
            | ExprKind::Index(..)
            | ExprKind::Field { .. }
            | ExprKind::DynamicField { .. }
            | ExprKind::Variable { .. }
            | ExprKind::Import(_) => self.resolve_path(at, base, env),
            _ => Ok((self.inline(at, base, env), false)),
        })
    }

    /// A node for the value of an expression that is no reference.
    pub(crate) fn inline(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> &'a Node<'a> {
        let node = Node::new(self.bump, Some(at), Label::None);
        node.unset(flag::DEFINITION);
        self.push(
            node,
            Conjunct {
                what: What::Expr(expr),
                env,
                scope: None,
                origin: env.map_or(Origin::NONE, |e| e.origin),
                linked: false,
                declared: None,
            },
        );
        node
    }

    /// A node for a value.
    pub(crate) fn value_node(&self, at: &'a Node<'a>, label: Label, val: Val<'a>) -> &'a Node<'a> {
        if let Val::Node(node) = val
            && label == Label::None
        {
            return node;
        }
        let node = Node::new(self.bump, Some(at), label);
        self.push(
            node,
            Conjunct {
                what: What::Val(self.bump.alloc((val, Span::NONE))),
                env: None,
                scope: None,
                origin: Origin::NONE,
                linked: false,
                declared: None,
            },
        );
        node
    }

    /// The field that a plain name is about, if it is there already.
    pub(crate) fn named_field(
        &self,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Option<&'a Node<'a>> {
        let ExprKind::Field { up, label } = &expr.kind else { return None };
        match self.env_up(env, *up)?.binds {
            Binds::Struct { node, .. } => self.entry(node, Label::Field(*label)),
            _ => None,
        }
    }

    fn env_up(&self, env: Option<&'a Env<'a>>, up: u32) -> Option<&'a Env<'a>> {
        let mut env = env;
        for _ in 0..up {
            env = env.and_then(|e| e.up);
        }
        env
    }

    fn resolve_name(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, &'a Node<'a>> {
        let unbound = || self.eval_error("vela/internal", expr.span, "a name without a binding");
        match &expr.kind {
            ExprKind::Field { up, label } => {
                let Some(Env { binds: Binds::Struct { node, .. }, .. }) = self.env_up(env, *up)
                else {
                    return unbound();
                };
                let label = Label::Field(*label);
                match self.entry(node, label) {
                    Some(found) if found.presence.get() == Presence::Regular => {
                        Ok(self.through_overlay(at, found).unwrap_or(found))
                    }
                    _ => self.select(at, node, label, expr.span, false),
                }
            }
            ExprKind::DynamicField { up, index } => {
                let Some(env) = self.env_up(env, *up) else { return unbound() };
                let Binds::Struct { node, lit, .. } = &env.binds else { return unbound() };
                let field = &lit.dynamic[*index as usize];
                let label = self.dynamic_label(node, &field.label, Some(env))?;
                self.select(at, node, Label::Field(label), expr.span, false)
            }
            ExprKind::Variable { up, slot } => match (self.env_up(env, *up), slot) {
                (Some(Env { binds: Binds::Slots { key: Some(key), .. }, .. }), Slot::Key) => {
                    Ok(key)
                }
                (Some(Env { binds: Binds::Slots { value, .. }, .. }), Slot::Value) => Ok(value),
                (Some(Env { binds: Binds::Alias(node), .. }), Slot::Value) => Ok(node),
                (Some(Env { binds: Binds::List(node), .. }), Slot::Value) => Ok(node),
                (Some(Env { binds: Binds::Struct { node, .. }, .. }), Slot::Value) => Ok(node),
                (Some(Env { binds: Binds::Pattern { value, .. }, .. }), Slot::Value) => Ok(value),
                (Some(Env { binds: Binds::Pattern { label, value, key }, .. }), Slot::Key) => {
                    Ok(key.get_or_init(|| self.label_node(value, *label)))
                }
                _ => unbound(),
            },
            ExprKind::Import(index) => Ok(self.package_root(*index)),
            _ => Ok(self.inline(at, expr, env)),
        }
    }

    fn label_node(&self, at: &'a Node<'a>, label: Symbol) -> &'a Node<'a> {
        let text = self.symbols.borrow().text(label).clone();
        let text = self.bump.alloc_str(&text);
        self.value_node(at, Label::None, Val::String(text))
    }

    /// The value of a `let`: of one that is just a reference the target itself.
    fn resolve_let(
        &self,
        env: &'a Env<'a>,
        index: u32,
    ) -> Outcome<'a, Option<(&'a Node<'a>, bool)>> {
        let Binds::Struct { node, lit, .. } = &env.binds else { return Ok(None) };
        let expr = &lit.lets[index as usize].1;
        if !is_reference(expr) {
            return Ok(self.let_node(env, index).map(|node| (node, false)));
        }
        let key = (std::ptr::from_ref(env) as usize, index);
        let values = self.entered.borrow().len();
        let before = self.lets.borrow().iter().find(|(open, _)| *open == key).copied();
        if let Some((_, outside)) = before {
            if outside == values {
                let text = "cyclic references in let clause or alias";
                return self.eval_error("cue/let-cycle", expr.span, text);
            }
            // The way back leads through a value: an ordinary cycle.
            if !self.force.get() {
                return Err(Stop::Blocked);
            }
            let text = "cycle: the value depends on itself";
            return Err(Stop::Bottom(self.bottom(Class::Cycle, "cue/cycle", expr.span, text)));
        }
        self.lets.borrow_mut().push((key, values));
        let result = self.resolve_path(node, expr, Some(env));
        self.lets.borrow_mut().pop();
        result.map(Some)
    }

    /// The node of a `let`: one per literal and node that it is in.
    pub(crate) fn let_node(&self, env: &'a Env<'a>, index: u32) -> Option<&'a Node<'a>> {
        let Binds::Struct { node, lit, lets } = &env.binds else { return None };
        let lets = lets
            .get_or_init(|| self.bump.alloc_slice_fill_with(lit.lets.len(), |_| Cell::new(None)));
        let slot = &lets[index as usize];
        if let Some(found) = slot.get() {
            return Some(found);
        }
        let (name, expr) = &lit.lets[index as usize];
        let made = Node::new(self.bump, Some(node), Label::Let(*name));
        self.push(
            made,
            Conjunct {
                what: What::Expr(expr),
                env: Some(env),
                scope: None,
                origin: env.origin,
                linked: false,
                declared: None,
            },
        );
        slot.set(Some(made));
        Some(made)
    }

    /// The struct of a package.
    pub(crate) fn package_root(&self, index: u32) -> &'a Node<'a> {
        let cell = &self.roots[index as usize];
        if let Some(root) = cell.get() {
            return root;
        }
        let root = Node::new(self.bump, None, Label::None);
        let scope = self.scope(None, super::closed::ScopeKind::Literal);
        for file in &self.program.packages[index as usize].files {
            self.push(
                root,
                Conjunct {
                    what: What::Struct(file),
                    env: None,
                    scope,
                    origin: Origin::NONE,
                    linked: false,
                    declared: None,
                },
            );
        }
        cell.set(Some(root));
        root
    }

    fn index_label(
        &self,
        at: &'a Node<'a>,
        index: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Label> {
        let val = self.concrete_for(at, index, env, |e, val, kind| {
            e.incomplete(
                "cue/index",
                index.span,
                &format!("invalid non-ground value {} (must be concrete {kind})", e.show(val)),
            )
        })?;
        match val {
            Val::String(text) => Ok(Label::Field(self.symbols.borrow_mut().regular(text))),
            Val::Int(i) if (0..=i64::from(u32::MAX - 1)).contains(&i) => Ok(Label::Index(i as u32)),
            Val::Int(i) if i < 0 => self.eval_error(
                "cue/index",
                index.span,
                &format!("invalid index {i} (index must be non-negative)"),
            ),
            other => {
                let text = format!(
                    "invalid index {} (invalid type {})",
                    self.show(other),
                    self.kind_of(other)
                );
                self.eval_error("cue/index", index.span, &text)
            }
        }
    }

    /// The field or element of a node; waits where it may still come.
    pub(crate) fn select(
        &self,
        at: &'a Node<'a>,
        base: &'a Node<'a>,
        label: Label,
        span: Span,
        definition: bool,
    ) -> Outcome<'a, &'a Node<'a>> {
        let base = self.through_overlay(at, base).unwrap_or(base);
        self.shallow(base)?;
        let node = self.default_of(base, span)?;
        if let Some(bottom) = self.fatal_error(node) {
            return Err(Stop::Bottom(bottom));
        }
        if let Some(found) = self.entry(node, label)
            && found.presence.get() == Presence::Regular
        {
            if let Some(error) = self.child_error(node)
                && !at.is_within(node)
            {
                return Err(Stop::Bottom(error));
            }
            if let Some(around) = self.around_itself(found)? {
                return Ok(around);
            }
            return Ok(self.through_overlay(at, found).unwrap_or(found));
        }
        if let Some(bottom) = node.error() {
            return Err(Stop::Bottom(bottom));
        }
        if let Some(scalar) = node.scalar.get().filter(|_| !self.has_hidden(node, label)) {
            return self.no_struct(base, span, self.kind_of(scalar));
        }
        if !node.kind.get().is_bottom()
            && node.kind.get().and(Kind::STRUCT.or(Kind::LIST)).is_bottom()
        {
            return self.no_struct(base, span, node.kind.get());
        }
        self.need_settled(node)?;
        if let Some(error) = self.child_error(node)
            && !at.is_within(node)
        {
            return Err(Stop::Bottom(error));
        }
        self.missing(node, label, span, definition).map_err(|stop| self.lacking(stop, node, label))
    }

    /// What a field of a struct that an expression selects from refers to, if that is around the field:
    /// `{p: {x: p, y: 1}}.p.x` is one more `p`, and only its own `x` is one too many.
    fn around_itself(&self, field: &'a Node<'a>) -> Outcome<'a, Option<&'a Node<'a>>> {
        if !field.has(flag::TEMPORARY) || field.conjuncts.len() != 1 {
            return Ok(None);
        }
        let Some(conjunct) = field.conjuncts.get(0) else { return Ok(None) };
        let What::Expr(expr) = conjunct.what else { return Ok(None) };
        let ExprKind::Field { .. } = &expr.kind else { return Ok(None) };
        let around = self.resolve_name(field, expr, conjunct.env)?;
        let holds = !std::ptr::eq(around, field) && field.is_within(around);
        Ok(holds.then_some(around))
    }

    /// A stop that says what the node has that is named nearly so.
    fn lacking(&self, stop: Stop<'a>, node: &'a Node<'a>, label: Label) -> Stop<'a> {
        match stop {
            Stop::Bottom(bottom) => {
                let hint = Hint::Lacks(node, label);
                Stop::Bottom(self.bump.alloc(Bottom { hint, ..*bottom }))
            }
            other => other,
        }
    }

    fn has_hidden(&self, node: &'a Node<'a>, label: Label) -> bool {
        matches!(label, Label::Field(s) if !s.is_regular()) && node.fields.get().is_some()
    }

    fn no_struct<T>(&self, base: &'a Node<'a>, span: Span, kind: Kind) -> Outcome<'a, T> {
        let text = format!(
            "invalid operand {} (found {kind}, want list or struct)",
            self.label_text(base.label)
        );
        self.eval_error("cue/operand", span, &text)
    }

    /// The error for a field or element that is not there.
    fn missing<T>(
        &self,
        node: &'a Node<'a>,
        label: Label,
        span: Span,
        definition: bool,
    ) -> Outcome<'a, T> {
        let fields = node.fields.get();
        let is_list = fields.is_some_and(|f| !f.lists.is_empty());
        // Templates ask for fields that may be missing, and nobody reads the text then.
        let without = |class, code, what| {
            Err(Stop::Bottom(self.bottom_why(class, code, span, Why::Field(what, label), &[])))
        };
        const UNDEFINED: (&str, &str) = ("cue/undefined-field", "undefined field");
        if let Label::Index(index) = label {
            let length = if is_list { fields.map_or(0, |f| self.list_len(f)) } else { 0 };
            let open = is_list && fields.is_some_and(|f| self.is_open_list(f));
            let text = format!("index out of range [{index}] with length {length}");
            let top = fields.is_none();
            return if open || top {
                self.incomplete("cue/index-range", span, &text)
            } else {
                self.eval_error("cue/index-range", span, &text)
            };
        }
        if is_list {
            return without(Class::Eval, UNDEFINED.0, UNDEFINED.1);
        }
        match self.entry(node, label).map(|found| found.presence.get()) {
            Some(Presence::Optional) => {
                without(Class::Incomplete, "cue/optional-field", "cannot reference optional field")
            }
            Some(Presence::Required) => {
                without(Class::Incomplete, "cue/required-field", "required field missing")
            }
            _ => {
                let closed = definition || (node.label != Label::None && self.is_closed(node));
                let never = closed && fields.is_some_and(|f| !self.may_come(node, f, label));
                let class = if never { Class::Eval } else { Class::Incomplete };
                without(class, UNDEFINED.0, UNDEFINED.1)
            }
        }
    }

    /// Whether a field of a closed struct may still come: it is still being made, or allows the label.
    fn may_come(&self, node: &'a Node<'a>, fields: &'a Fields<'a>, label: Label) -> bool {
        let Label::Field(symbol) = label else { return false };
        // A definition is not closed to what else is declared for it.
        let declared_on = node.has(flag::DEFINITION) && !self.is_settled(node);
        node.state.get() != State::Done
            || declared_on
            || fields.literals.any(|literal| literal.open)
            || fields.patterns.iter().any(|p| self.pattern_matches(node, p, symbol).unwrap_or(true))
    }

    /// The node itself, or its default where it is a disjunction with more than one result.
    pub(crate) fn default_of(&self, node: &'a Node<'a>, span: Span) -> Outcome<'a, &'a Node<'a>> {
        let node = node.target();
        let arms = node.arms();
        if arms.is_empty() {
            let pending = node.state.get() != State::Done
                && node
                    .extra
                    .get()
                    .is_some_and(|extra| extra.deferred().is_empty() && self.undecided(extra));
            if pending {
                self.take_as_is(node)?;
            }
            return Ok(node);
        }
        self.need_settled(node)?;
        let mut defaults = arms.iter().filter(|arm| arm.default);
        match (defaults.next(), defaults.next()) {
            (Some(only), None) => self.default_of(only.node, span),
            _ => {
                let text = format!(
                    "unresolved disjunction {} (type {})",
                    self.show(Val::Node(node)),
                    self.kind_text(node)
                );
                Err(Stop::Bottom(self.bottom(Class::Incomplete, "cue/ambiguous", span, &text)))
            }
        }
    }

    pub(crate) fn undecided(&self, extra: &super::node::Extra<'a>) -> bool {
        let choices = extra.choices();
        extra
            .disjunctions
            .iter()
            .any(|d| !choices.iter().any(|c| c.key == (Arms::address(&d.arms), d.nth)))
    }
}

/// Whether an expression names a node.
pub(crate) fn is_reference(expr: &ir::Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Field { .. }
            | ExprKind::Select(..)
            | ExprKind::Index(..)
            | ExprKind::Let { .. }
            | ExprKind::Variable { .. }
            | ExprKind::Import(_)
    )
}
