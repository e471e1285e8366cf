//! Many applications over the same definitions.

use crate::bundle::Bundle;
use crate::error::Error;
use crate::{Catalog, Explained, Manifest, Plan};
use std::sync::Arc;
use vela_dag::oam;
use vela_dag::plan::PlanOptions;
use vela_dag::render::RenderOptions;
use vela_lang::Sources;

/// Definitions that are read and compiled once, for as many applications as come, on any thread. The
/// texts of an application are let go when its call ends.
///
/// ```
/// let session = vela::Session::new(Vec::new())?;
/// let app = r#"{"kind": "Application", "metadata": {"name": "shop"}, "spec": {"components": [
///     {"name": "web", "type": "webservice", "properties": {"image": "nginx"}}]}}"#;
/// assert_eq!(session.render("app.json", app)?[0].object["kind"], "Deployment");
/// assert_eq!(session.plan("app.json", app)?.application.name, "shop");
/// let image = session.explain("app.json", app)?[0].nearest("spec.template.spec.containers[0].image")
///     .map(|leaf| leaf.chain[0].cause.clone());
/// let path = String::from("spec.components[0].properties.image");
/// assert_eq!(image, Some(vela::dag::explain::Cause::Application { path }));
/// # Ok::<(), vela::Error>(())
/// ```
#[derive(Debug)]
pub struct Session {
    catalog: Arc<Catalog>,
}

impl Session {
    /// A session over the built-in definitions and those of more files, each of a name and a text;
    /// they replace built-in ones of the same kind and name.
    ///
    /// # Errors
    /// A file is no definition, or a wrong one.
    pub fn new(more: Vec<(String, String)>) -> Result<Session, Error> {
        let bundle = Bundle { definitions: more, ..Bundle::default() };
        let (catalog, _) = bundle.catalog()?;
        Ok(Session { catalog: Arc::new(catalog) })
    }

    /// The definitions.
    pub fn definitions(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// Renders an application.
    ///
    /// # Errors
    /// The text is no application, a definition is missing, or a template fails.
    pub fn render(&self, name: &str, text: &str) -> Result<Vec<Manifest>, Error> {
        self.with(name, text, |parsed, _| {
            vela_dag::render::render(&parsed.application, &self.catalog, &RenderOptions::default())
        })
    }

    /// Compiles an application to a Plan.
    ///
    /// # Errors
    /// As [`Session::render`]'s; and a workflow or a policy that makes no sense.
    pub fn plan(&self, name: &str, text: &str) -> Result<Plan, Error> {
        self.with(name, text, |parsed, sources| {
            let options = PlanOptions { warnings: parsed.warnings, ..PlanOptions::default() };
            vela_dag::plan::plan_of(&parsed.application, &self.catalog, sources, &options)
        })
    }

    /// Explains every object that an application renders to.
    ///
    /// # Errors
    /// As [`Session::render`]'s.
    pub fn explain(&self, name: &str, text: &str) -> Result<Vec<Explained>, Error> {
        self.with(name, text, |parsed, sources| {
            let options = RenderOptions::default();
            vela_dag::explain::explain(&parsed.application, &self.catalog, sources, &options)
        })
    }

    fn with<T>(
        &self,
        name: &str,
        text: &str,
        work: impl FnOnce(oam::Parsed, &Sources) -> Result<T, vela_dag::Error>,
    ) -> Result<T, Error> {
        let sources = self.catalog.sources().beside();
        oam::Application::parse(&sources, name, text)
            .and_then(|parsed| work(parsed, &sources))
            .map_err(|error| Error::application(error, &sources))
    }
}

/// A file name for the text of a definition that has none: ends as CUE, or as YAML where the text has
/// the fields of a custom resource.
pub fn definition_file(text: &str) -> &'static str {
    let resource = |line: &str| line.starts_with("apiVersion:") || line.starts_with("kind:");
    let json = text.trim_start().starts_with('{');
    if json || text.lines().any(resource) { "definition.yaml" } else { "definition.cue" }
}
