//! What is counted: lectures, students, marks and excuses of one unit in one semester.

use chrono::NaiveDate;

use super::super::enrolment::{Enrolment, Group};
use super::super::macros::{deserialize_by_parse, line_of_text, words};
use super::super::session::{LectureStage, SessionId};
use super::super::text::{InvalidText, clean_line};
use super::super::time::Timestamp;

line_of_text! {
    /// The lesson that a lecture gives. Lectures of the same lesson, such as those of parallel groups, count once. The
    /// id of a lecture is its own lesson, so that a make-up can name the lecture that it makes up for.
    pub struct Lesson
}

deserialize_by_parse!(Lesson);

impl Lesson {
    /// Reads a lesson of at most 40 characters.
    ///
    /// # Errors
    /// [`InvalidText`] when it is empty, too long or unprintable.
    pub fn parse(raw: &str) -> Result<Self, InvalidText> {
        clean_line(raw, 40).map(Self)
    }
}

words! {
    /// What a record says of a student in a lecture. That a student was absent is never recorded: it is derived.
    pub enum Mark {
        /// Checked in on time.
        Present = "present",
        /// Checked in after the on-time window.
        Late = "late",
        /// Checked in, to be approved.
        Pending = "pending",
        /// Staff removed the mark. Statements of earlier versions call it absent.
        #[serde(alias = "absent")]
        Removed = "removed",
        /// Taken back at the door that made it ("not me"): as if there were none.
        TakenBack = "taken_back",
    }
}

impl Mark {
    /// Whether the student was there.
    #[must_use]
    pub fn has_come(self) -> bool {
        matches!(self, Self::Present | Self::Late)
    }

    /// Whether it says that somebody came, though it may still have to be approved.
    #[must_use]
    pub fn stands(self) -> bool {
        match self {
            Self::Present | Self::Late | Self::Pending => true,
            Self::Removed | Self::TakenBack => false,
        }
    }
}

words! {
    /// Who opened a lecture.
    pub enum OpenedBy {
        Staff = "staff",
        /// The timetable. If nobody comes, staff have to say whether the lecture was held.
        Timetable = "timetable",
        /// The timetable, and staff have said that it was held.
        Confirmed = "confirmed",
        /// Staff have entered it, with its marks, after it was held on paper.
        Paper = "paper",
    }
}

/// How much of a lecture's attendance this kiosk knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterKnown {
    /// Whoever has no mark was not there.
    All,
    /// Marks are known, others may be missing.
    Some,
    /// Nothing is known yet.
    None,
}

/// One lecture of the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LectureFacts {
    pub id: SessionId,
    pub state: LectureStage,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The local date of the start.
    pub date: NaiveDate,
    /// `None`: for every group.
    pub group: Option<Group>,
    /// `None`: it is a lesson of its own, by its id.
    pub lesson: Option<Lesson>,
    /// Whether nobody is expected to come.
    pub voluntary: bool,
    pub opened_by: OpenedBy,
    pub register: RegisterKnown,
    /// Whether anybody has a mark in it that stands.
    pub anybody_came: bool,
}

impl LectureFacts {
    /// Whether it can be, or could have been, attended.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self.state, LectureStage::Cancelled | LectureStage::NotHeld)
    }
}

/// What an excuse covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Excused {
    Lecture(SessionId),
    /// From the first to the last day, both included.
    Days(NaiveDate, NaiveDate),
}

/// One student of the unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StudentFacts {
    pub enrolment: Enrolment,
    /// The mark in each lecture, in the order of [`UnitFacts::lectures`].
    pub marks: Vec<Option<Mark>>,
    /// What the student is excused from.
    pub excuses: Vec<Excused>,
}

impl StudentFacts {
    /// Whether a lecture is for the student's group.
    #[must_use]
    pub fn is_of_group(&self, lecture: &LectureFacts) -> bool {
        match (&lecture.group, self.enrolment.group(lecture.date)) {
            (Some(group), Some(own)) => group == own,
            _ => true,
        }
    }
}

/// A unit in a semester, as this kiosk knows it at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFacts {
    /// By start, then by id.
    pub lectures: Vec<LectureFacts>,
    /// Those who are to be reckoned: all with an enrolment or a mark, or one of them.
    pub students: Vec<StudentFacts>,
    /// Whether staff or a list have enrolled anybody.
    pub has_list: bool,
    /// The last day of the semester, where it is known.
    pub last_day: Option<NaiveDate>,
    /// Whether no further lecture can come.
    pub is_finished: bool,
    /// Whether nothing has been heard from the other kiosks for too long to decide anything.
    pub is_stale: bool,
    /// The local date at that moment.
    pub today: NaiveDate,
}
