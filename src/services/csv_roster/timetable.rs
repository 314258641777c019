//! Timetables as spreadsheets save them (feature E4): unit, date, start, end, venue, group, voluntary.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime};

use super::columns::{GROUP, field, position, shown};
use super::{InvalidRoster, RefusedLine, text};
use crate::domain::{
    Group, PlannedLecture, SessionId, TimetableLine, UnitCode, Venue, Zone, end_of,
};

// Headings as they are looked for: in small letters, signs as blanks. The first that is found wins.
const UNIT: [&str; 8] = [
    "unit",
    "unit code",
    "course",
    "course code",
    "module",
    "module code",
    "subject",
    "code",
];
const DATE: [&str; 3] = ["date", "day", "lecture date"];
const START: [&str; 6] = [
    "start",
    "start time",
    "starts at",
    "starts",
    "from",
    "begin",
];
const END: [&str; 6] = ["end", "end time", "ends at", "ends", "to", "until"];
const VENUE: [&str; 6] = ["venue", "room", "hall", "place", "location", "lecture room"];
const ID: [&str; 1] = ["lecture id"];
const VOLUNTARY: [&str; 2] = ["voluntary", "optional"];

/// A timetable as read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvTimetable {
    /// The usable lines, in the file's order.
    pub lectures: Vec<TimetableLine>,
    /// The others, in the file's order.
    pub refused: Vec<RefusedLine>,
}

struct Columns {
    unit: usize,
    date: usize,
    start: usize,
    end: usize,
    venue: Option<usize>,
    group: Option<usize>,
    voluntary: Option<usize>,
    id: Option<usize>,
}

impl CsvTimetable {
    /// Reads a timetable in a site's local time. A time that a change of the clocks skips is the first moment
    /// after the gap, and one that happens twice is the first of the two, as everywhere in this program.
    ///
    /// # Errors
    /// [`InvalidRoster`] when the file as a whole is no timetable; single lines are refused in the result.
    pub fn read(bytes: &[u8], zone: Zone) -> Result<Self, InvalidRoster> {
        let (headings, records) = text::table(bytes)?;
        let column = |names: &[&str]| position(&headings, names);
        let columns = (column(&UNIT), column(&DATE), column(&START), column(&END));
        let (Some(unit), Some(date), Some(start), Some(end)) = columns else {
            return Err(InvalidRoster::NoTimetable {
                found: shown(&headings),
            });
        };
        let columns = Columns {
            unit,
            date,
            start,
            end,
            venue: column(&VENUE),
            group: column(&GROUP),
            voluntary: column(&VOLUNTARY),
            id: column(&ID),
        };
        let mut timetable = Self {
            lectures: Vec::new(),
            refused: Vec::new(),
        };
        let mut seen = HashMap::new();
        for (line, record) in records {
            let lecture = match lecture(&record, &columns, zone) {
                Ok(lecture) => lecture,
                Err(reason) => {
                    timetable.refused.push(RefusedLine { line, reason });
                    continue;
                }
            };
            let key = (
                lecture.unit.clone(),
                lecture.starts_at,
                lecture.venue.folded(),
            );
            if let Some(first) = seen.get(&key) {
                let reason = format!("this lecture is already on line {first}");
                timetable.refused.push(RefusedLine { line, reason });
            } else {
                seen.insert(key, line);
                // Other programs number lectures in their own way.
                let id = SessionId::parse(field(&record, columns.id));
                timetable.lectures.push(TimetableLine { line, id, lecture });
            }
        }
        Ok(timetable)
    }
}

fn lecture(
    record: &csv::StringRecord,
    columns: &Columns,
    zone: Zone,
) -> Result<PlannedLecture, String> {
    let unit = UnitCode::parse(field(record, Some(columns.unit))).map_err(|e| e.to_string())?;
    let date = date(field(record, Some(columns.date)))
        .ok_or("the date is none: write 2026-11-23 or 23/11/2026")?;
    let start = time(field(record, Some(columns.start)))
        .ok_or("the start is no time: write 09:00 or 9:00 AM")?;
    let end = time(field(record, Some(columns.end)))
        .ok_or("the end is no time: write 11:00 or 11:00 AM")?;
    let venue = Venue::parse(field(record, columns.venue)).map_err(|error| error.to_string())?;
    let starts = date.and_time(start);
    let ends = end_of(starts, end).ok_or("it ends before it starts")?;
    let (starts_at, ends_at) = (zone.moment(starts), zone.moment(ends));
    if ends_at <= starts_at {
        return Err("the clocks change then and nothing is left of it".to_owned());
    }
    Ok(PlannedLecture {
        unit,
        starts_at,
        ends_at,
        venue,
        group: group(field(record, columns.group))?,
        voluntary: match field(record, columns.voluntary) {
            "" => None,
            word => Some(yes_or_no(word).ok_or("voluntary is neither: write yes or no")?),
        },
    })
}

/// The group that a field names, if it names one.
pub(super) fn group(text: &str) -> Result<Option<Group>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let group = Group::parse(text);
    group
        .map(Some)
        .map_err(|error| format!("the group {error}"))
}

fn yes_or_no(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" => Some(true),
        "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// A date, the day before the month where there are strokes: as in every country with a kiosk but one.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
        // %Y also reads the year 26.
        .filter(|date| (2000..2200).contains(&chrono::Datelike::year(date)))
}

