//! The file system of this machine.

use std::io::ErrorKind;
use vela_lang::module::{Entry, EntryKind, FsError, SourceFs};

/// Files of this machine.
#[derive(Clone, Copy, Default, Debug)]
pub struct OsFs;

impl OsFs {
    /// The current directory, as [`SourceFs`] writes paths.
    ///
    /// # Errors
    /// There is none, or its name is not UTF-8.
    pub fn current_directory() -> Result<String, FsError> {
        let path = std::env::current_dir().map_err(|e| error(&e))?;
        path.into_os_string()
            .into_string()
            .map_err(|name| FsError::Other(format!("the directory name {name:?} is not UTF-8")))
    }
}

impl SourceFs for OsFs {
    fn read(&self, path: &str) -> Result<Vec<u8>, FsError> {
        std::fs::read(path).map_err(|e| error(&e))
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, FsError> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|e| error(&e))? {
            let entry = entry.map_err(|e| error(&e))?;
            // What is not UTF-8 can't be named in CUE.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Some(kind) = self.kind(&format!("{path}/{name}")) else { continue };
            entries.push(Entry { name, kind });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        let data = std::fs::metadata(path).ok()?;
        Some(if data.is_dir() { EntryKind::Directory } else { EntryKind::File })
    }
}

fn error(error: &std::io::Error) -> FsError {
    match error.kind() {
        ErrorKind::NotFound => FsError::NotFound,
        ErrorKind::IsADirectory => FsError::Other("is a directory".to_owned()),
        _ => FsError::Other(error.to_string()),
    }
}
