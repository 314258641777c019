//! The timetable: planned lectures, and the sessions that they become.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::authorization::Actor;
use super::policy::Policy;
use super::sessions::{Opening, SessionError, Sessions};
use crate::clock::Clock;
use crate::domain::{
    LectureChange, LectureFact, LectureState, MatchRules, Noted, Room, RoomCount, Session,
    SessionId, SessionRefusal, TimetableEntry, TimetableFile, TimetableLine, TimetableNote,
    TimetableRefusal, TimetableReport, Venue, is_at_night, room_among,
};
use crate::store::{Entity, OpeningRules, Store, StoreError};

/// Keeps the planned lectures, and opens them at their time.
#[derive(Debug, Clone)]
pub struct Timetable {
    store: Store,
    clock: Clock,
    policy: Arc<Policy>,
    sessions: Sessions,
}

/// Why a timetable was not imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimetableError {
    #[error(transparent)]
    Refused(#[from] TimetableRefusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Timetable {
    /// The timetable of a store, by a site's decisions.
    pub(super) fn new(store: Store, clock: Clock, policy: Arc<Policy>, sessions: Sessions) -> Self {
        Self {
            store,
            clock,
            policy,
            sessions,
        }
    }

    /// Imports a timetable and answers what that changed. Importing it twice changes nothing.
    ///
    /// # Errors
    /// [`TimetableRefusal`]; [`StoreError::Missing`] when there is no such unit. Nothing is imported then.
    pub async fn import(
        &self,
        file: impl Into<TimetableFile>,
        actor: &str,
    ) -> Result<TimetableReport, TimetableError> {
        let (file, rooms) = self.in_known_rooms(file.into());
        let imported = self.store.import_timetable(
            file.clone(),
            self.rules(),
            (actor.to_owned(), self.clock.monotonic()),
        );
        Ok(self.complete(imported.await??, file, rooms))
    }

    /// What [`Timetable::import`] would do, without doing it.
    ///
    /// # Errors
    /// As for [`Timetable::import`].
    pub async fn preview(
        &self,
        file: impl Into<TimetableFile>,
    ) -> Result<TimetableReport, TimetableError> {
        let (file, rooms) = self.in_known_rooms(file.into());
        let previewed = self.store.preview_timetable(file.clone(), self.rules());
        Ok(self.complete(previewed.await??, file, rooms))
    }

    fn rules(&self) -> MatchRules {
        MatchRules {
            zone: self.policy.zone,
            semester: self.policy.semester.clone(),
            now: self.clock.now(),
        }
    }

    /// The file with the rooms as they are spelled here, and notes on those that nearly are.
    fn in_known_rooms(&self, mut file: TimetableFile) -> (TimetableFile, Vec<TimetableNote>) {
        let here = &self.policy.venue;
        let known: Vec<Venue> = (!here.as_str().is_empty())
            .then(|| here.clone())
            .into_iter()
            .collect();
        let (mut notes, mut named) = (Vec::new(), HashSet::new());
        for line in &mut file.lines {
            match room_among(&line.lecture.venue, &known) {
                Room::Known(venue) => line.lecture.venue = venue,
                Room::Near(known) if named.insert(line.lecture.venue.folded()) => {
                    notes.push(note(line, Noted::NearRoom { known }));
                }
                Room::Near(_) | Room::Other => {}
            }
        }
        (file, notes)
    }

    /// The report with what is to be said of times and rooms.
    fn complete(
        &self,
        mut report: TimetableReport,
        file: TimetableFile,
        rooms: Vec<TimetableNote>,
    ) -> TimetableReport {
        let mut elsewhere: BTreeMap<Venue, usize> = BTreeMap::new();
        report.notes.extend(rooms);
        for (line, change) in file.lines.iter().zip(&report.changes) {
            if matches!(change, LectureChange::MovedAway | LectureChange::Past) {
                continue;
            }
            if line.lecture.venue.is_same_as(&self.policy.venue) {
                report.here += 1;
            } else {
                *elsewhere.entry(line.lecture.venue.clone()).or_default() += 1;
            }
            if is_at_night(&line.lecture, self.policy.zone) {
                report.notes.push(note(line, Noted::Night));
            }
        }
        let counts = elsewhere.into_iter();
        report.elsewhere = counts
            .map(|(venue, lectures)| RoomCount { venue, lectures })
            .collect();
        report
            .notes
            .sort_by_key(|note| (note.line.is_none(), note.line));
        report.lines = file.lines;
        report
    }

    /// The lectures of one day, in every venue, of the units that the actor may manage.
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
        let today = self.policy.today(&self.clock);
        if let Some(own) = by.units(&self.store, today).await? {
            entries.retain(|entry| own.contains(&entry.unit_code));
        }
        Ok(entries)
    }

    /// Today's lectures, as [`Timetable::day`] has them.
    ///
    /// # Errors
    /// As for [`Timetable::day`].
    pub async fn today(&self, by: Actor<'_>) -> Result<Vec<TimetableEntry>, StoreError> {
        self.day(by, self.policy.zone.date(self.clock.now())).await
    }

    /// The lectures, opened or not, whose ids begin with some letters: for the shell.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn beginning(&self, letters: &str) -> Result<Vec<SessionId>, StoreError> {
        self.store.lectures_beginning(letters.to_owned()).await
    }

    /// A lecture as it was said to be, opened or not.
    ///
    /// # Errors
    /// [`SessionError::Forbidden`]; [`StoreError::Missing`] when there is none of that id.
    pub async fn lecture_fact(
        &self,
        by: Actor<'_>,
        id: SessionId,
    ) -> Result<LectureFact, SessionError> {
        let fact = self.store.lecture(id).await?;
        let today = self.policy.today(&self.clock);
        by.check(&self.store, &fact.unit, today).await??;
        Ok(fact)
    }

    /// Cancels a planned lecture before it has opened.
    ///
    /// # Errors
    /// [`SessionError::Forbidden`]; [`StoreError::Missing`] when there is none of that number,
    /// [`SessionRefusal::LectureOpened`].
    pub async fn cancel_lecture(
        &self,
        by: Actor<'_>,
        id: i64,
        reason: String,
    ) -> Result<(), SessionError> {
        self.lecture(by, id).await?;
        let (actor, now) = (by.actor(), self.clock.now());
        Ok(self.store.cancel_lecture(id, reason, actor, now).await??)
    }

    /// Opens a lecture of the timetable now, with its own times and in this kiosk's venue: at its time or
    /// before, here or where it was to be.
    ///
    /// # Errors
    /// As [`Sessions::open`], [`SessionRefusal::Cancelled`], and [`StoreError::Missing`] when there is none
    /// of that number.
    pub async fn open_lecture(&self, by: Actor<'_>, id: i64) -> Result<Session, SessionError> {
        let entry = self.lecture(by, id).await?;
        if matches!(entry.state, LectureState::Cancelled | LectureState::NotHeld) {
            let unit = entry.unit_code;
            return Err(SessionRefusal::Cancelled { unit }.into());
        }
        let has_no_venue = self.policy.venue.as_str().is_empty();
        let planned = self.store.lecture(entry.lecture).await?.planned;
        let opening = Opening {
            unit: entry.unit_code,
            semester: planned.and_then(|times| times.semester),
            starts_at: Some(entry.starts_at),
            lasts: entry.ends_at.since(entry.starts_at),
            venue: has_no_venue.then_some(entry.venue),
        };
        let (session, _) = self.sessions.open_planned(by, opening, Some(id)).await?;
        Ok(session)
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

    async fn lecture(&self, by: Actor<'_>, id: i64) -> Result<TimetableEntry, SessionError> {
        let found = self.store.timetable_entry(id).await?;
        let entry = found.ok_or_else(|| StoreError::missing(Entity::Lecture, &id))?;
        by.check(
            &self.store,
            &entry.unit_code,
            self.policy.today(&self.clock),
        )
        .await??;
        Ok(entry)
    }
}

fn note(line: &TimetableLine, noted: Noted) -> TimetableNote {
    TimetableNote {
        line: Some(line.line),
        lecture: line.lecture.clone(),
        noted,
    }
}
