use super::super::NetworkPolicy;
use super::WebClient;
use crate::action::{HttpClient, HttpError, HttpRequest, HttpResponse};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

/// Answers so many requests with what a function makes of them; gives the port.
fn server(count: usize, answer: impl Fn(&str) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(count) {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while reader.read_line(&mut head).unwrap() > 2 {}
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
            });
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            head.push_str(&String::from_utf8_lossy(&body));
            let _ = stream.write_all(answer(&head).as_bytes());
        }
    });
    port
}

fn send(policy: NetworkPolicy, method: &str, url: &str) -> Result<HttpResponse, HttpError> {
    let request = HttpRequest {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: vec![("Authorization".into(), "Bearer t".into()), ("X-Own".into(), "x".into())],
        body: if method == "GET" { String::new() } else { "payload".into() },
        timeout: Some(5_000),
        key: "run/step/1".into(),
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(WebClient::new(policy).send(request))
}

fn trusting() -> NetworkPolicy {
    NetworkPolicy { private: true, most_body: 100, ..NetworkPolicy::default() }
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nx-server: s\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn moved(status: u16, to: &str) -> String {
    format!(
        "HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

#[test]
fn what_changes_something_carries_its_key() {
    let port = server(1, |request| {
        let keyed = request.to_ascii_lowercase().contains("idempotency-key: run/step/1");
        ok(if keyed && request.ends_with("payload") { "keyed" } else { "not" })
    });
    let response = send(trusting(), "POST", &format!("http://127.0.0.1:{port}/")).unwrap();
    assert_eq!((response.status, response.body.as_str()), (200, "keyed"));
    assert!(response.headers.contains(&("X-Server".to_owned(), "s".to_owned())));
}

#[test]
fn private_addresses_are_refused_before_anything_is_sent() {
    let port = server(0, |_| String::new());
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let refused = send(NetworkPolicy::default(), "POST", &format!("http://{host}:{port}/"));
        let refused = refused.unwrap_err();
        assert!(!refused.sent && refused.message.contains("VELA_HTTP_ALLOW"), "{refused:?}");
    }
    let scheme = send(trusting(), "GET", "file:///etc/passwd").unwrap_err();
    assert!(!scheme.sent && scheme.message.contains("no URL of http"), "{scheme:?}");
}

#[test]
fn redirects_leave_credentials_behind_and_end() {
    let second = server(1, |request| {
        let request = request.to_ascii_lowercase();
        ok(if request.contains("authorization") {
            "told"
        } else if request.contains("x-own") {
            "kept"
        } else {
            ""
        })
    });
    let first = server(1, move |_| moved(302, &format!("http://localhost:{second}/x")));
    let response = send(trusting(), "GET", &format!("http://127.0.0.1:{first}/")).unwrap();
    assert_eq!(response.body, "kept");
    let circle = server(20, |_| moved(301, "/again"));
    let error = send(trusting(), "GET", &format!("http://127.0.0.1:{circle}/")).unwrap_err();
    assert!(error.message.contains("more than 5 redirects"), "{error:?}");
    let elsewhere = server(1, |_| moved(307, "http://example.invalid/"));
    let error = send(trusting(), "POST", &format!("http://127.0.0.1:{elsewhere}/")).unwrap_err();
    assert!(error.sent && error.message.contains("another host"), "{error:?}");
}

#[test]
fn long_answers_and_closed_ports() {
    let port = server(1, |_| ok(&"x".repeat(101)));
    let long = send(trusting(), "GET", &format!("http://127.0.0.1:{port}/")).unwrap_err();
    assert!(long.message.contains("longer than 100 bytes"), "{long:?}");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let closed = send(trusting(), "POST", &format!("http://127.0.0.1:{port}/")).unwrap_err();
    assert!(!closed.sent, "{closed:?}");
}
