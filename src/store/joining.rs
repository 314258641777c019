//! Sessions of other kiosks: joining one, and following what is made of it there.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Store;
use super::audit;
use super::error::{Stop, StoreError};
use super::event::Event;
use super::keys::random_key;
use super::publications;
use super::row;
use super::sessions::{self, CodedSession};
use super::students;
use super::units;
use crate::domain::{JoinRefusal, PublishedSession, RosterEntry, SessionId, Timestamp, UnitCode};

/// What came of joining a session.
#[derive(Debug, Clone)]
pub enum Joined {
    /// It takes check-ins here from now on.
    Now(CodedSession),
    /// It did so before.
    Before(CodedSession),
}

impl Store {
    /// Takes part in a session of another kiosk: unit, lecturer and roster come along where they are not
    /// known here, and codes are this kiosk's own. Joining again changes nothing.
    ///
    /// # Errors
    /// [`JoinRefusal::SameStartHere`]; [`StoreError`] when the database cannot be written.
    pub async fn join_session(
        &self,
        published: PublishedSession,
        roster: Vec<RosterEntry>,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<Joined, JoinRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let id = published.session.id;
            match sessions::find(db, id) {
                Ok(known) => return Ok(Joined::Before(known)),
                Err(StoreError::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            let unit_id = unit(db, &published, now)?;
            refuse_a_twin(db, unit_id, &published)?;
            insert(db, unit_id, &published, now)?;
            for student in &roster {
                students::take_entry(db, student, unit_id, now)?;
            }
            audit::add(
                db,
                &audit::Entry {
                    new: Some(&format!(
                        "of kiosk {}, {} students",
                        published.kiosk_id,
                        roster.len()
                    )),
                    ..audit::Entry::new(now, &actor, "session.joined", &id.to_string())
                },
            )?;
            // So that the others learn who takes part.
            publications::owe(db, id)?;
            events.push(Event::RosterChanged);
            events.push(Event::SessionChanged { session: id });
            Ok(Joined::Now(sessions::find(db, id)?))
        })
        .await
    }

    /// Does here what another kiosk has done to a session since; what is known already changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn follow_session(
        &self,
        published: PublishedSession,
        kiosk_id: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, change) = (published.session.id, published.change.clone());
        let own = kiosk_id.clone();
        let known = self
            .read(move |db| publications::latest_change(db, id, &own))
            .await?;
        if known.is_none_or(|known| change <= known) {
            return Ok(());
        }
        self.write(move |db, events| follow(db, events, &published, &kiosk_id, now))
            .await
    }
}

fn follow(
    db: &Connection,
    events: &mut Vec<Event>,
    published: &PublishedSession,
    kiosk_id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE attendance_sessions SET state = :state, ends_at = :ends_at,
            starts_at = :starts_at, date = :date,
            reopened_at = :reopened_at, changed_at = :changed_at, changed_by = :changed_by
        WHERE id = :id";
    let theirs = &published.session;
    // Looked at again where nobody can change it in between.
    let known = publications::latest_change(db, theirs.id, kiosk_id)?;
    if known.is_none_or(|known| published.change <= known) {
        return Ok(());
    }
    let before = sessions::find(db, theirs.id)?.session;
    let (starts_at, date) = start(db, published)?;
    db.prepare_cached(SQL)?.execute(named_params! {
        ":state": theirs.state.as_str(),
        ":ends_at": theirs.ends_at.max(starts_at + std::time::Duration::from_secs(1)).to_string(),
        ":starts_at": starts_at.to_string(),
        ":date": date,
        ":reopened_at": theirs.reopened_at.map(|at| at.to_string()),
        ":changed_at": published.change.at.to_string(),
        ":changed_by": published.change.by,
        ":id": theirs.id.to_string(),
    })?;
    audit::add(
        db,
        &audit::Entry {
            old: Some(&format!(
                "{}, until {}",
                before.state.as_str(),
                before.ends_at
            )),
            new: Some(&format!(
                "{}, until {}",
                theirs.state.as_str(),
                theirs.ends_at
            )),
            reason: Some(&format!("changed at kiosk {}", published.change.by)),
            ..audit::Entry::new(now, "kiosk", "session.followed", &theirs.id.to_string())
        },
    )?;
    events.push(Event::SessionChanged { session: theirs.id });
    Ok(())
}

