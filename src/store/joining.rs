//! Sessions of other kiosks: joining one, and following what is made of it there.

use std::time::Duration;

use rusqlite::{Connection, named_params};

use super::Store;
use super::acts::Act;
use super::enrolments::Place;
use super::error::{Stop, StoreError};
use super::event::Event;
use super::lectures::{self, CodedSession};
use super::plan::{Plan, commit};
use super::publications;
use super::stamp::{Stamp, kiosk_row};
use super::students;
use super::units;
use crate::domain::{
    JoinRefusal, LectureFact, LecturerFact, OpenedBy, PublishedSession, Reading, RosterEntry,
    Sitting, Statement, Timestamp, UnitFact, UnitPolicy, Windows,
};

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
        // Another kiosk takes part for certain: that is why this one joins.
        const READ: &str = "INSERT INTO readings (lecture, other_kiosks) VALUES (?1, 1)";
        self.write_unless_refused(move |db, events| {
            let id = published.session.id;
            if let Some(known) = lectures::look_for(db, id)? {
                return Ok(Joined::Before(known.into()));
            }
            let plan = plan_to_join(db, &published, &roster, &actor, now)?;
            commit(db, &plan)?;
            let joined = lectures::find(db, id)?;
            db.prepare_cached(READ)?.execute([joined.id])?;
            // So that the others learn who takes part.
            publications::queue(db, id)?;
            events.push(Event::RosterChanged);
            events.push(Event::SessionChanged { session: id });
            Ok(Joined::Now(joined.into()))
        })
        .await
    }

    /// Does here what another kiosk has done to a session since; what is known already changes nothing. Another
    /// start judges this kiosk's own records anew, but for those that staff here have judged.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn follow_session(
        &self,
        published: PublishedSession,
        kiosk_id: String,
        windows: Windows,
        read: Reading,
    ) -> Result<(), StoreError> {
        self.write(move |db, events| follow(db, events, &published, &kiosk_id, (windows, &read)))
            .await
    }
}

fn plan_to_join(
    db: &Connection,
    published: &PublishedSession,
    roster: &[RosterEntry],
    actor: &str,
    now: Timestamp,
) -> Result<Plan, Stop<JoinRefusal>> {
    let session = &published.session;
    let act = Act::new(now, actor, "session.joined", &session.id).to(&format!(
        "of kiosk {}, {} students",
        published.kiosk_id,
        roster.len()
    ));
    let mut plan = Plan::new(act);
    let unit = &session.unit_code;
    let (unit_row, lecturer, number) = if let Some((row, lecturer)) = units::holder(db, unit)? {
        refuse_a_twin(db, row, published)?;
        (Some(row), lecturer, free_number(db, row, published)?)
    } else {
        plan_unit(db, &mut plan, published)?;
        (None, published.staff_id.clone(), session.number)
    };
    let fact = LectureFact {
        unit: unit.clone(),
        state: session.state.into(),
        group: None,
        lesson: None,
        voluntary: false,
        planned: None,
        held_as: None,
        sitting: Some(Sitting {
            opened_at: now,
            opened_by: OpenedBy::Staff,
            lecturer,
            semester: session.semester.clone(),
            number,
            date: published.date,
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            venue: session.venue.clone(),
            reopened_at: session.reopened_at,
            origin: Some(published.kiosk_id.clone()),
            boot: None,
            uptime_ms: None,
            clock_said: None,
        }),
    };
    let statement = Statement::Lecture(session.id, Box::new(fact));
    plan.state_as_there(db, statement, stamp(db, published)?)?;
    for entry in roster {
        let place = Place {
            unit: unit.clone(),
            semester: session.semester.clone(),
            number: entry.admission_number.clone(),
        };
        students::take_entry(db, &mut plan, entry, (place, unit_row))?;
    }
    Ok(plan)
}

fn stamp(db: &Connection, published: &PublishedSession) -> Result<Stamp, StoreError> {
    Ok(Stamp {
        at: published.change.at,
        by: kiosk_row(db, Some(&published.change.by))?,
    })
}

