//! Definitions by kind and name.
//!
//! A catalog is filled once, from texts, and then only read: rendering shares it between threads.
//! A definition that is added under a name that is taken replaces the older one, so that a directory
//! of one's own can overlay the built-in definitions.

use crate::error::Error;
use crate::oam::{self, Definition, DefinitionKind};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use vela_lang::diagnostic::{Diagnostic, Severity};
use vela_lang::nearest;
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
    text: Cow<'static, str>,
    read: OnceLock<Result<Arc<Definition>, Error>>,
}

impl Current {
    fn definition(&self) -> Result<&Arc<Definition>, &Error> {
        match self {
            Current::Read(definition) => Ok(definition),
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
    fn read(&self) -> Result<Arc<Definition>, Error> {
        let (definitions, _) = oam::definitions(&self.sources, &self.file, self.text.as_ref())?;
        let none = || Error::new(format!("{} holds no definition", self.file));
        definitions.into_iter().next().map(Arc::new).ok_or_else(none)
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

    /// Adds the definition of a file as [`Catalog::add_file`] does, but reads it only once it is needed,
    /// where its text says at a glance what it defines: what is wrong with it is told then.
    ///
    /// # Errors
    /// As [`Catalog::add_file`].
    pub fn add_file_lazily(&mut self, name: &str, text: &str) -> Result<Vec<Diagnostic>, Error> {
        let Some((kind, defined)) = name.ends_with(".cue").then(|| glance(text)).flatten() else {
            return self.add_file(name, text);
        };
        let warning = self.taken((kind, defined), name);
        self.add_unread((kind, defined), name.to_owned(), text.to_owned());
        Ok(warning.into_iter().collect())
    }

    /// A warning, where a definition takes the place of one that is not built in.
    fn twice(&self, definition: &Definition) -> Option<Diagnostic> {
        let mut finding =
            self.taken((definition.kind, &definition.metadata.name), &definition.file)?;
        finding.span = definition.template.as_ref().map(|template| template.file.span);
        Some(finding)
    }

    /// The same, for a definition of that kind and name in that file.
    fn taken(&self, (kind, name): (DefinitionKind, &str), file: &str) -> Option<Diagnostic> {
        let there = self.entries.get(&(kind, name.to_owned()))?.current.as_ref()?.file();
        if there.starts_with(BUILT_IN) || there == file {
            return None;
        }
        let message =
            format!("{kind} definition {name} of {file} takes the place of that of {there}");
        let mut finding = Diagnostic::new("def/twice", Class::Load, message);
        finding.severity = Severity::Warning;
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
        text: impl Into<Cow<'static, str>>,
    ) {
        let sources = self.engine.sources().clone();
        let unread = Unread { sources, file, text: text.into(), read: OnceLock::new() };
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
    /// There is none; the text names the nearest one. Or it is read only now, and wrong.
    pub fn get(&self, kind: DefinitionKind, name: &str) -> Result<&Arc<Definition>, Error> {
        let found = match self.find(kind, name)? {
            None if kind == DefinitionKind::Component => {
                self.find(DefinitionKind::Workload, name)?
            }
            found => found,
        };
        found.ok_or_else(|| {
            let plain = name.split('@').next().unwrap_or(name);
            let help = if name != plain && self.find(kind, plain).is_ok_and(|d| d.is_some()) {
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

    fn find(&self, kind: DefinitionKind, name: &str) -> Result<Option<&Arc<Definition>>, Error> {
        let (plain, version) = match name.split_once('@') {
            Some((plain, version)) => (plain, Some(version)),
            None => (name, None),
        };
        let Some(entry) = self.entries.get(&(kind, plain.to_owned())) else { return Ok(None) };
        let current = || match &entry.current {
            Some(current) => current.definition().map(Some).map_err(Error::clone),
            None => Ok(None),
        };
        let Some(version) = version else { return current() };
        if let Some(revision) = entry.revisions.get(version) {
            return Ok(Some(revision));
        }
        let of_version = |d: &&Arc<Definition>| {
            !d.spec.version.is_empty() && version.strip_prefix('v') == Some(&d.spec.version)
        };
        let found = current()?.filter(of_version);
        Ok(found.or_else(|| entry.revisions.values().find(of_version)))
    }

    /// The names of all definitions of a kind, sorted.
    pub fn names(&self, kind: DefinitionKind) -> impl Iterator<Item = &str> {
        self.entries
            .range((kind, String::new())..)
            .take_while(move |((k, _), _)| *k == kind)
            .map(|((_, name), _)| name.as_str())
    }

    /// All current definitions, by kind and name; without those that are read only now, and wrong.
    pub fn definitions(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.entries.values().filter_map(|entry| entry.current.as_ref()?.definition().ok())
    }
}

/// The kind and the name of what a definition file defines, where that can be told without reading it:
/// imports, a field of metadata with its type on a line of its own, and the template, all at the left
/// margin.
fn glance(text: &str) -> Option<(DefinitionKind, &str)> {
    let mut named = None;
    let mut kind = None;
    let mut template = false;
    for line in text.lines() {
        match line.strip_prefix('\t') {
            Some(inner) if named.is_some() && kind.is_none() && !template => {
                // What follows may be text.
                if inner.contains("\"\"\"") {
                    return None;
                }
                if let Some(written) = inner.strip_prefix("type:") {
                    let written = written.trim().strip_prefix('"')?.strip_suffix('"')?;
                    kind = Some(DefinitionKind::of_type(written)?);
                }
            }
            Some(_) => {}
            None if line.is_empty() || line.starts_with("//") || matches!(line, ")" | "}") => {}
            None if line.starts_with("import ") && named.is_none() => {}
            None if line == "template: {" && !template => template = true,
            None if named.is_none() => {
                let label = line.strip_suffix(": {")?;
                let label = match label.strip_prefix('"') {
                    Some(quoted) => quoted.strip_suffix('"')?,
                    None => label,
                };
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
                if label.is_empty() || !label.chars().all(plain) {
                    return None;
                }
                named = Some(label);
            }
            None => return None,
        }
    }
    if template { Some((kind?, named?)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::glance;
    use crate::oam::DefinitionKind;

    #[test]
    fn what_is_clear_is_seen_at_a_glance() {
        let plain = "import (\n\t\"list\"\n)\n\n// It notes.\nnote: {\n\ttype: \"component\"\n}\ntemplate: {\n\toutput: {}\n}\n";
        assert_eq!(glance(plain), Some((DefinitionKind::Component, "note")));
        let quoted = plain.replace("note: {", "\"a-note\": {").replace("component", "policy");
        assert_eq!(glance(&quoted), Some((DefinitionKind::Policy, "a-note")));
        for (from, to) in [
            ("\ttype", "\tkind"),
            ("component", "compnent"),
            ("template: {", "templates: {"),
            ("// It notes.", "more: {}"),
            ("note: {", "note: close({"),
            ("note: {", "\"no\\te\": {"),
            ("\t\"list\"", "\"list\""),
        ] {
            assert_eq!(glance(&plain.replace(from, to)), None, "{to}");
        }
    }
}
