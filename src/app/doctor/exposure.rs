//! What others on the network or on this machine can read or reach.

use std::net::{IpAddr, SocketAddr};

use super::Finding;
use crate::config::{BaseUrl, Config, Loaded, SettingSource};

const CHECK: &str = "exposure";

/// Each thing that is exposed, or that nothing is.
pub(super) fn examine(loaded: &Loaded) -> Vec<Finding> {
    let config = &loaded.config;
    let found = [
        staff_pages(config),
        networks(config),
        portal(config),
        shown_key(loaded),
    ];
    let found: Vec<Finding> = found.into_iter().flatten().collect();
    if found.is_empty() {
        return vec![Finding::ok(CHECK, "nothing beyond what is served")];
    }
    found
}

fn is_local(address: SocketAddr) -> bool {
    address.ip().is_loopback()
}

fn staff_pages(config: &Config) -> Option<Finding> {
    let server = &config.server;
    let at = server.bind;
    (server.tls_cert.is_none() && server.staff_bind.is_none() && !is_local(at)).then(|| {
        Finding::warning(
            CHECK,
            format!("staff PINs and sign-ins travel in the clear at http://{at}"),
            "set server.tls_cert and tls_key, or server.staff_bind to an address on a network without students",
        )
    })
}

fn networks(config: &Config) -> Option<Finding> {
    let server = &config.server;
    (server.allow_cidr.is_empty() && !is_local(server.bind)).then(|| {
        Finding::warning(
            CHECK,
            "every network that reaches this machine is served",
            "list the school's networks in server.allow_cidr",
        )
    })
}

fn portal(config: &Config) -> Option<Finding> {
    let url = config.portal.url.as_ref()?;
    (is_open(url) && !config.portal.api_key.is_empty()).then(|| {
        Finding::warning(
            CHECK,
            format!("the portal's key and all records travel in the clear to {url}"),
            "use the portal's https address in portal.url",
        )
    })
}

/// Whether an address is on the network and without encryption.
fn is_open(url: &BaseUrl) -> bool {
    let host = url.host();
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
    !url.is_https() && !is_loopback && host != "localhost"
}

fn shown_key(loaded: &Loaded) -> Option<Finding> {
    let source = loaded.source("portal.api_key");
    (source == SettingSource::Flag).then(|| {
        Finding::warning(
            CHECK,
            "every user of this machine can read a key given by --set, in the list of processes",
            "put it in the environment or in a systemd credential",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_encryption_is_open_unless_it_is_this_machine() {
        for (url, expected) in [
            ("http://portal.example.ac.ke/api", true),
            ("http://10.0.0.7:8000", true),
            ("HTTP://10.0.0.8:8000", true),
            ("http://localhost:8000", false),
            ("http://127.0.0.1:8000/api", false),
            ("http://[::1]:8000", false),
            ("https://portal.example.ac.ke", false),
        ] {
            assert_eq!(is_open(&BaseUrl::parse(url).unwrap()), expected, "{url}");
        }
    }
}
