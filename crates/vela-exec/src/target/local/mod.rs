//! The embedded target: objects kept in the store, with the life cycle of real ones.
//!
//! There is no process behind an object; what a controller would make of it is computed from its manifest
//! and its age (see `lifecycle`), so the same calls at the same times give the same answers. Objects live
//! in named clusters; `local` is always there.

mod fault;
mod lifecycle;
mod owned;

pub use fault::{Fault, Faults};

use owned::{Access, access};

use crate::duration::Millis;
use crate::executor::{
    BoxFuture, Change, ChangeAction, Claim, Deletion, Effect, EffectKey, ExecError, Executor,
    Filter, Health, Observed, PerObject, Progress,
};
use crate::object::{ObjectRef, changes, merged};
use crate::store::{StateStore, StoreError, Table, Transaction, Write, decode, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_dag::plan::Target;

/// How fast objects become what they shall be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// As real ones do: some seconds, by kind.
    Natural,
    /// Components at once; objects that are applied outside of components have no controller at all, so
    /// they never get a status. This is what KubeVela's own simulation has.
    Instant,
}

/// The embedded target.
pub struct LocalTarget {
    store: Arc<dyn StateStore>,
    clusters: Vec<String>,
    pace: Pace,
    faults: Faults,
    /// How many objects a cluster takes; as many as there are if it is not named.
    quotas: BTreeMap<String, usize>,
}

/// An object as it is kept.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    /// As it was last applied.
    applied: Json,
    /// As it is, without status.
    live: Json,
    /// Whose it is; nobody's if empty.
    application: String,
    /// Those who share it, the first of them its owner; none where it is not shared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shared_by: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    component: Option<String>,
    created: Millis,
    /// When its specification last changed.
    changed: Millis,
    generation: u64,
    /// The effect that last wrote it.
    written_by: EffectKey,
}

/// An object, and the bytes that it was read from.
type Found = (Stored, Vec<u8>);

impl LocalTarget {
    /// A target whose only cluster is `local`.
    #[must_use]
    pub fn new(store: Arc<dyn StateStore>) -> LocalTarget {
        LocalTarget {
            store,
            clusters: vec!["local".to_owned()],
            pace: Pace::Natural,
            faults: Faults::default(),
            quotas: BTreeMap::new(),
        }
    }

    /// Sets how many objects a cluster takes.
    #[must_use]
    pub fn with_quota(mut self, cluster: &str, objects: usize) -> LocalTarget {
        self.quotas.insert(cluster.to_owned(), objects);
        self
    }

    /// Adds clusters.
    #[must_use]
    pub fn with_clusters(mut self, names: impl IntoIterator<Item = String>) -> LocalTarget {
        for name in names {
            if !self.clusters.contains(&name) {
                self.clusters.push(name);
            }
        }
        self
    }

