//! The network of simulations: one local server, nothing else.

use crate::action::{HttpClient, HttpError, HttpRequest, HttpResponse};
use crate::executor::BoxFuture;
use serde_json::json;

/// Answers requests to `127.0.0.1:18765`, where the recorded runs had a server: with a JSON object that
/// names method, path and body; `/plain` with text that is no JSON; `/NNN` with that status. Every other
/// host is not found, every other port refuses.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimulatedHttp;

const SERVER: &str = "127.0.0.1:18765";

impl HttpClient for SimulatedHttp {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(std::future::ready(answer(&request)))
    }
}

fn answer(request: &HttpRequest) -> Result<HttpResponse, HttpError> {
    let refused = |message: String| Err(HttpError { message, sent: false });
    let Some((scheme, rest)) = request.url.split_once("://") else {
        return refused(format!("\"{}\" is no URL", request.url));
    };
    let (host, path) = match rest.find(['/', '?', '#']) {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    if scheme != "http" || host != SERVER {
        let name = host.split(':').next().unwrap_or(host);
        return refused(match name {
            "127.0.0.1" | "localhost" => format!("{host}: connection refused"),
            _ => format!("{name}: no such host"),
        });
    }
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let number = path.trim_start_matches('/').parse::<u16>().ok();
    let status = number.filter(|status| (200..600).contains(status)).unwrap_or(200);
    let name = path.replace('/', "-");
    let header = |wanted: &str| {
        let found = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map_or("", |(_, value)| value.as_str())
    };
    let body = match path {
        "/plain" => "hello".to_owned(),
        _ => json!({
            "token": format!("tok{name}"),
            "credentials": format!("cred{name}"),
            "method": request.method,
            "body": request.body,
            "h": header("X-Test"),
        })
        .to_string(),
    };
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Ok(HttpResponse { status, headers, body })
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::action::HttpRequest;

    #[test]
    fn one_server_and_nothing_else() {
        let send = |url: &str| {
            answer(&HttpRequest {
                method: "POST".into(),
                url: url.into(),
                headers: Vec::new(),
                body: "b".into(),
                timeout: None,
                key: String::new(),
            })
        };
        let response = send("http://127.0.0.1:18765/r?x=1").unwrap();
        assert!(
            response.body.contains("\"token\":\"tok-r\"")
                && response.body.contains("\"body\":\"b\"")
        );
        assert_eq!(send("http://127.0.0.1:18765/500").unwrap().status, 500);
        assert_eq!(send("http://127.0.0.1:18765/plain").unwrap().body, "hello");
        for (url, why) in [
            ("http://127.0.0.1:1/", "refused"),
            ("https://example.com/x", "no such host"),
            ("http://example.com?127.0.0.1:18765", "no such host"),
            ("nonsense", "no URL"),
        ] {
            assert!(send(url).unwrap_err().message.contains(why), "{url}");
        }
    }
}
