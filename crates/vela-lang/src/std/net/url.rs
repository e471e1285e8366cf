//! URLs: escapes, and whether a text is one.

use super::super::args::{Outcome, failed, string, text};
use super::super::host::{Host, Val};
use crate::encoding::quote::{Keep, quoted};
use std::fmt::Write as _;

fn escape(source: &str, keep: impl Fn(u8) -> bool, space: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for byte in source.bytes() {
        match byte {
            b' ' => out.push_str(space),
            byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || keep(byte) => {
                out.push(char::from(byte));
            }
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Decodes `%XX`; the error is the message for a bad one.
fn unescape(source: &str, plus_is_space: bool) -> Result<Vec<u8>, String> {
    let bytes = source.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'%' => {
                let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
                let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) else {
                    let end = (at + 3).min(bytes.len());
                    let text = String::from_utf8_lossy(&bytes[at..end]);
                    return Err(format!("invalid URL escape {}", quoted(&text, Keep::Printable)));
                };
                out.extend(u8::try_from(high * 16 + low));
                at += 3;
            }
            b'+' if plus_is_space => {
                out.push(b' ');
                at += 1;
            }
            other => {
                out.push(*other);
                at += 1;
            }
        }
    }
    Ok(out)
}

pub(super) fn path_escape(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    host.charge(source.len().saturating_mul(3))?;
    Ok(string(escape(source, |byte| b"$&+:=@".contains(&byte), "%20")))
}

pub(super) fn query_escape(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    host.charge(source.len().saturating_mul(3))?;
    Ok(string(escape(source, |_| false, "+")))
}

fn unescaped(args: &[Val], plus_is_space: bool) -> Outcome {
    match unescape(text(args, 0)?, plus_is_space) {
        Ok(bytes) => Ok(string(String::from_utf8_lossy(&bytes).into_owned())),
        Err(message) => failed(message),
    }
}

pub(super) fn path_unescape(_: &mut dyn Host, args: &[Val]) -> Outcome {
    unescaped(args, false)
}

pub(super) fn query_unescape(_: &mut dyn Host, args: &[Val]) -> Outcome {
    unescaped(args, true)
}

/// The scheme and what follows it.
fn scheme(source: &str) -> Result<(&str, &str), String> {
    for (at, byte) in source.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&source[..at], &source[at + 1..])),
            _ => break,
        }
    }
    Ok(("", source))
}

/// Checks a host, or a zone of one, in which fewer characters need escapes.
fn check_host(host: &str) -> Result<(), String> {
    let bytes = host.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'%' {
            let end = (at + 3).min(bytes.len());
            let shown = String::from_utf8_lossy(&bytes[at..end]);
            let digits = bytes.get(at + 1..at + 3);
            let hexadecimal = digits.is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit));
            let ascii = digits.is_some_and(|d| matches!(d[0], b'0'..=b'7'));
            if !hexadecimal || ascii && &*shown != "%25" {
                return Err(format!("invalid URL escape {}", quoted(&shown, Keep::Printable)));
            }
        } else if byte.is_ascii()
            && !byte.is_ascii_alphanumeric()
            && !b"-_.~!$&'()*+,;=:[]<>\"".contains(byte)
        {
            let shown = quoted(&char::from(*byte).to_string(), Keep::Printable);
            return Err(format!("invalid character {shown} in host name"));
        }
    }
    Ok(())
}

fn check_port(port: &str) -> Result<(), String> {
    let digits = port.strip_prefix(':').unwrap_or(port);
    let good =
        port.is_empty() || port.starts_with(':') && digits.bytes().all(|b| b.is_ascii_digit());
    if good {
        Ok(())
    } else {
        Err(format!("invalid port {} after host", quoted(port, Keep::Printable)))
    }
}

fn check_authority(authority: &str) -> Result<(), String> {
    let host = match authority.rsplit_once('@') {
        None => authority,
        Some((user, host)) => {
            let good =
                |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
            if !user.bytes().all(good) {
                return Err("net/url: invalid userinfo".to_owned());
            }
            unescape(user, false)?;
            host
        }
    };
    if host.starts_with('[') {
        let Some(end) = host.rfind(']') else {
            return Err("missing ']' in host".to_owned());
        };
        check_port(&host[end + 1..])?;
        // A zone may be escaped at will.
        return match host[..end].split_once("%25") {
            Some((address, zone)) => check_host(address).and(unescape(zone, false).map(|_| ())),
            None => check_host(&host[..end]),
        };
    }
    if let Some(colon) = host.rfind(':') {
        check_port(&host[colon..])?;
    }
    check_host(host)
}

/// Checks a URL; its scheme.
fn check(source: &str) -> Result<&str, String> {
    if source.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let (body, fragment) = source.split_once('#').unwrap_or((source, ""));
    let (scheme, rest) = scheme(body)?;
    let path = rest.split_once('?').map_or(rest, |(path, _)| path);
    let mut path = path;
    if !path.starts_with('/') {
        if !scheme.is_empty() {
            return Ok(scheme);
        }
        if path.split('/').next().is_some_and(|first| first.contains(':')) {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    if let Some(after) = path.strip_prefix("//")
        && (!scheme.is_empty() || !path.starts_with("///"))
    {
        let end = after.find('/').unwrap_or(after.len());
        check_authority(&after[..end])?;
        path = &after[end..];
    }
    unescape(path, false)?;
    unescape(fragment, false)?;
    Ok(scheme)
}

pub(super) fn url(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = text(args, 0)?;
    match check(source) {
        Ok(_) => Ok(Val::Bool(true)),
        Err(message) => failed(format!("parse {}: {message}", quoted(source, Keep::Printable))),
    }
}

pub(super) fn abs_url(host: &mut dyn Host, args: &[Val]) -> Outcome {
    url(host, args)?;
    match check(text(args, 0)?) {
        Ok("") => failed("URL is not absolute"),
        _ => Ok(Val::Bool(true)),
    }
}
