//! Paths into values.

use super::{LabelKind, Value};
use crate::ir::Presence;

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Selector {
    /// A field by its label, with `#` and `_`.
    Field(String),
    /// A list element.
    Index(usize),
}

/// A way from a value to one below it.
///
/// ```
/// use vela_lang::{Path, Selector};
/// let path = Path::parse("spec.containers[0].\"image-name\"").unwrap();
/// assert_eq!(path.selectors().len(), 4);
/// assert_eq!(path.selectors()[2], Selector::Index(0));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Path(Vec<Selector>);

impl Path {
    /// A path of these steps.
    pub fn new(selectors: Vec<Selector>) -> Path {
        Path(selectors)
    }

    /// The steps.
    pub fn selectors(&self) -> &[Selector] {
        &self.0
    }

    /// Appends a step.
    pub fn push(&mut self, selector: Selector) {
        self.0.push(selector);
    }

    /// Takes the last step off.
    pub fn pop(&mut self) -> Option<Selector> {
        self.0.pop()
    }

    /// Reads `a.b[0]."c d".#e`; an index may also be written as a step (`a.0`).
    ///
    /// # Errors
    /// The byte offset of what can't be read.
    pub fn parse(text: &str) -> Result<Path, usize> {
        let mut selectors = Vec::new();
        let mut rest = text;
        let at = |rest: &str| text.len() - rest.len();
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let end = inner.find(']').ok_or(at(rest))?;
                let index = inner[..end].trim();
                match index.strip_prefix('"').and_then(|s| s.strip_suffix('"')) {
                    Some(label) => selectors.push(Selector::Field(label.to_owned())),
                    None => {
                        selectors.push(Selector::Index(index.parse().map_err(|_| at(inner))?));
                    }
                }
                rest = &inner[end + 1..];
            } else if let Some(inner) = rest.strip_prefix('"') {
                let end = inner.find('"').ok_or(at(rest))?;
                selectors.push(Selector::Field(inner[..end].to_owned()));
                rest = &inner[end + 1..];
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if end == 0 {
                    return Err(at(rest));
                }
                let label = &rest[..end];
                selectors.push(match label.parse() {
                    Ok(index) => Selector::Index(index),
                    Err(_) => Selector::Field(label.to_owned()),
                });
                rest = &rest[end..];
            }
            if let Some(after) = rest.strip_prefix('.') {
                if after.is_empty() {
                    return Err(at(rest));
                }
                rest = after;
            }
        }
        Ok(Path(selectors))
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, selector) in self.0.iter().enumerate() {
            match selector {
                Selector::Index(index) => write!(f, "[{index}]")?,
                Selector::Field(label) => {
                    let dot = if at == 0 { "" } else { "." };
                    let special = label.starts_with(['#', '_']);
                    let text = if special { label.clone() } else { crate::export::label(label) };
                    write!(f, "{dot}{text}")?;
                }
            }
        }
        Ok(())
    }
}

impl Value {
    /// The value at a path, with defaults taken on the way; `None` where there is none.
    pub fn lookup(&self, path: &Path) -> Option<Value> {
        let mut at = self.clone();
        for selector in path.selectors() {
            at = at.default().step(selector)?;
        }
        Some(at)
    }

    /// A field that is there, by its label.
    pub fn field(&self, label: &str) -> Option<&Value> {
        self.0
            .fields
            .iter()
            .find(|f| &*f.label == label && f.presence == Presence::Regular)
            .map(|f| &f.value)
    }

    /// The regular fields that are there.
    pub fn regular_fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0
            .fields
            .iter()
            .filter(|f| f.kind == LabelKind::Regular && f.presence == Presence::Regular)
            .map(|f| (&*f.label, &f.value))
    }

    fn step(&self, selector: &Selector) -> Option<Value> {
        match selector {
            Selector::Field(label) => self.field(label).cloned(),
            Selector::Index(index) => match self.elements().get(*index) {
                Some(element) => Some(element.clone()),
                None => self.field(&index.to_string()).cloned(),
            },
        }
    }
}
