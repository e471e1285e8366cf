//! CUE in Rust.
//!
//! The pipeline is the module list: [`source`] text becomes tokens and a tree in [`syntax`].

pub mod data;
pub mod diagnostic;
pub mod encoding;
pub mod number;
pub mod source;
pub mod std;
pub mod syntax;
