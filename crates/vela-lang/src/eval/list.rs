//! Lists: literals, lengths, elements, slices.

use super::node::{
    Binds, Conjunct, Entry, Env, Fields, Label, ListPart, Node, Origin, Val, What, flag,
};
use super::unify::Context;
use super::{Eval, Outcome};
use crate::ir::{self, Element};
use crate::source::Span;
use crate::std::host::Kind;
use std::cell::Cell;

impl<'a> Eval<'a> {
    /// A list literal: its elements, in an environment of this node.
    pub(crate) fn process_list(
        &self,
        node: &'a Node<'a>,
        list: &'a ir::List,
        span: Span,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        self.charge(1 + list.elements.len() as u64)?;
        let env: &'a Env<'a> =
            self.bump.alloc(Env { up: cx.env, binds: Binds::List(node), origin: cx.origin });
        let env = Some(env);
        let inner = Context { env, ..cx };
        let declared = self.list_declared(cx.place, span);
        // Comprehensions first: they may have to wait, and then nothing must have been added yet.
        let mut conjuncts: Vec<Conjunct<'a>> = Vec::with_capacity(list.elements.len());
        for element in &list.elements {
            match element {
                Element::Expr(expr) => conjuncts.push(Conjunct {
                    what: What::Expr(expr),
                    env,
                    scope: cx.scope,
                    origin: cx.origin,
                    linked: false,
                    declared,
                }),
                Element::Comprehension(c) => {
                    self.each_yield(node, c, inner, &mut |conjunct| {
                        conjuncts.push(Conjunct { declared, ..conjunct });
                        Ok(())
                    })?;
                }
            }
        }
        node.set(flag::STRUCT);
        self.restrict(node, Kind::LIST, (Val::Node(node), span));
        let fields = node.fields_or_new(self.bump);
        fields.literals.push(
            self.bump,
            super::node::Literal {
                scope: cx.scope,
                open: list.rest.is_some(),
                lit: None,
                chain: None,
            },
        );
        let part = ListPart {
            len: conjuncts.len() as u32,
            open: list.rest.is_some(),
            rest: list.rest.as_ref().and_then(|rest| rest.as_deref()),
            env,
            scope: cx.scope,
            origin: cx.origin,
            declared,
            span,
        };
        self.add_list(node, fields, part, conjuncts)
    }

