//! From Application and definitions to a Plan.

pub mod plan;
pub mod step;
