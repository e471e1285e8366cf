//! `vela def`: definitions.

use super::input::{self, Definitions};
use super::output::{self, Format};
use crate::failure::Failure;
use crate::terminal::{self, Paint};
use clap::{Args, Subcommand};
use serde_json::json;
use std::sync::Arc;
use vela::Catalog;
use vela::dag::oam::{Definition, DefinitionKind};

/// List, show and check definitions.
#[derive(Args)]
pub(crate) struct Def {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List definitions.
    List(List),
    /// Show a definition and its parameters.
    Show(Show),
    /// Check definition files.
    Vet(Vet),
}

/// List definitions.
#[derive(Args)]
struct List {
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
struct Show {
    /// Its name.
    name: String,
    #[command(flatten)]
    definitions: Definitions,
    /// Which kind, where several have the name.
    #[arg(long, value_name = "KIND")]
    r#type: Option<String>,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

/// Check definition files.
#[derive(Args)]
struct Vet {
    /// Files or directories.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

impl Def {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        match &self.command {
            Command::List(list) => list.run(),
            Command::Show(show) => show.run(),
            Command::Vet(vet) => vet.run(),
        }
    }
}

fn kind(name: Option<&str>) -> Result<Option<DefinitionKind>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let found = DefinitionKind::of_type(name).or_else(|| {
        (name == "workflowstep" || name == "step").then_some(DefinitionKind::WorkflowStep)
    });
    match found {
        Some(kind) => Ok(Some(kind)),
        None => Err(Failure::coded(
            "def/type",
            format!("there are no definitions of kind {name:?}"),
            "the kinds are component, trait, policy, workflow-step and workload",
        )),
    }
}

fn description(definition: &Definition) -> &str {
    let annotations = &definition.metadata.annotations;
    annotations.get("definition.oam.dev/description").map_or("", String::as_str)
}

impl List {
    fn run(&self) -> Result<(), Failure> {
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
    fn run(&self) -> Result<(), Failure> {
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
        let paint = Paint(terminal::is_interactive());
        let mut text =
            format!("{} {}\n", paint.bold(&one.metadata.name), paint.faint(&one.kind.to_string()));
        if !description(one).is_empty() {
            text.push_str(&format!("{}\n", description(one)));
        }
        text.push_str(&format!("from {}\n\n{}\n", one.file, template.trim_end()));
        output::text(&text)
    }
}

/// The definition of a name, of the first kind that has it.
fn find<'c>(
    catalog: &'c Catalog,
    name: &str,
    only: Option<DefinitionKind>,
) -> Result<&'c Arc<Definition>, Failure> {
    let kinds = only.map_or(DefinitionKind::ALL.to_vec(), |kind| vec![kind]);
    let mut missing = None;
    for kind in kinds {
        match catalog.get(kind, name) {
            Ok(found) => return Ok(found),
            Err(error) if missing.is_none() || error.message().contains("did you mean") => {
                missing = Some(error);
            }
            Err(_) => {}
        }
    }
    let text = missing.map_or_else(String::new, |error| error.message().to_owned());
    Err(Failure::coded("def/unknown", text, "`vela def list` shows all of them"))
}

impl Vet {
    fn run(&self) -> Result<(), Failure> {
        let mut texts = Vec::new();
        for file in &self.files {
            input::definition_files(file, &mut texts)?;
        }
        let mut catalog = Catalog::new(vela::Engine::new());
        for (name, text) in &texts {
            let warnings = catalog
                .add_file(name, text)
                .map_err(|error| vela::Error::application(error, catalog.sources()))?;
            input::warn(&warnings, &catalog);
        }
        let count = catalog.definitions().count();
        if count == 0 {
            return Err(Failure::coded(
                "def/none",
                "there are no definitions in these files",
                "a definition is a .cue file, or YAML with a ComponentDefinition and the like",
            ));
        }
        output::text(&format!("{count} definition{} in order\n", if count == 1 { "" } else { "s" }))
    }
}
