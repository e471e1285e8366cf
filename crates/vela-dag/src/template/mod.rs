//! Templates of definitions, as CUE programs.

mod collapse;
mod compile;
mod docs;
mod packages;
mod reads;
mod report;
mod unify;
mod upgrade;
mod walk;

pub use collapse::collapse;
pub use compile::{Compiled, PLACEHOLDERS, compile};
pub use packages::Use;
pub use reads::Reads;
pub use report::{Report, fatal, incomplete};
pub use unify::{top, unify};
pub use upgrade::upgrade;
