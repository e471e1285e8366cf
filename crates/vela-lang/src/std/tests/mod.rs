//! Calls of every package and what the reference gives for them.
//!
//! A line of a table is `expression  =>  result`: JSON, `ERROR` with the message, or `INCOMPLETE`.
//! The expressions are read by the real parser and evaluated by the little evaluator of `mock`.

mod mock;

use mock::Outcome;

/// Runs a table; lines that begin with `#` are comments.
fn run(table: &str) {
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (expression, expected) = line.split_once("  =>  ").unwrap_or((line, ""));
        let given = match mock::evaluate(expression) {
            Outcome::Json(text) => text,
            Outcome::Error(text) => format!("ERROR {text}"),
            Outcome::Incomplete => "INCOMPLETE".to_owned(),
        };
        if given != expected {
            wrong.push(format!("{expression}\n    expected {expected}\n    given    {given}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn strings() {
    run(include_str!("tables/strings.txt"));
}

#[test]
fn strconv() {
    run(include_str!("tables/strconv.txt"));
}

#[test]
fn list() {
    run(include_str!("tables/list.txt"));
}

#[test]
fn costs_are_charged_before_work() {
    for expression in [
        "list.Range(0, 1000000000, 1)",
        "list.Repeat(list.Range(0, 1000, 1), 1000000)",
        "strconv.FormatFloat(1, \"f\", 1000000000, 64)",
        "strings.Repeat(strings.Repeat(\"x\", 1000000), 1000000)",
        "strings.Replace(strings.Repeat(\"x\", 1000000), \"\", strings.Repeat(\"y\", 1000), -1)",
    ] {
        assert_eq!(mock::evaluate(expression), Outcome::Error("limit".to_owned()), "{expression}");
    }
}

#[test]
fn packages_are_ordered_and_members_are_unique() {
    let paths: Vec<_> = super::packages().iter().map(|package| package.path).collect();
    assert!(paths.is_sorted(), "{paths:?}");
    for package in super::packages() {
        for (i, member) in package.members.iter().enumerate() {
            let earlier = &package.members[..i];
            assert!(
                earlier.iter().all(|other| other.name() != member.name()),
                "{}.{}",
                package.path,
                member.name()
            );
        }
    }
}

#[test]
fn regexp() {
    run(include_str!("tables/regexp.txt"));
}

#[test]
fn base64() {
    run(include_str!("tables/base64.txt"));
}

#[test]
fn hex() {
    run(include_str!("tables/hex.txt"));
}

#[test]
fn json() {
    run(include_str!("tables/json.txt"));
}

#[test]
fn yaml() {
    run(include_str!("tables/yaml.txt"));
}

#[test]
fn structs() {
    run(include_str!("tables/struct.txt"));
}

#[test]
fn math() {
    run(include_str!("tables/math.txt"));
}

#[test]
fn bits() {
    run(include_str!("tables/bits.txt"));
}

#[test]
fn path() {
    run(include_str!("tables/path.txt"));
}

#[test]
fn net() {
    run(include_str!("tables/net.txt"));
}

#[test]
fn crypto() {
    run(include_str!("tables/crypto.txt"));
}

#[test]
fn time() {
    run(include_str!("tables/time.txt"));
}

#[test]
fn uuid() {
    run(include_str!("tables/uuid.txt"));
}

#[test]
fn csv() {
    run(include_str!("tables/csv.txt"));
}

#[test]
fn tabwriter() {
    run(include_str!("tables/tabwriter.txt"));
}

#[test]
fn toml() {
    run(include_str!("tables/toml.txt"));
}

#[test]
fn html() {
    run(include_str!("tables/html.txt"));
}

#[test]
fn template() {
    run(include_str!("tables/template.txt"));
}
