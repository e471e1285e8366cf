//! Policies as constraints: what they ask of every object before anything is deployed.
//!
//! The template of such a policy has `constraint`, unified with each object that it matches, or
//! `deny`, a list of texts that must come out empty; `match` narrows it to kinds, labels, components
//! and clusters. The object is `context.output`, its component `context.name`. What does not
//! evaluate counts as broken: a check that can't be made must not let anything pass.

use super::RenderOptions;
use super::context::AppContext;
use super::evaluate::Evaluation;
use super::policies;
use crate::catalog::Catalog;
use crate::data;
use crate::error::Error;
use crate::oam::{Application, Component, Definition, Policy};
use crate::template::{fatal, incomplete};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use vela_lang::syntax::ast;
use vela_lang::{Class, Diagnostic, Path, Selector, Value};

/// The constraints of an application's policies.
pub(crate) struct Constraints<'a> {
    app: &'a Application,
    catalog: &'a Catalog,
    options: &'a RenderOptions,
    constraints: Vec<Constraint<'a>>,
    /// By cluster: making one reads all components.
    contexts: BTreeMap<String, AppContext>,
}

struct Constraint<'a> {
    policy: &'a Policy,
    definition: &'a Definition,
    matches: Match,
}

/// What a constraint is about; a part that says nothing matches everything.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Match {
    kinds: Vec<String>,
    labels: BTreeMap<String, String>,
    components: Vec<String>,
    clusters: Vec<String>,
}

impl Match {
    fn covers(&self, component: &str, cluster: &str, object: &Json) -> bool {
        let among = |list: &[String], name: &str| list.is_empty() || list.iter().any(|o| o == name);
        let labels = object.pointer("/metadata/labels");
        among(&self.kinds, kind(object))
            && among(&self.components, component)
            && among(&self.clusters, cluster)
            && self.labels.iter().all(|(key, value)| {
                labels.and_then(|labels| labels.get(key)).and_then(Json::as_str) == Some(value)
            })
    }
}

fn kind(object: &Json) -> &str {
    object.get("kind").and_then(Json::as_str).unwrap_or_default()
}

/// Whether the template of a policy asks something of objects.
pub(super) fn constrains(definition: &Definition) -> bool {
    let decls = definition.template.iter().flat_map(|template| &template.file.decls);
    decls.filter_map(label).any(|name| name == "constraint" || name == "deny")
}

fn label(decl: &ast::Decl) -> Option<&str> {
    match decl {
        ast::Decl::Field(field) => match &field.label {
            ast::Label::Ident(ident) => Some(&ident.name),
            _ => None,
        },
        _ => None,
    }
}

