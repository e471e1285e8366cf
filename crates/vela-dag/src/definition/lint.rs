//! What is wrong with a definition though it can be read: found without any application.
//!
//! All findings are warnings, since rendering would go on; who wants them to count as errors says so.

use super::health_rule::never_true;
use super::parameters::{Parameter, Shape, parameters};
use super::references::{Commented, Found, find};
use crate::oam::{Definition, DefinitionKind, label};
use crate::template::{self, Use};
use std::collections::BTreeSet;
use vela_lang::diagnostic::{Class, Diagnostic, Severity};
use vela_lang::nearest;
use vela_lang::source::Span;
use vela_lang::syntax::ast::{Decl, Expr, File};
use vela_lang::{Engine, syntax};

/// The tags that comments may have.
const TAGS: [&str; 7] =
    ["usage", "short", "alias", "ignore", "immutable", "patchKey", "patchStrategy"];

/// The values of `patchStrategy`.
const STRATEGIES: [&str; 5] = ["retainKeys", "replace", "jsonPatch", "jsonMergePatch", "open"];

/// The fields of a template that make something.
const RESULTS: [&str; 5] = ["output", "outputs", "patch", "patchOutputs", "processing"];

/// What `context` has when components, traits and policies are rendered, and when their status is read.
const CONTEXT: [&str; 22] = [
    "name",
    "namespace",
    "appName",
    "appRevision",
    "appRevisionNum",
    "revision",
    "appLabels",
    "appAnnotations",
    "components",
    "cluster",
    "clusterVersion",
    "replicaKey",
    "publishVersion",
    "workflowName",
    "parameter",
    "output",
    "outputs",
    "componentType",
    "config",
    "artifacts",
    "custom",
    "status",
];

/// What `context` has beside that in a policy that constrains objects.
const POLICY_CONTEXT: [&str; 1] = ["objects"];

/// What `context` has beside that in a step.
const STEP_CONTEXT: [&str; 8] = [
    "stepName",
    "stepGroupName",
    "stepSessionID",
    "spanID",
    "labels",
    "annotations",
    "workflow",
    "runId",
];

/// Checks a definition: that its templates compile, and what [`lint`](self) is about.
///
/// Findings that are errors say that the definition can't be used.
pub fn lint(engine: &Engine, definition: &Definition) -> Vec<Diagnostic> {
    let mut lint = Lint { definition, findings: Vec::new() };
    if let Some(template) = &definition.template {
        lint.compiles(engine, &template.file);
        lint.old_language(&template.file);
        lint.parameters(engine, &template.file);
        lint.tags(&find(&template.file.decls).commented);
        lint.context(&find(&template.file.decls));
    }
    lint.health(engine);
    lint.message(engine);
    lint.findings
}

struct Lint<'d> {
    definition: &'d Definition,
    findings: Vec<Diagnostic>,
}

