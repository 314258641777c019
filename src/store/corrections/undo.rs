//! Taking a correction back.

use rusqlite::named_params;

use super::{Act, Stop, UNDOABLE, UNDONE};
use crate::domain::{
    AdmissionNumber, Corrected, CorrectionRefusal, Flag, Flags, Mark, Reason, RecordState,
    SessionId,
};
use crate::store::audit::Link;
use crate::store::row::{self, damaged};
use crate::store::snapshot;

impl Act<'_> {
    pub(super) fn undo(
        &mut self,
        session: SessionId,
        student: Option<&AdmissionNumber>,
        reason: Option<&Reason>,
    ) -> Result<Corrected, Stop> {
        const LINES: &str = "SELECT id, subject, old, new FROM audit_log WHERE id = ?1 OR part_of = ?1 ORDER BY id DESC";
        self.session(session)?;
        let last = self.last_undoable(session, student)?;
        let last = last.ok_or(CorrectionRefusal::NothingToUndo)?;
        let lines = row::collect(&mut self.db.prepare_cached(LINES)?, [last], |row| {
            let text = |column: &str| row.get::<_, Option<String>>(column);
            let subject = row::uuid(&text("subject")?.unwrap_or_default())?;
            let old = text("old")?.as_deref().and_then(snapshot::read);
            let new = text("new")?.as_deref().and_then(snapshot::read);
            let new = new.ok_or_else(|| damaged("line of the log"))?;
            Ok((row.get::<_, i64>("id")?, subject, old, new))
        })?;
        // All of them before the first write.
        for (_, id, ..) in &lines {
            self.may_change(&self.record_by_id(*id)?)?;
        }
        let mut answer = None;
        for (line, id, old, new) in lines {
            let record = self.record_by_id(id)?;
            let after = taken_back(&record.state, old.as_ref(), &new);
            self.write_change(&record, &after, UNDONE, reason, Link::Undoes(line))?;
            answer = Some((id, record.state.mark, after.mark));
        }
        let (id, before, after) = answer.ok_or(CorrectionRefusal::NothingToUndo)?;
        self.answer(id, Some(before), after, true)
    }

    /// The first line of the last act that has not been taken back, of a session or of one student in it.
    fn last_undoable(
        &self,
        session: SessionId,
        student: Option<&AdmissionNumber>,
    ) -> Result<Option<i64>, Stop> {
        let sql = format!(
            "SELECT max(coalesce(l.part_of, l.id)) FROM audit_log AS l
            JOIN attendance AS a ON a.id = l.subject JOIN students AS st ON st.id = a.student_id
            WHERE a.session_id = :session AND (:number IS NULL OR st.admission_number = :number)
                AND l.action IN ('{}')
                AND NOT EXISTS (SELECT 1 FROM audit_log AS later WHERE later.undoes = l.id)",
            UNDOABLE.join("', '")
        );
        let parameters = named_params! {
            ":session": session.to_string(), ":number": student.map(AdmissionNumber::as_str),
        };
        let mut statement = self.db.prepare_cached(&sql)?;
        Ok(statement.query_row(parameters, |row| row.get(0))?)
    }
}

/// What a correction changed is as it was before; what has happened besides stays.
fn taken_back(now: &RecordState, old: Option<&RecordState>, new: &RecordState) -> RecordState {
    fn back<T: PartialEq + Clone>(now: &T, old: &T, new: &T) -> T {
        if old == new { now.clone() } else { old.clone() }
    }
    let Some(old) = old else {
        // There was no record: it stays as evidence.
        return RecordState {
            mark: Mark::Absent,
            ..now.clone()
        };
    };
    let flags = Flag::ALL.into_iter().fold(Flags::NONE, |flags, flag| {
        let [now, old, new] = [now, old, new].map(|state| state.flags.has(flag));
        flags.with_if(back(&now, &old, &new), flag)
    });
    RecordState {
        mark: back(&now.mark, &old.mark, &new.mark),
        at: back(&now.at, &old.at, &new.at),
        channel: back(&now.channel, &old.channel, &new.channel),
        punctuality: back(&now.punctuality, &old.punctuality, &new.punctuality),
        flags,
        percentage: back(&now.percentage, &old.percentage, &new.percentage),
        typed_name: back(&now.typed_name, &old.typed_name, &new.typed_name),
        name: back(&now.name, &old.name, &new.name),
        merged_into: back(&now.merged_into, &old.merged_into, &new.merged_into),
    }
}
