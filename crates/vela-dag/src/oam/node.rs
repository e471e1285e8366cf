//! A document as it was written: values, each with its place.

use serde_json::{Map, Value as Json};
use vela_lang::source::Span;

/// A value with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Where it is written.
    pub span: Span,
    /// The value.
    pub value: NodeValue,
}

/// What a document can hold: what JSON can say.
#[derive(Clone, PartialEq, Debug)]
pub enum NodeValue {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number; a whole float is an int, as in the JSON that Kubernetes makes of YAML.
    Number(serde_json::Number),
    /// A string.
    String(String),
    /// An array.
    List(Vec<Node>),
    /// An object, in the order of the text.
    Map(Vec<Entry>),
}

/// A member of an object.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Its name.
    pub key: String,
    /// Where the name is written.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The member of that name, if this is an object that has one.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            NodeValue::Map(entries) => {
                entries.iter().rev().find(|e| e.key == key).map(|e| &e.value)
            }
            _ => None,
        }
    }

    /// The value at a path such as `spec.components[0].properties["my.key"]`.
    pub fn at(&self, path: &str) -> Option<&Node> {
        let mut node = self;
        let mut rest = path;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('[') {
                let end = after.find(']')?;
                let index = &after[..end];
                node = match index.strip_prefix('"').and_then(|i| i.strip_suffix('"')) {
                    Some(key) => node.get(key)?,
                    None => match &node.value {
                        NodeValue::List(items) => items.get(index.parse::<usize>().ok()?)?,
                        _ => return None,
                    },
                };
                rest = &after[end + 1..];
            } else {
                rest = rest.strip_prefix('.').unwrap_or(rest);
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                node = node.get(&rest[..end])?;
                rest = &rest[end..];
            }
        }
        Some(node)
    }

    /// What kind of value this is, for messages, with its article.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            NodeValue::Null => "null",
            NodeValue::Bool(_) => "a bool",
            NodeValue::Number(_) => "a number",
            NodeValue::String(_) => "a string",
            NodeValue::List(_) => "an array",
            NodeValue::Map(_) => "an object",
        }
    }

    /// The value as JSON, object members sorted by name: the form in which Kubernetes keeps it.
    pub fn to_json(&self) -> Json {
        match &self.value {
            NodeValue::Null => Json::Null,
            NodeValue::Bool(b) => Json::Bool(*b),
            NodeValue::Number(n) => Json::Number(n.clone()),
            NodeValue::String(s) => Json::String(s.clone()),
            NodeValue::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            NodeValue::Map(entries) => {
                let mut sorted: Vec<&Entry> = entries.iter().collect();
                sorted.sort_by(|a, b| a.key.cmp(&b.key));
                let members: Map<String, Json> =
                    sorted.into_iter().map(|e| (e.key.clone(), e.value.to_json())).collect();
                Json::Object(members)
            }
        }
    }

    /// A node without places, for values that were not written anywhere.
    pub fn from_json(value: &Json) -> Node {
        let value = match value {
            Json::Null => NodeValue::Null,
            Json::Bool(b) => NodeValue::Bool(*b),
            Json::Number(n) => NodeValue::Number(n.clone()),
            Json::String(s) => NodeValue::String(s.clone()),
            Json::Array(items) => NodeValue::List(items.iter().map(Node::from_json).collect()),
            Json::Object(members) => NodeValue::Map(
                members
                    .iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        key_span: Span::NONE,
                        value: Node::from_json(value),
                    })
                    .collect(),
            ),
        };
        Node { span: Span::NONE, value }
    }
}

#[cfg(test)]
mod tests {
    use super::Node;
    use serde_json::json;

    #[test]
    fn paths_lead_to_values() {
        let node = Node::from_json(&json!({"a": [{"b.c": 1}], "d": {"e": "x"}}));
        for (path, value) in [
            ("a[0][\"b.c\"]", Some(json!(1))),
            ("d.e", Some(json!("x"))),
            ("", Some(json!({"a": [{"b.c": 1}], "d": {"e": "x"}}))),
            ("a[1]", None),
            ("d.e.f", None),
            ("d[", None),
        ] {
            assert_eq!(node.at(path).map(Node::to_json), value, "{path}");
        }
    }
}
