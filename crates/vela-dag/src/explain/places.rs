//! Which values stand where in an application.

use crate::oam::{Application, Node, NodeValue};
use std::collections::BTreeMap;
use vela_lang::Span;

/// The values of an application's document by where they are written.
pub(super) struct Places {
    paths: BTreeMap<Span3, String>,
}

type Span3 = (u32, u32, u32);

fn key(span: Span) -> Span3 {
    (span.source.0, span.start, span.end)
}

impl Places {
    pub(super) fn of(app: &Application) -> Places {
        let mut paths = BTreeMap::new();
        note(&app.document, String::new(), &mut paths);
        Places { paths }
    }

    /// The path of the value that is written there.
    pub(super) fn path(&self, span: Span) -> Option<&str> {
        self.paths.get(&key(span)).map(String::as_str)
    }
}

fn note(node: &Node, path: String, paths: &mut BTreeMap<Span3, String>) {
    match &node.value {
        NodeValue::List(items) => {
            for (i, item) in items.iter().enumerate() {
                note(item, format!("{path}[{i}]"), paths);
            }
        }
        NodeValue::Map(entries) => {
            for entry in entries {
                note(&entry.value, joined(&path, &entry.key), paths);
            }
        }
        _ => {}
    }
    if !node.span.is_none() {
        paths.entry(key(node.span)).or_insert(path);
    }
}

/// A path with one more label.
pub(crate) fn joined(path: &str, label: &str) -> String {
    let plain = label.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    match (plain, path.is_empty()) {
        (true, true) => label.to_owned(),
        (true, false) => format!("{path}.{label}"),
        (false, _) => format!("{path}[{label:?}]"),
    }
}
