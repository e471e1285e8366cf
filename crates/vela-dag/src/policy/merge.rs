//! Merging parameters over parameters, as overrides do.

use serde_json::Value as Json;

/// Merges `patch` over `base`: objects member by member, everything else replaced whole. Values that
/// are empty (`null`, `false`, `0`, `""`, `[]`, `{}`) do not replace: they count as "not said".
///
/// ```
/// use serde_json::json;
/// let mut base = json!({"image": "a", "env": {"A": "1"}, "cmd": ["x", "y"]});
/// vela_dag::policy::merge(&mut base, &json!({"image": "", "env": {"B": "2"}, "cmd": ["z"]}));
/// assert_eq!(base, json!({"image": "a", "env": {"A": "1", "B": "2"}, "cmd": ["z"]}));
/// ```
pub fn merge(base: &mut Json, patch: &Json) {
    match (base, patch) {
        (Json::Object(base), Json::Object(patch)) => {
            for (key, value) in patch {
                match base.get_mut(key) {
                    Some(there) => merge(there, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (base, patch) if !is_empty(patch) => *base = patch.clone(),
        _ => {}
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(b) => !b,
        Json::Number(n) => n.as_f64() == Some(0.0),
        Json::String(s) => s.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
    }
}
