//! Texts that are put together from several messages.

use std::time::Duration;

use super::{
    Action, DeliveryText, ForecastOf, Label, Outlook, RecordChange, Screen, StandingText, Sum,
    Voice,
};
use crate::domain::{
    AuditLine, Band, Change, CountReason, Counts, Flags, Forecast, Percentage, Phase, RecordState,
    Standing, StudentHistory, Timestamp,
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
            "attendance.taken_back" => Action::TakenBack,
            "attendance.checked_in" => Action::CheckedIn,
            "attendance.put_back" => Action::PutBack,
            "attendance.name_typed" => Action::NameTyped,
            "portal.corrected_by_hand" => Action::PortalCorrected,
            "clock.set" => Action::ClockSet,
            "lecturer.added" => Action::LecturerAdded,
            "lecturer.changed" => Action::LecturerChanged,
            "lecturer.pin_set" => Action::PinSet,
            "lecturer.first_pin_set" => Action::FirstPinSet,
            "keys.rotated" => Action::KeysRotated,
            "roster.imported" => Action::RosterImported,
            "session.opened" => Action::SessionOpened,
            "session.closed" => Action::SessionClosed,
            "session.extended" => Action::SessionExtended,
            "session.changed" => Action::SessionChanged,
            "session.entered" => Action::SessionEntered,
            "session.entry_undone" => Action::SessionEntryUndone,
            "session.moved" => Action::SessionMoved,
            "session.change_undone" => Action::SessionChangeUndone,
            "session.reopened" => Action::SessionReopened,
            "session.cancelled" => Action::SessionCancelled,
            "session.joined" => Action::SessionJoined,
            "session.followed" => Action::SessionFollowed,
            "student.added" => Action::StudentAdded,
            "student.changed" => Action::StudentChanged,
            "student.enrolled" => Action::StudentEnrolled,
            "student.withdrawn" => Action::StudentWithdrawn,
            "student.merged" => Action::StudentMerged,
            "student.renumbered" => Action::StudentRenumbered,
            "student.removed" => Action::StudentRemoved,
            "student.change_undone" => Action::StudentChangeUndone,
            "timetable.imported" => Action::TimetableImported,
            "timetable.cancelled" => Action::LectureCancelled,
            "timetable.linked" => Action::LectureFound,
            "student.named" => Action::StudentNamed,
            "database.migrated" => Action::DatabaseUpgraded,
            "unit.added" => Action::UnitAdded,
            "unit.changed" => Action::UnitChanged,
            "unit.assigned" => Action::Assigned,
            "unit.assignment_ended" => Action::AssignmentEnded,
            "student.excused" => Action::Excused,
            "student.excuse_taken_back" => Action::ExcuseTakenBack,
            "session.not_held" => Action::NotHeld,
            "session.undecided" => Action::Undecided,
            "session.confirmed" => Action::Confirmed,
            "session.audience_changed" => Action::AudienceChanged,
            "attendance.counted" => Action::Counted,
            "timetable.settled" => Action::TimetableSettled,
            "semester.adopted" => Action::SemesterAdopted,
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
        let typed = after.typed_name.as_ref();
        if let Some(name) =
            typed.filter(|_| before.is_some_and(|it| it.typed_name.as_ref() != typed))
        {
            let name = name.to_string();
            parts.push(self.say(RecordChange::Typed { name }));
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

    /// "Why this number?" as a sum: what was counted, line by line, a label and its terms. Empty for a stranger.
    #[must_use]
    pub fn sum(self, history: &StudentHistory) -> Vec<(String, String)> {
        use CountReason as Reason;
        let Some(standing) = &history.standing else {
            return Vec::new();
        };
        let missed = |reason| history.count(Counts::Missed, reason);
        let left_out = |reason| history.count(Counts::LeftOut, reason);
        let percent = |percentage: Percentage| percentage.to_string();
        let (attended, late) = (standing.attended, standing.late);
        let as_attended = history.count(Counts::Attended, Reason::Excused);
        let to_come = [Reason::Running, Reason::Upcoming];
        let to_come = to_come.map(|reason| history.count(Counts::ToCome, reason));
        let mut lines = vec![
            (
                self.say(Sum::Attended),
                self.terms(&[
                    (attended - late - as_attended, Sum::OnTimeTerm),
                    (late, Sum::LateTerm),
                    (as_attended, Sum::ExcusedTerm),
                ]),
            ),
            (
                self.say(Sum::Held),
                self.terms(&[
                    (attended, Sum::AttendedTerm),
                    (missed(Reason::Absent), Sum::AbsentTerm),
                    (missed(Reason::Pending), Sum::PendingTerm),
                    (missed(Reason::MarkRemoved), Sum::RemovedTerm),
                    (missed(Reason::Excused), Sum::ExcusedTerm),
                ]),
            ),
            (
                self.say(Sum::NotCounted),
                self.terms(&[
                    (left_out(Reason::Cancelled), Sum::CancelledTerm),
                    (left_out(Reason::NotHeld), Sum::NotHeldTerm),
                    (left_out(Reason::BeforeStart), Sum::BeforeEnrolmentTerm),
                    (left_out(Reason::AfterEnd), Sum::AfterEnrolmentTerm),
                    (left_out(Reason::Excused), Sum::ExcusedTerm),
                    (left_out(Reason::OtherGroup), Sum::OtherGroupTerm),
                    (left_out(Reason::Voluntary), Sum::VoluntaryTerm),
                    (left_out(Reason::OtherSitting), Sum::OtherSittingTerm),
                    (standing.unknown, Sum::UnknownTerm),
                    (to_come.iter().sum(), Sum::ToComeTerm),
                ]),
            ),
        ];
        if standing.credit < attended {
            let lost = attended - standing.credit;
            lines.push((
                self.say(Sum::Credit),
                self.say(Sum::LostToLates { attended, lost }),
            ));
        }
        if let Some(so_far) = standing.so_far {
            let of_held = Sum::ShareOfHeld {
                attended: standing.credit,
                held: standing.held,
                percent: percent(so_far),
            };
            lines.push((self.say(Label::SoFar), self.say(of_held)));
        }
        let of_plan = Sum::ShareOfPlan {
            attended: standing.credit,
            planned: standing.planned,
            percent: percent(standing.of_plan),
        };
        lines.push((self.say(Sum::OfPlan), self.say(of_plan)));
        lines
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
    /// How a student stands, and what the rest of the semester asks for.
    #[must_use]
    pub fn of(standing: &Standing) -> Self {
        let required = || standing.required_percent.to_string();
        let at_least = || {
            standing
                .so_far_at_least
                .map_or_else(String::new, |percentage| percentage.to_string())
        };
        let (of, seen) = (standing.remaining, standing.held + standing.unknown);
        match (standing.forecast, standing.band) {
            (Forecast::None, _) => Self::NothingCounts,
            (_, Band::NoneHeld) => Self::NoneHeld {
                n: standing.required_percent.of(standing.whole),
                of: standing.whole,
            },
            (Forecast::CannotReach, _) => Self::OutOfReach {
                required: required(),
                best: standing
                    .max_possible
                    .map_or_else(String::new, |percentage| percentage.to_string()),
            },
            (Forecast::Depends, _) | (_, Band::NotKnown) if standing.unknown > 0 => {
                Self::NotKnown {
                    percent: at_least(),
                    attended: standing.credit,
                    held: seen,
                    unknown: standing.unknown,
                }
            }
            (Forecast::Depends, _) | (_, Band::NotKnown) => Self::OnlyPending {
                percent: at_least(),
                attended: standing.credit,
                held: seen,
            },
            (Forecast::Reached, _) => Self::Reached {
                required: required(),
            },
            (Forecast::MustAttend(of), _) => Self::AttendAll {
                required: required(),
                of,
            },
            (Forecast::CanMiss(n), Band::Good) => Self::OnCourse { n, of },
            (Forecast::CanMiss(n), Band::Warning) => Self::JustAbove {
                required: required(),
                n,
                of,
            },
            (Forecast::CanMiss(n), Band::Below) => Self::CatchUp {
                required: required(),
                n: of.saturating_sub(n),
                of,
            },
        }
    }
}

impl ForecastOf {
    /// The forecast of a standing.
    #[must_use]
    pub fn of(standing: &Standing) -> Self {
        match standing.forecast {
            Forecast::CanMiss(n) => Self::CanMiss(n),
            Forecast::MustAttend(n) => Self::MustAttend(n),
            Forecast::Reached => Self::Reached,
            Forecast::CannotReach => Self::CannotReach(standing.required_percent),
            Forecast::Depends => Self::Depends,
            Forecast::None => Self::Nothing,
        }
    }
}

impl StandingText {
    /// What the largest figure is compared with.
    #[must_use]
    pub fn needs(standing: &Standing) -> Self {
        let required = standing.required_percent.to_string();
        match standing.so_far {
            Some(so_far) => Self::Needs {
                percent: so_far.to_string(),
                required,
            },
            None => Self::OnlyNeeds { required },
        }
    }

    /// The smallest figure: credit of what is planned.
    #[must_use]
    pub fn plan(standing: &Standing) -> Self {
        Self::Plan {
            n: standing.credit,
            planned: standing.planned,
            percent: standing.of_plan.to_string(),
        }
    }
}
