//! The conjuncts of a node, packed.
//!
//! All that a literal declares is bound, closed and ordered alike, so what goes along with a conjunct
//! is kept once for those that were added one after another ([`Site`]); a conjunct itself is what it
//! says and which declaration it is. Most nodes have one conjunct: it needs no list.
//!
//! Cost: 24 bytes for a conjunct, 48 for a literal.

use super::Eval;
use super::arena::List;
use super::closed::Scope;
use super::node::{Conjunct, Env, Node, Origin, Val, What};
use super::order::Chain;
use crate::ir;
use crate::source::Span;
use bumpalo::Bump;
use std::cell::Cell;

/// What conjuncts that are added together have in common.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    env: Option<&'a Env<'a>>,
    scope: Option<&'a Scope<'a>>,
    origin: Origin<'a>,
    chain: Option<&'a Chain<'a>>,
    linked: bool,
}

/// A conjunct, and which declaration of the site's literal it is.
#[derive(Clone, Copy)]
enum Packed<'a> {
    Expr(u32, &'a ir::Expr, &'a Site<'a>),
    Struct(u32, &'a ir::Struct, &'a Site<'a>),
    Val(u32, &'a (Val<'a>, Span), &'a Site<'a>),
}

const _: () = assert!(size_of::<Packed<'_>>() <= 24);

impl<'a> Site<'a> {
    fn of(conjunct: &Conjunct<'a>) -> Site<'a> {
        Site {
            env: conjunct.env,
            scope: conjunct.scope,
            origin: conjunct.origin,
            chain: conjunct.declared.map(|(chain, _)| chain),
            linked: conjunct.linked,
        }
    }

    fn is_same(&self, other: &Site<'a>) -> bool {
        fn same<T>(a: Option<&T>, b: Option<&T>) -> bool {
            a.map(std::ptr::from_ref) == b.map(std::ptr::from_ref)
        }
        same(self.env, other.env)
            && same(self.scope, other.scope)
            && self.origin.cycle == other.origin.cycle
            && same(self.origin.via, other.origin.via)
            && same(self.chain, other.chain)
            && self.linked == other.linked
    }
}

impl<'a> Packed<'a> {
    fn new(conjunct: &Conjunct<'a>, site: &'a Site<'a>) -> Packed<'a> {
        let at = conjunct.declared.map_or(0, |(_, at)| at);
        match conjunct.what {
            What::Expr(expr) => Packed::Expr(at, expr, site),
            What::Struct(lit) => Packed::Struct(at, lit, site),
            What::Val(val) => Packed::Val(at, val, site),
        }
    }

    fn unpacked(self) -> Conjunct<'a> {
        let (what, at, site) = match self {
            Packed::Expr(at, expr, site) => (What::Expr(expr), at, site),
            Packed::Struct(at, lit, site) => (What::Struct(lit), at, site),
            Packed::Val(at, val, site) => (What::Val(val), at, site),
        };
        Conjunct {
            what,
            env: site.env,
            scope: site.scope,
            origin: site.origin,
            linked: site.linked,
            declared: site.chain.map(|chain| (chain, at)),
        }
    }
}

/// The conjuncts of a node, in the order in which they came.
pub(crate) struct Conjuncts<'a> {
    first: Cell<Option<Packed<'a>>>,
    rest: Cell<Option<&'a List<'a, Packed<'a>>>>,
}

impl<'a> Conjuncts<'a> {
    pub(crate) fn new() -> Conjuncts<'a> {
        Conjuncts { first: Cell::new(None), rest: Cell::new(None) }
    }

    fn push(&self, bump: &'a Bump, packed: Packed<'a>) {
        if self.first.get().is_none() {
            return self.first.set(Some(packed));
        }
        let rest = self.rest.get().unwrap_or_else(|| {
            let list = bump.alloc(List::new());
            self.rest.set(Some(list));
            list
        });
        rest.push(bump, packed);
    }

    /// Takes the conjuncts of another node.
    pub(crate) fn copy(&self, bump: &'a Bump, others: &Conjuncts<'a>) {
        others.packed().for_each(|packed| self.push(bump, packed));
    }

    fn packed(&self) -> impl Iterator<Item = Packed<'a>> + use<'a> {
        self.first.get().into_iter().chain(self.rest.get().into_iter().flat_map(List::iter))
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.get().is_some()) + self.rest.get().map_or(0, List::len)
    }

    pub(crate) fn get(&self, index: usize) -> Option<Conjunct<'a>> {
        let packed = match index.checked_sub(1) {
            None => self.first.get(),
            Some(index) => self.rest.get().and_then(|rest| rest.get(index)),
        };
        packed.map(Packed::unpacked)
    }

    pub(crate) fn any(&self, test: impl Fn(&Conjunct<'a>) -> bool) -> bool {
        self.packed().any(|packed| test(&packed.unpacked()))
    }

    /// All conjuncts as they are now. Later additions are not seen.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Conjunct<'a>> + use<'a> {
        self.packed().map(Packed::unpacked)
    }
}

impl<'a> Eval<'a> {
    /// Adds a conjunct to a node that was not evaluated yet.
    pub(crate) fn push(&self, node: &'a Node<'a>, conjunct: Conjunct<'a>) {
        let wanted = Site::of(&conjunct);
        let site = match self.site.get() {
            Some(site) if site.is_same(&wanted) => site,
            _ => {
                let made: &'a Site<'a> = self.bump.alloc(wanted);
                self.site.set(Some(made));
                made
            }
        };
        node.conjuncts.push(self.bump, Packed::new(&conjunct, site));
    }
}
