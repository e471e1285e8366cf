//! Where requests may go.
//!
//! Who writes an application decides what is requested, but not from where: a request from inside a network
//! reaches what its author can't. So private addresses are refused unless the embedder says otherwise, on
//! the address that is connected to and not on the name, at every redirect anew.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// What requests may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkPolicy {
    /// Whether addresses of private networks and of the machine itself may be reached.
    pub private: bool,
    /// Hosts that may be reached wherever they are; `*.example.com` means all below.
    pub allowed: Vec<String>,
    /// Where it is not empty, only these hosts may be reached.
    pub only: Vec<String>,
    /// Redirects that are followed.
    pub redirects: u32,
    /// The longest body that is read.
    pub most_body: u64,
    /// How long a request may take that sets no limit of its own.
    pub timeout: Duration,
}

impl Default for NetworkPolicy {
    fn default() -> Self {
        NetworkPolicy {
            private: false,
            allowed: Vec::new(),
            only: Vec::new(),
            redirects: 5,
            most_body: 10 << 20,
            timeout: Duration::from_secs(30),
        }
    }
}

impl NetworkPolicy {
    /// The policy that the environment asks for: `VELA_HTTP_ALLOW` lists hosts that may be reached wherever
    /// they are (`private` stands for all private addresses), `VELA_HTTP_ONLY` the only ones that may be.
    #[must_use]
    pub fn from_environment() -> NetworkPolicy {
        let list = |name: &str| {
            let value = std::env::var(name).unwrap_or_default();
            let hosts = value.split(',').map(|host| host.trim().to_ascii_lowercase());
            hosts.filter(|host| !host.is_empty()).collect::<Vec<_>>()
        };
        let mut allowed = list("VELA_HTTP_ALLOW");
        let private = allowed.iter().any(|host| host == "private");
        allowed.retain(|host| host != "private");
        NetworkPolicy { private, allowed, only: list("VELA_HTTP_ONLY"), ..NetworkPolicy::default() }
    }

    /// Whether a host may be asked for at all.
    ///
    /// # Errors
    /// It may not: why.
    pub fn check_host(&self, host: &str) -> Result<(), String> {
        if self.only.is_empty() || self.only.iter().any(|one| matches(one, host)) {
            return Ok(());
        }
        Err(format!(
            "requests to {host} are not allowed: it is not among the hosts of VELA_HTTP_ONLY"
        ))
    }

    /// Whether an address of a host may be connected to.
    ///
    /// # Errors
    /// It may not: why.
    pub fn check_address(&self, host: &str, address: IpAddr) -> Result<(), String> {
        let trusted = |one: &String| matches(one, host);
        if self.private || self.allowed.iter().any(trusted) || self.only.iter().any(trusted) {
            return Ok(());
        }
        if is_public(address) {
            return Ok(());
        }
        Err(format!(
            "{host} is at {address}, which is not public; VELA_HTTP_ALLOW={host} allows it"
        ))
    }
}

fn matches(pattern: &str, host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    match pattern.strip_prefix("*.") {
        Some(end) => host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')),
        None => host == *pattern,
    }
}

/// Whether an address is one of the internet, not of a network, a machine, a protocol or a test.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_4(address),
        IpAddr::V6(address) => is_public_6(address),
    }
}

fn is_public_4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_6(address: Ipv6Addr) -> bool {
    // What maps, translates or tunnels the older addresses is as public as they are.
    let parts = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Only this part is given out; the documentation's is in it.
        [first, second, ..] => {
            (first & 0xe000) == 0x2000
                && !(first == 0x2001 && second < 0x200)
                && !(first == 0x2001 && second == 0xdb8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NetworkPolicy;

    #[test]
    fn private_addresses_are_refused_in_every_shape() {
        let policy = NetworkPolicy::default();
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "ff02::1",
        ] {
            let refused = policy.check_address("host", address.parse().unwrap());
            assert!(refused.is_err(), "{address}");
        }
        for address in ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"] {
            assert_eq!(policy.check_address("host", address.parse().unwrap()), Ok(()), "{address}");
        }
    }

    #[test]
    fn hosts_may_be_trusted_or_the_only_ones() {
        let local = "127.0.0.1".parse().unwrap();
        let trusting = NetworkPolicy { allowed: vec!["*.corp".into()], ..NetworkPolicy::default() };
        assert!(trusting.check_address("git.corp", local).is_ok());
        assert!(trusting.check_address("corp", local).is_err());
        assert!(trusting.check_address("evilcorp", local).is_err());
        let strict =
            NetworkPolicy { only: vec!["hooks.example.com".into()], ..NetworkPolicy::default() };
        assert!(strict.check_host("hooks.example.com").is_ok());
        assert!(strict.check_host("HOOKS.example.com").is_ok());
        assert!(strict.check_host("example.com").is_err());
    }
}
