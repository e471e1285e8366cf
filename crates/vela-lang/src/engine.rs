//! The front door: sources in, values out.

use crate::diagnostic::{Diagnostic, Error};
use crate::eval::arena::Arena;
use crate::eval::node::Node;
use crate::eval::{Eval, Stop};
use crate::ir::{self, Loader, NoImports, Program};
use crate::limits::Limits;
use crate::source::{Sources, Span};
use crate::syntax::{self, ast};
use crate::value::{Path, Selector, Value};
use std::sync::Arc;

/// Compiles CUE. It owns the source texts that errors show, and is cheap to clone and to share.
///
/// ```
/// use vela_lang::Engine;
/// let engine = Engine::new();
/// let value = engine.eval("example.cue", "a: 1 + 1\nb: \"\\(a)\"").unwrap();
/// assert_eq!(value.field("b").unwrap().as_str(), Some("2"));
/// ```
#[derive(Clone, Default, Debug)]
pub struct Engine {
    sources: Sources,
}

/// What an evaluation is given beside the program.
#[derive(Clone, Default, Debug)]
pub struct Inputs {
    /// Values unified with the program at these paths.
    pub fill: Vec<(Path, Value)>,
    /// What it may use.
    pub limits: Limits,
}

impl Engine {
    /// An engine without sources.
    pub fn new() -> Engine {
        Engine::default()
    }

    /// The source texts so far.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Reads a file.
    ///
    /// # Errors
    /// All syntax errors.
    pub fn parse(&self, name: &str, text: impl Into<String>) -> Result<Arc<ast::File>, Error> {
        let parsed = syntax::parse(&self.sources, name, text);
        if parsed.errors.is_empty() {
            Ok(Arc::new(parsed.file))
        } else {
            Err(Error::new(parsed.errors))
        }
    }

    /// Compiles the files of a package that imports builtin packages only.
    ///
    /// # Errors
    /// Names that are not found or not used, unknown imports, bad literals.
    pub fn compile(&self, files: &[Arc<ast::File>]) -> Result<Program, Error> {
        self.compile_with(files, &mut NoImports)
    }

    /// Compiles the files of a package.
    ///
    /// # Errors
    /// As [`Engine::compile`], and what the loader reports.
    pub fn compile_with(
        &self,
        files: &[Arc<ast::File>],
        loader: &mut dyn Loader,
    ) -> Result<Program, Error> {
        ir::compile(files, loader)
    }

    /// Compiles the files of a package, and expressions that see its fields; the values of these are
    /// the fields that [`ir::expression_label`] names.
    ///
    /// # Errors
    /// As [`Engine::compile_with`].
    pub fn compile_expressions(
        &self,
        files: &[Arc<ast::File>],
        expressions: &[ast::Expr],
        loader: &mut dyn Loader,
    ) -> Result<Program, Error> {
        ir::compile_with_expressions(files, expressions, loader)
    }

    /// Reads, compiles and evaluates one file.
    ///
    /// # Errors
    /// It does not load, or a limit was reached. Errors of the value are in the value.
    pub fn eval(&self, name: &str, text: impl Into<String>) -> Result<Value, Error> {
        let file = self.parse(name, text)?;
        self.compile(&[file])?.evaluate(&Inputs::default())
    }
}

impl Program {
    /// Evaluates the whole program.
    ///
    /// # Errors
    /// A limit was reached. Errors of the value are in the value.
    pub fn evaluate(&self, inputs: &Inputs) -> Result<Value, Error> {
        self.evaluated(inputs, |eval, root| eval.freeze(root))
    }

    /// Evaluates the whole program, for these of its fields: the value has no others, unless something in
    /// the program is an error.
    ///
    /// # Errors
    /// As [`Program::evaluate`].
    pub fn evaluate_fields(&self, inputs: &Inputs, wanted: &[&str]) -> Result<Value, Error> {
        self.evaluated(inputs, |eval, root| eval.freeze_fields(root, wanted))
    }

    fn evaluated(
        &self,
        inputs: &Inputs,
        freeze: impl for<'a> FnOnce(&Eval<'a>, &'a Node<'a>) -> Value,
    ) -> Result<Value, Error> {
        let arena = Arena::default();
        let fills: Vec<Value> =
            inputs.fill.iter().map(|(path, value)| value.clone().at(path)).collect();
        let eval = Eval::new(&arena, self, &inputs.limits);
        let root = eval.package_root(0);
        for fill in fills {
            let fill: &Value = arena.values.alloc(fill);
            let val = crate::eval::node::Val::Frozen(fill);
            root.conjuncts.push(eval.bump, eval.val_conjunct(val, Span::NONE));
        }
        match eval.run(root) {
            Ok(()) | Err(Stop::Blocked) => {}
            Err(Stop::Bottom(bottom)) => eval.fail(root, bottom),
            Err(Stop::Abort) => return Err(eval.abort_error()),
        }
        let frozen = freeze(&eval, root);
        if eval.is_aborted() {
            return Err(eval.abort_error());
        }
        Ok(frozen)
    }
}

impl Eval<'_> {
    fn abort_error(&self) -> Error {
        let found = self.aborted.borrow().clone();
        found
            .unwrap_or_else(|| {
                Diagnostic::new("vela/internal", crate::diagnostic::Class::Eval, "given up")
            })
            .into()
    }
}

impl Value {
    /// A struct (or list) that holds this value at a path.
    pub fn at(self, path: &Path) -> Value {
        path.selectors().iter().rev().fold(self, |value, selector| match selector {
            Selector::Field(label) => Value::with_field(label, value),
            Selector::Index(index) => Value::with_field(&index.to_string(), value),
        })
    }
}
