//! Backups of the database, and the check whether a file is a sound one.
//!
//! SQLite makes the copy, so that it is consistent and needs no write-ahead log; a plain copy of a file that is
//! being written would be neither.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::connection::open_for_reading;
use super::error::{OpenError, StoreError};
use super::schema;

/// A file that is a sound database of a kiosk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseContent {
    /// How many steps its schema has taken.
    pub schema: usize,
    /// Attendance records in it.
    pub records: u64,
}

/// A copy of the database, and its checksum beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    pub path: PathBuf,
    /// How large it is.
    pub bytes: u64,
    /// In hexadecimal; `sha256sum --check` reads the file that holds it.
    pub sha256: String,
    /// What is in it.
    pub content: DatabaseContent,
}

/// Why a backup failed, or why a file is not a sound backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It can be opened, but is not sound.
    #[error("{} is damaged: {fault}", path.display())]
    Damaged {
        path: PathBuf,
        /// The first thing that SQLite found.
        fault: String,
    },
    /// The file has changed since its checksum was written.
    #[error("{} is not what it was when it was made: its checksum differs", path.display())]
    Changed { path: PathBuf },
    /// It is no database that this program has made: it would run what was put in it.
    #[error("{} holds {object}, which no kiosk makes: it is not a backup, or somebody has changed it", path.display())]
    Altered {
        path: PathBuf,
        /// The table, index, view or trigger that is not as in the migrations.
        object: String,
    },
    /// It is a database of some other program.
    #[error("{} is not a backup of a kiosk", path.display())]
    NotABackup { path: PathBuf },
    /// It was named, and is not there.
    #[error("there is no file {}", path.display())]
    Missing { path: PathBuf },
    /// A pipe, a device or a link: what is read later may be something else.
    #[error("{} is not a regular file: name the backup itself", path.display())]
    NotAFile { path: PathBuf },
    /// The database has yet to be brought up to date: only then is it known where its secrets are.
    #[error("{} is of an earlier version: start the kiosk once, or copy it with its keys and PINs by --with-secrets", path.display())]
    Older { path: PathBuf },
    /// A file of that name exists.
    #[error("{} is there already, and nothing is overwritten", path.display())]
    Exists { path: PathBuf },
    /// A file cannot be read or written.
    #[error("{} cannot be read or written: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
}

/// Whether a copy holds what lets its reader act for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    Kept,
    Removed,
}

/// Copies `database` to the new file `to` while it may be in use, and writes the checksum.
///
/// The copy gets its name only after it has been read back, found sound and synced to the disk.
///
/// # Errors
/// [`BackupError`]; a failed copy leaves no file.
pub fn back_up(database: &Path, to: &Path, secrets: Secrets) -> Result<Backup, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists {
            path: to.to_owned(),
        });
    }
    if let Some(folder) = to.parent() {
        make_folder(folder).map_err(|source| file_error(folder, source))?;
    }
    let unfinished = with_suffix(to, &format!(".unfinished-{}", std::process::id()));
    let made = copy(database, &unfinished, to, secrets);
    if made.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    made
}

fn copy(
    database: &Path,
    unfinished: &Path,
    to: &Path,
    secrets: Secrets,
) -> Result<Backup, BackupError> {
    let file_error = |source| file_error(unfinished, source);
    let _ = fs::remove_file(unfinished);
    // Created here and not by SQLite, with access for this user only: it holds names and keys.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(unfinished)
        .map_err(file_error)?;
    open_for_reading(database)?
        .execute("VACUUM INTO ?1", [unfinished.to_string_lossy()])
        .map_err(|error| OpenError::of(database, error))?;
    if secrets == Secrets::Removed {
        if !schema::is_newest(&open_for_reading(unfinished)?, unfinished)? {
            let path = database.to_owned();
            return Err(BackupError::Older { path });
        }
        super::secrets::remove(unfinished)?;
    }
    let content = check(unfinished)?;
    let file = File::open(unfinished).map_err(file_error)?;
    file.sync_all().map_err(file_error)?;
    let bytes = file.metadata().map_err(file_error)?.len();
    let sha256 = checksum(unfinished).map_err(file_error)?;
    // Before the copy gets its name: a checksum without a copy does no harm.
    write_checksum(to, &sha256).map_err(|source| self::file_error(to, source))?;
    fs::rename(unfinished, to)
        .and_then(|()| sync_folder_of(to))
        .map_err(|source| self::file_error(to, source))?;
    Ok(Backup {
        path: to.to_owned(),
        bytes,
        sha256,
        content,
    })
}

