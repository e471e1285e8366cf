//! OAM objects: Applications, and the definitions that say what their types mean.
//!
//! Everything is read from texts into plain data with places. Reading is as lenient as Kubernetes is
//! (unknown fields are passed over, with a warning), or strict where it is asked to be.

mod application;
mod decode;
mod definition;
mod definition_file;
mod document;
mod literal;
mod node;
mod reader;

pub use application::{
    Application, Component, External, ExternalPolicy, ExternalWorkflow, Metadata, Policy, Step,
    Trait, Workflow,
};
pub use definition::{Definition, DefinitionKind, Spec, StatusTemplates, Template, Terraform};
pub(crate) use literal::{label, string_value};
pub use node::{Entry, Node, NodeValue};

use crate::error::Error;
use crate::template::{Compiled, close_strings, list_arithmetic};
use reader::Reader;
use std::sync::Arc;
use vela_lang::Class;
use vela_lang::diagnostic::{Diagnostic, Severity};
use vela_lang::source::{Sources, Span};
use vela_lang::syntax;

/// What was read from the texts of an application.
#[derive(Clone, PartialEq, Debug)]
pub struct Parsed {
    /// The application, with the Policy and Workflow objects that stood beside it.
    pub application: Application,
    /// What the author should know.
    pub warnings: Vec<Diagnostic>,
}

impl Application {
    /// Reads an application from YAML or JSON; Policy and Workflow objects may follow it.
    ///
    /// ```
    /// use vela_dag::oam::Application;
    /// use vela_lang::source::{Sources, Span};
    ///
    /// let text = "
    /// apiVersion: core.oam.dev/v1beta1
    /// kind: Application
    /// metadata: {name: shop}
    /// spec:
    ///   components:
    ///   - {name: web, type: webservice, properties: {image: nginx}}
    /// ";
    /// let parsed = Application::parse(&Sources::default(), "app.yaml", text)?;
    /// assert_eq!(parsed.application.components[0].name, "web");
    /// assert!(parsed.warnings.is_empty());
    /// # Ok::<(), vela_dag::Error>(())
    /// ```
    ///
    /// # Errors
    /// The text is no YAML, holds no application, or a field has the wrong type.
    pub fn parse(sources: &Sources, name: &str, text: &str) -> Result<Parsed, Error> {
        read(sources, &[(name, text)], false)
    }
}

/// How long the text of an application is at most.
const BYTES: usize = 16 << 20;

/// Reads an application from several texts, each of a name and its content. Exactly one Application
/// must be among them; Policy and Workflow objects may be. With `strict`, unknown fields are errors.
///
/// # Errors
/// A text is no YAML or JSON, there is no application or more than one, or a field is wrong.
pub fn read(sources: &Sources, files: &[(&str, &str)], strict: bool) -> Result<Parsed, Error> {
    let mut reader = Reader { strict, sources: sources.clone(), ..Reader::default() };
    let mut application: Option<Application> = None;
    let mut external = External::default();
    for (name, text) in files {
        let stage = format!("read application files: [{name}]");
        if text.len() > BYTES {
            let message = format!(
                "{name} has {} MiB; an application has at most {}: keep data in files of its own",
                text.len() >> 20,
                BYTES >> 20
            );
            let finding = Diagnostic::new("app/too-big", Class::Load, message);
            return Err(Error::of_findings(vec![finding]).within(stage));
        }
        let documents =
            document::documents(sources, name, text).map_err(|e| e.within(stage.clone()))?;
        let mut useful = false;
        for document in documents {
            match decode::kind(&document) {
                Some("Application") if application.is_none() => {
                    useful = true;
                    application = Some(decode::application(&mut reader, Arc::new(document)));
                }
                Some("Application") => {
                    let message = String::from("a second application is ignored");
                    reader.warn("app/second", document.span, name, message);
                }
                Some("Policy") => {
                    useful = true;
                    external.policies.push(decode::external_policy(&mut reader, &document));
                }
                Some("Workflow") => {
                    useful = true;
                    external.workflows.push(decode::external_workflow(&mut reader, &document));
                }
                other => {
                    let what = other.unwrap_or("an object without kind");
                    let message = format!("{what} is neither application, policy nor workflow");
                    reader.warn("app/kind", document.span, name, message);
                }
            }
        }
        if !useful {
            let message = format!("file {name} is not application, policy or workflow");
            return Err(Error::new(message).with_findings(reader.findings).within(stage));
        }
    }
    let (errors, warnings): (Vec<_>, Vec<_>) =
        reader.findings.into_iter().partition(|f| f.severity == Severity::Error);
    if !errors.is_empty() {
        return Err(Error::of_findings(errors).within("read application files"));
    }
    match application {
        Some(application) => {
            Ok(Parsed { application: Application { external, ..application }, warnings })
        }
        None => Err(Error::new("there is no application in these files")),
    }
}

