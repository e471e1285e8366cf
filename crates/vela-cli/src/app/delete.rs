//! `vela delete`.

use super::allowed::{self, ask};
use super::output::{self, Format};
use super::state::{Name, State};
use super::up;
use crate::failure::Failure;
use clap::Args;
use serde_json::json;
use vela::Deletion;
use vela::exec::driver::Notice;

/// Delete all that an application has applied.
#[derive(Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    name: Name,
    #[command(flatten)]
    state: State,
    /// Delete without asking.
    #[arg(short = 'y', long)]
    yes: bool,
    /// Delete also what may hold data that is nowhere else: volumes and their claims, definitions of kinds,
    /// namespaces.
    #[arg(long)]
    with_data: bool,
    /// Leave all objects where they are, belonging to nobody; `vela up --adopt unowned` takes them over.
    #[arg(long, conflicts_with = "with_data")]
    orphan: bool,
    /// Print for programs.
    #[arg(long, value_enum, value_name = "FORMAT")]
    out: Option<Format>,
}

impl Delete {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let Name { name, namespace } = &self.name;
        let application = format!("{namespace}/{name}");
        let worker = self.state.worker(&application, &format!("vela delete of {application}"))?;
        let runtime = &worker.runtime;
        let how = Deletion { data: self.with_data, orphan: self.orphan };
        if !self.yes && self.out.is_none() && ask::possible() {
            if !self.orphan {
                allowed::tell(&runtime.doomed(namespace, name, how)?)?;
            }
            ask::agreed(&format!("delete {application}?"))?;
        }
        let (mut gone, mut kept) = (Vec::new(), Vec::new());
        let work = runtime.delete(namespace, name, how, |notice| match notice {
            Notice::Pruned { target, object } => gone.push((target, object)),
            Notice::Kept { target, object, why } => kept.push((target, object, why)),
            _ => {}
        });
        let count = up::tokio()?.block_on(work)?;
        if let Some(format) = self.out {
            let objects: Vec<_> = gone
                .iter()
                .map(|(target, object)| json!({"target": target, "object": object}))
                .collect();
            let kept: Vec<_> = kept
                .iter()
                .map(
                    |(target, object, why)| json!({"target": target, "object": object, "why": why}),
                )
                .collect();
            let result = json!({
                "application": name, "namespace": namespace, "deleted": objects, "kept": kept,
            });
            return output::data(&result, format);
        }
        let mut text: String = gone
            .iter()
            .map(|(target, object)| format!("  {object}  deleted from {}\n", target.cluster))
            .collect();
        for (target, object, why) in &kept {
            text.push_str(&format!("  {object}  kept in {}: {why}\n", target.cluster));
        }
        text.push_str(&format!(
            "{name} is deleted: {count} object{}\n",
            if count == 1 { "" } else { "s" }
        ));
        output::text(&text)
    }
}
