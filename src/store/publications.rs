//! What is still to be said of sessions to the other kiosks: owed in the transaction that changes them.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Store;
use super::error::StoreError;
use super::event::Event;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS, damaged};
use crate::domain::{
    DeliveryState, PublishedSession, RosterEntry, SessionChange, SessionId, Target, TargetCounts,
    Timestamp, UnitCode,
};

/// Whether this kiosk tells other kiosks of its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publishing {
    /// Changes of sessions are owed to Firestore.
    On,
    /// There is nobody to tell.
    Off,
}

/// A session whose latest state is to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// What is to be said.
    pub published: PublishedSession,
    /// Which change it is; a later one makes it out of date.
    pub edition: i64,
    pub attempts: u32,
}

/// What became of a publication after a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicationOutcome {
    /// It stands, or a later change does.
    Published,
    /// Refused for good; kept until a person asks for another try.
    Parked { error: String },
    /// To be tried again.
    Postponed {
        error: String,
        /// Not before this moment.
        next_attempt_at: Timestamp,
    },
}

impl Store {
    /// Says whether changes of sessions are to be owed from now on, to every program on this database.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn set_publishing(&self, publishing: Publishing) -> Result<(), StoreError> {
        const ON: &str = "INSERT INTO settings (name, value) VALUES ('publishes_sessions', x'01')
            ON CONFLICT DO NOTHING";
        const OFF: &str = "DELETE FROM settings WHERE name = 'publishes_sessions'";
        const FORGET: &str = "DELETE FROM session_publications";
        // Every write would look to a running kiosk as if something had changed.
        let is_so = self.read(is_on).await?;
        if is_so == (publishing == Publishing::On) {
            return Ok(());
        }
        self.write(move |db, _| {
            match publishing {
                Publishing::On => db.execute(ON, [])?,
                Publishing::Off => db.execute(OFF, [])? + db.execute(FORGET, [])?,
            };
            Ok(())
        })
        .await
    }

    /// Sessions whose state may be published by a moment of the steady time, longest waiting first. `kiosk_id` stands for this kiosk.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn due_publications(
        &self,
        kiosk_id: String,
        now: Timestamp,
    ) -> Result<Vec<Publication>, StoreError> {
        /// One call to the remote each: a few at a time keep the end of the program near.
        const AT_ONCE: u32 = 20;
        self.read(move |db| {
            let sql = format!(
                "SELECT {SESSION_COLUMNS}, {PUBLISHED_COLUMNS}, p.edition, p.attempts
                FROM session_publications AS p JOIN attendance_sessions AS s ON s.id = p.session_id {SESSION_JOINS}
                WHERE p.state = 'waiting' AND p.next_attempt_at <= :now
                ORDER BY p.next_attempt_at, p.session_id LIMIT :limit"
            );
            let parameters = named_params! { ":now": now.to_string(), ":limit": AT_ONCE };
            row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
                Ok(Publication {
                    published: published(row, &kiosk_id)?,
                    edition: row.get("edition")?,
                    attempts: row.get("attempts")?,
                })
            })
        })
        .await
    }

    /// When the next publication may be tried; `None` when none is waiting.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn next_publication_due(&self) -> Result<Option<Timestamp>, StoreError> {
        const SQL: &str =
            "SELECT min(next_attempt_at) FROM session_publications WHERE state = 'waiting'";
        self.read(|db| {
            let next: Option<String> = db.prepare_cached(SQL)?.query_row([], |row| row.get(0))?;
            row::optional_timestamp(next)
        })
        .await
    }

    /// Writes down what became of a publication. One that was overtaken by another change still waits.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn settle_publication(
        &self,
        session: SessionId,
        edition: i64,
        outcome: PublicationOutcome,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE session_publications SET state = :state, attempts = attempts + 1,
                last_error = :error, next_attempt_at = coalesce(:next, next_attempt_at)
            WHERE session_id = :session AND edition = :edition AND state = 'waiting'";
        self.write(move |db, events| {
            let (state, error, next) = match &outcome {
                PublicationOutcome::Published => (DeliveryState::Delivered, None, None),
                PublicationOutcome::Parked { error } => (DeliveryState::Parked, Some(error), None),
                PublicationOutcome::Postponed {
                    error,
                    next_attempt_at,
                } => (DeliveryState::Waiting, Some(error), Some(next_attempt_at)),
            };
            db.prepare_cached(SQL)?.execute(named_params! {
                ":state": state.as_str(),
                ":error": error,
                ":next": next.map(Timestamp::to_string),
                ":session": session.to_string(),
                ":edition": edition,
            })?;
            events.push(Event::Settled {
                target: Target::Firestore,
            });
            Ok(())
        })
        .await
    }

    /// How many sessions are still to be published.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn publication_counts(&self) -> Result<TargetCounts, StoreError> {
        const SQL: &str = "SELECT count(*) FILTER (WHERE p.state = 'waiting') AS waiting,
                count(*) FILTER (WHERE p.state = 'parked') AS parked,
                min(s.changed_at) FILTER (WHERE p.state = 'waiting') AS oldest
            FROM session_publications AS p JOIN attendance_sessions AS s ON s.id = p.session_id";
        self.read(|db| {
            let (waiting, parked, oldest) = db.prepare_cached(SQL)?.query_row([], |row| {
                Ok((row.get("waiting")?, row.get("parked")?, row.get("oldest")?))
            })?;
            Ok(TargetCounts {
                waiting,
                parked,
                oldest_waiting: row::optional_timestamp(oldest)?,
            })
        })
        .await
    }

    /// The students of a unit as they are published with its sessions, by number.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn roster_entries(&self, unit: UnitCode) -> Result<Vec<RosterEntry>, StoreError> {
        const SQL: &str = "SELECT st.admission_number, st.name, st.source, e.enrolled_on
            FROM enrollments AS e JOIN students AS st ON st.id = e.student_id
            WHERE e.unit_id = (SELECT id FROM units WHERE code = ?1) ORDER BY st.admission_number";
        self.read(move |db| {
            row::collect(&mut db.prepare_cached(SQL)?, [unit.as_str()], |row| {
                Ok(RosterEntry {
                    admission_number: row::number(&row.get::<_, String>("admission_number")?)?,
                    name: row::name(&row.get::<_, String>("name")?)?,
                    name_is_the_rosters: row.get::<_, String>("source")? == "roster",
                    enrolled_on: row::date(&row.get::<_, String>("enrolled_on")?)?,
                })
            })
        })
        .await
    }
}

