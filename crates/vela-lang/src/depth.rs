//! Recursion that input can deepen runs on a stack that grows.
//!
//! [`grow`] is for what is written as a recursive function. [`Nested`] is for what the compiler writes:
//! dropping, cloning, comparing and printing a tree recurses once for each level, so every cycle of a
//! tree's types goes through one of these boxes.

use std::fmt;
use std::ops::{Deref, DerefMut};

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
