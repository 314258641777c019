//! A log file of limited size.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// In bytes: some weeks of a busy kiosk; two files fit on any disk.
const LARGEST: u64 = 10_000_000;

/// Appends to `kiosk.log`; above [`LARGEST`] that is renamed to `kiosk.log.1`, replacing the previous one.
pub(super) struct RotatingFile {
    path: PathBuf,
    file: File,
    written: u64,
    largest: u64,
}

impl RotatingFile {
    /// Opens the file and creates its folder if needed: the log starts before the data directory is created.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        Self::open_with(path, LARGEST)
    }

    fn open_with(path: &Path, largest: u64) -> io::Result<Self> {
        let file = append_to(path)?;
        Ok(Self {
            path: path.to_owned(),
            written: file.metadata()?.len(),
            file,
            largest,
        })
    }

    fn rotate(&mut self) -> io::Result<()> {
        let mut old = self.path.clone().into_os_string();
        old.push(".1");
        fs::rename(&self.path, old)?;
        self.file = append_to(&self.path)?;
        self.written = 0;
        Ok(())
    }
}

impl Write for RotatingFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.written > 0 && self.written + line.len() as u64 > self.largest {
            // If the file cannot be renamed, it grows: better than losing lines.
            let _ = self.rotate();
        }
        let written = self.file.write(line)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_the_latest_lines_and_stays_small() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("kiosk.log");
        let mut log = RotatingFile::open_with(&path, 20).unwrap();
        for line in ["one 4567\n", "two 4567\n", "three 67\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "three 67\n");
        let before = fs::read_to_string(folder.path().join("kiosk.log.1")).unwrap();
        assert_eq!(before, "one 4567\ntwo 4567\n");
        drop(log);
        let mut again = RotatingFile::open_with(&path, 20).unwrap();
        again.write_all(b"four 567\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three 67\nfour 567\n");
    }
}
