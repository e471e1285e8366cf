//! Arguments to instances: packages, lists of files, data files, standard input.

use super::document::{self, Document, as_file};
use super::encoding::Encoding;
use super::placement::{Placement, declarations};
use super::{ErrorFormat, report};
use crate::failure::Failure;
use clap::Args;
use std::io::Read;
use std::sync::Arc;
use vela::OsFs;
use vela::lang::export::ImportName;
use vela::lang::module::{Instance, Packages, Selection, SourceFs, Tags, join};
use vela::lang::syntax::ast::{Expr, File};
use vela::lang::{Engine, Error, Inputs, Path, Program, Span, Value, ir, syntax};

/// What all commands that read CUE take.
#[derive(Args, Clone)]
pub(crate) struct Input {
    /// Packages (`.`, `./sub`, `./...`, `.:name`), files, or `-` for standard input.
    #[arg(value_name = "INPUT")]
    pub(crate) inputs: Vec<String>,
    /// Set a tag: `name` or `name=value`.
    #[arg(short = 't', long = "inject", value_name = "TAG")]
    tags: Vec<String>,
    /// The package that files without a package clause belong to.
    #[arg(short = 'p', long = "package", value_name = "NAME")]
    package: Option<String>,
    #[command(flatten)]
    placement: Placement,
}

/// What the arguments mean.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    pub(crate) packages: Packages<'static>,
    pub(crate) instances: Vec<Instance>,
    /// Data files that no instance was merged with.
    pub(crate) documents: Vec<Document>,
    /// Whether CUE was given, rather than only data.
    pub(crate) has_cue: bool,
    /// Whether data files became part of the instance.
    pub(crate) is_merged: bool,
    format: ErrorFormat,
}

/// Values and what their source calls the packages it uses.
pub(crate) struct Evaluated {
    pub(crate) values: Vec<Value>,
    pub(crate) imports: Vec<ImportName>,
}

/// One argument.
enum Argument {
    Package(String),
    File(String, Encoding),
}

impl Input {
    /// Finds and reads what the arguments name. With `merge`, data files become part of the instance.
    pub(crate) fn load(&self, merge: bool, format: ErrorFormat) -> Result<Loaded, Failure> {
        static FS: OsFs = OsFs;
        let engine = Engine::new();
        let base = OsFs::current_directory()
            .map_err(|error| Failure::new(format!("current directory: {error}")))?;
        let fail = |error: Error| report::failure(error, engine.sources(), format);
        let tags = Tags::new(self.tags.iter().map(String::as_str));
        let mut packages = Packages::new(&engine, &FS, &base, tags).map_err(fail)?;

        let mut names: Vec<String> = Vec::new();
        let mut files: Vec<(String, Encoding)> = Vec::new();
        for argument in arguments(&self.inputs, &base, &packages)? {
            match argument {
                Argument::Package(name) => names.push(name),
                Argument::File(path, encoding) => files.push((path, encoding)),
            }
        }
        if names.is_empty() && files.is_empty() {
            names.push(".".to_owned());
        }

        let mut instances = Vec::new();
        let mut errors = Vec::new();
        for name in &names {
            match named(&mut packages, name) {
                Ok(found) => instances.extend(found),
                Err(error) => errors.extend(error.into_diagnostics()),
            }
        }
        files.sort_by(|(one, _), (other, _)| one.cmp(other));
        let (cue, data): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(_, e)| *e == Encoding::Cue);
        if !cue.is_empty() {
            let read = listed(&mut packages, &cue).map_err(fail)?;
            if let Some(name) = self.package()
                && !read.name.is_empty()
                && read.name != name
            {
                return Err(Failure::new(format!(
                    "\"package\" flag clashes with existing package name ({name} vs {})",
                    read.name
                )));
            }
            instances.push(read);
        }
        if !errors.is_empty() {
            return Err(fail(Error::new(errors)));
        }
        let has_cue = !instances.is_empty();
        if instances.len() > 1 && !data.is_empty() {
            return Err(Failure::new(format!(
                "too many packages defined ({}) in combination with files",
                instances.len()
            )));
        }
        let mut documents = Vec::new();
        let mut is_merged = false;
        for (path, encoding) in &data {
            documents.extend(document::read(&engine, &packages, path, *encoding).map_err(fail)?);
        }
        if merge && !documents.is_empty() {
            is_merged = true;
            if instances.is_empty() {
                let label = String::new();
                instances.push(Instance { name: String::new(), label, files: Vec::new() });
            }
            let merged: Vec<Arc<File>> = if self.placement.is_none() {
                documents.drain(..).map(|document| Arc::new(as_file(document.expr))).collect()
            } else {
                let all = std::mem::take(&mut documents);
                let placed = self.placement.place(all, &engine, &mut packages, &fail)?;
                let decls = declarations(placed);
                vec![Arc::new(File { span: Span::NONE, decls, trailing: Vec::new() })]
            };
            if let Some(only) = instances.first_mut() {
                only.files.extend(merged);
            }
        }
        if let Some(error) = unused(&packages) {
            return Err(fail(error));
        }
        Ok(Loaded { engine, packages, instances, documents, has_cue, is_merged, format })
    }

    /// The package name that was asked for.
    pub(crate) fn package(&self) -> Option<&str> {
        self.package.as_deref()
    }
}

