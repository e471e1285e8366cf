//! How imported documents are laid out: what stood on one line stays there, as far as the reference
//! keeps it.

use super::encoding::Encoding;
use vela::lang::Span;
use vela::lang::format::format_expr;
use vela::lang::syntax::ast::{Decl, Element, Expr, Field, Label, ListLit, Literal, StructLit};
use vela::lang::syntax::literal;

/// From how many bytes on a JSON string with line ends is written on several lines.
const LONG: usize = 10;

/// Writes documents of one file as CUE text that is still to be formatted.
pub(crate) struct Layout<'t> {
    text: &'t str,
    encoding: Encoding,
    out: String,
}

impl<'t> Layout<'t> {
    /// For documents whose places are in `text`.
    pub(crate) fn new(text: &'t str, encoding: Encoding) -> Layout<'t> {
        Layout { text, encoding, out: String::new() }
    }

    /// Declarations of a file, one below the other.
    pub(crate) fn declarations(mut self, decls: &[Decl]) -> String {
        for decl in decls {
            match decl {
                Decl::Field(field) => match &field.value {
                    Expr::Struct(lit) if self.encoding == Encoding::Toml => {
                        self.table(&[&field.label], lit);
                    }
                    _ => self.field(field, true),
                },
                Decl::Embed(embed) => self.value(&embed.value, true),
                _ => {}
            }
            if !self.out.ends_with('\n') {
                self.out.push('\n');
            }
        }
        self.out
    }

    /// A table of TOML: its own values, then the tables in it.
    fn table(&mut self, path: &[&Label], lit: &StructLit) {
        let fields = || lit.decls.iter().filter_map(as_field);
        let own: Vec<&Field> = fields().filter(|f| !matches!(f.value, Expr::Struct(_))).collect();
        if !own.is_empty() || lit.decls.is_empty() {
            for label in path {
                self.label(label);
            }
            match own.as_slice() {
                [only] => self.field(only, true),
                own => {
                    self.out.push_str("{\n");
                    for field in own {
                        self.field(field, true);
                        self.out.push('\n');
                    }
                    self.out.push('}');
                }
            }
            self.out.push('\n');
        }
        for field in fields() {
            if let Expr::Struct(inner) = &field.value {
                let path: Vec<&Label> = path.iter().copied().chain([&field.label]).collect();
                self.table(&path, inner);
            }
        }
    }

    /// A field; `outermost` structs have a line for each of theirs.
    fn field(&mut self, field: &Field, outermost: bool) {
        self.label(&field.label);
        match &field.value {
            Expr::Struct(lit) if lit.braces.is_none() => {
                lit.decls.iter().filter_map(as_field).for_each(|only| self.field(only, outermost));
            }
            value => self.value(value, outermost && field.span.is_none()),
        }
    }

    fn label(&mut self, label: &Label) {
        match label {
            Label::Ident(name) => self.out.push_str(&name.name),
            Label::String(text) => match literal::string(text) {
                Ok(literal::Text::String(name)) if is_plain(&name) => self.out.push_str(&name),
                _ => self.out.push_str(&text.text),
            },
            Label::Interpolation(_) | Label::Dynamic { .. } | Label::Pattern { .. } => {}
        }
        self.out.push_str(": ");
    }

    fn value(&mut self, value: &Expr, outermost: bool) {
        match value {
            Expr::Struct(lit) => self.structure(lit, outermost),
            Expr::List(list) => self.list(list, outermost),
            Expr::String(text) => {
                let text = self.string(text);
                self.out.push_str(&text);
            }
            other => self.out.push_str(&format_expr(other, None)),
        }
    }

    fn structure(&mut self, lit: &StructLit, outermost: bool) {
        let spread = outermost
            || match self.encoding {
                Encoding::Yaml => self.is_block(lit.span) || self.breaks_within(lit.span),
                Encoding::Json | Encoding::JsonLines => self.is_dense(lit),
                _ => true,
            };
        self.out.push('{');
        let mut before = lit.span.start;
        for (index, field) in lit.decls.iter().filter_map(as_field).enumerate() {
            if spread || self.breaks(before, field.span.start) {
                self.out.push('\n');
            } else if index > 0 {
                self.out.push_str(", ");
            }
            self.field(field, false);
            before = field.span.end;
        }
        if self.out.ends_with('{') {
            self.out.push('}');
        } else {
            self.out.push_str(if spread { "\n}" } else { "}" });
        }
    }

    fn list(&mut self, list: &ListLit, outermost: bool) {
        let yaml = self.encoding == Encoding::Yaml && !list.span.is_none();
        let block = yaml && self.is_block(list.span);
        let several = list.elements.len() > 1;
        let spread = yaml && several && (block || self.breaks_within(list.span));
        let elements = || {
            list.elements.iter().filter_map(|element| match element {
                Element::Expr(expr, _) => Some(expr),
                _ => None,
            })
        };
        self.out.push('[');
        let mut before = list.span.start;
        for (index, element) in elements().enumerate() {
            let span = element.span();
            let nested = matches!(element, Expr::Struct(_) | Expr::List(_));
            if index > 0 {
                self.out.push(',');
            }
            if spread && !nested || !yaml && !list.span.is_none() && self.breaks(before, span.start)
            {
                self.out.push('\n');
            } else if index > 0 {
                self.out.push(' ');
            }
            self.value(element, outermost && list.span.is_none());
            before = span.end;
        }
        let closes = block && spread && !matches!(elements().next_back(), Some(Expr::Struct(_)));
        self.out.push_str(if closes { ",\n]" } else { "]" });
    }

    fn string(&self, text: &Literal) -> String {
        let short = self.encoding != Encoding::Yaml && text.text.len() <= LONG;
        match literal::string(text) {
            Ok(literal::Text::String(value)) if value.contains('\n') && !short => {
                literal::quote_multiline(&value, "\t")
            }
            _ => text.text.to_string(),
        }
    }

    /// Whether fields of JSON follow each other without a blank.
    fn is_dense(&self, lit: &StructLit) -> bool {
        lit.decls.iter().filter_map(as_field).skip(1).any(|field| {
            let before = self.text.get(..field.span.start as usize).unwrap_or("");
            !before.ends_with([' ', '\t', '\r', '\n'])
        })
    }

    /// Whether a collection of YAML is written without brackets.
    fn is_block(&self, span: Span) -> bool {
        !matches!(self.text.as_bytes().get(span.start as usize), Some(b'{' | b'['))
    }

    fn breaks_within(&self, span: Span) -> bool {
        self.breaks(span.start, span.end)
    }

    fn breaks(&self, from: u32, to: u32) -> bool {
        self.text.get(from as usize..to as usize).is_some_and(|between| between.contains('\n'))
    }
}

fn as_field(decl: &Decl) -> Option<&Field> {
    match decl {
        Decl::Field(field) => Some(field),
        _ => None,
    }
}

/// Whether a label may stand without quotes; keywords may.
fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c == '$' || c.is_alphabetic());
    starts && chars.all(|c| c == '_' || c == '$' || c.is_alphanumeric())
}
