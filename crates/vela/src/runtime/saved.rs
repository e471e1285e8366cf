//! Saved plans: what was approved is what is applied, or nothing is.
//!
//! A saved plan holds no secrets and nothing that could be applied by itself: it names the files that the
//! application is made of, and digests of them, of the Plan, and of every live object that the Plan would
//! touch. Before it is applied the Plan is made again; where anything has moved the difference is shown,
//! and nothing is written. Digests are keyed with the state's key, so they tell nothing to who has only the
//! file.

use super::{Runtime, owner};
use crate::bundle::Bundle;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fmt;
use vela_dag::plan::{ApplicationRef, NodeKind, Plan, Target};
use vela_exec::duration::Millis;
use vela_exec::object::{ObjectRef, changes};
use vela_exec::store::{InventoryEntry, inventory, latest_run};

/// The version of the format that this crate writes.
const VERSION: u32 = 1;

/// Fields of live objects that move without anybody's doing.
const VOLATILE: [&str; 6] =
    ["resourceVersion", "managedFields", "generation", "uid", "creationTimestamp", "selfLink"];

/// A plan on paper.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedPlan {
    version: u32,
    made: Millis,
    /// The application.
    pub application: ApplicationRef,
    /// The application's files: names and digests.
    pub files: Vec<(String, String)>,
    definitions: Vec<(String, String)>,
    /// Whether unknown fields were errors.
    pub strict: bool,
    /// The Plan's hash, keyed.
    plan_digest: String,
    /// The Plan, without secrets.
    plan: Json,
    /// The run that was the last one.
    last_run: Option<String>,
    preconditions: Vec<Precondition>,
}

/// How a live object was.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Precondition {
    target: Target,
    object: ObjectRef,
    /// Absent where it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// The object, without secrets.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    live: Json,
}

/// Something that is not as it was when a plan was saved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Moved {
    /// What: a file, the plan, an object.
    pub what: String,
    /// How: a line per difference.
    pub how: Vec<String>,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.how.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl SavedPlan {
    /// Reads a saved plan.
    ///
    /// # Errors
    /// The text is none, or one of a later version.
    pub fn parse(text: &str) -> Result<SavedPlan, Error> {
        let json: Json = serde_json::from_str(text)
            .map_err(|why| Error::saved(format!("it is no JSON: {why}")))?;
        match json.get("version").and_then(Json::as_u64) {
            Some(found) if found <= u64::from(VERSION) => {}
            Some(found) => {
                return Err(Error::saved(format!(
                    "it has format version {found}, this Vela reads versions up to {VERSION}"
                )));
            }
            None => return Err(Error::saved("it has no version".to_owned())),
        }
        serde_json::from_value(json).map_err(|why| Error::saved(why.to_string()))
    }

    /// The text that [`SavedPlan::parse`] reads.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl Runtime {
    /// Saves a plan, with all that must be as it is now when it is applied.
    ///
    /// # Errors
    /// State or targets don't work.
    pub async fn save_plan(&self, bundle: &Bundle, plan: &Plan) -> Result<SavedPlan, Error> {
        let digests = |texts: &[(String, String)]| {
            texts
                .iter()
                .map(|(name, text)| (name.clone(), self.key.digest(text.as_bytes())))
                .collect()
        };
        let json = serde_json::to_value(plan).unwrap_or_default();
        Ok(SavedPlan {
            version: VERSION,
            made: self.clock.now(),
            application: ApplicationRef {
                hash: self.key.digest(plan.application.hash.as_bytes()),
                ..plan.application.clone()
            },
            files: digests(&bundle.files),
            definitions: digests(&bundle.definitions),
            strict: bundle.strict,
            plan_digest: self.key.digest(plan.hash.as_bytes()),
            plan: without_hashes(&self.secrets.mask_json(&json)),
            last_run: self.last_run(plan)?,
            preconditions: self.preconditions(plan).await?,
        })
    }

    /// What is not as it was when a plan was saved; nothing where it can be applied.
    ///
    /// # Errors
    /// State or targets don't work.
    pub async fn moved(
        &self,
        saved: &SavedPlan,
        bundle: &Bundle,
        plan: &Plan,
    ) -> Result<Vec<Moved>, Error> {
        let now = self.save_plan(bundle, plan).await?;
        let mut moved = Vec::new();
        for (before, after) in [(&saved.files, &now.files), (&saved.definitions, &now.definitions)]
        {
            for (name, digest) in before {
                match after.iter().find(|(other, _)| other == name) {
                    None => moved.push(Moved::of(name, "is not there any more")),
                    Some((_, other)) if other != digest => {
                        moved.push(Moved::of(name, "is not the text that it was"));
                    }
                    Some(_) => {}
                }
            }
            for (name, _) in after.iter().filter(|(name, _)| !before.iter().any(|(b, _)| b == name))
            {
                moved.push(Moved::of(name, "was not there"));
            }
        }
        if now.plan_digest != saved.plan_digest {
            let mut how = differences(&saved.plan, &now.plan);
            if how.is_empty() {
                how.push("it differs in a secret value, or was saved with another key".to_owned());
            }
            moved.push(Moved { what: "the plan".to_owned(), how });
        }
        if now.last_run != saved.last_run {
            let run = |run: &Option<String>| run.clone().unwrap_or_else(|| "none".to_owned());
            let how =
                format!("the last run was {}, and is {}", run(&saved.last_run), run(&now.last_run));
            let what = format!("{}/{}", plan.application.namespace, plan.application.name);
            moved.push(Moved { what, how: vec![how] });
        }
        for before in &saved.preconditions {
            let after = now
                .preconditions
                .iter()
                .find(|after| (&after.target, &after.object) == (&before.target, &before.object));
            if let Some(after) = after.filter(|after| after.digest != before.digest) {
                let what = format!("{} in {}", before.object, before.target.cluster);
                let how = match (&before.digest, &after.digest) {
                    (None, _) => vec!["was not there, and is".to_owned()],
                    (_, None) => vec!["was there, and is not".to_owned()],
                    _ => {
                        let how = differences(&before.live, &after.live);
                        if how.is_empty() { vec!["a secret value of it".to_owned()] } else { how }
                    }
                };
                moved.push(Moved { what, how });
            }
        }
        Ok(moved)
    }

    fn last_run(&self, plan: &Plan) -> Result<Option<String>, Error> {
        let application = &plan.application;
        let last = latest_run(&*self.store, &application.namespace, &application.name)?;
        Ok(last.map(|run| run.id))
    }

    /// Every object that the Plan has, and those that its application has beside it.
    async fn preconditions(&self, plan: &Plan) -> Result<Vec<Precondition>, Error> {
        let application = format!("{}/{}", plan.application.namespace, plan.application.name);
        let mut entries = inventory(&*self.store, &application)?;
        for node in &plan.nodes {
            let (NodeKind::Artifact { component, objects, .. }, Some(target)) =
                (&node.kind, &node.target)
            else {
                continue;
            };
            for object in objects {
                let object =
                    ObjectRef::of(&object.manifest, &target.namespace).map_err(Error::target)?;
                let known = |e: &InventoryEntry| {
                    e.target.kind == target.kind
                        && e.target.cluster == target.cluster
                        && e.object.key() == object.key()
                };
                if !entries.iter().any(known) {
                    entries.push(InventoryEntry {
                        application: application.clone(),
                        target: target.clone(),
                        object,
                        component: Some(component.clone()),
                        run: String::new(),
                        fate: Default::default(),
                    });
                }
            }
        }
        entries.sort_by_key(InventoryEntry::key);
        let targets = self.targets(plan);
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            let executor = targets.of(&entry.target).map_err(Error::target)?;
            let owner = owner(&entry);
            let effect = self.effect("", "plan", &entry, &owner);
            let seen = executor.observe(&effect, std::slice::from_ref(&entry.object)).await?;
            let live = seen.into_iter().next().and_then(|seen| seen.live).map(settled);
            if let Some(live) = &live {
                self.secrets.add_from(live);
            }
            let bytes = live.as_ref().map(vela_dag::plan::hash);
            found.push(Precondition {
                target: entry.target,
                object: entry.object,
                digest: bytes.map(|bytes| self.key.digest(bytes.as_bytes())),
                live: live.map_or(Json::Null, |live| self.secrets.mask_json(&live)),
            });
        }
        Ok(found)
    }
}

