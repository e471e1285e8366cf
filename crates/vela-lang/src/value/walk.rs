//! Fields by what they are, all values below one, and where a value comes from.

use super::{Field, LabelKind, Path, Selector, Value};
use crate::ir::Presence;
use crate::source::{Sources, Span};

/// Which fields of a struct are asked for; regular ones always are.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Which {
    /// Definitions: `#x`.
    pub definitions: bool,
    /// Hidden fields: `_x`.
    pub hidden: bool,
    /// Fields that may be there: `x?`.
    pub optional: bool,
    /// Fields that have to be there and are not: `x!`.
    pub required: bool,
}

impl Which {
    /// All fields.
    pub const ALL: Which =
        Which { definitions: true, hidden: true, optional: true, required: true };

    fn has(self, field: &Field) -> bool {
        let kind = match field.kind {
            LabelKind::Regular => true,
            LabelKind::Definition => self.definitions,
            LabelKind::Hidden => self.hidden,
        };
        kind && match field.presence {
            Presence::Regular => true,
            Presence::Optional => self.optional,
            Presence::Required => self.required,
        }
    }
}

/// How a walk goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Walk {
    /// With what is below.
    Into,
    /// Past what is below.
    Past,
    /// Not at all.
    Stop,
}

/// One of the expressions that made a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conjunct {
    /// Where it stands.
    pub span: Span,
    /// The file, the line and the column, from 1.
    pub place: (String, u32, u32),
    /// Its text.
    pub text: String,
}

impl Field {
    /// The doc comments of all its declarations, without `//`, a text per comment.
    ///
    /// ```
    /// let value = vela_lang::Engine::new().eval("a.cue", "// How many.\nn: 1 @go(N) @json(n,omitempty)")?;
    /// let field = &value.fields()[0];
    /// assert_eq!(field.docs().collect::<Vec<_>>(), ["How many."]);
    /// assert_eq!(field.attribute("json"), Some("n,omitempty"));
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    pub fn docs(&self) -> impl Iterator<Item = String> {
        self.info.iter().flat_map(|info| &info.docs).map(|doc| {
            let bare = |line: &str| {
                let line = line.trim_start().trim_start_matches("//");
                line.strip_prefix(' ').unwrap_or(line).to_owned()
            };
            doc.lines().map(bare).collect::<Vec<_>>().join("\n")
        })
    }

    /// The attributes of all its declarations: name and body.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.info.iter().flat_map(|info| &info.attributes).filter_map(|text| {
            let (name, body) = text.strip_prefix('@')?.split_once('(')?;
            Some((name, body.strip_suffix(')')?))
        })
    }

    /// The body of its first attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes().find(|(own, _)| *own == name).map(|(_, body)| body)
    }
}

impl Value {
    /// The fields that are asked for, in output order.
    ///
    /// ```
    /// use vela_lang::Which;
    /// let value = vela_lang::Engine::new().eval("a.cue", "a: 1, b?: 2, #c: 3, _d: 4")?;
    /// let labels = |which| value.fields_of(which).map(|f| f.label.to_string()).collect::<Vec<_>>();
    /// assert_eq!(labels(Which::default()), ["a"]);
    /// assert_eq!(labels(Which { optional: true, ..Which::default() }), ["a", "b"]);
    /// assert_eq!(labels(Which::ALL).len(), 4);
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    pub fn fields_of(&self, which: Which) -> impl Iterator<Item = &Field> {
        self.fields().iter().filter(move |field| which.has(field))
    }

    /// Shows a value and all below it to `visit`, outer ones first, in output order.
    ///
    /// ```
    /// use vela_lang::{Walk, Which};
    /// let value = vela_lang::Engine::new().eval("a.cue", "a: {b: 1, c: [2, 3]}")?;
    /// let mut paths = Vec::new();
    /// value.walk(Which::default(), &mut |path, _| {
    ///     paths.push(path.to_string());
    ///     Walk::Into
    /// });
    /// assert_eq!(paths, ["", "a", "a.b", "a.c", "a.c[0]", "a.c[1]"]);
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    pub fn walk(&self, which: Which, visit: &mut dyn FnMut(&Path, &Value) -> Walk) {
        self.walk_at(which, &mut Path::default(), visit);
    }

    /// Whether to go on.
    fn walk_at(
        &self,
        which: Which,
        path: &mut Path,
        visit: &mut dyn FnMut(&Path, &Value) -> Walk,
    ) -> bool {
        match visit(path, self) {
            Walk::Stop => return false,
            Walk::Past => return true,
            Walk::Into => {}
        }
        let fields = self
            .fields_of(which)
            .map(|field| (Selector::Field(field.label.to_string()), &field.value));
        let elements = self.elements().iter().enumerate();
        let elements = elements.map(|(index, value)| (Selector::Index(index), value));
        for (selector, value) in fields.chain(elements) {
            path.push(selector);
            let goes_on = crate::depth::grow(|| value.walk_at(which, path, visit));
            path.pop();
            if !goes_on {
                return false;
            }
        }
        true
    }

    /// The expressions that made the value, each once, with their places.
    ///
    /// ```
    /// let engine = vela_lang::Engine::new();
    /// let value = engine.eval("a.cue", "#Port: int & >0\nport: #Port\nport: 8 * 10")?;
    /// let port = value.field("port").unwrap();
    /// let texts: Vec<String> = port.explain(engine.sources()).into_iter().map(|c| c.text).collect();
    /// assert!(texts.contains(&"#Port".to_owned()) && texts.contains(&"8 * 10".to_owned()), "{texts:?}");
    /// let place = port.explain(engine.sources()).into_iter().find(|c| c.text == "8 * 10").unwrap().place;
    /// assert_eq!(place, ("a.cue".to_owned(), 3, 7));
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    pub fn explain(&self, sources: &Sources) -> Vec<Conjunct> {
        let mut found: Vec<Conjunct> = Vec::new();
        for span in self.origins() {
            let Some(source) = sources.get(span.source) else { continue };
            let text = source.text.get(span.start as usize..span.end as usize).unwrap_or("");
            let at = source.line_column(span.start);
            let place = (source.name.clone(), at.line, at.column);
            if !found.iter().any(|known| known.span == *span) {
                found.push(Conjunct { span: *span, place, text: text.to_owned() });
            }
        }
        found
    }
}
