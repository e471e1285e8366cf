//! Calls: functions of the language, builtin packages, validators.

use super::host::Bridge;
use super::matching::Verdict;
use super::node::{
    Arms, Bottom, Combination, Env, Extra, Hint, Label, Node, Val, Validator, Why, flag,
};
use super::unify::Context;
use super::{Eval, Outcome, Stop};
use crate::diagnostic::Class;
use crate::ir::{self, Core, ExprKind};
use crate::source::Span;
use crate::std::host::{Fault, Function, Kind};

/// The name of a function as messages give it.
#[derive(Clone, Copy)]
pub(crate) enum Callee {
    /// A function of the language.
    Core(&'static str),
    /// A function of a package.
    Member(&'static str, &'static str),
}

impl std::fmt::Display for Callee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Callee::Core(name) => f.write_str(name),
            Callee::Member(path, name) => write!(f, "{path}.{name}"),
        }
    }
}

impl Callee {
    /// The name where the number or the kinds of arguments are wrong: a path of several parts in quotes.
    fn quoted(self) -> String {
        match self {
            Callee::Member(path, name) if path.contains('/') => format!("\"{path}\".{name}"),
            other => other.to_string(),
        }
    }
}

impl<'a> Eval<'a> {
    /// A function as a value; one that checks its only argument is a validator.
    pub(crate) fn function_value(
        &self,
        expr: &'a ir::Expr,
        function: &Function,
        env: Option<&'a Env<'a>>,
    ) -> Val<'a> {
        match function.params {
            [only] if only.default.is_none() && function.result == Kind::BOOL => {
                self.validator(expr, only.kind, &[], &[], expr.span, env)
            }
            _ => Val::Function(expr),
        }
    }

    fn validator(
        &self,
        function: &'a ir::Expr,
        kind: Kind,
        args: &[Val<'a>],
        exprs: &'a [ir::Expr],
        span: Span,
        env: Option<&'a Env<'a>>,
    ) -> Val<'a> {
        let args = self.bump.alloc_slice_copy(args);
        Val::Validator(self.bump.alloc(Validator { function, args, span, kind, env, exprs }))
    }

    /// Calls that say something about a node rather than give a value: `and`, `or`.
    pub(crate) fn call_as_conjunct(
        &self,
        node: &'a Node<'a>,
        expr: &'a ir::Expr,
        cx: Context<'a>,
    ) -> Outcome<'a, bool> {
        let ExprKind::Call(function, args) = &expr.kind else { return Ok(false) };
        let (ExprKind::Core(core @ (Core::And | Core::Or | Core::Close)), [arg]) =
            (&function.kind, &**args)
        else {
            return Ok(false);
        };
        if *core == Core::Close {
            let kind = Kind::STRUCT;
            let val =
                self.argument(node, expr.span, Callee::Core(core.name()), 0, kind, arg, cx.env)?;
            if let Val::Node(arm) = val {
                self.choose_as(node, arm);
            }
            let scope = self.close_with(node, cx.scope, super::closed::ScopeKind::CloseOnce);
            self.unify_val(node, val, arg.span, Context { scope, ..cx })?;
            return Ok(true);
        }
        let val =
            self.argument(node, expr.span, Callee::Core(core.name()), 0, Kind::LIST, arg, cx.env)?;
        let Val::Node(list) = val else { return Ok(false) };
        self.need_settled(list)?;
        let elements: Vec<&'a Node<'a>> = self
            .ordered(list)
            .into_iter()
            .filter(|e| matches!(e.label, Label::Index(_)))
            .map(|e| e.node)
            .collect();
        if *core == Core::And {
            for element in elements {
                self.link(node, element, None, cx, expr.span)?;
            }
            return Ok(true);
        }
        if elements.is_empty() {
            let text = "error in call to or: empty list in call to or";
            return self.incomplete("cue/call", expr.span, text);
        }
        let vals: Vec<(bool, Val<'a>)> =
            elements.into_iter().map(|e| (false, Val::Node(e))).collect();
        let vals = self.bump.alloc_slice_copy(&vals);
        let key = std::ptr::from_ref(expr) as usize;
        self.add_disjunction(node, Arms::Vals(key, vals), expr.span, cx)?;
        Ok(true)
    }

    /// Makes the choices of an arm those of a node that is about to take the arm's conjuncts, which
    /// have the whole disjunctions.
    pub(crate) fn choose_as(&self, node: &'a Node<'a>, arm: &'a Node<'a>) {
        let chosen = arm.extra.get().map_or(&[][..], |extra| extra.choices());
        if arm.has(flag::ARM) && !chosen.is_empty() {
            let extra = node.extra_or_new(self.bump);
            let all: Vec<_> = extra.choices().iter().chain(chosen).copied().collect();
            let choices = self.bump.alloc_slice_copy(&all);
            let deferred = extra.deferred();
            extra.combination.set(Some(self.bump.alloc(Combination { choices, deferred })));
        }
    }

    /// An argument with its default taken and its kind checked.
    #[allow(clippy::too_many_arguments, reason = "what an error about it needs to say")]
    fn argument(
        &self,
        at: &'a Node<'a>,
        call: Span,
        name: Callee,
        index: usize,
        kind: Kind,
        arg: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        let val = self.argument_for(at, arg, env, |e, val, found| {
            if found.and(kind).is_bottom() {
                return e.wrong_argument(arg.span, name, index, kind, val);
            }
            if matches!(name, Callee::Core("close")) && matches!(val, Val::Kind(_)) {
                let text = "error in call to close: struct argument must be concrete";
                return e.eval_error("cue/call", call, text);
            }
            let text = if let Callee::Core(_) = name {
                format!(
                    "error in call to {name}: incomplete argument {} (type {found})",
                    e.show(val)
                )
            } else {
                format!("error in call to {name}: non-concrete value {}", e.show(val))
            };
            e.incomplete("cue/call", call, &text)
        })?;
        if self.kind_of(val).and(kind).is_bottom() {
            return self.wrong_argument(arg.span, name, index, kind, val);
        }
        if let Val::Node(node) = val
            && self.force.get()
        {
            self.take_fields(node)?;
        }
        Ok(val)
    }

    pub(crate) fn wrong_argument<T>(
        &self,
        span: Span,
        name: Callee,
        index: usize,
        kind: Kind,
        val: Val<'a>,
    ) -> Outcome<'a, T> {
        let wanted = kind.to_string();
        let wanted = if wanted.contains('|') && !wanted.starts_with('(') {
            format!("({wanted})")
        } else {
            wanted
        };
        let text = format!(
            "cannot use {} (type {}) as {wanted} in argument {} to {}",
            self.show(val),
            self.kind_of(val),
            index + 1,
            name.quoted()
        );
        self.eval_error("cue/argument", span, &text)
    }

    /// The value of a call.
    pub(crate) fn call(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        function: &'a ir::Expr,
        args: &'a [ir::Expr],
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        match &function.kind {
            ExprKind::Core(core) => self.core_call(at, expr, *core, function, args, env),
            ExprKind::Builtin(path, builtin) => {
                self.builtin_call(at, expr, path, builtin, function, args, env)
            }
            _ => {
                let val = match self.eval(at, function, env) {
                    Ok(Val::Node(node)) => {
                        self.need_settled(node)?;
                        node.scalar.get().unwrap_or_else(|| self.only_validator(node))
                    }
                    Ok(val) => val,
                    Err(Stop::Bottom(b)) if b.class <= Class::Incomplete => {
                        return self.not_a_function(function, "_|_");
                    }
                    Err(stop) => return Err(stop),
                };
                match val {
                    Val::Function(target) => self.call(at, expr, target, args, env),
                    // The function itself as a validator was not called yet.
                    Val::Validator(v) if v.span == v.function.span => {
                        self.call(at, expr, v.function, args, env)
                    }
                    Val::Validator(_) => {
                        let name = self.source_text(function);
                        let text = format!("cannot call previously called validator {name}");
                        self.eval_error("cue/call", function.span, &text)
                    }
                    other => {
                        let kind = self.kind_of(other);
                        if Kind::TOP.within(kind) {
                            let name = self.source_text(function);
                            let text = format!("cannot call non-concrete value {name} (type _)");
                            return self.incomplete("cue/call", function.span, &text);
                        }
                        self.not_a_function(function, &kind.to_string())
                    }
                }
            }
        }
    }

    /// The validator that a node is, where it is nothing but one.
    fn only_validator(&self, node: &'a Node<'a>) -> Val<'a> {
        let validators = node.extra.get().map(|extra| &extra.validators);
        match validators {
            Some(validators) if node.fields.get().is_none() && validators.len() == 1 => {
                validators.get(0).map_or(Val::Node(node), Val::Validator)
            }
            _ => Val::Node(node),
        }
    }

    fn not_a_function<T>(&self, function: &'a ir::Expr, kind: &str) -> Outcome<'a, T> {
        let text = format!("cannot call non-function {} (type {kind})", self.source_text(function));
        let bottom = self.bottom(Class::Eval, "cue/call", function.span, &text);
        let hint = Hint::Callee(function);
        Err(Stop::Bottom(self.bump.alloc(Bottom { hint, ..*bottom })))
    }

    fn arity<T>(&self, span: Span, name: Callee, have: usize, want: usize) -> Outcome<'a, T> {
        let how = if have > want { "too many" } else { "not enough" };
        let text =
            format!("{how} arguments in call to {} (have {have}, want {want})", name.quoted());
        self.eval_error("cue/arity", span, &text)
    }

    fn core_call(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        core: Core,
        function: &'a ir::Expr,
        args: &'a [ir::Expr],
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        let name = Callee::Core(core.name());
        let want = match core {
            Core::Len
            | Core::Close
            | Core::And
            | Core::Or
            | Core::Error
            | Core::CloseAll
            | Core::Reclose => 1,
            Core::Div | Core::Mod | Core::Quo | Core::Rem => 2,
            Core::MatchN => 3,
            Core::MatchIf => 4,
        };
        let checks = matches!(core, Core::MatchN | Core::MatchIf);
        if checks && args.len() + 1 == want {
            return Ok(self.validator(function, Kind::TOP, &[], args, expr.span, env));
        }
        if args.len() != want {
            return self.arity(expr.span, name, args.len(), want);
        }
        match core {
            Core::And | Core::Or | Core::Close => {
                let node = self.inline(at, expr, env);
                self.value_of(node)
            }
            Core::Len => {
                let kinds = Kind::BYTES_OR_STRING.or(Kind::LIST).or(Kind::STRUCT);
                let val = self.argument(at, expr.span, name, 0, kinds, &args[0], env)?;
                self.length(val)
            }
            Core::Error => {
                let message = self.argument(at, expr.span, name, 0, Kind::STRING, &args[0], env);
                let text = match message {
                    Ok(Val::String(text)) => text.to_owned(),
                    Ok(other) => self.show(other),
                    Err(Stop::Bottom(b)) if b.class <= Class::Incomplete => self.message(b),
                    Err(stop) => return Err(stop),
                };
                Err(Stop::Bottom(self.bottom(Class::User, "cue/user-error", expr.span, &text)))
            }
            Core::Div | Core::Mod | Core::Quo | Core::Rem => {
                let a = self.argument(at, expr.span, name, 0, Kind::INT, &args[0], env)?;
                let b = self.argument(at, expr.span, name, 1, Kind::INT, &args[1], env)?;
                let (Some(a), Some(b)) = (self.number(a), self.number(b)) else {
                    return self.eval_error("cue/argument", expr.span, "ints are needed");
                };
                let result = match core {
                    Core::Div => a.int_div(&b),
                    Core::Mod => a.int_mod(&b),
                    Core::Quo => a.int_quo(&b),
                    _ => a.int_rem(&b),
                };
                match result {
                    Ok(number) => Ok(self.number_val(number)),
                    Err(error) => {
                        let text = format!("error in call to {name}: {error}");
                        self.eval_error("cue/call", expr.span, &text)
                    }
                }
            }
            Core::MatchN | Core::MatchIf => {
                let text = format!(
                    "error in call to {name}: {name} is a validator and should not be used as a function"
                );
                self.eval_error("cue/call", expr.span, &text)
            }
            Core::CloseAll | Core::Reclose => {
                let why = match args[0].kind {
                    ExprKind::Struct(_) | ExprKind::List(_) => {
                        format!("{name} may only be used when explicitopen is enabled")
                    }
                    _ => "argument must be a struct or list literal".to_owned(),
                };
                let text = format!("error in call to {name}: {why}");
                self.eval_error("cue/call", expr.span, &text)
            }
        }
    }

    fn length(&self, val: Val<'a>) -> Outcome<'a, Val<'a>> {
        let length = match val {
            Val::String(s) => s.len(),
            Val::Bytes(b) => b.len(),
            Val::Node(node) => {
                let node = self.value_default(node)?;
                self.need_settled(node)?;
                match node.fields.get() {
                    Some(fields) if !fields.lists.is_empty() => self.list_len(fields) as usize,
                    _ => self.regular(node).len(),
                }
            }
            _ => 0,
        };
        Ok(Val::Int(length as i64))
    }

    #[allow(clippy::too_many_arguments, reason = "a call has this many parts")]
    fn builtin_call(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        path: &'static str,
        builtin: &Function,
        function: &'a ir::Expr,
        args: &'a [ir::Expr],
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        let name = Callee::Member(path, builtin.name);
        let left_out = builtin.params.get(args.len()..).unwrap_or(&[]);
        let defaults: Vec<&'static str> = left_out.iter().filter_map(|p| p.default).collect();
        let complete = args.len() <= builtin.params.len() && defaults.len() == left_out.len();
        let checks =
            !complete && builtin.result == Kind::BOOL && args.len() + 1 == builtin.params.len();
        if !complete && !checks {
            return self.arity(expr.span, name, args.len(), builtin.params.len());
        }
        let first = usize::from(checks);
        let mut vals = Vec::with_capacity(args.len());
        for (i, arg) in args.iter().enumerate() {
            let param = &builtin.params[i + first];
            let val = if checks && !param.lax {
                let val = self.eval(at, arg, env)?;
                if let Val::Node(node) = val {
                    self.need_settled(node)?;
                    let node = self.default_of(node, arg.span)?;
                    node.scalar.get().unwrap_or(Val::Node(node))
                } else {
                    val
                }
            } else if param.lax {
                let val = self.eval(at, arg, env)?;
                if let Val::Node(node) = val {
                    self.need_settled(node)?;
                    self.deep(node)?;
                }
                val
            } else {
                self.argument(at, expr.span, name, i, param.kind, arg, env)?
            };
            if let Val::Node(node) = val {
                self.deep(node)?;
                if self.has_stuck(node) && !self.force.get() {
                    return Err(Stop::Blocked);
                }
            }
            vals.push(val);
        }
        if checks {
            return Ok(self.validator(
                function,
                builtin.params[0].kind,
                &vals,
                args,
                expr.span,
                env,
            ));
        }
        let schema = vals.iter().zip(builtin.params).find_map(|(val, param)| match val {
            Val::Node(node) if param.lax => Some(*node),
            _ => None,
        });
        vals.extend(defaults.into_iter().map(Val::String));
        let run = || self.run_builtin(at, name, builtin, &vals, expr.span);
        let Some(schema) = schema else { return run() };
        // A value that is held against a schema which asks for that again.
        let key = (args.as_ptr(), schema);
        let same = |(open, node): &(*const ir::Expr, &'a Node<'a>)| {
            std::ptr::eq(*open, key.0) && std::ptr::eq(*node, schema)
        };
        if self.matching.borrow().iter().any(same) {
            let text = "structural cycle";
            let bottom = self.bottom(Class::Structural, "cue/structural-cycle", expr.span, text);
            return Err(Stop::Bottom(bottom));
        }
        self.while_matching(key, run)
    }

    fn run_builtin(
        &self,
        at: &'a Node<'a>,
        name: Callee,
        builtin: &Function,
        vals: &[Val<'a>],
        span: Span,
    ) -> Outcome<'a, Val<'a>> {
        let mut bridge = Bridge::new(self, at);
        let result =
            bridge.arguments(builtin, vals).and_then(|args| (builtin.body)(&mut bridge, &args));
        match result {
            Ok(val) => bridge.incoming(&val),
            // Called with all arguments, a check answers; only as a validator it fails its value.
            Err(Fault::Unsatisfied(_) | Fault::NotYet(_)) => Ok(Val::Bool(false)),
            Err(fault) => Err(self.fault(&mut bridge, name, vals, span, fault)),
        }
    }

    fn fault(
        &self,
        bridge: &mut Bridge<'_, 'a>,
        name: Callee,
        vals: &[Val<'a>],
        span: Span,
        fault: Fault,
    ) -> Stop<'a> {
        let failed = |class, text: &str| Stop::Bottom(self.bottom(class, "cue/call", span, text));
        match fault {
            Fault::Host(handle) => bridge.stop(handle),
            Fault::Plain(text) => failed(Class::Eval, &text),
            Fault::Failed(text) => failed(Class::Eval, &format!("error in call to {name}: {text}")),
            Fault::Incomplete(text) => {
                failed(Class::Incomplete, &format!("error in call to {name}: {text}"))
            }
            Fault::Unsatisfied(detail) | Fault::NotYet(detail) => {
                let text = detail.unwrap_or_else(|| "not satisfied".to_owned());
                failed(Class::Eval, &format!("error in call to {name}: {text}"))
            }
            Fault::Argument(index, kind) => {
                let val = vals.get(index).copied().unwrap_or(Val::Null);
                let wrong: Outcome<'a, ()> = self.wrong_argument(span, name, index, kind, val);
                wrong.err().unwrap_or(Stop::Blocked)
            }
        }
    }

    /// Checks the validators of a node.
    pub(crate) fn check_validators(
        &self,
        node: &'a Node<'a>,
        extra: &'a Extra<'a>,
    ) -> Outcome<'a, ()> {
        let kind = node.kind.get();
        // A kind alone, as other validators imply it, is no value yet.
        let composite = (kind == Kind::STRUCT || kind == Kind::LIST) && node.fields.get().is_some();
        let val = match node.scalar.get() {
            Some(scalar) => scalar,
            None if composite => Val::Node(node),
            None => return Ok(()),
        };
        let undecided = extra.disjunctions.len() > extra.choices().len();
        if composite && undecided {
            return Ok(());
        }
        let mut later = None;
        for v in extra.validators.iter() {
            let checked = self.check_once(node, v, || match v.function.kind {
                ExprKind::Core(core) => self.check_core(node, v, core),
                _ => self.check_builtin(node, val, v),
            })?;
            if let Err((detail, class)) = checked {
                let detail = self.bump.alloc_str(&detail);
                let why = Why::Unsatisfied(val, v, detail);
                let spans = [node.span.get()];
                let bottom = self.bottom_why(class, "cue/validator", v.span, why, &spans);
                if class > Class::Incomplete {
                    return Err(Stop::Bottom(bottom));
                }
                later = Some(bottom);
            }
        }
        match later {
            Some(bottom) => Err(Stop::Bottom(bottom)),
            None => Ok(()),
        }
    }

    fn check_builtin(
        &self,
        node: &'a Node<'a>,
        val: Val<'a>,
        v: &'a Validator<'a>,
    ) -> Outcome<'a, Verdict> {
        let ExprKind::Builtin(path, builtin) = &v.function.kind else { return Ok(Ok(())) };
        let name = Callee::Member(path, builtin.name);
        for (i, arg) in v.args.iter().enumerate() {
            let param = builtin.params[i + 1];
            if !param.lax && self.kind_of(*arg).and(param.kind).is_bottom() {
                return self.wrong_argument(v.span, name, i + 1, param.kind, *arg);
            }
            let unknown = match arg {
                Val::Kind(_) | Val::Bound(_) | Val::Range(_) | Val::Validator(_) => true,
                Val::Node(node) => {
                    node.scalar.get().is_none()
                        && !matches!(node.kind.get(), Kind::STRUCT | Kind::LIST)
                }
                _ => false,
            };
            if !param.lax && unknown {
                let text = format!("non-concrete value {}", self.show(*arg));
                return Ok(Err((text, Class::Incomplete)));
            }
        }
        let mut vals = vec![val];
        vals.extend_from_slice(v.args);
        if let Val::Node(value) = val {
            // The node is being settled right now; its fields may be evaluated for the check.
            self.evaluate_fields(value)?;
        }
        let mut bridge = Bridge::new(self, node);
        let checked =
            bridge.arguments(builtin, &vals).and_then(|args| (builtin.body)(&mut bridge, &args));
        match checked {
            Ok(crate::std::host::Val::Bool(true)) => Ok(Ok(())),
            Ok(_) => Ok(Err((String::new(), Class::Eval))),
            Err(Fault::Unsatisfied(detail)) => Ok(Err((detail.unwrap_or_default(), Class::Eval))),
            Err(Fault::NotYet(detail)) => Ok(Err((detail.unwrap_or_default(), Class::Incomplete))),
            Err(Fault::Failed(text)) => Ok(Err((text, Class::Eval))),
            Err(fault) => Err(self.fault(&mut bridge, name, &vals, v.span, fault)),
        }
    }

    fn evaluate_fields(&self, node: &'a Node<'a>) -> Outcome<'a, ()> {
        for entry in self.regular(node) {
            self.deep(entry.node)?;
            if self.has_stuck(entry.node) && !self.force.get() {
                return Err(Stop::Blocked);
            }
        }
        Ok(())
    }
}
