//! Projections: the tables that follow from the statements in force.
//!
//! [`apply`] alone writes them, for an act at this kiosk, for what another kiosk said, and when they are made
//! anew (`rebuild.rs`). It writes the whole value; rows keep their ids, and what no statement
//! gives: PINs, the keys of codes, what a door saw.

use rusqlite::{Connection, named_params};

use super::column::name_text;
use super::error::StoreError;
use super::keys::random_key;
use super::records;
use super::stamp::{Stamp, kiosk_row};
use crate::domain::{
    AdmissionNumber, AssignmentFact, Enrolment, ExcuseFact, ExcuseId, Excused, LectureFact,
    LecturerFact, Semester, SessionId, StaffId, Statement, StudentFact, UnitCode, UnitFact,
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
        Statement::SameAs(number, fact) => same_as(db, number, fact.number.as_ref()),
        Statement::Assignment(unit, id, fact) => assignment(db, unit, id, fact),
        Statement::Enrolment(unit, semester, number, said) => {
            enrolment(db, (unit, semester), number, said)
        }
        Statement::Excuse(id, fact) => excuse(db, *id, fact),
        Statement::Lecture(id, fact) => lecture(db, *id, fact, stamp),
        Statement::Mark(lecture, number, state) => {
            records::apply_mark(db, *lecture, number, state, stamp.at)
        }
    }
}

fn lecturer(db: &Connection, id: &StaffId, fact: &LecturerFact) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO lecturers (staff_id, name, department, phone, is_admin, has_left)
        VALUES (:id, :name, :department, :phone, :is_admin, :has_left)
        ON CONFLICT (staff_id) DO UPDATE SET name = excluded.name, department = excluded.department,
            phone = excluded.phone, is_admin = excluded.is_admin, has_left = excluded.has_left";
    db.prepare_cached(SQL)?.execute(named_params! {
        ":id": id, ":name": fact.name, ":department": fact.department, ":phone": fact.phone,
        ":is_admin": fact.is_admin, ":has_left": fact.has_left,
    })?;
    Ok(())
}

