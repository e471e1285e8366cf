//! Package `html`.

use super::args::{Outcome, function, string, text};
use super::host::{Host, Kind, Package, Param, Val};

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "html",
    members: &[
        function("Escape", &[S], Kind::STRING, escape),
        function("Unescape", &[S], Kind::STRING, unescape),
    ],
};

const S: Param = Param::new("s", Kind::STRING);

/// The entities of HTML 5, ordered by name: a name, with its semicolon where it needs one, and the
/// codes of its characters.
static ENTITIES: &str = include_str!("entities.txt");

/// The most bytes of an entity's name.
const LONGEST_NAME: usize = 32;

/// The text with `<`, `>`, `&` and quotes escaped.
pub(super) fn escaped(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for character in source.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            other => out.push(other),
        }
    }
    out
}

fn escape(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    host.charge(source.len().saturating_mul(5))?;
    Ok(string(escaped(source)))
}

/// The characters of an entity.
fn entity(name: &str) -> Option<String> {
    let lines: &[&str] = {
        static LINES: std::sync::LazyLock<Vec<&str>> =
            std::sync::LazyLock::new(|| ENTITIES.lines().collect());
        &LINES
    };
    let found =
        lines.binary_search_by(|line| line.split(' ').next().unwrap_or("").cmp(name)).ok()?;
    let codes = lines[found].split(' ').skip(1);
    codes.map(|code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32)).collect()
}

/// The character of a numeric reference; the range of Windows-1252 stands for its characters.
fn numeric(code: u32) -> char {
    const WINDOWS: [u16; 32] = [
        0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039,
        0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
    ];
    let code = match code {
        0 => 0xfffd,
        0x80..=0x9f => u32::from(WINDOWS[code as usize - 0x80]),
        other => other,
    };
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// What the text behind `&` stands for, and how long the reference is.
fn reference(rest: &str) -> Option<(String, usize)> {
    if let Some(number) = rest.strip_prefix('#') {
        let hexadecimal = number.strip_prefix(['x', 'X']);
        let (digits, radix) = hexadecimal.map_or((number, 10), |digits| (digits, 16));
        let length = digits.chars().take_while(|c| c.is_digit(radix)).count();
        if length == 0 {
            return None;
        }
        let code = u32::from_str_radix(&digits[..length], radix).unwrap_or(u32::MAX);
        let mut total = rest.len() - digits.len() + length;
        total += usize::from(rest[total..].starts_with(';'));
        return Some((numeric(code).to_string(), total));
    }
    let letters = rest.bytes().take(LONGEST_NAME).take_while(u8::is_ascii_alphanumeric).count();
    if rest[letters..].starts_with(';')
        && let Some(text) = entity(&rest[..=letters])
    {
        return Some((text, letters + 1));
    }
    // Some old names also stand without a semicolon, also in front of other letters.
    (2..=letters.min(6)).rev().find_map(|length| Some((entity(&rest[..length])?, length)))
}

fn unescape(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    host.charge(source.len().saturating_mul(2))?;
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match reference(rest) {
            Some((text, length)) => {
                out.push_str(&text);
                rest = &rest[length..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Ok(string(out))
}
