//! A file that is there whole or not at all.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Only the owner may read it: these lists name people and their attendance.
const PRIVATE: u32 = 0o600;

/// Why a file was not written. One of that name is as it was.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The name is taken by something that is replaced by no list.
    #[error("{} is a folder: name a file in it", .0.display())]
    Folder(PathBuf),
    /// A device, a pipe, a socket.
    #[error("{} is no plain file; for a pipe, leave --out away", .0.display())]
    Special(PathBuf),
    /// There is no such folder.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// No room for it, or for more of this user's.
    #[error("no room for {}; what was there is still there", .0.display())]
    NoRoom(PathBuf),
    /// The folder or the disk does not take it for another reason.
    #[error("{} cannot be written", path.display())]
    Other {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Puts bytes into a file that only its owner can read, regardless of the umask. A file of that name stays as it is
/// until the new one is on disk, and is then replaced in one step; a failure before that leaves nothing
/// behind. Where the name is a link, what it leads to is replaced.
///
/// # Errors
/// [`FileError`] when the folder or the disk does not take it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let target = target(path)?;
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(FileError::NoFolder(folder.to_owned()));
    }
    put(&target, folder, bytes).map_err(|source| match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            FileError::NoRoom(path.to_owned())
        }
        _ => FileError::Other {
            path: path.to_owned(),
            source,
        },
    })
}

/// What is to be replaced: a plain file, or nothing yet.
fn target(path: &Path) -> Result<PathBuf, FileError> {
    let other = |source| FileError::Other {
        path: path.to_owned(),
        source,
    };
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(FileError::Folder(path.to_owned())),
        // A rename would put the list in the place of /dev/null.
        Ok(found) if !found.is_file() => Err(FileError::Special(path.to_owned())),
        Ok(_) => path.canonicalize().map_err(other),
        // What else is wrong shows when it is written.
        Err(_) => Ok(path.to_owned()),
    }
}

fn put(target: &Path, folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".kiosk-export-")
        .permissions(Permissions::from_mode(PRIVATE))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    // The name is on disk once the folder is.
    File::open(folder)?.sync_all()
}
