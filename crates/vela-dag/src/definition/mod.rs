//! What authors of definitions need: checks, documentation, schemas, the custom resource, upgrades, tests.
//!
//! Everything works on a [`crate::oam::Definition`] that was read, or on the text of its file.

mod cases;
mod document;
mod fix;
mod health_rule;
mod lint;
mod parameters;
mod properties;
mod references;
mod resource;
mod scaffold;
mod schema;

pub use cases::{Case, Outcome, Wanted, cases, is_case_file, run};
pub use document::{markdown, table_of_contents};
pub use fix::{Fixed, fix};
pub use lint::lint;
pub use parameters::{Parameter, Shape, parameters};
pub use properties::unknown_properties;
pub use resource::custom_resource;
pub use scaffold::scaffold;
pub use schema::{open_api, schema};

use crate::oam::Definition;

/// What a definition is for, in one line; empty where it does not say.
pub fn description(definition: &Definition) -> &str {
    let annotations = &definition.metadata.annotations;
    annotations.get("definition.oam.dev/description").map_or("", String::as_str)
}

/// Whether a definition says that it should no longer be used.
pub fn is_deprecated(definition: &Definition) -> bool {
    let labels = &definition.metadata.labels;
    labels.get("custom.definition.oam.dev/deprecated").is_some_and(|value| value == "true")
}
