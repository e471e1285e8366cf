//! Writing a graph says the same as writing the data of its value, and refuses the same programs.

use vela_lang::encoding::{json, yaml};
use vela_lang::{DataFormat, Engine, Inputs, Program};

fn program(text: &str) -> Program {
    let engine = Engine::new();
    let file = engine.parse("in.cue", text).expect(text);
    engine.compile(&[file]).expect(text)
}

fn written(program: &Program, format: DataFormat) -> Option<String> {
    let mut text = String::new();
    let left = program.write(&Inputs::default(), format, &mut |chunk| text.push_str(chunk));
    let is_written = left.expect("no limit is reached").is_none();
    assert_eq!(is_written, !text.is_empty(), "all or nothing is written");
    is_written.then_some(text)
}

const CONCRETE: &[&str] = &[
    "",
    "a: 1, b: 1.50, c: 1e400, d: true, e: null, f: 'x', g: \"a\\n\\\"\\u2028é\"",
    "1",
    "[1, [2, []], {}, {a: {}}]",
    "#d: int, _h: int, o?: int, a: {#d: 1, 5}",
    "a: *1 | int, b: *{c: *2 | int} | {c: 3}, d: (*1 | 2) & (1 | *2 | 3) & int | *1",
    "x: {a: 1, b: {c: 2}}, y: x, z: x & {b: d: 3}",
    "b: 1, #A: {c: 1, b: 2}, a: #A & {b: 2, d?: 3}, a: {e?: 1} | *{b: 2}",
    "l: [...int] & [1, 2], m: [for x in l {x * 2}]",
    "a: {_x: 1, [1, 2]}, \"k k\": {\"--\": \"yes\"}, multi: \"a\\nb\\n\"",
    "a: b: c: {} , s: \"2020-01-01\", n: -0.0",
    "#T: {v: int, next?: #T}, t: #T & {v: 1, next: {v: 2}}",
];

const REFUSED: &[&str] = &[
    "a: int",
    "a: 1 & 2",
    "#a: 1 & 2, b: 1",
    "_a: {b: 1 & 2}, c: 1",
    "a!: 1",
    "a: 1 | 2",
    "a: *1 | *2 | int",
    "a: >1",
    "a: [...int], b: [int]",
    "a: {b: a}",
    "#A: {x: 1}, a: #A & {y: 2}",
    "a: b + 1, b: int",
    "a: _|_",
    "a: *{b: int} | {b: 1}",
    "a: len",
];

#[test]
fn what_is_concrete_is_written_as_its_data_is() {
    for text in CONCRETE {
        let program = program(text);
        let value = program.evaluate(&Inputs::default()).expect(text);
        let data = value.data().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(value.check(true), Ok(()), "{text}");
        assert_eq!(
            written(&program, DataFormat::Json),
            Some(json::pretty_text(&data) + "\n"),
            "{text}"
        );
        assert_eq!(written(&program, DataFormat::Yaml), Some(yaml::text(&data)), "{text}");
        assert!(program.vet(&Inputs::default()).expect(text).is_none(), "{text}");
    }
}

#[test]
fn what_is_refused_gives_the_value_that_says_why() {
    for text in REFUSED {
        let program = program(text);
        assert_eq!(written(&program, DataFormat::Json), None, "{text}");
        let value = program.vet(&Inputs::default()).expect(text).expect(text);
        assert!(value.check(true).is_err(), "{text}");
    }
}
