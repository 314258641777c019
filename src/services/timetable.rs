//! Lectures, as staff open, close and list them.

use std::sync::Arc;
use std::time::Duration;

use super::charge::{self, NoCharge};
use super::desk::current;
use super::policy::Policy;
use super::timekeeper::Timekeeper;
use crate::clock::Clock;
use crate::domain::{
    Contested, InvalidSession, LectureState, Lecturer, PlannedLecture, Roster, Semester, Session,
    SessionId, SessionKey, Timestamp, TimetableEntry, UnitCode, Venue,
};
use crate::store::{CodedSession, LectureChange, NewSession, OpeningRules, Store, StoreError};

/// A reopened session takes check-ins for at least this long.
const REOPENED_FOR: Duration = Duration::from_secs(15 * 60);

/// Opens and closes sessions.
///
/// What ends in `_as` or `_of` is for a lecturer, who needs charge of the unit; the others are for the shell,
/// whose user is a technician, and for the program itself. `tests/layers.rs` keeps the doors of staff to the
/// former.
#[derive(Debug, Clone)]
pub struct Timetable {
    store: Store,
    clock: Clock,
    policy: Arc<Policy>,
}

/// A session to be opened; what is left out is filled in.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Of which unit.
    pub unit: UnitCode,
    /// What its percentages are counted over; the site's semester when left out.
    pub semester: Option<Semester>,
    /// When the lecture begins; now when left out.
    pub starts_at: Option<Timestamp>,
    /// How long it lasts.
    pub lasts: Duration,
    /// Where; this kiosk's venue when left out.
    pub venue: Option<Venue>,
}

