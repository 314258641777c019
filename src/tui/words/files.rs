//! What is said of lists that become files.

use std::io::ErrorKind;
use std::path::Path;

use crate::services::export::{FileError, Format, List};

/// The name of a list, for a lecturer who chooses one.
#[must_use]
pub fn list(list: &List) -> &'static str {
    match list {
        List::Session(_) => "This session: everybody, absent too",
        List::Unit(..) => "The unit: students and lectures",
        List::Exam(..) => "Who may sit the exam",
    }
}

/// The name of a file format, for a lecturer who chooses one.
#[must_use]
pub fn format(format: Format) -> &'static str {
    match format {
        Format::Xlsx => "XLSX, a workbook",
        Format::Csv => "CSV",
        Format::CsvWithBom => "CSV for Excel (marked as UTF-8)",
        Format::Json => "JSON",
    }
}

/// Where a list has gone.
#[must_use]
pub fn written(place: &Path, name: &str, lines: usize) -> String {
    let lines = if lines == 1 {
        "1 line".to_owned()
    } else {
        format!("{lines} lines")
    };
    format!("Written: {name} ({lines}) in {}", place.display())
}

/// Why a list is nowhere.
#[must_use]
pub fn not_written(place: &Path, error: &FileError) -> String {
    let why = match error {
        FileError::NoRoom(_) => "The disk is full",
        FileError::NoFolder(_) => "That folder is not there any more",
        FileError::Folder(_) | FileError::Special(_) => {
            "Something else there has the name of the list"
        }
        FileError::Other { source, .. } => match source.kind() {
            ErrorKind::PermissionDenied => "The kiosk may not write there",
            ErrorKind::ReadOnlyFilesystem => "That disk can only be read",
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => "That is not a folder",
            _ => return format!("{source}. Nothing was written to {}", place.display()),
        },
    };
    format!("{why}. Nothing was written to {}", place.display())
}
