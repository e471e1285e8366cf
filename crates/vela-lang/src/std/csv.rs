//! Package `encoding/csv`: records of fields, separated by commas.

use super::args::{Outcome, failed, function, lossy, not_a_list, string};
use super::host::{Fault, Host, Kind, Package, Param, Val};
use super::json::charge_text;
use crate::data::Data;
use crate::encoding::json;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "encoding/csv",
    members: &[
        function("Encode", &[Param::new("x", Kind::TOP)], Kind::STRING, encode),
        function("Decode", &[Param::new("r", Kind::BYTES_OR_STRING)], Kind::LIST, decode),
    ],
};

fn as_list(host: &mut dyn Host, value: &Val) -> Result<Vec<Val>, Fault> {
    match value {
        Val::List(handle) => host.elements(*handle),
        other => not_a_list(host, other),
    }
}

fn needs_quotes(field: &str) -> bool {
    field == "\\."
        || field.contains([',', '"', '\r', '\n'])
        || field.starts_with(char::is_whitespace)
}

fn encode(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let records = as_list(host, args.first().unwrap_or(&Val::Null))?;
    let mut out = String::new();
    for record in records {
        for (i, field) in as_list(host, &record)?.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            let text = match host.data(field)? {
                Data::String(text) => text.to_string(),
                other => json::compact_text(&other),
            };
            host.charge(text.len().saturating_mul(2))?;
            if needs_quotes(&text) {
                out.push('"');
                out.push_str(&text.replace('"', "\"\""));
                out.push('"');
            } else {
                out.push_str(&text);
            }
        }
        out.push('\n');
    }
    Ok(string(out))
}

/// Lines with their ends, `\r\n` as `\n`.
struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl Lines<'_> {
    fn next(&mut self) -> Option<String> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(match line.strip_suffix("\r\n") {
            Some(text) => format!("{text}\n"),
            None if rest.is_empty() => line.strip_suffix('\r').unwrap_or(line).to_owned(),
            None => line.to_owned(),
        })
    }
}

/// Reads the record that begins with a line.
fn record(first: String, lines: &mut Lines<'_>) -> Result<Vec<String>, String> {
    let start = lines.number;
    let problem = |line: usize, column: usize, what: &str| {
        let place = format!("parse error on line {line}, column {column}: {what}");
        if line == start { place } else { format!("record on line {start}; {place}") }
    };
    const BARE: &str = "bare \" in non-quoted-field";
    const QUOTE: &str = "extraneous or missing \" in quoted-field";
    let mut line = first;
    let mut at = 0;
    let mut fields = Vec::new();
    loop {
        let body = line.strip_suffix('\n').unwrap_or(&line).len();
        if !line[at..].starts_with('"') {
            let end = line[at..body].find(',').map_or(body, |found| at + found);
            if let Some(quote) = line[at..end].find('"') {
                return Err(problem(lines.number, at + quote + 1, BARE));
            }
            fields.push(line[at..end].to_owned());
            if end == body {
                return Ok(fields);
            }
            at = end + 1;
            continue;
        }
        at += 1;
        let mut field = String::new();
        loop {
            let Some(quote) = line[at..].find('"').map(|found| at + found) else {
                field.push_str(&line[at..]);
                match lines.next() {
                    Some(next) => {
                        line = next;
                        at = 0;
                        continue;
                    }
                    None => return Err(problem(lines.number, line.len() + 1, QUOTE)),
                }
            };
            field.push_str(&line[at..quote]);
            let rest = &line[quote + 1..];
            if rest.starts_with('"') {
                field.push('"');
                at = quote + 2;
            } else if rest.starts_with(',') {
                at = quote + 2;
                break;
            } else if rest.is_empty() || rest == "\n" {
                fields.push(field);
                return Ok(fields);
            } else {
                return Err(problem(lines.number, quote + 1, QUOTE));
            }
        }
        fields.push(field);
    }
}

fn decode(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = lossy(args, 0)?;
    charge_text(host, source.len())?;
    let mut lines = Lines { rest: &source, number: 0 };
    let mut records = Vec::new();
    let mut width = None;
    while let Some(line) = lines.next() {
        if line == "\n" {
            continue;
        }
        let number = lines.number;
        let fields = record(line, &mut lines).or_else(failed)?;
        if *width.get_or_insert(fields.len()) != fields.len() {
            return failed(format!("record on line {number}: wrong number of fields"));
        }
        records.push(Data::List(fields.into_iter().map(Data::string).collect()));
    }
    Ok(host.from_data(&Data::List(records.into())))
}
