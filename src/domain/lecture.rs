//! Planned lectures: the lines of the timetable, and the sessions that were opened for them.

use super::enrolment::Group;
use super::lecturer::StaffId;
use super::session::{SessionId, SessionRefusal, SessionState, Venue};
use super::statement::PlannedTimes;
use super::time::Timestamp;
use super::unit_code::UnitCode;

/// A line of a timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedLecture {
    pub unit: UnitCode,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Where; may be empty.
    pub venue: Venue,
    /// The parallel group that it is for; `None`: the line does not say.
    pub group: Option<Group>,
    /// Whether nobody is expected; `None`: the line does not say.
    pub voluntary: Option<bool>,
}

impl PlannedLecture {
    /// Whether it is at these times and in this room.
    #[must_use]
    pub fn is_at(&self, times: &PlannedTimes) -> bool {
        (self.starts_at, self.ends_at) == (times.starts_at, times.ends_at)
            && self.venue.is_same_as(&times.venue)
    }
}

/// The state of a planned lecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LectureState {
    Planned,
    /// A session was opened for it, by the scheduler or by hand.
    Opened {
        session: SessionId,
        /// The state of that session.
        state: SessionState,
    },
    /// Staff cancelled it before its time.
    Cancelled,
    /// Its time has passed, and it was not held.
    NotHeld,
    /// It could not be opened; another attempt is made every minute until its end.
    Blocked {
        problem: LectureProblem,
    },
}

/// Why a planned lecture could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LectureProblem {
    Refused(SessionRefusal),
    /// As an earlier version of this program wrote it down.
    Words(String),
}

/// A planned lecture as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimetableEntry {
    /// Its number in the timetable.
    pub id: i64,
    /// Its id, before and after it is opened.
    pub lecture: SessionId,
    pub unit_code: UnitCode,
    pub unit_name: String,
    /// The staff id of the unit's lecturer.
    pub lecturer_staff_id: StaffId,
    pub lecturer_name: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub venue: Venue,
    /// What has become of it.
    pub state: LectureState,
}
