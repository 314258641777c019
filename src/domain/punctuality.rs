//! On time or late: one fact, however it is stored, shown or sent.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// Whether a check-in was on time. "Late by no minute" and "on time, with minutes" cannot be expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Punctuality {
    /// Up to the last on-time moment of its session, that moment included.
    #[default]
    OnTime,
    /// After it, by whole minutes since the session's start; the first minute counts from its first moment.
    Late(NonZeroU32),
}

impl Punctuality {
    /// Late, by at least a minute.
    #[must_use]
    pub fn late(minutes: u32) -> Self {
        Self::Late(NonZeroU32::new(minutes).unwrap_or(NonZeroU32::MIN))
    }

    /// Late, so long after the session's start.
    #[must_use]
    pub fn late_after(start: Duration) -> Self {
        Self::late(u32::try_from(start.as_secs() / 60).unwrap_or(u32::MAX))
    }

    /// Whole minutes late, 0 when on time.
    #[must_use]
    pub fn minutes(self) -> u32 {
        match self {
            Self::OnTime => 0,
            Self::Late(minutes) => minutes.get(),
        }
    }

    /// Whether it is late.
    #[must_use]
    pub fn is_late(self) -> bool {
        self != Self::OnTime
    }
}

/// Whole minutes late, 0 when on time.
impl Serialize for Punctuality {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.minutes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_is_never_zero_minutes() {
        let late = |seconds| Punctuality::late_after(Duration::from_secs(seconds)).minutes();
        assert_eq!([0, 2, 59, 60, 119, 120].map(late), [1, 1, 1, 1, 1, 2]);
    }
}
