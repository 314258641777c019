//! What in a database lets whoever reads it act for others: keys, PINs, sign-ins. A copy that leaves the machine is
//! made without them, and one that comes back to it gets those that the machine has.

use std::path::Path;

use rusqlite::Connection;

use super::connection::{open_as_found, open_for_reading};
use super::error::OpenError;

/// Takes the secrets out of a copy, so that no byte of them is left in the file.
///
/// A lecture keeps a key, since its codes are derived from one: a random key that no screen has shown.
pub(super) fn remove(copy: &Path) -> Result<(), OpenError> {
    const SQL: &str = "PRAGMA journal_mode = OFF;
        PRAGMA secure_delete = ON;
        DELETE FROM settings WHERE name IN ('signing_key', 'former_signing_key');
        DELETE FROM web_sign_ins;
        UPDATE lecturers SET pin_hash = NULL;
        UPDATE lectures SET code_key = randomblob(32) WHERE code_key IS NOT NULL;
        VACUUM;";
    change(copy, |db| db.execute_batch(SQL))
}

/// Gives a database that has come without secrets those of the database that it replaces, where both are of one kiosk.
///
/// # Errors
/// [`OpenError`] when one of them cannot be used; the first is then as it was.
pub fn bring_back(into: &Path, from: &Path) -> Result<(), OpenError> {
    const SQL: &str = "INSERT OR IGNORE INTO settings (name, value)
            SELECT name, value FROM old.settings WHERE name IN ('signing_key', 'former_signing_key');
        UPDATE lecturers SET pin_hash = (SELECT pin_hash FROM old.lecturers AS o WHERE o.staff_id = lecturers.staff_id)
            WHERE pin_hash IS NULL;
        UPDATE lectures SET code_key = (SELECT code_key FROM old.lectures AS o WHERE o.uuid = lectures.uuid)
            WHERE uuid IN (SELECT uuid FROM old.lectures WHERE code_key IS NOT NULL);";
    // A configured id is not in the database.
    const OF_ONE_KIOSK: &str = "SELECT count(DISTINCT value) <= 1 FROM
        (SELECT value FROM settings WHERE name = 'kiosk_id' UNION ALL SELECT value FROM old.settings WHERE name = 'kiosk_id')";
    change(into, |db| {
        db.execute("ATTACH ?1 AS old", [from.to_string_lossy()])?;
        if db.query_row(OF_ONE_KIOSK, [], |row| row.get(0))? {
            let work = db.unchecked_transaction()?;
            work.execute_batch(SQL)?;
            work.commit()?;
        }
        db.execute_batch("DETACH old")
    })
}

/// Whether a database has the keys and PINs of its kiosk.
///
/// # Errors
/// [`OpenError`] when it cannot be read.
pub fn are_in(path: &Path) -> Result<bool, OpenError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM settings WHERE name = 'signing_key')";
    let found = open_for_reading(path)?.query_row(SQL, [], |row| row.get(0));
    found.map_err(|error| OpenError::of(path, error))
}

fn change(
    path: &Path,
    work: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<(), OpenError> {
    work(&open_as_found(path)?).map_err(|error| OpenError::of(path, error))
}
