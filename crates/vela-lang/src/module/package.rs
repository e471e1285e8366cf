//! Directories and lists of files to the files of one package.

use super::condition::{Excluded, excluded};
use super::fs::{EntryKind, FsError, SourceFs};
use super::path::{join, relative};
use super::root::{Module, not_utf8};
use super::tag::Tags;
use crate::diagnostic::{Class, Diagnostic, Error};
use crate::engine::Engine;
use crate::syntax::ast::{Decl, File};
use crate::syntax::{self};
use rustc_hash::FxHashMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// The files of one package.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The package's name, empty where it has none.
    pub name: String,
    /// How it is called: `./sub`, or nothing for a list of files.
    pub label: String,
    /// Its files.
    pub files: Vec<Arc<File>>,
}

/// Which package of a directory is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Selection<'s> {
    /// The only one.
    Only,
    /// The one with that name.
    Named(&'s str),
    /// Every file, with or without a package.
    All,
}

/// Finds and reads the files of packages.
pub struct Packages<'f> {
    pub(super) engine: Engine,
    pub(super) fs: &'f dyn SourceFs,
    pub(super) base: String,
    pub(super) module: Option<Module>,
    pub(super) tags: Tags,
    read: FxHashMap<String, Read>,
}

type Read = Result<(Arc<File>, Option<Excluded>), Error>;

