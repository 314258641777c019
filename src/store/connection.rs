//! Opens connections with this program's settings.

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::error::OpenError;

/// The capacity of each connection's statement cache; the program has fewer statements.
const STATEMENTS_KEPT: usize = 128;

/// For the user of the kiosk alone.
const PRIVATE: u32 = 0o600;

/// A connection that may write; creates the file if there is none. The schema is not changed.
///
/// Only this user may read the file: it holds names and keys. SQLite gives its log the file's permissions.
pub(super) fn open_as_found(path: &Path) -> Result<Connection, OpenError> {
    keep_private(path);
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

/// Takes the file and its log from all other users. Where that cannot be done, opening says why or `kiosk doctor`
/// names it.
fn keep_private(path: &Path) {
    let _ = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE)
        .open(path);
    for suffix in ["", "-wal", "-shm"] {
        let mut part = path.as_os_str().to_owned();
        part.push(suffix);
        let part = Path::new(&part);
        let is_open_to_others = fs::symlink_metadata(part)
            .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o077 != 0);
        if is_open_to_others
            && let Err(error) = fs::set_permissions(part, Permissions::from_mode(PRIVATE))
        {
            tracing::warn!(%error, "other users of this machine may read the database");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_reads_the_database_though_the_folder_is_open() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let path = folder.path().join("kiosk.db");
        drop(Store::open(&path).unwrap());
        assert_eq!(mode(&path), PRIVATE);
        // As an earlier version has left it.
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let _store = Store::open(&path).unwrap();
        assert_eq!(mode(&path), PRIVATE);
        assert_eq!(mode(&folder.path().join("kiosk.db-wal")), PRIVATE);
    }

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
