//! Projections: the tables that follow from the statements in force.
//!
//! [`apply`] alone writes them, for an act at this kiosk, for what another kiosk said, and when they are made
//! anew ([`rebuild`](super::rebuild)). It writes the whole value; rows keep their ids, and what no statement
//! gives: PINs, the keys of codes, what a door saw.

use rusqlite::{Connection, named_params};

use super::column::name_text;
use super::error::StoreError;
use super::keys::random_key;
use super::plan::{Stamp, kiosk_row};
use super::records;
use crate::domain::{
    AdmissionNumber, EnrolmentFact, LectureFact, LecturerFact, SessionId, StaffId, Statement,
    StudentFact, UnitCode, UnitFact,
};

/// Makes the row of a key what the statement says.
pub(super) fn apply(
    db: &Connection,
    statement: &Statement,
    stamp: Stamp,
) -> Result<(), StoreError> {
    match statement {
        Statement::Lecturer(id, fact) => lecturer(db, id, fact),
        Statement::Unit(code, fact) => unit(db, code, fact),
        Statement::Student(number, fact) => student(db, number, fact),
        Statement::Enrolment(unit, number, fact) => enrolment(db, unit, number, fact),
        Statement::Lecture(id, fact) => lecture(db, *id, fact, stamp),
        Statement::Mark(lecture, number, state) => {
            records::apply_mark(db, *lecture, number, state, stamp.at)
        }
    }
}

fn lecturer(db: &Connection, id: &StaffId, fact: &LecturerFact) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO lecturers (staff_id, name, department, phone, is_admin)
        VALUES (:id, :name, :department, :phone, :is_admin)
        ON CONFLICT (staff_id) DO UPDATE SET name = excluded.name, department = excluded.department,
            phone = excluded.phone, is_admin = excluded.is_admin";
    db.prepare_cached(SQL)?.execute(named_params! {
        ":id": id, ":name": fact.name, ":department": fact.department, ":phone": fact.phone,
        ":is_admin": fact.is_admin,
    })?;
    Ok(())
}

fn unit(db: &Connection, code: &UnitCode, fact: &UnitFact) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO units (code, name, lecturer_id, planned_lessons)
        VALUES (:code, :name, (SELECT id FROM lecturers WHERE staff_id = :lecturer), :planned)
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, lecturer_id = excluded.lecturer_id,
            planned_lessons = excluded.planned_lessons";
    db.prepare_cached(SQL)?.execute(named_params! {
        ":code": code, ":name": fact.name, ":lecturer": fact.lecturer, ":planned": fact.planned_lessons,
    })?;
    Ok(())
}

fn student(
    db: &Connection,
    number: &AdmissionNumber,
    fact: &StudentFact,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO students (admission_number, name, email, phone, source)
        VALUES (:number, :name, :email, :phone, :source)
        ON CONFLICT (admission_number) DO UPDATE SET name = excluded.name, email = excluded.email,
            phone = excluded.phone, source = excluded.source";
    db.prepare_cached(SQL)?.execute(named_params! {
        ":number": number, ":name": name_text(fact.name.as_ref()), ":email": fact.email,
        ":phone": fact.phone, ":source": fact.source,
    })?;
    Ok(())
}

fn enrolment(
    db: &Connection,
    unit: &UnitCode,
    number: &AdmissionNumber,
    fact: &EnrolmentFact,
) -> Result<(), StoreError> {
    const ENROL: &str = "INSERT INTO enrolments (unit, student, since, source)
        VALUES ((SELECT id FROM units WHERE code = :unit),
            (SELECT id FROM students WHERE admission_number = :number), :since, 'staff')
        ON CONFLICT DO UPDATE SET since = excluded.since, source = excluded.source";
    const END: &str =
        "DELETE FROM enrolments WHERE unit = (SELECT id FROM units WHERE code = :unit)
        AND student = (SELECT id FROM students WHERE admission_number = :number)";
    match fact.since {
        Some(since) => db
            .prepare_cached(ENROL)?
            .execute(named_params! { ":unit": unit, ":number": number, ":since": since })?,
        None => db
            .prepare_cached(END)?
            .execute(named_params! { ":unit": unit, ":number": number })?,
    };
    Ok(())
}

fn lecture(
    db: &Connection,
    id: SessionId,
    fact: &LectureFact,
    stamp: Stamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO lectures (uuid, unit, state, planned_start, planned_end, planned_venue, held_as,
            opened_at, lecturer, semester, number, date, starts_at, ends_at, venue, reopened_at, origin, boot,
            uptime_ms, clock_said, changed_at, changed_by)
        VALUES (:uuid, (SELECT id FROM units WHERE code = :unit), :state, :planned_start, :planned_end,
            :planned_venue, (SELECT id FROM lectures WHERE uuid = :held_as), :opened_at,
            (SELECT id FROM lecturers WHERE staff_id = :lecturer), :semester, :number, :date, :starts_at, :ends_at,
            :venue, :reopened_at, :origin, :boot, :uptime_ms, :clock_said, :changed_at, :changed_by)
        ON CONFLICT (uuid) DO UPDATE SET unit = excluded.unit, state = excluded.state,
            planned_start = excluded.planned_start, planned_end = excluded.planned_end,
            planned_venue = excluded.planned_venue, held_as = excluded.held_as, opened_at = excluded.opened_at,
            lecturer = excluded.lecturer, semester = excluded.semester, number = excluded.number,
            date = excluded.date, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            venue = excluded.venue, reopened_at = excluded.reopened_at, origin = excluded.origin,
            boot = excluded.boot, uptime_ms = excluded.uptime_ms, clock_said = excluded.clock_said,
            changed_at = excluded.changed_at, changed_by = excluded.changed_by";
    const KEY: &str =
        "UPDATE lectures SET code_key = ?2, problem = NULL WHERE uuid = ?1 AND code_key IS NULL";
    let (planned, sitting) = (fact.planned.as_ref(), fact.sitting.as_ref());
    let origin = sitting.map(|sitting| kiosk_row(db, sitting.origin.as_deref()));
    let origin = origin.transpose()?;
    db.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": id,
        ":unit": fact.unit,
        ":state": fact.state,
        ":planned_start": planned.map(|times| times.starts_at),
        ":planned_end": planned.map(|times| times.ends_at),
        ":planned_venue": planned.map(|times| &times.venue),
        ":held_as": fact.held_as,
        ":opened_at": sitting.map(|sitting| sitting.opened_at),
        ":lecturer": sitting.map(|sitting| &sitting.lecturer),
        ":semester": sitting.map(|sitting| &sitting.semester),
        ":number": sitting.map(|sitting| sitting.number),
        ":date": sitting.map(|sitting| sitting.date),
        ":starts_at": sitting.map(|sitting| sitting.starts_at),
        ":ends_at": sitting.map(|sitting| sitting.ends_at),
        ":venue": sitting.map(|sitting| &sitting.venue),
        ":reopened_at": sitting.and_then(|sitting| sitting.reopened_at),
        ":origin": origin,
        ":boot": sitting.and_then(|sitting| sitting.boot.as_deref()),
        ":uptime_ms": sitting.and_then(|sitting| sitting.uptime_ms),
        ":clock_said": sitting.and_then(|sitting| sitting.clock_said),
        ":changed_at": stamp.at,
        ":changed_by": stamp.by,
    })?;
    if sitting.is_some() {
        db.prepare_cached(KEY)?.execute((id, random_key()?))?;
    }
    Ok(())
}
