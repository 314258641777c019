//! Lectures that were held on paper and are entered afterwards.

use chrono::NaiveDate;
use rusqlite::{Connection, named_params};

use super::opening::{Slot, clash, lecturer_of, next_number};
use super::{SAME_LECTURE, at_start, fact, facts_said, find};
use crate::domain::{
    LectureFact, LectureStage, NoRoom, OpenedBy, Semester, SessionId, SessionRefusal, SessionState,
    Sitting, Statement, Timestamp, UnitCode, Venue,
};
use crate::random;
use crate::store::acts::Act;
use crate::store::error::{Stop, StoreError};
use crate::store::plan::{self, Plan};
use crate::store::{row, units};

/// A lecture that was held on paper.
#[derive(Debug, Clone)]
pub struct PastLecture {
    pub unit: UnitCode,
    /// The semester that it counts in.
    pub semester: Semester,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The local date of the start.
    pub date: NaiveDate,
    pub venue: Venue,
}

const ENTERED: &str = "session.entered";
const UNDONE: &str = "session.entry_undone";

/// Enters a lecture in the caller's transaction; answers its id and what the timetable's lecture that it is was until
/// now.
pub(in crate::store) fn enter(
    db: &Connection,
    past: &PastLecture,
    max_sessions: u32,
    (actor, reason): (&str, Option<&str>),
    now: Timestamp,
) -> Result<(SessionId, Option<LectureStage>), Stop<SessionRefusal>> {
    let no_room = |why: NoRoom| {
        let unit = past.unit.clone();
        Stop::Refused(SessionRefusal::NoRoom { unit, why })
    };
    let unit = units::find(db, &past.unit)?;
    let next = next_number(db, unit, &past.semester, max_sessions)?;
    let planned = not_known(db, unit, past)?;
    let slot = Slot {
        semester: &past.semester,
        date: past.date,
        starts_at: past.starts_at,
        ends_at: past.ends_at,
        venue: &past.venue,
    };
    if next != Err(NoRoom::Retired)
        && let Some(why) = clash(db, unit, &slot, planned)?
    {
        let start = (slot.semester, slot.date, slot.starts_at);
        let held = at_start(db, unit, start)?.map(|(session, _)| session);
        if let Some(session) = held
            && find(db, session)?.session.state != SessionState::Cancelled
        {
            let unit = past.unit.clone();
            return Err(Stop::Refused(SessionRefusal::HeldThen { unit, session }));
        }
        return Err(no_room(why));
    }
    let next = next.map_err(no_room)?;
    let (id, before) = match planned {
        Some(id) => (id, Some(fact(db, id)?)),
        None => (SessionId::from_uuid(random::uuid()), None),
    };
    let stage = before.as_ref().map(|fact| fact.state);
    let mut fact = before.unwrap_or_else(|| LectureFact {
        unit: past.unit.clone(),
        state: LectureStage::Closed,
        group: None,
        lesson: None,
        voluntary: false,
        planned: None,
        held_as: None,
        sitting: None,
    });
    let number = fact.sitting.as_ref().map(|sitting| sitting.number);
    fact.state = LectureStage::Closed;
    fact.sitting = Some(Sitting {
        opened_at: now,
        opened_by: OpenedBy::Paper,
        lecturer: lecturer_of(db, unit)?,
        semester: past.semester.clone(),
        number: number.unwrap_or(next),
        date: past.date,
        starts_at: past.starts_at,
        ends_at: past.ends_at,
        venue: past.venue.clone(),
        reopened_at: None,
        origin: None,
        boot: None,
        uptime_ms: None,
        clock_said: None,
    });
    let words = format!("{} to {}", past.starts_at, past.ends_at);
    let act = Act::new(now, actor, ENTERED, &id)
        .to(&words)
        .because(reason);
    plan::state(db, act, Statement::Lecture(id, Box::new(fact)))?;
    Ok((id, stage))
}

/// Plans to make a lecture that was entered what it was before; one that was in no timetable is called off.
pub(in crate::store) fn undo_entry(
    db: &Connection,
    id: SessionId,
    actor: &str,
    now: Timestamp,
) -> Result<Plan, Stop<SessionRefusal>> {
    const LAST: &str = "SELECT max(a.id) FROM acts AS a WHERE a.subject = ?1 AND a.action = ?2
        AND NOT EXISTS (SELECT 1 FROM acts AS later WHERE later.undoes = a.id)";
    let entered: Option<i64> = db
        .prepare_cached(LAST)?
        .query_row((id.to_string(), ENTERED), |row| row.get(0))?;
    let entered = entered.ok_or(Stop::Refused(SessionRefusal::NothingToUndo(id)))?;
    let before = facts_said(db, entered)?.pop();
    let after = match before.and_then(|(_, before, _)| before) {
        Some(before) => before,
        None => LectureFact {
            state: LectureStage::Cancelled,
            ..fact(db, id)?
        },
    };
    let mut act = Act::new(now, actor, UNDONE, &id);
    act.undoes = Some(entered);
    let mut plan = Plan::new(act);
    plan.state(db, Statement::Lecture(id, Box::new(after)))?;
    Ok(plan)
}

/// The lecture of the timetable that was not held, or of which nobody knows whether it was, and that a lecture which
/// is entered is.
fn not_known(
    db: &Connection,
    unit: i64,
    past: &PastLecture,
) -> Result<Option<SessionId>, StoreError> {
    const SQL: &str = "SELECT uuid, coalesce(venue, planned_venue, '') AS venue FROM lectures
        WHERE unit = :unit AND semester = :semester AND held_as IS NULL
            AND (state IN ('planned', 'not_held') OR (state = 'closed' AND opened_by = 'timetable'))
            AND coalesce(starts_at, planned_start) > :earliest AND coalesce(starts_at, planned_start) < :latest
            AND NOT EXISTS (SELECT 1 FROM records AS r WHERE r.lecture = lectures.id AND r.mark IN ('present', 'pending'))
        ORDER BY abs(coalesce(starts_at, planned_start) - :starts_at), uuid";
    let close = named_params! {
        ":unit": unit, ":semester": past.semester, ":starts_at": past.starts_at,
        ":earliest": past.starts_at - SAME_LECTURE, ":latest": past.starts_at + SAME_LECTURE,
    };
    let close: Vec<(SessionId, Venue)> =
        row::collect(&mut db.prepare_cached(SQL)?, close, |row| {
            Ok((row.get("uuid")?, row.get("venue")?))
        })?;
    let mut here = close.into_iter().filter(|(_, venue)| {
        let anywhere = venue.as_str().is_empty() || past.venue.as_str().is_empty();
        anywhere || venue.is_same_as(&past.venue)
    });
    Ok(here.next().map(|(id, _)| id))
}
