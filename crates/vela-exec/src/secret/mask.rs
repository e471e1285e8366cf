//! Taking secrets out of texts.
//!
//! A secret seldom comes as it is: it stands in JSON in JSON, in a URL, in base64 of something that it is
//! part of. So each is looked for in all the shapes it may have, all of them in one walk over the text.

use super::find;
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

/// What stands in the place of a secret.
pub const MASK: &str = "******";

/// More secrets than an application has: beyond, the automaton would cost more than it protects.
const MOST: usize = 10_000;

/// Values that nobody else may see. Clones share what they know.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    values: BTreeSet<String>,
    /// Finds them; made when it is needed.
    finder: Option<Arc<AhoCorasick>>,
}

impl Secrets {
    /// Knows none.
    #[must_use]
    pub fn new() -> Secrets {
        Secrets::default()
    }

    /// Takes note of a value.
    pub fn add(&self, value: &str) {
        if value.is_empty() {
            return;
        }
        let read = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if read.values.contains(value) || read.values.len() >= MOST {
            return;
        }
        drop(read);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.values.insert(value.to_owned());
        known.finder = None;
    }

    /// Takes note of the secret values of a document.
    pub fn add_from(&self, document: &Json) {
        find::each(document, &mut |value| self.add(value));
    }

    /// Takes note of the environment's variables whose name begins with `VELA_SECRET_`.
    pub fn add_environment(&self) {
        for (name, value) in std::env::vars_os() {
            if let (Some(name), Some(value)) = (name.to_str(), value.to_str())
                && name.starts_with("VELA_SECRET_")
            {
                self.add(value);
            }
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values.is_empty()
    }

    /// A text without them.
    #[must_use]
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(finder) = self.finder() else { return Cow::Borrowed(text) };
        let mut out = String::new();
        let mut at = 0;
        for found in finder.find_iter(text) {
            out.push_str(&text[at..found.start()]);
            out.push_str(MASK);
            at = found.end();
        }
        if at == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }

    /// A document without them: the data of Secrets goes as a whole, all other texts as [`Secrets::mask`]
    /// says.
    #[must_use]
    pub fn mask_json(&self, value: &Json) -> Json {
        match value {
            Json::String(text) => Json::String(self.mask(text).into_owned()),
            Json::Array(items) => items.iter().map(|item| self.mask_json(item)).collect(),
            Json::Object(fields) => {
                let is_secret = fields.get("kind").and_then(Json::as_str) == Some("Secret");
                let masked = fields.iter().map(|(name, value)| {
                    let value = match value {
                        Json::Object(data)
                            if is_secret && (name == "data" || name == "stringData") =>
                        {
                            data.keys().map(|key| (key.clone(), Json::from(MASK))).collect()
                        }
                        Json::String(_) if find::is_secret_name(name) => Json::from(MASK),
                        value => self.mask_json(value),
                    };
                    (self.mask(name).into_owned(), value)
                });
                Json::Object(masked.collect())
            }
            other => other.clone(),
        }
    }

    fn finder(&self) -> Option<Arc<AhoCorasick>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.values.is_empty() {
            return None;
        }
        if let Some(finder) = &known.finder {
            return Some(Arc::clone(finder));
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut shapes = BTreeSet::new();
        for value in &known.values {
            all_shapes(value, &mut shapes);
        }
        // Too many to build is the one way this fails; then the plain values are looked for.
        let build = |patterns: &BTreeSet<String>| {
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns)
        };
        let finder = build(&shapes).or_else(|_| build(&known.values)).ok().map(Arc::new);
        known.finder.clone_from(&finder);
        finder
    }
}

/// The shapes of a value.
fn all_shapes(value: &str, shapes: &mut BTreeSet<String>) {
    shapes.insert(value.to_owned());
    shapes.extend(base64(value.as_bytes()));
    let hex = |upper: bool| {
        value.bytes().fold(String::new(), |mut out, byte| {
            let _ = if upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
            out
        })
    };
    shapes.insert(hex(false));
    shapes.insert(hex(true));
    for upper in [true, false] {
        for plus in [true, false] {
            shapes.insert(url(value, upper, plus));
        }
    }
    let once = json(value);
    // A document is encoded as a whole, too.
    if once != value {
        shapes.extend(base64(once.as_bytes()));
    }
    let go = once.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    for text in [once, go, ascii(value), rust(value), xml(value)] {
        shapes.insert(json(&text));
        shapes.insert(text);
    }
}

/// What stands in base64 of anything that the value is part of: it may begin at any of three places of a
/// group of four, and the characters at its ends belong to its neighbours too.
fn base64(value: &[u8]) -> Vec<String> {
    let mut shapes = Vec::new();
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3_usize {
            let padded: Vec<u8> =
                std::iter::repeat_n(0, before).chain(value.iter().copied()).collect();
            let text = engine.encode(&padded);
            let from = (before * 8).div_ceil(6);
            let until = padded.len() * 8 / 6;
            if let Some(shape) = text.get(from..until).filter(|shape| shape.len() > 4) {
                shapes.push(shape.to_owned());
            }
        }
        // On its own it is known to the last character.
        shapes.push(engine.encode(value));
    }
    shapes
}

fn url(value: &str, upper: bool, plus: bool) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' if plus => out.push('+'),
            _ if upper => {
                let _ = write!(out, "%{byte:02X}");
            }
            _ => {
                let _ = write!(out, "%{byte:02x}");
            }
        }
    }
    out
}

/// As it stands in JSON.
fn json(value: &str) -> String {
    let quoted = Json::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As it stands in JSON of ASCII only.
fn ascii(value: &str) -> String {
    let mut out = String::new();
    for c in json(value).chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// As Rust's `{:?}` writes it.
fn rust(value: &str) -> String {
    value.escape_debug().to_string()
}

fn xml(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
