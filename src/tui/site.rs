//! The settings that the screen needs.

use std::time::Duration;

use crate::domain::{Rotation, Semester, Venue, Windows};
use crate::services::export::Shelf;
use crate::words::Voice;

/// The settings that the screen needs.
#[derive(Debug, Clone)]
pub struct Site {
    /// The kiosk's name.
    pub name: String,
    /// How people at this screen are spoken to.
    pub voice: Voice,
    /// When check-in opens, and how long one is on time.
    pub windows: Windows,
    /// How the code changes.
    pub rotation: Rotation,
    /// How long a result stays.
    pub result_for: Duration,
    /// The attendance that the school asks for.
    pub required_percent: u32,
    /// After how long without a key staff are signed out.
    pub lock_after: Duration,
    /// How long sessions that are opened here last.
    pub session_lasts: Duration,
    /// Where sessions that are opened here are held.
    pub venue: Venue,
    /// The semester of sessions that are opened here.
    pub semester: Semester,
    /// The folders that files can be written to.
    pub shelf: Shelf,
    /// Set in a demonstration, where everybody may sign in and leave.
    pub demo: Option<DemoStaff>,
}

/// The sign-in that a demonstration shows openly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoStaff {
    /// The staff id.
    pub staff_id: String,
    /// The PIN; it protects nothing.
    pub pin: String,
}
