//! Layouts: an example of how Mon Jan 2 15:04:05 MST 2006 is written.

use super::civil::Instant;
use std::fmt::Write as _;

/// Names of months.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Names of days.
pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// An element of a layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Element {
    LongYear,
    Year,
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    UpperHalf,
    LowerHalf,
    ZoneName,
    /// A numeric zone: `Z` for UTC, with colons, with minutes, with seconds.
    Zone {
        z: bool,
        colon: bool,
        minutes: bool,
        seconds: bool,
    },
    /// Digits of a fraction: their number, and whether trailing zeros are left out.
    Fraction {
        digits: usize,
        trim: bool,
    },
}

const fn zone(z: bool, colon: bool, minutes: bool, seconds: bool) -> Element {
    Element::Zone { z, colon, minutes, seconds }
}

/// Examples, of those with a common beginning the longer first.
const EXAMPLES: [(&str, Element); 33] = [
    ("January", Element::LongMonth),
    ("Monday", Element::LongWeekday),
    ("MST", Element::ZoneName),
    ("002", Element::ZeroYearDay),
    ("01", Element::ZeroMonth),
    ("02", Element::ZeroDay),
    ("03", Element::ZeroHour12),
    ("04", Element::ZeroMinute),
    ("05", Element::ZeroSecond),
    ("06", Element::Year),
    ("15", Element::Hour),
    ("1", Element::NumberMonth),
    ("2006", Element::LongYear),
    ("2", Element::Day),
    ("__2", Element::UnderYearDay),
    ("_2", Element::UnderDay),
    ("3", Element::Hour12),
    ("4", Element::Minute),
    ("5", Element::Second),
    ("PM", Element::UpperHalf),
    ("pm", Element::LowerHalf),
    ("-070000", zone(false, false, true, true)),
    ("-07:00:00", zone(false, true, true, true)),
    ("-0700", zone(false, false, true, false)),
    ("-07:00", zone(false, true, true, false)),
    ("-07", zone(false, false, false, false)),
    ("Z070000", zone(true, false, true, true)),
    ("Z07:00:00", zone(true, true, true, true)),
    ("Z0700", zone(true, false, true, false)),
    ("Z07:00", zone(true, true, true, false)),
    ("Z07", zone(true, false, false, false)),
    // Short names only count where no lower-case letter follows.
    ("Jan", Element::Month),
    ("Mon", Element::Weekday),
];

/// The element that a layout begins with, and its length.
fn element_at(layout: &str) -> Option<(Element, usize)> {
    if let Some(digits) = layout.strip_prefix(['.', ',']) {
        let first = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
        let count = digits.chars().take_while(|c| *c == first).count();
        let more = digits[count..].starts_with(|c: char| c.is_ascii_digit());
        let element = Element::Fraction { digits: count, trim: first == '9' };
        return (!more).then_some((element, count + 1));
    }
    if layout.starts_with("_2006") {
        return None;
    }
    let found = EXAMPLES.iter().find(|(example, element)| {
        let short = matches!(element, Element::Month | Element::Weekday);
        layout
            .strip_prefix(example)
            .is_some_and(|rest| !short || !rest.starts_with(|c: char| c.is_ascii_lowercase()))
    });
    found.map(|(example, element)| (*element, example.len()))
}

/// Splits off the text before the next element, the element with its example, and the rest.
pub(super) fn next(layout: &str) -> (&str, Option<(Element, &str)>, &str) {
    for (at, _) in layout.char_indices() {
        if let Some((element, length)) = element_at(&layout[at..]) {
            return (
                &layout[..at],
                Some((element, &layout[at..at + length])),
                &layout[at + length..],
            );
        }
    }
    (layout, None, "")
}

/// The instant as the layout writes it.
pub(super) fn format(layout: &str, instant: &Instant) -> String {
    let mut out = String::new();
    let mut rest = layout;
    loop {
        let (text, element, after) = next(rest);
        out.push_str(text);
        let Some((element, example)) = element else { return out };
        write_element(&mut out, element, example, instant);
        rest = after;
    }
}

fn write_element(out: &mut String, element: Element, example: &str, instant: &Instant) {
    let Instant { year, month, day, hour, minute, second, .. } = instant;
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let month_name = MONTHS.get(*month as usize - 1).copied().unwrap_or_default();
    let weekday = WEEKDAYS.get(instant.weekday()).copied().unwrap_or_default();
    let half = if *hour >= 12 { "PM" } else { "AM" };
    let _ = match element {
        Element::LongYear if *year < 0 => write!(out, "-{:04}", year.unsigned_abs()),
        Element::LongYear => write!(out, "{year:04}"),
        Element::Year => write!(out, "{:02}", year.rem_euclid(100)),
        Element::LongMonth => write!(out, "{month_name}"),
        Element::Month => write!(out, "{}", &month_name[..3]),
        Element::NumberMonth => write!(out, "{month}"),
        Element::ZeroMonth => write!(out, "{month:02}"),
        Element::LongWeekday => write!(out, "{weekday}"),
        Element::Weekday => write!(out, "{}", &weekday[..3]),
        Element::Day => write!(out, "{day}"),
        Element::UnderDay => write!(out, "{day:2}"),
        Element::ZeroDay => write!(out, "{day:02}"),
        Element::UnderYearDay => write!(out, "{:3}", instant.day_of_year()),
        Element::ZeroYearDay => write!(out, "{:03}", instant.day_of_year()),
        Element::Hour => write!(out, "{hour:02}"),
        Element::Hour12 => write!(out, "{hour12}"),
        Element::ZeroHour12 => write!(out, "{hour12:02}"),
        Element::Minute => write!(out, "{minute}"),
        Element::ZeroMinute => write!(out, "{minute:02}"),
        Element::Second => write!(out, "{second}"),
        Element::ZeroSecond => write!(out, "{second:02}"),
        Element::UpperHalf => write!(out, "{half}"),
        Element::LowerHalf => write!(out, "{}", half.to_lowercase()),
        Element::ZoneName => match &instant.zone {
            Some(name) => write!(out, "{name}"),
            None => {
                write_zone(out, instant.offset, zone(false, false, true, false));
                Ok(())
            }
        },
        Element::Zone { z: true, .. } if instant.offset == 0 => write!(out, "Z"),
        Element::Zone { .. } => {
            write_zone(out, instant.offset, element);
            Ok(())
        }
        Element::Fraction { digits, trim } => {
            let all = format!("{:09}", instant.nanosecond);
            let mut shown = all.get(..digits).unwrap_or(&all).to_owned();
            while shown.len() < digits && !trim {
                shown.push('0');
            }
            if trim {
                shown.truncate(shown.trim_end_matches('0').len());
            }
            if !shown.is_empty() {
                out.push_str(&example[..1]);
                out.push_str(&shown);
            }
            Ok(())
        }
    };
}

fn write_zone(out: &mut String, offset: i32, element: Element) {
    let Element::Zone { colon, minutes, seconds, .. } = element else { return };
    let magnitude = offset.unsigned_abs();
    let separator = if colon { ":" } else { "" };
    let _ = write!(out, "{}{:02}", if offset < 0 { '-' } else { '+' }, magnitude / 3600);
    if minutes {
        let _ = write!(out, "{separator}{:02}", magnitude / 60 % 60);
    }
    if seconds {
        let _ = write!(out, "{separator}{:02}", magnitude % 60);
    }
}
