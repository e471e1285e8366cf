//! `vela cue eval` and `vela cue export`.

use super::ErrorFormat;
use super::encoding::{Encoding, Writing};
use super::input::{Input, Loaded};
use crate::failure::Failure;
use clap::Args;
use std::io::Write;
use std::path::Path;
use vela::lang::export::CueOptions;
use vela::lang::format::format_expr;
use vela::lang::{DataFormat, Inputs, Value, ir};

/// What `def`, `eval` and `export` share.
#[derive(Args)]
pub(crate) struct Output {
    /// The format of the output: cue, json, yaml, text.
    #[arg(long, value_name = "FORMAT")]
    out: Option<String>,
    /// Write to a file; its name says the format.
    #[arg(short = 'o', long = "outfile", value_name = "FILE")]
    file: Option<String>,
    /// Overwrite the file.
    #[arg(short = 'f', long)]
    force: bool,
    /// Print only this expression.
    #[arg(short = 'e', long = "expression", value_name = "EXPR")]
    pub(crate) expressions: Vec<String>,
    /// Accepted for compatibility; the output is simple already.
    #[arg(short = 's', long)]
    simplify: bool,
    /// Accepted for compatibility; all errors are always reported.
    #[arg(short = 'E', long = "all-errors")]
    all_errors: bool,
}

/// Print the evaluated configuration.
#[derive(Args)]
pub(crate) struct Eval {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
    /// Print what there is in spite of errors.
    #[arg(short = 'i', long)]
    ignore: bool,
    /// Require everything to be concrete.
    #[arg(short = 'c', long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    concrete: Option<bool>,
    /// Show optional, hidden and definition fields.
    #[arg(short = 'a', long)]
    all: bool,
    /// Show attributes.
    #[arg(short = 'A', long = "show-attributes")]
    attributes: bool,
    /// Show optional fields.
    #[arg(short = 'O', long = "show-optional")]
    optional: bool,
    /// Show hidden fields.
    #[arg(short = 'H', long = "show-hidden")]
    hidden: bool,
}

/// Print the configuration as data; everything must be concrete.
#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
    /// Write `<`, `>` and `&` in JSON as escapes.
    #[arg(long)]
    escape: bool,
}

impl Eval {
    pub(crate) fn run(&self, format: ErrorFormat) -> Result<(), Failure> {
        let encoding = self.output.encoding(Encoding::Cue)?;
        // What has to be concrete is data.
        let is_data = self.concrete == Some(true);
        let cue = CueOptions {
            optional: !is_data && (self.all || self.optional),
            hidden: !is_data && (self.all || self.hidden),
            definitions: !is_data,
            attributes: self.attributes,
            errors: self.ignore,
            ..CueOptions::default()
        };
        let explicit = self.output.out.is_some() || self.output.file.is_some();
        let concrete = self.concrete.unwrap_or(false) || (explicit && encoding != Encoding::Cue);
        let check = match encoding {
            Encoding::Tree => Check::Nothing,
            _ if self.ignore => Check::Nothing,
            _ if concrete => Check::Concrete,
            _ => Check::Valid,
        };
        let titles = encoding == Encoding::Cue;
        let writing = Writing { encoding, escape: false, cue };
        let loaded = self.input.load(true, format)?;
        self.output.write(loaded, &writing, check, titles, self.input.package())
    }
}

impl Export {
    pub(crate) fn run(&self, format: ErrorFormat) -> Result<(), Failure> {
        let encoding = self.output.encoding(Encoding::Json)?;
        let cue = CueOptions { definitions: false, ..CueOptions::default() };
        let writing = Writing { encoding, escape: self.escape, cue };
        let loaded = self.input.load(true, format)?;
        self.output.write(loaded, &writing, Check::Concrete, false, self.input.package())
    }
}

/// What must hold of a value before it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    Nothing,
    Valid,
    Concrete,
}

impl Output {
    pub(crate) fn encoding(&self, default: Encoding) -> Result<Encoding, Failure> {
        if let Some(name) = &self.out {
            return Encoding::named(name);
        }
        match &self.file {
            Some(file) if file != "-" => match qualified(file) {
                (Some(name), _) => Encoding::named(name),
                (None, path) => Encoding::of_file(path).unwrap_or_else(|| {
                    let extension = path.rsplit_once('.').map_or("", |(_, e)| e);
                    Err(Failure::new(format!("unknown file extension .{extension}")))
                }),
            },
            _ => Ok(default),
        }
    }

