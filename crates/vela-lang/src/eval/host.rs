//! The bridge between builtins and the evaluator.

use super::node::{Conjunct, Label, Node, Val};
use super::{Eval, Outcome, Stop};
use crate::data::Data;
use crate::diagnostic::Class;
use crate::ir::Presence;
use crate::source::Span;
use crate::std::host::{self, Fault, Handle, Host, Kind};
use std::sync::Arc;

/// What one call of a builtin sees.
pub(crate) struct Bridge<'e, 'a> {
    eval: &'e Eval<'a>,
    at: &'a Node<'a>,
    handles: Vec<Val<'a>>,
    stops: Vec<Stop<'a>>,
}

/// Marks handles of stops.
const STOP: u32 = 1 << 31;

impl<'e, 'a> Bridge<'e, 'a> {
    pub(crate) fn new(eval: &'e Eval<'a>, at: &'a Node<'a>) -> Bridge<'e, 'a> {
        Bridge { eval, at, handles: Vec::new(), stops: Vec::new() }
    }

    fn handle(&mut self, val: Val<'a>) -> Handle {
        self.handles.push(val);
        Handle(self.handles.len() as u32 - 1)
    }

    fn stopped(&mut self, stop: Stop<'a>) -> Fault {
        self.stops.push(stop);
        Fault::Host(Handle(STOP | (self.stops.len() as u32 - 1)))
    }

