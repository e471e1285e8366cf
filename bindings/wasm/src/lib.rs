//! The façade crate for JavaScript.
//!
//! Data crosses the border as JSON text: the engines of browsers read and write it faster than they
//! build objects call by call. `js/index.js` makes objects and errors of it. A failure is thrown as a
//! JSON text with `message` and `diagnostics`.

use serde_json::json;
use std::sync::{Arc, OnceLock};
use vela::dag::plan::PlanOptions;
use vela::dag::render::RenderOptions;
use vela::exec::engine::Record;
use vela::exec::simulate::{self, ScriptedAction};
use vela::exec::target::local::Faults;
use vela::exec::{replay, timeline};
use vela::lang::encoding::json as text;
use vela::lang::{Data, Diagnostic};
use vela::{Bundle, Error, Evaluation, Plan, Session};
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

/// Runs an application under a virtual clock: its Plan, how it ended and all events, as JSON. `actions` is
/// a JSON list of what an operator does. `definitions` are names and texts in turn.
///
/// # Errors
/// The text of a failure.
#[wasm_bindgen]
pub fn simulate(
    name: &str,
    application: &str,
    definitions: Vec<String>,
    actions: &str,
) -> Result<String, String> {
    let mut bundle = Bundle::new(name, application);
    bundle.definitions = pairs(&definitions);
    let made = || -> Result<serde_json::Value, Error> {
        let wrong = |why: String| own("workflow/simulate", why);
        let opened = bundle.read()?;
        let plan = Arc::new(opened.plan(&PlanOptions::default())?);
        let script = ScriptedAction::script(actions).map_err(wrong)?;
        let document = opened.application.document.to_json();
        let clusters = plan.nodes.iter().filter_map(|node| node.target.as_ref());
        let options = simulate::Options {
            faults: Faults::of_application(&document).map_err(wrong)?,
            clusters: clusters.map(|target| target.cluster.clone()).collect(),
            ..simulate::Options::default()
        };
        let steps = opened.steps(RenderOptions::default());
        let report = simulate::simulate(&plan, &steps, &script, options)
            .map_err(|why| wrong(why.to_string()))?;
        Ok(
            json!({"plan": &*plan, "phase": report.phase, "steps": report.steps, "events": report.log}),
        )
    };
    made().map(|made| made.to_string()).map_err(|error| failure(&error))
}

/// A run as it was right after one of its events (the last one if absent), as JSON. It needs the run's Plan
/// and events, which are JSON, and nothing else.
///
/// # Errors
/// The text of a failure.
#[wasm_bindgen]
pub fn replay(plan: &str, events: &str, until: Option<u32>) -> Result<String, String> {
    let made = || -> Result<serde_json::Value, Error> {
        let (plan, log) = run(plan, events)?;
        let moment = replay::moment(plan, &log, until.map(u64::from))
            .map_err(|why| own("run/replay", why.to_string()))?;
        serde_json::to_value(&moment).map_err(|why| own("run/replay", why.to_string()))
    };
    made().map(|made| made.to_string()).map_err(|error| failure(&error))
}

/// What a run did when: as JSON, with the picture of it as SVG in `svg`.
///
/// # Errors
/// The text of a failure.
#[wasm_bindgen]
pub fn timeline(plan: &str, events: &str) -> Result<String, String> {
    let made = || -> Result<serde_json::Value, Error> {
        let (plan, log) = run(plan, events)?;
        let now = log.last().map_or(0, |record| record.at);
        let wrong = |why: String| own("run/replay", why);
        let timeline =
            timeline::timeline(&plan, &log, now).map_err(|why| wrong(why.to_string()))?;
        let mut value = serde_json::to_value(&timeline).map_err(|why| wrong(why.to_string()))?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("svg".to_owned(), json!(timeline::svg(&timeline)));
        }
        Ok(value)
    };
    made().map(|made| made.to_string()).map_err(|error| failure(&error))
}

fn run(plan: &str, events: &str) -> Result<(Arc<Plan>, Vec<Record>), Error> {
    let plan = serde_json::from_str(plan)
        .map_err(|why| own("run/plan", format!("the plan can't be read: {why}")))?;
    let log = serde_json::from_str(events)
        .map_err(|why| own("run/replay", format!("the events can't be read: {why}")))?;
    Ok((Arc::new(plan), log))
}

/// An error of this package's own.
fn own(code: &'static str, message: String) -> Error {
    vela::lang::Error::from(Diagnostic::new(code, vela::lang::Class::Load, message)).into()
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
        return work(&Session::new(pairs(&definitions))?);
    }
    match BUILT_IN.get() {
        Some(session) => work(session),
        None => {
            let made = Session::new(Vec::new())?;
            work(BUILT_IN.get_or_init(|| made))
        }
    }
}

/// Names and texts of definitions.
fn pairs(definitions: &[String]) -> Vec<(String, String)> {
    let pairs = definitions.chunks_exact(2).map(|pair| {
        let name = match pair[0].as_str() {
            "" => vela::definition_file(&pair[1]).to_owned(),
            name => name.to_owned(),
        };
        (name, pair[1].clone())
    });
    pairs.collect()
}

fn failure(error: &Error) -> String {
    json!({"message": error.to_string(), "diagnostics": error.to_json()}).to_string()
}
