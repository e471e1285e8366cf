//! Imports: paths to packages of the module and of `cue.mod/{pkg,gen,usr}`.

use super::package::{Packages, Selection};
use crate::diagnostic::{Diagnostic, Error};
use crate::ir::{Loader, no_builtin, no_module};
use crate::source::Span;
use crate::syntax::ast::File;
use std::sync::Arc;

/// Directories below `cue.mod` that provide packages; all that have a path are unified.
const VENDORED: [&str; 3] = ["pkg", "gen", "usr"];

impl Loader for Packages<'_> {
    fn load(&mut self, path: &str, at: Span) -> Result<Vec<Arc<File>>, Error> {
        let fail = |text: String| Error::from(Diagnostic::load("cue/import", at, text));
        let (location, qualifier) = match path.rsplit_once(':') {
            Some((location, name)) => (location, Some(name)),
            None => (path, None),
        };
        if location.starts_with("./") || location.starts_with("../") || location == "." {
            return Err(fail(format!("relative import paths not allowed ({path:?})")));
        }
        if location
            .split('/')
            .next()
            .is_some_and(|first| !first.contains('.') && !first.contains('@'))
            && self.directories(location).is_empty()
        {
            return Err(no_builtin(path, at).into());
        }
        let Some(module) = self.module() else { return Err(no_module(at).into()) };
        let prefix = format!("{}: import failed", module.name());
        let (bare, _) = location.split_once('@').unwrap_or((location, ""));
        let last = bare.rsplit('/').next().unwrap_or(bare);
        let name = qualifier.unwrap_or(last);
        let directories = self.directories(location);
        let mut files = Vec::new();
        let mut reasons = Vec::new();
        for directory in &directories {
            let Some(names) = self.importable(directory) else { continue };
            let selected = self.select(directory, &names, Selection::Named(name));
            let (mut some, left_out, _) = selected?;
            files.append(&mut some);
            reasons.extend(left_out);
        }
        if !files.is_empty() {
            return Ok(files);
        }
        // Where the path names no package by its last element, the only package there is meant.
        if let (None, [only]) = (qualifier, directories.as_slice())
            && let Some(names) = self.importable(only)
            && let Ok((files, _, found)) = self.select(only, &names, Selection::Only)
            && found.len() == 1
        {
            return Ok(files);
        }
        if !reasons.is_empty() {
            return Err(fail(format!(
                "{prefix}: cannot find package {path:?}: no files in package directory with package name {name:?}"
            )));
        }
        let text = format!(
            "{prefix}: cannot find package {path:?}: cannot find module providing package {location}"
        );
        let help =
            "packages come from this module and from cue.mod/pkg, cue.mod/gen and cue.mod/usr";
        Err(Diagnostic::load("cue/import", at, text).help(help).into())
    }
}

impl Packages<'_> {
    /// The directories that may hold the package with that path, absolute.
    pub fn directories(&self, location: &str) -> Vec<String> {
        let Some(module) = self.module() else { return Vec::new() };
        let (bare, _) = location.split_once('@').unwrap_or((location, ""));
        let own = match bare.strip_prefix(module.path.as_str()) {
            _ if module.path.is_empty() => None,
            Some("") => Some(module.root.clone()),
            Some(rest) => rest.strip_prefix('/').map(|rest| format!("{}/{rest}", module.root)),
            None => None,
        };
        let vendored = VENDORED.iter().map(|kind| format!("{}/cue.mod/{kind}/{bare}", module.root));
        own.into_iter()
            .chain(vendored)
            .filter(|directory| self.importable(directory).is_some())
            .collect()
    }
}
