//! Targets that come with this crate.

pub mod local;
