//! Taking what was delivered out of Firestore again: read, back up, read the backup back, delete.
//!
//! Only [`VerifiedBackup`] can be deleted from, and one is made only by reading a backup file back
//! from the disk. A document is deleted only as the backup holds it: one that has changed since
//! is left alone (`currentDocument.updateTime`). So nothing is ever lost that the file does not
//! hold, and stopping at any moment does no harm: the next run finds what is left.

mod backup;
mod calls;
mod deletion;
mod persistence;
mod reading;

use serde::Serialize;

pub use backup::{BackupError, BackupWriter, VerifiedBackup};
pub use deletion::{Deleted, DeletionFailure};

use super::ids;
use crate::sync::remote::RemoteError;

/// What is to be taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// `sessions/{id}`, its `students`, its `roster`, and the `attendance_records` that name it.
    SessionId(String),
    /// All `sessions`, their `students` and `roster`, and all `attendance_records`; no other collection.
    All,
}

impl Extent {
    /// One session, under the id that the kiosk or another program gave it.
    ///
    /// # Errors
    /// A sentence, when no document can have that id.
    pub fn session(id: &str) -> Result<Self, String> {
        match ids::encode(id) {
            Ok(_) => Ok(Self::SessionId(id.to_owned())),
            Err(no_id) => Err(no_id.to_string()),
        }
    }
}

/// How much there is of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Inventory {
    /// Documents `sessions/{id}`.
    pub sessions: u64,
    /// Documents `sessions/{id}/students/{number}`.
    pub students: u64,
    /// Documents `sessions/{id}/roster/{page}`.
    pub roster_pages: u64,
    /// Documents `attendance_records/{id}`.
    pub attendance_records: u64,
}

impl Inventory {
    /// The number of all documents.
    pub fn total(self) -> u64 {
        self.sessions + self.students + self.roster_pages + self.attendance_records
    }
}

/// Why reading did not come to its end. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Firestore could not be asked.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// What was read could not be kept.
    #[error(transparent)]
    Backup(#[from] BackupError),
}
