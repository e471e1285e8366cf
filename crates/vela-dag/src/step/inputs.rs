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
/// An input contradicts what is there.
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

/// Unifies a value with what is at a path such as `env[0].value`.
///
/// # Errors
/// They contradict each other.
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
    unify(at, value)
        .map_err(|(there, given)| failed(&format!("conflicting values {given} and {there}")))
}

fn member<'j>(json: &'j mut Json, name: &str) -> Option<&'j mut Json> {
    if json.is_null() {
        *json = Json::Object(Map::new());
    }
    Some(json.as_object_mut()?.entry(name.to_owned()).or_insert(Json::Null))
}

/// Unifies `value` into what is there; what contradicts it where they can't be.
fn unify(there: &mut Json, value: Json) -> Result<(), (String, String)> {
    match (there, value) {
        (there @ Json::Null, value) => {
            *there = value;
            Ok(())
        }
        (Json::Object(there), Json::Object(value)) => {
            for (name, value) in value {
                match there.get_mut(&name) {
                    Some(there) => unify(there, value)?,
                    None => {
                        there.insert(name, value);
                    }
                }
            }
            Ok(())
        }
        (there, value) if *there == value => Ok(()),
        (there, value) => Err((there.to_string(), value.to_string())),
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
            ("b.c", json!("y"), Err("parameter.b.c: conflicting values \"y\" and \"x\"")),
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
