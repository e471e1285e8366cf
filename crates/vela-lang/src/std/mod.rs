//! The builtin packages.
//!
//! A package is a table of [`host::Member`]s. Functions see the evaluator only as a
//! [`host::Host`]; [`find`] gives a package by its import path.

mod args;
mod base64;
mod bits;
mod crypto;
mod csv;
mod ed25519;
mod float;
mod hex;
pub mod host;
mod html;
mod json;
mod list;
mod math;
mod net;
mod path;
pub(crate) mod regexp;
mod strconv;
mod strings;
mod structs;
mod tabwriter;
mod template;
mod time;
mod toml;
mod unquote;
mod uuid;
mod yaml;

use host::{Member, Package};

/// All packages, by path.
const PACKAGES: &[Package] = &[
    ed25519::PACKAGE,
    crypto::HMAC,
    crypto::MD5,
    crypto::SHA1,
    crypto::SHA256,
    crypto::SHA512,
    base64::PACKAGE,
    csv::PACKAGE,
    hex::PACKAGE,
    json::PACKAGE,
    toml::PACKAGE,
    yaml::PACKAGE,
    html::PACKAGE,
    list::PACKAGE,
    math::PACKAGE,
    bits::PACKAGE,
    net::PACKAGE,
    path::PACKAGE,
    regexp::PACKAGE,
    strconv::PACKAGE,
    strings::PACKAGE,
    structs::PACKAGE,
    tabwriter::PACKAGE,
    template::PACKAGE,
    time::PACKAGE,
    uuid::PACKAGE,
];

/// All packages, ordered by path.
pub fn packages() -> &'static [Package] {
    PACKAGES
}

/// The package with that import path.
pub fn find(path: &str) -> Option<&'static Package> {
    PACKAGES.iter().find(|package| package.path == path)
}

/// The member of that name of the package with that import path.
pub fn member(path: &str, name: &str) -> Option<&'static Member> {
    find(path)?.member(name)
}
