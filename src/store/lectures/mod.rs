//! Lectures: what the timetable plans, and what is or was held. A *session* is a lecture that was opened.

mod editing;
mod entering;
mod opening;
mod reading;
mod timetable;
mod timetable_import;

use std::time::Duration;

use chrono::NaiveDate;
use rusqlite::{Connection, named_params};

use super::acts::Act;
use super::error::{Entity, StoreError};
use super::plan::{self, REPLACED};
use super::publications;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS, damaged};
use crate::domain::{
    LectureFact, Semester, Session, SessionId, SessionKey, Sitting, Statement, Timestamp,
};

pub(super) use editing::{clashes_beside, commit_followed};
pub use entering::PastLecture;
pub(super) use entering::{enter, undo_entry};

pub use opening::{Audience, LectureSettled, NewSession};
pub use timetable::OpeningRules;

/// A session with the key of its codes.
#[derive(Debug, Clone)]
pub struct CodedSession {
    pub session: Session,
    pub key: SessionKey,
    pub opened_at: Timestamp,
}

/// A session that begins this close to a planned lecture, in the same unit and room, is taken for that lecture,
/// opened by hand.
const SAME_LECTURE: Duration = Duration::from_secs(30 * 60);

/// A session as the store's own rules need it.
pub(super) struct Opened {
    pub(super) id: i64,
    pub(super) unit: i64,
    /// The local date of its start.
    pub(super) date: NaiveDate,
    pub(super) session: Session,
    pub(super) key: SessionKey,
    pub(super) since: Timestamp,
}

impl From<Opened> for CodedSession {
    fn from(opened: Opened) -> Self {
        Self {
            session: opened.session,
            key: opened.key,
            opened_at: opened.since,
        }
    }
}

fn opened(row: &rusqlite::Row<'_>) -> Result<Opened, StoreError> {
    Ok(Opened {
        id: row.get("lecture")?,
        unit: row.get("unit_id")?,
        date: row.get("date")?,
        session: row::session(row)?,
        key: SessionKey::from_bytes(row.get("code_key")?),
        since: row.get("opened_at")?,
    })
}

/// The session of an id.
pub(super) fn find(db: &Connection, id: SessionId) -> Result<Opened, StoreError> {
    look_for(db, id)?.ok_or_else(|| StoreError::missing(Entity::Session, &id))
}

/// The session of an id; `None` when there is none.
pub(super) fn look_for(db: &Connection, id: SessionId) -> Result<Option<Opened>, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS}, s.code_key, s.opened_at
        FROM sessions AS s {SESSION_JOINS} WHERE s.uuid = ?1"
    );
    row::first(&mut db.prepare_cached(&sql)?, [id], opened)
}

/// The open sessions, earliest start first.
pub(super) fn open(db: &Connection) -> Result<Vec<Opened>, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS}, s.code_key, s.opened_at FROM sessions AS s {SESSION_JOINS}
        WHERE s.state = 'open' ORDER BY s.starts_at, s.uuid"
    );
    row::collect(&mut db.prepare_cached(&sql)?, [], opened)
}

/// A lecture as it was said to be, opened or not.
pub(super) fn fact(db: &Connection, id: SessionId) -> Result<LectureFact, StoreError> {
    match plan::said(db, "lecture", &id)? {
        Some(Statement::Lecture(_, fact)) => Ok(*fact),
        _ => Err(StoreError::missing(Entity::Session, &id)),
    }
}

/// What a lecture was said to be when an act was made, once it was opened, and since.
pub(super) fn facts_since(
    db: &Connection,
    id: SessionId,
    act: i64,
) -> Result<Vec<LectureFact>, StoreError> {
    const SQL: &str = "SELECT value FROM statements WHERE kind = 'lecture' AND key = :id
            AND json_extract(value, '$.sitting') IS NOT NULL AND act >= coalesce((SELECT max(before.act)
                FROM statements AS before WHERE before.kind = 'lecture' AND before.key = :id AND before.act < :act), 0)";
    let key = id.to_string();
    let parameters = rusqlite::named_params! { ":id": key, ":act": act };
    row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        Ok(fact_of(&key, &row.get::<_, String>(0)?)?.1)
    })
}

