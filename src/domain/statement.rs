//! What staff, an import or the kiosk itself says: the facts of the school that are not what a door saw.
//!
//! A statement gives the whole value of its key, never a difference: of several about one key the latest is in
//! force. [`Statement::kind`], [`Statement::key`] and [`Statement::value`] are how it is stored and sent, and
//! [`Statement::parse`] reads them back.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::admission_number::AdmissionNumber;
use super::check_in::{Channel, Flags};
use super::correction::RecordState;
use super::counting::{Lesson, Mark, OpenedBy, UnitPolicy};
use super::enrolment::{Enrolment, Group};
use super::excuse::{ExcuseFact, ExcuseId};
use super::lecturer::StaffId;
use super::macros::words;
use super::percentage::Percentage;
use super::person_name::PersonName;
use super::session::{LectureStage, Semester, SessionId, Venue};
use super::time::Timestamp;
use super::unit_code::UnitCode;

/// A fact as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    Lecturer(StaffId, LecturerFact),
    Unit(UnitCode, UnitFact),
    Student(AdmissionNumber, StudentFact),
    /// Whose a number really is.
    SameAs(AdmissionNumber, SameAsFact),
    /// Who may act for a unit beside its lecturer.
    Assignment(UnitCode, StaffId, AssignmentFact),
    Enrolment(UnitCode, Semester, AdmissionNumber, Enrolment),
    Excuse(ExcuseId, ExcuseFact),
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
    /// Whether they have left: they cannot sign in, and their lectures and units stay as they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_left: bool,
}

/// A unit of study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFact {
    pub name: String,
    pub lecturer: StaffId,
    /// The rules that are the unit's own.
    #[serde(flatten)]
    pub policy: UnitPolicy,
    /// Semesters in which no further lecture is held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finished: Vec<Semester>,
    /// Whether it is taught no more: nothing is opened or imported, and its history stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

/// Days on which somebody may act for a unit as its lecturer may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentFact {
    /// `None`: the assignment was taken back.
    pub role: Option<AssignmentRole>,
    /// The first day; `None`: since ever.
    pub from: Option<NaiveDate>,
    /// The last day; `None`: for good.
    pub until: Option<NaiveDate>,
}

words! {
    /// What somebody beside a unit's lecturer may do.
    pub enum AssignmentRole {
        /// Everything that the unit's lecturer may.
        Owner = "owner",
        /// Everything about lectures and marks; lists and rules are the owners'.
        Helper = "helper",
    }
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

/// Whose number a number really is: a typing error, an old number, or a second entry of one student.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SameAsFact {
    /// The right number; `None`: it is its own again.
    pub number: Option<AdmissionNumber>,
}

/// A lecture: what the timetable plans, and what was made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LectureFact {
    pub unit: UnitCode,
    pub state: LectureStage,
    /// The parallel group that it is for; `None`: for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// The lesson that it gives, where several lectures give one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<Lesson>,
    /// Whether nobody is expected to come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voluntary: bool,
    /// `None`: it is in no timetable.
    pub planned: Option<PlannedTimes>,
    /// The lecture that was opened in its place.
    pub held_as: Option<SessionId>,
    /// `None`: it was never opened.
    pub sitting: Option<Sitting>,
}

/// When and where a timetable wants a lecture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTimes {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The room; may be empty.
    pub venue: Venue,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semester: Option<Semester>,
}

/// A lecture that takes, or took, check-ins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    pub opened_at: Timestamp,
    #[serde(default = "by_staff")]
    pub opened_by: OpenedBy,
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

/// Older versions did not say who opened a lecture.
fn by_staff() -> OpenedBy {
    OpenedBy::Staff
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
            Self::SameAs(..) => "same_as",
            Self::Assignment(..) => "assignment",
            Self::Enrolment(..) => "enrolment",
            Self::Excuse(..) => "excuse",
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
            Self::Student(number, _) | Self::SameAs(number, _) => number.to_string(),
            Self::Assignment(unit, id, _) => format!("{unit}\t{id}"),
            Self::Enrolment(unit, semester, number, _) => format!("{unit}\t{semester}\t{number}"),
            Self::Excuse(id, _) => id.to_string(),
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
            Self::SameAs(_, fact) => serde_json::to_string(fact),
            Self::Assignment(.., fact) => serde_json::to_string(fact),
            Self::Enrolment(.., enrolment) => serde_json::to_string(enrolment),
            Self::Excuse(_, fact) => serde_json::to_string(fact),
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
            "same_as" => AdmissionNumber::parse(key)
                .ok()
                .map(|number| json(value).map(|fact| Self::SameAs(number, fact))),
            "assignment" => parts(key).and_then(|[unit, id]| {
                let (unit, id) = (UnitCode::parse(unit).ok()?, StaffId::parse(id).ok()?);
                Some(json(value).map(|fact| Self::Assignment(unit, id, fact)))
            }),
            "enrolment" => parts(key).and_then(|[unit, semester, number]| {
                let unit = UnitCode::parse(unit).ok()?;
                let semester = Semester::parse(semester).ok()?;
                let number = AdmissionNumber::parse(number).ok()?;
                Some(json(value).map(|fact| Self::Enrolment(unit, semester, number, fact)))
            }),
            "excuse" => {
                ExcuseId::parse(key).map(|id| json(value).map(|fact| Self::Excuse(id, fact)))
            }
            "lecture" => SessionId::parse(key)
                .map(|id| json(value).map(|fact| Self::Lecture(id, Box::new(fact)))),
            "mark" => parts(key).and_then(|[lecture, number]| {
                let lecture = SessionId::parse(lecture)?;
                let number = AdmissionNumber::parse(number).ok()?;
                Some(json(value).map(|state| Self::Mark(lecture, number, Box::new(state))))
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

/// The parts of a key; `None` where it has another number of them.
fn parts<const N: usize>(key: &str) -> Option<[&str; N]> {
    key.split('\t').collect::<Vec<_>>().try_into().ok()
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
    #[serde(default)]
    percentage: Option<u16>,
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
            percentage: self.percentage.map(Percentage::hundredths),
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
            percentage: line.percentage.map(Percentage::from_hundredths),
            typed_name: line.typed_name,
            name: line.name,
            merged_into: line.merged_into,
        })
    }
}
