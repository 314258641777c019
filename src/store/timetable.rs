//! The timetable: importing it, and opening sessions for lectures that are due.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Store;
use super::audit;
use super::error::{Entity, Stop, StoreError};
use super::event::Event;
use super::row::{self, damaged};
use super::sessions::{self, Cause, NewSession};
use super::units;
use crate::domain::{
    LectureProblem, LectureState, PlannedLecture, Semester, SessionId, SessionRefusal,
    SessionState, Timestamp, TimetableEntry, Venue, Zone,
};
use crate::random;

/// A session that begins this close to a planned lecture, in the same unit and room, is taken for that lecture,
/// opened by hand.
const SAME_LECTURE: Duration = Duration::from_secs(30 * 60);

/// The wait before another attempt to open a lecture.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// What one line of an imported timetable changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LectureChange {
    New,
    /// Known with another end or room.
    Changed {
        ends_at: Timestamp,
        venue: Venue,
    },
    Unchanged,
}

/// How this kiosk opens lectures.
#[derive(Debug, Clone)]
pub struct OpeningRules {
    /// This kiosk's venue: lectures in other rooms are opened by other kiosks.
    pub venue: Venue,
    /// How long before the start check-in opens.
    pub opens_before: Duration,
    /// The semester that the percentages are counted over.
    pub semester: Semester,
    /// Sessions of a unit in a semester.
    pub max_sessions: u32,
    /// The site's zone, for the date.
    pub zone: Zone,
}

