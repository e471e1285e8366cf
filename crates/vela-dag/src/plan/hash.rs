//! Hashes of data: the same data gives the same hash, on every machine and in every version.

use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// SHA-256, in hex, of a value's JSON with sorted members and without spaces.
///
/// ```
/// use vela_dag::plan::hash;
/// use serde_json::json;
/// assert_eq!(hash(&json!({"a": 1, "b": 2})), hash(&json!({"b": 2, "a": 1})));
/// assert_ne!(hash(&json!({"a": 1})), hash(&json!({"a": "1"})));
/// ```
pub fn hash(value: &impl Serialize) -> String {
    let mut text = String::new();
    if let Ok(json) = serde_json::to_value(value) {
        canonical(&json, &mut text);
    }
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn canonical(value: &Json, out: &mut String) {
    match value {
        Json::Object(members) => {
            let mut sorted: Vec<(&String, &Json)> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (i, (key, value)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Json::String(key.clone()).to_string());
                out.push(':');
                canonical(value, out);
            }
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
