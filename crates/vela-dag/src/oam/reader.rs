//! Reading typed fields out of a document, with a finding for everything that does not fit.
//!
//! Fields match as Kubernetes matches them: by name, else by name in another case (with a warning,
//! since nobody means that). `null` counts as absent.

use super::node::{Entry, Node, NodeValue};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use vela_lang::diagnostic::{Class, Diagnostic, Severity};
use vela_lang::nearest;
use vela_lang::source::{Sources, Span};

/// Collects findings while fields are read.
#[derive(Default)]
pub(super) struct Reader {
    /// Whether unknown fields are errors.
    pub(super) strict: bool,
    /// The texts that documents come from.
    pub(super) sources: Sources,
    /// What was found so far.
    pub(super) findings: Vec<Diagnostic>,
}

/// An object whose fields are being read.
pub(super) struct Fields<'n> {
    path: String,
    fields: BTreeMap<&'static str, &'n Node>,
    /// Where the object is written.
    pub(super) span: Span,
}

impl<'n> Fields<'n> {
    /// The path of a field.
    pub(super) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The field, if it is there and not `null`.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.fields.get(name).copied()
    }
}

impl Reader {
    /// Whether an error was found.
    pub(super) fn failed(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    /// Reports a value of the wrong type.
    fn mistyped(&mut self, node: &Node, path: &str, wanted: &str) {
        let mut finding = Diagnostic::new(
            "app/type",
            Class::Load,
            format!("must be {wanted}, is {}", node.kind()),
        )
        .path(path)
        .at(node.span);
        if wanted == "a string" && matches!(node.value, NodeValue::Bool(_) | NodeValue::Number(_)) {
            finding = finding.help("put it in quotes");
        }
        self.findings.push(finding);
    }

    /// Reports an error.
    pub(super) fn error(&mut self, code: &'static str, span: Span, path: &str, message: String) {
        self.findings.push(Diagnostic::new(code, Class::Load, message).path(path).at(span));
    }

    /// Reports a warning.
    pub(super) fn warn(&mut self, code: &'static str, span: Span, path: &str, message: String) {
        let mut finding = Diagnostic::new(code, Class::Load, message).path(path).at(span);
        finding.severity = Severity::Warning;
        self.findings.push(finding);
    }

    /// Reads an object; fields that are not in `known` are reported. Absent objects have no fields.
    pub(super) fn object<'n>(
        &mut self,
        node: Option<&'n Node>,
        path: &str,
        known: &[&'static str],
    ) -> Fields<'n> {
        let mut fields = BTreeMap::new();
        let span = node.map_or(Span::NONE, |n| n.span);
        match node.map(|n| (n, &n.value)) {
            None | Some((_, NodeValue::Null)) => {}
            Some((_, NodeValue::Map(entries))) => {
                for entry in entries {
                    let Some(name) = self.known_name(entry, path, known) else { continue };
                    if entry.value.value != NodeValue::Null {
                        fields.insert(name, &entry.value);
                    }
                }
            }
            Some((node, _)) => self.mistyped(node, path, "an object"),
        }
        Fields { path: path.to_owned(), fields, span }
    }

    fn known_name(
        &mut self,
        entry: &Entry,
        path: &str,
        known: &[&'static str],
    ) -> Option<&'static str> {
        if let Some(name) = known.iter().find(|name| **name == entry.key) {
            return Some(name);
        }
        let at = if path.is_empty() { String::from("the object") } else { path.to_owned() };
        if let Some(name) = known.iter().find(|name| name.eq_ignore_ascii_case(&entry.key)) {
            let message = format!("field {} is read as {name}", entry.key);
            self.warn("app/field-case", entry.key_span, &at, message);
            return Some(name);
        }
        let mut finding = Diagnostic::new(
            "app/unknown-field",
            Class::Load,
            format!("unknown field {}", entry.key),
        )
        .path(at)
        .at(entry.key_span);
        if !self.strict {
            finding.severity = Severity::Warning;
            finding.message.push_str(" is ignored");
        }
        if let Some(name) = nearest(&entry.key, known.iter().copied()) {
            finding = finding.help(format!("did you mean {name}?"));
        }
        self.findings.push(finding);
        None
    }

