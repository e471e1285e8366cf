//! TOML: the reader works on the tree of the `toml_edit` crate; the writer prints tables as the
//! reference does, keys sorted.

use crate::data::Data;
use crate::number::Number;
use std::fmt::Write as _;
use std::sync::Arc;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

/// What is wrong with a text.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct TomlError(String);

/// Reads a document.
///
/// # Errors
/// The text is not TOML, or has numbers that CUE cannot represent.
pub fn parse(text: &str) -> Result<Data, TomlError> {
    let document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| TomlError(error.message().to_owned()))?;
    table(document.as_table())
}

fn table(table: &Table) -> Result<Data, TomlError> {
    fields(table)
}

fn fields(table: &dyn TableLike) -> Result<Data, TomlError> {
    let fields = table.iter().map(|(key, item)| Ok((Arc::from(key), of_item(item)?)));
    Ok(Data::Struct(fields.collect::<Result<_, TomlError>>()?))
}

fn of_item(item: &Item) -> Result<Data, TomlError> {
    match item {
        Item::None => Ok(Data::Null),
        Item::Value(value) => of_value(value),
        Item::Table(inner) => table(inner),
        Item::ArrayOfTables(tables) => {
            Ok(Data::List(tables.iter().map(table).collect::<Result<_, _>>()?))
        }
    }
}

fn of_value(value: &Value) -> Result<Data, TomlError> {
    Ok(match value {
        Value::String(text) => Data::string(text.value().as_str()),
        Value::Integer(int) => Data::Number(Number::from(*int.value())),
        Value::Float(float) => {
            let repr = float.as_repr().and_then(|repr| repr.as_raw().as_str());
            let text = repr.map_or_else(|| float.value().to_string(), |text| text.replace('_', ""));
            match Number::parse(&text) {
                Ok(number) => Data::Number(number),
                Err(_) => return Err(TomlError(format!("illegal number start \"{text}\""))),
            }
        }
        Value::Boolean(value) => Data::Bool(*value.value()),
        Value::Datetime(time) => Data::string(time.value().to_string()),
        Value::Array(array) => Data::List(array.iter().map(of_value).collect::<Result<_, _>>()?),
        Value::InlineTable(table) => fields(table)?,
    })
}

/// A document, or a value alone.
pub fn text(data: &Data) -> String {
    let mut out = String::new();
    match data {
        Data::Struct(fields) => write_table(&mut out, fields, &mut Vec::new()),
        other => write_value(&mut out, other),
    }
    out
}

type Fields = [(Arc<str>, Data)];

fn is_table_list(data: &Data) -> bool {
    match data {
        Data::List(elements) => {
            !elements.is_empty() && elements.iter().all(|e| matches!(e, Data::Struct(_)))
        }
        _ => false,
    }
}

fn sorted(fields: &Fields) -> Vec<&(Arc<str>, Data)> {
    let mut sorted: Vec<_> =
        fields.iter().filter(|(_, value)| !matches!(value, Data::Null)).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted
}

/// Writes values first, then tables with their headers.
fn write_table(out: &mut String, fields: &Fields, path: &mut Vec<String>) {
    let fields = sorted(fields);
    let is_table = |value: &Data| matches!(value, Data::Struct(_)) || is_table_list(value);
    // Right behind a header without values comes no blank line.
    let mut blank = path.is_empty() && !out.is_empty();
    for (label, value) in fields.iter().filter(|(_, value)| !is_table(value)) {
        let _ = write!(out, "{} = ", key(label));
        write_value(out, value);
        out.push('\n');
        blank = true;
    }
    for (label, value) in fields.iter().filter(|(_, value)| is_table(value)) {
        path.push(key(label));
        let name = path.join(".");
        let single = std::slice::from_ref(value);
        let (open, close, tables) = match value {
            Data::List(elements) => ("[[", "]]", elements.as_slice()),
            _ => ("[", "]", single),
        };
        for table in tables {
            if blank {
                out.push('\n');
            }
            let _ = writeln!(out, "{open}{name}{close}");
            if let Data::Struct(fields) = table {
                write_table(out, fields, path);
            }
            blank = true;
        }
        path.pop();
    }
}

fn key(label: &str) -> String {
    let bare = !label.is_empty()
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { label.to_owned() } else { quoted(label) }
}

/// A string in single quotes if it can be, else escaped in double quotes.
fn quoted(text: &str) -> String {
    let plain = |c: char| c != '\'' && (c == '\t' || !c.is_control());
    if text.chars().all(plain) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn write_value(out: &mut String, data: &Data) {
    match data {
        Data::Null => out.push_str("null"),
        Data::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Data::Number(Number::Small(int)) => {
            let _ = write!(out, "{int}");
        }
        // TOML has ints of 64 bits only.
        Data::Number(number @ Number::Big(_)) => out.push_str(&quoted(&number.cue_text())),
        Data::Number(float) => {
            let value = float.to_f64();
            let _ = if value.is_finite() && value.fract() == 0.0 {
                write!(out, "{value:.1}")
            } else {
                write!(out, "{value}")
            };
        }
        Data::String(text) => out.push_str(&quoted(text)),
        Data::Bytes(bytes) => {
            let items: Vec<String> = bytes.iter().map(u8::to_string).collect();
            let _ = write!(out, "[{}]", items.join(", "));
        }
        Data::List(elements) => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_value(out, element);
            }
            out.push(']');
        }
        Data::Struct(fields) => {
            out.push('{');
            for (i, (label, value)) in sorted(fields).into_iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                let _ = write!(out, "{} = ", key(label));
                write_value(out, value);
            }
            out.push('}');
        }
    }
}
