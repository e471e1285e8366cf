//! Values as text: as actions print them, and by the verbs of `printf`.

use super::super::float::{Width, formatted as float_text};
use super::value::Value;
use crate::encoding::quote::{Keep, quoted, quoted_character};
use crate::std::host::{Fault, Host};

/// The widest field and the longest fraction that a format may ask for.
const MAX_WIDTH: usize = 1_000_000;

/// A value as `%v` prints it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Nil => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.cue_text(),
        Value::Constant(int) => int.to_string(),
        Value::Float(float) => float_plain(*float),
        Value::String(text) => text.to_string(),
        Value::Bytes(bytes) => {
            let items: Vec<String> = bytes.iter().map(u8::to_string).collect();
            format!("[{}]", items.join(" "))
        }
        Value::List(elements) => {
            let items: Vec<String> = elements.iter().map(plain).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(fields) => {
            let items: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key}:{}", plain(value))).collect();
            format!("map[{}]", items.join(" "))
        }
    }
}

/// The shortest text of a float; with an exponent below 1e-4 and from 1e21 on.
fn float_plain(float: f64) -> String {
    if float.is_infinite() {
        return if float > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let magnitude = float.abs();
    let letter = if magnitude != 0.0 && !(1e-4..1e21).contains(&magnitude) { 'e' } else { 'f' };
    float_text(float, letter, None, Width::Double).unwrap_or_default()
}

/// The values one after the other, with a blank between two that are no strings.
pub(super) fn joined(values: &[Value]) -> String {
    let mut out = String::new();
    let mut after_string = true;
    for (i, value) in values.iter().enumerate() {
        let is_string = matches!(value, Value::String(_));
        if i > 0 && !is_string && !after_string {
            out.push(' ');
        }
        out.push_str(&plain(value));
        after_string = is_string;
    }
    out
}

/// Flags, width and precision of a verb.
#[derive(Default)]
struct Spec {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// What `printf` gives.
pub(super) fn formatted(
    host: &mut dyn Host,
    format: &str,
    args: &[Value],
) -> Result<String, Fault> {
    let mut out = String::new();
    let mut rest = format.chars().peekable();
    let mut used = 0;
    while let Some(character) = rest.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = rest.next_if(|c| "+-# 0".contains(*c)) {
            match flag {
                '+' => spec.plus = true,
                '-' => spec.minus = true,
                '#' => spec.sharp = true,
                ' ' => spec.space = true,
                _ => spec.zero = true,
            }
        }
        let count = |used: &mut usize, rest: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            if rest.next_if_eq(&'*').is_some() {
                let given = args.get(*used).and_then(Value::int).and_then(|int| int.to_i64());
                *used += 1;
                return given.and_then(|given| usize::try_from(given).ok());
            }
            let mut value = None;
            while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                let digit = digit.to_digit(10).unwrap_or(0) as usize;
                value = Some((value.unwrap_or(0usize) * 10 + digit).min(MAX_WIDTH));
            }
            value
        };
        spec.width = count(&mut used, &mut rest);
        if rest.next_if_eq(&'.').is_some() {
            spec.precision = Some(count(&mut used, &mut rest).unwrap_or(0));
        }
        let width = spec.width.unwrap_or(0).max(spec.precision.unwrap_or(0));
        if width > MAX_WIDTH {
            spec.width = None;
            spec.precision = None;
        }
        host.charge(width.min(MAX_WIDTH).saturating_add(8))?;
        let Some(verb) = rest.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = args.get(used) else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        used += 1;
        let before = out.len();
        one(&mut out, &spec, verb, value);
        host.charge(out.len() - before)?;
    }
    if used < args.len() {
        let extra: Vec<String> = args[used..]
            .iter()
            .map(|value| match value {
                Value::Nil => "<nil>".to_owned(),
                value => format!("{}={}", value.type_name(), plain(value)),
            })
            .collect();
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    Ok(out)
}

/// Pads a text to the width.
fn pad(out: &mut String, spec: &Spec, text: &str, zeros: bool) {
    let missing = spec.width.unwrap_or(0).saturating_sub(text.chars().count());
    if spec.minus {
        out.push_str(text);
        out.extend(std::iter::repeat_n(' ', missing));
    } else if zeros && spec.zero {
        let (sign, digits) = match text.strip_prefix(['-', '+']) {
            Some(digits) => (&text[..1], digits),
            None => ("", text),
        };
        out.push_str(sign);
        out.extend(std::iter::repeat_n('0', missing));
        out.push_str(digits);
    } else {
        out.extend(std::iter::repeat_n(' ', missing));
        out.push_str(text);
    }
}

