//! The key that signs tickets and cookies, and the phones that hold them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::macros::hidden;

/// 32 random bytes that sign something: device cookies by the key of the data directory, tickets by one derived from
/// their session's. Never shown.
#[derive(Clone)]
pub struct SigningKey([u8; 32]);

impl SigningKey {
    /// Takes key material from the database or the operating system.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// HMAC-SHA256 of `message` under a label, cut to 16 bytes.
    ///
    /// The label keeps signatures for one use from being valid for another. RFC 2104 §5 allows halving.
    #[must_use]
    pub fn sign(&self, label: &str, message: &[u8]) -> [u8; 16] {
        let full = hmac(&self.0, label, message);
        let mut half = [0; 16];
        half.copy_from_slice(&full[..16]);
        half
    }

    /// Compares a signature in constant time.
    #[must_use]
    pub fn is_signature(&self, label: &str, message: &[u8], signature: &[u8]) -> bool {
        subtle::ConstantTimeEq::ct_eq(&self.sign(label, message)[..], signature).into()
    }
}

hidden!(SigningKey);

pub(super) fn hmac(key: &[u8], label: &str, message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(label.as_bytes());
    mac.update(&[0]);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// A phone's browser, identified by the random number in its cookie (feature C1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceId([u8; 16]);

impl DeviceId {
    /// A fresh device from 16 random bytes.
    #[must_use]
    pub fn from_bytes(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The cookie's value: the number and its signature, base64url without padding.
    #[must_use]
    pub fn to_cookie(self, key: &SigningKey) -> String {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.0);
        bytes[16..].copy_from_slice(&key.sign("device", &self.0));
        data_encoding::BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads a cookie; `None` unless this kiosk signed it.
    #[must_use]
    pub fn from_cookie(key: &SigningKey, value: &str) -> Option<Self> {
        let bytes = data_encoding::BASE64URL_NOPAD
            .decode(value.as_bytes())
            .ok()?;
        let id: [u8; 16] = bytes.get(..16)?.try_into().ok()?;
        key.is_signature("device", &id, &bytes[16..])
            .then_some(Self(id))
    }

    /// The number's bytes, for binding a ticket to this device.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The value that the database keeps to detect a shared phone: a keyed hash, useless outside this kiosk and
    /// different for every session.
    #[must_use]
    pub fn mark(&self, key: &SigningKey, session: super::SessionId) -> String {
        let mut message = session.as_uuid().as_bytes().to_vec();
        message.extend_from_slice(&self.0);
        data_encoding::BASE64URL_NOPAD.encode(&key.sign("mark", &message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cookie_signed_here_is_a_device() {
        let key = SigningKey::from_bytes([7; 32]);
        let device = DeviceId::from_bytes([1; 16]);
        let cookie = device.to_cookie(&key);
        assert_eq!(DeviceId::from_cookie(&key, &cookie), Some(device));
        assert_eq!(
            DeviceId::from_cookie(&SigningKey::from_bytes([8; 32]), &cookie),
            None
        );
        for nonsense in [
            "",
            "AAAA",
            "not base64!",
            &cookie[..42],
            &format!("{cookie}AA"),
        ] {
            assert_eq!(DeviceId::from_cookie(&key, nonsense), None);
        }
    }

    #[test]
    fn a_mark_is_of_one_phone_in_one_session_at_one_kiosk() {
        let session = |id| crate::domain::SessionId::from_uuid(uuid::Uuid::from_u128(id));
        let mark = |key, device, id| {
            DeviceId::from_bytes([device; 16]).mark(&SigningKey::from_bytes([key; 32]), session(id))
        };
        assert_eq!(mark(7, 1, 1), mark(7, 1, 1));
        for other in [mark(8, 1, 1), mark(7, 2, 1), mark(7, 1, 2)] {
            assert_ne!(mark(7, 1, 1), other);
        }
    }

    #[test]
    fn what_is_signed_for_one_use_is_no_signature_for_another() {
        let key = SigningKey::from_bytes([7; 32]);
        let signature = key.sign("ticket", b"message");
        assert!(key.is_signature("ticket", b"message", &signature));
        assert!(!key.is_signature("device", b"message", &signature));
        assert!(!key.is_signature("ticket", b"massage", &signature));
        assert!(!key.is_signature("ticket", b"message", &signature[..15]));
    }
}
