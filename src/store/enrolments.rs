//! Who belongs to a unit, and when: what staff and lists say of it.

use chrono::NaiveDate;
use rusqlite::{Connection, named_params};

use super::Store;
use super::acts::{Act, KIOSK};
use super::counted::{self, Whom};
use super::deliveries::{self, Due};
use super::error::StoreError;
use super::event::Event;
use super::numbers;
use super::plan;
use super::publications;
use super::records;
use super::row;
use super::rules::Rules;
use super::units;
use crate::domain::{
    AdmissionNumber, Enrolment, Interval, Reading, Semester, SessionId, Statement, UnitCode,
};

/// Whether student `s` belongs to unit `:unit` in `:semester`: staff or a list say so, or a record of theirs does.
pub(super) const IS_ENROLLED: &str = "(EXISTS (SELECT 1 FROM enrolments AS e
        WHERE e.student = s.id AND e.unit = :unit AND e.semester = :semester)
    OR EXISTS (SELECT 1 FROM lectures AS l JOIN records AS r ON r.lecture = l.id AND r.student = s.id
        WHERE l.unit = :unit AND l.semester = :semester AND l.state NOT IN ('cancelled', 'not_held')
            AND r.mark = 'present' AND r.percentage IS NOT NULL))";

/// What the log calls it that a record counts since its student was enrolled.
pub(super) const COUNTED: &str = "attendance.counted";

/// The numbers that staff or a list have put on a unit's list, of a day.
pub(super) fn numbers_on(
    db: &Connection,
    unit: i64,
    semester: &Semester,
    day: NaiveDate,
) -> Result<Vec<AdmissionNumber>, StoreError> {
    const SQL: &str = "SELECT DISTINCT s.admission_number FROM enrolments AS e JOIN students AS s ON s.id = e.student
        WHERE e.unit = :unit AND e.semester = :semester AND e.source <> 'self'
            AND (e.first IS NULL OR e.first <= :day) AND (e.last IS NULL OR e.last >= :day)";
    let parameters = named_params! { ":unit": unit, ":semester": semester, ":day": day };
    row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        Ok(row.get(0)?)
    })
}

/// A student's place in a unit.
#[derive(Debug, Clone)]
pub struct Place {
    pub unit: UnitCode,
    pub semester: Semester,
    pub number: AdmissionNumber,
}

impl Place {
    /// The statement that the enrolment is this one.
    pub(super) fn statement(&self, enrolment: Enrolment) -> Statement {
        let (unit, semester) = (self.unit.clone(), self.semester.clone());
        Statement::Enrolment(unit, semester, self.number.clone(), enrolment)
    }
}

/// What staff make of a student's place in a unit.
#[derive(Debug, Clone)]
pub enum PlaceChange {
    /// Enrolled from a day on, or until one, in a group.
    Set(Interval),
    /// The last day. Nothing is deleted.
    Withdraw(chrono::NaiveDate),
}

impl Store {
    /// Enrols a student, changes the days, or ends the enrolment. Where it is so already, nothing happens.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student or unit.
    pub async fn change_enrolment(
        &self,
        place: Place,
        change: PlaceChange,
        rules: Rules,
        actor: String,
        read: Reading,
    ) -> Result<(), StoreError> {
        self.write(move |db, events| {
            let number = numbers::right(db, &place.number)?;
            let place = Place { number, ..place };
            let unit = units::find(db, &place.unit)?;
            let student = numbers::id_of(db, &place.number)?;
            let of = (unit, &place.semester);
            // Of somebody who registered themselves, the days that follow from their records.
            let before = counted::load(db, of, Whom::One(student), read.at, &rules)?.enrolment();
            let mut after = before.clone();
            let action = match change {
                PlaceChange::Set(interval) => {
                    after.set(interval);
                    "student.enrolled"
                }
                PlaceChange::Withdraw(last_day) => {
                    after.withdraw(last_day);
                    "student.withdrawn"
                }
            };
            if after == before {
                return Ok(());
            }
            let act = Act::new(read.at, &actor, action, &place.number)
                .from(&words(&place.unit, &before))
                .to(&words(&place.unit, &after));
            plan::state(db, act, place.statement(after))?;
            count_records(
                db,
                events,
                (unit, &place.semester),
                &place.number,
                (&rules, &read),
            )?;
            publications::queue_roster(db, unit)?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }
}

/// An enrolment for the audit log.
fn words(unit: &UnitCode, enrolment: &Enrolment) -> String {
    let day = |day: Option<chrono::NaiveDate>, none: &str| {
        day.map_or_else(|| none.to_owned(), |day| day.to_string())
    };
    let spans = enrolment.intervals().iter().map(|interval| {
        let (from, until) = (
            day(interval.from, "the beginning"),
            day(interval.until, "open"),
        );
        let group = interval
            .group
            .as_ref()
            .map(|group| format!(", group {group}"));
        format!("{from} to {until}{}", group.unwrap_or_default())
    });
    let spans: Vec<String> = spans.collect();
    if spans.is_empty() {
        format!("{unit}: not enrolled")
    } else {
        format!("{unit}: {}", spans.join("; "))
    }
}

/// Counts what a student recorded here before anybody enrolled them: each record gets the percentage as of its
/// lecture, and its deliveries.
pub(super) fn count_records(
    db: &Connection,
    events: &mut Vec<Event>,
    (unit, semester): (i64, &Semester),
    number: &AdmissionNumber,
    (rules, read): (&Rules, &Reading),
) -> Result<(), StoreError> {
    const FIND: &str = "SELECT r.id, r.lecture, l.uuid FROM lectures AS l
        JOIN records AS r ON r.lecture = l.id AND r.student = ?3 AND r.kiosk = 0
        WHERE l.unit = ?1 AND l.semester = ?2 AND l.state NOT IN ('cancelled', 'not_held')
            AND r.percentage IS NULL AND r.mark = 'present'";
    const COUNT: &str = "UPDATE records SET percentage = ?2 WHERE id = ?1";
    let student = numbers::id_of(db, number)?;
    let mut statement = db.prepare_cached(FIND)?;
    let found: Vec<(i64, i64, SessionId)> =
        row::collect(&mut statement, (unit, semester, student), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    if found.is_empty() {
        return Ok(());
    }
    let counted = counted::load(db, (unit, semester), Whom::One(student), read.at, rules)?;
    for (record, lecture, session) in found {
        let Some(standing) = counted.until(lecture).student(read.at)?.standing else {
            continue;
        };
        if let Some((uuid, mut state)) = records::stated(db, record)? {
            // What it is follows from a statement, so the percentage does too.
            state.percentage = Some(standing.of_plan);
            let act = Act::new(read.at, KIOSK, COUNTED, &uuid);
            let state = Box::new(state);
            plan::state(db, act, Statement::Mark(session, number.clone(), state))?;
        } else {
            db.prepare_cached(COUNT)?
                .execute((record, standing.of_plan))?;
        }
        let due = Due::at_once(read.monotonic);
        deliveries::queue_check_in(db, events, &rules.deliver_to, record, due)?;
        events.push(Event::SessionChanged { session });
    }
    Ok(())
}
