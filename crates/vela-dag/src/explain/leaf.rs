//! The leaves of an object, each with its chain.

use super::places::joined;
use super::reference::{Target, find, references, resolve};
use super::{Cause, Leaf, Origin, Place, Tracer};
use serde_json::Value as Json;
use vela_lang::{Span, Value};

/// How many links a chain has at most.
const LINKS: usize = 64;

/// A step of a reference that stands for every element of a list or field of a struct.
const ANY: &str = "*";

impl Tracer<'_> {
    /// The leaves of an object that comes from a value.
    pub(super) fn leaves(&self, origin: &str, object: &Json, value: &Value) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        let mut open =
            vec![(Vec::<String>::new(), String::new(), object, Some(value.clone()), Vec::new())];
        while let Some((labels, path, json, value, inherited)) = open.pop() {
            let taken = value.as_ref().map(Value::default);
            let mut own: Vec<Span> = Vec::new();
            for value in value.iter().chain(&taken) {
                own.extend(
                    value
                        .origins()
                        .iter()
                        .filter(|span| !own.contains(span))
                        .copied()
                        .collect::<Vec<_>>(),
                );
            }
            let own = if own.is_empty() && value.is_some() { inherited } else { own };
            match json {
                Json::Object(members) if !members.is_empty() => {
                    for (key, member) in members.iter().rev() {
                        let below = taken.as_ref().and_then(|value| value.field(key)).cloned();
                        let mut labels = labels.clone();
                        labels.push(key.clone());
                        open.push((labels, joined(&path, key), member, below, own.clone()));
                    }
                }
                Json::Array(items) if !items.is_empty() => {
                    for (i, item) in items.iter().enumerate().rev() {
                        let below = taken.as_ref().and_then(|v| v.elements().get(i)).cloned();
                        let mut labels = labels.clone();
                        labels.push(i.to_string());
                        open.push((labels, format!("{path}[{i}]"), item, below, own.clone()));
                    }
                }
                _ => {
                    let same = taken.as_ref().is_some_and(|value| is_same(value, json));
                    let mut chain = if same { self.chain(&own, json) } else { Vec::new() };
                    if chain.is_empty() {
                        chain = self.rule(origin, &labels);
                    }
                    leaves.push(Leaf { path, value: json.clone(), chain });
                }
            }
        }
        leaves
    }

    /// The chain of a value that was made by what stands at these places.
    fn chain(&self, spans: &[Span], json: &Json) -> Vec<Origin> {
        let mut chain: Vec<Origin> = Vec::new();
        let mut open: Vec<Span> = spans.to_vec();
        let mut at = 0;
        while at < open.len() && at < LINKS {
            let span = open[at];
            at += 1;
            let Some(cause) = self.cause(span) else { continue };
            if let Cause::Definition { .. } = cause {
                self.follow(span, json, &mut open, &mut chain);
            }
            chain.push(self.origin(cause, span));
        }
        // From the application's line to what made a field of it.
        chain.reverse();
        chain.sort_by_key(|origin| match origin.cause {
            Cause::Application { .. } | Cause::Override { .. } => 0,
            Cause::Rule { .. } => 1,
            Cause::Definition { .. } => 2,
        });
        let mut unique: Vec<Origin> = Vec::new();
        for origin in chain {
            if !unique.contains(&origin) {
                unique.push(origin);
            }
        }
        unique
    }

    fn origin(&self, cause: Cause, span: Span) -> Origin {
        Origin { cause, place: Place::of(span, self.sources), span }
    }

    fn cause(&self, span: Span) -> Option<Cause> {
        if let Some(path) = self.places.path(span) {
            let policy = path
                .strip_prefix("spec.policies[")
                .and_then(|rest| rest.split(']').next()?.parse::<usize>().ok())
                .and_then(|at| self.app.policies.get(at));
            return Some(match policy {
                Some(policy) => {
                    Cause::Override { policy: policy.name.clone(), path: path.to_owned() }
                }
                None => Cause::Application { path: path.to_owned() },
            });
        }
        let external = self.app.external.policies.iter().find(|one| one.policy.span == span);
        if let Some(external) = external {
            let policy = external.policy.name.clone();
            return Some(Cause::Override { policy, path: String::new() });
        }
        self.roots.iter().find_map(|(definition, _)| {
            let template = definition.template.as_ref()?;
            (template.file.span.source == span.source).then(|| Cause::Definition {
                kind: definition.kind.to_string(),
                definition: definition.metadata.name.clone(),
            })
        })
    }

    /// Adds what the expression at a place of a template refers to.
    fn follow(&self, span: Span, json: &Json, open: &mut Vec<Span>, chain: &mut Vec<Origin>) {
        let of_source = self.roots.iter().filter_map(|(definition, root)| {
            let file = &definition.template.as_ref()?.file;
            (file.span.source == span.source).then_some((file, root))
        });
        let mut add = |span: &Span| {
            if !span.is_none() && !open.contains(span) {
                open.push(*span);
            }
        };
        for (file, root) in of_source {
            let Some((expr, scopes)) = find(&file.decls, span) else { continue };
            for reference in references(expr) {
                match resolve(&reference, &scopes) {
                    Target::Root(labels) => {
                        let found = lookup(root, &labels, json);
                        if found.is_empty() && labels.first().is_some_and(|l| l == "context") {
                            chain.extend(self.context(&labels));
                        }
                        for value in found {
                            let origins = value.origins();
                            origins.iter().chain(value.default().origins()).for_each(&mut add);
                            if origins.is_empty() && labels[0] == "context" {
                                chain.extend(self.context(&labels));
                            }
                        }
                    }
                    Target::Expression(span) => add(&span),
                    Target::Nothing => {}
                }
            }
        }
    }

    /// What `context` says that the application does not write as a parameter.
    fn context(&self, labels: &[String]) -> Option<Origin> {
        let name = labels.get(1)?;
        let rest: String =
            labels[2..].iter().fold(String::new(), |path, label| joined(&path, label));
        let below = |path: &str| {
            let separator = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
            format!("{path}{separator}{rest}")
        };
        let path = match name.as_str() {
            "name" => self.component_path("name"),
            "componentType" => self.component_path("type"),
            "appName" => Some(String::from("metadata.name")),
            "namespace" => Some(String::from("metadata.namespace")),
            "appLabels" => Some(below("metadata.labels")),
            "appAnnotations" => Some(below("metadata.annotations")),
            "components" => Some(String::from("spec.components")),
            _ => None,
        };
        Some(self.ruled(format!("context.{}", labels[1..].join(".")), path))
    }

    /// A rule that goes by a value of the application.
    fn ruled(&self, rule: String, path: Option<String>) -> Origin {
        let span = path.and_then(|path| self.app.place(&path)).unwrap_or(Span::NONE);
        self.origin(Cause::Rule { rule }, span)
    }

    fn component_path(&self, field: &str) -> Option<String> {
        let component = self.component?;
        let at = self.app.components.iter().position(|one| one.name == component.name)?;
        Some(format!("spec.components[{at}].{field}"))
    }

    /// Why a leaf is there that no template made.
    fn rule(&self, origin: &str, labels: &[String]) -> Vec<Origin> {
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let (rule, path) = match labels.as_slice() {
            ["metadata", "labels", key] => (format!("label {key}"), self.label(origin, key)),
            ["metadata", "annotations", key] => {
                (format!("annotation {key}"), Some(joined("metadata.annotations", key)))
            }
            ["metadata", "labels" | "annotations"] => {
                (String::from("every object has labels and annotations"), None)
            }
            ["metadata", "name"] => (
                String::from("objects without a name are called after their component"),
                self.component_path("name"),
            ),
            ["metadata", "namespace"] => (
                String::from("objects go to the application's namespace"),
                Some(String::from("metadata.namespace")),
            ),
            ["spec", "variable", key, ..] if self.roots.is_empty() => (
                String::from("parameters are variables of the Terraform module"),
                self.component_path("properties").map(|path| joined(&path, key)),
            ),
            _ if self.roots.is_empty() => (
                String::from("the Terraform module of the definition"),
                self.component_path("type"),
            ),
            _ => (
                String::from("the trait's workloadRefPath refers to the workload"),
                self.component_path("name"),
            ),
        };
        vec![self.ruled(rule, path)]
    }

    fn label(&self, origin: &str, key: &str) -> Option<String> {
        match key {
            "app.oam.dev/name" => Some(String::from("metadata.name")),
            "app.oam.dev/namespace" => Some(String::from("metadata.namespace")),
            "app.oam.dev/appRevision" => Some(String::from("status.latestRevision.name")),
            "app.oam.dev/component" => self.component_path("name"),
            "workload.oam.dev/type" => self.component_path("type"),
            "trait.oam.dev/type" => {
                let wanted = origin.strip_prefix("trait/")?.split('/').next()?;
                let at = self.component?.traits.iter().position(|t| t.trait_type == wanted)?;
                self.component_path(&format!("traits[{at}].type"))
            }
            _ => Some(joined("metadata.labels", key)),
        }
    }
}

