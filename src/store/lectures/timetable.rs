//! The timetable: reading it, and opening the lectures that are due.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::opening::{NewSession, PLAN_CANCELLED, cancel_planned, open};
use super::{SAME_LECTURE, fact};
use crate::domain::{
    LectureFact, LectureProblem, LectureStage, LectureState, PlannedLecture, PlannedTimes,
    Semester, SessionId, SessionRefusal, SessionState, Statement, Timestamp, TimetableEntry,
    TimetableLine, UnitCode, Venue, Zone,
};
use crate::store::Store;
use crate::store::acts::{Act, KIOSK};
use crate::store::error::{Entity, StoreError};
use crate::store::event::Event;
use crate::store::plan::{Plan, commit};
use crate::store::row::{self, damaged};

/// The wait before another attempt to open a lecture.
const TRY_AGAIN: Duration = Duration::from_secs(60);

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

/// The columns of [`entry`], for lectures that are in the timetable.
const ENTRIES: &str =
    "SELECT t.id, t.uuid, t.state, t.planned_start, t.planned_end, t.planned_venue, t.problem,
        t.opened_at IS NOT NULL AS was_opened, held.uuid AS held_uuid, held.state AS held_state,
        u.code, u.name AS unit_name, l.staff_id, l.name AS lecturer_name
    FROM lectures AS t JOIN units AS u ON u.id = t.unit JOIN lecturers AS l ON l.id = u.lecturer_id
    LEFT JOIN lectures AS held ON held.id = t.held_as";

impl Store {
    /// The planned lectures that begin at `from` or later and before `until`, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn timetable(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<TimetableEntry>, StoreError> {
        self.read(move |db| {
            let sql = format!(
                "{ENTRIES} WHERE t.planned_start >= ?1 AND t.planned_start < ?2
                ORDER BY t.planned_start, u.code, t.planned_venue"
            );
            row::collect(&mut db.prepare_cached(&sql)?, (from, until), entry)
        })
        .await
    }

    /// The timetable of a semester as a file gives it, without what is cancelled.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn timetable_lines(
        &self,
        semester: Semester,
    ) -> Result<Vec<TimetableLine>, StoreError> {
        const SQL: &str = "SELECT t.uuid, u.code, t.planned_start, t.planned_end, t.planned_venue, t.for_group, t.voluntary
            FROM lectures AS t JOIN units AS u ON u.id = t.unit
            WHERE t.planned_start IS NOT NULL AND t.semester = ?1 AND t.state <> 'cancelled'
            ORDER BY t.planned_start, u.code, t.planned_venue";
        self.read(move |db| {
            let mut statement = db.prepare_cached(SQL)?;
            let lectures = row::collect(&mut statement, [semester], |row| {
                Ok((row.get("uuid")?, planned_lecture(row)?))
            })?;
            let line = |(line, (id, lecture))| TimetableLine {
                line,
                id: Some(id),
                lecture,
            };
            Ok((1..).zip(lectures).map(line).collect())
        })
        .await
    }

    /// One lecture of the timetable; `None` when there is none of that number.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn timetable_entry(&self, id: i64) -> Result<Option<TimetableEntry>, StoreError> {
        self.read(move |db| {
            let sql = format!("{ENTRIES} WHERE t.id = ?1 AND t.planned_start IS NOT NULL");
            row::first(&mut db.prepare_cached(&sql)?, [id], entry)
        })
        .await
    }

    /// A lecture as it was said to be, opened or not.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none of that id.
    pub async fn lecture(&self, id: SessionId) -> Result<LectureFact, StoreError> {
        self.read(move |db| fact(db, id)).await
    }

    /// The lectures, opened or not, whose ids begin with some letters.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn lectures_beginning(&self, letters: String) -> Result<Vec<SessionId>, StoreError> {
        self.read(move |db| {
            let mut statement = db.prepare_cached("SELECT uuid FROM lectures ORDER BY id")?;
            let all: Vec<SessionId> = row::collect(&mut statement, [], |row| Ok(row.get(0)?))?;
            let fits = |id: &SessionId| id.to_string().starts_with(&letters);
            Ok(all.into_iter().filter(fits).collect())
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
        const FIND: &str = "SELECT uuid FROM lectures WHERE id = ?1 AND planned_start IS NOT NULL";
        self.write_unless_refused(move |db, events| {
            let found: Option<SessionId> = db.query_row(FIND, [id], |row| row.get(0)).optional()?;
            let lecture = found.ok_or_else(|| StoreError::missing(Entity::Lecture, &id))?;
            let act = Act::new(now, &actor, PLAN_CANCELLED, &id).because(Some(&reason));
            cancel_planned(db, events, (lecture, fact(db, lecture)?), act)
        })
        .await
    }

    /// Whether a venue has lectures at any time that were neither opened nor cancelled.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn has_unopened_lectures(&self, venue: Venue) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT DISTINCT planned_venue FROM lectures
            WHERE planned_start IS NOT NULL AND state = 'planned' AND held_as IS NULL";
        self.read(move |db| {
            let venues: Vec<Venue> =
                row::collect(&mut db.prepare_cached(SQL)?, [], |row| Ok(row.get(0)?))?;
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
                if let Some(session) = open_due(db, &lecture, &rules, now)? {
                    events.push(Event::SessionChanged { session });
                    opened.push(session);
                }
            }
            Ok(opened)
        })
        .await
    }
}