    /// The stop behind a handle of [`Fault::Host`].
    pub(crate) fn stop(&mut self, handle: Handle) -> Stop<'a> {
        let index = (handle.0 & !STOP) as usize;
        if index < self.stops.len() { self.stops.swap_remove(index) } else { Stop::Blocked }
    }

    /// A value of the evaluator for a builtin.
    pub(crate) fn outgoing(&mut self, val: Val<'a>) -> host::Val {
        match val {
            Val::Null => host::Val::Null,
            Val::Bool(b) => host::Val::Bool(b),
            Val::Int(_) | Val::Number(_) => match self.eval.number(val) {
                Some(number) => host::Val::Number(number),
                None => host::Val::Null,
            },
            Val::String(s) => host::Val::String(s.into()),
            Val::Bytes(b) => host::Val::Bytes(b.into()),
            Val::Node(node) => {
                let node = self.eval.value_default(node).unwrap_or(node);
                if let Some(scalar) = node.scalar.get() {
                    return self.outgoing(scalar);
                }
                let kind = node.kind.get();
                let handle = self.handle(Val::Node(node));
                if !node.arms().is_empty() {
                    host::Val::Other(handle)
                } else if kind == Kind::LIST {
                    host::Val::List(handle)
                } else if kind == Kind::STRUCT {
                    host::Val::Struct(handle)
                } else {
                    host::Val::Other(handle)
                }
            }
            other => host::Val::Other(self.handle(other)),
        }
    }

    fn arena(&self, val: &host::Val) -> Val<'a> {
        match val {
            host::Val::Null => Val::Null,
            host::Val::Bool(b) => Val::Bool(*b),
            host::Val::Number(n) => self.eval.number_val(n.clone()),
            host::Val::String(s) => Val::String(self.eval.bump.alloc_str(s)),
            host::Val::Bytes(b) => Val::Bytes(self.eval.bump.alloc_slice_copy(b)),
            host::Val::List(h) | host::Val::Struct(h) | host::Val::Other(h) => {
                self.handles.get(h.0 as usize).copied().unwrap_or(Val::Null)
            }
        }
    }

    /// A result of a builtin for the evaluator.
    pub(crate) fn incoming(&mut self, val: &host::Val) -> Outcome<'a, Val<'a>> {
        Ok(self.arena(val))
    }

    fn node_of(&self, handle: Handle) -> Option<&'a Node<'a>> {
        match self.handles.get(handle.0 as usize) {
            Some(Val::Node(node)) => Some(node),
            _ => None,
        }
    }

    fn evaluated(&mut self, node: &'a Node<'a>) -> Result<&'a Node<'a>, Fault> {
        match self.eval.deep(node) {
            Ok(()) => {}
            Err(stop) => return Err(self.stopped(stop)),
        }
        if self.eval.has_stuck(node) && !self.eval.force.get() {
            return Err(self.stopped(Stop::Blocked));
        }
        if let Some(bottom) = node.target().error() {
            return Err(self.stopped(Stop::Bottom(bottom)));
        }
        Ok(node)
    }

    fn data_of(&mut self, node: &'a Node<'a>, depth: u32) -> Result<Data, Fault> {
        if depth > self.eval.limits.depth {
            return Err(Fault::Failed("value is nested too deeply".to_owned()));
        }
        self.charge(1)?;
        let node = self.evaluated(node)?;
        let node = match self.eval.value_default(node) {
            Ok(node) => node,
            Err(stop) => return Err(self.stopped(stop)),
        };
        if let Some(scalar) = node.scalar.get() {
            return self.scalar_data(scalar);
        }
        match node.kind.get() {
            Kind::LIST if node.arms().is_empty() => {
                let entries = self.eval.ordered(node);
                entries
                    .iter()
                    .filter(|e| matches!(e.label, Label::Index(_)))
                    .map(|e| crate::depth::grow(|| self.data_of(e.node, depth + 1)))
                    .collect::<Result<_, _>>()
                    .map(Data::List)
            }
            Kind::STRUCT if node.arms().is_empty() => {
                let mut fields = Vec::new();
                for entry in self.eval.ordered(node) {
                    let Label::Field(symbol) = entry.label else { continue };
                    if !symbol.is_regular() || entry.node.presence.get() == Presence::Optional {
                        continue;
                    }
                    let text = self.eval.symbols.borrow().text(symbol).clone();
                    if entry.node.presence.get() == Presence::Required {
                        return Err(Fault::Incomplete(format!(
                            "{text}: field is required but not present"
                        )));
                    }
                    let data = crate::depth::grow(|| self.data_of(entry.node, depth + 1))?;
                    fields.push((text, data));
                }
                Ok(Data::Struct(fields.into()))
            }
            _ => {
                let shown = self.eval.show(self.eval.known_top(node));
                Err(Fault::Incomplete(format!("cannot convert incomplete value {shown:?} to JSON")))
            }
        }
    }

    fn scalar_data(&mut self, val: Val<'a>) -> Result<Data, Fault> {
        Ok(match val {
            Val::Null => Data::Null,
            Val::Bool(b) => Data::Bool(b),
            Val::String(s) => Data::String(s.into()),
            Val::Bytes(b) => Data::Bytes(b.into()),
            Val::Int(_) | Val::Number(_) => match self.eval.number(val) {
                Some(number) => Data::Number(number),
                None => Data::Null,
            },
            other => {
                let shown = self.eval.show(other);
                return Err(Fault::Incomplete(format!(
                    "cannot convert incomplete value {shown:?} to JSON"
                )));
            }
        })
    }

    fn test_node(&self, vals: &[Val<'a>]) -> &'a Node<'a> {
        let node = Node::new(self.eval.bump, Some(self.at), Label::None);
        for val in vals {
            let conjunct: Conjunct<'a> = self.eval.val_conjunct(*val, Span::NONE);
            node.conjuncts.push(self.eval.bump, conjunct);
        }
        node
    }
}

