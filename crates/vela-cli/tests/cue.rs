//! `vela cue` as the reference does it: exit statuses, output, messages.

mod command;

use command::Home;

/// Rows: files, arguments, exit status, standard output, standard error.
type Row = (
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
    i32,
    &'static str,
    &'static str,
);

#[test]
fn commands_answer_as_the_reference_does() {
    let one = &[("a.cue", "package p\n\na: 1\nb: a + 1\n")];
    let bad = &[("a.cue", "x: 1 & 2\n")];
    let rows: [Row; 17] = [
        (one, &["eval"], 0, "a: 1\nb: 2\n", ""),
        (one, &["eval", ".:p", "-e", "b"], 0, "2\n", ""),
        (one, &["export", "a.cue", "-e", "a", "-e", "b"], 0, "1\n2\n", ""),
        (one, &["eval", "a.cue", "-e", "a", "-e", "b+1"], 0, "// a\n1\n// b + 1\n3\n", ""),
        (one, &["export", "--out", "yaml"], 0, "a: 1\nb: 2\n", ""),
        (one, &["vet", "-c"], 0, "", ""),
        (one, &["def"], 0, "package p\n\na: 1\nb: a + 1\n", ""),
        (one, &["def", ".", "-e", "a"], 0, "1\n", ""),
        (
            one,
            &["def", "a.cue", "-p", "q"],
            1,
            "",
            "\"package\" flag clashes with existing package name (q vs p)\n",
        ),
        (
            bad,
            &["eval", "a.cue"],
            1,
            "",
            "x: conflicting values 2 and 1:\n    ./a.cue:1:4\n    ./a.cue:1:8\n",
        ),
        (
            &[("a.cue", "x: int\n")],
            &["export", "a.cue"],
            1,
            "",
            "x: incomplete value int:\n    ./a.cue:1:4\n",
        ),
        (&[("a.cue", "x: int\n"), ("d.yaml", "x: 3\n")], &["vet", "a.cue", "d.yaml"], 0, "", ""),
        (
            &[("a.cue", "x: int\n"), ("d.json", "{\"x\": 3}")],
            &["export", "a.cue", "d.json", "-e", "x"],
            0,
            "3\n",
            "",
        ),
        (&[("a.cue", "x:   1\n")], &["fmt", "--check", "a.cue"], 1, "a.cue\n", ""),
        (&[], &["eval", "nope.foo"], 1, "", "unknown file extension .foo\n"),
        (
            &[("a.cue", "package p\n"), ("b.cue", "package q\n")],
            &["eval"],
            1,
            "",
            "found packages \"p\" (a.cue) and \"q\" (b.cue) in \".\"\n",
        ),
        (
            &[("a.cue", "n: *1 | int @tag(n,type=int)\n")],
            &["eval", "a.cue", "-t", "n=7"],
            0,
            "n: 7\n",
            "",
        ),
    ];
    for (files, args, status, out, err) in rows {
        let home = Home::new();
        for (name, text) in files {
            home.write(name, text);
        }
        let args: Vec<&str> =
            ["cue", "--error-format", "brief"].iter().chain(args).copied().collect();
        let ran = home.vela(&args);
        assert_eq!(
            (ran.status, ran.out.as_str(), ran.err.as_str()),
            (Some(status), out, err),
            "{args:?}"
        );
    }
}

#[test]
fn output_files_are_not_overwritten_unless_forced() {
    let home = Home::new();
    home.write("a.cue", "a: 1\n");
    home.vela(&["cue", "export", "a.cue", "-o", "x.yaml"]).succeeded();
    assert_eq!(std::fs::read_to_string(home.path().join("x.yaml")).unwrap(), "a: 1\n");
    let again = home.vela(&["cue", "export", "a.cue", "-o", "x.yaml"]);
    again.failed(1);
    assert_eq!(again.err, "error writing \"x.yaml\": file already exists\n");
    home.vela(&["cue", "export", "a.cue", "-o", "x.yaml", "--force"]).succeeded();
}

#[test]
fn errors_for_people_begin_as_the_references_and_help() {
    let home = Home::new();
    home.write("a.cue", "#D: port: int\nx: #D & {prot: 1}\n");
    let ran = home.vela(&["cue", "eval", "a.cue"]);
    ran.failed(1);
    let first = "x.prot: field not allowed:\n    ./a.cue:2:10\n";
    assert!(ran.err.starts_with(first), "{}", ran.err);
    assert!(ran.err.ends_with("help: did you mean port?\n"), "{}", ran.err);
    assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
}

#[test]
fn commands_that_are_not_there_say_what_to_do() {
    let home = Home::new();
    for command in ["trim", "cmd", "get", "nonsense"] {
        let ran = home.vela(&["cue", command, "x"]);
        ran.failed(1);
        assert!(ran.err.contains(command) && ran.err.contains("help"), "{}", ran.err);
    }
}

#[test]
fn errors_for_programs() {
    let home = Home::new();
    home.write("a.cue", "x: 1 & 2\n");
    let ran = home.vela(&["cue", "eval", "a.cue", "--error-format", "json"]);
    ran.failed(1);
    let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["code"], "cue/conflict");
    assert_eq!(error["path"], "x");
}
