//! Planning an application again and again while it is edited.

use super::build::build;
use super::cache::{Cache, Last};
use super::{Plan, PlanOptions};
use crate::catalog::Catalog;
use crate::error::Error;
use crate::oam::Application;
use vela_lang::Sources;

/// Plans one application after each edit: only components that have changed are rendered again. The plan
/// is the same as one that is made from scratch.
///
/// ```
/// use vela_dag::oam::Application;
/// use vela_dag::plan::{PlanOptions, Session, plan};
/// use vela_dag::{Catalog, Engine};
///
/// let mut catalog = Catalog::new(Engine::new());
/// catalog.add_file("note.cue", r#"
/// note: type: "component"
/// template: {output: {apiVersion: "v1", kind: "ConfigMap", data: parameter}, parameter: {...}}
/// "#)?;
/// let mut session = Session::new(catalog, PlanOptions::default());
/// for text in ["one", "two"] {
///     let text = format!("kind: Application\nmetadata: {{name: notes}}\nspec:\n  components:\n  \
///         - {{name: a, type: note, properties: {{text: {text}}}}}\n  - {{name: b, type: note}}\n");
///     let app = Application::parse(session.catalog().sources(), "app.yaml", &text)?.application;
///     let edited = session.plan(&app)?.clone();
///     assert_eq!(edited, plan(&app, session.catalog(), &PlanOptions::default())?);
/// }
/// assert_eq!(session.rendered(), 3);
/// # Ok::<(), vela_dag::Error>(())
/// ```
#[derive(Debug)]
pub struct Session {
    catalog: Catalog,
    options: PlanOptions,
    last: Option<Last>,
    rendered: usize,
}

impl Session {
    /// A session over these definitions.
    pub fn new(catalog: Catalog, options: PlanOptions) -> Session {
        Session { catalog, options, last: None, rendered: 0 }
    }

    /// The definitions.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// How often a component has been rendered so far.
    pub fn rendered(&self) -> usize {
        self.rendered
    }

    /// The plan of an application.
    ///
    /// # Errors
    /// As [`super::plan`]; the next plan is made from scratch then.
    pub fn plan(&mut self, app: &Application) -> Result<&Plan, Error> {
        let sources = self.catalog.sources().clone();
        self.plan_of(app, &sources)
    }

    /// The plan of an application whose texts are in a table of their own.
    ///
    /// # Errors
    /// As [`super::plan`]; the next plan is made from scratch then.
    pub fn plan_of(&mut self, app: &Application, sources: &Sources) -> Result<&Plan, Error> {
        let mut cache = match self.last.take() {
            Some(last) => last.into_cache(app, &self.catalog, &self.options),
            None => Cache::default(),
        };
        let built = build(app, (&self.catalog, sources), &self.options, &mut cache)?;
        self.rendered += built.rendered;
        let last = self.last.insert(Last::new(built, app, &self.catalog, &self.options));
        Ok(&last.built.plan)
    }
}

#[cfg(test)]
mod tests;
