//! Where in the application a failure comes from.
//!
//! Templates fail at their own lines, but what an author of an application can change is a property. A
//! finding about a parameter therefore points to the line in the application first, and to the template
//! second; a property that is missing and one with a slip in its name are brought together.

use crate::definition::{Shape, parameters};
use crate::error::Error;
use crate::oam::{Application, Component, Definition, Node, NodeValue};
use vela_lang::Diagnostic;
use vela_lang::nearest;
use vela_lang::source::{Sources, Span};

/// What a failure is about.
pub(super) struct Blame<'a> {
    /// The properties as they are written, if there are any.
    properties: Option<&'a Node>,
    /// The component or trait as it is written.
    owner: Span,
    definition: &'a Definition,
    sources: &'a Sources,
}

impl<'a> Blame<'a> {
    /// The properties of a component or, with an index, of one of its traits.
    pub(super) fn new(
        app: &'a Application,
        component: &Component,
        of_trait: Option<usize>,
        definition: &'a Definition,
        sources: &'a Sources,
    ) -> Blame<'a> {
        // Of components with one name the last counts.
        let at = app.components.iter().rposition(|one| one.name == component.name);
        let owner = at.and_then(|at| {
            let path = match of_trait {
                Some(index) => format!("spec.components[{at}].traits[{index}]"),
                None => format!("spec.components[{at}]"),
            };
            app.document.at(&path)
        });
        Blame {
            properties: owner.and_then(|owner| owner.get("properties")),
            owner: owner
                .map_or(Span::NONE, |owner| owner.get("type").map_or(owner.span, |t| t.span)),
            definition,
            sources,
        }
    }

    /// The failure with places in the application, where it has some there.
    pub(super) fn place(&self, error: Error) -> Error {
        error.map_findings(|finding| self.finding(finding))
    }

    fn finding(&self, mut finding: Diagnostic) -> Diagnostic {
        let Some(path) = self.parameter(&finding) else { return finding };
        let (place, complete) = self.written(&path);
        if place.is_none() {
            return finding;
        }
        let before = finding.span.replace(place);
        if let Some(before) = before.filter(|before| *before != place) {
            let label = vela_lang::diagnostic::Label {
                span: before,
                text: String::from("the definition says so here"),
                aside: false,
            };
            finding.labels.insert(0, label);
        }
        // What is known of the parameter helps more than what is known of the expression.
        let help = if complete { self.meant(&path) } else { self.missing(&path) };
        finding.help = help.or(finding.help);
        finding
    }

    /// The parameter that a finding is about: it says so, or the template reads one there.
    fn parameter(&self, finding: &Diagnostic) -> Option<Vec<String>> {
        let text = match finding.path.strip_prefix("parameter") {
            Some(rest) => rest.trim_start_matches('.').to_owned(),
            None => {
                let span = finding.span?;
                let source = self.sources.get(span.source)?;
                let text = source.text.get(span.start as usize..span.end as usize)?;
                let text = text.trim().strip_prefix("parameter.")?;
                let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
                text.chars().all(plain).then(|| text.to_owned())?
            }
        };
        let segments = text.split(['.', '[']).map(|part| part.trim_matches(['"', ']']).to_owned());
        let segments: Vec<String> = segments.filter(|part| !part.is_empty()).collect();
        (!segments.is_empty()).then_some(segments)
    }

    /// Where the value at a path is written, or the nearest value around it; whether it is there.
    fn written(&self, path: &[String]) -> (Span, bool) {
        let Some(mut node) = self.properties else { return (self.owner, false) };
        let mut place = self.owner;
        for segment in path {
            let inner = match &node.value {
                NodeValue::List(items) => {
                    segment.parse::<usize>().ok().and_then(|index| items.get(index))
                }
                _ => node.get(segment),
            };
            let Some(inner) = inner else { return (place, false) };
            node = inner;
            place = node.span;
        }
        (place, true)
    }

    /// A value of an enumeration that was meant.
    fn meant(&self, path: &[String]) -> Option<String> {
        let mut node = self.properties?;
        for segment in path {
            node = match &node.value {
                NodeValue::List(items) => items.get(segment.parse::<usize>().ok()?)?,
                _ => node.get(segment)?,
            };
        }
        let NodeValue::String(given) = &node.value else { return None };
        let shape = parameters(&self.definition.template.as_ref()?.file)?;
        let shape = at(&shape, path)?;
        let Shape::Either(shapes) = shape else { return None };
        let allowed: Vec<&str> = shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Constant(value) => value.as_str().filter(|text| !text.is_empty()),
                _ => None,
            })
            .collect();
        if allowed.is_empty() || allowed.contains(&given.as_str()) {
            return None;
        }
        Some(match nearest(given, allowed.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("it is one of {}", allowed.join(", ")),
        })
    }

    /// What to do about a property that isn't there.
    fn missing(&self, path: &[String]) -> Option<String> {
        let name = path.last()?;
        let mut node = self.properties;
        let mut shape = parameters(&self.definition.template.as_ref()?.file);
        for segment in &path[..path.len() - 1] {
            node = node.and_then(|node| match &node.value {
                NodeValue::List(items) => items.get(segment.parse::<usize>().ok()?),
                _ => node.get(segment),
            });
            shape = shape.and_then(|shape| at(&shape, std::slice::from_ref(segment)).cloned());
        }
        let known = shape.map(|shape| names(&shape)).unwrap_or_default();
        let given = node.map(|node| match &node.value {
            NodeValue::Map(entries) => entries.iter().map(|entry| entry.key.clone()).collect(),
            _ => Vec::new(),
        });
        let strangers: Vec<String> =
            given.unwrap_or_default().into_iter().filter(|key| !known.contains(key)).collect();
        match nearest(name, strangers.iter().map(String::as_str)) {
            Some(near) => Some(format!("did you mean {name} where it says {near}?")),
            None => Some(format!("give {} in the properties", path.join("."))),
        }
    }
}

/// The shape at a path; of several forms the first that has it.
fn at<'s>(shape: &'s Shape, path: &[String]) -> Option<&'s Shape> {
    let Some((first, rest)) = path.split_first() else { return Some(shape) };
    match shape {
        Shape::Object { fields, .. } => {
            fields.iter().filter(|f| f.name == *first).find_map(|f| at(&f.shape, rest))
        }
        Shape::List(inner) | Shape::Map(inner) => at(inner, rest),
        Shape::Either(shapes) => shapes.iter().find_map(|shape| at(shape, path)),
        _ => None,
    }
}

/// The names of the fields that a shape knows.
fn names(shape: &Shape) -> Vec<String> {
    match shape {
        Shape::Object { fields, .. } => fields.iter().map(|field| field.name.clone()).collect(),
        Shape::Either(shapes) => shapes.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}
