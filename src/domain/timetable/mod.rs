//! An imported timetable: which of its lines are lectures that are known already, and what its report names.
//!
//! Pure rules. The store reads what is known and writes what follows; nothing here knows a file or the database.

mod clashes;
mod matching;
mod report;
mod rooms;

pub use clashes::{ClashOf, Slot, clashes};
pub use matching::{KnownLecture, KnownStage, MatchRules, Matched, Matching, match_lines};
pub use report::{
    LectureChange, Noted, OpenChange, TimetableNote, TimetableRefusal, TimetableReport, is_at_night,
};
pub use rooms::{Room, RoomCount, room_among};

use super::lecture::PlannedLecture;
use super::session::SessionId;

/// A line of a timetable's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimetableLine {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The id of the lecture, where the file has it.
    pub id: Option<SessionId>,
    /// The lecture that the line plans.
    pub lecture: PlannedLecture,
}

/// A timetable to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimetableFile {
    pub lines: Vec<TimetableLine>,
    pub left_over: LeftOver,
}

/// What becomes of lectures that a new file no longer names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOver {
    /// They stay, and the report names them.
    Stays,
    /// They stay, since lines of the file could not be read: a lecture may be on one of those.
    StaysUnread,
    IsCancelled,
}

impl From<Vec<PlannedLecture>> for TimetableFile {
    /// Without ids; what it does not name stays.
    fn from(lectures: Vec<PlannedLecture>) -> Self {
        let line = |(line, lecture)| TimetableLine {
            line,
            id: None,
            lecture,
        };
        Self {
            lines: (1..).zip(lectures).map(line).collect(),
            left_over: LeftOver::Stays,
        }
    }
}
