//! A file that is there whole or not at all.

use std::io::{self, Write as _};
use std::path::Path;

/// Puts bytes into a file. A file of that name stays as it is until the new one is on disk, and is then
/// replaced in one step; whatever breaks off before leaves nothing behind.
///
/// # Errors
/// [`io::Error`] when the folder or the disk does not take it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".kiosk-export-")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The name is on disk once the folder is.
    std::fs::File::open(folder)?.sync_all()
}
