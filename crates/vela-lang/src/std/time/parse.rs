//! Reading an instant by a layout.

use super::civil::{Instant, days_in, is_leap};
use super::layout::{Element, MONTHS, WEEKDAYS, next};
use crate::encoding::quote::{Keep, quoted};

/// Why an element could not be read.
enum Failure {
    /// The text is something else.
    Text,
    /// The number is too large or too small: its name.
    Range(&'static str),
}

use Failure::{Range, Text};

/// What has been read so far.
#[derive(Default)]
struct Fields {
    year: i64,
    month: Option<u32>,
    day: Option<u32>,
    year_day: Option<u32>,
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
    half: Option<bool>,
    offset: Option<i32>,
    zone: Option<String>,
}

/// Reads an instant. Elements that the layout does not have are those of 0000-01-01T00:00:00Z.
pub(super) fn parse(layout: &str, source: &str) -> Result<Instant, String> {
    let shown = quoted(source, Keep::Printable);
    let mut fields = Fields::default();
    let (mut layout_rest, mut value) = (layout, source);
    loop {
        let (prefix, element, after) = next(layout_rest);
        let cannot = |value: &str, what: &str| {
            let (layout, value) = (quoted(layout, Keep::Printable), quoted(value, Keep::Printable));
            let what = quoted(what, Keep::Printable);
            format!("parsing time {shown} as {layout}: cannot parse {value} as {what}")
        };
        value = skip(value, prefix).map_err(|rest| cannot(rest, prefix))?;
        let Some((element, example)) = element else {
            if !value.is_empty() {
                let value = quoted(value, Keep::Printable);
                return Err(format!("parsing time {shown}: extra text: {value}"));
            }
            break;
        };
        let hold = value;
        match fields.read(element, &mut value, after) {
            Ok(()) => {}
            Err(Text) => return Err(cannot(hold, example)),
            Err(Range(name)) => return Err(format!("parsing time {shown}: {name} out of range")),
        }
        layout_rest = after;
    }
    fields.instant().map_err(|name| format!("parsing time {shown}: {name} out of range"))
}

/// Takes text that stands in the layout; a run of blanks there is any number of blanks.
fn skip<'a>(value: &'a str, prefix: &str) -> Result<&'a str, &'a str> {
    let (mut value, mut prefix) = (value, prefix);
    while let Some(wanted) = prefix.chars().next() {
        if wanted == ' ' {
            if !value.is_empty() && !value.starts_with(' ') {
                return Err(value);
            }
            prefix = prefix.trim_start_matches(' ');
            value = value.trim_start_matches(' ');
            continue;
        }
        value = value.strip_prefix(wanted).ok_or(value)?;
        prefix = &prefix[wanted.len_utf8()..];
    }
    Ok(value)
}

/// Takes exactly so many digits.
fn fixed(value: &mut &str, count: usize) -> Result<u32, Failure> {
    let digits = value.get(..count).ok_or(Text)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Text);
    }
    *value = &value[count..];
    digits.parse().map_err(|_| Text)
}

/// Takes one or two digits, or exactly two.
fn number(value: &mut &str, two: bool) -> Result<u32, Failure> {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count().min(2);
    match digits {
        1 if !two => fixed(value, 1),
        2 => fixed(value, 2),
        _ => Err(Text),
    }
}

/// Takes a name, whole or its first three letters, in any case; its place in the table.
fn name(value: &mut &str, names: &[&str], short: bool) -> Result<usize, Failure> {
    for (i, name) in names.iter().enumerate() {
        let name = if short { &name[..3] } else { name };
        if value.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name)) {
            *value = &value[name.len()..];
            return Ok(i);
        }
    }
    Err(Text)
}

fn below(value: u32, limit: u32, name: &'static str) -> Result<u32, Failure> {
    if value < limit { Ok(value) } else { Err(Range(name)) }
}

