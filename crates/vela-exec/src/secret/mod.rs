//! Secrets: what they are, how they stay out of everything that is shown, and how they are kept.
//!
//! A value is secret where it stands says so: in the data of a `Secret`, under a name such as `password` or
//! `token`, in an environment variable called `DB_PASSWORD`, or where a definition marks its parameter.
//! [`Secrets`] collects such values as they come by, wherever they were read; [`Secrets::mask`] then takes
//! them out of a text, however they were encoded on the way. [`Sealing`] encrypts all that a store keeps.

mod find;
mod mask;
#[cfg(feature = "redb")]
mod seal;
#[cfg(feature = "redb")]
mod sealing;

pub use mask::{MASK, Secrets};
#[cfg(feature = "redb")]
pub use seal::{Key, KeyError};
#[cfg(feature = "redb")]
pub use sealing::Sealing;

mod watching;
pub use watching::Watching;

#[cfg(test)]
mod tests;
