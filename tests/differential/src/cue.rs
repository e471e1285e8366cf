//! The reference as it is installed: `cue eval` on many packages of a module at once.

use crate::compare::Answer;
use crate::ours::{Form, without_errors};
use crate::peer::Peer;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The command `cue`, with a directory of its own to write packages into.
#[derive(Debug)]
pub struct Cue {
    command: String,
    directory: PathBuf,
}

/// How long a batch may take.
const PATIENCE: Duration = Duration::from_secs(60);
const SEPARATOR: &str = "// ---\n";

impl Cue {
    /// Makes the directory.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(command: &str) -> io::Result<Cue> {
        let name = format!("vela-differential-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(directory.join("cue.mod"))?;
        let module = "module: \"differential.test@v0\"\nlanguage: version: \"v0.17.0\"\n";
        std::fs::write(directory.join("cue.mod/module.cue"), module)?;
        Ok(Cue { command: command.to_owned(), directory })
    }

    /// One process for all programs; where it fails or hangs, one for each half.
    fn batch(&self, programs: &[Vec<String>], found: &mut Vec<Answer>) -> io::Result<()> {
        let packages = self.directory.join("packages");
        for (i, files) in programs.iter().enumerate() {
            write_package(&packages.join(format!("p{i:05}")), files)?;
        }
        let output = self.directory.join("output");
        let mut child = Command::new(&self.command)
            .args(["eval", "-i", "-a", "./packages/..."])
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&output)?)
            .stderr(Stdio::null())
            .spawn()?;
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if start.elapsed() > PATIENCE {
                child.kill()?;
                child.wait()?;
                break None;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        std::fs::remove_dir_all(&packages)?;
        let text = std::fs::read_to_string(&output)?;
        let texts: Vec<&str> = text.split(SEPARATOR).collect();
        if status.is_some_and(|status| status.success()) && texts.len() == programs.len() {
            found.extend(texts.iter().map(|text| Answer::Text(Some(without_errors(text)))));
            return Ok(());
        }
        if let [_] = programs {
            found.push(match status {
                // The Go runtime exits with 2 when a program panics.
                Some(status) if status.code() == Some(1) => Answer::Text(None),
                Some(_) => Answer::Died("crash".to_owned()),
                None => Answer::Died("time".to_owned()),
            });
            return Ok(());
        }
        let (left, right) = programs.split_at(programs.len() / 2);
        self.batch(left, found)?;
        self.batch(right, found)
    }
}

fn write_package(directory: &Path, files: &[String]) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    for (i, text) in files.iter().enumerate() {
        let package = if text.starts_with("package ") { "" } else { "package p\n" };
        std::fs::write(directory.join(format!("f{i}.cue")), format!("{package}{text}"))?;
    }
    Ok(())
}

impl Drop for Cue {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Peer for Cue {
    fn form(&self) -> Form {
        Form::Text
    }

    fn answers(&mut self, programs: &[Vec<String>]) -> io::Result<Vec<Answer>> {
        let mut found = Vec::with_capacity(programs.len());
        if !programs.is_empty() {
            self.batch(programs, &mut found)?;
        }
        Ok(found)
    }
}