    fn add_list(
        &self,
        node: &'a Node<'a>,
        fields: &'a Fields<'a>,
        part: ListPart<'a>,
        conjuncts: Vec<Conjunct<'a>>,
    ) -> Outcome<'a, ()> {
        for entry in fields.entries.iter() {
            if let Label::Index(index) = entry.label
                && index >= part.len
            {
                self.add_rest(entry.node, &part)?;
            }
        }
        fields.entries.reserve(self.bump, conjuncts.len(), Entry { label: Label::None, node });
        for (index, conjunct) in conjuncts.into_iter().enumerate() {
            let child = self.element_node(node, fields, index as u32)?;
            self.add(child, conjunct)?;
        }
        fields.lists.push(self.bump, part);
        Ok(())
    }

    /// Adds what an open list says of elements past its own to one of them.
    pub(crate) fn add_rest(&self, child: &'a Node<'a>, part: &ListPart<'a>) -> Outcome<'a, ()> {
        let Some(rest) = part.rest else { return Ok(()) };
        let conjunct = Conjunct {
            what: What::Expr(rest),
            env: part.env,
            scope: part.scope,
            origin: part.origin,
            linked: false,
            declared: part.declared,
        };
        self.add(child, conjunct)
    }

    /// Fails a list of which two literals want different lengths.
    pub(crate) fn check_lists(&self, node: &'a Node<'a>) {
        let Some(fields) = node.fields.get() else { return };
        if fields.lists.len() < 2 {
            return;
        }
        let mut closed: Option<ListPart<'a>> = None;
        let mut longest: Option<ListPart<'a>> = None;
        let mut wrong: Option<(u32, u32, Span)> = None;
        for part in fields.lists.iter() {
            if !part.open {
                match closed {
                    Some(other) if other.len != part.len && wrong.is_none() => {
                        wrong = Some((other.len, part.len, part.span));
                    }
                    Some(_) => {}
                    None => closed = Some(part),
                }
            }
            if longest.is_none_or(|l| l.len < part.len) {
                longest = Some(part);
            }
        }
        if let (Some(closed), Some(longest), None) = (closed, longest, wrong)
            && longest.len > closed.len
        {
            wrong = Some((closed.len, longest.len, longest.span));
        }
        if let Some((a, b, span)) = wrong {
            let text = format!("incompatible list lengths ({} and {})", a.min(b), a.max(b));
            let bottom =
                self.bottom(crate::diagnostic::Class::Eval, "cue/list-length", span, &text);
            self.fail(node, bottom);
        }
    }

    /// How many elements a list has for sure.
    pub(crate) fn list_len(&self, fields: &Fields<'a>) -> u32 {
        fields.lists.iter().map(|part| part.len).max().unwrap_or(0)
    }

    /// Whether a list may have more elements.
    pub(crate) fn is_open_list(&self, fields: &Fields<'a>) -> bool {
        fields.lists.iter().all(|part| part.open)
    }

    /// Makes a node a closed list of these values.
    pub(crate) fn fill_list(&self, node: &'a Node<'a>, vals: &[Val<'a>]) -> Outcome<'a, ()> {
        let conjuncts = vals.iter().map(|val| self.val_conjunct(*val, Span::NONE)).collect();
        self.fill_list_with(node, conjuncts)
    }

    /// Makes a node a closed list of these conjuncts.
    pub(crate) fn fill_list_with(
        &self,
        node: &'a Node<'a>,
        conjuncts: Vec<Conjunct<'a>>,
    ) -> Outcome<'a, ()> {
        self.charge(conjuncts.len() as u64)?;
        let list: &'a [Conjunct<'a>] = self.bump.alloc_slice_copy(&conjuncts);
        let made = self.bump.alloc(MadeList { conjuncts: list, open: Cell::new(false) });
        self.push(node, self.val_conjunct(Val::List(made), Span::NONE));
        Ok(())
    }

    /// Adds the elements of a list that was made by a function.
    pub(crate) fn unify_made_list(
        &self,
        node: &'a Node<'a>,
        made: &'a MadeList<'a>,
        span: Span,
    ) -> Outcome<'a, ()> {
        node.set(flag::STRUCT);
        self.restrict(node, Kind::LIST, (Val::Node(node), span));
        let fields = node.fields_or_new(self.bump);
        let part = ListPart {
            len: made.conjuncts.len() as u32,
            open: made.open.get(),
            rest: None,
            env: None,
            scope: None,
            origin: Origin::NONE,
            declared: None,
            span,
        };
        self.add_list(node, fields, part, made.conjuncts.to_vec())?;
        for (index, conjunct) in made.conjuncts.iter().enumerate() {
            if let What::Val((Val::Node(arm), _)) = conjunct.what
                && let Some(element) = self.entry(node, Label::Index(index as u32))
            {
                self.choose_as(element, arm);
            }
        }
        Ok(())
    }

    /// `x[i:j]`
    pub(crate) fn slice(
        &self,
        at: &'a Node<'a>,
        span: Span,
        base: &'a ir::Expr,
        low: Option<&'a ir::Expr>,
        high: Option<&'a ir::Expr>,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, Val<'a>> {
        let val = self.concrete_for(at, base, env, |e, val, kind| {
            let text = format!("cannot slice {} (type {kind})", e.show(val));
            if kind.and(Kind::LIST.or(Kind::BYTES)).is_bottom() || kind == Kind::TOP {
                return e.eval_error("cue/slice", span, &text);
            }
            e.incomplete("cue/slice", span, &text)
        })?;
        let length = match val {
            Val::Bytes(b) => b.len(),
            Val::Node(node) if self.kind_of(val) == Kind::LIST => {
                self.need_settled(node)?;
                node.fields.get().map_or(0, |f| self.list_len(f)) as usize
            }
            _ => {
                let text = format!("cannot slice {} (type {})", self.show(val), self.kind_of(val));
                return self.eval_error("cue/slice", span, &text);
            }
        };
        let low = low.map_or(Ok(0), |e| self.slice_index(at, e, env))?;
        let high = high.map_or(Ok(length), |e| self.slice_index(at, e, env))?;
        if low > high {
            let text = format!("invalid slice index: {low} > {high}");
            return self.eval_error("cue/slice", span, &text);
        }
        if high > length {
            return self.eval_error("cue/slice", span, &format!("index {high} out of range"));
        }
        match val {
            Val::Bytes(b) => Ok(Val::Bytes(&b[low..high])),
            Val::Node(node) => {
                let elements: Vec<Val<'a>> = (low..high)
                    .filter_map(|i| self.entry(node, Label::Index(i as u32)))
                    .map(Val::Node)
                    .collect();
                self.list_of(at, &elements)
            }
            _ => self.eval_error("cue/slice", span, "cannot slice"),
        }
    }

    fn slice_index(
        &self,
        at: &'a Node<'a>,
        expr: &'a ir::Expr,
        env: Option<&'a Env<'a>>,
    ) -> Outcome<'a, usize> {
        let val = self.concrete_for(at, expr, env, |e, val, _| {
            let text = format!("invalid non-ground value {} (must be concrete int)", e.show(val));
            e.incomplete("cue/slice", expr.span, &text)
        })?;
        match val {
            Val::Int(i) if i >= 0 => Ok(usize::try_from(i).unwrap_or(usize::MAX)),
            Val::Int(_) => {
                self.eval_error("cue/slice", expr.span, "cannot convert negative number to uint64")
            }
            other => {
                let text = format!(
                    "cannot use {} (type {}) as type int in slice index",
                    self.show(other),
                    self.kind_of(other)
                );
                self.eval_error("cue/slice", expr.span, &text)
            }
        }
    }
}

