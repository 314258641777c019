//! The columns and rows of each list.

use std::collections::{BTreeMap, HashMap};

use super::sheet::{Cell, Column, Kind, Sheet, in_file_names};
use crate::domain::{
    AdmissionNumber, AttendanceStatus, Basis, Channel, CountReason, CountingPolicy, Decision,
    DecisionReason, Enrolment, ExcusedCounts, LectureLine, LectureStage, Listing, PersonName,
    Roster, RosterLine, Semester, Standing, StudentLine, Timestamp, TimetableLine, Zone,
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
    let expected = roster
        .lines
        .iter()
        .map(|line| (&line.admission_number, line.name.as_ref()));
    let recorded = entries
        .iter()
        .map(|entry| (&entry.admission_number, entry.name.as_ref()));
    // By number, and each once: most of those on record are expected.
    let everybody: BTreeMap<_, _> = expected.chain(recorded).collect();
    let lines: HashMap<&AdmissionNumber, &RosterLine> = roster
        .lines
        .iter()
        .map(|line| (&line.admission_number, line))
        .collect();
    let stamp = stamp(record, zone);
    let rows = everybody.into_iter().map(|(number, known_as)| {
        let entry = on_record.get(number).copied();
        let student = of_unit.get(number).copied();
        let line = lines.get(number).copied();
        let mut row = vec![
            Cell::Text(number.to_string()),
            name(known_as),
            mark(line, entry),
        ];
        row.extend(about(entry, zone));
        row.push(student.map_or(Cell::Empty, |student| enrolled(&student.enrolment)));
        row.extend(standing(
            student.and_then(|student| student.standing.as_ref()),
        ));
        row.push(correction(entry));
        row.extend(at_portal(entry));
        let is_guest = line.is_some_and(|line| line.is_guest);
        row.push(if is_guest {
            spelled("guest")
        } else {
            Cell::Empty
        });
        row.push(student.map_or(Cell::Empty, |student| listing(student.listing)));
        row.extend(stamp.clone());
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
            text("Enrolled", 24),
        ])
        .chain(figures())
        .chain([
            text("Band", 10),
            text("Correction", 30),
            text("To do at the portal", 30),
            text("Portal id", 14),
            text("Guest", 8),
            text("List", 16),
        ])
        .chain(stamps())
        .collect(),
        rows: rows.collect(),
    }
}

/// Students down, lectures across, each with what it counts for and why. Lectures that only the timetable has are
/// left out while they are to come.
pub(super) fn unit(record: &UnitRecord, zone: Zone) -> Sheet {
    let shown: Vec<usize> = record
        .lectures
        .iter()
        .enumerate()
        .filter(|(_, lecture)| {
            let is_open_question = lecture.state == LectureStage::Planned;
            lecture.session.is_some() || (is_open_question && lecture.starts_at <= record.as_of)
        })
        .map(|(place, _)| place)
        .collect();
    let lectures = shown.iter().filter_map(|&place| record.lectures.get(place));
    let lectures = lectures.map(|lecture| {
        let number = lecture
            .number()
            .map_or("-".to_owned(), |number| number.to_string());
        let heading = format!(
            "{number} {} {}",
            lecture.date,
            zone.hour_minute(lecture.starts_at)
        );
        text(&heading, 18)
    });
    let columns = columns(lectures)
        .chain(figures())
        .chain([text("Band", 10), text("Enrolled", 24), text("List", 16)])
        .chain(stamps());
    let stamp = stamp(record, zone);
    let rows = listed(record).map(|student| {
        let mut row = who(&student.student);
        let lines = shown.iter().filter_map(|&place| student.lines.get(place));
        row.extend(lines.copied().map(word));
        row.extend(standing(student.standing.as_ref()));
        row.push(enrolled(&student.enrolment));
        row.push(listing(student.listing));
        row.extend(stamp.clone());
        row
    });
    let rows = rows.collect();
    Sheet {
        title: format!("{}, semester {}", record.unit, record.semester.as_str()),
        file_stem: stem(record),
        columns: columns.collect(),
        rows,
    }
}

