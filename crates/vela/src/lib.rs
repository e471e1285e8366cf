//! Vela as a library: evaluate CUE, render and plan OAM applications, run them.
//!
//! ```
//! let definitions = vela::definitions()?;
//! let app = vela::application(&definitions, "app.yaml", "
//! apiVersion: core.oam.dev/v1beta1
//! kind: Application
//! metadata: {name: shop}
//! spec:
//!   components:
//!   - {name: web, type: webservice, properties: {image: nginx}}
//! ")?;
//! let manifests = vela::render(&app, &definitions)?;
//! assert_eq!(manifests[0].object["kind"], "Deployment");
//! let plan = vela::plan(&app, &definitions)?;
//! assert_eq!(plan.application.name, "shop");
//! # Ok::<(), vela::Error>(())
//! ```
//!
//! The crates below are re-exported as [`lang`], [`dag`] and [`exec`]; what programs need daily stands
//! here.

mod builtin;
mod bundle;
mod error;
mod evaluation;
mod finding;
mod os;
#[cfg(feature = "runtime")]
mod runtime;
mod sensitive;
mod session;

pub use bundle::{Bundle, Opened};
pub use error::Error;
pub use evaluation::Evaluation;
pub use os::OsFs;
#[cfg(feature = "runtime")]
pub use runtime::{Deletion, Deployed, Moved, Runtime, SavedPlan, Status, phase_name, run};
pub use session::{Session, definition_file};
pub use vela_dag as dag;
pub use vela_exec as exec;
pub use vela_lang as lang;

pub use vela_dag::Catalog;
pub use vela_dag::diff::Difference;
pub use vela_dag::explain::Explained;
pub use vela_dag::oam::Application;
pub use vela_dag::plan::Plan;
pub use vela_dag::render::Manifest;
pub use vela_lang::{Engine, Value};

use vela_dag::plan::PlanOptions;
use vela_dag::render::RenderOptions;

/// Evaluates CUE.
///
/// ```
/// let value = vela::eval("example.cue", "#P: {port: *80 | int}\nweb: #P & {port: 8080}")?;
/// let port = value.lookup(&vela::lang::Path::parse("web.port").unwrap()).unwrap();
/// assert_eq!(vela::lang::export::compact(&port), "8080");
/// # Ok::<(), vela::Error>(())
/// ```
///
/// # Errors
/// It does not load, or something in it is an error.
pub fn eval(name: &str, text: &str) -> Result<Value, Error> {
    let engine = Engine::new();
    let value = engine.eval(name, text).and_then(|value| value.check(false).map(|()| value));
    value.map_err(|error| Error::language(error.sorted(engine.sources()), engine.sources()))
}

/// The built-in definitions.
///
/// # Errors
/// Never, unless Vela itself is broken.
pub fn definitions() -> Result<Catalog, Error> {
    builtin::catalog(Engine::new())
}

/// Reads an application from YAML or JSON.
///
/// # Errors
/// The text is no application, or a field has the wrong type.
pub fn application(definitions: &Catalog, name: &str, text: &str) -> Result<Application, Error> {
    Application::parse(definitions.sources(), name, text)
        .map(|parsed| parsed.application)
        .map_err(|error| Error::application(error, definitions.sources()))
}

/// Renders an application to manifests.
///
/// # Errors
/// A definition is missing, a template fails, or something is not concrete.
pub fn render(app: &Application, definitions: &Catalog) -> Result<Vec<Manifest>, Error> {
    render_with(app, definitions, &RenderOptions::default())
}

/// Renders an application to manifests, with what templates may ask of the outside.
///
/// # Errors
/// As [`render`]'s.
pub fn render_with(
    app: &Application,
    definitions: &Catalog,
    options: &RenderOptions,
) -> Result<Vec<Manifest>, Error> {
    dag::render::render(app, definitions, options)
        .map_err(|error| Error::application(error, definitions.sources()))
}

/// Compiles an application to a Plan for the local target.
///
/// # Errors
/// As [`render`]'s; and a workflow or a policy that makes no sense.
pub fn plan(app: &Application, definitions: &Catalog) -> Result<Plan, Error> {
    plan_with(app, definitions, &PlanOptions::default())
}

/// Compiles an application to a Plan.
///
/// # Errors
/// As [`plan`]'s.
pub fn plan_with(
    app: &Application,
    definitions: &Catalog,
    options: &PlanOptions,
) -> Result<Plan, Error> {
    dag::plan::plan(app, definitions, options)
        .map_err(|error| Error::application(error, definitions.sources()))
}

/// Explains every object that an application renders to: for every value in it the chain from the
/// application's line to what made a field of it.
///
/// ```
/// let definitions = vela::definitions()?;
/// let app = vela::application(&definitions, "app.yaml", "
/// kind: Application
/// metadata: {name: shop}
/// spec: {components: [{name: web, type: webservice, properties: {image: nginx}}]}
/// ")?;
/// let objects = vela::explain(&app, &definitions)?;
/// let image = objects[0].nearest("spec.template.spec.containers[0].image").unwrap();
/// assert_eq!(image.chain[0].place.as_ref().map(|place| place.line), Some(4));
/// # Ok::<(), vela::Error>(())
/// ```
///
/// # Errors
/// As [`render`]'s.
pub fn explain(app: &Application, definitions: &Catalog) -> Result<Vec<Explained>, Error> {
    let options = RenderOptions::default();
    dag::explain::explain(app, definitions, definitions.sources(), &options)
        .map_err(|error| Error::application(error, definitions.sources()))
}
