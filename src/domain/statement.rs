//! What staff, an import or the kiosk itself says: the facts of the school that are not what a door saw.
//!
//! A statement gives the whole value of its key, never a difference: of several about one key the latest is in
//! force. [`Statement::kind`], [`Statement::key`] and [`Statement::value`] are how it is stored and sent, and
//! [`Statement::parse`] reads them back.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::admission_number::AdmissionNumber;
use super::board::Mark;
use super::check_in::{Channel, Flags};
use super::correction::RecordState;
use super::lecturer::StaffId;
use super::macros::words;
use super::percentage::Percentage;
use super::person_name::PersonName;
use super::session::{Semester, SessionId, SessionState, Venue};
use super::time::Timestamp;
use super::unit::UnitCode;

/// A fact as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    Lecturer(StaffId, LecturerFact),
    Unit(UnitCode, UnitFact),
    Student(AdmissionNumber, StudentFact),
    Enrolment(UnitCode, AdmissionNumber, EnrolmentFact),
    Lecture(SessionId, Box<LectureFact>),
    /// The record of a student in a lecture, as staff say it is.
    Mark(SessionId, AdmissionNumber, Box<RecordState>),
}

/// Somebody of the staff. PINs are no statements: a log that is never shortened must not keep old ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LecturerFact {
    pub name: String,
    /// Their department; may be empty.
    pub department: String,
    /// Their telephone number; may be empty.
    pub phone: String,
    pub is_admin: bool,
}

/// A unit of study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFact {
    pub name: String,
    pub lecturer: StaffId,
    /// Lessons planned in a semester; `None` is the site's number.
    pub planned_lessons: Option<u32>,
}

words! {
    /// Who gave a student's name.
    pub enum NameSource {
        /// Staff: a student cannot change it.
        Roster = "roster",
        /// The student, at a check-in.
        Student = "self",
    }
}

/// A student whom staff or a list have named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudentFact {
    /// `None` until one is known.
    pub name: Option<PersonName>,
    pub source: NameSource,
    /// Their mail address; may be empty.
    pub email: String,
    /// Their telephone number; may be empty.
    pub phone: String,
}

/// A student's place on the roster of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentFact {
    /// Earlier lectures are not held against them; `None`: they are not enrolled.
    pub since: Option<NaiveDate>,
}

/// A lecture: what the timetable plans, and what was made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LectureFact {
    pub unit: UnitCode,
    pub state: LectureStage,
    /// `None`: it is in no timetable.
    pub planned: Option<PlannedTimes>,
    /// The lecture that was opened in its place.
    pub held_as: Option<SessionId>,
    /// `None`: it was never opened.
    pub sitting: Option<Sitting>,
}

words! {
    /// How far a lecture has come.
    pub enum LectureStage {
        Planned = "planned",
        Open = "open",
        Closed = "closed",
        Cancelled = "cancelled",
    }
}

impl From<SessionState> for LectureStage {
    fn from(state: SessionState) -> Self {
        match state {
            SessionState::Open => Self::Open,
            SessionState::Closed => Self::Closed,
            SessionState::Cancelled => Self::Cancelled,
        }
    }
}

/// When and where a timetable wants a lecture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTimes {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The room; may be empty.
    pub venue: Venue,
}

/// A lecture that takes, or took, check-ins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    pub opened_at: Timestamp,
    pub lecturer: StaffId,
    pub semester: Semester,
    /// Within unit and semester, from 1.
    pub number: u32,
    /// The local date of the start.
    pub date: NaiveDate,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The room; may be empty.
    pub venue: Venue,
    pub reopened_at: Option<Timestamp>,
    /// The kiosk that opened it; `None`: the kiosk that says so.
    pub origin: Option<String>,
    /// The machine's run in which it was opened "now" by a clock that was not synchronised.
    pub boot: Option<String>,
    /// The monotonic time of that moment, in milliseconds since the machine's start.
    pub uptime_ms: Option<u64>,
    /// Its first start, once that was corrected.
    pub clock_said: Option<Timestamp>,
}

/// A stored statement cannot be read: it is of a newer version, or damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a statement of kind {kind:?} cannot be read: {cause}")]
pub struct InvalidStatement {
    kind: String,
    cause: String,
}

