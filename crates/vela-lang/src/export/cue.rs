//! A value as CUE text, as `cue eval` prints it.

use super::{compact, source};
use crate::diagnostic::Class;
use crate::ir::Presence;
use crate::source::{SourceId, Sources, Span};
use crate::syntax::{self, ast, literal};
use crate::value::{Content, Field, LabelKind, Value};

/// What of a value is written.
#[derive(Clone, Debug)]
pub struct CueOptions {
    /// Fields that may be there.
    pub optional: bool,
    /// Definitions.
    pub definitions: bool,
    /// Hidden fields.
    pub hidden: bool,
    /// Attributes.
    pub attributes: bool,
    /// Doc comments.
    pub docs: bool,
    /// Errors in place of values: `_|_ // message`.
    pub errors: bool,
    /// `...` of open lists.
    pub ellipsis: bool,
}

impl Default for CueOptions {
    fn default() -> CueOptions {
        CueOptions {
            optional: false,
            definitions: true,
            hidden: false,
            attributes: false,
            docs: false,
            errors: false,
            ellipsis: false,
        }
    }
}

/// The value as the text of a file: fields at the top level, or a single expression. What is not
/// complete is written as its source, for which `sources` has to hold the program's texts and
/// `imports` its imports.
pub fn cue_text(
    value: &Value,
    options: &CueOptions,
    sources: &Sources,
    imports: &[ImportName],
) -> String {
    let value = value.default();
    let out = String::new();
    let mut writer = Writer { options, sources, imports, used: Vec::new(), indent: 0, out };
    let has_fields = value.0.fields.iter().any(|f| writer.shown(f));
    let is_struct = matches!(value.0.content, Content::Struct);
    if is_struct && has_fields {
        writer.fields(&value);
    } else if has_fields && value.0.errors().is_empty() {
        writer.plain(&value);
        writer.out.push('\n');
        writer.fields(&value);
    } else if is_struct {
        return "\n".to_owned();
    } else if !writer.whole_file(&value) {
        writer.value(&value);
        writer.out.push('\n');
    }
    writer.finish()
}

/// An import of a file of a program: what messages and printed source call a package.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ImportName {
    /// The file.
    pub source: SourceId,
    /// The name in the file.
    pub name: String,
    /// The import path.
    pub path: String,
}

struct Writer<'w> {
    options: &'w CueOptions,
    sources: &'w Sources,
    imports: &'w [ImportName],
    /// Imports that printed source refers to, in the order of use.
    used: Vec<ImportName>,
    /// How many structs what is written stands in.
    indent: usize,
    out: String,
}

impl<'w> Writer<'w> {
    /// The text in canonical layout, indented by four blanks.
    fn finish(mut self) -> String {
        let mut used: Vec<ImportName> = Vec::new();
        for import in std::mem::take(&mut self.used) {
            if !used.iter().any(|u| (&u.path, &u.name) == (&import.path, &import.name)) {
                used.push(import);
            }
        }
        let mut head = String::new();
        let spec = |i: &ImportName| {
            let last = i.path.rsplit(['/', ':']).next().unwrap_or("");
            let path = literal::quote_string(&i.path);
            if last == i.name { path } else { format!("{} {path}", i.name) }
        };
        match used.as_slice() {
            [] => {}
            [only] => head = format!("import {}\n\n", spec(only)),
            several => {
                head.push_str("import (\n");
                for import in several {
                    head.push_str(&format!("\t{}\n", spec(import)));
                }
                head.push_str(")\n\n");
            }
        }
        let blank = if head.is_empty() && self.out.starts_with('\n') { "\n" } else { "" };
        let rough = head + &self.out;
        let table = Sources::default();
        let parsed = syntax::parse(&table, "output", rough.as_str());
        let source = table.get(parsed.source);
        let (true, Some(source)) = (parsed.errors.is_empty(), source) else { return rough };
        blank.to_owned() + &spaced(&crate::format::format(&parsed.file, &source))
    }

    fn shown(&self, field: &Field) -> bool {
        let kind = match field.kind {
            LabelKind::Regular => true,
            LabelKind::Definition => self.options.definitions,
            LabelKind::Hidden => self.options.hidden,
        };
        kind && (self.options.optional || field.presence != Presence::Optional)
    }

    fn fields(&mut self, value: &Value) {
        for field in &value.0.fields {
            if !self.shown(field) {
                continue;
            }
            if self.options.docs {
                for doc in field.info.iter().flat_map(|info| &info.docs) {
                    self.out.push_str(doc);
                    self.out.push('\n');
                }
            }
            let label = match field.kind {
                LabelKind::Regular => super::label(&field.label),
                _ => field.label.to_string(),
            };
            self.out.push_str(&label);
            self.out.push_str(match field.presence {
                Presence::Optional => "?: ",
                Presence::Required => "!: ",
                Presence::Regular => ": ",
            });
            crate::depth::grow(|| self.value(&field.value));
            if self.options.attributes {
                for attribute in field.info.iter().flat_map(|info| &info.attributes) {
                    self.out.push(' ');
                    self.out.push_str(attribute);
                }
            }
            self.out.push('\n');
        }
    }

    fn value(&mut self, value: &Value) {
        let value = &value.default();
        let inner = &value.0;
        if let Some(text) = self.source_of(value) {
            self.out.push_str(&text);
            return;
        }
        let beside =
            !matches!(inner.content, Content::Struct) && inner.fields.iter().any(|f| self.shown(f));
        if beside {
            self.out.push_str("{\n");
            self.indent += 1;
            self.plain(value);
            self.out.push('\n');
            self.fields(value);
            self.indent -= 1;
            self.out.push('}');
        } else {
            self.plain(value);
        }
    }