/// The columns behind [`published`] beside those of the session.
const PUBLISHED_COLUMNS: &str =
    "s.date, l.staff_id, u.planned_lessons, s.changed_at, s.changed_by, s.origin_kiosk";

fn published(row: &rusqlite::Row<'_>, kiosk_id: &str) -> Result<PublishedSession, StoreError> {
    let or_this = |id: Option<String>| id.unwrap_or_else(|| kiosk_id.to_owned());
    Ok(PublishedSession {
        session: row::session(row)?,
        date: row::date(&row.get::<_, String>("date")?)?,
        staff_id: row::staff_id(&row.get::<_, String>("staff_id")?)?,
        planned_lessons: row.get("planned_lessons")?,
        kiosk_id: or_this(row.get("origin_kiosk")?),
        change: SessionChange {
            at: row::timestamp(&row.get::<_, String>("changed_at")?)?,
            by: or_this(row.get("changed_by")?),
        },
        kiosks: vec![kiosk_id.to_owned()],
        withdrawn: Vec::new(),
        roster: None,
    })
}

fn is_on(db: &Connection) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM settings WHERE name = 'publishes_sessions')";
    Ok(db.prepare_cached(SQL)?.query_row([], |row| row.get(0))?)
}

/// Notes in the caller's transaction that this kiosk has changed a session, which is to be published.
pub(super) fn owe_change(db: &Connection, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
    mark_changed(db, id, now)?;
    owe(db, id)
}

