//! Policies as constraints: what they ask of every object before anything is deployed.
//!
//! The template of such a policy has `constraint`, unified with each object that it matches, or
//! `deny`, a list of texts that must come out empty; `match` narrows it to kinds, labels, components
//! and clusters. The object is `context.output`, its component `context.name`. With `match.scope` a
//! policy looks at many objects at once, `context.objects`: all of a cluster, or of the application.
//! What does not evaluate counts as broken: a check that can't be made must not let anything pass.
//!
//! Where an object breaks a policy, its component is rendered once more with all origins kept, so that
//! the finding can say which line of the application, and which of the definition, made the field.

use super::RenderOptions;
use super::context::AppContext;
use super::evaluate::{Evaluation, Extent};
use super::policies;
use crate::catalog::Catalog;
use crate::data;
use crate::error::Error;
use crate::explain::{Cause, Explained, explain_component};
use crate::oam::{Application, Component, Definition, Policy};
use crate::template::{fatal, incomplete};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_lang::syntax::ast;
use vela_lang::{Class, Diagnostic, Path, Selector, Span, Value};

/// The constraints of an application's policies.
pub(crate) struct Constraints<'a> {
    app: &'a Application,
    catalog: &'a Catalog,
    options: &'a RenderOptions,
    constraints: Vec<Constraint<'a>>,
    /// By cluster: making one reads all components.
    contexts: BTreeMap<String, AppContext<'a>>,
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
    scope: Scope,
}

/// What a constraint looks at, at once.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Scope {
    /// One object.
    #[default]
    Object,
    /// All objects of a cluster.
    Cluster,
    /// All objects of the application.
    Application,
}

/// An object, and where it goes.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'o> {
    /// The component that made it.
    pub(crate) component: &'o Component,
    /// Which part of it, as [`super::Manifest::origin`].
    pub(crate) origin: &'o str,
    /// The cluster; empty where that is not decided.
    pub(crate) cluster: &'o str,
    /// The object.
    pub(crate) object: &'o Json,
}

/// A text of `deny`, or one with what it is about.
#[derive(Deserialize)]
#[serde(untagged)]
enum Denial {
    Text(String),
    About(About),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct About {
    message: String,
    component: String,
    object: Named,
    field: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Named {
    kind: String,
    name: String,
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
            let root = all.evaluate(policy, definition, "", "", Vec::new())?.root;
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
        name: &str,
        cluster: &str,
        more: Vec<(&'static str, Value)>,
    ) -> Result<Evaluation<'a>, Error> {
        let (app, options) = (self.app, self.options);
        let empty = Json::Object(Map::new());
        let parameter = data::value(policy.properties.as_ref().unwrap_or(&empty));
        let mut own = vec![("name", data::text(name)), ("parameter", parameter.clone())];
        own.extend(more);
        let made = || AppContext::new(app, &app.components, &options.cluster_version, cluster);
        let context = self.contexts.entry(cluster.to_owned()).or_insert_with(made).with(own);
        let (parameter, extent) = (Some(parameter), Extent::Whole);
        Evaluation::new(self.catalog, options, definition, parameter, context, extent).map_err(
            |e| e.within(format!("evaluate policy {} ({})", policy.name, policy.policy_type)),
        )
    }

    /// Holds the objects that a component makes on a cluster against every constraint that matches.
    ///
    /// # Errors
    /// An object breaks one: all that is broken is told.
    pub(crate) fn check<'o>(
        &mut self,
        component: &Component,
        cluster: &str,
        objects: impl IntoIterator<Item = (&'o str, &'o Json)>,
    ) -> Result<(), Error> {
        if self.constraints.is_empty() {
            return Ok(());
        }
        let objects: Vec<(&str, &Json)> = objects.into_iter().collect();
        self.hold(|all, constraint, broken| {
            if constraint.matches.scope != Scope::Object {
                return Ok(());
            }
            for (origin, object) in &objects {
                if constraint.matches.covers(&component.name, cluster, object) {
                    let placed = Placed { component, origin, cluster, object };
                    broken.extend(all.object_findings(constraint, placed)?);
                }
            }
            Ok(())
        })
    }

