//! Parameters that definitions mark as secret: a field with `// +secret` above it, or `@secret()` behind.

use std::collections::BTreeSet;
use vela_dag::Catalog;
use vela_dag::oam::{Application, DefinitionKind, Step};
use vela_exec::secret::Secrets;
use vela_lang::syntax::ast::{Decl, Element, Expr, Field, Label, StructLit};

/// Deeper parameters are not looked through: what reads definitions refuses them before.
const DEPTH: usize = 64;

/// Takes note of what an application gives to such parameters, and of what is secret by where it stands.
pub(crate) fn add(application: &Application, definitions: &Catalog, secrets: &Secrets) {
    secrets.add_from(&application.document.to_json());
    let of = |kind, name: &str, properties: &Option<serde_json::Value>| {
        let Some(properties) = properties else { return };
        let name = name.split('@').next().unwrap_or(name);
        let marked =
            definitions.get(kind, name).map_or_else(|_| Paths::new(), |found| marked(found));
        if !marked.is_empty() {
            values(properties, &mut Vec::new(), &marked, secrets);
        }
    };
    for component in &application.components {
        of(DefinitionKind::Component, &component.component_type, &component.properties);
        for one in &component.traits {
            of(DefinitionKind::Trait, &one.trait_type, &one.properties);
        }
    }
    for policy in &application.policies {
        of(DefinitionKind::Policy, &policy.policy_type, &policy.properties);
    }
    let mut steps: Vec<&Step> =
        application.workflow.iter().flat_map(|workflow| &workflow.steps).collect();
    while let Some(step) = steps.pop() {
        of(DefinitionKind::WorkflowStep, &step.step_type, &step.properties);
        steps.extend(&step.sub_steps);
    }
}

type Paths = BTreeSet<Vec<String>>;

/// The paths of a definition's marked parameters; lists take no part in them.
fn marked(definition: &vela_dag::oam::Definition) -> Paths {
    let mut paths = Paths::new();
    if let Some(template) = &definition.template {
        for decl in &template.file.decls {
            if let Decl::Field(field) = decl
                && name(field).as_deref() == Some("parameter")
            {
                expression(&field.value, DEPTH, &mut Vec::new(), &mut paths);
            }
        }
    }
    paths
}

fn name(field: &Field) -> Option<String> {
    match &field.label {
        Label::Ident(ident) => Some(ident.name.to_string()),
        Label::String(literal) => Some(literal.text.trim_matches('"').to_owned()),
        _ => None,
    }
}

fn is_marked(field: &Field) -> bool {
    let by_attribute = field.attributes.iter().any(|one| one.text.starts_with("@secret("));
    let mut lines = field.comments.doc.iter().chain(&field.comments.line).flat_map(|c| &c.lines);
    by_attribute || lines.any(|line| line.trim_start_matches('/').trim() == "+secret")
}

fn expression(value: &Expr, depth: usize, path: &mut Vec<String>, paths: &mut Paths) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Expr::Struct(literal) => fields(literal, depth, path, paths),
        Expr::List(list) => {
            for element in &list.elements {
                match element {
                    Element::Expr(inner, _) => expression(inner, depth, path, paths),
                    Element::Ellipsis(ellipsis) => {
                        if let Some(inner) = &ellipsis.value {
                            expression(inner, depth, path, paths);
                        }
                    }
                    _ => {}
                }
            }
        }
        Expr::Binary { first, rest } => {
            expression(first, depth, path, paths);
            for one in rest.iter() {
                expression(&one.expr, depth, path, paths);
            }
        }
        Expr::Unary { expr, .. } | Expr::Paren(_, expr) => expression(expr, depth, path, paths),
        _ => {}
    }
}

fn fields(literal: &StructLit, depth: usize, path: &mut Vec<String>, paths: &mut Paths) {
    for decl in &literal.decls {
        let Decl::Field(field) = decl else { continue };
        let Some(name) = name(field) else { continue };
        path.push(name);
        if is_marked(field) {
            paths.insert(path.clone());
        }
        expression(&field.value, depth, path, paths);
        path.pop();
    }
}

fn values(given: &serde_json::Value, path: &mut Vec<String>, marked: &Paths, secrets: &Secrets) {
    match given {
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| values(item, path, marked, secrets));
        }
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name.clone());
                if marked.contains(path) {
                    all(value, secrets);
                }
                values(value, path, marked, secrets);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Everything below a marked parameter is secret.
fn all(value: &serde_json::Value, secrets: &Secrets) {
    match value {
        serde_json::Value::String(text) => secrets.add(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| all(item, secrets)),
        serde_json::Value::Object(fields) => fields.values().for_each(|value| all(value, secrets)),
        _ => {}
    }
}
