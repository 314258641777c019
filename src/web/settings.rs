//! What a site may set about its web server.

use axum::http::Uri;

use crate::domain::Cidr;
use crate::words::Language;

/// The settings of the web server, checked.
#[derive(Debug, Clone, Default)]
pub struct WebSettings {
    /// The host of the public address, in lower case.
    pub(super) public_host: Option<String>,
    /// Further names by which browsers may ask for the kiosk, in lower case.
    pub(super) host_names: Vec<String>,
    /// Whether the public address is `https`, so that cookies may insist on it.
    pub(super) is_https: bool,
    /// The networks that are served; empty serves all.
    pub(super) allowed: Vec<Cidr>,
    /// Requests a minute that one phone may make before it is asked to wait; 0 is no limit.
    pub(super) per_device_per_minute: u32,
    /// Requests a second that one address may make before it is asked to wait; 0 is no limit.
    pub(super) per_address_per_second: u32,
    /// The language of the pages and of the API.
    pub(super) language: Language,
}

/// The public address is not one that a phone can open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("server.public_url {0:?} is not an address such as http://kiosk.example.ac.ke:8080")]
pub struct InvalidPublicUrl(String);

impl WebSettings {
    /// Takes the settings as they are in the configuration; an empty `public_url` is none.
    ///
    /// # Errors
    /// [`InvalidPublicUrl`].
    pub fn read(
        public_url: &str,
        allowed: Vec<Cidr>,
        per_device_per_minute: u32,
        per_address_per_second: u32,
    ) -> Result<Self, InvalidPublicUrl> {
        let invalid = || InvalidPublicUrl(public_url.to_owned());
        let (public_host, is_https) = match public_url.trim() {
            "" => (None, false),
            url => {
                let uri: Uri = url.parse().map_err(|_| invalid())?;
                let host = uri
                    .authority()
                    .and_then(|it| host_of(it.as_str()))
                    .ok_or_else(invalid)?;
                match uri.scheme_str() {
                    Some("http") => (Some(host), false),
                    Some("https") => (Some(host), true),
                    _ => return Err(invalid()),
                }
            }
        };
        Ok(Self {
            public_host,
            host_names: Vec::new(),
            is_https,
            allowed,
            per_device_per_minute,
            per_address_per_second,
            language: Language::default(),
        })
    }

    /// The same settings with further names of the kiosk, in lower case.
    #[must_use]
    pub fn with_host_names(self, host_names: Vec<String>) -> Self {
        Self { host_names, ..self }
    }

    /// The same settings where the kiosk has a certificate of its own.
    #[must_use]
    pub fn with_certificate(self) -> Self {
        Self {
            is_https: true,
            ..self
        }
    }
}

/// The host of `host:port`, in lower case, without brackets and final dot; `None` when there is none.
pub(super) fn host_of(authority: &str) -> Option<String> {
    let host = match authority.rsplit_once(':') {
        // A colon inside brackets belongs to an IPv6 address.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_start_matches('[').trim_end_matches([']', '.']);
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_public_address_has_a_scheme_and_a_host() {
        let host = |url| WebSettings::read(url, Vec::new(), 20, 300).map(|it| it.public_host);
        assert_eq!(host(""), Ok(None));
        assert_eq!(
            host("http://Kiosk.Example:8080"),
            Ok(Some("kiosk.example".to_owned()))
        );
        assert_eq!(
            host("https://[fd00::1]:8443/"),
            Ok(Some("fd00::1".to_owned()))
        );
        for wrong in [
            "kiosk",
            "ftp://kiosk",
            "http://",
            "http:///A",
            "kiosk.example:8080",
        ] {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_host_or_none(authority in any::<String>()) {
            let _ = host_of(&authority);
        }
    }
}
