//! `vela cue fmt`.

use super::diff::unified;
use super::input::standard_input;
use super::{ErrorFormat, report};
use crate::failure::Failure;
use clap::Args;
use std::io::Write;
use std::sync::Arc;
use vela::OsFs;
use vela::lang::module::{EntryKind, SourceFs, join, relative};
use vela::lang::{Engine, Error, format};

/// Format CUE files.
#[derive(Args)]
pub(crate) struct Fmt {
    /// Packages, files, or `-` for standard input.
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    /// Report what is not formatted, and change nothing.
    #[arg(long)]
    check: bool,
    /// Show what would change, and change nothing.
    #[arg(short = 'd', long)]
    diff: bool,
    /// Write what can be written simpler in the simpler way.
    #[arg(short = 's', long)]
    simplify: bool,
    /// Take the arguments for files and directories, not for packages.
    #[arg(long)]
    files: bool,
    /// Accepted for compatibility; all errors are always reported.
    #[arg(short = 'E', long = "all-errors")]
    all_errors: bool,
}

/// A file and how it is called in output.
struct Target {
    name: String,
    path: Option<String>,
}

impl Fmt {
    pub(crate) fn run(&self, format: ErrorFormat) -> Result<(), Failure> {
        let base = OsFs::current_directory()
            .map_err(|error| Failure::new(format!("current directory: {error}")))?;
        let mut out = std::io::stdout().lock();
        let mut errors = String::new();
        let mut unformatted = false;
        for target in self.targets(&base)? {
            let engine = Engine::new();
            let (before, after) = match formatted(&engine, &target, &base, self.simplify) {
                Ok(texts) => texts,
                Err(error) => {
                    let error = error.sorted(engine.sources());
                    errors.push_str(&report::text(error, engine.sources(), format));
                    continue;
                }
            };
            let changed = before != after;
            unformatted |= changed;
            match (&target.path, self.diff, self.check) {
                (_, true, _) if changed => {
                    out.write_all(unified(&target.name, &before, &after).as_bytes())?;
                }
                (_, true, _) => {}
                (_, false, true) if changed => writeln!(out, "{}", target.name)?,
                (_, false, true) => {}
                (None, ..) => out.write_all(after.as_bytes())?,
                (Some(path), ..) if changed => replace(path, &after)?,
                (Some(_), ..) => {}
            }
        }
        out.flush()?;
        if !errors.is_empty() {
            return Err(Failure::new(errors));
        }
        if self.check && unformatted { Err(Failure::silent(1)) } else { Ok(()) }
    }

    fn targets(&self, base: &str) -> Result<Vec<Target>, Failure> {
        let default = [".".to_owned()];
        let inputs = if self.inputs.is_empty() { &default[..] } else { &self.inputs };
        let mut paths: Vec<String> = Vec::new();
        let mut listed: Vec<String> = Vec::new();
        let mut stdin = false;
        for input in inputs {
            if input == "-" {
                stdin = true;
                continue;
            }
            if self.files && input.contains("...") {
                return Err(Failure::new("cannot use \"...\" in --files mode"));
            }
            let (directory, deep) = match input.strip_suffix("...") {
                Some(directory) => (directory.trim_end_matches('/'), true),
                None => (input.split(':').next().unwrap_or(input), false),
            };
            let path = join(base, directory);
            match OsFs.kind(&path) {
                Some(EntryKind::File) => listed.push(path),
                Some(EntryKind::Directory) if self.files => walk(&path, &mut paths),
                Some(EntryKind::Directory) => packages(&path, deep, &mut paths),
                None if input.ends_with(".cue") => {
                    return Err(Failure::new(format!("stat {path}: no such file or directory")));
                }
                None => return Err(Failure::new(format!("cannot find package {input:?}"))),
            }
        }
        if !self.files {
            // Files of outer directories come first.
            listed.sort_by_key(|path| (path.matches('/').count(), path.clone()));
        }
        let named = listed.into_iter().chain(paths).map(|path| {
            let name = relative(base, &path);
            let name = name.strip_prefix("./").map_or(name.clone(), str::to_owned);
            Target { name, path: Some(path) }
        });
        let standard = stdin.then(|| Target { name: "-".to_owned(), path: None });
        Ok(standard.into_iter().chain(named).collect())
    }
}

/// The CUE files of a directory, and with `deep` of those below it.
fn packages(directory: &str, deep: bool, found: &mut Vec<String>) {
    let entries = OsFs.list(directory).unwrap_or_default();
    for entry in entries.iter().filter(|e| e.kind == EntryKind::File && e.name.ends_with(".cue")) {
        found.push(format!("{directory}/{}", entry.name));
    }
    let below = entries.iter().filter(|e| e.kind == EntryKind::Directory);
    for entry in below.filter(|e| deep && !e.name.starts_with(['.', '_']) && e.name != "cue.mod") {
        packages(&format!("{directory}/{}", entry.name), deep, found);
    }
}

/// All CUE files at and below a directory, in order of names.
fn walk(directory: &str, found: &mut Vec<String>) {
    for entry in OsFs.list(directory).unwrap_or_default() {
        let path = format!("{directory}/{}", entry.name);
        match entry.kind {
            EntryKind::Directory if entry.name.starts_with(['.', '_']) => {}
            EntryKind::Directory if entry.name == "cue.mod" => {}
            EntryKind::Directory => walk(&path, found),
            EntryKind::File if entry.name.ends_with(".cue") => found.push(path),
            EntryKind::File => {}
        }
    }
}

/// The text as it is and as it should be.
fn formatted(
    engine: &Engine,
    target: &Target,
    base: &str,
    simplify: bool,
) -> Result<(String, String), Error> {
    let (name, text) = match &target.path {
        None => ("-".to_owned(), standard_input()?),
        Some(path) => (relative(base, path), read(path, &target.name)?),
    };
    let mut file = engine.parse(&name, text.clone())?;
    if simplify {
        format::simplify(Arc::make_mut(&mut file));
    }
    let source = engine.sources().get(file.span.source);
    let after = source.map_or_else(|| text.clone(), |source| format::format(&file, &source));
    Ok((text, after))
}

fn read(path: &str, name: &str) -> Result<String, Error> {
    let text = match OsFs.read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| format!("{name}: the file is not UTF-8")),
        Err(error) => Err(format!("open {name}: {error}")),
    };
    text.map_err(|text| {
        vela::lang::Diagnostic::new("cue/file", vela::lang::Class::Load, text).into()
    })
}

/// Writes the file beside its place and moves it there, so that nobody sees half of it.
fn replace(path: &str, text: &str) -> Result<(), Failure> {
    let beside = format!("{path}.vela-fmt");
    let written = std::fs::metadata(path)
        .and_then(|data| {
            std::fs::write(&beside, text)?;
            std::fs::set_permissions(&beside, data.permissions())
        })
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        Failure::new(format!("error writing {path:?}: {error}"))
    })
}
