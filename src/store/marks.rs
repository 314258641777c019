//! What was said of records: the statements about marks, and what each one replaced.

use rusqlite::Connection;

use super::error::StoreError;
use super::plan::REPLACED;
use super::row::{self, damaged};
use crate::domain::{AdmissionNumber, RecordState, SessionId, Statement};

/// What the log calls each correction.
pub(super) const MARKED: &str = "attendance.marked";
pub(super) const MERGED: &str = "attendance.merged";
pub(super) const CHANGED: &str = "attendance.changed";
pub(super) const UNMARKED: &str = "attendance.unmarked";
pub(super) const APPROVED: &str = "attendance.approved";
pub(super) const NAME_ACCEPTED: &str = "attendance.name_accepted";
pub(super) const NAME_KEPT: &str = "attendance.name_kept";
pub(super) const UNDONE: &str = "attendance.undone";
/// What a door says of its own record.
pub(super) const TAKEN_BACK: &str = "attendance.taken_back";
pub(super) const PUT_BACK: &str = "attendance.put_back";
/// What a repeat says of a record: another name was typed with the number.
pub(super) const NAME_TYPED: &str = "attendance.name_typed";
/// What a check-in says of a record that was taken back: it is the student's after all.
pub(super) const CHECKED_IN: &str = "attendance.checked_in";

/// Whether staff have decided if a record is late, in another act than `besides`.
pub(super) fn staff_judged(
    db: &Connection,
    session: SessionId,
    number: &AdmissionNumber,
    besides: Option<i64>,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM statements AS m JOIN acts AS a ON a.id = m.act
        WHERE m.kind = 'mark' AND m.key = ?1 AND (a.action IN (?2, ?3)
                OR (a.action = ?4 AND json_extract(m.value, '$.merged_into') IS NULL))
            AND a.id IS NOT ?5 AND NOT EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)";
    let key = format!("{session}\t{number}");
    Ok(db
        .prepare_cached(SQL)?
        .exists((key, MARKED, CHANGED, MERGED, besides))?)
}

/// What an act said of a record, and what was in force before.
pub(super) struct Said {
    pub(super) session: SessionId,
    pub(super) number: AdmissionNumber,
    /// `None`: there was no record.
    pub(super) before: Option<RecordState>,
    pub(super) after: RecordState,
}

/// What an act said of records, latest first.
pub(super) fn statements_of(db: &Connection, act: i64) -> Result<Vec<Said>, StoreError> {
    let sql = format!(
        "SELECT m.key, m.value, coalesce({REPLACED}, own.seen) AS before FROM statements AS m
        LEFT JOIN lectures AS l ON l.uuid = {LECTURE_OF_KEY}
        LEFT JOIN students AS st ON st.admission_number = {NUMBER_OF_KEY}
        LEFT JOIN records AS own ON own.lecture = l.id AND own.student = st.id AND own.kiosk = 0
        WHERE m.act = ?1 AND m.kind = 'mark' ORDER BY m.id DESC"
    );
    row::collect(&mut db.prepare_cached(&sql)?, [act], |row| {
        let (key, value): (String, String) = (row.get("key")?, row.get("value")?);
        let Ok(Statement::Mark(session, number, after)) = Statement::parse("mark", &key, &value)
        else {
            return Err(damaged("statement"));
        };
        Ok(Said {
            session,
            number,
            before: before(row)?,
            after: *after,
        })
    })
}

/// The lecture in the key of a statement `m` about a mark, as it is stored.
pub(super) const LECTURE_OF_KEY: &str = "unhex(replace(substr(m.key, 1, 36), '-', ''))";
/// The admission number in it.
pub(super) const NUMBER_OF_KEY: &str = "substr(m.key, 38)";
/// The state in the column `before`, which has the value that a statement replaced, or what the door saw; `None`: there
/// was no record.
pub(super) fn before(row: &rusqlite::Row<'_>) -> Result<Option<RecordState>, StoreError> {
    let text: Option<String> = row.get("before")?;
    serde_json::from_str(text.as_deref().unwrap_or("null")).map_err(|_| damaged("statement"))
}

/// Between which keys the statements about the records of a lecture, or of one student in it, are: from the first one,
/// before the second.
pub(super) fn keys_of(session: SessionId, number: Option<&AdmissionNumber>) -> (String, String) {
    match number {
        Some(number) => (
            format!("{session}\t{number}"),
            format!("{session}\t{number}\0"),
        ),
        None => (format!("{session}\t"), format!("{session}\n")),
    }
}
