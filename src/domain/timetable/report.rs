//! What an import of a timetable changes, and what its report names beside that.

use chrono::{NaiveDate, NaiveTime, Timelike as _};

use super::super::lecture::PlannedLecture;
use super::super::session::Venue;
use super::super::statement::{PlannedTimes, Sitting};
use super::super::time::{Timestamp, Zone};
use super::super::unit_code::UnitCode;
use super::TimetableLine;
use super::clashes::ClashOf;
use super::rooms::RoomCount;

/// What a line of an imported timetable changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LectureChange {
    New,
    /// The lecture is at another start.
    Moved {
        was: PlannedTimes,
    },
    /// The lecture has another end, room or group, or is voluntary or not any more.
    Changed {
        was: PlannedTimes,
    },
    /// An earlier import had cancelled it, since its file did not name it.
    Restored,
    Unchanged,
    /// Staff moved it to another unit: left out.
    MovedAway,
    /// It is over and was not known: left out.
    Past,
}

/// What an import of a timetable changes, or would change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimetableReport {
    /// The lines as they are imported: with the rooms as they are spelled here.
    pub lines: Vec<TimetableLine>,
    /// What each line changes, in the order of `lines`.
    pub changes: Vec<LectureChange>,
    pub notes: Vec<TimetableNote>,
    /// How many lectures of the file are in this kiosk's room.
    pub here: usize,
    /// The others, by room.
    pub elsewhere: Vec<RoomCount>,
}

/// What is named of one lecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimetableNote {
    /// The line of the file; `None`: it does not name the lecture.
    pub line: Option<u64>,
    pub lecture: PlannedLecture,
    pub noted: Noted,
}

/// What there is to say of a lecture of a timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noted {
    /// It is over and was not known: left out.
    Past,
    /// A part of it is between midnight and 06:00.
    Night,
    /// Something that another lecture needs at the same time.
    Clash {
        of: ClashOf,
        with: PlannedLecture,
        /// The other lecture's line; `None`: it was planned before.
        line: Option<u64>,
    },
    /// The room is nearly one in which there is a kiosk.
    NearRoom { known: Venue },
    /// Staff cancelled the lecture, and it stays cancelled.
    StaysCancelled,
    /// Staff changed its times or room, and the file has it as it was before: it stays as they set it.
    StaffChanged,
    /// Staff moved it to another unit: left out.
    MovedAway { unit: UnitCode },
    /// Its id is on another line too, and counts there.
    RepeatedId,
    /// It was opened, and its start stays as it was.
    KeepsStart,
    /// Its session is open and is changed with it.
    SessionChanged,
    /// Its session is open, and staff set another end.
    EndStays,
    /// Its session is open, and would have ended already.
    EndHasPassed,
    /// The file does not name it any more.
    NotInFile,
    /// The file does not name it any more, or on a line that was refused: it is not cancelled.
    NotRead,
    /// The file does not name it any more, and it is cancelled.
    Cancelled,
    /// The file does not name it any more, and its session is open.
    StillOpen,
}

impl Noted {
    /// The word for programs.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Past => "past",
            Self::Night => "night",
            Self::Clash { of, .. } => match of {
                ClashOf::Room => "clash_room",
                ClashOf::Lecturer => "clash_lecturer",
                ClashOf::Class => "clash_class",
            },
            Self::NearRoom { .. } => "near_room",
            Self::StaysCancelled => "stays_cancelled",
            Self::StaffChanged => "staff_changed",
            Self::MovedAway { .. } => "moved_away",
            Self::RepeatedId => "repeated_id",
            Self::KeepsStart => "keeps_start",
            Self::SessionChanged => "session_changed",
            Self::EndStays => "end_stays",
            Self::EndHasPassed => "end_has_passed",
            Self::NotInFile => "not_in_file",
            Self::NotRead => "not_read",
            Self::Cancelled => "cancelled",
            Self::StillOpen => "still_open",
        }
    }
}

/// Why a timetable was not imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimetableRefusal {
    /// Nothing of it is to come.
    #[error("all lectures of the file, from {first} to {last}, are over and not known")]
    Past { first: NaiveDate, last: NaiveDate },
}

/// Whether a part of a lecture is between midnight and 06:00.
#[must_use]
pub fn is_at_night(lecture: &PlannedLecture, zone: Zone) -> bool {
    let (start, end) = (zone.local(lecture.starts_at), zone.local(lecture.ends_at));
    start.hour() < 6 || (end.date() > start.date() && end.time() > NaiveTime::MIN)
}

/// What becomes of an open session whose plan changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenChange {
    pub ends_at: Option<Timestamp>,
    pub venue: Option<Venue>,
    /// Why the end is not the planned one.
    pub stays: Option<Noted>,
}

impl OpenChange {
    /// The start stays: check-ins were judged by it. A later end is taken, unless staff brought it forward (`by_staff`:
    /// they have changed it last); an earlier one only where the session has the planned end; a room only where it is
    /// in the planned one.
    #[must_use]
    pub fn of(
        sitting: &Sitting,
        was: &PlannedTimes,
        plan: &PlannedLecture,
        (by_staff, now): (bool, Timestamp),
    ) -> Self {
        let mut change = Self::default();
        let is_in_its_room = sitting.venue.folded() == was.venue.folded();
        if is_in_its_room && plan.venue.folded() != was.venue.folded() {
            change.venue = Some(plan.venue.clone());
        }
        if plan.ends_at == was.ends_at || plan.ends_at == sitting.ends_at {
            return change;
        }
        if plan.ends_at <= now.max(sitting.starts_at) {
            change.stays = Some(Noted::EndHasPassed);
        } else if sitting.ends_at == was.ends_at
            || (plan.ends_at > sitting.ends_at && !(by_staff && sitting.ends_at < was.ends_at))
        {
            change.ends_at = Some(plan.ends_at);
        } else {
            change.stays = Some(Noted::EndStays);
        }
        change
    }
}
