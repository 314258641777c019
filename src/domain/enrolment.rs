//! When a student belongs to a unit: intervals of days, and what lists and staff make of them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::macros::{deserialize_by_parse, line_of_text, words};
use super::text::{InvalidText, clean_line};

line_of_text! {
    /// A parallel group of a unit, whose students have lectures of their own, such as `A`.
    pub struct Group
}

deserialize_by_parse!(Group);

impl Group {
    /// Reads a group of at most 20 characters.
    ///
    /// # Errors
    /// [`InvalidText`] when it is empty, too long or unprintable.
    pub fn parse(raw: &str) -> Result<Self, InvalidText> {
        clean_line(raw, 20).map(Self)
    }
}

words! {
    /// Who says that a student belongs to a unit.
    pub enum EnrolmentSource {
        /// A class list that staff imported.
        Roster = "roster",
        /// Somebody of the staff.
        Staff = "staff",
        /// The student, by a check-in that staff have not confirmed.
        Student = "self",
    }
}

/// The days from one date to another on which a student belongs to a unit; both days belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// `None`: from the beginning of the semester.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// `None`: open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    pub source: EnrolmentSource,
    /// Whether it was ended by staff: a list without a date does not open it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl Interval {
    /// An interval without a last day.
    #[must_use]
    pub fn from(from: Option<NaiveDate>, source: EnrolmentSource) -> Self {
        Self {
            from,
            until: None,
            group: None,
            source,
            withdrawn: false,
        }
    }

    /// Whether a day belongs to it.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// One student's intervals in a unit and semester, in the order in which they were said; none for a stranger.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Enrolment {
    intervals: Vec<Interval>,
}

/// What a list says of a student's place in a unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListedPlace {
    /// `None`: the list gives no date.
    pub from: Option<NaiveDate>,
    /// The last day, where the list gives one.
    pub until: Option<NaiveDate>,
    /// `None`: the list names no group, and the old one stays.
    pub group: Option<Group>,
}

words! {
    /// Why a list did not change a student's place as it says.
    pub enum ListNote {
        /// The student has withdrawn, and a list without a date brings nobody back.
        Withdrawn = "withdrawn",
        /// The student has been enrolled for longer than the list says.
        KeepsEarlierDate = "keeps_earlier_date",
        /// Staff have set another date, which only staff change.
        KeepsDateOfStaff = "keeps_date_of_staff",
    }
}

impl Enrolment {
    /// The enrolment of these intervals, in the order in which they were said.
    #[must_use]
    pub fn of(intervals: Vec<Interval>) -> Self {
        Self { intervals }
    }

