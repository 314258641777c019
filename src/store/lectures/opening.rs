//! Opening, closing, reopening and cancelling sessions.

use std::time::Duration;

use chrono::NaiveDate;
use rusqlite::{Connection, named_params};

use super::{CodedSession, SAME_LECTURE, at_start, change, fact, find};
use crate::domain::{
    Group, LectureFact, LectureStage, Lesson, NoRoom, OpenedBy, Reading, Semester, Session,
    SessionId, SessionRefusal, SessionState, Sitting, StaffId, Statement, Timestamp, UnitCode,
    Uptime, Venue,
};
use crate::random;
use crate::store::Store;
use crate::store::acts::{Act, KIOSK};
use crate::store::error::{Stop, StoreError};
use crate::store::event::Event;
use crate::store::plan::{self, Plan, commit};
use crate::store::records;
use crate::store::row;
use crate::store::{publications, units};

/// A session to be opened.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub unit: UnitCode,
    /// The semester that its percentages are counted over.
    pub semester: Semester,
    /// When the lecture begins.
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The local date of the start.
    pub date: NaiveDate,
    pub venue: Venue,
    /// The monotonic time of the opening, if the start is "now" by an unsynchronised clock; the times are
    /// corrected with it later.
    pub unset_start: Option<Uptime>,
    /// The lecture of the timetable that is opened, by its number there.
    pub planned: Option<i64>,
}

impl NewSession {
    fn slot(&self) -> Slot<'_> {
        Slot {
            semester: &self.semester,
            date: self.date,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            venue: &self.venue,
        }
    }
}

/// What staff say of a lecture to which nobody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LectureSettled {
    /// It was held, and everybody was absent.
    Held,
    NotHeld,
    /// What was said before is taken back.
    Undecided,
}

/// For whom a lecture is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audience {
    /// `None`: every group.
    pub group: Option<Group>,
    /// `None`: a lesson of its own.
    pub lesson: Option<Lesson>,
    /// Whether nobody is expected.
    pub voluntary: bool,
}

/// What the log calls the end of a plan.
pub(super) const PLAN_CANCELLED: &str = "timetable.cancelled";

