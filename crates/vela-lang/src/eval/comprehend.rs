//! Comprehensions and dynamic fields.
//!
//! The clauses are run to the end before anything is added, so a comprehension that has to wait in
//! the middle has done nothing and can simply be run again.
//!
//! What a `for` goes over may still grow where the two depend on each other. Then it goes over what is
//! there, and whoever adds a field later fails: `a: {x: 1, for k, v in a {(k + "q"): v}}` has no value that
//! it keeps to. Making a field that is there more specific is fine.

use super::node::{Binds, Conjunct, Env, Label, Node, Origin, Val, What, flag};
use super::unify::Context;
use super::{Eval, Outcome, Stop};
use crate::diagnostic::Class;
use crate::ir::{self, Clause, Presence, Symbol};
use crate::std::host::Kind;

impl<'a> Eval<'a> {
    /// Embeds the bodies that a comprehension yields.
    pub(crate) fn comprehend(
        &self,
        node: &'a Node<'a>,
        c: &'a ir::Comprehension,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        let mut yields: Vec<Conjunct<'a>> = Vec::new();
        self.each_yield(node, c, cx, &mut |conjunct| {
            yields.push(conjunct);
            Ok(())
        })?;
        if yields.is_empty() {
            self.mark(node, cx);
        }
        for conjunct in yields {
            self.process_at(node, conjunct, cx.recurs, cx.place)?;
        }
        Ok(())
    }

    /// Calls `then` with a conjunct for every body that a comprehension yields.
    pub(crate) fn each_yield(
        &self,
        node: &'a Node<'a>,
        c: &'a ir::Comprehension,
        cx: Context<'a>,
        then: &mut dyn FnMut(Conjunct<'a>) -> Outcome<'a, ()>,
    ) -> Outcome<'a, ()> {
        let mut yielded = false;
        let tries = c.clauses.iter().any(|clause| matches!(clause, Clause::Try(None)));
        self.clauses(node, &c.clauses, cx.env, &mut |env| {
            if tries && !self.is_present(node, &c.body, env)? {
                return Ok(());
            }
            yielded = true;
            then(Conjunct {
                what: What::Expr(&c.body),
                env,
                scope: cx.scope,
                origin: cx.origin,
                linked: false,
                declared: None,
            })
        })?;
        if let (false, Some(fallback)) = (yielded, &c.fallback) {
            then(Conjunct {
                what: What::Expr(fallback),
                env: cx.env,
                scope: cx.scope,
                origin: cx.origin,
                linked: false,
                declared: None,
            })?;
        }
        Ok(())
    }

