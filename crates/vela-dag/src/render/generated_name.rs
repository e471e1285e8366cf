//! Names for outputs that have none.
//!
//! KubeVela names them `<component>-<trait>-<hash of the object>`. The same names are given here, so
//! that objects that it has deployed are found again. Its hash is FNV-1a over the object as Go's spew
//! package prints it with types (`%#v`), in decimal, with each digit replaced by a letter of
//! Kubernetes' safe alphabet.

use serde_json::Value as Json;
use std::fmt::Write;

/// The letters of generated names: no vowels, so that they make no words.
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// The name of an object; `labels` are those that it has from component and trait.
pub(super) fn generated_name(
    component: &str,
    trait_type: &str,
    object: &Json,
    labels: &[(&str, &str)],
) -> String {
    let mut object = object.clone();
    for (label, value) in labels {
        object["metadata"]["labels"][*label] = Json::String((*value).to_owned());
    }
    let mut printed = String::from("(unstructured.Unstructured){Object:");
    print(&object, &mut printed);
    printed.push('}');
    let hash = fnv1a(printed.as_bytes()).to_string();
    let safe: String = hash
        .bytes()
        .map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()]))
        .collect();
    format!("{component}-{}-{safe}", trait_type.to_lowercase())
}

fn print(value: &Json, out: &mut String) {
    match value {
        Json::Null => out.push_str("(interface {})<nil>"),
        Json::Bool(b) => {
            let _ = write!(out, "(bool){b}");
        }
        Json::Number(n) => {
            let kind = if n.is_f64() { "float64" } else { "int64" };
            let _ = write!(out, "({kind}){n}");
        }
        Json::String(s) => {
            let _ = write!(out, "(string){s}");
        }
        Json::Array(items) => {
            out.push_str("([]interface {})[");
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                print(item, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push_str("(map[string]interface {})map[");
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            for (i, (key, value)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                print(value, out);
            }
            out.push(']');
        }
    }
}

fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::generated_name;
    use serde_json::json;

    /// The names come from runs of KubeVela.
    #[test]
    fn names_are_those_of_kubevela() {
        let labels = |resource: &'static str, of: &'static str| {
            [
                ("app.oam.dev/component", "web"),
                ("app.oam.dev/name", "demo"),
                ("trait.oam.dev/resource", resource),
                ("trait.oam.dev/type", of),
            ]
        };
        for (object, resource, of, wanted) in [
            (
                json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"r": "i"}}),
                "cm",
                "AuxiliaryWorkload",
                "web-auxiliaryworkload-6c4b54c8df",
            ),
            (
                json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"k": "v", "k2": "v2"}}),
                "a",
                "mytrait",
                "web-mytrait-59d9696866",
            ),
        ] {
            assert_eq!(generated_name("web", of, &object, &labels(resource, of)), wanted);
        }
    }
}
