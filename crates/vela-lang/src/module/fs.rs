//! Where source files are read from.

use std::collections::BTreeMap;
use std::fmt;

/// What a directory holds under a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// Something with content.
    File,
    /// Something with entries.
    Directory,
}

/// One entry of a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its name, without the directory.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// Why something can't be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FsError {
    /// There is no such file or directory.
    NotFound,
    /// Anything else, in the system's words.
    Other(String),
}

impl fmt::Display for FsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FsError::NotFound => f.write_str("no such file or directory"),
            FsError::Other(text) => f.write_str(text),
        }
    }
}

/// A tree of files. Paths are absolute, clean, and separated by `/`.
pub trait SourceFs {
    /// The content of a file.
    ///
    /// # Errors
    /// It is not there, or it can't be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, FsError>;

    /// The entries of a directory, sorted by name.
    ///
    /// # Errors
    /// It is not there, or it can't be read.
    fn list(&self, path: &str) -> Result<Vec<Entry>, FsError>;

    /// What there is, if anything.
    fn kind(&self, path: &str) -> Option<EntryKind>;
}

/// Files in memory.
///
/// ```
/// use vela_lang::module::{MemoryFs, SourceFs};
/// let fs = MemoryFs::new([("/app/a.cue", "a: 1")]);
/// assert_eq!(fs.read("/app/a.cue").unwrap(), b"a: 1");
/// assert_eq!(fs.list("/app").unwrap()[0].name, "a.cue");
/// ```
#[derive(Clone, Default, Debug)]
pub struct MemoryFs {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryFs {
    /// A tree of these files.
    pub fn new<P: Into<String>, T: Into<Vec<u8>>>(
        files: impl IntoIterator<Item = (P, T)>,
    ) -> MemoryFs {
        MemoryFs { files: files.into_iter().map(|(p, t)| (p.into(), t.into())).collect() }
    }

    fn below<'a>(&'a self, directory: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let prefix = format!("{}/", directory.trim_end_matches('/'));
        self.files
            .range(prefix.clone()..)
            .map(|(path, _)| path.as_str())
            .take_while({
                let prefix = prefix.clone();
                move |path| path.starts_with(&prefix)
            })
            .filter_map(move |path| path.get(prefix.len()..))
    }
}

impl SourceFs for MemoryFs {
    fn read(&self, path: &str) -> Result<Vec<u8>, FsError> {
        self.files.get(path).cloned().ok_or(FsError::NotFound)
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, FsError> {
        let mut entries: Vec<Entry> = Vec::new();
        for rest in self.below(path) {
            let (name, kind) = match rest.split_once('/') {
                Some((name, _)) => (name, EntryKind::Directory),
                None => (rest, EntryKind::File),
            };
            if entries.last().is_none_or(|last| last.name != name) {
                entries.push(Entry { name: name.to_owned(), kind });
            }
        }
        if entries.is_empty() { Err(FsError::NotFound) } else { Ok(entries) }
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        if self.files.contains_key(path) {
            return Some(EntryKind::File);
        }
        self.below(path).next().map(|_| EntryKind::Directory)
    }
}
