//! Students and enrolments, and the import of rosters.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use rusqlite::{Connection, named_params};

use super::Store;
use super::acts::{Act, KIOSK};
use super::column;
use super::counted::{self, Whom};
use super::enrolments::{self, IS_ENROLLED, Place};
use super::error::{Stop, StoreError};
use super::event::Event;
use super::numbers;
pub(super) use super::numbers::{find, id_of};
use super::plan::{self, Plan, commit};
use super::publications;
use super::row;
use super::rules::Rules;
use super::units;
use crate::domain::{
    AdmissionNumber, Enrolment, ListNote, ListedPlace, NameSource, PersonName, Reading,
    RosterEntry, Semester, SharedCheckIn, Statement, StudentFact, Timestamp, UnitCode,
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
    /// What the list says of the days and the group.
    pub place: ListedPlace,
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

/// A class list to be imported.
#[derive(Debug, Clone)]
pub struct ClassList {
    pub unit: UnitCode,
    pub semester: Semester,
    pub students: Vec<ImportedStudent>,
    /// From when on students count whom the list names first, and without a date. `None`: from the beginning,
    /// unless lectures have been held, which they would have missed.
    pub newcomers: Option<Newcomers>,
}

/// From when on the newcomers of a list count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newcomers {
    /// The beginning of the semester: they have missed what has been held.
    FromBeginning,
    From(NaiveDate),
}

/// Why a class list was not imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListRefusal {
    /// Somebody has to say from when on the newcomers count.
    #[error("new on this list: {students}; lectures that were held before: {held}")]
    NewcomersNeedADate { students: u32, held: u32 },
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
    /// Students who belong to the unit, or to its list, only by this import.
    pub enrolled: u64,
    /// Students whose dates stayed as they were, against the list.
    pub kept: u64,
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
    /// Why the enrolment is not as the list says.
    pub note: Option<ListNote>,
}

/// What an import changed, or would change, in all and for each student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportResult {
    pub summary: ImportSummary,
    pub changes: Vec<ImportChange>,
}

