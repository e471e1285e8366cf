//! Input made to exhaust whoever reads it: `tests/bombs/bombs.jsonl` at the root of the repository.
//!
//! A line is a bomb: its name, the language, how it may end (`value`, `error` for a value that is one,
//! or the beginning of a finding's code), and pieces of text; a piece with a number is repeated so
//! often, with `{i}` counting from 1 and `{j}` from 0. Here each is defused with small limits on a
//! small stack, and what is refused is refused at a place. `tests/bombs/known.txt` names those that
//! are not defused yet. `tests/bombs/run.py` measures time and memory of the binary with the limits
//! that it has by default.

use serde_json::Value as Json;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use vela_lang::encoding::{json, yaml};
use vela_lang::{Engine, Error, Inputs, Limits};

fn bombs() -> Vec<Json> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/bombs/bombs.jsonl");
    let text = std::fs::read_to_string(file).expect("the bombs are there");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// The names of those that are not defused yet.
fn known() -> Vec<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/bombs/known.txt");
    let text = std::fs::read_to_string(file).expect("the list is there");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn assembled(bomb: &Json) -> String {
    let mut text = String::new();
    for piece in bomb["text"].as_array().into_iter().flatten() {
        if let Some(once) = piece.as_str() {
            text.push_str(once);
            continue;
        }
        let (part, count) = (piece[0].as_str().unwrap_or(""), piece[1].as_u64().unwrap_or(0));
        let counted = part.contains("{i}") || part.contains("{j}");
        if counted {
            for i in 1..=count {
                let numbered = part.replace("{i}", &i.to_string());
                text.push_str(&numbered.replace("{j}", &(i - 1).to_string()));
            }
        } else {
            text.push_str(&part.repeat(usize::try_from(count).unwrap_or(0)));
        }
    }
    text
}

fn limits() -> Limits {
    Limits {
        steps: 400_000,
        memory: 256 << 20,
        deadline: Some(Instant::now() + Duration::from_secs(60)),
        ..Limits::default()
    }
}

/// How a program ends: a code, `value` or `error`.
fn evaluated(text: String) -> String {
    let evaluate = || -> Result<_, Error> {
        let engine = Engine::new();
        let file = engine.parse("bomb.cue", text)?;
        let inputs = Inputs { limits: limits(), ..Inputs::default() };
        engine.compile(&[file])?.evaluate(&inputs)
    };
    match evaluate() {
        Ok(value) if value.is_error() => "error".to_owned(),
        Ok(_) => "value".to_owned(),
        Err(error) => refusal(&error),
    }
}

fn refusal(error: &Error) -> String {
    let first = &error.diagnostics()[0];
    let place = if first.span.is_none() { " nowhere" } else { "" };
    format!("{}{place}", first.code)
}

fn end(kind: &str, text: String) -> String {
    match kind {
        "json" => match json::parse(&text) {
            Ok(_) => "value".to_owned(),
            Err(_) => "json/refused".to_owned(),
        },
        "yaml" => match yaml::parse_all(&text, yaml::Dialect::Cue) {
            Ok(_) => "value".to_owned(),
            Err(_) => "yaml/refused".to_owned(),
        },
        _ => evaluated(text),
    }
}

#[test]
fn bombs_are_defused_on_a_small_stack() {
    let mut wrong = Vec::new();
    let bombs = bombs();
    assert!(bombs.len() >= 100, "{}", bombs.len());
    let known = known();
    for bomb in bombs {
        // Texts of hundreds of megabytes take too long without optimisation.
        if bomb["huge"].as_bool().unwrap_or(false) && cfg!(debug_assertions) {
            continue;
        }
        let name = bomb["name"].as_str().unwrap_or("").to_owned();
        if known.contains(&name) {
            continue;
        }
        let kind = bomb["kind"].as_str().unwrap_or("").to_owned();
        let start = Instant::now();
        let run = std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn({
                let bomb = bomb.clone();
                move || end(&kind, assembled(&bomb))
            })
            .expect("a thread starts")
            .join();
        let end = run.unwrap_or_else(|_| "panic".to_owned());
        let ends = bomb["ends"].as_array().cloned().unwrap_or_default();
        let allowed = ends.iter().filter_map(Json::as_str).any(|allowed| end.starts_with(allowed));
        if !allowed || end.ends_with(" nowhere") {
            wrong.push(format!("{name} ends in {end} after {:?}", start.elapsed()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
