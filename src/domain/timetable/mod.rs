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

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};

use super::lecture::PlannedLecture;
use super::session::SessionId;

/// A lecture that begins in the evening may end after midnight; one that seems to last longer than this
/// has its times the wrong way round.
const LONGEST_NIGHT: TimeDelta = TimeDelta::hours(12);

/// When a lecture ends of which the time of day is written, on the day of its start or the next; `None`: it ends before
/// it starts.
#[must_use]
pub fn end_of(starts: NaiveDateTime, end: NaiveTime) -> Option<NaiveDateTime> {
    let same_day = starts.date().and_time(end);
    if same_day > starts {
        return Some(same_day);
    }
    let next_day = same_day.checked_add_signed(TimeDelta::days(1))?;
    (next_day - starts <= LONGEST_NIGHT).then_some(next_day)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evening_lecture_ends_after_midnight_and_a_morning_one_does_not_end_before_it_starts() {
        let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let end = |start, end| end_of(date.and_time(hour(start)), hour(end));
        let next = date.succ_opt().unwrap();
        assert_eq!(end(9, 11), Some(date.and_time(hour(11))));
        assert_eq!(end(22, 1), Some(next.and_time(hour(1))));
        assert_eq!(end(10, 9), None);
    }
}
