//! Text nested deeply in every way that the grammar has, on a small stack: it is read, formatted,
//! compiled, evaluated, printed and dropped, or refused.

use std::time::{Duration, Instant};
use vela_lang::{Engine, Inputs, Limits, Source, format};

const LEVELS: usize = 2_000;

/// A name, and text nested so many levels deep.
fn nestings(levels: usize) -> Vec<(&'static str, String)> {
    let around = |before: &str, open: &str, middle: &str, close: &str, after: &str| {
        format!("{before}{}{middle}{}{after}", open.repeat(levels), close.repeat(levels))
    };
    vec![
        ("labels", around("", "a: ", "1", "", "")),
        ("structs", around("x: ", "{a: ", "1", "}", "")),
        ("lists", around("x: ", "[", "1", "]", "")),
        ("parentheses", around("x: ", "(", "1", ")", "")),
        ("sums", around("x: ", "(1 + ", "1", ")", "")),
        ("conjunctions", around("x: ", "(int & ", "1", ")", "")),
        ("disjunctions", around("x: ", "(1 | *", "1", ")", "")),
        ("minus", around("x: ", "- ", "1", "", "")),
        ("not", around("x: ", "!", "true", "", "")),
        ("comprehensions", around("x: ", "{if true ", "{a: 1}", "}", "")),
        ("loops", around("x: ", "{for i in [1] ", "{a: 1}", "}", "")),
        ("conditions", around("x: ", "[if ", "true", " {true}][0]", "")),
        ("interpolations", around("x: ", "\"\\(", "1", ")\"", "")),
        ("selectors", around("a: 1, x: a", ".b", "", "", "")),
        ("indices", around("a: 1, x: a", "[0]", "", "", "")),
        ("nested indices", around("a: [1], x: ", "a[", "0", "]", "")),
        ("calls", around("x: ", "len(", "1", ")", "")),
        ("patterns", around("", "[string]: ", "1", "", "")),
        ("deep patterns", around("x: ", "{[string]: ", "1", "}", "")),
        ("computed labels", around("", "(\"a\"): ", "1", "", "")),
        ("ellipses", around("x: ", "[...", "1", "]", "")),
        ("embeddings", around("x: ", "{", "1", "}", "")),
        ("definitions", around("", "#a: ", "1", "", "")),
        ("lets", around("x: ", "{let y = ", "1, a: y", ", b: y}", "")),
        ("aliases", around("x: ", "{a: X={b: X, ", "", "}}", "")),
    ]
}

fn everything(text: &str) -> Result<(), vela_lang::Error> {
    let engine = Engine::new();
    let file = engine.parse("nested.cue", text)?;
    assert_eq!(*file, (*file).clone());
    assert!(!format!("{file:?}").is_empty());
    let formatted = format::format(&file, &Source::new("nested.cue", text));
    assert!(!formatted.is_empty());
    let program = engine.compile(&[file])?;
    assert!(!format!("{program:?}").is_empty());
    let deadline = Some(Instant::now() + Duration::from_secs(20));
    let limits = Limits { memory: 512 << 20, deadline, ..Limits::default() };
    let value = program.evaluate(&Inputs { limits, ..Inputs::default() })?;
    assert!(!format!("{value:?}").is_empty());
    assert!(!vela_lang::export::tree_json(&value).is_empty());
    value.check(true)
}

#[test]
fn every_nesting_ends_on_a_small_stack() {
    for (name, text) in nestings(LEVELS) {
        let run = std::thread::Builder::new()
            .stack_size(1 << 20)
            .spawn(move || {
                everything(&text).map_err(|error| error.diagnostics()[0].code.to_string())
            })
            .expect("a thread starts");
        let end = run.join().unwrap_or_else(|_| panic!("{name} panics"));
        let refused = end.err().unwrap_or_default();
        assert!(!refused.starts_with("cue/nesting"), "{name} ends in {refused}");
    }
}

#[test]
fn deeper_text_is_refused() {
    for (name, text) in nestings(100_000) {
        let refused = Engine::new().parse("nested.cue", text).expect_err(name);
        let first = &refused.diagnostics()[0];
        assert!(first.code == "cue/nesting" && first.span.is_some(), "{name}: {first:?}");
    }
}