    /// Sets the pace.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> LocalTarget {
        self.pace = pace;
        self
    }

    /// Makes components misbehave.
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> LocalTarget {
        self.faults = faults;
        self
    }

    /// Changes a live object behind Vela's back, as a user with an editor would; gives whether it is there.
    ///
    /// # Errors
    /// The store does not work.
    pub fn edit(
        &self,
        cluster: &str,
        object: &ObjectRef,
        now: Millis,
        change: impl FnOnce(&mut Json),
    ) -> Result<bool, StoreError> {
        let Some((mut stored, _)) = self.load(cluster, object)? else { return Ok(false) };
        change(&mut stored.live);
        stored.changed = now;
        stored.generation += 1;
        let mut transaction = Transaction::default();
        transaction.put(Table::Objects, key(cluster, object), encode(&stored)?);
        self.store.commit(&transaction)?;
        Ok(true)
    }

    fn load(&self, cluster: &str, object: &ObjectRef) -> Result<Option<Found>, StoreError> {
        let Some(bytes) = self.store.get(Table::Objects, &key(cluster, object))? else {
            return Ok(None);
        };
        Ok(Some((decode("an object", &bytes)?, bytes)))
    }

    fn check(&self, target: &Target) -> Result<(), ExecError> {
        if self.clusters.contains(&cluster_of(target).to_owned()) {
            return Ok(());
        }
        Err(ExecError::Invalid(format!(
            "there is no cluster \"{}\"; known are: {}",
            target.cluster,
            self.clusters.join(", ")
        )))
    }

    fn validated(&self, target: &Target, objects: &[Json]) -> Result<Vec<ObjectRef>, ExecError> {
        self.check(target)?;
        objects
            .iter()
            .map(|manifest| ObjectRef::of(manifest, &target.namespace).map_err(ExecError::Invalid))
            .collect()
    }

    /// What applying a manifest would do, and the object after it.
    fn plan(
        &self,
        cluster: &str,
        object: &ObjectRef,
        manifest: &Json,
    ) -> Result<(Change, Option<Found>, Json), StoreError> {
        let wanted = with_namespace(manifest, object);
        let found = self.load(cluster, object)?;
        let (action, fields, live) = match &found {
            None => (ChangeAction::Create, Vec::new(), wanted.clone()),
            Some((stored, _)) => {
                let fields = changes(&stored.applied, &wanted, &stored.live);
                let action =
                    if fields.is_empty() { ChangeAction::Unchanged } else { ChangeAction::Update };
                (action, fields, merged(&stored.applied, &wanted, &stored.live))
            }
        };
        Ok((Change { object: object.clone(), action, fields }, found, live))
    }

    fn apply_one(
        &self,
        effect: &Effect<'_>,
        object: &ObjectRef,
        manifest: &Json,
        claim: Claim,
    ) -> Result<Change, ExecError> {
        let cluster = cluster_of(effect.target);
        let (mut change, found, live) = self.plan(cluster, object, manifest).map_err(failed)?;
        let application = &effect.owner.application;
        match found {
            None if claim == Claim::ReadOnly => {
                let why = "is not there, and the policy read-only says that it is never written";
                return Err(ExecError::Failed(format!("{object} {why}")));
            }
            None => self.has_room(cluster, object)?,
            Some(_) => {}
        }
        if let Some((stored, _)) = &found {
            let access = access(stored, object, application, claim)?;
            if !matches!(access, Access::Write) {
                change.action = ChangeAction::Unchanged;
                change.fields.clear();
                if let (Access::Join, Some(found)) = (access, found) {
                    self.join(effect, object, found)?;
                }
                return Ok(change);
            }
        }
        let key = key(cluster, object);
        let mut stored = match &found {
            Some((stored, _)) => stored.clone(),
            None => Stored {
                applied: Json::Null,
                live: Json::Null,
                application: application.clone(),
                shared_by: Vec::new(),
                component: effect.owner.component.clone(),
                created: effect.now,
                changed: effect.now,
                generation: 0,
                written_by: effect.key.clone(),
            },
        };
        let shares = claim == Claim::Share && !stored.shared_by.contains(application);
        if shares {
            stored.shared_by.insert(0, application.clone());
        }
        let owned = stored.application == *application;
        stored.application.clone_from(application);
        let wanted = with_namespace(manifest, object);
        if change.action == ChangeAction::Unchanged && stored.applied == wanted && owned && !shares
        {
            return Ok(change);
        }
        if change.action != ChangeAction::Unchanged {
            stored.changed = effect.now;
            stored.generation += 1;
            stored.written_by = effect.key.clone();
        }
        stored.applied = wanted;
        stored.live = live;
        stored.component.clone_from(&effect.owner.component);
        let mut transaction = Transaction::default();
        transaction.expect.push(Write {
            table: Table::Objects,
            key: key.clone(),
            value: found.map(|(_, bytes)| bytes),
        });
        transaction.put(Table::Objects, key, encode(&stored).map_err(failed)?);
        self.store.commit(&transaction).map_err(failed)?;
        Ok(change)
    }

    fn has_room(&self, cluster: &str, object: &ObjectRef) -> Result<(), ExecError> {
        let Some(quota) = self.quotas.get(cluster) else { return Ok(()) };
        let there = self.store.scan(Table::Objects, &format!("{cluster}/")).map_err(failed)?.len();
        if there < *quota {
            return Ok(());
        }
        Err(ExecError::Failed(format!(
            "{object} finds no room: the cluster {cluster} takes {quota} objects, and has {there}"
        )))
    }

    fn observe_one(&self, effect: &Effect<'_>, object: &ObjectRef) -> Result<Observed, ExecError> {
        let Some((stored, _)) = self.load(cluster_of(effect.target), object).map_err(failed)?
        else {
            return Ok(Observed {
                object: object.clone(),
                health: Health::Missing,
                message: format!("{object} is not there"),
                live: None,
                written_by: None,
                owner: None,
            });
        };
        let component = stored.component.as_deref();
        let healthy = self.faults.is_healthy(component);
        let age = effect.now.saturating_sub(stored.changed);
        let delay = self.faults.delay(component);
        let pace = if delay > age { Pace::Natural } else { self.pace };
        let state = lifecycle::state(&stored.live, age.saturating_sub(delay), pace, component);
        let (health, message) = match (healthy, state.health) {
            (false, _) => {
                (Health::Progressing, format!("{object} is not ready: a simulated fault"))
            }
            (true, health) => (health, state.message),
        };
        Ok(Observed {
            object: object.clone(),
            health,
            message,
            live: Some(shown(&stored, if healthy { state.status } else { None })),
            written_by: Some(stored.written_by),
            owner: Some(stored.application).filter(|owner| !owner.is_empty()),
        })
    }
}

