//! `kube`: single objects on a cluster.

use super::schema::{Field, FieldKind, optional, required};
use super::{Action, Context, Effect, error, text};
use crate::engine::Outcome;
use crate::executor::{self, BoxFuture, ExecError, Filter, Health, Owner};
use crate::object::ObjectRef;
use crate::store::{InventoryEntry, Table, Transaction, encode};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use vela_dag::plan::Target;

pub(super) fn actions() -> Vec<Arc<dyn Action>> {
    vec![
        Arc::new(Apply),
        Arc::new(ApplyInParallel),
        Arc::new(Patch),
        Arc::new(Read),
        Arc::new(List),
        Arc::new(Delete),
    ]
}

const CLUSTER: Field = optional("cluster", FieldKind::Text, "the cluster; the local one if absent");

struct Apply;
struct ApplyInParallel;
struct Patch;
struct Read;
struct List;
struct Delete;

/// Where an object goes that a step names itself.
fn place(context: &Context<'_>, params: &Json, value: &Json) -> Target {
    let own = value.pointer("/metadata/namespace").and_then(Json::as_str).filter(|n| !n.is_empty());
    let namespace = own.unwrap_or_else(|| text(context.context, "namespace"));
    let namespace = if namespace.is_empty() {
        context.plan().application.namespace.as_str()
    } else {
        namespace
    };
    context.targets.home(text(params, "cluster"), namespace)
}

impl Context<'_> {
    pub(super) fn effect<'a>(
        &'a self,
        target: &'a Target,
        owner: &'a Owner,
    ) -> executor::Effect<'a> {
        executor::Effect {
            key: self.key(),
            target,
            owner,
            now: self.now,
            cancel: self.cancel,
            progress: self.progress,
        }
    }

    fn owner(&self) -> Owner {
        Owner { application: self.application(), component: None }
    }

    /// Records objects before they are applied.
    pub(super) fn take_stock(
        &self,
        target: &Target,
        component: Option<&str>,
        objects: &[Json],
    ) -> Result<Vec<ObjectRef>, String> {
        let mut transaction = Transaction::default();
        let mut names = Vec::new();
        for manifest in objects {
            let object = ObjectRef::of(manifest, &target.namespace)?;
            let entry = InventoryEntry {
                application: self.application(),
                target: target.clone(),
                object: object.clone(),
                component: component.map(str::to_owned),
                run: self.run.to_owned(),
            };
            let before =
                self.store.get(Table::Inventory, &entry.key()).map_err(|e| e.to_string())?;
            if before != Some(encode(&entry).map_err(|e| e.to_string())?) {
                entry.put(&mut transaction).map_err(|e| e.to_string())?;
            }
            names.push(object);
        }
        if !transaction.is_empty() {
            self.store.commit(&transaction).map_err(|e| e.to_string())?;
        }
        Ok(names)
    }
}

async fn apply(context: &Context<'_>, params: &Json, value: &Json) -> Result<Json, String> {
    let target = place(context, params, value);
    let executor = context.targets.of(&target)?;
    let objects = [value.clone()];
    executor.validate(&target, &objects).await.map_err(|e| e.to_string())?;
    let names = context.take_stock(&target, None, &objects)?;
    let owner = context.owner();
    let effect = context.effect(&target, &owner);
    executor.apply(&effect, &objects).await.map_err(|e| e.to_string())?;
    let observed = executor.observe(&effect, &names).await.map_err(|e| e.to_string())?;
    let live = observed.into_iter().next().and_then(|observed| observed.live);
    live.ok_or_else(|| "the object vanished while it was applied".to_owned())
}

fn result(name: &str, value: Result<Json, String>) -> Outcome {
    match value {
        Ok(value) => Outcome::Value { value: json!({ name: value }) },
        Err(message) => error(message),
    }
}

impl Action for Apply {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("kube", "apply")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[
            CLUSTER,
            required("value", FieldKind::Object, "the object to apply"),
            optional("patch", FieldKind::Object, "merged into it first"),
        ];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let mut value = params.get("value").cloned().unwrap_or(Json::Null);
            if let Some(patch) = params.get("patch") {
                merge(&mut value, patch);
            }
            result("value", apply(context, params, &value).await)
        })
    }
}

impl Action for ApplyInParallel {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("kube", "apply-in-parallel")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] =
            &[CLUSTER, required("value", FieldKind::List, "the objects to apply")];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let mut live = Vec::new();
            for value in params.get("value").and_then(Json::as_array).into_iter().flatten() {
                match apply(context, params, value).await {
                    Ok(object) => live.push(object),
                    Err(message) => return error(message),
                }
            }
            Outcome::Value { value: json!({ "value": live }) }
        })
    }
}