    /// Holds all objects of the application together against the constraints that look at many at once.
    ///
    /// # Errors
    /// They break one: all that is broken is told.
    pub(crate) fn check_all(&mut self, objects: &[Placed<'_>]) -> Result<(), Error> {
        self.hold(|all, constraint, broken| {
            let matches = |one: &&Placed<'_>| {
                constraint.matches.covers(&one.component.name, one.cluster, one.object)
            };
            let mut groups: BTreeMap<&str, Vec<&Placed<'_>>> = BTreeMap::new();
            for one in objects.iter().filter(matches) {
                match constraint.matches.scope {
                    Scope::Object => {}
                    Scope::Cluster => groups.entry(one.cluster).or_default().push(one),
                    Scope::Application => groups.entry("").or_default().push(one),
                }
            }
            for (cluster, group) in groups {
                broken.extend(all.group_findings(constraint, cluster, &group)?);
            }
            Ok(())
        })
    }

    /// Whether a policy looks at each cluster on its own: then its objects go to all of them.
    pub(crate) fn is_per_cluster(&self, policy: &str) -> bool {
        let own = self.constraints.iter().find(|constraint| constraint.policy.name == policy);
        own.is_some_and(|constraint| constraint.matches.scope == Scope::Cluster)
    }

    /// Runs a check over all constraints.
    fn hold(
        &mut self,
        mut check: impl FnMut(&mut Self, &Constraint<'a>, &mut Vec<Diagnostic>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let constraints = std::mem::take(&mut self.constraints);
        let mut broken = Vec::new();
        let checked =
            constraints.iter().try_for_each(|constraint| check(self, constraint, &mut broken));
        self.constraints = constraints;
        checked?;
        if broken.is_empty() {
            return Ok(());
        }
        Err(Error::of_findings(broken).within("the policies are not kept"))
    }

    fn object_findings(
        &mut self,
        constraint: &Constraint<'a>,
        placed: Placed<'_>,
    ) -> Result<Vec<Diagnostic>, Error> {
        let Constraint { policy, definition, .. } = *constraint;
        let value = data::value(placed.object);
        let more = vec![("output", value.clone())];
        let mut evaluation =
            self.evaluate(policy, definition, &placed.component.name, placed.cluster, more)?;
        if evaluation.root.field("constraint").is_some() {
            let at = Path::new(vec![Selector::Field(String::from("constraint"))]);
            evaluation.fill(at, value)?;
        }
        let mut findings = parameter_findings(&evaluation.root);
        if findings.is_empty()
            && let Some(value) = evaluation.root.field("constraint")
        {
            findings = fatal(value);
            if findings.is_empty() {
                findings = incomplete(value, "constraint");
            }
            for finding in &mut findings {
                let field = finding.path.strip_prefix("constraint").unwrap_or(&finding.path);
                finding.path = field.trim_start_matches('.').to_owned();
            }
        }
        let mut told: Vec<Diagnostic> = findings
            .into_iter()
            .map(|finding| self.told(finding, policy, Some(placed), placed.cluster))
            .collect();
        if told.is_empty() {
            for (finding, _) in denials(&evaluation.root) {
                told.push(self.told(finding, policy, Some(placed), placed.cluster));
            }
        }
        Ok(told)
    }

    fn group_findings(
        &mut self,
        constraint: &Constraint<'a>,
        cluster: &str,
        group: &[&Placed<'_>],
    ) -> Result<Vec<Diagnostic>, Error> {
        let Constraint { policy, definition, .. } = *constraint;
        let more = vec![("objects", objects_value(group.iter().copied().copied()))];
        let evaluation = self.evaluate(policy, definition, &policy.name, cluster, more)?;
        let findings = parameter_findings(&evaluation.root);
        if !findings.is_empty() {
            let told = findings.into_iter().map(|f| self.told(f, policy, None, cluster));
            return Ok(told.collect());
        }
        let denied = denials(&evaluation.root).into_iter().map(|(finding, about)| {
            let placed = group.iter().find(|one| {
                let named = about.object.kind.is_empty()
                    || (kind(one.object) == about.object.kind
                        && name(one.object) == about.object.name);
                one.component.name == about.component && named
            });
            self.told(finding, policy, placed.copied().copied(), cluster)
        });
        Ok(denied.collect())
    }

    /// A finding as people need it: which policy, component, object, field and value; the places are
    /// those of the application first.
    fn told(
        &self,
        mut finding: Diagnostic,
        policy: &Policy,
        placed: Option<Placed<'_>>,
        cluster: &str,
    ) -> Diagnostic {
        let on = if cluster.is_empty() { String::new() } else { format!(" on {cluster}") };
        let mut message = format!("policy {} ({}) refuses ", policy.name, policy.policy_type);
        match placed {
            None => message.push_str("the application"),
            Some(Placed { component, object, .. }) => {
                let (kind, name) = (kind(object), name(object));
                message.push_str(&format!("{kind} {name} of component {}", component.name));
            }
        }
        message.push_str(&on);
        if let Some(value) = placed.and_then(|placed| at(placed.object, &finding.path)) {
            message.push_str(&format!(" with {} = {}", finding.path, short(value)));
        }
        message.push_str(&format!(": {}", finding.message));
        if finding.code != "policy/deny" {
            finding.code = "policy/constraint";
        }
        finding.class = Class::Load;
        finding.message = message;
        let inner = finding.span.take();
        let mut origins = placed.map(|p| self.origins(p, &finding.path)).unwrap_or_default();
        let written = placed.map_or(Span::NONE, |placed| placed.component.span);
        let first = origins.iter().position(|(_, is_definition)| !is_definition);
        finding.span = Some(match first {
            Some(first) => origins.remove(first).0,
            None if written.is_none() => policy.span,
            None => written,
        });
        for (span, is_definition) in origins {
            let text = if is_definition { "the definition makes it of this" } else { "and this" };
            finding = finding.label(span, text);
        }
        finding.label(policy.span, "the policy").label(inner.unwrap_or(Span::NONE), "what it asks")
    }

    /// Where a field of an object comes from: places, and whether they are in a definition. Of a field
    /// that is not there, what stands around it.
    fn origins(&self, placed: Placed<'_>, field: &str) -> Vec<(Span, bool)> {
        let overrides: Vec<&Policy> =
            self.app.policies.iter().filter(|p| p.policy_type == "override").collect();
        let Placed { component, object, .. } = placed;
        let made = explain_component(self.app, self.catalog, self.options, component, &overrides);
        let Ok(objects) = made else { return Vec::new() };
        let same = |one: &&Explained| one.kind == kind(object) && one.name == name(object);
        let leaf = objects.iter().find(same).and_then(|one| one.nearest(field));
        let links = leaf.into_iter().flat_map(|leaf| &leaf.chain);
        links
            .filter_map(|link| Some((link.span()?, matches!(link.cause, Cause::Definition { .. }))))
            .collect()
    }
}

/// What is wrong with the parameters of a policy itself: all else follows from that.
fn parameter_findings(root: &Value) -> Vec<Diagnostic> {
    let Some(parameter) = root.field("parameter") else { return Vec::new() };
    let mut findings = fatal(parameter);
    findings.extend(incomplete(parameter, "parameter"));
    findings
}

/// What a policy denies.
fn denials(root: &Value) -> Vec<(Diagnostic, About)> {
    let Some(deny) = root.field("deny") else { return Vec::new() };
    let denied = |about: About| {
        let finding = Diagnostic::new("policy/deny", Class::Load, about.message.clone())
            .path(about.field.clone());
        let finding = deny.origins().iter().fold(finding, |f, span| f.label(*span, "denied here"));
        (finding, about)
    };
    match deny.data().map(|data| data::json(&data)) {
        Ok(json) => match serde_json::from_value::<Vec<Denial>>(json) {
            Ok(list) => list
                .into_iter()
                .map(|one| match one {
                    Denial::Text(message) => denied(About { message, ..About::default() }),
                    Denial::About(about) => denied(about),
                })
                .collect(),
            Err(_) => {
                let message = String::from(
                    "deny must be a list of texts, or of message with component, object and field",
                );
                vec![denied(About { message, ..About::default() })]
            }
        },
        Err(error) => error.into_diagnostics().into_iter().map(|f| (f, About::default())).collect(),
    }
}

/// `context.objects`.
pub(super) fn objects_value<'o>(objects: impl Iterator<Item = Placed<'o>>) -> Value {
    Value::from_elements(objects.map(|one| {
        Value::from_fields([
            (Arc::from("component"), data::text(&one.component.name)),
            (Arc::from("cluster"), data::text(one.cluster)),
            (Arc::from("object"), data::value(one.object)),
        ])
    }))
}

fn name(object: &Json) -> &str {
    object.pointer("/metadata/name").and_then(Json::as_str).unwrap_or_default()
}

/// The value at a path as findings and policies write it: `spec.containers.0.image`,
/// `spec.containers[0].image`, `metadata.labels."a.b"`.
fn at<'o>(object: &'o Json, path: &str) -> Option<&'o Json> {
    let path = Path::parse(path).ok().filter(|path| !path.selectors().is_empty())?;
    path.selectors().iter().try_fold(object, |at, selector| match selector {
        Selector::Field(label) => at.get(label),
        Selector::Index(index) => at.get(index),
    })
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
