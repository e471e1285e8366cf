//! Deleting what a Plan no longer has.
//!
//! Only what the application's own inventory names is ever deleted, and only after a run has succeeded.
//! Volumes, and definitions of kinds, hold what can't be made again: they stay unless told otherwise. A
//! Plan that has nothing at all deletes nothing: that is more often a mistake than a wish.

use super::{DriveError, Driver, Notice, Watch};
use crate::executor::{Cancel, Effect, EffectKey, Owner};
use crate::object::ObjectRef;
use crate::store::{InventoryEntry, RunMeta, inventory, remove_entry};
use std::collections::BTreeSet;
use vela_dag::plan::{NodeKind, Plan};

impl Driver {
    /// What an application has applied and its last run does not have.
    pub(super) fn leftovers(&self, meta: &RunMeta) -> Result<Vec<InventoryEntry>, DriveError> {
        let mut entries = inventory(&*self.store, &application_of(meta))?;
        let wanted = wanted(&meta.plan);
        let is_wanted = |entry: &InventoryEntry| {
            entry.run == meta.id
                || wanted.contains(&(
                    entry.target.kind.as_str(),
                    entry.target.cluster.as_str(),
                    entry.object.key(),
                ))
        };
        if !entries.iter().any(is_wanted) {
            return Ok(Vec::new());
        }
        entries.retain(|entry| !is_wanted(entry));
        Ok(entries)
    }

    /// Deletes what an application has applied and its last run does not have; gives how many objects went.
    pub(super) async fn prune(&self, meta: &RunMeta, watch: &Watch) -> Result<usize, DriveError> {
        let application = application_of(meta);
        let entries = self.leftovers(meta)?;
        let tell = |notice| {
            if let Some(notices) = &watch.notices {
                let _ = notices.send(notice);
            }
        };
        let mut gone = 0;
        for entry in &entries {
            if !self.prune_volumes && is_precious(&entry.object) {
                tell(Notice::Kept {
                    target: entry.target.clone(),
                    object: entry.object.clone(),
                    why: "it may hold data that is nowhere else".to_owned(),
                });
                continue;
            }
            let executor = self.targets.of(&entry.target).map_err(DriveError::Target)?;
            let key = EffectKey { run: meta.id.clone(), node: "prune".to_owned(), attempt: 1 };
            let effect = Effect {
                key,
                target: &entry.target,
                owner: &Owner {
                    application: application.clone(),
                    component: entry.component.clone(),
                },
                now: self.clock.now(),
                cancel: &Cancel::default(),
                progress: &|_| {},
            };
            executor.delete(&effect, std::slice::from_ref(&entry.object)).await.map_err(|why| {
                DriveError::Target(format!("{} can't be deleted: {why}", entry.object))
            })?;
            remove_entry(&*self.store, entry)?;
            tell(Notice::Pruned { target: entry.target.clone(), object: entry.object.clone() });
            gone += 1;
        }
        Ok(gone)
    }
}

fn application_of(meta: &RunMeta) -> String {
    let application = &meta.plan.application;
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