impl Lint<'_> {
    fn warn(&mut self, code: &'static str, span: Span, path: &str, message: String) {
        self.warn_with_help(code, span, path, message, None);
    }

    fn warn_with_help(
        &mut self,
        code: &'static str,
        span: Span,
        path: &str,
        message: String,
        help: Option<String>,
    ) {
        let mut finding = Diagnostic::new(code, Class::Load, message).at(span).path(path);
        finding.severity = Severity::Warning;
        finding.help = help;
        self.findings.push(finding);
    }

    fn purpose(&self) -> Use {
        match self.definition.kind {
            DefinitionKind::WorkflowStep => Use::Step,
            _ => Use::Render,
        }
    }

    fn compiles(&mut self, engine: &Engine, file: &File) {
        let compiled =
            template::compile(engine, file.clone(), template::PLACEHOLDERS, self.purpose());
        if let Err(findings) = compiled {
            self.findings.extend(findings);
        }
    }

    fn old_language(&mut self, file: &File) {
        for span in template::list_arithmetic(file) {
            self.warn_with_help(
                "def/old-cue",
                span,
                "",
                String::from("lists are no longer added or multiplied with + and *"),
                Some(String::from("`vela def fix` rewrites the file")),
            );
        }
    }

    /// Parameters without a usage line, that nothing reads, or that are read and not declared.
    fn parameters(&mut self, engine: &Engine, file: &File) {
        let shape = parameters(file);
        if let Some(shape) = &shape {
            self.usage(shape, "parameter");
        }
        let declared = shape.as_ref().map(top_level).unwrap_or_default();
        let (own, rest): (Vec<&Decl>, Vec<&Decl>) =
            file.decls.iter().partition(|decl| name_of(decl).as_deref() == Some("parameter"));
        let rest: Vec<Decl> = rest.into_iter().cloned().collect();
        let own: Vec<Decl> = own.into_iter().cloned().collect();
        let status = self.status_files(engine);
        let mut read: BTreeSet<String> = BTreeSet::new();
        let mut whole = false;
        for decls in std::iter::once(&rest).chain(status.iter().map(|file| &file.decls)) {
            for reference in find(decls).references {
                if reference.root != "parameter" {
                    continue;
                }
                match reference.path.first() {
                    Some(name) => drop(read.insert(name.clone())),
                    None => whole = true,
                }
                self.declared(&shape, &declared, &reference.path, reference.span);
            }
        }
        read.extend(find(&own).names.into_iter().map(str::to_owned));
        let makes_something = rest.iter().any(|decl| match self.definition.kind {
            DefinitionKind::WorkflowStep => {
                name_of(decl).is_some_and(|name| !name.starts_with(['_', '#']))
            }
            _ => name_of(decl).is_some_and(|name| RESULTS.contains(&name.as_str())),
        });
        if whole || !makes_something {
            return;
        }
        for parameter in declared {
            if !read.contains(&parameter.name) && !parameter.tags.contains_key("ignore") {
                self.warn(
                    "def/unused",
                    parameter.span,
                    &format!("parameter.{}", parameter.name),
                    String::from("nothing reads this parameter"),
                );
            }
        }
    }

    /// Whether a parameter that is read is one that is declared.
    fn declared(
        &mut self,
        shape: &Option<Shape>,
        declared: &[&Parameter],
        path: &[String],
        span: Span,
    ) {
        let Some(name) = path.first() else { return };
        let known = match shape {
            None => false,
            Some(shape) => is_free(shape) || declared.iter().any(|p| p.name == *name),
        };
        if !known {
            let near = nearest(name, declared.iter().map(|p| p.name.as_str()));
            self.warn_with_help(
                "def/undeclared",
                span,
                &format!("parameter.{name}"),
                String::from("the template reads a parameter that it does not declare"),
                near.map(|near| format!("did you mean {near}?")),
            );
        }
    }

    fn usage(&mut self, shape: &Shape, path: &str) {
        match shape {
            Shape::Object { fields, .. } => {
                for field in fields {
                    let path = format!("{path}.{}", field.name);
                    if !field.has_usage && !field.tags.contains_key("ignore") {
                        self.warn_with_help(
                            "def/usage",
                            field.span,
                            &path,
                            String::from("nothing says what this parameter does"),
                            Some(String::from("write  // +usage=…  above it")),
                        );
                    }
                    self.usage(&field.shape, &path);
                }
            }
            Shape::List(inner) => self.usage(inner, &format!("{path}[]")),
            Shape::Map(inner) => self.usage(inner, &format!("{path}.*")),
            Shape::Either(shapes) => shapes.iter().for_each(|shape| self.usage(shape, path)),
            _ => {}
        }
        // A declaration that is used in several places is reported once.
        let mut seen = BTreeSet::new();
        self.findings.retain(|finding| {
            let place = finding.span.map(|span| (finding.code, span.start, span.end));
            finding.code != "def/usage" || place.is_none_or(|place| seen.insert(place))
        });
    }

    fn tags(&mut self, commented: &[Commented<'_>]) {
        for one in commented {
            let lines = one.comments.doc.iter().chain(&one.comments.line);
            for line in lines.flat_map(|group| &group.lines) {
                let line = line.trim_start_matches('/').trim();
                let Some(tag) = line.strip_prefix('+') else { continue };
                let end = tag.find(|c: char| !c.is_alphanumeric()).unwrap_or(tag.len());
                let (name, rest) = tag.split_at(end);
                let path = one.path.join(".");
                if !TAGS.contains(&name) {
                    let near = nearest(name, TAGS);
                    self.warn_with_help(
                        "def/tag",
                        one.span,
                        &path,
                        format!("the tag +{name} means nothing"),
                        near.map(|near| format!("did you mean +{near}?")),
                    );
                } else if let Some(value) = rest.strip_prefix(':') {
                    let message = format!("+{name} is followed by a colon and so means nothing");
                    let help = Some(format!("write  // +{name}={}", value.trim()));
                    self.warn_with_help("def/tag", one.span, &path, message, help);
                } else if name == "patchStrategy" {
                    self.strategy(one, rest.trim_start_matches('=').trim());
                }
            }
        }
    }

    fn strategy(&mut self, one: &Commented<'_>, strategy: &str) {
        let path = one.path.join(".");
        if !STRATEGIES.contains(&strategy) {
            let near = nearest(strategy, STRATEGIES);
            self.warn_with_help(
                "def/tag",
                one.span,
                &path,
                format!("there is no patch strategy {strategy:?}"),
                near.map(|near| format!("did you mean {near}?")),
            );
        } else if strategy.starts_with("json") && one.path != ["patch"] {
            let message = format!("{strategy} counts on the field patch only, not below it");
            self.warn("def/tag", one.span, &path, message);
        }
    }

    fn context(&mut self, found: &Found<'_>) {
        let step = self.definition.kind == DefinitionKind::WorkflowStep;
        let policy = self.definition.kind == DefinitionKind::Policy;
        let known = || {
            let more = POLICY_CONTEXT.into_iter().filter(|_| policy);
            CONTEXT.into_iter().chain(STEP_CONTEXT.into_iter().filter(|_| step)).chain(more)
        };
        for reference in &found.references {
            let Some(name) = reference.path.first() else { continue };
            if reference.root == "context" && known().all(|known| known != name) {
                let near = nearest(name, known());
                self.warn_with_help(
                    "def/context",
                    reference.span,
                    &format!("context.{name}"),
                    String::from("the context has no such field"),
                    near.map(|near| format!("did you mean {near}?")),
                );
            }
        }
    }

    /// The status templates that can be read.
    fn status_files(&self, engine: &Engine) -> Vec<File> {
        let status = &self.definition.spec.status;
        [&status.health_policy, &status.custom_status, &status.details]
            .into_iter()
            .filter(|text| !text.trim().is_empty())
            .filter_map(|text| engine.parse("status.cue", text.as_str()).ok())
            .map(|file| (*file).clone())
            .collect()
    }

    /// Compiles a status template; findings name the file by the attribute.
    fn status(&mut self, engine: &Engine, attribute: &str, text: &str) -> Option<File> {
        if text.trim().is_empty() {
            return None;
        }
        let name = format!("{}#{attribute}", self.definition.file);
        let parsed = syntax::parse(engine.sources(), &name, text);
        let failed = if parsed.errors.is_empty() {
            template::compile(engine, parsed.file.clone(), template::PLACEHOLDERS, Use::Render)
                .err()
                .unwrap_or_default()
        } else {
            parsed.errors
        };
        if failed.is_empty() {
            return Some(parsed.file);
        }
        for mut finding in failed {
            finding.severity = Severity::Warning;
            finding.help = Some(format!("this is status.{attribute} of the definition"));
            self.findings.push(finding);
        }
        None
    }

    fn health(&mut self, engine: &Engine) {
        let text = &self.definition.spec.status.health_policy;
        let Some(file) = self.status(engine, "healthPolicy", text) else { return };
        let path = "attributes.status.healthPolicy";
        let span = file.span;
        if let Some(why) = never_true(&file.decls) {
            self.warn("def/health", span, path, format!("this can never be healthy: {why}"));
        }
        let Some(outputs) = self.definition.template.as_ref().and_then(|t| outputs(&t.file)) else {
            return;
        };
        for reference in find(&file.decls).references {
            let [first, output, ..] = reference.path.as_slice() else { continue };
            if reference.root == "context" && first == "outputs" && !outputs.contains(output) {
                let there: Vec<&str> = outputs.iter().map(String::as_str).collect();
                let help = match nearest(output, there.iter().copied()) {
                    Some(near) => Some(format!("did you mean {near}?")),
                    None if there.is_empty() => None,
                    None => Some(format!("it makes {}", there.join(", "))),
                };
                let message = format!("the template makes no output {output:?}");
                self.warn_with_help("def/health", reference.span, path, message, help);
            }
        }
    }

    fn message(&mut self, engine: &Engine) {
        let text = &self.definition.spec.status.custom_status;
        let Some(file) = self.status(engine, "customStatus", text) else { return };
        let says = |decls: &[Decl]| says(decls, "message");
        if !says(&file.decls) {
            let message = String::from("it does not say message, so nothing is ever shown");
            self.warn("def/status", file.span, "attributes.status.customStatus", message);
        }
    }
}

