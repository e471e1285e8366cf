//! From Application and definitions to a Plan.
//!
//! [`oam`] reads applications and definitions, [`Catalog`] keeps definitions by name, [`render`] makes
//! manifests, [`plan`] compiles all of it to a [`plan::Plan`], and [`step`] evaluates the steps of a workflow
//! while a Plan runs. Everything here is a pure function of texts: no network, no files, no clock; the
//! outside is a capability that the embedder grants ([`render::Outside`]).

pub mod catalog;
mod data;
pub mod definition;
pub mod diff;
pub mod draw;
mod error;
pub mod explain;
pub mod health;
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
