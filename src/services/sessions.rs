//! Sessions, as staff open, close and list them.

use std::sync::Arc;
use std::time::Duration;

use super::authorization::{Actor, Forbidden};
use super::desk::current;
use super::policy::Policy;
use super::timekeeper::Timekeeper;
use crate::clock::Clock;
use crate::domain::{
    Contested, EditEffect, EnteredLecture, InvalidSession, NewEnd, PaperList, Reading, Roster,
    Semester, Session, SessionEdit, SessionId, SessionKey, SessionRefusal, Timestamp,
    TimetableEntry, UnitCode, Venue,
};
use crate::store::{
    Audience, CodedSession, Entity, LectureSettled, NewSession, PastLecture, Rules, Store,
    StoreError,
};

/// A reopened session takes check-ins for at least this long.
const REOPENED_FOR: Duration = Duration::from_secs(15 * 60);

/// Opens and closes sessions.
#[derive(Debug, Clone)]
pub struct Sessions {
    store: Store,
    clock: Clock,
    policy: Arc<Policy>,
}

/// A session to be opened; what is left out is filled in.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The unit of the session.
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

impl Opening {
    /// How many minutes a session lasts unless somebody says otherwise.
    pub const USUAL_MINUTES: u16 = 120;
}

/// Why a session was not opened or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] SessionRefusal),
    /// The unit is another lecturer's.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such session or unit, or the database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Sessions {
    /// Sessions of a store, by a site's decisions.
    pub(super) fn new(store: Store, clock: Clock, policy: Arc<Policy>) -> Self {
        Self {
            store,
            clock,
            policy,
        }
    }

    /// The timekeeper of the clock by which sessions begin and end.
    #[must_use]
    pub fn timekeeper(&self) -> Timekeeper {
        Timekeeper::new(self.store.clone(), self.clock.clone(), self.policy.clone())
    }

    /// Opens a session, now or for a later start.
    ///
    /// # Errors
    /// [`SessionError`] when it is not theirs to open, the times cannot be, there is no such unit, it has a
    /// session then already, or it has had all its sessions.
    pub async fn open(
        &self,
        by: Actor<'_>,
        opening: Opening,
    ) -> Result<(Session, SessionKey), SessionError> {
        self.open_planned(by, opening, None).await
    }

    /// As [`Sessions::open`], for a lecture of the timetable, by its number there.
    pub(super) async fn open_planned(
        &self,
        by: Actor<'_>,
        opening: Opening,
        planned: Option<i64>,
    ) -> Result<(Session, SessionKey), SessionError> {
        by.check(&self.store, &opening.unit, self.policy.today(&self.clock))
            .await??;
        let read = self.clock.reading();
        let now = read.at;
        let mut new = self.new_session(opening, read)?;
        new.planned = planned;
        let opened = self
            .store
            .open_session(new, self.policy.max_sessions, by.actor(), now)
            .await??;
        Ok((opened.session, opened.key))
    }

    /// An opening with what was left out filled in.
    fn new_session(&self, opening: Opening, read: Reading) -> Result<NewSession, SessionRefusal> {
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
            return Err(SessionRefusal::Over);
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
            planned: None,
        })
    }

    /// Closes a session; closing a closed one changes nothing.
    ///
    /// # Errors
    /// [`SessionError::Forbidden`]; [`StoreError::Missing`] when there is no such session.
    pub async fn close(&self, by: Actor<'_>, id: SessionId) -> Result<Session, SessionError> {
        let (actor, now) = self.authorize(by, id).await?;
        Ok(self.store.close_session(id, actor, now).await?)
    }

    /// Lets an open session end later.
    ///
    /// # Errors
    /// As [`Sessions::edit`].
    pub async fn extend(
        &self,
        by: Actor<'_>,
        id: SessionId,
        longer: Duration,
    ) -> Result<Session, SessionError> {
        let edit = SessionEdit {
            ends_at: Some(NewEnd::LaterBy(longer)),
            ..SessionEdit::default()
        };
        self.edit(by, id, edit, None).await?;
        self.get(by, id).await
    }

    /// What [`Sessions::edit`] would change.
    ///
    /// # Errors
    /// As [`Sessions::edit`].
    pub async fn preview_edit(
        &self,
        by: Actor<'_>,
        id: SessionId,
        edit: SessionEdit,
    ) -> Result<EditEffect, SessionError> {
        self.authorize_edit(by, id, &edit).await?;
        let (site, read) = (self.site(), self.clock.reading());
        Ok(self.store.preview_edit(id, edit, site, read).await??)
    }

    /// Gives a lecture another start, end, room or unit, before, while or after it is held. Another start judges the
    /// records of this kiosk anew, but for those of which staff have said whether they are late; another unit takes
    /// them along.
    ///
    /// # Errors
    /// [`SessionError::Forbidden`] when one of both units is not theirs; a [`SessionRefusal`] when a rule forbids
    /// it; [`StoreError::Missing`] when there is no such lecture or unit.
    pub async fn edit(
        &self,
        by: Actor<'_>,
        id: SessionId,
        edit: SessionEdit,
        reason: Option<String>,
    ) -> Result<EditEffect, SessionError> {
        self.authorize_edit(by, id, &edit).await?;
        let (site, context) = (self.site(), by.context(&self.clock));
        let edited = self.store.edit_session(id, edit, reason, site, context);
        Ok(edited.await??)
    }

    /// What [`Sessions::undo_edit`] would change.
    ///
    /// # Errors
    /// As [`Sessions::undo_edit`].
    pub async fn preview_undo(
        &self,
        by: Actor<'_>,
        id: SessionId,
    ) -> Result<EditEffect, SessionError> {
        self.authorize_lecture(by, id).await?;
        let (site, read) = (self.site(), self.clock.reading());
        let effect = self.store.preview_undo(id, site, read).await??;
        let today = self.policy.today(&self.clock);
        by.check(&self.store, &effect.after.unit, today).await??;
        Ok(effect)
    }

    /// Takes the last change of a lecture's start, end, room or unit back, by any actor who may act for its unit and
    /// for the one to which it goes back. `seen` is that of the effect that was shown, where one was.
    ///
    /// # Errors
    /// [`SessionRefusal::NothingToUndo`], or as [`Sessions::edit`].
    pub async fn undo_edit(
        &self,
        by: Actor<'_>,
        id: SessionId,
        seen: Option<i64>,
    ) -> Result<EditEffect, SessionError> {
        let effect = self.preview_undo(by, id).await?;
        let (site, context) = (self.site(), by.context(&self.clock));
        let seen = seen.unwrap_or(effect.seen);
        let undone = self.store.undo_edit(id, seen, site, context);
        Ok(undone.await??)
    }

    /// What [`Sessions::enter`] would change.
    ///
    /// # Errors
    /// As [`Sessions::enter`].
    pub async fn preview_entry(
        &self,
        by: Actor<'_>,
        past: Opening,
        list: PaperList,
    ) -> Result<EnteredLecture, SessionError> {
        self.enter_or_preview(by, past, list, true).await
    }

    /// Enters a lecture that was held on paper, with the marks of its list. It counts at once. Where the timetable has
    /// it, as not held or not known, it is that lecture. The remotes are not told of its records.
    ///
    /// # Errors
    /// [`SessionRefusal::NotOver`], and as [`Sessions::open`].
    pub async fn enter(
        &self,
        by: Actor<'_>,
        past: Opening,
        list: PaperList,
    ) -> Result<EnteredLecture, SessionError> {
        self.enter_or_preview(by, past, list, false).await
    }

    async fn enter_or_preview(
        &self,
        by: Actor<'_>,
        past: Opening,
        list: PaperList,
        preview: bool,
    ) -> Result<EnteredLecture, SessionError> {
        by.check(&self.store, &past.unit, self.policy.today(&self.clock))
            .await??;
        let starts_at = past.starts_at.ok_or(SessionRefusal::NotOver)?;
        if !(60..=24 * 3600).contains(&past.lasts.as_secs()) {
            return Err(SessionRefusal::from(InvalidSession::Length).into());
        }
        let ends_at = starts_at + past.lasts;
        if ends_at > self.clock.now() {
            return Err(SessionRefusal::NotOver.into());
        }
        let semester = past.semester;
        let past = PastLecture {
            unit: past.unit,
            semester: semester.unwrap_or_else(|| self.policy.semester.clone()),
            starts_at,
            ends_at,
            date: self.policy.zone.date(starts_at),
            venue: past.venue.unwrap_or_else(|| self.policy.venue.clone()),
        };
        let (site, context) = (self.site(), by.context(&self.clock));
        let entered = self.store.enter_lecture(past, list, preview, site, context);
        Ok(entered.await??)
    }

    /// Takes the entry of a lecture back, with its marks: it is what it was before, or called off; or only says how
    /// many marks that are.
    ///
    /// # Errors
    /// [`SessionRefusal::NothingToUndo`], and as [`Sessions::edit`].
    pub async fn undo_entry(
        &self,
        by: Actor<'_>,
        id: SessionId,
        preview: bool,
    ) -> Result<usize, SessionError> {
        self.authorize_lecture(by, id).await?;
        let (rules, context) = (self.policy.rules(), by.context(&self.clock));
        let undone = self.store.undo_entry(id, preview, rules, context);
        Ok(undone.await??)
    }

    /// As [`Sessions::authorize_lecture`], for the unit to which a lecture goes too.
    async fn authorize_edit(
        &self,
        by: Actor<'_>,
        id: SessionId,
        edit: &SessionEdit,
    ) -> Result<(), SessionError> {
        if let Some(unit) = &edit.unit {
            let today = self.policy.today(&self.clock);
            by.check(&self.store, unit, today).await??;
        }
        self.authorize_lecture(by, id).await?;
        Ok(())
    }

    fn site(&self) -> (Rules, u32) {
        (self.policy.rules(), self.policy.max_sessions)
    }

    /// Opens a closed session again for at least a quarter of an hour. A cancelled lecture that was never opened is
    /// planned again while it is to come: `None`.
    ///
    /// # Errors
    /// As [`Sessions::close`], and [`SessionRefusal::OpenAlready`], [`SessionRefusal::Cancelled`],
    /// [`SessionRefusal::NothingToReopen`].
    pub async fn reopen(
        &self,
        by: Actor<'_>,
        id: SessionId,
        reason: String,
    ) -> Result<Option<Session>, SessionError> {
        let (actor, now) = self.authorize_lecture(by, id).await?;
        let until = now + REOPENED_FOR;
        let reopened = self.store.reopen_session(id, until, reason, actor, now);
        Ok(reopened.await??)
    }

    /// Cancels a session, or a planned lecture that was never opened (`None`): it counts for nobody.
    ///
    /// # Errors
    /// As [`Sessions::close`], and [`SessionRefusal::LectureOpened`].
    pub async fn cancel(
        &self,
        by: Actor<'_>,
        id: SessionId,
        reason: String,
    ) -> Result<Option<Session>, SessionError> {
        let (actor, now) = self.authorize_lecture(by, id).await?;
        Ok(self.store.cancel_session(id, reason, actor, now).await??)
    }

    /// Settles whether a lecture was held to which nobody came, or which was never opened.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when it is open, or was never opened and is said to have been held.
    pub async fn settle(
        &self,
        by: Actor<'_>,
        id: SessionId,
        settled: LectureSettled,
    ) -> Result<(), SessionError> {
        let (actor, now) = self.authorize_lecture(by, id).await?;
        Ok(self.store.settle_lecture(id, settled, actor, now).await??)
    }

    /// Says for whom a lecture is.
    ///
    /// # Errors
    /// [`SessionError`] when it is not theirs, or there is no such lecture.
    pub async fn change_audience(
        &self,
        by: Actor<'_>,
        id: SessionId,
        audience: Audience,
    ) -> Result<(), SessionError> {
        let (actor, now) = self.authorize_lecture(by, id).await?;
        Ok(self.store.change_audience(id, audience, actor, now).await?)
    }

    /// Who acts, and when, if they may act for the unit of a lecture that may never have been opened.
    async fn authorize_lecture(
        &self,
        by: Actor<'_>,
        id: SessionId,
    ) -> Result<(String, Timestamp), SessionError> {
        let unit = self.store.unit_of(id).await?;
        let unit = unit.ok_or_else(|| StoreError::missing(Entity::Session, &id))?;
        by.check(&self.store, &unit, self.policy.today(&self.clock))
            .await??;
        Ok((by.actor(), self.clock.now()))
    }

    /// Checks that the actor may manage a session, and gives the name and the time for the audit log.
    async fn authorize(
        &self,
        by: Actor<'_>,
        id: SessionId,
    ) -> Result<(String, Timestamp), SessionError> {
        self.get(by, id).await?;
        Ok((by.actor(), self.clock.now()))
    }

    /// One session, by its ID.
    ///
    /// # Errors
    /// [`SessionError::Forbidden`]; [`StoreError::Missing`] when there is no such session.
    pub async fn get(&self, by: Actor<'_>, id: SessionId) -> Result<Session, SessionError> {
        let found = self.find(by, id).await?;
        let (session, _) = found.ok_or_else(|| StoreError::missing(Entity::Session, &id))?;
        Ok(session)
    }

    /// A session and what its codes are made of; `None` when there is none of that id.
    ///
    /// # Errors
    /// [`SessionError::Forbidden`], or when the database cannot be read.
    pub async fn find(
        &self,
        by: Actor<'_>,
        id: SessionId,
    ) -> Result<Option<(Session, SessionKey)>, SessionError> {
        let Some(CodedSession { session, key, .. }) = self.store.session(id).await? else {
            return Ok(None);
        };
        by.check(
            &self.store,
            &session.unit_code,
            self.policy.today(&self.clock),
        )
        .await??;
        Ok(Some((session, key)))
    }

    /// The session that this kiosk shows, of any lecturer; `None` while there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn shown(&self) -> Result<Option<(Session, SessionKey)>, StoreError> {
        let open = self.store.open_sessions().await?;
        let (venue, windows) = (&self.policy.venue, self.policy.windows);
        let found = current(&open, venue, self.clock.now(), windows).cloned();
        Ok(found.map(|CodedSession { session, key, .. }| (session, key)))
    }

    /// The latest sessions of the units that the actor may manage, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn list(&self, by: Actor<'_>, limit: u32) -> Result<Vec<Session>, StoreError> {
        let today = self.policy.today(&self.clock);
        self.store.sessions_of(by.sees_only(), today, limit).await
    }

    /// Every lecture of today of the units that the actor may manage, planned, open or over, by start.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn today(&self, by: Actor<'_>) -> Result<Vec<TimetableEntry>, StoreError> {
        let (zone, today) = (self.policy.zone, self.policy.today(&self.clock));
        let next = today.succ_opt().unwrap_or(today);
        let [from, until] =
            [today, next].map(|date| zone.moment(date.and_time(chrono::NaiveTime::MIN)));
        let mut lectures = self.store.lectures_between(from, until).await?;
        if let Some(own) = by.units(&self.store, today).await? {
            lectures.retain(|lecture| own.contains(&lecture.unit_code));
        }
        Ok(lectures)
    }

    /// The students of a session whom several kiosks recorded, each with all records.
    ///
    /// # Errors
    /// As [`Sessions::get`].
    pub async fn contested(
        &self,
        by: Actor<'_>,
        id: SessionId,
    ) -> Result<Vec<Contested>, SessionError> {
        self.get(by, id).await?;
        Ok(self.store.contested(id).await?)
    }

    /// Everybody enrolled in a session's unit, with mark and standing.
    ///
    /// # Errors
    /// As [`Sessions::get`].
    pub async fn roster(&self, by: Actor<'_>, id: SessionId) -> Result<Roster, SessionError> {
        self.get(by, id).await?;
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
}
