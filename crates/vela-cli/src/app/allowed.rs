//! What a deployment may do to objects that it does not find as its own: which it deletes, which it adopts.
//!
//! What would be deleted is shown first. On a terminal somebody is asked; elsewhere `--yes` has to say it.

pub(crate) mod ask;

use super::output;
use crate::failure::Failure;
use clap::{Args, ValueEnum};
use std::fmt::Write as _;
use vela::exec::driver::Leftover;
use vela::exec::engine::{Adopt, Objects, Prune};
use vela::{Plan, Runtime};

/// What a deployment may do to objects that are not its own.
#[derive(Args)]
pub(crate) struct Allowed {
    /// Delete what the application no longer has, without asking.
    #[arg(short = 'y', long)]
    yes: bool,
    /// Leave what the application no longer has.
    #[arg(long, conflicts_with = "yes")]
    no_prune: bool,
    /// Delete also what may hold data that is nowhere else: volumes and their claims, definitions of kinds,
    /// namespaces.
    #[arg(long, conflicts_with = "no_prune")]
    with_data: bool,
    /// Make objects the application's own that are there already: those that nobody owns, or any.
    #[arg(long, value_enum, value_name = "WHOSE")]
    adopt: Option<Whose>,
}

/// Whose objects are adopted.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Whose {
    /// Those that nobody owns.
    Unowned,
    /// All, also those of other applications.
    Any,
}

impl Allowed {
    /// Finds out what may be done, and shows and asks where something would be deleted. What belongs to a
    /// plan that was approved is approved.
    pub(crate) fn settle(
        &self,
        runtime: &Runtime,
        plan: &Plan,
        approved: bool,
    ) -> Result<Objects, Failure> {
        let adopt = match self.adopt {
            None => Adopt::ByPolicy,
            Some(Whose::Unowned) => Adopt::Unowned,
            Some(Whose::Any) => Adopt::Any,
        };
        let objects = Objects { adopt, data: self.with_data, ..Objects::default() };
        if self.no_prune {
            return Ok(Objects { prune: Prune::Nothing, ..objects });
        }
        if self.yes {
            return Ok(objects);
        }
        let runtime = runtime.clone().with_settings(vela::exec::engine::Settings {
            objects: objects.clone(),
            ..Default::default()
        });
        let leftovers = runtime.leftovers(plan)?;
        let goes = || leftovers.iter().filter(|one| one.stays.is_none());
        if goes().next().is_some() && !approved {
            if !ask::possible() {
                return Err(Failure::coded(
                    "plan/deletes",
                    format!("this would delete, and nothing was written:\n{}", told(&leftovers)),
                    "say --yes to delete it, or --no-prune to leave it",
                ));
            }
            tell(&leftovers)?;
            ask::agreed("go ahead?")?;
        }
        let keys = goes().map(|one| one.entry.key()).collect();
        Ok(Objects { prune: Prune::Approved(keys), ..objects })
    }
}

/// Tells what goes, and what stays though it could go.
pub(crate) fn tell(leftovers: &[Leftover]) -> Result<(), Failure> {
    output::text(&told(leftovers))
}

fn told(leftovers: &[Leftover]) -> String {
    let mut text = String::new();
    for Leftover { entry, stays } in leftovers {
        let what = match stays {
            None => "is deleted".to_owned(),
            Some(why) => format!("stays: {why}"),
        };
        let _ = writeln!(text, "  {} in {}  {what}", entry.object, entry.target.cluster);
    }
    text
}
