//! What each fuzz target does with its input. Plain functions, so that tests run them as well.

use vela_lang::encoding::{json, yaml};
use vela_lang::{Engine, Inputs, Limits, Source, Sources, syntax};

/// Lexer and parser: any text gives a tree and findings.
pub(crate) fn lex_parse(text: &str) {
    let _ = syntax::parse(&Sources::default(), "fuzz.cue", text);
}

/// Formatter: what parses is formatted, and the result is read again.
pub(crate) fn format_roundtrip(text: &str) {
    let parsed = syntax::parse(&Sources::default(), "fuzz.cue", text);
    if parsed.errors.is_empty() {
        let out = vela_lang::format::format(&parsed.file, &Source::new("fuzz.cue", text));
        let again = syntax::parse(&Sources::default(), "formatted.cue", out.as_str());
        assert!(again.errors.is_empty(), "formatting made of {text:?} what can't be read: {out:?}");
    }
}

/// Evaluator: what loads ends within its limits.
pub(crate) fn eval_limits(text: &str) {
    let engine = Engine::new();
    let Ok(file) = engine.parse("fuzz.cue", text) else { return };
    let Ok(program) = engine.compile(&[file]) else { return };
    let limits = Limits { steps: 200_000, depth: 500, memory: 64 << 20, ..Limits::default() };
    if let Ok(value) = program.evaluate(&Inputs { limits, ..Inputs::default() }) {
        let _ = vela_lang::export::tree_json(&value);
        let _ = value.data();
    }
}

/// YAML, in both dialects.
pub(crate) fn yaml_text(text: &str) {
    let _ = yaml::parse_all(text, yaml::Dialect::Cue);
    let _ = yaml::parse_all(text, yaml::Dialect::Kubernetes);
}

/// JSON: what is read is written, and what was written is read and written as the same text.
pub(crate) fn json_text(text: &str) {
    if let Ok(data) = json::parse(text) {
        let written = json::compact_text(&data);
        let again = json::parse(&written).map(|data| json::compact_text(&data));
        assert_eq!(again.ok().as_deref(), Some(written.as_str()));
    }
}