fn is_same(value: &Value, json: &Json) -> bool {
    match json {
        Json::Object(_) => value.regular_fields().next().is_none(),
        Json::Array(_) => value.elements().is_empty(),
        scalar => value.data().is_ok_and(|data| crate::data::json(&data) == *scalar),
    }
}

/// The values at a path; where it goes through all elements of something, those that are as wanted, or
/// else a part of it, if there are some.
fn lookup(root: &Value, labels: &[String], wanted: &Json) -> Vec<Value> {
    let mut found = vec![root.clone()];
    for label in labels {
        found = found
            .iter()
            .map(Value::default)
            .flat_map(|value| match label.as_str() {
                ANY => {
                    let fields = value.regular_fields().map(|(_, field)| field.clone());
                    fields.chain(value.elements().iter().cloned()).collect::<Vec<_>>()
                }
                label => {
                    let field = value.fields().iter().find(|field| *field.label == *label);
                    let index = || value.elements().get(label.parse::<usize>().ok()?);
                    field.map(|field| &field.value).or_else(index).cloned().into_iter().collect()
                }
            })
            .collect();
    }
    if labels.iter().any(|label| label == ANY) {
        let same: Vec<Value> =
            found.iter().filter(|value| is_same(&value.default(), wanted)).cloned().collect();
        if !same.is_empty() {
            return same;
        }
        let is_part = |value: &&Value| match (value.default().as_str(), wanted.as_str()) {
            (Some(part), Some(wanted)) => !part.is_empty() && wanted.contains(part),
            _ => false,
        };
        let parts: Vec<Value> = found.iter().filter(is_part).cloned().collect();
        if !parts.is_empty() {
            return parts;
        }
    }
    found
}
