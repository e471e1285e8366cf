//! Running applications, with actions in Python.
//!
//! An action is a function: it gets the parameters of the call and a dictionary about the run, and gives the
//! result as a dictionary. It is called on a thread of its own, so others go on meanwhile.

use crate::data;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;
use vela::exec::action::{Action, Context, Effect, Field};
use vela::exec::engine::Outcome;
use vela::exec::executor::BoxFuture;
use vela::{Bundle, Runtime};

/// A function of Python as an action.
struct Function {
    provider: String,
    name: String,
    effect: Effect,
    call: Arc<Py<PyAny>>,
}

impl Function {
    fn of(name: &str, call: &Bound<'_, PyAny>) -> PyResult<Function> {
        let (provider, action) = name.split_once('/').ok_or_else(|| {
            PyValueError::new_err(format!("action {name:?}: name it PROVIDER/ACTION"))
        })?;
        let effect = match call.getattr("effect").ok() {
            None => Effect::Once,
            Some(given) => match given.extract::<String>()?.as_str() {
                "read" => Effect::Read,
                "idempotent" => Effect::Idempotent,
                "once" => Effect::Once,
                other => {
                    return Err(PyValueError::new_err(format!(
                        "action {name:?}: its effect is read, idempotent or once, not {other:?}"
                    )));
                }
            },
        };
        Ok(Function {
            provider: provider.to_owned(),
            name: action.to_owned(),
            effect,
            call: Arc::new(call.clone().unbind()),
        })
    }
}

impl Action for Function {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![(&self.provider, &self.name)]
    }

    fn schema(&self) -> &[Field] {
        &[]
    }

    fn effect(&self, _params: &Json) -> Effect {
        self.effect
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        let (call, params) = (Arc::clone(&self.call), params.clone());
        let about = json!({
            "run": context.run,
            "application": context.application(),
            "key": context.key().to_string(),
            "attempt": context.pass,
        });
        Box::pin(async move {
            let called = tokio::task::spawn_blocking(move || {
                Python::attach(|py| made(py, &call, &params, &about))
            });
            match called.await {
                Ok(Ok(value)) => Outcome::Value { value },
                Ok(Err(message)) => Outcome::Error { message },
                Err(broken) => Outcome::Error { message: broken.to_string() },
            }
        })
    }
}

/// What a call of a function gives; its exception as a text.
fn made(py: Python<'_>, call: &Py<PyAny>, params: &Json, about: &Json) -> Result<Json, String> {
    let call = || {
        let given = (data::json_to_python(py, params)?, data::json_to_python(py, about)?);
        let result = call.bind(py).call1(given)?;
        if result.is_none() {
            return Ok(json!({}));
        }
        data::json_from_python(&result)
    };
    call().map_err(|error: PyErr| error.to_string())
}

/// Deploys an application with actions by their names; gives how that ended.
pub(crate) fn run(
    py: Python<'_>,
    bundle: &Bundle,
    actions: Option<&Bound<'_, PyDict>>,
    state: Option<&Path>,
) -> PyResult<Result<Json, vela::Error>> {
    let mut functions = Vec::new();
    for (name, call) in actions.into_iter().flatten() {
        functions.push(Function::of(&name.extract::<String>()?, &call)?);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(py.detach(|| {
        let vela = match state {
            Some(path) => Runtime::open(path)?,
            None => Runtime::in_memory(),
        };
        let vela =
            functions.into_iter().fold(vela, |vela, function| vela.with_action(Arc::new(function)));
        let ended = runtime.block_on(vela::run(bundle, &vela))?;
        Ok(json!({
            "run": ended.run,
            "phase": vela::phase_name(ended.view.phase),
            "unchanged": ended.unchanged,
            "steps": ended.view.steps,
        }))
    }))
}
