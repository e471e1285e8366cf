//! `kube`: single objects on a cluster.

use super::rights::{self, Maker};
use super::schema::{Field, FieldKind, optional, required};
use super::{Action, Context, Effect, error, text};
use crate::engine::Outcome;
use crate::executor::{
    self, BoxFuture, Claim, Deletion, ExecError, Filter, Health, Owner, complete,
};
use crate::object::ObjectRef;
use crate::store::{InventoryEntry, Table, Transaction, encode, remove_entry};
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
        claims: &'a [Claim],
    ) -> executor::Effect<'a> {
        executor::Effect {
            key: self.key(),
            target,
            owner,
            now: self.now,
            claims,
            cancel: self.cancel,
            progress: self.progress,
        }
    }

    fn owner(&self) -> Owner {
        Owner { application: self.application(), component: None }
    }

    /// Records objects before they are applied: all but those that are only read.
    fn take_stock(
        &self,
        target: &Target,
        component: Option<&str>,
        objects: &[Wanted<'_>],
    ) -> Result<Stock, String> {
        let mut transaction = Transaction::default();
        let mut stock = Stock::default();
        for Wanted { manifest, maker } in objects {
            let object = ObjectRef::of(manifest, &target.namespace)?;
            let claim = rights::claim(self.plan(), self.adopt, *maker, manifest);
            stock.names.push(object.clone());
            stock.claims.push(claim);
            if claim == Claim::ReadOnly {
                stock.new.push(None);
                continue;
            }
            let entry = InventoryEntry {
                fate: rights::fate(self.plan(), *maker, manifest),
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
            stock.new.push(before.is_none().then_some(entry));
        }
        if !transaction.is_empty() {
            self.store.commit(&transaction).map_err(|e| e.to_string())?;
        }
        Ok(stock)
    }

    /// Applies objects, recorded before; gives their names.
    pub(super) async fn apply_all(
        &self,
        target: &Target,
        node: Option<String>,
        owner: &Owner,
        objects: &[Wanted<'_>],
    ) -> Result<Vec<ObjectRef>, Unapplied> {
        let executor = self.targets.of(target)?;
        let stock = self.take_stock(target, owner.component.as_deref(), objects)?;
        let mut effect = self.effect(target, owner, &stock.claims);
        effect.key.node = node.unwrap_or(effect.key.node);
        let manifests: Vec<Json> = objects.iter().map(|one| one.manifest.clone()).collect();
        let done = executor.apply(&effect, &manifests).await.map_err(|e| e.to_string())?;
        complete(done.len(), objects.len()).map_err(|e| e.to_string())?;
        let mut why = Vec::new();
        let mut refused = false;
        for (result, new) in done.into_iter().zip(stock.new) {
            let Err(error) = result else { continue };
            if matches!(error, ExecError::Refused { .. }) {
                refused = true;
                // It was never ours: nobody must delete it in our name.
                if let Some(entry) = new {
                    remove_entry(self.store, &entry).map_err(|e| e.to_string())?;
                }
            }
            why.push(error.to_string());
        }
        match (why.is_empty(), refused) {
            (true, _) => Ok(stock.names),
            (false, true) => Err(Unapplied::Refused(why.join("; "))),
            (false, false) => Err(Unapplied::Failed(why.join("; "))),
        }
    }
}

/// An object to apply, and what made it.
pub(super) struct Wanted<'w> {
    pub(super) manifest: &'w Json,
    pub(super) maker: Maker<'w>,
}

/// Objects that were recorded: with each the claim to it, and its entry if that is new.
#[derive(Default)]
struct Stock {
    names: Vec<ObjectRef>,
    claims: Vec<Claim>,
    new: Vec<Option<InventoryEntry>>,
}

/// Why objects were not applied.
pub(super) enum Unapplied {
    /// It may work another time.
    Failed(String),
    /// Some are not the application's: that does not change by trying again.
    Refused(String),
}

impl From<String> for Unapplied {
    fn from(why: String) -> Unapplied {
        Unapplied::Failed(why)
    }
}

impl From<Unapplied> for Outcome {
    fn from(unapplied: Unapplied) -> Outcome {
        match unapplied {
            Unapplied::Failed(message) => Outcome::Error { message },
            Unapplied::Refused(message) => Outcome::Fail { message },
        }
    }
}

async fn apply(context: &Context<'_>, params: &Json, value: &Json) -> Result<Json, Unapplied> {
    let target = place(context, params, value);
    let executor = context.targets.of(&target)?;
    let objects = [value.clone()];
    executor.validate(&target, &objects).await.map_err(|e| e.to_string())?;
    let owner = context.owner();
    let wanted = [Wanted { manifest: value, maker: Maker::default() }];
    let names = context.apply_all(&target, None, &owner, &wanted).await?;
    let effect = context.effect(&target, &owner, &[]);
    let observed = executor.observe(&effect, &names).await.map_err(|e| e.to_string())?;
    let live = observed.into_iter().next().and_then(|observed| observed.live);
    Ok(live.ok_or_else(|| "the object vanished while it was applied".to_owned())?)
}

fn result(name: &str, value: Result<Json, impl Into<Unapplied>>) -> Outcome {
    match value {
        Ok(value) => Outcome::Value { value: json!({ name: value }) },
        Err(why) => why.into().into(),
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
                    Err(why) => return why.into(),
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
    let effect = context.effect(&target, &owner, &[]);
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
    let effect = context.effect(target, &owner, &[]);
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
    // A step may name what nobody owns, but not what is another application's.
    let claims = vec![Claim::TakeOver; objects.len()];
    let effect = context.effect(&target, &owner, &claims);
    let done = context.targets.of(&target)?.delete(&effect, &objects).await;
    let done = done.map_err(|e| e.to_string())?;
    complete(done.len(), objects.len()).map_err(|e| e.to_string())?;
    for (object, result) in objects.iter().zip(done) {
        if let Deletion::Foreign { owner: Some(other) } = result.map_err(|e| e.to_string())? {
            return Err(format!("{object} belongs to the application {other}, and stays"));
        }
    }
    Ok(())
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
