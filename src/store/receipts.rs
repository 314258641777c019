//! What a record looks like from outside: who, when, the standing, what the remotes said.

use rusqlite::{Connection, OptionalExtension as _, named_params};
use uuid::Uuid;

use super::Store;
use super::error::StoreError;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS, damaged};
use super::rules::Rules;
use crate::domain::{
    Channel, Flags, Receipt, RemoteAnswer, RemoteAnswers, SessionId, Standing, StudentLine, Target,
    Timestamp,
};

impl Store {
    /// The receipt of a record as it is now; `None` when there is no such record.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn receipt(
        &self,
        attendance_id: Uuid,
        now: Timestamp,
        rules: Rules,
    ) -> Result<Option<Receipt>, StoreError> {
        self.read(move |db| find(db, attendance_id, now, &rules))
            .await
    }
}

/// A student's standing in the unit and semester of a session.
///
/// Attended: records that count, in sessions not cancelled; and the session `counted`, whose record is
/// about to be written. Held: those, and every session begun since the student's enrolment (feature D5).
/// One index look-up per session of the unit, whatever the size of the table.
pub(super) fn standing(
    db: &Connection,
    student_id: i64,
    session: SessionId,
    counted: Option<SessionId>,
    now: Timestamp,
    rules: &Rules,
) -> Result<Standing, StoreError> {
    const SQL: &str =
        "SELECT count(*) FILTER (WHERE a.id IS NOT NULL OR s.id = :counted) AS attended,
            count(*) FILTER (WHERE a.id IS NOT NULL OR s.id = :counted
                OR (s.starts_at <= :now AND s.date >= coalesce(e.enrolled_on, '9999'))) AS held,
            coalesce(u.planned_lessons, :planned) AS planned
        FROM attendance_sessions AS here
        JOIN units AS u ON u.id = here.unit_id
        LEFT JOIN attendance_sessions AS s
            ON s.unit_id = here.unit_id AND s.semester = here.semester AND s.state <> 'cancelled'
        LEFT JOIN enrollments AS e ON e.student_id = :student AND e.unit_id = here.unit_id
        LEFT JOIN attendance AS a ON a.student_id = :student AND a.session_id = s.id AND a.counts
        WHERE here.id = :session";
    let (attended, held, planned) = db.prepare_cached(SQL)?.query_row(
        named_params! {
            ":counted": counted.map(|id| id.to_string()),
            ":now": now.to_string(),
            ":planned": rules.planned_lessons,
            ":student": student_id,
            ":session": session.to_string(),
        },
        |row| Ok((row.get("attended")?, row.get("held")?, row.get("planned")?)),
    )?;
    Ok(Standing::new(attended, held, planned, rules.thresholds))
}

/// Both remotes before anything was sent.
pub(super) fn undelivered(owed_to: &[Target]) -> RemoteAnswers {
    let about = |target| {
        if owed_to.contains(&target) {
            RemoteAnswer::Queued
        } else {
            RemoteAnswer::Disabled
        }
    };
    RemoteAnswers {
        firestore: about(Target::Firestore),
        portal: about(Target::Portal),
    }
}

/// A record by id; `None` when there is none.
pub(super) fn find(
    db: &Connection,
    attendance_id: Uuid,
    now: Timestamp,
    rules: &Rules,
) -> Result<Option<Receipt>, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS}, a.student_id, a.timestamp, a.channel, a.status, a.late_minutes, a.flags,
            st.admission_number, st.name AS student_name
        FROM attendance AS a JOIN students AS st ON st.id = a.student_id
        JOIN attendance_sessions AS s ON s.id = a.session_id {SESSION_JOINS} WHERE a.id = ?1",
    );
    let found = row::first(
        &mut db.prepare_cached(&sql)?,
        [attendance_id.to_string()],
        |row| {
            let student_id: i64 = row.get("student_id")?;
            let session = row::session(row)?;
            let flags = Flags::parse(&row.get::<_, String>("flags")?);
            Ok(Receipt {
                attendance_id,
                student: StudentLine {
                    admission_number: row::number(&row.get::<_, String>("admission_number")?)?,
                    name: row::name(&row.get::<_, String>("student_name")?)?,
                },
                checked_in_at: row::timestamp(&row.get::<_, String>("timestamp")?)?,
                channel: Channel::parse(&row.get::<_, String>("channel")?)
                    .ok_or_else(|| damaged("channel"))?,
                punctuality: flags.punctuality(row.get("late_minutes")?),
                pending: row.get::<_, String>("status")? == "pending",
                flags,
                standing: standing(db, student_id, session.id, None, now, rules)?,
                delivery: delivery(db, attendance_id)?,
                session,
            })
        },
    )?;
    Ok(found)
}

/// What both remotes have said about a record.
fn delivery(db: &Connection, attendance_id: Uuid) -> Result<RemoteAnswers, StoreError> {
    const SQL: &str = "SELECT o.state, o.attempts, o.last_error, a.firebase_doc_id, a.portal_response
        FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id WHERE o.attendance_id = ?1 AND o.target = ?2";
    let about = |target: Target| -> Result<RemoteAnswer, StoreError> {
        let mut statement = db.prepare_cached(SQL)?;
        let found = statement
            .query_row((attendance_id.to_string(), target.as_str()), |row| {
                let state: String = row.get("state")?;
                let error: Option<String> = row.get("last_error")?;
                let firestore_id: Option<String> = row.get("firebase_doc_id")?;
                let portal_answer: Option<String> = row.get("portal_response")?;
                Ok((state, error, firestore_id, portal_answer))
            })
            .optional()?;
        Ok(match found {
            None => RemoteAnswer::Disabled,
            Some((state, error, firestore_id, portal_answer)) if state == "delivered" => {
                let (document_id, message) = match target {
                    Target::Firestore => (
                        firestore_id.unwrap_or_default(),
                        error.unwrap_or_else(|| "saved".to_owned()),
                    ),
                    Target::Portal => portal_words(portal_answer.as_deref(), attendance_id),
                };
                RemoteAnswer::Delivered {
                    document_id,
                    message,
                }
            }
            Some((_, Some(error), ..)) => RemoteAnswer::Failed { error },
            Some((_, None, ..)) => RemoteAnswer::Queued,
        })
    };
    Ok(RemoteAnswers {
        firestore: about(Target::Firestore)?,
        portal: about(Target::Portal)?,
    })
}

/// The id and the message in a portal's answer; the attendance id where the portal gives none (interfaces of the portal).
fn portal_words(answer: Option<&str>, attendance_id: Uuid) -> (String, String) {
    let answer: serde_json::Value = answer
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let id = match &answer["id"] {
        serde_json::Value::String(id) => id.clone(),
        serde_json::Value::Number(id) => id.to_string(),
        _ => attendance_id.to_string(),
    };
    (
        id,
        answer["message"].as_str().unwrap_or("recorded").to_owned(),
    )
}
