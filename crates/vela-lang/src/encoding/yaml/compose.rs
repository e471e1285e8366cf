//! From events to nodes: nesting, anchors and places.

use super::MAX_DEPTH;
use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

/// What is wrong with a text, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// What is wrong.
    pub message: String,
    /// The byte offset.
    pub offset: usize,
    /// The line, from one.
    pub line: usize,
}

/// A node; aliases share the node that they refer to.
#[derive(Debug)]
pub(super) struct Node {
    /// Its bytes.
    pub(super) at: Range<usize>,
    /// Its line, from one.
    pub(super) line: usize,
    /// Its tag: `!!int` is `tag:yaml.org,2002:int`.
    pub(super) tag: Option<String>,
    /// What it is.
    pub(super) content: Content,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Content {
    /// Text; plain if it stands without quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    Sequence(Vec<Rc<Node>>),
    /// Keys and values in order.
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
}

impl Node {
    /// An error at this node.
    pub(super) fn error(&self, message: impl Into<String>) -> YamlError {
        YamlError { message: message.into(), offset: self.at.start, line: self.line }
    }

    /// The tag as it is written: `!!seq`, `!own`.
    pub(super) fn short_tag(&self) -> Option<String> {
        self.tag.as_ref().map(|tag| match tag.strip_prefix(CORE) {
            Some(name) => format!("!!{name}"),
            None => tag.clone(),
        })
    }
}

/// The prefix that `!!` stands for.
pub(super) const CORE: &str = "tag:yaml.org,2002:";

/// A node that is not complete.
struct Open {
    start: usize,
    line: usize,
    anchor: usize,
    tag: Option<String>,
    mapping: bool,
    children: Vec<Rc<Node>>,
}

/// Byte offsets of characters; the parser counts characters.
struct Offsets<'t> {
    /// The offset of each character, where there are some of more than one byte.
    characters: Option<Vec<usize>>,
    /// The length of the text.
    length: usize,
    /// Where [`PADDING`] was put into the text, in the original's bytes.
    padded: &'t [usize],
}

impl Offsets<'_> {
    fn new<'t>(text: &str, padded: &'t [usize]) -> Offsets<'t> {
        let characters =
            (!text.is_ascii()).then(|| text.char_indices().map(|(offset, _)| offset).collect());
        Offsets { characters, length: text.len(), padded }
    }

    /// The byte of the original text that a character of the padded one stands for.
    fn byte(&self, character: usize) -> usize {
        let byte = match &self.characters {
            Some(offsets) => offsets.get(character).copied().unwrap_or(self.length),
            None => character.min(self.length),
        };
        let mut before = 0;
        for (i, at) in self.padded.iter().enumerate() {
            let start = at + i * PADDING.len();
            if byte <= start {
                break;
            }
            if byte < start + PADDING.len() {
                return *at;
            }
            before = i + 1;
        }
        byte - before * PADDING.len()
    }
}

/// What the parser says about a quoted text whose further lines are indented too little. The
/// reference takes them.
const UNINDENTED: &str = "invalid indentation in quoted scalar";

/// What is put in front of such lines: white space there means nothing.
const PADDING: &str = "                                                                ";

/// How many such texts are mended.
const MENDED: usize = 64;

/// Where the further lines of the quoted text at `start` begin.
fn further_lines(text: &str, start: usize) -> Vec<usize> {
    let bytes = text.as_bytes();
    let Some(quote @ (b'"' | b'\'')) = bytes.get(start).copied() else { return Vec::new() };
    let mut lines = Vec::new();
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !matches!(bytes.get(at + 1), None | Some(b'\n' | b'\r')) => lines.push(at + 1),
            // A doubled single quote only looks like an end and a start.
            byte if byte == quote && bytes.get(at + 1) != Some(&b'\'') => break,
            byte if byte == quote && quote == b'\'' => at += 1,
            byte if byte == quote => break,
            _ => {}
        }
        at += 1;
    }
    lines
}

fn full_tag(tag: Option<Cow<'_, Tag>>) -> Option<String> {
    tag.map(|tag| format!("{}{}", tag.handle, tag.suffix))
}

