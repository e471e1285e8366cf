//! Results as JSON, YAML or text.

use crate::failure::Failure;
use clap::ValueEnum;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::io::Write;
use std::sync::LazyLock;
use vela::exec::secret::Secrets;
use vela::lang::encoding::{json, yaml};

/// Formats for programs.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSON, indented.
    Json,
    /// YAML.
    Yaml,
}

/// Writes a text to standard output.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(masked(text).as_bytes())?;
    out.flush()?;
    Ok(())
}

/// What nobody else may see, of all that this process has read.
pub(crate) fn secrets() -> &'static Secrets {
    static SECRETS: LazyLock<Secrets> = LazyLock::new(|| {
        let secrets = Secrets::new();
        secrets.add_environment();
        secrets
    });
    &SECRETS
}

/// A text as others may see it.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    secrets().mask(text)
}

/// Writes what is meant to be applied, secrets and all.
pub(crate) fn whole(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes data to standard output.
pub(crate) fn data(value: &Json, format: Format) -> Result<(), Failure> {
    text(&formatted(value, format))
}

/// Data as text that ends with a new line.
pub(crate) fn formatted(value: &Json, format: Format) -> String {
    let mut written = match format {
        Format::Json => serde_json::to_string_pretty(value).unwrap_or_default(),
        Format::Yaml => as_yaml(value),
    };
    if !written.ends_with('\n') {
        written.push('\n');
    }
    written
}

/// Data as YAML.
pub(crate) fn as_yaml(value: &Json) -> String {
    json::parse(&value.to_string()).map(|data| yaml::text(&data)).unwrap_or_default()
}
