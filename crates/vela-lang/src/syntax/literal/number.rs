//! How far a number literal goes, and whether it is one.

/// Measures the number at the start of `text`, which begins with a digit or with `.` and a digit.
/// Yields its length and what is wrong with it.
pub(crate) fn scan_number(text: &str) -> (usize, Option<&'static str>) {
    let mut scan = NumberScan { bytes: text.as_bytes(), at: 0, error: None };
    scan.number();
    (scan.at, scan.error)
}

struct NumberScan<'t> {
    bytes: &'t [u8],
    at: usize,
    error: Option<&'static str>,
}

impl NumberScan<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn fail(&mut self, message: &'static str) {
        self.error.get_or_insert(message);
    }

    /// Digits and underscores; whether there was a digit.
    fn digits(&mut self, accepts: fn(&u8) -> bool) -> bool {
        let from = self.at;
        while accepts(&self.peek()) || self.peek() == b'_' {
            self.at += 1;
        }
        let run = &self.bytes[from..self.at];
        if run.ends_with(b"_") || run.windows(2).any(|w| w == b"__") {
            self.fail("illegal '_' in number");
        }
        run.iter().any(accepts)
    }

    fn number(&mut self) {
        if self.peek() == b'0' {
            let (accepts, message): (fn(&u8) -> bool, _) = match self.bytes.get(1) {
                Some(b'x' | b'X') => (u8::is_ascii_hexdigit, "illegal hexadecimal number"),
                Some(b'b') => (|b| matches!(b, b'0' | b'1'), "illegal binary number"),
                Some(b'o') => (|b| matches!(b, b'0'..=b'7'), "illegal octal number"),
                _ => return self.decimal(),
            };
            self.at = 2;
            if !self.digits(accepts) {
                self.fail(message);
            }
            while self.peek().is_ascii_alphanumeric() && self.error.is_some() {
                self.at += 1;
            }
            return;
        }
        self.decimal();
    }

    fn decimal(&mut self) {
        let mut float = false;
        self.digits(u8::is_ascii_digit);
        let whole = &self.bytes[..self.at];
        let leading_zero = whole.len() > 1 && whole[0] == b'0';
        if self.peek() == b'.' && self.bytes.get(self.at + 1) != Some(&b'.') {
            float = true;
            self.at += 1;
            self.digits(u8::is_ascii_digit);
        }
        match self.peek() {
            b'e' | b'E' => {
                float = true;
                self.at += 1;
                if matches!(self.peek(), b'+' | b'-') {
                    self.at += 1;
                }
                if !self.digits(u8::is_ascii_digit) {
                    self.fail("illegal exponent in number");
                }
            }
            b'K' | b'M' | b'G' | b'T' | b'P' => {
                self.at += 1;
                if self.peek() == b'i' {
                    self.at += 1;
                }
                return;
            }
            _ => {}
        }
        if leading_zero && !float {
            self.fail("illegal integer number");
        }
    }
}

