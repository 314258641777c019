//! Excuses as spreadsheets save them: number, from, until, category, unit.

use std::collections::HashMap;

use super::columns::{NUMBER, field, position, shown};
use super::{InvalidRoster, RefusedLine, SWALLOWED, day, is_swallowed, number, text};
use crate::domain::{ExcuseCategory, Excused, NumberPattern, UnitCode};
use crate::services::ExcuseOrder;

// Headings as they are looked for: in small letters, signs as blanks. The first that is found wins.
const FROM: [&str; 9] = [
    "from",
    "first day",
    "start",
    "start date",
    "since",
    "date",
    "day",
    "lecture date",
    "lecture",
];
const UNTIL: [&str; 5] = ["until", "to", "last day", "end", "end date"];
const CATEGORY: [&str; 4] = ["category", "kind", "type", "reason"];
const UNIT: [&str; 6] = [
    "unit",
    "unit code",
    "course",
    "course code",
    "module",
    "code",
];

/// A list of excuses as read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvExcuses {
    /// The usable lines, in the file's order.
    pub excuses: Vec<ExcuseRow>,
    /// The others, in the file's order.
    pub refused: Vec<RefusedLine>,
}

/// A line that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcuseRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The excuse that the line gives.
    pub order: ExcuseOrder,
}

struct Columns {
    number: usize,
    from: usize,
    until: Option<usize>,
    category: Option<usize>,
    unit: Option<usize>,
}

impl CsvExcuses {
    /// Reads a list of excuses.
    ///
    /// # Errors
    /// [`InvalidRoster`] when the file as a whole is no such list; single lines are refused in the result.
    pub fn read(bytes: &[u8], pattern: &NumberPattern) -> Result<Self, InvalidRoster> {
        let (headings, records) = text::table(bytes)?;
        let column = |names: &[&str]| position(&headings, names);
        let (Some(number), Some(from)) = (column(&NUMBER), column(&FROM)) else {
            return Err(InvalidRoster::NoExcuses {
                found: shown(&headings),
            });
        };
        let columns = Columns {
            number,
            from,
            until: column(&UNTIL),
            category: column(&CATEGORY),
            unit: column(&UNIT),
        };
        let mut list = Self {
            excuses: Vec::new(),
            refused: Vec::new(),
        };
        let mut seen = HashMap::new();
        for (line, record) in records {
            let order = match excuse(&record, &columns, pattern) {
                Ok(order) => order,
                Err(reason) => {
                    list.refused.push(RefusedLine { line, reason });
                    continue;
                }
            };
            let days = match order.covers {
                Excused::Days(from, until) => Some((from, until)),
                Excused::Lecture(_) => None,
            };
            let key = (order.student.clone(), order.unit.clone(), days);
            if let Some(first) = seen.get(&key) {
                let reason = format!("this excuse is already on line {first}");
                list.refused.push(RefusedLine { line, reason });
            } else {
                seen.insert(key, line);
                list.excuses.push(ExcuseRow { line, order });
            }
        }
        Ok(list)
    }
}

fn excuse(
    record: &csv::StringRecord,
    columns: &Columns,
    pattern: &NumberPattern,
) -> Result<ExcuseOrder, String> {
    if is_swallowed(record) {
        return Err(SWALLOWED.to_owned());
    }
    let student = number(field(record, Some(columns.number)), pattern)?;
    let from = day(field(record, Some(columns.from)), "the first day")?;
    let until = match field(record, columns.until) {
        "" => from,
        until => day(until, "the last day")?,
    };
    if until < from {
        return Err("it ends before it begins".to_owned());
    }
    let category = match field(record, columns.category) {
        "" => ExcuseCategory::Other,
        word => ExcuseCategory::parse(&word.to_lowercase()).ok_or_else(|| {
            let words = ExcuseCategory::ALL.map(ExcuseCategory::as_str).join(", ");
            format!("the category is none: write {words}, or leave it empty")
        })?,
    };
    let unit = match field(record, columns.unit) {
        "" => None,
        code => Some(UnitCode::parse(code).map_err(|error| error.to_string())?),
    };
    Ok(ExcuseOrder {
        student,
        unit,
        covers: Excused::Days(from, until),
        category,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excuses_are_read_and_lines_that_cannot_be_are_refused_with_their_numbers() {
        let text = "Adm No;From;To;Category;Unit\n\
            ADM/1;2026-10-05;2026-10-09;medical;\n\
            ADM/2;05/10/2026;;;cs101\n\
            ADM/1;2026-10-05;2026-10-09;family;\n\
            ;2026-10-05;;;\n\
            ADM/3;someday;;;\n\
            ADM/3;2026-10-05;2026-10-04;;\n\
            ADM/3;2026-10-05;;flu;\n";
        let list = CsvExcuses::read(text.as_bytes(), &NumberPattern::default()).unwrap();
        let told = |row: &ExcuseRow| {
            let Excused::Days(from, until) = row.order.covers else {
                panic!("days");
            };
            let unit = row.order.unit.as_ref().map_or("", UnitCode::as_str);
            let category = row.order.category.as_str();
            format!(
                "{} {} {from} {until} {category} {unit}",
                row.line, row.order.student
            )
        };
        assert_eq!(
            list.excuses.iter().map(told).collect::<Vec<_>>(),
            [
                "2 ADM/1 2026-10-05 2026-10-09 medical ",
                "3 ADM/2 2026-10-05 2026-10-05 other CS101",
            ]
        );
        let refused: Vec<_> = list
            .refused
            .iter()
            .map(|line| (line.line, line.reason.as_str()))
            .collect();
        assert_eq!(
            refused,
            [
                (4, "this excuse is already on line 2"),
                (5, "the admission number is missing"),
                (
                    6,
                    "the first day is no date: write 2026-11-23 or 23/11/2026"
                ),
                (7, "it ends before it begins"),
                (
                    8,
                    "the category is none: write medical, official, family, religious, other, or leave it empty"
                ),
            ]
        );
        let none = CsvExcuses::read(b"name,adm\n", &NumberPattern::default()).unwrap_err();
        assert!(none.to_string().contains("\"name\""), "{none}");
    }
}
