//! Where lists that are made at the kiosk itself are written: its export folder, or a USB stick.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::{FileError, write_whole};

/// Where this process sees what is mounted.
const MOUNTS: &str = "/proc/self/mounts";

/// Where desktops and technicians mount sticks.
const REMOVABLE: [&str; 2] = ["/media/", "/run/media/"];

/// The folders that lists can be put into. Every function waits for a disk.
#[derive(Debug, Clone)]
pub struct ExportFolders {
    folder: PathBuf,
    mounts: PathBuf,
}

impl ExportFolders {
    /// An export folder, which is created when it is first needed, and every mounted stick.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            mounts: PathBuf::from(MOUNTS),
        }
    }

    /// The kiosk's own folder, then the sticks that can be written.
    #[must_use]
    pub fn places(&self) -> Vec<PathBuf> {
        let mounts = fs::read_to_string(&self.mounts).unwrap_or_default();
        let sticks = mounts.lines().filter_map(stick);
        std::iter::once(self.folder.clone()).chain(sticks).collect()
    }

    /// Puts a file into one of the [`places`](Self::places), whole or not at all, and says where it is.
    ///
    /// # Errors
    /// [`FileError`] when the folder or the disk does not take it, or the stick has been pulled out.
    pub fn put(&self, place: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, FileError> {
        if place == self.folder {
            // Lists name students: nobody but the kiosk looks in.
            let mut folder = DirBuilder::new();
            let made = folder.recursive(true).mode(0o700).create(place);
            made.map_err(|source| not_made(place, source))?;
        } else if !self.places().iter().any(|known| known == place) {
            // What is left of a stick is a folder on the disk below it, where nobody would look.
            return Err(FileError::NoFolder(place.to_owned()));
        }
        let path = place.join(name);
        write_whole(&path, bytes)?;
        Ok(path)
    }
}

fn not_made(folder: &Path, source: io::Error) -> FileError {
    let path = folder.to_owned();
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FileError::NoRoom(path),
        _ => FileError::Other { path, source },
    }
}

/// The folder of a stick that can be written, from a line of the table of mounts.
fn stick(line: &str) -> Option<PathBuf> {
    let mut words = line.split(' ');
    let (folder, options) = (words.nth(1)?, words.nth(1)?);
    let is_removable = REMOVABLE.iter().any(|above| folder.starts_with(above));
    let is_read_only = options.split(',').any(|option| option == "ro");
    (is_removable && !is_read_only).then(|| PathBuf::from(unescaped(folder)))
}

/// A blank in a name is written `\040` there, and so on.
fn unescaped(text: &str) -> String {
    [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (code, sign)| {
        text.replace(code, sign)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "/dev/mmcblk0p2 / ext4 rw,noatime 0 0
/dev/sda1 /media/kiosk/EXAM\\040LISTS vfat rw,nosuid,nodev 0 0
/dev/sdb1 /run/media/kiosk/OLD vfat ro,nosuid 0 0
/dev/sdc1 /mnt/else ext4 rw 0 0
nonsense
";

    fn folders(folder: &Path) -> ExportFolders {
        fs::write(folder.join("mounts"), TABLE).unwrap();
        ExportFolders {
            folder: folder.join("exports"),
            mounts: folder.join("mounts"),
        }
    }

    #[test]
    fn the_own_folder_comes_first_and_then_sticks_that_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let folders = folders(folder.path());
        assert_eq!(
            folders.places(),
            [
                folder.path().join("exports"),
                PathBuf::from("/media/kiosk/EXAM LISTS")
            ]
        );
    }

    #[test]
    fn the_own_folder_is_made_for_the_kiosk_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let folders = folders(folder.path());
        let own = folders.places().swap_remove(0);
        for content in ["one", "another"] {
            let path = folders.put(&own, "list.csv", content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(path).unwrap(), content);
        }
        let mode = fs::metadata(&own).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_eq!(fs::read_dir(&own).unwrap().count(), 1, "nothing else");
    }

    #[test]
    fn what_is_not_mounted_any_more_takes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let left_over = folder.path().join("stick");
        fs::create_dir(&left_over).unwrap();
        let error = folders(folder.path()).put(&left_over, "list.csv", b"");
        assert!(matches!(error, Err(FileError::NoFolder(_))), "{error:?}");
        assert_eq!(fs::read_dir(&left_over).unwrap().count(), 0);
    }
}
