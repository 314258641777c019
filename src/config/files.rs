//! Which files of the configuration are read: those that this user can read and that nobody else can have written.
//!
//! The working directory is wherever a command is typed. A file there can name another portal, with the key of this
//! one, and another class list.

use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Whether a file is in a folder that this user cannot read, such as the home of the person who typed
/// `sudo -u kiosk`: nothing in it is meant for this user.
pub(super) fn is_inaccessible(path: &Path) -> bool {
    let looked = path.symlink_metadata();
    looked.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

/// Why somebody else may have written a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// It is a pipe, a device or a folder.
    NotAFile,
    /// It belongs to a user who is neither this one nor root.
    Owner(u32),
    /// Users besides its owner can write it.
    Writable,
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFile => f.write_str("it is not a regular file"),
            Self::Owner(user) => write!(f, "it belongs to user {user}"),
            Self::Writable => {
                f.write_str("other users can change it; `chmod go-w` that file ends this")
            }
        }
    }
}

/// A file that was found and not read, or that was named and read with a doubt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileWarning {
    /// It was found where configurations are looked for.
    #[error("{} is not read: {reason}; name it with --config if it is meant", path.display())]
    NotBelieved { path: PathBuf, reason: Distrust },
    /// Variables beside the configuration.
    #[error("{} is not read: {reason}", path.display())]
    VariablesNotBelieved { path: PathBuf, reason: Distrust },
    /// It was named, and is read all the same.
    #[error("{} is read because it was named, though others may have written it: {reason}", path.display())]
    Doubtful { path: PathBuf, reason: Distrust },
    /// Variables in the working directory, away from the configuration.
    #[error("{} is not read; if it is meant, move it to {}", path.display(), folder.display())]
    Elsewhere { path: PathBuf, folder: PathBuf },
}

/// Reads a file that nobody named, if it can be believed.
pub(super) fn read_believed(path: &Path) -> io::Result<Result<String, Distrust>> {
    // A pipe would be waited for.
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let mut file: File = OpenOptions::new()
        .read(true)
        .custom_flags(nonblocking)
        .open(path)?;
    if let Some(reason) = distrust(&file.metadata()?, Reader::this()) {
        return Ok(Err(reason));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(Ok(text))
}

/// What speaks against a file that was named.
pub(super) fn doubt(path: &Path) -> Option<FileWarning> {
    let reason = distrust(&fs::metadata(path).ok()?, Reader::this());
    // Whoever names a pipe means it.
    let reason = reason.filter(|reason| *reason != Distrust::NotAFile)?;
    let path = path.to_owned();
    Some(FileWarning::Doubtful { path, reason })
}

/// The user and group whose files are believed.
#[derive(Clone, Copy)]
struct Reader {
    user: u32,
    group: u32,
}

impl Reader {
    fn this() -> Self {
        Self {
            user: rustix::process::geteuid().as_raw(),
            group: rustix::process::getegid().as_raw(),
        }
    }
}

fn distrust(file: &Metadata, by: Reader) -> Option<Distrust> {
    const ROOT: u32 = 0;
    const BY_GROUP: u32 = 0o020;
    const BY_OTHERS: u32 = 0o002;
    if !file.is_file() {
        return Some(Distrust::NotAFile);
    }
    if file.uid() != by.user && file.uid() != ROOT {
        return Some(Distrust::Owner(file.uid()));
    }
    // Where every user has a group of their own, files are often writable by it.
    let strangers = if file.gid() == by.group {
        BY_OTHERS
    } else {
        BY_GROUP | BY_OTHERS
    };
    (file.mode() & strangers != 0).then_some(Distrust::Writable)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_believed_if_only_its_reader_or_root_can_have_written_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.toml");
        fs::write(&path, "").unwrap();
        let me = Reader::this();
        let seen = |mode: u32, by: Reader| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            distrust(&fs::metadata(&path).unwrap(), by)
        };
        let another_group = Reader {
            group: me.group + 1,
            ..me
        };
        assert_eq!(seen(0o644, me), None);
        assert_eq!(seen(0o664, me), None);
        assert_eq!(seen(0o664, another_group), Some(Distrust::Writable));
        assert_eq!(seen(0o646, me), Some(Distrust::Writable));
        let another_user = Reader {
            user: me.user + 1,
            ..me
        };
        let expected = (me.user != 0).then_some(Distrust::Owner(me.user));
        assert_eq!(
            seen(0o644, another_user),
            expected,
            "root is believed by everybody"
        );
        let of_folder = distrust(&fs::metadata(folder.path()).unwrap(), me);
        assert_eq!(of_folder, Some(Distrust::NotAFile));
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        assert_eq!(read_believed(&path).unwrap(), Err(Distrust::NotAFile));
    }
}
