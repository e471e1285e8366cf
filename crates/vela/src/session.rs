//! Many applications over the same definitions.

use crate::error::Error;
use crate::{Catalog, Manifest, Plan, definitions, plan_with, render};
use std::sync::{Mutex, PoisonError};
use vela_dag::oam;
use vela_dag::plan::PlanOptions;

/// Calls after which the texts of past applications are let go.
const CALLS: u32 = 1000;

/// Definitions that are read and compiled once, for as many applications as come.
///
/// ```
/// let session = vela::Session::new(Vec::new())?;
/// let app = r#"{"kind": "Application", "metadata": {"name": "shop"}, "spec": {"components": [
///     {"name": "web", "type": "webservice", "properties": {"image": "nginx"}}]}}"#;
/// assert_eq!(session.render("app.json", app)?[0].object["kind"], "Deployment");
/// assert_eq!(session.plan("app.json", app)?.application.name, "shop");
/// # Ok::<(), vela::Error>(())
/// ```
#[derive(Debug)]
pub struct Session {
    more: Vec<(String, String)>,
    /// The catalog, and how many calls it has served: it keeps their texts, since errors show them.
    catalog: Mutex<(Catalog, u32)>,
}

impl Session {
    /// A session over the built-in definitions and those of more files, each of a name and a text;
    /// they replace built-in ones of the same kind and name.
    ///
    /// # Errors
    /// A file is no definition, or a wrong one.
    pub fn new(more: Vec<(String, String)>) -> Result<Session, Error> {
        let catalog = Mutex::new((read(&more)?, 0));
        Ok(Session { more, catalog })
    }

    /// Renders an application.
    ///
    /// # Errors
    /// The text is no application, a definition is missing, or a template fails.
    pub fn render(&self, name: &str, text: &str) -> Result<Vec<Manifest>, Error> {
        let catalog = self.catalog()?;
        render(&crate::application(&catalog, name, text)?, &catalog)
    }

    /// Compiles an application to a Plan.
    ///
    /// # Errors
    /// As [`Session::render`]'s; and a workflow or a policy that makes no sense.
    pub fn plan(&self, name: &str, text: &str) -> Result<Plan, Error> {
        let catalog = self.catalog()?;
        let parsed = oam::Application::parse(catalog.sources(), name, text)
            .map_err(|error| Error::application(error, catalog.sources()))?;
        let options = PlanOptions { warnings: parsed.warnings, ..PlanOptions::default() };
        plan_with(&parsed.application, &catalog, &options)
    }

    fn catalog(&self) -> Result<Catalog, Error> {
        let mut held = self.catalog.lock().unwrap_or_else(PoisonError::into_inner);
        if held.1 >= CALLS {
            *held = (read(&self.more)?, 0);
        }
        held.1 += 1;
        Ok(held.0.clone())
    }
}

/// A file name for the text of a definition that has none: ends as CUE, or as YAML where the text has
/// the fields of a custom resource.
pub fn definition_file(text: &str) -> &'static str {
    let resource = |line: &str| line.starts_with("apiVersion:") || line.starts_with("kind:");
    let json = text.trim_start().starts_with('{');
    if json || text.lines().any(resource) { "definition.yaml" } else { "definition.cue" }
}

fn read(more: &[(String, String)]) -> Result<Catalog, Error> {
    let mut catalog = definitions()?;
    for (name, text) in more {
        let added = catalog.add_file(name, text).map(drop);
        added.map_err(|error| Error::application(error, catalog.sources()))?;
    }
    Ok(catalog)
}
