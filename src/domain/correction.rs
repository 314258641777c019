//! What staff put right by hand: a mark, a name, and the trail that it leaves.

use super::punctuality::Punctuality;
use uuid::Uuid;

use super::admission_number::{AdmissionNumber, InvalidAdmissionNumber};
use super::board::Mark;
use super::check_in::{Channel, Flags, Receipt};
use super::macros::line_of_text;
use super::percentage::Percentage;
use super::person_name::PersonName;
use super::session::{Session, SessionId};
use super::text::{InvalidText, clean_line};
use super::time::Timestamp;

/// How staff mark a student who is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandMark {
    /// In time.
    Present,
    /// Late.
    Late {
        /// By how much; `None` counts from the start of the lecture to the record, or to now.
        minutes: Option<u32>,
    },
}

/// What staff change about one student in one session (feature F3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correction {
    /// Here: makes a record, approves a pending one, turns late into on time and back.
    Mark(HandMark),
    /// Not here: the record stays as evidence and counts no more. Turns a pending one down.
    Unmark,
    /// A pending record counts.
    Approve,
    /// A pending record under an unknown number belongs to this student.
    Merge {
        /// Whose it is.
        into: AdmissionNumber,
    },
    /// The name that was typed is the right one, and becomes the roster's.
    AcceptName,
    /// The roster's name is the right one.
    KeepName,
}

line_of_text! {
    /// Why something was changed, for the audit log.
    pub struct Reason
}

impl Reason {
    /// The longest reason, in characters: a sentence or two.
    pub const MAX_CHARS: usize = 200;

    /// Reads a reason as typed; nothing but blanks is no reason.
    ///
    /// # Errors
    /// [`InvalidText`] when it is too long or cannot be shown.
    pub fn parse(raw: &str) -> Result<Option<Self>, InvalidText> {
        match clean_line(raw, Self::MAX_CHARS) {
            Ok(text) => Ok(Some(Self(text))),
            Err(InvalidText::Empty) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A correction, and whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionOrder {
    /// In which session.
    pub session: SessionId,
    /// Whose record.
    pub admission_number: AdmissionNumber,
    /// What is changed.
    pub correction: Correction,
    /// The name of a student who is on no list yet; only for [`Correction::Mark`].
    pub name: Option<PersonName>,
    /// Why; needed wherever a mark that stands, or stood, is changed.
    pub reason: Option<Reason>,
}

/// What staff can change of a record, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordState {
    /// The mark; [`Mark::Absent`] when it was taken back.
    pub mark: Mark,
    /// When the student was recorded.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// On time, or late by minutes.
    pub punctuality: Punctuality,
    /// What the lecturer should see.
    pub flags: Flags,
    /// Of the planned lessons, as it was then.
    pub percentage: Percentage,
    /// What the student typed where it is not the roster's name.
    pub typed_name: Option<PersonName>,
    /// The student's name on record.
    pub name: Option<PersonName>,
    /// Whose it turned out to be, once it has been merged.
    pub merged_into: Option<AdmissionNumber>,
}

/// What became of a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// The record as it stands now; after a merge, that of the student whom it belongs to.
    pub receipt: Receipt,
    /// The mark before; `None` when there was no record.
    pub before: Option<Mark>,
    /// The mark now.
    pub mark: Mark,
    /// Whether anything is different: what is so already is no error and leaves no line in the log.
    pub changed: bool,
    /// Whether the portal has been told of a record that does not stand any more: it has no call for that,
    /// and somebody has to take it out there by hand.
    pub portal_by_hand: bool,
}

/// The answer to every correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorrectionAnswer {
    /// It is so, and on disk.
    Done(Box<Corrected>),
    /// Nothing was changed.
    Refused(CorrectionRefusal),
}

/// Why nothing was corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorrectionRefusal {
    /// There is no such session.
    NoSession,
    /// The session was cancelled: nobody can have been there.
    SessionCancelled,
    /// The session's check-in has not begun.
    NotYetOpen {
        /// When it will.
        opens_at: Timestamp,
    },
    /// The number is on no list here; a name would add it.
    UnknownStudent,
    /// The number is on no list here, and cannot be added: it is none of this school's.
    InvalidNumber(InvalidAdmissionNumber),
    /// The student has no record in this session.
    NoRecord,
    /// The record is not waiting for approval.
    NotPending,
    /// The student typed no name but the roster's.
    NoTypedName,
    /// A mark that stands, or stood, is changed only with a reason.
    ReasonNeeded,
    /// Another kiosk made the record, and it is corrected there.
    OtherKiosk {
        /// Which.
        kiosk_id: String,
    },
    /// There is nothing to be taken back.
    NothingToUndo,
}

/// What a line of the log says has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A record.
    Record {
        /// As it was; `None` when there was none.
        before: Option<Box<RecordState>>,
        /// As it was from then on.
        after: Box<RecordState>,
    },
    /// Anything else, in words.
    Words {
        /// Before.
        old: Option<String>,
        /// From then on.
        new: Option<String>,
    },
}

/// Whose record a line of the log is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSubject {
    /// Which record.
    pub attendance_id: Uuid,
    /// Whose.
    pub admission_number: AdmissionNumber,
    /// Their name now.
    pub name: Option<PersonName>,
    /// In which session.
    pub session: Session,
}

/// A line of the append-only log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// Its number; later lines have higher ones.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// A staff id, `shell` or `kiosk`.
    pub actor: String,
    /// Such as `attendance.unmarked`.
    pub action: String,
    /// The id of what was changed.
    pub subject: String,
    /// Whose record it is, where it is one.
    pub record: Option<AuditSubject>,
    /// What is different.
    pub change: Change,
    /// Why.
    pub reason: Option<String>,
    /// The line that this one takes back.
    pub undoes: Option<i64>,
}

/// Which lines of the log are asked for; what is left out is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By whom: the beginning of an actor, so that `shell` finds every user of it.
    pub actor: Option<String>,
    /// What was done: an action, or its first word such as `attendance`.
    pub action: Option<String>,
    /// About a session and its records.
    pub session: Option<SessionId>,
    /// About a student's records.
    pub student: Option<AdmissionNumber>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Lines older than this one: the last that the page before showed.
    pub before: Option<i64>,
    /// The most lines.
    pub limit: u32,
}

/// A record that the portal was told of and that does not stand any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalCorrection {
    /// Which record.
    pub attendance_id: Uuid,
    /// Whose.
    pub admission_number: AdmissionNumber,
    /// Their name.
    pub name: Option<PersonName>,
    /// In which session.
    pub session: Session,
    /// When the student was recorded.
    pub checked_in_at: Timestamp,
    /// When it was taken back; `None` while it waits for approval again.
    pub voided_at: Option<Timestamp>,
    /// Whether the portal is known to have it; otherwise a try brought no answer and it may have it.
    pub is_certain: bool,
    /// What the portal calls it, where it said so.
    pub portal_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_no_reason_and_an_essay_is_too_long() {
        let read = |text: &str| Reason::parse(text).map(|reason| reason.map(|r| r.0));
        assert_eq!(read(" \t ".trim()), Ok(None));
        assert_eq!(read("  was  ill "), Ok(Some("was ill".to_owned())));
        assert!(read(&"x".repeat(201)).is_err());
        assert!(read("\u{1b}[2J").is_err());
    }
}
