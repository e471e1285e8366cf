//! What the parser could not read, in the words of the reference, with a hint.

use super::token::{Kind, Token};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use lalrpop_util::ParseError;

/// The diagnostic for a parse error. `None` where the lexer has reported the token already.
pub(crate) fn explain(
    error: &ParseError<u32, Token, ()>,
    tokens: &[Token],
    text: &str,
) -> Option<Diagnostic> {
    let (at, expected): (usize, &[String]) = match error {
        ParseError::UnrecognizedToken { token: (start, found, _), expected } => {
            let first = tokens.partition_point(|t| t.1.start < *start);
            let same = |t: &&Token| t.0 == found.0 && t.1 == found.1;
            let skip = tokens[first..].iter().take(2).position(|t| same(&t)).unwrap_or(0);
            (first + skip, expected)
        }
        ParseError::UnrecognizedEof { expected, .. } => (tokens.len(), expected),
        ParseError::ExtraToken { token: (start, ..) } => {
            (tokens.partition_point(|t| t.1.start < *start), &[])
        }
        ParseError::InvalidToken { .. } | ParseError::User { .. } => return None,
    };
    let place = Place { tokens, text, at, expected };
    let span = place.span();
    if place.found() == Some(Kind::Illegal) && place.shown() != "';'" {
        return None;
    }
    let (message, help) = place.describe();
    let help = place.habit().map_or(help, str::to_owned);
    Some(Diagnostic::load("cue/syntax", span, message).help(help))
}

struct Place<'e> {
    tokens: &'e [Token],
    text: &'e str,
    at: usize,
    expected: &'e [String],
}

