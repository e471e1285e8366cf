//! What goes: objects that an application no longer has, and applications as a whole.

use super::Runtime;
use crate::error::Error;
use vela_dag::plan::Plan;
use vela_exec::driver::{Leftover, Notice, Watch, stays_behind};
use vela_exec::engine::{Operation, RunPhase};
use vela_exec::store::{inventory, runs};

/// How an application is deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Deletion {
    /// Also what may hold data that is nowhere else goes: volumes, definitions of kinds, namespaces.
    pub data: bool,
    /// Nothing goes: all stays where it is, and belongs to nobody from now on.
    pub orphan: bool,
}

impl Runtime {
    /// What deploying a Plan would delete, and what it would leave though the Plan does not have it.
    ///
    /// # Errors
    /// The state does not work.
    pub fn leftovers(&self, plan: &Plan) -> Result<Vec<Leftover>, Error> {
        Ok(self.driver(plan).leftovers_of(plan)?)
    }

    /// What deleting an application would delete, and what would stay.
    ///
    /// # Errors
    /// There is no such application, or the state does not work.
    pub fn doomed(
        &self,
        namespace: &str,
        name: &str,
        how: Deletion,
    ) -> Result<Vec<Leftover>, Error> {
        self.last(namespace, name)?;
        let entries = inventory(&*self.store, &format!("{namespace}/{name}"))?;
        let judged = entries.into_iter().map(|entry| {
            let stays = stays_behind(&entry, how.data);
            Leftover { entry, stays }
        });
        Ok(judged.collect())
    }

    /// Deletes all that an application has applied, but what holds data; gives how many objects that were.
    /// A run that is under way is terminated first.
    ///
    /// # Errors
    /// There is no such application, or state or targets don't work.
    pub async fn delete(
        &self,
        namespace: &str,
        name: &str,
        how: Deletion,
        mut tell: impl FnMut(Notice),
    ) -> Result<usize, Error> {
        let last = self.last(namespace, name)?;
        if matches!(last.phase, RunPhase::Initializing | RunPhase::Executing | RunPhase::Suspending)
        {
            let watch = Watch::default();
            self.operate(namespace, name, Operation::Terminate, None, watch).await?;
        }
        let doomed = self.doomed(namespace, name, how)?;
        let mut count = 0;
        // What was applied last goes first.
        for meta in runs(&*self.store, namespace, name)?.iter().rev() {
            let driver = self.driver(&meta.plan);
            for Leftover { entry, stays } in doomed.iter().rev() {
                if entry.run != meta.id {
                    continue;
                }
                let notice = match stays {
                    Some(why) if !how.orphan => Notice::Kept {
                        target: entry.target.clone(),
                        object: entry.object.clone(),
                        why: why.to_string(),
                    },
                    _ => {
                        let mut entry = entry.clone();
                        entry.fate.orphan |= how.orphan;
                        driver.remove(&entry, &last.id, "delete").await?
                    }
                };
                count += usize::from(matches!(notice, Notice::Pruned { .. }));
                tell(notice);
            }
        }
        self.keep(&format!("deleted:{namespace}/{name}"), &last.id)?;
        Ok(count)
    }
}
