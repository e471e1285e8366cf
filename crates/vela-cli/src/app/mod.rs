//! Commands about applications, their definitions and their runs.

pub(crate) mod completion;
pub(crate) mod def;
pub(crate) mod dry_run;
mod input;
mod output;
pub(crate) mod plan;

pub(crate) use output::text as explain;
