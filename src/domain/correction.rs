//! Corrections by staff to a mark or a name, and the audit log of them.

use super::punctuality::Punctuality;
use uuid::Uuid;

use super::admission_number::{AdmissionNumber, InvalidAdmissionNumber};
use super::check_in::{Channel, Flag, Flags, Receipt};
use super::counting::Mark;
use super::macros::line_of_text;
use super::percentage::Percentage;
use super::person_name::PersonName;
use super::session::{Session, SessionId};
use super::text::{InvalidText, clean_line};
use super::time::Timestamp;
use super::unit_code::UnitCode;

/// How staff mark a student who is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandMark {
    Present,
    Late {
        /// `None`: from the start of the lecture to the record, or to now.
        minutes: Option<u32>,
    },
}

/// What staff change about one student in one session (feature F3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correction {
    /// Present or late: creates a record, approves a pending one, or changes late to on time and back.
    Mark(HandMark),
    /// Absent: the record stays as evidence and no longer counts. Rejects a pending one.
    Unmark,
    /// A pending record counts.
    Approve,
    /// A pending record under an unknown number belongs to this student.
    Merge { into: AdmissionNumber },
    /// The typed name replaces the roster's.
    AcceptName,
    /// The roster's name stays; the typed one is dropped.
    KeepName,
}

line_of_text! {
    /// Why something was changed, for the audit log.
    pub struct Reason
}

impl Reason {
    /// The longest reason, in characters.
    pub const MAX_CHARS: usize = 200;

    /// Reads a reason as typed; `None` for an empty one.
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

/// A correction of one student's record in one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionOrder {
    pub session: SessionId,
    pub admission_number: AdmissionNumber,
    pub correction: Correction,
    /// The name of a student who is on no list yet; only for [`Correction::Mark`].
    pub name: Option<PersonName>,
    /// Required to change a mark that counts or has counted.
    pub reason: Option<Reason>,
}

/// What staff can change of a record, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordState {
    /// [`Mark::Removed`] once staff have removed it.
    pub mark: Mark,
    /// When the student was recorded.
    pub at: Timestamp,
    pub channel: Channel,
    /// On time, or late by minutes.
    pub punctuality: Punctuality,
    /// What the lecturer should see.
    pub flags: Flags,
    /// Of the planned lessons, at the time of the record; `None` while it counts for nobody.
    pub percentage: Option<Percentage>,
    /// The name as typed, where it differs from the roster's.
    pub typed_name: Option<PersonName>,
    /// The student's name on record.
    pub name: Option<PersonName>,
    /// The student whom it was assigned to by a merge.
    pub merged_into: Option<AdmissionNumber>,
}

impl RecordState {
    /// What a correction changed is as it was before; what has happened besides stays.
    #[must_use]
    pub fn taken_back(&self, old: Option<&Self>, new: &Self) -> Self {
        fn back<T: PartialEq + Clone>(now: &T, old: &T, new: &T) -> T {
            if old == new { now.clone() } else { old.clone() }
        }
        let Some(old) = old else {
            // There was no record: it stays as evidence.
            return Self {
                mark: Mark::Removed,
                ..self.clone()
            };
        };
        let flags = Flag::ALL.into_iter().fold(Flags::NONE, |flags, flag| {
            let [now, old, new] = [self, old, new].map(|state| state.flags.has(flag));
            flags.with_if(back(&now, &old, &new), flag)
        });
        Self {
            mark: back(&self.mark, &old.mark, &new.mark),
            at: back(&self.at, &old.at, &new.at),
            channel: back(&self.channel, &old.channel, &new.channel),
            punctuality: back(&self.punctuality, &old.punctuality, &new.punctuality),
            flags,
            // Once made it stays: what a remote has is taken back with it.
            percentage: old.percentage.or(self.percentage),
            typed_name: back(&self.typed_name, &old.typed_name, &new.typed_name),
            name: back(&self.name, &old.name, &new.name),
            merged_into: back(&self.merged_into, &old.merged_into, &new.merged_into),
        }
    }

