//! A value as CUE text, as `cue eval` prints it.

use super::compact;
use crate::diagnostic::Class;
use crate::ir::Presence;
use crate::source::{SourceId, Sources};
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
    let mut writer = Writer { options, sources, imports, used: Vec::new(), out: String::new() };
    let has_fields = value.0.fields.iter().any(|f| writer.shown(f));
    let is_struct = matches!(value.0.content, Content::Struct);
    if is_struct && has_fields {
        writer.fields(&value);
    } else if has_fields && value.0.errors().is_empty() {
        writer.fields(&value);
        writer.plain(&value);
        writer.out.push('\n');
    } else if is_struct {
        return String::new();
    } else {
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
    /// Imports that printed source refers to.
    used: Vec<&'w ImportName>,
    out: String,
}

impl<'w> Writer<'w> {
    /// The text in canonical layout, indented by four blanks.
    fn finish(mut self) -> String {
        self.used.sort_by(|a, b| (&a.path, &a.name).cmp(&(&b.path, &b.name)));
        self.used.dedup_by(|a, b| (&a.path, &a.name) == (&b.path, &b.name));
        let mut head = String::new();
        let spec = |i: &ImportName| {
            let last = i.path.rsplit(['/', ':']).next().unwrap_or("");
            let path = literal::quote_string(&i.path);
            if last == i.name { path } else { format!("{} {path}", i.name) }
        };
        match self.used.as_slice() {
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
        let rough = head + &self.out;
        let table = Sources::default();
        let parsed = syntax::parse(&table, "output", rough.as_str());
        let source = table.get(parsed.source);
        let (true, Some(source)) = (parsed.errors.is_empty(), source) else { return rough };
        spaced(&crate::format::format(&parsed.file, &source))
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
            self.fields(value);
            self.plain(value);
            self.out.push_str("\n}");
        } else {
            self.plain(value);
        }
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
        let mut parts: Vec<String> = Vec::new();
        for span in inner.source() {
            let source = self.sources.get(span.source)?;
            let text = source.text.get(span.start as usize..span.end as usize)?;
            let parsed = syntax::parse_expr(&Sources::default(), "source", text);
            let several = inner.source().len() > 1;
            let is_or = matches!(
                &parsed.expr,
                ast::Expr::Binary { rest, .. } if rest.iter().any(|o| o.op == ast::BinaryOp::Or)
            );
            for import in self.imports.iter().filter(|i| i.source == span.source) {
                if mentions(text, &import.name) {
                    self.used.push(import);
                }
            }
            let text = if several && is_or { format!("({text})") } else { text.to_owned() };
            if !parts.contains(&text) {
                parts.push(text);
            }
        }
        (!parts.is_empty()).then(|| parts.join(" & "))
    }

    fn plain(&mut self, value: &Value) {
        match &value.0.content {
            Content::Struct => {
                if !value.0.fields.iter().any(|f| self.shown(f)) {
                    self.out.push_str("{}");
                    return;
                }
                self.out.push_str("{\n");
                self.fields(value);
                self.out.push('}');
            }
            Content::List { elements, open } => {
                self.out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    if i > 0 {
                        self.out.push_str(", ");
                    }
                    crate::depth::grow(|| self.value(element));
                }
                if *open && self.options.ellipsis {
                    self.out.push_str(if elements.is_empty() { "..." } else { ", ..." });
                }
                self.out.push(']');
            }
            Content::String(text) if text.contains('\n') => {
                self.out.push_str(&literal::quote_multiline(text, "\t"));
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
            Content::Constraint(_) => self.out.push_str(&super::compact::constraint(value)),
            _ => self.out.push_str(&compact(value)),
        }
    }
}

/// Whether a name is followed by a dot somewhere in a text.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        text[at + name.len()..].starts_with('.')
            && before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '#' | '$'))
    })
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
