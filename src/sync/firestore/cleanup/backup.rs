//! The backup file: one JSON document, of which every line between the first and the last is a
//! document of Firestore, so that it is written and read back without holding it whole.
//!
//! ```text
//! {"kind":"attendance-kiosk-firestore-backup","version":1,"root":"projects/...","extent":"all","made_at":"...","documents":[
//! {"name":"projects/...","fields":{...},"createTime":"...","updateTime":"..."},
//! {"name":"projects/...","fields":{...},"createTime":"...","updateTime":"..."}
//! ],"count":2,"sha256":"..."}
//! ```
//!
//! `sha256` is that of the documents' lines, each without its comma and with a line feed.

use crate::sync::firestore::documents::StoredDocument;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::Extent;

const KIND: &str = "attendance-kiosk-firestore-backup";
const VERSION: u32 = 1;

/// Why there is no backup to rely on.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file is never written over.
    #[error("{} is there already: name another file", .0.display())]
    Exists(PathBuf),
    /// The disk refuses.
    #[error("the backup {} cannot be written or read", path.display())]
    Disk {
        /// The file of the backup.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What is on the disk is not what was read from Firestore.
    #[error("the backup {} does not read back as it was written", .0.display())]
    Unlike(PathBuf),
}

#[derive(Serialize)]
struct Heading<'a> {
    kind: &'static str,
    version: u32,
    root: &'a str,
    extent: &'a Extent,
    made_at: &'a str,
    /// Always empty: the documents follow line by line.
    documents: [(); 0],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ending {
    count: u64,
    sha256: String,
}

/// A backup that is being written, under a temporary name in its folder.
///
/// Dropped before [`BackupWriter::finish`] it leaves nothing behind.
#[derive(Debug)]
pub struct BackupWriter {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    lines: Lines,
}

/// What the documents' lines add up to.
#[derive(Debug, Clone, Default)]
struct Lines {
    count: u64,
    digest: Sha256,
}

impl Lines {
    fn add(&mut self, line: &[u8]) {
        self.count += 1;
        self.digest.update(line);
        self.digest.update(b"\n");
    }

    fn ending(self) -> Ending {
        Ending {
            count: self.count,
            sha256: data_encoding::HEXLOWER.encode(&self.digest.finalize()),
        }
    }
}

impl BackupWriter {
    /// Begins a backup, which only its owner may read: it holds names.
    ///
    /// # Errors
    /// [`BackupError`] when the file is there already or its folder cannot be written to.
    pub fn create(
        path: &Path,
        root: &str,
        extent: &Extent,
        made_at: &str,
    ) -> Result<Self, BackupError> {
        let disk = |source| disk(path, source);
        if path.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(path.to_owned()));
        }
        // A temporary file is its owner's alone from the start (mode 0600).
        let file = tempfile::Builder::new()
            .prefix(".firestore-backup-")
            .suffix(".partial")
            .tempfile_in(folder(path))
            .map_err(disk)?;
        let mut file = BufWriter::new(file);
        let heading = Heading {
            kind: KIND,
            version: VERSION,
            root,
            extent,
            made_at,
            documents: [],
        };
        let heading = serde_json::to_string(&heading).map_err(|error| disk(error.into()))?;
        let open = heading.strip_suffix("]}").unwrap_or(&heading);
        file.write_all(open.as_bytes()).map_err(disk)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            lines: Lines::default(),
        })
    }

    /// Adds a document.
    ///
    /// # Errors
    /// [`BackupError::Disk`].
    pub fn add(&mut self, document: &StoredDocument) -> Result<(), BackupError> {
        let line = serde_json::to_vec(document).map_err(|error| disk(&self.path, error.into()))?;
        let comma: &[u8] = if self.lines.count == 0 { b"\n" } else { b",\n" };
        self.file
            .write_all(comma)
            .and_then(|()| self.file.write_all(&line))
            .map_err(|source| disk(&self.path, source))?;
        self.lines.add(&line);
        Ok(())
    }

    /// Puts the file on the disk under its name, reads it back from there, and compares.
    ///
    /// # Errors
    /// [`BackupError`] when it is not on the disk as it was written.
    pub fn finish(self) -> Result<VerifiedBackup, BackupError> {
        let Self {
            path,
            mut file,
            lines,
        } = self;
        let disk = |source| disk(&path, source);
        let ending = lines.ending();
        let text = serde_json::to_string(&ending).map_err(|error| disk(error.into()))?;
        let rest = text.strip_prefix('{').unwrap_or(&text);
        write!(file, "\n],{rest}\n").map_err(disk)?;
        let file = file
            .into_inner()
            .map_err(|error| disk(error.into_error()))?;
        file.as_file().sync_all().map_err(disk)?;
        file.persist_noclobber(&path)
            .map_err(|refused| match refused.error.kind() {
                io::ErrorKind::AlreadyExists => BackupError::Exists(path.clone()),
                _ => disk(refused.error),
            })?;
        // The name is on the disk too.
        File::open(folder(&path))
            .and_then(|folder| folder.sync_all())
            .map_err(disk)?;
        VerifiedBackup::read_back(path, &ending)
    }
}

/// A backup that was read back from the disk and is what was read from Firestore.
#[derive(Debug)]
pub struct VerifiedBackup {
    path: PathBuf,
    /// Kept open: whatever becomes of the name, this is the file that was verified.
    file: File,
    ending: Ending,
}