    /// A string field. A bare bool is one as well, as Kubernetes' reader has it: `name: n` is "false".
    pub(super) fn string(&mut self, fields: &Fields<'_>, name: &str) -> Option<String> {
        let node = fields.get(name)?;
        match &node.value {
            NodeValue::String(s) => Some(s.clone()),
            NodeValue::Bool(b) => Some(b.to_string()),
            _ => {
                self.mistyped(node, &fields.path(name), "a string");
                None
            }
        }
    }

    /// A field that names a value: `n`, `y` and the like, which YAML takes for bools, are names here.
    pub(super) fn name(&mut self, fields: &Fields<'_>, name: &str) -> Option<String> {
        let node = fields.get(name)?;
        let Some(written) = self.written(node) else { return self.string(fields, name) };
        let message = format!("{written} without quotes is a bool in YAML; it is read as a name");
        self.warn("app/bool-name", node.span, &fields.path(name), message);
        Some(written)
    }

    /// How a bool is written, where it is not written `true` or `false`.
    fn written(&self, node: &Node) -> Option<String> {
        if !matches!(node.value, NodeValue::Bool(_)) {
            return None;
        }
        let source = self.sources.get(node.span.source)?;
        let text = source.text.get(node.span.start as usize..node.span.end as usize)?;
        let plain = text.chars().all(char::is_alphabetic);
        (plain && !["true", "false"].contains(&text.to_lowercase().as_str()))
            .then(|| text.to_owned())
    }

    /// A bool field.
    pub(super) fn bool(&mut self, fields: &Fields<'_>, name: &str) -> Option<bool> {
        let node = fields.get(name)?;
        match node.value {
            NodeValue::Bool(b) => Some(b),
            _ => {
                self.mistyped(node, &fields.path(name), "a bool");
                None
            }
        }
    }

    /// An array field: its items with their paths.
    pub(super) fn list<'n>(&mut self, fields: &Fields<'n>, name: &str) -> Vec<(String, &'n Node)> {
        let Some(node) = fields.get(name) else { return Vec::new() };
        let path = fields.path(name);
        match &node.value {
            NodeValue::List(items) => {
                items.iter().enumerate().map(|(i, n)| (format!("{path}[{i}]"), n)).collect()
            }
            _ => {
                self.mistyped(node, &path, "an array");
                Vec::new()
            }
        }
    }

    /// An array of strings.
    pub(super) fn strings(&mut self, fields: &Fields<'_>, name: &str) -> Vec<String> {
        let mut strings = Vec::new();
        for (path, item) in self.list(fields, name) {
            match &item.value {
                NodeValue::String(s) => strings.push(s.clone()),
                NodeValue::Null => strings.push(String::new()),
                _ => self.mistyped(item, &path, "a string"),
            }
        }
        strings
    }

    /// An object whose values are strings.
    pub(super) fn string_map(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
    ) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        let Some(node) = fields.get(name) else { return map };
        let path = fields.path(name);
        let NodeValue::Map(entries) = &node.value else {
            self.mistyped(node, &path, "an object");
            return map;
        };
        for entry in entries {
            match &entry.value.value {
                NodeValue::String(s) => {
                    map.insert(entry.key.clone(), s.clone());
                }
                NodeValue::Null => {
                    map.insert(entry.key.clone(), String::new());
                }
                _ => self.mistyped(&entry.value, &format!("{path}[{:?}]", entry.key), "a string"),
            }
        }
        map
    }

    /// A field of any type.
    pub(super) fn json(&mut self, fields: &Fields<'_>, name: &str) -> Option<Json> {
        fields.get(name).map(Node::to_json)
    }
}
