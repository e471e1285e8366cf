//! Definition files: CUE with one metadata field and one `template`.
//!
//! ```cue
//! import "strconv"
//!
//! scaler: {type: "trait", description: "Sets the number of replicas.", attributes: podDisruptive: false}
//! template: {
//!     patch: spec: replicas: parameter.replicas
//!     parameter: replicas: *1 | int
//! }
//! ```

use super::application::Metadata;
use super::definition::{self, Definition, DefinitionKind, Template};
use super::literal;
use super::node::Node;
use super::reader::Reader;
use crate::template::{Compiled, collapse};
use std::collections::BTreeMap;
use vela_lang::nearest;
use vela_lang::source::Span;
use vela_lang::syntax::ast;

/// The fields of the metadata.
const FIELDS: &[&str] = &["type", "alias", "description", "annotations", "labels", "attributes"];

/// The namespace of definitions from files.
const NAMESPACE: &str = "vela-system";

/// Reads a definition from a file's tree. Findings go to the reader; there is a definition unless one
/// of them is an error.
pub(super) fn definition(
    reader: &mut Reader,
    file: &ast::File,
    text: &str,
    name: &str,
) -> Option<Definition> {
    let mut imports = Vec::new();
    let mut metadata: Option<(String, &ast::Field)> = None;
    let mut template: Option<&ast::Field> = None;
    for decl in &file.decls {
        match decl {
            ast::Decl::Import(_) => imports.push(decl.clone()),
            ast::Decl::Package(_) | ast::Decl::Attribute(..) => {}
            ast::Decl::Field(field) => {
                let Some(label) = literal::label(&field.label) else {
                    let span = field.label.span();
                    reader.error("def/label", span, "", "the label must be written out".into());
                    return None;
                };
                if label == "template" {
                    if template.replace(field).is_some() {
                        let message = String::from("there are two templates");
                        reader.error("def/template", field.label.span(), "", message);
                        return None;
                    }
                } else if let Some((first, _)) = &metadata {
                    let message = format!(
                        "there are two metadata fields, {first:?} and {label:?}; a file defines one \
                         definition"
                    );
                    reader.error("def/metadata", field.label.span(), "", message);
                    return None;
                } else {
                    metadata = Some((label, field));
                }
            }
            other => {
                let span = span_of(other);
                let message = String::from(
                    "a definition file has imports, one metadata field and one template, no more",
                );
                reader.error("def/extra", span, "", message);
                return None;
            }
        }
    }
    let Some((label, field)) = metadata else {
        let message = String::from(
            "there is no metadata field; write  name: {type: \"component\", attributes: {}}",
        );
        reader.error("def/metadata", Span::NONE, name, message);
        return None;
    };
    let template = template.and_then(|field| match &field.value {
        ast::Expr::Struct(body) => Some(body),
        _ => None,
    });
    let Some(body) = template else {
        let message = format!("definition {label} has no template; write  template: {{…}}");
        reader.error("def/template", field.span, "", message);
        return None;
    };
    let node = match literal::document(&field.value) {
        Ok(node) => node,
        Err(reason) => {
            let message =
                format!("metadata of definition {label} must be written out: {}", reason.why);
            reader.error("def/metadata", reason.span, &label, message);
            return None;
        }
    };
    let text = template_text(&imports, body, text);
    let mut body = ast::File {
        span: file.span,
        decls: imports.into_iter().chain(body.decls.iter().cloned()).collect(),
        trailing: body.trailing.clone(),
    };
    collapse(&mut body);
    let template = Template { text, file: body, compiled: Compiled::default() };
    assemble(reader, label, &node, template, name)
}

fn assemble(
    reader: &mut Reader,
    label: String,
    node: &Node,
    template: Template,
    file: &str,
) -> Option<Definition> {
    reader.strict = true;
    let fields = reader.object(Some(node), &label, FIELDS);
    let kind = reader.string(&fields, "type").unwrap_or_default();
    let Some(kind) = DefinitionKind::of_type(&kind) else {
        let all = DefinitionKind::ALL.map(|kind| kind.to_string());
        let near = nearest(&kind, all.iter().map(String::as_str));
        let help = near.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
        let message = format!("type {kind:?} must be one of {}{help}", all.join(", "));
        let span = fields.get("type").map_or(node.span, |node| node.span);
        reader.error("def/type", span, &label, message);
        return None;
    };
    let mut annotations = BTreeMap::new();
    let mut labels = BTreeMap::new();
    for (key, value) in reader.string_map(&fields, "annotations") {
        annotations.insert(own_key(&key), value);
    }
    for (key, value) in reader.string_map(&fields, "labels") {
        labels.insert(own_key(&key), value);
    }
    for (field, key) in
        [("description", "definition.oam.dev/description"), ("alias", "definition.oam.dev/alias")]
    {
        if let Some(value) = reader.string(&fields, field) {
            annotations.insert(key.to_owned(), value);
        }
    }
    let (spec, terraform, _) = definition::spec(reader, kind, fields.get("attributes"));
    Some(Definition {
        kind,
        metadata: Metadata { name: label, namespace: NAMESPACE.to_owned(), labels, annotations },
        file: file.to_owned(),
        template: Some(template),
        terraform,
        spec,
    })
}

/// The key that a label or annotation of a definition file has in the custom resource.
fn own_key(key: &str) -> String {
    if key.contains("oam.dev") {
        key.to_owned()
    } else {
        format!("custom.definition.oam.dev/{key}")
    }
}

/// Imports and body of the template, as they stand in the file.
fn template_text(imports: &[ast::Decl], body: &ast::StructLit, text: &str) -> String {
    let mut out = String::new();
    for import in imports {
        let span = span_of(import);
        out.push_str(text.get(span.start as usize..span.end as usize).unwrap_or_default());
        out.push('\n');
    }
    let inside = match body.braces {
        Some((open, close)) => open.end as usize..close.start as usize,
        None => body.span.start as usize..body.span.end as usize,
    };
    out.push_str(text.get(inside).unwrap_or_default());
    out
}

fn span_of(decl: &ast::Decl) -> Span {
    match decl {
        ast::Decl::Package(package) => package.span,
        ast::Decl::Import(import) => import.span,
        ast::Decl::Attribute(attribute, _) => attribute.span,
        ast::Decl::Field(field) => field.span,
        ast::Decl::Let(binding) => binding.span,
        ast::Decl::Ellipsis(ellipsis) => ellipsis.span,
        ast::Decl::Embed(embed) => embed.value.span(),
        ast::Decl::Comprehension(comprehension) => comprehension.span,
        ast::Decl::Bad(span) => *span,
    }
}
