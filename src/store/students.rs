//! Students and enrolments, and the import of rosters.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Store;
use super::audit;
use super::error::StoreError;
use super::event::Event;
use super::publications;
use super::row;
use super::units;
use crate::domain::{
    AdmissionNumber, PersonName, RosterEntry, SessionId, SharedCheckIn, Timestamp, UnitCode,
};

/// One line of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedStudent {
    pub admission_number: AdmissionNumber,
    /// The name; `None` keeps a known name.
    pub name: Option<PersonName>,
    /// The mail address; empty keeps a known one.
    pub email: String,
    /// The telephone number; empty keeps a known one.
    pub phone: String,
}

/// A student as the roster knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownStudent {
    pub admission_number: AdmissionNumber,
    /// The name; `None` when it is not known yet.
    pub name: Option<PersonName>,
    /// The mail address; may be empty.
    pub email: String,
    /// The telephone number; may be empty.
    pub phone: String,
}

/// What an import changed, or would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct ImportSummary {
    /// Students not known before.
    pub new: u64,
    /// Known students whose name or contact changed.
    pub changed: u64,
    /// Known students who did not change.
    pub unchanged: u64,
    /// Enrolments added to the unit.
    pub enrolled: u64,
}

/// What one line of a roster would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportChange {
    /// The index of the student in the given list.
    pub index: usize,
    /// Whether the student was not known before.
    pub is_new: bool,
    /// The change as text: `ADM/1 Jane Doe, enrolled`.
    pub text: String,
}

impl Store {
    /// Imports a roster into a unit, completely or not at all; a second import changes nothing.
    ///
    /// Students cannot change a name that came from a roster (feature A8).
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
            let summary = import(db, &unit, &students, enrolled_on, now, &mut |_| {})?;
            publications::owe_roster(db, units::find(db, &unit)?.0)?;
            audit::add(
                db,
                &audit::Entry {
                    new: Some(&format!(
                        "{} new, {} changed, {} enrolled",
                        summary.new, summary.changed, summary.enrolled
                    )),
                    ..audit::Entry::new(now, &actor, "roster.imported", unit.as_str())
                },
            )?;
            events.push(Event::RosterChanged);
            Ok(summary)
        })
        .await
    }

    /// What [`Store::import_students`] would change, in all and for each student, without changing it.
    ///
    /// # Errors
    /// As [`Store::import_students`].
    pub async fn preview_students(
        &self,
        unit: UnitCode,
        students: Vec<ImportedStudent>,
        enrolled_on: chrono::NaiveDate,
        now: Timestamp,
    ) -> Result<(ImportSummary, Vec<ImportChange>), StoreError> {
        // The same statements in a savepoint that is rolled back, so that both have the same result.
        self.write(move |db, _| {
            db.execute_batch("SAVEPOINT preview")?;
            let mut changes = Vec::new();
            let mut note = |change| changes.push(change);
            let summary = import(db, &unit, &students, enrolled_on, now, &mut note);
            if !db.is_autocommit() {
                db.execute_batch("ROLLBACK TO preview; RELEASE preview")?;
            }
            Ok((summary?, changes))
        })
        .await
    }

    /// The students of a unit, or all students, by number.
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
    note: &mut dyn FnMut(ImportChange),
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
    for (index, student) in students.iter().enumerate() {
        let (mut news, mut is_new) = (Vec::new(), false);
        let known: Option<(i64, [String; 4])> = db
            .prepare_cached(FIND)?
            .query_row([student.admission_number.as_str()], |row| {
                Ok((
                    row.get(0)?,
                    [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?],
                ))
            })
            .optional()?;
        let name = student.name.as_ref().map_or("", PersonName::as_str);
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
                for (old, new) in before.iter().zip(&after).take(3) {
                    if old != new {
                        let old = if old.is_empty() { "none" } else { old };
                        news.push(format!("{old} -> {new}"));
                    }
                }
                if before[3] != after[3] {
                    news.push("name confirmed by the class list".to_owned());
                }
                let [name, email, phone, source] = after;
                db.prepare_cached(CHANGE)?.execute(named_params! {
                    ":id": id, ":name": name, ":email": email, ":phone": phone, ":source": source, ":now": now,
                })?;
            }
            id
        } else {
            summary.new += 1;
            is_new = true;
            news.extend((!name.is_empty()).then(|| name.to_owned()));
            db.prepare_cached(ADD)?.query_row(
                named_params! {
                    ":number": student.admission_number.as_str(), ":name": name,
                    ":email": student.email, ":phone": student.phone, ":now": now,
                },
                |row| row.get(0),
            )?
        };
        if enrol(db, id, unit_id, &enrolled_on)? {
            summary.enrolled += 1;
            news.push("enrolled".to_owned());
        }
        if !news.is_empty() {
            note(ImportChange {
                index,
                is_new,
                text: format!("{} {}", student.admission_number, news.join(", ")),
            });
        }
    }
    Ok(summary)
}