/// When a session that goes on elsewhere began, and its date: as its opener says, who may have put it right
/// once the clock there was set. Not where it was opened here, nor where this kiosk has another session of
/// the unit at that start.
fn start(db: &Connection, published: &PublishedSession) -> Result<(Timestamp, String), StoreError> {
    const SQL: &str = "SELECT s.starts_at, s.date, s.origin_kiosk IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM attendance_sessions AS twin WHERE twin.id <> s.id AND twin.unit_id = s.unit_id
                    AND twin.semester = s.semester AND twin.date = :date AND twin.starts_at = :starts_at) AS may_move
        FROM attendance_sessions AS s WHERE s.id = :id";
    let theirs = &published.session;
    let date = published.date.to_string();
    let parameters = named_params! {
        ":date": date, ":starts_at": theirs.starts_at.to_string(), ":id": theirs.id.to_string(),
    };
    let (here, date_here, may_move): (String, String, bool) =
        db.prepare_cached(SQL)?.query_row(parameters, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    Ok(if may_move {
        (theirs.starts_at, date)
    } else {
        (row::timestamp(&here)?, date_here)
    })
}

/// The row of the session's unit, made with its lecturer where they are not known here.
fn unit(db: &Connection, published: &PublishedSession, now: Timestamp) -> Result<i64, StoreError> {
    const LECTURER: &str = "INSERT INTO lecturers (staff_id, name, created_at)
        VALUES (:staff_id, :name, :now) ON CONFLICT (staff_id) DO NOTHING";
    const UNIT: &str = "INSERT INTO units (code, name, lecturer_id, planned_lessons, created_at)
        VALUES (:code, :name, (SELECT id FROM lecturers WHERE staff_id = :staff_id), :planned, :now)";
    let code: &UnitCode = &published.session.unit_code;
    match units::find(db, code) {
        Ok((id, _)) => return Ok(id),
        Err(StoreError::Missing { .. }) => {}
        Err(error) => return Err(error),
    }
    db.execute(
        LECTURER,
        named_params! {
            ":staff_id": published.staff_id.as_str(),
            ":name": published.session.lecturer_name,
            ":now": now.to_string(),
        },
    )?;
    db.execute(
        UNIT,
        named_params! {
            ":code": code.as_str(),
            ":name": published.session.unit_name,
            ":staff_id": published.staff_id.as_str(),
            ":planned": published.planned_lessons,
            ":now": now.to_string(),
        },
    )?;
    Ok(db.last_insert_rowid())
}

/// One lecture must not count as two.
fn refuse_a_twin(
    db: &Connection,
    unit_id: i64,
    published: &PublishedSession,
) -> Result<(), Stop<JoinRefusal>> {
    const TWIN: &str = "SELECT id FROM attendance_sessions
        WHERE unit_id = :unit AND semester = :semester AND date = :date AND starts_at = :starts_at";
    let session = &published.session;
    let twin: Option<String> = db
        .query_row(
            TWIN,
            named_params! {
                ":unit": unit_id,
                ":semester": session.semester.as_str(),
                ":date": published.date.to_string(),
                ":starts_at": session.starts_at.to_string(),
            },
            |row| row.get(0),
        )
        .optional()?;
    match twin {
        None => Ok(()),
        Some(id) => Err(Stop::Refused(JoinRefusal::SameStartHere {
            unit: session.unit_code.clone(),
            session: SessionId::from_uuid(row::uuid(&id)?),
        })),
    }
}

fn insert(
    db: &Connection,
    unit_id: i64,
    published: &PublishedSession,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Their number where it is free here, else the next one.
    const SQL: &str = "INSERT INTO attendance_sessions (id, unit_id, lecturer_id, semester, session_number, date,
            starts_at, ends_at, venue, state, reopened_at, code_key, created_at, changed_at, changed_by, origin_kiosk)
        VALUES (:id, :unit, (SELECT lecturer_id FROM units WHERE id = :unit), :semester,
            CASE WHEN EXISTS (SELECT 1 FROM attendance_sessions
                    WHERE unit_id = :unit AND semester = :semester AND session_number = :number)
                THEN (SELECT max(session_number) + 1 FROM attendance_sessions WHERE unit_id = :unit AND semester = :semester)
                ELSE :number END,
            :date, :starts_at, :ends_at, :venue, :state, :reopened_at, :key, :now, :changed_at, :changed_by, :origin)";
    const MIRRORED: &str =
        "INSERT INTO mirrored_sessions (session_id, other_kiosks) VALUES (?1, ?2)";
    let session = &published.session;
    let id: SessionId = session.id;
    db.execute(
        SQL,
        named_params! {
            ":id": id.to_string(),
            ":unit": unit_id,
            ":semester": session.semester.as_str(),
            ":number": session.number,
            ":date": published.date.to_string(),
            ":starts_at": session.starts_at.to_string(),
            ":ends_at": session.ends_at.to_string(),
            ":venue": session.venue.as_str(),
            ":state": session.state.as_str(),
            ":reopened_at": session.reopened_at.map(|at| at.to_string()),
            ":key": random_key()?,
            ":now": now.to_string(),
            ":changed_at": published.change.at.to_string(),
            ":changed_by": published.change.by,
            ":origin": published.kiosk_id,
        },
    )?;
    // Another kiosk takes part for certain: that is why this one joins.
    db.execute(MIRRORED, (id.to_string(), 1))?;
    Ok(())
}
