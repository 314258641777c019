//! Sessions: their states and times, and when they take check-ins.

use super::punctuality::Punctuality;
use std::fmt;
use std::time::Duration;

use uuid::Uuid;

use super::macros::{deserialize_by_parse, line_of_text, words};
use super::text::{InvalidText, clean_line};
use super::time::{Timestamp, Zone};
use super::unit_code::UnitCode;

/// A session's id, a random UUID.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct SessionId(Uuid);

impl SessionId {
    /// Makes an id of a UUID from the database, the network or a random source.
    #[must_use]
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Reads the hyphenated form; `None` when it is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text.trim()).ok().map(Self)
    }

    /// The id as a plain UUID.
    #[must_use]
    pub fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

line_of_text! {
    /// The part of the academic calendar that percentages are counted over.
    ///
    /// A short label, `1` by default. Sites that keep a kiosk for years name the year too (`2026-1`),
    /// since numbers and percentages are counted per unit and label.
    pub struct Semester
}

line_of_text! {
    /// Where a session is held; may be empty.
    #[derive(Default)]
    pub struct Venue
}

/// Why a session cannot be opened or changed as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSession {
    /// The semester label is unusable.
    #[error("the semester {0}")]
    Semester(InvalidText),
    /// The venue is unusable.
    #[error("the venue {0}")]
    Venue(InvalidText),
    /// It would end before it starts, or last longer than a day.
    #[error("a session lasts from 1 minute to 24 hours")]
    Length,
}

/// Why a session was not opened or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// The times cannot be.
    #[error(transparent)]
    Invalid(#[from] InvalidSession),
    /// It would have ended already.
    #[error(
        "a session with these times would be over already: name a later start or a longer duration"
    )]
    Over,
    /// Only a lecture that is over can be entered afterwards.
    #[error("a lecture with these times is not over yet: open it instead")]
    NotOver,
    /// Only an open session can be extended.
    #[error("session {0} is not open: reopen it instead")]
    NotOpen(SessionId),
    /// Only a session that is not open can be reopened.
    #[error("session {0} is open already")]
    OpenAlready(SessionId),
    /// A session would last longer than a day.
    #[error("a session lasts 24 hours at most")]
    TooLong,
    /// A session was extended to an end that has passed.
    #[error("its end would still have passed: extend it by more")]
    EndHasPassed,
    /// The unit takes no further session.
    #[error("{unit} has {why}")]
    NoRoom { unit: UnitCode, why: NoRoom },
    /// Staff said that the planned lecture is not held, maybe at another door since this list was read.
    #[error("this lecture of {unit} was cancelled: open a session of {unit} to hold it after all")]
    Cancelled { unit: UnitCode },
    /// Whether it was held is not to be settled while it takes check-ins.
    #[error("session {0} is open: close it first")]
    StillOpen(SessionId),
    /// A lecture that was never opened has no attendance, so it cannot have been held with everybody absent.
    #[error("lecture {0} was never opened: it can only be settled as not held")]
    NeverOpened(SessionId),
    /// Only what was opened, or cancelled while it was to come, is reopened.
    #[error("lecture {0} was never opened: while it is planned, open it instead")]
    NothingToReopen(SessionId),
    /// Nobody can say yet whether a lecture to come was held.
    #[error("lecture {0} has not begun: cancel it instead")]
    StillToCome(SessionId),
    /// What was called off has no times to change.
    #[error("lecture {0} is called off: reopen it first")]
    CalledOff(SessionId),
    /// A planned lecture that was held as another session has its times there.
    #[error("it was opened already: change session {session}")]
    HeldAs { session: SessionId },
    /// Another kiosk opened it, and says when, where and of which unit it is.
    #[error("kiosk {kiosk_id} opened it: change it there")]
    OtherKiosk { kiosk_id: String },
    /// Other kiosks have records in it, which stay in the unit that they know.
    #[error("other kiosks take part in session {0}: it cannot go to another unit")]
    Shared(SessionId),
    /// Other kiosks may have records in it.
    #[error(
        "whether other kiosks take part in session {0} could not be read: try again once the network is back"
    )]
    MayBeShared(SessionId),
    /// Nothing was changed of it that is not undone.
    #[error("nothing was changed of lecture {0}")]
    NothingToUndo(SessionId),
    /// A planned lecture cannot be cancelled once it was opened.
    #[error("it was opened already: cancel session {session}")]
    LectureOpened { session: SessionId },
}

