//! What the other kiosks are still to get of a lecture: queued in the transaction that changes it.

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Store;
use super::column;
use super::deliveries::{self, Settlement};
use super::error::StoreError;
use super::event::Event;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS};
use crate::domain::{
    DeliveryKind as Kind, NameSource, PublishedSession, RosterEntry, Semester, SessionChange,
    SessionId, Target, Timestamp, UnitCode,
};

/// Whether this kiosk tells other kiosks of its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publishing {
    /// Changes of sessions are queued for Firestore.
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
    pub edition: u32,
    pub attempts: u32,
}

impl Store {
    /// Says whether changes of sessions are to be queued from now on, to every program on this database.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn set_publishing(&self, publishing: Publishing) -> Result<(), StoreError> {
        const ON: &str = "INSERT INTO settings (name, value) VALUES ('publishes_sessions', x'01')
            ON CONFLICT DO NOTHING";
        const OFF: &str = "DELETE FROM settings WHERE name = 'publishes_sessions'";
        const FORGET: &str =
            "DELETE FROM deliveries WHERE target = 'firestore' AND kind = 'session'";
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

    /// Says whether there are credentials for Firestore. Without them this kiosk is alone.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn note_credentials(&self, found: bool) -> Result<(), StoreError> {
        const FOUND: &str = "INSERT INTO settings (name, value) VALUES ('has_credentials', x'01')
            ON CONFLICT DO NOTHING";
        const GONE: &str = "DELETE FROM settings WHERE name = 'has_credentials'";
        if self.read(has_credentials).await? == found {
            return Ok(());
        }
        self.write(move |db, _| {
            db.execute(if found { FOUND } else { GONE }, [])?;
            Ok(())
        })
        .await
    }

    /// Sessions that may be published by a moment of the monotonic time, longest waiting first. `kiosk_id` is
    /// this kiosk's.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn due_publications(
        &self,
        kiosk_id: String,
        now: Timestamp,
    ) -> Result<Vec<Publication>, StoreError> {
        /// Each is one call to the remote: with few at a time the program can stop soon.
        const AT_ONCE: u32 = 20;
        self.read(move |db| {
            let sql = format!(
                "SELECT {SESSION_COLUMNS}, l.staff_id, json_extract(u.policy, '$.planned_lessons') AS planned_lessons, s.changed_at, d.edition, d.attempts,
                    (SELECT name FROM kiosks WHERE id = s.changed_by) AS changed_by,
                    (SELECT name FROM kiosks WHERE id = s.origin) AS origin
                FROM deliveries AS d JOIN sessions AS s ON s.id = d.subject {SESSION_JOINS}
                WHERE d.state = 'waiting' AND d.target = 'firestore' AND d.kind = 'session'
                    AND d.next_attempt_at <= :now
                ORDER BY d.next_attempt_at, d.subject LIMIT :limit"
            );
            let parameters = named_params! { ":now": now, ":limit": AT_ONCE };
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

    /// Writes down what became of a publication. One that was overtaken by another change still waits.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn settle_publication(
        &self,
        session: SessionId,
        edition: u32,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const LECTURE: &str = "SELECT id FROM lectures WHERE uuid = ?1";
        self.write(move |db, events| {
            let lecture = db
                .prepare_cached(LECTURE)?
                .query_row([session], |row| row.get(0))?;
            let delivery = (Target::Firestore, Kind::Session, lecture);
            deliveries::settle(db, delivery, edition, &settlement, now)?;
            events.push(Event::Settled {
                target: Target::Firestore,
            });
            Ok(())
        })
        .await
    }

    /// The students whom staff or a list have enrolled in a unit and semester, until a day at least, as they are
    /// published with its session of that day, by number.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn roster_entries(
        &self,
        unit: UnitCode,
        semester: Semester,
        day: NaiveDate,
    ) -> Result<Vec<RosterEntry>, StoreError> {
        const SQL: &str = "SELECT st.admission_number, st.name, st.source, nullif(min(coalesce(e.first, '')), '') AS first
            FROM enrolments AS e JOIN students AS st ON st.id = e.student
            WHERE e.unit = (SELECT id FROM units WHERE code = ?1) AND e.semester = ?2 AND (e.last IS NULL OR e.last >= ?3)
            GROUP BY st.id ORDER BY st.admission_number";
        self.read(move |db| {
            row::collect(&mut db.prepare_cached(SQL)?, (unit, semester, day), |row| {
                Ok(RosterEntry {
                    admission_number: row.get("admission_number")?,
                    name: column::name(row, "name")?,
                    name_is_the_rosters: row.get::<_, NameSource>("source")? == NameSource::Roster,
                    enrolled_on: row.get("first")?,
                })
            })
        })
        .await
    }
}