    /// Evaluates all instances and writes their values.
    fn write(
        &self,
        mut loaded: Loaded,
        writing: &Writing,
        check: Check,
        titles: bool,
        package: Option<&str>,
    ) -> Result<(), Failure> {
        let exprs = loaded.expressions(&self.expressions, "--expression")?;
        let to_stdout = self.file.as_deref().map(qualified).is_none_or(|(_, path)| path == "-");
        let plain = exprs.is_empty() && loaded.instances.len() == 1 && to_stdout;
        if let (true, Check::Concrete, Some(format)) = (plain, check, writing.direct()) {
            return self.write_directly(loaded, writing, format);
        }
        let mut text = String::new();
        if let (Some(name), Encoding::Cue) = (package, writing.encoding) {
            text.push_str(&format!("package {name}\n\n"));
        }
        let mut first = true;
        let mut instances = std::mem::take(&mut loaded.instances).into_iter();
        while let Some(instance) = instances.next() {
            if instances.len() == 0 {
                loaded.forget_files();
            }
            let evaluated = loaded.evaluate(instance.files, &exprs)?;
            for (index, value) in evaluated.values.iter().enumerate() {
                let mut title = String::new();
                if titles && self.expressions.len() > 1 {
                    title = format!("// {}\n", format_expr(&exprs[index], None));
                } else if !first {
                    text.push_str(writing.separator());
                }
                if let Err(failure) = checked(&loaded, value, check) {
                    // What stands before it is good.
                    if !first {
                        self.deliver(&text)?;
                    }
                    return Err(failure);
                }
                text.push_str(&title);
                first = false;
                let written = writing.text(value, loaded.engine.sources(), &evaluated.imports);
                text.push_str(&written.map_err(|error| loaded.fail(relative(error)))?);
            }
        }
        self.deliver(&text)
    }

    /// Evaluates the only instance and writes it as data to standard output.
    fn write_directly(
        &self,
        mut loaded: Loaded,
        writing: &Writing,
        format: DataFormat,
    ) -> Result<(), Failure> {
        let files = loaded.instances.pop().map(|instance| instance.files).unwrap_or_default();
        let program = loaded.program(&files)?;
        drop(files);
        loaded.forget_files();
        let mut out = std::io::stdout().lock();
        let mut written = Ok(());
        let mut write = |chunk: &str| {
            if written.is_ok() {
                written = out.write_all(chunk.as_bytes());
            }
        };
        let left = program
            .write(&Inputs::default(), format, &mut write)
            .map_err(|error| loaded.fail(error))?;
        written?;
        out.flush()?;
        drop(out);
        let Some(value) = left else { return Ok(()) };
        checked(&loaded, &value, Check::Concrete)?;
        let text = writing.text(&value, loaded.engine.sources(), &program.imports);
        self.deliver(&text.map_err(|error| loaded.fail(relative(error)))?)
    }

    pub(crate) fn deliver(&self, text: &str) -> Result<(), Failure> {
        let path = match self.file.as_deref().map(qualified) {
            None | Some((_, "-")) => {
                let mut out = std::io::stdout().lock();
                out.write_all(text.as_bytes())?;
                out.flush()?;
                return Ok(());
            }
            Some((_, path)) => path,
        };
        if Path::new(path).exists() && !self.force {
            return Err(Failure::new(format!("error writing {path:?}: file already exists")));
        }
        std::fs::write(path, text)
            .map_err(|error| Failure::new(format!("error writing {path:?}: {error}")))
    }
}

/// `yaml:x.foo` as encoding and path.
fn qualified(file: &str) -> (Option<&str>, &str) {
    match file.split_once(':') {
        Some((name, path)) if !name.contains('/') && !name.contains('.') => (Some(name), path),
        _ => (None, file),
    }
}

pub(crate) fn checked(loaded: &Loaded, value: &Value, check: Check) -> Result<(), Failure> {
    let result = match check {
        Check::Nothing => Ok(()),
        Check::Valid => value.check(false),
        Check::Concrete => value.check(true),
    };
    result.map_err(|error| loaded.fail(relative(error)))
}

/// Paths below an expression, as seen from it.
pub(crate) fn relative(error: vela::lang::Error) -> vela::lang::Error {
    let prefix = ir::expression_label(0);
    let prefix = prefix.trim_end_matches('0');
    let mut found = error.into_diagnostics();
    for diagnostic in &mut found {
        let path = diagnostic.path.trim_start_matches('"');
        if let Some(rest) = path.strip_prefix(prefix) {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '"');
            diagnostic.path = rest.trim_start_matches('.').to_owned();
        }
    }
    vela::lang::Error::new(found)
}
