//! Bad input: a clear error with a code and a place, exit ≠ 0, no panic, nothing half-written.

mod command;

use command::{Home, Ran};
use std::fs;

const APP: &str = "\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: app}
spec:
  components:
  - name: web
    type: webservice
    properties: {image: nginx}
";

/// Runs `dry-run` on a text; it must fail with that code and say that.
fn refused(text: impl AsRef<[u8]>, code: &str, says: &[&str]) {
    let home = Home::new();
    home.write("app.yaml", text);
    refused_by(&home, &["dry-run", "plan", "up"], code, says);
}

fn refused_by(home: &Home, commands: &[&str], code: &str, says: &[&str]) {
    for command in commands {
        let ran = home.vela(&[command, "-f", "app.yaml"]);
        ran.failed(1);
        assert!(ran.err.contains(code), "{command}: no {code} in {}", ran.err);
        for part in says {
            assert!(ran.err.contains(part), "{command}: no {part:?} in {}", ran.err);
        }
        assert_eq!(ran.out, "", "{command} writes nothing half");
    }
    assert!(!home.path().join("vela/state.redb").exists(), "no state was made");
}

#[test]
fn not_utf_8() {
    refused(b"metadata:\n  name: \xff\xfe\n", "app/encoding", &["app.yaml:2", "UTF-8"]);
}

#[test]
fn an_empty_file() {
    refused("", "app/", &["app.yaml"]);
}

#[test]
fn a_yaml_bomb() {
    let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (name, before) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip("abcdefgh".chars()) {
        let many = vec![format!("*{before}"); 10].join(", ");
        text.push_str(&format!("{name}: &{name} [{many}]\n"));
    }
    refused(text, "yaml/invalid", &["app.yaml"]);
}

#[test]
fn a_hundred_thousand_brackets() {
    refused("[".repeat(100_000), "yaml/invalid", &["app.yaml"]);
    refused(format!("spec: {}", "{a: ".repeat(100_000)), "yaml/invalid", &["app.yaml"]);
    let home = Home::new();
    home.write("deep.cue", format!("a: {}", "[".repeat(100_000)));
    for command in ["eval", "export", "vet", "fmt"] {
        let ran = home.vela(&["cue", command, "deep.cue"]);
        ran.failed(1);
        assert!(ran.err.contains("deep.cue:1:"), "{}", ran.err);
    }
}

#[test]
fn an_unknown_trait() {
    let text = format!("{APP}    traits: [{{type: scalar, properties: {{replicas: 2}}}}]\n");
    refused(text, "app/", &["scalar", "did you mean scaler?"]);
}

#[test]
fn a_parameter_of_the_wrong_type() {
    refused(APP.replace("image: nginx", "image: 5"), "cue/conflict", &["web", "image"]);
    refused(APP.replace("name: web", "name: [1]"), "app/type", &["app.yaml:6"]);
}

#[test]
fn steps_that_wait_for_each_other() {
    let text = format!(
        "{APP}  workflow:\n    steps:\n    - {{name: a, type: suspend, dependsOn: [b]}}\n    - {{name: b, type: suspend, dependsOn: [a]}}\n"
    );
    let home = Home::new();
    home.write("app.yaml", text);
    // The manifests do not depend on the steps.
    home.vela(&["dry-run", "-f", "app.yaml"]).succeeded();
    refused_by(&home, &["plan", "up"], "workflow/cycle", &["a", "b"]);
}

#[test]
fn unknown_fields_are_errors_when_asked() {
    let home = Home::new();
    home.write("app.yaml", APP.replace("metadata:", "metdata: {}\nmetadata:"));
    let lenient = home.vela(&["dry-run", "-f", "app.yaml"]);
    lenient.succeeded();
    assert!(lenient.err.contains("warning[app/unknown-field]"), "{}", lenient.err);
    let strict = home.vela(&["dry-run", "--strict", "-f", "app.yaml"]);
    strict.failed(1);
    assert!(strict.err.contains("error[app/unknown-field]"), "{}", strict.err);
    assert!(strict.err.contains("metadata"), "{}", strict.err);
}

#[test]
fn a_file_that_is_not_there() {
    let home = Home::new();
    let ran = home.vela(&["up", "-f", "nowhere.yaml"]);
    ran.failed(1);
    assert!(ran.err.contains("error[app/file]") && ran.err.contains("nowhere.yaml"), "{}", ran.err);
}

fn up(home: &Home, state: &str) -> Ran {
    home.write("app.yaml", APP);
    home.vela(&["up", "-f", "app.yaml", "--state", state])
}

#[test]
fn an_unreachable_state() {
    let home = Home::new();
    home.write("file", "");
    let ran = up(&home, "file/state.redb");
    ran.failed(4);
    assert!(ran.err.contains("error[state/unreachable]"), "{}", ran.err);
    assert!(ran.err.contains("--state"), "it names a way out: {}", ran.err);
}

