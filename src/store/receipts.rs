//! What a record looks like from outside: who, when, the standing, what the remotes said.

use rusqlite::Connection;
use uuid::Uuid;

use super::Store;
use super::column;
use super::counted::{self, Whom};
use super::error::StoreError;
use super::records;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS};
use super::rules::Rules;
use crate::domain::{
    DeliveryState, Flag, Mark, Percentage, Receipt, RemoteAnswer, RemoteAnswers, StudentLine,
    Target, Timestamp,
};

impl Store {
    /// The receipt of a record as it is now, and the mark of the phone that made it; `None` when there is no such
    /// record.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn receipt(
        &self,
        attendance_id: Uuid,
        now: Timestamp,
        rules: Rules,
    ) -> Result<Option<(Receipt, Option<String>)>, StoreError> {
        self.read(move |db| {
            let Some(receipt) = find(db, attendance_id, now, &rules)? else {
                return Ok(None);
            };
            Ok(Some((receipt, phone_of(db, attendance_id)?)))
        })
        .await
    }
}

/// The mark of the phone that made a record; `None` where none did, or it keeps no cookies.
pub(super) fn phone_of(db: &Connection, attendance_id: Uuid) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT device FROM records WHERE uuid = ?1";
    let found = row::first(&mut db.prepare_cached(SQL)?, [attendance_id], |row| {
        Ok(row.get(0)?)
    })?;
    Ok(found.flatten())
}

/// Both remotes before anything was sent.
pub(super) fn undelivered(targets: &[Target]) -> RemoteAnswers {
    let about = |target| {
        if targets.contains(&target) {
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

/// The record that is shown under an id; `None` when there is none.
pub(super) fn find(
    db: &Connection,
    attendance_id: Uuid,
    now: Timestamp,
    rules: &Rules,
) -> Result<Option<Receipt>, StoreError> {
    let sql = format!(
        "SELECT {SESSION_COLUMNS}, r.student, r.kiosk, r.at, r.channel, r.mark, r.late_minutes, r.flags, r.percentage,
            st.admission_number, st.name AS student_name
        FROM records AS shown
        JOIN standing AS r ON r.lecture = shown.lecture AND r.student = shown.student
        JOIN students AS st ON st.id = r.student JOIN sessions AS s ON s.id = r.lecture {SESSION_JOINS}
        WHERE shown.uuid = ?1",
    );
    row::first(&mut db.prepare_cached(&sql)?, [attendance_id], |row| {
        let (punctuality, flags) = column::lateness_and_flags(row)?;
        let session = row::session(row)?;
        let of = (row.get("unit_id")?, &session.semester);
        let student = Whom::One(row.get("student")?);
        let student = counted::load(db, of, student, now, rules)?.student(now)?;
        let mark = records::mark(row)?;
        let pending = mark == Mark::Pending;
        let is_taken_back = mark == Mark::TakenBack;
        Ok(Receipt {
            attendance_id,
            student: StudentLine {
                admission_number: row.get("admission_number")?,
                name: column::name(row, "student_name")?,
            },
            checked_in_at: row.get("at")?,
            channel: records::channel(row)?,
            punctuality,
            pending,
            flags: flags.with_if(is_taken_back, Flag::TakenBack),
            percentage: row
                .get::<_, Option<Percentage>>("percentage")?
                .filter(|_| !is_taken_back),
            listing: student.listing,
            // Nothing is promised of a record that counts for nobody.
            standing: student.standing.filter(|_| !pending && !is_taken_back),
            delivery: delivery(db, attendance_id)?,
            session,
            is_elsewhere: false,
        })
    })
}

/// What both remotes have said about a record.
fn delivery(db: &Connection, attendance_id: Uuid) -> Result<RemoteAnswers, StoreError> {
    const SQL: &str = "SELECT state, last_error, document, last_answer, told FROM deliveries
        WHERE target = ?2 AND kind = 'check_in' AND subject = (SELECT id FROM records WHERE uuid = ?1)";
    let about = |target: Target| {
        let mut statement = db.prepare_cached(SQL)?;
        let found = row::first(&mut statement, (attendance_id, target), |row| {
            let error: Option<String> = row.get("last_error")?;
            let document: Option<String> = row.get("document")?;
            let answer: Option<String> = row.get("last_answer")?;
            let was_never_told = target == Target::Portal && row.get::<_, String>("told")? == "no";
            Ok(match (row.get("state")?, error) {
                (DeliveryState::Delivered, Some(error)) if was_never_told => {
                    RemoteAnswer::Failed { error }
                }
                (DeliveryState::Delivered, error) => {
                    let (document_id, message) = match target {
                        Target::Firestore => (
                            document.unwrap_or_default(),
                            error.unwrap_or_else(|| "saved".to_owned()),
                        ),
                        Target::Portal => portal_words(answer.as_deref(), attendance_id),
                    };
                    RemoteAnswer::Delivered {
                        document_id,
                        message,
                    }
                }
                (_, Some(error)) => RemoteAnswer::Failed { error },
                (_, None) => RemoteAnswer::Queued,
            })
        });
        Ok::<_, StoreError>(found?.unwrap_or(RemoteAnswer::Disabled))
    };
    Ok(RemoteAnswers {
        firestore: about(Target::Firestore)?,
        portal: about(Target::Portal)?,
    })
}

/// The id and the message in a portal's answer; the attendance id where the portal gives none (`docs/PORTAL.md`).
fn portal_words(answer: Option<&str>, attendance_id: Uuid) -> (String, String) {
    let id = portal_id(answer).unwrap_or_else(|| attendance_id.to_string());
    let message = portal_answer(answer)["message"].as_str().map(str::to_owned);
    (id, message.unwrap_or_else(|| "recorded".to_owned()))
}

/// What the portal calls a record, where its answer says so.
pub(super) fn portal_id(answer: Option<&str>) -> Option<String> {
    match &portal_answer(answer)["id"] {
        serde_json::Value::String(id) => Some(id.clone()),
        serde_json::Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn portal_answer(answer: Option<&str>) -> serde_json::Value {
    let read = answer.and_then(|text| serde_json::from_str(text).ok());
    read.unwrap_or_default()
}
