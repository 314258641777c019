//! Sessions: opening, closing, extending, reopening, cancelling, listing.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Store;
use super::audit;
use super::error::{Entity, Stop, StoreError};
use super::event::Event;
use super::keys::random_key;
use super::publications;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS};
use super::units;
use crate::domain::{
    NoRoom, Reading, Semester, Session, SessionId, SessionKey, SessionRefusal, SessionState,
    StaffId, Timestamp, UnitCode, Uptime, Venue,
};
use crate::random;

/// The longest session: one that was extended by mistake is not open for weeks.
const LONGEST_SESSION: Duration = Duration::from_secs(24 * 3600);

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
    pub date: chrono::NaiveDate,
    pub venue: Venue,
    /// The monotonic time of the opening, if the start is "now" by an unsynchronised clock; the times are
    /// corrected with it later.
    pub unset_start: Option<Uptime>,
}

/// A session with the key of its codes.
#[derive(Debug, Clone)]
pub struct CodedSession {
    pub session: Session,
    pub key: SessionKey,
}

fn coded(row: &rusqlite::Row<'_>) -> Result<CodedSession, StoreError> {
    let key: [u8; 32] = row.get("code_key")?;
    Ok(CodedSession {
        session: row::session(row)?,
        key: SessionKey::from_bytes(key),
    })
}

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
            let (unit_id, lecturer_id) = units::find(db, &new.unit)?;
            let number = next_number(db, unit_id, &new, max_sessions)?;
            let number = number.map_err(|why| {
                let unit = new.unit.clone();
                Stop::Refused(SessionRefusal::NoRoom { unit, why })
            })?;
            let id = SessionId::from_uuid(random::uuid());
            insert(db, id, (unit_id, lecturer_id), number, &new, now)?;
            record(
                db,
                id,
                "session.opened",
                None,
                &Cause::new(&actor, None, now),
            )?;
            events.push(Event::SessionChanged { session: id });
            Ok(find(db, id)?)
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
            end(
                db,
                events,
                id,
                SessionState::Closed,
                &Cause::new(&actor, None, now),
            )
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
    ) -> Result<Session, StoreError> {
        self.write(move |db, events| {
            end(
                db,
                events,
                id,
                SessionState::Cancelled,
                &Cause::new(&actor, Some(&reason), now),
            )
        })
        .await
    }

    /// Moves the end of an open session.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such session; a [`SessionRefusal`] when it is not open, or
    /// would last longer than a day or end before now.
    pub async fn extend_session(
        &self,
        id: SessionId,
        by: Duration,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<Session, SessionRefusal>, StoreError> {
        const SQL: &str = "UPDATE attendance_sessions SET ends_at = :ends_at WHERE id = :id";
        self.write_unless_refused(move |db, events| {
            let before = find(db, id)?.session;
            if before.state != SessionState::Open {
                return Err(Stop::Refused(SessionRefusal::NotOpen(id)));
            }
            let ends_at = before.ends_at + by;
            if ends_at.since(before.starts_at) > LONGEST_SESSION {
                return Err(Stop::Refused(SessionRefusal::TooLong));
            }
            if ends_at <= now {
                return Err(Stop::Refused(SessionRefusal::EndHasPassed));
            }
            db.prepare_cached(SQL)?.execute(
                named_params! { ":ends_at": ends_at.to_string(), ":id": id.to_string() },
            )?;
            publications::owe_change(db, id, now)?;
            audit::add(
                db,
                &audit::Entry {
                    old: Some(&before.ends_at.to_string()),
                    new: Some(&ends_at.to_string()),
                    ..audit::Entry::new(now, &actor, "session.extended", &id.to_string())
                },
            )?;
            events.push(Event::SessionChanged { session: id });
            Ok(Session { ends_at, ..before })
        })
        .await
    }

    /// Reopens a closed or cancelled session until `until` at least; later check-ins are flagged.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such session, [`SessionRefusal::OpenAlready`].
    pub async fn reopen_session(
        &self,
        id: SessionId,
        until: Timestamp,
        reason: String,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<Session, SessionRefusal>, StoreError> {
        const SQL: &str = "UPDATE attendance_sessions
            SET state = 'open', reopened_at = :now, ends_at = max(ends_at, :until) WHERE id = :id";
        self.write_unless_refused(move |db, events| {
            let before = find(db, id)?.session.state;
            if before == SessionState::Open {
                return Err(Stop::Refused(SessionRefusal::OpenAlready(id)));
            }
            db.prepare_cached(SQL)?.execute(named_params! {
                ":now": now.to_string(), ":until": until.to_string(), ":id": id.to_string(),
            })?;
            record(
                db,
                id,
                "session.reopened",
                Some(before),
                &Cause::new(&actor, Some(&reason), now),
            )?;
            events.push(Event::SessionChanged { session: id });
            Ok(find(db, id)?.session)
        })
        .await
    }

    /// Closes every open session whose end has passed (feature E2), also if the program was not running then.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    ///
    /// A session that was opened "now" by an unsynchronised clock ends by monotonic time: a clock that jumps
    /// to the right time must not end a session that has just begun.
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
                end(
                    db,
                    events,
                    id,
                    SessionState::Closed,
                    &Cause::new(ITSELF, None, now),
                )?;
            }
            Ok(ended)
        })
        .await
    }

    /// A session by id; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn session(&self, id: SessionId) -> Result<Option<CodedSession>, StoreError> {
        self.read(move |db| match find(db, id) {
            Ok(found) => Ok(Some(found)),
            Err(StoreError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    /// The open sessions, earliest start first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn open_sessions(&self) -> Result<Vec<CodedSession>, StoreError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {SESSION_COLUMNS}, s.code_key FROM attendance_sessions AS s {SESSION_JOINS}
                WHERE s.state = 'open' ORDER BY s.starts_at, s.id"
            );
            row::collect(&mut db.prepare_cached(&sql)?, [], coded)
        })
        .await
    }

    /// Sessions whose codes may still be presented: the open ones and those that ended after `since`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn coded_sessions(&self, since: Timestamp) -> Result<Vec<CodedSession>, StoreError> {
        self.read(move |db| {
            // Each part from its own index: every phone's request runs this, and the table grows for years.
            let sql = format!(
                "SELECT {SESSION_COLUMNS}, s.code_key FROM attendance_sessions AS s {SESSION_JOINS}
                WHERE s.id IN (SELECT id FROM attendance_sessions WHERE state = 'open'
                    UNION ALL SELECT id FROM attendance_sessions WHERE ends_at >= ?1)
                ORDER BY s.state = 'open' DESC, s.starts_at DESC"
            );
            row::collect(&mut db.prepare_cached(&sql)?, [since.to_string()], coded)
        })
        .await
    }

    /// The latest sessions of one lecturer's units or of all, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn sessions_of(
        &self,
        lecturer: Option<StaffId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        self.read(move |db| {
            let sql = format!(
                "SELECT {SESSION_COLUMNS} FROM attendance_sessions AS s {SESSION_JOINS}
                WHERE :staff_id IS NULL
                    OR u.lecturer_id = (SELECT id FROM lecturers WHERE staff_id = :staff_id)
                ORDER BY s.starts_at DESC, s.id LIMIT :limit"
            );
            let staff_id = lecturer.as_ref().map(StaffId::as_str);
            let parameters = named_params! { ":staff_id": staff_id, ":limit": limit };
            row::collect(&mut db.prepare_cached(&sql)?, parameters, row::session)
        })
        .await
    }
}