/// A fraction with its separator; digits beyond the ninth do not count.
fn fraction(text: &str) -> Result<u32, Failure> {
    let digits = text.get(1..).ok_or(Text)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Text);
    }
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    nine.parse().map_err(|_| Text)
}

/// The length of a fraction that a text begins with: separator and digits.
fn fraction_length(value: &str) -> Option<usize> {
    let digits = value.strip_prefix(['.', ','])?;
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    (count > 0).then_some(count + 1)
}

/// The length of an abbreviation of a zone, and its offset where it says one (`GMT-8`).
fn zone_name(value: &str) -> Result<(usize, i32), Failure> {
    let signed = |text: &str| -> Option<(usize, i32)> {
        let sign = match text.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let digits = text[1..].bytes().take_while(u8::is_ascii_digit).count();
        let hours: i32 = text.get(1..1 + digits)?.parse().ok()?;
        (hours <= 23).then_some((1 + digits, sign * hours))
    };
    if let Some(rest) = value.strip_prefix("GMT") {
        let (length, hours) = signed(rest).unwrap_or((0, 0));
        return Ok((3 + length, hours * 3600));
    }
    if value.starts_with("ChST") || value.starts_with("MeST") {
        return Ok((4, 0));
    }
    if value.starts_with(['+', '-']) {
        return signed(value).map(|(length, _)| (length, 0)).ok_or(Text);
    }
    let letters = value.bytes().take_while(u8::is_ascii_uppercase).count();
    match letters {
        3 => Ok((3, 0)),
        4 if value[..4].ends_with('T') || value.starts_with("WITA") => Ok((4, 0)),
        5 if value[..5].ends_with('T') => Ok((5, 0)),
        _ => Err(Text),
    }
}

