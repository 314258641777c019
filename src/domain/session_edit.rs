//! Another start, end, room or unit for a lecture, before, while and after it is held.

use std::time::Duration;

use super::admission_number::AdmissionNumber;
use super::check_in::Flag;
use super::correction::RecordState;
use super::counting::Mark;
use super::enrolment::Group;
use super::lecture::PlannedLecture;
use super::person_name::PersonName;
use super::punctuality::Punctuality;
use super::reading::Reading;
use super::session::{
    InvalidSession, LectureStage, Session, SessionId, SessionRefusal, Venue, Windows, Within,
};
use super::statement::LectureFact;
use super::time::{Timestamp, Zone};
use super::timetable::ClashOf;
use super::unit_code::UnitCode;

/// The longest session: one that was extended by mistake is not open for weeks.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What is changed of a lecture; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionEdit {
    /// The unit to which it belongs, with its records.
    pub unit: Option<UnitCode>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<NewEnd>,
    pub venue: Option<Venue>,
    /// The statement of [`EditEffect::seen`], where the effect was shown before: nothing is changed once another one
    /// is in force. `None`: whatever is in force.
    pub seen: Option<i64>,
}

/// Another end of a lecture: a moment, or so much later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewEnd {
    At(Timestamp),
    /// Later by this much; only for an open session.
    LaterBy(Duration),
}

/// Of which unit a lecture is, for whom, when and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhenAndWhere {
    pub unit: UnitCode,
    pub group: Option<Group>,
    pub voluntary: bool,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub venue: Venue,
    pub state: LectureStage,
}

/// What a change of a lecture does to it and to what this kiosk recorded in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditEffect {
    /// The statement about the lecture that was in force.
    pub seen: i64,
    pub before: WhenAndWhere,
    pub after: WhenAndWhere,
    /// The records of this kiosk in it that are not removed.
    pub records: u32,
    /// Of them, those that are on time or late now and were not, or by other minutes.
    pub judged: Vec<JudgedAnew>,
    /// Of them, those of which staff have said whether they are late: they stay.
    pub by_hand: u32,
    /// Of them, those that are outside of the lecture's hours by another end, and were not.
    pub after_end: u32,
    /// Those who are not on the list of another unit that it goes to; `None`: that unit has no list.
    pub unlisted: Option<Vec<(AdmissionNumber, Option<PersonName>)>>,
    /// When the timetable of the unit that it leaves has no lecture any more.
    pub leaves: Option<Timestamp>,
    /// The lectures that cannot be held beside it then, and what both need.
    pub clashes: Vec<(PlannedLecture, ClashOf)>,
    /// Whether other kiosks take part: they follow, and judge their own records.
    pub other_kiosks: bool,
}

/// A record that another start makes on time or late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedAnew {
    pub number: AdmissionNumber,
    pub name: Option<PersonName>,
    pub at: Timestamp,
    pub before: Punctuality,
    pub after: Punctuality,
}

impl EditEffect {
    /// Whether anything is changed.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.before != self.after
    }

    /// How many turn late, and how many turn on time.
    #[must_use]
    pub fn turned(&self) -> (usize, usize) {
        let turned = |from: bool| {
            let is_so =
                |it: &&JudgedAnew| it.before.is_late() == from && it.after.is_late() != from;
            self.judged.iter().filter(is_so).count()
        };
        (turned(false), turned(true))
    }
}

impl LectureFact {
    /// Of which unit it is, when and where: as it was opened, else as it is planned.
    #[must_use]
    pub fn when_and_where(&self) -> Option<WhenAndWhere> {
        let times = match (&self.sitting, &self.planned) {
            (Some(it), _) => (it.starts_at, it.ends_at, &it.venue),
            (None, Some(it)) => (it.starts_at, it.ends_at, &it.venue),
            (None, None) => return None,
        };
        let (starts_at, ends_at, venue) = times;
        Some(WhenAndWhere {
            unit: self.unit.clone(),
            group: self.group.clone(),
            voluntary: self.voluntary,
            starts_at,
            ends_at,
            venue: venue.clone(),
            state: self.state,
        })
    }

