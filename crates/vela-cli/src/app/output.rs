//! Results as JSON, YAML or text.

use crate::failure::Failure;
use clap::ValueEnum;
use serde_json::Value as Json;
use std::io::Write;
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

/// A text as others may see it.
pub(crate) fn masked(text: &str) -> std::borrow::Cow<'_, str> {
    std::borrow::Cow::Borrowed(text)
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