/// The unit of a session, and its lecturer, where they are not known here.
fn plan_unit(
    db: &Connection,
    plan: &mut Plan,
    published: &PublishedSession,
) -> Result<(), StoreError> {
    const KNOWN: &str = "SELECT 1 FROM lecturers WHERE staff_id = ?1";
    let session = &published.session;
    if !db.prepare_cached(KNOWN)?.exists([&published.staff_id])? {
        let fact = LecturerFact {
            name: session.lecturer_name.clone(),
            department: String::new(),
            phone: String::new(),
            is_admin: false,
            has_left: false,
        };
        plan.state(db, Statement::Lecturer(published.staff_id.clone(), fact))?;
    }
    let fact = UnitFact {
        name: session.unit_name.clone(),
        lecturer: published.staff_id.clone(),
        policy: UnitPolicy {
            planned_lessons: published.planned_lessons,
            ..UnitPolicy::default()
        },
        finished: Vec::new(),
        retired: false,
    };
    plan.state(db, Statement::Unit(session.unit_code.clone(), fact))
}

/// Its number at the other kiosk where that is free here, else the next one.
fn free_number(
    db: &Connection,
    unit: i64,
    published: &PublishedSession,
) -> Result<u32, StoreError> {
    const SQL: &str =
        "SELECT iif(count(*) FILTER (WHERE number = :number) > 0, max(number) + 1, :number)
        FROM sessions WHERE unit = :unit AND semester = :semester";
    let session = &published.session;
    let parameters = named_params! {
        ":unit": unit, ":semester": session.semester, ":number": session.number,
    };
    Ok(db
        .prepare_cached(SQL)?
        .query_row(parameters, |row| row.get(0))?)
}

/// One lecture must not count as two.
fn refuse_a_twin(
    db: &Connection,
    unit: i64,
    published: &PublishedSession,
) -> Result<(), Stop<JoinRefusal>> {
    let session = &published.session;
    let start = (&session.semester, published.date, session.starts_at);
    let twin = lectures::at_start(db, unit, start)?;
    match twin {
        None => Ok(()),
        Some((id, _)) => Err(Stop::Refused(JoinRefusal::SameStartHere {
            unit: session.unit_code.clone(),
            session: id,
        })),
    }
}

fn follow(
    db: &Connection,
    events: &mut Vec<Event>,
    published: &PublishedSession,
    kiosk_id: &str,
    (windows, read): (Windows, &Reading),
) -> Result<(), StoreError> {
    let theirs = &published.session;
    let known = publications::latest_change(db, theirs.id, kiosk_id)?;
    if known.is_none_or(|known| published.change <= known) {
        return Ok(());
    }
    let before = lectures::find(db, theirs.id)?;
    let mut fact = lectures::fact(db, theirs.id)?;
    let moves = may_move(db, before.unit, published, &fact)?;
    fact.state = theirs.state.into();
    let sitting = lectures::sitting(&mut fact)?;
    if moves {
        sitting.starts_at = theirs.starts_at;
        sitting.date = published.date;
        sitting.venue = theirs.venue.clone();
    }
    sitting.ends_at = theirs
        .ends_at
        .max(sitting.starts_at + Duration::from_secs(1));
    sitting.reopened_at = theirs.reopened_at;
    let words = |state: &str, ends_at: Timestamp| format!("{state}, until {ends_at}");
    let act = Act::new(read.at, "kiosk", "session.followed", &theirs.id)
        .from(&words(
            before.session.state.as_str(),
            before.session.ends_at,
        ))
        .to(&words(theirs.state.as_str(), theirs.ends_at))
        .because(Some(&format!("changed at kiosk {}", published.change.by)));
    let mut plan = Plan::new(act);
    let statement = Statement::Lecture(theirs.id, Box::new(fact));
    plan.state_as_there(db, statement, stamp(db, published)?)?;
    lectures::commit_followed(db, events, &plan, &before, (windows, read.monotonic))?;
    events.push(Event::SessionChanged { session: theirs.id });
    Ok(())
}

/// Whether a session begins when and where its opener says, who may have corrected it once the clock there was set. Not
/// where it was opened here, nor where this kiosk has another session of the unit at that start.
fn may_move(
    db: &Connection,
    unit: i64,
    published: &PublishedSession,
    fact: &LectureFact,
) -> Result<bool, StoreError> {
    let is_theirs = fact
        .sitting
        .as_ref()
        .is_some_and(|sitting| sitting.origin.is_some());
    if !is_theirs {
        return Ok(false);
    }
    lectures::is_free(
        db,
        unit,
        published.session.id,
        (
            &published.session.semester,
            published.date,
            published.session.starts_at,
        ),
    )
}
