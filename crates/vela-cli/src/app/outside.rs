//! What commands grant to templates that are being rendered: plain HTTP requests, small and short.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;
use vela::dag::plan::PlanOptions;
use vela::dag::render::{HttpRequest, HttpResponse, Outside, RenderOptions};

/// How long connecting, and each read and write, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer that is read.
const LONGEST: u64 = 4 << 20;

/// What rendering on the command line depends on.
pub(crate) fn render_options() -> RenderOptions {
    RenderOptions { outside: Some(Arc::new(Http)), ..RenderOptions::default() }
}

/// What planning on the command line depends on.
pub(crate) fn plan_options() -> PlanOptions {
    PlanOptions { render: render_options(), ..PlanOptions::default() }
}

/// Requests without encryption.
struct Http;

impl Outside for Http {
    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        let failed = |why: String| format!("{} {:?}: {why}", request.method, request.url);
        let address = request.url.strip_prefix("http://").ok_or_else(|| {
            failed(String::from("only addresses with http:// can be asked while rendering"))
        })?;
        let (host, path) = match address.find(['/', '?']) {
            Some(at) => address.split_at(at),
            None => (address, "/"),
        };
        let text = message(request, host, path).map_err(&failed)?;
        let answer = exchange(host, &text).map_err(|error| failed(error.to_string()))?;
        response(&answer).ok_or_else(|| failed(String::from("the answer is no HTTP")))
    }
}

/// The request as it is sent. What would make another request of it is refused.
fn message(request: &HttpRequest, host: &str, path: &str) -> Result<String, String> {
    let separator = if path.starts_with('?') { "/" } else { "" };
    let mut text = format!("{} {separator}{path} HTTP/1.1\r\nHost: {host}\r\n", request.method);
    for (name, value) in &request.header {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let parts = [&request.method, &request.url]
        .into_iter()
        .chain(request.header.iter().flat_map(|(name, value)| [name, value]));
    if parts.into_iter().any(|part| part.contains(['\r', '\n'])) || path.contains(' ') {
        return Err(String::from("method, address and header can't have line ends"));
    }
    let _ = write!(
        text,
        "Connection: close\r\nContent-Length: {}\r\n\r\n{}",
        request.body.len(),
        request.body
    );
    Ok(text)
}

fn exchange(host: &str, text: &str) -> std::io::Result<Vec<u8>> {
    let with_port = match host.rsplit_once(':') {
        Some((_, port)) if port.chars().all(|c| c.is_ascii_digit()) => host.to_owned(),
        _ => format!("{host}:80"),
    };
    let mut last = std::io::Error::other("the host has no address");
    for address in with_port.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(mut stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                stream.write_all(text.as_bytes())?;
                let mut answer = Vec::new();
                stream.take(LONGEST).read_to_end(&mut answer)?;
                return Ok(answer);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Status and body of an answer.
fn response(answer: &[u8]) -> Option<HttpResponse> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()?;
    let chunked = lines.any(|line| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("transfer-encoding")
                && value.trim().eq_ignore_ascii_case("chunked")
        })
    });
    let body = &answer[end + 4..];
    let body = if chunked { joined(body)? } else { body.to_vec() };
    Some(HttpResponse { status, body: String::from_utf8_lossy(&body).into_owned() })
}

/// A body that was sent in chunks.
fn joined(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let start = end + 2;
        body.extend_from_slice(rest.get(start..start.checked_add(size)?)?);
        rest = rest.get(start + size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::{Http, response};
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use vela::dag::render::{HttpRequest, Outside};

    #[test]
    fn answers() {
        for (text, wanted) in [
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", Some((200, "body"))),
            ("HTTP/1.0 500 No\r\n\r\n", Some((500, ""))),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n",
                Some((200, "body")),
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nb", None),
            ("hello", None),
        ] {
            let found = response(text.as_bytes()).map(|r| (r.status, r.body));
            assert_eq!(found, wanted.map(|(s, b)| (s, b.to_owned())), "{text}");
        }
    }

    #[test]
    fn requests() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 1024];
            let length = stream.read(&mut asked).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{}").unwrap();
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        let mut request = HttpRequest {
            method: "GET".into(),
            url: format!("http://{address}/a?b=c"),
            header: [("X".to_owned(), "y".to_owned())].into(),
            body: String::new(),
        };
        assert_eq!(Http.http(&request).unwrap().body, "{}");
        let asked = server.join().unwrap();
        assert!(
            asked.starts_with("GET /a?b=c HTTP/1.1\r\n") && asked.contains("X: y\r\n"),
            "{asked}"
        );
        request.header.insert("Y".into(), "z\r\nHost: other".into());
        assert!(Http.http(&request).unwrap_err().contains("line ends"));
        request.url = "https://localhost/".into();
        assert!(Http.http(&request).unwrap_err().contains("only addresses with http://"));
    }
}
