//! Lectures, as staff open, close and list them.

use std::sync::Arc;
use std::time::Duration;

use super::authorization::{Actor, Forbidden};
use super::desk::current;
use super::policy::Policy;
use super::timekeeper::Timekeeper;
use crate::clock::Clock;
use crate::domain::{
    Contested, InvalidSession, LectureState, PlannedLecture, Reading, Roster, Semester, Session,
    SessionId, SessionKey, Timestamp, TimetableEntry, UnitCode, Venue,
};
use crate::store::{
    CodedSession, Entity, LectureChange, NewSession, OpeningRules, Store, StoreError,
};

/// A reopened session takes check-ins for at least this long.
const REOPENED_FOR: Duration = Duration::from_secs(15 * 60);

/// Opens and closes sessions.
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
    /// [`TimetableError`] when it is not theirs to open, the times cannot be, there is no such unit, it has a
    /// session then already, or it has had all its sessions.
    pub async fn open(
        &self,
        by: Actor<'_>,
        opening: Opening,
    ) -> Result<(Session, SessionKey), TimetableError> {
        by.check(&self.store, &opening.unit).await?;
        let read = self.clock.reading();
        let now = read.at;
        let new = self.new_session(opening, read)?;
        let opened = self
            .store
            .open_session(new, self.policy.max_sessions, by.actor(), now)
            .await?;
        Ok((opened.session, opened.key))
    }

    /// An opening with what was left out filled in.
    fn new_session(&self, opening: Opening, read: Reading) -> Result<NewSession, TimetableError> {
        let begins_now = opening.starts_at.is_none();
        // Whole minutes: a slot reads 09:00 - 11:00, and the same start is the same start.
        let starts_at = opening
            .starts_at
            .unwrap_or(Timestamp::from_millis(read.at.millis() / 60_000 * 60_000));
        if !(60..=24 * 3600).contains(&opening.lasts.as_secs()) {
            return Err(InvalidSession::Length.into());
        }
        let ends_at = starts_at + opening.lasts;
        if ends_at <= read.at {
            return Err(TimetableError::Over);
        }
        Ok(NewSession {
            unit: opening.unit,
            semester: opening
                .semester
                .unwrap_or_else(|| self.policy.semester.clone()),
            starts_at,
            ends_at,
            date: self.policy.zone.date(starts_at),
            venue: opening.venue.unwrap_or_else(|| self.policy.venue.clone()),
            unset_start: (begins_now && !read.trusted).then_some(read.uptime),
        })
    }

    /// Closes a session; closing a closed one changes nothing.
    ///
    /// # Errors
    /// [`TimetableError::NotTheirs`]; [`StoreError::Missing`] when there is no such session.
    pub async fn close(&self, by: Actor<'_>, id: SessionId) -> Result<Session, TimetableError> {
        self.session(by, id).await?;
        let now = self.clock.now();
        Ok(self.store.close_session(id, by.actor(), now).await?)
    }

    /// Lets an open session end later.
    ///
    /// # Errors
    /// As [`Timetable::close`], and [`StoreError::Conflict`] when it is not open or would last longer than a day.
    pub async fn extend(
        &self,
        by: Actor<'_>,
        id: SessionId,
        longer: Duration,
    ) -> Result<Session, TimetableError> {
        self.session(by, id).await?;
        let (actor, now) = (by.actor(), self.clock.now());
        Ok(self.store.extend_session(id, longer, actor, now).await?)
    }

    /// Opens a closed session again for at least a quarter of an hour.
    ///
    /// # Errors
    /// As [`Timetable::close`], and [`StoreError::Conflict`] when it is open.
    pub async fn reopen(
        &self,
        by: Actor<'_>,
        id: SessionId,
        reason: String,
    ) -> Result<Session, TimetableError> {
        self.session(by, id).await?;
        let (actor, now) = (by.actor(), self.clock.now());
        let until = now + REOPENED_FOR;
        let reopened = self.store.reopen_session(id, until, reason, actor, now);
        Ok(reopened.await?)
    }

    /// Cancels a session: it counts for nobody.
    ///
    /// # Errors
    /// As [`Timetable::close`].
    pub async fn cancel(
        &self,
        by: Actor<'_>,
        id: SessionId,
        reason: String,
    ) -> Result<Session, TimetableError> {
        self.session(by, id).await?;
        let (actor, now) = (by.actor(), self.clock.now());
        Ok(self.store.cancel_session(id, reason, actor, now).await?)
    }

    /// A session.
    ///
    /// # Errors
    /// [`TimetableError::NotTheirs`]; [`StoreError::Missing`] when there is no such session.
    pub async fn session(&self, by: Actor<'_>, id: SessionId) -> Result<Session, TimetableError> {
        let found = self.find(by, id).await?;
        let (session, _) = found.ok_or_else(|| StoreError::missing(Entity::Session, &id))?;
        Ok(session)
    }

    /// A session and what its codes are made of; `None` when there is none of that id.
    ///
    /// # Errors
    /// [`TimetableError::NotTheirs`], or when the database cannot be read.
    pub async fn find(
        &self,
        by: Actor<'_>,
        id: SessionId,
    ) -> Result<Option<(Session, SessionKey)>, TimetableError> {
        let Some(CodedSession { session, key }) = self.store.session(id).await? else {
            return Ok(None);
        };
        by.check(&self.store, &session.unit_code).await?;
        Ok(Some((session, key)))
    }

    /// The session that this kiosk shows, whosever it is; `None` while there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn shown(&self) -> Result<Option<(Session, SessionKey)>, StoreError> {
        let open = self.store.open_sessions().await?;
        let (venue, windows) = (&self.policy.venue, self.policy.windows);
        let found = current(&open, venue, self.clock.now(), windows).cloned();
        Ok(found.map(|CodedSession { session, key }| (session, key)))
    }

    /// The latest sessions of the units that they have charge of, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn sessions(&self, by: Actor<'_>, limit: u32) -> Result<Vec<Session>, StoreError> {
        self.store.sessions_of(by.sees_only(), limit).await
    }

    /// The students of a session whom several kiosks recorded, with every record.
    ///
    /// # Errors
    /// As [`Timetable::session`].
    pub async fn contested(
        &self,
        by: Actor<'_>,
        id: SessionId,
    ) -> Result<Vec<Contested>, TimetableError> {
        self.session(by, id).await?;
        Ok(self.store.contested(id).await?)
    }

    /// Everybody enrolled in a session's unit, with mark and standing.
    ///
    /// # Errors
    /// As [`Timetable::session`].
    pub async fn roster(&self, by: Actor<'_>, id: SessionId) -> Result<Roster, TimetableError> {
        self.session(by, id).await?;
        let (now, rules) = (self.clock.now(), self.policy.rules());
        let roster = self.store.roster(id, now, rules).await?;
        Ok(roster.ok_or_else(|| StoreError::missing(Entity::Session, &id))?)
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

    /// The lectures of one day, in every venue, of the units that they have charge of.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn day(
        &self,
        by: Actor<'_>,
        date: chrono::NaiveDate,
    ) -> Result<Vec<TimetableEntry>, StoreError> {
        let zone = self.policy.zone;
        let next = date.succ_opt().unwrap_or(date);
        let [from, until] =
            [date, next].map(|date| zone.moment(date.and_time(chrono::NaiveTime::MIN)));
        let mut entries = self.store.timetable(from, until).await?;
        entries.retain(|entry| by.may_manage(&entry.lecturer_staff_id));
        Ok(entries)
    }

    /// Today's lectures, as [`Timetable::day`] has them.
    ///
    /// # Errors
    /// As there.
    pub async fn today(&self, by: Actor<'_>) -> Result<Vec<TimetableEntry>, StoreError> {
        self.day(by, self.policy.zone.date(self.clock.now())).await
    }

    /// Notes that a lecture is not held, before it has opened.
    ///
    /// # Errors
    /// [`TimetableError::NotTheirs`]; [`StoreError::Missing`] when there is none of that number,
    /// [`StoreError::Conflict`] when it was opened.
    pub async fn cancel_lecture(
        &self,
        by: Actor<'_>,
        id: i64,
        reason: String,
    ) -> Result<(), TimetableError> {
        self.lecture(by, id).await?;
        let (actor, now) = (by.actor(), self.clock.now());
        Ok(self.store.cancel_lecture(id, reason, actor, now).await?)
    }

    /// Opens a lecture of the timetable now, with its own times and in this kiosk's venue: at its time or
    /// before, here or where it was to be.
    ///
    /// # Errors
    /// As [`Timetable::open`], [`TimetableError::Cancelled`], and [`StoreError::Missing`] when there is none
    /// of that number.
    pub async fn open_lecture(&self, by: Actor<'_>, id: i64) -> Result<Session, TimetableError> {
        let entry = self.lecture(by, id).await?;
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
        let (session, _) = self.open(by, opening).await?;
        // Should the power fail between the two, the timetable finds it by its start.
        self.store.note_lecture_opened(id, session.id).await?;
        Ok(session)
    }

    async fn lecture(&self, by: Actor<'_>, id: i64) -> Result<TimetableEntry, TimetableError> {
        let found = self.store.timetable_entry(id).await?;
        let entry = found.ok_or_else(|| StoreError::missing(Entity::Lecture, &id))?;
        by.check(&self.store, &entry.unit_code).await?;
        Ok(entry)
    }
}

impl From<Forbidden> for TimetableError {
    fn from(error: Forbidden) -> Self {
        match error {
            Forbidden::NotTheirs {
                unit,
                lecturer_name,
            } => Self::NotTheirs {
                unit,
                lecturer_name,
            },
            Forbidden::Store(error) => Self::Store(error),
        }
    }
}