impl Store {
    /// Imports a timetable, completely or not at all, and returns what each line changed. A second import
    /// changes nothing; lectures that it does not name stay.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn import_timetable(
        &self,
        lectures: Vec<PlannedLecture>,
        actor: String,
        now: Timestamp,
    ) -> Result<Vec<LectureChange>, StoreError> {
        self.write(move |db, events| {
            let done = import(db, &lectures, now)?;
            let count = |wanted: fn(&LectureChange) -> bool| {
                done.iter().filter(|change| wanted(change)).count()
            };
            let new = count(|change| matches!(change, LectureChange::New));
            let changed = count(|change| matches!(change, LectureChange::Changed { .. }));
            audit::add(
                db,
                &audit::Entry {
                    new: Some(&format!("{new} new, {changed} changed")),
                    ..audit::Entry::new(now, &actor, "timetable.imported", "timetable")
                },
            )?;
            events.push(Event::RosterChanged);
            Ok(done)
        })
        .await
    }

    /// What [`Store::import_timetable`] would change, without changing it.
    ///
    /// # Errors
    /// As [`Store::import_timetable`].
    pub async fn preview_timetable(
        &self,
        lectures: Vec<PlannedLecture>,
        now: Timestamp,
    ) -> Result<Vec<LectureChange>, StoreError> {
        // The same statements in a savepoint that is rolled back, so that both have the same result.
        self.write(move |db, _| {
            db.execute_batch("SAVEPOINT preview")?;
            let changes = import(db, &lectures, now);
            if !db.is_autocommit() {
                db.execute_batch("ROLLBACK TO preview; RELEASE preview")?;
            }
            changes
        })
        .await
    }

    /// The planned lectures that begin at `from` or later and before `until`, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn timetable(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<TimetableEntry>, StoreError> {
        const SQL: &str = "SELECT t.*, u.code, u.name AS unit_name, l.staff_id, l.name AS lecturer_name,
                s.state AS session_state
            FROM timetable AS t JOIN units AS u ON u.id = t.unit_id JOIN lecturers AS l ON l.id = u.lecturer_id
            LEFT JOIN attendance_sessions AS s ON s.id = t.session_id
            WHERE t.starts_at >= ?1 AND t.starts_at < ?2 ORDER BY t.starts_at, u.code, t.venue";
        self.read(move |db| {
            let span = (from.to_string(), until.to_string());
            row::collect(&mut db.prepare_cached(SQL)?, span, entry)
        })
        .await
    }

    /// One lecture of the timetable; `None` when there is none of that number.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn timetable_entry(&self, id: i64) -> Result<Option<TimetableEntry>, StoreError> {
        const SQL: &str = "SELECT t.*, u.code, u.name AS unit_name, l.staff_id, l.name AS lecturer_name,
                s.state AS session_state
            FROM timetable AS t JOIN units AS u ON u.id = t.unit_id JOIN lecturers AS l ON l.id = u.lecturer_id
            LEFT JOIN attendance_sessions AS s ON s.id = t.session_id WHERE t.id = ?1";
        self.read(move |db| row::first(&mut db.prepare_cached(SQL)?, [id], entry))
            .await
    }

    /// Links a lecture to the session that was opened for it by hand, unless it has one.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn note_lecture_opened(&self, id: i64, session: SessionId) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE timetable SET session_id = :session, problem = NULL
            WHERE id = :id AND session_id IS NULL";
        self.write(move |db, _| {
            let session = session.to_string();
            db.execute(SQL, named_params! { ":id": id, ":session": session })?;
            Ok(())
        })
        .await
    }

    /// Cancels a planned lecture that was not opened yet: the scheduler will not open it.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none of that number, [`SessionRefusal::LectureOpened`].
    pub async fn cancel_lecture(
        &self,
        id: i64,
        reason: String,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<(), SessionRefusal>, StoreError> {
        const FIND: &str = "SELECT session_id FROM timetable WHERE id = ?1";
        const CANCEL: &str =
            "UPDATE timetable SET cancelled_at = coalesce(cancelled_at, ?2) WHERE id = ?1";
        self.write_unless_refused(move |db, events| {
            let opened: Option<Option<String>> =
                db.query_row(FIND, [id], |row| row.get(0)).optional()?;
            match opened {
                None => {
                    return Err(StoreError::missing(Entity::Lecture, &id).into());
                }
                Some(Some(session)) => {
                    let session = SessionId::from_uuid(row::uuid(&session)?);
                    return Err(Stop::Refused(SessionRefusal::LectureOpened { session }));
                }
                Some(None) => {}
            }
            db.execute(CANCEL, (id, now.to_string()))?;
            audit::add(
                db,
                &audit::Entry {
                    reason: Some(&reason),
                    ..audit::Entry::new(now, &actor, "timetable.cancelled", &id.to_string())
                },
            )?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }

    /// Whether a venue has lectures at any time that were neither opened nor cancelled.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn has_unopened_lectures(&self, venue: Venue) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT DISTINCT venue FROM timetable WHERE session_id IS NULL AND cancelled_at IS NULL";
        self.read(move |db| {
            let venues = row::collect(&mut db.prepare_cached(SQL)?, [], |row| {
                Venue::parse(&row.get::<_, String>(0)?).map_err(|_| damaged("venue"))
            })?;
            Ok(venues.iter().any(|other| other.is_same_as(&venue)))
        })
        .await
    }

    /// Opens sessions for the lectures of this kiosk's venue that are due, each once; skips those that were
    /// opened by hand or cancelled. Returns the opened sessions.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn open_due_lectures(
        &self,
        rules: OpeningRules,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        let looked = rules.clone();
        let is_any = self
            .read(move |db| Ok(!due(db, &looked, now)?.is_empty()))
            .await?;
        if !is_any {
            return Ok(Vec::new());
        }
        // Selected again in the write transaction: one may have been opened or cancelled meanwhile.
        self.write(move |db, events| {
            let mut opened = Vec::new();
            for lecture in due(db, &rules, now)? {
                if let Some(session) = open(db, &lecture, &rules, now)? {
                    events.push(Event::SessionChanged { session });
                    opened.push(session);
                }
            }
            Ok(opened)
        })
        .await
    }
}

