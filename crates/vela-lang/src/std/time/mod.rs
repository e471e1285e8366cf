//! Package `time`: instants as text of RFC 3339, layouts by example, durations.

mod civil;
mod duration;
mod layout;
mod parse;

use super::args::{Outcome, clamped, failed, function, int, int64, string, text};
use super::host::{Fault, Host, Kind, Member, Package, Param, Val};
use crate::encoding::quote::{Keep, quoted};
use crate::number::Number;
use civil::Instant;
use num_bigint::BigInt;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "time",
    members: &[
        Member::Constant("Nanosecond", "1"),
        Member::Constant("Microsecond", "1000"),
        Member::Constant("Millisecond", "1000000"),
        Member::Constant("Second", "1000000000"),
        Member::Constant("Minute", "60000000000"),
        Member::Constant("Hour", "3600000000000"),
        function("Duration", &[S], Kind::BOOL, is_duration),
        function("FormatDuration", &[Param::new("d", Kind::INT)], Kind::STRING, format_duration),
        function("ParseDuration", &[S], Kind::INT, parse_duration),
        Member::Constant("ANSIC", "\"Mon Jan _2 15:04:05 2006\""),
        Member::Constant("UnixDate", "\"Mon Jan _2 15:04:05 MST 2006\""),
        Member::Constant("RubyDate", "\"Mon Jan 02 15:04:05 -0700 2006\""),
        Member::Constant("RFC822", "\"02 Jan 06 15:04 MST\""),
        Member::Constant("RFC822Z", "\"02 Jan 06 15:04 -0700\""),
        Member::Constant("RFC850", "\"Monday, 02-Jan-06 15:04:05 MST\""),
        Member::Constant("RFC1123", "\"Mon, 02 Jan 2006 15:04:05 MST\""),
        Member::Constant("RFC1123Z", "\"Mon, 02 Jan 2006 15:04:05 -0700\""),
        Member::Constant("RFC3339", "\"2006-01-02T15:04:05Z07:00\""),
        Member::Constant("RFC3339Nano", "\"2006-01-02T15:04:05.999999999Z07:00\""),
        Member::Constant("RFC3339Date", "\"2006-01-02\""),
        Member::Constant("Kitchen", "\"3:04PM\""),
        Member::Constant("Kitchen24", "\"15:04\""),
        Member::Constant("January", "1"),
        Member::Constant("February", "2"),
        Member::Constant("March", "3"),
        Member::Constant("April", "4"),
        Member::Constant("May", "5"),
        Member::Constant("June", "6"),
        Member::Constant("July", "7"),
        Member::Constant("August", "8"),
        Member::Constant("September", "9"),
        Member::Constant("October", "10"),
        Member::Constant("November", "11"),
        Member::Constant("December", "12"),
        Member::Constant("Sunday", "0"),
        Member::Constant("Monday", "1"),
        Member::Constant("Tuesday", "2"),
        Member::Constant("Wednesday", "3"),
        Member::Constant("Thursday", "4"),
        Member::Constant("Friday", "5"),
        Member::Constant("Saturday", "6"),
        function("Time", &[S], Kind::BOOL, is_time),
        function("Format", &[VALUE, LAYOUT], Kind::BOOL, has_format),
        function("FormatString", &[LAYOUT, VALUE], Kind::STRING, format_string),
        function("Parse", &[LAYOUT, VALUE], Kind::STRING, parse),
        function(
            "Unix",
            &[Param::new("sec", Kind::INT), Param::new("nsec", Kind::INT)],
            Kind::STRING,
            unix,
        ),
        function("ToUnix", &[VALUE], Kind::INT, to_unix),
        function("ToUnixNano", &[VALUE], Kind::INT, to_unix_nano),
        function("Split", &[Param::new("t", Kind::STRING)], Kind::STRUCT, split),
    ],
};

const LAYOUT: Param = Param::new("layout", Kind::STRING);
const S: Param = Param::new("s", Kind::STRING);
const VALUE: Param = Param::new("value", Kind::STRING);

const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

fn is_duration(_: &mut dyn Host, args: &[Val]) -> Outcome {
    duration::parse(text(args, 0)?).map(|_| Val::Bool(true)).or_else(failed)
}

fn parse_duration(_: &mut dyn Host, args: &[Val]) -> Outcome {
    duration::parse(text(args, 0)?).map(int).or_else(failed)
}

fn format_duration(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(duration::text(clamped(args, 0)?)))
}

/// An instant argument.
fn instant(args: &[Val], at: usize) -> Result<Instant, Fault> {
    parse::parse(RFC3339_NANO, text(args, at)?).or_else(failed)
}

fn matches_layout(source: &str, layout: &str) -> Outcome {
    match parse::parse(layout, source) {
        Ok(_) => Ok(Val::Bool(true)),
        Err(_) => failed(format!("invalid time {}", quoted(source, Keep::Printable))),
    }
}

fn is_time(_: &mut dyn Host, args: &[Val]) -> Outcome {
    matches_layout(text(args, 0)?, RFC3339)
}

fn has_format(_: &mut dyn Host, args: &[Val]) -> Outcome {
    matches_layout(text(args, 0)?, text(args, 1)?)
}

fn format_string(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let layout = text(args, 0)?;
    host.charge(layout.len().saturating_mul(4))?;
    Ok(string(layout::format(layout, &instant(args, 1)?)))
}

/// The instant as text of UTC.
fn utc(instant: &Instant) -> Val {
    string(layout::format(RFC3339_NANO, &instant.utc()))
}

fn parse(_: &mut dyn Host, args: &[Val]) -> Outcome {
    parse::parse(text(args, 0)?, text(args, 1)?).map(|instant| utc(&instant)).or_else(failed)
}

fn unix(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let nanoseconds = i128::from(int64(args, 0)?) * 1_000_000_000 + i128::from(int64(args, 1)?);
    Ok(utc(&Instant::of_unix_nanoseconds(nanoseconds)))
}

fn to_unix(_: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(int(instant(args, 0)?.unix_seconds()))
}

fn to_unix_nano(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let instant = instant(args, 0)?;
    let nanoseconds =
        i128::from(instant.unix_seconds()) * 1_000_000_000 + i128::from(instant.nanosecond);
    Ok(int(Number::from(BigInt::from(nanoseconds))))
}

fn split(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let instant = instant(args, 0)?;
    let fields = [
        ("year", instant.year),
        ("month", i64::from(instant.month)),
        ("day", i64::from(instant.day)),
        ("hour", i64::from(instant.hour)),
        ("minute", i64::from(instant.minute)),
        ("second", i64::from(instant.second)),
        ("nanosecond", i64::from(instant.nanosecond)),
    ];
    Ok(host
        .make_struct(fields.into_iter().map(|(label, value)| (label.into(), int(value))).collect()))
}
