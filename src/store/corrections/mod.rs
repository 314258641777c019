//! What staff change about a record, the line that it leaves in the log, and what the remotes are owed then.

mod marks;
mod names;
mod reading;
mod undo;
mod writing;

use rusqlite::Connection;
use uuid::Uuid;

use super::Store;
use super::error::StoreError;
use super::event::Event;
use super::rules::Rules;
use crate::domain::{
    AdmissionNumber, Channel, Corrected, Correction, CorrectionOrder, CorrectionRefusal,
    PersonName, Reason, RecordState, SessionId, Timestamp, Uptime,
};

/// Who corrects, and when.
#[derive(Debug, Clone)]
pub struct AuditContext {
    /// A staff id, or `shell`.
    pub actor: String,
    /// Through which door a mark by this hand comes.
    pub channel: Channel,
    pub now: Timestamp,
    /// When, on the time that nobody sets: what is owed from now on is due from then.
    pub monotonic: Timestamp,
    /// Whether the clock that says so has been set by a time server.
    pub clock_trusted: bool,
    /// When, by the machine's count: a time that is not right yet is put right from it.
    pub uptime: Uptime,
}

/// What the log calls each correction.
const MARKED: &str = "attendance.marked";
const CHANGED: &str = "attendance.changed";
const UNMARKED: &str = "attendance.unmarked";
const APPROVED: &str = "attendance.approved";
const MERGED: &str = "attendance.merged";
const NAME_ACCEPTED: &str = "attendance.name_accepted";
const NAME_KEPT: &str = "attendance.name_kept";
const UNDONE: &str = "attendance.undone";

/// Those that [`Store::undo_correction`] takes back.
const UNDOABLE: [&str; 7] = [
    MARKED,
    CHANGED,
    UNMARKED,
    APPROVED,
    MERGED,
    NAME_ACCEPTED,
    NAME_KEPT,
];

impl Store {
    /// Corrects one student's record in one session: the record, the line in the log and what the remotes
    /// are owed then, in one transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is changed then.
    pub async fn correct(
        &self,
        order: CorrectionOrder,
        rules: Rules,
        hand: AuditContext,
    ) -> Result<Result<Corrected, CorrectionRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let mut act = Act {
                db,
                events,
                rules: &rules,
                hand: &hand,
            };
            act.correct(&order)
        })
        .await
    }

    /// Takes the last correction back that has not been taken back yet: of a session, or of one student in
    /// it. What the correction changed is changed back, by a new line in the log.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written; nothing is changed then.
    pub async fn undo_correction(
        &self,
        session: SessionId,
        student: Option<AdmissionNumber>,
        reason: Option<Reason>,
        rules: Rules,
        hand: AuditContext,
    ) -> Result<Result<Corrected, CorrectionRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let mut act = Act {
                db,
                events,
                rules: &rules,
                hand: &hand,
            };
            act.undo(session, student.as_ref(), reason.as_ref())
        })
        .await
    }
}

type Stop = super::error::Stop<CorrectionRefusal>;

impl From<CorrectionRefusal> for Stop {
    fn from(refusal: CorrectionRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A correction under way.
struct Act<'a> {
    db: &'a Connection,
    events: &'a mut Vec<Event>,
    rules: &'a Rules,
    hand: &'a AuditContext,
}

/// A student as a correction finds them.
struct Student {
    id: i64,
    name: Option<PersonName>,
}

/// A record as a correction finds it.
struct Found {
    id: Uuid,
    student_id: i64,
    session: SessionId,
    state: RecordState,
}

impl Act<'_> {
    fn correct(&mut self, order: &CorrectionOrder) -> Result<Corrected, Stop> {
        let session = self.session(order.session)?;
        let number = &order.admission_number;
        let student = self.student(number)?;
        let record = match &student {
            Some(student) => self.record(student.id, session.id)?,
            None => None,
        };
        let reason = order.reason.as_ref();
        if let Correction::Mark(mark) = &order.correction {
            return match record {
                Some(record) => self.mark_again(&session, &record, *mark, reason),
                None => self.mark_new(&session, student, order, *mark),
            };
        }
        let record = match student {
            None => return Err(CorrectionRefusal::UnknownStudent.into()),
            Some(_) => record.ok_or(CorrectionRefusal::NoRecord)?,
        };
        match &order.correction {
            Correction::Unmark => self.unmark(&record, reason),
            Correction::Approve => self.approve(&session, &record, reason),
            Correction::Merge { into } => self.merge(&session, record, into, reason),
            Correction::AcceptName => self.accept_name(&record, reason),
            Correction::Mark(_) | Correction::KeepName => self.keep_name(&record, reason),
        }
    }
}