    fn clauses(
        &self,
        at: &'a Node<'a>,
        clauses: &'a [Clause],
        env: Option<&'a Env<'a>>,
        then: &mut dyn FnMut(Option<&'a Env<'a>>) -> Outcome<'a, ()>,
    ) -> Outcome<'a, ()> {
        let Some((first, rest)) = clauses.split_first() else { return then(env) };
        self.charge(1)?;
        match first {
            Clause::If(condition) => {
                if self.condition(at, condition, env)? {
                    self.clauses(at, rest, env, then)?;
                }
                Ok(())
            }
            Clause::Let(value) => {
                let value = self.inline(at, value, env);
                let env = self.slots(env, None, value);
                self.clauses(at, rest, env, then)
            }
            Clause::Try(binding) => self.try_clause(at, binding.as_ref(), rest, env, then),
            Clause::For(source) => {
                let items = self.items(at, source, env)?;
                for (key, value) in items {
                    let env = self.slots(env, Some(key), value);
                    self.clauses(at, rest, env, then)?;
                }
                Ok(())
            }
        }
    }

    fn slots(
        &self,
        up: Option<&'a Env<'a>>,
        key: Option<&'a Node<'a>>,
        value: &'a Node<'a>,
    ) -> Option<&'a Env<'a>> {
        let origin = up.map_or(Origin::NONE, |env| env.origin);
        Some(self.bump.alloc(Env { up, binds: Binds::Slots { key, value }, origin }))
    }

    /// Binds the value of a `try x = value`, unless something that it marks with `?` is absent.
    fn try_clause(
        &self,
        at: &'a Node<'a>,
        binding: Option<&'a ir::Expr>,
        rest: &'a [Clause],
        env: Option<&'a Env<'a>>,
        then: &mut dyn FnMut(Option<&'a Env<'a>>) -> Outcome<'a, ()>,
    ) -> Outcome<'a, ()> {
        let Some(expr) = binding else { return self.clauses(at, rest, env, then) };
        if !self.is_present(at, expr, env)? {
            return Ok(());
        }
        let value = self.inline(at, expr, env);
        self.clauses(at, rest, self.slots(env, None, value), then)
    }

    /// Whether everything that an expression marks with `?` is there: it is evaluated on trial, to the
    /// bottom of it. Other errors are left to whoever evaluates it for good.
    fn is_present(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, bool> {
        let before = self.absent.replace(0);
        let trial = self.inline(at, expr, env);
        let result = self.deep(trial);
        let absent = self.absent.replace(before);
        result?;
        if absent == 0 && self.has_stuck(trial) && !self.force.get() {
            return Err(Stop::Blocked);
        }
        Ok(absent == 0)
    }

    /// The value of `x?`.
    pub(crate) fn maybe(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        const ABSENT: [&str; 3] = ["cue/optional-field", "cue/undefined-field", "cue/index-range"];
        let result = self.eval(at, expr, env);
        if let Err(Stop::Bottom(bottom)) = result
            && bottom.class == Class::Incomplete
            && ABSENT.contains(&bottom.code)
        {
            self.absent.set(self.absent.get() + 1);
        }
        result
    }

    /// Whether the condition of an `if` holds.
    fn condition(
        &self,
        at: &'a Node<'a>,
        condition: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, bool> {
        let val = self.concrete_for(at, condition, env, |e, val, kind| {
            if kind.and(Kind::BOOL).is_bottom() {
                let text = format!("cannot use {} (type {kind}) as type bool", e.show(val));
                return e.eval_error("cue/condition", condition.span, &text);
            }
            let text = format!("incomplete bool: {}", e.show(val));
            e.incomplete("cue/condition", condition.span, &text)
        })?;
        match val {
            Val::Bool(b) => Ok(b),
            other => {
                let text = format!(
                    "cannot use {} (type {}) as type bool",
                    self.show(other),
                    self.kind_of(other)
                );
                self.eval_error("cue/condition", condition.span, &text)
            }
        }
    }

    /// Keys and values of what a `for` goes over.
    fn items(
        &self,
        at: &'a Node<'a>,
        source: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Vec<(&'a Node<'a>, &'a Node<'a>)>> {
        let val = self.concrete_for(at, source, env, |e, _, kind| {
            let name = e.source_text(source);
            if kind.and(Kind::STRUCT.or(Kind::LIST)).is_bottom() {
                let text = format!("cannot range over {name} (found {kind}, want list or struct)");
                return e.eval_error("cue/range", source.span, &text);
            }
            e.not_iterable(source, kind)
        })?;
        let node = match val {
            Val::Node(node) => node.target(),
            other => {
                let text = format!(
                    "cannot range over {} (found {}, want list or struct)",
                    self.source_text(source),
                    self.kind_of(other)
                );
                return self.eval_error("cue/range", source.span, &text);
            }
        };
        let is_list = node.kind.get() == Kind::LIST;
        // Elements of a list that is being made have no places yet.
        if !self.take_fields(node)? && is_list && std::ptr::eq(at, node) {
            return self.not_iterable(source, Kind::LIST);
        }
        let mut items = Vec::new();
        if node.fields.get().is_none() {
            return match node.has(flag::STRUCT) {
                true => Ok(items),
                false => self.not_iterable(source, node.kind.get()),
            };
        }
        for entry in self.visited(node) {
            self.charge(1)?;
            match entry.label {
                Label::Index(index) if is_list => {
                    items.push((
                        self.value_node(at, Label::None, Val::Int(i64::from(index))),
                        entry.node,
                    ));
                }
                Label::Field(symbol) if !is_list && symbol.is_regular() => {
                    match entry.node.presence.get() {
                        Presence::Regular => {
                            items.push((self.symbol_node(at, symbol), entry.node));
                        }
                        Presence::Optional => {}
                        Presence::Required => {
                            let text = format!(
                                "missing required field in for comprehension: {}",
                                self.label_text(entry.label)
                            );
                            return self.incomplete("cue/required-field", source.span, &text);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(items)
    }

    fn not_iterable<T>(&self, source: &'a ir::Expr, kind: Kind) -> Outcome<'a, T> {
        let name = self.source_text(source);
        let text = format!("cannot range over {name} (incomplete type {kind})");
        self.incomplete("cue/range", source.span, &text)
    }

    fn symbol_node(&self, at: &'a Node<'a>, symbol: Symbol) -> &'a Node<'a> {
        let text = self.symbols.borrow().text(symbol).clone();
        let text: &'a str = self.bump.alloc_str(&text);
        self.value_node(at, Label::None, Val::String(text))
    }

    /// A field whose label is computed.
    pub(crate) fn dynamic_field(
        &self,
        node: &'a Node<'a>,
        field: &'a ir::DynamicField,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        let label = self.dynamic_label(node, &field.label, cx.env)?;
        let fields = node.fields_or_new(self.bump);
        if let Some((chain, at)) = cx.place.within {
            chain.labels.push(self.bump, (at, label));
        }
        let conjunct = Conjunct {
            what: What::Expr(&field.value),
            env: cx.env,
            scope: cx.scope,
            origin: cx.origin,
            linked: false,
            declared: cx.place.within,
        };
        self.add_field(node, fields, label, field.presence, conjunct)
    }

    /// The label that an expression computes.
    pub(crate) fn dynamic_label(
        &self,
        at: &'a Node<'a>,
        label: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Symbol> {
        let val = self.concrete_for(at, label, env, |e, val, _| {
            let text =
                format!("key value of dynamic field must be concrete, found {}", e.show(val));
            e.incomplete("cue/dynamic-label", label.span, &text)
        })?;
        match val {
            Val::String(text) => Ok(self.symbols.borrow_mut().regular(text)),
            Val::Bytes(bytes) => {
                Ok(self.symbols.borrow_mut().regular(&String::from_utf8_lossy(bytes)))
            }
            Val::Int(_) | Val::Number(_) => {
                self.eval_error("cue/dynamic-label", label.span, "integer fields not supported")
            }
            other => {
                let text = format!(
                    "invalid index {} (invalid type {})",
                    self.show(other),
                    self.kind_of(other)
                );
                self.eval_error("cue/dynamic-label", label.span, &text)
            }
        }
    }
}