fn import(
    db: &Connection,
    lectures: &[PlannedLecture],
    now: Timestamp,
) -> Result<Vec<LectureChange>, StoreError> {
    const SAME: &str = "SELECT id, ends_at FROM timetable
        WHERE unit_id = :unit AND starts_at = :starts_at AND venue = :venue";
    // A lecture of the same unit and start in another room that the file does not name has moved.
    const MOVED: &str = "SELECT id, ends_at, venue FROM timetable
        WHERE unit_id = :unit AND starts_at = :starts_at AND session_id IS NULL";
    const CHANGE: &str = "UPDATE timetable SET ends_at = :ends_at, venue = :venue, problem = NULL,
        tried_at = NULL WHERE id = :id";
    const ADD: &str = "INSERT INTO timetable (unit_id, starts_at, ends_at, venue, imported_at)
        VALUES (:unit, :starts_at, :ends_at, :venue, :now)";
    let mut changes = Vec::with_capacity(lectures.len());
    for lecture in lectures {
        let (unit_id, _) = units::find(db, &lecture.unit)?;
        let starts_at = lecture.starts_at.to_string();
        let (ends_at, venue) = (lecture.ends_at.to_string(), lecture.venue.as_str());
        let same: Option<(i64, String)> = db
            .prepare_cached(SAME)?
            .query_row(
                named_params! { ":unit": unit_id, ":starts_at": starts_at, ":venue": venue },
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let known = if let Some((id, end)) = same {
            Some((id, end, venue.to_owned()))
        } else {
            let there = row::collect(
                &mut db.prepare_cached(MOVED)?,
                named_params! { ":unit": unit_id, ":starts_at": starts_at },
                |row| {
                    Ok((
                        row.get::<_, i64>(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, String>(2)?,
                    ))
                },
            )?;
            let is_named = |room: &str| {
                lectures.iter().any(|other| {
                    other.unit == lecture.unit
                        && other.starts_at == lecture.starts_at
                        && other.venue.as_str() == room
                })
            };
            there.into_iter().find(|(_, _, room)| !is_named(room))
        };
        changes.push(match known {
            None => {
                db.prepare_cached(ADD)?.execute(named_params! {
                    ":unit": unit_id, ":starts_at": starts_at, ":ends_at": ends_at,
                    ":venue": venue, ":now": now.to_string(),
                })?;
                LectureChange::New
            }
            Some((_, end, room)) if end == ends_at && room == venue => LectureChange::Unchanged,
            Some((id, end, room)) => {
                db.prepare_cached(CHANGE)?
                    .execute(named_params! { ":ends_at": ends_at, ":venue": venue, ":id": id })?;
                LectureChange::Changed {
                    ends_at: row::timestamp(&end)?,
                    venue: Venue::parse(&room).map_err(|_| damaged("venue"))?,
                }
            }
        });
    }
    Ok(changes)
}

/// A planned lecture that is due.
struct Due {
    id: i64,
    unit_id: i64,
    lecturer_id: i64,
    lecture: PlannedLecture,
}

fn due(db: &Connection, rules: &OpeningRules, now: Timestamp) -> Result<Vec<Due>, StoreError> {
    // An attempt in the future is from before the clock was set back.
    const SQL: &str =
        "SELECT t.id, t.unit_id, u.lecturer_id, u.code, t.starts_at, t.ends_at, t.venue
        FROM timetable AS t JOIN units AS u ON u.id = t.unit_id
        WHERE t.session_id IS NULL AND t.cancelled_at IS NULL
            AND t.starts_at <= :opens_by AND t.starts_at > :earliest AND t.ends_at > :now
            AND (t.tried_at IS NULL OR t.tried_at <= :tried_by OR t.tried_at > :now)
        ORDER BY t.starts_at, t.id";
    // No lecture is longer than a day, so that the index finds today's.
    let earliest = now - Duration::from_secs(24 * 3600);
    let parameters = named_params! {
        ":opens_by": (now + rules.opens_before).to_string(),
        ":earliest": earliest.to_string(),
        ":now": now.to_string(),
        ":tried_by": (now - TRY_AGAIN).to_string(),
    };
    let all = row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let text = |column: &str| row.get::<_, String>(column);
        Ok(Due {
            id: row.get("id")?,
            unit_id: row.get("unit_id")?,
            lecturer_id: row.get("lecturer_id")?,
            lecture: PlannedLecture {
                unit: row::unit_code(&text("code")?)?,
                starts_at: row::timestamp(&text("starts_at")?)?,
                ends_at: row::timestamp(&text("ends_at")?)?,
                venue: Venue::parse(&text("venue")?).map_err(|_| damaged("venue"))?,
            },
        })
    })?;
    let is_here = |due: &Due| due.lecture.venue.is_same_as(&rules.venue);
    Ok(all.into_iter().filter(is_here).collect())
}