/// Reads all documents.
pub(super) fn documents(text: &str) -> Result<Vec<Rc<Node>>, YamlError> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - body.len();
    let mut padded: Vec<usize> = Vec::new();
    let mut mended = Cow::Borrowed(body);
    for _ in 0..MENDED {
        match read(text, shift, &mended, &Offsets::new(&mended, &padded)) {
            Err(error) if error.message == UNINDENTED => {
                let lines = further_lines(body, error.offset.saturating_sub(shift));
                if lines.is_empty() || lines.iter().any(|line| padded.contains(line)) {
                    return Err(error);
                }
                padded.extend(lines);
                padded.sort_unstable();
                let mut whole = String::with_capacity(body.len() + padded.len() * PADDING.len());
                let mut from = 0;
                for at in &padded {
                    whole.push_str(body.get(from..*at).unwrap_or_default());
                    whole.push_str(PADDING);
                    from = *at;
                }
                whole.push_str(body.get(from..).unwrap_or_default());
                mended = Cow::Owned(whole);
            }
            result => return result,
        }
    }
    read(text, shift, &mended, &Offsets::new(&mended, &padded))
}

/// Reads all documents of `body`, which is `text` without a byte order mark, maybe padded.
fn read(
    text: &str,
    shift: usize,
    body: &str,
    offsets: &Offsets<'_>,
) -> Result<Vec<Rc<Node>>, YamlError> {
    let mut documents = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: FxHashMap<usize, Rc<Node>> = FxHashMap::default();
    for event in Parser::new_from_str(body) {
        let (event, span) = event.map_err(|error| scan_error(&error, offsets, shift))?;
        let line = span.start.line();
        let at = shift + offsets.byte(span.start.index())..shift + offsets.byte(span.end.index());
        let node = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let content = Content::Scalar { text: text.into_owned(), plain };
                let node = Rc::new(Node { at, line, tag: full_tag(tag), content });
                if anchor > 0 {
                    anchors.insert(anchor, node.clone());
                }
                node
            }
            Event::Alias(anchor) => match anchors.get(&anchor) {
                Some(node) => node.clone(),
                None => {
                    let name = text.get(at.start + 1..at.end).unwrap_or_default().trim_end();
                    let message = format!("anchor \"{name}\" value contains itself");
                    return Err(YamlError { message, offset: at.start, line });
                }
            },
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= MAX_DEPTH => {
                let message = format!("nested deeper than {MAX_DEPTH} levels");
                return Err(YamlError { message, offset: at.start, line });
            }
            Event::SequenceStart(anchor, tag) => {
                open.push(Open {
                    start: at.start,
                    line,
                    anchor,
                    tag: full_tag(tag),
                    mapping: false,
                    children: Vec::new(),
                });
                continue;
            }
            Event::MappingStart(anchor, tag) => {
                open.push(Open {
                    start: at.start,
                    line,
                    anchor,
                    tag: full_tag(tag),
                    mapping: true,
                    children: Vec::new(),
                });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(done) => close(done, at.end, &mut anchors),
                None => continue,
            },
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => documents.push(node),
        }
    }
    if documents.is_empty() {
        let content = Content::Scalar { text: String::new(), plain: true };
        documents.push(Rc::new(Node { at: 0..0, line: 1, tag: None, content }));
    }
    Ok(documents)
}

fn close(open: Open, end: usize, anchors: &mut FxHashMap<usize, Rc<Node>>) -> Rc<Node> {
    let content = if open.mapping {
        let mut pairs = Vec::with_capacity(open.children.len() / 2);
        let mut children = open.children.into_iter();
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            pairs.push((key, value));
        }
        Content::Mapping(pairs)
    } else {
        Content::Sequence(open.children)
    };
    let at = open.start..end.max(open.start);
    let node = Rc::new(Node { at, line: open.line, tag: open.tag, content });
    if open.anchor > 0 {
        anchors.insert(open.anchor, node.clone());
    }
    node
}

fn scan_error(error: &ScanError, offsets: &Offsets<'_>, shift: usize) -> YamlError {
    YamlError {
        message: error.info().to_owned(),
        offset: shift + offsets.byte(error.marker().index()),
        line: error.marker().line(),
    }
}