impl Store {
    /// Opens a session with the next number of its unit and semester; numbers are never reused (feature E3).
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit; [`SessionRefusal::NoRoom`] when the unit has a session
    /// at that start already, or one that is open there at that time, or has held `max_sessions` in this semester.
    pub async fn open_session(
        &self,
        new: NewSession,
        max_sessions: u32,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<CodedSession, SessionRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let opened = open(db, &new, max_sessions, (&actor, None), now)?;
            let id = opened.map_err(|why| {
                let unit = new.unit.clone();
                Stop::Refused(SessionRefusal::NoRoom { unit, why })
            })?;
            events.push(Event::SessionChanged { session: id });
            Ok(find(db, id)?.into())
        })
        .await
    }

    /// Closes an open session; closing a closed one changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such session.
    pub async fn close_session(
        &self,
        id: SessionId,
        actor: String,
        now: Timestamp,
    ) -> Result<Session, StoreError> {
        self.write(move |db, events| {
            let state = SessionState::Closed;
            end(db, events, id, state, |action| {
                Act::new(now, &actor, action, &id)
            })
        })
        .await
    }

    /// Cancels a session: it was not held and counts for no student (feature D5).
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such session.
    pub async fn cancel_session(
        &self,
        id: SessionId,
        reason: String,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<Option<Session>, SessionRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let act = |action: &str| Act::new(now, &actor, action, &id).because(Some(&reason));
            let lecture = fact(db, id)?;
            if lecture.sitting.is_none() {
                cancel_planned(db, events, (id, lecture), act(PLAN_CANCELLED))?;
                return Ok(None);
            }
            let cancelled = end(db, events, id, SessionState::Cancelled, act)?;
            Ok(Some(cancelled))
        })
        .await
    }

    /// Reopens a closed or cancelled session until `until` at least; later check-ins are flagged. A cancelled lecture
    /// that was never opened is planned again while it is to come; it is no session then.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecture, [`SessionRefusal::OpenAlready`],
    /// [`SessionRefusal::Cancelled`], [`SessionRefusal::NothingToReopen`].
    pub async fn reopen_session(
        &self,
        id: SessionId,
        until: Timestamp,
        reason: String,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<Option<Session>, SessionRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let lecture = fact(db, id)?;
            if lecture.sitting.is_none() {
                let act = Act::new(now, &actor, "session.reopened", &id)
                    .from(&lecture.state.as_str())
                    .because(Some(&reason));
                plan_again(db, (id, lecture), act)?;
                events.push(Event::RosterChanged);
                return Ok(None);
            }
            let before = find(db, id)?.session.state;
            if before == SessionState::Open {
                return Err(Stop::Refused(SessionRefusal::OpenAlready(id)));
            }
            let act = Act::new(now, &actor, "session.reopened", &id)
                .from(&before.as_str())
                .because(Some(&reason));
            change(db, id, act, |fact, sitting| {
                fact.state = LectureStage::Open;
                sitting.reopened_at = Some(now);
                sitting.ends_at = sitting.ends_at.max(until);
            })?;
            events.push(Event::SessionChanged { session: id });
            Ok(Some(find(db, id)?.session))
        })
        .await
    }

    /// Settles whether a lecture was held to which nobody came, or which was never opened.
    ///
    /// # Errors
    /// [`SessionRefusal::NeverOpened`], [`SessionRefusal::StillOpen`], [`SessionRefusal::StillToCome`],
    /// [`SessionRefusal::Cancelled`]; [`StoreError::Missing`] when there is no such lecture.
    pub async fn settle_lecture(
        &self,
        id: SessionId,
        settled: LectureSettled,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<(), SessionRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let mut fact = fact(db, id)?;
            let before = fact.clone();
            match fact.state {
                LectureStage::Open => return Err(Stop::Refused(SessionRefusal::StillOpen(id))),
                LectureStage::Cancelled => {
                    let unit = fact.unit;
                    return Err(Stop::Refused(SessionRefusal::Cancelled { unit }));
                }
                LectureStage::Planned | LectureStage::Closed | LectureStage::NotHeld => {}
            }
            let starts_at = fact.planned.as_ref().map(|planned| planned.starts_at);
            let is_to_come = fact.sitting.is_none() && starts_at.is_some_and(|start| start > now);
            let action = match (settled, &mut fact.sitting) {
                (LectureSettled::NotHeld, _) if is_to_come => {
                    return Err(Stop::Refused(SessionRefusal::StillToCome(id)));
                }
                (LectureSettled::NotHeld, _) => {
                    fact.state = LectureStage::NotHeld;
                    "session.not_held"
                }
                (LectureSettled::Held, Some(sitting)) => {
                    if sitting.opened_by == OpenedBy::Timetable {
                        sitting.opened_by = OpenedBy::Confirmed;
                    }
                    fact.state = LectureStage::Closed;
                    "session.confirmed"
                }
                (LectureSettled::Held, None) => {
                    return Err(Stop::Refused(SessionRefusal::NeverOpened(id)));
                }
                (LectureSettled::Undecided, Some(sitting)) => {
                    if sitting.opened_by == OpenedBy::Confirmed {
                        sitting.opened_by = OpenedBy::Timetable;
                    }
                    fact.state = LectureStage::Closed;
                    "session.undecided"
                }
                (LectureSettled::Undecided, None) => {
                    fact.state = LectureStage::Planned;
                    "session.undecided"
                }
            };
            if fact == before {
                return Ok(());
            }
            let act = Act::new(now, &actor, action, &id).from(&before.state.as_str());
            plan::state(db, act, Statement::Lecture(id, Box::new(fact)))?;
            publications::queue(db, id)?;
            events.push(Event::SessionChanged { session: id });
            Ok(())
        })
        .await
    }

    /// Says for whom a lecture is: a group, the lesson that it gives, and whether anybody is expected.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecture.
    pub async fn change_audience(
        &self,
        id: SessionId,
        audience: Audience,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db, events| {
            let mut fact = fact(db, id)?;
            let before = fact.clone();
            fact.group = audience.group;
            fact.lesson = audience.lesson;
            fact.voluntary = audience.voluntary;
            if fact == before {
                return Ok(());
            }
            let act = Act::new(now, &actor, "session.audience_changed", &id)
                .from(&audience_words(&before))
                .to(&audience_words(&fact));
            plan::state(db, act, Statement::Lecture(id, Box::new(fact)))?;
            events.push(Event::SessionChanged { session: id });
            Ok(())
        })
        .await
    }

    /// Closes every open session whose end has passed (feature E2), also if the program was not running then.
    ///
    /// A session that was opened "now" by an unsynchronised clock ends by monotonic time: a clock that jumps
    /// to the right time must not end a session that has just begun.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn close_ended_sessions(&self, read: Reading) -> Result<Vec<SessionId>, StoreError> {
        let now = read.at;
        let uptime = read.uptime.clone();
        let is_any = self
            .read(move |db| Ok(!ended(db, now, &uptime)?.is_empty()))
            .await?;
        if !is_any {
            return Ok(Vec::new());
        }
        // Selected again in the write transaction: one may have been reopened meanwhile.
        self.write(move |db, events| {
            let ended = ended(db, now, &read.uptime)?;
            for &id in &ended {
                let act =
                    Act::new(now, KIOSK, "session.closed", &id).from(&SessionState::Open.as_str());
                let mut fact = fact(db, id)?;
                fact.state = LectureStage::Closed;
                let mut plan = Plan::new(act);
                // Not a change of its own: each kiosk closes the session by its own clock.
                plan.conclude(db, Statement::Lecture(id, Box::new(fact)))?;
                commit(db, &plan)?;
                publications::queue(db, id)?;
                events.push(Event::SessionChanged { session: id });
            }
            Ok(ended)
        })
        .await
    }
}

