//! Templates of definitions, as CUE programs.

mod compile;
mod docs;
mod packages;
mod report;
mod unify;
mod upgrade;

pub use compile::{Compiled, PLACEHOLDERS, compile};
pub use packages::Use;
pub use report::{Report, fatal, incomplete};
pub use unify::unify;
pub use upgrade::upgrade;