/// The object as a reader sees it: with what a server adds.
fn shown(stored: &Stored, status: Option<Json>) -> Json {
    let mut live = stored.live.clone();
    if let Some(metadata) = live.get_mut("metadata").and_then(Json::as_object_mut) {
        metadata.insert("generation".to_owned(), json!(stored.generation));
    }
    if let (Some(status), Some(fields)) = (status, live.as_object_mut()) {
        fields.insert("status".to_owned(), status);
    }
    live
}

fn with_namespace(manifest: &Json, object: &ObjectRef) -> Json {
    let mut manifest = manifest.clone();
    if !object.namespace.is_empty()
        && let Some(metadata) = manifest.get_mut("metadata").and_then(Json::as_object_mut)
    {
        metadata.entry("namespace").or_insert_with(|| json!(object.namespace));
    }
    manifest
}

fn cluster_of(target: &Target) -> &str {
    if target.cluster.is_empty() { "local" } else { &target.cluster }
}

fn key(cluster: &str, object: &ObjectRef) -> String {
    format!("{cluster}/{}", object.key())
}

fn failed(error: StoreError) -> ExecError {
    ExecError::Failed(error.to_string())
}

/// A future that is there already.
fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(value))
}

impl Executor for LocalTarget {
    fn kind(&self) -> &str {
        "local"
    }