/// Whether a field is declared, perhaps under conditions.
fn says(decls: &[Decl], wanted: &str) -> bool {
    decls.iter().any(|decl| match decl {
        Decl::Field(_) => name_of(decl).as_deref().is_none_or(|name| name == wanted),
        Decl::Comprehension(comprehension) => {
            says(&comprehension.body.decls, wanted)
                || comprehension.fallback.as_ref().is_some_and(|f| says(&f.body.decls, wanted))
        }
        Decl::Embed(_) => true,
        _ => false,
    })
}

fn name_of(decl: &Decl) -> Option<String> {
    match decl {
        Decl::Field(field) => label(&field.label),
        _ => None,
    }
}

/// The parameters themselves, of all forms.
fn top_level(shape: &Shape) -> Vec<&Parameter> {
    match shape {
        Shape::Object { fields, .. } => fields.iter().collect(),
        Shape::Either(shapes) => shapes.iter().flat_map(top_level).collect(),
        _ => Vec::new(),
    }
}

/// Whether there may be parameters that are not declared.
fn is_free(shape: &Shape) -> bool {
    match shape {
        Shape::Any | Shape::Map(_) | Shape::List(_) => true,
        Shape::Object { open, .. } => *open,
        Shape::Either(shapes) => shapes.iter().any(is_free),
        _ => false,
    }
}

/// The names of the outputs, where all of them are written out.
fn outputs(file: &File) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for decl in &file.decls {
        if name_of(decl).as_deref() != Some("outputs") {
            continue;
        }
        let Decl::Field(field) = decl else { continue };
        let Expr::Struct(lit) = &field.value else { return None };
        collect(&lit.decls, &mut names)?;
    }
    Some(names)
}

fn collect(decls: &[Decl], names: &mut BTreeSet<String>) -> Option<()> {
    for decl in decls {
        match decl {
            Decl::Field(field) => drop(names.insert(label(&field.label)?)),
            Decl::Comprehension(comprehension) => collect(&comprehension.body.decls, names)?,
            _ => return None,
        }
    }
    Some(())
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
