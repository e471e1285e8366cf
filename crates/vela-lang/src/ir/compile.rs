//! Files to a [`Program`]: packages, imports, file scopes.

use super::declare::Names;
use super::scope::{Binding, Name, Scopes};
use super::{Package, Program, Symbol, SymbolTable};
use crate::depth::Tall;
use crate::diagnostic::{Diagnostic, Error};
use crate::source::Span;
use crate::syntax::ast;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Finds the files of imported packages.
pub trait Loader {
    /// The files of the package with that import path.
    ///
    /// # Errors
    /// There is no such package, or it can't be read; the place is that of the import.
    fn load(&mut self, path: &str, at: Span) -> Result<Vec<Arc<ast::File>>, Error>;
}

/// A loader for programs that import builtin packages only.
#[derive(Clone, Copy, Debug)]
pub struct NoImports;

impl Loader for NoImports {
    fn load(&mut self, path: &str, at: Span) -> Result<Vec<Arc<ast::File>>, Error> {
        Err(match path.split('/').next().is_some_and(|first| first.contains('.')) {
            true => no_module(at),
            false => no_builtin(path, at),
        }
        .into())
    }
}

/// An import outside of any module.
pub(crate) fn no_module(at: Span) -> Diagnostic {
    let message =
        "import failed: imports are unavailable because there is no cue.mod/module.cue file";
    Diagnostic::load("cue/import", at, message).help(
        "packages of others need a module: put a file cue.mod/module.cue with module: \
         \"example.com/name\" and language: version: \"v0.17.0\" at its root",
    )
}

/// An import of a builtin package that does not exist.
pub(crate) fn no_builtin(path: &str, at: Span) -> Diagnostic {
    let error = Diagnostic::load("cue/import", at, format!("builtin package {path:?} undefined"));
    let known = || crate::std::packages().iter().map(|package| package.path);
    let by_name = known().find(|known| known.rsplit('/').next() == Some(path));
    match by_name.or_else(|| crate::nearest::nearest(path, known())) {
        Some(near) => error.help(format!("did you mean {near:?}?")),
        None => error.help("packages of your module start with its path, such as example.com/name"),
    }
}

/// Compiles the files of one package, and all that they import, to a program.
///
/// # Errors
/// Names that are not found or not used, packages that can't be loaded, literals that mean nothing:
/// all of them, in the order of the source.
pub fn compile(files: &[Arc<ast::File>], loader: &mut dyn Loader) -> Result<Program, Error> {
    let mut compiler = Compiler::new(loader);
    compiler.package("", files);
    compiler.finish()
}

/// The label of the hidden field that holds an expression compiled by [`compile_with_expressions`].
pub fn expression_label(index: usize) -> String {
    format!("_expression {index}")
}

/// Compiles a package and expressions that see all its fields and, without importing them, the builtin
/// packages. Their values are fields of the package's value, labelled by [`expression_label`].
///
/// # Errors
/// As [`compile`]'s.
pub fn compile_with_expressions(
    files: &[Arc<ast::File>],
    expressions: &[ast::Expr],
    loader: &mut dyn Loader,
) -> Result<Program, Error> {
    let mut compiler = Compiler::new(loader);
    compiler.package("", files);
    compiler.expressions(files, expressions);
    compiler.finish()
}

pub(super) struct Compiler<'l> {
    pub(super) symbols: SymbolTable,
    pub(super) scopes: Scopes,
    /// The scope of the struct of which a pattern is being compiled, counted from the outermost.
    pub(super) matched: Option<u32>,
    pub(super) errors: Vec<Diagnostic>,
    /// Labels from the root to what is being compiled, for messages.
    pub(super) path: Vec<ast::Text>,
    /// Labels of the literals being compiled that are known already, in the order of their fields.
    pub(super) labels: Vec<Option<Symbol>>,
    /// The package being compiled: hidden labels belong to it.
    pub(super) package: u32,
    /// Experiments of the file being compiled.
    pub(super) experiments: Vec<String>,
    packages: Vec<Package>,
    /// How many expressions are being compiled, one inside of the other, and the most there were.
    pub(super) levels: usize,
    pub(super) deepest: usize,
    imports: Vec<crate::export::ImportName>,
    by_path: FxHashMap<String, u32>,
    /// Import paths from the main package to the one being compiled.
    loading: Vec<String>,
    loader: &'l mut dyn Loader,
}

