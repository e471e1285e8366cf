//! Every function and constant of the builtin packages, in rows that the reference has answered.
//!
//! A line of `std/PACKAGE.txt` is `expression  =>  result`. Numbers are written as in the tree that
//! `--out tree-json` prints (`25e-1`), bytes as base64 between single quotes, what is not concrete by
//! its kinds in parentheses, a bottom by its class and message. Where the messages differ on purpose
//! the row has none: then only the class counts. In rows with `~>` a float may differ in its last
//! digits, since the last bit of a transcendental function is nobody's promise.
//! `std/differences.txt` has the rows where ours gives something else, and why.

use serde_json::Value as Json;
use std::fmt::Write as _;
use std::path::PathBuf;
use vela_lang::{Engine, export, std::packages};

/// The table of a package, or the one of differences.
fn table(path: &str) -> String {
    let name = format!("{}.txt", path.replace('/', "-"));
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/std").join(&name);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The last part of an import path: the name that expressions use.
fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether an expression mentions `name.`, as a word.
fn mentions(expression: &str, name: &str) -> bool {
    let pattern = format!("{name}.");
    expression.match_indices(&pattern).any(|(at, _)| {
        let before = expression[..at].chars().next_back();
        let after = expression[at + pattern.len()..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || "._".contains(c))
            && after.is_some_and(|c| c == '#' || c.is_alphabetic())
    })
}

/// The expression without what stands in its string literals.
fn outside_strings(expression: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut chars = expression.chars();
    while let Some(c) = chars.next() {
        match quote {
            None => {
                out.push(c);
                quote = ['"', '\''].contains(&c).then_some(c);
            }
            Some(_) if c == '\\' => {
                chars.next();
            }
            Some(end) if c == end => quote = None,
            Some(_) => {}
        }
    }
    out
}

/// What our engine gives for an expression, as the tables write it.
fn given(expression: &str) -> String {
    let code = outside_strings(expression);
    let imports: String = packages()
        .iter()
        .filter(|package| mentions(&code, short(package.path)))
        .map(|package| format!("import \"{}\"\n", package.path))
        .collect();
    match Engine::new().eval("row.cue", format!("{imports}r: {expression}\n")) {
        Ok(value) => {
            let field = value.field("r").expect("the field is there");
            let tree: Json = serde_json::from_str(&export::tree_json(field)).expect("JSON");
            let mut out = String::new();
            write_node(&tree, &mut out);
            out
        }
        Err(error) => format!("_|_ load: {}", error.diagnostics()[0].message),
    }
}

fn text<'a>(node: &'a Json, key: &str) -> &'a str {
    node[key].as_str().unwrap_or("")
}

fn is(node: &Json, key: &str) -> bool {
    node[key].as_bool().unwrap_or(false)
}

fn write_node(node: &Json, out: &mut String) {
    let kind = text(node, "k");
    if kind == "_|_" && !is(node, "child") {
        let message = text(node, "msg");
        let colon = if message.is_empty() || message.contains('\n') { "" } else { ": " };
        let message = if colon.is_empty() { "" } else { message };
        let _ = write!(out, "_|_ {}{colon}{message}", text(node, "e"));
    } else if is(node, "nonconcrete") {
        out.push('(');
        if let Some(default) = node.get("d") {
            out.push('*');
            write_node(default, out);
            out.push_str(" | ");
        }
        let _ = write!(out, "{kind})");
    } else if is(node, "child") || kind == "struct" || kind == "list" {
        if is(node, "child") {
            let _ = write!(out, "_|_ {} below ", text(node, "e"));
        }
        out.push_str(if is(node, "closed") { "close(" } else { "" });
        write_parts(node, out);
        out.push_str(if is(node, "closed") { ")" } else { "" });
    } else if kind == "bytes" {
        let _ = write!(out, "'{}'", text(node, "v"));
    } else if kind == "string" {
        out.push_str(&node["v"].to_string());
    } else if kind == "bool" {
        let _ = write!(out, "{}", is(node, "v"));
    } else {
        out.push_str(if kind == "null" { "null" } else { text(node, "v") });
    }
}

fn write_parts(node: &Json, out: &mut String) {
    let list = node.get("l").is_some() || text(node, "k") == "list";
    out.push(if list { '[' } else { '{' });
    let mut comma = "";
    for element in node["l"].as_array().into_iter().flatten() {
        out.push_str(comma);
        comma = ", ";
        write_node(element, out);
    }
    for field in node["f"].as_array().into_iter().flatten() {
        let _ = write!(out, "{comma}{}: ", field[0].as_str().unwrap_or(""));
        comma = ", ";
        write_node(&field[1], out);
    }
    if is(node, "open") {
        let _ = write!(out, "{comma}...");
    }
    out.push(if list { ']' } else { '}' });
}

/// Whether what is given is what a row expects; a row without a message takes any.
fn agrees(expected: &str, given: &str) -> bool {
    let is_class = expected.starts_with("_|_ ") && !expected[4..].contains([':', ' ']);
    expected == given || is_class && given.split(':').next() == Some(expected)
}

/// Whether two floats are equal but for their last digits.
fn is_near(expected: &str, given: &str) -> bool {
    match (expected.parse::<f64>(), given.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-14 * a.abs(),
        _ => false,
    }
}

/// Whether a row holds, and what it is about.
fn holds(row: &str, differences: &str) -> Result<(), String> {
    let (expression, expected, near) = match row.split_once("  =>  ") {
        Some((expression, expected)) => (expression, expected, false),
        None => {
            let (expression, expected) = row.split_once("  ~>  ").expect("a row has a result");
            (expression, expected, true)
        }
    };
    let start = format!("{expression}  =>  ");
    let expected = differences.lines().find_map(|l| l.strip_prefix(&start)).unwrap_or(expected);
    let given = given(expression);
    if agrees(expected, &given) || near && is_near(expected, &given) {
        return Ok(());
    }
    Err(format!("{expression}\n    want {expected}\n    have {given}"))
}

#[test]
fn rows_agree_with_the_reference() {
    let differences = table("differences");
    let mut wrong = Vec::new();
    for package in packages() {
        for row in table(package.path).lines() {
            if let Err(found) = holds(row, &differences) {
                wrong.push(format!("{}: {found}", package.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_member_has_rows() {
    use vela_lang::std::host::Member;
    let mut missing = Vec::new();
    for package in packages() {
        let table = table(package.path);
        for member in package.members {
            let name = format!("{}.{}", short(package.path), member.name());
            let word_end =
                |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let rows = table
                .lines()
                .filter(|row| {
                    row.match_indices(&name).any(|(at, _)| word_end(&row[at + name.len()..]))
                })
                .count();
            let wanted = if matches!(member, Member::Function(_)) { 5 } else { 1 };
            if rows < wanted {
                missing.push(format!("{name} has {rows}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn packages_are_ordered_and_members_are_unique() {
    let paths: Vec<_> = packages().iter().map(|package| package.path).collect();
    assert!(paths.is_sorted(), "{paths:?}");
    for package in packages() {
        for (i, member) in package.members.iter().enumerate() {
            let earlier = &package.members[..i];
            let name = member.name();
            assert!(earlier.iter().all(|other| other.name() != name), "{}.{name}", package.path);
        }
    }
}