impl<'a> Eval<'a> {
    /// Plain data as a value.
    pub(crate) fn data_val(&self, at: &'a Node<'a>, data: &Data) -> Outcome<'a, Val<'a>> {
        self.charge(1)?;
        self.deeper(|| {
            Ok(match data {
                Data::Null => Val::Null,
                Data::Bool(b) => Val::Bool(*b),
                Data::Number(n) => self.number_val(n.clone()),
                Data::String(s) => Val::String(self.bump.alloc_str(s)),
                Data::Bytes(b) => Val::Bytes(self.bump.alloc_slice_copy(b)),
                Data::List(items) => {
                    let vals = items
                        .iter()
                        .map(|item| self.data_val(at, item))
                        .collect::<Result<Vec<_>, _>>()?;
                    self.list_of(at, &vals)?
                }
                Data::Struct(fields) => {
                    let mut vals = Vec::with_capacity(fields.len());
                    for (name, value) in fields {
                        vals.push((&**name, self.data_val(at, value)?));
                    }
                    self.struct_of(at, &vals)
                }
            })
        })
    }
}

impl Host for Bridge<'_, '_> {
    fn charge(&mut self, amount: usize) -> Result<(), Fault> {
        if amount > self.eval.limits.memory {
            let stop = self.eval.give_up("limit/memory", "a result gets too large");
            return Err(self.stopped(stop));
        }
        match self.eval.charge(amount as u64 / 16 + 1) {
            Ok(()) => Ok(()),
            Err(stop) => Err(self.stopped(stop)),
        }
    }

    fn kind(&self, value: &host::Val) -> Kind {
        self.eval.kind_of(self.arena(value))
    }

    fn show(&mut self, value: &host::Val) -> String {
        self.eval.show(self.arena(value))
    }

    fn elements(&mut self, list: Handle) -> Result<Vec<host::Val>, Fault> {
        let Some(node) = self.node_of(list) else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        for entry in self.eval.ordered(node) {
            if matches!(entry.label, Label::Index(_)) {
                self.charge(1)?;
                let element = self.evaluated(entry.node)?;
                out.push(self.outgoing(Val::Node(element)));
            }
        }
        Ok(out)
    }

    fn is_open_list(&mut self, list: Handle) -> bool {
        self.node_of(list)
            .and_then(|node| node.fields.get())
            .is_some_and(|fields| self.eval.is_open_list(fields))
    }

    fn fields(&mut self, of: Handle) -> Result<Vec<(Arc<str>, host::Val)>, Fault> {
        let Some(node) = self.node_of(of) else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        for entry in self.eval.ordered(node) {
            let Label::Field(symbol) = entry.label else { continue };
            if symbol.is_regular() && entry.node.presence.get() == Presence::Regular {
                self.charge(1)?;
                let text = self.eval.symbols.borrow().text(symbol).clone();
                let field = self.evaluated(entry.node)?;
                out.push((text, self.outgoing(Val::Node(field))));
            }
        }
        Ok(out)
    }

    fn is_open_struct(&mut self, of: Handle) -> bool {
        self.node_of(of).is_some_and(|node| !self.eval.is_closed(node))
    }

    fn lookup(&mut self, of: Handle, name: &str) -> Option<host::Val> {
        let node = self.node_of(of)?;
        let symbol = self.eval.symbols.borrow_mut().regular(name);
        let field = self.eval.entry(node, Label::Field(symbol))?;
        (field.presence.get() == Presence::Regular).then(|| self.outgoing(Val::Node(field)))
    }

    fn list(&mut self, elements: Vec<host::Val>) -> host::Val {
        let vals: Vec<Val<'_>> = elements.iter().map(|v| self.arena(v)).collect();
        match self.eval.list_of(self.at, &vals) {
            Ok(Val::Node(node)) => {
                let _ = self.eval.shallow(node);
                host::Val::List(self.handle(Val::Node(node)))
            }
            _ => host::Val::Null,
        }
    }

