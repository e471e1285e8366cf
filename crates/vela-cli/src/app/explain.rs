//! `vela explain`: why a field is what it is, and what a parameter reaches.

use super::input::{self, Definitions};
use super::output::{self, Format};
use crate::failure::Failure;
use clap::Args;
use std::fmt::Write as _;
use vela::Explained;
use vela::dag::explain::{Cause, Leaf};
use vela::lang::Path;

/// Show where a field of a manifest comes from, or what a parameter reaches.
#[derive(Args)]
pub(crate) struct Explain {
    /// The application; `-` is standard input.
    #[arg(value_name = "APP")]
    app: String,
    /// The field, such as `spec.template.spec.containers[0].image`; all where it is left out. With
    /// `KIND/NAME:` in front, of that object only.
    #[arg(value_name = "PATH", conflicts_with = "parameter")]
    path: Option<String>,
    /// Show what this value of the application reaches, such as `components[0].properties.image`.
    #[arg(long, value_name = "PATH")]
    parameter: Option<String>,
    #[command(flatten)]
    definitions: Definitions,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl Explain {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let loaded =
            input::bundle(&self.app, &self.definitions)?.read_with(output::secrets().clone())?;
        let objects = vela::explain(&loaded.application, &loaded.definitions)?;
        let chosen = match &self.parameter {
            Some(parameter) => {
                let rooted = ["spec", "metadata"].iter().any(|root| {
                    parameter.strip_prefix(root).is_some_and(|rest| rest.starts_with('.'))
                });
                let full = if rooted { parameter.clone() } else { format!("spec.{parameter}") };
                if loaded.application.document.at(&full).is_none() {
                    return Err(missing(&format!("the application has no value at {full}")));
                }
                let path = read(&full)?;
                chosen(&objects, |one| one.reached(&path).cloned().collect())
            }
            None => {
                let (object, path) = match self.path.as_deref().unwrap_or_default().split_once(':')
                {
                    Some((object, path)) if object.contains('/') => (Some(object), path),
                    _ => (None, self.path.as_deref().unwrap_or_default()),
                };
                let path = read(path)?;
                let found = chosen(&objects, |one| {
                    let named = format!("{}/{}", one.kind, one.name);
                    match object {
                        Some(object) if object != named => Vec::new(),
                        _ => one.below(&path).cloned().collect(),
                    }
                });
                if found.is_empty() {
                    return Err(missing("no object has such a field"));
                }
                found
            }
        };
        match self.out {
            Some(format) => {
                output::data(&serde_json::to_value(&chosen).unwrap_or_default(), format)
            }
            None => output::text(&text(&chosen)),
        }
    }
}

fn chosen(objects: &[Explained], leaves: impl Fn(&Explained) -> Vec<Leaf>) -> Vec<Explained> {
    let chosen = objects.iter().map(|one| Explained { leaves: leaves(one), ..one.clone() });
    chosen.filter(|one| !one.leaves.is_empty()).collect()
}

fn read(path: &str) -> Result<Path, Failure> {
    Path::parse(path).map_err(|at| {
        Failure::coded(
            "app/path",
            format!("the path {path:?} can't be read at its byte {at}"),
            "a path is labels between dots, such as spec.ports[0][\"x/y\"]",
        )
    })
}

fn missing(message: &str) -> Failure {
    Failure::coded("app/path", message, "without a path, all fields are shown")
}

fn text(objects: &[Explained]) -> String {
    let mut out = String::new();
    for object in objects {
        let _ = writeln!(out, "{} {}  of {}", object.kind, object.name, object.component);
        for leaf in &object.leaves {
            let _ = writeln!(out, "  {} = {}", leaf.path, leaf.value);
            for link in &leaf.chain {
                let what = match &link.cause {
                    Cause::Application { path } => path.clone(),
                    Cause::Override { policy, .. } => format!("policy {policy}"),
                    Cause::Definition { kind, definition } => format!("{kind} {definition}"),
                    Cause::Rule { rule } => format!("rule: {rule}"),
                };
                let _ = match &link.place {
                    Some(at) => {
                        let place = format!("{}:{}:{}", at.file, at.line, at.column);
                        writeln!(out, "      {place}  {}  ({what})", at.text)
                    }
                    None => writeln!(out, "      {what}"),
                };
            }
        }
    }
    out
}
