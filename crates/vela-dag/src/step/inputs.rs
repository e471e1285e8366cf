//! Values that a step takes from others, put into its parameters.

use super::{StepError, StepState};
use crate::plan::Node;
use serde_json::{Map, Value as Json};

/// The longest list that an input makes.
const LONGEST: usize = 1024;

/// The value of an input: an output of a finished step, or a part of the context.
pub(super) fn value(from: &str, state: &StepState) -> Option<Json> {
    if let Some(value) = state.vars.get(from) {
        return Some(value.clone());
    }
    let rest = from.strip_prefix("context.")?;
    let mut at = &state.context;
    for name in rest.split('.') {
        at = at.get(name)?;
    }
    Some(at.clone())
}

/// The parameters of a step with its inputs.
///
/// # Errors
/// An input's path leads through something that is no object or array.
pub(super) fn merged(properties: &Json, step: &Node, state: &StepState) -> Result<Json, StepError> {
    let mut parameter = match properties {
        Json::Null => Json::Object(Map::new()),
        given => given.clone(),
    };
    for input in &step.inputs {
        if let Some(key) = &input.parameter_key {
            let value = value(&input.from, state).unwrap_or_default();
            put(&mut parameter, key, value)?;
        }
    }
    Ok(parameter)
}

/// Puts a value at a path such as `env[0].value`; what the author gave there is a placeholder.
///
/// # Errors
/// The path leads through something that is no object or array.
pub(super) fn put(json: &mut Json, key: &str, value: Json) -> Result<(), StepError> {
    let failed = |why: &str| StepError::Execute(format!("invalid input: parameter.{key}: {why}"));
    let mut at = json;
    let mut rest = key;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let end = after.find(']').ok_or_else(|| failed("a bracket is open"))?;
            let index = after[..end].trim();
            match index.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
                Some(name) => at = member(at, name).ok_or_else(|| failed("is no object"))?,
                None => {
                    let index: usize = index.parse().map_err(|_| failed("is no index"))?;
                    if index >= LONGEST {
                        return Err(failed("the index is too large"));
                    }
                    if at.is_null() {
                        *at = Json::Array(Vec::new());
                    }
                    let Json::Array(items) = at else { return Err(failed("is no array")) };
                    if items.len() <= index {
                        items.resize(index + 1, Json::Null);
                    }
                    at = &mut items[index];
                }
            }
            rest = &after[end + 1..];
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            at = member(at, &rest[..end]).ok_or_else(|| failed("is no object"))?;
            rest = &rest[end..];
        }
    }
    merge(at, value);
    Ok(())
}

fn member<'j>(json: &'j mut Json, name: &str) -> Option<&'j mut Json> {
    if json.is_null() {
        *json = Json::Object(Map::new());
    }
    Some(json.as_object_mut()?.entry(name.to_owned()).or_insert(Json::Null))
}

/// Merges objects by name; anything else takes the place of what is there.
fn merge(there: &mut Json, value: Json) {
    match (there, value) {
        (Json::Object(there), Json::Object(value)) => {
            for (name, value) in value {
                match there.get_mut(&name) {
                    Some(there) => merge(there, value),
                    None => {
                        there.insert(name, value);
                    }
                }
            }
        }
        (there, value) => *there = value,
    }
}

#[cfg(test)]
mod tests {
    use super::put;
    use serde_json::json;

    #[test]
    fn values_are_put_at_paths() {
        for (key, value, wanted) in [
            ("a", json!(1), Ok(json!({"a": 1, "b": {"c": "x"}, "l": [1]}))),
            ("b.d", json!(1), Ok(json!({"b": {"c": "x", "d": 1}, "l": [1]}))),
            ("b[\"e.f\"]", json!(1), Ok(json!({"b": {"c": "x", "e.f": 1}, "l": [1]}))),
            ("l[2].x", json!(1), Ok(json!({"b": {"c": "x"}, "l": [1, null, {"x": 1}]}))),
            ("b", json!({"c": "x"}), Ok(json!({"b": {"c": "x"}, "l": [1]}))),
            ("b.c", json!("y"), Ok(json!({"b": {"c": "y"}, "l": [1]}))),
            ("b.c.d", json!(1), Err("parameter.b.c.d: is no object")),
            ("l[99999999]", json!(1), Err("the index is too large")),
        ] {
            let mut json = json!({"b": {"c": "x"}, "l": [1]});
            match (put(&mut json, key, value), wanted) {
                (Ok(()), Ok(wanted)) => assert_eq!(json, wanted, "{key}"),
                (Err(error), Err(wanted)) => {
                    assert!(error.to_string().contains(wanted), "{key}: {error}");
                }
                (got, wanted) => panic!("{key}: {got:?}, not {wanted:?}"),
            }
        }
    }
}
