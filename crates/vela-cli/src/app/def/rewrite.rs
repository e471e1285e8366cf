//! `vela def fmt` and `vela def fix`.

use super::{counted, unwritable};
use crate::app::input;
use crate::app::output;
use crate::failure::Failure;
use clap::Args;
use vela::dag::definition::fix;
use vela::lang::format::format;
use vela::lang::source::{Source, Sources};
use vela::lang::syntax::parse;

/// Lay definition files out canonically.
#[derive(Args)]
pub(super) struct Fmt {
    /// Files or directories.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Name the files that would change, and change nothing.
    #[arg(long)]
    check: bool,
}

/// Rewrite definition files for today's CUE: arithmetic on lists, strings that end behind text.
#[derive(Args)]
pub(super) struct Fix {
    /// Files or directories.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Tell what would be rewritten, and change nothing.
    #[arg(long)]
    check: bool,
}

/// The `.cue` files among the definitions of files and directories.
fn cue_files(files: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let mut texts = Vec::new();
    for file in files {
        input::definition_files(file, &mut texts)?;
    }
    texts.retain(|(name, _)| name.ends_with(".cue"));
    Ok(texts)
}

impl Fmt {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut changed = Vec::new();
        for (name, text) in cue_files(&self.files)? {
            let sources = Sources::default();
            let parsed = parse(&sources, &name, text.clone());
            if !parsed.errors.is_empty() {
                let error = vela::lang::Error::new(parsed.errors);
                return Err(vela::Error::language(error, &sources).into());
            }
            let new = format(&parsed.file, &Source::new(&name, text.clone()));
            if new != text {
                if !self.check {
                    std::fs::write(&name, new).map_err(|error| unwritable(&name, &error))?;
                }
                changed.push(name);
            }
        }
        let list: String = changed.iter().map(|name| format!("{name}\n")).collect();
        output::text(&list)?;
        match (self.check, changed.len()) {
            (true, count) if count > 0 => {
                Err(Failure::new(format!("{} not laid out canonically", counted(count, "file"))))
            }
            _ => Ok(()),
        }
    }
}

impl Fix {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut said = String::new();
        let mut count = 0;
        for (name, text) in cue_files(&self.files)? {
            let sources = Sources::default();
            let fixed =
                fix(&name, &text).map_err(|error| vela::Error::application(error, &sources))?;
            let Some(fixed) = fixed else { continue };
            count += 1;
            for change in &fixed.changes {
                said.push_str(&format!("{change}\n"));
            }
            if !self.check {
                std::fs::write(&name, fixed.text).map_err(|error| unwritable(&name, &error))?;
            }
        }
        output::text(&said)?;
        match (self.check, count) {
            (true, 0) | (false, 0) => output::text("nothing to rewrite\n"),
            (true, count) => {
                Err(Failure::new(format!("{} written for old CUE", counted(count, "file"))))
            }
            (false, count) => output::text(&format!("{} rewritten\n", counted(count, "file"))),
        }
    }
}