#[test]
fn a_state_that_is_none() {
    let home = Home::new();
    home.write("state.redb", "no database at all".repeat(500));
    let before = fs::read(home.path().join("state.redb")).unwrap();
    let ran = up(&home, "state.redb");
    ran.failed(4);
    assert!(ran.err.contains("error[state/"), "{}", ran.err);
    assert_eq!(fs::read(home.path().join("state.redb")).unwrap(), before, "it is left alone");
}

#[test]
fn a_wrong_command_line() {
    let home = Home::new();
    home.vela(&["up"]).failed(2);
    home.vela(&["dry-run", "--out", "xml", "-f", "x"]).failed(2);
    home.vela(&["nonsense"]).failed(2);
}

#[test]
fn an_application_that_is_not_there() {
    let home = Home::new();
    for args in [&["status", "x"][..], &["delete", "x"], &["workflow", "resume", "x"]] {
        let ran = home.vela(args);
        ran.failed(1);
        assert!(ran.err.contains("run/unknown-application"), "{}", ran.err);
    }
}

#[test]
fn an_application_of_fifty_megabytes() {
    let text = format!("{APP}    # {}\n", "x".repeat(50 << 20));
    refused(text, "app/too-big", &["app.yaml", "50 MiB"]);
}

#[test]
fn ten_thousand_traits() {
    let traits = "    - {type: scaler, properties: {replicas: 2}}\n".repeat(10_000);
    refused(format!("{APP}    traits:\n{traits}"), "app/too-many", &["web", "10000 traits"]);
}

#[test]
fn a_definition_that_loops() {
    for (body, code) in [
        ("output: {kind: \"X\", spec: #A}\n#A: {a: #A}", "cue/structural-cycle"),
        ("a: b + 1\nb: a\noutput: {kind: \"X\", spec: a}", "cue/cycle"),
    ] {
        let home = Home::new();
        home.write("loop.cue", format!("loop: type: \"component\"\ntemplate: {{\n{body}\n}}\n"));
        home.write("app.yaml", APP.replace("webservice", "loop").replace("image: nginx", ""));
        let ran = home.vela(&["dry-run", "-f", "app.yaml", "-d", "loop.cue"]);
        ran.failed(1);
        assert!(ran.err.contains(code), "no {code} in {}", ran.err);
        assert_eq!(ran.out, "");
    }
}

#[test]
fn two_definitions_of_one_name() {
    let home = Home::new();
    let text =
        "note: type: \"component\"\ntemplate: output: {apiVersion: \"v1\", kind: \"ConfigMap\"}\n";
    home.write("defs/a.cue", text);
    home.write("defs/b.cue", text);
    home.write("app.yaml", APP.replace("webservice", "note"));
    let ran = home.vela(&["dry-run", "-f", "app.yaml", "-d", "defs"]);
    ran.succeeded();
    assert!(ran.err.contains("warning[def/twice]") && ran.err.contains("a.cue"), "{}", ran.err);
}

#[test]
fn a_template_that_reads_files() {
    let embed =
        "output: {apiVersion: \"v1\", kind: \"ConfigMap\", data: x: _ @embed(file=../secret.json)}";
    let read =
        "f: file.Read & {filename: \"../secret.json\"}\noutput: {kind: \"X\", data: f.contents}";
    for (import, body, code) in
        [("", embed, "def/embed"), ("import \"tool/file\"\n", read, "cue/import")]
    {
        let home = Home::new();
        home.write("secret.json", "{\"x\": \"hush\"}");
        let text = format!("{import}note: type: \"component\"\ntemplate: {{\n{body}\n}}\n");
        home.write("defs/note.cue", text);
        home.write("app.yaml", APP.replace("webservice", "note"));
        let ran = home.vela(&["dry-run", "-f", "app.yaml", "-d", "defs"]);
        ran.failed(1);
        assert!(ran.err.contains(code) && ran.err.contains("note.cue"), "{}", ran.err);
        assert!(ran.err.contains("reads no files") && !ran.err.contains("hush"), "{}", ran.err);
        assert_eq!(ran.out, "");
    }
}

#[test]
fn a_patch_key_that_occurs_twice() {
    let home = Home::new();
    let env = "env: [{name: A, value: \"1\"}, {name: A, value: \"2\"}]";
    let text = APP.replace("image: nginx}", &format!("image: nginx, {env}}}"));
    home.write(
        "app.yaml",
        format!("{text}    traits: [{{type: mine, properties: {{name: A}}}}]\n"),
    );
    let patch = "patch: spec: template: spec: containers: [{\n\
                 // +patchKey=name\nenv: [{name: parameter.name, more: \"x\"}]}]";
    let text =
        format!("mine: type: \"trait\"\ntemplate: {{\n{patch}\nparameter: name: string\n}}\n");
    home.write("defs/mine.cue", text);
    let ran = home.vela(&["dry-run", "-f", "app.yaml", "-d", "defs"]);
    ran.failed(1);
    for part in ["containers.0.env", "name is \"A\"", "elements 0 and 1", "mine"] {
        assert!(ran.err.contains(part), "no {part:?} in {}", ran.err);
    }
    assert_eq!(ran.out, "");
}
