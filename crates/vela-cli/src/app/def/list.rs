//! `vela def list` and `vela def show`.

use super::{find, kind};
use crate::app::input::Definitions;
use crate::app::output::{self, Format};
use crate::failure::Failure;
use crate::terminal::{self, Paint};
use clap::Args;
use serde_json::json;
use std::sync::Arc;
use vela::dag::definition::{description, markdown};
use vela::dag::oam::Definition;

/// List definitions.
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    definitions: Definitions,
    /// Only those of a kind: component, trait, policy, workflow-step.
    #[arg(long, value_name = "KIND")]
    r#type: Option<String>,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

/// Show a definition and its parameters.
#[derive(Args)]
pub(super) struct Show {
    /// Its name.
    name: String,
    #[command(flatten)]
    definitions: Definitions,
    /// Which kind, where several have the name.
    #[arg(long, value_name = "KIND")]
    r#type: Option<String>,
    /// Show its template instead of what it says about its parameters.
    #[arg(long)]
    template: bool,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl List {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let only = kind(self.r#type.as_deref())?;
        let catalog = self.definitions.load()?;
        let found: Vec<&Arc<Definition>> =
            catalog.definitions().filter(|d| only.is_none_or(|kind| d.kind == kind)).collect();
        if let Some(format) = self.out {
            let rows = found.iter().map(|d| {
                json!({
                    "kind": d.kind.to_string(),
                    "name": d.metadata.name,
                    "description": description(d),
                    "file": d.file,
                })
            });
            return output::data(&rows.collect(), format);
        }
        let paint = Paint(terminal::is_interactive());
        let width = |of: fn(&Definition) -> usize| found.iter().map(|d| of(d)).max().unwrap_or(0);
        let names = width(|d| d.metadata.name.len());
        let kinds = width(|d| d.kind.to_string().len());
        let mut text = String::new();
        for one in found {
            let kind = one.kind.to_string();
            let name = format!("{:names$}", one.metadata.name);
            text.push_str(&format!(
                "{kind:kinds$}  {}  {}\n",
                paint.bold(&name),
                paint.faint(description(one))
            ));
        }
        output::text(&text)
    }
}

impl Show {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let only = kind(self.r#type.as_deref())?;
        let catalog = self.definitions.load()?;
        let one = find(&catalog, &self.name, only)?;
        let template = one.template.as_ref().map_or("", |template| template.text.as_str());
        if let Some(format) = self.out {
            let shown = json!({
                "kind": one.kind.to_string(),
                "name": one.metadata.name,
                "description": description(one),
                "file": one.file,
                "labels": one.metadata.labels,
                "annotations": one.metadata.annotations,
                "spec": one.spec.source,
                "template": template,
            });
            return output::data(&shown, format);
        }
        if self.template {
            return output::text(&format!("{}\n", template.trim_end()));
        }
        output::text(&format!("{}\nfrom {}\n", markdown(one, None), one.file))
    }
}
