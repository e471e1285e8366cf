//! Addresses and prefixes. An address is text, or a list of 4 or 16 bytes; the two families are never
//! mixed, so `::ffff:1.2.3.4` is of version 6.

use super::super::args::{Outcome, clamped, failed, int, kind_name, string, text};
use super::super::host::{Fault, Handle, Host, Val};
use crate::encoding::quote::{Keep, quoted};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// An address, with the zone of version 6.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Address {
    ip: IpAddr,
    zone: String,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ip)?;
        if self.zone.is_empty() { Ok(()) } else { write!(f, "%{}", self.zone) }
    }
}

impl Address {
    fn new(ip: impl Into<IpAddr>) -> Address {
        Address { ip: ip.into(), zone: String::new() }
    }

    fn parse(text: &str) -> Option<Address> {
        let (address, zone) = match text.split_once('%') {
            Some((_, "")) => return None,
            Some((address, zone)) => (address, zone),
            None => (text, ""),
        };
        let ip: IpAddr = address.parse().ok()?;
        if ip.is_ipv4() && !zone.is_empty() {
            return None;
        }
        Some(Address { ip, zone: zone.to_owned() })
    }

    /// Version 4 inside version 6 taken out.
    fn unmapped(&self) -> IpAddr {
        self.ip.to_canonical()
    }

    fn bytes(&self) -> Vec<u8> {
        match self.ip {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        }
    }

    fn bits(&self) -> u32 {
        if self.ip.is_ipv4() { 32 } else { 128 }
    }

    fn number(&self) -> u128 {
        match self.ip {
            IpAddr::V4(ip) => u128::from(ip.to_bits()),
            IpAddr::V6(ip) => ip.to_bits(),
        }
    }

    /// The address of the same version with that number.
    fn with_number(&self, number: u128) -> Option<Address> {
        Some(match self.ip {
            IpAddr::V4(_) => Address::new(Ipv4Addr::from_bits(u32::try_from(number).ok()?)),
            IpAddr::V6(_) => {
                Address { ip: Ipv6Addr::from_bits(number).into(), zone: self.zone.clone() }
            }
        })
    }

    fn list(&self, host: &mut dyn Host) -> Val {
        let bytes = self.bytes().into_iter().map(|byte| int(i64::from(byte))).collect();
        host.list(bytes)
    }
}

/// Why a text is no address, in the reference's words.
fn reason(text: &str) -> &'static str {
    if !text.contains(':') && text.contains('.') {
        for field in text.split('.') {
            if field.is_empty() {
                return "IPv4 field must have at least one digit";
            }
            if !field.bytes().all(|byte| byte.is_ascii_digit()) {
                return "unexpected character";
            }
            if field.len() > 1 && field.starts_with('0') {
                return "IPv4 field has octet with leading zero";
            }
            if field.parse::<u8>().is_err() {
                return "IPv4 field has value >255";
            }
        }
        return if text.split('.').count() < 4 {
            "IPv4 address too short"
        } else {
            "IPv4 address too long"
        };
    }
    "unable to parse IP"
}

fn unparsable<T>(text: &str) -> Result<T, Fault> {
    failed(format!("ParseAddr({}): {}", quoted(text, Keep::Printable), reason(text)))
}

/// An address given as a list of bytes.
pub(super) fn of_list(host: &mut dyn Host, list: Handle) -> Result<Address, Fault> {
    let mut bytes = Vec::new();
    for element in host.elements(list)? {
        let Val::Number(number) = &element else {
            let shown = host.show(&element);
            let kind = kind_name(host, &element);
            return failed(format!("cannot use value {shown} (type {kind}) as int"));
        };
        match number.to_i64().and_then(|value| u8::try_from(value).ok()) {
            Some(byte) => bytes.push(byte),
            None => return failed(format!("invalid IP byte value {}", number.cue_text())),
        }
    }
    if let Ok(four) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Ok(Address::new(four));
    }
    match <[u8; 16]>::try_from(bytes.as_slice()) {
        Ok(sixteen) => Ok(Address::new(sixteen)),
        Err(_) => failed(format!("invalid IP length {}", bytes.len())),
    }
}

