//! Patches on JSON: RFC 6902 (operations) and RFC 7386 (merge).

use serde_json::Value as Json;

/// Merges `patch` over `base`: objects member by member, `null` takes a member away, everything else
/// takes the base's place.
pub fn json_merge_patch(base: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        *base = patch.clone();
        return;
    };
    if !base.is_object() {
        *base = Json::Object(serde_json::Map::new());
    }
    let Json::Object(base) = base else { return };
    for (key, value) in patch {
        if value.is_null() {
            base.remove(key);
        } else {
            json_merge_patch(base.entry(key.clone()).or_insert(Json::Null), value);
        }
    }
}

/// Applies operations, in order.
///
/// # Errors
/// An operation is not well-formed or does not fit; the text says which and why.
pub fn json_patch(base: &mut Json, operations: &[Json]) -> Result<(), String> {
    for operation in operations {
        let text = |name: &str| operation.get(name).and_then(Json::as_str);
        let op = text("op").ok_or_else(|| format!("operation {operation} has no op"))?;
        let path = text("path").ok_or_else(|| format!("operation {operation} has no path"))?;
        let from = || text("from").ok_or_else(|| format!("{op} operation at {path} has no from"));
        let failed = |why: String| format!("{op} operation does not apply at {path}: {why}");
        // An operation without a value means null.
        let value = || operation.get("value").cloned().unwrap_or(Json::Null);
        match op {
            "add" => add(base, path, value()).map_err(failed)?,
            "remove" => {
                remove(base, path).map_err(failed)?;
            }
            "replace" => match base.pointer_mut(path) {
                Some(there) => *there = value(),
                None => return Err(failed(String::from("there is nothing to replace"))),
            },
            "move" => {
                let value = remove(base, from()?).map_err(failed)?;
                add(base, path, value).map_err(failed)?;
            }
            "copy" => {
                let value = base.pointer(from()?).cloned();
                let value = value.ok_or_else(|| failed(format!("{} is missing", path)))?;
                add(base, path, value).map_err(failed)?;
            }
            "test" => {
                if base.pointer(path) != Some(&value()) {
                    return Err(format!("testing value {path} failed: test failed"));
                }
            }
            _ => return Err(format!("{op:?} is no operation of a JSON patch")),
        }
    }
    Ok(())
}

/// The pointer of the parent, and the last step.
fn split(path: &str) -> Result<(&str, String), String> {
    let at = path.rfind('/').ok_or_else(|| String::from("a path begins with /"))?;
    Ok((&path[..at], path[at + 1..].replace("~1", "/").replace("~0", "~")))
}

fn add(base: &mut Json, path: &str, value: Json) -> Result<(), String> {
    if path.is_empty() {
        *base = value;
        return Ok(());
    }
    let (parent, last) = split(path)?;
    match base.pointer_mut(parent) {
        Some(Json::Object(members)) => {
            members.insert(last, value);
            Ok(())
        }
        Some(Json::Array(items)) => {
            let at = if last == "-" { items.len() } else { index(&last)? };
            if at > items.len() {
                return Err(format!("index {at} is beyond the end"));
            }
            items.insert(at, value);
            Ok(())
        }
        Some(_) => Err(format!("{parent} is neither object nor array")),
        None => Err(format!("doc is missing path {parent}: missing value")),
    }
}

fn remove(base: &mut Json, path: &str) -> Result<Json, String> {
    let (parent, last) = split(path)?;
    let removed = match base.pointer_mut(parent) {
        Some(Json::Object(members)) => members.remove(&last),
        Some(Json::Array(items)) => {
            let at = index(&last)?;
            (at < items.len()).then(|| items.remove(at))
        }
        _ => None,
    };
    removed.ok_or_else(|| format!("{path} is missing"))
}

fn index(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("{text:?} is no index"))
}