/// Checks a backup: its checksum, if there is one, its content, and that it holds nothing that a kiosk does not make.
///
/// # Errors
/// [`BackupError`] with what is wrong.
pub fn verify(backup: &Path) -> Result<DatabaseContent, BackupError> {
    if !backup.exists() {
        let path = backup.to_owned();
        return Err(BackupError::Missing { path });
    }
    for path in [backup, &checksum_file(backup)] {
        let found = fs::symlink_metadata(path);
        if found.is_ok_and(|found| !found.is_file()) {
            let path = path.to_owned();
            return Err(BackupError::NotAFile { path });
        }
    }
    let written = match fs::read_to_string(checksum_file(backup)) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(file_error(&checksum_file(backup), source)),
    };
    if let Some(written) = written {
        let found = checksum(backup).map_err(|source| file_error(backup, source))?;
        if written.split_whitespace().next() != Some(found.as_str()) {
            return Err(BackupError::Changed {
                path: backup.to_owned(),
            });
        }
    }
    let content = check(backup).map_err(|error| match error {
        // Of the kiosk's own database the advice would be to restore a backup.
        BackupError::Open(OpenError::Store {
            path,
            source: StoreError::Damaged(fault),
        }) => BackupError::Damaged { path, fault },
        BackupError::Open(OpenError::Foreign { path }) => BackupError::NotABackup { path },
        error => error,
    })?;
    match schema::first_alteration(&open_for_reading(backup)?, content.schema) {
        Ok(None) => Ok(content),
        Ok(Some(object)) => Err(BackupError::Altered {
            path: backup.to_owned(),
            object,
        }),
        Err(error) => Err(OpenError::of(backup, error).into()),
    }
}

/// Checks every page of a database and describes its content. Changes nothing.
///
/// # Errors
/// [`BackupError`] when it is no database of this program, or not sound.
pub fn check(path: &Path) -> Result<DatabaseContent, BackupError> {
    check_by(path, "PRAGMA integrity_check(1)")
}

/// As [`check`], without comparing indexes with their tables: fast enough for every start.
///
/// # Errors
/// As [`check`].
pub fn check_quickly(path: &Path) -> Result<DatabaseContent, BackupError> {
    check_by(path, "PRAGMA quick_check(1)")
}

fn check_by(path: &Path, pragma: &str) -> Result<DatabaseContent, BackupError> {
    let db = open_for_reading(path)?;
    // SQLite accepts an empty file.
    let schema = schema::version(&db, path)?;
    let damaged = |fault: String| BackupError::Damaged {
        path: path.to_owned(),
        fault,
    };
    let unreadable = |error: rusqlite::Error| match StoreError::from(error) {
        StoreError::Damaged(fault) => damaged(fault),
        source => OpenError::of(path, source).into(),
    };
    let fault: String = db
        .query_row(pragma, [], |row| row.get(0))
        .map_err(unreadable)?;
    if fault != "ok" {
        return Err(damaged(fault.lines().last().unwrap_or_default().to_owned()));
    }
    content(&db, schema).map_err(unreadable)
}

fn content(db: &Connection, schema: usize) -> rusqlite::Result<DatabaseContent> {
    // Records are numbered from 1 and never deleted.
    const SQL: &str = "SELECT coalesce(max(id), 0) FROM records";
    const BEFORE_11: &str = "SELECT count(*) FROM attendance";
    let records = db.query_row(if schema < 11 { BEFORE_11 } else { SQL }, [], |row| {
        row.get(0)
    })?;
    Ok(DatabaseContent { schema, records })
}

/// The folder of the backups of a database.
#[must_use]
pub fn folder(database: &Path) -> PathBuf {
    database.with_file_name("backups")
}

/// The name of the file that holds a backup's checksum.
#[must_use]
pub fn checksum_file(backup: &Path) -> PathBuf {
    with_suffix(backup, ".sha256")
}

/// Waits until the entries of a file's folder are on the disk.
///
/// # Errors
/// The error of the operating system.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn checksum(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(HEXLOWER.encode(&hasher.finalize())),
            read => hasher.update(&piece[..read]),
        }
    }
}