/// An address argument.
fn address(host: &mut dyn Host, args: &[Val], at: usize) -> Result<Address, Fault> {
    let parse = |text: &str| Address::parse(text).map_or_else(|| unparsable(text), Ok);
    match args.get(at) {
        Some(Val::String(text)) => parse(text),
        Some(Val::Bytes(bytes)) => parse(&String::from_utf8_lossy(bytes)),
        Some(Val::List(list)) => of_list(host, *list),
        other => {
            let value = other.cloned().unwrap_or(Val::Null);
            failed(format!("invalid type {} for IP address", kind_name(host, &value)))
        }
    }
}

/// An address and the length of a prefix.
struct Prefix {
    address: Address,
    length: u32,
}

impl Prefix {
    /// The bits of the network.
    fn mask(&self) -> u128 {
        let bits = self.address.bits();
        let all = if bits == 32 { u128::from(u32::MAX) } else { u128::MAX };
        all & !(all.checked_shr(self.length).unwrap_or(0))
    }

    fn contains(&self, address: &Address) -> bool {
        self.address.bits() == address.bits()
            && address.zone.is_empty()
            && (self.address.number() ^ address.number()) & self.mask() == 0
    }
}

fn parse_prefix(text: &str) -> Result<Prefix, Fault> {
    let bad = |reason: String| {
        failed(format!("netip.ParsePrefix({}): {reason}", quoted(text, Keep::Printable)))
    };
    let Some((address, bits)) = text.rsplit_once('/') else {
        return bad("no '/'".to_owned());
    };
    let Some(address) = Address::parse(address) else {
        let address_text = quoted(address, Keep::Printable);
        return bad(format!("ParseAddr({address_text}): {}", reason(address)));
    };
    if !address.zone.is_empty() {
        return bad("IPv6 zones cannot be present in a prefix".to_owned());
    }
    let plain = !bits.is_empty()
        && bits.bytes().all(|byte| byte.is_ascii_digit())
        && (bits.len() == 1 || !bits.starts_with('0'));
    if !plain {
        return bad(format!("bad bits after slash: {}", quoted(bits, Keep::Printable)));
    }
    match bits.parse::<u32>() {
        Ok(length) if length <= address.bits() => Ok(Prefix { address, length }),
        _ => bad("prefix length out of range".to_owned()),
    }
}

/// A prefix argument.
fn prefix(host: &mut dyn Host, args: &[Val], at: usize) -> Result<Prefix, Fault> {
    match args.get(at) {
        Some(Val::String(text)) => parse_prefix(text),
        Some(Val::Bytes(bytes)) => parse_prefix(&String::from_utf8_lossy(bytes)),
        other => {
            let value = other.cloned().unwrap_or(Val::Null);
            failed(format!("invalid type {} for IP CIDR", kind_name(host, &value)))
        }
    }
}

pub(super) fn parse_ip(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let text = text(args, 0)?;
    match Address::parse(text) {
        Some(address) => Ok(address.list(host)),
        None => failed(format!("invalid IP address {}", quoted(text, Keep::Printable))),
    }
}

/// A property of an address.
fn has(host: &mut dyn Host, args: &[Val], property: fn(&Address) -> bool) -> Outcome {
    Ok(Val::Bool(property(&address(host, args, 0)?)))
}

pub(super) fn ipv4(host: &mut dyn Host, args: &[Val]) -> Outcome {
    has(host, args, |address| address.ip.is_ipv4())
}

pub(super) fn ipv6(host: &mut dyn Host, args: &[Val]) -> Outcome {
    has(host, args, |address| address.ip.is_ipv6())
}

pub(super) fn is_ip(host: &mut dyn Host, args: &[Val]) -> Outcome {
    has(host, args, |_| true)
}

pub(super) fn ip_cidr(host: &mut dyn Host, args: &[Val]) -> Outcome {
    prefix(host, args, 0).map(|_| Val::Bool(true))
}

pub(super) fn loopback(host: &mut dyn Host, args: &[Val]) -> Outcome {
    has(host, args, |address| address.unmapped().is_loopback())
}

pub(super) fn multicast(host: &mut dyn Host, args: &[Val]) -> Outcome {
    has(host, args, |address| address.unmapped().is_multicast())
}

pub(super) fn interface_local_multicast(host: &mut dyn Host, args: &[Val]) -> Outcome {
    has(host, args, |address| match address.unmapped() {
        IpAddr::V4(_) => false,
        IpAddr::V6(ip) => ip.segments()[0] & 0xff0f == 0xff01,
    })
}

