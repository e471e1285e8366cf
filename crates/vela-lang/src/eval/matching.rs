//! `matchN` and `matchIf`: validators that hold a value against schemas.
//!
//! What is held against a schema is a *copy* of what the value is: its fields with their defaults
//! taken, without the validators that ask. So a validator inside of a value is checked where it
//! stands, and not again for every schema of every validator around it; nested `matchN` over the same
//! schemas costs the product of depth and size, not an exponent of the depth.
//!
//! A schema is not closed by a definition around the call, since it is evaluated as a value of its
//! own; one that refers to a definition, or calls `close`, is.
//!
//! A validator that comes to the same value again while it is held against its schemas is a
//! structural cycle: that value doesn't satisfy it.
//!
//! A required field that is missing may still come: such a schema is *pending*. A count that is not
//! what was asked for is only incomplete where some of the pending schemas could make up for it.
//! Nastiest case: `matchN(>1, [{a!: int}, {b!: int}]) & {c: a: 1}` is incomplete, but with `a: "x"`
//! instead it is an error, since one pending schema cannot make two.

use super::call::Callee;
use super::list::{MadeList, MadeStruct};
use super::node::{Conjunct, Label, Node, State, Val, Validator, flag};
use super::{Eval, Outcome, Stop};
use crate::diagnostic::Class;
use crate::ir::{self, Core, Presence, Symbol};
use crate::source::Span;
use crate::std::host::Kind;
use std::cell::Cell;

/// Whether a value satisfies something; where not, why and how bad.
pub(crate) type Verdict = Result<(), (String, Class)>;

