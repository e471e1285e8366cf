//! Values as text: CUE, and the tree that conformance tests read.

mod compact;
mod cue;
mod definition;
mod source;
mod tree;

pub use compact::{compact, label};
pub use cue::{CueOptions, ImportName, cue_text};
pub use definition::DefinitionOptions;
pub(crate) use definition::definition_text;
pub use tree::tree_json;