/// A list that a function made.
pub(crate) struct MadeList<'a> {
    pub(crate) conjuncts: &'a [Conjunct<'a>],
    pub(crate) open: Cell<bool>,
}

/// A struct that a function made: fields in order.
pub(crate) struct MadeStruct<'a> {
    pub(crate) fields: &'a [(ir::Symbol, Conjunct<'a>)],
}

impl<'a> Eval<'a> {
    /// Adds the fields of a struct that was made by a function.
    pub(crate) fn unify_made_struct(
        &self,
        node: &'a Node<'a>,
        made: &'a MadeStruct<'a>,
        span: Span,
        cx: Context<'a>,
    ) -> Outcome<'a, ()> {
        node.set(flag::STRUCT);
        self.restrict(node, Kind::STRUCT, (Val::Node(node), span));
        let fields = node.fields_or_new(self.bump);
        let chain = self.chain(super::order::ChainKind::Made, cx.place, span);
        fields.literals.push(
            self.bump,
            super::node::Literal { scope: None, open: false, lit: None, chain: Some(chain) },
        );
        for (at, (label, conjunct)) in (0..).zip(made.fields) {
            chain.labels.push(self.bump, (at, *label));
            let conjunct = Conjunct { declared: Some((chain, at)), ..*conjunct };
            self.add_field(node, fields, *label, ir::Presence::Regular, conjunct)?;
        }
        Ok(())
    }

    /// A new struct with these fields.
    pub(crate) fn struct_of(&self, at: &'a Node<'a>, fields: &[(&str, Val<'a>)]) -> Val<'a> {
        let fields: Vec<(ir::Symbol, Conjunct<'a>)> = fields
            .iter()
            .map(|(name, val)| {
                let symbol = self.symbols.borrow_mut().regular(name);
                (symbol, self.val_conjunct(*val, Span::NONE))
            })
            .collect();
        let fields: &'a [(ir::Symbol, Conjunct<'a>)] = self.bump.alloc_slice_copy(&fields);
        let made = self.bump.alloc(MadeStruct { fields });
        let node = Node::new(self.bump, Some(at), Label::None);
        self.push(node, self.val_conjunct(Val::Struct(made), Span::NONE));
        Val::Node(node)
    }
}
