//! Package `text/template`: Go's templates over concrete data.
//!
//! `lex` makes tokens, `parse` a tree, `exec` runs it over values, `functions` are those that every
//! template has, and `print` formats values as `printf` does. Nesting and recursion are bounded, and
//! every step and every byte of output is charged.

mod exec;
mod functions;
mod lex;
mod parse;
mod print;
mod value;

use super::args::{Outcome, function, string, text};
use super::host::{Host, Kind, Package, Param, Val};
use crate::encoding::quote::is_printable;
use std::fmt::Write as _;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "text/template",
    members: &[
        function(
            "Execute",
            &[Param::new("templ", Kind::STRING), Param::new("data", Kind::TOP)],
            Kind::STRING,
            execute,
        ),
        function("HTMLEscape", &[Param::new("s", Kind::STRING)], Kind::STRING, html_escape),
        function("JSEscape", &[Param::new("s", Kind::STRING)], Kind::STRING, js_escape),
    ],
};

fn execute(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    let data = super::json::data(host, args, 1)?;
    host.charge(source.len().saturating_mul(16))?;
    let templates = match parse::parse(source) {
        Ok(templates) => templates,
        Err(message) => return super::args::failed(message),
    };
    exec::run(host, source, &templates, value::Value::of(&data)).map(string)
}

/// Text escaped for HTML.
fn html_escaped(source: &str) -> String {
    super::html::escaped(source).replace('\0', "\u{fffd}")
}

/// Text escaped for a string of JavaScript.
fn js_escaped(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for character in source.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' => {
                let _ = write!(out, "\\u{:04X}", u32::from(character));
            }
            other if is_printable(other) => out.push(other),
            other => {
                let _ = write!(out, "\\u{:04X}", u32::from(other));
            }
        }
    }
    out
}

fn html_escape(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    host.charge(source.len().saturating_mul(5))?;
    Ok(string(html_escaped(source)))
}

fn js_escape(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    host.charge(source.len().saturating_mul(6))?;
    Ok(string(js_escaped(source)))
}
