//! Definitions by kind and name.
//!
//! A catalog is filled once, from texts, and then only read: rendering shares it between threads.
//! A definition that is added under a name that is taken replaces the older one, so that a directory
//! of one's own can overlay the built-in definitions.

use crate::error::Error;
use crate::nearest::nearest;
use crate::oam::{self, Definition, DefinitionKind};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use vela_lang::diagnostic::{Diagnostic, Severity};
use vela_lang::{Class, Engine, Sources};

/// Definitions by kind and name.
#[derive(Clone, Default, Debug)]
pub struct Catalog {
    engine: Engine,
    entries: BTreeMap<(DefinitionKind, String), Entry>,
}

/// The definitions of one name.
#[derive(Clone, Default, Debug)]
struct Entry {
    current: Option<Current>,
    /// Revisions by name (`v3`).
    revisions: BTreeMap<String, Arc<Definition>>,
}

/// The definition of a name, or the text that it is read from once somebody needs it.
#[derive(Clone, Debug)]
enum Current {
    Read(Arc<Definition>),
    Unread(Arc<Unread>),
}

/// A definition that nobody has needed yet.
#[derive(Debug)]
struct Unread {
    sources: Sources,
    file: String,
    text: &'static str,
    read: OnceLock<Option<Arc<Definition>>>,
}

impl Current {
    fn definition(&self) -> Option<&Arc<Definition>> {
        match self {
            Current::Read(definition) => Some(definition),
            Current::Unread(unread) => unread.read.get_or_init(|| unread.read()).as_ref(),
        }
    }

    fn file(&self) -> &str {
        match self {
            Current::Read(definition) => &definition.file,
            Current::Unread(unread) => &unread.file,
        }
    }
}

impl Unread {
    fn read(&self) -> Option<Arc<Definition>> {
        let (definitions, _) = oam::definitions(&self.sources, &self.file, self.text).ok()?;
        definitions.into_iter().next().map(Arc::new)
    }
}

/// A tree of texts, so that a catalog can be read from a directory, an archive or memory.
pub trait Files {
    /// The entries of a directory: their names, and whether they are directories.
    ///
    /// # Errors
    /// The directory can't be read.
    fn entries(&self, directory: &str) -> std::io::Result<Vec<(String, bool)>>;

    /// The text of a file.
    ///
    /// # Errors
    /// The file can't be read.
    fn read(&self, file: &str) -> std::io::Result<String>;
}

/// How the files of definitions begin that others take the place of as a matter of course.
pub const BUILT_IN: &str = "builtin/";

/// How deep directories are read.
const DEPTH: usize = 32;

impl Catalog {
    /// An empty catalog whose templates are compiled by `engine`.
    pub fn new(engine: Engine) -> Catalog {
        Catalog { engine, entries: BTreeMap::new() }
    }

    /// The engine that compiles the templates.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The texts that definitions come from.
    pub fn sources(&self) -> &Sources {
        self.engine.sources()
    }

    /// Adds the definitions of a file: a `.cue` definition file, or YAML or JSON with custom
    /// resources; objects of other kinds and files with other endings are passed over. Gives
    /// warnings.
    ///
    /// # Errors
    /// The file is no definition, or a wrong one.
    pub fn add_file(&mut self, name: &str, text: &str) -> Result<Vec<Diagnostic>, Error> {
        let (definitions, mut warnings) = oam::definitions(self.engine.sources(), name, text)?;
        for definition in definitions {
            warnings.extend(self.twice(&definition));
            self.add(definition);
        }
        Ok(warnings)
    }

    /// A warning, where a definition takes the place of one that is not built in.
    fn twice(&self, definition: &Definition) -> Option<Diagnostic> {
        let name = &definition.metadata.name;
        let there = self.entries.get(&(definition.kind, name.clone()))?.current.as_ref()?.file();
        if there.starts_with(BUILT_IN) || there == definition.file {
            return None;
        }
        let message = format!(
            "{} definition {name} of {} takes the place of that of {}",
            definition.kind, definition.file, there
        );
        let place = definition.template.as_ref().map(|template| template.file.span);
        let mut finding = Diagnostic::new("def/twice", Class::Load, message);
        finding.severity = Severity::Warning;
        finding.span = place;
        Some(finding)
    }

