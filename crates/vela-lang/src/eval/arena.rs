//! Memory of one evaluation.
//!
//! Nodes, environments and lists of plain data live in a bump arena and are freed all at once.
//! Numbers own heap memory and live in an arena that drops them.

use crate::ir::Expr;
use crate::number::Number;
use crate::value::Value;
use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use std::cell::RefCell;

/// What an evaluation allocates from.
#[derive(Default)]
pub(crate) struct Arena {
    pub(crate) bump: Bump,
    pub(crate) numbers: typed_arena::Arena<Number>,
    pub(crate) values: typed_arena::Arena<Value>,
    pub(crate) exprs: typed_arena::Arena<Expr>,
}

/// A list that only grows, of plain data in a bump arena. No borrow ever leaves it.
pub(crate) struct List<'a, T: Copy>(RefCell<BumpVec<'a, T>>);

impl<'a, T: Copy> List<'a, T> {
    pub(crate) fn new(bump: &'a Bump) -> List<'a, T> {
        List(RefCell::new(BumpVec::new_in(bump)))
    }

    pub(crate) fn push(&self, item: T) {
        self.0.borrow_mut().push(item);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn get(&self, index: usize) -> Option<T> {
        self.0.borrow().get(index).copied()
    }

    pub(crate) fn find(&self, test: impl Fn(&T) -> bool) -> Option<T> {
        self.0.borrow().iter().find(|item| test(item)).copied()
    }

    pub(crate) fn any(&self, test: impl Fn(&T) -> bool) -> bool {
        self.0.borrow().iter().any(test)
    }

    /// All items as they are now. Later additions are not seen.
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> + '_ {
        (0..self.len()).filter_map(|i| self.get(i))
    }

    pub(crate) fn retain(&self, keep: impl FnMut(&T) -> bool) {
        self.0.borrow_mut().retain(keep);
    }
}
