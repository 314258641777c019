//! The columns and rows of each list.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;

use super::sheet::{Cell, Column, Kind, Sheet, in_file_names};
use crate::domain::{
    AdmissionNumber, Band, Channel, OnRecord, PersonName, Roster, Standing, StudentLine, Zone,
};
use crate::store::{LeftAtPortal, SessionEntry, StudentRecord, UnitRecord};

/// Everybody of a session: enrolled, or on record.
pub(super) fn session(
    roster: &Roster,
    entries: &[SessionEntry],
    record: &UnitRecord,
    zone: Zone,
) -> Sheet {
    let on_record: HashMap<&AdmissionNumber, &SessionEntry> = entries
        .iter()
        .map(|entry| (&entry.admission_number, entry))
        .collect();
    let of_unit: HashMap<&AdmissionNumber, &StudentRecord> = record
        .students
        .iter()
        .map(|student| (&student.student.admission_number, student))
        .collect();
    let enrolled = roster
        .lines
        .iter()
        .map(|line| (&line.admission_number, line.name.as_ref()));
    let recorded = entries
        .iter()
        .map(|entry| (&entry.admission_number, entry.name.as_ref()));
    // By number, and each once: most of those on record are enrolled.
    let everybody: BTreeMap<_, _> = enrolled.chain(recorded).collect();
    let standings: HashMap<&AdmissionNumber, &Standing> = roster
        .lines
        .iter()
        .map(|line| (&line.admission_number, &line.standing))
        .collect();
    let rows = everybody.into_iter().map(|(number, known_as)| {
        let entry = on_record.get(number).copied();
        let student = of_unit.get(number).copied();
        let counted = standings.get(number).copied();
        let mut row = vec![
            Cell::Text(number.to_string()),
            name(known_as),
            Cell::Text(mark(entry).to_owned()),
        ];
        row.extend(about(entry, zone));
        let enrolled_on = student.and_then(|student| student.enrolled_on);
        row.push(enrolled_on.map_or(Cell::Empty, Cell::Date));
        // A student who is not enrolled and has no record that counts has no percentage.
        match counted.or(student.map(|student| &student.standing)) {
            Some(counted) => row.extend(standing(counted)),
            None => row.extend(std::array::from_fn::<_, 6, _>(|_| Cell::Empty)),
        }
        row.push(correction(entry));
        row.extend(at_portal(entry));
        row
    });
    let session = &roster.session;
    Sheet {
        title: format!(
            "{} session {}, {} {}",
            session.unit_code,
            session.number,
            session.date(zone),
            session.time_slot(zone)
        ),
        file_stem: format!(
            "{}-session-{}-{}-{}",
            in_file_names(session.unit_code.as_str()),
            session.number,
            session.date(zone),
            session
                .time_slot(zone)
                .replace(" - ", "-")
                .replace(':', "-")
        ),
        columns: columns([
            text("Mark", 10),
            column("Time", Kind::Moment),
            text("Channel", 10),
            text("Other kiosk", 14),
            column("Late minutes", Kind::Whole),
            text("Flags", 24),
            text("Typed name", 24),
            column("Clock said first", Kind::Moment),
            column("Enrolled on", Kind::Date),
        ])
        .chain(figures())
        .chain([
            text("Band", 10),
            text("Correction", 30),
            text("To do at the portal", 30),
            text("Portal id", 14),
        ])
        .collect(),
        rows: rows.collect(),
    }
}

/// Students down, lectures across, each with the reason why it counts as it does.
pub(super) fn unit(record: &UnitRecord, zone: Zone) -> Sheet {
    let lectures = record.sessions.iter().map(|session| {
        let heading = format!(
            "{} {} {}",
            session.number,
            session.date(zone),
            zone.hour_minute(session.starts_at)
        );
        text(&heading, 18)
    });
    let columns = columns(lectures).chain(figures()).chain([text("Band", 10)]);
    let rows = record.students.iter().map(|student| {
        let mut row = who(&student.student);
        let reasons = student.reasons.iter();
        row.extend(reasons.map(|reason| Cell::Text(reason.as_str().to_owned())));
        row.extend(standing(&student.standing));
        row
    });
    Sheet {
        title: format!("{}, semester {}", record.unit, record.semester.as_str()),
        file_stem: stem(record),
        columns: columns.collect(),
        rows: rows.collect(),
    }
}

fn stem(record: &UnitRecord) -> String {
    format!(
        "{}-semester-{}",
        in_file_names(record.unit.as_str()),
        in_file_names(record.semester.as_str())
    )
}

