//! From RE2's syntax to that of the `regex` crate.
//!
//! The translator reads the whole grammar, so that its errors are the reference's, and writes
//! literals escaped, classes spelled out in ASCII, and groups without names.

use regex::Regex;

/// The most that `{n,m}` may ask for, also multiplied through nesting.
const MAX_REPEAT: u32 = 1000;

/// The most groups inside each other.
const MAX_DEPTH: usize = 1000;

/// What can stand in `[[:…:]]`.
const POSIX_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// A translated pattern.
#[derive(Debug)]
pub(super) struct Translated {
    /// The pattern for the `regex` crate.
    pub(super) pattern: String,
    /// The names of the capturing groups, from group 1 on.
    pub(super) names: Vec<Option<String>>,
}

fn error<T>(what: &str, text: &str) -> Result<T, String> {
    Err(format!("error parsing regexp: {what}: `{text}`"))
}

const BAD_ESCAPE: &str = "invalid escape sequence";
const BAD_PERL: &str = "invalid or unsupported Perl syntax";
const BAD_RANGE: &str = "invalid character class range";

/// A group that is open, or the whole pattern.
#[derive(Default)]
struct Level {
    /// How often the greatest repetition inside repeats.
    repeat: u32,
}

struct Translator<'a> {
    source: &'a str,
    at: usize,
    out: String,
    names: Vec<Option<String>>,
    levels: Vec<Level>,
    /// How often the operand before repeats what is inside it; `None` where there is no operand.
    operand: Option<u32>,
    /// Where the repetition that ends here begins.
    repetition: Option<usize>,
}

/// Translates a pattern.
pub(super) fn translated(source: &str) -> Result<Translated, String> {
    let mut translator = Translator {
        source,
        at: 0,
        out: String::with_capacity(source.len() + 8),
        names: Vec::new(),
        levels: vec![Level { repeat: 1 }],
        operand: None,
        repetition: None,
    };
    translator.pattern()?;
    Ok(Translated { pattern: translator.out, names: translator.names })
}

/// Writes a character so that it means itself, inside classes as well.
fn literal(out: &mut String, character: char) {
    if character.is_ascii_punctuation() && !matches!(character, '<' | '>' | '_') {
        out.push('\\');
    }
    out.push(character);
}

/// The ASCII class that an escape stands for, without brackets.
fn perl_class(letter: char) -> Option<(&'static str, bool)> {
    Some(match letter {
        'd' => ("0-9", false),
        'D' => ("0-9", true),
        's' => (r"\t\n\x0c\r ", false),
        'S' => (r"\t\n\x0c\r ", true),
        'w' => ("0-9A-Za-z_", false),
        'W' => ("0-9A-Za-z_", true),
        _ => return None,
    })
}

fn bracketed(class: (&str, bool)) -> String {
    format!("[{}{}]", if class.1 { "^" } else { "" }, class.0)
}

