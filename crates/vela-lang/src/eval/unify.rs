//! Adding conjuncts to nodes.

use super::closed::{Scope, ScopeKind};
use super::node::{
    Arms, Binds, Conjunct, Disjunction, Entry, Env, Fields, Label, Literal, Node, Origin,
    PatternConjunct, PatternTask, State, Task, TaskKind, Val, What, flag,
};
use super::order::{ChainKind, Place};
use super::{Eval, Outcome, Stop};
use crate::ir::{self, Core, ExprKind, Presence, Symbol};
use crate::source::Span;
use crate::std::host::{Kind, Member};
use std::cell::{Cell, OnceCell};

/// From how many fields on a struct has an index.
const INDEXED: usize = 12;

/// Where a conjunct is processed: what goes along with every part of it.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) env: Option<&'a Env<'a>>,
    pub(crate) scope: Option<&'a Scope<'a>>,
    pub(crate) origin: Origin<'a>,
    pub(crate) linked: bool,
    /// Whether it comes through a link that goes round in a circle.
    pub(crate) recurs: bool,
    /// Where it takes part, for the order of fields.
    pub(crate) place: Place<'a>,
}

impl<'a> Context<'a> {
    /// What goes along with a conjunct that is processed at a place.
    pub(crate) fn of(conjunct: &Conjunct<'a>, recurs: bool, place: Place<'a>) -> Context<'a> {
        Context {
            env: conjunct.env,
            scope: conjunct.scope,
            origin: conjunct.origin,
            linked: conjunct.linked,
            recurs,
            place,
        }
    }
}

impl<'a> Eval<'a> {
    /// Adds a conjunct to a node, whatever state it is in, and to all that took conjuncts from it.
    pub(crate) fn add(&self, node: &'a Node<'a>, conjunct: Conjunct<'a>) -> Outcome<'a, ()> {
        self.push(node, conjunct);
        if node.has(flag::SHARED) {
            self.reopen(node);
        } else if node.state.get() != State::New {
            node.taken.set(node.conjuncts.len() as u32);
            self.reopen(node);
            self.process(node, conjunct, false)?;
        }
        self.pass_on(node, conjunct)
    }

    fn pass_on(&self, node: &'a Node<'a>, conjunct: Conjunct<'a>) -> Outcome<'a, ()> {
        let Some(extra) = node.extra.get() else { return Ok(()) };
        for d in extra.dependents.iter() {
            if d.node.state.get() == State::New || std::ptr::eq(d.node, node) {
                continue;
            }
            self.reopen(d.node);
            let passed = Conjunct { scope: d.scope, origin: d.origin, linked: true, ..conjunct };
            self.process_at(d.node, passed, d.recurs, d.place)?;
        }
        Ok(())
    }

    /// A node that was done has to be looked at again.
    pub(crate) fn reopen(&self, node: &'a Node<'a>) {
        node.unset(flag::ANSWERS);
        if node.has(flag::SHARED) {
            self.unshare(node);
        }
        if node.state.get() == State::Done {
            node.state.set(State::Stuck);
            if let Some(extra) = node.extra.get() {
                extra.arms.set(&[]);
            }
            node.forward.set(None);
            self.queue(node);
        }
        self.advanced(node);
        let mut above = node.parent;
        while let Some(parent) = above {
            if !parent.has(flag::FINAL) {
                break;
            }
            parent.unset(flag::FINAL | flag::CHILD_KNOWN);
            above = parent.parent;
        }
    }

    pub(crate) fn queue(&self, node: &'a Node<'a>) {
        if !node.has(flag::QUEUED | flag::TEMPORARY) {
            node.set(flag::QUEUED);
            self.stuck.borrow_mut().push(node);
        }
    }

    /// Adds what a conjunct says to a node.
    pub(crate) fn process(
        &self,
        node: &'a Node<'a>,
        conjunct: Conjunct<'a>,
        recurs: bool,
    ) -> Outcome<'a, ()> {
        self.process_at(node, conjunct, recurs, Place::declared(conjunct.declared))
    }

    /// As [`Eval::process`], at another place than as a declaration.
    pub(crate) fn process_at(
        &self,
        node: &'a Node<'a>,
        conjunct: Conjunct<'a>,
        recurs: bool,
        place: Place<'a>,
    ) -> Outcome<'a, ()> {
        let cx = Context::of(&conjunct, recurs, place);
        match conjunct.what {
            What::Expr(expr) => self.process_expr(node, expr, cx),
            What::Struct(lit) => self.process_literal(node, lit, lit.span, cx, cx.scope),
            What::Val((val, span)) => self.unify_val(node, *val, *span, cx),
        }
    }

