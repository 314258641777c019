//! "Not me": a check-in is taken back at the door that has just made it.

use std::time::Duration;

use super::check_in::Channel;

// Nobody has been watched with these times and limits yet: they are estimates.

/// At the keyboard: as long as a name on the screen is looked at before the next student types.
const AT_THE_KEYBOARD: Duration = Duration::from_secs(10);
/// On a phone, where the page stays and is read later.
const ON_THE_PHONE: Duration = Duration::from_secs(2 * 60);
/// So many are taken back at the keyboard within [`MOST_WITHIN`].
const MOST_AT_THE_KEYBOARD: u32 = 3;
/// The time in which those at the keyboard are counted.
const MOST_WITHIN: Duration = Duration::from_secs(10 * 60);
/// From one phone in one lecture.
const MOST_ON_A_PHONE: u32 = 1;

/// How many check-ins somebody may take back at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotMeLimit {
    pub most: u32,
    /// Of those within this time; `None`: of those in the lecture.
    pub within: Option<Duration>,
}

impl Channel {
    /// How long a check-in can be taken back where it was made. The portal, which cannot take anything back, is told
    /// of it after that.
    #[must_use]
    pub fn not_me_for(self) -> Duration {
        match self {
            Self::Keypad => AT_THE_KEYBOARD,
            Self::Phone => ON_THE_PHONE,
            Self::Lecturer | Self::Cli | Self::Remote => Duration::ZERO,
        }
    }

    /// How many check-ins may be taken back where they were made.
    #[must_use]
    pub fn not_me_limit(self) -> NotMeLimit {
        match self {
            Self::Phone => NotMeLimit {
                most: MOST_ON_A_PHONE,
                within: None,
            },
            Self::Keypad | Self::Lecturer | Self::Cli | Self::Remote => NotMeLimit {
                most: MOST_AT_THE_KEYBOARD,
                within: Some(MOST_WITHIN),
            },
        }
    }
}
