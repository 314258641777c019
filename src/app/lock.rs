//! One running kiosk per data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Holds a data directory for one running kiosk. The operating system lets go of it when the process
/// ends, however it ends.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

/// Why a data directory cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum Locked {
    /// Another kiosk is running on it.
    #[error(
        "a kiosk is already running on {} (process {holder}): stop it first, or give this one its own --data-dir or kiosk.data_dir; \
         commands such as `kiosk session open` work beside a running kiosk",
        directory.display()
    )]
    Running {
        /// The data directory.
        directory: PathBuf,
        /// The process id it wrote down.
        holder: String,
    },
    /// The lock file cannot be made.
    #[error("cannot write in the data directory {}: {source}; check its owner and that the disk is not read-only", directory.display())]
    Unwritable {
        /// The data directory.
        directory: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

impl DirectoryLock {
    /// Takes the lock of a directory.
    ///
    /// # Errors
    /// [`Locked`] when another kiosk holds it, or it cannot be written.
    pub fn take(directory: &Path) -> Result<Self, Locked> {
        let unwritable = |source| Locked::Unwritable {
            directory: directory.to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join("kiosk.lock"))
            .map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Locked::Running {
                    directory: directory.to_owned(),
                    holder: written_in(file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(unwritable(source)),
        }
        // Only for the sentences about it: the lock itself is the operating system's.
        let note = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        note.map_err(unwritable)?;
        Ok(Self { _file: file })
    }

    /// The process that holds a directory at this moment; `None` when none does.
    #[must_use]
    pub fn holder(directory: &Path) -> Option<String> {
        let file = File::open(directory.join("kiosk.lock")).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(written_in(file)),
            _ => None,
        }
    }
}

/// The process id that the holder of a lock wrote into it.
fn written_in(mut file: File) -> String {
    let mut holder = String::new();
    let _ = file.read_to_string(&mut holder);
    holder.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_held_once_and_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let held = DirectoryLock::take(folder.path()).unwrap();
        let second = DirectoryLock::take(folder.path()).unwrap_err();
        assert!(
            second
                .to_string()
                .contains(&format!("process {}", std::process::id())),
            "{second}"
        );
        let holder = DirectoryLock::holder(folder.path());
        assert_eq!(holder, Some(std::process::id().to_string()));
        drop(held);
        assert_eq!(DirectoryLock::holder(folder.path()), None);
        assert!(DirectoryLock::take(folder.path()).is_ok());
    }
}