/// Puts a cancelled lecture back into the timetable while it is to come.
fn plan_again(
    db: &Connection,
    (id, mut lecture): (SessionId, LectureFact),
    act: Act,
) -> Result<(), Stop<SessionRefusal>> {
    let starts_at = lecture.planned.as_ref().map(|planned| planned.starts_at);
    let is_to_come = starts_at.is_some_and(|start| start > act.at);
    match lecture.state {
        LectureStage::Cancelled if is_to_come => {}
        LectureStage::Cancelled => {
            let unit = lecture.unit;
            return Err(Stop::Refused(SessionRefusal::Cancelled { unit }));
        }
        _ => return Err(Stop::Refused(SessionRefusal::NothingToReopen(id))),
    }
    lecture.state = LectureStage::Planned;
    plan::state(db, act, Statement::Lecture(id, Box::new(lecture)))?;
    Ok(())
}

/// Cancels a lecture that was never opened.
pub(super) fn cancel_planned(
    db: &Connection,
    events: &mut Vec<Event>,
    (id, mut fact): (SessionId, LectureFact),
    act: Act,
) -> Result<(), Stop<SessionRefusal>> {
    let opened = fact.held_as.or(fact.sitting.is_some().then_some(id));
    if let Some(session) = opened {
        return Err(Stop::Refused(SessionRefusal::LectureOpened { session }));
    }
    fact.state = LectureStage::Cancelled;
    plan::state(db, act, Statement::Lecture(id, Box::new(fact)))?;
    events.push(Event::RosterChanged);
    Ok(())
}

/// For whom a lecture is, for the audit log.
fn audience_words(fact: &LectureFact) -> String {
    let mut words = Vec::new();
    words.extend(fact.group.as_ref().map(|group| format!("group {group}")));
    words.extend(
        fact.lesson
            .as_ref()
            .map(|lesson| format!("lesson {lesson}")),
    );
    words.extend(fact.voluntary.then(|| "voluntary".to_owned()));
    words.join(", ")
}

