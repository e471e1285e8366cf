//! What every object gets: a name, a namespace, labels and annotations.

use super::generated_name::generated_name;
use crate::oam::{Application, Component, Metadata};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// What made an object.
pub(super) enum Origin<'a> {
    /// The component itself.
    Workload,
    /// A trait's output, or one of the component.
    Trait {
        /// The type of the trait.
        trait_type: &'a str,
        /// The name of the output.
        output: &'a str,
    },
}

/// The application's labels and annotations that go to its objects.
fn handed_down(metadata: &Metadata) -> (BTreeMap<&String, &String>, BTreeMap<&String, &String>) {
    const DROPPED: [&str; 4] = [
        "app.oam.dev/inplace-upgrade",
        "filter.oam.dev/label-keys",
        "filter.oam.dev/annotation-keys",
        "kubectl.kubernetes.io/last-applied-configuration",
    ];
    let listed = |annotation: &str| -> Vec<&str> {
        let keys = metadata.annotations.get(annotation).map_or("", String::as_str);
        keys.split(',').map(str::trim).collect()
    };
    let labels = listed("filter.oam.dev/label-keys");
    let annotations = listed("filter.oam.dev/annotation-keys");
    (
        metadata.labels.iter().filter(|(key, _)| !labels.contains(&key.as_str())).collect(),
        metadata
            .annotations
            .iter()
            .filter(|(key, _)| {
                !annotations.contains(&key.as_str()) && !DROPPED.contains(&key.as_str())
            })
            .collect(),
    )
}

/// Completes an object.
pub(super) fn finish(
    app: &Application,
    component: &Component,
    mut object: Json,
    origin: &Origin<'_>,
) -> Json {
    let unversioned = |name: &str| name.split('@').next().unwrap_or(name).to_owned();
    let mut standard = vec![
        ("app.oam.dev/name", app.metadata.name.clone()),
        ("app.oam.dev/namespace", app.metadata.namespace().to_owned()),
        ("app.oam.dev/component", component.name.clone()),
        ("app.oam.dev/appRevision", app.revision.clone()),
    ];
    if let Some(key) = &component.replica_key {
        standard.push(("app.oam.dev/replicaKey", key.clone()));
    }
    match origin {
        Origin::Workload => {
            standard.push(("app.oam.dev/resourceType", String::from("WORKLOAD")));
            standard.push(("workload.oam.dev/type", unversioned(&component.component_type)));
        }
        Origin::Trait { trait_type, output } => {
            standard.push(("app.oam.dev/resourceType", String::from("TRAIT")));
            standard.push(("trait.oam.dev/type", unversioned(trait_type)));
            standard.push(("trait.oam.dev/resource", (*output).to_owned()));
        }
    }
    let nameless = name(&object).is_none();
    if nameless {
        let name = match origin {
            Origin::Workload => component.name.clone(),
            Origin::Trait { trait_type, output } => {
                let labels = [
                    ("app.oam.dev/component", component.name.as_str()),
                    ("app.oam.dev/name", app.metadata.name.as_str()),
                    ("trait.oam.dev/resource", output),
                    ("trait.oam.dev/type", trait_type),
                ];
                generated_name(&component.name, trait_type, &object, &labels)
            }
        };
        set_name(&mut object, &name);
    }
    complete(app, &mut object, standard);
    object
}

/// Completes the object of a policy.
pub(super) fn finish_policy(app: &Application, policy: &str, mut object: Json) -> Json {
    if name(&object).is_none() {
        set_name(&mut object, policy);
    }
    let standard = vec![
        ("app.oam.dev/name", app.metadata.name.clone()),
        ("app.oam.dev/component", policy.to_owned()),
        ("app.oam.dev/appRevision", app.revision.clone()),
    ];
    let labels = object_at(object_at(&mut object, "metadata"), "labels");
    if let Json::Object(labels) = labels {
        for (key, value) in standard {
            labels.insert(key.to_owned(), Json::String(value));
        }
    }
    set_namespace(app, &mut object);
    object
}

fn complete(app: &Application, object: &mut Json, standard: Vec<(&str, String)>) {
    let (labels, annotations) = handed_down(&app.metadata);
    let metadata = object_at(object, "metadata");
    if let Json::Object(own) = object_at(metadata, "labels") {
        for (key, value) in labels {
            own.insert(key.clone(), Json::String(value.clone()));
        }
        for (key, value) in standard {
            own.insert(key.to_owned(), Json::String(value));
        }
    }
    if let Json::Object(own) = object_at(metadata, "annotations") {
        for (key, value) in annotations {
            own.insert(key.clone(), Json::String(value.clone()));
        }
    }
    set_namespace(app, object);
}

/// The application's namespace, unless the object has one or is one.
fn set_namespace(app: &Application, object: &mut Json) {
    let text = |pointer: &str| object.pointer(pointer).and_then(Json::as_str).unwrap_or("");
    let is_namespace = text("/kind") == "Namespace" && text("/apiVersion") == "v1";
    if text("/metadata/namespace").is_empty() && !is_namespace {
        let namespace = Json::String(app.metadata.namespace().to_owned());
        if let Json::Object(metadata) = object_at(object, "metadata") {
            metadata.insert(String::from("namespace"), namespace);
        }
    }
}

fn name(object: &Json) -> Option<&str> {
    object.pointer("/metadata/name").and_then(Json::as_str).filter(|name| !name.is_empty())
}

fn set_name(object: &mut Json, name: &str) {
    if let Json::Object(metadata) = object_at(object, "metadata") {
        if name.is_empty() {
            metadata.remove("name");
        } else {
            metadata.insert(String::from("name"), Json::String(name.to_owned()));
        }
    }
}

/// The object at a member; made where there is none.
fn object_at<'j>(json: &'j mut Json, member: &str) -> &'j mut Json {
    if !json.is_object() {
        *json = Json::Object(Map::new());
    }
    let Json::Object(members) = json else { return json };
    let inner = members.entry(member.to_owned()).or_insert(Json::Null);
    if !inner.is_object() {
        *inner = Json::Object(Map::new());
    }
    inner
}