/// Notes in the caller's transaction that a session's state is to be published, at once whatever any clock
/// says. Waits come later and are on the steady time, as those of check-ins are.
pub(super) fn owe(db: &Connection, id: SessionId) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO session_publications (session_id, next_attempt_at) VALUES (:id, :at_once)
        ON CONFLICT (session_id) DO UPDATE SET edition = edition + 1, state = 'waiting', attempts = 0,
            next_attempt_at = excluded.next_attempt_at";
    // Whoever is told of a session may take part in it: what they record is to be read, once it is over
    // at the latest.
    const MIRRORED: &str =
        "INSERT INTO mirrored_sessions (session_id) VALUES (?1) ON CONFLICT DO NOTHING";
    if is_on(db)? {
        let at_once = Timestamp::from_millis(0).to_string();
        db.prepare_cached(SQL)?
            .execute(named_params! { ":id": id.to_string(), ":at_once": at_once })?;
        db.prepare_cached(MIRRORED)?.execute([id.to_string()])?;
    }
    Ok(())
}

/// The same for every open session of a unit whose roster has changed.
pub(super) fn owe_roster(db: &Connection, unit_id: i64) -> Result<(), StoreError> {
    const SQL: &str = "SELECT id FROM attendance_sessions
        WHERE unit_id = ?1 AND state = 'open' AND origin_kiosk IS NULL";
    let open = row::collect(&mut db.prepare_cached(SQL)?, [unit_id], |row| {
        Ok(SessionId::from_uuid(row::uuid(&row.get::<_, String>(0)?)?))
    })?;
    open.into_iter().try_for_each(|id| owe(db, id))
}

/// Makes this kiosk's change of a session the latest there is, as far as this kiosk knows.
pub(super) fn mark_changed(
    db: &Connection,
    id: SessionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const BEFORE: &str = "SELECT changed_at FROM attendance_sessions WHERE id = ?1";
    const SQL: &str =
        "UPDATE attendance_sessions SET changed_at = :at, changed_by = NULL WHERE id = :id";
    let before: Option<String> = db
        .prepare_cached(BEFORE)?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    // A clock that is behind must not make the change older than the one that it answers.
    let at = match before.filter(|text| !text.is_empty()) {
        Some(text) => now.max(row::timestamp(&text)? + Duration::from_millis(1)),
        None => now,
    };
    db.prepare_cached(SQL)?
        .execute(named_params! { ":at": at.to_string(), ":id": id.to_string() })?;
    Ok(())
}

/// Makes waiting and parked publications due now; answers how many.
pub(super) fn retry(db: &Connection, now: Timestamp) -> Result<usize, StoreError> {
    const SQL: &str = "UPDATE session_publications SET state = 'waiting', next_attempt_at = ?1
        WHERE state IN ('waiting', 'parked')";
    Ok(db.prepare_cached(SQL)?.execute([now.to_string()])?)
}

/// The latest change of a session that is known here; `None` when there is no such session.
pub(super) fn latest_change(
    db: &Connection,
    id: SessionId,
    kiosk_id: &str,
) -> Result<Option<SessionChange>, StoreError> {
    const SQL: &str = "SELECT changed_at, changed_by FROM attendance_sessions WHERE id = ?1";
    let found: Option<(String, Option<String>)> = db
        .prepare_cached(SQL)?
        .query_row([id.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found
        .map(|(at, by)| {
            Ok(SessionChange {
                at: Timestamp::parse(&at).map_err(|_| damaged("time of a change"))?,
                by: by.unwrap_or_else(|| kiosk_id.to_owned()),
            })
        })
        .transpose()
}
