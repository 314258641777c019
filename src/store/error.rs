//! What can go wrong with the database, in terms one can act on.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::domain::Timestamp;

/// Why a job was not done. Nothing of it is in the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk.
    #[error("the disk is full")]
    Full,
    /// The file or its directory cannot be written.
    #[error("the database cannot be written: {0}")]
    ReadOnly(String),
    /// The file is not a sound database, or holds something that cannot be there.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The path leads to no file any more, or to another one.
    #[error("the database's file was removed or replaced while the kiosk was running")]
    Removed,
    /// Another process has held the database for too long.
    #[error("another program is holding the database")]
    Busy,
    #[error("the disk could not be read or written: {0}")]
    Disk(String),
    /// The store has been closed.
    #[error("the database has been closed")]
    Closed,
    /// A unit, lecturer, session or student that does not exist.
    #[error("there is no {what} {id}")]
    Missing {
        /// What was looked for.
        what: Entity,
        id: String,
    },
    /// What a plan replaces is not in force any more.
    #[error("it was changed meanwhile by {actor} at {at}: look again")]
    ChangedMeanwhile {
        /// A staff id, `shell` or `kiosk`.
        actor: String,
        at: Timestamp,
    },
    /// A mistake in this program.
    #[error("the database refused a statement: {0}")]
    Statement(String),
}

/// What a store keeps under an id that people type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// A line of the timetable.
    Lecture,
    /// Somebody of the staff.
    Lecturer,
    /// A lecture that was opened.
    Session,
    /// Somebody on a list.
    Student,
    Unit,
}

impl std::fmt::Display for Entity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Lecture => "lecture",
            Self::Lecturer => "lecturer",
            Self::Session => "session",
            Self::Student => "student",
            Self::Unit => "unit",
        })
    }
}

/// Why a job ends without a change.
#[derive(Debug)]
pub(super) enum Stop<R> {
    /// A rule forbids it.
    Refused(R),
    /// The database cannot be used, or holds no such id.
    Store(StoreError),
}

impl<R, E: Into<StoreError>> From<E> for Stop<R> {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

impl StoreError {
    /// There is no `what` of that id.
    #[must_use]
    pub fn missing(what: Entity, id: &impl ToString) -> Self {
        let id = id.to_string();
        Self::Missing { what, id }
    }

    /// Whether nothing can be recorded until a person or the system mends the cause (feature K4), and the
    /// code that the screen shows for it.
    #[must_use]
    pub fn trouble_code(&self) -> Option<&'static str> {
        match self {
            Self::Full => Some("DISK-FULL"),
            Self::ReadOnly(_) => Some("READ-ONLY"),
            Self::Damaged(_) => Some("DAMAGED"),
            Self::Removed => Some("REMOVED"),
            Self::Busy => Some("BUSY"),
            Self::Disk(_) => Some("DISK"),
            Self::Closed
            | Self::Missing { .. }
            | Self::ChangedMeanwhile { .. }
            | Self::Statement(_) => None,
        }
    }

    /// What a technician can do about it.
    fn advice(&self) -> &'static str {
        match self {
            Self::Full => "make room on that disk",
            Self::ReadOnly(_) => {
                "check who owns the folder and its files, and that the disk is not read-only; what is on a read-only one can be read from a copy of kiosk.db and kiosk.db-wal, with `--set kiosk.data_dir=FOLDER`"
            }
            Self::Damaged(_) => {
                "stop the kiosk and put a backup in its place with `kiosk restore --newest`; the damaged file is kept"
            }
            Self::Removed => "put the file back where it was, or start the kiosk again",
            Self::Busy => {
                "try again in a moment, and if it lasts, end the program that has the file open"
            }
            Self::Disk(_) => "check the disk and its cable",
            Self::Closed
            | Self::Missing { .. }
            | Self::ChangedMeanwhile { .. }
            | Self::Statement(_) => "the log says more",
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType,
        };
        let text = error.to_string();
        if let FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) =
            error
        {
            return Self::Damaged(text);
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly(text)
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(text),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::SystemIoFailure) => Self::Disk(text),
            _ => Self::Statement(text),
        }
    }
}

/// Why a database cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Opening or preparing it failed.
    #[error("cannot use the database {}: {source}; {}", path.display(), source.advice())]
    Store { path: PathBuf, source: StoreError },
    /// It was written by a newer program.
    #[error(
        "the database {} was made by a newer kiosk (schema {found}, this program knows {known}): install that version, or name another data directory",
        path.display()
    )]
    Newer {
        path: PathBuf,
        found: usize,
        /// The newest schema known here.
        known: usize,
    },
    /// It is older than this program, and cannot be copied before it is brought up to date.
    #[error(
        "the database {} is not brought up to date without a backup, and none can be made: {cause}",
        path.display()
    )]
    NoBackup { path: PathBuf, cause: String },
    /// It is a database of some other program.
    #[error("{} is not a kiosk database: name another data directory", path.display())]
    Foreign { path: PathBuf },
    /// A thread could not be started.
    #[error("cannot start a database thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl OpenError {
    /// The database at `path` cannot be used because of `source`.
    pub(super) fn of(path: &Path, source: impl Into<StoreError>) -> Self {
        let path = path.to_owned();
        let source = source.into();
        Self::Store { path, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_cannot_open_a_database_is_told_what_to_do() {
        for (source, remedy) in [
            (StoreError::Full, "make room"),
            (StoreError::ReadOnly(String::new()), "who owns"),
            (StoreError::Damaged(String::new()), "kiosk restore"),
        ] {
            let path = PathBuf::from("data/kiosk.db");
            let said = OpenError::Store { path, source }.to_string();
            assert!(
                said.contains("data/kiosk.db") && said.contains(remedy),
                "{said}"
            );
        }
    }
}