    fn validate<'a>(
        &'a self,
        target: &'a Target,
        objects: &'a [Json],
    ) -> BoxFuture<'a, Result<(), ExecError>> {
        ready(self.validated(target, objects).map(|_| ()))
    }

    fn diff<'a>(
        &'a self,
        target: &'a Target,
        objects: &'a [Json],
    ) -> BoxFuture<'a, Result<Vec<Change>, ExecError>> {
        let diff = || {
            let names = self.validated(target, objects)?;
            let each = names.iter().zip(objects);
            each.map(|(object, manifest)| {
                Ok(self.plan(cluster_of(target), object, manifest).map_err(failed)?.0)
            })
            .collect()
        };
        ready(diff())
    }

    fn apply<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        objects: &'a [Json],
    ) -> BoxFuture<'a, Result<PerObject<Change>, ExecError>> {
        let apply = || {
            let names = self.validated(effect.target, objects)?;
            self.faults
                .before_apply(effect.owner.component.as_deref())
                .map_err(ExecError::Failed)?;
            let mut done = Vec::new();
            for (index, (object, manifest)) in names.iter().zip(objects).enumerate() {
                effect.cancel.check()?;
                let applied = self.apply_one(effect, object, manifest, effect.claim(index));
                let object = object.clone();
                (effect.progress)(match &applied {
                    Ok(change) => Progress::Applied { object, action: change.action },
                    Err(why) => Progress::Failed { object, why: why.to_string() },
                });
                done.push(applied);
            }
            Ok(done)
        };
        ready(apply())
    }

    fn observe<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        objects: &'a [ObjectRef],
    ) -> BoxFuture<'a, Result<Vec<Observed>, ExecError>> {
        let observe = || {
            self.check(effect.target)?;
            let mut found = Vec::new();
            for object in objects {
                let observed = self.observe_one(effect, object)?;
                (effect.progress)(Progress::Health {
                    object: object.clone(),
                    health: observed.health,
                    message: observed.message.clone(),
                });
                found.push(observed);
            }
            Ok(found)
        };
        ready(observe())
    }

    fn delete<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        objects: &'a [ObjectRef],
    ) -> BoxFuture<'a, Result<PerObject<Deletion>, ExecError>> {
        let delete = || {
            self.check(effect.target)?;
            let mut done = Vec::new();
            for (index, object) in objects.iter().enumerate() {
                effect.cancel.check()?;
                let deleted = self.delete_one(effect, object, effect.claim(index));
                let object = object.clone();
                match &deleted {
                    Ok(Deletion::Deleted) => (effect.progress)(Progress::Deleted { object }),
                    Ok(_) => {}
                    Err(why) => {
                        (effect.progress)(Progress::Failed { object, why: why.to_string() });
                    }
                }
                done.push(deleted);
            }
            Ok(done)
        };
        ready(delete())
    }

    fn release<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        objects: &'a [ObjectRef],
    ) -> BoxFuture<'a, Result<(), ExecError>> {
        let release = || {
            self.check(effect.target)?;
            objects.iter().try_for_each(|object| self.release_one(effect, object))
        };
        ready(release())
    }

    fn list<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        filter: &'a Filter,
    ) -> BoxFuture<'a, Result<Vec<Json>, ExecError>> {
        let list = || {
            self.check(effect.target)?;
            let cluster = cluster_of(effect.target);
            let prefix = match filter.namespace.as_str() {
                "" => format!("{cluster}/"),
                namespace => format!("{cluster}/{namespace}/"),
            };
            let mut found = Vec::new();
            for (_, bytes) in self.store.scan(Table::Objects, &prefix).map_err(failed)? {
                let stored: Stored = decode("an object", &bytes).map_err(failed)?;
                if !matches(&stored.live, filter) {
                    continue;
                }
                let age = effect.now.saturating_sub(stored.changed);
                let state =
                    lifecycle::state(&stored.live, age, self.pace, stored.component.as_deref());
                found.push(shown(&stored, state.status));
            }
            Ok(found)
        };
        ready(list())
    }

    fn clusters(&self) -> Vec<String> {
        self.clusters.clone()
    }
}

fn matches(live: &Json, filter: &Filter) -> bool {
    let text = |path: &str| live.pointer(path).and_then(Json::as_str).unwrap_or_default();
    let group = |version: &str| version.split_once('/').map_or("", |(group, _)| group).to_owned();
    let labels = live.pointer("/metadata/labels");
    text("/kind").eq_ignore_ascii_case(&filter.kind)
        && group(text("/apiVersion")) == group(&filter.api_version)
        && filter.labels.iter().all(|(name, value)| {
            labels.and_then(|labels| labels.get(name)).and_then(Json::as_str)
                == Some(value.as_str())
        })
}

#[cfg(test)]
mod tests;
