//! Which values of a document are secret, by where they stand.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};
use std::sync::LazyLock;

/// A secret of this length or less is a word of everyday life: taking it out of every text would leave none.
const LEAST: usize = 4;

/// Whether a text may hold anything secret at all: most don't, and need not be read.
pub(super) fn is_suspect(text: &[u8]) -> bool {
    const HINTS: [&str; 16] = [
        "secret",
        "passw",
        "passphrase",
        "stringdata",
        "token",
        "apikey",
        "api_key",
        "api-key",
        "privatekey",
        "private_key",
        "accesskey",
        "access_key",
        "authorization",
        "credential",
        "connection",
        "cookie",
    ];
    static FINDER: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(HINTS).ok());
    FINDER.as_ref().is_none_or(|finder| finder.is_match(text))
}

/// Deeper documents are not looked through: what reads documents refuses them before.
const DEPTH: usize = 256;

/// Calls `found` with each secret value of a document.
pub(super) fn each(document: &Json, found: &mut dyn FnMut(&str)) {
    walk(document, DEPTH, found);
}

fn walk(value: &Json, depth: usize, found: &mut dyn FnMut(&str)) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Json::Array(items) => items.iter().for_each(|item| walk(item, depth, found)),
        Json::Object(fields) => {
            if fields.get("kind").and_then(Json::as_str) == Some("Secret") {
                secret_object(fields, found);
            }
            if let (Some(name), Some(Json::String(value))) =
                (fields.get("name").and_then(Json::as_str), fields.get("value"))
                && is_secret_name(name)
            {
                tell(value, found);
            }
            for (name, value) in fields {
                match value {
                    Json::String(value) if is_secret_name(name) => tell(value, found),
                    // Header fields may have several values.
                    Json::Array(values) if is_secret_name(name) => {
                        values.iter().filter_map(Json::as_str).for_each(|value| tell(value, found));
                    }
                    // The texts of a Secret before it is one.
                    Json::Object(data) if name == "stringData" => all(data, found),
                    other => walk(other, depth, found),
                }
            }
        }
        _ => {}
    }
}

/// The data of a `Secret`: as it stands, and decoded.
fn secret_object(fields: &Map<String, Json>, found: &mut dyn FnMut(&str)) {
    if let Some(Json::Object(data)) = fields.get("data") {
        for value in data.values().filter_map(Json::as_str) {
            tell(value, found);
            let decoded = STANDARD.decode(value).ok().and_then(|b| String::from_utf8(b).ok());
            if let Some(decoded) = decoded {
                tell(&decoded, found);
            }
        }
    }
    if let Some(Json::Object(data)) = fields.get("stringData") {
        all(data, found);
    }
}

fn all(data: &Map<String, Json>, found: &mut dyn FnMut(&str)) {
    data.values().filter_map(Json::as_str).for_each(|value| tell(value, found));
}

/// A secret, and what stands in it: each line of one with several, the rest of `Bearer …`, the values of a
/// JSON document (a registry's credentials, a service account).
fn tell(value: &str, found: &mut dyn FnMut(&str)) {
    if value.len() <= LEAST {
        return;
    }
    found(value);
    for line in value.lines().map(str::trim).filter(|line| line.len() > 2 * LEAST) {
        if line.len() < value.len() {
            found(line);
        }
    }
    if let Some((scheme, rest)) = value.split_once(' ')
        && ["basic", "bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str())
        && rest.len() > LEAST
    {
        found(rest.trim());
    }
    if value.trim_start().starts_with(['{', '['])
        && let Ok(document) = serde_json::from_str::<Json>(value)
    {
        leaves(&document, DEPTH, found);
    }
}

fn leaves(value: &Json, depth: usize, found: &mut dyn FnMut(&str)) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Json::String(text) if text.len() > LEAST => found(text),
        Json::Array(items) => items.iter().for_each(|item| leaves(item, depth, found)),
        Json::Object(fields) => fields.values().for_each(|value| leaves(value, depth, found)),
        _ => {}
    }
}

/// Whether what stands under a name is secret: names that end like one of these, however they are written.
/// A name that refers to a secret (`secretName`, `tokenRef`) is none.
pub(super) fn is_secret_name(name: &str) -> bool {
    const ENDS: [&str; 14] = [
        "password",
        "passwd",
        "passphrase",
        "token",
        "apikey",
        "clientsecret",
        "privatekey",
        "secretaccesskey",
        "accesskeysecret",
        "authorization",
        "credential",
        "credentials",
        "connectionstring",
        "cookie",
    ];
    let plain: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    ENDS.iter().any(|end| plain.ends_with(end))
}
