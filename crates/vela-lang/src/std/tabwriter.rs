//! Package `text/tabwriter`: cells that end with a tab are aligned in columns.

use super::args::{Outcome, failed, function, kind_name, string};
use super::host::{Fault, Host, Kind, Package, Param, Val};

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "text/tabwriter",
    members: &[function("Write", &[Param::new("data", Kind::TOP)], Kind::STRING, write)],
};

/// A line as cells: all but the last end with a tab.
type Line<'a> = Vec<&'a str>;

/// A column is a run of lines that have a cell there; it is as wide as its widest cell and a blank.
fn widths(lines: &[Line<'_>]) -> Vec<Vec<usize>> {
    let cells = |line: usize| lines[line].len() - 1;
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|line| vec![0; line.len() - 1]).collect();
    for line in 0..lines.len() {
        for column in 0..cells(line) {
            if line > 0 && cells(line - 1) > column {
                continue;
            }
            let end =
                (line..lines.len()).find(|other| cells(*other) <= column).unwrap_or(lines.len());
            let widest =
                (line..end).map(|other| lines[other][column].chars().count()).max().unwrap_or(0);
            for own in &mut widths[line..end] {
                own[column] = widest + 1;
            }
        }
    }
    widths
}

/// Aligns one block of lines; a form feed ends a block.
fn align(host: &mut dyn Host, block: &str, out: &mut String) -> Result<(), Fault> {
    let lines: Vec<Line<'_>> =
        block.split('\n').map(|line| line.split(['\t', '\u{b}']).collect()).collect();
    let widths = widths(&lines);
    for (i, (line, widths)) in lines.iter().zip(&widths).enumerate() {
        if i > 0 {
            out.push('\n');
        }
        host.charge(widths.iter().sum())?;
        for (cell, width) in line.iter().zip(widths.iter().chain(std::iter::once(&0))) {
            out.push_str(cell);
            let length = cell.chars().count();
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(length)));
        }
    }
    Ok(())
}

fn aligned(host: &mut dyn Host, source: &str) -> Result<String, Fault> {
    host.charge(source.len().saturating_mul(16))?;
    let mut out = String::with_capacity(source.len());
    for (i, block) in source.split('\u{c}').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        align(host, block, &mut out)?;
    }
    Ok(out)
}

fn write(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = match args.first() {
        Some(Val::String(text)) => text.to_string(),
        Some(Val::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Some(Val::List(handle)) => {
            let mut all = String::new();
            for element in host.elements(*handle)? {
                match &element {
                    Val::String(text) => all.push_str(text),
                    Val::Bytes(bytes) => all.push_str(&String::from_utf8_lossy(bytes)),
                    other => {
                        let shown = host.show(other);
                        let kind = kind_name(host, other);
                        return failed(format!(
                            "cannot use value {shown} (type {kind}) as (string|bytes)"
                        ));
                    }
                }
                all.push('\n');
            }
            all
        }
        other => {
            let value = other.cloned().unwrap_or(Val::Null);
            let kind = kind_name(host, &value);
            return failed(format!("tabwriter.Write: unsupported type {kind}"));
        }
    };
    Ok(string(aligned(host, &source)?))
}