/// Why a unit takes no further session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum NoRoom {
    /// It has one at the same start.
    #[error("a session at that start already, number {number}: reopen it, or name another start")]
    SameStart {
        /// Its number in the semester.
        number: u32,
    },
    /// It has one open at the same time and place.
    #[error(
        "a session open at that time and place already, number {number}: close or cancel it first"
    )]
    SameTimeAndPlace {
        /// Its number in the semester.
        number: u32,
    },
    /// It has held one then: its marks are to be added to that one.
    #[error(
        "held session {number} at that time: add the marks to it with `kiosk attendance mark --session {session} --numbers FILE`"
    )]
    HeldThen {
        /// Its number in the semester.
        number: u32,
        session: SessionId,
    },
    /// It is taught no more.
    #[error("been retired: bring it back first")]
    Retired,
    /// It has had all sessions of its semester.
    #[error(
        "had its {max_sessions} sessions of semester {semester}: raise attendance.max_sessions, or name the next semester"
    )]
    SemesterIsFull {
        /// `attendance.max_sessions`.
        max_sessions: u32,
        semester: Semester,
    },
}

deserialize_by_parse!(Semester);
deserialize_by_parse!(Venue);

impl Semester {
    /// Reads a label of at most 20 characters.
    ///
    /// # Errors
    /// [`InvalidSession::Semester`] when it is empty, too long or unprintable.
    pub fn parse(raw: &str) -> Result<Self, InvalidSession> {
        clean_line(raw, 20)
            .map(Self)
            .map_err(InvalidSession::Semester)
    }
}

impl Venue {
    /// Reads a venue of at most 100 characters; an empty one is allowed.
    ///
    /// # Errors
    /// [`InvalidSession::Venue`] when it is too long or unprintable.
    pub fn parse(raw: &str) -> Result<Self, InvalidSession> {
        match clean_line(raw, 100) {
            Ok(venue) => Ok(Self(venue)),
            Err(InvalidText::Empty) => Ok(Self::default()),
            Err(error) => Err(InvalidSession::Venue(error)),
        }
    }

    /// Whether both name the same room, in capitals or small letters.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }
}

words! {
    /// Whether a session is open, was held, or was cancelled.
    pub enum SessionState {
        /// Takes check-ins within its windows.
        Open = "open",
        /// It was held and takes no check-ins.
        Closed = "closed",
        /// It was not held and counts for no student (feature D5).
        Cancelled = "cancelled",
        /// It opened by itself, nobody came, and staff said that it was not held: it counts for no student.
        NotHeld = "not_held",
    }
}

words! {
    /// How far a lecture has come.
    pub enum LectureStage {
        Planned = "planned",
        Open = "open",
        Closed = "closed",
        /// Cancelled by staff: it counts for nobody.
        Cancelled = "cancelled",
        /// Its time is over, and staff said that it was not held.
        NotHeld = "not_held",
    }
}

impl From<SessionState> for LectureStage {
    fn from(state: SessionState) -> Self {
        match state {
            SessionState::Open => Self::Open,
            SessionState::Closed => Self::Closed,
            SessionState::Cancelled => Self::Cancelled,
            SessionState::NotHeld => Self::NotHeld,
        }
    }
}

/// A session as every door shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub unit_code: UnitCode,
    pub unit_name: String,
    pub lecturer_name: String,
    /// What its percentages are counted over.
    pub semester: Semester,
    /// Its number within unit and semester, from 1, never reused.
    pub number: u32,
    /// When the lecture begins.
    pub starts_at: Timestamp,
    /// When it ends and check-in closes by itself.
    pub ends_at: Timestamp,
    pub venue: Venue,
    pub state: SessionState,
    /// When it was last reopened; check-ins after that carry a flag.
    pub reopened_at: Option<Timestamp>,
}

/// The windows of a site, relative to a session's start (feature A9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// How long before the start check-in opens.
    pub opens_before: Duration,
    /// How long after the start a check-in is on time.
    pub on_time: Duration,
}

