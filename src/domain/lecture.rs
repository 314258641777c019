//! A lecture as the timetable has it, before anybody opens a session for it.

use super::lecturer::StaffId;
use super::session::{SessionId, SessionState, Venue};
use super::time::Timestamp;
use super::unit::UnitCode;

/// A line of a timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedLecture {
    /// Of which unit.
    pub unit: UnitCode,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Where; may be empty.
    pub venue: Venue,
}

/// What has become of a lecture of the timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LectureState {
    /// Nothing yet.
    Planned,
    /// A session was opened for it, by itself or by hand.
    Opened {
        /// Which.
        session: SessionId,
        /// What staff have made of that.
        state: SessionState,
    },
    /// Staff said before its time that it is not held.
    Cancelled,
    /// It could not be opened; tried again every minute until its end.
    Blocked {
        /// Why, in words.
        problem: String,
    },
}

/// A lecture of the timetable, as the lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimetableEntry {
    /// Its number in the timetable.
    pub id: i64,
    /// The unit's code.
    pub unit_code: UnitCode,
    /// The unit's title.
    pub unit_name: String,
    /// Who has charge of the unit.
    pub lecturer_staff_id: StaffId,
    /// Their name.
    pub lecturer_name: String,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Where.
    pub venue: Venue,
    /// What has become of it.
    pub state: LectureState,
}
