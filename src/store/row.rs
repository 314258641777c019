//! From columns back to the types of the domain.

use std::time::Duration;

use rusqlite::Row;
use uuid::Uuid;

use super::error::StoreError;
use crate::domain::{
    AdmissionNumber, BootId, PersonName, Semester, Session, SessionId, SessionState, StaffId,
    Timestamp, UnitCode, Uptime, Venue,
};

/// A column that holds what this program never writes.
pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("a row holds an impossible {what}"))
}

pub(super) fn timestamp(text: &str) -> Result<Timestamp, StoreError> {
    Timestamp::parse(text).map_err(|_| damaged("time"))
}

pub(super) fn optional_timestamp(text: Option<String>) -> Result<Option<Timestamp>, StoreError> {
    text.map(|text| timestamp(&text)).transpose()
}

pub(super) fn date(text: &str) -> Result<chrono::NaiveDate, StoreError> {
    text.parse().map_err(|_| damaged("date"))
}

pub(super) fn uuid(text: &str) -> Result<Uuid, StoreError> {
    Uuid::try_parse(text).map_err(|_| damaged("id"))
}

pub(super) fn number(text: &str) -> Result<AdmissionNumber, StoreError> {
    AdmissionNumber::parse(text).map_err(|_| damaged("admission number"))
}

pub(super) fn staff_id(text: &str) -> Result<StaffId, StoreError> {
    StaffId::parse(text).map_err(|_| damaged("staff id"))
}

pub(super) fn unit_code(text: &str) -> Result<UnitCode, StoreError> {
    UnitCode::parse(text).map_err(|_| damaged("unit code"))
}

/// A student's name; empty stands for "not known yet".
pub(super) fn name(text: &str) -> Result<Option<PersonName>, StoreError> {
    if text.is_empty() {
        Ok(None)
    } else {
        PersonName::parse(text)
            .map(Some)
            .map_err(|_| damaged("name"))
    }
}

/// A moment of one run of the machine, from the milliseconds since its start.
pub(super) fn uptime(boot: &BootId, elapsed_ms: u64) -> Uptime {
    Uptime {
        boot: boot.clone(),
        elapsed: Duration::from_millis(elapsed_ms),
    }
}

/// The milliseconds since the machine's start, as they are stored.
pub(super) fn millis(uptime: &Uptime) -> i64 {
    i64::try_from(uptime.elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// The columns of a session, for a query on `attendance_sessions AS s`, `units AS u`, `lecturers AS l`.
pub(super) const SESSION_COLUMNS: &str = "s.id AS session_id, u.code AS unit_code, u.name AS unit_name, \
     l.name AS lecturer_name, s.semester, s.session_number, s.starts_at, s.ends_at, s.venue, s.state, s.reopened_at";

/// The joins behind [`SESSION_COLUMNS`], after `attendance_sessions AS s`.
pub(super) const SESSION_JOINS: &str =
    "JOIN units AS u ON u.id = s.unit_id JOIN lecturers AS l ON l.id = s.lecturer_id";

/// A session from a row of [`SESSION_COLUMNS`].
pub(super) fn session(row: &Row<'_>) -> Result<Session, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    Ok(Session {
        id: SessionId::from_uuid(uuid(&text("session_id")?)?),
        unit_code: unit_code(&text("unit_code")?)?,
        unit_name: text("unit_name")?,
        lecturer_name: text("lecturer_name")?,
        semester: Semester::parse(&text("semester")?).map_err(|_| damaged("semester"))?,
        number: row.get("session_number")?,
        starts_at: timestamp(&text("starts_at")?)?,
        ends_at: timestamp(&text("ends_at")?)?,
        venue: Venue::parse(&text("venue")?).map_err(|_| damaged("venue"))?,
        state: SessionState::parse(&text("state")?).ok_or_else(|| damaged("session state"))?,
        reopened_at: optional_timestamp(row.get("reopened_at")?)?,
    })
}

/// Runs a query and reads each row; the first unreadable one ends it.
pub(super) fn collect<T>(
    statement: &mut rusqlite::CachedStatement<'_>,
    parameters: impl rusqlite::Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// Runs a query for at most one row.
pub(super) fn first<T>(
    statement: &mut rusqlite::CachedStatement<'_>,
    parameters: impl rusqlite::Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut rows = statement.query(parameters)?;
    rows.next()?.map(read).transpose()
}
