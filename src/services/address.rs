//! The address that phones can reach, from the live network interfaces (feature B6).

use std::net::{IpAddr, SocketAddr};

/// An address of this machine on one of its networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The interface, such as `eth0`.
    pub interface: String,
    /// The address on it.
    pub ip: IpAddr,
}

/// Finds the address again and again, as cables are plugged and networks change.
#[derive(Debug, Clone)]
pub struct Finder {
    public_url: String,
    bound: SocketAddr,
    fallback: Option<String>,
    scheme: &'static str,
}

impl Finder {
    /// A finder for a server bound to `bound`. A `public_url` that is not empty is always the answer;
    /// `fallback` is the answer when no network is there.
    #[must_use]
    pub fn new(public_url: &str, bound: SocketAddr, fallback: Option<String>) -> Self {
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            bound,
            fallback,
            scheme: "http",
        }
    }

    /// The same for a server that shows a certificate.
    #[must_use]
    pub fn with_certificate(self) -> Self {
        Self {
            scheme: "https",
            ..self
        }
    }

    /// The base of the address for phones, such as `http://192.168.1.20:8080`; `None` when there is none.
    #[must_use]
    pub fn find(&self) -> Option<String> {
        if !self.public_url.is_empty() {
            return Some(self.public_url.clone());
        }
        let candidates = if self.bound.ip().is_unspecified() {
            interfaces()
        } else {
            vec![Candidate {
                interface: String::new(),
                ip: self.bound.ip(),
            }]
        };
        let port = self.bound.port();
        choose(&candidates)
            .map(|ip| base(self.scheme, ip, port))
            .or_else(|| self.fallback.clone())
    }
}

fn base(scheme: &str, ip: IpAddr, port: u16) -> String {
    match (scheme, ip, port) {
        ("http", ip, 80) | ("https", ip, 443) if ip.is_ipv4() => format!("{scheme}://{ip}"),
        (scheme, ip, port) => format!("{scheme}://{}", SocketAddr::new(ip, port)),
    }
}

fn interfaces() -> Vec<Candidate> {
    match if_addrs::get_if_addrs() {
        Ok(found) => found
            .into_iter()
            .map(|interface| Candidate {
                ip: interface.ip(),
                interface: interface.name,
            })
            .collect(),
        Err(error) => {
            tracing::warn!(%error, "the network interfaces could not be listed");
            Vec::new()
        }
    }
}

/// The best address for phones: wired before wireless before the rest, and never loopback, link-local,
/// a container's bridge or a tunnel.
#[must_use]
pub fn choose(candidates: &[Candidate]) -> Option<IpAddr> {
    candidates
        .iter()
        .filter(|candidate| is_reachable(candidate.ip) && !is_virtual(&candidate.interface))
        .min_by_key(|candidate| {
            (
                rank(&candidate.interface),
                candidate.interface.clone(),
                candidate.ip,
            )
        })
        .map(|candidate| candidate.ip)
}

/// IPv4 only: every classroom network has it, and an IPv6 address makes a QR too large to scan from the back row.
fn is_reachable(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            !(ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || ip.is_multicast())
        }
        IpAddr::V6(_) => false,
    }
}

/// Interfaces that phones are never on, by the names that Linux and its container and VPN programs give them.
fn is_virtual(interface: &str) -> bool {
    const PREFIXES: [&str; 19] = [
        "docker",
        "br-",
        "veth",
        "virbr",
        "vmnet",
        "vboxnet",
        "lxc",
        "lxd",
        "podman",
        "cni",
        "flannel",
        "cali",
        "tun",
        "tap",
        "wg",
        "tailscale",
        "zt",
        "ppp",
        "dummy",
    ];
    PREFIXES.iter().any(|prefix| interface.starts_with(prefix))
}

fn rank(interface: &str) -> u8 {
    match interface {
        name if name.starts_with("eth") || name.starts_with("en") => 0,
        name if name.starts_with("wl") => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(candidates: &[(&str, &str)]) -> Option<String> {
        let candidates: Vec<Candidate> = candidates
            .iter()
            .map(|(interface, ip)| Candidate {
                interface: (*interface).to_owned(),
                ip: ip.parse().unwrap(),
            })
            .collect();
        choose(&candidates).map(|ip| ip.to_string())
    }

    #[test]
    fn wired_before_wireless() {
        let both = [("wlan0", "192.168.4.7"), ("eth0", "10.0.0.5")];
        assert_eq!(chosen(&both).as_deref(), Some("10.0.0.5"));
        assert_eq!(chosen(&both[..1]).as_deref(), Some("192.168.4.7"));
    }

    #[test]
    fn what_phones_cannot_reach_is_never_shown() {
        let dead = [
            ("lo", "127.0.0.1"),
            ("docker0", "172.17.0.1"),
            ("br-1a2b", "172.18.0.1"),
            ("tun0", "10.8.0.2"),
            ("wg0", "10.9.0.2"),
            ("tailscale0", "100.64.0.1"),
            ("eth0", "169.254.3.4"),
            ("eth0", "fe80::1"),
        ];
        assert_eq!(chosen(&dead), None);
    }

    #[test]
    fn a_given_address_wins() {
        let bound = "0.0.0.0:8080".parse().unwrap();
        let finder = Finder::new("https://kiosk.example/", bound, None);
        assert_eq!(finder.find().as_deref(), Some("https://kiosk.example"));
    }

    #[test]
    fn a_server_bound_to_one_address_shows_that_one() {
        let finder = Finder::new("", "192.168.7.1:80".parse().unwrap(), None);
        assert_eq!(finder.find().as_deref(), Some("http://192.168.7.1"));
        let local = Finder::new("", "127.0.0.1:8080".parse().unwrap(), None);
        assert_eq!(local.find(), None);
    }
}
