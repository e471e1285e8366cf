//! Findings as a person reads them on a terminal: the message, the text itself, what to do.

use super::{Diagnostic, Severity};
use crate::source::{Source, Sources, Span};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::sync::Arc;

/// A source with its first place and all places in it.
type Shown<'t> = (Span, Arc<Source>, Vec<(Span, &'t str)>);

impl Diagnostic {
    /// The finding with code, place, the lines of text concerned, and what to do about it.
    ///
    /// ```
    /// let engine = vela_lang::Engine::new();
    /// let error = engine.eval("a.cue", "a: b").unwrap_err();
    /// let text = error.diagnostics()[0].render(engine.sources(), false);
    /// assert!(text.starts_with("error[cue/reference]: a: reference \"b\" not found"), "{text}");
    /// assert!(text.contains("a.cue:1:4"), "{text}");
    /// ```
    pub fn render(&self, sources: &Sources, colours: bool) -> String {
        let level = match self.severity {
            Severity::Warning => Level::WARNING,
            Severity::Error => Level::ERROR,
        };
        let mut group =
            annotate_snippets::Group::with_title(level.primary_title(self.title()).id(self.code));
        // Each source that is concerned is one snippet, in the order of the places.
        let places = self.span.iter().map(|span| (*span, ""));
        let places = places.chain(self.labels.iter().map(|l| (l.span, l.text.as_str())));
        let mut files: Vec<Shown<'_>> = Vec::new();
        for (span, text) in places {
            match files.iter_mut().find(|(first, ..)| first.source == span.source) {
                Some((_, _, places)) => places.push((span, text)),
                None => {
                    if let Some(source) = sources.get(span.source) {
                        files.push((span, source, vec![(span, text)]));
                    }
                }
            }
        }
        for (_, source, places) in &files {
            let mut snippet = Snippet::source(source.text.as_str()).path(source.name.as_str());
            for (index, (span, text)) in places.iter().enumerate() {
                let kind =
                    if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let annotation = kind.span(visible(*span, &source.text));
                snippet = snippet.annotation(if text.is_empty() {
                    annotation
                } else {
                    annotation.label(*text)
                });
            }
            group = group.element(snippet);
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// The first line of a span, on character boundaries.
fn visible(span: Span, text: &str) -> std::ops::Range<usize> {
    let start = floor(text, span.start as usize);
    let end = floor(text, span.end as usize).max(start);
    let line = text[start..end].find('\n').map_or(end, |newline| start + newline);
    start..line
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