fn published(row: &rusqlite::Row<'_>, kiosk_id: &str) -> Result<PublishedSession, StoreError> {
    let kiosk = |column: &str| {
        let name: String = row.get(column)?;
        Ok::<_, StoreError>(if name.is_empty() {
            kiosk_id.to_owned()
        } else {
            name
        })
    };
    Ok(PublishedSession {
        session: row::session(row)?,
        date: row.get("date")?,
        staff_id: row.get("staff_id")?,
        planned_lessons: row.get("planned_lessons")?,
        kiosk_id: kiosk("origin")?,
        change: SessionChange {
            at: row.get("changed_at")?,
            by: kiosk("changed_by")?,
        },
        kiosks: vec![kiosk_id.to_owned()],
        withdrawn: Vec::new(),
        taken_back: Vec::new(),
        roster: None,
    })
}

/// Whether changes of sessions are queued for other kiosks.
pub(super) fn is_on(db: &Connection) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM settings WHERE name = 'publishes_sessions'";
    Ok(db.prepare_cached(SQL)?.exists([])?)
}

fn has_credentials(db: &Connection) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM settings WHERE name = 'has_credentials'";
    Ok(db.prepare_cached(SQL)?.exists([])?)
}

/// Whether other kiosks can know of this one's lectures.
pub(super) fn reach_others(db: &Connection) -> Result<bool, StoreError> {
    Ok(is_on(db)? && has_credentials(db)?)
}

/// Notes in the caller's transaction that a lecture's state is to be published, at once whatever any clock says.
/// Waits come later and are on the monotonic time, as those of check-ins are.
pub(super) fn queue(db: &Connection, id: SessionId) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO deliveries (target, kind, subject, next_attempt_at)
        SELECT 'firestore', 'session', id, 0 FROM lectures WHERE uuid = ?1 AND opened_by IS NOT 'paper'
        ON CONFLICT DO UPDATE SET edition = edition + 1, state = 'waiting', attempts = 0, next_attempt_at = 0";
    // Another kiosk may take part in what it knows of: what it records is to be read, once it is over at the
    // latest.
    const READ: &str = "INSERT INTO readings (lecture) SELECT id FROM lectures WHERE uuid = ?1
        ON CONFLICT DO NOTHING";
    if is_on(db)? {
        db.prepare_cached(SQL)?.execute([id])?;
        db.prepare_cached(READ)?.execute([id])?;
    }
    Ok(())
}

/// The same for every open lecture of a unit whose roster has changed.
pub(super) fn queue_roster(db: &Connection, unit: i64) -> Result<(), StoreError> {
    const SQL: &str = "SELECT uuid FROM lectures WHERE unit = ?1 AND state = 'open' AND origin = 0";
    let open: Vec<SessionId> =
        row::collect(&mut db.prepare_cached(SQL)?, [unit], |row| Ok(row.get(0)?))?;
    open.into_iter().try_for_each(|id| queue(db, id))
}

/// The latest change of a session that is known here; `None` when there is no such session.
pub(super) fn latest_change(
    db: &Connection,
    id: SessionId,
    kiosk_id: &str,
) -> Result<Option<SessionChange>, StoreError> {
    const SQL: &str = "SELECT s.changed_at, nullif(k.name, '') FROM lectures AS s
        JOIN kiosks AS k ON k.id = s.changed_by WHERE s.uuid = ?1";
    Ok(db
        .prepare_cached(SQL)?
        .query_row([id], |row| {
            Ok(SessionChange {
                at: row.get(0)?,
                by: row
                    .get::<_, Option<String>>(1)?
                    .unwrap_or_else(|| kiosk_id.to_owned()),
            })
        })
        .optional()?)
}
