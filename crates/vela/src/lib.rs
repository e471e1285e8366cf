//! Vela as a library: evaluate CUE, render and plan OAM applications, run them.
//!
//! The crates below are re-exported under short names; what programs need daily stands here.

mod os;

pub use os::OsFs;
pub use vela_dag as dag;
pub use vela_exec as exec;
pub use vela_lang as lang;
