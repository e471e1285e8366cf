//! The bridge between builtins and the evaluator.

use super::node::{Conjunct, Entry, Label, Node, Val};
use super::sort::Comparator;
use super::{Eval, Outcome, Stop};
use crate::data::Data;
use crate::diagnostic::Class;
use crate::ir::{self, ExprKind, Presence};
use crate::source::Span;
use crate::std::host::{self, Fault, Function, Handle, Host, Kind};
use std::sync::{Arc, LazyLock};

/// What one call of a builtin sees.
pub(crate) struct Bridge<'e, 'a> {
    eval: &'e Eval<'a>,
    at: &'a Node<'a>,
    handles: Vec<Val<'a>>,
    stops: Vec<Stop<'a>>,
    /// What this call was charged for.
    spent: usize,
}

/// What a value takes as plain data, beside its text.
const DATA: usize = 48;

/// Marks handles of stops.
const STOP: u32 = 1 << 31;

/// `*null | _`. There is one, since arms are told apart by where they are.
static NULL_OR_ANY: LazyLock<ir::Expr> = LazyLock::new(|| {
    let arm = |default, kind| ir::Arm { default, expr: ir::Expr { span: Span::NONE, kind } };
    let arms = vec![arm(true, ExprKind::Null), arm(false, ExprKind::Top)];
    ir::Expr { span: Span::NONE, kind: ExprKind::Or(arms) }
});