impl<'l> Compiler<'l> {
    fn new(loader: &'l mut dyn Loader) -> Compiler<'l> {
        Compiler {
            symbols: SymbolTable::default(),
            scopes: Scopes::default(),
            matched: None,
            errors: Vec::new(),
            path: Vec::new(),
            labels: Vec::new(),
            package: 0,
            experiments: Vec::new(),
            packages: Vec::new(),
            levels: 0,
            deepest: 0,
            imports: Vec::new(),
            by_path: FxHashMap::default(),
            loading: Vec::new(),
            loader,
        }
    }

    fn finish(self) -> Result<Program, Error> {
        let packages = Tall::new(self.packages, self.deepest);
        if !self.errors.is_empty() {
            return Err(Error::new(self.errors));
        }
        Ok(Program { symbols: self.symbols, packages, imports: self.imports })
    }

    /// Compiles a package and gives its index.
    fn package(&mut self, path: &str, files: &[Arc<ast::File>]) -> u32 {
        let index = self.packages.len() as u32;
        self.packages.push(Package { path: path.to_owned(), ..Package::default() });
        let outer = std::mem::replace(&mut self.package, index);
        let mut shared = Names::default();
        for file in files.iter().filter(|f| package_name(f).is_some()) {
            shared.add_fields(&mut self.symbols, index, &file.decls);
        }
        for file in files {
            let name = package_name(file);
            let compiled = self.file(file, if name.is_some() { Some(&shared) } else { None });
            let package = &mut self.packages[index as usize];
            package.files.push(Arc::new(compiled));
            if let (Some(name), true) = (name, package.name.is_empty()) {
                package.name = name.to_owned();
            }
        }
        self.package = outer;
        index
    }

    fn file(&mut self, file: &ast::File, shared: Option<&Names>) -> super::Struct {
        let outer_scopes = self.scopes.enter();
        let outer_experiments = std::mem::take(&mut self.experiments);
        for decl in &file.decls {
            match decl {
                ast::Decl::Attribute(a, _) if a.name() == "experiment" => {
                    self.experiments.extend(a.body().split(',').map(|e| e.trim().to_owned()));
                }
                ast::Decl::Field(_) | ast::Decl::Embed(_) | ast::Decl::Let(_) => break,
                _ => {}
            }
        }
        self.scopes.push_value();
        for decl in &file.decls {
            let ast::Decl::Import(import) = decl else { continue };
            for spec in &import.specs {
                self.import(spec);
            }
        }
        // Imports, lets and fields of a file share one environment: imports are resolved here.
        let compiled = self.struct_body(file.span, &file.decls, shared);
        self.scopes.leave(outer_scopes);
        self.experiments = outer_experiments;
        compiled
    }

    /// Adds a file to the main package that holds these expressions.
    fn expressions(&mut self, files: &[Arc<ast::File>], expressions: &[ast::Expr]) {
        let mut shared = Names::default();
        for file in files {
            shared.add_fields(&mut self.symbols, 0, &file.decls);
        }
        self.scopes.push_value();
        for package in crate::std::packages() {
            let name = package.path.rsplit('/').next().unwrap_or(package.path);
            let symbol = self.symbols.identifier(name, 0);
            if !shared.has(symbol) {
                let binding = Binding::Builtin(package.path);
                let name = Name { binding, span: Span::NONE, used: true, must_use: false };
                self.scopes.declare(symbol, name);
            }
        }
        let decls: Vec<ast::Decl> = expressions
            .iter()
            .enumerate()
            .map(|(index, expr)| {
                let span = expr.span();
                ast::Decl::Field(Box::new(ast::Field {
                    span,
                    alias: None,
                    label: ast::Label::Ident(ast::Ident {
                        span,
                        name: expression_label(index).into(),
                    }),
                    postfix_alias: None,
                    constraint: None,
                    colon: span,
                    value: expr.clone(),
                    attributes: Vec::new(),
                    comments: ast::Comments::NONE,
                }))
            })
            .collect();
        let compiled = self.struct_body(Span::NONE, &decls, Some(&shared));
        self.packages[0].files.push(Arc::new(compiled));
    }

    fn import(&mut self, spec: &ast::ImportSpec) {
        let Some(path) = self.text(&spec.path) else { return };
        let (location, qualifier) = match path.rsplit_once(':') {
            Some((location, name)) => (location, Some(name)),
            None => (path.as_str(), None),
        };
        let last = location.rsplit('/').next().unwrap_or(location);
        let last = last.split_once('@').map_or(last, |(name, _)| name);
        let default_name = qualifier.unwrap_or(last);
        let name = spec.name.as_ref().map_or(default_name, |n| n.name.as_str());
        let at = spec.path.span;
        let (source, name_text) = (at.source, name.to_owned());
        self.imports.push(crate::export::ImportName {
            source,
            name: name_text,
            path: path.clone(),
        });
        let binding = if let Some(package) = crate::std::find(&path) {
            Binding::Builtin(package.path)
        } else if let Some(index) = self.by_path.get(&path) {
            Binding::Package(*index)
        } else if self.loading.contains(&path) {
            let message = "import failed: package import cycle not allowed";
            self.errors.push(Diagnostic::load("cue/import-cycle", at, message));
            Binding::Missing
        } else {
            match self.loader.load(&path, at) {
                Ok(files) => {
                    self.loading.push(path.clone());
                    let outer_path = std::mem::take(&mut self.path);
                    let index = self.package(&path, &files);
                    self.path = outer_path;
                    self.loading.pop();
                    self.by_path.insert(path.clone(), index);
                    Binding::Package(index)
                }
                Err(error) => {
                    self.errors.extend(error.into_diagnostics());
                    Binding::Missing
                }
            }
        };
        let must_use = !matches!(binding, Binding::Missing);
        let declared = Name { binding, span: at, used: false, must_use };
        let symbol = self.symbols.identifier(name, self.package);
        if let Some(before) = self.scopes.declare(symbol, declared) {
            let message = format!("{name} redeclared in this block");
            let error = Diagnostic::load("cue/redeclared", at, message);
            self.errors.push(error.label(before.span, "declared here before"));
        }
    }
}

/// The name in the package clause; `None` where there is none or it is `_`.
fn package_name(file: &ast::File) -> Option<&str> {
    file.decls.iter().find_map(|decl| match decl {
        ast::Decl::Package(p) if p.name.name != "_" => Some(p.name.name.as_str()),
        _ => None,
    })
}
