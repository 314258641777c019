//! Reading what staff changed: the audit log by pages, one student's history in a unit, and what a person
//! has to correct at the portal.

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::Store;
use super::acts::{self, Act};
use super::column;
use super::counted::{self, Whom};
use super::deliveries::{self, STALE_AT_PORTAL};
use super::error::StoreError;
use super::event::Event;
use super::marks::{self, LECTURE_OF_KEY, MARKED, MERGED, NUMBER_OF_KEY};
use super::plan::REPLACED;
use super::receipts;
use super::records;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS};
use super::rules::Rules;
use super::students;
use super::unit_records::{sessions, student_line};
use super::units;
use crate::domain::{
    AdmissionNumber, AuditFilter, AuditLine, AuditSubject, Change, LectureHead, LectureHistory,
    PortalCorrection, RecordState, Semester, SessionId, StaffId, StudentHistory, Target, Timestamp,
    UnitCode,
};

/// The columns and tables of [`line()`]: an act, once for each record that it changed.
fn lines() -> String {
    format!(
        "SELECT g.id, g.at, g.actor, g.action, g.subject, g.old, g.new, g.reason, g.undoes, m.key, m.value,
            coalesce({REPLACED}, own.seen) AS before, own.uuid AS record_id, st.admission_number, st.name AS student_name, {SESSION_COLUMNS}
        FROM acts AS g
        LEFT JOIN statements AS m ON m.act = g.id AND m.kind = 'mark' AND g.action LIKE 'attendance.%'
        LEFT JOIN sessions AS s ON s.uuid = {LECTURE_OF_KEY} LEFT JOIN units AS u ON u.id = s.unit
        LEFT JOIN lecturers AS l ON l.id = s.lecturer
        LEFT JOIN students AS st ON st.admission_number = {NUMBER_OF_KEY}
        LEFT JOIN records AS own ON own.lecture = s.id AND own.student = st.id AND own.kiosk = 0"
    )
}

impl Store {
    /// A page of the log, newest first; for `lecturer` only what is about their units and the sessions of them.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn audit_trail(
        &self,
        filter: AuditFilter,
        lecturer: Option<StaffId>,
    ) -> Result<Vec<AuditLine>, StoreError> {
        const SUBJECT: &str = "unhex(replace(g.subject, '-', ''))";
        self.read(move |db| {
            let sql = format!(
                "{} WHERE (:before IS NULL OR g.id < :before)
                    AND (:since IS NULL OR g.at >= :since) AND (:until IS NULL OR g.at < :until)
                    AND (:actor IS NULL OR substr(g.actor, 1, length(:actor)) = :actor)
                    AND (:action IS NULL OR g.action = :action
                        OR substr(g.action, 1, length(:action) + 1) = :action || '.')
                    AND (:session IS NULL OR s.uuid = :session OR {SUBJECT} = :session)
                    AND (:student IS NULL OR st.admission_number = :student)
                    AND (:staff_id IS NULL OR EXISTS (
                        SELECT 1 FROM units AS own JOIN lecturers AS owner ON owner.id = own.lecturer_id
                        WHERE owner.staff_id = :staff_id AND (own.id = s.unit OR own.code = g.subject
                            OR own.id = (SELECT unit FROM lectures WHERE uuid = {SUBJECT}))))
                ORDER BY g.id DESC, m.id DESC LIMIT :limit + 1",
                lines()
            );
            let parameters = named_params! {
                ":before": filter.before,
                ":since": filter.since,
                ":until": filter.until,
                ":actor": filter.actor,
                ":action": filter.action,
                ":session": filter.session,
                ":student": filter.student,
                ":staff_id": lecturer,
                ":limit": filter.limit,
            };
            let mut lines = row::collect(&mut db.prepare_cached(&sql)?, parameters, line)?;
            // A merge has two lines, which are not parted.
            let limit = filter.limit as usize;
            let next = lines.get(limit).map(|line| line.id);
            if next.is_some() && lines.get(limit.wrapping_sub(1)).map(|line| line.id) != next {
                lines.truncate(limit);
            }
            Ok(lines)
        })
        .await
    }

    /// One student's way through the lectures of a unit and semester; `None` when there is no such student.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn student_history(
        &self,
        unit: UnitCode,
        semester: Semester,
        student: AdmissionNumber,
        now: Timestamp,
        rules: Rules,
    ) -> Result<Option<StudentHistory>, StoreError> {
        self.read(move |db| {
            let unit_id = units::find(db, &unit)?;
            let Some(student) = students::find(db, &student)? else {
                return Ok(None);
            };
            let of = (unit_id, &semester);
            let counted = counted::load(db, of, Whom::One(student), now, &rules)?;
            let figures = counted.student(now)?;
            let line = student_line(db, student)?;
            let mut sessions = sessions(db, unit_id, &semester)?;
            let mut lectures = Vec::with_capacity(figures.lectures.len());
            let rows = counted.lectures.iter().zip(&counted.facts.lectures);
            for ((row, lecture), counts) in rows.zip(figures.lectures) {
                let record = records::of_student(db, *row, student)?;
                let corrections = match &record {
                    Some(record) => {
                        lines_about(db, lecture.id, &line.admission_number, record.shown_id)?
                    }
                    None => Vec::new(),
                };
                let first = corrections.iter().find_map(|line| match &line.change {
                    Change::Record { before, after } => {
                        Some(before.as_ref().unwrap_or(after).as_ref().clone())
                    }
                    Change::Words { .. } => None,
                });
                lectures.push(LectureHistory {
                    lecture: LectureHead::new(lecture, sessions.remove(&lecture.id)),
                    line: counts,
                    record: record.map(|record| record.state),
                    first,
                    corrections,
                });
            }
            Ok(Some(StudentHistory {
                admission_number: line.admission_number,
                name: line.name,
                enrolment: counted.enrolment(),
                listing: figures.listing,
                standing: figures.standing,
                lectures,
                unit,
                semester,
            }))
        })
        .await
    }

    /// The records that the portal has, or may have, and that count no more, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn portal_corrections(
        &self,
        limit: u32,
    ) -> Result<Vec<PortalCorrection>, StoreError> {
        self.read(move |db| {
            let sql = format!(
                "SELECT {SESSION_COLUMNS}, r.uuid, r.at, iif(r.mark IN ('removed', 'taken_back'), r.decided_at, NULL) AS removed_at,
                    d.last_answer, d.told, d.told_unit, st.admission_number, st.name AS student_name
                FROM (SELECT d.subject, d.told, d.told_unit, d.last_answer FROM {STALE_AT_PORTAL}) AS d
                JOIN records AS r ON r.id = d.subject JOIN students AS st ON st.id = r.student
                JOIN sessions AS s ON s.id = r.lecture {SESSION_JOINS}
                ORDER BY coalesce(removed_at, 0), d.subject LIMIT ?1"
            );
            row::collect(&mut db.prepare_cached(&sql)?, [limit], |row| {
                Ok(PortalCorrection {
                    attendance_id: row.get("uuid")?,
                    admission_number: row.get("admission_number")?,
                    name: column::name(row, "student_name")?,
                    session: row::session(row)?,
                    checked_in_at: row.get("at")?,
                    voided_at: row.get("removed_at")?,
                    is_certain: row.get::<_, String>("told")? == "yes",
                    told_unit: row.get("told_unit")?,
                    portal_id: receipts::portal_id(row.get::<_, Option<String>>("last_answer")?.as_deref()),
                })
            })
        })
        .await
    }

    /// How many there are of them.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn portal_correction_count(&self) -> Result<u64, StoreError> {
        self.read(|db| {
            let sql = format!("SELECT count(*) FROM {STALE_AT_PORTAL}");
            Ok(db.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
        })
        .await
    }

    /// Notes that a person has removed a record at the portal, or moved it; `false` if it was not listed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn settle_portal_correction(
        &self,
        id: Uuid,
        actor: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        // One that counts was moved, and is there.
        const SQL: &str = "UPDATE deliveries SET told_unit = NULL, told = iif(EXISTS (SELECT 1 FROM records AS r
                WHERE r.id = subject AND r.mark = 'present' AND r.percentage IS NOT NULL), told, 'no')
            WHERE target = 'portal' AND kind = 'check_in' AND subject = (SELECT id FROM records WHERE uuid = ?1)";
        self.write(move |db, events| {
            if !deliveries::portal_has_stale_record(db, id)? {
                return Ok(false);
            }
            db.prepare_cached(SQL)?.execute([id])?;
            acts::write(db, &Act::new(now, &actor, "portal.corrected_by_hand", &id))?;
            events.push(Event::Settled {
                target: Target::Portal,
            });
            Ok(true)
        })
        .await
    }
}

