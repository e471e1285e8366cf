//! Errors as `vela.Error`.

use crate::data;
use pyo3::prelude::*;

/// The exception that says what the error says; or, where it can't be made, why not.
pub(crate) fn exception(py: Python<'_>, error: &vela::Error) -> PyErr {
    let made = || {
        let findings = data::json_to_python(py, &error.to_json())?;
        py.import("vela._error")?.getattr("failure")?.call1((error.to_string(), findings))
    };
    match made() {
        Ok(exception) => PyErr::from_value(exception),
        Err(failed) => failed,
    }
}
