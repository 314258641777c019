//! The ticket in the form: it proves that the form was opened with a live code (feature B3).

use std::time::Duration;

use uuid::Uuid;

use super::device::{DeviceId, SigningKey};
use super::session::SessionId;
use super::time::Timestamp;

/// Signed proof that a device opened a session's form at a certain time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    session: SessionId,
    issued_at: Timestamp,
    device: Option<DeviceId>,
}

/// Why a ticket is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTicket {
    /// Not signed here, or for another device.
    #[error("the form does not belong to this phone")]
    Forged,
    /// Too old, or from the future.
    #[error("the form was open for too long")]
    Expired,
}

const LABEL: &str = "ticket";

impl Ticket {
    /// Issues a ticket for a form that is opened now; without a device for a phone that keeps no cookies.
    #[must_use]
    pub fn issue(session: SessionId, device: Option<DeviceId>, now: Timestamp) -> Self {
        Self {
            session,
            issued_at: now,
            device,
        }
    }

    /// The session that the form is for.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The signed text for the form's hidden field, base64url without padding.
    #[must_use]
    pub fn to_field(&self, key: &SigningKey) -> String {
        let message = self.message();
        let mut bytes = message[..Self::OPEN].to_vec();
        bytes.extend_from_slice(&key.sign(LABEL, &message));
        data_encoding::BASE64URL_NOPAD.encode(&bytes)
    }

    /// The session that a field names, before anything is checked: its key is the one to check by.
    #[must_use]
    pub fn session_named(field: &str) -> Option<SessionId> {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(field.as_bytes());
        let session: [u8; 16] = bytes.ok()?.get(..16)?.try_into().ok()?;
        Some(SessionId::from_uuid(Uuid::from_bytes(session)))
    }

    /// Reads the field that came back from a device.
    ///
    /// A ticket that was issued without a device is valid on any.
    ///
    /// # Errors
    /// [`InvalidTicket`] when it was not signed here for this device, or is older than `valid_for`.
    pub fn from_field(
        key: &SigningKey,
        field: &str,
        device: Option<DeviceId>,
        now: Timestamp,
        valid_for: Duration,
    ) -> Result<Self, InvalidTicket> {
        let bytes = data_encoding::BASE64URL_NOPAD
            .decode(field.as_bytes())
            .map_err(|_| InvalidTicket::Forged)?;
        if bytes.len() != Self::OPEN + 16 {
            return Err(InvalidTicket::Forged);
        }
        let (open, signature) = bytes.split_at(Self::OPEN);
        let session: [u8; 16] = open[..16].try_into().map_err(|_| InvalidTicket::Forged)?;
        let millis: [u8; 8] = open[16..].try_into().map_err(|_| InvalidTicket::Forged)?;
        let session = SessionId::from_uuid(Uuid::from_bytes(session));
        let issued_at = Timestamp::from_millis(i64::from_be_bytes(millis));
        let ticket = [device, None]
            .into_iter()
            .map(|device| Self {
                session,
                issued_at,
                device,
            })
            .find(|ticket| key.is_signature(LABEL, &ticket.message(), signature))
            .ok_or(InvalidTicket::Forged)?;
        if issued_at > now || now.since(issued_at) > valid_for {
            return Err(InvalidTicket::Expired);
        }
        Ok(ticket)
    }

    /// The bytes in clear: session and time. The device is covered by the signature only.
    const OPEN: usize = 24;

    fn message(&self) -> [u8; Self::OPEN + 16] {
        let mut message = [0; Self::OPEN + 16];
        message[..16].copy_from_slice(self.session.as_uuid().as_bytes());
        message[16..24].copy_from_slice(&self.issued_at.millis().to_be_bytes());
        if let Some(device) = &self.device {
            message[24..].copy_from_slice(device.as_bytes());
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALID: Duration = Duration::from_secs(180);

    fn setting() -> (SigningKey, SessionId, DeviceId, Timestamp) {
        (
            SigningKey::from_bytes([9; 32]),
            SessionId::from_uuid(Uuid::from_u128(42)),
            DeviceId::from_bytes([1; 16]),
            Timestamp::from_millis(1_700_000_000_000),
        )
    }

    #[test]
    fn a_slow_typist_has_three_minutes() {
        let (key, session, device, now) = setting();
        let field = Ticket::issue(session, Some(device), now).to_field(&key);
        let after = |wait| Ticket::from_field(&key, &field, Some(device), now + wait, VALID);
        assert_eq!(after(VALID).unwrap().session(), session);
        assert_eq!(
            after(VALID + Duration::from_millis(1)),
            Err(InvalidTicket::Expired)
        );
        assert_eq!(
            Ticket::from_field(
                &key,
                &field,
                Some(device),
                now - Duration::from_secs(1),
                VALID
            ),
            Err(InvalidTicket::Expired)
        );
    }

    #[test]
    fn a_ticket_sent_to_a_friend_is_worth_nothing() {
        let (key, session, device, now) = setting();
        let field = Ticket::issue(session, Some(device), now).to_field(&key);
        let friend = DeviceId::from_bytes([2; 16]);
        assert_eq!(
            Ticket::from_field(&key, &field, Some(friend), now, VALID),
            Err(InvalidTicket::Forged)
        );
        assert_eq!(
            Ticket::from_field(&key, &field, None, now, VALID),
            Err(InvalidTicket::Forged)
        );
    }

    #[test]
    fn a_phone_without_cookies_is_served_too() {
        let (key, session, device, now) = setting();
        let field = Ticket::issue(session, None, now).to_field(&key);
        assert!(Ticket::from_field(&key, &field, None, now, VALID).is_ok());
        assert!(Ticket::from_field(&key, &field, Some(device), now, VALID).is_ok());
    }

    proptest! {
        #[test]
        fn one_changed_character_is_a_forgery(at in 0usize..54, letter in "[A-Za-z0-9_-]") {
            let (key, session, device, now) = setting();
            let field = Ticket::issue(session, Some(device), now).to_field(&key);
            let mut changed = field.clone();
            let at = at % field.len();
            changed.replace_range(at..=at, &letter);
            if changed != field {
                prop_assert_eq!(Ticket::from_field(&key, &changed, Some(device), now, VALID), Err(InvalidTicket::Forged));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(field in any::<String>()) {
            let (key, _, device, now) = setting();
            prop_assert!(Ticket::from_field(&key, &field, Some(device), now, VALID).is_err());
        }
    }
}
