//! Memory of one evaluation.
//!
//! Nodes, environments and lists of plain data live in a bump arena and are freed all at once.
//! Numbers own heap memory and live in an arena that drops them.

use crate::ir::Expr;
use crate::number::Number;
use crate::value::Value;
use bumpalo::Bump;
use std::cell::Cell;

/// What an evaluation allocates from.
#[derive(Default)]
pub(crate) struct Arena {
    pub(crate) bump: Bump,
    pub(crate) numbers: typed_arena::Arena<Number>,
    pub(crate) values: typed_arena::Arena<Value>,
    pub(crate) exprs: typed_arena::Arena<Expr>,
}

/// A list that only grows, of plain data in a bump arena. Most lists hold one item or none, so room
/// is made for one, then for twice as many each time. No borrow ever leaves it.
pub(crate) struct List<'a, T: Copy> {
    items: Cell<&'a [Cell<T>]>,
    len: Cell<u32>,
}

impl<'a, T: Copy> List<'a, T> {
    pub(crate) fn new() -> List<'a, T> {
        List { items: Cell::new(&[]), len: Cell::new(0) }
    }

    /// Adds an item; `bump` is where room for more is made.
    pub(crate) fn push(&self, bump: &'a Bump, item: T) {
        let (items, len) = (self.items.get(), self.len());
        if let Some(slot) = items.get(len) {
            slot.set(item);
        } else {
            let room = bump.alloc_slice_fill_with((2 * len).max(1), |at| {
                Cell::new(items.get(at).map_or(item, Cell::get))
            });
            self.items.set(room);
        }
        self.len.set(len as u32 + 1);
    }

    /// Makes room for that many items in all; `fill` is what stands there until then.
    pub(crate) fn reserve(&self, bump: &'a Bump, count: usize, fill: T) {
        let (items, len) = (self.items.get(), self.len());
        if items.len() < count {
            let kept = items.get(..len).unwrap_or_default();
            let room = bump
                .alloc_slice_fill_with(count, |at| Cell::new(kept.get(at).map_or(fill, Cell::get)));
            self.items.set(room);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len.get() as usize
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    pub(crate) fn get(&self, index: usize) -> Option<T> {
        match index < self.len() {
            true => self.items.get().get(index).map(Cell::get),
            false => None,
        }
    }

    pub(crate) fn find(&self, test: impl Fn(&T) -> bool) -> Option<T> {
        self.iter().find(|item| test(item))
    }

    pub(crate) fn any(&self, test: impl Fn(&T) -> bool) -> bool {
        self.iter().any(|item| test(&item))
    }

    /// All items as they are now. Later additions are not seen.
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> + use<'a, T> {
        self.items.get().iter().take(self.len()).map(Cell::get)
    }

    /// Leaves only some items, in their order.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&T) -> bool) {
        let mut kept = 0;
        for slot in self.items.get().iter().take(self.len()) {
            if keep(&slot.get()) {
                if let Some(to) = self.items.get().get(kept) {
                    to.set(slot.get());
                }
                kept += 1;
            }
        }
        self.len.set(kept as u32);
    }
}

/// A list that most owners never add to: one word until they do.
pub(crate) struct Rare<'a, T: Copy>(Cell<Option<&'a List<'a, T>>>);

impl<'a, T: Copy> Rare<'a, T> {
    pub(crate) fn new() -> Rare<'a, T> {
        Rare(Cell::new(None))
    }

    /// As [`List::push`].
    pub(crate) fn push(&self, bump: &'a Bump, item: T) {
        let list = match self.0.get() {
            Some(list) => list,
            None => {
                let list: &'a List<'a, T> = bump.alloc(List::new());
                self.0.set(Some(list));
                list
            }
        };
        list.push(bump, item);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.get().map_or(0, List::len)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn get(&self, index: usize) -> Option<T> {
        self.0.get().and_then(|list| list.get(index))
    }

    pub(crate) fn any(&self, test: impl Fn(&T) -> bool) -> bool {
        self.0.get().is_some_and(|list| list.any(test))
    }

    /// As [`List::iter`].
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> + use<'a, T> {
        self.0.get().into_iter().flat_map(List::iter)
    }

    /// As [`List::retain`].
    pub(crate) fn retain(&self, keep: impl FnMut(&T) -> bool) {
        if let Some(list) = self.0.get() {
            list.retain(keep);
        }
    }
}
