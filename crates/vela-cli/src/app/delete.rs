//! `vela delete`.

use super::output::{self, Format};
use super::state::{Name, State};
use super::up;
use crate::failure::Failure;
use clap::Args;
use serde_json::json;
use vela::exec::driver::Notice;

/// Delete all that an application has applied.
#[derive(Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    name: Name,
    #[command(flatten)]
    state: State,
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
        let mut gone = Vec::new();
        let count = up::tokio()?.block_on(runtime.delete(namespace, name, |notice| {
            if let Notice::Pruned { target, object } = notice {
                gone.push((target, object));
            }
        }))?;
        if let Some(format) = self.out {
            let objects: Vec<_> = gone
                .iter()
                .map(|(target, object)| json!({"target": target, "object": object}))
                .collect();
            let result = json!({"application": name, "namespace": namespace, "deleted": objects});
            return output::data(&result, format);
        }
        let mut text: String = gone
            .iter()
            .map(|(target, object)| format!("  {object}  deleted from {}\n", target.cluster))
            .collect();
        text.push_str(&format!(
            "{name} is deleted: {count} object{}\n",
            if count == 1 { "" } else { "s" }
        ));
        output::text(&text)
    }
}
