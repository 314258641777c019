//! Opens connections with this program's settings.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::error::OpenError;

/// The capacity of each connection's statement cache; the program has fewer statements.
const STATEMENTS_KEPT: usize = 128;

/// A connection that may write; creates the file if there is none. The schema is not changed.
pub(super) fn open_as_found(path: &Path) -> Result<Connection, OpenError> {
    open(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )
}

/// A connection for queries only.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, OpenError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, OpenError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    connection
        .and_then(configured)
        .map_err(|error| OpenError::of(path, error))
}

/// Every write is on disk before it is answered (`synchronous=FULL`: with `NORMAL` a power cut took
/// up to 18 s of acknowledged check-ins). Another process may hold the file for as long as a large import
/// takes on a slow card; a phone gives up after ten seconds, so the wait ends before. There is no memory
/// mapping: a dying card would end the process with SIGBUS.
fn configured(connection: Connection) -> rusqlite::Result<Connection> {
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

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    fn pragmas(db: &Connection) -> [i64; 6] {
        [
            "synchronous",
            "foreign_keys",
            "busy_timeout",
            "trusted_schema",
            "cell_size_check",
            "mmap_size",
        ]
        .map(|name| {
            let sql = format!("PRAGMA {name}");
            let value = db.query_row(&sql, [], |row| row.get(0));
            value.unwrap_or_default()
        })
    }

    #[tokio::test]
    async fn every_commit_is_on_disk_before_it_is_answered() {
        const FULL: i64 = 2;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        let expected = [FULL, 1, 9000, 0, 1, 0];
        let of_the_writer = store.write(|db, _| Ok(pragmas(db))).await.unwrap();
        assert_eq!(of_the_writer, expected);
        let of_a_reader = store.read(|db| Ok(pragmas(db))).await.unwrap();
        assert_eq!(of_a_reader, expected);
    }
}
