//! Requests over the network: TLS by rustls, proxies as the environment names them, and a policy.

use super::NetworkPolicy;
use crate::action::{HttpClient, HttpError, HttpRequest, HttpResponse};
use crate::executor::BoxFuture;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::config::Config;
use ureq::http::{Method, Request, Response, StatusCode, Uri, header};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// Header fields that are not sent on to another host.
const CREDENTIALS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// Sends requests over the network.
#[derive(Clone)]
pub struct WebClient {
    agent: Agent,
    policy: Arc<NetworkPolicy>,
    resolver: Arc<Refusals>,
}

/// Why the last address was refused, by host: the error of the library below has no room for it.
#[derive(Default, Debug)]
struct Refusals(Mutex<Vec<(String, String)>>);

/// Looks names up, and refuses addresses that the policy does not allow.
#[derive(Debug)]
struct Checked {
    inner: DefaultResolver,
    policy: Arc<NetworkPolicy>,
    refusals: Arc<Refusals>,
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let host = uri.host().unwrap_or_default();
        // The proxy is the machine owner's choice.
        if config.proxy().is_some_and(|proxy| proxy.host() == host) {
            return Ok(found);
        }
        let mut allowed = self.empty();
        let mut refused = None;
        for address in found.iter() {
            match self.policy.check_address(host, address.ip()) {
                Ok(()) => allowed.push(*address),
                Err(why) => refused = Some(why),
            }
        }
        match refused {
            Some(why) if allowed.is_empty() => {
                let mut refusals = self.refusals.0.lock().unwrap_or_else(PoisonError::into_inner);
                refusals.retain(|(other, _)| other != host);
                refusals.push((host.to_owned(), why));
                Err(ureq::Error::HostNotFound)
            }
            _ => Ok(allowed),
        }
    }
}

impl WebClient {
    /// A client under a policy.
    #[must_use]
    pub fn new(policy: NetworkPolicy) -> WebClient {
        let policy = Arc::new(policy);
        let refusals = Arc::new(Refusals::default());
        let resolver = Checked {
            inner: DefaultResolver::default(),
            policy: Arc::clone(&policy),
            refusals: Arc::clone(&refusals),
        };
        // Redirects are followed here: each target is checked, and credentials stay behind.
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("vela/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        WebClient { agent, policy, resolver: refusals }
    }

    /// Sends a request and follows redirects.
    fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, HttpError> {
        let unsent = |message: String| HttpError { message, sent: false };
        let until =
            Instant::now() + request.timeout.map_or(self.policy.timeout, Duration::from_millis);
        let mut method: Method = request
            .method
            .parse()
            .map_err(|_| unsent(format!("\"{}\" is no method", request.method)))?;
        let mut uri: Uri = request.url.parse().map_err(|why| {
            unsent(format!("\"{}\" is no URL of http or https: {why}", request.url))
        })?;
        let mut body = request.body.clone();
        let mut headers = request.headers.clone();
        let changes = !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
        if changes && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"))
        {
            headers.push(("Idempotency-Key".to_owned(), request.key.clone()));
        }
        let mut sent = false;
        for _ in 0..=self.policy.redirects {
            let left = until.saturating_duration_since(Instant::now());
            let response =
                self.once(&method, &uri, &headers, &body, left).map_err(|mut error| {
                    error.sent |= sent;
                    error
                })?;
            sent |= changes;
            let Some(next) = redirect(&response, &uri) else { return self.read(response, sent) };
            let next = next.map_err(|message| HttpError { message, sent })?;
            let other_host = next.authority() != uri.authority();
            if uri.scheme_str() == Some("https") && next.scheme_str() != Some("https") {
                return Err(HttpError {
                    message: format!("it redirects to {next}, without TLS"),
                    sent,
                });
            }
            if other_host {
                headers.retain(|(name, _)| {
                    !CREDENTIALS.iter().any(|credential| name.eq_ignore_ascii_case(credential))
                });
            }
            let keeps = matches!(
                response.status(),
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
            );
            if !keeps && method != Method::HEAD {
                (method, body) = (Method::GET, String::new());
            } else if changes && other_host {
                let message = format!("it redirects what it was sent to another host, {next}");
                return Err(HttpError { message, sent });
            }
            uri = next;
        }
        Err(HttpError { message: format!("more than {} redirects", self.policy.redirects), sent })
    }

    fn once(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &[(String, String)],
        body: &str,
        left: Duration,
    ) -> Result<Response<ureq::Body>, HttpError> {
        let unsent = |message: String| HttpError { message, sent: false };
        let host = uri.host().unwrap_or_default();
        if !matches!(uri.scheme_str(), Some("http" | "https")) || host.is_empty() {
            return Err(unsent(format!("\"{uri}\" is no URL of http or https")));
        }
        self.policy.check_host(host).map_err(unsent)?;
        let mut request = Request::builder().method(method.clone()).uri(uri.clone());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request =
            request.body(body.to_owned()).map_err(|why| unsent(format!("the request: {why}")))?;
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(left.max(Duration::from_millis(1))))
            .allow_non_standard_methods(true)
            .build();
        self.agent.run(request).map_err(|error| self.failure(host, &error))
    }

