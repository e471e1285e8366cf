//! `vela dry-run`: the manifests of an application.

use super::input::Source;
use super::output::{self, Format};
use super::outside;
use crate::failure::Failure;
use crate::terminal::{self, Paint};
use clap::Args;
use serde_json::Value as Json;

/// Print the manifests that an application renders to, and change nothing.
#[derive(Args)]
pub(crate) struct DryRun {
    #[command(flatten)]
    source: Source,
    /// Print for programs: one list of manifests.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl DryRun {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let loaded = self.source.load()?;
        let (app, definitions) = (&loaded.application, &loaded.definitions);
        let manifests = vela::render_with(app, definitions, &outside::render_options())?;
        if let Some(format) = self.out {
            let objects = manifests.into_iter().map(|manifest| manifest.object).collect();
            return output::whole(&output::formatted(&Json::Array(objects), format));
        }
        let paint = Paint(terminal::is_interactive());
        let mut text = String::new();
        for manifest in &manifests {
            let origin = match manifest.origin.as_str() {
                "" => String::new(),
                origin => format!(", {origin}"),
            };
            let title =
                format!("# {}: {}{origin}", loaded.application.metadata.name, manifest.component);
            text.push_str(&format!("---\n{}\n", paint.faint(&title)));
            text.push_str(&output::as_yaml(&manifest.object));
        }
        output::whole(&text)
    }
}
