//! The façade crate for JavaScript.
//!
//! Data crosses the border as JSON text: the engines of browsers read and write it faster than they
//! build objects call by call. `js/index.js` makes objects and errors of it. A failure is thrown as a
//! JSON text with `message` and `diagnostics`.

use serde_json::json;
use std::sync::OnceLock;
use vela::lang::encoding::json as text;
use vela::lang::{Data, Diagnostic};
use vela::{Error, Evaluation, Session};
use wasm_bindgen::prelude::wasm_bindgen;

/// The session over the built-in definitions alone.
static BUILT_IN: OnceLock<Session> = OnceLock::new();

/// The data of a CUE text as JSON. `fill` is JSON: an object of paths and what is filled in there.
///
/// # Errors
/// The text of a failure.
#[wasm_bindgen]
pub fn evaluate(
    name: &str,
    cue: &str,
    fill: Option<String>,
    path: Option<String>,
) -> Result<String, String> {
    data(name, cue, fill.as_deref(), path.as_deref())
        .map(|data| text::compact_text(&data))
        .map_err(|error| failure(&error))
}

/// The manifests of an application as a JSON list. `definitions` are names and texts in turn.
///
/// # Errors
/// The text of a failure.
#[wasm_bindgen]
pub fn render(name: &str, application: &str, definitions: Vec<String>) -> Result<String, String> {
    let made = with(definitions, |session| session.render(name, application));
    let objects = |made: Vec<vela::Manifest>| made.into_iter().map(|one| one.object).collect();
    made.map(|made| serde_json::Value::Array(objects(made)).to_string())
        .map_err(|error| failure(&error))
}

/// What deploying an application would do, as JSON. `definitions` are names and texts in turn.
///
/// # Errors
/// The text of a failure.
#[wasm_bindgen]
pub fn plan(name: &str, application: &str, definitions: Vec<String>) -> Result<String, String> {
    let made = with(definitions, |session| session.plan(name, application));
    let made = made.map_err(|error| failure(&error))?;
    serde_json::to_string(&made).map_err(|error| error.to_string())
}

/// The version of this package.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn data(name: &str, cue: &str, fill: Option<&str>, path: Option<&str>) -> Result<Data, Error> {
    let mut evaluation = Evaluation::default();
    if let Some(fill) = fill {
        let given = text::parse(fill).map_err(|error| {
            let class = vela::lang::Class::Load;
            vela::lang::Error::from(Diagnostic::new("json/syntax", class, error.to_string()))
        })?;
        if let Data::Struct(fields) = given {
            for (at, value) in fields {
                evaluation.fill(&at, &value)?;
            }
        }
    }
    if let Some(path) = path {
        evaluation.pick(path)?;
    }
    evaluation.data(name, cue)
}

/// Works in the session that definitions call for.
fn with<T>(
    definitions: Vec<String>,
    work: impl FnOnce(&Session) -> Result<T, Error>,
) -> Result<T, Error> {
    if !definitions.is_empty() {
        let pairs = definitions.chunks_exact(2).map(|pair| {
            let name = match pair[0].as_str() {
                "" => vela::definition_file(&pair[1]).to_owned(),
                name => name.to_owned(),
            };
            (name, pair[1].clone())
        });
        return work(&Session::new(pairs.collect())?);
    }
    match BUILT_IN.get() {
        Some(session) => work(session),
        None => {
            let made = Session::new(Vec::new())?;
            work(BUILT_IN.get_or_init(|| made))
        }
    }
}

fn failure(error: &Error) -> String {
    json!({"message": error.to_string(), "diagnostics": error.to_json()}).to_string()
}
