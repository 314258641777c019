//! What follows from the facts: every figure that any door shows.

use serde::{Serialize, Serializer};

use super::super::macros::words;
use super::super::percentage::Percentage;
use super::policy::Percent;

words! {
    /// The word for a student on the board of a lecture.
    pub enum AttendanceStatus {
        Present = "present",
        Late = "late",
        /// Missed it, with an excuse.
        Excused = "excused",
        /// Checked in; staff have yet to approve it.
        Pending = "pending",
        /// Staff removed the mark.
        Removed = "removed",
        Absent = "absent",
        /// The lecture is not over, and the student has not come.
        NotYet = "not_yet",
        /// The lecture is over, and this kiosk does not know who came.
        Unknown = "unknown",
    }
}

words! {
    /// What a lecture counts for a student.
    pub enum Counts {
        Attended = "attended",
        Missed = "missed",
        /// It can still be attended.
        ToCome = "to_come",
        /// Nobody can say yet.
        Unknown = "unknown",
        LeftOut = "left_out",
    }
}

words! {
    /// Why a lecture counts for a student as it does.
    pub enum CountReason {
        Attended = "attended",
        /// In another lecture of the same lesson than their own.
        AttendedElsewhere = "attended_elsewhere",
        /// Came without being expected.
        AttendedUnexpected = "attended_unexpected",
        Running = "running",
        Upcoming = "upcoming",
        Excused = "excused",
        /// This kiosk does not know who came.
        NotKnown = "not_known",
        /// Nobody came to a lecture that opened by itself: staff have to say whether it was held.
        NeedsDecision = "needs_decision",
        Pending = "pending",
        MarkRemoved = "mark_removed",
        Absent = "absent",
        /// The student was never enrolled.
        Stranger = "stranger",
        Cancelled = "cancelled",
        NotHeld = "not_held",
        BeforeStart = "before_start",
        AfterEnd = "after_end",
        OtherGroup = "other_group",
        Voluntary = "voluntary",
        /// Another lecture of the same lesson stands for it.
        OtherSitting = "other_sitting",
    }
}

/// One lecture for one student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LectureLine {
    /// `None` for somebody who is not expected and has not come.
    pub status: Option<AttendanceStatus>,
    /// Whether missing it can be held against the student; else whoever came is a guest.
    pub is_expected: bool,
    pub counts: Counts,
    pub reason: CountReason,
}

words! {
    /// Where a student stands in the lists of a unit.
    pub enum Listing {
        /// With everybody on the list.
        Main = "main",
        /// Apart: on no class list, though the unit has one.
        Apart = "apart",
        /// Never enrolled: no figures.
        Stranger = "stranger",
    }
}

words! {
    /// How the lectures held so far compare with what is required.
    pub enum Band {
        /// Nothing has been held yet.
        NoneHeld = "none_held",
        /// At or above the warning line.
        Good = "good",
        /// Between the required and the warning line.
        Warning = "warning",
        /// Below what is required.
        Below = "below",
        /// It depends on what is not known yet.
        NotKnown = "not_known",
    }
}

/// Whether the required attendance can still be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "forecast", content = "lessons")]
pub enum Forecast {
    /// This many of the lessons to come may be missed.
    CanMiss(u32),
    /// Every one of this many lessons to come is needed.
    MustAttend(u32),
    /// Nothing is to come, and it is reached.
    Reached,
    /// The required attendance is out of reach.
    CannotReach,
    /// On what is not known yet.
    Depends,
    /// There is nothing to attend.
    None,
}

words! {
    /// Whether a student may sit the exam.
    pub enum Decision {
        Eligible = "eligible",
        NotEligible = "not_eligible",
        Undecided = "undecided",
    }
}

words! {
    /// Why a student may not sit the exam, or why that is not decided.
    pub enum DecisionReason {
        Withdrawn = "withdrawn",
        BelowRequired = "below_required",
        NotEnrolledYet = "not_enrolled_yet",
        NotOnClassList = "not_on_class_list",
        NotHeardFromOthers = "not_heard_from_others",
        TooFewLectures = "too_few_lectures",
        LecturesUnknown = "lectures_unknown",
        MarksPending = "marks_pending",
        Running = "running",
        ToCome = "to_come",
    }
}