    /// Makes it one for the same group, lesson and expectation as another one.
    pub fn is_for_those_of(&mut self, other: &Self) {
        self.group.clone_from(&other.group);
        self.lesson.clone_from(&other.lesson);
        self.voluntary = other.voluntary;
    }

    /// The lecture after a change. A session whose end has passed by it is over.
    ///
    /// # Errors
    /// [`SessionRefusal`] when it was cancelled, another kiosk opened it, or the times cannot be.
    pub fn edited(
        &self,
        id: SessionId,
        edit: &SessionEdit,
        read: &Reading,
        zone: Zone,
    ) -> Result<Self, SessionRefusal> {
        let now = read.at;
        if matches!(self.state, LectureStage::Cancelled | LectureStage::NotHeld) {
            return Err(SessionRefusal::CalledOff(id));
        }
        if let Some(session) = self.held_as {
            return Err(SessionRefusal::HeldAs { session });
        }
        let before = self.when_and_where().ok_or(SessionRefusal::CalledOff(id))?;
        let starts_at = edit.starts_at.unwrap_or(before.starts_at);
        let ends_at = match edit.ends_at {
            None => before.ends_at,
            Some(NewEnd::At(ends_at)) => ends_at,
            Some(NewEnd::LaterBy(_)) if self.state != LectureStage::Open => {
                return Err(SessionRefusal::NotOpen(id));
            }
            Some(NewEnd::LaterBy(by)) => before.ends_at + by,
        };
        let venue = edit.venue.as_ref().unwrap_or(&before.venue);
        let is_moved = starts_at != before.starts_at || *venue != before.venue;
        let origin = self.sitting.as_ref().and_then(|it| it.origin.as_ref());
        if let Some(kiosk_id) = origin
            && (is_moved || edit.unit.as_ref().is_some_and(|unit| *unit != self.unit))
        {
            let kiosk_id = kiosk_id.clone();
            return Err(SessionRefusal::OtherKiosk { kiosk_id });
        }
        if ends_at.since(starts_at) < Duration::from_secs(60) {
            return Err(InvalidSession::Length.into());
        }
        if ends_at.since(starts_at) > LONGEST {
            return Err(SessionRefusal::TooLong);
        }
        if matches!(edit.ends_at, Some(NewEnd::LaterBy(_))) && ends_at <= now {
            return Err(SessionRefusal::EndHasPassed);
        }
        let mut after = self.clone();
        if let Some(unit) = edit.unit.as_ref().filter(|unit| **unit != self.unit) {
            // Groups and lessons are those of a unit.
            after.unit = unit.clone();
            (after.group, after.lesson) = (None, None);
        }
        if let Some(sitting) = &mut after.sitting {
            if sitting.starts_at != starts_at {
                // By a clock that is not set staff name a time as wrong as the clock, which is corrected with it.
                if read.trusted {
                    (sitting.boot, sitting.uptime_ms) = (None, None);
                }
                sitting.date = zone.date(starts_at);
            }
            (sitting.starts_at, sitting.ends_at) = (starts_at, ends_at);
            sitting.venue = venue.clone();
            if after.state == LectureStage::Open && ends_at <= now {
                after.state = LectureStage::Closed;
            }
        } else if let Some(planned) = &mut after.planned {
            // What was held without being opened is entered, not planned.
            if ends_at <= now && before.ends_at > now {
                return Err(SessionRefusal::Over);
            }
            (planned.starts_at, planned.ends_at) = (starts_at, ends_at);
            planned.venue = venue.clone();
        }
        Ok(after)
    }
}

