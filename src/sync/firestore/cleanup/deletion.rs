//! Deleting what a backup holds.

use std::collections::HashMap;

use super::calls::{Deletion, Version};
use super::persistence::{PAUSES, wait_or_give_up};
use super::{BackupError, VerifiedBackup};
use crate::sync::firestore::database::Firestore;
use crate::sync::firestore::documents::StoredDocument;
use crate::sync::firestore::errors::Failure;
use crate::sync::remote::RemoteError;

/// The most deletions in one commit, as many as a drain's commit has writes.
const CHUNK: usize = 200;

/// What became of the documents of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Deleted {
    /// Documents that are gone.
    pub deleted: u64,
    /// Documents that were written to after the backup and were left alone.
    pub changed: u64,
}

/// Why not everything was deleted. Running it again goes on.
#[derive(Debug, thiserror::Error)]
#[error("{reason} (before that {} documents were deleted)", so_far.deleted)]
pub struct DeletionFailure {
    /// What had been done by then.
    pub so_far: Deleted,
    /// Why it went no further.
    pub reason: DeletionCause,
}

/// What stopped a deletion.
#[derive(Debug, thiserror::Error)]
pub enum DeletionCause {
    /// Firestore failed or refused.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The backup, which can no longer be read.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

impl Firestore {
    /// Deletes the documents of a backup as it holds them, calling `progress` after each commit.
    ///
    /// Dropping the future between two commits leaves whole documents, deleted or not.
    ///
    /// # Errors
    /// [`DeletionFailure`] when Firestore cannot be worked with any longer.
    pub async fn delete_documents(
        &self,
        backup: &VerifiedBackup,
        mut progress: impl FnMut(Deleted),
    ) -> Result<Deleted, DeletionFailure> {
        let mut so_far = Deleted::default();
        let failed = |so_far, reason| DeletionFailure { so_far, reason };
        let mut documents = backup
            .documents()
            .map_err(|error| failed(so_far, error.into()))?;
        loop {
            let chunk: Result<Vec<Deletion>, BackupError> = documents
                .by_ref()
                .take(CHUNK)
                .map(|document| document.map(deletion))
                .collect();
            let chunk = chunk.map_err(|error| failed(so_far, error.into()))?;
            if chunk.is_empty() {
                return Ok(so_far);
            }
            self.pace.take(chunk.len().div_ceil(2)).await;
            self.delete_chunk(chunk, &mut so_far)
                .await
                .map_err(|remote_error| failed(so_far, remote_error.into()))?;
            progress(so_far);
        }
    }

    /// After a commit that failed, for whatever reason, looks what exists: its answer may have been
    /// lost, or another writer may have been there.
    async fn delete_chunk(
        &self,
        mut left: Vec<Deletion>,
        so_far: &mut Deleted,
    ) -> Result<(), RemoteError> {
        let mut pauses = PAUSES.into_iter();
        let mut renewed = false;
        loop {
            let answer = self.once(async |account| account.commit(&left).await).await;
            let Err(failure) = answer else {
                so_far.deleted += left.len() as u64;
                return Ok(());
            };
            if failure == Failure::Unauthenticated && !renewed {
                // The token may date from before the clock was set right; nothing was done.
                renewed = true;
                self.forget_account().await;
                continue;
            }
            let versions = self
                .persist(async |account| account.versions(&left).await)
                .await?;
            let before = left.len();
            keep_what_exists(&mut left, versions, so_far);
            if left.is_empty() {
                return Ok(());
            }
            if left.len() == before {
                let remote_error = self.remote_error(failure).await;
                wait_or_give_up(remote_error, &mut pauses).await?;
            }
        }
    }
}

/// Drops from `left` what is gone and what has changed, and counts it.
fn keep_what_exists(
    left: &mut Vec<Deletion>,
    versions: Vec<(String, Version)>,
    so_far: &mut Deleted,
) {
    let versions: HashMap<String, Version> = versions.into_iter().collect();
    left.retain(|deletion| match versions.get(&deletion.name) {
        None => {
            so_far.deleted += 1;
            false
        }
        Some(version) if *version != deletion.current_document => {
            so_far.changed += 1;
            false
        }
        Some(_) => true,
    });
}

fn deletion(document: StoredDocument) -> Deletion {
    Deletion {
        name: document.name,
        current_document: Version {
            update_time: document.update_time,
        },
    }
}
