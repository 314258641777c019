//! Connections as this program wants them.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::error::{OpenError, StoreError};
use super::schema;

/// Prepared statements kept per connection; the program has fewer than this.
const STATEMENTS_KEPT: usize = 128;

/// The only connection that writes, with its schema up to date.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(path, flags).map_err(|source| refused(path, source))?;
    schema::bring_up_to_date(&mut connection, path)?;
    Ok(connection)
}

/// A connection for queries only.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    open(path, flags).map_err(|source| refused(path, source))
}

fn refused(path: &Path, source: StoreError) -> OpenError {
    OpenError::Store {
        path: path.to_owned(),
        source,
    }
}

/// Every write is on disk before it is answered (`synchronous=FULL`: with `NORMAL` a power cut took
/// up to 18 s of acknowledged check-ins). Another process may hold the file for as long as a large import
/// takes on a slow card; a phone gives up after ten seconds, so the wait ends before. No memory mapping: a dying card would kill the process with SIGBUS.
fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(
        "PRAGMA busy_timeout = 9000;
         PRAGMA foreign_keys = ON;
         PRAGMA synchronous = FULL;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA journal_size_limit = 8388608;",
    )?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}