fn lines_about(
    db: &Connection,
    session: SessionId,
    number: &AdmissionNumber,
    id: Uuid,
) -> Result<Vec<AuditLine>, StoreError> {
    let sql = format!(
        "{} WHERE g.id IN (SELECT act FROM statements WHERE kind = 'mark' AND key = ?1
                UNION SELECT id FROM acts WHERE subject = ?2)
            AND (m.key = ?1 OR (m.key IS NULL AND g.subject = ?2))
        ORDER BY g.id",
        lines()
    );
    let key = format!("{session}\t{number}");
    row::collect(&mut db.prepare_cached(&sql)?, (key, id.to_string()), line)
}

fn line(row: &rusqlite::Row<'_>) -> Result<AuditLine, StoreError> {
    let subject: String = row.get("subject")?;
    let record = match row.get::<_, Option<Uuid>>("record_id")? {
        Some(attendance_id) => Some(AuditSubject {
            attendance_id,
            admission_number: row.get("admission_number")?,
            name: column::name(row, "student_name")?,
            session: row::session(row)?,
        }),
        None => None,
    };
    let said: Option<String> = row.get("value")?;
    let said: Option<RecordState> = said
        .map(|value| serde_json::from_str(&value).map_err(|_| row::damaged("statement")))
        .transpose()?;
    let action: String = row.get("action")?;
    Ok(AuditLine {
        id: row.get("id")?,
        at: row.get("at")?,
        actor: row.get("actor")?,
        action: match &said {
            // Of a merge: the record of the student whom the other one was given to.
            Some(said) if action == MERGED && said.merged_into.is_none() => MARKED.to_owned(),
            _ => action,
        },
        subject: match &record {
            Some(record) => record.attendance_id.to_string(),
            None => subject,
        },
        record,
        change: match said {
            Some(after) => Change::Record {
                before: marks::before(row)?.map(Box::new),
                after: Box::new(after),
            },
            None => Change::Words {
                old: row.get("old")?,
                new: row.get("new")?,
            },
        },
        reason: row.get("reason")?,
        undoes: row.get("undoes")?,
    })
}
