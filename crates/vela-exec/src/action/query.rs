//! `query`: what an application has where, from its inventory.

use super::schema::{Field, FieldKind, optional};
use super::{Action, Context, Effect, text};
use crate::engine::Outcome;
use crate::executor::{self, BoxFuture, Owner};
use crate::store::{InventoryEntry, inventory};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(super) fn actions() -> Vec<Arc<dyn Action>> {
    vec![
        Arc::new(Query::AppliedResources),
        Arc::new(Query::Resources),
        Arc::new(Query::Collect),
        Arc::new(Query::Endpoints),
    ]
}

enum Query {
    /// What was applied: names only.
    AppliedResources,
    /// What was applied, with the live objects.
    Resources,
    /// The live objects alone.
    Collect,
    /// Where services can be reached.
    Endpoints,
}

impl Action for Query {
    fn names(&self) -> Vec<(&str, &str)> {
        match self {
            Query::AppliedResources => vec![("query", "listAppliedResources")],
            Query::Resources => vec![("query", "listResourcesInApp")],
            Query::Collect => vec![("query", "collectResources")],
            Query::Endpoints => vec![("query", "collectServiceEndpoints")],
        }
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[optional(
            "app",
            FieldKind::Object,
            "name and namespace, and a filter of components, cluster and kind",
        )];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Read
    }

    /// That nothing can be read is an answer (`err`), not a failure.
    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let value = match self.list(context, params).await {
                Ok(list) => json!({ "list": list }),
                Err(message) => json!({"list": [], "err": message}),
            };
            Outcome::Value { value }
        })
    }
}

impl Query {
    async fn list(&self, context: &Context<'_>, params: &Json) -> Result<Vec<Json>, String> {
        let app = params.get("app").unwrap_or(&Json::Null);
        let or = |given: &str, other: &str| {
            if given.is_empty() { other.to_owned() } else { given.to_owned() }
        };
        let planned = &context.plan().application;
        let name = or(text(app, "name"), &planned.name);
        let namespace = or(text(app, "namespace"), &planned.namespace);
        let entries =
            inventory(context.store, &format!("{namespace}/{name}")).map_err(|e| e.to_string())?;
        let filter = app.get("filter").unwrap_or(&Json::Null);
        let mut list = Vec::new();
        for entry in entries.iter().filter(|entry| selects(filter, entry)) {
            if matches!(self, Query::AppliedResources) {
                list.push(resource(entry));
                continue;
            }
            if matches!(self, Query::Endpoints)
                && !matches!(entry.object.kind.as_str(), "Service" | "Ingress")
            {
                continue;
            }
            let Some(live) = live(context, entry).await? else { continue };
            match self {
                Query::Resources => list.push(json!({
                    "cluster": entry.target.cluster, "component": entry.component, "object": live,
                })),
                Query::Endpoints => list.extend(endpoints(entry, &live)),
                Query::Collect | Query::AppliedResources => list.push(live),
            }
        }
        Ok(list)
    }
}

fn selects(filter: &Json, entry: &InventoryEntry) -> bool {
    let same = |key: &str, value: &str| {
        matches!(text(filter, key), "" | "*") || text(filter, key) == value
    };
    let components = filter.get("components").and_then(Json::as_array);
    same("cluster", &entry.target.cluster)
        && same("clusterNamespace", &entry.object.namespace)
        && same("kind", &entry.object.kind)
        && same("apiVersion", &entry.object.api_version)
        && components.is_none_or(|wanted| {
            wanted.is_empty()
                || wanted.iter().any(|name| name.as_str() == entry.component.as_deref())
        })
}

fn resource(entry: &InventoryEntry) -> Json {
    json!({
        "cluster": entry.target.cluster,
        "component": entry.component,
        "apiVersion": entry.object.api_version,
        "kind": entry.object.kind,
        "namespace": entry.object.namespace,
        "name": entry.object.name,
    })
}

async fn live(context: &Context<'_>, entry: &InventoryEntry) -> Result<Option<Json>, String> {
    let owner =
        Owner { application: entry.application.clone(), component: entry.component.clone() };
    let effect: executor::Effect<'_> = context.effect(&entry.target, &owner, &[]);
    let executor = context.targets.of(&entry.target)?;
    let seen = executor
        .observe(&effect, std::slice::from_ref(&entry.object))
        .await
        .map_err(|e| e.to_string())?;
    Ok(seen.into_iter().next().and_then(|observed| observed.live))
}

/// The endpoints of a Service (a host and a port for each of its ports) or an Ingress (its rules' hosts).
fn endpoints(entry: &InventoryEntry, live: &Json) -> Vec<Json> {
    let list =
        |pointer: &str| live.pointer(pointer).and_then(Json::as_array).cloned().unwrap_or_default();
    let address = live.pointer("/status/loadBalancer/ingress/0").map(|at| match text(at, "ip") {
        "" => text(at, "hostname").to_owned(),
        ip => ip.to_owned(),
    });
    let mut found = Vec::new();
    let mut add = |endpoint: Json| {
        found.push(json!({
            "endpoint": endpoint,
            "ref": resource(entry),
            "cluster": entry.target.cluster,
            "component": entry.component,
        }));
    };
    if entry.object.kind == "Service" {
        let inner = address.is_none();
        let host =
            address.unwrap_or_else(|| format!("{}.{}", entry.object.name, entry.object.namespace));
        for port in list("/spec/ports") {
            add(json!({
                "protocol": port.get("protocol").cloned().unwrap_or_else(|| json!("TCP")),
                "host": host,
                "port": port.get("port"),
                "portName": text(&port, "name"),
                "inner": inner,
            }));
        }
    } else {
        let secure = !list("/spec/tls").is_empty();
        for rule in list("/spec/rules") {
            let host = match text(&rule, "host") {
                "" => address.clone().unwrap_or_default(),
                host => host.to_owned(),
            };
            let paths =
                rule.pointer("/http/paths").and_then(Json::as_array).cloned().unwrap_or_default();
            for path in paths {
                add(json!({
                    "protocol": "TCP",
                    "appProtocol": if secure { "https" } else { "http" },
                    "host": host,
                    "port": if secure { 443 } else { 80 },
                    "path": text(&path, "path"),
                    "inner": false,
                }));
            }
        }
    }
    found
}
