//! `vela plan`: what would be done, in which order.

use super::allowed;
use super::input::Source;
use super::output;
use super::outside;
use super::recursive;
use super::saved::Save;
use crate::failure::Failure;
use clap::{Args, ValueEnum};
use vela::dag::draw;

/// Print what deploying an application would do, and change nothing.
#[derive(Args)]
#[command(mut_arg("files", |arg| arg.required(false).required_unless_present("recursive")))]
pub(crate) struct Plan {
    #[command(flatten)]
    source: Source,
    /// How to print it.
    #[arg(long, value_enum, default_value = "tree", value_name = "FORMAT")]
    out: Picture,
    /// Plan all applications below a directory: a line of JSON each, with the whole Plan in it where it
    /// is printed as JSON.
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    recursive: Option<String>,
    #[command(flatten)]
    save: Save,
}

/// How a plan is printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Picture {
    /// A tree.
    Tree,
    /// The Plan itself.
    Json,
    /// The Plan itself.
    Yaml,
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
    /// A picture.
    Svg,
}

impl Plan {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        if let Some(directory) = &self.recursive {
            let whole = self.out == Picture::Json;
            return recursive::plan(directory, &self.source.definitions, whole);
        }
        let loaded = self.source.load()?;
        let plan = loaded.plan(&outside::plan_options())?;
        // Before the state is taken to make digests with its key.
        let leftovers = match self.out {
            Picture::Tree => self.save.leftovers(&plan)?,
            _ => Vec::new(),
        };
        self.save.write(&self.source, &loaded, &plan)?;
        let data = || {
            let mut data = serde_json::to_value(&plan).unwrap_or_default();
            data["shape"] = serde_json::to_value(plan.shape()).unwrap_or_default();
            data
        };
        match self.out {
            Picture::Tree => {
                output::text(&draw::tree(&plan))?;
                allowed::tell(&leftovers)
            }
            Picture::Json => output::data(&data(), output::Format::Json),
            Picture::Yaml => output::data(&data(), output::Format::Yaml),
            Picture::Dot => output::text(&draw::dot(&plan)),
            Picture::Mermaid => output::text(&draw::mermaid(&plan)),
            Picture::Svg => output::text(&draw::svg(&plan)),
        }
    }
}