/// Those of the class list by number, then those who are on none; without strangers whose marks were removed.
pub fn listed(record: &UnitRecord) -> impl Iterator<Item = &StudentRecord> {
    let of = |listing| {
        record
            .students
            .iter()
            .filter(move |it| it.listing == listing)
    };
    let came = |student: &&StudentRecord| {
        student
            .lines
            .iter()
            .any(|line| !matches!(line.status, None | Some(AttendanceStatus::Removed)))
    };
    of(Listing::Main)
        .chain(of(Listing::Apart))
        .chain(of(Listing::Stranger).filter(came))
}

/// How the student came, or why the lecture counts as it does.
fn word(line: LectureLine) -> Cell {
    match (line.reason, line.status) {
        (
            CountReason::Attended
            | CountReason::AttendedElsewhere
            | CountReason::AttendedUnexpected
            | CountReason::Stranger,
            Some(status),
        ) => spelled(status.as_str()),
        (CountReason::Stranger, None) => Cell::Empty,
        (reason, _) => spelled(reason.as_str()),
    }
}

/// The lectures of a semester, in the columns that an import reads.
pub(super) fn timetable(lines: &[TimetableLine], semester: &Semester, zone: Zone) -> Sheet {
    let rows = lines.iter().map(|line| {
        let lecture = &line.lecture;
        let (starts, ends) = (lecture.starts_at, lecture.ends_at);
        let group = lecture.group.as_ref();
        vec![
            line.id.map_or(Cell::Empty, |id| Cell::Text(id.to_string())),
            Cell::Text(lecture.unit.to_string()),
            Cell::Date(zone.date(starts)),
            Cell::Text(zone.hour_minute(starts)),
            Cell::Text(zone.hour_minute(ends)),
            Cell::Text(lecture.venue.to_string()),
            group.map_or(Cell::Empty, |group| Cell::Text(group.to_string())),
            Cell::Text(
                if lecture.voluntary == Some(true) {
                    "yes"
                } else {
                    "no"
                }
                .to_owned(),
            ),
        ]
    });
    Sheet {
        title: format!("Timetable of semester {semester}"),
        file_stem: format!("timetable-{}", in_file_names(semester.as_str())),
        columns: vec![
            text("Lecture ID", 38),
            text("Unit", 12),
            column("Date", Kind::Date),
            text("Start", 8),
            text("End", 8),
            text("Venue", 20),
            text("Group", 10),
            text("Voluntary", 10),
        ],
        rows: rows.collect(),
    }
}

/// A fixed word of the domain, as lists spell it.
fn spelled(word: &str) -> Cell {
    Cell::Text(word.replace('_', " "))
}

fn listing(listing: Listing) -> Cell {
    match listing {
        Listing::Main => Cell::Empty,
        Listing::Apart => Cell::Text("on no class list".to_owned()),
        Listing::Stranger => Cell::Text("not enrolled".to_owned()),
    }
}

/// By which rule, when, and from how complete a knowledge a list was made.
fn stamps() -> [Column; 4] {
    [
        text("Rule", 44),
        column("Generated at", Kind::Moment),
        text("Policy", 14),
        text("Complete", 10),
    ]
}

fn stamp(record: &UnitRecord, zone: Zone) -> [Cell; 4] {
    // To the second, in every form alike.
    let millis = record.as_of.millis();
    let at = Timestamp::from_millis(millis - millis.rem_euclid(1000));
    [
        Cell::Text(rule(&record.policy)),
        Cell::Moment(zone.local(at)),
        Cell::Text(record.policy.version()),
        Cell::Text(if record.complete { "yes" } else { "no" }.to_owned()),
    ]
}

/// The rule of the exam in a line.
#[must_use]
pub fn rule(policy: &CountingPolicy) -> String {
    let whole = match policy.basis {
        Basis::Held => "lectures held so far".to_owned(),
        Basis::Planned => format!("{} lectures planned", policy.planned_lessons),
    };
    let required = policy.required_percent;
    let mut parts = vec![format!("at least {required} % of the {whole}")];
    match policy.excused {
        ExcusedCounts::NotCounted => {}
        ExcusedCounts::Present => parts.push("excused counts as attended".to_owned()),
        ExcusedCounts::Absent => parts.push("excused counts as missed".to_owned()),
    }
    if policy.excused_leaves_plan && policy.excused == ExcusedCounts::NotCounted {
        parts.push("excused lectures leave the plan".to_owned());
    }
    if let lates @ 1.. = policy.lates_per_absence {
        parts.push(format!("{lates} late arrivals cost one lecture"));
    }
    if let lectures @ 2.. = policy.minimum_lectures {
        parts.push(format!("from {lectures} lectures on"));
    }
    parts.join("; ")
}

