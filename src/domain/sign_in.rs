//! The token of a signed-in browser, and how long a sign-in lasts.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::device::{SigningKey, hmac};
use std::net::IpAddr;

use super::lecturer::StaffId;
use super::macros::hidden;
use super::time::Timestamp;

/// The secret in a signed-in browser's cookie: 32 random bytes. The database keeps only a hash of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInToken {
    secret: [u8; 32],
    bound_to: Option<IpAddr>,
}

impl SignInToken {
    /// Takes 32 bytes from the operating system's random source.
    #[must_use]
    pub fn from_bytes(random: [u8; 32]) -> Self {
        Self {
            secret: random,
            bound_to: None,
        }
    }

    /// The same, good at one address only: without encryption others on the network can read the cookie.
    #[must_use]
    pub fn bound_to(self, address: IpAddr) -> Self {
        Self {
            bound_to: Some(address),
            ..self
        }
    }

    /// The cookie's value, base64url without padding.
    #[must_use]
    pub fn to_cookie(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.secret)
    }

    /// Reads a cookie; `None` for any other text. Whether the token is valid is decided by the database.
    #[must_use]
    pub fn from_cookie(value: &str) -> Option<Self> {
        let bytes = data_encoding::BASE64URL_NOPAD
            .decode(value.as_bytes())
            .ok()?;
        Some(Self::from_bytes(bytes.try_into().ok()?))
    }

    /// The hash that the database keeps. A plain hash is enough: 2^256 tokens cannot be tried.
    #[must_use]
    pub fn hash(&self) -> String {
        let Some(address) = self.bound_to else {
            return self.unbound_hash();
        };
        let hash = Sha256::new().chain_update(self.secret);
        data_encoding::HEXLOWER.encode(&hash.chain_update(address.to_string()).finalize())
    }

    /// The hash that versions without bound sign-ins have kept.
    #[must_use]
    pub fn unbound_hash(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.secret))
    }

    /// The hidden field of this browser's forms. It is derived from the token and so needs no storage; the token
    /// cannot be derived from it, so that a leaked page does not reveal the cookie.
    #[must_use]
    pub fn form_key(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&hmac(&self.secret, "form", &[]))
    }

    /// Compares a form's field in constant time.
    #[must_use]
    pub fn is_form_key(&self, sent: &str) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.form_key().as_bytes(), sent.as_bytes()).into()
    }
}

hidden!(SignInToken);

/// The value of the cookie by which a browser shows that a staff id has signed in there before. It opens nothing: wrong
/// PINs are counted apart there, so that nobody else can make the person wait.
#[must_use]
pub fn known_browser_cookie(key: &SigningKey, staff_id: &StaffId) -> String {
    let signature = key.sign(KNOWN_BROWSER, staff_id.as_str().as_bytes());
    data_encoding::BASE64URL_NOPAD.encode(&signature)
}

/// Whether this kiosk has made such a cookie for a staff id.
#[must_use]
pub fn is_known_browser(key: &SigningKey, cookie: &str, staff_id: &StaffId) -> bool {
    let signature = data_encoding::BASE64URL_NOPAD.decode(cookie.as_bytes());
    signature.is_ok_and(|signature| {
        key.is_signature(KNOWN_BROWSER, staff_id.as_str().as_bytes(), &signature)
    })
}

const KNOWN_BROWSER: &str = "known browser";

/// How long a sign-in lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInLimits {
    pub idle: Duration,
    /// From sign-in to its end, however much it is used.
    pub absolute: Duration,
}

impl SignInLimits {
    /// 30 minutes without use, as OWASP recommends for applications of low risk, and 10 hours in all, so that
    /// every working day begins with the PIN.
    pub const STAFF: Self = Self {
        idle: Duration::from_mins(30),
        absolute: Duration::from_hours(10),
    };

    /// Sign-ins that were last used before this time are idle for too long.
    #[must_use]
    pub fn idle_since(self, now: Timestamp) -> Timestamp {
        now - self.idle
    }

    /// Sign-ins that were made before this time are over.
    #[must_use]
    pub fn over_since(self, now: Timestamp) -> Timestamp {
        now - self.absolute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_comes_back_and_nonsense_does_not() {
        let token = SignInToken::from_bytes([7; 32]);
        assert_eq!(SignInToken::from_cookie(&token.to_cookie()), Some(token));
        for nonsense in ["", "AAAA", "not base64!", &"A".repeat(44)] {
            assert_eq!(SignInToken::from_cookie(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_browser_is_known_for_the_id_that_signed_in_there() {
        let key = |byte| SigningKey::from_bytes([byte; 32]);
        let id = |text| StaffId::parse(text).unwrap();
        let cookie = known_browser_cookie(&key(7), &id("S1"));
        assert!(is_known_browser(&key(7), &cookie, &id("S1")));
        assert!(!is_known_browser(&key(7), &cookie, &id("S2")));
        assert!(!is_known_browser(&key(8), &cookie, &id("S1")));
        for nonsense in ["", "AAAA", "not base64!", &cookie[..20]] {
            assert!(!is_known_browser(&key(7), nonsense, &id("S1")));
        }
    }

    #[test]
    fn a_form_key_belongs_to_one_token_and_tells_nothing_of_it() {
        let token = SignInToken::from_bytes([7; 32]);
        assert!(token.is_form_key(&token.form_key()));
        assert!(!SignInToken::from_bytes([8; 32]).is_form_key(&token.form_key()));
        assert!(!token.is_form_key(""));
        assert_ne!(token.form_key(), token.to_cookie());
        assert_ne!(token.form_key(), token.hash());
        assert_eq!(format!("{token:?}"), "SignInToken(hidden)");
    }

    #[test]
    fn a_sign_in_lasts_half_an_hour_unused_and_ten_hours_in_all() {
        let now = Timestamp::from_millis(100_000_000);
        let ago = |at: Timestamp| now.since(at).as_secs();
        assert_eq!(ago(SignInLimits::STAFF.idle_since(now)), 30 * 60);
        assert_eq!(ago(SignInLimits::STAFF.over_since(now)), 10 * 3600);
    }
}