    fn make_struct(&mut self, fields: Vec<(Arc<str>, host::Val)>) -> host::Val {
        let vals: Vec<(&str, Val<'_>)> =
            fields.iter().map(|(name, v)| (&**name, self.arena(v))).collect();
        let made = self.eval.struct_of(self.at, &vals);
        if let Val::Node(node) = made {
            let _ = self.eval.shallow(node);
        }
        host::Val::Struct(self.handle(made))
    }

    fn equal(&mut self, a: &host::Val, b: &host::Val) -> bool {
        match (self.arena(a), self.arena(b)) {
            (Val::Node(x), Val::Node(y)) => self.eval.equal_nodes(x, y).unwrap_or(false),
            (x, y) => self.eval.same_scalar(x, y),
        }
    }

    fn unify(&mut self, a: &host::Val, b: &host::Val) -> Option<host::Val> {
        let node = self.test_node(&[self.arena(a), self.arena(b)]);
        self.eval.deep(node).ok()?;
        if self.eval.fatal_error(node.target()).is_some() || self.eval.child_error(node).is_some() {
            return None;
        }
        Some(self.outgoing(Val::Node(node)))
    }

    fn validate(
        &mut self,
        value: &host::Val,
        schema: &host::Val,
        concrete: bool,
    ) -> Result<(), Fault> {
        let node = self.test_node(&[self.arena(value), self.arena(schema)]);
        if let Err(stop) = self.eval.deep(node) {
            return Err(self.stopped(stop));
        }
        let fatal = self.eval.fatal_error(node.target()).or_else(|| self.eval.child_error(node));
        if let Some(bottom) = fatal {
            return Err(Fault::Unsatisfied(Some(self.eval.message(bottom))));
        }
        if concrete {
            match self.eval.first_incomplete(node) {
                Ok(Some(text)) => return Err(Fault::NotYet(Some(text))),
                Ok(None) => {}
                Err(stop) => return Err(self.stopped(stop)),
            }
        }
        Ok(())
    }

    fn less(
        &mut self,
        comparator: &host::Val,
        x: &host::Val,
        y: &host::Val,
    ) -> Result<bool, Fault> {
        self.charge(1)?;
        let operands = self.eval.struct_of(self.at, &[("x", self.arena(x)), ("y", self.arena(y))]);
        let node = self.test_node(&[self.arena(comparator), operands]);
        if let Err(stop) = self.eval.shallow(node) {
            return Err(self.stopped(stop));
        }
        let symbol = self.eval.symbols.borrow_mut().regular("less");
        let target = node.target();
        let Some(less) = self.eval.entry(target, Label::Field(symbol)) else {
            return Err(Fault::Failed("comparator has no field less".to_owned()));
        };
        let val = match self.eval.value_of(less) {
            Ok(val) => val,
            Err(stop) => return Err(self.stopped(stop)),
        };
        let concrete = self.eval.concrete(val, Span::NONE, |e, val, kind| {
            let text = format!("non-concrete value {} (type {kind})", e.show(val));
            e.incomplete("cue/call", Span::NONE, &text)
        });
        match concrete {
            Ok(Val::Bool(b)) => Ok(b),
            Ok(_) => Err(Fault::Failed("less is no bool".to_owned())),
            Err(stop) => Err(self.stopped(stop)),
        }
    }

    fn data(&mut self, value: &host::Val) -> Result<Data, Fault> {
        match self.arena(value) {
            Val::Node(node) => {
                let node = self.evaluated(node)?;
                if let Some(bottom) = self.eval.child_error(node)
                    && bottom.class > Class::Incomplete
                {
                    return Err(Fault::Failed(self.eval.message(bottom)));
                }
                self.data_of(node, 0)
            }
            scalar => self.scalar_data(scalar),
        }
    }

    fn from_data(&mut self, data: &Data) -> host::Val {
        match self.eval.data_val(self.at, data) {
            Ok(val) => {
                if let Val::Node(node) = val {
                    let _ = self.eval.deep(node);
                }
                self.outgoing(val)
            }
            Err(_) => host::Val::Null,
        }
    }

    fn of_kind(&mut self, kind: Kind) -> host::Val {
        host::Val::Other(self.handle(Val::Kind(kind)))
    }
}
