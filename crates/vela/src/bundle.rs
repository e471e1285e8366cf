//! All that an application is made of, as texts.

use crate::builtin;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vela_dag::definition::unknown_properties;
use vela_dag::oam::{self, Application};
use vela_dag::plan::{NodeKind, Plan, PlanOptions};
use vela_dag::render::RenderOptions;
use vela_dag::step::CueSteps;
use vela_dag::{Catalog, Engine};
use vela_exec::secret::Secrets;
use vela_lang::Diagnostic;

/// The texts that an application is made of: its own files, and definitions beside the built-in ones.
/// A run keeps them, so that it can be gone on with when the files have changed or are gone.
///
/// ```
/// let bundle = vela::Bundle::new("app.yaml", "
/// kind: Application
/// metadata: {name: shop}
/// spec: {components: [{name: web, type: webservice, properties: {image: nginx}}]}
/// ");
/// let read = bundle.read()?;
/// assert_eq!(read.plan(&Default::default())?.application.name, "shop");
/// # Ok::<(), vela::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Bundle {
    /// The application, and Policy and Workflow objects beside it: names and texts.
    pub files: Vec<(String, String)>,
    /// Definitions that come on top of the built-in ones: names and texts.
    #[serde(default)]
    pub definitions: Vec<(String, String)>,
    /// Whether unknown fields are errors.
    #[serde(default)]
    pub strict: bool,
}

/// A bundle that was read.
#[derive(Clone)]
pub struct Opened {
    /// The application.
    pub application: Arc<Application>,
    /// The definitions.
    pub definitions: Arc<Catalog>,
    /// What the author should know.
    pub warnings: Vec<Diagnostic>,
    /// The values in it that nobody else may see.
    pub secrets: Secrets,
}

impl Bundle {
    /// An application of one file, with the built-in definitions.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Bundle {
        Bundle { files: vec![(name.into(), text.into())], ..Bundle::default() }
    }

    /// The definitions: built-in ones, and those of the bundle on top; and warnings.
    ///
    /// # Errors
    /// A definition is wrong.
    pub fn catalog(&self) -> Result<(Catalog, Vec<Diagnostic>), Error> {
        self.catalog_by(Catalog::add_file)
    }

    fn catalog_by(
        &self,
        add: impl Fn(&mut Catalog, &str, &str) -> Result<Vec<Diagnostic>, vela_dag::Error>,
    ) -> Result<(Catalog, Vec<Diagnostic>), Error> {
        let mut catalog = builtin::catalog(Engine::new())?;
        let mut warnings = Vec::new();
        for (name, text) in &self.definitions {
            match add(&mut catalog, name, text) {
                Ok(more) => warnings.extend(more),
                Err(error) => return Err(Error::application(error, catalog.sources())),
            }
        }
        Ok((catalog, warnings))
    }

    /// Reads everything.
    ///
    /// # Errors
    /// A text is wrong; see [`Error`].
    pub fn read(&self) -> Result<Opened, Error> {
        self.read_with(Secrets::new())
    }

    /// Reads everything, and takes note of what is secret in it. Of many definitions only those that the
    /// application uses are read.
    ///
    /// # Errors
    /// As [`Bundle::read`]'s.
    pub fn read_with(&self, secrets: Secrets) -> Result<Opened, Error> {
        let (catalog, mut warnings) = self.catalog_by(Catalog::add_file_lazily)?;
        let files: Vec<(&str, &str)> =
            self.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let parsed = oam::read(catalog.sources(), &files, self.strict)
            .map_err(|error| Error::application(error, catalog.sources()))?;
        warnings.extend(parsed.warnings);
        warnings.extend(unknown_properties(&parsed.application, &catalog));
        crate::sensitive::add(&parsed.application, &catalog, &secrets);
        Ok(Opened {
            application: Arc::new(parsed.application),
            definitions: Arc::new(catalog),
            warnings,
            secrets,
        })
    }
}

impl Opened {
    /// Its Plan.
    ///
    /// # Errors
    /// See [`crate::plan`].
    pub fn plan(&self, options: &PlanOptions) -> Result<Plan, Error> {
        let mut options = options.clone();
        options.warnings.extend(self.warnings.iter().cloned());
        let plan = crate::plan_with(&self.application, &self.definitions, &options)?;
        for node in &plan.nodes {
            if let NodeKind::Artifact { objects, .. } = &node.kind {
                objects.iter().for_each(|object| self.secrets.add_from(&object.manifest));
            }
        }
        Ok(plan)
    }

    /// What evaluates the steps of its workflow.
    pub fn steps(&self, render: RenderOptions) -> CueSteps {
        CueSteps::new(Arc::clone(&self.application), Arc::clone(&self.definitions), render)
    }
}