/// Why a session was not opened or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimetableError {
    /// The times cannot be.
    #[error(transparent)]
    Invalid(#[from] InvalidSession),
    /// It would have ended already.
    #[error(
        "a session with these times would be over already: name a later start or a longer duration"
    )]
    Over,
    /// Somebody else has charge of the unit.
    #[error("only {lecturer_name} or an administrator opens and closes sessions of {unit}")]
    NotTheirs {
        /// Of which unit.
        unit: UnitCode,
        /// Who has.
        lecturer_name: String,
    },
    /// Staff said that the lecture is not held, maybe at another door since this list was read.
    #[error("this lecture of {unit} was cancelled: open a session of {unit} to hold it after all")]
    Cancelled {
        /// Of which unit.
        unit: UnitCode,
    },
    /// The database says no, or cannot say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Timetable {
    /// A timetable over a store, with a site's decisions.
    #[must_use]
    pub fn new(store: Store, clock: Clock, policy: Arc<Policy>) -> Self {
        Self {
            store,
            clock,
            policy,
        }
    }

    /// Whoever watches the clock by which sessions begin and end.
    #[must_use]
    pub fn timekeeper(&self) -> Timekeeper {
        Timekeeper::new(self.store.clone(), self.clock.clone(), self.policy.clone())
    }

    /// Opens a session.
    ///
    /// # Errors
    /// [`TimetableError`] when the times cannot be, there is no such unit, it has a session then already,
    /// or it has had all its sessions.
    pub async fn open(
        &self,
        opening: Opening,
        actor: &str,
    ) -> Result<(Session, SessionKey), TimetableError> {
        let read = self.clock.reading();
        let now = read.at;
        let begins_now = opening.starts_at.is_none();
        // Whole minutes: a slot reads 09:00 - 11:00, and the same start is the same start.
        let starts_at = opening
            .starts_at
            .unwrap_or(Timestamp::from_millis(now.millis() / 60_000 * 60_000));
        if !(60..=24 * 3600).contains(&opening.lasts.as_secs()) {
            return Err(InvalidSession::Length.into());
        }
        let ends_at = starts_at + opening.lasts;
        if ends_at <= now {
            return Err(TimetableError::Over);
        }
        let new = NewSession {
            unit: opening.unit,
            semester: opening
                .semester
                .unwrap_or_else(|| self.policy.semester.clone()),
            starts_at,
            ends_at,
            date: self.policy.zone.date(starts_at),
            venue: opening.venue.unwrap_or_else(|| self.policy.venue.clone()),
            unset_start: (begins_now && !read.trusted).then_some(read.uptime),
        };
        let opened = self
            .store
            .open_session(new, self.policy.max_sessions, actor.to_owned(), now)
            .await?;
        Ok((opened.session, opened.key))
    }

    /// Closes a session; closing a closed one changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such session.
    pub async fn close(&self, id: SessionId, actor: &str) -> Result<Session, StoreError> {
        self.store
            .close_session(id, actor.to_owned(), self.clock.now())
            .await
    }

    /// As [`Timetable::open`], for a lecturer who has charge of the unit.
    ///
    /// # Errors
    /// As there, and [`TimetableError::NotTheirs`].
    pub async fn open_as(
        &self,
        lecturer: &Lecturer,
        opening: Opening,
    ) -> Result<(Session, SessionKey), TimetableError> {
        self.check_charge(lecturer, &opening.unit).await?;
        self.open(opening, lecturer.staff_id.as_str()).await
    }

    /// As [`Timetable::close`], for a lecturer who has charge of the unit.
    ///
    /// # Errors
    /// As there, and [`TimetableError::NotTheirs`].
    pub async fn close_as(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
    ) -> Result<Session, TimetableError> {
        self.check_session(lecturer, id).await?;
        Ok(self.close(id, lecturer.staff_id.as_str()).await?)
    }

    /// As [`Timetable::extend`], for a lecturer who has charge of the unit.
    ///
    /// # Errors
    /// As there, and [`TimetableError::NotTheirs`].
    pub async fn extend_as(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
        by: Duration,
    ) -> Result<Session, TimetableError> {
        self.check_session(lecturer, id).await?;
        Ok(self.extend(id, by, lecturer.staff_id.as_str()).await?)
    }

    /// As [`Timetable::reopen`], for a lecturer who has charge of the unit.
    ///
    /// # Errors
    /// As there, and [`TimetableError::NotTheirs`].
    pub async fn reopen_as(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
        reason: String,
    ) -> Result<Session, TimetableError> {
        self.check_session(lecturer, id).await?;
        let actor = lecturer.staff_id.as_str();
        Ok(self.reopen(id, reason, actor).await?)
    }

    /// As [`Timetable::cancel`], for a lecturer who has charge of the unit.
    ///
    /// # Errors
    /// As there, and [`TimetableError::NotTheirs`].
    pub async fn cancel_as(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
        reason: String,
    ) -> Result<Session, TimetableError> {
        self.check_session(lecturer, id).await?;
        let actor = lecturer.staff_id.as_str();
        Ok(self.cancel(id, reason, actor).await?)
    }

    /// A session, for a lecturer who has charge of its unit.
    ///
    /// # Errors
    /// [`TimetableError::NotTheirs`]; [`StoreError::Missing`] when there is no such session.
    pub async fn session_as(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
    ) -> Result<Session, TimetableError> {
        self.check_session(lecturer, id).await
    }

    /// As [`Timetable::roster`], for a lecturer who has charge of the unit.
    ///
    /// # Errors
    /// As there, and [`TimetableError::NotTheirs`].
    pub async fn roster_as(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
    ) -> Result<Option<Roster>, TimetableError> {
        self.check_session(lecturer, id).await?;
        Ok(self.roster(id).await?)
    }

    /// As [`Timetable::sessions`], of the units that a lecturer has charge of.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn sessions_of(
        &self,
        lecturer: &Lecturer,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let of = (!lecturer.is_admin).then(|| lecturer.staff_id.clone());
        self.store.sessions_of(of, limit).await
    }

    async fn check_session(
        &self,
        lecturer: &Lecturer,
        id: SessionId,
    ) -> Result<Session, TimetableError> {
        let found = self.store.session(id).await?;
        let CodedSession { session, .. } = found.ok_or_else(|| StoreError::Missing {
            what: "session",
            id: id.to_string(),
        })?;
        self.check_charge(lecturer, &session.unit_code).await?;
        Ok(session)
    }

    async fn check_charge(
        &self,
        lecturer: &Lecturer,
        code: &UnitCode,
    ) -> Result<(), TimetableError> {
        match charge::check(&self.store, lecturer, code).await {
            Ok(()) => Ok(()),
            Err(NoCharge::Theirs { lecturer_name }) => Err(TimetableError::NotTheirs {
                unit: code.clone(),
                lecturer_name,
            }),
            Err(NoCharge::Store(error)) => Err(error.into()),
        }
    }

    /// Lets an open session end later.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such session, [`StoreError::Conflict`] when it is not open or
    /// would last longer than a day.
    pub async fn extend(
        &self,
        id: SessionId,
        by: Duration,
        actor: &str,
    ) -> Result<Session, StoreError> {
        self.store
            .extend_session(id, by, actor.to_owned(), self.clock.now())
            .await
    }

    /// Opens a closed session again for at least a quarter of an hour.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such session, [`StoreError::Conflict`] when it is open.
    pub async fn reopen(
        &self,
        id: SessionId,
        reason: String,
        actor: &str,
    ) -> Result<Session, StoreError> {
        let now = self.clock.now();
        self.store
            .reopen_session(id, now + REOPENED_FOR, reason, actor.to_owned(), now)
            .await
    }

    /// Cancels a session: it counts for nobody.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such session.
    pub async fn cancel(
        &self,
        id: SessionId,
        reason: String,
        actor: &str,
    ) -> Result<Session, StoreError> {
        self.store
            .cancel_session(id, reason, actor.to_owned(), self.clock.now())
            .await
    }

    /// Closes the sessions whose end has passed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn close_ended(&self) -> Result<Vec<SessionId>, StoreError> {
        self.store.close_ended_sessions(self.clock.reading()).await
    }

    /// Opens the lectures of the timetable that are held here and whose check-in begins now (feature E4). Each
    /// opens once, also after a restart: one that was opened by hand or cancelled is left as it is.
    ///
    /// None opens while the clock is not set: by a clock that is hours or years late it would be another
    /// lecture's, and those in the room would be recorded there. What is due is opened once the clock is set.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn open_due(&self) -> Result<Vec<SessionId>, StoreError> {
        let read = self.clock.reading();
        if !read.trusted {
            return Ok(Vec::new());
        }
        let rules = OpeningRules {
            venue: self.policy.venue.clone(),
            opens_before: self.policy.windows.opens_before,
            semester: self.policy.semester.clone(),
            max_sessions: self.policy.max_sessions,
            zone: self.policy.zone,
        };
        self.store.open_due_lectures(rules, read.at).await
    }

    /// Whether lectures of the timetable are to be held here that do not open by themselves, since the clock is
    /// not set. By such a clock nobody knows which of them is due.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn awaits_clock(&self) -> Result<bool, StoreError> {
        if self.clock.trusted() {
            return Ok(false);
        }
        let venue = self.policy.venue.clone();
        self.store.has_unopened_lectures(venue).await
    }

    /// Takes a timetable in and answers for each lecture what that did. Taking it twice changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit; nothing is taken in then.
    pub async fn import(
        &self,
        lectures: Vec<PlannedLecture>,
        actor: &str,
    ) -> Result<Vec<LectureChange>, StoreError> {
        self.store
            .import_timetable(lectures, actor.to_owned(), self.clock.now())
            .await
    }

    /// What [`Timetable::import`] would do, without doing it.
    ///
    /// # Errors
    /// As there.
    pub async fn preview(
        &self,
        lectures: Vec<PlannedLecture>,
    ) -> Result<Vec<LectureChange>, StoreError> {
        self.store
            .preview_timetable(lectures, self.clock.now())
            .await
    }

    /// The lectures of one day, in every venue.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn day(&self, date: chrono::NaiveDate) -> Result<Vec<TimetableEntry>, StoreError> {
        let zone = self.policy.zone;
        let next = date.succ_opt().unwrap_or(date);
        let [from, until] =
            [date, next].map(|date| zone.moment(date.and_time(chrono::NaiveTime::MIN)));
        self.store.timetable(from, until).await
    }

    /// Today's lectures in every venue.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn today(&self) -> Result<Vec<TimetableEntry>, StoreError> {
        self.day(self.policy.zone.date(self.clock.now())).await
    }

    /// Today's lectures of the units that a lecturer has charge of.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn today_of(&self, lecturer: &Lecturer) -> Result<Vec<TimetableEntry>, StoreError> {
        let mut entries = self.today().await?;
        entries.retain(|entry| lecturer.is_admin || entry.lecturer_staff_id == lecturer.staff_id);
        Ok(entries)
    }

    /// Notes that a lecture is not held, before it has opened.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none of that number, [`StoreError::Conflict`] when it was opened.
    pub async fn cancel_lecture(
        &self,
        id: i64,
        reason: String,
        actor: &str,
    ) -> Result<(), StoreError> {
        self.store
            .cancel_lecture(id, reason, actor.to_owned(), self.clock.now())
            .await
    }

    /// As [`Timetable::cancel_lecture`], for a lecturer who has charge of the unit.
    ///
    /// # Errors
    /// As there, and [`TimetableError::NotTheirs`].
    pub async fn cancel_lecture_as(
        &self,
        lecturer: &Lecturer,
        id: i64,
        reason: String,
    ) -> Result<(), TimetableError> {
        if let Some(entry) = self.store.timetable_entry(id).await? {
            self.check_charge(lecturer, &entry.unit_code).await?;
        }
        let actor = lecturer.staff_id.as_str();
        Ok(self.cancel_lecture(id, reason, actor).await?)
    }

    /// Opens a lecture of the timetable now, with its own times and in this kiosk's venue, for a lecturer
    /// who has charge of the unit: at its time or before, here or where it was to be.
    ///
    /// # Errors
    /// As [`Timetable::open_as`], [`TimetableError::Cancelled`], and [`StoreError::Missing`] when there is none
    /// of that number.
    pub async fn open_lecture_as(
        &self,
        lecturer: &Lecturer,
        id: i64,
    ) -> Result<Session, TimetableError> {
        let found = self.store.timetable_entry(id).await?;
        let entry = found.ok_or_else(|| StoreError::Missing {
            what: "lecture",
            id: id.to_string(),
        })?;
        self.check_charge(lecturer, &entry.unit_code).await?;
        if entry.state == LectureState::Cancelled {
            let unit = entry.unit_code;
            return Err(TimetableError::Cancelled { unit });
        }
        let has_no_venue = self.policy.venue.as_str().is_empty();
        let opening = Opening {
            unit: entry.unit_code,
            semester: None,
            starts_at: Some(entry.starts_at),
            lasts: entry.ends_at.since(entry.starts_at),
            venue: has_no_venue.then_some(entry.venue),
        };
        let actor = lecturer.staff_id.as_str();
        let (session, _) = self.open(opening, actor).await?;
        // Should the power fail between the two, the timetable finds it by its start.
        self.store.note_lecture_opened(id, session.id).await?;
        Ok(session)
    }

    /// The latest sessions, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn sessions(&self, limit: u32) -> Result<Vec<Session>, StoreError> {
        self.store.sessions(limit).await
    }

    /// A session by id, or the one that this kiosk shows; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn find(
        &self,
        id: Option<SessionId>,
    ) -> Result<Option<(Session, SessionKey)>, StoreError> {
        let found = if let Some(id) = id {
            self.store.session(id).await?
        } else {
            let open = self.store.open_sessions().await?;
            let (venue, windows) = (&self.policy.venue, self.policy.windows);
            current(&open, venue, self.clock.now(), windows).cloned()
        };
        Ok(found.map(|CodedSession { session, key }| (session, key)))
    }

    /// The students of a session whom several kiosks recorded, with every record.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn contested(&self, id: SessionId) -> Result<Vec<Contested>, StoreError> {
        self.store.contested(id).await
    }

    /// Everybody enrolled in a session's unit, with mark and standing.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn roster(&self, id: SessionId) -> Result<Option<Roster>, StoreError> {
        self.store
            .roster(id, self.clock.now(), self.policy.rules())
            .await
    }
}
