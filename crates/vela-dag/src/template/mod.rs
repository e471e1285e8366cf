//! Templates of definitions, as CUE programs.

mod collapse;
mod compile;
mod docs;
mod old_strings;
mod packages;
mod reads;
mod report;
mod unify;
mod upgrade;

pub use collapse::{collapse, collapsed_text};
pub use compile::{Compiled, PLACEHOLDERS, compile};
pub use old_strings::{Closed, close_strings};
pub use packages::Use;
pub use reads::Reads;
pub use report::{Report, fatal, incomplete};
pub use unify::{top, unify};
pub use upgrade::{list_arithmetic, upgrade};
