//! The arrows of ARCHITECTURE.md: crates and modules use only what stands to their left. And no file is
//! longer than one can read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates from left to right, with what they may depend on.
const CRATES: [(&str, &[&str]); 5] = [
    ("vela-lang", &[]),
    ("vela-dag", &["vela-lang"]),
    ("vela-exec", &["vela-dag", "vela-lang"]),
    ("vela", &["vela-lang", "vela-dag", "vela-exec"]),
    ("vela-cli", &["vela"]),
];

/// Modules of a crate in layers: a module uses its own layer and those before it.
const LAYERS: [(&str, &[&[&str]]); 3] = [
    (
        "vela-lang",
        &[
            &["depth", "limits", "nearest", "number", "source"],
            &["diagnostic"],
            &["syntax"],
            &["data", "encoding", "format"],
            // Builtins and the program know each other's data; values are what both work on.
            &["std", "ir", "value", "export"],
            &["eval"],
            &["engine"],
            &["combine"],
            &["module"],
        ],
    ),
    (
        "vela-dag",
        &[
            &["data", "error"],
            &[
                "template",
                "oam",
                "catalog",
                "plan",
                "policy",
                "workflow",
                "patch",
                "render",
                "health",
                "step",
                "explain",
                "diff",
                "definition",
            ],
            &["draw"],
        ],
    ),
    (
        "vela-exec",
        &[
            &["calendar", "duration", "object"],
            &["executor"],
            &["engine", "store"],
            &["replay", "timeline", "attach", "secret"],
            &["target", "action"],
            &["outside"],
            &["driver", "simulate"],
            &["prove"],
        ],
    ),
];

/// The longest file.
const LINES: usize = 1000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn crates_depend_to_the_left() {
    for (name, allowed) in CRATES {
        let manifest =
            fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        let from = manifest.find("[dependencies]").unwrap();
        let section = &manifest[from + 1..];
        let section = &section[..section.find("\n[").unwrap_or(section.len())];
        for line in section.lines() {
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or("");
            let ours = CRATES.iter().any(|(other, _)| *other == dependency);
            assert!(
                !ours || allowed.contains(&dependency),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn modules_use_to_the_left() {
    let mut wrong = Vec::new();
    for (name, layers) in LAYERS {
        let layer: BTreeMap<&str, usize> = layers
            .iter()
            .enumerate()
            .flat_map(|(index, modules)| modules.iter().map(move |module| (*module, index)))
            .collect();
        let source = root().join("crates").join(name).join("src");
        let mut files = Vec::new();
        sources(&source, &mut files);
        for path in files {
            let inner = path.strip_prefix(&source).unwrap();
            let module = inner.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
            if module == "lib"
                || module == "fake"
                || inner.iter().any(|p| p == "tests" || p == "tests.rs")
            {
                continue;
            }
            let Some(own) = layer.get(module) else {
                wrong.push(format!("{name}: {module} stands in no layer"));
                continue;
            };
            for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
                if line.trim_start().starts_with("//") {
                    continue;
                }
                for used in line.split("crate::").skip(1) {
                    let used: String =
                        used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    if layer.get(used.as_str()).is_some_and(|other| other > own) {
                        wrong.push(format!(
                            "{}:{}: {module} uses {used}",
                            path.display(),
                            number + 1
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "against the arrow:\n{}", wrong.join("\n"));
}

#[test]
fn files_are_read_in_one_sitting() {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    let long: Vec<String> = files
        .iter()
        .map(|path| (path, fs::read_to_string(path).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > LINES)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