fn unit(db: &Connection, code: &UnitCode, fact: &UnitFact) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO units (code, name, lecturer_id, policy, finished, retired)
        VALUES (:code, :name, (SELECT id FROM lecturers WHERE staff_id = :lecturer), :policy, :finished, :retired)
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, lecturer_id = excluded.lecturer_id,
            policy = excluded.policy, finished = excluded.finished, retired = excluded.retired";
    db.prepare_cached(SQL)?.execute(named_params! {
        ":code": code, ":name": fact.name, ":lecturer": fact.lecturer, ":policy": json(&fact.policy),
        ":finished": json(&fact.finished), ":retired": fact.retired,
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

fn same_as(
    db: &Connection,
    number: &AdmissionNumber,
    right: Option<&AdmissionNumber>,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO students (admission_number, name, source, same_as)
        VALUES (:number, '', 'self', (SELECT id FROM students WHERE admission_number = :right))
        ON CONFLICT (admission_number) DO UPDATE SET same_as = excluded.same_as";
    db.prepare_cached(SQL)?
        .execute(named_params! { ":number": number, ":right": right })?;
    Ok(())
}

fn assignment(
    db: &Connection,
    unit: &UnitCode,
    id: &StaffId,
    fact: &AssignmentFact,
) -> Result<(), StoreError> {
    const END: &str = "DELETE FROM assignments WHERE unit = (SELECT id FROM units WHERE code = ?1)
        AND lecturer = (SELECT id FROM lecturers WHERE staff_id = ?2)";
    const ASSIGN: &str = "INSERT INTO assignments (unit, lecturer, role, first, last)
        VALUES ((SELECT id FROM units WHERE code = ?1), (SELECT id FROM lecturers WHERE staff_id = ?2), ?3, ?4, ?5)";
    db.prepare_cached(END)?.execute((unit, id))?;
    if let Some(role) = fact.role {
        db.prepare_cached(ASSIGN)?
            .execute((unit, id, role, fact.from, fact.until))?;
    }
    Ok(())
}

fn enrolment(
    db: &Connection,
    (unit, semester): (&UnitCode, &Semester),
    number: &AdmissionNumber,
    said: &Enrolment,
) -> Result<(), StoreError> {
    const END: &str = "DELETE FROM enrolments WHERE unit = (SELECT id FROM units WHERE code = ?1)
        AND semester = ?2 AND student = (SELECT id FROM students WHERE admission_number = ?3)";
    const ENROL: &str = "INSERT INTO enrolments (unit, semester, student, place, first, last, in_group, source, withdrawn)
        VALUES ((SELECT id FROM units WHERE code = :unit), :semester,
            (SELECT id FROM students WHERE admission_number = :number), :place, :first, :last, :group, :source, :withdrawn)";
    db.prepare_cached(END)?.execute((unit, semester, number))?;
    for (place, interval) in said.intervals().iter().enumerate() {
        db.prepare_cached(ENROL)?.execute(named_params! {
            ":unit": unit, ":semester": semester, ":number": number, ":place": place,
            ":first": interval.from, ":last": interval.until, ":group": interval.group,
            ":source": interval.source, ":withdrawn": interval.withdrawn,
        })?;
    }
    Ok(())
}

fn excuse(db: &Connection, id: ExcuseId, fact: &ExcuseFact) -> Result<(), StoreError> {
    const END: &str = "DELETE FROM excuses WHERE uuid = ?1";
    const EXCUSE: &str = "INSERT INTO excuses (uuid, student, unit, lecture, first, last, category, said_by)
        VALUES (:uuid, (SELECT id FROM students WHERE admission_number = :student),
            (SELECT id FROM units WHERE code = :unit), (SELECT id FROM lectures WHERE uuid = :lecture), :first, :last,
            :category, :by)";
    db.prepare_cached(END)?.execute([id])?;
    if fact.taken_back {
        return Ok(());
    }
    let (lecture, days) = match fact.covers {
        Excused::Lecture(lecture) => (Some(lecture), None),
        Excused::Days(first, last) => (None, Some((first, last))),
    };
    db.prepare_cached(EXCUSE)?.execute(named_params! {
        ":uuid": id, ":student": fact.student, ":unit": fact.unit, ":lecture": lecture,
        ":first": days.map(|(first, _)| first), ":last": days.map(|(_, last)| last),
        ":category": fact.category, ":by": fact.by,
    })?;
    Ok(())
}

fn lecture(
    db: &Connection,
    id: SessionId,
    fact: &LectureFact,
    stamp: Stamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO lectures (uuid, unit, state, for_group, lesson, voluntary, planned_start, planned_end, planned_venue, held_as,
            opened_at, opened_by, lecturer, semester, number, date, starts_at, ends_at, venue, reopened_at, origin, boot,
            uptime_ms, clock_said, changed_at, changed_by)
        VALUES (:uuid, (SELECT id FROM units WHERE code = :unit), :state, :for_group, :lesson, :voluntary,
            :planned_start, :planned_end, :planned_venue, (SELECT id FROM lectures WHERE uuid = :held_as),
            :opened_at, :opened_by,
            (SELECT id FROM lecturers WHERE staff_id = :lecturer), :semester, :number, :date, :starts_at, :ends_at,
            :venue, :reopened_at, :origin, :boot, :uptime_ms, :clock_said, :changed_at, :changed_by)
        ON CONFLICT (uuid) DO UPDATE SET unit = excluded.unit, state = excluded.state,
            for_group = excluded.for_group, lesson = excluded.lesson, voluntary = excluded.voluntary,
            opened_by = excluded.opened_by, planned_start = excluded.planned_start, planned_end = excluded.planned_end,
            planned_venue = excluded.planned_venue, held_as = excluded.held_as, opened_at = excluded.opened_at,
            lecturer = excluded.lecturer, semester = excluded.semester, number = excluded.number,
            date = excluded.date, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            venue = excluded.venue, reopened_at = excluded.reopened_at, origin = excluded.origin,
            boot = excluded.boot, uptime_ms = excluded.uptime_ms, clock_said = excluded.clock_said,
            changed_at = excluded.changed_at, changed_by = excluded.changed_by";
    const KEY: &str =
        "UPDATE lectures SET code_key = ?2, problem = NULL WHERE uuid = ?1 AND code_key IS NULL";
    let (planned, sitting) = (fact.planned.as_ref(), fact.sitting.as_ref());
    let origin = sitting
        .map(|sitting| kiosk_row(db, sitting.origin.as_deref()))
        .transpose()?;
    db.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": id,
        ":unit": fact.unit,
        ":state": fact.state,
        ":for_group": fact.group,
        ":lesson": fact.lesson,
        ":voluntary": fact.voluntary,
        ":planned_start": planned.map(|times| times.starts_at),
        ":planned_end": planned.map(|times| times.ends_at),
        ":planned_venue": planned.map(|times| &times.venue),
        ":held_as": fact.held_as,
        ":opened_by": sitting.map(|sitting| sitting.opened_by),
        ":opened_at": sitting.map(|sitting| sitting.opened_at),
        ":lecturer": sitting.map(|sitting| &sitting.lecturer),
        ":semester": sitting
            .map(|sitting| &sitting.semester)
            .or(planned.and_then(|times| times.semester.as_ref())),
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

/// A value of a projection that is kept as JSON.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("text and numbers are JSON")
}
