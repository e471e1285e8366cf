//! The texts of the commonest errors: what is written, and all that is said about it.
//!
//! To see what a change does to them: `INSTA_UPDATE=always cargo test -p vela-lang commonest`, and read
//! the difference of `snapshots/`.

use crate::Engine;
use crate::value::Value;
use std::fmt::Write as _;

/// What beginners and everybody else get wrong, by kind.
const COMMONEST: &[(&str, &[&str])] = &[
    (
        "conflicts",
        &[
            "port: 80\nport: 8080",
            "port: int\nport: \"80\"",
            "name: string\nname: 'web'",
            "replicas: int\nreplicas: null",
            "count: int\ncount: 1.0",
            "a: b: 1\na: 2",
            "a: [1, 2]\na: [1]",
            "a: 5\na: >10",
            "name: \"Web\"\nname: =~\"^[a-z]+$\"",
            "#Port: {number: 1 & 2}\nweb: #Port\nadmin: #Port",
        ],
    ),
    (
        "closed structs",
        &[
            "#Web: {port: int, image?: string}\nweb: #Web & {prot: 80}",
            "#Web: {spec: {port: int}}\nweb: #Web & {spec: {cpu: 1}}",
            "web: close({port: int}) & {host: \"a\"}",
            "#Web: {}\nweb: #Web & {host: \"a\"}",
        ],
    ),
    (
        "disjunctions",
        &[
            "env: \"dev\" | \"test\" | \"prod\"\nenv: \"prd\"",
            "env: \"dev\" | \"test\" | \"prod\"\nenv: \"staging\"",
            "#S: {kind: \"http\", port: int} | {kind: \"exec\", command: string} | {kind: \"none\"}\n\
             probe: #S & {kind: \"exec\", command: 1}",
            "a: int | [...int]\na: \"x\"",
        ],
    ),
    (
        "incomplete values",
        &[
            "port: int",
            "url: \"http://\\(host)\"\nhost: string",
            "total: price * 2\nprice: number",
            "size: \"s\" | \"m\"",
            "#Web: port!: int\nweb: #Web",
            "a: b.prot\nb: {port: 1}",
        ],
    ),
    (
        "names",
        &[
            "port: 1\nurl: prot",
            "debug: yes",
            "name: strings.ToUpper(\"x\")",
            "import \"strings\"\nname: strings.ToUper(\"x\")",
            "import \"string\"\nname: string.ToUpper(\"x\")",
            "import \"example.com/web\"\nname: web.name",
            "import \"strings\"\nname: \"x\"",
            "- one\n- two",
            "#Web: {port: 1}\na: #Web.prot",
        ],
    ),
    (
        "calls and operators",
        &[
            "import \"strings\"\nname: strings.ToUpper(1)",
            "a: len(\"a\", \"b\")",
            "a: \"x\" + 1",
            "a: 1 / 0",
            "a: [1, 2][5]",
            "if 1 {a: 1}",
            "a: *1",
        ],
    ),
    (
        "syntax",
        &[
            "port = 80\n",
            "a: {b: 1 c: 2}\n",
            "a: [1, 2\nb: 3\n",
            "a: {\n\tb: 1\n",
            "a: \"text\n",
            "my-label: 1\n",
            "# a comment\na: 1\n",
            "name: hello world\n",
            "a: b ? 1 : 2\n",
            "a: |\n  text\n",
            "a: 1;\n",
        ],
    ),
];

/// The texts for a source: what is wrong, or else what is not concrete.
fn told(text: &str) -> String {
    let engine = Engine::new();
    let value = engine.eval("a.cue", text);
    let Err(error) = value.and_then(|value: Value| value.check(true)) else {
        return "no error".to_owned();
    };
    let error = error.sorted(engine.sources()).folded();
    let texts = error.diagnostics().iter().map(|d| d.listed(engine.sources(), false));
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_commonest_errors() {
    for (kind, sources) in COMMONEST {
        let mut table = String::new();
        for source in *sources {
            let _ = writeln!(table, "───\n{}\n─>\n{}", source.trim_end(), told(source));
        }
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(kind.replace(' ', "_"), table);
        });
    }
}

#[test]
fn one_cause_is_one_report() {
    let many = (0..10).map(|i| format!("f{i}: #D\n")).collect::<String>();
    let told = told(&format!("#D: {{x: string, x: 1}}\n{many}"));
    assert_eq!(told.matches("conflicting").count(), 1, "{told}");
}

#[test]
fn long_lines_are_shown_around_the_place() {
    let told = told(&format!("a: \"{}\" & 1", "x".repeat(10_000)));
    // The message names the values in full, as the reference's does.
    assert!(told.lines().skip(1).all(|line| line.chars().count() < 200), "{told}");
}
