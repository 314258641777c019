//! What is so now in a session: the public board and the lecturer's roster.

use uuid::Uuid;

use super::admission_number::AdmissionNumber;
use super::check_in::{Channel, Flags};
use super::macros::words;
use super::person_name::PersonName;
use super::session::Session;
use super::standing::Standing;
use super::time::Timestamp;

/// How many of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, utoipa::ToSchema)]
pub struct Totals {
    /// Students of the unit.
    pub enrolled: u32,
    /// Checked in on time.
    pub present: u32,
    /// Checked in late.
    pub late: u32,
    /// Not checked in.
    pub absent: u32,
    /// Waiting for the lecturer's approval.
    pub pending: u32,
}

/// One check-in as everybody may see it: no name, and only the tail of the number (feature F4).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Arrival {
    /// Which record.
    pub attendance_id: Uuid,
    /// When.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// The number, masked.
    pub masked_number: String,
    /// Whole minutes late, 0 when on time.
    pub late_minutes: u32,
    /// Whether the lecturer has yet to approve it.
    pub pending: bool,
}

/// What the public screen shows of one open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// The lecture.
    pub session: Session,
    /// The counts.
    pub totals: Totals,
    /// The latest check-ins, newest first.
    pub arrivals: Vec<Arrival>,
}

words! {
    /// A student's mark in one session.
    pub enum Mark {
        /// Checked in on time.
        Present = "present",
        /// Checked in late.
        Late = "late",
        /// Checked in, to be approved.
        Pending = "pending",
        /// Not checked in.
        Absent = "absent",
    }
}

/// One student of the roster.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct RosterLine {
    /// The canonical number.
    pub admission_number: AdmissionNumber,
    /// The name on record; `None` while nobody has given one.
    #[schema(required)]
    pub name: Option<PersonName>,
    /// Their mark in this session.
    pub mark: Mark,
    /// When they checked in.
    #[schema(required)]
    pub at: Option<Timestamp>,
    /// How they checked in.
    #[schema(required)]
    pub channel: Option<Channel>,
    /// Whole minutes late, 0 when on time.
    pub late_minutes: u32,
    /// What the lecturer should see.
    pub flags: Flags,
    /// Their standing in the unit.
    pub standing: Standing,
}

/// Everybody enrolled, absent included, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The lecture.
    pub session: Session,
    /// The counts.
    pub totals: Totals,
    /// The students.
    pub lines: Vec<RosterLine>,
}