impl Moved {
    fn of(what: &str, how: &str) -> Moved {
        Moved { what: what.to_owned(), how: vec![how.to_owned()] }
    }
}

/// A live object without what moves by itself.
fn settled(mut live: Json) -> Json {
    if let Some(fields) = live.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = live.pointer_mut("/metadata").and_then(Json::as_object_mut) {
        VOLATILE.iter().for_each(|name| {
            metadata.remove(*name);
        });
    }
    live
}

/// A Plan without its hashes: those of short secrets could be guessed.
fn without_hashes(plan: &Json) -> Json {
    match plan {
        Json::Array(items) => items.iter().map(without_hashes).collect(),
        Json::Object(fields) => {
            let is_hash = |name: &str, value: &Json| {
                name == "hash" && value.as_str().is_some_and(|text| text.len() == 64)
            };
            let kept = fields.iter().filter(|(name, value)| !is_hash(name, value));
            Json::Object(kept.map(|(name, value)| (name.clone(), without_hashes(value))).collect())
        }
        other => other.clone(),
    }
}

/// A line per field that differs. Nodes of plans and named items of lists are compared by name.
fn differences(before: &Json, after: &Json) -> Vec<String> {
    let (before, after) = (by_name(before), by_name(after));
    let shown = |value: &Option<Json>| match value {
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    changes(&before, &after, &before)
        .into_iter()
        .map(|change| format!("{}: {} → {}", change.path, shown(&change.from), shown(&change.to)))
        .collect()
}

/// Lists of things with names become objects of them.
fn by_name(value: &Json) -> Json {
    match value {
        Json::Array(items) => {
            let text = |item: &Json, at: &str| item.pointer(at)?.as_str().map(str::to_owned);
            let name = |item: &Json| {
                let kind = text(item, "/manifest/kind");
                let own = text(item, "/id").or_else(|| text(item, "/name"));
                own.or_else(|| {
                    Some(format!("{} {}", kind?, text(item, "/manifest/metadata/name")?))
                })
            };
            let names: Option<BTreeSet<String>> = items.iter().map(name).collect();
            // Things of one name would hide each other.
            let names = names.filter(|names| names.len() == items.len());
            let names = names.and_then(|_| items.iter().map(name).collect::<Option<Vec<_>>>());
            match names {
                Some(names) if !names.is_empty() => {
                    Json::Object(names.into_iter().zip(items.iter().map(by_name)).collect())
                }
                _ => Json::Array(items.iter().map(by_name).collect()),
            }
        }
        Json::Object(fields) => Json::Object(
            fields.iter().map(|(name, value)| (name.clone(), by_name(value))).collect(),
        ),
        other => other.clone(),
    }
}
