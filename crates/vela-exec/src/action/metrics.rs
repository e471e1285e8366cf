//! `metrics`: a condition on what Prometheus says, that must hold for a while.

use super::schema::{Field, FieldKind, optional, required};
use super::{Action, Context, Effect, HttpRequest, error, text};
use crate::duration::{self, Millis, shown};
use crate::engine::Outcome;
use crate::executor::BoxFuture;
use crate::store::{Table, Transaction, decode, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// Where Prometheus is, unless the step says.
const ENDPOINT: &str = "http://prometheus-server.o11y-system.svc:9090";

/// The action `metrics promCheck`.
pub(super) struct PromCheck;

/// Since when the condition holds, and since when it does not: kept between the passes of a step.
#[derive(Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Since {
    holds: Option<Millis>,
    fails: Option<Millis>,
}

impl Action for PromCheck {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("metrics", "promCheck")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[
            required("query", FieldKind::Text, "the query, as PromQL"),
            required("condition", FieldKind::Text, "such as >=3"),
            optional("metricEndpoint", FieldKind::Text, "where Prometheus is"),
            optional("duration", FieldKind::Text, "how long it must hold; 5m if absent"),
            optional("failDuration", FieldKind::Text, "how long it may not hold; 2m if absent"),
        ];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match check(context, params).await {
                Ok(value) => Outcome::Value { value },
                Err(message) => error(message),
            }
        })
    }
}

async fn check(context: &Context<'_>, params: &Json) -> Result<Json, String> {
    let condition = Condition::parse(text(params, "condition"))?;
    let span = |name: &str, or: &str| match text(params, name) {
        "" => duration::parse(or),
        given => duration::parse(given),
    };
    let (wanted, most) = (span("duration", "5m")?, span("failDuration", "2m")?);
    let value = ask(context, params).await?;
    let holds = condition.holds(value);
    let key = format!("check:{}#{}@{}", context.step.id.0, context.call.path, context.run);
    let mut since: Since = match context.store.get(Table::Runs, &key).map_err(|e| e.to_string())? {
        Some(bytes) => decode("a check", &bytes).map_err(|e| e.to_string())?,
        None => Since::default(),
    };
    let before = since;
    let now = context.now;
    since = match holds {
        true => Since { holds: since.holds.or(Some(now)), fails: None },
        false => Since { holds: None, fails: since.fails.or(Some(now)) },
    };
    if since != before {
        let mut transaction = Transaction::default();
        transaction.put(Table::Runs, key, encode(&since).map_err(|e| e.to_string())?);
        context.store.commit(&transaction).map_err(|e| e.to_string())?;
    }
    let lasted = |since: Option<Millis>| since.map_or(0, |since| now.saturating_sub(since));
    let (held, failed) = (lasted(since.holds), lasted(since.fails));
    let shown_condition = format!("{} {}", value, text(params, "condition"));
    let (result, over, message) = match holds {
        true if held >= wanted => (true, false, String::new()),
        true => (
            false,
            false,
            format!("{shown_condition} holds for {} of {}", shown(held), shown(wanted)),
        ),
        false if failed >= most => {
            (false, true, format!("{shown_condition} does not hold for {}", shown(failed)))
        }
        false => (
            false,
            false,
            format!(
                "{shown_condition} does not hold, for {} of at most {}",
                shown(failed),
                shown(most)
            ),
        ),
    };
    Ok(json!({"result": result, "failed": over, "message": message, "value": value}))
}

async fn ask(context: &Context<'_>, params: &Json) -> Result<f64, String> {
    let client = context
        .http
        .ok_or("requests are not granted here: give an HTTP client, or allow the network")?;
    let endpoint = match text(params, "metricEndpoint") {
        "" => ENDPOINT,
        endpoint => endpoint.trim_end_matches('/'),
    };
    let request = HttpRequest {
        method: "GET".to_owned(),
        url: format!("{endpoint}/api/v1/query?query={}", escape(text(params, "query"))),
        headers: vec![("Accept".to_owned(), "application/json".to_owned())],
        body: String::new(),
        timeout: None,
        key: context.key().to_string(),
    };
    let response = client.send(request).await.map_err(|why| format!("{endpoint}: {why}"))?;
    let answer: Json = serde_json::from_str(&response.body)
        .map_err(|_| format!("{endpoint} answers with status {} and no JSON", response.status))?;
    if text(&answer, "status") != "success" {
        return Err(format!("{endpoint}: {}", text(&answer, "error")));
    }
    let sample = match answer.pointer("/data/resultType").and_then(Json::as_str) {
        Some("scalar") => answer.pointer("/data/result/1"),
        _ => answer.pointer("/data/result/0/value/1"),
    };
    let sample = sample.and_then(Json::as_str).ok_or("the query gives no value")?;
    sample.parse().map_err(|_| format!("the query gives \"{sample}\", which is no number"))
}

fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

/// A comparison with a number.
struct Condition<'c> {
    operator: &'c str,
    bound: f64,
}

impl Condition<'_> {
    fn parse(text: &str) -> Result<Condition<'_>, String> {
        let text = text.trim();
        let operator = ["==", "!=", ">=", "<=", ">", "<"].into_iter().find(|o| text.starts_with(o));
        let wrong = || format!("\"{text}\" is no condition; write it as in >=3 or <0.5");
        let operator = operator.ok_or_else(wrong)?;
        let bound = text[operator.len()..].trim().parse().map_err(|_| wrong())?;
        Ok(Condition { operator, bound })
    }

    fn holds(&self, value: f64) -> bool {
        match self.operator {
            "==" => value == self.bound,
            "!=" => value != self.bound,
            ">=" => value >= self.bound,
            "<=" => value <= self.bound,
            ">" => value > self.bound,
            _ => value < self.bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, escape};

    #[test]
    fn conditions() {
        for (condition, value, holds) in [
            (">=3", 3.0, true),
            ("<0.5", 0.5, false),
            ("== 1", 1.0, true),
            ("!=1", f64::NAN, true),
            (">1e3", 1001.0, true),
        ] {
            assert_eq!(Condition::parse(condition).unwrap().holds(value), holds, "{condition}");
        }
        for wrong in ["", "3", "=3", ">", ">=x", "~3"] {
            assert!(Condition::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(escape("up{a=\"b\"}"), "up%7Ba%3D%22b%22%7D");
    }
}
