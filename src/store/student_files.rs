//! Students, as administrators list and change them (feature G1).

use rusqlite::{Connection, Row};

use super::Store;
use super::acts::Act;
use super::column;
use super::counted;
use super::enrolments::IS_ENROLLED;
use super::error::{Entity, StoreError};
use super::event::Event;
use super::listing::{ListPage, PageQuery};
use super::numbers;
use super::plan;
use super::row;
use super::students;
use super::units;
use crate::domain::{
    AdmissionNumber, Enrolment, NameSource, PersonName, Semester, Statement, StudentFact,
    Timestamp, UnitCode,
};

/// The order of a list of students.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StudentOrder {
    #[default]
    Number,
    Name,
}

/// Which students are listed.
#[derive(Debug, Clone, Default)]
pub struct StudentQuery {
    /// Any part of the number or the name; empty for all students.
    pub search: String,
    /// Only those who belong to this unit in this semester.
    pub unit: Option<(UnitCode, Semester)>,
    pub order: StudentOrder,
    /// Which page, from 0.
    pub page: u32,
}

/// A student in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentRow {
    pub admission_number: AdmissionNumber,
    /// The name; `None` when it is not known yet.
    pub name: Option<PersonName>,
    /// The mail address; may be empty.
    pub email: String,
    /// The telephone number; may be empty.
    pub phone: String,
    /// Whether staff gave the name, and not the student.
    pub is_from_roster: bool,
    /// Whose number it really is; such a number is found, and on no list.
    pub same_as: Option<AdmissionNumber>,
}

/// A student with their units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentFile {
    pub student: StudentRow,
    /// The units that staff or a list have enrolled them in, by semester.
    pub units: Vec<(UnitCode, Semester, Enrolment)>,
}

/// The fields of a student that an administrator can change.
#[derive(Debug, Clone)]
pub struct StudentChange {
    /// The name; `None` leaves it unknown.
    pub name: Option<PersonName>,
    /// The mail address; may be empty.
    pub email: String,
    /// The telephone number; may be empty.
    pub phone: String,
}

impl Store {
    /// A page of the students.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn student_page(
        &self,
        query: StudentQuery,
    ) -> Result<ListPage<StudentRow>, StoreError> {
        self.read(move |db| listed(db, &query)).await
    }

    /// How many students there are.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn student_count(&self) -> Result<u64, StoreError> {
        self.read(|db| {
            Ok(db
                .prepare_cached("SELECT count(*) - count(same_as) FROM students")?
                .query_row([], |row| row.get(0))?)
        })
        .await
    }

    /// A student with their units; `None` when there is no such student.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn student_file(
        &self,
        number: AdmissionNumber,
    ) -> Result<Option<StudentFile>, StoreError> {
        const UNITS: &str =
            "SELECT DISTINCT u.code, e.semester, e.unit, e.student FROM students AS st
            JOIN enrolments AS e ON e.student = st.id JOIN units AS u ON u.id = e.unit
            WHERE st.admission_number = ?1 ORDER BY e.semester DESC, u.code";
        self.read(move |db| {
            let sql = format!(
                "SELECT {STUDENT_COLUMNS} FROM students AS s WHERE s.admission_number = ?1"
            );
            let found = row::first(&mut db.prepare_cached(&sql)?, [&number], student)?;
            let Some(student) = found else {
                return Ok(None);
            };
            let units = row::collect(&mut db.prepare_cached(UNITS)?, [&number], |row| {
                let semester = row.get(1)?;
                let enrolment = counted::enrolment(db, row.get(2)?, &semester, row.get(3)?)?;
                Ok((row.get(0)?, semester, enrolment))
            })?;
            Ok(Some(StudentFile { student, units }))
        })
        .await
    }

    /// Changes a student; a name that staff give is the roster's from then on (feature A8).
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student.
    pub async fn change_student(
        &self,
        number: AdmissionNumber,
        change: StudentChange,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db, events| {
            let number = numbers::right(db, &number)?;
            let before = students::fact(db, &number)?
                .ok_or_else(|| StoreError::missing(Entity::Student, &number))?;
            let source = if change.name == before.name {
                before.source
            } else {
                NameSource::Roster
            };
            let after = StudentFact {
                name: change.name,
                source,
                email: change.email,
                phone: change.phone,
            };
            let words = |fact: &StudentFact| {
                let name = column::name_text(fact.name.as_ref());
                format!("{name}, {}, {}", fact.email, fact.phone)
            };
            let act = Act::new(now, &actor, "student.changed", &number)
                .from(&words(&before))
                .to(&words(&after));
            plan::state(db, act, Statement::Student(number, after))?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }
}

fn listed(db: &Connection, query: &StudentQuery) -> Result<ListPage<StudentRow>, StoreError> {
    let order = match query.order {
        StudentOrder::Number => "s.admission_number",
        StudentOrder::Name => "s.name, s.id",
    };
    let mut listing = PageQuery::new(STUDENT_COLUMNS, "students AS s", order);
    let search = query.search.trim();
    if search.is_empty() {
        listing.only("s.same_as IS NULL");
    } else {
        // Any part of number or name: people remember the end of a number. The rows are read in the order of an
        // index until the page is full; reading all 50,000 takes about ten milliseconds.
        listing.only_with(
            "(s.admission_number LIKE :part ESCAPE '\\' OR s.name LIKE :part ESCAPE '\\')",
            ":part",
            format!("%{}%", escaped(search)),
        );
    }
    if let Some((unit, semester)) = &query.unit {
        listing.only_with(IS_ENROLLED, ":unit", units::find(db, unit)?);
        listing.with(":semester", semester.to_string());
    }
    listing.page(db, query.page, student)
}

const STUDENT_COLUMNS: &str = "s.admission_number, s.name, s.email, s.phone, s.source,
    (SELECT r.admission_number FROM students AS r WHERE r.id = s.same_as) AS same_as";

fn student(row: &Row<'_>) -> Result<StudentRow, StoreError> {
    Ok(StudentRow {
        admission_number: row.get("admission_number")?,
        name: column::name(row, "name")?,
        email: row.get("email")?,
        phone: row.get("phone")?,
        is_from_roster: row.get::<_, NameSource>("source")? == NameSource::Roster,
        same_as: row.get("same_as")?,
    })
}

/// Escapes the text for `LIKE`.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}
