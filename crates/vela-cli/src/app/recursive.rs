//! `vela plan --recursive`: the Plans of all applications below a directory, a line each.
//!
//! Files are found as they are needed and planned by as many threads as the machine has; a line is
//! written when its turn comes, so that the output is the same each time and memory stays bounded.

use super::input::Definitions;
use crate::failure::Failure;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use vela::dag::plan::NodeKind;
use vela::{Plan, Session};

/// How many files wait to be planned, and lines to be written.
const WAITING: usize = 64;

/// Plans everything below a directory; says whether all of it went well.
pub(crate) fn plan(directory: &str, definitions: &Definitions, whole: bool) -> Result<(), Failure> {
    let session = Arc::new(Session::new(definitions.texts()?)?);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (give, take) = sync_channel::<(usize, PathBuf)>(WAITING);
    let (done, lines) = sync_channel::<(usize, Result<Line, String>)>(WAITING);
    let take = Arc::new(Mutex::new(take));
    let root = PathBuf::from(directory);
    std::fs::read_dir(&root).map_err(|error| {
        Failure::coded(
            "app/file",
            format!("{directory} can't be read: {error}"),
            "give a directory with applications",
        )
    })?;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for next in (Files { open: vec![root] }).enumerate() {
                if give.send(next).is_err() {
                    return;
                }
            }
        });
        for _ in 0..threads {
            let (take, done) = (Arc::clone(&take), done.clone());
            let session = Arc::clone(&session);
            scope.spawn(move || {
                loop {
                    let next = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((number, file)) = next else { return };
                    if done.send((number, line(&session, &file, whole))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        write(lines)
    })
}

/// What is told of an application.
struct Line {
    text: String,
    objects: usize,
}

/// Writes lines in the order of the files.
fn write(lines: std::sync::mpsc::Receiver<(usize, Result<Line, String>)>) -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut early: BTreeMap<usize, Result<Line, String>> = BTreeMap::new();
    let (mut next, mut planned, mut objects, mut failed) = (0, 0usize, 0usize, 0usize);
    for (number, line) in lines {
        early.insert(number, line);
        while let Some(line) = early.remove(&next) {
            next += 1;
            match line {
                Ok(line) if line.text.is_empty() => {}
                Ok(line) => {
                    planned += 1;
                    objects += line.objects;
                    writeln!(out, "{}", line.text)?;
                }
                Err(text) => {
                    failed += 1;
                    // The lines go to standard output; what went wrong goes beside it.
                    let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
                }
            }
        }
    }
    out.flush()?;
    if failed > 0 {
        return Err(Failure::coded(
            "app/recursive",
            format!("{planned} applications planned, {objects} objects; {failed} failed"),
            "the findings stand above",
        ));
    }
    Ok(())
}

fn line(session: &Session, file: &Path, whole: bool) -> Result<Line, String> {
    let name = file.to_string_lossy();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
    if !text.contains("Application") {
        return Ok(Line { text: String::new(), objects: 0 });
    }
    let plan = session.plan(&name, &text).map_err(|error| {
        let findings = error.findings().iter().map(|f| f.render(error.sources(), false));
        format!("{name}: {error}\n{}", findings.collect::<String>())
    })?;
    let objects = objects(&plan);
    let data: Json = if whole {
        json!({"file": name, "plan": plan})
    } else {
        json!({
            "file": name,
            "application": format!("{}/{}", plan.application.namespace, plan.application.name),
            "hash": plan.hash,
            "nodes": plan.nodes.len(),
            "objects": objects,
        })
    };
    Ok(Line { text: data.to_string(), objects })
}

fn objects(plan: &Plan) -> usize {
    let count = |kind: &NodeKind| match kind {
        NodeKind::Artifact { objects, .. } => objects.len(),
        _ => 0,
    };
    plan.nodes.iter().map(|node| count(&node.kind)).sum()
}

/// The files below a directory, in the order of their names.
struct Files {
    /// What is still to be looked at, the next one last.
    open: Vec<PathBuf>,
}

impl Iterator for Files {
    type Item = PathBuf;

    fn next(&mut self) -> Option<PathBuf> {
        while let Some(path) = self.open.pop() {
            if !path.is_dir() {
                let named = path.extension().and_then(|e| e.to_str());
                if matches!(named, Some("yaml" | "yml" | "json")) {
                    return Some(path);
                }
                continue;
            }
            // A link to a directory could lead around in a circle.
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            let real = entries.filter(|e| {
                e.file_type().is_ok_and(|t| t.is_dir() || t.is_file() || !e.path().is_dir())
            });
            let mut inner: Vec<PathBuf> = real.map(|entry| entry.path()).collect();
            inner.sort();
            self.open.extend(inner.into_iter().rev());
        }
        None
    }
}