impl Loaded {
    pub(crate) fn fail(&self, error: Error) -> Failure {
        report::failure(error, self.engine.sources(), self.format)
    }

    /// Reads expressions given on the command line.
    pub(crate) fn expressions(&self, texts: &[String], place: &str) -> Result<Vec<Expr>, Failure> {
        let mut exprs = Vec::new();
        let mut errors = Vec::new();
        for text in texts {
            let parsed = syntax::parse_expr(self.engine.sources(), place, text.clone());
            errors.extend(parsed.errors);
            exprs.push(parsed.expr);
        }
        if errors.is_empty() { Ok(exprs) } else { Err(self.fail(Error::new(errors))) }
    }

    /// The program of these files.
    pub(crate) fn program(&mut self, files: &[Arc<File>]) -> Result<Program, Failure> {
        self.compile(files, &[]).map_err(|error| self.fail(super::eval::relative(error)))
    }

    /// Drops all trees, so that their memory is there for what is evaluated last.
    pub(crate) fn forget_files(&mut self) {
        self.instances.clear();
        self.packages.forget_files();
    }

    /// The value of an instance, or of each expression in it. The trees are dropped when they are
    /// compiled.
    pub(crate) fn evaluate(
        &mut self,
        files: Vec<Arc<File>>,
        exprs: &[Expr],
    ) -> Result<Evaluated, Failure> {
        self.evaluate_with(files, exprs, Inputs::default())
    }

    /// A document as what the files are held against: it adds no fields to them, it is unified with all.
    pub(crate) fn data(&mut self, document: Expr) -> Result<Inputs, Failure> {
        let program = self.program(&[Arc::new(as_file(document))])?;
        let value = program.evaluate(&Inputs::default()).map_err(|error| self.fail(error))?;
        Ok(Inputs { fill: vec![(Path::default(), value)], ..Inputs::default() })
    }

    /// As [`Loaded::evaluate`], with data unified with all of it.
    pub(crate) fn evaluate_with(
        &mut self,
        files: Vec<Arc<File>>,
        exprs: &[Expr],
        data: Inputs,
    ) -> Result<Evaluated, Failure> {
        let program =
            self.compile(&files, exprs).map_err(|error| self.fail(super::eval::relative(error)))?;
        drop(files);
        let root = program.evaluate(&data).map_err(|error| self.fail(error))?;
        let values = if exprs.is_empty() {
            vec![root]
        } else {
            let labels = (0..exprs.len()).map(ir::expression_label);
            labels.map(|l| root.field(&l).cloned().unwrap_or_else(|| root.clone())).collect()
        };
        Ok(Evaluated { values, imports: program.imports })
    }

    fn compile(&mut self, files: &[Arc<File>], exprs: &[Expr]) -> Result<Program, Error> {
        if exprs.is_empty() {
            self.engine.compile_with(files, &mut self.packages)
        } else {
            self.engine.compile_expressions(files, exprs, &mut self.packages)
        }
    }
}

