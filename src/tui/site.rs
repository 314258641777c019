//! What the screen needs of the configuration.

use std::time::Duration;

use crate::domain::{Rotation, Semester, Venue, Windows, Zone};
use crate::services::export::ExportFolders;
use crate::words::Voice;

/// Chooses the voice of the screen. The terminal chooses it nowhere else.
#[must_use]
pub fn voice(zone: Zone) -> Voice {
    Voice::english(zone)
}

/// The settings that the screen needs.
#[derive(Debug, Clone)]
pub struct Site {
    /// The name below the clock when no session is open.
    pub name: String,
    /// The language and the time zone of everything on the screen.
    pub voice: Voice,
    /// When check-in opens, and how long a check-in is on time.
    pub windows: Windows,
    /// How often the code changes.
    pub rotation: Rotation,
    /// How long a result stays on the screen.
    pub result_for: Duration,
    /// The key that takes back what this keyboard has just recorded; no number begins with it.
    pub not_me_key: char,
    /// Staff are signed out after this long without a key.
    pub lock_after: Duration,
    /// The length of a new session, unless another is typed.
    pub session_lasts: Duration,
    /// The venue of this kiosk, and of a new session unless another is typed.
    pub venue: Venue,
    /// The semester of a new session, unless another is typed.
    pub semester: Semester,
    /// The folders that files can be written to.
    pub export_folders: ExportFolders,
    /// Set in a demonstration, where everybody may sign in and leave.
    pub demo: Option<DemoStaff>,
}

/// The sign-in that a demonstration shows on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoStaff {
    /// The staff id of the administrator of the demonstration.
    pub staff_id: String,
    /// The PIN, which protects nothing.
    pub pin: String,
}
