//! What counts: the only place where attendance is counted, compared with what is required, and decided.
//!
//! [`reckon`] turns the facts of a unit into every percentage, band, forecast, decision, total and reason that any
//! door shows. `docs/COUNTING.md` has the rules with their examples; `tests/data/counting.py` is a second program
//! for the same rules, against which this one is tested.

mod facts;
mod policy;
mod reckoning;

use std::borrow::Cow;
use std::collections::HashMap;

use super::percentage::Percentage;
use super::session::LectureStage;
use super::time::Timestamp;

pub use facts::{
    Excused, LectureFacts, Lesson, Mark, OpenedBy, RegisterKnown, StudentFacts, UnitFacts,
};
pub use policy::{Basis, CountingPolicy, ExcusedCounts, InvalidPercent, Percent, UnitPolicy};
pub use reckoning::{
    AttendanceStatus, Band, CountReason, Counts, Decision, DecisionReason, Exam, Forecast,
    LectureLine, Listing, Share, Standing, StudentReckoning, Totals, UnitReckoning,
};

/// Counts a unit at a moment.
#[must_use]
pub fn reckon(facts: &UnitFacts, policy: &CountingPolicy, now: Timestamp) -> UnitReckoning {
    let unit = Unit::new(facts, policy, now);
    let mut boards = vec![Totals::default(); facts.lectures.len()];
    let students = facts.students.iter().map(|student| {
        let student = Student {
            unit: &unit,
            facts: student,
        };
        for (board, lecture) in boards.iter_mut().zip(&unit.lectures) {
            match student.status(lecture) {
                Some(status) if student.is_expected(lecture) => board.add(status),
                None | Some(AttendanceStatus::Removed) => {}
                Some(_) => board.guests += 1,
            }
        }
        student.reckon()
    });
    UnitReckoning {
        students: students.collect(),
        boards,
    }
}

/// Where a lecture is in its time. One that staff closed early is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LecturePhase {
    Upcoming,
    Running,
    Over,
}

/// A lecture at the moment of counting.
struct Lecture<'a> {
    facts: &'a LectureFacts,
    place: usize,
    phase: LecturePhase,
    /// Why nobody can be called absent though it is over.
    doubt: Option<CountReason>,
}

impl<'a> Lecture<'a> {
    fn new(facts: &'a LectureFacts, place: usize, now: Timestamp) -> Self {
        let phase = if facts.state == LectureStage::Closed || now > facts.ends_at {
            LecturePhase::Over
        } else if now < facts.starts_at {
            LecturePhase::Upcoming
        } else {
            LecturePhase::Running
        };
        let is_unknown =
            facts.register != RegisterKnown::All || facts.state == LectureStage::Planned;
        let doubt = if phase != LecturePhase::Over {
            None
        } else if is_unknown {
            Some(CountReason::NotKnown)
        } else if facts.opened_by == OpenedBy::Timetable && !facts.anybody_came {
            Some(CountReason::NeedsDecision)
        } else {
            None
        };
        Self {
            facts,
            place,
            phase,
            doubt,
        }
    }

    /// Why nobody can attend it, if so.
    fn gone(&self) -> Option<CountReason> {
        match self.facts.state {
            LectureStage::Planned | LectureStage::Open | LectureStage::Closed => None,
            LectureStage::Cancelled => Some(CountReason::Cancelled),
            LectureStage::NotHeld => Some(CountReason::NotHeld),
        }
    }
}

struct Unit<'a> {
    facts: &'a UnitFacts,
    policy: &'a CountingPolicy,
    lectures: Vec<Lecture<'a>>,
    /// The places of the lectures of each lesson.
    lessons: Vec<Vec<usize>>,
    is_finished: bool,
}

impl<'a> Unit<'a> {
    fn new(facts: &'a UnitFacts, policy: &'a CountingPolicy, now: Timestamp) -> Self {
        let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
        let mut lessons: Vec<Vec<usize>> = Vec::new();
        for (place, lecture) in facts.lectures.iter().enumerate() {
            // A lecture is a lesson of its own, by its id, unless it names another.
            let lesson = match &lecture.lesson {
                Some(lesson) => Cow::Borrowed(lesson.as_str()),
                None => Cow::Owned(lecture.id.to_string()),
            };
            let next = lessons.len();
            let lesson = *places.entry(lesson).or_insert(next);
            match lessons.get_mut(lesson) {
                Some(sittings) => sittings.push(place),
                None => lessons.push(vec![place]),
            }
        }
        let lectures = facts.lectures.iter().enumerate();
        Self {
            facts,
            policy,
            lectures: lectures
                .map(|(place, lecture)| Lecture::new(lecture, place, now))
                .collect(),
            lessons,
            is_finished: facts.is_finished || facts.last_day.is_some_and(|last| facts.today > last),
        }
    }
}

