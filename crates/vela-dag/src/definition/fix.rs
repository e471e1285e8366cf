//! Definition files written for old CUE, rewritten.

use crate::error::Error;
use crate::template::{close_strings, list_arithmetic, upgrade};
use vela_lang::format::format;
use vela_lang::source::{Source, Sources};
use vela_lang::syntax::ast::{Decl, File};
use vela_lang::syntax::parse;

/// A file that was rewritten.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// What was done, a line each.
    pub changes: Vec<String>,
}

/// Rewrites a `.cue` file for today's language; nothing where it is written in it already.
///
/// # Errors
/// The file can't be parsed.
pub fn fix(name: &str, text: &str) -> Result<Option<Fixed>, Error> {
    let mut changes = Vec::new();
    let mut current = text.to_owned();
    let sources = Sources::default();
    let mut parsed = parse(&sources, name, text);
    if !parsed.errors.is_empty()
        && let Some(closed) = close_strings(text)
    {
        let again = parse(&sources, name, closed.text.clone());
        if again.errors.is_empty() {
            for line in closed.lines {
                changes.push(format!("{name}:{line}: the string ends on a line of its own"));
            }
            current = closed.text;
            parsed = again;
        }
    }
    if !parsed.errors.is_empty() {
        return Err(Error::of_findings(parsed.errors).within(format!("failed to parse {name}")));
    }
    let source = Source::new(name, current.clone());
    for span in list_arithmetic(&parsed.file) {
        let line = source.line_column(span.start).line;
        let operator = current.get(span.start as usize..span.end as usize).unwrap_or_default();
        let function = if operator == "*" { "list.Repeat" } else { "list.Concat" };
        changes.push(format!("{name}:{line}: {operator} on lists is {function}"));
    }
    let imports = import_count(&parsed.file);
    if upgrade(&mut parsed.file) {
        let added = import_count(&parsed.file) > imports;
        if added {
            // It has no place in the text: it is put there as text.
            let first = parsed.file.decls.iter().position(|decl| matches!(decl, Decl::Import(_)));
            first.map(|at| parsed.file.decls.remove(at));
        }
        let mut text = format(&parsed.file, &source);
        if added {
            let package = parsed.file.decls.iter().any(|decl| matches!(decl, Decl::Package(_)));
            let at = match package {
                true => text.find("package ").and_then(|at| Some(at + text[at..].find('\n')? + 1)),
                false => Some(0),
            };
            text.insert_str(at.unwrap_or(0), "import velaList \"list\"\n\n");
        }
        // What was put in has the places of what it replaces, and the blank before that; laid out once
        // more, it looks like the rest.
        let text = text.replace("ist.Concat( [", "ist.Concat([");
        let parsed = parse(&sources, name, text.as_str());
        current = format(&parsed.file, &Source::new(name, text));
    }
    Ok((!changes.is_empty()).then_some(Fixed { text: current, changes }))
}

fn import_count(file: &File) -> usize {
    file.decls.iter().filter(|decl| matches!(decl, Decl::Import(_))).count()
}

#[cfg(test)]
mod tests {
    use super::fix;

    #[test]
    fn rewrites() {
        for (text, wanted, changes) in [
            ("a: 1 + 2\n", None, 0),
            (
                "import \"list\"\n\n// Both.\na: [1] + b\nb: [2]\nc: list.Max(b)\n",
                Some(
                    "import \"list\"\n\n// Both.\na: list.Concat([[1], b])\nb: [2]\nc: list.Max(b)\n",
                ),
                1,
            ),
            (
                "import \"strings\"\n\na: [1] + [2]\nb: strings.ToUpper(\"a\")\n",
                Some(
                    "import velaList \"list\"\n\nimport \"strings\"\n\na: velaList.Concat([[1], [2]])\nb: strings.ToUpper(\"a\")\n",
                ),
                1,
            ),
            ("a: \"\"\"\n\tx\n\ty\"\"\"\n", Some("a: \"\"\"\n\tx\n\ty\n\"\"\"\n"), 1),
        ] {
            let fixed = fix("t.cue", text).unwrap();
            assert_eq!(fixed.as_ref().map(|f| f.text.as_str()), wanted, "{text}");
            assert_eq!(fixed.map_or(0, |f| f.changes.len()), changes, "{text}");
        }
        let fixed = fix("t.cue", "a: [1] + [2]\n").unwrap().unwrap();
        assert!(
            fixed.text.contains("\"list\"") && fixed.text.contains(".Concat([[1], [2]])"),
            "{}",
            fixed.text
        );
        assert_eq!(fix("t.cue", &fixed.text).unwrap(), None);
        assert!(fix("t.cue", "a: {").is_err());
    }
}
