//! The rotating code on the screen: it proves that a student can see the screen (features B2, B4).

use std::fmt;
use std::time::Duration;

use super::device::{SigningKey, hmac};
use super::macros::hidden;
use super::time::Timestamp;

/// A session's own secret, kept in the database so that a restart leaves every scanned code valid.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// Takes key material from the database or the operating system.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Signs the tickets of the session's forms. Whoever has a copy of the database from before the session began
    /// cannot make one.
    #[must_use]
    pub fn ticket_key(&self) -> SigningKey {
        SigningKey::from_bytes(hmac(&self.0, "tickets", &[]))
    }
}

hidden!(SessionKey);

/// Six characters of Crockford's base 32: short enough to type, upper case for the QR's alphanumeric mode.
///
/// Two live codes in 2^30 make guessing hopeless at the request rates that the server allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code([u8; Code::CHARS]);

/// The text cannot be a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has {} letters and digits", Code::CHARS)]
pub struct InvalidCode;

impl Code {
    /// Characters in a code.
    pub const CHARS: usize = 6;
    /// Crockford's alphabet: no I, L, O or U, so nothing is mistaken for another or spells a word.
    const ALPHABET: &'static [u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// Reads a code in any case, with or without blanks and hyphens; I and L are one, O is zero.
    ///
    /// # Errors
    /// [`InvalidCode`] when it is not six such characters.
    pub fn parse(raw: &str) -> Result<Self, InvalidCode> {
        let mut code = [0; Self::CHARS];
        let mut length = 0;
        for c in raw.chars().filter(|c| !matches!(c, ' ' | '-')) {
            let c = match c.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            };
            let byte = u8::try_from(c)
                .ok()
                .filter(|byte| Self::ALPHABET.contains(byte))
                .ok_or(InvalidCode)?;
            *code.get_mut(length).ok_or(InvalidCode)? = byte;
            length += 1;
        }
        if length == Self::CHARS {
            Ok(Self(code))
        } else {
            Err(InvalidCode)
        }
    }

    /// The six characters without a blank.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// In two groups of three, for typing: `K7M 2QX`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let (left, right) = self.as_str().split_at(Self::CHARS / 2);
        format!("{left} {right}")
    }

    /// The path of its form, such as `/A/K7M2QX`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/A/{self}")
    }

    fn from_mac(mac: &[u8; 32]) -> Self {
        Self(std::array::from_fn(|i| {
            Self::ALPHABET[usize::from(mac[i] & 31)]
        }))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a session's code changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// A new code every so often; at least a second.
    Every(Duration),
    /// One code for the whole session (`rotate_seconds = 0`).
    Off,
}

/// What a code is worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeCheck {
    /// On the screen now or one step ago.
    Live,
    /// Was on the screen earlier.
    Expired,
    /// Was never a code of this session, or longer ago than is checked.
    Unknown,
}

impl Rotation {
    /// From seconds; zero is off.
    #[must_use]
    pub fn from_seconds(seconds: u32) -> Self {
        if seconds == 0 {
            Self::Off
        } else {
            Self::Every(Duration::from_secs(seconds.into()))
        }
    }

    /// The code to show at a moment.
    #[must_use]
    pub fn code(self, key: &SessionKey, now: Timestamp) -> Code {
        self.code_of_step(key, self.step(now))
    }

    /// How long the code shown at `now` stays on the screen; `None` when it never changes.
    #[must_use]
    pub fn remaining(self, now: Timestamp) -> Option<Duration> {
        let Self::Every(period) = self else {
            return None;
        };
        let period = millis(period);
        let left = period - now.millis().rem_euclid(period);
        Some(Duration::from_millis(left.unsigned_abs()))
    }

    /// Checks a code against the session's codes.
    ///
    /// The current and the previous code are live, so that a scan just before a change is accepted. Codes that
    /// were shown since `shown_since` are expired; all others are unknown.
    #[must_use]
    pub fn check(
        self,
        key: &SessionKey,
        code: &Code,
        now: Timestamp,
        shown_since: Timestamp,
    ) -> CodeCheck {
        /// Three hours of the default step. Bounds the work that one request can cause.
        const MOST_STEPS_BACK: i64 = 540;
        let current = self.step(now);
        let oldest = self
            .step(shown_since)
            .clamp(current.saturating_sub(MOST_STEPS_BACK), current);
        for step in (oldest.min(current - 1)..=current).rev() {
            if self.code_of_step(key, step) == *code {
                return if step >= current - 1 {
                    CodeCheck::Live
                } else {
                    CodeCheck::Expired
                };
            }
        }
        CodeCheck::Unknown
    }

    fn step(self, now: Timestamp) -> i64 {
        match self {
            Self::Every(period) => now.millis().div_euclid(millis(period)),
            Self::Off => 0,
        }
    }

    fn code_of_step(self, key: &SessionKey, step: i64) -> Code {
        match self {
            Self::Every(_) => Code::from_mac(&hmac(&key.0, "code", &step.to_be_bytes())),
            Self::Off => Code::from_mac(&hmac(&key.0, "static code", &[])),
        }
    }
}