/// The phase of a session at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Check-in has not begun.
    NotYet {
        opens_at: Timestamp,
    },
    /// Check-in is open and on time.
    OnTime {
        /// The last on-time moment.
        until: Timestamp,
    },
    /// Check-in is open and late.
    Late {
        until: Timestamp,
    },
    /// Past the end, or closed by staff.
    Over,
    Cancelled,
}

/// What a session answers to a check-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Check-in is open, and the check-in counts.
    Taken(Punctuality),
    /// Check-in has not begun.
    NotYet {
        /// The moment at which check-in begins.
        opens_at: Timestamp,
    },
    /// Past the end, closed by staff, or cancelled.
    Over,
}

/// Whether a moment lies between the opening of a session's check-in and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    Windows,
    /// Before the opening, or after the end.
    NoWindow,
}

impl Session {
    /// The phase of the session; every limit is inside its window (feature A9).
    #[must_use]
    pub fn phase(&self, now: Timestamp, windows: Windows) -> Phase {
        match self.state {
            SessionState::Cancelled | SessionState::NotHeld => Phase::Cancelled,
            SessionState::Closed => Phase::Over,
            SessionState::Open if now > self.ends_at => Phase::Over,
            SessionState::Open if now < self.opens_at(windows) => Phase::NotYet {
                opens_at: self.opens_at(windows),
            },
            SessionState::Open if now <= self.on_time_until(windows) => Phase::OnTime {
                until: self.on_time_until(windows),
            },
            SessionState::Open => Phase::Late {
                until: self.ends_at,
            },
        }
    }

    fn opens_at(&self, windows: Windows) -> Timestamp {
        self.starts_at - windows.opens_before
    }

    fn on_time_until(&self, windows: Windows) -> Timestamp {
        (self.starts_at + windows.on_time).min(self.ends_at)
    }

    /// How late somebody is who comes at a moment that is not on time.
    #[must_use]
    pub fn late_at(&self, at: Timestamp) -> Punctuality {
        Punctuality::late_after(at.since(self.starts_at))
    }

    /// Whether a check-in counts now, and whether it is on time.
    #[must_use]
    pub fn admit(&self, now: Timestamp, windows: Windows) -> Admission {
        match self.phase(now, windows) {
            Phase::OnTime { .. } => Admission::Taken(Punctuality::OnTime),
            Phase::Late { .. } => Admission::Taken(self.late_at(now)),
            Phase::NotYet { opens_at } => Admission::NotYet { opens_at },
            Phase::Over | Phase::Cancelled => Admission::Over,
        }
    }

    /// Whether a moment is on time or late by the session's times alone, and whether it lies within them at all.
    #[must_use]
    pub fn judge(&self, at: Timestamp, windows: Windows) -> (Punctuality, Within) {
        let punctuality = if at <= self.on_time_until(windows) {
            Punctuality::OnTime
        } else {
            self.late_at(at)
        };
        let within = if (self.opens_at(windows)..=self.ends_at).contains(&at) {
            Within::Windows
        } else {
            Within::NoWindow
        };
        (punctuality, within)
    }

    /// `09:00 - 11:00` in local time: the form that the portal and Firestore carry.
    #[must_use]
    pub fn time_slot(&self, zone: Zone) -> String {
        format!(
            "{} - {}",
            zone.hour_minute(self.starts_at),
            zone.hour_minute(self.ends_at)
        )
    }

