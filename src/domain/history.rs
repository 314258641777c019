//! The lectures behind a percentage, and why each of them counts or not (feature F6).

use chrono::NaiveDate;

use super::admission_number::AdmissionNumber;
use super::correction::{AuditLine, RecordState};
use super::counting::{CountReason, Counts, LectureFacts, LectureLine, Listing, Standing};
use super::enrolment::Enrolment;
use super::person_name::PersonName;
use super::session::{LectureStage, Semester, Session, SessionId};
use super::time::Timestamp;
use super::unit_code::UnitCode;

/// A lecture of a unit, planned or opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LectureHead {
    pub id: SessionId,
    pub state: LectureStage,
    pub starts_at: Timestamp,
    /// The local date of the start.
    pub date: NaiveDate,
    /// The session that was opened for it; `None`: only the timetable has it.
    pub session: Option<Session>,
}

impl LectureHead {
    /// The head of a lecture that was opened or not.
    #[must_use]
    pub fn new(facts: &LectureFacts, session: Option<Session>) -> Self {
        Self {
            id: facts.id,
            state: facts.state,
            starts_at: facts.starts_at,
            date: facts.date,
            session,
        }
    }

    /// The session's number; `None` for one that was never opened.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.session.as_ref().map(|session| session.number)
    }
}

/// One student's lectures in a unit and semester, with the reason why each counts as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentHistory {
    pub unit: UnitCode,
    pub semester: Semester,
    pub admission_number: AdmissionNumber,
    pub name: Option<PersonName>,
    pub enrolment: Enrolment,
    pub listing: Listing,
    /// What follows from the lectures; `None` for a stranger.
    pub standing: Option<Standing>,
    /// Every lecture, oldest first, including cancelled and future ones.
    pub lectures: Vec<LectureHistory>,
}

impl StudentHistory {
    /// The number of lectures that count as this for a reason.
    #[must_use]
    pub fn count(&self, counts: Counts, reason: CountReason) -> u32 {
        let is_so = |it: &&LectureHistory| (it.line.counts, it.line.reason) == (counts, reason);
        u32::try_from(self.lectures.iter().filter(is_so).count()).unwrap_or(u32::MAX)
    }
}

/// One student in one lecture, and why it counts as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LectureHistory {
    pub lecture: LectureHead,
    /// What it counts for, and why.
    pub line: LectureLine,
    /// The record now; `None` if there never was one.
    pub record: Option<RecordState>,
    /// The record as it was made, if corrections have changed it.
    pub first: Option<RecordState>,
    /// The corrections, oldest first.
    pub corrections: Vec<AuditLine>,
}
