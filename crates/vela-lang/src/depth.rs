//! Recursion that input can deepen runs on a stack that grows.

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
