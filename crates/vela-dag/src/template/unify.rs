//! Unification of values that are evaluated already.

use crate::error::Error;
use std::sync::OnceLock;
use vela_lang::{Engine, Inputs, Path, Program, Selector, Value};

/// The field that both are put into.
const FIELD: &str = "both";

fn program() -> Option<&'static Program> {
    static PROGRAM: OnceLock<Option<Program>> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        let engine = Engine::new();
        let file = engine.parse("unify.cue", format!("{FIELD}: _")).ok()?;
        engine.compile(&[file]).ok()
    });
    program.as_ref()
}

fn evaluate(values: &[&Value]) -> Result<Value, Error> {
    let at = Path::new(vec![Selector::Field(FIELD.to_owned())]);
    let fill = values.iter().map(|value| (at.clone(), (*value).clone())).collect();
    let inputs = Inputs { fill, ..Inputs::default() };
    let root = match program() {
        Some(program) => program.evaluate(&inputs),
        None => return Err(Error::new("values can't be unified")),
    };
    let root = root.map_err(|e| Error::of_findings(e.into_diagnostics()))?;
    root.field(FIELD).cloned().ok_or_else(|| Error::new("values can't be unified"))
}

/// `a & b`; errors of the result are in the result.
///
/// # Errors
/// The evaluation takes more than it may.
pub fn unify(a: &Value, b: &Value) -> Result<Value, Error> {
    evaluate(&[a, b])
}

/// `_`
pub fn top() -> Value {
    static TOP: OnceLock<Value> = OnceLock::new();
    TOP.get_or_init(|| evaluate(&[]).unwrap_or_else(|_| Value::from_fields([]))).clone()
}