impl<'a> Translator<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn skip(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    fn pattern(&mut self) -> Result<(), String> {
        while let Some(next) = self.peek() {
            let start = self.at;
            let mut operand = Some(1);
            match next {
                '*' | '+' | '?' => {
                    self.at += 1;
                    self.repeat(start, None)?;
                    continue;
                }
                '{' => {
                    if let Some((min, max)) = self.counts() {
                        self.repeat(start, Some((min, max)))?;
                        continue;
                    }
                    self.at += 1;
                    literal(&mut self.out, '{');
                }
                '(' => {
                    self.open()?;
                    operand = None;
                }
                ')' => {
                    self.at += 1;
                    if self.levels.len() == 1 {
                        return error("unexpected )", self.source);
                    }
                    let level = self.levels.pop().unwrap_or_default();
                    self.out.push(')');
                    operand = Some(level.repeat);
                }
                '|' => {
                    self.at += 1;
                    self.out.push('|');
                    operand = None;
                }
                '[' => self.class()?,
                '\\' => self.escape()?,
                '.' | '^' | '$' => {
                    self.at += 1;
                    self.out.push(next);
                }
                other => {
                    self.take();
                    literal(&mut self.out, other);
                }
            }
            self.operand = operand;
            self.repetition = None;
        }
        if self.levels.len() > 1 {
            return error("missing closing )", self.source);
        }
        Ok(())
    }

    /// `{n}`, `{n,}`, `{n,m}`: the counts; anything else is text.
    fn counts(&mut self) -> Option<(u32, Option<u32>)> {
        let inside = self.rest().strip_prefix('{')?;
        let end = inside.find('}')?;
        let body = &inside[..end];
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let plain = digits && (text.len() == 1 || !text.starts_with('0'));
            plain.then(|| text.parse::<u32>().unwrap_or(u32::MAX))
        };
        let counts = match body.split_once(',') {
            None => {
                let count = number(body)?;
                (count, Some(count))
            }
            Some((min, "")) => (number(min)?, None),
            Some((min, max)) => (number(min)?, Some(number(max)?)),
        };
        self.at += end + 2;
        Some(counts)
    }

    /// An operator that repeats what stands before it.
    fn repeat(&mut self, start: usize, counts: Option<(u32, Option<u32>)>) -> Result<(), String> {
        let operator = &self.source[start..self.at];
        if let Some((min, max)) = counts
            && (min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT || max < min))
        {
            return error("invalid repeat count", operator);
        }
        self.skip("?");
        let whole = &self.source[start..self.at];
        let Some(operand) = self.operand else {
            return error("missing argument to repetition operator", operator);
        };
        if let Some(before) = self.repetition {
            let both = &self.source[before..self.at];
            return error("invalid nested repetition operator", both);
        }
        let mut times = 1;
        if let Some((min, max)) = counts
            && (min >= 2 || max.is_some_and(|max| max >= 2))
        {
            times = max.unwrap_or(min).max(1);
            if times.saturating_mul(operand) > MAX_REPEAT {
                return error("invalid repeat count", operator);
            }
        }
        self.out.push_str(whole);
        let times = times.saturating_mul(operand);
        if let Some(level) = self.levels.last_mut() {
            level.repeat = level.repeat.max(times);
        }
        self.operand = Some(times);
        self.repetition = Some(start);
        Ok(())
    }

    /// `(`, `(?:`, `(?flags)`, `(?flags:`, `(?P<name>`, `(?<name>`
    fn open(&mut self) -> Result<(), String> {
        let start = self.at;
        if self.levels.len() > MAX_DEPTH {
            return error("expression nests too deeply", self.source);
        }
        self.at += 1;
        if !self.skip("?") {
            self.names.push(None);
            self.out.push('(');
            self.levels.push(Level { repeat: 1 });
            return Ok(());
        }
        if self.skip("P<") || self.skip("<") {
            let Some(end) = self.rest().find('>') else {
                return error("invalid named capture", &self.source[start..]);
            };
            let name = &self.rest()[..end];
            self.at += end + 1;
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return error("invalid named capture", &self.source[start..self.at]);
            }
            self.names.push(Some(name.to_owned()));
            self.out.push('(');
            self.levels.push(Level { repeat: 1 });
            return Ok(());
        }
        let flags = self.at;
        let mut negated = false;
        let mut any_negated = false;
        loop {
            let next = self.take();
            match next {
                Some('i' | 'm' | 's' | 'U') => any_negated |= negated,
                Some('-') if !negated => negated = true,
                Some(end @ (':' | ')')) if !negated || any_negated => {
                    let flags = &self.source[flags..self.at - 1];
                    if end == ':' {
                        self.out.push_str(&format!("(?{flags}:"));
                        self.levels.push(Level { repeat: 1 });
                    } else if !flags.is_empty() {
                        self.out.push_str(&format!("(?{flags})"));
                    }
                    return Ok(());
                }
                _ => return error(BAD_PERL, &self.source[start..self.at]),
            }
        }
    }

    /// `\…` outside of classes.
    fn escape(&mut self) -> Result<(), String> {
        let start = self.at;
        self.at += 1;
        let Some(letter) = self.peek() else {
            return error("trailing backslash at end of expression", "");
        };
        if let Some(class) = perl_class(letter) {
            self.at += 1;
            self.out.push_str(&format!("(?-i:{})", bracketed(class)));
            return Ok(());
        }
        match letter {
            'A' | 'z' => {
                self.at += 1;
                self.out.push('\\');
                self.out.push(letter);
            }
            'b' | 'B' => {
                self.at += 1;
                self.out.push_str(&format!("(?-u:\\{letter})"));
            }
            'Q' => {
                self.at += 1;
                let rest = self.rest();
                let (text, length) = match rest.find("\\E") {
                    Some(end) => (&rest[..end], end + 2),
                    None => (rest, rest.len()),
                };
                self.at += length;
                text.chars().for_each(|character| literal(&mut self.out, character));
            }
            'p' | 'P' => {
                let class = self.unicode_class(start)?;
                self.out.push_str(&class);
            }
            _ => {
                let character = self.escaped(start)?;
                literal(&mut self.out, character);
            }
        }
        Ok(())
    }

    /// `\pL`, `\p{Greek}`, `\P…`, `\p{^…}`; the position is behind the backslash.
    fn unicode_class(&mut self, start: usize) -> Result<String, String> {
        let mut negated = self.take() == Some('P');
        let mut name = match self.take() {
            Some('{') => match self.rest().find('}') {
                Some(end) => {
                    let name = &self.rest()[..end];
                    self.at += end + 1;
                    name
                }
                None => return error(BAD_RANGE, &self.source[start..]),
            },
            Some(letter) => &self.source[self.at - letter.len_utf8()..self.at],
            None => return error(BAD_RANGE, &self.source[start..]),
        };
        if let Some(rest) = name.strip_prefix('^') {
            negated = !negated;
            name = rest;
        }
        let class = format!(r"\{}{{{name}}}", if negated { 'P' } else { 'p' });
        // Whether there is such a class is for the crate's tables to say.
        let simple = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !simple || Regex::new(&class).is_err() {
            return error(BAD_RANGE, &self.source[start..self.at]);
        }
        Ok(class)
    }

    /// The character that an escape stands for; the position is behind the backslash.
    fn escaped(&mut self, start: usize) -> Result<char, String> {
        let bad = |translator: &Self| error(BAD_ESCAPE, &translator.source[start..translator.at]);
        let letter = self.take();
        let Some(letter) = letter else {
            return error("trailing backslash at end of expression", "");
        };
        let octal = |next: Option<char>| next.and_then(|c| c.to_digit(8));
        match letter {
            '1'..='7' if octal(self.peek()).is_none() => bad(self),
            '0'..='7' => {
                let mut code = letter.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = octal(self.peek()) else { break };
                    code = code * 8 + digit;
                    self.at += 1;
                }
                char::from_u32(code).map_or_else(|| bad(self), Ok)
            }
            'x' => {
                let mut code = 0u32;
                if self.skip("{") {
                    let mut digits = 0;
                    loop {
                        match self.take() {
                            Some('}') if digits > 0 => break,
                            Some(c) if c.is_ascii_hexdigit() => {
                                code = code * 16 + c.to_digit(16).unwrap_or(0);
                                digits += 1;
                                if code > 0x10ffff {
                                    return bad(self);
                                }
                            }
                            _ => return bad(self),
                        }
                    }
                } else {
                    for _ in 0..2 {
                        match self.take().and_then(|c| c.to_digit(16)) {
                            Some(digit) => code = code * 16 + digit,
                            None => return bad(self),
                        }
                    }
                }
                char::from_u32(code).map_or_else(|| bad(self), Ok)
            }
            'a' => Ok('\u{7}'),
            'f' => Ok('\u{c}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\u{b}'),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c),
            _ => bad(self),
        }
    }

    /// One end of a range inside a class.
    fn class_character(&mut self, class: usize) -> Result<char, String> {
        let start = self.at;
        match self.take() {
            None => error("missing closing ]", &self.source[class..]),
            Some('\\') => self.escaped(start),
            Some(character) => Ok(character),
        }
    }

    /// `[…]`
    fn class(&mut self) -> Result<(), String> {
        let class = self.at;
        self.at += 1;
        self.out.push('[');
        if self.skip("^") {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let start = self.at;
            match self.peek() {
                None => return error("missing closing ]", &self.source[class..]),
                Some(']') if !first => {
                    self.at += 1;
                    self.out.push(']');
                    return Ok(());
                }
                _ => first = false,
            }
            if self.rest().starts_with("[:")
                && let Some(end) = self.rest()[2..].find(":]")
            {
                let name = &self.rest()[..end + 4];
                self.at += end + 4;
                let bare = name.trim_matches(['[', ':', ']']).trim_start_matches('^');
                if !POSIX_CLASSES.contains(&bare) {
                    return error(BAD_RANGE, name);
                }
                self.out.push_str(name);
                continue;
            }
            let mut ahead = self.rest().chars();
            if ahead.next() == Some('\\') {
                let letter = ahead.next();
                if matches!(letter, Some('p' | 'P')) {
                    self.at += 1;
                    let unicode = self.unicode_class(start)?;
                    self.out.push_str(&unicode);
                    continue;
                }
                if let Some(perl) = letter.and_then(perl_class) {
                    self.at += 2;
                    self.out.push_str(&bracketed(perl));
                    continue;
                }
            }
            let low = self.class_character(class)?;
            let mut high = low;
            let rest = self.rest();
            if rest.starts_with('-') && rest.len() > 1 && !rest.starts_with("-]") {
                self.at += 1;
                high = self.class_character(class)?;
                if high < low {
                    return error(BAD_RANGE, &self.source[start..self.at]);
                }
            }
            literal(&mut self.out, low);
            if high != low {
                self.out.push('-');
                literal(&mut self.out, high);
            }
        }
    }
}
