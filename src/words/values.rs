//! Texts that are put together from several messages.

use std::time::Duration;

use super::{Action, DeliveryText, Label, Outlook, RecordChange, Screen, Sum, Voice};
use crate::domain::LectureReason::{
    Absent, BeforeEnrolment, Cancelled, Late, NotHeldYet, Pending, Present, Unmarked,
};
use crate::domain::{
    AuditLine, Band, Change, Flags, Forecast, Percentage, Phase, RecordState, Standing,
    StudentHistory, Timestamp,
};

/// A count and the message that says it.
type Term = (u32, fn(u32) -> Sum);

impl Voice {
    /// What an action of the audit log is. An action of another version is shown by its code.
    #[must_use]
    pub fn action(self, line: &AuditLine) -> String {
        self.say(match line.action.as_str() {
            "attendance.marked" => Action::Marked,
            "attendance.changed" => Action::Changed,
            "attendance.unmarked" => Action::Unmarked,
            "attendance.approved" => Action::Approved,
            "attendance.merged" => Action::Merged,
            "attendance.name_accepted" => Action::NameAccepted,
            "attendance.name_kept" => Action::NameKept,
            "attendance.undone" => Action::Undone,
            "portal.corrected_by_hand" => Action::PortalCorrected,
            "clock.set" => Action::ClockSet,
            "lecturer.added" => Action::LecturerAdded,
            "lecturer.changed" => Action::LecturerChanged,
            "lecturer.pin_set" => Action::PinSet,
            "lecturer.first_pin_set" => Action::FirstPinSet,
            "roster.imported" => Action::RosterImported,
            "session.opened" => Action::SessionOpened,
            "session.closed" => Action::SessionClosed,
            "session.extended" => Action::SessionExtended,
            "session.reopened" => Action::SessionReopened,
            "session.cancelled" => Action::SessionCancelled,
            "session.joined" => Action::SessionJoined,
            "session.followed" => Action::SessionFollowed,
            "student.added" => Action::StudentAdded,
            "student.changed" => Action::StudentChanged,
            "student.enrolled" => Action::StudentEnrolled,
            "student.withdrawn" => Action::StudentWithdrawn,
            "timetable.imported" => Action::TimetableImported,
            "timetable.cancelled" => Action::LectureCancelled,
            "timetable.linked" => Action::LectureFound,
            "student.named" => Action::StudentNamed,
            "database.migrated" => Action::DatabaseUpgraded,
            "unit.added" => Action::UnitAdded,
            "unit.changed" => Action::UnitChanged,
            other => return other.replace(['.', '_'], " "),
        })
    }

    /// What a line of the audit log changed: `present -> absent`.
    #[must_use]
    pub fn change(self, change: &Change) -> String {
        let (before, after) = match change {
            Change::Record { before, after } => (before.as_deref(), after),
            Change::Words {
                old: Some(old),
                new: Some(new),
            } => return format!("{old} -> {new}"),
            Change::Words { old, new } => {
                return new.as_ref().or(old.as_ref()).cloned().unwrap_or_default();
            }
        };
        let now = self.say(&**after);
        let was = before.map_or_else(
            || self.say(RecordChange::NoRecord),
            |before| self.say(before),
        );
        let mut parts = vec![if was == now {
            now
        } else {
            format!("{was} -> {now}")
        }];
        if let Some(before) = before.filter(|before| before.name != after.name) {
            parts.push(format!("{} -> {}", self.name(before), self.name(after)));
        }
        if let Some(number) = &after.merged_into {
            let number = number.to_string();
            parts.push(self.say(RecordChange::BelongsTo { number }));
        }
        parts.join("; ")
    }

    /// The flags of a record.
    #[must_use]
    pub fn flags(self, flags: Flags) -> String {
        let flags = flags.iter().map(|flag| self.say(flag));
        flags.collect::<Vec<_>>().join(", ")
    }

