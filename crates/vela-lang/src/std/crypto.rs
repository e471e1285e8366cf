//! Packages `crypto/md5`, `crypto/sha1`, `crypto/sha256`, `crypto/sha512` and `crypto/hmac`.

use super::args::{Outcome, bytes, failed, function, raw, text};
use super::host::{Host, Kind, Member, Package, Param, Val};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

const DATA: &[Param] = &[Param::new("data", Kind::BYTES_OR_STRING)];

const fn sum(name: &'static str, body: super::host::Body) -> Member {
    function(name, DATA, Kind::BYTES_OR_STRING, body)
}

/// `crypto/md5`
pub(super) const MD5: Package = Package {
    path: "crypto/md5",
    members: &[
        Member::Constant("Size", "16"),
        Member::Constant("BlockSize", "64"),
        sum("Sum", digest::<Md5>),
    ],
};

/// `crypto/sha1`
pub(super) const SHA1: Package = Package {
    path: "crypto/sha1",
    members: &[
        Member::Constant("Size", "20"),
        Member::Constant("BlockSize", "64"),
        sum("Sum", digest::<Sha1>),
    ],
};

/// `crypto/sha256`
pub(super) const SHA256: Package = Package {
    path: "crypto/sha256",
    members: &[
        Member::Constant("Size", "32"),
        Member::Constant("Size224", "28"),
        Member::Constant("BlockSize", "64"),
        sum("Sum256", digest::<Sha256>),
        sum("Sum224", digest::<Sha224>),
    ],
};

/// `crypto/sha512`
pub(super) const SHA512: Package = Package {
    path: "crypto/sha512",
    members: &[
        Member::Constant("Size", "64"),
        Member::Constant("Size224", "28"),
        Member::Constant("Size256", "32"),
        Member::Constant("Size384", "48"),
        Member::Constant("BlockSize", "128"),
        sum("Sum512", digest::<Sha512>),
        sum("Sum384", digest::<Sha384>),
        sum("Sum512_224", digest::<Sha512_224>),
        sum("Sum512_256", digest::<Sha512_256>),
    ],
};

/// `crypto/hmac`
pub(super) const HMAC: Package = Package {
    path: "crypto/hmac",
    members: &[
        Member::Constant("MD5", "\"MD5\""),
        Member::Constant("SHA1", "\"SHA1\""),
        Member::Constant("SHA224", "\"SHA224\""),
        Member::Constant("SHA256", "\"SHA256\""),
        Member::Constant("SHA384", "\"SHA384\""),
        Member::Constant("SHA512", "\"SHA512\""),
        Member::Constant("SHA512_224", "\"SHA512_224\""),
        Member::Constant("SHA512_256", "\"SHA512_256\""),
        function(
            "Sign",
            &[
                Param::new("hashName", Kind::STRING),
                Param::new("key", Kind::BYTES_OR_STRING),
                Param::new("data", Kind::BYTES_OR_STRING),
            ],
            Kind::BYTES_OR_STRING,
            sign,
        ),
    ],
};

fn digest<D: Digest>(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let data = raw(args, 0)?;
    host.charge(data.len())?;
    Ok(bytes(D::digest(data).to_vec()))
}

/// The code of a key and data, which takes any key.
fn signed<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Outcome {
    match <M as KeyInit>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(data);
            Ok(bytes(mac.finalize().into_bytes().to_vec()))
        }
        Err(error) => failed(error.to_string()),
    }
}

fn sign(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (name, key, data) = (text(args, 0)?, raw(args, 1)?, raw(args, 2)?);
    host.charge(key.len().saturating_add(data.len()))?;
    match name {
        "MD5" => signed::<Hmac<Md5>>(key, data),
        "SHA1" => signed::<Hmac<Sha1>>(key, data),
        "SHA224" => signed::<Hmac<Sha224>>(key, data),
        "SHA256" => signed::<Hmac<Sha256>>(key, data),
        "SHA384" => signed::<Hmac<Sha384>>(key, data),
        "SHA512" => signed::<Hmac<Sha512>>(key, data),
        "SHA512_224" => signed::<Hmac<Sha512_224>>(key, data),
        "SHA512_256" => signed::<Hmac<Sha512_256>>(key, data),
        _ => failed("unsupported hash function"),
    }
}
