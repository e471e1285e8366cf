//! `vela def render`, `vela def doc-gen` and `vela def schema`: definitions for others.

use super::{counted, kind, named, unwritable};
use crate::app::input::{self, Definitions};
use crate::app::output::{self, Format};
use crate::failure::Failure;
use clap::Args;
use std::path::{Path, PathBuf};
use vela::Catalog;
use vela::dag::definition::{custom_resource, markdown, open_api, table_of_contents};
use vela::dag::oam::{Definition, DefinitionKind};

/// Print the custom resources that definition files stand for.
#[derive(Args)]
pub(super) struct Render {
    /// Files or directories.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Write a file per definition into a directory, instead of to standard output.
    #[arg(long, short = 'o', value_name = "DIR")]
    output: Option<String>,
}

/// Write the documentation of definitions, as Markdown.
#[derive(Args)]
pub(super) struct DocGen {
    /// Names of definitions; all, where there are none.
    names: Vec<String>,
    #[command(flatten)]
    definitions: Definitions,
    /// Only those of a kind: component, trait, policy, workflow-step.
    #[arg(long, value_name = "KIND")]
    r#type: Option<String>,
    /// A directory with an example per definition: KIND/NAME.yaml.
    #[arg(long, value_name = "DIR")]
    examples: Option<String>,
    /// Write a page per definition, and one that lists them, into a directory.
    #[arg(long, short = 'o', value_name = "DIR")]
    output: Option<String>,
}

/// Print the OpenAPI schema of definitions' parameters.
#[derive(Args)]
pub(super) struct Schema {
    /// Names of definitions; all, where there are none.
    names: Vec<String>,
    #[command(flatten)]
    definitions: Definitions,
    /// Only those of a kind: component, trait, policy, workflow-step.
    #[arg(long, value_name = "KIND")]
    r#type: Option<String>,
    /// The format.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "json")]
    out: Format,
}

impl Render {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut texts = Vec::new();
        for file in &self.files {
            input::definition_files(file, &mut texts)?;
        }
        let mut documents = Vec::new();
        for (name, text) in &texts {
            let mut catalog = Catalog::new(vela::Engine::new());
            let warnings = catalog
                .add_file(name, text)
                .map_err(|error| vela::Error::application(error, catalog.sources()))?;
            input::warn(&warnings, &catalog);
            for definition in catalog.definitions() {
                let yaml = output::as_yaml(&custom_resource(definition));
                documents.push((path_of(definition, "yaml"), yaml));
            }
        }
        match &self.output {
            Some(directory) => {
                let count = documents.len();
                write(directory, documents)?;
                output::text(&format!("{} in {directory}\n", counted(count, "file")))
            }
            None => {
                let texts: Vec<String> = documents.into_iter().map(|(_, text)| text).collect();
                output::text(&texts.join("---\n"))
            }
        }
    }
}

impl DocGen {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let catalog = self.definitions.load()?;
        let only = kind(self.r#type.as_deref())?;
        let found = named(&catalog, &self.names, only)?;
        let mut pages = Vec::new();
        for definition in &found {
            let example = self.examples.as_ref().and_then(|directory| {
                std::fs::read_to_string(Path::new(directory).join(path_of(definition, "yaml"))).ok()
            });
            pages.push((path_of(definition, "md"), markdown(definition, example.as_deref())));
        }
        let Some(directory) = &self.output else {
            let texts: Vec<String> = pages.into_iter().map(|(_, text)| text).collect();
            return output::text(&texts.join("\n"));
        };
        if self.names.is_empty() && only.is_none() {
            let contents = table_of_contents(found.iter().map(|d| &***d));
            pages.push((PathBuf::from("README.md"), contents));
        }
        let count = pages.len();
        write(directory, pages)?;
        output::text(&format!("{} in {directory}\n", counted(count, "page")))
    }
}

impl Schema {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let catalog = self.definitions.load()?;
        let found = named(&catalog, &self.names, kind(self.r#type.as_deref())?)?;
        output::data(&open_api(found.into_iter().map(|d| &**d)), self.out)
    }
}

/// Where a definition's file is, among files of one per definition.
fn path_of(definition: &Definition, ending: &str) -> PathBuf {
    let directory = match definition.kind {
        DefinitionKind::WorkflowStep => String::from("workflowstep"),
        kind => kind.to_string(),
    };
    // A name is one part of a path, whatever it has in it.
    let name = definition.metadata.name.replace(['/', '\\'], "-");
    Path::new(&directory).join(format!("{name}.{ending}"))
}

fn write(directory: &str, files: Vec<(PathBuf, String)>) -> Result<(), Failure> {
    for (path, text) in files {
        let path = Path::new(directory).join(path);
        let shown = path.display().to_string();
        let parent = path.parent().unwrap_or(Path::new(directory));
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| unwritable(&shown, &error))?;
    }
    Ok(())
}
