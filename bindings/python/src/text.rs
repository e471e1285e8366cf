//! Arguments that are texts, or paths of files.

use pyo3::exceptions::{PyTypeError, PyUnicodeDecodeError};
use pyo3::prelude::*;
use std::path::PathBuf;

/// A text with the name that errors call it by.
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Text {
    /// A `str` is the text itself, called `name`; an `os.PathLike` is the path of a file.
    pub(crate) fn of(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Text> {
        if let Ok(text) = given.extract::<String>() {
            return Ok(Text { name: name.to_owned(), text });
        }
        let path: PathBuf = given.extract().map_err(|_| {
            let kind = given.get_type();
            PyTypeError::new_err(format!(
                "expected a text (str) or a path (os.PathLike), not {kind}"
            ))
        })?;
        let bytes = given.py().detach(|| std::fs::read(&path))?;
        let name = path.display().to_string();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Text { name, text }),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                Err(PyUnicodeDecodeError::new_err((
                    "utf-8",
                    error.into_bytes(),
                    at,
                    at + 1,
                    format!("{name} is not UTF-8"),
                )))
            }
        }
    }
}
