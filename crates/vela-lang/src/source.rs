//! Source texts and places in them.
//!
//! A [`Span`] is twelve bytes of plain data: which source, and a byte range in it. The text is kept
//! by the [`Sources`] table that the engine owns, so that an error made long after parsing can still
//! show the line it is about.

use std::fmt;
use std::sync::{Arc, RwLock};

/// Names one source text of a [`Sources`] table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceId(pub u32);

/// A byte range of one source text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text that the range is in.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just after the last byte.
    pub end: u32,
}

impl Span {
    /// The span of what has no source: values made by programs.
    pub const NONE: Span = Span { source: SourceId(u32::MAX), start: 0, end: 0 };

    /// The range `start..end` of `source`.
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        Span { source, start: start as u32, end: end as u32 }
    }

    /// Whether this is [`Span::NONE`].
    pub fn is_none(self) -> bool {
        self.source.0 == u32::MAX
    }

    /// The smallest span that covers both; where one has no source, the other.
    pub fn to(self, end: Span) -> Span {
        if self.is_none() {
            return end;
        }
        if end.is_none() || self.source != end.source {
            return self;
        }
        Span { source: self.source, start: self.start.min(end.start), end: self.end.max(end.end) }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return f.write_str("-");
        }
        write!(f, "{}:{}..{}", self.source.0, self.start, self.end)
    }
}

/// One source text with its name and the offsets of its lines.
#[derive(Debug)]
pub struct Source {
    /// What errors call it: a path as the user gave it, `-` for standard input.
    pub name: String,
    /// The whole text.
    pub text: String,
    lines: Vec<u32>,
}

/// A line and a column, both counted from one; columns count bytes, as the reference does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LineColumn {
    /// Line, from one.
    pub line: u32,
    /// Column in bytes, from one.
    pub column: u32,
}

impl Source {
    /// Makes a source and finds its lines.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        let lines = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1))
            .collect();
        Source { name: name.into(), text, lines }
    }

    /// The line and column of a byte offset. Offsets past the end count as the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        LineColumn { line: line as u32, column: offset - self.lines[line - 1] + 1 }
    }

    /// The text of a line (from one), without its line end; empty where there is no such line.
    pub fn line(&self, line: u32) -> &str {
        let Some(start) = self.lines.get(line as usize - 1) else { return "" };
        let rest = &self.text[*start as usize..];
        rest.lines().next().unwrap_or("")
    }
}

/// The source texts of an engine: append-only, shared by all that it compiles.
#[derive(Clone, Default, Debug)]
pub struct Sources {
    table: Arc<RwLock<Vec<Arc<Source>>>>,
    /// The table that this one stands beside: ids below [`BESIDE`] are of that one.
    base: Option<Arc<Sources>>,
}

/// The first id of a table that stands beside another one.
const BESIDE: u32 = 1 << 24;

impl Sources {
    /// Adds a text; its spans carry the returned id.
    pub fn add(&self, source: Source) -> SourceId {
        let mut table = self.table.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        table.push(Arc::new(source));
        SourceId(table.len() as u32 - 1 + if self.base.is_some() { BESIDE } else { 0 })
    }

    /// A table for texts that come and go while those of this one stay: it shows both, and what is added
    /// to it goes when it does.
    #[must_use]
    pub fn beside(&self) -> Sources {
        let base = self.base.clone().unwrap_or_else(|| Arc::new(self.clone()));
        Sources { table: Arc::default(), base: Some(base) }
    }

    /// The text with that id, if this table holds it.
    pub fn get(&self, id: SourceId) -> Option<Arc<Source>> {
        let at = match &self.base {
            Some(base) if id.0 < BESIDE => return base.get(id),
            Some(_) => id.0 - BESIDE,
            None => id.0,
        };
        let table = self.table.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        table.get(at as usize).cloned()
    }
}