pub(super) fn find(db: &Connection, id: SessionId) -> Result<CodedSession, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS}, s.code_key FROM attendance_sessions AS s {SESSION_JOINS} WHERE s.id = ?1"
    );
    row::first(&mut db.prepare_cached(&sql)?, [id.to_string()], coded)?
        .ok_or_else(|| StoreError::missing(Entity::Session, &id))
}

/// The open sessions whose end has passed.
fn ended(db: &Connection, now: Timestamp, uptime: &Uptime) -> Result<Vec<SessionId>, StoreError> {
    const SQL: &str = "SELECT id, ends_at, created_at, boot_id = :boot AND corrected_by IS NULL AS by_count, uptime_ms
        FROM attendance_sessions
        WHERE state = 'open' AND (ends_at < :now OR (boot_id = :boot AND corrected_by IS NULL))";
    let parameters = named_params! {
        ":now": now.to_string(), ":boot": uptime.boot.as_str(),
    };
    let found = row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let time = |column: &str| row::timestamp(&row.get::<_, String>(column)?);
        let id = SessionId::from_uuid(row::uuid(&row.get::<_, String>("id")?)?);
        if !row.get::<_, Option<bool>>("by_count")?.unwrap_or_default() {
            return Ok(Some(id));
        }
        let opened = Duration::from_millis(row.get("uptime_ms")?);
        let lasts = time("ends_at")?.since(time("created_at")?);
        Ok((opened + lasts < uptime.elapsed).then_some(id))
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The number of the next session of a unit, where there is room for one.
pub(super) fn next_number(
    db: &Connection,
    unit_id: i64,
    new: &NewSession,
    max_sessions: u32,
) -> Result<Result<u32, NoRoom>, StoreError> {
    const TWIN: &str = "SELECT session_number FROM attendance_sessions
        WHERE unit_id = :unit AND semester = :semester AND date = :date AND starts_at = :starts_at";
    // One lecture that is opened twice by mistake would count as two for a student who checks in to both.
    // Groups of one unit may meet at the same time in different rooms.
    const OVERLAP: &str = "SELECT session_number FROM attendance_sessions
        WHERE unit_id = :unit AND semester = :semester AND venue = :venue AND state = 'open'
            AND starts_at < :ends_at AND ends_at > :starts_at";
    const COUNT: &str =
        "SELECT coalesce(max(session_number), 0), count(*) FILTER (WHERE state <> 'cancelled')
        FROM attendance_sessions WHERE unit_id = :unit AND semester = :semester";
    let twin: Option<u32> = db
        .query_row(
            TWIN,
            named_params! {
                ":unit": unit_id, ":semester": new.semester.as_str(),
                ":date": new.date.to_string(), ":starts_at": new.starts_at.to_string(),
            },
            |row| row.get(0),
        )
        .optional()?;
    if let Some(number) = twin {
        return Ok(Err(NoRoom::SameStart { number }));
    }
    let beside: Option<u32> = db
        .query_row(
            OVERLAP,
            named_params! {
                ":unit": unit_id, ":semester": new.semester.as_str(),
                ":starts_at": new.starts_at.to_string(), ":ends_at": new.ends_at.to_string(),
                ":venue": new.venue.as_str(),
            },
            |row| row.get(0),
        )
        .optional()?;
    if let Some(number) = beside {
        return Ok(Err(NoRoom::SameTimeAndPlace { number }));
    }
    let (last, held): (u32, u32) = db.query_row(
        COUNT,
        named_params! { ":unit": unit_id, ":semester": new.semester.as_str() },
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if held >= max_sessions {
        return Ok(Err(NoRoom::SemesterIsFull {
            max_sessions,
            semester: new.semester.clone(),
        }));
    }
    Ok(Ok(last + 1))
}

pub(super) fn insert(
    db: &Connection,
    id: SessionId,
    (unit_id, lecturer_id): (i64, i64),
    number: u32,
    new: &NewSession,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO attendance_sessions (id, unit_id, lecturer_id, semester, session_number, date,
            starts_at, ends_at, venue, state, code_key, created_at, boot_id, uptime_ms)
        VALUES (:id, :unit, :lecturer, :semester, :number, :date, :starts_at, :ends_at, :venue, 'open', :key, :now,
            :boot, :uptime)";
    // Without a boot id, runs cannot be distinguished.
    let unset = new
        .unset_start
        .as_ref()
        .filter(|uptime| uptime.boot.is_known());
    db.execute(
        SQL,
        named_params! {
            ":id": id.to_string(),
            ":unit": unit_id,
            ":lecturer": lecturer_id,
            ":semester": new.semester.as_str(),
            ":number": number,
            ":date": new.date.to_string(),
            ":starts_at": new.starts_at.to_string(),
            ":ends_at": new.ends_at.to_string(),
            ":venue": new.venue.as_str(),
            ":key": random_key()?,
            ":now": now.to_string(),
            ":boot": unset.map(|uptime| uptime.boot.as_str()),
            ":uptime": unset.map(row::millis),
        },
    )?;
    Ok(())
}

/// The actor that closes a session whose end has passed. Such a change is not published: each kiosk closes the
/// session by its own clock.
const ITSELF: &str = "kiosk";

/// The actor, reason and time of a session's change, for the audit log.
pub(super) struct Cause<'a> {
    actor: &'a str,
    reason: Option<&'a str>,
    now: Timestamp,
}

impl<'a> Cause<'a> {
    pub(super) fn new(actor: &'a str, reason: Option<&'a str>, now: Timestamp) -> Self {
        Self { actor, reason, now }
    }
}

/// Closes or cancels a session; does nothing if it is closed or cancelled already.
fn end(
    db: &Connection,
    events: &mut Vec<Event>,
    id: SessionId,
    state: SessionState,
    cause: &Cause<'_>,
) -> Result<Session, StoreError> {
    const SQL: &str = "UPDATE attendance_sessions SET state = :state WHERE id = :id";
    let before = find(db, id)?.session;
    // Closing a cancelled session would make it count as held.
    if before.state == state
        || (state == SessionState::Closed && before.state == SessionState::Cancelled)
    {
        return Ok(before);
    }
    db.prepare_cached(SQL)?
        .execute(named_params! { ":state": state.as_str(), ":id": id.to_string() })?;
    let action = format!("session.{}", state.as_str());
    record(db, id, &action, Some(before.state), cause)?;
    events.push(Event::SessionChanged { session: id });
    Ok(Session { state, ..before })
}

pub(super) fn record(
    db: &Connection,
    id: SessionId,
    action: &str,
    before: Option<SessionState>,
    cause: &Cause<'_>,
) -> Result<(), StoreError> {
    if cause.actor != ITSELF || action != "session.closed" {
        publications::mark_changed(db, id, cause.now)?;
    }
    publications::owe(db, id)?;
    audit::add(
        db,
        &audit::Entry {
            old: before.map(SessionState::as_str),
            reason: cause.reason,
            ..audit::Entry::new(cause.now, cause.actor, action, &id.to_string())
        },
    )
}
