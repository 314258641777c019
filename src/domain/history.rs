//! The lectures behind a percentage, and why each of them counts or not (feature F6).

use chrono::NaiveDate;

use super::admission_number::AdmissionNumber;
use super::board::Mark;
use super::correction::{AuditLine, RecordState};
use super::person_name::PersonName;
use super::session::{Semester, Session, SessionState};
use super::standing::{Standing, Thresholds};
use super::time::Timestamp;
use super::unit::UnitCode;

/// One student's lectures in a unit and semester, with the reason why each counts as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentHistory {
    pub unit: UnitCode,
    pub semester: Semester,
    pub admission_number: AdmissionNumber,
    pub name: Option<PersonName>,
    /// `None` without an enrolment.
    pub enrolled_on: Option<NaiveDate>,
    /// The sum of the lectures' reasons.
    pub standing: Standing,
    /// Every lecture, oldest first, including cancelled and future ones.
    pub sessions: Vec<SessionHistory>,
}

impl StudentHistory {
    /// The number of lectures with a reason.
    #[must_use]
    pub fn count(&self, reason: LectureReason) -> u32 {
        count(self.sessions.iter().map(|lecture| lecture.reason), |it| {
            it == reason
        })
    }
}

/// One student's attendance in one session, and why it counts as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionHistory {
    pub session: Session,
    /// Why it counts as it does.
    pub reason: LectureReason,
    /// The record now; `None` if there never was one.
    pub record: Option<RecordState>,
    /// The record as it was made, if corrections have changed it.
    pub first: Option<RecordState>,
    /// The corrections, oldest first.
    pub corrections: Vec<AuditLine>,
}

/// Why a lecture counts for a student as it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LectureReason {
    /// Was there, on time.
    Present,
    Late,
    /// Checked in; staff have yet to approve it.
    Pending,
    /// Staff removed the mark.
    Unmarked,
    Absent,
    /// The lecture was not held.
    Cancelled,
    /// Before the student's enrolment: it does not count as held.
    BeforeEnrolment,
    /// The lecture is still to come.
    NotHeldYet,
}

impl LectureReason {
    /// Whether the lecture counts as attended.
    #[must_use]
    pub fn is_attended(self) -> bool {
        matches!(self, Self::Present | Self::Late)
    }

    /// Whether the lecture counts as held for this student.
    #[must_use]
    pub fn is_held(self) -> bool {
        match self {
            Self::Present | Self::Late | Self::Pending | Self::Unmarked | Self::Absent => true,
            Self::Cancelled | Self::BeforeEnrolment | Self::NotHeldYet => false,
        }
    }

    /// The word in exported lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Late => "late",
            Self::Pending => "pending",
            Self::Unmarked => "unmarked",
            Self::Absent => "absent",
            Self::Cancelled => "cancelled",
            Self::BeforeEnrolment => "before enrolment",
            Self::NotHeldYet => "not held yet",
        }
    }
}

/// A student's record in a session, as far as it decides what the session counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnRecord {
    Nothing,
    /// A record that counts, on time.
    InTime,
    /// A record that counts, late.
    Late,
    /// A record that waits for approval.
    Pending,
    /// A record that staff removed.
    Removed,
}

impl OnRecord {
    /// What a record is, or none.
    #[must_use]
    pub fn of(record: Option<&RecordState>) -> Self {
        match record.map(|record| record.mark) {
            None => Self::Nothing,
            Some(Mark::Present) => Self::InTime,
            Some(Mark::Late) => Self::Late,
            Some(Mark::Pending) => Self::Pending,
            Some(Mark::Absent) => Self::Removed,
        }
    }
}

/// One lecture, as far as it decides for which students it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lecture {
    /// What staff have made of it.
    pub state: SessionState,
    pub starts_at: Timestamp,
    pub date: NaiveDate,
}

