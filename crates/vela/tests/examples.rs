//! What the examples print.

use std::process::Command;

fn output(example: &str) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = Command::new(cargo)
        .args(["run", "--quiet", "--offline", "-p", "vela", "--example", example])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn embed() {
    let text = output("embed");
    assert!(text.starts_with("http://web:80\n"), "{text}");
    assert!(text.contains("error[cue/"), "{text}");
    assert!(text.contains("wrong.cue:1:12"), "{text}");
}

#[test]
fn deploy() {
    let text = output("deploy");
    assert!(text.contains("\"Deployment\" \"web\""), "{text}");
    assert!(text.contains("default/shop/000001 is running"), "{text}");
    assert!(text.ends_with("a second time: nothing changed\n"), "{text}");
}

#[test]
fn custom_executor() {
    let text = output("custom_executor");
    assert!(text.contains("\"kind\":\"Deployment\""), "{text}");
    assert!(text.ends_with("running\n"), "{text}");
    let lines = include_str!("../examples/custom_executor.rs").lines().count();
    assert!(lines < 60, "{lines} lines");
}