    /// The intervals, in the order in which they were said.
    #[must_use]
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// Whether the student was never enrolled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// Whether staff or a list say so, rather than the student alone.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        let by_student = |interval: &Interval| interval.source == EnrolmentSource::Student;
        self.intervals.iter().any(|interval| !by_student(interval))
    }

    /// Whether staff have ended the last interval.
    #[must_use]
    pub fn has_withdrawn(&self) -> bool {
        self.intervals.last().is_some_and(|it| it.withdrawn)
    }

    /// Whether the student belongs to the unit on a day.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.intervals.iter().any(|interval| interval.holds(day))
    }

    /// The group on a day; outside every interval that of the latest one.
    #[must_use]
    pub fn group(&self, day: NaiveDate) -> Option<&Group> {
        let all = || self.intervals.iter();
        let then = all().filter(|interval| interval.holds(day));
        let latest = then.max_by_key(|interval| interval.from);
        let latest = latest.or_else(|| all().max_by_key(|interval| interval.from));
        latest?.group.as_ref()
    }

    /// Whether an interval ended before a day.
    #[must_use]
    pub fn has_ended_before(&self, day: NaiveDate) -> bool {
        let ended = |interval: &Interval| interval.until.is_some_and(|until| until < day);
        self.intervals.iter().any(ended)
    }

    /// Whether one of the intervals lasts until a day, or is open.
    #[must_use]
    pub fn lasts(&self, until: Option<NaiveDate>) -> bool {
        self.intervals
            .iter()
            .any(|interval| match (interval.until, until) {
                (None, _) => true,
                (Some(end), Some(until)) => end >= until,
                (Some(_), None) => false,
            })
    }

    /// The first day of the interval in force or to come last; `None` for the beginning of the semester.
    #[must_use]
    pub fn since(&self) -> Option<NaiveDate> {
        self.intervals.last()?.from
    }

    /// The last day, where every interval has one.
    #[must_use]
    pub fn until(&self) -> Option<NaiveDate> {
        let ends: Option<Vec<NaiveDate>> = self.intervals.iter().map(|it| it.until).collect();
        ends?.into_iter().max()
    }

    /// What a list makes of it. A second import of the same list changes nothing.
    pub fn import(&mut self, listed: &ListedPlace) -> Option<ListNote> {
        let new = Interval {
            until: listed.until,
            group: listed.group.clone(),
            ..Interval::from(listed.from, EnrolmentSource::Roster)
        };
        let Some(last) = self.intervals.last() else {
            self.intervals.push(new);
            return None;
        };
        if let (Some(end), Some(from)) = (last.until, listed.from)
            && from > end
        {
            self.intervals.push(new);
            return None;
        }
        if last.withdrawn && listed.from.is_none() {
            return Some(ListNote::Withdrawn);
        }
        // The interval in force on the list's date, or the first that has not ended by then.
        let in_force = |interval: &&mut Interval| match (listed.from, interval.until) {
            (Some(from), Some(until)) => from <= until,
            _ => true,
        };
        let interval = match listed.from {
            Some(_) => self.intervals.iter_mut().find(in_force)?,
            None => self.intervals.last_mut()?,
        };
        let mut note = None;
        match interval.source {
            // The list knows better; without a date it means the beginning.
            EnrolmentSource::Student => {
                interval.from = listed.from;
                interval.source = EnrolmentSource::Roster;
            }
            EnrolmentSource::Staff => {
                let differs = |said: Option<NaiveDate>, stays| said.is_some() && said != stays;
                if differs(listed.from, interval.from) || differs(listed.until, interval.until) {
                    return Some(ListNote::KeepsDateOfStaff);
                }
            }
            EnrolmentSource::Roster => match (listed.from, interval.from) {
                (Some(listed), Some(from)) if listed < from => interval.from = Some(listed),
                (Some(listed), from) if from.is_none_or(|from| listed > from) => {
                    note = Some(ListNote::KeepsEarlierDate);
                }
                _ => {}
            },
        }
        if !interval.withdrawn {
            interval.until = listed.until.or(interval.until);
            interval.group = listed.group.clone().or(interval.group.take());
        }
        note
    }

    /// What staff say the interval in force is, in the group of before unless they name one; after the end of the
    /// last one it is a new interval.
    pub fn set(&mut self, mut said: Interval) {
        let begins_anew = |last: &Interval| match (last.until, said.from) {
            (Some(end), Some(from)) => from > end,
            _ => false,
        };
        match self.intervals.last_mut() {
            Some(last) if !begins_anew(last) => {
                said.group = said.group.or(last.group.take());
                *last = said;
            }
            _ => self.intervals.push(said),
        }
    }

    /// With the days of another entry of the same student; what one of both says already is said once.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        let begins = |interval: &Interval| interval.from.unwrap_or(NaiveDate::MIN);
        let ends = |interval: &Interval| interval.until.unwrap_or(NaiveDate::MAX);
        let covers = |a: &Interval, b: &Interval| begins(a) <= begins(b) && ends(a) >= ends(b);
        let mut joined = self.intervals.clone();
        for theirs in &other.intervals {
            if joined.iter().any(|own| covers(own, theirs)) {
                continue;
            }
            let mut theirs = theirs.clone();
            joined.retain(|own| {
                let is_within = covers(&theirs, own);
                if is_within && own.group.is_some() {
                    theirs.group.clone_from(&own.group);
                }
                !is_within
            });
            joined.push(theirs);
        }
        joined.sort_by_key(begins);
        Self::of(joined)
    }

    /// Ends it with a last day. Nothing is deleted, and an interval that has ended sooner keeps its end.
    pub fn withdraw(&mut self, last_day: NaiveDate) {
        let has_begun = |interval: &Interval| interval.from.is_none_or(|from| from <= last_day);
        let any = self.intervals.iter().any(has_begun);
        for interval in &mut self.intervals {
            if !any || has_begun(interval) {
                let end = interval.until.unwrap_or(last_day);
                interval.until = Some(end.min(last_day));
                interval.withdrawn = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_entries_of_a_student_each_day_is_said_once() {
        let day = |day: u32| NaiveDate::from_ymd_opt(2026, 10, day);
        let interval = |from, until, source| Interval {
            until,
            ..Interval::from(from, source)
        };
        let of = |intervals: &[Interval]| Enrolment::of(intervals.to_vec());
        let always = interval(None, None, EnrolmentSource::Roster);
        let early = interval(day(1), day(9), EnrolmentSource::Staff);
        let late = interval(day(5), day(20), EnrolmentSource::Roster);
        for (own, other, joined) in [
            (vec![], vec![late.clone()], vec![late.clone()]),
            (
                vec![always.clone()],
                vec![late.clone()],
                vec![always.clone()],
            ),
            (vec![late.clone()], vec![always.clone()], vec![always]),
            (vec![late.clone()], vec![early.clone()], vec![early, late]),
        ] {
            assert_eq!(of(&own).joined(&of(&other)), of(&joined));
        }
    }
}