impl Statement {
    /// Which kind of fact it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Lecturer(..) => "lecturer",
            Self::Unit(..) => "unit",
            Self::Student(..) => "student",
            Self::Enrolment(..) => "enrolment",
            Self::Lecture(..) => "lecture",
            Self::Mark(..) => "mark",
        }
    }

    /// What it is about, in one line: parts are separated by a tab, which no id contains.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Lecturer(id, _) => id.to_string(),
            Self::Unit(code, _) => code.to_string(),
            Self::Student(number, _) => number.to_string(),
            Self::Enrolment(unit, number, _) => format!("{unit}\t{number}"),
            Self::Lecture(id, _) => id.to_string(),
            Self::Mark(lecture, number, _) => format!("{lecture}\t{number}"),
        }
    }

    /// The fact as JSON in one line.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Lecturer(_, fact) => serde_json::to_string(fact),
            Self::Unit(_, fact) => serde_json::to_string(fact),
            Self::Student(_, fact) => serde_json::to_string(fact),
            Self::Enrolment(.., fact) => serde_json::to_string(fact),
            Self::Lecture(_, fact) => serde_json::to_string(fact),
            Self::Mark(.., state) => serde_json::to_string(state),
        }
        .expect("text and numbers are JSON")
    }

    /// Reads a statement back.
    ///
    /// # Errors
    /// [`InvalidStatement`] when it is of no known kind, or its key or value is not of that kind's form.
    pub fn parse(kind: &str, key: &str, value: &str) -> Result<Self, InvalidStatement> {
        let invalid = |cause: String| InvalidStatement {
            kind: kind.to_owned(),
            cause,
        };
        let statement = match kind {
            "lecturer" => StaffId::parse(key)
                .ok()
                .map(|id| json(value).map(|fact| Self::Lecturer(id, fact))),
            "unit" => UnitCode::parse(key)
                .ok()
                .map(|code| json(value).map(|fact| Self::Unit(code, fact))),
            "student" => AdmissionNumber::parse(key)
                .ok()
                .map(|number| json(value).map(|fact| Self::Student(number, fact))),
            "enrolment" => pair(key, |text| UnitCode::parse(text).ok())
                .map(|(unit, number)| json(value).map(|fact| Self::Enrolment(unit, number, fact))),
            "lecture" => SessionId::parse(key)
                .map(|id| json(value).map(|fact| Self::Lecture(id, Box::new(fact)))),
            "mark" => pair(key, SessionId::parse).map(|(lecture, number)| {
                json(value).map(|state| Self::Mark(lecture, number, Box::new(state)))
            }),
            _ => return Err(invalid("no such kind".to_owned())),
        };
        statement
            .ok_or_else(|| invalid(format!("its key is {key:?}")))?
            .map_err(|error| invalid(error.to_string()))
    }
}

fn json<'a, T: Deserialize<'a>>(value: &'a str) -> Result<T, serde_json::Error> {
    serde_json::from_str(value)
}

/// The parts of a key that ends with an admission number.
fn pair<T>(key: &str, first: impl FnOnce(&str) -> Option<T>) -> Option<(T, AdmissionNumber)> {
    let (start, number) = key.split_once('\t')?;
    Some((first(start)?, AdmissionNumber::parse(number).ok()?))
}

/// A record as a statement gives it.
#[derive(Serialize, Deserialize)]
struct RecordLine {
    mark: Mark,
    at: Timestamp,
    channel: Channel,
    late_minutes: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    flags: String,
    /// In hundredths of a percent.
    percentage: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typed_name: Option<PersonName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<PersonName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged_into: Option<AdmissionNumber>,
}

impl Serialize for RecordState {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RecordLine {
            mark: self.mark,
            at: self.at,
            channel: self.channel,
            late_minutes: self.punctuality.minutes(),
            flags: self.flags.to_string(),
            percentage: self.percentage.hundredths(),
            typed_name: self.typed_name.clone(),
            name: self.name.clone(),
            merged_into: self.merged_into.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RecordState {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line = RecordLine::deserialize(deserializer)?;
        let flags = Flags::parse(&line.flags);
        Ok(Self {
            mark: line.mark,
            at: line.at,
            channel: line.channel,
            punctuality: flags.punctuality(line.late_minutes),
            flags,
            percentage: Percentage::from_hundredths(line.percentage),
            typed_name: line.typed_name,
            name: line.name,
            merged_into: line.merged_into,
        })
    }
}