/// Opens a session for a lecture; `None` if it was opened before or cannot be opened.
fn open(
    db: &Connection,
    due: &Due,
    rules: &OpeningRules,
    now: Timestamp,
) -> Result<Option<SessionId>, StoreError> {
    const LINK: &str = "UPDATE timetable SET session_id = ?2, problem = NULL WHERE id = ?1";
    const BLOCKED: &str = "UPDATE timetable SET problem = ?2, tried_at = ?3 WHERE id = ?1";
    if let Some(session) = opened_already(db, due, rules)? {
        db.execute(LINK, (due.id, session))?;
        return Ok(None);
    }
    let lecture = &due.lecture;
    let new = NewSession {
        unit: lecture.unit.clone(),
        semester: rules.semester.clone(),
        starts_at: lecture.starts_at,
        ends_at: lecture.ends_at,
        date: rules.zone.date(lecture.starts_at),
        venue: rules.venue.clone(),
        unset_start: None,
    };
    let number = match sessions::next_number(db, due.unit_id, &new, rules.max_sessions)? {
        Ok(number) => number,
        Err(why) => {
            tracing::warn!(
                timetable.id = due.id,
                "a lecture of the timetable could not be opened"
            );
            let problem = serde_json::to_string(&why).map_err(|_| damaged("problem"))?;
            db.execute(BLOCKED, (due.id, problem, now.to_string()))?;
            return Ok(None);
        }
    };
    let id = SessionId::from_uuid(random::uuid());
    sessions::insert(db, id, (due.unit_id, due.lecturer_id), number, &new, now)?;
    let cause = Cause::new("kiosk", Some("timetable"), now);
    sessions::record(db, id, "session.opened", None, &cause)?;
    db.execute(LINK, (due.id, id.to_string()))?;
    Ok(Some(id))
}

/// The session that was opened by hand for a lecture: one with the same start, in any state; or one with a start
/// close to it in this room that is not cancelled.
fn opened_already(
    db: &Connection,
    due: &Due,
    rules: &OpeningRules,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT id FROM attendance_sessions
        WHERE unit_id = :unit AND semester = :semester AND (starts_at = :starts_at
            OR (starts_at > :earliest AND starts_at < :latest AND venue = :venue AND state <> 'cancelled'
                AND NOT EXISTS (SELECT 1 FROM timetable AS t WHERE t.session_id = attendance_sessions.id)))
        ORDER BY starts_at = :starts_at DESC, starts_at LIMIT 1";
    let starts_at = due.lecture.starts_at;
    let parameters = named_params! {
        ":unit": due.unit_id,
        ":semester": rules.semester.as_str(),
        ":starts_at": starts_at.to_string(),
        ":earliest": (starts_at - SAME_LECTURE).to_string(),
        ":latest": (starts_at + SAME_LECTURE).to_string(),
        ":venue": rules.venue.as_str(),
    };
    Ok(db.query_row(SQL, parameters, |row| row.get(0)).optional()?)
}

fn entry(row: &rusqlite::Row<'_>) -> Result<TimetableEntry, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    let optional = |column: &str| row.get::<_, Option<String>>(column);
    let session = optional("session_id")?;
    let unit_code = row::unit_code(&text("code")?)?;
    let state = match (session, optional("cancelled_at")?, optional("problem")?) {
        (Some(session), ..) => {
            let state = SessionState::parse(&text("session_state")?);
            LectureState::Opened {
                session: SessionId::from_uuid(row::uuid(&session)?),
                state: state.ok_or_else(|| damaged("session state"))?,
            }
        }
        (None, Some(_), _) => LectureState::Cancelled,
        (None, None, Some(problem)) => LectureState::Blocked {
            problem: match serde_json::from_str(&problem) {
                Ok(why) => LectureProblem::Refused(SessionRefusal::NoRoom {
                    unit: unit_code.clone(),
                    why,
                }),
                Err(_) => LectureProblem::Words(problem),
            },
        },
        (None, None, None) => LectureState::Planned,
    };
    Ok(TimetableEntry {
        id: row.get("id")?,
        unit_code,
        unit_name: text("unit_name")?,
        lecturer_staff_id: row::staff_id(&text("staff_id")?)?,
        lecturer_name: text("lecturer_name")?,
        starts_at: row::timestamp(&text("starts_at")?)?,
        ends_at: row::timestamp(&text("ends_at")?)?,
        venue: Venue::parse(&text("venue")?).map_err(|_| damaged("venue"))?,
        state,
    })
}
