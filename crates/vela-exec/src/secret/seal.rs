//! Encrypting small values with one key.
//!
//! XChaCha20-Poly1305. The nonce is made of the value and its place by a second key, so the same value at
//! the same place gives the same bytes: a store can still compare what it holds with what is expected.
//! That equal values at one place can be told is all that it gives away.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;

/// What a sealed value begins with; no JSON does. The second byte is the version.
const MARK: [u8; 2] = [0xf5, 1];

const NONCE: usize = 24;

/// A key.
#[derive(Clone)]
pub struct Key {
    cipher: XChaCha20Poly1305,
    naming: [u8; 32],
}

/// Why a key can't be used, or a value not be opened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// It is no key.
    #[error("the key is no 32 bytes in base64 or hex; `openssl rand -base64 32` makes one")]
    Malformed,
    /// The value was sealed with another key, or was changed.
    #[error("it was sealed with another key, or was changed since")]
    Other,
    /// Sealed by a later version.
    #[error("it was sealed by a later Vela")]
    Later,
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
}

impl Key {
    /// A key of 32 bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Key {
        let cipher = derive(bytes, b"vela state: encryption 1");
        Key {
            cipher: XChaCha20Poly1305::new(&cipher.into()),
            naming: derive(bytes, b"vela state: nonces 1"),
        }
    }

    /// Reads a key as people keep it: 32 bytes in base64 or hex.
    ///
    /// # Errors
    /// It is no such text.
    pub fn parse(text: &str) -> Result<Key, KeyError> {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;
        let text = text.trim();
        let bytes = match text.len() {
            64 if text.bytes().all(|b| b.is_ascii_hexdigit()) => (0..32)
                .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16))
                .collect::<Result<Vec<u8>, _>>()
                .map_err(|_| KeyError::Malformed)?,
            _ => STANDARD.decode(text).map_err(|_| KeyError::Malformed)?,
        };
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| KeyError::Malformed)?;
        Ok(Key::new(&bytes))
    }

    /// A new key, as the text that [`Key::parse`] reads.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn generate() -> Result<String, KeyError> {
        use base64::Engine as _;
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| KeyError::Random(error.to_string()))?;
        Ok(base64::engine::general_purpose::STANDARD.encode(bytes))
    }

    /// A digest that only who has the key can make, in hex: it gives nothing away of a short text.
    #[must_use]
    pub fn digest(&self, value: &[u8]) -> String {
        let code = mac(&self.naming, &[b"digest", value]);
        code.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Encrypts a value that stands at a place.
    #[must_use]
    pub fn seal(&self, place: &str, value: &[u8]) -> Vec<u8> {
        let nonce =
            mac(&self.naming, &[&(place.len() as u64).to_le_bytes(), place.as_bytes(), value]);
        let nonce: [u8; NONCE] = std::array::from_fn(|at| nonce[at]);
        let payload = Payload { msg: value, aad: place.as_bytes() };
        // It fails only for values of 256 GiB, which are never in memory.
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        let mut out = Vec::with_capacity(2 + NONCE + sealed.len());
        out.extend_from_slice(&MARK);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// The value that was sealed at a place.
    ///
    /// # Errors
    /// It was sealed with another key, at another place, or was changed.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let rest = match sealed {
            [0xf5, 1, rest @ ..] => rest,
            _ => return Err(KeyError::Later),
        };
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or(KeyError::Other)?;
        let payload = Payload { msg: text, aad: place.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| KeyError::Other)
    }
}

/// Whether bytes are a sealed value.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.first() == Some(&MARK[0])
}

fn derive(key: &[u8; 32], what: &[u8]) -> [u8; 32] {
    mac(key, &[what])
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key of 32 bytes and the one of 64 that it is padded to give the same code.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}