/// Who may sit the exam, by which rule, as of when.
pub(super) fn exam(record: &UnitRecord, required_percent: u32, at: NaiveDateTime) -> Sheet {
    let rule = format!("at least {required_percent} % of the lectures held so far");
    let rows = record.students.iter().map(|student| {
        let standing = &student.standing;
        let mut row = who(&student.student);
        row.extend([
            Cell::Whole(standing.attended),
            Cell::Whole(standing.held),
            Cell::Whole(standing.planned),
            Cell::Percent(standing.of_plan, None),
            Cell::Percent(standing.so_far, Some(standing.band)),
            Cell::Text(decision(standing.band).to_owned()),
            Cell::Text(rule.clone()),
            Cell::Moment(at),
        ]);
        row
    });
    Sheet {
        title: format!(
            "{}, semester {}: who may sit the exam",
            record.unit,
            record.semester.as_str()
        ),
        file_stem: format!("{}-who-may-sit-the-exam", stem(record)),
        columns: columns(figures())
            .chain([
                text("Decision", 14),
                text("Rule", 44),
                column("Generated at", Kind::Moment),
            ])
            .collect(),
        rows: rows.collect(),
    }
}

/// The columns of a list: whose line it is, then these.
fn columns(others: impl IntoIterator<Item = Column>) -> impl Iterator<Item = Column> {
    [text("Admission number", 20), text("Name", 28)]
        .into_iter()
        .chain(others)
}

/// The columns of a standing.
fn figures() -> [Column; 5] {
    [
        column("Attended", Kind::Whole),
        column("Held", Kind::Whole),
        column("Planned", Kind::Whole),
        column("Of plan %", Kind::Percent),
        column("So far %", Kind::Percent),
    ]
}

fn text(heading: &str, width: u8) -> Column {
    column(heading, Kind::Text { width })
}

fn column(heading: &str, kind: Kind) -> Column {
    Column {
        heading: heading.to_owned(),
        kind,
    }
}

fn who(student: &StudentLine) -> Vec<Cell> {
    vec![
        Cell::Text(student.admission_number.to_string()),
        name(student.name.as_ref()),
    ]
}

fn name(name: Option<&PersonName>) -> Cell {
    name.map_or(Cell::Empty, |name| Cell::Text(name.to_string()))
}

/// The mark as it is filed: a removed one differs from none.
fn mark(entry: Option<&SessionEntry>) -> &'static str {
    match entry.map(|entry| entry.on_record) {
        Some(OnRecord::InTime) => "present",
        Some(OnRecord::Late) => "late",
        Some(OnRecord::Pending) => "pending",
        Some(OnRecord::Removed) => "unmarked",
        Some(OnRecord::Nothing) | None => "absent",
    }
}

/// Time, channel, other kiosk, lateness, flags, typed name, first time.
fn about(entry: Option<&SessionEntry>, zone: Zone) -> [Cell; 7] {
    let Some(entry) = entry else {
        return std::array::from_fn(|_| Cell::Empty);
    };
    let optional = |text: Option<&String>| text.cloned().map_or(Cell::Empty, Cell::Text);
    let flags: Vec<&str> = entry
        .flags
        .iter()
        .map(crate::domain::Flag::as_str)
        .collect();
    [
        Cell::Moment(zone.local(entry.at)),
        Cell::Text(channel(entry.channel).to_owned()),
        optional(entry.kiosk_id.as_ref()),
        Cell::Whole(entry.punctuality.minutes()),
        optional((!flags.is_empty()).then(|| flags.join(" ")).as_ref()),
        optional(entry.typed_name.as_ref()),
        entry
            .clock_said
            .map_or(Cell::Empty, |said| Cell::Moment(zone.local(said))),
    ]
}

fn standing(standing: &Standing) -> [Cell; 6] {
    [
        Cell::Whole(standing.attended),
        Cell::Whole(standing.held),
        Cell::Whole(standing.planned),
        Cell::Percent(standing.of_plan, None),
        Cell::Percent(standing.so_far, Some(standing.band)),
        Cell::Text(band(standing.band).to_owned()),
    ]
}

fn correction(entry: Option<&SessionEntry>) -> Cell {
    entry
        .and_then(|entry| entry.correction.clone())
        .map_or(Cell::Empty, Cell::Text)
}

/// What is to be done by hand where there is no call for it, and to which record there.
fn at_portal(entry: Option<&SessionEntry>) -> [Cell; 2] {
    let Some(left) = entry.and_then(|entry| entry.at_portal.as_ref()) else {
        return [Cell::Empty, Cell::Empty];
    };
    [
        Cell::Text(at_portal_by_hand(left).to_owned()),
        left.portal_id.clone().map_or(Cell::Empty, Cell::Text),
    ]
}

fn at_portal_by_hand(left: &LeftAtPortal) -> &'static str {
    if left.is_certain {
        "take it out"
    } else {
        "look, and take it out"
    }
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Keypad => "at the kiosk",
        Channel::Phone => "by phone",
        Channel::Lecturer => "by the lecturer",
        Channel::Cli => "by a technician",
        Channel::Remote => "at another kiosk",
    }
}

fn band(band: Band) -> &'static str {
    match band {
        Band::NoneHeld => "none held",
        Band::Good => "good",
        Band::Warning => "warning",
        Band::Below => "below",
    }
}

fn decision(band: Band) -> &'static str {
    match band {
        Band::NoneHeld => "undecided",
        Band::Good | Band::Warning => "eligible",
        Band::Below => "not eligible",
    }
}
