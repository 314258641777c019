//! The files of a data directory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::lock::{DirectoryLock, Locked};
use crate::store::backup;

/// A data directory, and where each file in it is.
#[derive(Debug, Clone, Copy)]
pub struct DataDir<'a>(&'a Path);

impl<'a> DataDir<'a> {
    /// The directory at `path`, which need not exist yet.
    #[must_use]
    pub fn at(path: &'a Path) -> Self {
        Self(path)
    }

    /// Creates it for its owner alone: it holds names and keys.
    pub(super) fn create(self) -> anyhow::Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(self.0).with_context(|| {
            format!("cannot make the data directory {}: make it by hand, or name another in kiosk.data_dir", self.0.display())
        })
    }

    /// The path of the database.
    #[must_use]
    pub fn database(self) -> PathBuf {
        self.0.join("kiosk.db")
    }

    /// The folder of the backups.
    pub(super) fn backups(self) -> PathBuf {
        backup::folder(&self.database())
    }

    /// What an orderly stop leaves beside the database.
    pub(super) fn stop_mark(self) -> PathBuf {
        self.0.join("kiosk.db.stopped")
    }

    /// Takes it for one running kiosk.
    pub(super) fn lock(self) -> Result<DirectoryLock, Locked> {
        DirectoryLock::take(self.0)
    }
}
