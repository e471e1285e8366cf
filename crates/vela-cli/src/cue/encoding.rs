//! Formats of files: which file is read as what, and how values are written.

use crate::failure::Failure;
use vela::lang::export::{CueOptions, ImportName, cue_text};
use vela::lang::source::Sources;
use vela::lang::{Class, Data, DataFormat, Diagnostic, Error, Value, encoding, export};

/// A format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Encoding {
    Cue,
    Json,
    JsonLines,
    Yaml,
    Toml,
    Text,
    Binary,
    /// The tree that the conformance tests read.
    Tree,
}

impl Encoding {
    /// By its name, as in `--out json`.
    pub(crate) fn named(name: &str) -> Result<Encoding, Failure> {
        Ok(match name {
            "cue" | "data" | "graph" | "schema" => Encoding::Cue,
            "json" => Encoding::Json,
            "jsonl" | "ldjson" => Encoding::JsonLines,
            "yaml" => Encoding::Yaml,
            "toml" => Encoding::Toml,
            "text" => Encoding::Text,
            "binary" => Encoding::Binary,
            "tree-json" => Encoding::Tree,
            "xml" | "koala" | "proto" | "textproto" | "openapi" | "jsonschema" | "pb" | "go"
            | "code" => {
                return Err(Failure::new(format!("unsupported encoding {name:?}")));
            }
            _ => return Err(Failure::new(format!("unknown filetype {name}"))),
        })
    }

    /// Whether it is a format of data, which `import` takes by itself.
    pub(crate) fn is_data(self) -> bool {
        matches!(self, Encoding::Json | Encoding::JsonLines | Encoding::Yaml | Encoding::Toml)
    }

    /// Whether files of this format are among those that `import MODE` takes.
    pub(crate) fn is_read_as(self, mode: Encoding) -> bool {
        self == mode || (self, mode) == (Encoding::JsonLines, Encoding::Json)
    }

    /// By the name of a file.
    pub(crate) fn of_file(path: &str) -> Option<Result<Encoding, Failure>> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension {
            "cue" => Ok(Encoding::Cue),
            "json" => Ok(Encoding::Json),
            "jsonl" | "ldjson" => Ok(Encoding::JsonLines),
            "yaml" | "yml" => Ok(Encoding::Yaml),
            "toml" => Ok(Encoding::Toml),
            "txt" => Ok(Encoding::Text),
            "xml" | "proto" | "textproto" | "go" => {
                Err(Failure::new(format!("unsupported encoding {extension:?}")))
            }
            _ => return None,
        })
    }
}

/// How values are written.
pub(crate) struct Writing {
    pub(crate) encoding: Encoding,
    /// Write `<`, `>` and `&` of JSON as escapes.
    pub(crate) escape: bool,
    /// What CUE text shows.
    pub(crate) cue: CueOptions,
}

impl Writing {
    /// The text of one value.
    pub(crate) fn text(
        &self,
        value: &Value,
        sources: &Sources,
        imports: &[ImportName],
    ) -> Result<String, Error> {
        Ok(match self.encoding {
            Encoding::Cue => cue_text(value, &self.cue, sources, imports),
            Encoding::Json | Encoding::JsonLines => {
                let text = encoding::json::pretty_text(&value.data()?) + "\n";
                if self.escape { escaped(&text) } else { text }
            }
            Encoding::Yaml => encoding::yaml::text(&value.data()?),
            Encoding::Toml => encoding::toml::text(&value.data()?),
            Encoding::Text => match value.data()? {
                Data::String(text) => format!("{text}\n"),
                other => return Err(unfit(value, &other, "string")),
            },
            Encoding::Binary => match value.data()? {
                Data::String(text) => text.to_string(),
                other => return Err(unfit(value, &other, "(string|bytes)")),
            },
            Encoding::Tree => export::tree_json(value) + "\n",
        })
    }

    /// The format of an evaluation that is written without a value in between.
    pub(crate) fn direct(&self) -> Option<DataFormat> {
        match self.encoding {
            Encoding::Json | Encoding::JsonLines if !self.escape => Some(DataFormat::Json),
            Encoding::Yaml => Some(DataFormat::Yaml),
            _ => None,
        }
    }

    /// What stands between two values.
    pub(crate) fn separator(&self) -> &'static str {
        match self.encoding {
            Encoding::Cue => "// ---\n",
            Encoding::Yaml => "---\n",
            _ => "",
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn unfit(value: &Value, data: &Data, wanted: &str) -> Error {
    let kind = match data {
        Data::Null => "null",
        Data::Bool(_) => "bool",
        Data::Number(number) if number.is_int() => "int",
        Data::Number(_) => "float",
        Data::String(_) => "string",
        Data::Bytes(_) => "bytes",
        Data::List(_) => "list",
        Data::Struct(_) => "struct",
    };
    let text = format!("cannot use value {} (type {kind}) as {wanted}", export::compact(value));
    let mut error = Diagnostic::new("cue/encoding", Class::Eval, text);
    for origin in value.origins() {
        error = error.label(*origin, "");
    }
    error.into()
}