    fn failure(&self, host: &str, error: &ureq::Error) -> HttpError {
        // Before a connection stands nothing has been sent.
        let sent = !matches!(
            error,
            ureq::Error::HostNotFound
                | ureq::Error::ConnectionFailed
                | ureq::Error::BadUri(_)
                | ureq::Error::InvalidProxyUrl
                | ureq::Error::Tls(_)
                | ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect)
        ) && !matches!(error, ureq::Error::Io(why) if why.kind() == std::io::ErrorKind::ConnectionRefused);
        let refusals = self.resolver.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = refusals.iter().find(|(other, _)| other == host);
        let message = match (error, refused) {
            (ureq::Error::HostNotFound, Some((_, why))) => why.clone(),
            (ureq::Error::HostNotFound, None) => format!("{host}: no such host"),
            (error, _) => error.to_string(),
        };
        HttpError { message, sent }
    }

    fn read(&self, response: Response<ureq::Body>, sent: bool) -> Result<HttpResponse, HttpError> {
        let (parts, body) = response.into_parts();
        let most = self.policy.most_body;
        let bytes = body.into_with_config().limit(most).read_to_vec().map_err(|error| {
            let message = match error {
                ureq::Error::BodyExceedsLimit(_) => {
                    format!("the answer is longer than {most} bytes")
                }
                error => format!("the answer breaks off: {error}"),
            };
            HttpError { message, sent }
        })?;
        let text =
            |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            parts.headers.iter().map(|(name, value)| (canonical(name.as_str()), text(value)));
        Ok(HttpResponse {
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }
}

/// Where a response sends on to.
fn redirect(response: &Response<ureq::Body>, from: &Uri) -> Option<Result<Uri, String>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?;
    let Ok(location) = location.to_str() else {
        return Some(Err("it redirects to what is no URL".to_owned()));
    };
    let scheme = from.scheme_str().unwrap_or("https");
    let host = from.authority().map_or("", |authority| authority.as_str());
    let whole = if location.contains("://") {
        location.to_owned()
    } else if let Some(rest) = location.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if location.starts_with('/') {
        format!("{scheme}://{host}{location}")
    } else {
        let directory = from.path().rsplit_once('/').map_or("", |(directory, _)| directory);
        format!("{scheme}://{host}{directory}/{location}")
    };
    Some(
        whole
            .parse()
            .map_err(|why| format!("it redirects to \"{location}\", which is no URL: {why}")),
    )
}

/// As templates expect it: `Content-Type`.
fn canonical(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    });
    words.collect::<Vec<_>>().join("-")
}

impl HttpClient for WebClient {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        let client = self.clone();
        Box::pin(async move {
            let exchange = tokio::task::spawn_blocking(move || client.exchange(&request));
            exchange.await.unwrap_or_else(|_| {
                Err(HttpError { message: "the request broke off".to_owned(), sent: true })
            })
        })
    }
}

#[cfg(test)]
mod tests;
