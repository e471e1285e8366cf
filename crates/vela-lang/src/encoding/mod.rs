//! Text formats: what data files and the standard library read and write.
//!
//! A reader gives either a syntax tree with places, for files that are unified with CUE, or plain
//! [`Data`](crate::data::Data).

mod expr;
pub mod json;
pub mod quote;
pub mod toml;
pub mod yaml;

pub use expr::expr;
