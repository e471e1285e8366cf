//! `vela def`: definitions.

mod check;
mod list;
mod publish;
mod rewrite;
mod scaffold;
mod test;

use crate::failure::Failure;
use clap::{Args, Subcommand};
use std::sync::Arc;
use vela::Catalog;
use vela::dag::oam::{Definition, DefinitionKind};

/// List, show, write, check, test and document definitions.
#[derive(Args)]
pub(crate) struct Def {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List definitions.
    List(list::List),
    /// Show a definition and its parameters.
    Show(list::Show),
    /// Write a first version of a definition.
    Init(scaffold::Init),
    /// Check definition files.
    Vet(check::Vet),
    /// Run the tests beside definitions.
    Test(test::Test),
    /// Lay definition files out canonically.
    Fmt(rewrite::Fmt),
    /// Rewrite definition files for today's CUE.
    Fix(rewrite::Fix),
    /// Print the custom resources that definition files stand for.
    Render(publish::Render),
    /// Write the documentation of definitions, as Markdown.
    DocGen(publish::DocGen),
    /// Print the OpenAPI schema of definitions' parameters.
    Schema(publish::Schema),
}

impl Def {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        match &self.command {
            Command::List(list) => list.run(),
            Command::Show(show) => show.run(),
            Command::Init(init) => init.run(),
            Command::Vet(vet) => vet.run(),
            Command::Test(test) => test.run(),
            Command::Fmt(fmt) => fmt.run(),
            Command::Fix(fix) => fix.run(),
            Command::Render(render) => render.run(),
            Command::DocGen(pages) => pages.run(),
            Command::Schema(schema) => schema.run(),
        }
    }
}

/// The kind that a name means.
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

/// Definitions by name, or all of them where there are no names.
fn named<'c>(
    catalog: &'c Catalog,
    names: &[String],
    only: Option<DefinitionKind>,
) -> Result<Vec<&'c Arc<Definition>>, Failure> {
    if names.is_empty() {
        let all = catalog.definitions().filter(|d| only.is_none_or(|kind| d.kind == kind));
        return Ok(all.collect());
    }
    names.iter().map(|name| find(catalog, name, only)).collect()
}

/// `1 definition`, `2 definitions`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// That a file or directory can't be written.
fn unwritable(path: &str, error: &std::io::Error) -> Failure {
    Failure::coded(
        "def/write",
        format!("{path} can't be written: {error}"),
        "check that the directory is there and may be written",
    )
}