/// A planned lecture that is due.
struct Due {
    row: i64,
    id: SessionId,
    unit: i64,
    code: UnitCode,
    times: PlannedTimes,
}

impl Due {
    fn semester(&self, rules: &OpeningRules) -> Semester {
        let planned = self.times.semester.clone();
        planned.unwrap_or_else(|| rules.semester.clone())
    }
}

fn due(db: &Connection, rules: &OpeningRules, now: Timestamp) -> Result<Vec<Due>, StoreError> {
    // An attempt in the future is from before the clock was set back.
    const SQL: &str = "SELECT t.id, t.uuid, t.unit, u.code, t.planned_start, t.planned_end, t.planned_venue,
            t.semester
        FROM lectures AS t JOIN units AS u ON u.id = t.unit
        WHERE t.state = 'planned' AND t.held_as IS NULL
            AND t.planned_start <= :opens_by AND t.planned_start > :earliest AND t.planned_end > :now
            AND (t.tried_at IS NULL OR t.tried_at <= :tried_by OR t.tried_at > :now)
        ORDER BY t.planned_start, t.id";
    // No lecture is longer than a day, so that the index finds today's.
    let parameters = named_params! {
        ":opens_by": now + rules.opens_before,
        ":earliest": now - Duration::from_secs(24 * 3600),
        ":now": now,
        ":tried_by": now - TRY_AGAIN,
    };
    let all = row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        Ok(Due {
            row: row.get("id")?,
            id: row.get("uuid")?,
            unit: row.get("unit")?,
            code: row.get("code")?,
            times: PlannedTimes {
                starts_at: row.get("planned_start")?,
                ends_at: row.get("planned_end")?,
                venue: row.get("planned_venue")?,
                semester: row.get("semester")?,
            },
        })
    })?;
    let is_here = |due: &Due| due.times.venue.is_same_as(&rules.venue);
    Ok(all.into_iter().filter(is_here).collect())
}

/// Opens a lecture that is due; `None` if it was opened before or cannot be opened.
fn open_due(
    db: &Connection,
    due: &Due,
    rules: &OpeningRules,
    now: Timestamp,
) -> Result<Option<SessionId>, StoreError> {
    const BLOCKED: &str = "UPDATE lectures SET problem = ?2, tried_at = ?3 WHERE id = ?1";
    const CLEARED: &str = "UPDATE lectures SET problem = NULL WHERE id = ?1";
    if let Some(session) = opened_already(db, due, rules)? {
        let mut fact = fact(db, due.id)?;
        fact.held_as = Some(session);
        let mut plan = Plan::new(Act::new(now, KIOSK, "timetable.linked", &session));
        // What was opened by hand is for whom the timetable plans it, unless staff have said so.
        let mut opened = super::fact(db, session)?;
        let is_for_all =
            |it: &LectureFact| it.group.is_none() && it.lesson.is_none() && !it.voluntary;
        if is_for_all(&opened) && !is_for_all(&fact) {
            opened.group.clone_from(&fact.group);
            opened.lesson.clone_from(&fact.lesson);
            opened.voluntary = fact.voluntary;
            plan.state(db, Statement::Lecture(session, Box::new(opened)))?;
        }
        plan.state(db, Statement::Lecture(due.id, Box::new(fact)))?;
        commit(db, &plan)?;
        db.prepare_cached(CLEARED)?.execute([due.row])?;
        return Ok(None);
    }
    let new = NewSession {
        unit: due.code.clone(),
        semester: due.semester(rules),
        starts_at: due.times.starts_at,
        ends_at: due.times.ends_at,
        date: rules.zone.date(due.times.starts_at),
        venue: rules.venue.clone(),
        unset_start: None,
        planned: Some(due.row),
    };
    match open(
        db,
        &new,
        rules.max_sessions,
        (KIOSK, Some("timetable")),
        now,
    )? {
        Ok(session) => Ok(Some(session)),
        Err(why) => {
            tracing::warn!(
                timetable.id = due.row,
                "a lecture of the timetable could not be opened"
            );
            let problem = serde_json::to_string(&why).map_err(|_| damaged("problem"))?;
            db.execute(BLOCKED, (due.row, problem, now))?;
            Ok(None)
        }
    }
}

