//! `http`: requests, by a client that the embedder grants.

use super::schema::{Field, FieldKind, optional, required};
use super::{Action, Context, Effect, error, text};
use crate::duration::{self, Millis};
use crate::engine::Outcome;
use crate::executor::BoxFuture;
use serde_json::{Map, Value as Json, json};

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpRequest {
    /// `GET`, …
    pub method: String,
    /// Where to.
    pub url: String,
    /// Header fields, in order.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: String,
    /// How long it may take.
    pub timeout: Option<Millis>,
    /// The key of the effect, for the header `Idempotency-Key` of requests that change something.
    pub key: String,
}

/// A response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// Header fields, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Why there is no response.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct HttpError {
    /// Why.
    pub message: String,
    /// Whether the request may have reached the server, and so may have had its effect.
    pub sent: bool,
}

/// Sends requests. Which hosts, how long, how much: that is its matter.
pub trait HttpClient: Send + Sync {
    /// Sends one. Any status is a response.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>>;
}

pub(super) struct Request;

fn method(params: &Json) -> String {
    match text(params, "method") {
        "" => "GET".to_owned(),
        method => method.to_ascii_uppercase(),
    }
}

impl Action for Request {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("http", "do")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[
            required("url", FieldKind::Text, "where to"),
            optional("method", FieldKind::Text, "GET if absent"),
            optional("request", FieldKind::Object, "timeout, body, header"),
            optional("tls_config", FieldKind::Object, "where the certificates are"),
        ];
        FIELDS
    }

    fn effect(&self, params: &Json) -> Effect {
        match method(params).as_str() {
            "GET" | "HEAD" | "OPTIONS" => Effect::Read,
            _ => Effect::Once,
        }
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let Some(client) = context.http else {
                return error(
                    "requests are not granted here: give an HTTP client, or allow the network",
                );
            };
            let details = params.get("request").cloned().unwrap_or(Json::Null);
            let timeout = match details
                .get("timeout")
                .and_then(Json::as_str)
                .map(duration::parse)
                .transpose()
            {
                Ok(timeout) => timeout,
                Err(why) => return error(why),
            };
            let request = HttpRequest {
                method: method(params),
                url: text(params, "url").to_owned(),
                headers: headers(details.get("header")),
                body: match details.get("body") {
                    Some(Json::String(body)) => body.clone(),
                    None | Some(Json::Null) => String::new(),
                    Some(other) => other.to_string(),
                },
                timeout,
                key: context.key().to_string(),
            };
            let shown = format!("{} {:?}", request.method, request.url);
            match client.send(request).await {
                Ok(response) => {
                    let value = shape(&response);
                    // The old package has the response in a field of its own.
                    let value =
                        if context.call.returns { value } else { json!({ "response": value }) };
                    Outcome::Value { value }
                }
                Err(failure) if failure.sent && self.effect(params) == Effect::Once => {
                    Outcome::Unknown {
                        message: format!(
                            "{shown}: {failure}; the request may have reached the server: look there, then restart the step"
                        ),
                    }
                }
                Err(failure) => error(format!("{shown}: {failure}")),
            }
        })
    }
}

fn headers(given: Option<&Json>) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for (name, value) in given.and_then(Json::as_object).into_iter().flatten() {
        match value {
            Json::Array(values) => {
                headers.extend(
                    values.iter().filter_map(Json::as_str).map(|v| (name.clone(), v.to_owned())),
                );
            }
            Json::String(value) => headers.push((name.clone(), value.clone())),
            other => headers.push((name.clone(), other.to_string())),
        }
    }
    headers
}

fn shape(response: &HttpResponse) -> Json {
    let mut header = Map::new();
    for (name, value) in &response.headers {
        if let Json::Array(values) = header.entry(name.clone()).or_insert_with(|| json!([])) {
            values.push(json!(value));
        }
    }
    json!({"body": response.body, "header": header, "trailer": {}, "statusCode": response.status})
}
