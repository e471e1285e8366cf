//! From Application and definitions to a Plan.

pub mod catalog;
mod data;
pub mod draw;
mod error;
pub mod health;
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
