//! All students of a unit in all lectures of a semester: the basis of lists.

use std::collections::HashMap;

use rusqlite::{Connection, named_params};

use super::Store;
use super::column;
use super::counted::{self, Whom};
use super::error::StoreError;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS};
use super::rules::Rules;
use super::students;
use super::units;
use crate::domain::{
    AdmissionNumber, CountingPolicy, Enrolment, LectureHead, LectureLine, Listing, Semester,
    Session, SessionId, Standing, StudentLine, Timestamp, Totals, UnitCode,
};

/// A unit's lectures of a semester, and how each of them counts for each student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRecord {
    pub unit: UnitCode,
    pub semester: Semester,
    /// By what it was counted.
    pub policy: CountingPolicy,
    /// When it was counted.
    pub as_of: Timestamp,
    /// Whether everything that has been held is known.
    pub complete: bool,
    /// Its lectures in order, including cancelled and future ones.
    pub lectures: Vec<LectureHead>,
    /// The totals of each lecture, in the same order.
    pub totals: Vec<Totals>,
    /// Its students by number, and strangers who have come.
    pub students: Vec<StudentRecord>,
}

impl UnitRecord {
    /// The latest lecture that was opened.
    #[must_use]
    pub fn last_session(&self) -> Option<&Session> {
        let mut latest_first = self.lectures.iter().rev();
        latest_first.find_map(|lecture| lecture.session.as_ref())
    }
}

/// One student of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentRecord {
    pub student: StudentLine,
    /// Without an interval for a stranger.
    pub enrolment: Enrolment,
    pub listing: Listing,
    /// How each lecture counts, in the order of [`UnitRecord::lectures`].
    pub lines: Vec<LectureLine>,
    /// The standing that follows; `None` for a stranger.
    pub standing: Option<Standing>,
}

impl Store {
    /// The attendance of a unit: of all students who are enrolled or have come, or of one student.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit or student.
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
            let whom = match &of {
                None => Whom::All,
                Some(number) => Whom::One(students::id_of(db, number)?),
            };
            let counted = counted::load(db, (unit_id, &semester), whom, now, &rules)?;
            let reckoned = counted.reckon(now);
            let mut sessions = sessions(db, unit_id, &semester)?;
            let lectures = counted.facts.lectures.iter();
            let lectures = lectures
                .map(|lecture| LectureHead::new(lecture, sessions.remove(&lecture.id)))
                .collect();
            let people = counted.students.iter().zip(counted.facts.students);
            let mut students = Vec::with_capacity(counted.students.len());
            for ((student, facts), figures) in people.zip(reckoned.students) {
                students.push(StudentRecord {
                    student: student_line(db, *student)?,
                    enrolment: facts.enrolment,
                    listing: figures.listing,
                    lines: figures.lectures,
                    standing: figures.standing,
                });
            }
            students.sort_by(|a, b| a.student.admission_number.cmp(&b.student.admission_number));
            let is_complete = |it: &StudentRecord| {
                it.standing
                    .as_ref()
                    .is_none_or(|standing| standing.complete)
            };
            Ok(UnitRecord {
                complete: students.iter().all(is_complete),
                policy: counted.policy,
                as_of: now,
                totals: reckoned.boards,
                lectures,
                students,
                unit,
                semester,
            })
        })
        .await
    }
}

/// The number and name of a student.
pub(super) fn student_line(db: &Connection, student: i64) -> Result<StudentLine, StoreError> {
    const SQL: &str = "SELECT admission_number, name FROM students WHERE id = ?1";
    Ok(db.prepare_cached(SQL)?.query_row([student], |row| {
        Ok(StudentLine {
            admission_number: row.get("admission_number")?,
            name: column::name(row, "name")?,
        })
    })?)
}

/// The lectures of a unit and semester that were opened.
pub(super) fn sessions(
    db: &Connection,
    unit_id: i64,
    semester: &Semester,
) -> Result<HashMap<SessionId, Session>, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS} FROM sessions AS s {SESSION_JOINS}
        WHERE s.unit = :unit AND s.semester = :semester"
    );
    let parameters = named_params! { ":unit": unit_id, ":semester": semester };
    let found = row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
        let session = row::session(row)?;
        Ok((session.id, session))
    })?;
    Ok(found.into_iter().collect())
}
