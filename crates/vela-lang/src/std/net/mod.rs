//! Package `net`.

mod address;
mod ip;
mod url;

use super::args::function;
use super::host::{Kind, Member, Package, Param};

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "net",
    members: &[
        function("SplitHostPort", &[S], Kind::LIST, address::split_host_port),
        function(
            "JoinHostPort",
            &[Param::new("host", Kind::TOP), Param::new("port", Kind::TOP)],
            Kind::STRING,
            address::join_host_port,
        ),
        function("FQDN", &[S], Kind::BOOL, address::fqdn),
        Member::Constant("IPv4len", "4"),
        Member::Constant("IPv6len", "16"),
        function("ParseIP", &[S], Kind::LIST, ip::parse_ip),
        function("IPv4", &[IP], Kind::BOOL, ip::ipv4),
        function("IPv6", &[IP], Kind::BOOL, ip::ipv6),
        function("IP", &[IP], Kind::BOOL, ip::is_ip),
        function("IPCIDR", &[IP], Kind::BOOL, ip::ip_cidr),
        function("LoopbackIP", &[IP], Kind::BOOL, ip::loopback),
        function("MulticastIP", &[IP], Kind::BOOL, ip::multicast),
        function("InterfaceLocalMulticastIP", &[IP], Kind::BOOL, ip::interface_local_multicast),
        function("LinkLocalMulticastIP", &[IP], Kind::BOOL, ip::link_local_multicast),
        function("LinkLocalUnicastIP", &[IP], Kind::BOOL, ip::link_local_unicast),
        function("GlobalUnicastIP", &[IP], Kind::BOOL, ip::global_unicast),
        function("UnspecifiedIP", &[IP], Kind::BOOL, ip::unspecified),
        function("ToIP4", &[IP], Kind::LIST, ip::to_ip4),
        function("ToIP16", &[IP], Kind::LIST, ip::to_ip16),
        function("IPString", &[IP], Kind::STRING, ip::ip_string),
        function("AddIP", &[IP, OFFSET], Kind::STRING, ip::add_ip),
        function("AddIPCIDR", &[IP, OFFSET], Kind::STRING, ip::add_ip_cidr),
        function("ParseCIDR", &[S], Kind::STRUCT, ip::parse_cidr),
        function("InCIDR", &[IP, Param::new("cidr", Kind::TOP)], Kind::BOOL, ip::in_cidr),
        function(
            "CompareIP",
            &[Param::new("ip1", Kind::TOP), Param::new("ip2", Kind::TOP)],
            Kind::INT,
            ip::compare_ip,
        ),
        function("PathEscape", &[S], Kind::STRING, url::path_escape),
        function("PathUnescape", &[S], Kind::STRING, url::path_unescape),
        function("QueryEscape", &[S], Kind::STRING, url::query_escape),
        function("QueryUnescape", &[S], Kind::STRING, url::query_unescape),
        function("URL", &[S], Kind::BOOL, url::url),
        function("AbsURL", &[S], Kind::BOOL, url::abs_url),
    ],
};

const IP: Param = Param::new("ip", Kind::TOP);
const OFFSET: Param = Param::new("offset", Kind::INT);
const S: Param = Param::new("s", Kind::STRING);
