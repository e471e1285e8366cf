//! Deleting what a Plan no longer has.
//!
//! Only what the application's own inventory names is ever deleted, only after a run has succeeded, and only
//! as far as the run's settings and the application's policies allow. Volumes, and definitions of kinds,
//! hold what can't be made again: they stay unless told otherwise. A Plan that has nothing at all deletes
//! nothing: that is more often a mistake than a wish.

use super::{DriveError, Driver, Notice, Watch};
use crate::action::rights;
use crate::engine::{Objects, Prune};
use crate::executor::{Cancel, Deletion, Effect, EffectKey, ExecError, Owner, complete};
use crate::object::ObjectRef;
use crate::store::{InventoryEntry, RunMeta, inventory, remove_entry};
use std::collections::BTreeSet;
use std::fmt;
use vela_dag::plan::{NodeKind, Plan};
use vela_dag::policy::CollectStrategy;

/// An object that its application no longer has.
#[derive(Clone, PartialEq, Debug)]
pub struct Leftover {
    /// Which.
    pub entry: InventoryEntry,
    /// Why it stays; it goes if absent.
    pub stays: Option<Stays>,
}

/// Why an object stays that its application no longer has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stays {
    /// It may hold data that is nowhere else.
    Data,
    /// A policy of the application says so.
    Policy,
    /// Nobody has agreed that it goes.
    Unapproved,
}

impl fmt::Display for Stays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stays::Data => "it may hold data that is nowhere else",
            Stays::Policy => "a policy of the application keeps it",
            Stays::Unapproved => "nobody has agreed that it goes",
        })
    }
}

/// Why an object stays that is to go with its whole application.
#[must_use]
pub fn stays_behind(entry: &InventoryEntry, data: bool) -> Option<Stays> {
    if entry.fate.goes == CollectStrategy::Never {
        return Some(Stays::Policy);
    }
    (!data && is_precious(&entry.object)).then_some(Stays::Data)
}

fn stays(entry: &InventoryEntry, plan: &Plan, objects: &Objects) -> Option<Stays> {
    if entry.fate.goes != CollectStrategy::OnAppUpdate || rights::keeps_legacy(&plan.policies) {
        return Some(Stays::Policy);
    }
    let approved = match &objects.prune {
        Prune::All => true,
        Prune::Approved(keys) => keys.contains(&entry.key()),
        Prune::Nothing => false,
    };
    match (stays_behind(entry, objects.data), approved) {
        (None, false) => Some(Stays::Unapproved),
        (why, _) => why,
    }
}

impl Driver {
    /// What running a Plan would delete, and what it would leave though the Plan does not have it. Objects
    /// that steps apply on their own are not among them where the Plan has steps that could do so again.
    ///
    /// # Errors
    /// The store does not work.
    pub fn leftovers_of(&self, plan: &Plan) -> Result<Vec<Leftover>, DriveError> {
        let steps = plan.nodes.iter().any(
            |node| matches!(&node.kind, NodeKind::Action { applies, .. } if applies.is_empty()),
        );
        let objects = Objects { prune: Prune::All, ..self.settings.objects.clone() };
        let mut found = self.unwanted(plan, "", &objects)?;
        found.retain(|one| one.entry.component.is_some() || !steps);
        Ok(found)
    }

    /// What an application has applied and its last run does not have.
    pub(super) fn leftovers(
        &self,
        meta: &RunMeta,
        objects: &Objects,
    ) -> Result<Vec<Leftover>, DriveError> {
        self.unwanted(&meta.plan, &meta.id, objects)
    }

    fn unwanted(
        &self,
        plan: &Plan,
        run: &str,
        objects: &Objects,
    ) -> Result<Vec<Leftover>, DriveError> {
        let mut entries = inventory(&*self.store, &application_of(plan))?;
        let wanted = wanted(plan);
        let is_wanted = |entry: &InventoryEntry| {
            entry.run == run
                || wanted.contains(&(
                    entry.target.kind.as_str(),
                    entry.target.cluster.as_str(),
                    entry.object.key(),
                ))
        };
        if wanted.is_empty() && !entries.iter().any(is_wanted) {
            return Ok(Vec::new());
        }
        entries.retain(|entry| !is_wanted(entry));
        let judged = entries.into_iter().map(|entry| {
            let stays = stays(&entry, plan, objects);
            Leftover { entry, stays }
        });
        Ok(judged.collect())
    }

