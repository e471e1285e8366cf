//! Our engine, in process.

use crate::compare::Answer;
use serde_json::{Value as Json, json};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};
use vela_lang::{Engine, Error, Inputs, Limits, Value, encoding, export};

/// Evaluates the files of a package.
pub fn answer(files: &[String]) -> Answer {
    match std::panic::catch_unwind(AssertUnwindSafe(|| value(files))) {
        Ok(Ok(value)) => of_value(&value),
        Ok(Err(error)) if limited(&error) => Answer::Died("limit".to_owned()),
        Ok(Err(error)) => Answer::Tree { tree: load_error(&error), export: None },
        Err(_) => Answer::Died("panic".to_owned()),
    }
}

fn limited(error: &Error) -> bool {
    error.diagnostics().iter().any(|d| d.code.starts_with("limit/"))
}

fn load_error(error: &Error) -> Json {
    let text = error.diagnostics().first().map(|d| d.message.to_string()).unwrap_or_default();
    json!({"k": "_|_", "e": "load", "msg": text})
}

fn value(files: &[String]) -> Result<Value, Error> {
    let engine = Engine::new();
    let mut parsed = Vec::new();
    for (i, text) in files.iter().enumerate() {
        parsed.push(engine.parse(&format!("f{i}.cue"), text.clone())?);
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    let limits = Limits { deadline: Some(deadline), ..Limits::default() };
    engine.compile(&parsed)?.evaluate(&Inputs { limits, ..Inputs::default() })
}

fn of_value(value: &Value) -> Answer {
    let tree = serde_json::from_str(&export::tree_json(value)).unwrap_or(Json::Null);
    let exported = value.check(true).and_then(|()| value.data()).ok();
    let export = exported.map(|data| without_blanks(&encoding::json::pretty_text(&data)));
    Answer::Tree { tree, export }
}

/// JSON text without blanks between its tokens.
pub fn without_blanks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut inside, mut escaped) = (false, false);
    for c in text.chars() {
        if inside || !c.is_whitespace() {
            out.push(c);
        }
        if inside && !escaped && c == '\\' {
            escaped = true;
            continue;
        }
        if c == '"' && !escaped {
            inside = !inside;
        }
        escaped = false;
    }
    out
}
