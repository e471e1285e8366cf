//! A durable, deterministic workflow engine and the targets it drives.
//!
//! [`engine`] is a pure state machine over a Plan's steps; [`action`] is what steps can do; [`executor`] and
//! [`store`] are the traits that targets and storage implement; [`target`] has the embedded ones;
//! [`simulate`] runs a Plan under a virtual clock.

pub mod duration;
pub mod engine;

#[cfg(test)]
mod fake;
