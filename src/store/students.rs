//! Students and enrolments, and the import of rosters.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension as _};

use super::Store;
use super::acts::Act;
use super::column;
use super::error::{Entity, StoreError};
use super::event::Event;
use super::lectures::Opened;
use super::plan::{self, Plan, commit, is_stated};
use super::publications;
use super::row;
use super::units;
use crate::domain::{
    AdmissionNumber, EnrolmentFact, NameSource, PersonName, RosterEntry, SharedCheckIn, Statement,
    StudentFact, Timestamp, UnitCode,
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
            let act = Act::new(now, &actor, "roster.imported", &unit);
            let Import {
                mut plan, summary, ..
            } = plan_import(db, &unit, &students, enrolled_on, act)?;
            plan.act_mut().new = Some(format!(
                "{} new, {} changed, {} enrolled",
                summary.new, summary.changed, summary.enrolled
            ));
            commit(db, &plan)?;
            publications::queue_roster(db, units::find(db, &unit)?)?;
            events.push(Event::RosterChanged);
            Ok(summary)
        })
        .await
    }

    /// What [`Store::import_students`] would change, in all and for each student: the plan alone.
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
        self.read(move |db| {
            let act = Act::new(now, "kiosk", "roster.imported", &unit);
            let import = plan_import(db, &unit, &students, enrolled_on, act)?;
            Ok((import.summary, import.changes))
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
                (SELECT 1 FROM enrolments AS e WHERE e.student = s.id AND e.unit = ?1)
            ORDER BY s.admission_number";
        self.read(move |db| {
            let unit = unit.map(|code| units::find(db, &code)).transpose()?;
            row::collect(&mut db.prepare_cached(SQL)?, [unit], |row| {
                Ok(KnownStudent {
                    admission_number: row.get("admission_number")?,
                    name: column::name(row, "name")?,
                    email: row.get("email")?,
                    phone: row.get("phone")?,
                })
            })
        })
        .await
    }
}

/// An import before it is committed.
struct Import {
    plan: Plan,
    summary: ImportSummary,
    changes: Vec<ImportChange>,
}

/// A student as an import finds them, and as it leaves them.
struct Found {
    fact: Option<StudentFact>,
    is_enrolled: bool,
}

fn plan_import(
    db: &Connection,
    unit: &UnitCode,
    students: &[ImportedStudent],
    enrolled_on: chrono::NaiveDate,
    act: Act,
) -> Result<Import, StoreError> {
    let unit_row = units::find(db, unit)?;
    let mut import = Import {
        plan: Plan::new(act),
        summary: ImportSummary::default(),
        changes: Vec::new(),
    };
    let mut known: HashMap<&AdmissionNumber, Found> = HashMap::new();
    for (index, student) in students.iter().enumerate() {
        let number = &student.admission_number;
        let found = match known.entry(number) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => place.insert(Found {
                fact: fact(db, number)?,
                is_enrolled: is_enrolled(db, unit_row, number)?,
            }),
        };
        let after = merged(found.fact.as_ref(), student);
        let mut news = news(found.fact.as_ref(), &after);
        let is_new = found.fact.is_none();
        let summary = &mut import.summary;
        if is_new {
            summary.new += 1;
        } else if found.fact.as_ref() == Some(&after) {
            summary.unchanged += 1;
        } else {
            summary.changed += 1;
        }
        if found.fact.as_ref() != Some(&after) {
            let statement = Statement::Student(number.clone(), after.clone());
            import.plan.state(db, statement)?;
            found.fact = Some(after);
        }
        if !found.is_enrolled {
            import
                .plan
                .state(db, enrolment(unit, number, enrolled_on))?;
            found.is_enrolled = true;
            summary.enrolled += 1;
            news.push("enrolled".to_owned());
        }
        if !news.is_empty() {
            import.changes.push(ImportChange {
                index,
                is_new,
                text: format!("{number} {}", news.join(", ")),
            });
        }
    }
    Ok(import)
}

/// A known student with what a line of a list says of them; it takes nothing away.
fn merged(before: Option<&StudentFact>, line: &ImportedStudent) -> StudentFact {
    let keep = |new: &String, old: fn(&StudentFact) -> &String| match before {
        Some(before) if new.is_empty() => old(before).clone(),
        _ => new.clone(),
    };
    StudentFact {
        name: line
            .name
            .clone()
            .or_else(|| before.and_then(|before| before.name.clone())),
        source: match before {
            Some(before) if line.name.is_none() => before.source,
            _ => NameSource::Roster,
        },
        email: keep(&line.email, |before| &before.email),
        phone: keep(&line.phone, |before| &before.phone),
    }
}

/// What is new of a student, in words.
fn news(before: Option<&StudentFact>, after: &StudentFact) -> Vec<String> {
    let name = |fact: &StudentFact| column::name_text(fact.name.as_ref()).to_owned();
    let Some(before) = before else {
        return after.name.iter().map(ToString::to_string).collect();
    };
    let pairs = [
        (name(before), name(after)),
        (before.email.clone(), after.email.clone()),
        (before.phone.clone(), after.phone.clone()),
    ];
    let mut news: Vec<String> = pairs
        .into_iter()
        .filter(|(old, new)| old != new)
        .map(|(old, new)| {
            let old = if old.is_empty() { "none" } else { &old };
            format!("{old} -> {new}")
        })
        .collect();
    if before.source != after.source {
        news.push("name confirmed by the class list".to_owned());
    }
    news
}