/// A part of a whole, in lectures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Share {
    pub part: u32,
    pub whole: u32,
}

/// `6/8`
impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{}/{}", self.part, self.whole))
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The decision about the exam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Exam {
    pub decision: Decision,
    /// Empty for somebody who is eligible.
    pub reasons: Vec<DecisionReason>,
    /// What the decision was taken by, as `6/8`.
    #[schema(value_type = String)]
    pub share: Share,
}

/// A student's figures in one unit and semester. Counts are lessons; nothing is rounded before it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Standing {
    /// What the exam requires.
    #[serde(skip)]
    pub required_percent: Percent,
    /// Attended, each lesson once.
    pub attended: u32,
    /// Of these, those late.
    pub late: u32,
    /// Missed with an excuse.
    pub excused: u32,
    /// Marks that wait for approval.
    pub pending: u32,
    /// Attended, less what late arrivals cost.
    pub credit: u32,
    /// Either attended or missed.
    pub held: u32,
    /// Over, but it is not known who came.
    pub unknown: u32,
    /// Lessons that are to come.
    pub remaining: u32,
    /// Planned in the semester.
    pub planned: u32,
    /// Planned, less those outside the enrolment.
    pub own_plan: u32,
    /// What the exam's decision is taken over at the end of the semester.
    pub whole: u32,
    /// `credit / planned`: the number sent to the remotes.
    pub of_plan: Percentage,
    /// The same if all that is open turns out well.
    pub of_plan_at_most: Percentage,
    /// `credit / held`; `None` while nothing is held.
    #[schema(required)]
    pub so_far: Option<Percentage>,
    /// The same at worst.
    #[schema(required)]
    pub so_far_at_least: Option<Percentage>,
    /// The same at best.
    #[schema(required)]
    pub so_far_at_most: Option<Percentage>,
    /// The most that can be reached by the end of the semester.
    #[schema(required)]
    pub max_possible: Option<Percentage>,
    /// Whether everything that has been held is known.
    pub complete: bool,
    /// How what has been held compares with what is required.
    pub band: Band,
    /// What the lessons to come allow.
    #[serde(flatten)]
    pub forecast: Forecast,
    /// Whether the forecast is the worst case, because something is open.
    pub at_least: bool,
    pub exam: Exam,
}

/// One student of the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentReckoning {
    pub listing: Listing,
    /// `None` for a stranger.
    pub standing: Option<Standing>,
    /// Each lecture, in the order of the facts.
    pub lectures: Vec<LectureLine>,
}

/// Students by their word on the board of a lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Totals {
    /// Enrolled on the day, of a group that the lecture is for. The words below add up to it.
    #[serde(rename = "enrolled")]
    pub expected: u32,
    pub present: u32,
    pub late: u32,
    pub excused: u32,
    pub pending: u32,
    pub removed: u32,
    pub absent: u32,
    pub not_yet: u32,
    pub unknown: u32,
    /// Those who came without being expected.
    pub guests: u32,
}

impl Totals {
    /// Counts an expected student in.
    pub(super) fn add(&mut self, status: AttendanceStatus) {
        self.expected += 1;
        *match status {
            AttendanceStatus::Present => &mut self.present,
            AttendanceStatus::Late => &mut self.late,
            AttendanceStatus::Excused => &mut self.excused,
            AttendanceStatus::Pending => &mut self.pending,
            AttendanceStatus::Removed => &mut self.removed,
            AttendanceStatus::Absent => &mut self.absent,
            AttendanceStatus::NotYet => &mut self.not_yet,
            AttendanceStatus::Unknown => &mut self.unknown,
        } += 1;
    }
}

/// Every figure of a unit in a semester.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitReckoning {
    /// In the order of the facts.
    pub students: Vec<StudentReckoning>,
    /// The totals of each lecture's board, over the students that were reckoned.
    pub boards: Vec<Totals>,
}
