//! Our engine, in process.

use crate::compare::Answer;
use serde_json::{Value as Json, json};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};
use vela_lang::export::CueOptions;
use vela_lang::{Engine, Error, Inputs, Limits, encoding, export};

/// What is asked of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Tree and export.
    Tree,
    /// CUE text, as `cue eval -i -a` prints it.
    Text,
}

/// Evaluates the files of a package.
pub fn answer(files: &[String], form: Form) -> Answer {
    match std::panic::catch_unwind(AssertUnwindSafe(|| evaluate(files, form))) {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) if limited(&error) => Answer::Died("limit".to_owned()),
        Ok(Err(error)) if form == Form::Tree => {
            Answer::Tree { tree: load_error(&error), export: None }
        }
        Ok(Err(_)) => Answer::Text(None),
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

fn evaluate(files: &[String], form: Form) -> Result<Answer, Error> {
    let engine = Engine::new();
    let mut parsed = Vec::new();
    for (i, text) in files.iter().enumerate() {
        parsed.push(engine.parse(&format!("f{i}.cue"), text.clone())?);
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    let limits = Limits { deadline: Some(deadline), ..Limits::default() };
    let program = engine.compile(&parsed)?;
    let value = program.evaluate(&Inputs { limits, ..Inputs::default() })?;
    if form == Form::Tree {
        let tree = serde_json::from_str(&export::tree_json(&value)).unwrap_or(Json::Null);
        let exported = value.check(true).and_then(|()| value.data()).ok();
        let export = exported.map(|data| without_blanks(&encoding::json::pretty_text(&data)));
        return Ok(Answer::Tree { tree, export });
    }
    let options =
        CueOptions { optional: true, hidden: true, errors: true, ..CueOptions::default() };
    let text = export::cue_text(&value, &options, engine.sources(), &program.imports);
    Ok(Answer::Text(Some(without_errors(&text))))
}

/// CUE text without the texts of its errors, its imports and its layout.
pub fn without_errors(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut importing = false;
    for line in text.lines() {
        importing |= line.starts_with("import ");
        if importing {
            importing = line.ends_with('(') || line.starts_with([' ', '\t']);
            continue;
        }
        let end = line.find("_|_ // ").map_or(line.len(), |at| at + "_|_".len());
        let words: Vec<&str> = line[..end].split_whitespace().collect();
        if !words.is_empty() {
            out.push_str(&words.join(" "));
            out.push('\n');
        }
    }
    out
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
