//! What templates may ask of the outside.

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// An HTTP request that a template makes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// The address.
    pub url: String,
    /// The header, by name.
    pub header: BTreeMap<String, String>,
    /// The body; empty where there is none.
    pub body: String,
}

/// The answer to an HTTP request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// What an embedder grants to templates. Everything is denied unless it is implemented.
pub trait Outside: Send + Sync {
    /// Makes a request for `processing.http` of a trait.
    ///
    /// # Errors
    /// There is no answer, or it is not allowed.
    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        Err(format!("{} {:?}: templates may not make requests here", request.method, request.url))
    }

    /// Performs a call (`#do`, `#provider`) of a template that is being rendered.
    ///
    /// # Errors
    /// It fails, or it is not allowed.
    fn call(&self, provider: &str, action: &str, params: &Json) -> Result<Json, String> {
        let _ = params;
        Err(format!("templates may not call {provider} {action} here"))
    }
}

/// Grants nothing.
pub(super) struct Nothing;

impl Outside for Nothing {}