impl Store {
    /// Imports a class list, completely or not at all; a second import changes nothing.
    ///
    /// Students cannot change a name that came from a roster (feature A8).
    ///
    /// # Errors
    /// [`ListRefusal`]; [`StoreError::Missing`] when there is no such unit.
    pub async fn import_students(
        &self,
        list: ClassList,
        rules: Rules,
        actor: String,
        read: Reading,
    ) -> Result<Result<ImportResult, ListRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            let unit = units::find(db, &list.unit)?;
            let act = Act::new(read.at, &actor, "roster.imported", &list.unit);
            let mut import = plan_import(db, &list, act, (&rules, &read))?;
            let summary = import.result.summary;
            import.plan.act_mut().new = Some(format!(
                "{} new, {} changed, {} enrolled",
                summary.new, summary.changed, summary.enrolled
            ));
            commit(db, &import.plan)?;
            for number in &import.enrolled {
                let of = (unit, &list.semester);
                enrolments::count_records(db, events, of, number, (&rules, &read))?;
            }
            publications::queue_roster(db, unit)?;
            events.push(Event::RosterChanged);
            Ok(import.result)
        })
        .await
    }

    /// What [`Store::import_students`] would change: the plan alone.
    ///
    /// # Errors
    /// As [`Store::import_students`].
    pub async fn preview_students(
        &self,
        list: ClassList,
        rules: Rules,
        read: Reading,
    ) -> Result<Result<ImportResult, ListRefusal>, StoreError> {
        self.read(move |db| {
            let act = Act::new(read.at, KIOSK, "roster.imported", &list.unit);
            match plan_import(db, &list, act, (&rules, &read)) {
                Ok(import) => Ok(Ok(import.result)),
                Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
                Err(Stop::Store(error)) => Err(error),
            }
        })
        .await
    }

    /// The students of a unit in a semester, or all students, by number.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn known_students(
        &self,
        unit: Option<(UnitCode, Semester)>,
    ) -> Result<Vec<KnownStudent>, StoreError> {
        self.read(move |db| {
            let (unit, semester) = match unit {
                Some((code, semester)) => (Some(units::find(db, &code)?), Some(semester)),
                None => (None, None),
            };
            let sql = format!(
                "SELECT s.admission_number, s.name, s.email, s.phone FROM students AS s
                WHERE s.same_as IS NULL AND (:unit IS NULL OR {IS_ENROLLED}) ORDER BY s.admission_number"
            );
            let parameters = named_params! { ":unit": unit, ":semester": semester };
            row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
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
    result: ImportResult,
    /// Those whose enrolment changes.
    enrolled: Vec<AdmissionNumber>,
}

/// A student as an import finds them, and as it leaves them.
struct Found {
    fact: Option<StudentFact>,
    enrolment: Enrolment,
}

fn plan_import(
    db: &Connection,
    list: &ClassList,
    act: Act,
    (rules, read): (&Rules, &Reading),
) -> Result<Import, Stop<ListRefusal>> {
    let unit = units::find(db, &list.unit)?;
    let counted = counted::load(db, (unit, &list.semester), Whom::All, read.at, rules)?;
    let places: HashMap<i64, usize> = counted.students.iter().copied().zip(0..).collect();
    let enrolment_of = |student: i64| {
        let place = places.get(&student)?;
        let facts = counted.facts.students.get(*place)?;
        Some(facts.enrolment.clone())
    };
    let default_from = default_from(list, counted.held(read.at), &enrolment_of, db)?;
    let mut import = Import {
        plan: Plan::new(act),
        result: ImportResult {
            summary: ImportSummary::default(),
            changes: Vec::new(),
        },
        enrolled: Vec::new(),
    };
    let mut known: HashMap<&AdmissionNumber, Found> = HashMap::new();
    let right = |line: &ImportedStudent| numbers::right(db, &line.admission_number);
    let right: Vec<AdmissionNumber> = list.students.iter().map(right).collect::<Result<_, _>>()?;
    for (index, (student, number)) in list.students.iter().zip(&right).enumerate() {
        let found = match known.entry(number) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => place.insert(Found {
                fact: fact(db, number)?,
                enrolment: find(db, number)?.and_then(enrolment_of).unwrap_or_default(),
            }),
        };
        let after = merged(found.fact.as_ref(), student);
        let mut news = news(found.fact.as_ref(), &after);
        let is_new = found.fact.is_none();
        let summary = &mut import.result.summary;
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
        let mut enrolment = found.enrolment.clone();
        let mut place = student.place.clone();
        if !enrolment.is_listed() && !enrolment.has_withdrawn() {
            place.from = place.from.or(default_from);
        }
        let note = enrolment.import(&place);
        summary.kept += u64::from(note.is_some());
        if enrolment != found.enrolment {
            if found.enrolment.is_listed() {
                news.push("enrolled on other days".to_owned());
            } else {
                summary.enrolled += 1;
                news.push("enrolled".to_owned());
            }
            let place = Place {
                unit: list.unit.clone(),
                semester: list.semester.clone(),
                number: number.clone(),
            };
            import.plan.state(db, place.statement(enrolment.clone()))?;
            import.enrolled.push(number.clone());
            found.enrolment = enrolment;
        }
        if !news.is_empty() || note.is_some() {
            import.result.changes.push(ImportChange {
                index,
                is_new,
                text: format!("{number} {}", news.join(", ")),
                note,
            });
        }
    }
    Ok(import)
}

/// The first day of newcomers for whom the list gives none; `None`: the beginning of the semester.
fn default_from(
    list: &ClassList,
    held: u32,
    enrolment_of: &impl Fn(i64) -> Option<Enrolment>,
    db: &Connection,
) -> Result<Option<NaiveDate>, Stop<ListRefusal>> {
    match list.newcomers {
        Some(Newcomers::FromBeginning) => return Ok(None),
        Some(Newcomers::From(day)) => return Ok(Some(day)),
        None if held == 0 => return Ok(None),
        None => {}
    }
    let mut students = BTreeSet::new();
    for line in list
        .students
        .iter()
        .filter(|line| line.place.from.is_none())
    {
        let enrolment = find(db, &line.admission_number)?.and_then(enrolment_of);
        let is_settled = |enrolment: Enrolment| enrolment.is_listed() || enrolment.has_withdrawn();
        if !enrolment.is_some_and(is_settled) {
            students.insert(&line.admission_number);
        }
    }
    match u32::try_from(students.len()).unwrap_or(u32::MAX) {
        0 => Ok(None),
        students => Err(Stop::Refused(ListRefusal::NewcomersNeedADate {
            students,
            held,
        })),
    }
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

/// Gives a known student the name that came with a check-in.
pub(super) fn rename_by_student(
    db: &Connection,
    number: &AdmissionNumber,
    name: &PersonName,
    (actor, source): (&str, Option<NameSource>),
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(mut fact) = fact(db, number)? else {
        return Ok(());
    };
    let before = column::name_text(fact.name.as_ref()).to_owned();
    let act = Act::new(now, actor, "student.named", number)
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
    (place, unit): (Place, Option<i64>),
) -> Result<(), StoreError> {
    let number = numbers::right(db, &place.number)?;
    let place = Place { number, ..place };
    let number = &place.number;
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
    let row = find(db, number)?;
    let mut enrolment = match unit.zip(row) {
        Some((unit, student)) => counted::enrolment(db, unit, &place.semester, student)?,
        None => Enrolment::default(),
    };
    if enrolment.is_empty() {
        let listed = ListedPlace {
            from: entry.enrolled_on,
            ..ListedPlace::default()
        };
        enrolment.import(&listed);
        plan.state(db, place.statement(enrolment))?;
    }
    Ok(())
}

/// The student of a check-in at another kiosk, who is added if unknown here.
pub(super) fn take_stranger(
    db: &Connection,
    (lecture, check_in): (i64, &SharedCheckIn),
    now: Timestamp,
) -> Result<i64, StoreError> {
    // What came under a number before it was found to be another student's stays there.
    const KNOWN: &str =
        "SELECT s.id FROM students AS s JOIN records AS r ON r.lecture = ?2 AND r.student = s.id
        WHERE s.admission_number = ?1 AND s.same_as IS NOT NULL";
    let mut known = db.prepare_cached(KNOWN)?;
    let known = row::first(&mut known, (&check_in.admission_number, lecture), |row| {
        Ok(row.get(0)?)
    })?;
    if let Some(known) = known {
        return Ok(known);
    }
    let number = &numbers::right(db, &check_in.admission_number)?;
    let name = check_in.student_name.as_ref();
    match (fact(db, number)?, name) {
        (None, name) => add_self_registered(db, number, name),
        (Some(known), Some(name)) if known.name.is_none() => {
            rename_by_student(db, number, name, (KIOSK, None), now)?;
            id_of(db, number)
        }
        (Some(_), _) => id_of(db, number),
    }
}
