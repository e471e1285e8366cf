//! Recursion that input can deepen runs on a stack that grows.
//!
//! [`grow`] is for what is written as a recursive function. [`Nested`] is for what the compiler writes:
//! dropping, cloning, comparing and printing a tree recurses once for each level, so every cycle of a
//! tree's types goes through one of these boxes. [`Tall`] is for trees that are made once and know how
//! deep they are; [`Branches`] is [`Nested`] for lists.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// How deep brackets, label chains, prefix operators and selectors of a text may nest, all counted
/// together, and how deep JSON and YAML may. What is made of a text is not deeper, so this bounds every
/// walk over a tree, a program or a value.
pub const MAX_NESTING: u32 = if cfg!(target_arch = "wasm32") { 400 } else { 24_000 };

/// Runs `then` with room for another level of recursion.
///
/// On WebAssembly the stack can't grow; there the depth limit of an evaluation is what keeps it.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn grow<T>(then: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(128 * 1024, 1024 * 1024, then)
}

/// Runs `then`.
#[cfg(target_arch = "wasm32")]
pub(crate) fn grow<T>(then: impl FnOnce() -> T) -> T {
    then()
}

/// A box for the inner nodes of trees of any depth.
pub struct Nested<T: Default>(Box<T>);

impl<T: Default> Nested<T> {
    /// Boxes a node.
    pub fn new(node: T) -> Nested<T> {
        Nested(Box::new(node))
    }

    /// Takes the node out of its box.
    pub fn into_inner(mut self) -> T {
        std::mem::take(&mut self.0)
    }
}

impl<T: Default> Drop for Nested<T> {
    fn drop(&mut self) {
        let node = std::mem::take(&mut *self.0);
        grow(|| drop(node));
    }
}

impl<T: Default> Deref for Nested<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Default> DerefMut for Nested<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Default> From<T> for Nested<T> {
    fn from(node: T) -> Nested<T> {
        Nested::new(node)
    }
}

impl<T: Default + Clone> Clone for Nested<T> {
    fn clone(&self) -> Nested<T> {
        Nested(grow(|| self.0.clone()))
    }
}

impl<T: Default + PartialEq> PartialEq for Nested<T> {
    fn eq(&self, other: &Nested<T>) -> bool {
        grow(|| self.0 == other.0)
    }
}

impl<T: Default + fmt::Debug> fmt::Debug for Nested<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grow(|| self.0.fmt(f))
    }
}

/// The stack that dropping or printing one level of a [`Tall`] tree may take.
#[cfg(not(target_arch = "wasm32"))]
const LEVEL: usize = if cfg!(debug_assertions) { 32 } else { 8 } * 1024;

/// A tree that knows how many levels it has, and is dropped and printed on a stack that they fit on.
pub struct Tall<T: Default> {
    tree: T,
    levels: usize,
}

impl<T: Default> Tall<T> {
    /// A tree with so many levels.
    pub fn new(tree: T, levels: usize) -> Tall<T> {
        Tall { tree, levels }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn fitting<R>(&self, then: impl FnOnce() -> R) -> R {
        let needed = (self.levels + 1) * LEVEL;
        stacker::maybe_grow(needed, 2 * needed, then)
    }

    #[cfg(target_arch = "wasm32")]
    fn fitting<R>(&self, then: impl FnOnce() -> R) -> R {
        then()
    }
}

impl<T: Default> Drop for Tall<T> {
    fn drop(&mut self) {
        let tree = std::mem::take(&mut self.tree);
        self.fitting(|| drop(tree));
    }
}

impl<T: Default> Deref for Tall<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.tree
    }
}

impl<T: Default + fmt::Debug> fmt::Debug for Tall<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fitting(|| self.tree.fmt(f))
    }
}

/// The children of a node of a tree of any depth.
#[derive(Default)]
pub struct Branches<T>(Vec<T>);

impl<T> Branches<T> {
    /// Takes the children out.
    pub fn into_vec(mut self) -> Vec<T> {
        std::mem::take(&mut self.0)
    }
}

impl<T> Drop for Branches<T> {
    fn drop(&mut self) {
        let children = std::mem::take(&mut self.0);
        if !children.is_empty() {
            grow(|| drop(children));
        }
    }
}

impl<T> Deref for Branches<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Branches<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> From<Vec<T>> for Branches<T> {
    fn from(children: Vec<T>) -> Branches<T> {
        Branches(children)
    }
}

impl<T> FromIterator<T> for Branches<T> {
    fn from_iter<I: IntoIterator<Item = T>>(children: I) -> Branches<T> {
        Branches(children.into_iter().collect())
    }
}

impl<'a, T> IntoIterator for &'a Branches<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T> IntoIterator for Branches<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<T: Clone> Clone for Branches<T> {
    fn clone(&self) -> Branches<T> {
        Branches(grow(|| self.0.clone()))
    }
}

impl<T: PartialEq> PartialEq for Branches<T> {
    fn eq(&self, other: &Branches<T>) -> bool {
        grow(|| self.0 == other.0)
    }
}

impl<T: fmt::Debug> fmt::Debug for Branches<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grow(|| self.0.fmt(f))
    }
}
