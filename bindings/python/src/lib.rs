//! `vela._native`: the façade crate for Python.
//!
//! Arguments become Rust data while the interpreter is held, the work is done without it, and the
//! result becomes Python data when it is held again; so other threads run meanwhile.

mod data;
mod failure;
mod run;
mod text;

use pyo3::prelude::pymodule;

/// The native part of the package `vela`.
#[pymodule]
mod _native {
    use super::{data, failure, run, text};
    use pyo3::prelude::*;
    use pyo3::types::PyDict;
    use std::sync::OnceLock;
    use vela::{Error, Evaluation, Session};

    /// The session over the built-in definitions alone.
    static BUILT_IN: OnceLock<Session> = OnceLock::new();

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }

    /// The data of a CUE text.
    #[pyfunction]
    #[pyo3(signature = (text, *, fill=None, path=None))]
    fn eval<'py>(
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        fill: Option<&Bound<'py, PyDict>>,
        path: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let text = text::Text::of(text, "-")?;
        let mut evaluation = Evaluation::default();
        for (at, value) in fill.into_iter().flatten() {
            let at: String = at.extract()?;
            let given = data::from_python(&value)?;
            evaluation.fill(&at, &given).map_err(|error| failure::exception(py, &error))?;
        }
        if let Some(path) = path {
            evaluation.pick(path).map_err(|error| failure::exception(py, &error))?;
        }
        let made = py.detach(|| evaluation.data(&text.name, &text.text));
        data::to_python(py, &made.map_err(|error| failure::exception(py, &error))?)
    }

    /// The manifests of an application.
    #[pyfunction]
    #[pyo3(signature = (application, *, definitions=None))]
    fn render<'py>(
        py: Python<'py>,
        application: &Bound<'py, PyAny>,
        definitions: Option<Vec<Bound<'py, PyAny>>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (app, definitions) = texts(application, definitions)?;
        let made = py.detach(|| with(definitions, |session| session.render(&app.name, &app.text)));
        let made = made.map_err(|error| failure::exception(py, &error))?;
        data::json_to_python(py, &made.into_iter().map(|manifest| manifest.object).collect())
    }

    /// What deploying an application would do.
    #[pyfunction]
    #[pyo3(signature = (application, *, definitions=None))]
    fn plan<'py>(
        py: Python<'py>,
        application: &Bound<'py, PyAny>,
        definitions: Option<Vec<Bound<'py, PyAny>>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (app, definitions) = texts(application, definitions)?;
        let made = py.detach(|| with(definitions, |session| session.plan(&app.name, &app.text)));
        let made = made.map_err(|error| failure::exception(py, &error))?;
        let json = serde_json::to_value(&made)
            .map_err(|error| pyo3::exceptions::PyRuntimeError::new_err(error.to_string()))?;
        data::json_to_python(py, &json)
    }

    /// Deploys an application, with actions in Python.
    #[pyfunction]
    #[pyo3(name = "run", signature = (application, *, definitions=None, actions=None, state=None))]
    fn run_application<'py>(
        py: Python<'py>,
        application: &Bound<'py, PyAny>,
        definitions: Option<Vec<Bound<'py, PyAny>>>,
        actions: Option<&Bound<'py, PyDict>>,
        state: Option<std::path::PathBuf>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (app, definitions) = texts(application, definitions)?;
        let mut bundle = vela::Bundle::new(app.name, app.text);
        bundle.definitions = definitions.unwrap_or_default();
        let ended = run::run(py, &bundle, actions, state.as_deref())?;
        let ended = ended.map_err(|error| failure::exception(py, &error))?;
        data::json_to_python(py, &ended)
    }

    type Definitions = Option<Vec<(String, String)>>;

    fn texts(
        application: &Bound<'_, PyAny>,
        definitions: Option<Vec<Bound<'_, PyAny>>>,
    ) -> PyResult<(text::Text, Definitions)> {
        let application = text::Text::of(application, "application.yaml")?;
        let definition = |given: &Bound<'_, PyAny>| {
            let text::Text { name, text } = text::Text::of(given, "")?;
            let name = if name.is_empty() { vela::definition_file(&text).to_owned() } else { name };
            Ok((name, text))
        };
        let definitions = definitions
            .map(|given| given.iter().map(definition).collect::<PyResult<Vec<_>>>())
            .transpose()?
            .filter(|given| !given.is_empty());
        Ok((application, definitions))
    }

    /// Works in the session that definitions call for.
    fn with<T>(
        definitions: Definitions,
        work: impl FnOnce(&Session) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(more) = definitions {
            return work(&Session::new(more)?);
        }
        match BUILT_IN.get() {
            Some(session) => work(session),
            None => {
                let made = Session::new(Vec::new())?;
                work(BUILT_IN.get_or_init(|| made))
            }
        }
    }
}