impl<'f> Packages<'f> {
    /// Packages as seen from a directory (absolute): names of files in errors are relative to it, and
    /// it decides which module is the main one.
    ///
    /// # Errors
    /// The module does not load.
    pub fn new(
        engine: &Engine,
        fs: &'f dyn SourceFs,
        base: &str,
        tags: Tags,
    ) -> Result<Packages<'f>, Error> {
        let module = Module::find(engine, fs, base, base)?;
        Ok(Packages {
            engine: engine.clone(),
            fs,
            base: base.to_owned(),
            module,
            tags,
            read: FxHashMap::default(),
        })
    }

    /// The main module.
    pub fn module(&self) -> Option<&Module> {
        self.module.as_ref()
    }

    /// What was given by `-t`, and what of it was used.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// The text of a file, given as seen from the base.
    ///
    /// # Errors
    /// It can't be read, or is not UTF-8.
    pub fn text(&self, path: &str) -> Result<String, Error> {
        let path = join(&self.base, path);
        let bytes = self.fs.read(&path).map_err(|error| self.unreadable(&path, &error))?;
        String::from_utf8(bytes).map_err(|_| not_utf8(&relative(&self.base, &path)))
    }

    fn unreadable(&self, path: &str, error: &FsError) -> Error {
        let text = match error {
            FsError::NotFound => format!("stat {path}: {error}"),
            FsError::Other(_) => format!("open {}: {error}", relative(&self.base, path)),
        };
        Diagnostic::new("cue/file", Class::Load, text)
            .help("check the path; it is relative to the current directory")
            .into()
    }

    /// Reads one file; `path` as seen from the base.
    ///
    /// # Errors
    /// It can't be read or has syntax errors.
    pub fn file(&mut self, path: &str) -> Result<Arc<File>, Error> {
        let path = join(&self.base, path);
        self.read(&path).map(|(file, _)| file)
    }

    /// Reads a text that is no file, such as standard input.
    ///
    /// # Errors
    /// It has syntax errors.
    pub fn parse(&mut self, name: &str, text: String) -> Result<Arc<File>, Error> {
        let directory = self.base.clone();
        self.parse_in(&directory, name, text)
    }

    fn parse_in(&mut self, directory: &str, name: &str, text: String) -> Result<Arc<File>, Error> {
        let sources = self.engine.sources();
        let mut parsed = syntax::parse(sources, name, text);
        self.tags.inject(sources, &mut parsed.file, &mut parsed.errors);
        if parsed.errors.is_empty() {
            super::embed::resolve(self, directory, &mut parsed.file, &mut parsed.errors);
        }
        if parsed.errors.is_empty() {
            Ok(Arc::new(parsed.file))
        } else {
            Err(Error::new(parsed.errors))
        }
    }

    /// Forgets the trees of the files that were read; who has them keeps them.
    pub fn forget_files(&mut self) {
        self.read.clear();
    }

    pub(super) fn read(&mut self, path: &str) -> Read {
        if let Some(known) = self.read.get(path) {
            return known.clone();
        }
        let read = self.read_now(path);
        self.read.insert(path.to_owned(), read.clone());
        read
    }

    fn read_now(&mut self, path: &str) -> Read {
        let text = self.text(path)?;
        let name = relative(&self.base, path);
        let file = self.parse_in(parent(path), &name, text)?;
        let excluded = excluded(&file, &mut self.tags);
        Ok((file, excluded))
    }

    /// The instance that a list of files makes.
    ///
    /// # Errors
    /// A file does not load, or they belong to different packages.
    pub fn listed(&mut self, paths: &[&str]) -> Result<Instance, Error> {
        let mut files: Vec<Arc<File>> = Vec::new();
        let mut errors = Vec::new();
        let mut left_out = String::new();
        let mut package: Option<(String, String)> = None;
        for path in paths {
            let absolute = join(&self.base, path);
            match self.read(&absolute) {
                Ok((_, Some(reason))) => {
                    let _ = write!(
                        left_out,
                        "\n    {}: {}",
                        relative(&self.base, &absolute),
                        reason.text()
                    );
                }
                Ok((file, None)) => {
                    if let Some(name) = package_name(&file) {
                        let file_name = last(&absolute).to_owned();
                        match &package {
                            Some((before, first)) if before != name => {
                                return Err(load(format!(
                                    "found packages {before:?} ({first}) and {name:?} ({file_name}) in {:?}",
                                    self.plain(parent(&absolute))
                                )));
                            }
                            Some(_) => {}
                            None => package = Some((name.to_owned(), file_name)),
                        }
                    }
                    files.push(file);
                }
                Err(error) => errors.extend(error.into_diagnostics()),
            }
        }
        if !errors.is_empty() {
            return Err(Error::new(errors));
        }
        if files.is_empty() && !left_out.is_empty() {
            return Err(load(format!("build constraints exclude all CUE files in .:{left_out}")));
        }
        let name = package.map(|(name, _)| name).unwrap_or_default();
        if let (false, Some(first)) = (name.is_empty(), paths.first()) {
            let directory = parent(&join(&self.base, first)).to_owned();
            let mut all = self.inherited_files(&directory, &name)?;
            all.append(&mut files);
            files = all;
        }
        Ok(Instance { name, label: String::new(), files })
    }

    /// The package of a directory, given as seen from the base.
    ///
    /// # Errors
    /// There is none, or more than one, or it does not load.
    pub fn directory(&mut self, path: &str, which: Selection<'_>) -> Result<Instance, Error> {
        let directory = join(&self.base, path);
        let label = relative(&self.base, &directory);
        let shown = if label.starts_with('.') { label.clone() } else { path.to_owned() };
        let Some(names) = self.names(&directory) else {
            return Err(load(format!("cannot find package {shown:?}")));
        };
        if names.is_empty() {
            return Err(load(format!("cue: {shown:?} matched no packages")));
        }
        let (files, left_out, found) = self.select(&directory, &names, which)?;
        if let [(first, first_file), (second, second_file), ..] = found.as_slice() {
            return Err(load(format!(
                "found packages {first:?} ({first_file}) and {second:?} ({second_file}) in {:?}",
                self.plain(&directory)
            )));
        }
        if files.is_empty() {
            let lines: String = left_out.iter().map(|line| format!("\n    {line}")).collect();
            return Err(load(format!(
                "build constraints exclude all CUE files in {shown}:{lines}"
            )));
        }
        let name = found.into_iter().next().map(|(name, _)| name).unwrap_or_default();
        let mut all = self.inherited_files(&directory, &name)?;
        all.extend(files);
        Ok(Instance { name, label, files: all })
    }

    /// The directories at and below one that hold CUE files; `cue.mod` and names that begin with `.`
    /// or `_` are left out.
    pub fn below(&self, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut waiting = vec![join(&self.base, path)];
        while let Some(directory) = waiting.pop() {
            if self.names(&directory).is_some_and(|names| !names.is_empty()) {
                found.push(relative(&self.base, &directory));
            }
            let entries = self.fs.list(&directory).unwrap_or_default();
            for entry in entries.iter().rev() {
                let skip = entry.name.starts_with(['.', '_']) || entry.name == "cue.mod";
                if entry.kind == EntryKind::Directory && !skip {
                    waiting.push(join(&directory, &entry.name));
                }
            }
        }
        found
    }

    /// The names of the CUE files of a directory that can count; `None` where it is none.
    fn names(&self, directory: &str) -> Option<Vec<String>> {
        let entries = self.fs.list(directory).ok()?;
        Some(
            entries
                .into_iter()
                .filter(|entry| entry.kind == EntryKind::File && counts(&entry.name))
                .map(|entry| entry.name)
                .collect(),
        )
    }

    /// The files of the package that is meant, why others are left out, and the packages found with
    /// their first files.
    #[allow(clippy::type_complexity, reason = "used by the two callers in this module only")]
    pub(super) fn select(
        &mut self,
        directory: &str,
        names: &[String],
        which: Selection<'_>,
    ) -> Result<(Vec<Arc<File>>, Vec<String>, Vec<(String, String)>), Error> {
        let mut files = Vec::new();
        let mut left_out = Vec::new();
        let mut found: Vec<(String, String)> = Vec::new();
        let mut errors = Vec::new();
        for name in names {
            let path = format!("{directory}/{name}");
            let shown = relative(&self.base, &path);
            let (file, reason) = match self.read(&path) {
                Ok(read) => read,
                Err(error) => {
                    errors.extend(error.into_diagnostics());
                    continue;
                }
            };
            if let Some(reason) = reason {
                left_out.push(format!("{shown}: {}", reason.text()));
                continue;
            }
            let package = package_name(&file);
            match (which, package) {
                (Selection::All, _) => {}
                (_, None) => {
                    left_out.push(format!("{shown}: no package name"));
                    continue;
                }
                (Selection::Named(wanted), Some(package)) if package != wanted => {
                    left_out.push(format!("{shown}: package is {package}, want {wanted}"));
                    continue;
                }
                _ => {}
            }
            if let Some(package) = package
                && found.iter().all(|(known, _)| known != package)
            {
                found.push((package.to_owned(), name.clone()));
            }
            files.push(file);
        }
        if errors.is_empty() { Ok((files, left_out, found)) } else { Err(Error::new(errors)) }
    }

    /// The files of the same package in the directories above, up to the module's.
    fn inherited_files(&mut self, directory: &str, package: &str) -> Result<Vec<Arc<File>>, Error> {
        let Some(root) = self.module.as_ref().map(|m| m.root.clone()) else {
            return Ok(Vec::new());
        };
        let mut all: Vec<Arc<File>> = Vec::new();
        let mut at = directory;
        while at.len() > root.len() && at.starts_with(&root) && !package.is_empty() {
            at = parent(at);
            let names = self.names(at).unwrap_or_default();
            let (mut files, ..) = self.select(at, &names, Selection::Named(package))?;
            files.append(&mut all);
            all = files;
        }
        Ok(all)
    }

    /// A directory's name as the reference quotes it: without `./`.
    fn plain(&self, directory: &str) -> String {
        let name = relative(&self.base, directory);
        name.strip_prefix("./").map_or(name.clone(), str::to_owned)
    }

    /// The names of a directory that is imported.
    pub(super) fn importable(&self, directory: &str) -> Option<Vec<String>> {
        self.names(directory).filter(|names| !names.is_empty())
    }
}

/// Whether a file of that name belongs to the packages of its directory.
fn counts(name: &str) -> bool {
    name.strip_suffix(".cue").is_some_and(|stem| {
        !name.starts_with(['.', '_']) && !stem.ends_with("_test") && !stem.ends_with("_tool")
    })
}

/// The name in the package clause; `None` where there is none or it is `_`.
pub(super) fn package_name(file: &File) -> Option<&str> {
    file.decls.iter().find_map(|decl| match decl {
        Decl::Package(p) if p.name.name != "_" => Some(p.name.name.as_str()),
        _ => None,
    })
}

fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(end) => &path[..end],
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn load(text: String) -> Error {
    Diagnostic::new("cue/package", Class::Load, text).into()
}
