//! The state of a session now: the public board and the lecturer's roster.

use super::punctuality::Punctuality;
use uuid::Uuid;

use super::admission_number::AdmissionNumber;
use super::check_in::{Channel, Flags};
use super::counting::{AttendanceStatus, CountingPolicy, Mark, Standing, Totals};
use super::person_name::PersonName;
use super::session::Session;
use super::time::Timestamp;

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
    /// The word for them in this session.
    #[serde(rename = "mark")]
    pub status: AttendanceStatus,
    /// Whether they came without being expected.
    pub is_guest: bool,
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
    /// Their standing in the unit; `None` for somebody on no list.
    #[schema(required)]
    pub standing: Option<Standing>,
}

/// Everybody who is expected in a lecture or has come to it, ordered by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    pub session: Session,
    /// By what it is counted.
    pub policy: CountingPolicy,
    pub totals: Totals,
    pub lines: Vec<RosterLine>,
}