    /// The local date on which it starts.
    #[must_use]
    pub fn date(&self, zone: Zone) -> chrono::NaiveDate {
        zone.date(self.starts_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WINDOWS: Windows = Windows {
        opens_before: Duration::from_secs(600),
        on_time: Duration::from_secs(600),
    };

    fn nine_to_eleven() -> Session {
        Session {
            id: SessionId::from_uuid(Uuid::nil()),
            unit_code: UnitCode::parse("CS101").unwrap(),
            unit_name: "Programming".to_owned(),
            lecturer_name: "Dr. Smith".to_owned(),
            semester: Semester::parse("1").unwrap(),
            number: 1,
            starts_at: at("09:00:00.000"),
            ends_at: at("11:00:00.000"),
            venue: Venue::default(),
            state: SessionState::Open,
            reopened_at: None,
        }
    }

    fn at(time: &str) -> Timestamp {
        Timestamp::parse(&format!("2026-11-22T{time}Z")).unwrap()
    }

    #[test]
    fn every_limit_is_inside() {
        let session = nine_to_eleven();
        let admit = |time| session.admit(at(time), WINDOWS);
        assert_eq!(
            admit("08:49:59.999"),
            Admission::NotYet {
                opens_at: at("08:50:00.000")
            }
        );
        assert_eq!(admit("08:50:00.000"), Admission::Taken(Punctuality::OnTime));
        assert_eq!(admit("09:10:00.000"), Admission::Taken(Punctuality::OnTime));
        assert_eq!(
            admit("09:10:00.001"),
            Admission::Taken(Punctuality::late(10))
        );
        assert_eq!(
            admit("11:00:00.000"),
            Admission::Taken(Punctuality::late(120))
        );
        assert_eq!(admit("11:00:00.001"), Admission::Over);
    }

    #[test]
    fn a_session_that_is_closed_takes_nobody() {
        for (state, phase) in [
            (SessionState::Closed, Phase::Over),
            (SessionState::Cancelled, Phase::Cancelled),
        ] {
            let session = Session {
                state,
                ..nine_to_eleven()
            };
            let now = at("09:05:00.000");
            assert_eq!(session.phase(now, WINDOWS), phase);
            assert_eq!(session.admit(now, WINDOWS), Admission::Over);
        }
    }

    #[test]
    fn a_moment_is_judged_by_the_times_alone() {
        let closed = Session {
            state: SessionState::Closed,
            ..nine_to_eleven()
        };
        let judge = |time| closed.judge(at(time), WINDOWS);
        let late = Punctuality::late;
        assert_eq!(
            judge("08:49:59.999"),
            (Punctuality::OnTime, Within::NoWindow)
        );
        assert_eq!(
            judge("09:10:00.000"),
            (Punctuality::OnTime, Within::Windows)
        );
        assert_eq!(judge("09:12:00.000"), (late(12), Within::Windows));
        assert_eq!(judge("11:00:00.001"), (late(120), Within::NoWindow));
    }

    #[test]
    fn a_slot_is_shown_in_local_time() {
        let session = nine_to_eleven();
        assert_eq!(
            session.time_slot(Zone::parse("Africa/Nairobi").unwrap()),
            "12:00 - 14:00"
        );
    }

    proptest! {
        #[test]
        fn phases_follow_one_another(minutes in -600i64..600, opens in 0u64..60, on_time in 0u64..200) {
            let session = nine_to_eleven();
            let windows = Windows {
                opens_before: Duration::from_secs(opens * 60),
                on_time: Duration::from_secs(on_time * 60),
            };
            let rank = |phase: Phase| match phase {
                Phase::NotYet { .. } => 0,
                Phase::OnTime { .. } => 1,
                Phase::Late { .. } => 2,
                Phase::Over | Phase::Cancelled => 3,
            };
            let now = Timestamp::from_millis(session.starts_at.millis() + minutes * 60_000);
            let later = now + Duration::from_secs(60);
            prop_assert!(rank(session.phase(now, windows)) <= rank(session.phase(later, windows)));
        }
    }

    #[test]
    fn nobody_is_on_time_after_the_end() {
        let windows = Windows {
            on_time: Duration::from_secs(3 * 3600),
            ..WINDOWS
        };
        let session = nine_to_eleven();
        let until = at("11:00:00.000");
        assert_eq!(
            session.phase(at("09:00:00.000"), windows),
            Phase::OnTime { until }
        );
        assert_eq!(session.phase(until, windows), Phase::OnTime { until });
    }

    #[test]
    fn labels_have_limits_and_rooms_no_case() {
        assert!(Semester::parse(&"x".repeat(20)).is_ok());
        assert!(Semester::parse(&"x".repeat(21)).is_err());
        assert!(Semester::parse(" ").is_err());
        let venue = |text: &str| Venue::parse(text).unwrap();
        assert_eq!(venue(" ").as_str(), "");
        assert_eq!(venue(&"x".repeat(100)).as_str().len(), 100);
        assert!(Venue::parse(&"x".repeat(101)).is_err());
        assert!(venue("Lab 3").is_same_as(&venue("LAB  3")));
        assert!(!venue("Lab 3").is_same_as(&venue("Lab 4")));
    }
}
