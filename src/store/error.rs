//! What can go wrong with the database, in terms one can act on.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::domain::{Semester, SessionId, StaffId, Timestamp, UnitCode};

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
    /// A rule of the school or a record that is there already stands against it.
    #[error(transparent)]
    Conflict(#[from] Conflict),
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

/// Why a change does not go with what is in the database. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// A unit of that code is there already.
    #[error("there is a unit {0} already")]
    UnitExists(UnitCode),
    /// A lecturer of that staff id is there already.
    #[error("there is a lecturer {0} already")]
    LecturerExists(StaffId),
    /// A first PIN for somebody who has one, or who is not known.
    #[error("{0} has a PIN already, or is not known")]
    HasPinOrIsUnknown(StaffId),
    /// Nobody with a PIN would be left to administer the kiosk.
    #[error("somebody with a PIN has to stay an administrator")]
    LastAdministrator,
    /// Only an open session can be extended.
    #[error("session {0} is not open: reopen it instead")]
    NotOpen(SessionId),
    /// Only a session that is not open can be reopened.
    #[error("session {0} is open already")]
    OpenAlready(SessionId),
    /// A session would last longer than a day.
    #[error("a session lasts 24 hours at most")]
    TooLong,
    /// A session was extended to an end that has passed.
    #[error("its end would still have passed: extend it by more")]
    EndHasPassed,
    /// The unit has a session at the same start.
    #[error(
        "{unit} has a session at that start already, number {number}: reopen it, or name another start"
    )]
    SameStart {
        /// Whose session it is.
        unit: UnitCode,
        /// Its number in the semester.
        number: u32,
    },
    /// The unit has a session open at the same time and place.
    #[error(
        "{unit} has a session open at that time and place already, number {number}: close or cancel it first"
    )]
    SameTimeAndPlace {
        /// Whose session it is.
        unit: UnitCode,
        /// Its number in the semester.
        number: u32,
    },
    /// The unit has had all sessions of its semester.
    #[error("{unit} has had its {max_sessions} sessions of semester {}: raise attendance.max_sessions, or name the next semester", semester.as_str())]
    SemesterIsFull {
        /// Whose sessions they are.
        unit: UnitCode,
        /// `attendance.max_sessions`.
        max_sessions: u32,
        semester: Semester,
    },
    /// A planned lecture cannot be cancelled once it was opened.
    #[error("it was opened already: cancel session {session}")]
    LectureOpened {
        /// The session that it became.
        session: String,
    },
    /// What a plan replaces is not in force any more.
    #[error("it was changed meanwhile by {actor} at {at}: look again")]
    ChangedMeanwhile {
        /// A staff id, `shell` or `kiosk`.
        actor: String,
        at: Timestamp,
    },
    /// A session of another kiosk cannot be joined beside one of this kiosk at the same start.
    #[error(
        "this kiosk has a session of {unit} at that start already, {session}: join from a kiosk that has none, or join that one there"
    )]
    SameStartHere {
        /// Whose session it is.
        unit: UnitCode,
        /// The session that is open at this kiosk.
        session: String,
    },
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
            Self::Closed | Self::Missing { .. } | Self::Conflict(_) | Self::Statement(_) => None,
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
            Self::Closed | Self::Missing { .. } | Self::Conflict(_) | Self::Statement(_) => {
                "the log says more"
            }
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
