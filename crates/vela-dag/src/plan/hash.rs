//! Hashes of data: the same data gives the same hash, on every machine and in every version.
//!
//! Plans have tens of thousands of nodes, and one that is edited is hashed as a whole again. What is
//! large is therefore written as text piece by piece ([`Canonical`]), without making data of it first.

use crate::oam::{Entry, Node, NodeValue};
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
    let mut text = Canonical::default();
    text.value(value);
    text.hash()
}

/// JSON with sorted members and without spaces, as it is being written.
#[derive(Default)]
pub(super) struct Canonical(Vec<u8>);

impl Canonical {
    /// The hash of what was written.
    pub(super) fn hash(self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(&self.0) {
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// Writes a piece of JSON as it is.
    pub(super) fn raw(&mut self, json: &str) {
        self.0.extend_from_slice(json.as_bytes());
    }

    /// Writes a string.
    pub(super) fn text(&mut self, text: &str) {
        if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
            self.0.push(b'"');
            self.raw(text);
            self.0.push(b'"');
            return;
        }
        // Memory takes all that is written.
        let _ = serde_json::to_writer(&mut self.0, text);
    }

    /// Writes what becomes data first.
    pub(super) fn value(&mut self, value: &impl Serialize) {
        if let Ok(json) = serde_json::to_value(value) {
            self.json(&json);
        }
    }

    /// Writes data.
    pub(super) fn json(&mut self, value: &Json) {
        match value {
            Json::Object(members) => {
                let mut sorted: Vec<(&String, &Json)> = members.iter().collect();
                sorted.sort_by_key(|(key, _)| *key);
                self.raw("{");
                for (i, (key, value)) in sorted.into_iter().enumerate() {
                    if i > 0 {
                        self.raw(",");
                    }
                    self.text(key);
                    self.raw(":");
                    self.json(value);
                }
                self.raw("}");
            }
            Json::Array(items) => self.list(items, |out, item| out.json(item)),
            Json::String(text) => self.text(text),
            scalar => {
                let _ = serde_json::to_writer(&mut self.0, scalar);
            }
        }
    }

    /// Writes a document as its [`Node::to_json`] would be written.
    pub(super) fn document(&mut self, node: &Node) {
        match &node.value {
            NodeValue::Null => self.raw("null"),
            NodeValue::Bool(yes) => self.raw(if *yes { "true" } else { "false" }),
            NodeValue::Number(number) => {
                let _ = serde_json::to_writer(&mut self.0, number);
            }
            NodeValue::String(text) => self.text(text),
            NodeValue::List(items) => self.list(items, Canonical::document),
            NodeValue::Map(entries) => {
                let mut sorted: Vec<&Entry> = entries.iter().collect();
                sorted.sort_by(|a, b| a.key.cmp(&b.key));
                // Of members with the same name the last one counts.
                let is_last =
                    |at: usize| sorted.get(at + 1).is_none_or(|n| n.key != sorted[at].key);
                self.raw("{");
                for (i, at) in (0..sorted.len()).filter(|at| is_last(*at)).enumerate() {
                    if i > 0 {
                        self.raw(",");
                    }
                    self.text(&sorted[at].key);
                    self.raw(":");
                    self.document(&sorted[at].value);
                }
                self.raw("}");
            }
        }
    }

    /// Writes a list.
    pub(super) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Canonical, T),
    ) {
        self.raw("[");
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                self.raw(",");
            }
            each(self, item);
        }
        self.raw("]");
    }
}