/// Adds a student by order of staff.
pub(super) fn add(
    db: &Connection,
    number: &AdmissionNumber,
    name: &PersonName,
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

/// The row id of a student.
pub(super) fn id_of(db: &Connection, number: &AdmissionNumber) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT id FROM students WHERE admission_number = ?1";
    db.prepare_cached(SQL)?
        .query_row([number.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::missing("student", number))
}

/// Enrols a student in a unit; `false` when they were already.
pub(super) fn enrol(
    db: &Connection,
    student_id: i64,
    unit_id: i64,
    on: &str,
) -> Result<bool, StoreError> {
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

/// Enrols a student of another kiosk's roster. A name of this kiosk's roster is kept, and so is any name if the
/// other one was given by the student.
pub(super) fn take_entry(
    db: &Connection,
    entry: &RosterEntry,
    unit_id: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO students (admission_number, name, source, created_at, updated_at)
        VALUES (:number, :name, :source, :now, :now)
        ON CONFLICT (admission_number) DO UPDATE
            SET name = excluded.name, source = excluded.source, updated_at = excluded.updated_at
            WHERE excluded.name <> '' AND (students.name = ''
                OR (excluded.source = 'roster' AND students.source = 'self'))";
    let number = entry.admission_number.as_str();
    db.prepare_cached(SQL)?.execute(named_params! {
        ":number": number,
        ":name": entry.name.as_ref().map_or("", PersonName::as_str),
        ":source": if entry.name_is_the_rosters { "roster" } else { "self" },
        ":now": now.to_string(),
    })?;
    let id = id_of(db, &entry.admission_number)?;
    enrol(db, id, unit_id, &entry.enrolled_on.to_string())?;
    Ok(())
}

/// The student of a check-in at another kiosk, who is added and enrolled if unknown here.
pub(super) fn take_stranger(
    db: &Connection,
    check_in: &SharedCheckIn,
    session: SessionId,
    now: Timestamp,
) -> Result<i64, StoreError> {
    const FIND: &str = "SELECT id, name = '' FROM students WHERE admission_number = ?1";
    const ADD: &str =
        "INSERT INTO students (admission_number, name, source, created_at, updated_at)
        VALUES (:number, :name, 'self', :now, :now) RETURNING id";
    const NAME: &str = "UPDATE students SET name = :name, updated_at = :now WHERE id = :id";
    const DATE: &str = "SELECT date FROM attendance_sessions WHERE id = ?1";
    let number = check_in.admission_number.as_str();
    let name = check_in
        .student_name
        .as_ref()
        .map_or("", PersonName::as_str);
    let now = now.to_string();
    let known: Option<(i64, bool)> = db
        .prepare_cached(FIND)?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let id = match known {
        Some((id, is_nameless)) => {
            if is_nameless && !name.is_empty() {
                db.prepare_cached(NAME)?
                    .execute(named_params! { ":name": name, ":now": now, ":id": id })?;
            }
            id
        }
        None => db.prepare_cached(ADD)?.query_row(
            named_params! { ":number": number, ":name": name, ":now": now },
            |row| row.get(0),
        )?,
    };
    let on: String = db
        .prepare_cached(DATE)?
        .query_row([session.to_string()], |row| row.get(0))?;
    enrol_in_unit_of(db, id, session, &on)?;
    Ok(id)
}
