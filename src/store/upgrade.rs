//! Opens the writing connection: backs the file up if needed, then brings the schema up to date.

use std::path::Path;

use rusqlite::Connection;

use super::backup::{self, BackupError, Secrets};
use super::connection::open_as_found;
use super::error::OpenError;
use super::schema;

/// The only connection that writes, with its schema up to date.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, OpenError> {
    let mut connection = open_as_found(path)?;
    schema::bring_up_to_date(&mut connection, path, |found| keep_a_copy(path, found))?;
    Ok(connection)
}

/// The copy is named after the schema's step, so that a failed upgrade does not make another one.
fn keep_a_copy(path: &Path, found: usize) -> Result<(), OpenError> {
    let copy = backup::folder(path).join(format!("before-schema-{:04}.db", found + 1));
    match backup::back_up(path, &copy, Secrets::Kept) {
        Ok(_) => {
            tracing::info!(
                schema.version = found,
                "the database was copied before it is brought up to date"
            );
            Ok(())
        }
        // Made by another command a moment ago, or by a start that was interrupted afterwards.
        Err(BackupError::Exists { .. }) if backup::verify(&copy).is_ok() => Ok(()),
        Err(error) => Err(OpenError::NoBackup {
            path: path.to_owned(),
            cause: error.to_string(),
        }),
    }
}
