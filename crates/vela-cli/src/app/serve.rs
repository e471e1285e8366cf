//! `vela serve`: what the state knows, as metrics for Prometheus, over plain HTTP.
//!
//! The state is opened for each request and closed again, so serving never stands in the way of work. One
//! request is answered at a time, and has a moment to arrive: whoever is slower is hung up on.

use super::metrics;
use super::output;
use super::state::State;
use crate::failure::Failure;
use clap::Args;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest head of a request.
const LONGEST: usize = 8 << 10;

/// Serve metrics for Prometheus at /metrics, and whether the state can be read at /healthz.
#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9464")]
    listen: SocketAddr,
    #[command(flatten)]
    state: State,
}

/// An answer: status, type, text.
type Answer = (&'static str, &'static str, String);

impl Serve {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let cannot = |why: std::io::Error| {
            Failure::coded(
                "serve/listen",
                format!("{} can't be listened to: {why}", self.listen),
                "name another address with --listen",
            )
        };
        let listener = TcpListener::bind(self.listen).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        output::text(&format!("metrics at http://{address}/metrics; Ctrl-C ends it\n"))?;
        for stream in listener.incoming().flatten() {
            // Whoever asked has gone: the next one is served.
            let _ = self.answer(stream);
        }
        Ok(())
    }

    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let head = head(&mut stream)?;
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let path = path.split('?').next().unwrap_or("");
        let (status, kind, text) = match (method, path) {
            ("GET" | "HEAD", "/metrics") => self.metrics(),
            ("GET" | "HEAD", "/healthz") => self.health(),
            ("GET" | "HEAD", _) => plain("404 Not Found", "there are /metrics and /healthz\n"),
            _ => plain("405 Method Not Allowed", "only GET is answered\n"),
        };
        let text = output::masked(&text);
        let body = if method == "HEAD" { "" } else { &*text };
        stream.set_write_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            text.len()
        )
    }

    fn metrics(&self) -> Answer {
        match self.state.reader().and_then(|runtime| metrics::text(&runtime)) {
            Ok(text) => ("200 OK", "text/plain; version=0.0.4; charset=utf-8", text),
            Err(failure) => {
                failure.say();
                plain("503 Service Unavailable", "the state can't be read\n")
            }
        }
    }

    fn health(&self) -> Answer {
        match self.state.reader() {
            Ok(_) => plain("200 OK", "ok\n"),
            Err(_) => plain("503 Service Unavailable", "the state can't be read\n"),
        }
    }
}

fn plain(status: &'static str, text: &str) -> Answer {
    (status, "text/plain; charset=utf-8", text.to_owned())
}

/// The head of a request, as far as its first empty line.
fn head(stream: &mut TcpStream) -> std::io::Result<String> {
    let until = Instant::now() + PATIENCE;
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < LONGEST {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut part)? {
            0 => break,
            count => head.extend_from_slice(&part[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