fn stem(record: &UnitRecord) -> String {
    format!(
        "{}-semester-{}",
        in_file_names(record.unit.as_str()),
        in_file_names(record.semester.as_str())
    )
}

/// Who may sit the exam, by which rule, as of when.
pub(super) fn exam(record: &UnitRecord, zone: Zone) -> Sheet {
    let [rule, generated_at, policy, complete] = stamps();
    let stamp = stamp(record, zone);
    let rows = listed(record).map(|student| {
        let figures = student.standing.as_ref();
        let exam = figures.map(|figures| &figures.exam);
        let mut row = who(&student.student);
        let [attended, held, planned, of_plan, so_far, _band] = standing(figures);
        let [of_rule, at, version, is_complete] = stamp.clone();
        row.extend([attended, held, planned, of_plan, so_far]);
        let (decided, reasons) = decision(student);
        let reasons: Vec<&str> = reasons.iter().map(|it| it.as_str()).collect();
        row.push(spelled(decided.as_str()));
        row.extend([of_rule, at]);
        row.push(exam.map_or(Cell::Empty, |exam| Cell::Text(exam.share.to_string())));
        row.push(spelled(&reasons.join(", ")));
        row.push(enrolled(&student.enrolment));
        row.push(listing(student.listing));
        row.extend([version, is_complete]);
        row
    });
    let rows = rows.collect();
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
                rule,
                generated_at,
                text("Share", 8),
                text("Reasons", 30),
                text("Enrolled", 24),
                text("List", 16),
                policy,
                complete,
            ])
            .collect(),
        rows,
    }
}

/// The decision about the exam, and why. Nothing is decided of somebody who was never enrolled.
#[must_use]
pub fn decision(student: &StudentRecord) -> (Decision, &[DecisionReason]) {
    match &student.standing {
        Some(standing) => (standing.exam.decision, &standing.exam.reasons),
        None => (Decision::Undecided, &[DecisionReason::NotOnClassList]),
    }
}

/// The days of an enrolment: `from 2026-10-05`, `until 2026-11-02`, `whole semester`; empty for somebody who was
/// never enrolled.
#[must_use]
pub fn days_of(enrolment: &Enrolment) -> String {
    let spans = enrolment.intervals().iter().map(|interval| {
        let days = match (interval.from, interval.until) {
            (None, None) => "whole semester".to_owned(),
            (Some(from), None) => format!("from {from}"),
            (None, Some(until)) => format!("until {until}"),
            (Some(from), Some(until)) => format!("from {from} until {until}"),
        };
        match &interval.group {
            Some(group) => format!("{days}, group {group}"),
            None => days,
        }
    });
    spans.collect::<Vec<_>>().join("; ")
}

fn enrolled(enrolment: &Enrolment) -> Cell {
    if enrolment.is_empty() {
        Cell::Empty
    } else {
        Cell::Text(days_of(enrolment))
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

/// The word on the board; for somebody who is not on it, the mark as it is filed.
fn mark(line: Option<&RosterLine>, entry: Option<&SessionEntry>) -> Cell {
    let on_board = line.map(|line| line.status.as_str());
    let word = on_board.or(entry.map(|entry| entry.mark.as_str()));
    word.map_or(Cell::Empty, spelled)
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

fn standing(standing: Option<&Standing>) -> [Cell; 6] {
    let Some(standing) = standing else {
        return std::array::from_fn(|_| Cell::Empty);
    };
    [
        Cell::Whole(standing.attended),
        Cell::Whole(standing.held),
        Cell::Whole(standing.planned),
        Cell::Percent(standing.of_plan, None),
        standing.so_far.map_or(Cell::Empty, |so_far| {
            Cell::Percent(so_far, Some(standing.band))
        }),
        spelled(standing.band.as_str()),
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
