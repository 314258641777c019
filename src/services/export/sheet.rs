//! A list before it has a form: columns, and rows of values.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime};

use crate::domain::{Band, Percentage};

/// A list with a title and a heading over each column.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// What it is a list of.
    pub title: String,
    /// The name of a file with it, without its ending: the same list has the same name, and no other has.
    pub file_stem: String,
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// The lines, as wide as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// A label that people chose, as a part of a file's name that every disk and header takes. Different labels stay
/// different: other characters are written as the hexadecimal digits of their bytes.
pub(super) fn in_file_names(label: &str) -> String {
    let mut part = String::new();
    for byte in label.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' => part.push(char::from(byte)),
            b' ' => part.push('_'),
            b'/' => part.push('+'),
            _ => {
                // Writing to a string never fails.
                let _ = write!(part, "={byte:02X}");
            }
        }
    }
    part
}

/// A column of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The text of its first row.
    pub heading: String,
    /// The kind of its values.
    pub kind: Kind,
}

/// The kind of a column's values: it decides the width, and how a workbook shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number, a name, a sentence.
    Text {
        /// About so many characters.
        width: u8,
    },
    /// Numbers that are shown without decimals.
    Whole,
    /// A percentage with two decimals.
    Percent,
    /// A date in the zone of the site.
    Date,
    /// A local moment, to the second.
    Moment,
}

/// A cell of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A cell without a value.
    Empty,
    /// A text, from wherever it comes.
    Text(String),
    /// A number without decimals.
    Whole(u32),
    /// A percentage, and the band it is in where it is to be coloured.
    Percent(Percentage, Option<Band>),
    /// A date in the zone of the site.
    Date(NaiveDate),
    /// A date and time in the zone of the site.
    Moment(NaiveDateTime),
}

impl Cell {
    /// As plain text: what a CSV says.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Whole(count) => count.to_string(),
            Self::Percent(percentage, _) => percentage.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Moment(moment) => moment.format("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }
}