fn one(out: &mut String, spec: &Spec, verb: char, value: &Value) {
    let text = match (verb, value) {
        ('T', value) => Some(value.type_name().to_owned()),
        ('v', Value::String(text)) if spec.sharp => Some(quoted(text, Keep::Printable)),
        ('v', Value::Int(_) | Value::Constant(_)) => int_text(spec, 'd', value),
        ('v', Value::Float(float)) if spec.precision.is_some() => {
            float_text(*float, 'g', spec.precision, Width::Double)
        }
        ('v', value) => Some(plain(value)),
        ('t', Value::Bool(value)) => Some(value.to_string()),
        ('s', Value::String(text)) => Some(cut(text, spec)),
        ('s', Value::Bytes(bytes)) => Some(cut(&String::from_utf8_lossy(bytes), spec)),
        ('q', Value::String(text)) => Some(quoted(&cut(text, spec), Keep::Printable)),
        ('q', Value::Bytes(bytes)) => {
            Some(quoted(&String::from_utf8_lossy(bytes), Keep::Printable))
        }
        ('x' | 'X', Value::String(text)) => Some(hexadecimal(text.as_bytes(), verb)),
        ('x' | 'X', Value::Bytes(bytes)) => Some(hexadecimal(bytes, verb)),
        (
            'd' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U',
            Value::Int(_) | Value::Constant(_),
        ) => int_text(spec, verb, value),
        ('e' | 'E' | 'f' | 'F' | 'g' | 'G', Value::Float(float)) => {
            let precision = match verb {
                'g' | 'G' => spec.precision,
                _ => Some(spec.precision.unwrap_or(6)),
            };
            let text = match (verb, precision) {
                ('g', None) => Some(float_plain(*float)),
                _ => float_text(*float, verb, precision, Width::Double),
            };
            text.map(|text| signed(spec, text))
        }
        // Elements of lists and maps are printed with the verb each.
        (verb, Value::List(elements)) => {
            let items: Vec<String> = elements.iter().map(|element| single(verb, element)).collect();
            Some(format!("[{}]", items.join(" ")))
        }
        (verb, Value::Map(fields)) => {
            let items: Vec<String> = fields
                .iter()
                .map(|(key, value)| {
                    let key = single(verb, &Value::String(key.clone()));
                    format!("{key}:{}", single(verb, value))
                })
                .collect();
            Some(format!("map[{}]", items.join(" ")))
        }
        _ => None,
    };
    let numeric = matches!(value, Value::Int(_) | Value::Constant(_) | Value::Float(_));
    match text {
        Some(text) => pad(out, spec, &text, numeric),
        None if matches!(value, Value::Nil) => out.push_str(&format!("%!{verb}(<nil>)")),
        None => out.push_str(&format!("%!{verb}({}={})", value.type_name(), plain(value))),
    }
}

fn single(verb: char, value: &Value) -> String {
    let mut out = String::new();
    one(&mut out, &Spec::default(), verb, value);
    out
}

fn cut(text: &str, spec: &Spec) -> String {
    match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text.to_owned(),
    }
}

fn hexadecimal(bytes: &[u8], verb: char) -> String {
    let text = super::super::hex::encoded(bytes);
    if verb == 'X' { text.to_uppercase() } else { text }
}

fn signed(spec: &Spec, text: String) -> String {
    match (text.starts_with(['-', '+']), spec.plus, spec.space) {
        (false, true, _) => format!("+{text}"),
        (false, false, true) => format!(" {text}"),
        _ => text,
    }
}

fn int_text(spec: &Spec, verb: char, value: &Value) -> Option<String> {
    let number = value.int()?;
    let character = || {
        let code = number.to_i64().and_then(|int| u32::try_from(int).ok());
        code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    match verb {
        'c' => return Some(character().to_string()),
        'q' => return Some(quoted_character(character(), Keep::Printable)),
        'U' => {
            let code = number.to_i64().and_then(|int| u32::try_from(int).ok())?;
            return Some(format!("U+{code:04X}"));
        }
        _ => {}
    }
    let (radix, prefix) = match verb {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'O' => (8, "0o"),
        'x' | 'X' => (16, "0x"),
        _ => (10, ""),
    };
    let big = number.to_bigint()?;
    let mut digits = big.magnitude().to_str_radix(radix);
    if let Some(missing) = spec.precision.and_then(|wanted| wanted.checked_sub(digits.len())) {
        digits.insert_str(0, &"0".repeat(missing));
    }
    if spec.sharp && radix != 10 || verb == 'O' {
        digits.insert_str(0, prefix);
    }
    if verb == 'X' {
        digits = digits.to_uppercase();
    }
    if number.is_negative() {
        digits.insert(0, '-');
    }
    Some(signed(spec, digits))
}
