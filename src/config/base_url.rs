//! The address of a web service.

use std::fmt;

/// An `http` or `https` address with a host and perhaps a port and a path, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads an address; slashes at the end are dropped.
    ///
    /// # Errors
    /// What an address must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("must be an address such as \"https://portal.example.ac.ke\", not {text:?}");
        let address = text.trim_end_matches('/');
        let rest = ["http://", "https://"]
            .iter()
            .find_map(|scheme| strip_prefix_in_any_case(address, scheme))
            .ok_or_else(wrong)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = split_port(authority);
        let host_is_sound = !host.is_empty()
            && host.chars().all(|c| {
                c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':')
            });
        let port_is_sound = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
        // A base address has no user name, query or fragment.
        let path_is_sound = path.chars().all(|c| {
            c.is_ascii_graphic() && !matches!(c, '?' | '#' | '@' | '\\' | '"' | '<' | '>')
        });
        if host_is_sound && port_is_sound && path_is_sound {
            Ok(Self(address.to_owned()))
        } else {
            Err(wrong())
        }
    }

    /// The address, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        strip_prefix_in_any_case(&self.0, "https://").is_some()
    }

    /// The host, without port and brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, _) = split_port(authority);
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Whether anything follows the host and port.
    #[must_use]
    pub fn has_path(&self) -> bool {
        self.0
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('/'))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn strip_prefix_in_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Splits `host:port`; colons inside `[::1]` belong to the host.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if let Some(end) = authority.rfind(']') {
        let (host, rest) = authority.split_at(end + 1);
        return (
            host,
            rest.strip_prefix(':')
                .or((!rest.is_empty()).then_some(rest)),
        );
    }
    match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_last_slash() {
        assert_eq!(
            BaseUrl::parse("https://portal.example.ac.ke/")
                .unwrap()
                .as_str(),
            "https://portal.example.ac.ke"
        );
        for sound in [
            "http://192.168.1.20:8080",
            "HTTP://kiosk.local",
            "http://[::1]:9000",
            "https://uni.example/portal/v2",
        ] {
            assert_eq!(BaseUrl::parse(sound).unwrap().as_str(), sound);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in [
            "",
            "portal",
            "ftp://x",
            "http://",
            "https:///x",
            "http://a b",
            "http://x:0",
            "http://x:http",
            "http://user:pw@x",
            "http://x/?q=1",
            "http://x#y",
            "http://[::1]x",
            "http://é",
            "hé",
        ] {
            assert!(BaseUrl::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_path_is_noticed() {
        assert!(BaseUrl::parse("http://x/y").unwrap().has_path());
        assert!(!BaseUrl::parse("http://x:1/").unwrap().has_path());
    }
}