impl<'e, 'a> Bridge<'e, 'a> {
    pub(crate) fn new(eval: &'e Eval<'a>, at: &'a Node<'a>) -> Bridge<'e, 'a> {
        Bridge { eval, at, handles: Vec::new(), stops: Vec::new(), spent: 0 }
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

    /// The arguments of a builtin; those that take what is not concrete keep their disjunctions. The
    /// call is charged for reading its texts, and for a result that is not much longer.
    ///
    /// # Errors
    /// The texts are too long.
    pub(crate) fn arguments(
        &mut self,
        builtin: &Function,
        vals: &[Val<'a>],
    ) -> Result<Vec<host::Val>, Fault> {
        let bytes = vals.iter().map(|val| match val {
            Val::String(text) => text.len(),
            Val::Bytes(bytes) => bytes.len(),
            _ => 0,
        });
        self.charge(bytes.sum::<usize>().saturating_mul(2))?;
        let lax = |at: usize| builtin.params.get(at).is_some_and(|param| param.lax);
        let vals = vals.iter().enumerate();
        vals.map(|(at, val)| match val {
            Val::Node(node) if lax(at) && !node.target().arms().is_empty() => {
                host::Val::Other(self.handle(*val))
            }
            _ => self.outgoing(*val),
        })
        .map(Ok)
        .collect()
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
                if !node.arms().is_empty() || node.error().is_some() {
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

    fn list_val(&mut self, vals: &[Val<'a>]) -> host::Val {
        match self.eval.list_of(self.at, vals) {
            Ok(Val::Node(node)) => {
                let _ = self.eval.shallow(node);
                host::Val::List(self.handle(Val::Node(node)))
            }
            _ => host::Val::Null,
        }
    }

    /// The elements of a list, evaluated.
    fn member_nodes(&mut self, list: Handle) -> Result<Vec<&'a Node<'a>>, Fault> {
        let Some(node) = self.node_of(list) else { return Ok(Vec::new()) };
        let mut nodes = Vec::new();
        for entry in self.eval.ordered(node) {
            if matches!(entry.label, Label::Index(_)) {
                self.charge(1)?;
                nodes.push(match self.evaluated(entry.node) {
                    // What is incomplete is an element all the same; those that look at it find out.
                    Err(_) if self.is_incomplete(entry.node) => entry.node,
                    other => other?,
                });
            }
        }
        Ok(nodes)
    }

    /// The defaults of nodes that have one, the others as they are.
    fn defaults(&self, nodes: &[&'a Node<'a>]) -> Vec<&'a Node<'a>> {
        let default = |node: &&'a Node<'a>| self.eval.value_default(node).unwrap_or(node);
        nodes.iter().map(default).collect()
    }

    fn comparator(
        &self,
        comparator: &host::Val,
        elements: Vec<&'a Node<'a>>,
    ) -> Result<Comparator<'a>, Fault> {
        let found = match self.arena(comparator) {
            Val::Node(node) => self.eval.comparator(self.at, node.target(), elements),
            _ => None,
        };
        found.ok_or_else(|| Fault::Failed("field not found: less".to_owned()))
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

    fn is_incomplete(&self, node: &'a Node<'a>) -> bool {
        let done = self.eval.force.get() || !self.eval.has_stuck(node);
        done && node.target().error().is_some_and(|bottom| bottom.class <= Class::Incomplete)
    }

    fn data_of(&mut self, node: &'a Node<'a>, depth: u32) -> Result<Data, Fault> {
        if depth > self.eval.limits.depth {
            return Err(Fault::Failed("value is nested too deeply".to_owned()));
        }
        self.charge(DATA)?;
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
                    .map(|e| self.data_below(e, depth))
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
                    fields.push((text, self.data_below(&entry, depth)?));
                }
                Ok(Data::Struct(fields.into()))
            }
            _ => {
                let shown = self.eval.show(self.eval.known_top(node));
                Err(Fault::Incomplete(format!("incomplete value {shown}")))
            }
        }
    }

    /// The data of a field or element; what is incomplete there is named by its path.
    fn data_below(&mut self, entry: &Entry<'a>, depth: u32) -> Result<Data, Fault> {
        crate::depth::grow(|| self.data_of(entry.node, depth + 1)).map_err(|fault| match fault {
            Fault::Incomplete(text) => {
                let colon = text.starts_with("incomplete value");
                let label = self.eval.label_text(entry.label);
                Fault::Incomplete(format!("{label}{}{text}", if colon { ": " } else { "." }))
            }
            other => other,
        })
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
                return Err(Fault::Incomplete(format!("incomplete value {shown}")));
            }
        })
    }

    /// A value unified with a schema, where that is valid and nothing that is required is missing.
    fn unified(&mut self, value: Val<'a>, schema: Val<'a>) -> Result<&'a Node<'a>, Fault> {
        let node = self.test_node(&[value, schema]);
        if let Err(stop) = self.eval.deep(node) {
            return Err(self.stopped(stop));
        }
        let fatal = self.eval.fatal_error(node.target()).or_else(|| self.eval.child_error(node));
        if let Some(bottom) = fatal {
            return Err(Fault::Unsatisfied(Some(self.eval.message(bottom))));
        }
        if let Some(missing) = self.eval.missing_required(node) {
            let text = format!("{}: field is required but not present", self.eval.path(missing));
            return Err(Fault::NotYet(Some(text)));
        }
        Ok(node)
    }

    fn test_node(&self, vals: &[Val<'a>]) -> &'a Node<'a> {
        let node = Node::new(self.eval.bump, Some(self.at), Label::None);
        for val in vals {
            let conjunct: Conjunct<'a> = self.eval.val_conjunct(*val, Span::NONE);
            self.eval.push(node, conjunct);
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

impl<'a> Host for Bridge<'_, 'a> {
    fn charge(&mut self, amount: usize) -> Result<(), Fault> {
        // What is about to be made counts as if it were there already.
        self.spent = self.spent.saturating_add(amount);
        let used = self.eval.bump.allocated_bytes().saturating_add(amount);
        if self.spent > self.eval.limits.largest() || used > self.eval.limits.memory {
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
        let nodes = self.member_nodes(list)?;
        Ok(nodes.into_iter().map(|node| self.outgoing(Val::Node(node))).collect())
    }

    fn members(&mut self, list: Handle) -> Result<Vec<host::Val>, Fault> {
        let nodes = self.member_nodes(list)?;
        let member = |node: &'a Node<'a>| match node.target().arms().is_empty() {
            true => self.outgoing(Val::Node(node)),
            false => host::Val::Other(self.handle(Val::Node(node))),
        };
        Ok(nodes.into_iter().map(member).collect())
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

    fn room(&mut self, of: Handle) -> Option<usize> {
        self.node_of(of).and_then(|node| self.eval.room(node))
    }

    fn may_change(&mut self, value: &host::Val) -> bool {
        self.eval.may_change(self.arena(value))
    }

    fn fingerprint(&mut self, value: &host::Val) -> u64 {
        self.eval.fingerprint(self.arena(value))
    }

    fn list(&mut self, elements: Vec<host::Val>) -> host::Val {
        let vals: Vec<Val<'_>> = elements.iter().map(|v| self.arena(v)).collect();
        self.list_val(&vals)
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

    fn count_matches(&mut self, list: Handle, schema: &host::Val) -> Result<usize, Fault> {
        let Some(list) = self.node_of(list) else { return Ok(0) };
        let schema = self.arena(schema);
        let mut count = 0;
        for entry in self.eval.ordered(list) {
            if !matches!(entry.label, Label::Index(_)) {
                continue;
            }
            self.charge(1)?;
            match self.unified(Val::Node(entry.node), schema) {
                Ok(_) => count += 1,
                Err(fault @ Fault::Host(_)) => return Err(fault),
                Err(_) => {}
            }
        }
        Ok(count)
    }

    fn validate(
        &mut self,
        value: &host::Val,
        schema: &host::Val,
        concrete: bool,
    ) -> Result<(), Fault> {
        let node = self.unified(self.arena(value), self.arena(schema))?;
        if concrete {
            match self.eval.first_incomplete(node) {
                Ok(Some(text)) => return Err(Fault::NotYet(Some(text))),
                Ok(None) => {}
                Err(stop) => return Err(self.stopped(stop)),
            }
        }
        Ok(())
    }

    fn sort(&mut self, list: Handle, comparator: &host::Val) -> Result<host::Val, Fault> {
        let members = self.member_nodes(list)?;
        let mut comparator = self.comparator(comparator, self.defaults(&members))?;
        let places = match self.eval.sorted_by(&mut comparator) {
            Ok(places) => places,
            Err(stop) => return Err(self.stopped(stop)),
        };
        let vals: Vec<Val<'_>> = places
            .into_iter()
            .map(|place| members[place])
            .map(|node| node.scalar.get().unwrap_or(Val::Node(node)))
            .collect();
        Ok(self.list_val(&vals))
    }

    fn is_sorted(&mut self, list: Handle, comparator: &host::Val) -> Result<bool, Fault> {
        let members = self.member_nodes(list)?;
        let count = members.len();
        let mut comparator = self.comparator(comparator, self.defaults(&members))?;
        for at in 1..count {
            match self.eval.is_less(&mut comparator, at, at - 1) {
                Ok(false) => {}
                Ok(true) | Err(Stop::Bottom(_)) => return Ok(false),
                Err(stop) => return Err(self.stopped(stop)),
            }
        }
        Ok(true)
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

    fn null_or_any(&mut self) -> host::Val {
        let node = self.eval.inline(self.at, &NULL_OR_ANY, None);
        let _ = self.eval.shallow(node);
        host::Val::Other(self.handle(Val::Node(node)))
    }

    fn of_kind(&mut self, kind: Kind) -> host::Val {
        host::Val::Other(self.handle(Val::Kind(kind)))
    }
}