/// Tells packages from files; `json:` and the like say how the files that follow are read.
fn arguments(
    inputs: &[String],
    base: &str,
    packages: &Packages<'_>,
) -> Result<Vec<Argument>, Failure> {
    let mut scope: Option<Encoding> = None;
    let mut found = Vec::new();
    for input in inputs {
        if let Some(qualifier) = input.strip_suffix(':')
            && !qualifier.is_empty()
            && !qualifier.contains('/')
        {
            scope = Some(Encoding::named(qualifier)?);
            continue;
        }
        if input == "-" {
            found.push(Argument::File("-".to_owned(), scope.unwrap_or(Encoding::Cue)));
            continue;
        }
        if let Some(encoding) = scope {
            found.push(Argument::File(input.clone(), encoding));
            continue;
        }
        let is_file = OsFs.kind(&join(base, input)) == Some(vela::lang::module::EntryKind::File);
        found.push(match Encoding::of_file(input) {
            Some(encoding) => Argument::File(input.clone(), encoding?),
            None => {
                let last = input.rsplit('/').next().unwrap_or(input);
                let extension = last.rsplit_once('.').map_or("", |(_, extension)| extension);
                let bare = input.split(':').next().unwrap_or(input);
                let names = input.contains(':') && !packages.directories(bare).is_empty();
                let package = input.starts_with('.') || names;
                if is_file || (!extension.is_empty() && !input.contains('/') && !package) {
                    return Err(Failure::new(format!("unknown file extension .{extension}")));
                }
                Argument::Package(input.clone())
            }
        });
    }
    Ok(found)
}

/// The instances that a package argument names.
fn named(packages: &mut Packages<'_>, argument: &str) -> Result<Vec<Instance>, Error> {
    if let Some(directory) = argument.strip_suffix("...") {
        let directory = directory.trim_end_matches('/');
        let directory = if directory.is_empty() { "." } else { directory };
        let mut instances = Vec::new();
        let mut errors = Vec::new();
        for path in packages.below(directory) {
            match packages.directory(&path, Selection::Only) {
                Ok(instance) => instances.push(instance),
                Err(error) => errors.extend(error.into_diagnostics()),
            }
        }
        if instances.is_empty() {
            errors.push(vela::lang::Diagnostic::new(
                "cue/package",
                vela::lang::Class::Load,
                format!("cue: {argument:?} matched no packages"),
            ));
        }
        return if errors.is_empty() { Ok(instances) } else { Err(Error::new(errors)) };
    }
    let (path, selection) = match argument.rsplit_once(':') {
        Some((path, name)) => (if path.is_empty() { "." } else { path }, Selection::Named(name)),
        None => (argument, Selection::Only),
    };
    if path.starts_with('.') || path.starts_with('/') {
        return Ok(vec![packages.directory(path, selection)?]);
    }
    let bare = path.trim_end_matches('/');
    let directories = packages.directories(bare);
    let Some(directory) = directories.first() else {
        let text = if bare.split('/').next().is_some_and(|first| first.contains('.')) {
            format!("cannot find package {path:?}: cannot find module providing package {bare}")
        } else {
            format!("standard library import path {path:?} cannot be imported as a CUE package")
        };
        return Err(
            vela::lang::Diagnostic::new("cue/package", vela::lang::Class::Load, text).into()
        );
    };
    let last = bare.rsplit('/').next().unwrap_or(bare);
    let last = last.split('@').next().unwrap_or(last).to_owned();
    let directory = directory.clone();
    let mut letters = last.chars();
    let is_name = letters.next().is_some_and(|c| c == '_' || c.is_alphabetic());
    if matches!(selection, Selection::Only) && !is_name {
        let text =
            format!("cannot determine package name for {path:?}; set it explicitly with ':'");
        return Err(
            vela::lang::Diagnostic::new("cue/package", vela::lang::Class::Load, text).into()
        );
    }
    let instance = match selection {
        Selection::Only => packages
            .directory(&directory, Selection::Named(&last))
            .or_else(|_| packages.directory(&directory, Selection::Only))?,
        named => packages.directory(&directory, named)?,
    };
    Ok(vec![instance])
}

/// The instance of CUE files named one by one.
fn listed(packages: &mut Packages<'_>, files: &[(String, Encoding)]) -> Result<Instance, Error> {
    let paths: Vec<&str> =
        files.iter().map(|(path, _)| path.as_str()).filter(|path| *path != "-").collect();
    let mut instance = packages.listed(&paths)?;
    if files.iter().any(|(path, _)| path == "-") {
        let text = standard_input()?;
        instance.files.push(packages.parse("-", text)?);
    }
    Ok(instance)
}

/// The text of standard input.
pub(crate) fn standard_input() -> Result<String, Error> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    let text = match read {
        Ok(_) => String::from_utf8(bytes).map_err(|_| "-: the input is not UTF-8".to_owned()),
        Err(error) => Err(format!("reading standard input: {error}")),
    };
    text.map_err(|text| {
        vela::lang::Diagnostic::new("cue/encoding", vela::lang::Class::Load, text).into()
    })
}

fn unused(packages: &Packages<'_>) -> Option<Error> {
    let unused = packages.tags().unused();
    if unused.is_empty() { None } else { Some(Error::new(unused)) }
}