/// How one lesson counts for a student.
struct Verdict<'a> {
    counts: Counts,
    reason: CountReason,
    /// The lecture that stands for the lesson; `None`: the same is said of each.
    stands: Option<&'a Lecture<'a>>,
}

impl<'a> Verdict<'a> {
    fn of(counts: Counts, reason: CountReason, stands: impl Into<Option<&'a Lecture<'a>>>) -> Self {
        Self {
            counts,
            reason,
            stands: stands.into(),
        }
    }
}

struct Student<'a> {
    unit: &'a Unit<'a>,
    facts: &'a StudentFacts,
}

impl<'a> Student<'a> {
    fn mark(&self, lecture: &Lecture<'_>) -> Option<Mark> {
        self.facts.marks.get(lecture.place).copied().flatten()
    }

    fn has_come(&self, lecture: &Lecture<'_>) -> bool {
        self.mark(lecture).is_some_and(Mark::has_come)
    }

    /// Whether the lecture is for the student's group.
    fn fits(&self, lecture: &Lecture<'_>) -> bool {
        self.facts.is_of_group(lecture.facts)
    }

    /// Whether missing the lecture can be held against the student.
    fn is_expected(&self, lecture: &Lecture<'_>) -> bool {
        lecture.gone().is_none()
            && !lecture.facts.voluntary
            && self.facts.enrolment.holds(lecture.facts.date)
            && self.fits(lecture)
    }

    fn is_excused(&self, lecture: &Lecture<'_>) -> bool {
        self.facts.excuses.iter().any(|excuse| match *excuse {
            Excused::Lecture(id) => id == lecture.facts.id,
            Excused::Days(first, last) => (first..=last).contains(&lecture.facts.date),
        })
    }

    /// The word on the lecture's board; `None` for somebody who is not expected and has not come.
    fn status(&self, lecture: &Lecture<'_>) -> Option<AttendanceStatus> {
        let is_expected = self.is_expected(lecture);
        let mark = self.mark(lecture);
        if !mark.is_some_and(Mark::has_come) && is_expected && self.is_excused(lecture) {
            return Some(AttendanceStatus::Excused);
        }
        match mark {
            Some(Mark::Present) => Some(AttendanceStatus::Present),
            Some(Mark::Late) => Some(AttendanceStatus::Late),
            Some(Mark::Pending) => Some(AttendanceStatus::Pending),
            Some(Mark::Removed) => Some(AttendanceStatus::Removed),
            Some(Mark::TakenBack) | None if !is_expected => None,
            Some(Mark::TakenBack) | None if lecture.phase != LecturePhase::Over => {
                Some(AttendanceStatus::NotYet)
            }
            Some(Mark::TakenBack) | None if lecture.doubt.is_some() => {
                Some(AttendanceStatus::Unknown)
            }
            Some(Mark::TakenBack) | None => Some(AttendanceStatus::Absent),
        }
    }

