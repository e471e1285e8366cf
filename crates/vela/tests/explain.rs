//! Every value of every manifest has a chain of origins: laws over the examples and, where it stands
//! beside the project, over the corpus of rendered applications.

use std::fs;
use std::path::{Path, PathBuf};
use vela::dag::explain::Cause;
use vela::{Explained, Session};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files below a directory that end so, in the order of their names.
fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(path) = open.pop() {
        let entries = fs::read_dir(&path).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            match path.is_dir() {
                true => open.push(path),
                false if path.to_string_lossy().ends_with(ending) => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}

fn texts(files: Vec<PathBuf>) -> Vec<(String, String)> {
    let text = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.to_string_lossy().into_owned(), text)
    };
    files.into_iter().map(text).collect()
}

/// Checks the law on an application that renders; says how many values it looked at.
fn check(session: &Session, name: &str, text: &str) -> usize {
    let Ok(manifests) = session.render(name, text) else { return 0 };
    let objects: Vec<Explained> = session.explain(name, text).unwrap();
    let mut leaves = 0;
    for manifest in &manifests {
        let name = manifest.object.pointer("/metadata/name").and_then(|name| name.as_str());
        let known = objects.iter().any(|one| {
            one.origin == manifest.origin
                && one.component == manifest.component
                && Some(one.name.as_str()) == name.or(Some(""))
        });
        assert!(known, "{} of {} is not explained", manifest.origin, manifest.component);
    }
    for object in &objects {
        for leaf in &object.leaves {
            leaves += 1;
            let what = format!("{name}: {} {} {}", object.kind, object.name, leaf.path);
            assert!(!leaf.chain.is_empty(), "{what} has no chain");
            for link in &leaf.chain {
                let placed = link.place.is_some() || matches!(link.cause, Cause::Rule { .. });
                assert!(placed, "{what}: {:?} is written nowhere", link.cause);
            }
        }
    }
    leaves
}

#[test]
fn every_value_of_the_examples_has_a_chain() {
    let session = Session::new(texts(files(&root().join("examples/definitions"), ".cue"))).unwrap();
    let mut leaves = 0;
    for (name, text) in texts(files(&root().join("examples"), ".yaml")) {
        leaves += check(&session, &name, &text);
    }
    assert!(leaves > 100, "only {leaves} values were looked at");
}

#[test]
fn every_value_of_the_corpus_has_a_chain() {
    let corpus = root().join("../shared/kubevela");
    let definitions = texts(files(&corpus.join("definitions"), ".cue"));
    let session = Session::new(definitions.clone()).unwrap();
    for case in files(&corpus.join("cases"), "app.yaml") {
        let text = fs::read_to_string(&case).unwrap();
        let name = case.to_string_lossy();
        let own = case.parent().map(|directory| texts(files(&directory.join("defs"), ".cue")));
        match own.filter(|own| !own.is_empty()) {
            None => check(&session, &name, &text),
            Some(own) => {
                let Ok(session) = Session::new(definitions.iter().cloned().chain(own).collect())
                else {
                    continue;
                };
                check(&session, &name, &text)
            }
        };
    }
}
