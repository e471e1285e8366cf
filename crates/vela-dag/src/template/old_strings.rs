//! Multi-line strings whose end stands behind text, as old CUE let them.
//!
//! Today `"""` stands on a line of its own. A text that does not parse for that reason is repaired by a
//! line end before it; nothing is taken off the lines, so the string says what it said.

/// A repaired text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closed {
    /// The text.
    pub text: String,
    /// The lines of the old text on which strings ended, from 1.
    pub lines: Vec<usize>,
}

/// Where the scan is.
enum Mode {
    /// Outside of strings; in an interpolation, with the parentheses that are open.
    Code { interpolation: bool, parens: usize },
    /// In a string.
    Text { quote: u8, hashes: usize, lines: bool },
}

/// Puts the ends of multi-line strings on lines of their own; nothing where all of them are.
pub fn close_strings(text: &str) -> Option<Closed> {
    let bytes = text.as_bytes();
    let mut modes = vec![Mode::Code { interpolation: false, parens: 0 }];
    let mut ends: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        match modes.last_mut()? {
            Mode::Code { interpolation, parens } => {
                let hashes = rest.iter().take_while(|b| **b == b'#').count();
                match rest.get(hashes) {
                    Some(quote @ (b'"' | b'\'')) => {
                        let quote = *quote;
                        let lines = rest[hashes..].starts_with(&[quote; 3]);
                        at += hashes + if lines { 3 } else { 1 };
                        modes.push(Mode::Text { quote, hashes, lines });
                        continue;
                    }
                    _ if rest.starts_with(b"//") => {
                        at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                        continue;
                    }
                    _ => {}
                }
                match rest[0] {
                    b'(' => *parens += 1,
                    b')' if *interpolation && *parens == 0 => drop(modes.pop()),
                    b')' => *parens = parens.saturating_sub(1),
                    _ => {}
                }
                at += 1;
            }
            Mode::Text { quote, hashes, lines } => {
                let (quote, hashes, lines) = (*quote, *hashes, *lines);
                let marked = |from: usize| {
                    rest.get(from..from + hashes).is_some_and(|h| h.iter().all(|b| *b == b'#'))
                };
                let width = if lines { 3 } else { 1 };
                if rest[0] == b'\\' && marked(1) {
                    at += 1 + hashes;
                    if bytes.get(at) == Some(&b'(') {
                        modes.push(Mode::Code { interpolation: true, parens: 0 });
                    }
                    at += 1;
                } else if rest.starts_with(&[quote; 3][..width]) && marked(width) {
                    if lines {
                        let line =
                            bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
                        if !bytes[line..at].iter().all(|b| matches!(b, b' ' | b'\t')) {
                            ends.push(at);
                        }
                    }
                    at += width + hashes;
                    modes.pop();
                } else if !lines && rest[0] == b'\n' {
                    return None;
                } else {
                    at += 1;
                }
            }
        }
    }
    if ends.is_empty() {
        return None;
    }
    let mut repaired = String::with_capacity(text.len() + ends.len());
    let mut from = 0;
    for end in &ends {
        repaired.push_str(text.get(from..*end)?);
        repaired.push('\n');
        from = *end;
    }
    repaired.push_str(text.get(from..)?);
    let line = |end: &usize| bytes[..*end].iter().filter(|b| **b == b'\n').count() + 1;
    Some(Closed { text: repaired, lines: ends.iter().map(line).collect() })
}

#[cfg(test)]
mod tests {
    use super::close_strings;

    #[test]
    fn closes() {
        for (text, wanted) in [
            ("a: \"x\"", None),
            ("a: \"\"\"\n\tx\n\t\"\"\"", None),
            ("a: \"\"\"\nx\"\"\"\nb: 1", Some("a: \"\"\"\nx\n\"\"\"\nb: 1")),
            ("a: #\"\"\"\nx\"\"\"y\"\"\"#", Some("a: #\"\"\"\nx\"\"\"y\n\"\"\"#")),
            ("a: \"\"\"\n\\(b[\"c\"])d\"\"\"", Some("a: \"\"\"\n\\(b[\"c\"])d\n\"\"\"")),
            ("// it's\na: '''\nx'''", Some("// it's\na: '''\nx\n'''")),
            ("a: \"\"\"\n\\\"\"\" x\"\"\"", Some("a: \"\"\"\n\\\"\"\" x\n\"\"\"")),
            ("a: \"open\nb", None),
        ] {
            let closed = close_strings(text);
            assert_eq!(closed.as_ref().map(|c| c.text.as_str()), wanted, "{text}");
        }
    }
}
