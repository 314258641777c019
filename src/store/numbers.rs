//! Students' rows by admission number.

use rusqlite::{Connection, OptionalExtension as _};

use super::error::{Entity, StoreError};
use crate::domain::AdmissionNumber;

/// The row id of a student; `None` when there is none of that number.
pub(super) fn find(db: &Connection, number: &AdmissionNumber) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT id FROM students WHERE admission_number = ?1";
    let mut statement = db.prepare_cached(SQL)?;
    Ok(statement.query_row([number], |row| row.get(0)).optional()?)
}

/// The row id of a student.
pub(super) fn id_of(db: &Connection, number: &AdmissionNumber) -> Result<i64, StoreError> {
    find(db, number)?.ok_or_else(|| StoreError::missing(Entity::Student, number))
}
