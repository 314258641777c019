//! Which column is what, by its heading.

use csv::StringRecord;

use super::InvalidRoster;
use crate::domain::clean_line;

// Headings as they are looked for: in small letters, signs as blanks. The first that is found wins.
pub(super) const NUMBER: [&str; 22] = [
    "admission number",
    "admission no",
    "admission num",
    "admission",
    "adm number",
    "adm no",
    "adm",
    "admno",
    "admissionnumber",
    "registration number",
    "registration no",
    "registration",
    "reg number",
    "reg no",
    "regno",
    "student number",
    "student no",
    "student id",
    "matriculation number",
    "matric no",
    "index number",
    "number",
];
const NAME: [&str; 8] = [
    "student name",
    "full name",
    "fullname",
    "name",
    "names",
    "student names",
    "name of student",
    "student",
];
const FIRST: [&str; 6] = [
    "first name",
    "firstname",
    "given name",
    "given names",
    "forename",
    "first",
];
const MIDDLE: [&str; 5] = [
    "middle name",
    "middlename",
    "other names",
    "other name",
    "middle",
];
const LAST: [&str; 5] = ["last name", "lastname", "surname", "family name", "last"];
const EMAIL: [&str; 6] = [
    "email",
    "e mail",
    "email address",
    "e mail address",
    "mail",
    "student email",
];
const PHONE: [&str; 8] = [
    "phone",
    "phone number",
    "phone no",
    "telephone",
    "mobile",
    "mobile number",
    "tel",
    "cell",
];

const FROM: [&str; 6] = [
    "enrolled from",
    "enrolled on",
    "enrolled since",
    "enrolment date",
    "enrollment date",
    "first day",
];
const UNTIL: [&str; 4] = ["enrolled until", "enrolled to", "withdrawn on", "last day"];
pub(super) const GROUP: [&str; 3] = ["group", "parallel group", "class group"];

/// The position of each field in a record.
pub(super) struct Columns {
    number: usize,
    name: Vec<usize>,
    email: Option<usize>,
    phone: Option<usize>,
    from: Option<usize>,
    until: Option<usize>,
    group: Option<usize>,
}

impl Columns {
    /// Finds the columns by the headings of the first line.
    pub(super) fn find(headings: &StringRecord) -> Result<Self, InvalidRoster> {
        let column = |names: &[&str]| position(headings, names);
        let Some(number) = column(&NUMBER) else {
            return Err(InvalidRoster::NoNumbers {
                found: shown(headings),
            });
        };
        let name = match column(&NAME) {
            Some(whole) => vec![whole],
            None => [column(&FIRST), column(&MIDDLE), column(&LAST)]
                .into_iter()
                .flatten()
                .collect(),
        };
        Ok(Self {
            number,
            name,
            email: column(&EMAIL),
            phone: column(&PHONE),
            from: column(&FROM),
            until: column(&UNTIL),
            group: column(&GROUP),
        })
    }

    pub(super) fn number<'r>(&self, record: &'r StringRecord) -> &'r str {
        field(record, Some(self.number))
    }

    /// The name, joined where it is in several columns.
    pub(super) fn name(&self, record: &StringRecord) -> String {
        let parts = self.name.iter().map(|&column| field(record, Some(column)));
        parts
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(super) fn email<'r>(&self, record: &'r StringRecord) -> &'r str {
        field(record, self.email)
    }

    pub(super) fn from<'r>(&self, record: &'r StringRecord) -> &'r str {
        field(record, self.from)
    }

    pub(super) fn until<'r>(&self, record: &'r StringRecord) -> &'r str {
        field(record, self.until)
    }

    pub(super) fn group<'r>(&self, record: &'r StringRecord) -> &'r str {
        field(record, self.group)
    }

    pub(super) fn phone<'r>(&self, record: &'r StringRecord) -> &'r str {
        field(record, self.phone)
    }
}

pub(super) fn field(record: &StringRecord, column: Option<usize>) -> &str {
    let raw = column
        .and_then(|column| record.get(column))
        .unwrap_or("")
        .trim();
    // ="0712345678" is how a sheet is kept from taking a number for a quantity.
    raw.strip_prefix("=\"")
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(raw)
}

/// The column whose heading is the first of some names that is there.
pub(super) fn position(headings: &StringRecord, names: &[&str]) -> Option<usize> {
    let headings: Vec<String> = headings.iter().map(plain).collect();
    names
        .iter()
        .find_map(|name| headings.iter().position(|heading| heading == name))
}

fn plain(heading: &str) -> String {
    let letters = heading
        .to_lowercase()
        .replace(|c: char| !c.is_alphanumeric(), " ");
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The headings for an error message: what cannot be shown is left out.
pub(super) fn shown(headings: &StringRecord) -> String {
    let names = headings.iter().take(12).map(|heading| {
        format!(
            "{:?}",
            clean_line(heading, 30).unwrap_or_else(|_| "?".to_owned())
        )
    });
    names.collect::<Vec<_>>().join(", ")
}