impl LectureFact {
    /// The lecture with a change taken back: as it was before, where it still is what the change made of it.
    #[must_use]
    pub fn with_edit_undone(&self, old: &Self, new: &Self) -> Self {
        fn back<T: PartialEq + Clone>(now: &mut T, old: &T, new: &T) {
            if now == new {
                now.clone_from(old);
            }
        }
        let mut now = self.clone();
        back(&mut now.unit, &old.unit, &new.unit);
        back(&mut now.group, &old.group, &new.group);
        back(&mut now.lesson, &old.lesson, &new.lesson);
        back(&mut now.voluntary, &old.voluntary, &new.voluntary);
        back(&mut now.planned, &old.planned, &new.planned);
        back(&mut now.held_as, &old.held_as, &new.held_as);
        back(&mut now.state, &old.state, &new.state);
        if let (Some(now), Some(old), Some(new)) = (&mut now.sitting, &old.sitting, &new.sitting) {
            back(&mut now.lecturer, &old.lecturer, &new.lecturer);
            back(&mut now.number, &old.number, &new.number);
            back(&mut now.date, &old.date, &new.date);
            back(&mut now.starts_at, &old.starts_at, &new.starts_at);
            back(&mut now.ends_at, &old.ends_at, &new.ends_at);
            back(&mut now.venue, &old.venue, &new.venue);
            back(&mut now.boot, &old.boot, &new.boot);
            back(&mut now.uptime_ms, &old.uptime_ms, &new.uptime_ms);
        }
        now
    }
}

impl RecordState {
    /// On time or late by the session's times alone, as where nobody of staff has decided it.
    #[must_use]
    pub fn judged_by(mut self, session: &Session, windows: Windows) -> Self {
        let (punctuality, _) = session.judge(self.at, windows);
        self = self.bounded_by(session, windows);
        self.punctuality = punctuality;
        self.flags = self.flags.with_punctuality(punctuality);
        if matches!(self.mark, Mark::Present | Mark::Late) {
            self.mark = punctuality.into();
        }
        self
    }

