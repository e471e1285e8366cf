//! Workflows: the steps that an application gives, or that are generated for it.
//!
//! [`steps`] decides which steps run and in which mode; [`check`] finds what can never run: two steps
//! of one name, and steps that wait for each other.

mod check;
mod duration;
mod generate;

pub use check::{check, component_order};
pub use duration::seconds;
pub use generate::{Steps, steps};

#[cfg(test)]
mod tests;