/// In the form of `sha256sum`.
fn write_checksum(backup: &Path, sha256: &str) -> io::Result<()> {
    let name = backup.file_name().unwrap_or_default().to_string_lossy();
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(checksum_file(backup))?;
    writeln!(file, "{sha256}  {name}")?;
    file.sync_all()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn file_error(path: &Path, source: io::Error) -> BackupError {
    BackupError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileExt as _, PermissionsExt as _};

    use super::super::upgrade::open_for_writing;
    use super::*;

    fn school() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema-0001.db");
        fs::copy(old, &path).unwrap();
        (folder, path)
    }

    /// Overwrites every page but the first.
    fn spoil(path: &Path) {
        let file = OpenOptions::new().write(true).open(path).unwrap();
        let length = file.metadata().unwrap().len();
        let rest = vec![0xA5; usize::try_from(length - 4096).unwrap()];
        file.write_all_at(&rest, 4096).unwrap();
    }

    #[test]
    fn a_copy_of_a_database_in_use_is_whole_and_private() {
        let (folder, path) = school();
        let writer = open_for_writing(&path).unwrap();
        writer
            .execute_batch("BEGIN IMMEDIATE; DELETE FROM deliveries; DELETE FROM records")
            .unwrap();
        let to = folder.path().join("there/copy.db");
        let backup = back_up(&path, &to, Secrets::Kept).unwrap();
        assert_eq!(backup.content.records, check(&path).unwrap().records);
        assert!(
            backup.content.records > 0,
            "what is not committed is not there"
        );
        assert_eq!(verify(&to).unwrap(), backup.content);
        let mode = fs::metadata(&to).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::read_to_string(checksum_file(&to)).unwrap(),
            format!("{}  copy.db\n", backup.sha256)
        );
        let left: Vec<_> = fs::read_dir(to.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }

    #[test]
    fn nothing_is_overwritten() {
        let (folder, path) = school();
        let to = folder.path().join("notes.txt");
        fs::write(&to, "mine").unwrap();
        assert!(matches!(
            back_up(&path, &to, Secrets::Kept),
            Err(BackupError::Exists { .. })
        ));
        assert_eq!(fs::read_to_string(&to).unwrap(), "mine");
    }

    #[test]
    fn a_damaged_database_gives_no_backup() {
        let (folder, path) = school();
        spoil(&path);
        let to = folder.path().join("copy.db");
        assert!(back_up(&path, &to, Secrets::Kept).is_err());
        assert!(!to.exists() && !checksum_file(&to).exists());
        assert!(check_quickly(&path).is_err() && check(&path).is_err());
    }

    #[test]
    fn a_backup_that_has_changed_is_found_out() {
        let (folder, path) = school();
        let to = folder.path().join("copy.db");
        back_up(&path, &to, Secrets::Kept).unwrap();
        Connection::open(&to)
            .unwrap()
            .execute_batch("DELETE FROM outbox")
            .unwrap();
        assert!(matches!(verify(&to), Err(BackupError::Changed { .. })));
        assert!(check(&to).is_ok(), "sound, and yet not what it was");
    }

    #[test]
    fn a_file_of_no_length_is_no_database() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        fs::write(&path, "").unwrap();
        assert!(check_quickly(&path).is_err());
    }

    /// A backup to which something was done, and its checksum made anew.
    fn altered(sql: &str) -> Result<DatabaseContent, BackupError> {
        let (folder, path) = school();
        drop(open_for_writing(&path).unwrap());
        let to = folder.path().join("copy.db");
        back_up(&path, &to, Secrets::Kept).unwrap();
        verify(&to).unwrap();
        Connection::open(&to).unwrap().execute_batch(sql).unwrap();
        fs::remove_file(checksum_file(&to)).unwrap();
        verify(&to)
    }

    #[test]
    fn a_backup_in_which_something_was_planted_is_refused_by_name() {
        let planted = [
            (
                "trigger presents",
                "CREATE TRIGGER presents AFTER INSERT ON records BEGIN UPDATE records SET mark = 'present'; END",
            ),
            (
                "view kiosks",
                "ALTER TABLE kiosks RENAME TO old; CREATE VIEW kiosks AS SELECT * FROM old",
            ),
            ("index sums", "CREATE INDEX sums ON records (flags + 1)"),
            ("table notes", "CREATE TABLE notes (text)"),
            ("view standing", "DROP VIEW standing"),
        ];
        for (name, sql) in planted {
            let (_, object) = name.split_once(' ').unwrap();
            match altered(sql) {
                Err(BackupError::Altered { object: named, .. }) => {
                    assert!(
                        name == "view kiosks" || named.ends_with(name),
                        "{object}: {named}"
                    );
                }
                other => panic!("{name}: {other:?}"),
            }
        }
        assert!(
            altered("ANALYZE").is_ok(),
            "SQLite's own tables are no alteration"
        );
    }

    #[test]
    fn what_is_wrong_with_a_backup_is_not_said_of_the_kiosks_own_database() {
        let (folder, path) = school();
        let cut = folder.path().join("cut.db");
        let whole = fs::read(&path).unwrap();
        fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
        let said = verify(&cut).unwrap_err().to_string();
        assert!(
            said.starts_with(&format!("{} is damaged", cut.display())),
            "{said}"
        );
        let none = folder.path().join("none.db");
        let said = verify(&none).unwrap_err().to_string();
        assert_eq!(said, format!("there is no file {}", none.display()));
    }

    #[test]
    fn only_a_regular_file_is_read_as_a_backup() {
        let (folder, path) = school();
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let pipe = folder.path().join("pipe.db");
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, fifo, rustix::fs::Mode::RUSR, 0).unwrap();
        let beside = folder.path().join("beside.db");
        fs::copy(&path, &beside).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            checksum_file(&beside),
            fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        for file in [link, pipe, beside, folder.path().to_owned()] {
            assert!(
                matches!(verify(&file), Err(BackupError::NotAFile { .. })),
                "{}",
                file.display()
            );
        }
    }
}
