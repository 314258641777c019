//! Reading rows.

use rusqlite::Row;

use super::error::StoreError;
use crate::domain::Session;

/// A column that holds what this program never writes.
pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("a row holds an impossible {what}"))
}

/// The columns of a session, for a query on `sessions AS s`, `units AS u`, `lecturers AS l`.
pub(super) const SESSION_COLUMNS: &str = "s.id AS lecture, s.unit AS unit_id, s.uuid AS session_id, \
     u.code AS unit_code, u.name AS unit_name, l.name AS lecturer_name, s.semester, s.number, s.date, \
     s.starts_at, s.ends_at, s.venue, s.state, s.reopened_at";

/// The joins behind [`SESSION_COLUMNS`], after `sessions AS s`.
pub(super) const SESSION_JOINS: &str =
    "JOIN units AS u ON u.id = s.unit JOIN lecturers AS l ON l.id = s.lecturer";

/// A session from a row of [`SESSION_COLUMNS`].
pub(super) fn session(row: &Row<'_>) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.get("session_id")?,
        unit_code: row.get("unit_code")?,
        unit_name: row.get("unit_name")?,
        lecturer_name: row.get("lecturer_name")?,
        semester: row.get("semester")?,
        number: row.get("number")?,
        starts_at: row.get("starts_at")?,
        ends_at: row.get("ends_at")?,
        venue: row.get("venue")?,
        state: row.get("state")?,
        reopened_at: row.get("reopened_at")?,
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
