//! A value as CUE text, as `cue eval` prints it.

use super::compact;
use crate::ir::Presence;
use crate::syntax::literal;
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
    /// What an incomplete value is written as: its source text, by the places of its conjuncts.
    pub concrete: bool,
}

impl Default for CueOptions {
    fn default() -> CueOptions {
        CueOptions {
            optional: false,
            definitions: true,
            hidden: false,
            attributes: false,
            docs: false,
            concrete: false,
        }
    }
}

/// The value as the text of a file: fields at the top level, or a single expression.
pub fn cue_text(
    value: &Value,
    options: &CueOptions,
    source: &dyn Fn(&Value) -> Option<String>,
) -> String {
    let value = value.default();
    let mut writer = Writer { options, source, out: String::new() };
    let top = matches!(value.0.content, Content::Struct) && !value.0.fields.is_empty()
        || (matches!(value.0.content, Content::Bottom) && !value.0.fields.is_empty());
    if top {
        writer.fields(&value, 0);
    } else {
        writer.value(&value, 0);
        writer.out.push('\n');
    }
    writer.out
}

struct Writer<'w> {
    options: &'w CueOptions,
    source: &'w dyn Fn(&Value) -> Option<String>,
    out: String,
}

impl Writer<'_> {
    fn indent(&mut self, level: usize) {
        self.out.extend(std::iter::repeat_n("    ", level));
    }

    fn shown(&self, field: &Field) -> bool {
        let kind = match field.kind {
            LabelKind::Regular => true,
            LabelKind::Definition => self.options.definitions,
            LabelKind::Hidden => self.options.hidden,
        };
        kind && (self.options.optional || field.presence != Presence::Optional)
    }

    fn fields(&mut self, value: &Value, level: usize) {
        let shown: Vec<&Field> = value.0.fields.iter().filter(|f| self.shown(f)).collect();
        let labels: Vec<String> = shown.iter().map(|f| self.label(f)).collect();
        let mut start = 0;
        while start < shown.len() {
            // Values of neighbouring one-line fields are aligned.
            let mut end = start;
            while end < shown.len() && !is_block(&shown[end].value.default(), self) {
                end += 1;
            }
            if end == start {
                end += 1;
            }
            let width = if end - start > 1 || !is_block(&shown[start].value.default(), self) {
                labels[start..end].iter().map(|l| l.chars().count()).max().unwrap_or(0)
            } else {
                0
            };
            for i in start..end {
                self.indent(level);
                self.out.push_str(&labels[i]);
                self.out.push_str(": ");
                let pad = width.saturating_sub(labels[i].chars().count());
                self.out.extend(std::iter::repeat_n(' ', pad));
                let field = shown[i];
                crate::depth::grow(|| self.value(&field.value.default(), level));
                if self.options.attributes {
                    for attribute in field.info.iter().flat_map(|info| &info.attributes) {
                        self.out.push(' ');
                        self.out.push_str(attribute);
                    }
                }
                self.out.push('\n');
            }
            start = end;
        }
    }

    fn label(&self, field: &Field) -> String {
        let label = match field.kind {
            LabelKind::Regular => super::label(&field.label),
            _ => field.label.to_string(),
        };
        match field.presence {
            Presence::Optional => label + "?",
            Presence::Required => label + "!",
            Presence::Regular => label,
        }
    }

    fn value(&mut self, value: &Value, level: usize) {
        let inner = &value.0;
        if let Some(text) = (self.source)(value) {
            let text = text.replace('\n', &format!("\n{}", "    ".repeat(level)));
            self.out.push_str(&text);
            return;
        }
        let beside =
            inner.fields.iter().any(|f| self.shown(f)) && !matches!(inner.content, Content::Struct);
        if beside {
            self.out.push_str("{\n");
            self.fields(value, level + 1);
            self.indent(level + 1);
            self.plain(value, level + 1);
            self.out.push('\n');
            self.indent(level);
            self.out.push('}');
            return;
        }
        self.plain(value, level);
    }

    fn plain(&mut self, value: &Value, level: usize) {
        match &value.0.content {
            Content::Struct => {
                if !value.0.fields.iter().any(|f| self.shown(f)) {
                    self.out.push_str("{}");
                    return;
                }
                self.out.push_str("{\n");
                self.fields(value, level + 1);
                self.indent(level);
                self.out.push('}');
            }
            Content::List { elements, open } => self.list(elements, *open, level),
            Content::String(text) => self.string(text, level),
            Content::Disjunction(arms) => {
                let defaults = arms.iter().filter(|a| a.default).count();
                let mut first = true;
                for arm in arms.iter().filter(|a| defaults < 2 || a.default) {
                    if !std::mem::take(&mut first) {
                        self.out.push_str(" | ");
                    }
                    self.value(&arm.value.default(), level);
                }
            }
            _ => self.out.push_str(&compact(value)),
        }
    }

    fn list(&mut self, elements: &[Value], open: bool, level: usize) {
        self.out.push('[');
        for (i, element) in elements.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            self.value(&element.default(), level);
        }
        if open && !elements.is_empty() {
            self.out.push_str(", ...");
        } else if open {
            self.out.push_str("...");
        }
        self.out.push(']');
    }

    fn string(&mut self, text: &str, level: usize) {
        if !text.contains('\n') {
            self.out.push_str(&literal::quote_string(text));
            return;
        }
        let indent = "    ".repeat(level + 1);
        self.out.push_str("\"\"\"\n");
        for line in text.split('\n') {
            if !line.is_empty() {
                self.out.push_str(&indent);
            }
            let quoted = literal::quote_string(line);
            let inner = &quoted[1..quoted.len() - 1];
            self.out.push_str(&inner.replace("\\\"", "\""));
            self.out.push('\n');
        }
        self.out.push_str(&indent);
        self.out.push_str("\"\"\"");
    }
}

/// Whether a value takes more than one line.
fn is_block(value: &Value, writer: &Writer<'_>) -> bool {
    match &value.0.content {
        Content::Struct => value.0.fields.iter().any(|f| writer.shown(f)),
        Content::List { elements, .. } => elements.iter().any(|e| is_block(&e.default(), writer)),
        Content::String(text) => text.contains('\n'),
        _ => value.0.fields.iter().any(|f| writer.shown(f)),
    }
}