fn millis(period: Duration) -> i64 {
    i64::try_from(period.as_millis())
        .unwrap_or(i64::MAX)
        .max(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVERY_20_S: Rotation = Rotation::Every(Duration::from_secs(20));

    fn key() -> SessionKey {
        SessionKey::from_bytes([3; 32])
    }

    #[test]
    fn a_code_lives_for_its_own_step_and_the_next() {
        let shown = Timestamp::from_millis(1_000_000_000);
        let code = EVERY_20_S.code(&key(), shown);
        let after =
            |seconds| EVERY_20_S.check(&key(), &code, shown + Duration::from_secs(seconds), shown);
        assert_eq!(after(0), CodeCheck::Live);
        assert_eq!(after(39), CodeCheck::Live);
        assert_eq!(after(40), CodeCheck::Expired);
        assert_eq!(after(3 * 3600), CodeCheck::Expired);
    }

    #[test]
    fn a_code_of_another_session_is_unknown() {
        let now = Timestamp::from_millis(1_000_000_000);
        let code = EVERY_20_S.code(&SessionKey::from_bytes([4; 32]), now);
        assert_eq!(
            EVERY_20_S.check(&key(), &code, now, now - Duration::from_secs(7200)),
            CodeCheck::Unknown
        );
    }

    #[test]
    fn a_code_of_the_future_is_unknown() {
        let now = Timestamp::from_millis(1_000_000_000);
        let code = EVERY_20_S.code(&key(), now + Duration::from_secs(20));
        assert_eq!(
            EVERY_20_S.check(&key(), &code, now, now - Duration::from_secs(60)),
            CodeCheck::Unknown
        );
    }

    #[test]
    fn without_rotation_the_code_stays() {
        let now = Timestamp::from_millis(5);
        let code = Rotation::Off.code(&key(), now);
        let later = now + Duration::from_secs(86_400);
        assert_eq!(
            Rotation::Off.check(&key(), &code, later, now),
            CodeCheck::Live
        );
        assert_eq!(Rotation::Off.remaining(now), None);
    }

    #[test]
    fn people_may_type_it_their_way() {
        let code = Code::parse("K7M2Q0").unwrap();
        assert_eq!(Code::parse(" k7m-2qo ").unwrap(), code);
        assert_eq!(code.grouped(), "K7M 2Q0");
        for wrong in ["", "K7M2Q", "K7M2QXX", "K7M2QU", "K7M2Qé", "../../"] {
            assert_eq!(Code::parse(wrong), Err(InvalidCode), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_accepted_for_a_whole_step(at in 0i64..4_000_000_000_000, later in 0u64..20_000, seconds in 1u32..600) {
            let rotation = Rotation::from_seconds(seconds);
            let shown = Timestamp::from_millis(at);
            let code = rotation.code(&key(), shown);
            let wait = Duration::from_millis(later % (u64::from(seconds) * 1000));
            prop_assert_eq!(rotation.check(&key(), &code, shown + wait, shown), CodeCheck::Live);
            prop_assert!(rotation.remaining(shown).unwrap() <= Duration::from_secs(seconds.into()));
        }

        #[test]
        fn any_text_parses_or_is_refused(raw in any::<String>()) {
            if let Ok(code) = Code::parse(&raw) {
                prop_assert_eq!(Code::parse(code.as_str()).unwrap(), code);
            }
        }
    }

    #[test]
    fn a_code_stays_for_the_rest_of_its_step() {
        let step = Timestamp::from_millis(1_000_000_000);
        let remaining = |now| EVERY_20_S.remaining(now).unwrap().as_millis();
        let after = |millis| step + Duration::from_millis(millis);
        assert_eq!(remaining(step), 20_000);
        assert_eq!(remaining(after(1)), 19_999);
        assert_eq!(remaining(after(19_999)), 1);
        let code = |now| EVERY_20_S.code(&key(), now);
        assert_eq!(code(step), code(after(19_999)));
        assert_ne!(code(step), code(after(20_000)));
        let before_1970 = Timestamp::from_millis(-1);
        assert_ne!(code(before_1970), code(Timestamp::from_millis(0)));
        assert_eq!(remaining(before_1970), 1);
    }

    #[test]
    fn the_code_before_is_live_however_late_the_session_was_opened() {
        let now = Timestamp::from_millis(1_000_000_000);
        let check = |back: u64| {
            let code = EVERY_20_S.code(&key(), now - Duration::from_secs(20 * back));
            EVERY_20_S.check(&key(), &code, now, now)
        };
        assert_eq!(
            [0, 1, 2].map(check),
            [CodeCheck::Live, CodeCheck::Live, CodeCheck::Unknown]
        );
    }

    #[test]
    fn three_hours_of_codes_are_remembered_and_no_more() {
        let now = Timestamp::from_millis(1_000_000_000_000);
        let check = |steps_back: u64| {
            let shown = now - Duration::from_secs(20 * steps_back);
            let code = EVERY_20_S.code(&key(), shown);
            EVERY_20_S.check(&key(), &code, now, shown)
        };
        assert_eq!(check(540), CodeCheck::Expired);
        assert_eq!(check(541), CodeCheck::Unknown);
    }

    #[test]
    fn codes_are_made_of_the_whole_alphabet_and_the_sessions_own_key() {
        let codes = (0..200).map(|step| EVERY_20_S.code_of_step(&key(), step));
        let used: std::collections::BTreeSet<u8> = codes.flat_map(|code| code.0).collect();
        assert_eq!(used.len(), Code::ALPHABET.len());
        let now = Timestamp::from_millis(0);
        let other = SessionKey::from_bytes([4; 32]);
        assert_ne!(
            Rotation::Off.code(&key(), now),
            Rotation::Off.code(&other, now)
        );
    }

    #[test]
    fn a_code_stays_for_a_second_at_least() {
        let at_once = Rotation::Every(Duration::ZERO);
        let now = Timestamp::from_millis(5_000);
        assert_eq!(at_once.remaining(now), Some(Duration::from_secs(1)));
    }
}
