//! All students of a unit in all sessions of a semester: the basis of percentages.

use std::collections::HashMap;

use rusqlite::{Connection, named_params};

use super::Store;
use super::error::StoreError;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS};
use super::rules::Rules;
use super::units;
use crate::domain::{
    AdmissionNumber, Flag, Flags, Lecture, LectureReason, OnRecord, Semester, Session, SessionId,
    Standing, StudentLine, Timestamp, UnitCode, add_up,
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
            let (unit_id, _) = units::find(db, &unit)?;
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
        "SELECT {SESSION_COLUMNS}, s.date FROM attendance_sessions AS s {SESSION_JOINS}
        WHERE s.unit_id = :unit AND s.semester = :semester ORDER BY s.starts_at, s.session_number"
    );
    let parameters = named_params! { ":unit": unit_id, ":semester": semester.as_str() };
    row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
        let session = row::session(row)?;
        let lecture = Lecture {
            state: session.state,
            starts_at: session.starts_at,
            date: row::date(&row.get::<_, String>("date")?)?,
        };
        Ok((lecture, session))
    })
}

/// The records by student and session. A record that counts takes precedence over one that does not.
fn on_record(
    db: &Connection,
    unit_id: i64,
    semester: &Semester,
) -> Result<HashMap<(i64, SessionId), OnRecord>, StoreError> {
    const SQL: &str =
        "SELECT a.student_id, a.session_id, a.counts, a.voided_at IS NOT NULL AS voided, a.flags
        FROM attendance AS a JOIN attendance_sessions AS s ON s.id = a.session_id
        WHERE s.unit_id = :unit AND s.semester = :semester ORDER BY a.counts, a.voided_at IS NULL";
    let parameters = named_params! { ":unit": unit_id, ":semester": semester.as_str() };
    let found = row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let session = SessionId::from_uuid(row::uuid(&row.get::<_, String>("session_id")?)?);
        let is_late = Flags::parse(&row.get::<_, String>("flags")?).has(Flag::Late);
        let on_record = if row.get("counts")? {
            if is_late {
                OnRecord::Late
            } else {
                OnRecord::InTime
            }
        } else if row.get("voided")? {
            OnRecord::TakenBack
        } else {
            OnRecord::Pending
        };
        Ok(((row.get("student_id")?, session), on_record))
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
    const SQL: &str = "SELECT st.id, st.admission_number, st.name, e.enrolled_on
        FROM students AS st LEFT JOIN enrollments AS e ON e.student_id = st.id AND e.unit_id = :unit
        WHERE (:of IS NULL OR st.admission_number = :of) AND (e.student_id IS NOT NULL OR st.id IN (
            SELECT a.student_id FROM attendance AS a JOIN attendance_sessions AS s ON s.id = a.session_id
            WHERE s.unit_id = :unit AND s.semester = :semester AND a.voided_at IS NULL))
        ORDER BY st.admission_number";
    let parameters = named_params! {
        ":unit": unit_id, ":semester": semester.as_str(), ":of": of.map(AdmissionNumber::as_str),
    };
    row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let enrolled_on: Option<String> = row.get("enrolled_on")?;
        Ok(Person {
            id: row.get("id")?,
            student: StudentLine {
                admission_number: row::number(&row.get::<_, String>("admission_number")?)?,
                name: row::name(&row.get::<_, String>("name")?)?,
            },
            enrolled_on: enrolled_on.map(|text| row::date(&text)).transpose()?,
        })
    })
}
