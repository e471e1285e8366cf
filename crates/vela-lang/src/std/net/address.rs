//! Hosts with ports, and names.

use super::super::args::{Outcome, failed, kind_name, string, strings, text};
use super::super::host::{Fault, Host, Val};
use super::ip;

pub(super) fn split_host_port(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let address = text(args, 0)?;
    match split(address) {
        Ok((name, port)) => strings(host, [name.to_owned(), port.to_owned()]),
        Err(reason) if address.is_empty() => failed(format!("{reason} in address")),
        Err(reason) => failed(format!("address {address}: {reason} in address")),
    }
}

fn split(address: &str) -> Result<(&str, &str), &'static str> {
    let colon = address.rfind(':').ok_or("missing port")?;
    let (host, opening, closing) = if let Some(inside) = address.strip_prefix('[') {
        let end = inside.find(']').ok_or("missing ']'")? + 1;
        if end + 1 != colon {
            let next = address[end + 1..].starts_with(':');
            return Err(if next { "too many colons" } else { "missing port" });
        }
        (&address[1..end], 1, end + 1)
    } else {
        let host = &address[..colon];
        if host.contains(':') {
            return Err("too many colons");
        }
        (host, 0, 0)
    };
    if address[opening..].contains('[') {
        return Err("unexpected '['");
    }
    if address[closing..].contains(']') {
        return Err("unexpected ']'");
    }
    Ok((host, &address[colon + 1..]))
}

/// The error for a value of a wrong kind.
fn unusable<T>(host: &mut dyn Host, value: &Val, kind: &str) -> Result<T, Fault> {
    let shown = host.show(value);
    failed(format!("cannot use value {shown} (type {}) as {kind}", kind_name(host, value)))
}

pub(super) fn join_host_port(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let [name, port] = args else { return failed("two arguments are needed") };
    let name = match name {
        Val::String(text) => text.to_string(),
        Val::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Val::List(handle) => match ip::of_list(host, *handle) {
            Ok(address) => address.to_string(),
            Err(Fault::Failed(_)) => {
                let elements = host.elements(*handle)?;
                let shown: Vec<String> =
                    elements.iter().map(|element| host.show(element)).collect();
                return failed(format!("invalid host [{}]", shown.join(", ")));
            }
            Err(other) => return Err(other),
        },
        other => return unusable(host, other, "string"),
    };
    let port = match port {
        Val::String(text) => text.to_string(),
        Val::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Val::Number(number) if number.is_int() => number.cue_text(),
        other => return unusable(host, other, "int"),
    };
    Ok(string(if name.contains([':', '%']) {
        format!("[{name}]:{port}")
    } else {
        format!("{name}:{port}")
    }))
}

pub(super) fn fqdn(_: &mut dyn Host, args: &[Val]) -> Outcome {
    let name = text(args, 0)?;
    let labels = name.strip_suffix('.').unwrap_or(name);
    let good_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    Ok(Val::Bool(name.len() <= 253 && labels.split('.').all(good_label)))
}