/// The session that was opened by hand for a lecture: one with the same start, in any state; or one with a start
/// close to it in this room that is not cancelled.
fn opened_already(
    db: &Connection,
    due: &Due,
    rules: &OpeningRules,
) -> Result<Option<SessionId>, StoreError> {
    const SQL: &str = "SELECT uuid FROM sessions AS s
        WHERE unit = :unit AND semester = :semester AND (starts_at = :starts_at
            OR (starts_at > :earliest AND starts_at < :latest AND venue = :venue AND state <> 'cancelled'
                AND planned_start IS NULL
                AND NOT EXISTS (SELECT 1 FROM lectures AS t WHERE t.unit = s.unit AND t.held_as = s.id)))
        ORDER BY starts_at = :starts_at DESC, starts_at LIMIT 1";
    let starts_at = due.times.starts_at;
    let parameters = named_params! {
        ":unit": due.unit,
        ":semester": due.semester(rules),
        ":starts_at": starts_at,
        ":earliest": starts_at - SAME_LECTURE,
        ":latest": starts_at + SAME_LECTURE,
        ":venue": rules.venue,
    };
    Ok(db
        .prepare_cached(SQL)?
        .query_row(parameters, |row| row.get(0))
        .optional()?)
}

/// What is planned, of a row with the unit's code.
pub(super) fn planned_lecture(row: &rusqlite::Row<'_>) -> Result<PlannedLecture, StoreError> {
    Ok(PlannedLecture {
        unit: row.get("code")?,
        starts_at: row.get("planned_start")?,
        ends_at: row.get("planned_end")?,
        venue: row.get("planned_venue")?,
        group: row.get("for_group")?,
        voluntary: Some(row.get("voluntary")?),
    })
}

pub(super) fn entry(row: &rusqlite::Row<'_>) -> Result<TimetableEntry, StoreError> {
    let reached: LectureStage = row.get("state")?;
    let problem: Option<String> = row.get("problem")?;
    let unit_code: UnitCode = row.get("code")?;
    let opened = |session, reached: LectureStage| {
        let state = SessionState::parse(reached.as_str());
        Ok::<_, StoreError>(LectureState::Opened {
            session,
            state: state.ok_or_else(|| damaged("state of a session"))?,
        })
    };
    let state = match (row.get("held_uuid")?, reached, problem) {
        (Some(session), ..) => opened(session, row.get("held_state")?)?,
        (None, reached, _) if row.get("was_opened")? => opened(row.get("uuid")?, reached)?,
        (None, LectureStage::Cancelled, _) => LectureState::Cancelled,
        (None, LectureStage::NotHeld, _) => LectureState::NotHeld,
        (None, _, Some(problem)) => LectureState::Blocked {
            problem: match serde_json::from_str(&problem) {
                Ok(why) => LectureProblem::Refused(SessionRefusal::NoRoom {
                    unit: unit_code.clone(),
                    why,
                }),
                Err(_) => LectureProblem::Words(problem),
            },
        },
        (None, _, None) => LectureState::Planned,
    };
    Ok(TimetableEntry {
        id: row.get("id")?,
        lecture: row.get("uuid")?,
        unit_code,
        unit_name: row.get("unit_name")?,
        lecturer_staff_id: row.get("staff_id")?,
        lecturer_name: row.get("lecturer_name")?,
        starts_at: row.get("planned_start")?,
        ends_at: row.get("planned_end")?,
        venue: row.get("planned_venue")?,
        state,
    })
}
