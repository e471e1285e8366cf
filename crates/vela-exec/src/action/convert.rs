//! `util`, `time` and `base64`: values made of values. Nothing outside is touched.

use super::schema::{Field, FieldKind, optional, required};
use super::{Action, Context, Effect, error, kube, text};
use crate::calendar;
use crate::engine::Outcome;
use crate::executor::BoxFuture;
use base64::Engine as _;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

pub(super) fn actions() -> Vec<Arc<dyn Action>> {
    vec![
        Arc::new(Convert::String),
        Arc::new(Convert::Patch),
        Arc::new(Convert::Log),
        Arc::new(Convert::Encode),
        Arc::new(Convert::Decode),
        Arc::new(Convert::Timestamp),
        Arc::new(Convert::Date),
    ]
}

enum Convert {
    String,
    Patch,
    Log,
    Encode,
    Decode,
    Timestamp,
    Date,
}

impl Action for Convert {
    fn names(&self) -> Vec<(&str, &str)> {
        match self {
            Convert::String => vec![("util", "string")],
            Convert::Patch => vec![("util", "patch-k8s-object")],
            Convert::Encode => vec![("base64", "encode")],
            Convert::Decode => vec![("base64", "decode")],
            Convert::Log => vec![("util", "log")],
            Convert::Timestamp => vec![("time", "timestamp")],
            Convert::Date => vec![("time", "date")],
        }
    }

    fn schema(&self) -> &[Field] {
        const STRING: &[Field] = &[required("bt", FieldKind::Text, "bytes, as base64")];
        const PATCH: &[Field] = &[
            required("value", FieldKind::Object, "the object"),
            required("patch", FieldKind::Object, "what changes in it"),
        ];
        const LOG: &[Field] = &[
            optional("data", FieldKind::Any, "what to say"),
            optional("level", FieldKind::Number, "how much it matters"),
            optional("source", FieldKind::Object, "where the step's logs are found"),
        ];
        const TIMESTAMP: &[Field] = &[
            required("date", FieldKind::Text, "a date such as 2006-01-02T15:04:05Z"),
            optional("layout", FieldKind::Text, "how it is written; RFC 3339 only"),
        ];
        const DATE: &[Field] = &[
            required("timestamp", FieldKind::Number, "seconds since 1970"),
            optional("layout", FieldKind::Text, "how it is written; RFC 3339 only"),
        ];
        match self {
            Convert::String => STRING,
            Convert::Patch => PATCH,
            Convert::Log => LOG,
            // Their parameter is the text itself.
            Convert::Encode | Convert::Decode => &[],
            Convert::Timestamp => TIMESTAMP,
            Convert::Date => DATE,
        }
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Read
    }

    fn run<'a>(&'a self, _context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        let outcome = match self.convert(params) {
            Ok(value) => Outcome::Value { value },
            Err(message) => error(message),
        };
        Box::pin(std::future::ready(outcome))
    }
}

impl Convert {
    fn convert(&self, params: &Json) -> Result<Json, String> {
        match self {
            Convert::String => {
                let given = text(params, "bt");
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(given)
                    .map_err(|why| format!("bt is not base64: {why}"))?;
                Ok(json!({"str": String::from_utf8_lossy(&bytes)}))
            }
            Convert::Patch => {
                let mut value = params.get("value").cloned().unwrap_or(Json::Null);
                kube::merge(&mut value, params.get("patch").unwrap_or(&Json::Null));
                Ok(json!({ "result": value }))
            }
            Convert::Log => Ok(Json::Object(Map::new())),
            Convert::Encode => {
                let given = params.as_str().ok_or("what is to be encoded must be text")?;
                Ok(json!(base64::engine::general_purpose::STANDARD.encode(given)))
            }
            Convert::Decode => {
                let given = params.as_str().ok_or("what is to be decoded must be text")?;
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(given)
                    .map_err(|why| format!("it is not base64: {why}"))?;
                Ok(json!(String::from_utf8_lossy(&bytes)))
            }
            Convert::Timestamp => {
                layout(params)?;
                Ok(json!({"timestamp": seconds(text(params, "date"))?}))
            }
            Convert::Date => {
                layout(params)?;
                let seconds = params
                    .get("timestamp")
                    .and_then(Json::as_i64)
                    .ok_or("timestamp is no whole number")?;
                Ok(json!({"date": date(seconds)?}))
            }
        }
    }
}

fn layout(params: &Json) -> Result<(), String> {
    match text(params, "layout") {
        "" | "2006-01-02T15:04:05Z07:00" | "RFC3339" => Ok(()),
        other => {
            Err(format!("the layout \"{other}\" is not known; dates are written as RFC 3339 says"))
        }
    }
}

/// The seconds since 1970 of a date as RFC 3339 writes it.
fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || {
        format!(
            "\"{text}\" is no date; write it as 2006-01-02T15:04:05Z or 2006-01-02T15:04:05+02:00"
        )
    };
    let number = |from: usize, to: usize| {
        let digits = text
            .get(from..to)
            .filter(|part| part.bytes().all(|b| b.is_ascii_digit()))
            .ok_or_else(wrong)?;
        digits.parse::<i64>().map_err(|_| wrong())
    };
    let mark = |at: usize, marks: &[u8]| {
        text.as_bytes().get(at).filter(|b| marks.contains(b)).map(|_| ()).ok_or_else(wrong)
    };
    for (at, marks) in [(4, b"-".as_slice()), (7, b"-"), (10, b"Tt"), (13, b":"), (16, b":")] {
        mark(at, marks)?;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return Err(wrong()),
    };
    if !(1..=last).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return Err(wrong());
    }
    let mut at = 19;
    if text.as_bytes().get(at) == Some(&b'.') {
        let digits = text.as_bytes()[20..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return Err(wrong());
        }
        at = 20 + digits;
    }
    let offset = match text.as_bytes().get(at) {
        Some(b'Z' | b'z') if text.len() == at + 1 => 0,
        Some(sign @ (b'+' | b'-')) if text.len() == at + 6 => {
            mark(at + 3, b":")?;
            let offset = number(at + 1, at + 3)? * 3600 + number(at + 4, at + 6)? * 60;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return Err(wrong()),
    };
    let days = calendar::days_since_epoch(year, month, day);
    Ok(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

/// The date of a number of seconds since 1970, in UTC.
pub(crate) fn date(seconds: i64) -> Result<String, String> {
    let (year, ..) = calendar::date_of(seconds.div_euclid(86_400));
    if !(0..=9999).contains(&year) {
        return Err(format!("the timestamp {seconds} is not in the years 0 to 9999"));
    }
    Ok(calendar::utc(seconds))
}

#[cfg(test)]
mod tests {
    use super::{date, seconds};

    #[test]
    fn dates_and_seconds() {
        for (text, number) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2024-12-31T23:59:59Z", 1_735_689_599),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            assert_eq!(seconds(text), Ok(number), "{text}");
            assert_eq!(date(number).as_deref(), Ok(text));
        }
        assert_eq!(seconds("1970-01-01T02:00:00.25+02:00"), Ok(0));
        for text in [
            "",
            "1970-13-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "1970-01-01",
            "1970-01-01T00:00:00",
            "ä970-01-01T00:00:00Z",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert!(date(i64::MAX / 4).is_err());
    }
}
