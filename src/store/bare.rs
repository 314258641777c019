//! The statements of a check-in without thread, queue or savepoint: what the benches compare against.

use std::path::Path;

use super::check_ins::{NewCheckIn, check_in};
use super::error::{OpenError, Stop, StoreError};
use super::rules::Rules;
use super::upgrade::open_for_writing;

/// A database of its own for a bare loop.
#[derive(Debug)]
pub struct BareLoop(rusqlite::Connection);

impl BareLoop {
    /// Opens the database at `path` beside or instead of a [`super::Store`].
    ///
    /// # Errors
    /// [`OpenError`] as [`super::Store::open`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        open_for_writing(path).map(Self)
    }

    /// Writes check-ins, one after another, `per_commit` of them in each transaction.
    ///
    /// # Errors
    /// [`StoreError`] as a check-in.
    pub fn run(
        &self,
        check_ins: &[NewCheckIn],
        rules: &Rules,
        per_commit: usize,
    ) -> Result<(), StoreError> {
        for together in check_ins.chunks(per_commit) {
            self.0.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            for new in together {
                if let Err(Stop::Store(error)) = check_in(&self.0, &mut Vec::new(), new, rules) {
                    return Err(error);
                }
            }
            self.0.prepare_cached("COMMIT")?.execute([])?;
        }
        Ok(())
    }
}

/// Does something to a database that no kiosk would, for a test.
///
/// # Errors
/// [`StoreError`] when SQLite refuses.
#[cfg(test)]
pub(crate) fn execute(path: &Path, sql: &str) -> Result<(), StoreError> {
    let db = rusqlite::Connection::open(path)?;
    Ok(db.execute_batch(sql)?)
}
