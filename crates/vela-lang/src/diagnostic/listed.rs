//! Findings as the commands of `cue` print them, with the lines of text below their positions.
//!
//! The first line and the positions are the reference's, so that tools that read them go on working;
//! what it does not say stands between and below: the lines themselves, what each of them says, the arm
//! of a disjunction that comes nearest, where else the same shows, and what to do.

use super::Diagnostic;
use crate::source::{Sources, Span};
use std::fmt::Write as _;

/// How many characters of a line are shown.
const WIDTH: usize = 100;

/// How many paths are named where the same shows at more.
const MOST_PATHS: usize = 5;

/// Colours for a terminal, or none.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

impl Diagnostic {
    /// `path: message:`, and every place with its line of text; then what is known beyond that.
    ///
    /// ```
    /// let engine = vela_lang::Engine::new();
    /// let error = engine.eval("a.cue", "port: int\nport: \"80\"")?.data().unwrap_err();
    /// let text = error.diagnostics()[0].listed(engine.sources(), false);
    /// assert!(text.ends_with("help: quotes make it a string; write 80 for the number"), "{text}");
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    pub fn listed(&self, sources: &Sources, colours: bool) -> String {
        let paint = Paint(colours);
        let mut out = String::new();
        self.write(&mut out, "", sources, paint);
        // Where the help lists what all arms allow, only the places of one are of interest.
        let choices = self.help.is_some();
        if let Some(arm) = self.arms.first().filter(|_| choices) {
            let places = arm.span.iter().chain(arm.labels.iter().map(|label| &label.span));
            let texts = places.filter_map(|span| excerpt(*span, "", "", sources, paint));
            texts.for_each(|text| out.push_str(&text));
        } else if let Some((nearest, rest)) = self.arms.split_first() {
            let _ = write!(out, "\n    {}", paint.with("1", "the nearest arm fails: "));
            nearest.write(&mut out, "    ", sources, paint);
            match rest {
                [] => {}
                [one] => {
                    let _ = write!(out, "\n    and 1 more arm: {}", one.message);
                }
                _ => {
                    let _ = write!(out, "\n    and {} more arms", rest.len());
                }
            }
        }
        if !self.also.is_empty() {
            let named = self.also.iter().take(MOST_PATHS).map(String::as_str);
            let named = named.collect::<Vec<_>>().join(", ");
            let _ = write!(out, "\n    also at: {named}");
            let more = self.also.len().saturating_sub(MOST_PATHS);
            if more > 0 {
                let _ = write!(out, " and {more} more");
            }
        }
        let nearest_help = self.arms.first().and_then(|arm| arm.help.as_ref());
        if let Some(help) = self.help.as_ref().or(nearest_help) {
            let _ = write!(out, "\n    {}{help}", paint.with("36", "help: "));
        }
        out
    }

    fn write(&self, out: &mut String, indent: &str, sources: &Sources, paint: Paint) {
        out.push_str(&paint.with("1", &self.title()));
        let places = self.span.iter().map(|span| (*span, ""));
        let labels = self.labels.iter().map(|label| (label.span, label.text.as_str()));
        let texts: Vec<String> = places
            .chain(labels)
            .filter_map(|(span, text)| excerpt(span, text, indent, sources, paint))
            .collect();
        if !texts.is_empty() {
            out.push(':');
        }
        texts.iter().for_each(|text| out.push_str(text));
    }
}

/// A place, the line that it is in, and a mark below what is meant.
fn excerpt(
    span: Span,
    text: &str,
    indent: &str,
    sources: &Sources,
    paint: Paint,
) -> Option<String> {
    let source = sources.get(span.source)?;
    let at = source.line_column(span.start);
    let mut out = format!("\n{indent}    {}:{}:{}", source.name, at.line, at.column);
    let start = floor(&source.text, span.start as usize);
    let from = source.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = source.text[from..].lines().next().unwrap_or("");
    if line.trim().is_empty() {
        return Some(out);
    }
    let end = floor(&source.text, span.end as usize).clamp(start, from + line.len());
    let before = source.text[from..start.min(from + line.len())].chars().count();
    let marked = source.text[start.min(end)..end].chars().count().max(1);
    // A long line is shown around the place.
    let skip = if before + marked > WIDTH { before.saturating_sub(WIDTH / 2) } else { 0 };
    let shown: String =
        line.chars().skip(skip).take(WIDTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let number = at.line.to_string();
    let gutter = " ".repeat(number.len());
    let mark = "^".repeat(marked.min(WIDTH.saturating_sub(before - skip)).max(1));
    let mark = match text.is_empty() {
        true => mark,
        false => format!("{mark} {text}"),
    };
    let _ = write!(
        out,
        "\n{indent}      {number} | {}\n{indent}      {gutter} | {}{}",
        shown.trim_end(),
        " ".repeat(before - skip),
        paint.with("31", &mark),
    );
    Some(out)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