    /// Within the session's hours or not by its times alone.
    #[must_use]
    pub fn bounded_by(mut self, session: &Session, windows: Windows) -> Self {
        let (_, within) = session.judge(self.at, windows);
        self.flags = self
            .flags
            .without(Flag::OutsideWindows)
            .with_if(within == Within::NoWindow, Flag::OutsideWindows);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{OpenedBy, PlannedTimes, Semester, Sitting, StaffId};
    use chrono::NaiveDate;
    use uuid::Uuid;

    fn at(time: &str) -> Timestamp {
        Timestamp::parse(&format!("2026-11-22T{time}:00Z")).unwrap()
    }

    fn nine_to_eleven() -> LectureFact {
        LectureFact {
            unit: UnitCode::parse("CS102").unwrap(),
            state: LectureStage::Open,
            group: None,
            lesson: None,
            voluntary: false,
            planned: None,
            held_as: None,
            sitting: Some(Sitting {
                opened_at: at("09:00"),
                opened_by: OpenedBy::Staff,
                lecturer: StaffId::parse("S1").unwrap(),
                semester: Semester::parse("1").unwrap(),
                number: 8,
                date: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
                starts_at: at("09:00"),
                ends_at: at("11:00"),
                venue: Venue::default(),
                reopened_at: None,
                origin: None,
                boot: None,
                uptime_ms: None,
                clock_said: None,
            }),
        }
    }

    fn edited(fact: &LectureFact, edit: &SessionEdit) -> Result<LectureFact, SessionRefusal> {
        let id = SessionId::from_uuid(Uuid::nil());
        fact.edited(
            id,
            edit,
            &Reading::of(at("10:00")),
            Zone::parse("UTC").unwrap(),
        )
    }

    fn ends(ends_at: NewEnd) -> SessionEdit {
        SessionEdit {
            ends_at: Some(ends_at),
            ..SessionEdit::default()
        }
    }

    fn starts(time: &str) -> SessionEdit {
        SessionEdit {
            starts_at: Some(at(time)),
            ..SessionEdit::default()
        }
    }

    #[test]
    fn a_lecture_is_shortened_and_over_where_its_end_has_passed() {
        let state = |time| {
            let after = edited(&nine_to_eleven(), &ends(NewEnd::At(at(time)))).unwrap();
            (after.state, after.when_and_where().unwrap().ends_at)
        };
        assert_eq!(state("10:30"), (LectureStage::Open, at("10:30")));
        assert_eq!(state("09:45"), (LectureStage::Closed, at("09:45")));
    }

    #[test]
    fn only_an_open_lecture_is_extended_and_no_lecture_lasts_longer_than_a_day() {
        let hour = Duration::from_secs(3600);
        let extend = |fact: &LectureFact, hours| edited(fact, &ends(NewEnd::LaterBy(hours * hour)));
        let longer = extend(&nine_to_eleven(), 1).unwrap();
        assert_eq!(longer.when_and_where().unwrap().ends_at, at("12:00"));
        assert_eq!(extend(&nine_to_eleven(), 23), Err(SessionRefusal::TooLong));
        let closed = LectureFact {
            state: LectureStage::Closed,
            ..nine_to_eleven()
        };
        let refused = extend(&closed, 1);
        assert!(matches!(refused, Err(SessionRefusal::NotOpen(_))));
        assert!(edited(&closed, &ends(NewEnd::At(at("10:30")))).is_ok());
    }

    #[test]
    fn what_is_planned_is_not_moved_into_the_past() {
        let times = |starts_at, ends_at| PlannedTimes {
            starts_at,
            ends_at,
            venue: Venue::default(),
            semester: None,
        };
        let planned = LectureFact {
            state: LectureStage::Planned,
            sitting: None,
            planned: Some(times(at("12:00"), at("13:00"))),
            ..nine_to_eleven()
        };
        let to = |start, end| SessionEdit {
            ends_at: Some(NewEnd::At(at(end))),
            ..starts(start)
        };
        let over = edited(&planned, &to("08:00", "10:00"));
        assert_eq!(over, Err(SessionRefusal::Over));
        assert!(edited(&planned, &to("08:00", "10:01")).is_ok());
        let over = LectureFact {
            planned: Some(times(at("08:00"), at("09:00"))),
            ..planned
        };
        assert!(
            edited(&over, &to("07:00", "08:00")).is_ok(),
            "it was before"
        );
    }

    #[test]
    fn a_lecture_ends_after_it_begins() {
        assert_eq!(
            edited(&nine_to_eleven(), &starts("11:00")),
            Err(InvalidSession::Length.into())
        );
        let earlier = edited(&nine_to_eleven(), &starts("08:45")).unwrap();
        let times = earlier.when_and_where().unwrap();
        assert_eq!((times.starts_at, times.ends_at), (at("08:45"), at("11:00")));
    }

    #[test]
    fn a_start_by_a_clock_that_is_not_set_is_still_corrected_with_it() {
        let mut opened = nine_to_eleven();
        let sitting = opened.sitting.as_mut().unwrap();
        (sitting.boot, sitting.uptime_ms) = (Some("run".to_owned()), Some(7));
        let run = |trusted| {
            let read = Reading {
                trusted,
                ..Reading::of(at("10:00"))
            };
            let (id, zone) = (
                SessionId::from_uuid(Uuid::nil()),
                Zone::parse("UTC").unwrap(),
            );
            let after = opened.edited(id, &starts("08:45"), &read, zone).unwrap();
            let sitting = after.sitting.unwrap();
            (sitting.boot, sitting.uptime_ms)
        };
        assert_eq!(run(false), (Some("run".to_owned()), Some(7)));
        assert_eq!(
            run(true),
            (None, None),
            "staff say it by a clock that is set"
        );
    }

    #[test]
    fn what_another_kiosk_opened_is_moved_there_and_ended_here_too() {
        let mut theirs = nine_to_eleven();
        theirs.sitting.as_mut().unwrap().origin = Some("b".to_owned());
        let refused = edited(&theirs, &starts("08:45"));
        let other = SessionRefusal::OtherKiosk {
            kiosk_id: "b".to_owned(),
        };
        assert_eq!(refused, Err(other));
        assert!(edited(&theirs, &ends(NewEnd::At(at("10:30")))).is_ok());
    }

    #[test]
    fn what_was_called_off_is_not_changed() {
        let cancelled = LectureFact {
            state: LectureStage::Cancelled,
            ..nine_to_eleven()
        };
        let refused = edited(&cancelled, &starts("08:45"));
        assert!(matches!(refused, Err(SessionRefusal::CalledOff(_))));
    }
}