fn time(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%H.%M"]
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(text, form).ok())
        .map(|time| chrono::Timelike::with_second(&time, 0).unwrap_or(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(zone: &str, text: &str) -> CsvTimetable {
        CsvTimetable::read(text.as_bytes(), Zone::parse(zone).unwrap()).unwrap()
    }

    /// `line unit start end venue` of each lecture.
    fn lectures(zone: &str, lines: &str) -> Vec<String> {
        let timetable = read(zone, &format!("Unit,Date,Start,End,Venue\n{lines}"));
        assert_eq!(timetable.refused, [], "nothing is refused");
        let shown = |row: &TimetableLine| {
            let lecture = &row.lecture;
            let short = |at: crate::domain::Timestamp| at.to_string()[..16].to_owned();
            let (start, end) = (short(lecture.starts_at), short(lecture.ends_at));
            format!(
                "{} {} {start} {end} {}",
                row.line,
                lecture.unit,
                lecture.venue.as_str()
            )
        };
        timetable.lectures.iter().map(shown).collect()
    }

    fn refused(lines: &str) -> Vec<(u64, String)> {
        let timetable = read(
            "Africa/Nairobi",
            &format!("Unit,Date,Start,End,Venue\n{lines}"),
        );
        let refused = timetable.refused.into_iter();
        refused.map(|line| (line.line, line.reason)).collect()
    }

    #[test]
    fn a_timetable_is_read_in_local_time_and_many_spellings() {
        let expected = ["2 CS101 2026-11-23T06:00 2026-11-23T08:00 Hall 1"];
        for line in [
            "cs101,2026-11-23,09:00,11:00,Hall 1",
            "CS101,23/11/2026,9:00,11:00, Hall  1 ",
            "CS101,23.11.2026,9:00 AM,11:00 AM,Hall 1",
        ] {
            assert_eq!(lectures("Africa/Nairobi", line), expected, "{line}");
        }
        let half = lectures("Asia/Kolkata", "CS101,2026-11-23,09:00,11:00,Hall 1");
        assert_eq!(half, ["2 CS101 2026-11-23T03:30 2026-11-23T05:30 Hall 1"]);
        let other =
            "\u{feff}Room;Course code;To;From;Date\r\nHall 1;CS101;11:00;09:00;2026-11-23\r\n";
        assert_eq!(read("Africa/Nairobi", other).lectures.len(), 1);
    }

    #[test]
    fn an_evening_lecture_may_end_after_midnight_and_a_day_has_several() {
        assert_eq!(
            lectures(
                "Africa/Nairobi",
                "CS101,2026-11-23,22:00,01:00,A\nCS101,2026-11-23,08:00,10:00,A\nCS101,2026-11-23,08:00,10:00,B\n"
            ),
            [
                "2 CS101 2026-11-23T19:00 2026-11-23T22:00 A",
                "3 CS101 2026-11-23T05:00 2026-11-23T07:00 A",
                "4 CS101 2026-11-23T05:00 2026-11-23T07:00 B",
            ]
        );
    }

    #[test]
    fn when_the_clocks_change_a_skipped_time_is_the_next_and_a_double_one_the_first() {
        assert_eq!(
            lectures(
                "Europe/Warsaw",
                "A,2026-03-29,02:30,04:00,\nA,2026-10-25,02:30,04:00,\nA,2026-10-24,22:00,04:00,\n"
            ),
            [
                "2 A 2026-03-29T01:00 2026-03-29T02:00 ",
                "3 A 2026-10-25T00:30 2026-10-25T03:00 ",
                "4 A 2026-10-24T20:00 2026-10-25T03:00 ",
            ]
        );
        let zone = Zone::parse("Europe/Warsaw").unwrap();
        let nothing = "Unit,Date,Start,End\nA,2026-03-29,02:10,02:50\n";
        let nothing = CsvTimetable::read(nothing.as_bytes(), zone).unwrap();
        assert_eq!(nothing.refused[0].line, 2);
    }

    #[test]
    fn a_line_that_cannot_be_is_refused_with_its_number() {
        let wrong = refused(
            "CS101,2026-02-30,09:00,11:00,A\n,2026-11-23,09:00,11:00,A\nCS101,2026-11-23,soon,11:00,A\n\
             CS101,2026-11-23,11:00,09:00,A\nCS101,2026-11-23,09:00,11:00,A\nCS101,2026-11-23,09:00,12:00,A\n\
             CS101,23/11/26,09:00,11:00,A\n",
        );
        let lines: Vec<u64> = wrong.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 7, 8], "{wrong:?}");
        assert_eq!(wrong[4].1, "this lecture is already on line 6");
        let zone = Zone::parse("Africa/Nairobi").unwrap();
        let none = CsvTimetable::read(b"name,adm\n", zone).unwrap_err();
        assert!(none.to_string().contains("\"name\""), "{none}");
    }

    #[test]
    fn a_group_and_whether_anybody_is_expected_are_read_where_there_are_such_columns() {
        let text = "Unit,Date,Start,End,Group,Voluntary\n\
            CS101,2026-09-28,09:00,11:00,A,\n\
            CS101,2026-09-28,11:00,13:00,,yes\n\
            CS101,2026-09-28,14:00,15:00,B,No\n\
            CS101,2026-09-28,15:00,16:00,B,perhaps\n";
        let timetable = read("Africa/Nairobi", text);
        let told = |row: &TimetableLine| {
            let group = row.lecture.group.as_ref().map(ToString::to_string);
            (group, row.lecture.voluntary)
        };
        let told: Vec<_> = timetable.lectures.iter().map(told).collect();
        assert_eq!(
            told,
            [
                (Some("A".to_owned()), None),
                (None, Some(true)),
                (Some("B".to_owned()), Some(false)),
            ]
        );
        let refused = &timetable.refused[0];
        assert_eq!(
            (refused.line, refused.reason.as_str()),
            (5, "voluntary is neither: write yes or no")
        );
    }
}
