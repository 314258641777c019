//! Rosters, timetables and excuses as spreadsheets save them (features D1 and E4): text in some encoding, some delimiter, some headings.
//!
//! Reads bytes into students and refused lines; knows no file and no database. The only place that names `csv`.

mod columns;
mod excuses;
mod text;
mod timetable;

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::domain::{
    AdmissionNumber, InvalidAdmissionNumber, ListedPlace, NumberPattern, PersonName, clean_line,
};
use crate::store::ImportedStudent;
use columns::Columns;
pub use excuses::{CsvExcuses, ExcuseRow};
pub use timetable::CsvTimetable;

/// A roster as read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvRoster {
    /// The usable lines, in the file's order.
    pub students: Vec<RosterRow>,
    /// The others, in the file's order.
    pub refused: Vec<RefusedLine>,
}

/// A line that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The student that the line names.
    pub student: ImportedStudent,
}

/// A line that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RefusedLine {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Why. Never repeats what the line says: it goes to a terminal.
    pub reason: String,
}

/// Why a file is no roster at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRoster {
    /// The file has no text at all.
    #[error("the file is empty")]
    Empty,
    /// A workbook, a PDF or the like.
    #[error("the file is not text; save the sheet as CSV and import that")]
    NotText,
    /// More than any school has.
    #[error("the file is larger than {} MB", CsvRoster::MAX_BYTES / 1_000_000)]
    TooLarge,
    /// No column can be the admission number.
    #[error(
        "no column holds admission numbers: the first line reads {found}; call a column \"admission number\" and put the names into \"name\""
    )]
    NoNumbers {
        /// The headings, cleaned for showing.
        found: String,
    },
    /// A column of a list of excuses is missing.
    #[error(
        "the file is no list of excuses: the first line reads {found}; call the columns number, from, until, category and unit"
    )]
    NoExcuses {
        /// The headings, cleaned for showing.
        found: String,
    },
    /// A column of a timetable is missing.
    #[error(
        "the file is no timetable: the first line reads {found}; call the columns unit, date, start, end and venue"
    )]
    NoTimetable {
        /// The headings, cleaned for showing.
        found: String,
    },
}

impl CsvRoster {
    /// The largest file that is read: a hundred times the largest university's roster.
    pub const MAX_BYTES: usize = 64_000_000;

    /// Reads a roster. `progress` gets the number of bytes read, now and then.
    ///
    /// # Errors
    /// [`InvalidRoster`] when the file as a whole is no roster; single lines are refused in the result.
    pub fn read(
        bytes: &[u8],
        pattern: &NumberPattern,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, InvalidRoster> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(InvalidRoster::TooLarge);
        }
        let text = text::decode(bytes).ok_or(InvalidRoster::NotText)?;
        let text = text::one_kind_of_line_end(&text);
        let (text, skipped, delimiter) = text::delimiter(&text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        // No record can fail: the text is UTF-8, it is in memory, and every length is welcome.
        let mut records = reader.records().map_while(Result::ok).filter(|record| {
            // A sheet's empty rows are saved as lines of delimiters.
            record.iter().any(|field| !field.trim().is_empty())
        });
        let headings = records.next().ok_or(InvalidRoster::Empty)?;
        let columns = Columns::find(&headings)?;
        let mut roster = Self {
            students: Vec::new(),
            refused: Vec::new(),
        };
        let mut seen = HashMap::new();
        let mut lines = text::Lines::starting_at(text, skipped + 1);
        for (index, record) in records.enumerate() {
            let start = record.position().map_or(0, csv::Position::byte);
            if index % 1000 == 0 {
                progress(start);
            }
            let line = lines.line_of(start);
            match row(&record, &columns, pattern) {
                Err(reason) => roster.refused.push(RefusedLine { line, reason }),
                Ok(student) => {
                    if let Some(first) = seen.get(&student.admission_number) {
                        let reason = format!("this admission number is already on line {first}");
                        roster.refused.push(RefusedLine { line, reason });
                    } else {
                        seen.insert(student.admission_number.clone(), line);
                        roster.students.push(RosterRow { line, student });
                    }
                }
            }
        }
        progress(text.len() as u64);
        Ok(roster)
    }
}

fn row(
    record: &csv::StringRecord,
    columns: &Columns,
    pattern: &NumberPattern,
) -> Result<ImportedStudent, String> {
    if is_swallowed(record) {
        return Err(SWALLOWED.to_owned());
    }
    let admission_number = number(columns.number(record), pattern)?;
    let name = columns.name(record);
    let name = if name.is_empty() {
        None
    } else {
        Some(PersonName::parse(&name).map_err(|error| error.to_string())?)
    };
    Ok(ImportedStudent {
        admission_number,
        name,
        // RFC 5321 §4.5.3.1.3: the longest address.
        email: contact(columns.email(record), 254, "the e-mail address")?,
        // The width of the phone column in the Django system is 20; written with blanks it can be longer.
        phone: contact(columns.phone(record), 40, "the phone number")?,
        place: place(record, columns)?,
    })
}

/// The days and the group that a line gives, if it gives any.
fn place(record: &csv::StringRecord, columns: &Columns) -> Result<ListedPlace, String> {
    let optional = |text: &str, what: &str| match text {
        "" => Ok(None),
        text => day(text, what).map(Some),
    };
    let from = optional(columns.from(record), "the first day")?;
    let until = optional(columns.until(record), "the last day")?;
    if from.is_some() && until.is_some() && until < from {
        return Err("it ends before it begins".to_owned());
    }
    let group = timetable::group(columns.group(record))?;
    Ok(ListedPlace { from, until, group })
}

fn day(text: &str, what: &str) -> Result<NaiveDate, String> {
    timetable::date(text)
        .ok_or_else(|| format!("{what} is no date: write 2026-11-23 or 23/11/2026"))
}

const SWALLOWED: &str = "a field goes on over several lines: look for a quote that is not closed";

/// Whether a field goes on over several lines: a forgotten quote swallows the lines after it, silently where they
/// fall into a column nobody reads.
fn is_swallowed(record: &csv::StringRecord) -> bool {
    record.iter().any(|field| field.contains('\n'))
}

fn number(raw: &str, pattern: &NumberPattern) -> Result<AdmissionNumber, String> {
    if raw.is_empty() {
        return Err("the admission number is missing".to_owned());
    }
    pattern.read(raw).map_err(|error| match error {
        InvalidAdmissionNumber::Text(why) => format!("the admission number {why}"),
        InvalidAdmissionNumber::Pattern
        | InvalidAdmissionNumber::Script
        | InvalidAdmissionNumber::Code => {
            "the admission number does not have the form that check_in.admission_number_pattern asks for"
                .to_owned()
        }
    })
}

/// A contact that may be left out, also in the ways in which people write "none".
fn contact(raw: &str, longest: usize, what: &str) -> Result<String, String> {
    let is_none = ["", "-", "n/a", "na", "none", "nil", "null"]
        .iter()
        .any(|word| raw.eq_ignore_ascii_case(word));
    if is_none {
        return Ok(String::new());
    }
    clean_line(raw, longest).map_err(|error| format!("{what} {error}"))
}

#[cfg(test)]
mod tests;