    /// Writes the declarations of the file that is the source of a value, if that is so.
    fn whole_file(&mut self, value: &Value) -> bool {
        let inner = &value.0;
        let incomplete = inner.errors().iter().all(|e| e.class <= Class::Incomplete);
        let [span] = inner.source() else { return false };
        if !incomplete || inner.errors().is_empty() || self.options.errors {
            return false;
        }
        let Some(source) = self.sources.get(span.source) else { return false };
        if (span.start, span.end as usize) != (0, source.text.len()) {
            return false;
        }
        let file = source::read_file(&source.text);
        self.use_imports(*span, &source.text);
        if matches!(file.decls.first(), Some(ast::Decl::Let(_) | ast::Decl::Embed(_))) {
            self.out.push('\n');
        }
        self.out.push_str(&crate::format::format_rewritten_file(&file));
        true
    }

    /// The source of a value that is not complete, as conjuncts.
    fn source_of(&mut self, value: &Value) -> Option<String> {
        let inner = &value.0;
        let class = inner.errors().iter().map(|e| e.class).max()?;
        if self.options.errors || class > Class::Incomplete {
            let message = inner.errors().first().map_or("", |e| e.message.as_str());
            return Some(if self.options.errors {
                format!("_|_ // {}", message.lines().next().unwrap_or(""))
            } else {
                "_|_".to_owned()
            });
        }
        let mut parts: Vec<ast::Expr> = Vec::new();
        for span in inner.source() {
            let source = self.sources.get(span.source)?;
            let text = source.text.get(span.start as usize..span.end as usize)?;
            self.use_imports(*span, text);
            source::conjuncts(source::read(text), &mut parts);
        }
        if parts.len() > 1 {
            parts.retain(|part| !matches!(part, ast::Expr::Ident(name) if name.name == "_"));
        }
        parts.sort_by_key(source::rank);
        let style = source::Style::value(self.indent);
        let parts = parts.into_iter().map(|part| source::rewritten(part, style)).collect();
        source::joined(parts).map(|expr| crate::format::format_rewritten(&expr))
    }

    /// Notes the imports that a text of a file mentions.
    fn use_imports(&mut self, span: Span, text: &str) {
        let mut used: Vec<(usize, &ImportName)> = self
            .imports
            .iter()
            .filter(|import| import.source == span.source)
            .filter_map(|import| Some((mentioned(text, &import.name)?, import)))
            .collect();
        used.sort_by_key(|(at, _)| *at);
        self.used.extend(used.into_iter().map(|(_, import)| import.clone()));
    }

    /// An element of a list: texts stay on one line.
    fn element(&mut self, element: &Value) {
        match &element.default().0.content {
            Content::String(text) => self.out.push_str(&literal::quote_string(text)),
            Content::Bytes(bytes) => self.out.push_str(&literal::quote_bytes(bytes)),
            _ => crate::depth::grow(|| self.value(element)),
        }
    }

    fn plain(&mut self, value: &Value) {
        match &value.0.content {
            Content::Struct => {
                if !value.0.fields.iter().any(|f| self.shown(f)) {
                    self.out.push_str("{}");
                    return;
                }
                self.out.push_str("{\n");
                self.indent += 1;
                self.fields(value);
                self.indent -= 1;
                self.out.push('}');
            }
            Content::List { elements, open } => {
                self.out.push('[');
                self.indent += 1;
                for (i, element) in elements.iter().enumerate() {
                    if i > 0 {
                        self.out.push_str(", ");
                    }
                    self.element(element);
                }
                self.indent -= 1;
                if *open && self.options.ellipsis {
                    self.out.push_str(if elements.is_empty() { "..." } else { ", ..." });
                }
                self.out.push(']');
            }
            Content::String(text) if text.contains('\n') => {
                self.out.push_str(&literal::quote_multiline(text, "\t"));
            }
            Content::Bytes(bytes) if bytes.contains(&b'\n') => {
                self.out.push_str(&literal::quote_multiline_bytes(bytes, "\t"));
            }
            Content::Disjunction(arms) => {
                let defaults = arms.iter().filter(|a| a.default).count();
                let mut first = true;
                for arm in arms.iter().filter(|a| defaults < 2 || a.default) {
                    if !std::mem::take(&mut first) {
                        self.out.push_str(" | ");
                    }
                    crate::depth::grow(|| self.value(&arm.value));
                }
            }
            Content::Constraint(constraint) => {
                for check in constraint.validators.iter().filter(|c| !c.package.is_empty()) {
                    let name = check.package.rsplit('/').next().unwrap_or("").to_owned();
                    let path = check.package.to_owned();
                    self.used.push(ImportName { source: Span::NONE.source, name, path });
                }
                self.out.push_str(&super::compact::constraint(value));
            }
            _ => self.out.push_str(&compact(value)),
        }
    }
}

/// Where a name is followed by a dot for the first time in a text.
fn mentioned(text: &str, name: &str) -> Option<usize> {
    let is_use = |at: usize| {
        let before = text[..at].chars().next_back();
        text[at + name.len()..].starts_with('.')
            && before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '#' | '$'))
    };
    text.match_indices(name).map(|(at, _)| at).find(|at| is_use(*at))
}

/// Leading tabs as four blanks each.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for line in text.split_inclusive('\n') {
        let rest = line.trim_start_matches('\t');
        out.extend(std::iter::repeat_n("    ", line.len() - rest.len()));
        out.push_str(rest);
    }
    out
}