impl<'a> Constraints<'a> {
    /// The constraints that the policies of an application make.
    ///
    /// # Errors
    /// A policy has no definition, or its `match` makes no sense.
    pub(crate) fn new(
        app: &'a Application,
        catalog: &'a Catalog,
        options: &'a RenderOptions,
    ) -> Result<Constraints<'a>, Error> {
        let mut all = Constraints {
            app,
            catalog,
            options,
            constraints: Vec::new(),
            contexts: BTreeMap::new(),
        };
        for policy in &app.policies {
            let Some(definition) = policies::load(catalog, policy)? else { continue };
            if !constrains(definition) {
                continue;
            }
            let root = all.evaluate(policy, definition, "", "", None)?.root;
            let matches = match root.field("match") {
                None => Match::default(),
                Some(value) => value
                    .data()
                    .map_err(|e| Error::of_findings(e.into_diagnostics()))
                    .and_then(|data| {
                        serde_json::from_value(data::json(&data))
                            .map_err(|e| Error::new(e.to_string()))
                    })
                    .map_err(|e| {
                        e.within(format!(
                            "match of policy {} ({})",
                            policy.name, policy.policy_type
                        ))
                    })?,
            };
            all.constraints.push(Constraint { policy, definition, matches });
        }
        Ok(all)
    }

    fn evaluate(
        &mut self,
        policy: &Policy,
        definition: &Definition,
        component: &str,
        cluster: &str,
        object: Option<&Value>,
    ) -> Result<Evaluation<'a>, Error> {
        let (app, options) = (self.app, self.options);
        if !self.contexts.contains_key(cluster) {
            let made = AppContext::new(app, &app.components, &options.cluster_version, cluster);
            self.contexts.insert(cluster.to_owned(), made);
        }
        let empty = Json::Object(Map::new());
        let parameter = data::value(policy.properties.as_ref().unwrap_or(&empty));
        let mut own = vec![("name", data::text(component)), ("parameter", parameter.clone())];
        own.extend(object.map(|object| ("output", object.clone())));
        let context = match self.contexts.get(cluster) {
            Some(context) => context.with(own),
            None => Value::from_fields([]),
        };
        Evaluation::new(self.catalog, options, definition, Some(parameter), context).map_err(|e| {
            e.within(format!("evaluate policy {} ({})", policy.name, policy.policy_type))
        })
    }

    /// Holds the objects that a component makes on a cluster against every constraint that matches.
    ///
    /// # Errors
    /// An object breaks one: all that is broken is told.
    pub(crate) fn check<'o>(
        &mut self,
        component: &str,
        cluster: &str,
        objects: impl IntoIterator<Item = &'o Json>,
    ) -> Result<(), Error> {
        if self.constraints.is_empty() {
            return Ok(());
        }
        let constraints = std::mem::take(&mut self.constraints);
        let mut broken = Vec::new();
        let mut failed = None;
        'objects: for object in objects {
            for constraint in &constraints {
                if !constraint.matches.covers(component, cluster, object) {
                    continue;
                }
                match self.findings(constraint, component, cluster, object) {
                    Ok(findings) => broken.extend(findings),
                    Err(error) => {
                        failed = Some(error);
                        break 'objects;
                    }
                }
            }
        }
        self.constraints = constraints;
        match failed {
            Some(error) => Err(error),
            None if broken.is_empty() => Ok(()),
            None => Err(Error::of_findings(broken).within("the policies are not kept")),
        }
    }

    fn findings(
        &mut self,
        constraint: &Constraint<'_>,
        component: &str,
        cluster: &str,
        object: &Json,
    ) -> Result<Vec<Diagnostic>, Error> {
        let Constraint { policy, definition, .. } = constraint;
        let value = data::value(object);
        let mut evaluation = self.evaluate(policy, definition, component, cluster, Some(&value))?;
        if evaluation.root.field("constraint").is_some() {
            let at = Path::new(vec![Selector::Field(String::from("constraint"))]);
            evaluation.fill(at, value)?;
        }
        let mut findings = Vec::new();
        // A wrong parameter of the policy itself comes first: all else follows from it.
        if let Some(parameter) = evaluation.root.field("parameter") {
            findings.extend(fatal(parameter));
            findings.extend(incomplete(parameter, "parameter"));
        }
        if findings.is_empty()
            && let Some(value) = evaluation.root.field("constraint")
        {
            findings = fatal(value);
            if findings.is_empty() {
                findings = incomplete(value, "constraint");
            }
        }
        if findings.is_empty()
            && let Some(deny) = evaluation.root.field("deny")
        {
            match deny.data().map(|data| data::json(&data)) {
                Ok(Json::Array(texts)) => findings.extend(texts.iter().map(|text| {
                    let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
                    let finding = Diagnostic::new("policy/deny", Class::Load, text);
                    deny.origins().iter().fold(finding, |f, span| f.label(*span, "denied here"))
                })),
                Ok(_) => {
                    let text = "deny must be a list of texts";
                    findings.push(Diagnostic::new("policy/deny", Class::Load, text));
                }
                Err(error) => findings.extend(error.into_diagnostics()),
            }
        }
        Ok(findings
            .into_iter()
            .map(|finding| self.told(finding, policy, component, cluster, object))
            .collect())
    }

    /// A finding as people need it: which policy, component, object, field and value; the places are
    /// those of the application first.
    fn told(
        &self,
        mut finding: Diagnostic,
        policy: &Policy,
        component: &str,
        cluster: &str,
        object: &Json,
    ) -> Diagnostic {
        let field = match finding.path.strip_prefix("constraint") {
            Some(rest) => rest.trim_start_matches('.').to_owned(),
            None => finding.path.clone(),
        };
        let name = object.pointer("/metadata/name").and_then(Json::as_str).unwrap_or_default();
        let on = if cluster.is_empty() { String::new() } else { format!(" on {cluster}") };
        let mut message = format!(
            "policy {} ({}) refuses {} {name} of component {component}{on}",
            policy.name,
            policy.policy_type,
            kind(object),
        );
        if let Some(value) = at(object, &field) {
            message.push_str(&format!(" with {field} = {}", short(value)));
        }
        message.push_str(&format!(": {}", finding.message));
        if finding.code != "policy/deny" {
            finding.code = "policy/constraint";
        }
        finding.class = Class::Load;
        finding.message = message;
        finding.path = field;
        let inner = finding.span.take();
        let written = self.app.components.iter().find(|one| one.name == component);
        finding.span = Some(written.map_or(policy.span, |one: &Component| one.span));
        finding
            .label(policy.span, "the policy")
            .label(inner.unwrap_or(vela_lang::source::Span::NONE), "what it asks")
    }
}

/// The value at a path as findings write it: `spec.containers.0.image`, `metadata.labels."a.b"`.
fn at<'o>(object: &'o Json, path: &str) -> Option<&'o Json> {
    if path.is_empty() {
        return None;
    }
    let mut at = object;
    let mut rest = path;
    while !rest.is_empty() {
        let (label, after) = match rest.strip_prefix('"').and_then(|quoted| quoted.split_once('"'))
        {
            Some((label, after)) => (label, after.strip_prefix('.').unwrap_or(after)),
            None => rest.split_once('.').unwrap_or((rest, "")),
        };
        at = match at {
            Json::Array(items) => items.get(label.parse::<usize>().ok()?)?,
            _ => at.get(label)?,
        };
        rest = after;
    }
    Some(at)
}

/// A value in one line of bounded length.
fn short(value: &Json) -> String {
    const MOST: usize = 80;
    let text = value.to_string();
    if text.chars().count() <= MOST {
        return text;
    }
    let start: String = text.chars().take(MOST).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests;