/// Opens a session in the caller's transaction, by somebody and for a reason.
pub(super) fn open(
    db: &Connection,
    new: &NewSession,
    max_sessions: u32,
    (actor, reason): (&str, Option<&str>),
    now: Timestamp,
) -> Result<Result<SessionId, NoRoom>, StoreError> {
    let unit = units::find(db, &new.unit)?;
    let number = next_number(db, unit, &new.semester, max_sessions)?;
    if number != Err(NoRoom::Retired)
        && let Some(why) = clash(db, unit, &new.slot(), None)?
    {
        return Ok(Err(why));
    }
    let number = match number {
        Ok(number) => number,
        Err(why) => return Ok(Err(why)),
    };
    let (id, mut fact) = if let Some(id) = planned(db, unit, new)? {
        (id, fact(db, id)?)
    } else {
        let fact = LectureFact {
            unit: new.unit.clone(),
            state: LectureStage::Open,
            group: None,
            lesson: None,
            voluntary: false,
            planned: None,
            held_as: None,
            sitting: None,
        };
        (SessionId::from_uuid(random::uuid()), fact)
    };
    // Without a boot id, runs cannot be distinguished.
    let unset = new
        .unset_start
        .as_ref()
        .filter(|uptime| uptime.boot.is_known());
    fact.state = LectureStage::Open;
    fact.sitting = Some(Sitting {
        opened_at: now,
        opened_by: if actor == KIOSK {
            OpenedBy::Timetable
        } else {
            OpenedBy::Staff
        },
        lecturer: lecturer_of(db, unit)?,
        semester: new.semester.clone(),
        number,
        date: new.date,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        venue: new.venue.clone(),
        reopened_at: None,
        origin: None,
        boot: unset.map(|uptime| uptime.boot.to_string()),
        uptime_ms: unset.and_then(|uptime| u64::try_from(records::milliseconds(uptime)).ok()),
        clock_said: None,
    });
    let act = Act::new(now, actor, "session.opened", &id).because(reason);
    plan::state(db, act, Statement::Lecture(id, Box::new(fact)))?;
    publications::queue(db, id)?;
    Ok(Ok(id))
}

/// The lecture of the timetable that a new session is: the one that was asked for, or else one of the unit in the
/// same room whose start is close.
fn planned(db: &Connection, unit: i64, new: &NewSession) -> Result<Option<SessionId>, StoreError> {
    const ASKED: &str =
        "SELECT uuid FROM lectures WHERE id = ?1 AND state = 'planned' AND held_as IS NULL";
    if new.planned.is_some() {
        return row::first(&mut db.prepare_cached(ASKED)?, [new.planned], |row| {
            Ok(row.get(0)?)
        });
    }
    planned_close_to(db, unit, (&new.semester, new.starts_at, &new.venue))
}