impl Place<'_> {
    fn found(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|t| t.0)
    }

    fn previous(&self) -> Option<Token> {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).copied()
    }

    fn span(&self) -> Span {
        if let Some(token) = self.tokens.get(self.at) {
            return token.1;
        }
        let end = self.text.len() as u32;
        self.tokens.last().map_or(Span::NONE, |t| Span { source: t.1.source, start: end, end })
    }

    fn expects(&self, token: &str) -> bool {
        self.expected.iter().any(|e| e.trim_matches('"') == token)
    }

    /// The bracket that is open at the error.
    fn bracket(&self) -> Option<Kind> {
        let mut closed = 0u32;
        for token in self.tokens.get(..self.at)?.iter().rev() {
            match token.0 {
                Kind::RightBrace
                | Kind::RightBracket
                | Kind::RightParen
                | Kind::InterpolationEnd => {
                    closed += 1;
                }
                Kind::LeftBrace
                | Kind::LeftBracket
                | Kind::LeftParen
                | Kind::InterpolationStart => {
                    if closed == 0 {
                        return Some(token.0);
                    }
                    closed -= 1;
                }
                _ => {}
            }
        }
        None
    }

    fn shown(&self) -> String {
        let Some(token) = self.tokens.get(self.at) else {
            // The end of the text is a line end, too.
            let ends_line = self.tokens.last().is_some_and(|t| t.0.implies_comma());
            let within = matches!(self.bracket(), Some(Kind::LeftBrace | Kind::LeftBracket));
            let line = ends_line && !within && !self.expects(",");
            return if line { "newline" } else { "'EOF'" }.to_owned();
        };
        let text = self.text.get(token.1.start as usize..token.1.end as usize).unwrap_or("");
        match token.0 {
            kind if kind.is_word() => format!("'IDENT' {text}"),
            Kind::Number if text.contains(['.', 'e']) => format!("'FLOAT' {text}"),
            Kind::Number => format!("'INT' {text}"),
            Kind::String => format!("'STRING' {text}"),
            Kind::InterpolationStart | Kind::InterpolationMiddle | Kind::InterpolationEnd => {
                format!("'INTERPOLATION' {text}")
            }
            Kind::Attribute => format!("'ATTRIBUTE' {text}"),
            Kind::ImpliedComma => "newline".to_owned(),
            _ => format!("'{text}'"),
        }
    }

    fn describe(&self) -> (String, String) {
        let shown = self.shown();
        let previous = self.previous().map(|t| t.0);
        let bracket = self.bracket();
        let closer = match bracket {
            Some(Kind::LeftBracket) => "]",
            Some(Kind::LeftParen | Kind::InterpolationStart) => ")",
            _ => "}",
        };
        if previous == Some(Kind::Dot) {
            let help = "behind a dot stands a name or a quoted string; use x[…] for the rest";
            return (format!("expected selector, found {shown}"), help.to_owned());
        }
        if self.found().is_none() && self.expects(closer) && bracket.is_some() {
            let help = format!("a bracket is still open; close it with {closer}");
            return (format!("expected '{closer}', found {shown}"), help);
        }
        let operand = matches!(
            previous,
            None | Some(Kind::Comma | Kind::ImpliedComma | Kind::Attribute | Kind::Ellipsis)
        ) || previous.is_some_and(Kind::ends_operand);
        if self.found() == Some(Kind::RightBrace) && bracket.is_none() && operand {
            let help = "there is no { that this } closes; remove it";
            return (format!("expected 'EOF', found {shown}"), help.to_owned());
        }
        if self.expects("number") {
            return (format!("expected operand, found {shown}"), operand_hint(self.found()));
        }
        if self.expects("in") {
            let help = "a loop is written for x in list {…} or for k, v in struct {…}";
            return (format!("expected 'in', found {shown}"), help.to_owned());
        }
        if self.expects(r")\\(") {
            let help = "close the interpolation with )";
            return (
                format!("expected ')' for string interpolation, found {shown}"),
                help.to_owned(),
            );
        }
        if self.expects("{") {
            let help = "a comprehension ends in a body in braces: if x {…}";
            return (format!("expected '{{', found {shown}"), help.to_owned());
        }
        if self.expects(":") && !self.expects(",") {
            return (format!("expected ':', found {shown}"), label_hint());
        }
        let label = matches!(previous, Some(Kind::Ident | Kind::String | Kind::InterpolationEnd));
        let next_label = self.found().is_some_and(|k| {
            k.is_word() || matches!(k, Kind::String | Kind::LeftBrace | Kind::InterpolationStart)
        });
        let declares = matches!(bracket, None | Some(Kind::LeftBrace));
        if label && next_label && declares && self.starts_declaration() {
            return (format!("expected label or ':', found {shown}"), label_hint());
        }
        if self.expects(",") {
            let place = match bracket {
                Some(Kind::LeftBracket) => "list literal",
                Some(Kind::LeftParen) => "argument list",
                _ => "struct literal",
            };
            let help = format!("put a comma or a line break before {shown}, or an operator");
            return (format!("missing ',' in {place}"), help);
        }
        if previous == Some(Kind::Import) {
            let help = "an import is written import \"path\" or import name \"path\"";
            return (format!("expected 'STRING', found {shown}"), help.to_owned());
        }
        let wanted = match self.expected.iter().map(|e| e.trim_matches('"')).next() {
            Some("identifier") => "IDENT",
            Some("string") => "STRING",
            Some(other) if self.expects(closer) || other == closer => closer,
            Some("newline") | None => ",",
            Some(other) => other,
        };
        (format!("expected '{wanted}', found {shown}"), format!("write {wanted} before this"))
    }

    /// The text of the token that stands so many before the error.
    fn before(&self, back: usize) -> &str {
        let token = self.at.checked_sub(back).and_then(|i| self.tokens.get(i));
        token.and_then(|t| self.text.get(t.1.start as usize..t.1.end as usize)).unwrap_or("")
    }

    /// What somebody meant who has the habits of YAML, JSON, shells or programming languages.
    fn habit(&self) -> Option<&'static str> {
        let found = self.found();
        let (shown, one, two) = (self.before(0), self.before(1), self.before(2));
        let touches = |back: usize| {
            let end = self.at.checked_sub(back).and_then(|i| self.tokens.get(i))?.1.end;
            let start = self.tokens.get(self.at + 1 - back)?.1.start;
            (end == start).then_some(())
        };
        let is_text = |kind: Option<Kind>| kind.is_some_and(Kind::is_word);
        if shown == "=" || one == "=" {
            return Some("a field is written with a colon, label: value; = only gives an alias");
        }
        if shown == "?" || one == "?" || two == "?" {
            return Some("CUE has no c ? a : b; write [if c {a}, b][0], or a field under if c {…}");
        }
        if one == "#" {
            return Some("comments start with //");
        }
        if shown == ":" && two == "-" && touches(1).is_some() && touches(2).is_some() {
            return Some("a label with a dash needs quotes: \"my-label\": value");
        }
        if matches!(shown, "|" | ">") && one == ":" {
            return Some("a text of several lines stands between \"\"\" and \"\"\"");
        }
        if shown == ";" {
            return Some("fields are separated by commas or line breaks");
        }
        if is_text(found) && touches(1).is_some() && one.starts_with(|c: char| c.is_ascii_digit()) {
            return Some("a label that starts with a digit needs quotes: \"1a\": value");
        }
        if one == "import" && found == Some(Kind::String) {
            return Some("imports stand at the top of the file, before all fields");
        }
        if shown == ":" && matches!(two, "&" | "|" | "&&" | "||" | "+" | "-" | "*" | "/") {
            return Some("the line before ends in an operator, so that its value goes on here");
        }
        if is_text(found) && two == ":" && is_text(self.previous().map(|t| t.0)) {
            return Some("a text stands in double quotes");
        }
        if found == Some(Kind::ImpliedComma) && self.bracket() == Some(Kind::LeftBracket) {
            return Some("put a comma at the end of the line, or ] where the list ends");
        }
        if found == Some(Kind::ImpliedComma) && self.bracket() == Some(Kind::LeftParen) {
            return Some("put a comma at the end of the line, or ) where the bracket closes");
        }
        None
    }

    /// Whether the token before the error is the first of its declaration.
    fn starts_declaration(&self) -> bool {
        let before = self.at.checked_sub(2).and_then(|i| self.tokens.get(i)).map(|t| t.0);
        matches!(before, None | Some(Kind::Comma | Kind::ImpliedComma | Kind::LeftBrace))
    }
}

fn operand_hint(found: Option<Kind>) -> String {
    match found {
        Some(Kind::Comma) => "remove this comma, or write a value before it".to_owned(),
        None => "the text ends where a value should stand".to_owned(),
        Some(Kind::ImpliedComma) => "the line ends where a value should stand".to_owned(),
        Some(_) => "a value should stand here".to_owned(),
    }
}

fn label_hint() -> String {
    "a field is written label: value; put a colon behind the label".to_owned()
}
