//! Differential testing: CUE programs made at random, evaluated by two engines, and what they
//! disagree on made small. See the README beside this crate.

pub mod compare;
pub mod cue;
pub mod generate;
pub mod hunt;
pub mod orders;
pub mod ours;
pub mod peer;
pub mod permute;
pub mod program;
pub mod random;
pub mod shrink;
