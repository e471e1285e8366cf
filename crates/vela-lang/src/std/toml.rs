//! Package `encoding/toml`.

use super::args::{Outcome, failed, function, lossy, string};
use super::host::{Host, Kind, Package, Param, Val};
use super::json::{charge_text, data};
use crate::encoding::toml;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "encoding/toml",
    members: &[
        function("Marshal", &[Param::new("v", Kind::TOP)], Kind::STRING, marshal),
        function("Unmarshal", &[Param::new("data", Kind::BYTES_OR_STRING)], Kind::TOP, unmarshal),
    ],
};

fn marshal(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let text = toml::text(&data(host, args, 0)?);
    host.charge(text.len())?;
    Ok(string(text))
}

fn unmarshal(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let source = lossy(args, 0)?;
    charge_text(host, source.len())?;
    match toml::parse(&source) {
        Ok(data) => Ok(host.from_data(&data)),
        Err(error) => failed(error.to_string()),
    }
}
