//! The front door: sources in, values out.

use crate::data::View;
use crate::diagnostic::{Diagnostic, Error};
use crate::encoding::{json, yaml};
use crate::eval::arena::Arena;
use crate::eval::node::Node;
use crate::eval::{Eval, Stop};
use crate::export::{DefinitionOptions, definition_text};
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

/// How much text is gathered before it is written.
const CHUNK: usize = 64 * 1024;

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

    /// The text that says what the files of a package say together, as `cue def` prints it. They have to
    /// compile; errors of values stay in the text.
    ///
    /// ```
    /// use vela_lang::Engine;
    /// use vela_lang::export::DefinitionOptions;
    /// let engine = Engine::new();
    /// let one = engine.parse("one.cue", "#Port: int & >=0\na: port: #Port").unwrap();
    /// let two = engine.parse("two.cue", "a: port: <1024").unwrap();
    /// assert_eq!(
    ///     engine.definition(&[one, two], &DefinitionOptions::default()),
    ///     "#Port: uint\na: port: #Port & {\n\t<1024\n}\n",
    /// );
    /// ```
    pub fn definition(&self, files: &[Arc<ast::File>], options: &DefinitionOptions<'_>) -> String {
        let constant = |text: &str| Engine::new().eval("constant", text).ok();
        definition_text(files, &self.sources, options, &constant)
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

/// The text formats that [`Program::write`] writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DataFormat {
    /// JSON with four blanks per level and a line end.
    Json,
    /// A document of YAML.
    Yaml,
}

impl DataFormat {
    fn write<'v>(self, view: impl View<'v>, out: &mut dyn FnMut(&str)) {
        let mut text = String::new();
        let mut spill = |text: &mut String| {
            if text.len() >= CHUNK {
                out(text);
                text.clear();
            }
        };
        match self {
            DataFormat::Json => {
                json::write_pretty(&mut text, view, &mut spill);
                text.push('\n');
            }
            DataFormat::Yaml => yaml::write_document(&mut text, view, &mut spill),
        }
        out(&text);
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

    /// Evaluates the whole program and writes it as data, in chunks of some 64 KiB: with less memory and
    /// time than writing [`Value::data`] takes. Nothing is written if something is an error or not
    /// concrete; the value that is given back then says what.
    ///
    /// ```
    /// use vela_lang::{DataFormat, Engine, Inputs};
    /// let engine = Engine::new();
    /// let file = engine.parse("example.cue", "a: b: 1 + 1").unwrap();
    /// let mut text = String::new();
    /// let mut out = |chunk: &str| text.push_str(chunk);
    /// let program = engine.compile(&[file]).unwrap();
    /// assert!(program.write(&Inputs::default(), DataFormat::Yaml, &mut out).unwrap().is_none());
    /// assert_eq!(text, "a:\n  b: 2\n");
    /// ```
    ///
    /// # Errors
    /// A limit was reached. Errors of the value are in the value.
    pub fn write(
        &self,
        inputs: &Inputs,
        format: DataFormat,
        out: &mut dyn FnMut(&str),
    ) -> Result<Option<Value>, Error> {
        self.evaluated(inputs, |eval, root| match eval.as_data(root) {
            Ok(Some(root)) => {
                format.write(root, out);
                None
            }
            // Where a limit was reached that is found out by the caller.
            _ => Some(eval.freeze(root)),
        })
    }

    /// Evaluates the whole program to see whether there is no error anywhere and all that would be
    /// exported is concrete; if not, the value says why ([`Value::check`]).
    ///
    /// # Errors
    /// A limit was reached. Errors of the value are in the value.
    pub fn vet(&self, inputs: &Inputs) -> Result<Option<Value>, Error> {
        self.evaluated(inputs, |eval, root| match eval.as_data(root) {
            Ok(Some(_)) => None,
            _ => Some(eval.freeze(root)),
        })
    }

    fn evaluated<T>(
        &self,
        inputs: &Inputs,
        freeze: impl for<'a> FnOnce(&Eval<'a>, &'a Node<'a>) -> T,
    ) -> Result<T, Error> {
        let arena = Arena::default();
        let fills: Vec<Value> =
            inputs.fill.iter().map(|(path, value)| value.clone().at(path)).collect();
        let eval = Eval::new(&arena, self, &inputs.limits);
        let root = eval.package_root(0);
        for fill in fills {
            let fill: &Value = arena.values.alloc(fill);
            let val = crate::eval::node::Val::Frozen(fill);
            eval.push(root, eval.val_conjunct(val, Span::NONE));
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