    /// Whether it counts as attendance, and is told to the remotes.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.mark.has_come() && self.percentage.is_some()
    }
}

/// The result of a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// The record after the correction; after a merge, the record of the student whom it was assigned to.
    pub receipt: Receipt,
    /// The previous mark; `None` without a record.
    pub before: Option<Mark>,
    pub mark: Mark,
    /// Whether anything changed: a correction to the present state is no error and is not logged.
    pub changed: bool,
    /// How many other records the same correction changed: those of a list.
    pub others: usize,
    /// Whether the portal holds a record that no longer counts: its API cannot remove records, so a person has
    /// to do it there.
    pub portal_by_hand: bool,
}

/// Why nothing was corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorrectionRefusal {
    /// There is no such session.
    NoSession,
    /// The session was cancelled, so no student can have attended it.
    SessionCancelled,
    /// The session's check-in has not begun.
    NotYetOpen { opens_at: Timestamp },
    /// The number is on no roster; with a name it could be added.
    UnknownStudent,
    /// The number is on no roster and does not have the form of this school's numbers.
    InvalidNumber(InvalidAdmissionNumber),
    /// The student has no record in this session.
    NoRecord,
    /// The record is not waiting for approval.
    NotPending,
    /// The student typed no other name than the roster's.
    NoTypedName,
    /// A mark that counts or has counted is changed only with a reason.
    ReasonNeeded,
    /// Another kiosk made the record; it is corrected there.
    OtherKiosk { kiosk_id: String },
    /// No correction is left to undo.
    NothingToUndo,
}

/// The change that a line of the audit log describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Record {
        /// The state before; `None` without a record.
        before: Option<Box<RecordState>>,
        /// The state after the change.
        after: Box<RecordState>,
    },
    /// Any other change, as text.
    Words {
        old: Option<String>,
        new: Option<String>,
    },
}

/// The record that a line of the audit log is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSubject {
    pub attendance_id: Uuid,
    pub admission_number: AdmissionNumber,
    pub name: Option<PersonName>,
    pub session: Session,
}

/// A line of the append-only audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// Increases with each line.
    pub id: i64,
    pub at: Timestamp,
    /// A staff id, `shell`, `kiosk`, or a door: `keypad`, `phone:` with the beginning of its mark.
    pub actor: String,
    /// Such as `attendance.unmarked`.
    pub action: String,
    /// The id of what was changed.
    pub subject: String,
    /// The attendance record, where the subject is one.
    pub record: Option<AuditSubject>,
    pub change: Change,
    pub reason: Option<String>,
    /// The line that this one undoes.
    pub undoes: Option<i64>,
}

/// Selects lines of the audit log; a field that is `None` selects all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// A prefix of the actor, so that `shell` finds every user of the shell.
    pub actor: Option<String>,
    /// An action, or its first word such as `attendance`.
    pub action: Option<String>,
    /// About a session and its records.
    pub session: Option<SessionId>,
    /// About a student's records.
    pub student: Option<AdmissionNumber>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment, which is left out.
    pub until: Option<Timestamp>,
    /// Only lines older than this one, the last of the previous page.
    pub before: Option<i64>,
    pub limit: u32,
}

/// A record that the portal holds, or may hold, and that no longer counts, or is of another unit now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalCorrection {
    pub attendance_id: Uuid,
    pub admission_number: AdmissionNumber,
    pub name: Option<PersonName>,
    pub session: Session,
    /// When the student was recorded.
    pub checked_in_at: Timestamp,
    /// When it was removed; `None` while it waits for approval again.
    pub voided_at: Option<Timestamp>,
    /// Whether the portal has confirmed it; otherwise an attempt had no answer, and the portal may have it.
    pub is_certain: bool,
    /// The unit that the portal was told, where its lecture has gone to another one since.
    pub told_unit: Option<UnitCode>,
    /// The portal's id of it, where its answer had one.
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
