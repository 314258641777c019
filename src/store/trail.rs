//! Reading what staff changed: the log by pages, one student's way through a unit, and what a person has
//! to put right at the portal.

use chrono::NaiveDate;
use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::Store;
use super::audit;
use super::error::StoreError;
use super::event::Event;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS};
use super::rules::Rules;
use super::snapshot;
use super::unit_records;
use super::units;
use crate::domain::{
    AdmissionNumber, AuditFilter, AuditLine, AuditSubject, Change, Lecture, LectureReason,
    OnRecord, PersonName, PortalCorrection, Semester, SessionHistory, StaffId, StudentHistory,
    Target, Timestamp, UnitCode, add_up,
};

/// The joins from a line of the log to the record that it is about, if it is about one.
const RECORD_JOINS: &str = "LEFT JOIN attendance AS a ON a.id = g.subject
    LEFT JOIN students AS st ON st.id = a.student_id
    LEFT JOIN attendance_sessions AS s ON s.id = a.session_id
    LEFT JOIN units AS u ON u.id = s.unit_id
    LEFT JOIN lecturers AS l ON l.id = s.lecturer_id";

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
        self.read(move |db| {
            let sql = format!(
                "SELECT g.*, st.admission_number, st.name AS student_name, {SESSION_COLUMNS}
                FROM audit_log AS g {RECORD_JOINS}
                WHERE (:before IS NULL OR g.id < :before)
                    AND (:since IS NULL OR g.at >= :since) AND (:until IS NULL OR g.at < :until)
                    AND (:actor IS NULL OR substr(g.actor, 1, length(:actor)) = :actor)
                    AND (:action IS NULL OR g.action = :action
                        OR substr(g.action, 1, length(:action) + 1) = :action || '.')
                    AND (:session IS NULL OR g.subject = :session OR s.id = :session)
                    AND (:student IS NULL OR st.admission_number = :student)
                    AND (:staff_id IS NULL OR EXISTS (
                        SELECT 1 FROM units AS own JOIN lecturers AS owner ON owner.id = own.lecturer_id
                        WHERE owner.staff_id = :staff_id AND (own.id = s.unit_id OR own.code = g.subject
                            OR own.id = (SELECT unit_id FROM attendance_sessions WHERE id = g.subject))))
                ORDER BY g.id DESC LIMIT :limit"
            );
            let parameters = named_params! {
                ":before": filter.before,
                ":since": filter.since.map(|at| at.to_string()),
                ":until": filter.until.map(|at| at.to_string()),
                ":actor": filter.actor,
                ":action": filter.action,
                ":session": filter.session.map(|id| id.to_string()),
                ":student": filter.student.as_ref().map(AdmissionNumber::as_str),
                ":staff_id": lecturer.as_ref().map(StaffId::as_str),
                ":limit": filter.limit,
            };
            row::collect(&mut db.prepare_cached(&sql)?, parameters, line)
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
            let (unit_id, _) = units::find(db, &unit)?;
            let Some(found) = student_of(db, unit_id, &student)? else {
                return Ok(None);
            };
            let sessions = sessions_of(db, unit_id, &semester, &found, now)?;
            let planned = unit_records::planned(db, unit_id)?.unwrap_or(rules.planned_lessons);
            let reasons: Vec<LectureReason> = sessions.iter().map(|it| it.reason).collect();
            Ok(Some(StudentHistory {
                unit,
                semester,
                admission_number: student,
                name: found.name,
                enrolled_on: found.enrolled_on,
                standing: add_up(&reasons, planned, rules.thresholds),
                sessions,
            }))
        })
        .await
    }

    /// What the portal has, or may have, and no longer counts, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn portal_corrections(
        &self,
        limit: u32,
    ) -> Result<Vec<PortalCorrection>, StoreError> {
        self.read(move |db| {
            let sql = format!(
                "SELECT {SESSION_COLUMNS}, a.id AS attendance_id, a.timestamp, a.voided_at, a.portal_response,
                    o.told, st.admission_number, st.name AS student_name
                FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id
                JOIN students AS st ON st.id = a.student_id
                JOIN attendance_sessions AS s ON s.id = a.session_id {SESSION_JOINS}
                WHERE o.target = 'portal' AND o.told <> 'no' AND NOT a.counts
                ORDER BY coalesce(a.voided_at, ''), o.id LIMIT ?1"
            );
            row::collect(&mut db.prepare_cached(&sql)?, [limit], |row| {
                let text = |column: &str| row.get::<_, String>(column);
                Ok(PortalCorrection {
                    attendance_id: row::uuid(&text("attendance_id")?)?,
                    admission_number: row::number(&text("admission_number")?)?,
                    name: row::name(&text("student_name")?)?,
                    session: row::session(row)?,
                    checked_in_at: row::timestamp(&text("timestamp")?)?,
                    voided_at: row::optional_timestamp(row.get("voided_at")?)?,
                    is_certain: text("told")? == "yes",
                    portal_id: portal_id(row.get("portal_response")?),
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
        const SQL: &str =
            "SELECT count(*) FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id
            WHERE o.target = 'portal' AND o.told <> 'no' AND NOT a.counts";
        self.read(|db| Ok(db.prepare_cached(SQL)?.query_row([], |row| row.get(0))?))
            .await
    }

    /// Notes that the portal has a record no more; `false` when it was none of those.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn settle_portal_correction(
        &self,
        id: Uuid,
        actor: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE outbox SET told = 'no'
            WHERE attendance_id = ?1 AND target = 'portal' AND told <> 'no'
                AND NOT (SELECT counts FROM attendance WHERE id = ?1)";
        const UNSYNCED: &str = "UPDATE attendance SET synced_to_portal = 0 WHERE id = ?1";
        self.write(move |db, events| {
            let subject = id.to_string();
            if db.prepare_cached(SQL)?.execute([&subject])? == 0 {
                return Ok(false);
            }
            db.prepare_cached(UNSYNCED)?.execute([&subject])?;
            let entry = audit::Entry::new(now, &actor, "portal.corrected_by_hand", &subject);
            audit::add(db, &entry)?;
            events.push(Event::Settled {
                target: Target::Portal,
            });
            Ok(true)
        })
        .await
    }
}

/// A student as a history finds them.
struct AuditedStudent {
    id: i64,
    name: Option<PersonName>,
    enrolled_on: Option<NaiveDate>,
}

fn student_of(
    db: &Connection,
    unit_id: i64,
    number: &AdmissionNumber,
) -> Result<Option<AuditedStudent>, StoreError> {
    const SQL: &str = "SELECT st.id, st.name, e.enrolled_on FROM students AS st
        LEFT JOIN enrollments AS e ON e.student_id = st.id AND e.unit_id = :unit
        WHERE st.admission_number = :number";
    let parameters = named_params! { ":unit": unit_id, ":number": number.as_str() };
    row::first(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let enrolled_on: Option<String> = row.get("enrolled_on")?;
        Ok(AuditedStudent {
            id: row.get("id")?,
            name: row::name(&row.get::<_, String>("name")?)?,
            enrolled_on: enrolled_on.map(|text| row::date(&text)).transpose()?,
        })
    })
}

/// What the portal calls a record, where its answer says so.
pub(super) fn portal_id(answer: Option<String>) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_str(&answer?).ok()?;
    match &answer["id"] {
        serde_json::Value::String(id) => Some(id.clone()),
        serde_json::Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn sessions_of(
    db: &Connection,
    unit_id: i64,
    semester: &Semester,
    student: &AuditedStudent,
    now: Timestamp,
) -> Result<Vec<SessionHistory>, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS}, s.date, {} FROM attendance_sessions AS s {SESSION_JOINS}
        JOIN students AS st ON st.id = :student
        LEFT JOIN attendance AS a ON a.session_id = s.id AND a.student_id = st.id
        WHERE s.unit_id = :unit AND s.semester = :semester ORDER BY s.starts_at, s.session_number",
        snapshot::COLUMNS
    );
    let parameters = named_params! {
        ":student": student.id, ":unit": unit_id, ":semester": semester.as_str(),
    };
    row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
        let id: Option<String> = row.get("attendance_id")?;
        let record = id.as_ref().map(|_| snapshot::of_row(row)).transpose()?;
        let session = row::session(row)?;
        let lecture = Lecture {
            state: session.state,
            starts_at: session.starts_at,
            date: row::date(&row.get::<_, String>("date")?)?,
        };
        let on_record = OnRecord::of(record.as_ref());
        let corrections = match &id {
            Some(id) => lines_about(db, id)?,
            None => Vec::new(),
        };
        let first = corrections.iter().find_map(|line| match &line.change {
            Change::Record { before, after } => {
                Some(before.as_ref().unwrap_or(after).as_ref().clone())
            }
            Change::Words { .. } => None,
        });
        Ok(SessionHistory {
            reason: lecture.reason(on_record, student.enrolled_on, now),
            session,
            record,
            first,
            corrections,
        })
    })
}

