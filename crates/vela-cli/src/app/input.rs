//! What commands read: an application and definitions.

use crate::failure::Failure;
use crate::terminal;
use clap::Args;
use std::io::{Read, Write};
use std::path::Path;
use vela::dag::catalog::Files;
use vela::dag::oam;
use vela::lang::Diagnostic;
use vela::{Application, Catalog};

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

/// What was read.
pub(crate) struct Loaded {
    pub(crate) app: Application,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) catalog: Catalog,
}

impl Definitions {
    /// The built-in definitions with those of the directories on top.
    pub(crate) fn load(&self) -> Result<Catalog, Failure> {
        let mut catalog = vela::definitions()?;
        for directory in &self.directories {
            add(&mut catalog, directory)?;
        }
        Ok(catalog)
    }

    /// Only the definitions of the directories.
    pub(crate) fn load_own(&self) -> Result<Catalog, Failure> {
        let mut catalog = Catalog::new(vela::Engine::new());
        for directory in &self.directories {
            add(&mut catalog, directory)?;
        }
        Ok(catalog)
    }
}

/// Adds a directory's or a file's definitions.
pub(crate) fn add(catalog: &mut Catalog, path: &str) -> Result<(), Failure> {
    let added = if Path::new(path).is_dir() {
        catalog.add_directory(&Disk, path)
    } else {
        let text = text_of(path)?;
        catalog.add_file(path, &text)
    };
    let warnings = added.map_err(|e| vela::Error::application(e, catalog.sources()))?;
    warn(&warnings, catalog);
    Ok(())
}

impl Source {
    /// Reads everything and tells warnings.
    pub(crate) fn load(&self) -> Result<Loaded, Failure> {
        let catalog = self.definitions.load()?;
        let mut texts = Vec::new();
        for file in &self.files {
            texts.push((file.as_str(), text_of(file)?));
        }
        let texts: Vec<(&str, &str)> = texts.iter().map(|(n, t)| (*n, t.as_str())).collect();
        let parsed = oam::read(catalog.sources(), &texts, self.strict)
            .map_err(|e| vela::Error::application(e, catalog.sources()))?;
        warn(&parsed.warnings, &catalog);
        Ok(Loaded { app: parsed.application, warnings: parsed.warnings, catalog })
    }

    /// How the user called the application, for advice.
    pub(crate) fn shown(&self) -> String {
        self.files.iter().map(|file| format!(" -f {file}")).collect()
    }
}

fn warn(warnings: &[Diagnostic], catalog: &Catalog) {
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

/// Files of this machine.
struct Disk;

impl Files for Disk {
    fn entries(&self, directory: &str) -> std::io::Result<Vec<(String, bool)>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            entries.push((name, entry.path().is_dir()));
        }
        Ok(entries)
    }

    fn read(&self, file: &str) -> std::io::Result<String> {
        std::fs::read_to_string(file)
    }
}
