//! Rosters that come in as lists.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Store;
use super::audit;
use super::error::StoreError;
use super::event::Event;
use super::row;
use super::units;
use crate::domain::{AdmissionNumber, SessionId, StudentName, Timestamp, UnitCode};

/// One line of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedStudent {
    /// The canonical number.
    pub admission_number: AdmissionNumber,
    /// The name; `None` leaves a name that is known already.
    pub name: Option<StudentName>,
    /// The mail address; empty leaves the one known already.
    pub email: String,
    /// The telephone number; empty leaves the one known already.
    pub phone: String,
}

/// A student as the roster knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownStudent {
    /// The canonical number.
    pub admission_number: AdmissionNumber,
    /// The name; `None` when it is not known yet.
    pub name: Option<StudentName>,
    /// The mail address; may be empty.
    pub email: String,
    /// The telephone number; may be empty.
    pub phone: String,
}

/// What a roster did, or would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct ImportSummary {
    /// Students not known before.
    pub new: u64,
    /// Known students whose name or contact changed.
    pub changed: u64,
    /// Known students who stay as they are.
    pub unchanged: u64,
    /// Enrolments added to the unit.
    pub enrolled: u64,
}

impl Store {
    /// Takes a roster into a unit, all of it or nothing; taking it twice changes nothing.
    ///
    /// Names of a roster are the roster's: students cannot change them afterwards (feature A8).
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn import_students(
        &self,
        unit: UnitCode,
        students: Vec<ImportedStudent>,
        enrolled_on: chrono::NaiveDate,
        actor: String,
        now: Timestamp,
    ) -> Result<ImportSummary, StoreError> {
        self.write(move |db, events| {
            let summary = import(db, &unit, &students, enrolled_on, now)?;
            audit::add(
                db,
                &audit::Entry {
                    at: now,
                    actor: &actor,
                    action: "roster.imported",
                    subject: unit.as_str(),
                    old: None,
                    new: Some(&format!(
                        "{} new, {} changed, {} enrolled",
                        summary.new, summary.changed, summary.enrolled
                    )),
                    reason: None,
                },
            )?;
            events.push(Event::RosterChanged);
            Ok(summary)
        })
        .await
    }

    /// What [`Store::import_students`] would do, without doing it.
    ///
    /// # Errors
    /// As there.
    pub async fn preview_students(
        &self,
        unit: UnitCode,
        students: Vec<ImportedStudent>,
        enrolled_on: chrono::NaiveDate,
        now: Timestamp,
    ) -> Result<ImportSummary, StoreError> {
        // The same statements in a savepoint that is rolled back, so that the two cannot disagree.
        self.write(move |db, _| {
            db.execute_batch("SAVEPOINT preview")?;
            let summary = import(db, &unit, &students, enrolled_on, now);
            if !db.is_autocommit() {
                db.execute_batch("ROLLBACK TO preview; RELEASE preview")?;
            }
            summary
        })
        .await
    }

    /// The students of a unit, or all there are, by number.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn known_students(
        &self,
        unit: Option<UnitCode>,
    ) -> Result<Vec<KnownStudent>, StoreError> {
        const SQL: &str = "SELECT s.admission_number, s.name, s.email, s.phone FROM students AS s
            WHERE ?1 IS NULL OR EXISTS
                (SELECT 1 FROM enrollments AS e WHERE e.student_id = s.id AND e.unit_id = ?1)
            ORDER BY s.admission_number";
        self.read(move |db| {
            let unit = unit.map(|code| units::find(db, &code)).transpose()?;
            row::collect(
                &mut db.prepare_cached(SQL)?,
                [unit.map(|(id, _)| id)],
                |row| {
                    Ok(KnownStudent {
                        admission_number: row::number(&row.get::<_, String>(0)?)?,
                        name: row::name(&row.get::<_, String>(1)?)?,
                        email: row.get(2)?,
                        phone: row.get(3)?,
                    })
                },
            )
        })
        .await
    }
}

