//! Lectures, as staff open, close and list them.

use std::sync::Arc;
use std::time::Duration;

use super::desk::current;
use super::policy::Policy;
use super::timekeeper::Timekeeper;
use crate::clock::Clock;
use crate::domain::{
    InvalidSession, Lecturer, Roster, Semester, Session, SessionId, SessionKey, Timestamp, Unit,
    UnitCode, Venue,
};
use crate::store::{CodedSession, NewSession, Store, StoreError};

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
        };
        let opened = self
            .store
            .open_session(new, self.policy.max_sessions, actor.to_owned(), now)
            .await?;
        if begins_now && !read.trusted {
            let id = opened.session.id;
            self.store.note_unset_start(id, read.uptime).await?;
        }
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
        let found = self.store.session(id).await?;
        let CodedSession { session, .. } = found.ok_or_else(|| StoreError::Missing {
            what: "session",
            id: id.to_string(),
        })?;
        self.check_charge(lecturer, &session.unit_code).await?;
        Ok(self.close(id, lecturer.staff_id.as_str()).await?)
    }

    pub(super) async fn check_charge(
        &self,
        lecturer: &Lecturer,
        code: &UnitCode,
    ) -> Result<(), TimetableError> {
        let units = self.units().await?;
        match units.into_iter().find(|unit| unit.code == *code) {
            Some(unit) if !lecturer.has_charge_of(&unit) => Err(TimetableError::NotTheirs {
                unit: unit.code,
                lecturer_name: unit.lecturer_name,
            }),
            // A unit that is not there is for the store to complain about.
            _ => Ok(()),
        }
    }

    pub(super) async fn units(&self) -> Result<Vec<Unit>, StoreError> {
        self.store.units(self.policy.planned_lessons).await
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
