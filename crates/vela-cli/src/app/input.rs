//! What commands read: an application and definitions.

use crate::failure::Failure;
use crate::terminal;
use clap::Args;
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
    files: Vec<String>,
    /// Unknown fields are errors.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    pub(crate) definitions: Definitions,
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
        let opened = self.bundle()?.read()?;
        warn(&opened.warnings, &opened.definitions);
        Ok(opened)
    }

    /// How the user called the application, for advice.
    pub(crate) fn shown(&self) -> String {
        self.files.iter().map(|file| format!(" -f {file}")).collect()
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
        let text = warning.render(catalog.sources(), terminal::colours_on_stderr());
        // A warning that can't be written is no reason to stop.
        let _ = writeln!(err, "{}", text.trim_end());
    }
}

fn text_of(path: &str) -> Result<String, Failure> {
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