impl VerifiedBackup {
    fn read_back(path: PathBuf, written: &Ending) -> Result<Self, BackupError> {
        let file = File::open(&path).map_err(|source| disk(&path, source))?;
        let backup = Self {
            path,
            file,
            ending: written.clone(),
        };
        let unlike = || BackupError::Unlike(backup.path.clone());
        let mut documents = backup.documents()?;
        let mut lines = Lines::default();
        for document in documents.by_ref() {
            let line = serde_json::to_vec(&document?).map_err(|_| unlike())?;
            lines.add(&line);
        }
        if lines.ending() != *written || documents.ending.as_ref() != Some(written) {
            return Err(unlike());
        }
        Ok(backup)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many documents it holds.
    pub fn count(&self) -> u64 {
        self.ending.count
    }

    /// The SHA-256 of its documents' lines, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.ending.sha256
    }

    /// Its documents, from the first; one reader at a time.
    ///
    /// # Errors
    /// [`BackupError`] when it cannot be read.
    pub fn documents(&self) -> Result<Documents, BackupError> {
        let rewound = self.file.try_clone().and_then(|mut file| {
            file.seek(SeekFrom::Start(0))?;
            let mut lines = BufReader::new(file).lines();
            Ok((lines.next().transpose()?, lines))
        });
        match rewound {
            Ok((Some(heading), lines)) if heading.contains(KIND) => Ok(Documents {
                path: self.path.clone(),
                lines,
                ending: None,
            }),
            Ok(_) => Err(BackupError::Unlike(self.path.clone())),
            Err(source) => Err(disk(&self.path, source)),
        }
    }
}

/// The documents of a backup, read as they are asked for.
#[derive(Debug)]
pub struct Documents {
    path: PathBuf,
    lines: io::Lines<BufReader<File>>,
    /// The last line, once it has been read.
    ending: Option<Ending>,
}

impl Iterator for Documents {
    type Item = Result<StoredDocument, BackupError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ending.is_some() {
            return None;
        }
        let unlike = || BackupError::Unlike(self.path.clone());
        let line = match self.lines.next() {
            // A file that was cut has no ending, which the verification finds.
            None => return None,
            Some(Err(source)) => return Some(Err(disk(&self.path, source))),
            Some(Ok(line)) => line,
        };
        if let Some(rest) = line.strip_prefix("],") {
            return match serde_json::from_str(&format!("{{{rest}")) {
                Ok(ending) => {
                    self.ending = Some(ending);
                    None
                }
                Err(_) => Some(Err(unlike())),
            };
        }
        let document = line.strip_suffix(',').unwrap_or(&line);
        Some(serde_json::from_str(document).map_err(|_| unlike()))
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn disk(path: &Path, source: io::Error) -> BackupError {
    BackupError::Disk {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn document(number: u32) -> StoredDocument {
        serde_json::from_value(json!({
            "name": format!("projects/p/databases/(default)/documents/sessions/{number}"),
            "fields": {
                "text": {"stringValue": "a\nb \"c\" ],学"},
                "double": {"doubleValue": 33.333_333_333_333_336},
            },
            "createTime": "2026-11-22T06:30:00Z",
            "updateTime": "2026-11-22T06:30:00.123456Z",
        }))
        .unwrap()
    }

    fn written(path: &Path, count: u32) -> BackupWriter {
        let mut writer =
            BackupWriter::create(path, "projects/p", &Extent::All, "2026-11-22T06:31:00Z").unwrap();
        for number in 0..count {
            writer.add(&document(number)).unwrap();
        }
        writer
    }

    #[test]
    fn a_backup_is_one_json_document_from_which_everything_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        for count in [0, 1, 3] {
            let path = folder.path().join(format!("{count}.json"));
            let backup = written(&path, count).finish().unwrap();
            let read: Vec<_> = backup.documents().unwrap().map(Result::unwrap).collect();
            assert_eq!(read, (0..count).map(document).collect::<Vec<_>>());
            let whole: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            assert_eq!(whole["kind"], KIND);
            assert_eq!(whole["count"], count);
            assert_eq!(whole["sha256"], backup.sha256());
            assert_eq!(
                whole["documents"].as_array().unwrap().len() as u64,
                backup.count()
            );
        }
    }

    #[test]
    fn a_backup_is_its_owners_alone_and_never_written_over() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.json");
        let second = written(&path, 2);
        written(&path, 1).finish().unwrap();
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let before = std::fs::read(&path).unwrap();
        // One begun before the other was there, and one begun after.
        assert!(matches!(second.finish(), Err(BackupError::Exists(_))));
        let third = BackupWriter::create(&path, "p", &Extent::All, "");
        assert!(matches!(third, Err(BackupError::Exists(_))));
        assert_eq!(std::fs::read(&path).unwrap(), before);
        let names = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 1, "nothing half-written is left");
    }

    #[test]
    fn a_backup_that_is_not_what_was_written_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.json");
        let backup = written(&path, 3).finish().unwrap();
        let ending = backup.ending.clone();
        let good = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = good.lines().collect();
        let cut = lines[..3].join("\n");
        let short = [lines[0], lines[2], lines[3], lines[4]].join("\n");
        for bad in [
            String::new(),
            "{}".to_owned(),
            good.replacen("学", "字", 1),
            good.replacen("0.123456", "0.123457", 1),
            good.replacen("\"count\":3", "\"count\":2", 1),
            good.replacen("stringValue", "stringValue\u{0}", 1),
            cut,
            short,
        ] {
            std::fs::write(&path, &bad).unwrap();
            let read = VerifiedBackup::read_back(path.clone(), &ending);
            assert!(matches!(read, Err(BackupError::Unlike(_))), "{bad:?}");
        }
        std::fs::write(&path, &good).unwrap();
        assert!(VerifiedBackup::read_back(path, &ending).is_ok());
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_of_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none/b.json");
        let refused = BackupWriter::create(&path, "p", &Extent::All, "");
        assert!(matches!(refused, Err(BackupError::Disk { .. })));
    }
}
