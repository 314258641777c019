//! A lecture as the timetable has it, before anybody opens a session for it.

use super::lecturer::StaffId;
use super::session::{SessionId, SessionState, Venue};
use super::time::Timestamp;
use super::unit::UnitCode;

/// A line of a timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedLecture {
    pub unit: UnitCode,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Where; may be empty.
    pub venue: Venue,
}

/// What has become of a lecture of the timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LectureState {
    Planned,
    /// A session was opened for it, by itself or by hand.
    Opened {
        session: SessionId,
        /// What staff have made of that.
        state: SessionState,
    },
    /// Staff said before its time that it is not held.
    Cancelled,
    /// It could not be opened; tried again every minute until its end.
    Blocked {
        problem: String,
    },
}

/// A lecture of the timetable, as the lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimetableEntry {
    /// Its number in the timetable.
    pub id: i64,
    pub unit_code: UnitCode,
    pub unit_name: String,
    /// Who has charge of the unit.
    pub lecturer_staff_id: StaffId,
    pub lecturer_name: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub venue: Venue,
    /// What has become of it.
    pub state: LectureState,
}
