//! A mark beside the database that says how an orderly stop left it.
//!
//! After a power cut, or when anybody has written to it since, the whole database is read before it is used.
//! That takes seconds on a memory card after years of use, and after an orderly stop it would find nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::data_dir::DataDir;
use crate::store::backup;

/// Puts the mark, once the database is closed. Without one the next start takes longer, and that is all.
pub(super) fn put(data_dir: &Path) -> io::Result<()> {
    let database = DataDir::at(data_dir).database();
    let Some(state) = state(&database)? else {
        return Ok(());
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(DataDir::at(data_dir).stop_mark())?;
    writeln!(file, "{state}")?;
    file.sync_all()
}

/// Takes the mark away, and says whether the database is as it was then.
///
/// Away first, and on the disk: a start that is cut off leaves no mark.
pub(super) fn take(data_dir: &Path) -> bool {
    let mark = DataDir::at(data_dir).stop_mark();
    let Ok(marked) = fs::read_to_string(&mark) else {
        return false;
    };
    let is_gone = fs::remove_file(&mark).and_then(|()| backup::sync_folder_of(&mark));
    let state = state(&DataDir::at(data_dir).database()).ok().flatten();
    is_gone.is_ok() && state.is_some_and(|state| state == marked.trim_end())
}

/// Which file it is, how long, and when it was written last; `None` while part of it is in a log beside it.
fn state(database: &Path) -> io::Result<Option<String>> {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    match fs::metadata(log) {
        Ok(log) if log.len() > 0 => return Ok(None),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(_) | Err(_) => {}
    }
    // Never opened here: closing it again would end the locks of SQLite's own connections.
    let file = fs::metadata(database)?;
    Ok(Some(format!(
        "{} {} {} {}.{:09}",
        file.dev(),
        file.ino(),
        file.len(),
        file.mtime(),
        file.mtime_nsec()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(DataDir::at(folder.path()).database(), "records").unwrap();
        put(folder.path()).unwrap();
        folder
    }

    #[test]
    fn a_database_is_as_an_orderly_stop_left_it_once() {
        let folder = stopped();
        assert!(take(folder.path()));
        assert!(!take(folder.path()), "a start that was cut off is no stop");
    }

    #[test]
    fn whoever_writes_to_it_breaks_the_mark() {
        let folder = stopped();
        let mut file = OpenOptions::new()
            .append(true)
            .open(DataDir::at(folder.path()).database())
            .unwrap();
        file.write_all(b"more").unwrap();
        assert!(!take(folder.path()));
    }

    #[test]
    fn another_file_in_its_place_is_not_the_same() {
        let folder = stopped();
        let other = folder.path().join("other.db");
        fs::write(&other, "records").unwrap();
        fs::rename(other, DataDir::at(folder.path()).database()).unwrap();
        assert!(!take(folder.path()));
    }

    #[test]
    fn a_database_with_a_log_beside_it_gets_no_mark_and_keeps_none() {
        let folder = stopped();
        let log = folder.path().join("kiosk.db-wal");
        fs::write(&log, "the latest records").unwrap();
        assert!(!take(folder.path()));
        put(folder.path()).unwrap();
        fs::remove_file(log).unwrap();
        assert!(!take(folder.path()));
    }
}