/// The data that an expression of literals writes; nothing if something in it is computed.
pub fn plain_data(expr: &syntax::ast::Expr) -> Option<serde_json::Value> {
    literal::document(expr).ok().map(|node| node.to_json())
}

/// Whether a file of that name may hold definitions. Tests of definitions (`scaler_test.yaml`) do not.
pub fn is_definition_file(name: &str) -> bool {
    [".cue", ".yaml", ".yml", ".json"]
        .iter()
        .any(|ending| name.strip_suffix(ending).is_some_and(|stem| !stem.ends_with("_test")))
}

/// The definitions in a file, and warnings.
///
/// # Errors
/// The file is no CUE, YAML or JSON, or a wrong definition.
pub fn definitions(
    sources: &Sources,
    name: &str,
    text: &str,
) -> Result<(Vec<Definition>, Vec<Diagnostic>), Error> {
    let mut reader = Reader::default();
    let mut definitions = Vec::new();
    if name.ends_with(".cue") {
        let (file, text) = parsed(&mut reader, sources, name, text)
            .map_err(|error| error.within(format!("failed to parse CUE for definition: {name}")))?;
        definitions.extend(definition_file::definition(&mut reader, &file, &text, name));
    } else if is_definition_file(name) {
        for document in document::documents(sources, name, text)? {
            let Some(kind) = decode::kind(&document).and_then(DefinitionKind::of_resource) else {
                continue;
            };
            let (mut definition, template) =
                definition::resource(&mut reader, kind, &document, name);
            if let Some(template) = template {
                let label = format!("{name}#{}", definition.metadata.name);
                let (file, text) =
                    parsed(&mut reader, sources, &label, &template).map_err(|error| {
                        let at = &definition.metadata.name;
                        error.within(format!("failed to parse CUE for definition {at} in {name}"))
                    })?;
                definition.template = Some(Template { file, text, compiled: Compiled::default() });
            }
            definitions.push(definition);
        }
    }
    if reader.failed() {
        reader.findings.retain(|f| f.severity == Severity::Error);
        return Err(
            Error::of_findings(reader.findings).within(format!("invalid definition spec: {name}"))
        );
    }
    Ok((definitions, reader.findings))
}

/// A definition's CUE as a tree, and its text. Old CUE is taken, with warnings.
fn parsed(
    reader: &mut Reader,
    sources: &Sources,
    name: &str,
    text: &str,
) -> Result<(syntax::ast::File, String), Error> {
    let old = |span, message: String| {
        let mut finding =
            Diagnostic::load("def/old-cue", span, message).help("`vela def fix` rewrites the file");
        finding.severity = Severity::Warning;
        finding
    };
    let mut parsed = syntax::parse(sources, name, text);
    let mut text = text.to_owned();
    if !parsed.errors.is_empty()
        && let Some(closed) = close_strings(&text)
    {
        let again = syntax::parse(sources, name, closed.text.clone());
        if again.errors.is_empty() {
            let lines: Vec<String> = closed.lines.iter().map(usize::to_string).collect();
            let message = format!(
                "{name}: multi-line strings end on a line of their own (line {})",
                lines.join(", ")
            );
            reader.findings.push(old(Span::NONE, message));
            (parsed, text) = (again, closed.text);
        }
    }
    if !parsed.errors.is_empty() {
        return Err(Error::of_findings(parsed.errors));
    }
    if let Some(first) = list_arithmetic(&parsed.file).first() {
        let message = String::from("lists are no longer added or multiplied with + and *");
        reader.findings.push(old(*first, message));
    }
    Ok((parsed.file, text))
}

#[cfg(test)]
mod tests;
