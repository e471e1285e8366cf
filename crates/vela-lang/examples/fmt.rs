//! Formats standard input, as `cue fmt -` does.

use std::io::{Read, Write};
use std::process::ExitCode;
use vela_lang::format::format;
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
    let Some(source) = sources.get(parsed.source) else { return ExitCode::FAILURE };
    match std::io::stdout().lock().write_all(format(&parsed.file, &source).as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
