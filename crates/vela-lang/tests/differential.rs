//! What the differential tester found, each in its smallest form: the expectations are the
//! reference's answers.

use std::path::Path;
use vela_lang::{Class, Engine, Value, export};

/// A value in a few words: its error's class, or what it is.
fn outcome(program: &str, path: &str) -> String {
    let root = match Engine::new().eval("found.cue", program) {
        Ok(root) => root,
        Err(_) => return "load".to_owned(),
    };
    let mut value = &root;
    for label in path.split('.') {
        match value.field(label) {
            Some(field) => value = field,
            None => return "missing".to_owned(),
        }
    }
    class(value).map_or_else(|| export::compact(value), str::to_owned)
}

fn class(value: &Value) -> Option<&'static str> {
    let worst = value.errors().iter().map(|error| error.class).max()?;
    Some(match worst {
        Class::Incomplete => "incomplete",
        Class::Cycle => "cycle",
        Class::Structural => "structural",
        Class::User => "user",
        Class::Eval => "eval",
        Class::Load => "load",
    })
}

fn check(table: &[(&str, &str, &str)]) {
    for (program, path, expected) in table {
        assert_eq!(outcome(program, path), *expected, "{path} of\n{program}");
    }
}

#[test]
fn operands_that_are_not_complete_are_incomplete_whatever_their_kind() {
    check(&[
        ("x: {a: int}, c: x == 1", "c", "incomplete"),
        ("x: {a: int}, c: 1 == x", "c", "incomplete"),
        ("x: {a: int}, c: x + 1", "c", "incomplete"),
        ("x: {a: int}, c: \"s\" + x", "c", "incomplete"),
        ("x: {a: int}, c: x < 1", "c", "incomplete"),
        ("x: {a: int}, c: false && x", "c", "incomplete"),
        ("x: {a: int}, c: \"a\" =~ x", "c", "incomplete"),
        ("x: {a!: int}, c: x + 1", "c", "incomplete"),
        ("x: [int], c: x * 2", "c", "incomplete"),
        ("c: null != {a: int}", "c", "incomplete"),
        ("x: {a?: int, #b: int}, c: x + 1", "c", "eval"),
        ("x: {a: *1 | int}, c: x + 1", "c", "eval"),
        ("x: {a: int}, c: -x", "c", "eval"),
    ]);
}

#[test]
fn types_as_operands() {
    check(&[
        ("c: -_", "c", "eval"),
        ("c: !_", "c", "eval"),
        ("c: -int", "c", "eval"),
        ("c: !int", "c", "eval"),
        ("c: <_", "c", "incomplete"),
        ("c: =~_", "c", "incomplete"),
        ("c: <uint8", "c", "eval"),
        ("c: _ == _|_", "c", "load"),
        ("c: int != _|_", "c", "load"),
        ("c: (>1) == _|_", "c", "load"),
        ("x: int, c: x == _|_", "c", "true"),
        ("c: close(_)", "c", "eval"),
        ("c: close(int)", "c", "eval"),
    ]);
}

#[test]
fn bounds_of_structs_and_lists() {
    check(&[
        ("c: !={a: 1} & [1]", "c", "eval"),
        ("c: !=[1] & 1", "c", "eval"),
        ("c: !={a: 1} & {a: 2}", "c", "{a:2}"),
        ("c: !={a: 1} & {a: 1}", "c", "eval"),
        ("c: {a: 1} & !={a: int}", "c", "incomplete"),
        ("c: !={a: 2} & {a: int}", "c", "incomplete"),
        ("c: !=null & {a: int}", "c", "incomplete"),
    ]);
}

/// The files of `tests/overrides/language`: differences from the reference on purpose.
#[test]
fn differences_on_purpose() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/overrides/language");
    let mut seen = 0;
    for entry in std::fs::read_dir(directory).expect("the directory is there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for key in ["reference", "here", "why"] {
            assert!(file[key].is_string(), "{} has no {key}", path.display());
        }
        let expected = file["expect"].as_object().expect("outcomes by path");
        for program in file["programs"].as_array().expect("programs") {
            let program = program.as_str().expect("a text");
            for (at, outcome_expected) in expected {
                let expected = outcome_expected.as_str().expect("a text");
                assert_eq!(outcome(program, at), expected, "{at} of\n{program}");
            }
            seen += 1;
        }
    }
    assert!(seen > 0);
}