/// The statement that enrols a student.
pub(super) fn enrolment(
    unit: &UnitCode,
    number: &AdmissionNumber,
    since: chrono::NaiveDate,
) -> Statement {
    let fact = EnrolmentFact { since: Some(since) };
    Statement::Enrolment(unit.clone(), number.clone(), fact)
}

/// A student as they are now; `None` when there is none of that number.
pub(super) fn fact(
    db: &Connection,
    number: &AdmissionNumber,
) -> Result<Option<StudentFact>, StoreError> {
    const SQL: &str = "SELECT name, source, email, phone FROM students WHERE admission_number = ?1";
    row::first(&mut db.prepare_cached(SQL)?, [number], |row| {
        Ok(StudentFact {
            name: column::name(row, "name")?,
            source: row.get("source")?,
            email: row.get("email")?,
            phone: row.get("phone")?,
        })
    })
}

/// Whether a student is on the roster of a unit.
pub(super) fn is_enrolled(
    db: &Connection,
    unit: i64,
    number: &AdmissionNumber,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM enrolments AS e JOIN students AS st ON st.id = e.student
        WHERE e.unit = ?1 AND st.admission_number = ?2";
    Ok(db.prepare_cached(SQL)?.exists((unit, number))?)
}

/// The row id of a student.
pub(super) fn id_of(db: &Connection, number: &AdmissionNumber) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT id FROM students WHERE admission_number = ?1";
    db.prepare_cached(SQL)?
        .query_row([number], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::missing(Entity::Student, number))
}

/// A student who comes to a door and is on no list; answers their row. No statement says so: nobody said it.
pub(super) fn add_self_registered(
    db: &Connection,
    number: &AdmissionNumber,
    name: Option<&PersonName>,
) -> Result<i64, StoreError> {
    // Without RETURNING, for which SQLite would look for records of the new student in the whole table.
    const SQL: &str =
        "INSERT INTO students (admission_number, name, source) VALUES (?1, ?2, 'self')";
    let name = column::name_text(name);
    Ok(db.prepare_cached(SQL)?.insert((number, name))?)
}

/// The place on the roster of a student who comes to a door, where they have none. No statement says so, unless
/// one has said something else.
pub(super) fn self_enrol(
    db: &Connection,
    lecture: &Opened,
    student: i64,
    number: &AdmissionNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO enrolments (unit, student, since, source)
        VALUES (?1, ?2, ?3, 'self') ON CONFLICT DO NOTHING";
    let unit = &lecture.session.unit_code;
    let statement = enrolment(unit, number, lecture.date);
    if is_stated(db, &statement)? && !is_enrolled(db, lecture.unit, number)? {
        plan::state(
            db,
            Act::new(now, "kiosk", "student.enrolled", number).to(unit),
            statement,
        )?;
        return Ok(());
    }
    db.prepare_cached(SQL)?
        .execute((lecture.unit, student, lecture.date))?;
    Ok(())
}

/// Gives a known student the name that came with a check-in.
pub(super) fn rename_by_student(
    db: &Connection,
    number: &AdmissionNumber,
    name: &PersonName,
    source: Option<NameSource>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(mut fact) = fact(db, number)? else {
        return Ok(());
    };
    let before = column::name_text(fact.name.as_ref()).to_owned();
    let act = Act::new(now, "kiosk", "student.named", number)
        .from(&before)
        .to(name);
    fact.name = Some(name.clone());
    fact.source = source.unwrap_or(fact.source);
    plan::state(db, act, Statement::Student(number.clone(), fact))
}

/// Adds a student of another kiosk's roster to a plan. A name of this kiosk's roster is kept, and so is any name
/// if the other one was given by the student.
pub(super) fn take_entry(
    db: &Connection,
    plan: &mut Plan,
    entry: &RosterEntry,
    (unit, unit_row): (&UnitCode, Option<i64>),
) -> Result<(), StoreError> {
    let number = &entry.admission_number;
    let source = if entry.name_is_the_rosters {
        NameSource::Roster
    } else {
        NameSource::Student
    };
    let before = fact(db, number)?;
    let takes_name = match &before {
        None => true,
        Some(before) => {
            entry.name.is_some()
                && (before.name.is_none()
                    || (source == NameSource::Roster && before.source == NameSource::Student))
        }
    };
    if takes_name {
        let (email, phone) = before.map_or_else(Default::default, |it| (it.email, it.phone));
        let fact = StudentFact {
            name: entry.name.clone(),
            source,
            email,
            phone,
        };
        plan.state(db, Statement::Student(number.clone(), fact))?;
    }
    let is_enrolled = match unit_row {
        Some(row) => is_enrolled(db, row, number)?,
        None => false,
    };
    if !is_enrolled {
        plan.state(db, enrolment(unit, number, entry.enrolled_on))?;
    }
    Ok(())
}

/// The student of a check-in at another kiosk, who is added and enrolled if unknown here.
pub(super) fn take_stranger(
    db: &Connection,
    check_in: &SharedCheckIn,
    lecture: &Opened,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let (number, name) = (&check_in.admission_number, check_in.student_name.as_ref());
    let id = match (fact(db, number)?, name) {
        (None, name) => add_self_registered(db, number, name)?,
        (Some(known), Some(name)) if known.name.is_none() => {
            rename_by_student(db, number, name, None, now)?;
            id_of(db, number)?
        }
        (Some(_), _) => id_of(db, number)?,
    };
    self_enrol(db, lecture, id, number, now)?;
    Ok(id)
}
