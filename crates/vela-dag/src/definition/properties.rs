//! Properties that no definition knows.
//!
//! A template's parameters are open: a property that nothing declares is unified in and then read by
//! nobody, so a slip in a name changes nothing and says nothing. Here it says something.

use super::parameters::{Shape, parameters};
use crate::catalog::Catalog;
use crate::oam::{Application, DefinitionKind, Node, NodeValue};
use std::collections::BTreeMap;
use vela_lang::diagnostic::{Class, Diagnostic, Severity};
use vela_lang::nearest;

/// How deep properties are looked at.
const DEPTH: u32 = 32;

/// How many are reported.
const MOST: usize = 50;

/// A warning for each property of a component, trait, policy or step that its definition does not know.
pub fn unknown_properties(app: &Application, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut check = Check { catalog, shapes: BTreeMap::new(), findings: Vec::new() };
    let at = |path: &str| match app.document.at(path).map(|node| &node.value) {
        Some(NodeValue::List(items)) => items.as_slice(),
        _ => &[],
    };
    for (i, component) in at("spec.components").iter().enumerate() {
        let path = format!("spec.components[{i}]");
        check.one(DefinitionKind::Component, component, &path);
        if let Some(NodeValue::List(traits)) = component.get("traits").map(|node| &node.value) {
            for (j, one) in traits.iter().enumerate() {
                check.one(DefinitionKind::Trait, one, &format!("{path}.traits[{j}]"));
            }
        }
    }
    for (i, step) in at("spec.workflow.steps").iter().enumerate() {
        let path = format!("spec.workflow.steps[{i}]");
        check.one(DefinitionKind::WorkflowStep, step, &path);
        if let Some(NodeValue::List(steps)) = step.get("subSteps").map(|node| &node.value) {
            for (j, one) in steps.iter().enumerate() {
                check.one(DefinitionKind::WorkflowStep, one, &format!("{path}.subSteps[{j}]"));
            }
        }
    }
    check.findings.truncate(MOST);
    check.findings
}

struct Check<'c> {
    catalog: &'c Catalog,
    /// What definitions declare, by kind and name.
    shapes: BTreeMap<(DefinitionKind, String), Option<Shape>>,
    findings: Vec<Diagnostic>,
}

impl Check<'_> {
    fn one(&mut self, kind: DefinitionKind, node: &Node, path: &str) {
        let Some(NodeValue::String(name)) = node.get("type").map(|node| &node.value) else {
            return;
        };
        let Some(properties) = node.get("properties") else { return };
        let catalog = self.catalog;
        let read = || parameters(&catalog.get(kind, name).ok()?.template.as_ref()?.file);
        let shape = self.shapes.entry((kind, name.clone())).or_insert_with(read).clone();
        if let Some(shape) = shape {
            self.value(properties, &shape, &format!("{path}.properties"), name, DEPTH);
        }
    }

    fn value(&mut self, node: &Node, shape: &Shape, path: &str, name: &str, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match (&node.value, shape) {
            (NodeValue::List(items), Shape::List(inner)) => {
                for (at, item) in items.iter().enumerate() {
                    self.value(item, inner, &format!("{path}[{at}]"), name, depth);
                }
            }
            (NodeValue::Map(_), Shape::Either(shapes)) => {
                // Which form is meant isn't said: what one of them knows is known.
                let forms: Vec<&Shape> = shapes.iter().filter(|shape| is_object(shape)).collect();
                if let [form] = forms.as_slice() {
                    self.value(node, form, path, name, depth);
                } else if !forms.is_empty() && forms.iter().all(|form| is_closed(form)) {
                    let all = forms.iter().flat_map(|form| fields(form)).cloned().collect();
                    let form = Shape::Object { fields: all, open: false };
                    self.value(node, &form, path, name, depth);
                }
            }
            (NodeValue::List(items), Shape::Either(shapes)) => {
                let lists = shapes.iter().filter(|shape| matches!(shape, Shape::List(_)));
                if let [Shape::List(inner)] = lists.collect::<Vec<_>>().as_slice() {
                    for (at, item) in items.iter().enumerate() {
                        self.value(item, inner, &format!("{path}[{at}]"), name, depth);
                    }
                }
            }
            (NodeValue::Map(entries), Shape::Object { fields, open }) => {
                // `{}` below the parameters themselves stands for any object.
                let open = *open || fields.is_empty() && depth + 1 < DEPTH;
                for entry in entries {
                    let path = format!("{path}.{}", entry.key);
                    let mut known = fields.iter().filter(|field| field.name == entry.key);
                    match (known.next(), known.next()) {
                        (Some(field), None) => {
                            self.value(&entry.value, &field.shape, &path, name, depth);
                        }
                        (Some(_), Some(_)) => {}
                        (None, _) if open => {}
                        (None, _) => {
                            let names = fields.iter().map(|field| field.name.as_str());
                            let message = format!("{name} has no such parameter; it is ignored");
                            let mut finding =
                                Diagnostic::new("app/unknown-property", Class::Load, message)
                                    .path(path)
                                    .at(entry.key_span);
                            finding.severity = Severity::Warning;
                            finding.help = nearest(&entry.key, names)
                                .map(|near| format!("did you mean {near}?"));
                            self.findings.push(finding);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_object(shape: &Shape) -> bool {
    matches!(shape, Shape::Object { .. } | Shape::Map(_) | Shape::Any)
}

fn is_closed(shape: &Shape) -> bool {
    matches!(shape, Shape::Object { open: false, .. })
}

fn fields(shape: &Shape) -> &[super::Parameter] {
    match shape {
        Shape::Object { fields, .. } => fields,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::unknown_properties;
    use crate::Catalog;
    use crate::oam::Application;
    use vela_lang::Engine;

    #[test]
    fn slips_in_names() {
        let mut catalog = Catalog::new(Engine::new());
        let definition = "
            web: {type: \"component\", attributes: {}}
            template: {
                output: {apiVersion: \"v1\", kind: \"ConfigMap\"}
                parameter: {image: string, ports?: [...{port: int}], env: [string]: string, free?: {...}, objects?: [...{}]}
            }
        ";
        catalog.add_file("web.cue", definition).unwrap();
        let text = "
kind: Application
metadata: {name: shop}
spec:
  components:
  - name: web
    type: web
    properties:
      imgae: nginx
      ports: [{port: 80, prot: TCP}]
      env: {ANY: thing}
      free: {any: thing}
      objects: [{kind: Secret}]
";
        let app = Application::parse(catalog.sources(), "app.yaml", text).unwrap().application;
        let found: Vec<String> = unknown_properties(&app, &catalog)
            .into_iter()
            .map(|f| format!("{} {}", f.path, f.help.unwrap_or_default()))
            .collect();
        assert_eq!(
            found,
            [
                "spec.components[0].properties.imgae did you mean image?",
                "spec.components[0].properties.ports[0].prot did you mean port?",
            ]
        );
    }
}
