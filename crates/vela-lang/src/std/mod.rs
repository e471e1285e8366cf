//! The standard library: builtin packages and the predeclared functions.
//!
//! A builtin knows nothing of the evaluator: it works on [`host::Val`] through the [`host::Host`]
//! trait, and is found by package path and name in the table of its package.

pub mod host;
