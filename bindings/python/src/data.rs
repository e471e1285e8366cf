//! Data between Rust and Python.

use pyo3::exceptions::{PyRecursionError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMapping, PySequence, PyString,
};
use serde_json::Value as Json;
use std::sync::Arc;
use vela::lang::{Data, Number};

/// How deep data may nest: enough for any configuration, and no more than every thread's stack holds.
const DEPTH: usize = 1000;

fn too_deep() -> PyErr {
    PyRecursionError::new_err(format!("the data nests deeper than {DEPTH} levels"))
}

/// Data as Python's: structs become `dict`s, bytes `bytes`, ints keep all their digits.
pub(crate) fn to_python<'py>(py: Python<'py>, data: &Data) -> PyResult<Bound<'py, PyAny>> {
    convert(py, data, DEPTH)
}

fn convert<'py>(py: Python<'py>, data: &Data, depth: usize) -> PyResult<Bound<'py, PyAny>> {
    let inner = depth.checked_sub(1).ok_or_else(too_deep)?;
    Ok(match data {
        Data::Null => py.None().into_bound(py),
        Data::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Data::Number(number) => self::number(py, number)?,
        Data::String(text) => PyString::new(py, text).into_any(),
        Data::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
        Data::List(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(convert(py, item, inner)?)?;
            }
            list.into_any()
        }
        Data::Struct(fields) => {
            let dict = PyDict::new(py);
            for (label, value) in fields {
                dict.set_item(label.as_ref(), convert(py, value, inner)?)?;
            }
            dict.into_any()
        }
    })
}

fn number<'py>(py: Python<'py>, number: &Number) -> PyResult<Bound<'py, PyAny>> {
    if !number.is_int() {
        return Ok(PyFloat::new(py, number.to_f64()).into_any());
    }
    match number.to_i64() {
        Some(int) => Ok(int.into_pyobject(py)?.into_any()),
        // In hexadecimal: Python bounds the length of decimal texts that it reads.
        None => match number.to_bigint() {
            Some(int) => py.get_type::<PyInt>().call1((format!("{int:x}"), 16)),
            None => Err(PyValueError::new_err("an int without a value")),
        },
    }
}

/// JSON as Python's data.
pub(crate) fn json_to_python<'py>(py: Python<'py>, json: &Json) -> PyResult<Bound<'py, PyAny>> {
    convert_json(py, json, DEPTH)
}

fn convert_json<'py>(py: Python<'py>, json: &Json, depth: usize) -> PyResult<Bound<'py, PyAny>> {
    let inner = depth.checked_sub(1).ok_or_else(too_deep)?;
    Ok(match json {
        Json::Null => py.None().into_bound(py),
        Json::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => int.into_pyobject(py)?.into_any(),
            (None, Some(int)) => int.into_pyobject(py)?.into_any(),
            (None, None) => PyFloat::new(py, number.as_f64().unwrap_or(f64::NAN)).into_any(),
        },
        Json::String(text) => PyString::new(py, text).into_any(),
        Json::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(convert_json(py, item, inner)?)?;
            }
            list.into_any()
        }
        Json::Object(members) => {
            let dict = PyDict::new(py);
            for (key, value) in members {
                dict.set_item(key, convert_json(py, value, inner)?)?;
            }
            dict.into_any()
        }
    })
}

/// JSON of an object of Python.
pub(crate) fn json_from_python(value: &Bound<'_, PyAny>) -> PyResult<Json> {
    let text = vela::lang::encoding::json::compact_text(&from_python(value)?);
    serde_json::from_str(&text)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))
}

/// Python's data: `None`, `bool`, `int`, `float`, `str`, `bytes`, sequences, and mappings from `str`.
pub(crate) fn from_python(value: &Bound<'_, PyAny>) -> PyResult<Data> {
    read(value, DEPTH)
}

fn read(value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Data> {
    let inner = depth.checked_sub(1).ok_or_else(too_deep)?;
    if value.is_none() {
        return Ok(Data::Null);
    }
    if let Ok(value) = value.cast::<PyBool>() {
        return Ok(Data::Bool(value.is_true()));
    }
    if value.is_instance_of::<PyInt>() {
        return match value.extract::<i64>() {
            Ok(int) => Ok(Data::Number(Number::from(int))),
            Err(_) => big(value),
        };
    }
    if let Ok(float) = value.cast::<PyFloat>() {
        return Number::from_f64(float.value()).map(Data::Number).ok_or_else(|| {
            PyValueError::new_err(format!("CUE has no number for {}", float.value()))
        });
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Data::String(Arc::from(text.to_cow()?.as_ref())));
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Data::Bytes(Arc::from(bytes.as_bytes())));
    }
    if let Ok(mapping) = value.cast::<PyMapping>() {
        let mut fields = Vec::new();
        for item in mapping.items()?.iter() {
            let (label, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            let label: String = label
                .extract()
                .map_err(|_| PyTypeError::new_err(format!("a label is a str, not {label:?}")))?;
            fields.push((Arc::from(label), read(&value, inner)?));
        }
        return Ok(Data::Struct(fields.into()));
    }
    if let Ok(sequence) = value.cast::<PySequence>() {
        let items = sequence.try_iter()?.map(|item| read(&item?, inner));
        return Ok(Data::List(items.collect::<PyResult<Vec<_>>>()?.into()));
    }
    Err(PyTypeError::new_err(format!("CUE has no value for {}", value.get_type())))
}

/// An int of any size, by way of its hexadecimal digits: Python bounds the length of decimal ones.
fn big(value: &Bound<'_, PyAny>) -> PyResult<Data> {
    let digits: String = value.call_method1("__format__", ("x",))?.extract()?;
    let magnitude = digits.trim_start_matches('-');
    let number = Number::parse_literal(&format!("0x{magnitude}"))
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(Data::Number(if magnitude.len() < digits.len() { number.neg() } else { number }))
}
