//! All students of a unit in all sessions of a semester: the basis of percentages.

use std::collections::HashMap;

use rusqlite::{Connection, named_params};

use super::Store;
use super::column;
use super::error::StoreError;
use super::records;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS};
use super::rules::Rules;
use super::units;
use crate::domain::{
    AdmissionNumber, Lecture, LectureReason, OnRecord, Semester, Session, SessionId, Standing,
    StudentLine, Timestamp, UnitCode, add_up,
};

/// A unit's lectures of a semester, and how each of them counts for each student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRecord {
    pub unit: UnitCode,
    pub semester: Semester,
    /// Its sessions in order, including cancelled and future ones.
    pub sessions: Vec<Session>,
    /// Its students by number.
    pub students: Vec<StudentRecord>,
}

/// One student of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentRecord {
    pub student: StudentLine,
    /// `None` for a student with a record but without an enrolment.
    pub enrolled_on: Option<chrono::NaiveDate>,
    /// Why each lecture counts as it does, in the order of [`UnitRecord::sessions`].
    pub reasons: Vec<LectureReason>,
    /// The standing that follows from the reasons.
    pub standing: Standing,
}

impl Store {
    /// The attendance of a unit: of all students who are enrolled or have a record, or of one student.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn unit_record(
        &self,
        unit: UnitCode,
        semester: Semester,
        of: Option<AdmissionNumber>,
        now: Timestamp,
        rules: Rules,
    ) -> Result<UnitRecord, StoreError> {
        self.read(move |db| {
            let unit_id = units::find(db, &unit)?;
            let sessions = sessions(db, unit_id, &semester)?;
            let on_record = on_record(db, unit_id, &semester)?;
            let planned = planned(db, unit_id)?.unwrap_or(rules.planned_lessons);
            let students = people(db, unit_id, &semester, of.as_ref())?;
            let students = students.into_iter().map(|person| {
                let reason = |(lecture, session): &(Lecture, Session)| {
                    let on_record = on_record.get(&(person.id, session.id));
                    let on_record = on_record.copied().unwrap_or(OnRecord::Nothing);
                    lecture.reason(on_record, person.enrolled_on, now)
                };
                let reasons: Vec<LectureReason> = sessions.iter().map(reason).collect();
                StudentRecord {
                    standing: add_up(&reasons, planned, rules.thresholds),
                    student: person.student,
                    enrolled_on: person.enrolled_on,
                    reasons,
                }
            });
            Ok(UnitRecord {
                students: students.collect(),
                sessions: sessions.into_iter().map(|(_, session)| session).collect(),
                unit,
                semester,
            })
        })
        .await
    }
}

fn sessions(
    db: &Connection,
    unit_id: i64,
    semester: &Semester,
) -> Result<Vec<(Lecture, Session)>, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS} FROM sessions AS s {SESSION_JOINS}
        WHERE s.unit = :unit AND s.semester = :semester ORDER BY s.starts_at, s.number"
    );
    let parameters = named_params! { ":unit": unit_id, ":semester": semester };
    row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
        let session = row::session(row)?;
        let lecture = Lecture {
            state: session.state,
            starts_at: session.starts_at,
            date: row.get("date")?,
        };
        Ok((lecture, session))
    })
}

/// The records that count, by student and session.
fn on_record(
    db: &Connection,
    unit_id: i64,
    semester: &Semester,
) -> Result<HashMap<(i64, SessionId), OnRecord>, StoreError> {
    const SQL: &str = "SELECT r.student, s.uuid, r.mark, r.late_minutes
        FROM sessions AS s JOIN standing AS r ON r.lecture = s.id
        WHERE s.unit = :unit AND s.semester = :semester";
    let parameters = named_params! { ":unit": unit_id, ":semester": semester };
    let found = row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        Ok((
            (row.get("student")?, row.get("uuid")?),
            records::on_record(row)?,
        ))
    })?;
    Ok(found.into_iter().collect())
}

pub(super) fn planned(db: &Connection, unit_id: i64) -> Result<Option<u32>, StoreError> {
    const SQL: &str = "SELECT planned_lessons FROM units WHERE id = ?1";
    Ok(db
        .prepare_cached(SQL)?
        .query_row([unit_id], |row| row.get(0))?)
}

struct Person {
    id: i64,
    student: StudentLine,
    enrolled_on: Option<chrono::NaiveDate>,
}

/// The students who are enrolled, and those who have a record without an enrolment.
fn people(
    db: &Connection,
    unit_id: i64,
    semester: &Semester,
    of: Option<&AdmissionNumber>,
) -> Result<Vec<Person>, StoreError> {
    const SQL: &str = "SELECT st.id, st.admission_number, st.name, e.since
        FROM students AS st LEFT JOIN enrolments AS e ON e.student = st.id AND e.unit = :unit
        WHERE (:of IS NULL OR st.admission_number = :of) AND (e.student IS NOT NULL OR st.id IN (
            SELECT r.student FROM sessions AS s JOIN records AS r ON r.lecture = s.id
            WHERE s.unit = :unit AND s.semester = :semester AND r.mark <> 'removed'))
        ORDER BY st.admission_number";
    let parameters = named_params! { ":unit": unit_id, ":semester": semester, ":of": of };
    row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        Ok(Person {
            id: row.get("id")?,
            student: StudentLine {
                admission_number: row.get("admission_number")?,
                name: column::name(row, "name")?,
            },
            enrolled_on: row.get("since")?,
        })
    })
}
