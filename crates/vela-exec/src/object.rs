//! Objects as targets keep them: their names, and how manifests differ and are merged.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Names an object on one target.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    /// `apps/v1`
    pub api_version: String,
    /// `Deployment`
    pub kind: String,
    /// Empty where there is none.
    pub namespace: String,
    /// `metadata.name`
    pub name: String,
}

impl ObjectRef {
    /// The name of the object of a manifest, in a namespace if it has none of its own.
    ///
    /// # Errors
    /// It has no `apiVersion`, `kind` or `metadata.name`: which.
    pub fn of(manifest: &Json, namespace: &str) -> Result<ObjectRef, String> {
        let text = |path: &str| {
            let value =
                manifest.pointer(path).and_then(Json::as_str).filter(|text| !text.is_empty());
            value.map(str::to_owned).ok_or_else(|| {
                let field = path.trim_start_matches('/').replace('/', ".");
                let kind = manifest.get("kind").and_then(Json::as_str).unwrap_or("object");
                format!("the {kind} has no {field}: every object needs apiVersion, kind and metadata.name")
            })
        };
        Ok(ObjectRef {
            api_version: text("/apiVersion")?,
            kind: text("/kind")?,
            namespace: manifest
                .pointer("/metadata/namespace")
                .and_then(Json::as_str)
                .unwrap_or(namespace)
                .to_owned(),
            name: text("/metadata/name")?,
        })
    }

    /// The API group: `apps`; empty for the core.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The key under which a store keeps it: versions of one group name the same object.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.namespace, self.group(), self.kind, self.name)
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind)?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// One field that differs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its path: `spec.replicas`.
    pub path: String,
    /// What is there; nothing where the field is new.
    pub from: Option<Json>,
    /// What shall be there; nothing where the field goes.
    pub to: Option<Json>,
}

/// What would change in a live object if `wanted` were applied after `last` had been.
#[must_use]
pub fn changes(last: &Json, wanted: &Json, live: &Json) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare(live, &merged(last, wanted, live), &mut String::new(), &mut found);
    found
}

fn compare(from: &Json, to: &Json, path: &mut String, found: &mut Vec<FieldChange>) {
    let (Json::Object(before), Json::Object(after)) = (from, to) else {
        if from != to {
            found.push(FieldChange {
                path: path.clone(),
                from: Some(from.clone()),
                to: Some(to.clone()),
            });
        }
        return;
    };
    let length = path.len();
    let enter = |path: &mut String, key: &str| {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    };
    for (key, value) in after {
        enter(path, key);
        match before.get(key) {
            Some(old) => compare(old, value, path, found),
            None => {
                found.push(FieldChange { path: path.clone(), from: None, to: Some(value.clone()) })
            }
        }
        path.truncate(length);
    }
    for (key, value) in before {
        if !after.contains_key(key) {
            enter(path, key);
            found.push(FieldChange { path: path.clone(), from: Some(value.clone()), to: None });
            path.truncate(length);
        }
    }
}

/// A three-way merge: what `wanted` says; without what `last` said and `wanted` does not; what others have
/// put into `live` stays. Lists are taken whole.
#[must_use]
pub fn merged(last: &Json, wanted: &Json, live: &Json) -> Json {
    let (Json::Object(wanted), Json::Object(live)) = (wanted, live) else { return wanted.clone() };
    let none = Map::new();
    let last = last.as_object().unwrap_or(&none);
    let mut result = Map::new();
    for (key, value) in live {
        match wanted.get(key) {
            Some(new) => {
                result
                    .insert(key.clone(), merged(last.get(key).unwrap_or(&Json::Null), new, value));
            }
            None if last.contains_key(key) => {}
            None => {
                result.insert(key.clone(), value.clone());
            }
        }
    }
    for (key, value) in wanted {
        if !live.contains_key(key) {
            result.insert(key.clone(), value.clone());
        }
    }
    Json::Object(result)
}

#[cfg(test)]
mod tests {
    use super::{ObjectRef, changes, merged};
    use serde_json::json;

    #[test]
    fn merging_keeps_what_others_wrote() {
        let last = json!({"spec": {"a": 1, "gone": 2, "list": [1]}});
        let wanted = json!({"spec": {"a": 3, "list": [2]}});
        let live = json!({"spec": {"a": 1, "gone": 2, "theirs": 5, "list": [1, 9]}, "status": {"ready": true}});
        let result = merged(&last, &wanted, &live);
        assert_eq!(
            result,
            json!({"spec": {"a": 3, "theirs": 5, "list": [2]}, "status": {"ready": true}})
        );
        let paths: Vec<String> =
            changes(&last, &wanted, &live).into_iter().map(|c| c.path).collect();
        assert_eq!(paths, ["spec.a", "spec.list", "spec.gone"]);
        assert_eq!(changes(&wanted, &wanted, &result), []);
    }

    #[test]
    fn manifests_without_names_are_refused() {
        for (manifest, field) in [
            (json!({"kind": "Pod", "metadata": {"name": "a"}}), "apiVersion"),
            (json!({"apiVersion": "v1", "metadata": {"name": "a"}}), "kind"),
            (json!({"apiVersion": "v1", "kind": "Pod"}), "metadata.name"),
            (json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 5}}), "metadata.name"),
        ] {
            let error = ObjectRef::of(&manifest, "default").unwrap_err();
            assert!(error.contains(&format!("has no {field}")), "{error}");
        }
    }
}