    /// Adds the definitions of all files in a directory and the directories in it, in the order of
    /// their names. Gives warnings.
    ///
    /// # Errors
    /// Something can't be read, or a file is a wrong definition.
    pub fn add_directory(
        &mut self,
        files: &dyn Files,
        directory: &str,
    ) -> Result<Vec<Diagnostic>, Error> {
        let mut warnings = Vec::new();
        let mut open = vec![(directory.to_owned(), 0)];
        while let Some((directory, depth)) = open.pop() {
            let mut entries = files
                .entries(&directory)
                .map_err(|e| Error::new(format!("cannot read directory {directory}: {e}")))?;
            entries.sort();
            let mut inner = Vec::new();
            for (name, is_directory) in entries {
                let path = format!("{}/{name}", directory.trim_end_matches('/'));
                if is_directory {
                    if depth < DEPTH {
                        inner.push((path, depth + 1));
                    }
                } else if oam::is_definition_file(&name) {
                    let text = files
                        .read(&path)
                        .map_err(|e| Error::new(format!("cannot read {path}: {e}")))?;
                    warnings.extend(self.add_file(&path, &text)?);
                }
            }
            open.extend(inner.into_iter().rev());
        }
        Ok(warnings)
    }

    /// Adds a definition; one of the same kind and name gives way.
    pub fn add(&mut self, definition: Definition) {
        let entry =
            self.entries.entry((definition.kind, definition.metadata.name.clone())).or_default();
        entry.current = Some(Current::Read(Arc::new(definition)));
    }

    /// Adds a definition whose kind and name are known, and whose text is known to be right: it is read
    /// once it is needed. One of the same kind and name gives way.
    pub fn add_unread(
        &mut self,
        (kind, name): (DefinitionKind, &str),
        file: String,
        text: &'static str,
    ) {
        let sources = self.engine.sources().clone();
        let unread = Unread { sources, file, text, read: OnceLock::new() };
        let entry = self.entries.entry((kind, name.to_owned())).or_default();
        entry.current = Some(Current::Unread(Arc::new(unread)));
    }

    /// Adds a revision (`v3`) of a definition; the current one stays.
    pub fn add_revision(&mut self, revision: &str, definition: Definition) {
        let entry =
            self.entries.entry((definition.kind, definition.metadata.name.clone())).or_default();
        entry.revisions.insert(revision.to_owned(), Arc::new(definition));
    }

    /// The definition of a name, or of a name and revision or version: `webservice`,
    /// `webservice@v3`, `webservice@v1.2.3`. A component type may be a workload definition too.
    ///
    /// # Errors
    /// There is none; the text names the nearest one.
    pub fn get(&self, kind: DefinitionKind, name: &str) -> Result<&Arc<Definition>, Error> {
        let found = self.find(kind, name).or_else(|| match kind {
            DefinitionKind::Component => self.find(DefinitionKind::Workload, name),
            _ => None,
        });
        found.ok_or_else(|| {
            let plain = name.split('@').next().unwrap_or(name);
            let help = if name != plain && self.find(kind, plain).is_some() {
                let revisions = self
                    .entries
                    .get(&(kind, plain.to_owned()))
                    .map(|e| e.revisions.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
                    .filter(|names| !names.is_empty());
                match revisions {
                    Some(names) => format!("; it has the revisions {names}"),
                    None => String::from("; it has no revisions here, only the current one"),
                }
            } else {
                match nearest(plain, self.names(kind)) {
                    Some(near) => format!("; did you mean {near}?"),
                    None => String::new(),
                }
            };
            Error::new(format!("{kind} definition {name:?} not found{help}"))
        })
    }

    fn find(&self, kind: DefinitionKind, name: &str) -> Option<&Arc<Definition>> {
        let Some((name, version)) = name.split_once('@') else {
            return self.entries.get(&(kind, name.to_owned()))?.current.as_ref()?.definition();
        };
        let entry = self.entries.get(&(kind, name.to_owned()))?;
        let of_version = |d: &&Arc<Definition>| {
            !d.spec.version.is_empty() && version.strip_prefix('v') == Some(&d.spec.version)
        };
        entry
            .revisions
            .get(version)
            .or_else(|| entry.current.as_ref()?.definition().filter(of_version))
            .or_else(|| entry.revisions.values().find(of_version))
    }

    /// The names of all definitions of a kind, sorted.
    pub fn names(&self, kind: DefinitionKind) -> impl Iterator<Item = &str> {
        self.entries
            .range((kind, String::new())..)
            .take_while(move |((k, _), _)| *k == kind)
            .map(|((_, name), _)| name.as_str())
    }

    /// All current definitions, by kind and name.
    pub fn definitions(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.entries.values().filter_map(|entry| entry.current.as_ref()?.definition())
    }
}