// A first version of decoding; its names are what the compiler calls.
use super::ast;
use crate::diagnostic::Diagnostic;
use crate::number::Number;
pub(crate) fn number(l: &ast::Literal) -> Result<Number, Diagnostic> {
    Number::parse_literal(&l.text)
        .map_err(|e| Diagnostic::load("cue/number", l.span, e.to_string()))
}
pub(crate) fn is_bytes(l: &ast::Literal) -> bool {
    l.text.trim_start_matches('#').starts_with('\'')
}
pub(crate) fn string(l: &ast::Literal) -> Result<String, Diagnostic> {
    Ok(String::from_utf8_lossy(&decode(&l.text)).into_owned())
}
pub(crate) fn bytes(l: &ast::Literal) -> Result<Vec<u8>, Diagnostic> {
    Ok(decode(&l.text))
}
fn decode(t: &str) -> Vec<u8> {
    let h = t.len() - t.trim_start_matches('#').len();
    let b = &t[h..t.len() - h];
    let multi = b.starts_with("\"\"\"") || b.starts_with("'''");
    if multi {
        let b = &b[3..b.len() - 3];
        let last = b.rfind('\n').unwrap_or(0);
        let ind = &b[last + 1..];
        let body = &b[1..];
        let mut lines: Vec<&str> = body.split('\n').collect();
        lines.pop();
        let joined: Vec<&str> = lines.iter().map(|l| l.strip_prefix(ind).unwrap_or(l)).collect();
        return unescape(&joined.join("\n"), h);
    }
    unescape(&b[1..b.len() - 1], h)
}
fn unescape(s: &str, h: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let hashes = "#".repeat(h);
    let mut rest = s;
    while let Some(i) = rest.find('\\') {
        out.extend_from_slice(rest[..i].as_bytes());
        rest = &rest[i + 1..];
        if !rest.starts_with(&hashes) {
            out.push(b'\\');
            continue;
        }
        rest = &rest[h..];
        let Some(c) = rest.chars().next() else { break };
        rest = &rest[c.len_utf8()..];
        match c {
            'n' => out.push(b'\n'),
            't' => out.push(b'\t'),
            'r' => out.push(b'\r'),
            'a' => out.push(7),
            'b' => out.push(8),
            'f' => out.push(12),
            'v' => out.push(11),
            'u' | 'U' => {
                let n = if c == 'u' { 4 } else { 8 };
                let v = u32::from_str_radix(&rest[..n], 16).unwrap_or(0xfffd);
                rest = &rest[n..];
                out.extend_from_slice(
                    char::from_u32(v).unwrap_or('\u{fffd}').to_string().as_bytes(),
                );
            }
            'x' => {
                out.push(u8::from_str_radix(&rest[..2], 16).unwrap_or(0));
                rest = &rest[2..];
            }
            c => out.extend_from_slice(c.to_string().as_bytes()),
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}
pub(crate) struct Pieces {
    pub(crate) texts: Vec<Vec<u8>>,
    pub(crate) bytes: bool,
}
pub(crate) fn pieces(i: &ast::Interpolation) -> Result<Pieces, Diagnostic> {
    let first = &i.pieces[0].text;
    let h = first.len() - first.trim_start_matches('#').len();
    let bytes = is_bytes(&i.pieces[0]);
    let q = if first[h..].starts_with("\"\"\"") || first[h..].starts_with("'''") { 3 } else { 1 };
    let n = i.pieces.len();
    let mut ind = String::new();
    if q == 3 {
        let last = &i.pieces[n - 1].text;
        let body = &last[..last.len() - 3 - h];
        ind = body[body.rfind('\n').map_or(0, |x| x + 1)..].to_string();
    }
    let texts = i
        .pieces
        .iter()
        .enumerate()
        .map(|(k, p)| {
            let mut t: &str = &p.text;
            let mut owned;
            if k == 0 {
                t = &t[h + q..];
            } else {
                t = &t[1..];
            }
            if k == n - 1 {
                t = &t[..t.len() - q - h];
            } else {
                t = &t[..t.len() - 2 - h];
            }
            if q == 3 {
                owned = t.replace(&format!("\n{ind}"), "\n");
                if k == 0 {
                    owned = owned[1..].to_string();
                }
                if k == n - 1 {
                    if let Some(x) = owned.rfind('\n') {
                        owned.truncate(x);
                    }
                }
                return unescape(&owned, h);
            }
            unescape(t, h)
        })
        .collect();
    Ok(Pieces { texts, bytes })
}
pub(crate) fn quote_string(s: &str) -> String {
    crate::encoding::quote::quoted(s, crate::encoding::quote::Keep::Printable)
}
pub(crate) fn quote_bytes(b: &[u8]) -> String {
    format!("'{}'", String::from_utf8_lossy(b))
}
pub(crate) fn label_needs_quotes(s: &str) -> bool {
    let mut c = s.chars();
    !matches!(c.next(), Some(x) if x.is_alphabetic() || x == '$')
        || !c.all(|x| x.is_alphanumeric() || x == '_' || x == '$')
        || matches!(s, "true" | "false" | "null")
}