impl Lecture {
    /// Why it counts as it does for a student, who enrolled on a date or never did.
    #[must_use]
    pub fn reason(
        &self,
        on_record: OnRecord,
        enrolled_on: Option<NaiveDate>,
        now: Timestamp,
    ) -> LectureReason {
        if self.state == SessionState::Cancelled {
            return LectureReason::Cancelled;
        }
        // Attendance counts whenever the student was enrolled.
        match on_record {
            OnRecord::InTime => return LectureReason::Present,
            OnRecord::Late => return LectureReason::Late,
            OnRecord::Pending | OnRecord::Removed | OnRecord::Nothing => {}
        }
        if self.starts_at > now {
            return LectureReason::NotHeldYet;
        }
        if enrolled_on.is_none_or(|enrolled_on| self.date < enrolled_on) {
            return LectureReason::BeforeEnrolment;
        }
        match on_record {
            OnRecord::Pending => LectureReason::Pending,
            OnRecord::Removed => LectureReason::Unmarked,
            OnRecord::Nothing | OnRecord::InTime | OnRecord::Late => LectureReason::Absent,
        }
    }
}

/// The standing that follows from the reasons of all lectures.
#[must_use]
pub fn add_up(reasons: &[LectureReason], planned: u32, thresholds: Thresholds) -> Standing {
    let count = |counted: fn(LectureReason) -> bool| count(reasons.iter().copied(), counted);
    Standing::new(
        count(LectureReason::is_attended),
        count(LectureReason::is_held),
        planned,
        thresholds,
    )
}

fn count(
    reasons: impl Iterator<Item = LectureReason>,
    counted: impl Fn(LectureReason) -> bool,
) -> u32 {
    let of_them = reasons.filter(|reason| counted(*reason)).count();
    u32::try_from(of_them).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn lecture(on: u32, state: SessionState) -> Lecture {
        Lecture {
            state,
            starts_at: Timestamp::parse(&format!("2026-11-{on:02}T06:00:00Z")).unwrap(),
            date: day(on),
        }
    }

    #[test]
    fn every_reason_has_its_case() {
        use OnRecord::{InTime, Late, Nothing, Pending, Removed};
        let now = Timestamp::parse("2026-11-10T06:00:00Z").unwrap();
        let enrolled = Some(day(5));
        let reason = |on, state, on_record| lecture(on, state).reason(on_record, enrolled, now);
        let (open, closed) = (SessionState::Open, SessionState::Closed);
        assert_eq!(reason(7, closed, InTime), LectureReason::Present);
        assert_eq!(reason(7, closed, Late), LectureReason::Late);
        assert_eq!(reason(7, closed, Pending), LectureReason::Pending);
        assert_eq!(reason(7, closed, Removed), LectureReason::Unmarked);
        assert_eq!(reason(7, closed, Nothing), LectureReason::Absent);
        assert_eq!(
            reason(10, open, Nothing),
            LectureReason::Absent,
            "it has begun"
        );
        assert_eq!(
            reason(5, closed, Nothing),
            LectureReason::Absent,
            "enrolled that day"
        );
        assert_eq!(reason(4, closed, Nothing), LectureReason::BeforeEnrolment);
        assert_eq!(reason(4, closed, Removed), LectureReason::BeforeEnrolment);
        assert_eq!(
            reason(4, closed, InTime),
            LectureReason::Present,
            "was there all the same"
        );
        assert_eq!(reason(11, open, Nothing), LectureReason::NotHeldYet);
        assert_eq!(
            reason(11, open, InTime),
            LectureReason::Present,
            "came before it began"
        );
        for on_record in [Nothing, InTime, Late, Pending, Removed] {
            let cancelled = reason(7, SessionState::Cancelled, on_record);
            assert_eq!(cancelled, LectureReason::Cancelled);
        }
        let never = lecture(7, closed).reason(Nothing, None, now);
        assert_eq!(never, LectureReason::BeforeEnrolment);
    }

    #[test]
    fn every_reason_counts_as_it_should() {
        let counts = [
            LectureReason::Present,
            LectureReason::Late,
            LectureReason::Pending,
            LectureReason::Unmarked,
            LectureReason::Absent,
            LectureReason::Cancelled,
            LectureReason::BeforeEnrolment,
            LectureReason::NotHeldYet,
        ]
        .map(|reason| (reason.is_attended(), reason.is_held()));
        #[rustfmt::skip]
        assert_eq!(counts, [
            // Present, late, pending, unmarked, absent, cancelled, before enrolment, not held yet.
            (true, true), (true, true), (false, true), (false, true), (false, true),
            (false, false), (false, false), (false, false),
        ]);
    }
}