/// What an act said of lectures: what was in force before, and what it said.
fn facts_said(
    db: &Connection,
    act: i64,
) -> Result<Vec<(SessionId, Option<LectureFact>, LectureFact)>, StoreError> {
    let sql = format!(
        "SELECT m.key, m.value, {REPLACED} AS before FROM statements AS m WHERE m.act = ?1 AND m.kind = 'lecture'"
    );
    row::collect(&mut db.prepare_cached(&sql)?, [act], |row| {
        let (key, value): (String, String) = (row.get("key")?, row.get("value")?);
        let before: Option<String> = row.get("before")?;
        let before = before.map(|before| fact_of(&key, &before)).transpose()?;
        let (id, after) = fact_of(&key, &value)?;
        Ok((id, before.map(|(_, fact)| fact), after))
    })
}

/// The lecture of a statement, and what it says.
fn fact_of(key: &str, value: &str) -> Result<(SessionId, LectureFact), StoreError> {
    match Statement::parse("lecture", key, value) {
        Ok(Statement::Lecture(id, fact)) => Ok((id, *fact)),
        _ => Err(damaged("statement")),
    }
}

/// The sitting of a lecture that was opened.
pub(super) fn sitting(fact: &mut LectureFact) -> Result<&mut Sitting, StoreError> {
    let sitting = fact.sitting.as_mut();
    sitting.ok_or_else(|| damaged("session that was never opened"))
}

/// Commits an act that makes a session what `change` makes of it, and tells the other kiosks.
pub(super) fn change(
    db: &Connection,
    id: SessionId,
    act: Act,
    change: impl FnOnce(&mut LectureFact, &mut Sitting),
) -> Result<(), StoreError> {
    let mut fact = fact(db, id)?;
    let mut sitting = sitting(&mut fact)?.clone();
    change(&mut fact, &mut sitting);
    fact.sitting = Some(sitting);
    plan::state(db, act, Statement::Lecture(id, Box::new(fact)))?;
    publications::queue(db, id)
}

/// The session of a unit that begins at a moment, and its number; `None` where none does.
pub(super) fn at_start(
    db: &Connection,
    unit: i64,
    (semester, date, starts_at): (&Semester, NaiveDate, Timestamp),
) -> Result<Option<(SessionId, u32)>, StoreError> {
    const SQL: &str = "SELECT uuid, number FROM sessions
        WHERE unit = :unit AND semester = :semester AND date = :date AND starts_at = :starts_at";
    let parameters = named_params! {
        ":unit": unit, ":semester": semester, ":date": date, ":starts_at": starts_at,
    };
    row::first(&mut db.prepare_cached(SQL)?, parameters, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Whether no other session of a unit begins at a moment.
pub(super) fn is_free(
    db: &Connection,
    unit: i64,
    id: SessionId,
    start: (&Semester, NaiveDate, Timestamp),
) -> Result<bool, StoreError> {
    Ok(at_start(db, unit, start)?.is_none_or(|(other, _)| other == id))
}

/// Whether a session begins at another time than when an act was committed.
pub(super) fn has_moved_since(
    db: &Connection,
    session: &Session,
    act: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT json_extract(value, '$.sitting.starts_at') FROM statements
        WHERE kind = 'lecture' AND key = ?1 AND act < ?2 ORDER BY stamp_at DESC, id DESC LIMIT 1";
    let id = session.id.to_string();
    let then: Option<Option<String>> =
        row::first(&mut db.prepare_cached(SQL)?, (id, act), |row| {
            Ok(row.get(0)?)
        })?;
    let then = then.flatten().and_then(|text| Timestamp::parse(&text).ok());
    Ok(then.is_some_and(|then| then != session.starts_at))
}
