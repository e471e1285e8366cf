//! Labels, their aliases and names that only tests of the language use. Expectations are what the
//! reference prints.

use vela_lang::Engine;
use vela_lang::encoding::json;

/// A program, and its value as JSON or the first finding.
const CASES: &[(&str, &str)] = &[
    ("[for x in [1] {x}]: string", "comprehension values not allowed in this position"),
    ("a: [if true {1}]: string", "comprehension values not allowed in this position"),
    ("a: [...]: 1", "ellipsis values not allowed in this position"),
    ("a: [...string]: 1", "ellipsis values not allowed in this position"),
    ("a: [[...string]]: 1", r#"{"a":{}}"#),
    ("b: __no_sharing & {x: 1}", r#"{"b":{"x":1}}"#),
    (
        "@experiment(aliasv2)\n(\"d\")~(K,V): {name: K, v: V.foo, foo: 1}",
        r#"{"d":{"name":"d","v":1,"foo":1}}"#,
    ),
    (
        "@experiment(aliasv2)\nx: \"s\"\n\"\\(x)t\"~(K,_): {name: K}",
        r#"{"x":"s","st":{"name":"st"}}"#,
    ),
    ("@experiment(aliasv2)\n(\"a\")~(K,_): {m: 1}", r#"{"a":{"m":1}}"#),
    ("@experiment(aliasv2)\na~X: {m: 1}", "unreferenced alias or let clause X"),
];

fn result(text: &str) -> Result<String, vela_lang::Error> {
    let value = Engine::new().eval("labels.cue", text)?;
    value.check(true)?;
    Ok(json::compact_text(&value.data()?))
}

#[test]
fn labels_mean_what_they_mean_to_the_reference() {
    for (text, expected) in CASES {
        let found = result(text).unwrap_or_else(|error| error.diagnostics()[0].message.to_string());
        assert_eq!(&found, expected, "{text}");
    }
}