fn import(
    db: &Connection,
    unit: &UnitCode,
    students: &[ImportedStudent],
    enrolled_on: chrono::NaiveDate,
    now: Timestamp,
) -> Result<ImportSummary, StoreError> {
    const FIND: &str =
        "SELECT id, name, email, phone, source FROM students WHERE admission_number = ?1";
    const ADD: &str = "INSERT INTO students (admission_number, name, email, phone, source, created_at, updated_at)
        VALUES (:number, :name, :email, :phone, 'roster', :now, :now) RETURNING id";
    const CHANGE: &str =
        "UPDATE students SET name = :name, email = :email, phone = :phone, source = :source,
        updated_at = :now WHERE id = :id";
    let (unit_id, _) = units::find(db, unit)?;
    let now = now.to_string();
    let enrolled_on = enrolled_on.to_string();
    let mut summary = ImportSummary::default();
    for student in students {
        let known: Option<(i64, [String; 4])> = db
            .prepare_cached(FIND)?
            .query_row([student.admission_number.as_str()], |row| {
                Ok((
                    row.get(0)?,
                    [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?],
                ))
            })
            .optional()?;
        let name = student.name.as_ref().map_or("", StudentName::as_str);
        let id = if let Some((id, before)) = known {
            let keep = |new: &str, old: &str| {
                if new.is_empty() {
                    old.to_owned()
                } else {
                    new.to_owned()
                }
            };
            let source = if name.is_empty() {
                before[3].clone()
            } else {
                "roster".to_owned()
            };
            let after = [
                keep(name, &before[0]),
                keep(&student.email, &before[1]),
                keep(&student.phone, &before[2]),
                source,
            ];
            if after == before {
                summary.unchanged += 1;
            } else {
                summary.changed += 1;
                let [name, email, phone, source] = after;
                db.prepare_cached(CHANGE)?.execute(named_params! {
                    ":id": id, ":name": name, ":email": email, ":phone": phone, ":source": source, ":now": now,
                })?;
            }
            id
        } else {
            summary.new += 1;
            db.prepare_cached(ADD)?.query_row(
                named_params! {
                    ":number": student.admission_number.as_str(), ":name": name,
                    ":email": student.email, ":phone": student.phone, ":now": now,
                },
                |row| row.get(0),
            )?
        };
        summary.enrolled += u64::from(enrol(db, id, unit_id, &enrolled_on)?);
    }
    Ok(summary)
}

/// Adds a student whom staff vouch for.
pub(super) fn add(
    db: &Connection,
    number: &AdmissionNumber,
    name: &StudentName,
    now: Timestamp,
) -> Result<i64, StoreError> {
    const SQL: &str =
        "INSERT INTO students (admission_number, name, source, created_at, updated_at)
        VALUES (:number, :name, 'roster', :now, :now) RETURNING id";
    let parameters = named_params! {
        ":number": number.as_str(), ":name": name.as_str(), ":now": now.to_string(),
    };
    Ok(db
        .prepare_cached(SQL)?
        .query_row(parameters, |row| row.get(0))?)
}

/// Enrols a student in a unit; `false` when they were already.
fn enrol(db: &Connection, student_id: i64, unit_id: i64, on: &str) -> Result<bool, StoreError> {
    const SQL: &str =
        "INSERT INTO enrollments (student_id, unit_id, enrolled_on) VALUES (?1, ?2, ?3)
        ON CONFLICT DO NOTHING";
    Ok(db.prepare_cached(SQL)?.execute((student_id, unit_id, on))? > 0)
}

/// Enrols a student in the unit of a session, where they are not yet.
pub(super) fn enrol_in_unit_of(
    db: &Connection,
    student_id: i64,
    session: SessionId,
    on: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO enrollments (student_id, unit_id, enrolled_on)
        SELECT ?1, unit_id, ?3 FROM attendance_sessions WHERE id = ?2
        ON CONFLICT DO NOTHING";
    db.prepare_cached(SQL)?
        .execute((student_id, session.to_string(), on))?;
    Ok(())
}
