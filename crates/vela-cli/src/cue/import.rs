//! `vela cue import`: data files as CUE.

use super::document::{self, Document};
use super::encoding::Encoding;
use super::layout::Layout;
use super::placement::{Placement, declarations};
use super::{ErrorFormat, report};
use crate::failure::Failure;
use clap::Args;
use std::io::Write;
use vela::OsFs;
use vela::lang::module::{EntryKind, Packages, SourceFs, Tags, join, relative};
use vela::lang::source::Sources;
use vela::lang::syntax::{self, ast::Decl};
use vela::lang::{Engine, Error, format};

/// Write data files as CUE.
#[derive(Args)]
pub(crate) struct Import {
    /// A format (auto, json, yaml, toml, text) and files, directories, or `-` for standard input.
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    #[command(flatten)]
    placement: Placement,
    /// Write a file for each document.
    #[arg(long)]
    files: bool,
    /// Write to this file; `-` is standard output.
    #[arg(short = 'o', long = "outfile", value_name = "FILE")]
    file: Option<String>,
    /// Overwrite files.
    #[arg(short = 'f', long)]
    force: bool,
    /// Say what would be written, and write nothing.
    #[arg(long = "dry-run")]
    dry_run: bool,
    /// The package that the CUE belongs to.
    #[arg(short = 'p', long = "package", value_name = "NAME")]
    package: Option<String>,
    /// Take the files of directories whose names match.
    #[arg(short = 'n', long = "name", value_name = "REGEXP")]
    name: Option<String>,
    /// Take the files of directories that have one of these extensions.
    #[arg(long = "ext", value_name = "EXTENSION")]
    extensions: Vec<String>,
}

/// A file to be written: its name and its text.
type Output = (String, String);

impl Import {
    pub(crate) fn run(&self, format: ErrorFormat) -> Result<(), Failure> {
        static FS: OsFs = OsFs;
        let engine = Engine::new();
        let base = OsFs::current_directory()
            .map_err(|error| Failure::new(format!("current directory: {error}")))?;
        let fail = |error: Error| report::failure(error, engine.sources(), format);
        let tags = Tags::new(std::iter::empty::<&str>());
        let mut packages = Packages::new(&engine, &FS, &base, tags).map_err(fail)?;
        let mut outputs: Vec<Output> = Vec::new();
        for (path, encoding) in self.sources(&base)? {
            let documents = document::read(&engine, &packages, &path, encoding).map_err(fail)?;
            outputs.extend(self.converted(
                &path,
                encoding,
                documents,
                &engine,
                &mut packages,
                &fail,
            )?);
        }
        self.deliver(&base, outputs)
    }

    /// The CUE of a data file: one text, or with `--files` one for each document.
    fn converted(
        &self,
        path: &str,
        encoding: Encoding,
        documents: Vec<Document>,
        engine: &Engine,
        packages: &mut Packages<'static>,
        fail: &dyn Fn(Error) -> Failure,
    ) -> Result<Vec<Output>, Failure> {
        if documents.len() > 1 && !self.files && !self.placement.takes_several() {
            return Err(Failure::new(format!(
                "path, list, or files flag needed to handle multiple objects in file {}",
                if path.starts_with(['.', '/', '-']) {
                    path.to_owned()
                } else {
                    format!("./{path}")
                }
            )));
        }
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let source = documents.first().and_then(|d| engine.sources().get(d.source));
        let text = source.as_ref().map_or("", |source| source.text.as_str());
        let groups: Vec<Vec<Document>> = if self.files {
            documents.into_iter().map(|document| vec![document]).collect()
        } else {
            vec![documents]
        };
        let mut outputs = Vec::new();
        for (index, group) in groups.into_iter().enumerate() {
            let placed = self.placement.place(group, engine, packages, fail)?;
            let name =
                if index == 0 { format!("{stem}.cue") } else { format!("{stem}-{index}.cue") };
            outputs.push((name, self.text(&declarations(placed), Layout::new(text, encoding))));
        }
        Ok(outputs)
    }

    fn text(&self, decls: &[Decl], layout: Layout<'_>) -> String {
        let head =
            self.package.as_ref().map_or(String::new(), |name| format!("package {name}\n\n"));
        let rough = head + &layout.declarations(decls);
        let sources = Sources::default();
        let parsed = syntax::parse(&sources, "import", rough.as_str());
        let mut file = parsed.file;
        format::simplify(&mut file);
        match sources.get(parsed.source) {
            Some(source) if parsed.errors.is_empty() => format::format(&file, &source),
            _ => rough,
        }
    }

