//! From Application and definitions to a Plan.

pub mod catalog;
pub mod draw;
mod data;
mod error;
mod nearest;
pub mod oam;
pub mod patch;
pub mod plan;
pub mod policy;
pub mod render;
pub mod step;
pub mod template;
pub mod workflow;

pub use catalog::Catalog;
pub use error::Error;
pub use vela_lang::Engine;
