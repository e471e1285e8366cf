//! What commands read: an application and definitions.

use super::output;
use crate::failure::Failure;
use crate::terminal;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use std::io::{Read, Write};
use std::path::Path;
use vela::dag::oam;
use vela::lang::Diagnostic;
use vela::{Bundle, Catalog, Opened};

/// Where definitions come from.
#[derive(Args, Clone)]
pub(crate) struct Definitions {
    /// A directory (or file) with definitions; they replace built-in ones of the same name.
    #[arg(short = 'd', long = "definitions", value_name = "DIR")]
    pub(crate) directories: Vec<String>,
}

/// An application's files.
#[derive(Args, Clone)]
pub(crate) struct Source {
    /// The application, and Policy and Workflow objects beside it; `-` is standard input.
    #[arg(short = 'f', long = "file", value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
    /// Unknown fields are errors.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    pub(crate) definitions: Definitions,
}

/// The same, where something else may stand in the place of the files.
pub(crate) struct OptionalSource(pub(crate) Source);

impl FromArgMatches for OptionalSource {
    fn from_arg_matches(matches: &ArgMatches) -> Result<OptionalSource, clap::Error> {
        Source::from_arg_matches(matches).map(OptionalSource)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Args for OptionalSource {
    fn augment_args(command: Command) -> Command {
        // Arguments that update something are not required.
        Source::augment_args_for_update(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Source::augment_args_for_update(command)
    }
}

impl Definitions {
    /// The texts of the directories' definitions.
    pub(crate) fn texts(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut texts = Vec::new();
        for path in &self.directories {
            definition_files(path, &mut texts)?;
        }
        Ok(texts)
    }

    /// The built-in definitions with those of the directories on top.
    pub(crate) fn load(&self) -> Result<Catalog, Failure> {
        let bundle = Bundle { definitions: self.texts()?, ..Bundle::default() };
        let (catalog, warnings) = bundle.catalog()?;
        warn(&warnings, &catalog);
        Ok(catalog)
    }
}

/// The definition files at or below a path, in the order of their names.
pub(crate) fn definition_files(
    path: &str,
    texts: &mut Vec<(String, String)>,
) -> Result<(), Failure> {
    if !Path::new(path).is_dir() {
        texts.push((path.to_owned(), text_of(path)?));
        return Ok(());
    }
    let unreadable = |error: std::io::Error| {
        Failure::coded(
            "def/file",
            format!("{path} can't be read: {error}"),
            "give a directory with definitions, or a file, with -d",
        )
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    for name in names {
        let inner = format!("{}/{name}", path.trim_end_matches('/'));
        if Path::new(&inner).is_dir() || oam::is_definition_file(&name) {
            definition_files(&inner, texts)?;
        }
    }
    Ok(())
}

impl Source {
    /// Files by their names.
    pub(crate) fn of(files: Vec<String>, strict: bool, definitions: Definitions) -> Source {
        Source { files, strict, definitions }
    }

    /// The texts.
    pub(crate) fn bundle(&self) -> Result<Bundle, Failure> {
        let mut files = Vec::new();
        for file in &self.files {
            files.push((file.clone(), text_of(file)?));
        }
        Ok(Bundle { files, definitions: self.definitions.texts()?, strict: self.strict })
    }

    /// Reads everything and tells warnings.
    pub(crate) fn load(&self) -> Result<Opened, Failure> {
        let opened = self.bundle()?.read_with(output::secrets().clone())?;
        warn(&opened.warnings, &opened.definitions);
        Ok(opened)
    }
}

/// An application of one file, with definitions.
pub(crate) fn bundle(file: &str, definitions: &Definitions) -> Result<Bundle, Failure> {
    let files = vec![(file.to_owned(), text_of(file)?)];
    Ok(Bundle { files, definitions: definitions.texts()?, strict: false })
}

/// Tells warnings.
pub(crate) fn warn(warnings: &[Diagnostic], catalog: &Catalog) {
    let mut err = std::io::stderr().lock();
    for warning in warnings {
        let text = match shows_secret(warning, catalog) {
            true => Diagnostic { span: None, labels: Vec::new(), ..warning.clone() }
                .render(catalog.sources(), terminal::colours_on_stderr()),
            false => warning.render(catalog.sources(), terminal::colours_on_stderr()),
        };
        // A warning that can't be written is no reason to stop.
        let _ = writeln!(err, "{}", output::masked(text.trim_end()));
    }
}

/// Whether a line that a warning would show has a secret in it, part of which might be cut off.
fn shows_secret(warning: &Diagnostic, catalog: &Catalog) -> bool {
    let spans = warning.span.into_iter().chain(warning.labels.iter().map(|label| label.span));
    spans.into_iter().any(|span| {
        catalog.sources().get(span.source).is_some_and(|source| {
            let first = source.line_column(span.start).line;
            let last = source.line_column(span.end).line;
            (first..=last).any(|line| output::masked(source.line(line)) != source.line(line))
        })
    })
}

/// The text of a file; `-` is standard input.
pub(crate) fn text_of(path: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if path == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|content| bytes = content)
    };
    if let Err(error) = read {
        return Err(Failure::coded(
            "app/file",
            format!("{path} can't be read: {error}"),
            "give the file with -f; - is standard input",
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
        Failure::coded(
            "app/encoding",
            format!("{path}:{line}: the file is not UTF-8 text (byte {at})"),
            "save it as UTF-8",
        )
    })
}