    pub(crate) fn process_expr(
        &self,
        node: &'a Node<'a>,
        expr: &'a ir::Expr,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        self.doing.set(expr.span);
        self.charge(1)?;
        crate::depth::grow(|| self.process_kind(node, expr, cx))
    }

    fn process_kind(
        &self,
        node: &'a Node<'a>,
        expr: &'a ir::Expr,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        match &expr.kind {
            ExprKind::Top => {
                self.mark(node, cx);
                Ok(())
            }
            ExprKind::And(operands) => {
                let cx = Context { place: cx.place.operand(), ..cx };
                operands.iter().try_for_each(|operand| self.process_expr(node, operand, cx))
            }
            ExprKind::Struct(lit) => self.process_struct(node, lit, expr.span, cx),
            ExprKind::List(list) => {
                self.restrict(node, Kind::LIST, (Val::Kind(Kind::LIST), expr.span));
                self.attempt(node, TaskKind::List(list, expr.span), cx)
            }
            ExprKind::Or(arms) => {
                let cx = Context { place: cx.place.late(), ..cx };
                self.add_disjunction(node, Arms::Exprs(arms), expr.span, cx)
            }
            ExprKind::Field { .. }
            | ExprKind::DynamicField { .. }
            | ExprKind::Let { .. }
            | ExprKind::Variable { .. }
            | ExprKind::Import(_)
            | ExprKind::Select(..)
            | ExprKind::Index(..) => self.attempt(node, TaskKind::Link(expr), cx),
            ExprKind::Alias(inner) => {
                let env: &'a Env<'a> = self.bump.alloc(Env {
                    up: cx.env,
                    binds: Binds::Alias(node),
                    origin: cx.origin,
                });
                self.process_expr(node, inner, Context { env: Some(env), ..cx })
            }
            ExprKind::Call(function, args) => match (&function.kind, &**args) {
                (ExprKind::Core(Core::Close), [arg]) if matches!(arg.kind, ExprKind::Struct(_)) => {
                    self.process_close(node, arg, Context { place: cx.place.late(), ..cx })
                }
                _ => {
                    let cx = Context { place: cx.place.late(), ..cx };
                    self.attempt(node, TaskKind::Value(expr), cx)
                }
            },
            ExprKind::Open(inner) => {
                let scope = self.scope(cx.scope, ScopeKind::Open);
                self.process_expr(node, inner, Context { scope, ..cx })
            }
            ExprKind::CloseAll(all, inner) => {
                let kind = if *all { ScopeKind::Close } else { ScopeKind::Reclose };
                let scope = self.close_with(node, cx.scope, kind);
                self.process_expr(node, inner, Context { scope, ..cx })
            }
            ExprKind::BuiltinPackage(path) => self.process_package(node, path, expr.span, cx),
            // What stands for itself waits for nothing.
            _ if expr.is_plain() => {
                let val = self.eval_here(node, expr, cx.env)?;
                self.unify_val(node, val, expr.span, cx)
            }
            _ => self.attempt(node, TaskKind::Value(expr), cx),
        }
    }

    /// `close(x)`: the conjuncts of `x`, closed at this level.
    fn process_close(
        &self,
        node: &'a Node<'a>,
        arg: &'a ir::Expr,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        let scope = self.close_with(node, cx.scope, ScopeKind::CloseOnce);
        self.process_expr(node, arg, Context { scope, ..cx })
    }

    /// A builtin package as a value: a struct of its functions.
    fn process_package(
        &self,
        node: &'a Node<'a>,
        path: &'static str,
        span: Span,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        let members = crate::std::find(path).map_or(&[][..], |package| package.members);
        let mut fields = Vec::new();
        for member in members {
            if let Member::Function(function) = member {
                let kind = ExprKind::Builtin(path, function);
                let expr: &'a ir::Expr = self.arena.exprs.alloc(ir::Expr { span, kind });
                let symbol = self.symbols.borrow_mut().regular(function.name);
                fields.push((symbol, self.val_conjunct(Val::Function(expr), span)));
            }
        }
        self.mark(node, cx);
        let fields = self.bump.alloc_slice_copy(&fields);
        let made = self.bump.alloc(super::list::MadeStruct { fields });
        self.unify_made_struct(node, made, span, cx)
    }

    /// Notes whether something new is said here, or only the same definition again.
    pub(crate) fn mark(&self, node: &'a Node<'a>, cx: Context<'a>) {
        if cx.recurs {
            node.set(flag::RECURS);
        } else if cx.origin.cycle < 2 {
            node.set(flag::FRESH);
        }
    }

    /// Tries a task at once; what is blocked is kept for later.
    fn attempt(&self, node: &'a Node<'a>, what: TaskKind<'a>, cx: Context<'a>) -> Outcome<'a, ()> {
        if !matches!(what, TaskKind::Link(_)) {
            self.mark(node, cx);
        }
        let task: &'a Task<'a> = self.bump.alloc(Task { what, cx, done: Cell::new(false) });
        // Values are looked at after all conjuncts were seen: they might find more by then.
        if matches!(what, TaskKind::Link(_)) {
            match self.run_task(node, task) {
                Ok(()) => return Ok(()),
                Err(Stop::Bottom(bottom)) => {
                    self.fail(node, bottom);
                    return Ok(());
                }
                Err(Stop::Abort) => return Err(Stop::Abort),
                Err(Stop::Blocked) => {}
            }
        }
        node.extra_or_new(self.bump).tasks.push(self.bump, task);
        Ok(())
    }

    /// A struct literal: its declarations, in an environment of this node.
    pub(crate) fn process_struct(
        &self,
        node: &'a Node<'a>,
        lit: &'a ir::Struct,
        span: Span,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        let scope = if lit.embeddings.is_empty() && lit.comprehensions.is_empty() {
            cx.scope
        } else {
            self.scope(cx.scope, ScopeKind::Literal)
        };
        self.process_literal(node, lit, span, cx, scope)
    }

    /// As [`Eval::process_struct`], with the scope of the literal: files of a package share one.
    fn process_literal(
        &self,
        node: &'a Node<'a>,
        lit: &'a ir::Struct,
        span: Span,
        cx: Context<'a>,
        scope: Option<&'a Scope<'a>>,
    ) -> Outcome<'a, ()> {
        self.charge(1 + lit.fields.len() as u64)?;
        self.mark(node, cx);
        let binds = Binds::Struct { node, lit, lets: OnceCell::new() };
        let env: &'a Env<'a> = self.bump.alloc(Env { up: cx.env, binds, origin: cx.origin });
        let is_struct =
            lit.has_regular || (lit.embeddings.is_empty() && lit.comprehensions.is_empty());
        if is_struct {
            node.set(flag::STRUCT);
            self.restrict(node, Kind::STRUCT, (Val::Node(node), span));
        }
        let fields = node.fields_or_new(self.bump);
        let chain = self.chain(ChainKind::Literal(lit), cx.place, span);
        fields
            .literals
            .push(self.bump, Literal { scope, open: lit.open, lit: Some(lit), chain: Some(chain) });
        let inner = Context { env: Some(env), scope, ..cx };
        fields.entries.reserve(self.bump, lit.fields.len(), Entry { label: Label::None, node });
        // Fields come first, so that whatever else is said finds them.
        for (at, decl) in (0..).zip(lit.decls()) {
            if let ir::Decl::Field(index) = decl {
                let field = &lit.fields[index as usize];
                let conjunct =
                    Conjunct { declared: Some((chain, at)), ..self.conjunct(&field.value, inner) };
                self.add_field(node, fields, field.label, field.presence, conjunct)?;
            }
        }
        if lit.has_fields_only() {
            return Ok(());
        }
        for (at, decl) in (0..).zip(lit.decls()) {
            if let ir::Decl::Pattern(index) = decl {
                let pattern = &lit.patterns[index as usize];
                let declared = Some((chain, at));
                let added = PatternConjunct { pattern, declared, env, scope, origin: cx.origin };
                self.add_pattern(node, fields, added)?;
            }
        }
        let embed = || match lit.explicit_open {
            true => scope,
            false => self.scope(scope, ScopeKind::Embed),
        };
        for (at, decl) in (0..).zip(lit.decls()) {
            if let ir::Decl::Embedding(index) = decl {
                let embedding = &lit.embeddings[index as usize];
                let place = Place::embedded(chain, at);
                self.process_expr(node, embedding, Context { scope: embed(), place, ..inner })?;
            }
        }
        for (at, decl) in (0..).zip(lit.decls()) {
            let place = Place::embedded(chain, at);
            match decl {
                ir::Decl::Dynamic(index) => {
                    let dynamic = &lit.dynamic[index as usize];
                    self.postpone(node, TaskKind::Dynamic(dynamic), Context { place, ..inner });
                }
                ir::Decl::Comprehension(index) => {
                    let comprehension = &lit.comprehensions[index as usize];
                    let cx = Context { scope: embed(), place, ..inner };
                    self.postpone(node, TaskKind::Comprehension(comprehension), cx);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn postpone(&self, node: &'a Node<'a>, what: TaskKind<'a>, cx: Context<'a>) {
        let task = self.bump.alloc(Task { what, cx, done: Cell::new(false) });
        node.extra_or_new(self.bump).tasks.push(self.bump, task);
    }

    fn conjunct(&self, expr: &'a ir::Expr, cx: Context<'a>) -> Conjunct<'a> {
        Conjunct {
            what: What::Expr(expr),
            env: cx.env,
            scope: cx.scope,
            origin: cx.origin,
            linked: false,
            declared: None,
        }
    }

    /// The field or element with that label, as far as it is known.
    pub(crate) fn entry(&self, node: &'a Node<'a>, label: Label) -> Option<&'a Node<'a>> {
        let fields = node.fields.get()?;
        if let Label::Index(index) = label
            && let Some(entry) = fields.entries.get(index as usize)
            && entry.label == label
        {
            return Some(entry.node);
        }
        if fields.entries.len() > INDEXED {
            let key = (std::ptr::from_ref(node) as usize, label);
            return self.index.borrow().get(&key).copied();
        }
        fields.entries.find(|entry| entry.label == label).map(|entry| entry.node)
    }

    fn insert(&self, node: &'a Node<'a>, fields: &'a Fields<'a>, label: Label) -> &'a Node<'a> {
        let child = Node::new(self.bump, Some(node), label);
        fields.entries.push(self.bump, Entry { label, node: child });
        let key = |label| (std::ptr::from_ref(node) as usize, label);
        let count = fields.entries.len();
        if count == INDEXED + 1 {
            let mut index = self.index.borrow_mut();
            index.extend(fields.entries.iter().map(|entry| (key(entry.label), entry.node)));
        } else if count > INDEXED {
            self.index.borrow_mut().insert(key(label), child);
        }
        child
    }

    /// Adds a conjunct to a field, which may be new.
    pub(crate) fn add_field(
        &self,
        node: &'a Node<'a>,
        fields: &'a Fields<'a>,
        label: Symbol,
        presence: Presence,
        conjunct: Conjunct<'a>,
    ) -> Outcome<'a, ()> {
        let (child, new) = self.field_node(node, fields, label, presence)?;
        if new {
            self.match_patterns(node, fields, child, label)?;
        }
        self.add(child, conjunct)
    }

    /// The field with that label at least as present as that; and whether it is new.
    pub(crate) fn field_node(
        &self,
        node: &'a Node<'a>,
        fields: &'a Fields<'a>,
        label: Symbol,
        presence: Presence,
    ) -> Outcome<'a, (&'a Node<'a>, bool)> {
        let label = Label::Field(label);
        if let Some(child) = self.entry(node, label) {
            if child.presence.get() < presence {
                child.presence.set(presence);
                self.reopen(child);
            }
            return Ok((child, false));
        }
        self.check_frozen(node, label)?;
        self.charge(1)?;
        let child = self.insert(node, fields, label);
        child.presence.set(presence);
        self.advanced(node);
        Ok((child, true))
    }

    /// Takes the fields or elements of a node for all there are, to go over them or to count them; blocks
    /// as [`Eval::take_as_is`] does. Where more may come it is an error from now on to add one: it would
    /// not have been seen. Whether no more can come.
    pub(crate) fn take_fields(&self, node: &'a Node<'a>) -> Outcome<'a, bool> {
        if self.has_all_fields(node) {
            return Ok(true);
        }
        self.take_as_is(node)?;
        node.set(flag::FROZEN);
        Ok(false)
    }

    fn check_frozen(&self, node: &'a Node<'a>, label: Label) -> Outcome<'a, ()> {
        if !node.has(flag::FROZEN) {
            return Ok(());
        }
        let label = self.label_text(label);
        let text = format!("adding field {label} not allowed as field set was already referenced");
        self.eval_error("cue/frozen", Span::NONE, &text)
    }

    /// Adds an element of a list, with what open lists say of it.
    pub(crate) fn element_node(
        &self,
        node: &'a Node<'a>,
        fields: &'a Fields<'a>,
        index: u32,
    ) -> Outcome<'a, &'a Node<'a>> {
        if let Some(child) = self.entry(node, Label::Index(index)) {
            return Ok(child);
        }
        self.check_frozen(node, Label::Index(index))?;
        self.charge(1)?;
        let child = self.insert(node, fields, Label::Index(index));
        self.advanced(node);
        for part in fields.lists.iter().filter(|part| part.len <= index) {
            self.add_rest(child, &part)?;
        }
        Ok(child)
    }

    fn add_pattern(
        &self,
        node: &'a Node<'a>,
        fields: &'a Fields<'a>,
        added: PatternConjunct<'a>,
    ) -> Outcome<'a, ()> {
        fields.patterns.push(self.bump, added);
        for entry in fields.entries.iter() {
            if let Label::Field(label) = entry.label {
                self.try_pattern(node, added, entry.node, label)?;
            }
        }
        Ok(())
    }

    fn match_patterns(
        &self,
        node: &'a Node<'a>,
        fields: &'a Fields<'a>,
        child: &'a Node<'a>,
        label: Symbol,
    ) -> Outcome<'a, ()> {
        fields.patterns.iter().try_for_each(|p| self.try_pattern(node, p, child, label))
    }

    /// Adds the value of a pattern to a field that it matches, now or when that is known: a pattern that
    /// doesn't stand for itself may ask for the fields of this node, so it waits until they are there.
    fn try_pattern(
        &self,
        node: &'a Node<'a>,
        pattern: PatternConjunct<'a>,
        child: &'a Node<'a>,
        label: Symbol,
    ) -> Outcome<'a, ()> {
        let expr = &pattern.pattern.pattern;
        let matched = match expr.is_plain() || matches!(expr.kind, ExprKind::Top) {
            true => self.match_pattern(node, pattern, child, label),
            false => Err(Stop::Blocked),
        };
        match matched {
            Err(Stop::Blocked) => {
                let task = self.bump.alloc(PatternTask { pattern, child, label });
                let cx = Context {
                    env: Some(pattern.env),
                    scope: pattern.scope,
                    origin: pattern.origin,
                    linked: false,
                    recurs: false,
                    place: Place::declared(None),
                };
                self.postpone(node, TaskKind::Pattern(task), cx);
                Ok(())
            }
            Err(Stop::Bottom(bottom)) => {
                self.fail(node, bottom);
                Ok(())
            }
            other => other,
        }
    }

    /// Adds the value of a pattern to a field that it matches.
    pub(crate) fn match_pattern(
        &self,
        node: &'a Node<'a>,
        p: PatternConjunct<'a>,
        child: &'a Node<'a>,
        label: Symbol,
    ) -> Outcome<'a, ()> {
        if !label.is_regular() || !self.pattern_matches(node, p, label)? {
            return Ok(());
        }
        let binds = Binds::Pattern { label, value: child, key: OnceCell::new() };
        let env: &'a Env<'a> = self.bump.alloc(Env { up: Some(p.env), binds, origin: p.origin });
        let conjunct = Conjunct {
            what: What::Expr(&p.pattern.value),
            env: Some(env),
            scope: p.scope,
            origin: p.origin,
            linked: false,
            declared: p.declared,
        };
        self.add(child, conjunct)
    }

    /// Adds a disjunction, or the arm that was chosen for it.
    pub(crate) fn add_disjunction(
        &self,
        node: &'a Node<'a>,
        arms: Arms<'a>,
        span: Span,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        if cx.recurs {
            node.set(flag::RECURS);
        }
        let extra = node.extra_or_new(self.bump);
        let address = arms.address();
        // The same disjunction in the same environment, come another way, is decided with the first.
        let env = |cx: &Context<'a>| cx.env.map(std::ptr::from_ref);
        let (mut nth, mut twin) = (0, None);
        for d in extra.disjunctions.iter().filter(|d| d.arms.address() == address) {
            nth = nth.max(d.nth + 1);
            if env(&d.cx) == env(&cx) {
                twin = Some(d.nth);
            }
        }
        let nth = twin.unwrap_or(nth);
        let added = Disjunction { arms, cx, nth, span };
        extra.disjunctions.push(self.bump, added);
        let choice = extra.choices().iter().find(|choice| choice.key == (address, nth));
        if let Some(choice) = choice {
            self.process_arm(node, added, choice.arm as usize)?;
        }
        Ok(())
    }

    /// Adds the value of one arm to a node.
    pub(crate) fn process_arm(
        &self,
        node: &'a Node<'a>,
        d: Disjunction<'a>,
        arm: usize,
    ) -> Outcome<'a, ()> {
        let cx = Context { recurs: false, ..d.cx };
        match d.arms {
            Arms::Exprs(arms) => self.process_expr(node, &arms[arm].expr, cx),
            Arms::Vals(_, vals) => self.unify_val(node, vals[arm].1, d.span, cx),
        }
    }

    /// Restricts the kinds of a node.
    pub(crate) fn restrict(&self, node: &'a Node<'a>, kind: Kind, new: (Val<'a>, Span)) {
        let before = node.kind.get();
        let both = before.and(kind);
        if both == before {
            return;
        }
        if both.is_bottom() {
            if !before.is_bottom() {
                self.conflict(node, (self.known(node), node.span.get()), new);
            }
        } else if node.span.get().is_none() {
            node.span.set(new.1);
        }
        node.kind.set(both);
    }

    /// What is known of a node so far, for messages.
    pub(crate) fn known(&self, node: &'a Node<'a>) -> Val<'a> {
        if let Some(scalar) = node.scalar.get() {
            return scalar;
        }
        if node.fields.get().is_some_and(|f| !f.literals.is_empty() || !f.lists.is_empty()) {
            return Val::Node(node);
        }
        if let Some(extra) = node.extra.get() {
            if let Some(bound) = extra.bounds.get(0) {
                return Val::Bound(bound);
            }
            if let Some(validator) = extra.validators.get(0) {
                return Val::Validator(validator);
            }
        }
        Val::Kind(node.kind.get())
    }

    /// Unifies a value with a node.
    pub(crate) fn unify_val(
        &self,
        node: &'a Node<'a>,
        val: Val<'a>,
        span: Span,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        self.mark(node, cx);
        match val {
            Val::Kind(kind) => self.restrict(node, kind, (val, span)),
            Val::Range(expr) => {
                if let ExprKind::Range(range) = &expr.kind {
                    self.restrict(node, range.kind, (val, span));
                    self.add_range(node, expr, range.low.as_ref(), range.high.as_ref());
                }
            }
            Val::Bound(bound) => {
                self.restrict(node, self.bound_kind(bound), (val, span));
                self.add_bound(node, bound);
            }
            Val::Validator(validator) => {
                self.restrict(node, validator.kind, (val, span));
                let extra = node.extra_or_new(self.bump);
                extra.validators.push(self.bump, validator);
                if let (ExprKind::Core(_), Some(scope)) = (&validator.function.kind, cx.scope) {
                    self.lifts.set(true);
                    extra.lifts.push(self.bump, scope);
                }
            }
            Val::Node(target) => {
                let definition = target.has(flag::DEFINITION).then_some(());
                self.link(node, target, definition, cx, span)?;
            }
            Val::Frozen(value) => self.process_value(node, value, span, cx)?,
            Val::List(made) => self.unify_made_list(node, made, span)?,
            Val::Struct(made) => self.unify_made_struct(node, made, span, cx)?,
            Val::Function(_)
            | Val::Null
            | Val::Bool(_)
            | Val::Int(_)
            | Val::Number(_)
            | Val::String(_)
            | Val::Bytes(_) => self.unify_scalar(node, val, span),
        }
        Ok(())
    }

    fn unify_scalar(&self, node: &'a Node<'a>, val: Val<'a>, span: Span) {
        match node.scalar.get() {
            None => {
                let before = node.kind.get();
                self.restrict(node, self.kind_of(val), (val, span));
                if !node.kind.get().is_bottom() || before.is_bottom() {
                    node.scalar.set(Some(val));
                    node.span.set(span);
                }
            }
            Some(old) => {
                if !self.same_scalar(old, val) {
                    self.conflict(node, (old, node.span.get()), (val, span));
                }
            }
        }
    }

    /// Records an error that stops a task as one of the node.
    pub(crate) fn absorb(&self, node: &'a Node<'a>, stop: Stop<'a>) -> Outcome<'a, ()> {
        match stop {
            Stop::Bottom(bottom) => {
                self.fail(node, bottom);
                Ok(())
            }
            other => Err(other),
        }
    }
}

impl Arms<'_> {
    /// Tells apart disjunctions.
    pub(crate) fn address(&self) -> usize {
        match self {
            Arms::Exprs(arms) => arms.as_ptr() as usize,
            Arms::Vals(key, _) => *key,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Arms::Exprs(arms) => arms.len(),
            Arms::Vals(_, vals) => vals.len(),
        }
    }

    /// Whether some arm has a mark.
    pub(crate) fn is_marked(&self) -> bool {
        (0..self.len()).any(|arm| self.is_default(arm))
    }

    pub(crate) fn is_default(&self, arm: usize) -> bool {
        match self {
            Arms::Exprs(arms) => arms[arm].default,
            Arms::Vals(_, vals) => vals[arm].0,
        }
    }
}