    /// Deletes what an application has applied and its last run does not have; gives how many objects went.
    pub(super) async fn prune(
        &self,
        meta: &RunMeta,
        objects: &Objects,
        watch: &Watch,
    ) -> Result<usize, DriveError> {
        let mut gone = 0;
        for Leftover { entry, stays } in &self.leftovers(meta, objects)? {
            let notice = match stays {
                Some(why) => kept(entry, why.to_string()),
                None => self.remove(entry, &meta.id, "prune").await?,
            };
            gone += usize::from(matches!(notice, Notice::Pruned { .. }));
            if let Some(notices) = &watch.notices {
                let _ = notices.send(notice);
            }
        }
        Ok(gone)
    }

    /// Deletes an object of an inventory, or leaves it to nobody where a policy says so.
    ///
    /// # Errors
    /// Its target does not work.
    pub async fn remove(
        &self,
        entry: &InventoryEntry,
        run: &str,
        node: &str,
    ) -> Result<Notice, DriveError> {
        let executor = self.targets.of(&entry.target).map_err(DriveError::Target)?;
        let owner =
            Owner { application: entry.application.clone(), component: entry.component.clone() };
        let effect = Effect {
            key: EffectKey { run: run.to_owned(), node: node.to_owned(), attempt: 1 },
            target: &entry.target,
            owner: &owner,
            now: self.clock.now(),
            claims: &[],
            cancel: &Cancel::default(),
            progress: &|_| {},
        };
        let failed = |why: ExecError| {
            DriveError::Target(format!("{} can't be deleted: {why}", entry.object))
        };
        let object = std::slice::from_ref(&entry.object);
        let notice = if entry.fate.orphan {
            executor.release(&effect, object).await.map_err(failed)?;
            kept(entry, "it belongs to nobody from now on".to_owned())
        } else {
            let done = executor.delete(&effect, object).await.map_err(failed)?;
            // What the target does not answer for may still be there: it stays in the inventory.
            complete(done.len(), object.len()).map_err(failed)?;
            match done.into_iter().next().transpose().map_err(failed)? {
                Some(Deletion::PassedOn { to }) => {
                    kept(entry, format!("{to} shares it, and owns it from now on"))
                }
                Some(Deletion::Foreign { owner: Some(other) }) => {
                    kept(entry, format!("it belongs to the application {other}"))
                }
                Some(Deletion::Foreign { owner: None }) => {
                    kept(entry, "it belongs to nobody".to_owned())
                }
                Some(Deletion::Deleted | Deletion::Missing) | None => {
                    Notice::Pruned { target: entry.target.clone(), object: entry.object.clone() }
                }
            }
        };
        remove_entry(&*self.store, entry)?;
        Ok(notice)
    }
}

fn kept(entry: &InventoryEntry, why: String) -> Notice {
    Notice::Kept { target: entry.target.clone(), object: entry.object.clone(), why }
}

fn application_of(plan: &Plan) -> String {
    let application = &plan.application;
    format!("{}/{}", application.namespace, application.name)
}

fn wanted(plan: &Plan) -> BTreeSet<(&str, &str, String)> {
    let mut wanted = BTreeSet::new();
    for node in &plan.nodes {
        if let (NodeKind::Artifact { objects, .. }, Some(target)) = (&node.kind, &node.target) {
            for object in objects {
                if let Ok(name) = ObjectRef::of(&object.manifest, &target.namespace) {
                    wanted.insert((target.kind.as_str(), target.cluster.as_str(), name.key()));
                }
            }
        }
    }
    wanted
}

fn is_precious(object: &ObjectRef) -> bool {
    matches!(
        object.kind.as_str(),
        "PersistentVolumeClaim" | "PersistentVolume" | "CustomResourceDefinition" | "Namespace"
    )
}