fn lines_about(db: &Connection, subject: &str) -> Result<Vec<AuditLine>, StoreError> {
    let sql = format!(
        "SELECT g.*, st.admission_number, st.name AS student_name, {SESSION_COLUMNS}
        FROM audit_log AS g {RECORD_JOINS} WHERE g.subject = ?1 ORDER BY g.id"
    );
    row::collect(&mut db.prepare_cached(&sql)?, [subject], line)
}

fn line(row: &rusqlite::Row<'_>) -> Result<AuditLine, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    let (old, new): (Option<String>, Option<String>) = (row.get("old")?, row.get("new")?);
    let subject = text("subject")?;
    let record = match row.get::<_, Option<String>>("admission_number")? {
        Some(number) => Some(AuditSubject {
            attendance_id: row::uuid(&subject)?,
            admission_number: row::number(&number)?,
            name: row::name(&text("student_name")?)?,
            session: row::session(row)?,
        }),
        None => None,
    };
    Ok(AuditLine {
        id: row.get("id")?,
        at: row::timestamp(&text("at")?)?,
        actor: text("actor")?,
        action: text("action")?,
        subject,
        record,
        change: match new.as_deref().and_then(snapshot::read) {
            Some(after) => Change::Record {
                before: old.as_deref().and_then(snapshot::read).map(Box::new),
                after: Box::new(after),
            },
            None => Change::Words { old, new },
        },
        reason: row.get("reason")?,
        undoes: row.get("undoes")?,
    })
}
