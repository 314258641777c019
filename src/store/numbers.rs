//! Students by admission number. Whatever comes under a number that is another student's is looked up here.

use rusqlite::{Connection, OptionalExtension as _};

use super::error::{Entity, StoreError};
use crate::domain::AdmissionNumber;

/// The right number of the student of a number; the number itself where nothing else is known of it.
pub(super) fn right(
    db: &Connection,
    number: &AdmissionNumber,
) -> Result<AdmissionNumber, StoreError> {
    const SQL: &str = "SELECT right.admission_number FROM students AS s JOIN students AS right ON right.id = s.same_as
        WHERE s.admission_number = ?1";
    let mut statement = db.prepare_cached(SQL)?;
    let right = statement.query_row([number], |row| row.get(0)).optional()?;
    Ok(right.unwrap_or_else(|| number.clone()))
}

/// The row id of the student of a number; `None` when there is none.
pub(super) fn find(db: &Connection, number: &AdmissionNumber) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT coalesce(same_as, id) FROM students WHERE admission_number = ?1";
    let mut statement = db.prepare_cached(SQL)?;
    Ok(statement.query_row([number], |row| row.get(0)).optional()?)
}

/// The row id of the student of a number.
pub(super) fn id_of(db: &Connection, number: &AdmissionNumber) -> Result<i64, StoreError> {
    find(db, number)?.ok_or_else(|| StoreError::missing(Entity::Student, number))
}

/// The row id of the number itself, whosever it is.
pub(super) fn exactly(db: &Connection, number: &AdmissionNumber) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT id FROM students WHERE admission_number = ?1";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_row([number], |row| row.get(0)).optional()?;
    found.ok_or_else(|| StoreError::missing(Entity::Student, number))
}
