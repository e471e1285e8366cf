//! Modules: a directory with `cue.mod/module.cue`.

use super::fs::{EntryKind, SourceFs};
use super::path::relative;
use crate::diagnostic::{Class, Diagnostic, Error};
use crate::engine::Engine;
use std::fmt::Write as _;

/// The language version that this implementation speaks.
const LANGUAGE: [u64; 3] = [0, 17, 1];

/// A module: its directory and what `module.cue` says about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Module {
    /// Its directory, absolute.
    pub root: String,
    /// Its path without a version; empty where it has none.
    pub path: String,
    /// Its major version, such as `v0`.
    pub major: String,
}

impl Module {
    /// The module that a directory lies in: the nearest directory upwards that has `cue.mod`.
    ///
    /// # Errors
    /// `module.cue` does not load, or asks for a newer language.
    pub fn find(
        engine: &Engine,
        fs: &dyn SourceFs,
        directory: &str,
        base: &str,
    ) -> Result<Option<Module>, Error> {
        let mut at = directory.trim_end_matches('/');
        loop {
            if fs.kind(&format!("{at}/cue.mod")) == Some(EntryKind::Directory) {
                return Module::read(engine, fs, at, base).map(Some);
            }
            match at.rfind('/') {
                Some(end) => at = &at[..end],
                None => return Ok(None),
            }
        }
    }

    /// The full name: `example.com/m@v0`.
    pub fn name(&self) -> String {
        let mut name = self.path.clone();
        let _ = write!(name, "@{}", self.major);
        name
    }

    fn read(engine: &Engine, fs: &dyn SourceFs, root: &str, base: &str) -> Result<Module, Error> {
        let mut module =
            Module { root: root.to_owned(), path: String::new(), major: "v0".to_owned() };
        let file = format!("{root}/cue.mod/module.cue");
        let Ok(bytes) = fs.read(&file) else { return Ok(module) };
        let name = relative(base, &file);
        let text = String::from_utf8(bytes).map_err(|_| not_utf8(&name))?;
        let value = engine.eval(&name, text)?;
        if let Some(path) =
            value.field("module").and_then(|v| v.default().as_str().map(str::to_owned))
        {
            match path.split_once('@') {
                Some((path, major)) => {
                    module.path = path.to_owned();
                    module.major = major.to_owned();
                }
                None => module.path = path,
            }
        }
        let version = value
            .field("language")
            .and_then(|language| language.field("version"))
            .and_then(|version| version.as_str().map(str::to_owned));
        let Some(version) = version else {
            let text = "no language version declared in module.cue; run 'cue mod fix'";
            return Err(invalid(text));
        };
        let numbers: Vec<u64> = version
            .trim_start_matches('v')
            .split(['.', '-'])
            .take(3)
            .filter_map(|part| part.parse().ok())
            .collect();
        if numbers.as_slice() > LANGUAGE.as_slice() {
            return Err(invalid(&format!(
                "language version {version:?} declared in module.cue is too new for current \
                 language version \"v0.17.1\""
            )));
        }
        Ok(module)
    }
}

fn invalid(text: &str) -> Error {
    Diagnostic::new("cue/module", Class::Load, format!("invalid module.cue file: {text}")).into()
}

/// A file that is not text.
pub(super) fn not_utf8(name: &str) -> Error {
    Diagnostic::new("cue/encoding", Class::Load, format!("{name}: the file is not UTF-8"))
        .help("CUE files are UTF-8 text; convert it, or check that it is the right file")
        .into()
}