/// The planned lecture of a unit in a room whose start is closest to a moment, and close enough.
pub(super) fn planned_close_to(
    db: &Connection,
    unit: i64,
    (semester, starts_at, venue): (&Semester, Timestamp, &Venue),
) -> Result<Option<SessionId>, StoreError> {
    const CLOSE: &str = "SELECT uuid, planned_venue FROM lectures
        WHERE unit = :unit AND semester = :semester AND state = 'planned' AND held_as IS NULL
            AND planned_start > :earliest AND planned_start < :latest
        ORDER BY abs(planned_start - :starts_at), planned_start, uuid";
    let close = named_params! {
        ":unit": unit, ":semester": semester, ":starts_at": starts_at,
        ":earliest": starts_at - SAME_LECTURE, ":latest": starts_at + SAME_LECTURE,
    };
    let close: Vec<(SessionId, Venue)> =
        row::collect(&mut db.prepare_cached(CLOSE)?, close, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut here = close
        .into_iter()
        .filter(|(_, planned)| planned.as_str().is_empty() || planned.is_same_as(venue));
    Ok(here.next().map(|(id, _)| id))
}

/// The open sessions whose end has passed.
fn ended(db: &Connection, now: Timestamp, uptime: &Uptime) -> Result<Vec<SessionId>, StoreError> {
    const SQL: &str = "SELECT uuid, ends_at, opened_at, boot IS NOT NULL AND boot = :boot AND clock_said IS NULL AS by_count,
            uptime_ms
        FROM sessions
        WHERE state = 'open' AND (+ends_at < :now OR (boot = :boot AND clock_said IS NULL))";
    let parameters = named_params! { ":now": now, ":boot": uptime.boot };
    let found = row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let id: SessionId = row.get("uuid")?;
        if !row.get::<_, bool>("by_count")? {
            return Ok(Some(id));
        }
        let opened = Duration::from_millis(row.get("uptime_ms")?);
        let (ends_at, opened_at): (Timestamp, Timestamp) =
            (row.get("ends_at")?, row.get("opened_at")?);
        Ok((opened + ends_at.since(opened_at) < uptime.elapsed).then_some(id))
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// When and where a unit is to have a session.
pub(super) struct Slot<'a> {
    pub(super) semester: &'a Semester,
    pub(super) date: NaiveDate,
    pub(super) starts_at: Timestamp,
    pub(super) ends_at: Timestamp,
    pub(super) venue: &'a Venue,
}

/// Why a unit has no room for a session besides those that it has; `except` is the session itself.
pub(super) fn clash(
    db: &Connection,
    unit: i64,
    slot: &Slot<'_>,
    except: Option<SessionId>,
) -> Result<Option<NoRoom>, StoreError> {
    // One lecture that is opened twice by mistake would count as two for a student who checks in to both.
    // Groups of one unit may meet at the same time in different rooms.
    const OVERLAP: &str = "SELECT number FROM sessions
        WHERE unit = :unit AND semester = :semester AND venue = :venue AND state = 'open'
            AND starts_at < :ends_at AND ends_at > :starts_at AND uuid IS NOT :except";
    let start = (slot.semester, slot.date, slot.starts_at);
    if let Some((_, number)) = at_start(db, unit, start)?.filter(|(id, _)| Some(*id) != except) {
        return Ok(Some(NoRoom::SameStart { number }));
    }
    let beside = named_params! {
        ":unit": unit, ":semester": slot.semester, ":venue": slot.venue,
        ":starts_at": slot.starts_at, ":ends_at": slot.ends_at, ":except": except,
    };
    let beside = row::first(&mut db.prepare_cached(OVERLAP)?, beside, |row| {
        Ok(row.get(0)?)
    })?;
    Ok(beside.map(|number| NoRoom::SameTimeAndPlace { number }))
}

/// The number of the next session of a unit, where it takes one more.
pub(super) fn next_number(
    db: &Connection,
    unit: i64,
    semester: &Semester,
    max_sessions: u32,
) -> Result<Result<u32, NoRoom>, StoreError> {
    const COUNT: &str =
        "SELECT coalesce(max(number), 0), count(*) FILTER (WHERE state NOT IN ('cancelled', 'not_held'))
        FROM sessions WHERE unit = :unit AND semester = :semester";
    const RETIRED: &str = "SELECT 1 FROM units WHERE id = ?1 AND retired";
    if db.prepare_cached(RETIRED)?.exists([unit])? {
        return Ok(Err(NoRoom::Retired));
    }
    let (last, held): (u32, u32) = db.prepare_cached(COUNT)?.query_row(
        named_params! { ":unit": unit, ":semester": semester },
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if held >= max_sessions {
        return Ok(Err(NoRoom::SemesterIsFull {
            max_sessions,
            semester: semester.clone(),
        }));
    }
    Ok(Ok(last + 1))
}

/// The staff id of a unit's lecturer.
pub(super) fn lecturer_of(db: &Connection, unit: i64) -> Result<StaffId, StoreError> {
    const SQL: &str =
        "SELECT l.staff_id FROM units AS u JOIN lecturers AS l ON l.id = u.lecturer_id
        WHERE u.id = ?1";
    Ok(db
        .prepare_cached(SQL)?
        .query_row([unit], |row| row.get(0))?)
}

/// Closes or cancels a session; does nothing if it is closed or cancelled already.
fn end(
    db: &Connection,
    events: &mut Vec<Event>,
    id: SessionId,
    state: SessionState,
    act: impl FnOnce(&str) -> Act,
) -> Result<Session, StoreError> {
    let before = find(db, id)?.session;
    // Closing a cancelled session would make it count as held.
    if before.state == state
        || (state == SessionState::Closed && before.state != SessionState::Open)
    {
        return Ok(before);
    }
    let act = act(&format!("session.{}", state.as_str())).from(&before.state.as_str());
    change(db, id, act, |fact, _| fact.state = state.into())?;
    events.push(Event::SessionChanged { session: id });
    Ok(Session { state, ..before })
}
