//! The documentation of a definition, as Markdown: what it is for, its parameters, an example.

use super::parameters::{Parameter, Shape, parameters};
use super::{description, is_deprecated};
use crate::oam::{Definition, DefinitionKind};
use std::fmt::Write as _;

/// The page of a definition. `example` is the text of an application, if there is one.
pub fn markdown(definition: &Definition, example: Option<&str>) -> String {
    let name = &definition.metadata.name;
    let mut out = format!("# {name}\n\n");
    let description = description(definition);
    if !description.is_empty() {
        let _ = writeln!(out, "{description}\n");
    }
    if is_deprecated(definition) {
        out.push_str("> Deprecated: it still works, and new applications have better ways.\n\n");
    }
    let _ = writeln!(out, "Used as `type: {name}` {}.\n", place(definition.kind));
    facts(definition, &mut out);
    let shape = definition.template.as_ref().and_then(|template| parameters(&template.file));
    out.push_str("## Parameters\n\n");
    match shape {
        Some(shape) if has_fields(&shape) => sections(&shape, &mut out),
        Some(Shape::Object { open: false, .. }) | None => out.push_str("It has none.\n\n"),
        Some(shape) => {
            let _ = writeln!(out, "{}\n", type_text(&shape, ""));
        }
    }
    if let Some(example) = example {
        let _ = writeln!(out, "## Example\n\n```yaml\n{}\n```", example.trim());
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
    out
}

/// A page with a line per definition, grouped by kind; links go to `kind/name.md`.
pub fn table_of_contents<'d>(definitions: impl IntoIterator<Item = &'d Definition>) -> String {
    let mut out = String::from("# Definitions\n");
    let mut last = None;
    for definition in definitions {
        if last != Some(definition.kind) {
            last = Some(definition.kind);
            let _ = writeln!(
                out,
                "\n## {}\n\n| name | what it does |\n|---|---|",
                plural(definition.kind)
            );
        }
        let name = &definition.metadata.name;
        let directory = directory(definition.kind);
        let _ = writeln!(
            out,
            "| [{name}]({directory}/{name}.md) | {} |",
            cell(description(definition))
        );
    }
    out
}

/// The directory of a kind's definitions, examples and pages.
fn directory(kind: DefinitionKind) -> &'static str {
    match kind {
        DefinitionKind::Component => "component",
        DefinitionKind::Trait => "trait",
        DefinitionKind::Policy => "policy",
        DefinitionKind::WorkflowStep => "workflowstep",
        DefinitionKind::Workload => "workload",
    }
}

fn plural(kind: DefinitionKind) -> &'static str {
    match kind {
        DefinitionKind::Component => "Components",
        DefinitionKind::Trait => "Traits",
        DefinitionKind::Policy => "Policies",
        DefinitionKind::WorkflowStep => "Workflow steps",
        DefinitionKind::Workload => "Workloads",
    }
}

fn place(kind: DefinitionKind) -> &'static str {
    match kind {
        DefinitionKind::Component | DefinitionKind::Workload => "of a component",
        DefinitionKind::Trait => "of a trait of a component",
        DefinitionKind::Policy => "of a policy",
        DefinitionKind::WorkflowStep => "of a step of the workflow",
    }
}

/// What the attributes say.
fn facts(definition: &Definition, out: &mut String) {
    let spec = &definition.spec;
    let mut lines = Vec::new();
    if let Some((version, kind)) = &spec.workload {
        lines.push(format!("makes a {kind} ({version})"));
    }
    if !spec.applies_to.is_empty() && spec.applies_to != ["*"] {
        lines.push(format!("made for {}", spec.applies_to.join(", ")));
    }
    if !spec.conflicts_with.is_empty() {
        lines.push(format!("does not go with {}", spec.conflicts_with.join(", ")));
    }
    if spec.pod_disruptive {
        lines.push(String::from("a change of it restarts the pods"));
    }
    for line in &lines {
        let _ = writeln!(out, "- {line}");
    }
    if !lines.is_empty() {
        out.push('\n');
    }
}

fn has_fields(shape: &Shape) -> bool {
    match shape {
        Shape::Object { fields, .. } => !fields.is_empty(),
        Shape::Either(shapes) => shapes.iter().any(has_fields),
        Shape::Map(inner) | Shape::List(inner) => has_fields(inner),
        _ => false,
    }
}