    fn deliver(&self, base: &str, outputs: Vec<Output>) -> Result<(), Failure> {
        let standard = self.inputs.iter().any(|input| input == "-") && self.file.is_none();
        if standard || self.file.as_deref() == Some("-") {
            let mut out = std::io::stdout().lock();
            for (_, text) in &outputs {
                out.write_all(text.as_bytes())?;
            }
            out.flush()?;
            return Ok(());
        }
        let outputs = match &self.file {
            Some(file) => vec![(file.clone(), outputs.into_iter().map(|(_, text)| text).collect())],
            None => outputs,
        };
        let mut err = std::io::stderr().lock();
        for (name, text) in outputs {
            let path = join(base, &name);
            if self.dry_run {
                let shown = relative(base, &path);
                writeln!(err, "importing into {}", shown.trim_start_matches("./"))?;
            } else if OsFs.kind(&path).is_some() && !self.force {
                writeln!(err, "Skipping file {path:?}: already exists.\nUse -f to override.")?;
            } else {
                std::fs::write(&path, &text)
                    .map_err(|error| Failure::new(format!("error writing {name:?}: {error}")))?;
            }
        }
        Ok(())
    }

    /// The files to read, with their formats.
    fn sources(&self, base: &str) -> Result<Vec<(String, Encoding)>, Failure> {
        let mut inputs = self.inputs.as_slice();
        let mut mode = None;
        if let Some((first, rest)) = inputs.split_first()
            && !first.contains(['/', '\\', ':', '.'])
            && first != "-"
        {
            mode = match first.as_str() {
                "auto" | "data" => None,
                name => Some(Encoding::named(name)?),
            };
            inputs = rest;
        }
        let pattern = self.name.as_deref().map(regex::Regex::new).transpose();
        let pattern = pattern.map_err(|error| Failure::new(format!("invalid --name: {error}")))?;
        let default = [".".to_owned()];
        let inputs = if inputs.is_empty() { &default[..] } else { inputs };
        let mut scope = None;
        let mut found = Vec::new();
        for input in inputs {
            if let Some(qualifier) = input.strip_suffix(':')
                && !qualifier.contains('/')
            {
                scope = Some(Encoding::named(qualifier)?);
                continue;
            }
            if input == "-" {
                found.push(("-".to_owned(), scope.or(mode).unwrap_or(Encoding::Json)));
                continue;
            }
            let (directory, deep) = match input.strip_suffix("...") {
                Some(directory) => (directory.trim_end_matches('/'), true),
                None => (input.as_str(), false),
            };
            let directory = if directory.is_empty() { "." } else { directory };
            match OsFs.kind(&join(base, directory)) {
                Some(EntryKind::Directory) => {
                    let takes = |name: &str| {
                        let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
                        let known = Encoding::of_file(name).and_then(Result::ok);
                        let fits = match (self.extensions.as_slice(), mode) {
                            ([], Some(mode)) => known.is_some_and(|k| k.is_read_as(mode)),
                            ([], None) => known.is_some_and(Encoding::is_data),
                            (some, _) => some.iter().any(|e| e == extension),
                        };
                        let named = pattern.as_ref().is_none_or(|p| p.is_match(name));
                        (fits && named).then(|| mode.or(known).unwrap_or(Encoding::Json))
                    };
                    walk(base, directory, deep, &takes, &mut found);
                }
                Some(EntryKind::File) => {
                    let encoding = match scope {
                        Some(encoding) => encoding,
                        None => match Encoding::of_file(input) {
                            Some(encoding) => encoding?,
                            None => {
                                let extension = input.rsplit_once('.').map_or("", |(_, e)| e);
                                let text = format!("unknown file extension .{extension}");
                                return Err(Failure::new(text));
                            }
                        },
                    };
                    found.push((input.clone(), encoding));
                }
                None => {
                    let path = join(base, input);
                    return Err(Failure::new(format!("stat {path}: no such file or directory")));
                }
            }
        }
        Ok(found)
    }
}

/// The files of a directory, and with `deep` of those below it.
fn walk(
    base: &str,
    directory: &str,
    deep: bool,
    takes: &dyn Fn(&str) -> Option<Encoding>,
    found: &mut Vec<(String, Encoding)>,
) {
    let entries = OsFs.list(&join(base, directory)).unwrap_or_default();
    let path = |name: &str| match directory {
        "." => name.to_owned(),
        directory => format!("{}/{name}", directory.trim_end_matches('/')),
    };
    for entry in &entries {
        if entry.kind == EntryKind::File
            && let Some(encoding) = takes(&entry.name)
        {
            found.push((path(&entry.name), encoding));
        }
    }
    let below = entries.iter().filter(|e| deep && e.kind == EntryKind::Directory);
    for entry in below.filter(|e| !e.name.starts_with(['.', '_']) && e.name != "cue.mod") {
        walk(base, &path(&entry.name), deep, takes, found);
    }
}
