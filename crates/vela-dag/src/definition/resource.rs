//! The custom resource that a definition file stands for.

use super::references::find;
use crate::oam::Definition;
use crate::template::collapsed_text;
use serde_json::{Map, Value as Json, json};
use vela_lang::format::format;
use vela_lang::source::{Source, Sources};
use vela_lang::syntax::ast::{Decl, File, Label};
use vela_lang::syntax::parse;

/// The object that holds the definition in a cluster; its template is laid out canonically.
pub fn custom_resource(definition: &Definition) -> Json {
    let mut metadata = json!({ "name": definition.metadata.name });
    for (name, map) in
        [("annotations", &definition.metadata.annotations), ("labels", &definition.metadata.labels)]
    {
        if !map.is_empty() {
            metadata[name] = json!(map);
        }
    }
    let mut spec = match &definition.spec.source {
        Json::Object(members) => members.clone(),
        _ => Map::new(),
    };
    if let Some(template) = &definition.template {
        let text = laid_out(&template.text);
        let schematic = spec.entry("schematic").or_insert_with(|| json!({}));
        schematic["cue"] = json!({ "template": text });
    }
    json!({
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": definition.kind.resource(),
        "metadata": metadata,
        "spec": spec,
    })
}

/// A template as the formatter writes it, without braces that are not needed. Imports and the rest are
/// laid out by themselves: that is how definition files have always been turned into resources.
fn laid_out(text: &str) -> String {
    let parsed = parse(&Sources::default(), "template.cue", text);
    if !parsed.errors.is_empty() {
        return text.to_owned();
    }
    let imports = parsed.file.decls.iter().filter_map(|decl| match decl {
        Decl::Import(import) => Some(import.span.end as usize),
        _ => None,
    });
    let (imports, body) = text.split_at_checked(imports.max().unwrap_or(0)).unwrap_or(("", text));
    let mut out = String::new();
    for part in [imports, body] {
        // Blank lines before the first declaration say nothing.
        let part = part.trim_start();
        let mut parsed = parse(&Sources::default(), "template.cue", part);
        let text = collapsed_text(&mut parsed.file, part);
        let parsed = parse(&Sources::default(), "template.cue", text.as_str());
        let text = without_quotes(&parsed.file, &text);
        let parsed = parse(&Sources::default(), "template.cue", text.as_str());
        if !part.trim().is_empty() {
            out.push_str(&format(&parsed.file, &Source::new("template.cue", text)));
        }
    }
    out
}

/// The longest text whose labels are looked at: each is held against all names in its struct.
const LONGEST: usize = 1 << 18;

/// The text without quotes that labels do not need. They need them where the name would be one that
/// something in the struct refers to.
fn without_quotes(file: &File, text: &str) -> String {
    if text.len() > LONGEST {
        return text.to_owned();
    }
    let mut cuts: Vec<usize> = Vec::new();
    for scope in find(&file.decls).scopes {
        let mut used = None;
        for decl in scope {
            let Decl::Field(field) = decl else { continue };
            let Label::String(literal) = &field.label else { continue };
            let name = literal.text.trim_matches('"');
            if literal.text.len() != name.len() + 2 || !is_plain(name) {
                continue;
            }
            let used = used.get_or_insert_with(|| find(scope));
            let named = used.names.contains(&name);
            if !named && used.references.iter().all(|reference| reference.root != name) {
                cuts.extend([literal.span.start as usize, literal.span.end as usize - 1]);
            }
        }
    }
    cuts.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for cut in cuts {
        out.push_str(text.get(from..cut).unwrap_or_default());
        from = cut + 1;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Whether a label may stand without quotes and still mean the same.
fn is_plain(name: &str) -> bool {
    let keyword = matches!(
        name,
        "null" | "true" | "false" | "for" | "in" | "if" | "let" | "import" | "package"
    );
    let letter = |c: char| c.is_ascii_alphabetic() || c == '$';
    !keyword
        && name.starts_with(letter)
        && name.chars().all(|c| letter(c) || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::laid_out;

    #[test]
    fn layouts() {
        for (text, wanted) in [
            ("a: {\n\tb: {\n\t\tc: 1\n\t}\n}\n", "a: b: c: 1\n"),
            ("a: {\n\t// Why.\n\tb: 1\n}\n", "a: {\n\t// Why.\n\tb: 1\n}\n"),
            ("import \"list\"\n\n\n\tx: list.Max([1])", "import \"list\"\nx: list.Max([1])\n"),
            ("\ta:\n\t\tb: 1\n", "a: b: 1\n"),
            ("\"a\": {\"b-c\": 1, \"d\": 2}\n", "a: {\"b-c\": 1, d: 2}\n"),
            ("a: {\"b\": b, c: \"b\"}\nb: 1\n", "a: {\"b\": b, c: \"b\"}\nb: 1\n"),
            ("", ""),
        ] {
            assert_eq!(laid_out(text), wanted, "{text}");
        }
    }
}