/// A table of the fields, and one of each field that has fields itself.
fn sections(root: &Shape, out: &mut String) {
    let mut open: Vec<(String, &Shape)> = vec![(String::new(), root)];
    while let Some((path, shape)) = open.pop() {
        let mut inner: Vec<(String, &Shape)> = Vec::new();
        match shape {
            Shape::Object { fields, open } => {
                if !path.is_empty() {
                    let _ = writeln!(out, "### {path}\n");
                }
                table(fields, &path, out);
                if *open {
                    out.push_str("Other fields may be given, too.\n\n");
                }
                for field in fields.iter().filter(|field| !field.tags.contains_key("ignore")) {
                    inner.push((join(&path, &field.name), &field.shape));
                }
            }
            Shape::Either(shapes) => {
                let with_fields: Vec<&Shape> =
                    shapes.iter().filter(|shape| has_fields(shape)).collect();
                let many = with_fields.len() > 1;
                for (at, shape) in with_fields.into_iter().enumerate() {
                    let name = match (many, at) {
                        (false, _) => path.clone(),
                        (true, _) if path.is_empty() => format!("(form {})", at + 1),
                        (true, _) => format!("{path} (form {})", at + 1),
                    };
                    inner.push((name, shape));
                }
            }
            Shape::List(element) => inner.push((format!("{path}[]"), element)),
            Shape::Map(value) => inner.push((format!("{path}.*"), value)),
            _ => {}
        }
        inner.retain(|(_, shape)| has_fields(shape));
        open.extend(inner.into_iter().rev());
    }
}

fn table(fields: &[Parameter], path: &str, out: &mut String) {
    out.push_str("| name | type | default | what it does |\n|---|---|---|---|\n");
    for field in fields.iter().filter(|field| !field.tags.contains_key("ignore")) {
        let default = match &field.default {
            Some(value) if !matches!(field.shape, Shape::Constant(_)) => format!("`{value}`"),
            _ if field.required => String::from("required"),
            _ => String::new(),
        };
        let mut usage = field.usage.clone();
        if !field.condition.is_empty() {
            let _ = write!(usage, " (if `{}`)", field.condition);
        }
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            field.name,
            cell(&type_text(&field.shape, &join(path, &field.name))),
            cell(&default),
            cell(usage.trim()),
        );
    }
    out.push('\n');
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path if path.starts_with('(') => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

/// A shape in words; `path` names the section that has its fields.
fn type_text(shape: &Shape, path: &str) -> String {
    match shape {
        Shape::Any => "anything".into(),
        Shape::Null => "null".into(),
        Shape::Bool => "bool".into(),
        Shape::Bytes => "bytes".into(),
        Shape::Number { whole, bounds } => {
            let name = if *whole { "int" } else { "number" };
            std::iter::once(name)
                .chain(bounds.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join(" ")
        }
        Shape::Text(None) => "string".into(),
        Shape::Text(Some(pattern)) => format!("string `{pattern}`"),
        Shape::Constant(value) => format!("`{value}`"),
        Shape::List(inner) => format!("list of {}", type_text(inner, &format!("{path}[]"))),
        Shape::Map(inner) => format!("map of {}", type_text(inner, &format!("{path}.*"))),
        Shape::Object { fields, .. } if fields.is_empty() => "object".into(),
        Shape::Object { .. } => "object".into(),
        Shape::Either(shapes) => {
            let texts: Vec<String> = shapes.iter().map(|shape| type_text(shape, path)).collect();
            texts.join(" or ")
        }
    }
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use crate::Catalog;
    use crate::oam::DefinitionKind;
    use vela_lang::Engine;

    #[test]
    fn a_page() {
        let text = r#"
            t: {type: "trait", description: "Does it.", labels: deprecated: "true", attributes: appliesToWorkloads: ["deployments.apps"]}
            template: {
                patch: spec: replicas: parameter.n
                parameter: {
                    // +usage=How many
                    n: *1 | int
                    // +usage=Ports
                    ports: [...{
                        // +usage=Its number
                        port: int
                        // +usage=Its protocol
                        protocol: *"TCP" | "UDP"
                    }]
                }
            }
        "#;
        let mut catalog = Catalog::new(Engine::new());
        catalog.add_file("t.cue", text).unwrap();
        let definition = catalog.get(DefinitionKind::Trait, "t").unwrap();
        let wanted = "\
# t

Does it.

> Deprecated: it still works, and new applications have better ways.

Used as `type: t` of a trait of a component.

- made for deployments.apps

## Parameters

| name | type | default | what it does |
|---|---|---|---|
| n | int | `1` | How many |
| ports | list of object |  | Ports |

### ports[]

| name | type | default | what it does |
|---|---|---|---|
| port | int | required | Its number |
| protocol | `\"TCP\"` or `\"UDP\"` | `\"TCP\"` | Its protocol |

## Example

```yaml
kind: Application
```
";
        assert_eq!(markdown(definition, Some("kind: Application\n")), wanted);
    }
}