fn is_link_local_multicast(address: &Address) -> bool {
    match address.unmapped() {
        IpAddr::V4(ip) => ip.octets()[..3] == [224, 0, 0],
        IpAddr::V6(ip) => ip.segments()[0] & 0xff0f == 0xff02,
    }
}

pub(super) fn link_local_multicast(host: &mut dyn Host, args: &[Val]) -> Outcome {
    has(host, args, is_link_local_multicast)
}

fn is_link_local_unicast(address: &Address) -> bool {
    match address.unmapped() {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    }
}

pub(super) fn link_local_unicast(host: &mut dyn Host, args: &[Val]) -> Outcome {
    has(host, args, is_link_local_unicast)
}

pub(super) fn global_unicast(host: &mut dyn Host, args: &[Val]) -> Outcome {
    has(host, args, |address| {
        let ip = address.unmapped();
        ip != IpAddr::V4(Ipv4Addr::BROADCAST)
            && !ip.is_unspecified()
            && !ip.is_loopback()
            && !ip.is_multicast()
            && !is_link_local_unicast(address)
    })
}

pub(super) fn unspecified(host: &mut dyn Host, args: &[Val]) -> Outcome {
    has(host, args, |address| address.ip.is_unspecified() && address.zone.is_empty())
}

pub(super) fn to_ip4(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let address = address(host, args, 0)?;
    if address.ip.is_ipv4() {
        return Ok(address.list(host));
    }
    let text = quoted(&address.to_string(), Keep::Printable);
    failed(format!("cannot convert {text} to IPv4"))
}

pub(super) fn to_ip16(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let address = address(host, args, 0)?;
    let long = match address.ip {
        IpAddr::V4(ip) => Address::new(ip.to_ipv6_mapped()),
        IpAddr::V6(_) => address,
    };
    Ok(long.list(host))
}

pub(super) fn ip_string(host: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(string(address(host, args, 0)?.to_string()))
}

/// The address that is so many blocks of `2^shift` addresses away.
fn moved(address: &Address, offset: i64, shift: u32) -> Result<Address, Fault> {
    let distance = u128::from(offset.unsigned_abs());
    let distance = distance.checked_shl(shift).filter(|moved| moved >> shift == distance);
    let number = distance.and_then(|distance| {
        if offset < 0 {
            address.number().checked_sub(distance)
        } else {
            address.number().checked_add(distance)
        }
    });
    number.and_then(|number| address.with_number(number)).map_or_else(
        || {
            let direction = if offset < 0 { "underflow" } else { "overflow" };
            failed(format!("IP address arithmetic resulted in out-of-range address ({direction})"))
        },
        Ok,
    )
}

pub(super) fn add_ip(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let address = address(host, args, 0)?;
    Ok(string(moved(&address, clamped(args, 1)?, 0)?.to_string()))
}

pub(super) fn add_ip_cidr(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let prefix = prefix(host, args, 0)?;
    let shift = prefix.address.bits() - prefix.length;
    let offset = clamped(args, 1)?;
    let address = if offset == 0 { prefix.address } else { moved(&prefix.address, offset, shift)? };
    Ok(string(format!("{address}/{}", prefix.length)))
}

pub(super) fn parse_cidr(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let prefix = parse_prefix(text(args, 0)?)?;
    let (address, mask) = (&prefix.address, prefix.mask());
    let shown = |number: u128| {
        string(address.with_number(number).map_or(String::new(), |address| address.to_string()))
    };
    let mut fields: Vec<(Arc<str>, Val)> = vec![
        ("prefix_mask".into(), shown(mask)),
        ("prefix_len".into(), int(i64::from(prefix.length))),
        ("prefix_addr".into(), shown(address.number() & mask)),
    ];
    if address.ip.is_ipv4() {
        let last = address.number() & mask | u128::from(u32::MAX) & !mask;
        fields.push(("broadcast_addr".into(), shown(last)));
    }
    Ok(host.make_struct(fields))
}

pub(super) fn in_cidr(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let address = address(host, args, 0)?;
    let prefix = prefix(host, args, 1)?;
    Ok(Val::Bool(prefix.contains(&address)))
}

pub(super) fn compare_ip(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (a, b) = (address(host, args, 0)?, address(host, args, 1)?);
    let order = a.bits().cmp(&b.bits()).then(a.number().cmp(&b.number())).then(a.zone.cmp(&b.zone));
    Ok(int(order as i64))
}