impl<'a> Eval<'a> {
    /// Runs a check of a value, unless the very same is going on already.
    pub(crate) fn check_once(
        &self,
        node: &'a Node<'a>,
        v: &'a Validator<'a>,
        check: impl FnOnce() -> Outcome<'a, Verdict>,
    ) -> Outcome<'a, Verdict> {
        if v.exprs.is_empty() {
            return check();
        }
        let key = v.exprs.as_ptr();
        let open = self.matching.borrow();
        let values: Vec<&'a Node<'a>> = open
            .iter()
            .filter(|(schemas, _)| std::ptr::eq(*schemas, key))
            .map(|(_, v)| *v)
            .collect();
        drop(open);
        for value in values {
            if self.same_values(value, node)? {
                return Ok(Err(("structural cycle".to_owned(), Class::Structural)));
            }
        }
        self.while_matching((key, node), check)
    }

    /// Does something while a value is held against the arguments of a call.
    pub(crate) fn while_matching<T>(
        &self,
        held: (*const ir::Expr, &'a Node<'a>),
        then: impl FnOnce() -> T,
    ) -> T {
        self.matching.borrow_mut().push(held);
        let result = then();
        self.matching.borrow_mut().pop();
        result
    }

    /// `matchN` and `matchIf` of a value.
    pub(crate) fn check_core(
        &self,
        node: &'a Node<'a>,
        v: &'a Validator<'a>,
        core: Core,
    ) -> Outcome<'a, Verdict> {
        match (core, v.exprs) {
            (Core::MatchN, [count, list]) => self.check_match_n(node, v, count, list),
            (Core::MatchIf, [condition, then, otherwise]) => {
                let holds = self.matches(node, self.inline(node, condition, v.env))?.is_ok();
                let branch = if holds { then } else { otherwise };
                self.matches(node, self.inline(node, branch, v.env))
            }
            _ => Ok(Ok(())),
        }
    }

    fn check_match_n(
        &self,
        node: &'a Node<'a>,
        v: &'a Validator<'a>,
        count: &'a ir::Expr,
        list: &'a ir::Expr,
    ) -> Outcome<'a, Verdict> {
        let wanted = self.eval(node, count, v.env)?;
        if self.kind_of(wanted).and(Kind::INT).is_bottom() {
            return self.wrong_argument(v.span, Callee::Core("matchN"), 1, Kind::INT, wanted);
        }
        let schemas = self.eval(node, list, v.env)?;
        let schemas = match schemas {
            Val::Node(schemas) if self.kind_of(Val::Node(schemas)) == Kind::LIST => schemas,
            other => {
                return self.wrong_argument(v.span, Callee::Core("matchN"), 2, Kind::LIST, other);
            }
        };
        self.need_settled(schemas)?;
        let (mut matched, mut pending) = (0i64, 0i64);
        for schema in self.ordered(schemas) {
            if !matches!(schema.label, Label::Index(_)) {
                continue;
            }
            let test = Node::new(self.bump, Some(node), Label::None);
            test.unset(flag::DEFINITION);
            self.push(test, self.val_conjunct(Val::Node(schema.node), Span::NONE));
            match self.matches(node, test)? {
                Ok(()) => matched += 1,
                Err((_, Class::Incomplete)) => pending += 1,
                Err(_) => {}
            }
        }
        if self.takes_count(node, wanted, matched)? {
            return Ok(Ok(()));
        }
        let mut class = Class::Eval;
        for more in 1..=pending {
            if self.takes_count(node, wanted, matched + more)? {
                class = Class::Incomplete;
                break;
            }
        }
        Ok(Err((format!("{matched} matched, expected {}", self.show(wanted)), class)))
    }

    /// Whether a count is what was asked for.
    fn takes_count(&self, at: &'a Node<'a>, wanted: Val<'a>, count: i64) -> Outcome<'a, bool> {
        match wanted {
            Val::Int(number) => Ok(number == count),
            Val::Bound(bound) => self.satisfies(Val::Int(count), bound),
            other => {
                let node = Node::new(self.bump, Some(at), Label::None);
                for val in [other, Val::Int(count)] {
                    self.push(node, self.val_conjunct(val, Span::NONE));
                }
                self.shallow(node)?;
                Ok(self.fatal_error(node.target()).is_none())
            }
        }
    }

    /// Whether a value satisfies the schema that a new node has.
    fn matches(&self, node: &'a Node<'a>, test: &'a Node<'a>) -> Outcome<'a, Verdict> {
        let val = match node.scalar.get() {
            Some(scalar) => scalar,
            None => self.copied(node)?,
        };
        self.push(test, self.val_conjunct(val, Span::NONE));
        self.deep(test)?;
        if self.has_stuck(test) && !self.force.get() {
            return Err(Stop::Blocked);
        }
        let fatal = self.fatal_error(test.target()).or_else(|| self.child_error(test));
        if let Some(bottom) = fatal {
            return Ok(Err((self.message(bottom), Class::Eval)));
        }
        if let Some(missing) = self.missing_required(test) {
            let text = format!("{}: field is required but not present", self.path(missing));
            return Ok(Err((text, Class::Incomplete)));
        }
        Ok(match test.target().error() {
            Some(bottom) => Err((self.message(bottom), Class::Incomplete)),
            None => Ok(()),
        })
    }

    /// A required field at or below a node that is not there.
    pub(crate) fn missing_required(&self, node: &'a Node<'a>) -> Option<&'a Node<'a>> {
        let fields = node.target().fields.get()?;
        fields.entries.iter().find_map(|entry| match entry.node.presence.get() {
            Presence::Required => Some(entry.node),
            Presence::Optional => None,
            Presence::Regular => crate::depth::grow(|| self.missing_required(entry.node)),
        })
    }

    /// What a struct or list is, without the validators that it has itself.
    fn copied(&self, node: &'a Node<'a>) -> Outcome<'a, Val<'a>> {
        let is_list = node.fields.get().is_some_and(|fields| !fields.lists.is_empty());
        if is_list { Ok(self.copied_list(node)) } else { self.copied_struct(node) }
    }

    fn copied_list(&self, node: &'a Node<'a>) -> Val<'a> {
        let conjuncts: Vec<Conjunct<'a>> = self
            .ordered(node)
            .into_iter()
            .filter(|entry| matches!(entry.label, Label::Index(_)))
            .map(|entry| self.val_conjunct(Val::Node(entry.node), Span::NONE))
            .collect();
        let open = node.fields.get().is_some_and(|fields| self.is_open_list(fields));
        let conjuncts = self.bump.alloc_slice_copy(&conjuncts);
        Val::List(self.bump.alloc(MadeList { conjuncts, open: Cell::new(open) }))
    }

    fn copied_struct(&self, node: &'a Node<'a>) -> Outcome<'a, Val<'a>> {
        let mut fields: Vec<(Symbol, Conjunct<'a>)> = Vec::new();
        let entries = node.fields.get().into_iter().flat_map(|fields| fields.entries.iter());
        for entry in entries {
            let Label::Field(symbol) = entry.label else { continue };
            if entry.node.presence.get() == Presence::Regular {
                let val = self.deeper(|| self.copied_field(entry.node))?;
                fields.push((symbol, self.val_conjunct(val, Span::NONE)));
            }
        }
        self.charge(fields.len() as u64)?;
        let fields = self.bump.alloc_slice_copy(&fields);
        Ok(Val::Struct(self.bump.alloc(MadeStruct { fields })))
    }

    /// The value of a field with its default taken; a struct as a copy.
    fn copied_field(&self, field: &'a Node<'a>) -> Outcome<'a, Val<'a>> {
        let node = self.value_default(field)?;
        if node.state.get() != State::Done && !self.force.get() {
            return Err(Stop::Blocked);
        }
        if node.error().is_some() && self.fatal_error(node).is_some() {
            return Ok(Val::Node(node));
        }
        match node.scalar.get() {
            Some(scalar) => Ok(scalar),
            None if node.kind.get() == Kind::STRUCT && node.arms().is_empty() => {
                self.copied_struct(node)
            }
            None => Ok(Val::Node(node)),
        }
    }
}
