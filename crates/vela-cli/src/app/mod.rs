//! Commands about applications, their definitions and their runs.

mod access;
mod allowed;
pub(crate) mod completion;
mod crash;
pub(crate) mod def;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod dry_run;
pub(crate) mod events;
pub(crate) mod explain;
mod graph;
pub(crate) mod history;
mod input;
mod metrics;
mod moment;
mod output;
mod outside;
pub(crate) mod plan;
mod progress;
mod prove;
mod recursive;
mod results;
mod saved;
pub(crate) mod serve;
mod settings;
mod state;
pub(crate) mod state_file;
pub(crate) mod status;
mod tree;
pub(crate) mod up;
pub(crate) mod wait;
pub(crate) mod workflow;

pub(crate) use output::masked;
pub(crate) use output::text as print;
