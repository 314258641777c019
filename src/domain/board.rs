//! The state of a session now: the public board and the lecturer's roster.

use super::punctuality::Punctuality;
use uuid::Uuid;

use super::admission_number::AdmissionNumber;
use super::check_in::{Channel, Flags};
use super::macros::words;
use super::person_name::PersonName;
use super::session::Session;
use super::standing::Standing;
use super::time::Timestamp;

/// The number of students by their mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, utoipa::ToSchema)]
pub struct Totals {
    /// Students of the unit.
    pub enrolled: u32,
    /// Checked in on time.
    pub present: u32,
    /// Checked in after the on-time window.
    pub late: u32,
    pub absent: u32,
    /// Waiting for the lecturer's approval.
    pub pending: u32,
}

/// One check-in as the public screen shows it: no name, and only the tail of the number (feature F4).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Arrival {
    pub attendance_id: Uuid,
    pub at: Timestamp,
    pub channel: Channel,
    pub masked_number: String,
    /// Whole minutes late, 0 when on time.
    #[serde(rename = "late_minutes")]
    pub punctuality: Punctuality,
    /// Whether the lecturer has yet to approve it.
    pub pending: bool,
}

/// What the public screen shows of one open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    pub session: Session,
    pub totals: Totals,
    /// The latest check-ins, newest first.
    pub arrivals: Vec<Arrival>,
}

words! {
    /// A student's mark in one session.
    pub enum Mark {
        /// Checked in on time.
        Present = "present",
        /// Checked in after the on-time window.
        Late = "late",
        /// Checked in, to be approved.
        Pending = "pending",
        Absent = "absent",
    }
}

impl From<Punctuality> for Mark {
    fn from(punctuality: Punctuality) -> Self {
        match punctuality {
            Punctuality::OnTime => Self::Present,
            Punctuality::Late(_) => Self::Late,
        }
    }
}

/// One student of the roster.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct RosterLine {
    pub admission_number: AdmissionNumber,
    /// The name on record; `None` until one is known.
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
    #[serde(rename = "late_minutes")]
    #[schema(value_type = u32)]
    pub punctuality: Punctuality,
    /// What the lecturer should see.
    pub flags: Flags,
    /// Their standing in the unit.
    pub standing: Standing,
}

/// All enrolled students, absent ones included, ordered by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    pub session: Session,
    pub totals: Totals,
    pub lines: Vec<RosterLine>,
}
