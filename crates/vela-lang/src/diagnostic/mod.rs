//! What went wrong, where, and what to do about it.
//!
//! A [`Diagnostic`] is data; [`Diagnostic::render`] and [`Diagnostic::listed`] make the text that a
//! person reads. An [`Error`] is one or more of them in a box, so that a `Result` stays small.

mod fold;
mod listed;
mod render;
#[cfg(test)]
mod tests;

use crate::source::{Sources, Span};
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The result stands; something looks wrong.
    Warning,
    /// There is no result.
    Error,
}

/// The class of an evaluation error, after the reference's tree: it decides what an error hides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// A reference cycle that more information could resolve.
    Cycle,
    /// More information is needed; never fatal by itself.
    Incomplete,
    /// A value contains itself.
    Structural,
    /// `error(…)` or a literal `_|_`.
    User,
    /// A conflict or a failed operation.
    Eval,
    /// The source does not load: syntax, unresolved names, unknown packages.
    Load,
}

/// A place that explains a diagnostic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; may be empty.
    pub text: String,
    /// Whether it explains rather than takes part: the compact text leaves it out.
    pub aside: bool,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// A stable name for this kind of finding, such as `cue/conflict`; see `docs/errors/`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The evaluation class.
    pub class: Class,
    /// Path of the value concerned, as the reference writes it (`a.b.0."x-y"`); may be empty.
    pub path: String,
    /// One line, without path, position or final colon.
    pub message: String,
    /// The place to look at first, if the finding has a position of its own.
    pub span: Option<Span>,
    /// Further places, in the order they should be shown.
    pub labels: Vec<Label>,
    /// What to do about it, if there is something useful to say.
    pub help: Option<String>,
    /// Path of the value that would have to be known.
    pub needs: Option<String>,
    /// Where all arms of a disjunction failed: why each did, the nearest first.
    pub arms: Vec<Diagnostic>,
    /// Paths at which the same is wrong for the same reason; see [`Error::folded`].
    pub also: Vec<String>,
}

impl Diagnostic {
    /// An error of class [`Class::Load`] at a place.
    pub fn load(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, Class::Load, message).at(span)
    }

    /// An error without a place.
    pub fn new(code: &'static str, class: Class, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            class,
            path: String::new(),
            message: message.into(),
            span: None,
            labels: Vec::new(),
            help: None,
            needs: None,
            arms: Vec::new(),
            also: Vec::new(),
        }
    }

    /// The same with a place.
    #[must_use]
    pub fn at(mut self, span: Span) -> Diagnostic {
        if !span.is_none() {
            self.span = Some(span);
        }
        self
    }

    /// The same with a further place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        if !span.is_none() {
            self.labels.push(Label { span, text: text.into(), aside: false });
        }
        self
    }

    /// The same with a further place that explains.
    #[must_use]
    pub fn aside(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        if !span.is_none() {
            self.labels.push(Label { span, text: text.into(), aside: true });
        }
        self
    }

    /// The same with a hint.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// The same with the path of the value concerned.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Diagnostic {
        self.path = path.into();
        self
    }

    /// Path and message in one line.
    pub(crate) fn title(&self) -> String {
        match self.path.is_empty() {
            true => self.message.clone(),
            false => format!("{}: {}", self.path, self.message),
        }
    }

    /// The compact text that `cue` prints: `path: message:` and one indented position per place.
    pub fn brief(&self, sources: &Sources) -> String {
        let mut out = self.title();
        let places: Vec<String> = self
            .span
            .iter()
            .chain(self.labels.iter().filter(|l| !l.aside).map(|l| &l.span))
            .filter_map(|span| {
                let source = sources.get(span.source)?;
                let at = source.line_column(span.start);
                Some(format!("    {}:{}:{}", source.name, at.line, at.column))
            })
            .collect();
        if !places.is_empty() {
            out.push(':');
        }
        for place in places {
            out.push('\n');
            out.push_str(&place);
        }
        out
    }
}

/// One or more diagnostics; never empty.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::box_collection, reason = "a result with it stays one word")]
pub struct Error(Box<Vec<Diagnostic>>);

impl Error {
    /// An error of all these findings. Nothing to report is reported as an internal error.
    pub fn new(diagnostics: Vec<Diagnostic>) -> Error {
        if diagnostics.is_empty() {
            return Diagnostic::new("vela/internal", Class::Eval, "an error without a cause")
                .into();
        }
        Error(Box::new(diagnostics))
    }

    /// The findings, most important first.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0
    }

    /// The findings, by value.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        *self.0
    }
}

impl Error {
    /// The same findings as the reference lists them: only load errors if there are some, else only
    /// fatal ones if there are some; those without a place of their own first, by path, the others by
    /// place; no doubles.
    #[must_use]
    pub fn sorted(self, sources: &Sources) -> Error {
        let mut found = self.into_diagnostics();
        let worst = found.iter().map(|d| rank(d.class)).max().unwrap_or(0);
        found.retain(|d| rank(d.class) == worst);
        for diagnostic in &mut found {
            let own = diagnostic.span;
            diagnostic.labels.sort_by_key(|label| (label.aside, place(label.span, sources)));
            diagnostic.labels.dedup_by_key(|label| (label.span.source, label.span.start));
            diagnostic.labels.retain(|label| {
                own.is_none_or(|o| (o.source, o.start) != (label.span.source, label.span.start))
            });
        }
        found.sort_by_cached_key(|d| {
            let path: Vec<String> = d.path.split('.').map(str::to_owned).collect();
            (d.span.map(|span| place(span, sources)), path)
        });
        let mut unique: Vec<Diagnostic> = Vec::with_capacity(found.len());
        for diagnostic in found {
            if unique.last() != Some(&diagnostic) {
                unique.push(diagnostic);
            }
        }
        Error::new(unique)
    }
}

/// What hides what: load errors all others, fatal ones those that are only incomplete.
fn rank(class: Class) -> u8 {
    match class {
        Class::Load => 2,
        Class::Eval | Class::User | Class::Structural => 1,
        Class::Incomplete | Class::Cycle => 0,
    }
}

fn place(span: Span, sources: &Sources) -> (String, u32) {
    let name = sources.get(span.source).map(|source| source.name.clone());
    (name.unwrap_or_default(), span.start)
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Error {
        Error(Box::new(vec![diagnostic]))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, d) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            if !d.path.is_empty() {
                write!(f, "{}: ", d.path)?;
            }
            f.write_str(&d.message)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
