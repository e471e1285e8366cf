//! CUE in Rust.
//!
//! The pipeline is the module list: [`source`] text becomes tokens and a tree in [`syntax`].

pub mod diagnostic;
pub mod source;
pub mod syntax;
pub mod data;
pub mod number;
pub mod std;