    /// Where a session stands: what is so, and how long it stays so.
    #[must_use]
    pub fn phase(self, phase: Phase, now: Timestamp) -> (String, String) {
        let in_time = |opens_at: Timestamp| Screen::In {
            countdown: countdown(opens_at.since(now)),
        };
        let left = |until: Timestamp| Screen::Left {
            countdown: countdown(until.since(now)),
        };
        let time = |at| self.time(at);
        let (so, rest) = match phase {
            Phase::NotYet { opens_at: at } => (Screen::OpensAt { time: time(at) }, in_time(at)),
            Phase::OnTime { until } => (Screen::OnTimeUntil { time: time(until) }, left(until)),
            Phase::Late { until } => (Screen::Late { time: time(until) }, left(until)),
            Phase::Over => return (self.say(Screen::Over), String::new()),
            Phase::Cancelled => return (self.say(Screen::Cancelled), String::new()),
        };
        (self.say(so), self.say(rest))
    }

    /// How long something has waited.
    #[must_use]
    pub fn age(self, age: Duration) -> String {
        self.say(match age.as_secs() {
            n @ 0..60 => DeliveryText::SecondsAgo { n },
            n @ 60..3600 => DeliveryText::MinutesAgo { n: n / 60 },
            n @ 3600..172_800 => DeliveryText::HoursAgo { n: n / 3600 },
            n => DeliveryText::DaysAgo { n: n / 86_400 },
        })
    }

    fn name(self, state: &RecordState) -> String {
        let name = state.name.as_ref();
        name.map_or_else(|| self.say(RecordChange::NoName), ToString::to_string)
    }

    /// "Why this number?" as a sum: what was counted, line by line, a label and its terms.
    #[must_use]
    pub fn sum(self, history: &StudentHistory) -> [(String, String); 5] {
        let standing = &history.standing;
        let of = |reason| history.count(reason);
        let percent = |percentage: Percentage| percentage.to_string();
        let attended = standing.attended;
        let of_held = Sum::ShareOfHeld {
            attended,
            held: standing.held,
            percent: percent(standing.so_far),
        };
        let of_plan = Sum::ShareOfPlan {
            attended,
            planned: standing.planned,
            percent: percent(standing.of_plan),
        };
        [
            (
                self.say(Sum::Attended),
                self.terms(&[(of(Present), Sum::OnTimeTerm), (of(Late), Sum::LateTerm)]),
            ),
            (
                self.say(Sum::Held),
                self.terms(&[
                    (attended, Sum::AttendedTerm),
                    (of(Absent), Sum::AbsentTerm),
                    (of(Pending), Sum::PendingTerm),
                    (of(Unmarked), Sum::RemovedTerm),
                ]),
            ),
            (
                self.say(Sum::NotCounted),
                self.terms(&[
                    (of(Cancelled), Sum::CancelledTerm),
                    (of(BeforeEnrolment), Sum::BeforeEnrolmentTerm),
                    (of(NotHeldYet), Sum::ToComeTerm),
                ]),
            ),
            (self.say(Label::SoFar), self.say(of_held)),
            (self.say(Sum::OfPlan), self.say(of_plan)),
        ]
    }

    /// What adds up to what: `5 = 4 attended + 1 absent`.
    fn terms(self, terms: &[Term]) -> String {
        let total: u32 = terms.iter().map(|(n, _)| n).sum();
        let terms = terms.iter().filter(|(n, _)| *n > 0);
        let terms: Vec<String> = terms.map(|(n, term)| self.say(term(*n))).collect();
        if terms.is_empty() {
            total.to_string()
        } else {
            format!("{total} = {}", terms.join(" + "))
        }
    }
}

/// `1:02:03` or `4:32`; rounds up, so that nothing is left only when nothing is.
#[must_use]
pub fn countdown(left: Duration) -> String {
    let seconds = left.as_millis().div_ceil(1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

impl Outlook {
    /// How a student stands now.
    #[must_use]
    pub fn of_band(band: Band, required: u32) -> Self {
        match band {
            Band::NoneHeld => Self::NoneHeld,
            Band::Good => Self::Good,
            Band::Warning => Self::Close { required },
            Band::Below => Self::Below { required },
        }
    }

    /// What the rest of the semester can still do.
    #[must_use]
    pub fn of_semester(standing: &Standing, required: u32) -> Self {
        let are_all_held = standing.held >= standing.planned;
        match standing.forecast {
            Forecast::CanMiss(_) if are_all_held => Self::AllHeld,
            Forecast::CanMiss(n) => Self::CanMiss { n },
            Forecast::MustAttend(n) => Self::MustAttend { n },
            Forecast::CannotReach if are_all_held => Self::AllHeldBelow { required },
            Forecast::CannotReach => Self::CannotReach { required },
        }
    }
}