    /// The first rule that fits a lesson.
    fn count(&self, places: &[usize]) -> Verdict<'a> {
        let sittings = || {
            places
                .iter()
                .filter_map(|&place| self.unit.lectures.get(place))
        };
        let live: Vec<&Lecture<'_>> = sittings().filter(|it| it.gone().is_none()).collect();
        let expected: Vec<&Lecture<'_>> = live
            .iter()
            .copied()
            .filter(|it| self.is_expected(it))
            .collect();
        if self.facts.enrolment.is_empty() {
            return Verdict::of(Counts::LeftOut, CountReason::Stranger, None);
        }
        let is_late = |lecture: &&Lecture<'_>| self.mark(lecture) == Some(Mark::Late);
        let came = live.iter().copied().filter(|it| self.has_come(it));
        if let Some(came) = came.min_by_key(|it| (is_late(it), it.place)) {
            let reason = if self.is_expected(came) {
                CountReason::Attended
            } else if expected.is_empty() {
                CountReason::AttendedUnexpected
            } else {
                CountReason::AttendedElsewhere
            };
            return Verdict::of(Counts::Attended, reason, came);
        }
        if live.is_empty() {
            let why = sittings().find_map(Lecture::gone);
            let reason = why.unwrap_or(CountReason::Cancelled);
            return Verdict::of(Counts::LeftOut, reason, None);
        }
        if expected.is_empty() {
            return Verdict::of(Counts::LeftOut, self.why_not_expected(&live), None);
        }
        // A lesson is not over while it can still be attended somewhere.
        let ahead = || {
            live.iter()
                .copied()
                .filter(|it| it.phase != LecturePhase::Over)
        };
        if let Some(first) = ahead().next() {
            let reason = if ahead().any(|it| it.phase == LecturePhase::Running) {
                CountReason::Running
            } else {
                CountReason::Upcoming
            };
            let own = ahead().find(|it| self.is_expected(it));
            return Verdict::of(Counts::ToCome, reason, own.unwrap_or(first));
        }
        if let Some(excused) = expected.iter().copied().find(|it| self.is_excused(it)) {
            let counts = match self.unit.policy.excused {
                ExcusedCounts::NotCounted => Counts::LeftOut,
                ExcusedCounts::Present => Counts::Attended,
                ExcusedCounts::Absent => Counts::Missed,
            };
            return Verdict::of(counts, CountReason::Excused, excused);
        }
        let doubtful = live.iter().copied().find_map(|it| Some((it, it.doubt?)));
        if let Some((lecture, doubt)) = doubtful {
            return Verdict::of(Counts::Unknown, doubt, lecture);
        }
        let marked = |mark| {
            live.iter()
                .copied()
                .find(move |it| self.mark(it) == Some(mark))
        };
        if let Some(lecture) = marked(Mark::Pending) {
            return Verdict::of(Counts::Missed, CountReason::Pending, lecture);
        }
        if let Some(lecture) = marked(Mark::Removed) {
            return Verdict::of(Counts::Missed, CountReason::MarkRemoved, lecture);
        }
        Verdict::of(
            Counts::Missed,
            CountReason::Absent,
            expected.last().copied(),
        )
    }

    fn why_not_expected(&self, live: &[&Lecture<'_>]) -> CountReason {
        let mut ours = live.iter().filter(|it| !it.facts.voluntary).peekable();
        if ours.peek().is_none() {
            return CountReason::Voluntary;
        }
        match ours.find(|it| self.fits(it)) {
            None => CountReason::OtherGroup,
            Some(first) if self.facts.enrolment.has_ended_before(first.facts.date) => {
                CountReason::AfterEnd
            }
            Some(_) => CountReason::BeforeStart,
        }
    }

    fn reckon(&self) -> StudentReckoning {
        let verdicts: Vec<Verdict<'_>> = self
            .unit
            .lessons
            .iter()
            .map(|places| self.count(places))
            .collect();
        let blank = LectureLine {
            status: None,
            is_expected: false,
            counts: Counts::LeftOut,
            reason: CountReason::OtherSitting,
        };
        let mut lectures = vec![blank; self.unit.lectures.len()];
        for (verdict, places) in verdicts.iter().zip(&self.unit.lessons) {
            for &place in places {
                let (Some(line), Some(lecture)) =
                    (lectures.get_mut(place), self.unit.lectures.get(place))
                else {
                    continue;
                };
                line.status = self.status(lecture);
                line.is_expected = self.is_expected(lecture);
                if let Some(why) = lecture.gone() {
                    line.reason = why;
                } else if verdict.stands.is_none_or(|stands| stands.place == place) {
                    (line.counts, line.reason) = (verdict.counts, verdict.reason);
                }
            }
        }
        let enrolment = &self.facts.enrolment;
        let listing = if enrolment.is_empty() {
            Listing::Stranger
        } else if enrolment.is_listed() || !self.unit.facts.has_list {
            Listing::Main
        } else {
            Listing::Apart
        };
        let standing = (listing != Listing::Stranger).then(|| self.standing(&verdicts, listing));
        StudentReckoning {
            listing,
            standing,
            lectures,
        }
    }

    fn standing(&self, verdicts: &[Verdict<'_>], listing: Listing) -> Standing {
        let policy = self.unit.policy;
        let counting = |counts| count(verdicts, |it| it.counts == counts);
        let because = |reason| count(verdicts, |it| it.reason == reason);
        let attended = counting(Counts::Attended);
        let unknown = counting(Counts::Unknown);
        let pending = because(CountReason::Pending);
        let excused = because(CountReason::Excused);
        let late = count(verdicts, |it| {
            let mark = it.stands.and_then(|lecture| self.mark(lecture));
            it.counts == Counts::Attended && mark == Some(Mark::Late)
        });
        let credit = attended - late.checked_div(policy.lates_per_absence).unwrap_or(0);
        let held = attended + counting(Counts::Missed);

        let lasts = self.facts.enrolment.lasts(self.unit.facts.last_day);
        let unscheduled = self.unscheduled();
        let still_unscheduled = if lasts { unscheduled } else { 0 };
        let remaining = counting(Counts::ToCome) + still_unscheduled;
        let is_taken_off =
            policy.excused == ExcusedCounts::NotCounted && policy.excused_leaves_plan;
        let taken_off = if is_taken_off { excused } else { 0 };
        let plan = policy.planned_lessons.saturating_sub(taken_off);
        let outside = because(CountReason::BeforeStart)
            + because(CountReason::AfterEnd)
            + (unscheduled - still_unscheduled);
        let own_plan = plan.saturating_sub(outside);

        // One set for band, forecast and decision: at its end the whole is `whole`, of which `remaining` are to come.
        let whole = match policy.basis {
            Basis::Held => held + unknown + remaining,
            Basis::Planned => own_plan,
        };
        let range = Range {
            low: credit,
            high: credit + unknown + pending,
        };
        let seen = held + unknown;
        let (forecast, at_least) = forecast(policy.required_percent, range, whole, remaining);
        let running = because(CountReason::Running);
        let open = [
            (DecisionReason::LecturesUnknown, unknown),
            (DecisionReason::MarksPending, pending),
            (DecisionReason::Running, running),
            (DecisionReason::ToCome, remaining - running),
        ];
        Standing {
            required_percent: policy.required_percent,
            attended,
            late,
            excused,
            pending,
            credit,
            held,
            unknown,
            remaining,
            planned: policy.planned_lessons,
            own_plan,
            whole,
            of_plan: percent(credit, plan).unwrap_or(Percentage::ZERO),
            of_plan_at_most: percent(range.high, plan).unwrap_or(Percentage::ZERO),
            so_far: percent(credit, held),
            so_far_at_least: percent(range.low, seen),
            so_far_at_most: percent(range.high, seen),
            max_possible: percent(range.high + remaining, whole),
            complete: unknown == 0 && !self.unit.facts.is_stale,
            band: band(policy, range, whole.saturating_sub(remaining), seen),
            forecast,
            at_least,
            exam: self.decide(listing, range, whole, held, open),
        }
    }

    /// Lessons that are planned and stand in no timetable yet: they are to come, until the semester is over.
    fn unscheduled(&self) -> u32 {
        if self.unit.is_finished {
            return 0;
        }
        let is_ours = |place: &usize| {
            let lecture = self.unit.lectures.get(*place);
            lecture.is_some_and(|it| it.gone().is_none() && !it.facts.voluntary && self.fits(it))
        };
        let timetabled = count(&self.unit.lessons, |places| places.iter().any(is_ours));
        self.unit.policy.planned_lessons.saturating_sub(timetabled)
    }

    /// Eligible or not only where nothing that is still open could change it.
    fn decide(
        &self,
        listing: Listing,
        range: Range,
        whole: u32,
        held: u32,
        mut open: [(DecisionReason, u32); 4],
    ) -> Exam {
        let policy = self.unit.policy;
        let [(_, unknown), _, (_, running), (_, to_come)] = &mut open;
        // As of now: what has been held and is being held. Or of the student's own plan, all to come included.
        let (of, whole) = match policy.basis {
            Basis::Held => {
                *to_come = 0;
                (held, held + *unknown + *running)
            }
            Basis::Planned => (whole, whole),
        };
        let best = range.high + *running + *to_come;
        let because = || {
            let of_some = open.iter().filter(|(_, lessons)| *lessons > 0);
            of_some.map(|(reason, _)| *reason)
        };
        let facts = self.unit.facts;
        let day = facts
            .last_day
            .map_or(facts.today, |last| facts.today.min(last));
        let enrolment = &self.facts.enrolment;
        let required = policy.required_percent;
        let (decision, reasons) = if !enrolment.holds(day) {
            if enrolment.has_ended_before(day) {
                (Decision::NotEligible, vec![DecisionReason::Withdrawn])
            } else {
                (Decision::Undecided, vec![DecisionReason::NotEnrolledYet])
            }
        } else if listing == Listing::Apart {
            (Decision::Undecided, vec![DecisionReason::NotOnClassList])
        } else if facts.is_stale {
            (
                Decision::Undecided,
                vec![DecisionReason::NotHeardFromOthers],
            )
        } else if held < policy.minimum_lectures.max(1) || whole == 0 {
            let too_few = std::iter::once(DecisionReason::TooFewLectures);
            (Decision::Undecided, too_few.chain(because()).collect())
        } else if required.is_reached(range.low, whole) {
            (Decision::Eligible, Vec::new())
        } else if required.is_reached(best, whole) {
            (Decision::Undecided, because().collect())
        } else {
            (Decision::NotEligible, vec![DecisionReason::BelowRequired])
        };
        Exam {
            decision,
            reasons,
            share: Share {
                part: range.low,
                whole: of,
            },
        }
    }
}

/// Attended lessons, with all that is open against the student, and in favour.
#[derive(Debug, Clone, Copy)]
struct Range {
    low: u32,
    high: u32,
}

fn band(policy: &CountingPolicy, range: Range, whole: u32, seen: u32) -> Band {
    let grade = |part| {
        if whole == 0 {
            Band::Good
        } else if !policy.required_percent.is_reached(part, whole) {
            Band::Below
        } else if !policy.warning_percent.is_reached(part, whole) {
            Band::Warning
        } else {
            Band::Good
        }
    };
    if seen == 0 {
        Band::NoneHeld
    } else if grade(range.low) == grade(range.high) {
        grade(range.low)
    } else {
        Band::NotKnown
    }
}

/// What the lessons to come allow, and whether that is only the worst case. The number holds even if all that is
/// open goes against the student.
fn forecast(required: Percent, range: Range, whole: u32, remaining: u32) -> (Forecast, bool) {
    let needed = required.of(whole);
    let spare = |credit: u32| remaining.checked_sub(needed.saturating_sub(credit));
    if whole == 0 {
        return (Forecast::None, false);
    }
    let forecast = match (spare(range.low), spare(range.high)) {
        (None, None) => return (Forecast::CannotReach, false),
        (None, Some(_)) => return (Forecast::Depends, false),
        (Some(_), _) if remaining == 0 => return (Forecast::Reached, false),
        (Some(0), _) => Forecast::MustAttend(remaining),
        (Some(spare), _) => Forecast::CanMiss(spare),
    };
    (forecast, range.low != range.high)
}

/// `None` where there is nothing to divide by.
fn percent(part: u32, whole: u32) -> Option<Percentage> {
    match (part, whole) {
        (0, 0) => None,
        (_, 0) => Some(Percentage::FULL),
        (part, whole) => Some(Percentage::of(part, whole)),
    }
}

fn count<T>(all: &[T], counts: impl Fn(&T) -> bool) -> u32 {
    let number = all.iter().filter(|it| counts(it)).count();
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Standings for the tests of doors.
#[cfg(test)]
pub(crate) mod sample {
    use chrono::NaiveDate;
    use uuid::Uuid;

    use super::super::enrolment::{Enrolment, EnrolmentSource, Interval};
    use super::super::session::SessionId;
    use super::*;

    /// Of a student who was enrolled all along and attended the first of the lectures held.
    pub(crate) fn standing(attended: u32, held: u32, planned: u32) -> Standing {
        let policy = CountingPolicy {
            planned_lessons: planned,
            ..CountingPolicy::default()
        };
        let moment = |number: u32| Timestamp::from_millis(i64::from(number) * 7 * 24 * 3_600_000);
        let lectures = (0..held).map(|number| LectureFacts {
            id: SessionId::from_uuid(Uuid::from_u128(number.into())),
            state: LectureStage::Closed,
            starts_at: moment(number),
            ends_at: moment(number) + std::time::Duration::from_secs(7200),
            date: NaiveDate::default(),
            group: None,
            lesson: None,
            voluntary: false,
            opened_by: OpenedBy::Staff,
            register: RegisterKnown::All,
            anybody_came: true,
        });
        let roster = Interval::from(None, EnrolmentSource::Roster);
        let facts = UnitFacts {
            lectures: lectures.collect(),
            students: vec![StudentFacts {
                enrolment: Enrolment::of(vec![roster]),
                marks: (0..held)
                    .map(|n| (n < attended).then_some(Mark::Present))
                    .collect(),
                excuses: Vec::new(),
            }],
            has_list: true,
            last_day: None,
            is_finished: false,
            is_stale: false,
            today: NaiveDate::default(),
        };
        let mut reckoned = reckon(&facts, &policy, moment(held));
        reckoned.students.remove(0).standing.unwrap()
    }
}