impl Action for Patch {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("kube", "patch")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[
            CLUSTER,
            required("value", FieldKind::Object, "which object"),
            required("patch", FieldKind::Object, "what changes in it"),
        ];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let value = params.get("value").unwrap_or(&Json::Null);
            let mut live = match read(context, params, value).await {
                Ok(live) => live,
                Err(message) => return error(message),
            };
            if let Some(fields) = live.as_object_mut() {
                fields.remove("status");
            }
            merge(&mut live, params.get("patch").unwrap_or(&Json::Null));
            result("result", apply(context, params, &live).await)
        })
    }
}

async fn read(context: &Context<'_>, params: &Json, value: &Json) -> Result<Json, String> {
    let target = place(context, params, value);
    let object = ObjectRef::of(value, &target.namespace)?;
    let owner = context.owner();
    let effect = context.effect(&target, &owner);
    let observed = context
        .targets
        .of(&target)?
        .observe(&effect, std::slice::from_ref(&object))
        .await
        .map_err(|e| e.to_string())?;
    match observed.into_iter().next() {
        Some(observed) if observed.health != Health::Missing => {
            observed.live.ok_or_else(|| format!("{object} can't be read"))
        }
        _ => Err(format!("{object} not found")),
    }
}

impl Action for Read {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("kube", "read")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[CLUSTER, required("value", FieldKind::Object, "which object")];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Read
    }

    /// That an object is not there is an answer (`err`), not a failure: steps ask in order to know.
    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let value =
                match read(context, params, params.get("value").unwrap_or(&Json::Null)).await {
                    Ok(live) => json!({ "value": live }),
                    Err(message) => json!({ "err": message }),
                };
            Outcome::Value { value }
        })
    }
}

fn filter(resource: &Json, given: Option<&Json>) -> Filter {
    let labels = given.and_then(|given| given.get("matchingLabels")).and_then(Json::as_object);
    Filter {
        api_version: text(resource, "apiVersion").to_owned(),
        kind: text(resource, "kind").to_owned(),
        namespace: given.map_or("", |given| text(given, "namespace")).to_owned(),
        labels: labels
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
    }
}

impl Action for List {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("kube", "list")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[
            CLUSTER,
            required("resource", FieldKind::Object, "apiVersion and kind"),
            optional("filter", FieldKind::Object, "namespace and matchingLabels"),
        ];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Read
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let target = context.targets.home(text(params, "cluster"), "");
            let filter =
                filter(params.get("resource").unwrap_or(&Json::Null), params.get("filter"));
            // The name of the result differs between the two generations of the package.
            let name = if context.call.returns { "values" } else { "list" };
            result(
                name,
                list(context, &target, &filter).await.map(|items| json!({ "items": items })),
            )
        })
    }
}

async fn list(
    context: &Context<'_>,
    target: &Target,
    filter: &Filter,
) -> Result<Vec<Json>, String> {
    let owner = context.owner();
    let effect = context.effect(target, &owner);
    context.targets.of(target)?.list(&effect, filter).await.map_err(|e| e.to_string())
}

impl Action for Delete {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("kube", "delete")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[
            CLUSTER,
            required("value", FieldKind::Object, "which object, or of which kind"),
            optional(
                "filter",
                FieldKind::Object,
                "all objects of the kind with this namespace and matchingLabels",
            ),
        ];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match delete(context, params).await {
                Ok(()) => Outcome::Value { value: Json::Object(Map::new()) },
                Err(message) => error(message),
            }
        })
    }
}

async fn delete(context: &Context<'_>, params: &Json) -> Result<(), String> {
    let value = params.get("value").unwrap_or(&Json::Null);
    let target = place(context, params, value);
    let objects = match params.get("filter").filter(|filter| filter.is_object()) {
        Some(given) => {
            let found = list(context, &target, &filter(value, Some(given))).await?;
            found
                .iter()
                .map(|live| ObjectRef::of(live, &target.namespace))
                .collect::<Result<Vec<_>, _>>()?
        }
        None => vec![ObjectRef::of(value, &target.namespace)?],
    };
    let owner = context.owner();
    let effect = context.effect(&target, &owner);
    match context.targets.of(&target)?.delete(&effect, &objects).await {
        Ok(()) => Ok(()),
        Err(ExecError::Cancelled) => Err("cancelled".to_owned()),
        Err(other) => Err(other.to_string()),
    }
}

/// RFC 7386: `null` deletes, objects are merged, all else is replaced. Manifests are as deep as what
/// parsed them allowed.
pub(super) fn merge(value: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Json::Object(Map::new());
    }
    let Json::Object(fields) = value else { return };
    for (key, change) in patch {
        if change.is_null() {
            fields.remove(key);
        } else {
            merge(fields.entry(key.clone()).or_insert(Json::Null), change);
        }
    }
}
