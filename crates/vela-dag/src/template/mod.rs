//! Templates of definitions, as CUE programs.

mod upgrade;

pub use upgrade::upgrade;
