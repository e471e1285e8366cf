//! Formats standard input, as `cue fmt -` does.

use std::io::{Read, Write};
use std::process::ExitCode;
use vela_lang::source::Sources;
use vela_lang::syntax::parse;

fn main() -> ExitCode {
    let mut text = String::new();
    if std::io::stdin().read_to_string(&mut text).is_err() {
        return ExitCode::FAILURE;
    }
    let sources = Sources::default();
    let parsed = parse(&sources, "-", text);
    let mut errors = std::io::stderr().lock();
    for error in &parsed.errors {
        let _ = writeln!(errors, "{}", error.brief(&sources));
    }
    if !parsed.errors.is_empty() {
        return ExitCode::FAILURE;
    }
    let mut out = std::io::stdout().lock();
    match write!(out, "{:#?}", parsed.file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