impl Fields {
    /// Takes one element; `after` is the layout behind it.
    fn read(&mut self, element: Element, value: &mut &str, after: &str) -> Result<(), Failure> {
        match element {
            Element::Year => {
                let year = i64::from(fixed(value, 2)?);
                self.year = year + if year >= 69 { 1900 } else { 2000 };
            }
            Element::LongYear => self.year = i64::from(fixed(value, 4)?),
            Element::LongMonth | Element::Month => {
                let place = name(value, &MONTHS, element == Element::Month)?;
                self.month = u32::try_from(place + 1).ok();
            }
            Element::NumberMonth | Element::ZeroMonth => {
                let month = number(value, element == Element::ZeroMonth)?;
                if !(1..=12).contains(&month) {
                    return Err(Range("month"));
                }
                self.month = Some(month);
            }
            Element::LongWeekday | Element::Weekday => {
                name(value, &WEEKDAYS, element == Element::Weekday)?;
            }
            Element::Day | Element::UnderDay | Element::ZeroDay => {
                if element == Element::UnderDay {
                    *value = value.strip_prefix(' ').unwrap_or(value);
                }
                self.day = Some(number(value, element == Element::ZeroDay)?);
            }
            Element::UnderYearDay | Element::ZeroYearDay => {
                let mut width = 3;
                if element == Element::UnderYearDay {
                    let blanks = value.bytes().take(2).take_while(|byte| *byte == b' ').count();
                    *value = &value[blanks..];
                    width -= blanks;
                }
                self.year_day = Some(fixed(value, width)?);
            }
            Element::Hour => self.hour = below(number(value, false)?, 24, "hour")?,
            Element::Hour12 | Element::ZeroHour12 => {
                self.hour = below(number(value, element == Element::ZeroHour12)?, 13, "hour")?;
            }
            Element::Minute | Element::ZeroMinute => {
                let minute = number(value, element == Element::ZeroMinute)?;
                self.minute = below(minute, 60, "minute")?;
            }
            Element::Second | Element::ZeroSecond => {
                let second = number(value, element == Element::ZeroSecond)?;
                self.second = below(second, 60, "second")?;
                // A fraction is taken even where the layout has none.
                let (text, following, _) = next(after);
                let asked =
                    text.is_empty() && matches!(following, Some((Element::Fraction { .. }, _)));
                if let Some(length) = fraction_length(value).filter(|_| !asked) {
                    self.nanosecond = fraction(&value[..length])?;
                    *value = &value[length..];
                }
            }
            Element::UpperHalf | Element::LowerHalf => {
                let text = value.get(..2).ok_or(Text)?;
                let (am, pm) =
                    if element == Element::UpperHalf { ("AM", "PM") } else { ("am", "pm") };
                self.half = Some(if text == pm {
                    true
                } else if text == am {
                    false
                } else {
                    return Err(Text);
                });
                *value = &value[2..];
            }
            Element::ZoneName => {
                if let Some(rest) = value.strip_prefix("UTC") {
                    self.offset = Some(0);
                    self.zone = Some("UTC".to_owned());
                    *value = rest;
                } else {
                    let (length, offset) = zone_name(value)?;
                    self.zone = Some(value[..length].to_owned());
                    self.offset = self.offset.or(Some(offset));
                    *value = &value[length..];
                }
            }
            Element::Zone { z, colon, minutes, seconds } => {
                if z && let Some(rest) = value.strip_prefix('Z') {
                    self.offset = Some(0);
                    self.zone = Some("UTC".to_owned());
                    *value = rest;
                    return Ok(());
                }
                let sign = match value.chars().next() {
                    Some('+') => 1,
                    Some('-') => -1,
                    _ => return Err(Text),
                };
                *value = &value[1..];
                let mut part = |wanted: bool, first: bool| -> Result<u32, Failure> {
                    if !wanted {
                        return Ok(0);
                    }
                    if colon && !first {
                        *value = value.strip_prefix(':').ok_or(Text)?;
                    }
                    fixed(value, 2)
                };
                let (hour, minute, second) =
                    (part(true, true)?, part(minutes, false)?, part(seconds, false)?);
                let hour = below(hour, 25, "time zone offset hour")?;
                let minute = below(minute, 61, "time zone offset minute")?;
                let second = below(second, 61, "time zone offset second")?;
                let total = i32::try_from(hour * 3600 + minute * 60 + second).unwrap_or(0);
                self.offset = Some(sign * total);
                if total == 0 {
                    self.zone = Some("UTC".to_owned());
                }
            }
            Element::Fraction { digits, trim: false } => {
                let text = value.get(..digits + 1).ok_or(Text)?;
                if !text.starts_with(['.', ',']) {
                    return Err(Text);
                }
                self.nanosecond = fraction(text)?;
                *value = &value[digits + 1..];
            }
            Element::Fraction { trim: true, .. } => {
                if let Some(length) = fraction_length(value) {
                    self.nanosecond = fraction(&value[..length])?;
                    *value = &value[length..];
                }
            }
        }
        Ok(())
    }

    fn instant(self) -> Result<Instant, &'static str> {
        let hour = match self.half {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let (mut month, mut day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if let Some(year_day) = self.year_day {
            let length = if is_leap(self.year) { 366 } else { 365 };
            if !(1..=length).contains(&year_day) {
                return Err("day-of-year");
            }
            let (mut found_month, mut left) = (1, year_day);
            while left > days_in(self.year, found_month) {
                left -= days_in(self.year, found_month);
                found_month += 1;
            }
            if self.month.is_some_and(|month| month != found_month)
                || self.day.is_some_and(|day| day != left)
            {
                return Err("day-of-year does not match month or day, day-of-year");
            }
            (month, day) = (found_month, left);
        }
        if day < 1 || day > days_in(self.year, month) {
            return Err("day");
        }
        let offset = self.offset.unwrap_or(0);
        let zone = self.zone.or_else(|| self.offset.is_none().then(|| "UTC".to_owned()));
        Ok(Instant {
            year: self.year,
            month,
            day,
            hour,
            minute: self.minute,
            second: self.second,
            nanosecond: self.nanosecond,
            offset,
            zone,
        })
    }
}
