//! Packages in directories: which files make an instance, and where imports come from.
//!
//! Everything is read through [`SourceFs`], so that it works in a browser and in tests as it does on
//! a disk. [`Packages`] finds files and implements [`Loader`](crate::ir::Loader); what a file may
//! take from outside (`@if`, `@tag`) comes from [`Tags`]; data files that it embeds are read here too.

mod condition;
mod embed;
mod fs;
mod import;
mod package;
mod path;
mod root;
mod tag;

pub use fs::{Entry, EntryKind, FsError, MemoryFs, SourceFs};
pub use package::{Instance, Packages, Selection};
pub use path::{clean, join, relative};
pub use root::Module;
pub use tag::Tags;

#[cfg(test)]
mod tests;
